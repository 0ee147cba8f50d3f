"""A single-use ballot card: one file on any card that has transparent files (ISO/IEC 7816-4).

    50 4D 42 31 | 00 05 | 2CF24DBA5FB0A30E | 68 65 6C 6C 6F      "hello"
    magic PMB1    length  start of SHA-256   the text, ASCII

The head counts only with the whole body behind it. Writing puts the body first and the head last;
clearing takes the head away first. Cut at any command, the file holds a whole text or none: all
that is not whole reads as blank, and can be cleared and written again.

The file is E101 in the application F0 "PMBALLOT", 614 bytes or more, read and written without a
key: who holds the card holds the ballot in it, as with paper.
"""

import hashlib

from hw.peripheral import GarbledError, RefusedError
from hw.smart_card.apdu import Channel

APPLICATION = b"\xf0PMBALLOT"
FILE = bytes.fromhex("E101")
MAGIC = b"PMB1"
SUM_BYTES = 8
HEAD_BYTES = len(MAGIC) + 2 + SUM_BYTES
TEXT_LETTERS_MAX = 600
"""What a ballot card's text takes at most; smaller cards than 1 kB are still to be had."""

FOREIGN = "This is not a ballot card. Take one from the box of blank cards."


def read_text(channel: Channel) -> str:
    """The text on the card; empty when it is blank."""
    _select(channel)
    return _text(channel, _head(channel))


def write_text(channel: Channel, text: str) -> None:
    """Write `text` on a blank card and read it back; a card that holds just this is done.

    So a card that was taken out after its head was written is put back and written again.
    """
    if not text or len(text) > TEXT_LETTERS_MAX or not text.isascii():
        raise RefusedError(
            f"This does not fit on a ballot card: 1 to {TEXT_LETTERS_MAX} plain letters do. "
            "Nothing was written."
        )
    _select(channel)
    head = _head(channel)
    held = _text(channel, head)
    if held == text:
        return
    if held:
        raise RefusedError(
            "This card holds a ballot already. Nothing was written. Use another card; "
            "this one can be cleared with: pollmesh hardware clear STATION"
        )
    if any(head):
        channel.update(0, bytes(HEAD_BYTES))
    body = text.encode("ascii")
    channel.update(HEAD_BYTES, body)
    if channel.read(HEAD_BYTES, len(body)) != body:
        raise _forgetful()
    channel.update(0, MAGIC + len(body).to_bytes(2, "big") + _sum(body))
    if _text(channel, _head(channel)) != text:
        raise _forgetful()


def clear(channel: Channel) -> None:
    """Make the card blank, whatever half of a text is on it, and look that it is."""
    _select(channel)
    channel.update(0, bytes(HEAD_BYTES))
    channel.update(HEAD_BYTES, bytes(TEXT_LETTERS_MAX))
    if any(channel.read(0, HEAD_BYTES + TEXT_LETTERS_MAX)):
        raise _forgetful()


def _select(channel: Channel) -> None:
    channel.select_application(APPLICATION, FOREIGN)
    channel.select_file(FILE, FOREIGN)


def _head(channel: Channel) -> bytes:
    head = channel.read(0, HEAD_BYTES)
    if len(head) < HEAD_BYTES:
        raise RefusedError(FOREIGN)
    return head


def _text(channel: Channel, head: bytes) -> str:
    length = int.from_bytes(head[len(MAGIC) : len(MAGIC) + 2], "big")
    if not head.startswith(MAGIC) or not 0 < length <= TEXT_LETTERS_MAX:
        return ""
    body = channel.read(HEAD_BYTES, length)
    if len(body) < length or _sum(body) != head[-SUM_BYTES:]:
        return ""
    if not body.isascii():
        raise GarbledError("What is on this ballot card cannot be read. Use another card.")
    return body.decode("ascii")


def _sum(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()[:SUM_BYTES]


def _forgetful() -> GarbledError:
    return GarbledError("The card did not keep what was written on it. Use another card.")
