"""Ed25519 signatures, each bound to one purpose.

A signature made for one purpose never verifies for another: what is signed starts with a line
that names the purpose, e.g. `pollmesh/card/v1\n`. Checkpoints, cosignatures and packages are C2SP
signed notes and carry their own separation (`sync.note`). Ed25519 signing is deterministic, so it
belongs in the core; making keys needs randomness and happens outside.
"""

import hashlib

import nacl.exceptions
import nacl.signing

from sync.errors import VerifyError

KEY_BYTES = 32
SIGNATURE_BYTES = 64


class Signer:
    """A private Ed25519 key in memory."""

    def __init__(self, seed: bytes) -> None:
        self._key = nacl.signing.SigningKey(seed)

    @property
    def public(self) -> bytes:
        """The public key, 32 bytes."""
        return bytes(self._key.verify_key)

    @property
    def seed(self) -> bytes:
        """The private seed, 32 bytes; it leaves memory only into a key file."""
        return bytes(self._key)

    def sign_raw(self, message: bytes) -> bytes:
        """Sign `message` as it is; the caller has separated the purpose. 64 bytes."""
        return self._key.sign(message).signature

    def sign(self, purpose: str, message: bytes) -> bytes:
        """Sign `message` for one `purpose`, 64 bytes."""
        return self.sign_raw(bound(purpose, message))


def is_signed_raw(public: bytes, message: bytes, signature: bytes) -> bool:
    """Does `signature` by `public` hold for exactly `message`?"""
    if len(public) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        nacl.signing.VerifyKey(public).verify(message, signature)
    except (nacl.exceptions.BadSignatureError, nacl.exceptions.ValueError, ValueError):
        return False
    return True


def is_signed(public: bytes, purpose: str, message: bytes, signature: bytes) -> bool:
    """Does `signature` by `public` hold for `message` and this `purpose`?"""
    return is_signed_raw(public, bound(purpose, message), signature)


def verify(public: bytes, purpose: str, message: bytes, signature: bytes, what: str) -> None:
    """Raise VerifyError naming `what` unless the signature holds."""
    if not is_signed(public, purpose, message, signature):
        raise VerifyError(f"{what}: the signature does not hold")


def fingerprint(public: bytes) -> str:
    """What people compare: SHA-256 of the key, its first 128 bits in groups of four digits."""
    digest = hashlib.sha256(public).hexdigest()[:32]
    return " ".join(digest[i : i + 4] for i in range(0, 32, 4))


def bound(purpose: str, message: bytes) -> bytes:
    """What is signed: `message` behind the line that names its `purpose`."""
    return f"pollmesh/{purpose}/v1\n".encode() + message
