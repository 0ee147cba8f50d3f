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

SELF_TESTS_PER_HOUR_MAX = 6
"""Self-tests that a station writes into its log in an hour; more are shown and not written."""

PENDING_CHECK_INS_MAX = 64
"""Check-ins of one desk that still wait for promises or for a second copy."""

BALLOT_BYTES = 512
"""Every ballot is padded to this before sealing, whatever was chosen."""

PACKAGE_BYTES_MAX = 32 * 1024 * 1024
"""A province's package; 4,000 stations with certificates and 5,000 options stay well below."""

RELAY_DELAY_MS = 250
"""How long a station waits for an entry to arrive by itself before it asks somebody for it."""

ASK_AGAIN_MS = 2_000
"""How long whoever was asked for entries has until the next one is asked."""

ASK_AGAIN_MS_MAX = 30_000
"""The same once everybody has been asked in vain; it doubles until here."""

RESEND_AFTER_MS = 2_000
"""Entries sent this long ago and not acknowledged are sent again to a peer that asks for them."""

EAGER_PEERS_MAX = 16
"""So many talking peers get what a station writes at once; with more, only a few do."""

EAGER_FEW = 10
"""Those few, spread over the ring; with a guard, one elsewhere and the recent ones 16 at most."""

EAGER_RECENT = 4
"""Those whose own entries arrived last: a promise goes at once to the desk that waits for it."""

EAGER_FAILED_MS = 1_500
"""One of the few that shows no progress for so long is passed over until it does."""

TELL_FEW = 3
"""How many of more than `EAGER_PEERS_MAX` peers, beside its author, are told what arrived."""

COSIGNERS_FEW = 8
"""How many stations of a place with more than `EAGER_PEERS_MAX` others cosign one log."""

COSIGNERS_LEAST = 2
"""With fewer lines over a log's end the others cosign it too."""

COPY_WAIT_MS = 1_500
"""How long a card waits for a second copy of its entry before it goes out with a stub instead."""

AMENDMENTS_MAX = 64
"""Amendments of one day; each is two signatures of people."""

ORDER_BYTES_MAX = 256 * 1024
"""One amendment or call: the largest adds this many voters."""

VOTERS_ADDED_MAX = 1_000
"""Voters in one amendment, some 120 bytes each."""

REASON_LETTERS_MAX = 500
"""Why an amendment was made, in words."""

PACE_AHEAD_MINUTES = 5
"""So many minutes' worth of check-ins a guard promises at once: a queue at opening, slow clocks."""

PACE_AGAIN_MS = 1_000
"""How often a guard looks again at check-ins that came too fast."""

REENTRY_GRACE_MS = 2_000
"""How long a linked sibling may still take to show what it holds, when enough others have."""

CARD_QUESTIONS_MAX = 8
"""A desk that comes back asks a box once, and again when entries came back to it."""

REENTRY_WAIT_MS = 5_000
"""How long a command waits for a station that has just started; then it is answered in words."""

SECOND_WAIT_MS = 10 * 60_000
"""How long a check-in waits for another desk's eyes; then it is withdrawn, nothing is used up."""

SIGN_WAIT_MS = 5_000
"""How long a worker waits for the second signature of a card; it comes by itself later too."""

ENDED_SHOWN_MAX = 16
"""Check-ins that ended while they waited for another desk, shown until the worker has seen them."""

STEP_MS_MAX = 1_000
"""What passes between two inputs at most; a node ticks far more often, so more is a clock set."""

COSIGN_EVERY_MS = 10_000
"""How often a station cosigns what its peers' logs have grown to."""

REFUSALS_PER_LINK_MAX = 50
"""Refused messages from one peer before its link is ended."""

WHY_LETTERS_MAX = 400
"""Words of a peer, or about it, that are kept and shown when a link ends."""
