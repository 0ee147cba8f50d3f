"""Every bound of the core, with its unit and its reason. A limit is checked where it is named."""

ENTRY_BYTES_MAX = 4 * 1024
"""One entry of a log. Everything a voter causes fits in a few hundred bytes."""

ID_LETTERS_MAX = 32
"""An id stands in origins, file names and 80-column screens."""

RETURN_BYTES_MAX = 64 * 1024 - 1
"""A box return: every option of every contest, some 2,000 of them; names stand in the package."""

TILE_ENTRIES = 256
"""Entries in a full tile (C2SP tlog-tiles fixes this number)."""

FRAME_BYTES_MAX = 2 * 1024 * 1024
"""One message on a link, after decompression. A tile of the largest ordinary entries fits."""

BUNDLES_IN_FLIGHT_MAX = 8
"""Bundles sent to one peer for one log and not yet acknowledged as durable."""

HEADS_PER_FRAME_MAX = 1024
"""Checkpoints in one `Heads` message; more stations than any district has."""

NOTE_BYTES_MAX = 16 * 1024
"""A checkpoint with its cosignatures; the text is under 200 bytes, a line about 150."""

NOTE_SIGNATURES_MAX = 64
"""Signature lines of one note. C2SP asks for at least 16."""

FORK_PROOFS_PER_LOG_MAX = 1
"""One proof condemns a log for good; more would only fill the disk."""

PROPOSALS_MAX = 16
"""Acts shown to officers and not yet signed, at one station."""

NOTES_PER_HOUR_MAX = 20
"""Entries about one family of its own peripherals that a station writes in an hour."""

PENDING_CHECK_INS_MAX = 64
"""Check-ins of one desk that still wait for promises or for a second copy."""

BALLOT_BYTES = 512
"""Every ballot is padded to this before sealing, whatever was chosen."""

PACKAGE_BYTES_MAX = 32 * 1024 * 1024
"""A province's package; 4,000 stations with certificates and 5,000 options stay well below."""

RELAY_DELAY_MS = 250
"""How long a station waits for an entry to reach a peer by itself before passing it on."""

COPY_WAIT_MS = 1_500
"""How long a card waits for a second copy of its entry before it goes out with a stub instead."""

STEP_MS_MAX = 1_000
"""What passes between two inputs at most; a node ticks far more often, so more is a clock set."""

COSIGN_EVERY_MS = 10_000
"""How often a station cosigns what its peers' logs have grown to."""

REFUSALS_PER_LINK_MAX = 50
"""Refused messages from one peer before its link is ended."""

WHY_LETTERS_MAX = 400
"""Words of a peer, or about it, that are kept and shown when a link ends."""
