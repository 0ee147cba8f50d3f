"""C2SP signed notes (c2sp.org/signed-note): a text, and who signed it.

    pollmesh/demo-2026/a-desk-1/0
    418
    UNhY4JhezH9gQYqvDMWrWH9CwlcKiECVqejMrND2VFw=

    — pollmesh/demo-2026/a-desk-1/0 Az3grlgtzPICa5OS8npV…

The text ends with a newline; after a blank line each signature line names its key and carries
base64(key id || signature), key id = SHA-256(name || 0x0A || type || public key)[:4]. Type 0x01 is
an Ed25519 signature over the text, type 0x04 a timestamped cosignature (`sync.checkpoint`).
Lines by unknown keys are kept and ignored; a known key whose signature fails condemns the note.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from sync.errors import DecodeError, VerifyError
from sync.limits import NOTE_BYTES_MAX, NOTE_SIGNATURES_MAX
from sync.signing import KEY_BYTES, Signer, is_signed_raw

ED25519 = 0x01
COSIGNATURE = 0x04

_CONTROL = re.compile("[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True)
class NoteKey:
    """A public key under a name: what C2SP calls a verifier key."""

    name: str
    algorithm: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes by which a signature line says which key made it."""
        data = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public
        return hashlib.sha256(data).digest()[:4]

    def text(self) -> str:
        """The key as people exchange it: name+keyid+base64(algorithm || public key)."""
        key = base64.b64encode(bytes([self.algorithm]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"


@dataclass(frozen=True)
class NoteSignature:
    """One signature line: the name it claims, the key id, and the signature's bytes."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """The line as it stands in the note, with its newline."""
        return f"— {self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"


@dataclass(frozen=True)
class Note:
    """A text and its signature lines."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def encode(self) -> bytes:
        """The note's bytes."""
        return (self.text + "\n" + "".join(s.line() for s in self.signatures)).encode()

    def by(self, key: NoteKey) -> NoteSignature | None:
        """The line that claims to be made by `key`, unchecked."""
        for signature in self.signatures:
            if signature.name == key.name and signature.key_id == key.key_id:
                return signature
        return None


def parse_note(data: bytes, where: str = "note") -> Note:
    """Read a note's form; raise DecodeError naming line and reason. Checks no signature."""
    if len(data) > NOTE_BYTES_MAX:
        raise DecodeError(where, f"{len(data)} bytes, at most {NOTE_BYTES_MAX} are allowed")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DecodeError(where, f"not UTF-8 at byte {error.start}") from None
    if _CONTROL.search(whole):
        raise DecodeError(where, "a control character stands in the text")
    text, blank, lines = whole.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise DecodeError(where, "no blank line before the signatures, or no newline at the end")
    signatures = [_parse_line(line, where) for line in lines[:-1].split("\n")]
    if len(signatures) > NOTE_SIGNATURES_MAX:
        raise DecodeError(where, f"{len(signatures)} signatures, at most {NOTE_SIGNATURES_MAX}")
    return Note(text + "\n", tuple(signatures))


def sign_note(text: str, key: NoteKey, signer: Signer) -> NoteSignature:
    """An Ed25519 signature line for `text`."""
    assert (key.algorithm, key.public) == (ED25519, signer.public), "another key's name"
    return NoteSignature(key.name, key.key_id, signer.sign_raw(text.encode()))


def verify_note(note: Note, key: NoteKey, where: str = "note") -> None:
    """Raise VerifyError unless `key` signed `note` (type 0x01)."""
    line = note.by(key)
    if line is None:
        raise VerifyError(f"{where}: not signed by {key.name}")
    if not is_signed_raw(key.public, note.text.encode(), line.signature):
        raise VerifyError(f"{where}: the signature of {key.name} does not hold")


def parse_key(text: str) -> NoteKey:
    """Read name+keyid+base64; raise DecodeError if a part does not fit the others."""
    name, _, rest = text.partition("+")
    key_id, _, data = rest.partition("+")
    raw = _base64(data, "verifier key")
    if not name or " " in name or len(raw) != 1 + KEY_BYTES:
        raise DecodeError("verifier key", "a name and a key of 32 bytes are needed")
    key = NoteKey(name, raw[0], raw[1:])
    if key.algorithm not in (ED25519, COSIGNATURE):
        raise DecodeError("verifier key", f"unknown algorithm {key.algorithm}")
    if key.key_id.hex() != key_id:
        raise DecodeError("verifier key", f"key id {key_id} should be {key.key_id.hex()}")
    return key


def _parse_line(line: str, where: str) -> NoteSignature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—" or not parts[1] or "+" in parts[1]:
        raise DecodeError(where, f"not a signature line: {line[:60]!r}")
    raw = _base64(parts[2], where)
    if len(raw) < 5:
        raise DecodeError(where, "a signature line is too short")
    return NoteSignature(parts[1], raw[:4], raw[4:])


def _base64(text: str, where: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise DecodeError(where, f"not base64: {text[:40]!r}") from None
    if base64.b64encode(raw).decode() != text:
        raise DecodeError(where, f"not canonical base64: {text[:40]!r}")
    return raw
