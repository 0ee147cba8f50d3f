"""Sealed boxes (NaCl, X25519): who can open what was sealed to a public key.

Sealing needs a fresh random key and therefore happens outside the core; opening does not and
stands here. People and stations hold Ed25519 keys only; the X25519 key that something is sealed to
for them is derived from it (RFC 7748 birational map, as libsodium does it).
"""

import nacl.bindings
import nacl.exceptions
import nacl.public
import nacl.signing

from sync.errors import DecodeError, VerifyError
from sync.signing import KEY_BYTES

SEAL_BYTES = 48
"""What sealing adds: an ephemeral public key (32) and a tag (16)."""


def box_public(secret: bytes) -> bytes:
    """The X25519 public key of a 32-byte X25519 secret."""
    assert len(secret) == KEY_BYTES, "an X25519 secret has 32 bytes"
    return bytes(nacl.public.PrivateKey(secret).public_key)


def officer_box_key(public_ed25519: bytes) -> bytes:
    """The X25519 key that belongs to an Ed25519 public key; DecodeError if that is none."""
    try:
        return nacl.bindings.crypto_sign_ed25519_pk_to_curve25519(public_ed25519)
    except (nacl.exceptions.CryptoError, ValueError, TypeError):
        raise DecodeError("key", f"{public_ed25519.hex()} is no Ed25519 public key") from None


def officer_box_secret(seed_ed25519: bytes) -> bytes:
    """The X25519 secret that belongs to an Ed25519 seed of 32 bytes."""
    return bytes(nacl.signing.SigningKey(seed_ed25519).to_curve25519_private_key())


def open_sealed(secret_x25519: bytes, data: bytes, what: str = "sealed box") -> bytes:
    """Open what was sealed to this secret's public key; VerifyError naming `what` if it was not."""
    try:
        return nacl.public.SealedBox(nacl.public.PrivateKey(secret_x25519)).decrypt(data)
    except (nacl.exceptions.CryptoError, ValueError, TypeError):
        raise VerifyError(f"{what}: this key does not open it, or it is damaged") from None
