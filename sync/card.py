"""The card: the one thing that goes from the check-in side to the box side.

    PM1:<base32 of MessagePack [day, box, [right, …], desk, secret] followed by the signature>

Capitals and digits only: the smallest kind of QR code, and safe through any keyboard-wedge scanner.
The desk signs with its station key under the purpose "card" (64 bytes, the last of the blob).

The card says what may be voted in and where, never by whom; the desk's log keeps only SHA-256 of
the 16-byte secret, the box remembers the secret under another hash, so neither list leads to the
other without the card itself.
"""

import base64
import binascii
import hashlib

import msgspec
from msgspec import Struct

from sync.errors import DecodeError
from sync.signing import SIGNATURE_BYTES, Signer, is_signed

PREFIX = "PM1:"
PURPOSE = "card"
SECRET_BYTES = 16
CARD_CHARACTERS_MAX = 600


class Card(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A single-use authorisation for one named box."""

    day: str
    box: str
    rights: tuple[str, ...]
    desk: str
    secret: bytes


def write_card(card: Card, signer: Signer) -> str:
    """The card's text, as it goes into a QR code."""
    assert len(card.secret) == SECRET_BYTES, "a card's secret is 16 bytes"
    body = msgspec.msgpack.encode(card)
    blob = body + signer.sign(PURPOSE, body)
    return PREFIX + base64.b32encode(blob).decode().rstrip("=")


def read_card(text: str) -> tuple[Card, bytes, bytes]:
    """Card, signed bytes and signature; DecodeError in a worker's words. Checks no signature."""
    shown = text.strip().upper()
    if len(text) > CARD_CHARACTERS_MAX or not shown.startswith(PREFIX):
        raise DecodeError("card", "this is not a card of this election")
    try:
        blob = _bytes(shown.removeprefix(PREFIX))
        body, signature = blob[:-SIGNATURE_BYTES], blob[-SIGNATURE_BYTES:]
        card = msgspec.msgpack.decode(body, type=Card)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise DecodeError("card", "the card cannot be read; scan it again") from None
    if len(card.secret) != SECRET_BYTES or msgspec.msgpack.encode(card) != body:
        raise DecodeError("card", "the card is damaged")
    return card, body, signature


def is_card_signed(desk_key: bytes, body: bytes, signature: bytes) -> bool:
    """Did the desk with this key sign the card?"""
    return is_signed(desk_key, PURPOSE, body, signature)


def commitment(secret: bytes) -> bytes:
    """What the desk's log shows of a card: SHA-256 of its secret."""
    return hashlib.sha256(secret).digest()


def spent_hash(day: str, box: str, secret: bytes) -> bytes:
    """What the box remembers of a spent card, 32 bytes; unrelated to the commitment."""
    data = f"pollmesh/spent/v1\n{day}/{box}\n".encode() + secret
    return hashlib.sha256(data).digest()


def _bytes(text: str) -> bytes:
    data = base64.b32decode(text + "=" * (-len(text) % 8))
    if base64.b32encode(data).decode().rstrip("=") != text:
        raise ValueError("not the one spelling")
    return data
