"""ESC/POS as bytes: what is sent to a printer, and what its answers mean.

    10 04 n          DLE EOT n, answered at once by one byte, whatever waits in the buffer
    1D 76 30 …       GS v 0, a band of the picture
    1D 56 42 00      GS V 66 0, feed to the knife and cut
    1D 72 01         GS r 1, answered by one byte once everything before it was worked through

Epson's ESC/POS reference has them all; cheap printers keep to the same bytes. The two kinds of
answers differ in fixed bits: 0xx1xx10 at once, 0xx0xxxx in order.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from hw.printer import words

BAND_ROWS = 24
"""3 mm of paper a band: a printer with a buffer of 4 KiB takes two, and a broken job wastes few."""

BEGIN = b"\x1b@\x1da\x00"
"""ESC @, GS a 0: as when switched on, and no answers that nobody asked for."""

CUT = b"\x1dV\x42\x00"
ASK_IN_ORDER = b"\x1dr\x01"

PRINTER, OFFLINE_CAUSE, ERROR_CAUSE, PAPER = 1, 2, 3, 4
"""The four questions of DLE EOT."""

_HEARD_IN_PICTURES = tuple(bytes([0x10, second]) for second in (0x04, 0x05, 0x14))
"""A printer hears DLE EOT, DLE ENQ and DLE DC4 (one opens a drawer, one switches it off) wherever
they stand, also in the middle of a picture."""


_BLACK_IS_ONE = bytes(255 - byte for byte in range(256))


@dataclass(frozen=True)
class Condition:
    """What a printer says of itself."""

    is_offline: bool = False
    is_cover_open: bool = False
    is_paper_out: bool = False
    is_paper_low: bool = False
    has_fault: bool = False

    @property
    def problem(self) -> str:
        """Why it does not print, in words; empty if it does."""
        if self.is_cover_open:
            return words.COVER_OPEN
        if self.is_paper_out:
            return words.PAPER_OUT
        if self.has_fault:
            return words.FAULT
        if self.is_offline:
            return words.OFFLINE
        return ""


def ask(question: int) -> bytes:
    """DLE EOT n."""
    return bytes([0x10, 0x04, question])


def is_answer_at_once(answer: int) -> bool:
    """Can this byte answer DLE EOT?"""
    return answer & 0b1001_0011 == 0b0001_0010


def is_answer_in_order(answer: int) -> bool:
    """Can this byte answer GS r 1?"""
    return answer & 0b1001_0000 == 0


def is_paper_out_in_order(answer: int) -> bool:
    """Does the answer to GS r 1 say that the paper has ended?"""
    return answer & 0b1100 != 0


def stopped(offline_cause: int) -> Condition:
    """What DLE EOT 2 tells: why the printer stopped, if it did."""
    return Condition(
        is_cover_open=bool(offline_cause & 0b100),
        is_paper_out=bool(offline_cause & 0b10_0000),
        has_fault=bool(offline_cause & 0b100_0000),
    )


def condition(printer: int, offline_cause: int, paper: int) -> Condition:
    """The answers to DLE EOT 1, 2 and 4, put together."""
    cause = stopped(offline_cause)
    return Condition(
        is_offline=bool(printer & 0b1000),
        is_cover_open=cause.is_cover_open,
        is_paper_out=cause.is_paper_out or bool(paper & 0b110_0000),
        is_paper_low=bool(paper & 0b1100),
        has_fault=cause.has_fault,
    )


def rest(width_dots: int) -> bytes:
    """Zeros that end whatever command or band was left unfinished; they print nothing.

    A printer that waits for the rest of a command takes the next question's bytes for it: as the
    height of a band they would swallow whole slips. So these come before any question.
    """
    return bytes(BAND_ROWS * ((width_dots + 7) // 8) + 8)


def bands(picture: Image.Image) -> Iterator[bytes]:
    """The picture (mode "1", black on white) as GS v 0 commands, top to bottom."""
    stride = (picture.width + 7) // 8
    for top in range(0, picture.height, BAND_ROWS):
        rows = min(BAND_ROWS, picture.height - top)
        part = Image.new("1", (stride * 8, rows), 255)
        part.paste(picture.crop((0, top, picture.width, top + rows)), (0, 0))
        header = b"\x1dv0\x00" + stride.to_bytes(2, "little") + rows.to_bytes(2, "little")
        yield header + unheard(part.tobytes().translate(_BLACK_IS_ONE))


def unheard(dots: bytes) -> bytes:
    """`dots` without what a printer would take for a command: a lone dot becomes two."""
    for heard in _HEARD_IN_PICTURES:
        dots = dots.replace(heard, b"\x18" + heard[1:])
    return dots
