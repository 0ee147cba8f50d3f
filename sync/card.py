"""The card: the one thing that goes from the check-in side to the box side.

    PM1:<base32 of MessagePack [day, box, [right, …], desk, secret] followed by the signature>
    PM2:<base32 of MessagePack [day, box, [right, …], desk, secret, second] and both signatures>

Capitals and digits only: the smallest kind of QR code, and safe through any keyboard-wedge scanner.
The desk signs with its station key under the purpose "card" (64 bytes, the last of the blob).

Where the package asks for two confirmations the card is the second form: it names another desk of
the place that has seconded the check-in, and carries that desk's signature after the first one.
That desk never sees the secret: it signs the **commitment form** [day, box, rights, desk, SHA-256
of the secret] under the purpose "card-second", and the box, which has the secret, makes the same
bytes. So neither signature tells the box where the check-in stands in a log.

The card says what may be voted in and where, never by whom; the desk's log keeps only SHA-256 of
the 16-byte secret, the box remembers the secret under another hash, so neither list leads to the
other without the card itself.
"""

import base64
import binascii
import hashlib
from typing import NamedTuple

import msgspec
from msgspec import Struct

from sync.errors import DecodeError
from sync.signing import SIGNATURE_BYTES, Signer, is_signed

PREFIX = "PM1:"
PREFIX_SECONDED = "PM2:"
PURPOSE = "card"
PURPOSE_SECOND = "card-second"
SECRET_BYTES = 16
CARD_CHARACTERS_MAX = 600


class Card(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A single-use authorisation for one named box."""

    day: str
    box: str
    rights: tuple[str, ...]
    desk: str
    secret: bytes


class _Seconded(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The body of the second form."""

    day: str
    box: str
    rights: tuple[str, ...]
    desk: str
    secret: bytes
    second: str


class Second(NamedTuple):
    """The desk that seconded a card's check-in, and its signature over the commitment form."""

    station: str
    signature: bytes


class ShownCard(NamedTuple):
    """What a card's text holds; nothing of it is checked yet."""

    card: Card
    body: bytes
    signature: bytes
    second: Second | None


def write_card(card: Card, signer: Signer, second: Second | None = None) -> str:
    """The card's text, as it goes into a QR code."""
    assert len(card.secret) == SECRET_BYTES, "a card's secret is 16 bytes"
    if second is None:
        body = msgspec.msgpack.encode(card)
        return PREFIX + _text(body + signer.sign(PURPOSE, body))
    body = msgspec.msgpack.encode(
        _Seconded(card.day, card.box, card.rights, card.desk, card.secret, second.station)
    )
    return PREFIX_SECONDED + _text(body + signer.sign(PURPOSE, body) + second.signature)


def open_card(text: str) -> ShownCard:
    """Everything on the card; DecodeError in a worker's words. Checks no signature."""
    shown = text.strip().upper()
    prefix = shown[: len(PREFIX)]
    if len(text) > CARD_CHARACTERS_MAX or prefix not in (PREFIX, PREFIX_SECONDED):
        raise DecodeError("card", "this is not a card of this election")
    try:
        blob = _bytes(shown.removeprefix(prefix))
        read = _read_one(blob) if prefix == PREFIX else _read_seconded(blob)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise DecodeError("card", "the card cannot be read; scan it again") from None
    if read is None or len(read.card.secret) != SECRET_BYTES:
        raise DecodeError("card", "the card is damaged")
    return read


def read_card(text: str) -> tuple[Card, bytes, bytes]:
    """Card, signed bytes and the desk's signature; DecodeError. Checks no signature."""
    shown = open_card(text)
    return shown.card, shown.body, shown.signature


def _read_one(blob: bytes) -> ShownCard | None:
    body, signature = blob[:-SIGNATURE_BYTES], blob[-SIGNATURE_BYTES:]
    card = msgspec.msgpack.decode(body, type=Card)
    return ShownCard(card, body, signature, None) if msgspec.msgpack.encode(card) == body else None


def _read_seconded(blob: bytes) -> ShownCard | None:
    first, signature = blob[:-SIGNATURE_BYTES], blob[-SIGNATURE_BYTES:]
    body, own = first[:-SIGNATURE_BYTES], first[-SIGNATURE_BYTES:]
    found = msgspec.msgpack.decode(body, type=_Seconded)
    card = Card(found.day, found.box, found.rights, found.desk, found.secret)
    second = Second(found.second, signature)
    return ShownCard(card, body, own, second) if msgspec.msgpack.encode(found) == body else None


def is_card_signed(desk_key: bytes, body: bytes, signature: bytes) -> bool:
    """Did the desk with this key sign the card?"""
    return is_signed(desk_key, PURPOSE, body, signature)


def second_bytes(day: str, box: str, rights: tuple[str, ...], desk: str, committed: bytes) -> bytes:
    """The commitment form of a card: what the second desk signs, without the secret."""
    return msgspec.msgpack.encode([day, box, rights, desk, committed])


def is_seconding_signed(
    key: bytes,
    day: str,
    box: str,
    rights: tuple[str, ...],
    desk: str,
    committed: bytes,
    signature: bytes,
) -> bool:
    """Did the station with this key sign the commitment form of this card?"""
    return is_signed(
        key, PURPOSE_SECOND, second_bytes(day, box, rights, desk, committed), signature
    )


def commitment(secret: bytes) -> bytes:
    """What the desk's log shows of a card: SHA-256 of its secret."""
    return hashlib.sha256(secret).digest()


def spent_hash(day: str, box: str, secret: bytes) -> bytes:
    """What the box remembers of a spent card, 32 bytes; unrelated to the commitment."""
    data = f"pollmesh/spent/v1\n{day}/{box}\n".encode() + secret
    return hashlib.sha256(data).digest()


def _text(blob: bytes) -> str:
    return base64.b32encode(blob).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    data = base64.b32decode(text + "=" * (-len(text) % 8))
    if _text(data) != text:
        raise ValueError("not the one spelling")
    return data
