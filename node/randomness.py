"""The one module that draws randomness. Everything else is given the bytes it needs."""

import os
import secrets

import nacl.public

CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 20
"""Crockford's 32 letters: without I, L, O and U, which are read as others."""

PIN_DIGITS = 10
"""33 bits: with Argon2id at real cost, years of computing for whoever finds a key file."""


def random_bytes(count: int) -> bytes:
    """`count` bytes from the operating system."""
    return os.urandom(count)


def random_pin() -> str:
    """A fresh PIN as it is printed: `48213-90571`."""
    digits = f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}d}"
    return f"{digits[: PIN_DIGITS // 2]}-{digits[PIN_DIGITS // 2 :]}"


def random_code() -> str:
    """A fresh code of a spare as it is printed: `7K2M-Q9XD-…`, 100 bits, no letter twice alike."""
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    return "-".join(code[i : i + 4] for i in range(0, CODE_LENGTH, 4))


def seal(public_x25519: bytes, data: bytes) -> bytes:
    """Seal `data` to an X25519 public key (NaCl sealed box); opened by `sync.sealing`."""
    return nacl.public.SealedBox(nacl.public.PublicKey(public_x25519)).encrypt(data)
