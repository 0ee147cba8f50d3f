"""A private key on a USB drive, locked with its holder's PIN.

    {"format":"pollmesh/key-file/v1","holds":"officer","holder":"a-executive",
     "authority":"executive","public":"…=","kdf":{"name":"argon2id","ops":3,"memory":268435456,
     "salt":"…="},"sealed":"…="}

The PIN goes through Argon2id with the cost named in the file; the result keys BLAKE2b over all
fields but `sealed`, so a file whose holder or public key was changed does not open; that hash is
the key of a NaCl secret box (its nonce first). `public` is the Ed25519 key of an authority, officer
or supervisor; the X25519 key that a recovery or provisional share is half of; empty for a roll key.
"""

import hashlib
from dataclasses import dataclass
from typing import Literal

import nacl.exceptions
import nacl.pwhash.argon2id
import nacl.secret
from msgspec import Struct
from msgspec.structs import replace

from sync.encoding import canonical, decode
from sync.errors import DecodeError, KeyFileError
from sync.package import AuthorityKind
from sync.signing import KEY_BYTES, Signer
from sync.text import ascii_digits

KEY_FILE_FORMAT = "pollmesh/key-file/v1"
KEY_FILE_BYTES_MAX = 4 * 1024
KDF_MEMORY_MAX = 1024 * 1024 * 1024
"""Bytes. A file from outside must not make a small station swap."""
KDF_MEMORY_MIN = nacl.pwhash.argon2id.MEMLIMIT_MIN
KDF_OPS_MAX = 16
SALT_BYTES = nacl.pwhash.argon2id.SALTBYTES
NONCE_BYTES = nacl.secret.SecretBox.NONCE_SIZE

Holds = Literal["authority", "officer", "supervisor", "roll", "recovery", "provisional"]
_SIGNING: tuple[Holds, ...] = ("authority", "officer", "supervisor")


@dataclass(frozen=True)
class Cost:
    """What one try at a PIN costs: Argon2id passes and memory in bytes."""

    ops: int
    memory: int


REAL = Cost(nacl.pwhash.argon2id.OPSLIMIT_MODERATE, nacl.pwhash.argon2id.MEMLIMIT_MODERATE)
"""About half a second and 256 MiB a try."""

DEMO = Cost(ops=1, memory=8 * 1024 * 1024)
"""A few milliseconds a try: for training days only."""


class Kdf(Struct, frozen=True, forbid_unknown_fields=True):
    """How the PIN becomes a key."""

    name: Literal["argon2id"]
    ops: int
    memory: int
    salt: bytes


class KeyFile(Struct, frozen=True, forbid_unknown_fields=True):
    """The file. Everything but the secret can be read without the PIN."""

    format: str
    holds: Holds
    holder: str
    authority: AuthorityKind | None
    public: bytes
    kdf: Kdf
    sealed: bytes

    @property
    def title(self) -> str:
        """What the file is, for people: `officer key of a-executive`."""
        return f"{self.holds} key of {self.holder}"


@dataclass(frozen=True)
class Holder:
    """Who a key file is for and what it holds. `authority` is None for supervisors."""

    holds: Holds
    id: str
    authority: AuthorityKind | None
    public: bytes


@dataclass(frozen=True)
class OpenedKey:
    """A key file after the PIN was accepted."""

    holder: Holder
    secret: bytes

    @property
    def signer(self) -> Signer:
        """The Ed25519 key of an authority, officer or supervisor."""
        assert self.holder.holds in _SIGNING, "a roll key or a share signs nothing"
        return Signer(self.secret)


def seal_key_file(
    holder: Holder, secret: bytes, pin: str, salt: bytes, nonce: bytes, cost: Cost
) -> bytes:
    """The bytes of a key file; `salt` (16 bytes) and `nonce` (24 bytes) must be fresh."""
    assert len(secret) == KEY_BYTES, "a secret has 32 bytes"
    kdf = Kdf("argon2id", cost.ops, cost.memory, salt)
    file = KeyFile(
        KEY_FILE_FORMAT, holder.holds, holder.id, holder.authority, holder.public, kdf, b""
    )
    sealed = nacl.secret.SecretBox(_pin_key(file, pin)).encrypt(secret, nonce)
    return canonical(replace(file, sealed=bytes(sealed)))


def read_key_file(data: bytes, where: str) -> KeyFile:
    """Read a key file's form, without PIN; KeyFileError says what is wrong and what to do."""
    if len(data) > KEY_FILE_BYTES_MAX:
        raise KeyFileError(f"{where}: too long for a key file. Choose the holder's key file.")
    try:
        file = decode(data, KeyFile, where)
    except DecodeError as error:
        raise KeyFileError(f"{error}. This is no key file, or it is damaged.") from None
    if file.format != KEY_FILE_FORMAT:
        raise KeyFileError(f"{where}: format '{file.format[:40]}' is not '{KEY_FILE_FORMAT}'.")
    kdf = file.kdf
    if not (
        KDF_MEMORY_MIN <= kdf.memory <= KDF_MEMORY_MAX
        and 1 <= kdf.ops <= KDF_OPS_MAX
        and len(kdf.salt) == SALT_BYTES
    ):
        raise KeyFileError(
            f"{where}: kdf: {kdf.ops} passes and {kdf.memory} bytes of memory are outside what is "
            "accepted. This key file is not from a pollmesh ceremony."
        )
    return file


def open_key_file(data: bytes, pin: str, where: str) -> OpenedKey:
    """Open a key file with its PIN; blanks and hyphens in the PIN are free.

    KeyFileError says what to do: a wrong PIN, a damaged file, one that is no key file.
    """
    file = read_key_file(data, where)
    try:
        secret = nacl.secret.SecretBox(_pin_key(file, pin)).decrypt(file.sealed)
    except (nacl.exceptions.CryptoError, ValueError):
        raise KeyFileError(
            f"That PIN does not open the {file.title} ({where}). "
            "Type the PIN of that holder's envelope again."
        ) from None
    if len(secret) != KEY_BYTES or (
        file.holds in _SIGNING and Signer(secret).public != file.public
    ):
        raise KeyFileError(f"{where}: the {file.title} is damaged. Use the holder's second copy.")
    return OpenedKey(Holder(file.holds, file.holder, file.authority, file.public), secret)


def plain_pin(pin: str) -> str:
    """A PIN as it counts: ASCII digits, without the blanks and hyphens it is written with."""
    return "".join(c for c in ascii_digits(pin) if c not in " -\t\r\n")


def _pin_key(file: KeyFile, pin: str) -> bytes:
    digits = plain_pin(pin).encode()
    stretched = nacl.pwhash.argon2id.kdf(
        KEY_BYTES, digits, file.kdf.salt, opslimit=file.kdf.ops, memlimit=file.kdf.memory
    )
    header = canonical(replace(file, sealed=b""))
    return hashlib.blake2b(
        header, key=stretched, digest_size=KEY_BYTES, person=b"pollmesh keyfile"
    ).digest()
