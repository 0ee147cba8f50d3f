"""The slip a box gives for a card that came back: it reveals the card's secret for all to see.

    PMV1:<base32 of MessagePack [day, box, desk, secret] followed by the box's signature>

The box signs it with its station key under the purpose "void-slip", and only after the card is on
its disk as spent without a ballot. Ed25519 signing is deterministic: the same card shown again
gives the same slip, also after a crash between spending and printing. SHA-256 of the secret is the
card's commitment in the desk's log; that ties slip and card together without naming a check-in.

A revealed secret is harmless: the card it belongs to is spent for good, and paid for no ballot.
"""

import base64
import binascii

import msgspec
from msgspec import Struct

from sync.card import SECRET_BYTES, commitment
from sync.card_entries import SLIP_CHARACTERS_MAX
from sync.errors import DecodeError
from sync.package import Package
from sync.signing import SIGNATURE_BYTES, Signer, is_signed

PREFIX = "PMV1:"
PURPOSE = "void-slip"


class VoidSlip(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A card that `box` has taken back and will never take again."""

    day: str
    box: str
    desk: str
    secret: bytes

    @property
    def commitment(self) -> bytes:
        """What the desk's log shows of the card."""
        return commitment(self.secret)


def write_slip(slip: VoidSlip, signer: Signer) -> str:
    """The slip's text, signed by the box."""
    body = msgspec.msgpack.encode(slip)
    blob = body + signer.sign(PURPOSE, body)
    return PREFIX + base64.b32encode(blob).decode().rstrip("=")


def open_slip(package: Package, text: str) -> VoidSlip:
    """The slip if its text is whole, of this day, and signed by the box it names; DecodeError."""
    shown = text.strip().upper()
    if len(text) > SLIP_CHARACTERS_MAX or not shown.startswith(PREFIX):
        raise DecodeError("slip", "this is not the slip of a card that a box took back")
    slip, body, signature = _parts(shown.removeprefix(PREFIX))
    box = package.stations_by_id.get(slip.box)
    if slip.day != package.day or box is None or box.kind != "box":
        raise DecodeError("slip", "this slip is of another day, or of a box that is not ours")
    if not is_signed(box.key, PURPOSE, body, signature):
        raise DecodeError("slip", f"this slip was not made by {slip.box}")
    return slip


def _parts(text: str) -> tuple[VoidSlip, bytes, bytes]:
    """The slip, the signed bytes, the signature; only the one spelling is taken."""
    try:
        blob = base64.b32decode(text + "=" * (-len(text) % 8))
        body, signature = blob[:-SIGNATURE_BYTES], blob[-SIGNATURE_BYTES:]
        slip = msgspec.msgpack.decode(body, type=VoidSlip)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise DecodeError("slip", "the slip cannot be read; scan it again") from None
    again = base64.b32encode(blob).decode().rstrip("=")
    if again != text or len(slip.secret) != SECRET_BYTES or msgspec.msgpack.encode(slip) != body:
        raise DecodeError("slip", "the slip is damaged")
    return slip, body, signature
