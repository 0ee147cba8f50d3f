"""A checkpoint is the signed size and root of one station's log (c2sp.org/tlog-checkpoint).

    pollmesh/demo-2026/a-desk-1/0                     origin: polling day / station / epoch
    418                                               number of entries
    UNhY4JhezH9gQYqvDMWrWH9CwlcKiECVqejMrND2VFw=      root hash, base64

It is signed under a key named after its origin. A station that holds the same entries cosigns
(c2sp.org/tlog-cosignature): 8 bytes of Unix time, then Ed25519 over
`cosignature/v1\ntime <seconds>\n` and the checkpoint's text.
"""

import base64
from dataclasses import dataclass

from sync.errors import DecodeError, VerifyError
from sync.merkle import HASH_BYTES
from sync.note import (
    COSIGNATURE,
    ED25519,
    Note,
    NoteKey,
    NoteSignature,
    parse_note,
    sign_note,
    verify_note,
)
from sync.signing import Signer, is_signed_raw


@dataclass(frozen=True)
class Checkpoint:
    """Size and root of the log `origin`."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The text that is signed and cosigned."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def origin_of(day: str, station: str, epoch: int) -> str:
    """The name of one log."""
    return f"pollmesh/{day}/{station}/{epoch}"


def split_origin(origin: str) -> tuple[str, str, int]:
    """Polling day, station and epoch of an origin; DecodeError if it is none of ours."""
    parts = origin.split("/")
    if len(parts) != 4 or parts[0] != "pollmesh" or not all(parts):
        raise DecodeError("origin", f"{origin[:80]!r} is not pollmesh/<day>/<station>/<epoch>")
    return parts[1], parts[2], _number(parts[3], "origin")


def log_key(origin: str, public: bytes) -> NoteKey:
    """The name under which a station signs its log's checkpoints."""
    return NoteKey(origin, ED25519, public)


def cosigner_key(day: str, station: str, public: bytes) -> NoteKey:
    """The name under which a station cosigns other logs."""
    return NoteKey(f"pollmesh/{day}/{station}", COSIGNATURE, public)


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """The signed note for one's own log."""
    text = checkpoint.text()
    line = sign_note(text, log_key(checkpoint.origin, signer.public), signer)
    return Note(text, (line,)).encode()


def parse_checkpoint(data: bytes) -> tuple[Checkpoint, Note]:
    """Read the form of a signed checkpoint; checks no signature."""
    note = parse_note(data, "checkpoint")
    lines = note.text.split("\n")
    if len(lines) != 4:
        raise DecodeError("checkpoint", f"three lines are needed, {len(lines) - 1} found")
    split_origin(lines[0])
    try:
        root = base64.b64decode(lines[2], validate=True)
    except ValueError:
        raise DecodeError("checkpoint line 3", "the root is not base64") from None
    checkpoint = Checkpoint(lines[0], _number(lines[1], "checkpoint line 2"), root)
    if len(root) != HASH_BYTES or checkpoint.text() != note.text:
        raise DecodeError("checkpoint line 3", "the root must be 32 bytes in canonical base64")
    return checkpoint, note


def open_checkpoint(data: bytes, public: bytes) -> Checkpoint:
    """Read a checkpoint and verify that the station with key `public` signed it."""
    checkpoint, note = parse_checkpoint(data)
    verify_note(note, log_key(checkpoint.origin, public), f"checkpoint of {checkpoint.origin}")
    return checkpoint


def cosign(checkpoint: Checkpoint, key: NoteKey, signer: Signer, time_s: int) -> NoteSignature:
    """Say: at `time_s` I held every entry under this checkpoint."""
    stamp = time_s.to_bytes(8, "big")
    signature = signer.sign_raw(_cosigned(checkpoint, time_s))
    return NoteSignature(key.name, key.key_id, stamp + signature)


def verify_cosignature(checkpoint: Checkpoint, key: NoteKey, line: NoteSignature) -> int:
    """The time in seconds at which `key` cosigned; VerifyError if it did not."""
    if line.name != key.name or line.key_id != key.key_id or len(line.signature) != 72:
        raise VerifyError(f"cosignature by {line.name}: not by the key of {key.name}")
    time_s = int.from_bytes(line.signature[:8], "big")
    if not is_signed_raw(key.public, _cosigned(checkpoint, time_s), line.signature[8:]):
        raise VerifyError(f"cosignature by {key.name}: the signature does not hold")
    return time_s


def cosigned_ms(line: str) -> int:
    """When the cosigner's clock said that it cosigned, Unix ms, from a line that was verified."""
    blob = base64.b64decode(line.rsplit(" ", 1)[-1])
    return int.from_bytes(blob[4:12], "big") * 1000


def _cosigned(checkpoint: Checkpoint, time_s: int) -> bytes:
    return f"cosignature/v1\ntime {time_s}\n{checkpoint.text()}".encode()


def _number(text: str, where: str) -> int:
    """A decimal that prints as it was written: no sign, no leading zero, no other digits."""
    if not text.isascii() or not text.isdigit() or str(int(text[:20])) != text:
        raise DecodeError(where, f"a plain decimal number is needed, found {text[:20]!r}")
    return int(text)
