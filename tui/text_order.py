"""Persian in terminals: one output filter between the widgets and the screen.

Most terminals (xterm, the Linux console, tmux) draw every letter where it is written, left to
right and unjoined. In the order `visual` this filter joins the letters and lays each run out right
to left just before output. Terminals that order text themselves (GNOME's, konsole) need `logical`:
the letters stay as they are, and marks of no width keep each run in its own place, so that such a
terminal cannot carry a number into another column. (mlterm gives those marks cells: switch its own
ordering off and choose `visual`.) Widgets, tests and screenshots keep the plain logical text.

    visual_text("کریم  7")  ->  the name's letters joined and reversed, the 7 where it was

A run ends at two blanks or a box character, so that columns never swap sides. Ids, codes, dates and
numbers are laid out as one piece each: the rules of Unicode alone would show `2026-11-27` behind a
Persian word as `27-11-2026`. The number of cells never changes: ligatures are off, and hamza
above heh takes no cell of its own.
"""

import re
from functools import lru_cache
from typing import Literal

from arabic_reshaper import ArabicReshaper
from bidi.algorithm import get_display
from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

TextOrder = Literal["visual", "logical"]
TEXT_ORDERS: tuple[TextOrder, ...] = ("visual", "logical")

Base = Literal["R", "L", ""]
"""Which side a run begins at; empty: the side of its first letter."""

_RIGHT_TO_LEFT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff"
_ANY_RTL = re.compile(f"[{_RIGHT_TO_LEFT}]")
_SHAPED = re.compile("[\ufb50-\ufdff\ufe70-\ufefc]")
"""Letters joined already: what lies behind a dialog is drawn a second time."""

_FIRST_LETTER = re.compile(f"[A-Za-z{_RIGHT_TO_LEFT}]")
_BREAKS = re.compile("( {2,}|^ +| +$|[\u2500-\u259f]+)")
_RESHAPER = ArabicReshaper(configuration={"delete_harakat": False, "support_ligatures": False})

_PIECE = re.compile(
    rf"\([^(){_RIGHT_TO_LEFT}]*[0-9A-Za-z][^(){_RIGHT_TO_LEFT}]*\)"
    rf"|\[[^][{_RIGHT_TO_LEFT}]*[0-9A-Za-z][^][{_RIGHT_TO_LEFT}]*\]"
    r"|(?<![0-9A-Za-z])(?:~?/|-(?=[0-9]))?[0-9A-Za-z]+(?:[-./:+_@,=#~]+[0-9A-Za-z]+)*"
)
"""An id, a code, a date, a path, a number or a Latin word: never turned round inside. Brackets
round nothing else go with it: alone, one of a pair would end up at the other side of the line."""

_LETTERED, _LETTERED_MAX = 0xE000, 0x1900
_NUMBERS, _NUMBERS_MAX = 0x1D7CE, 50
"""Stand-ins for pieces while a run is laid out: private letters, and the mathematical digits."""

_DRAWABLE = {"\ufba4": "\ufee9\u0654", "\ufba5": "\ufeea\u0654"}
"""Heh with hamza above, alone and at the end: terminals' fonts have the mark, not the letter."""

AS_IS = "as-is"
"""A segment with this in its style's meta passes untouched: the check of both orders needs it."""

_LRM, _RLI, _PDI = "\u200e", "\u2067", "\u2069"


class VisualOrder(LineFilter):
    """Reorders every segment that holds Persian; all others pass untouched."""

    def __init__(self, base: Base = "") -> None:
        super().__init__()
        self._base: Base = base

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """See LineFilter."""
        return [
            segment
            if segment.control or not _ANY_RTL.search(segment.text) or _is_as_is(segment)
            else Segment(self._ordered(segment.text), segment.style)
            for segment in segments
        ]

    def _ordered(self, text: str) -> str:
        return visual_text(text, self._base)


def _is_as_is(segment: Segment) -> bool:
    return segment.style is not None and bool(segment.style.meta.get(AS_IS))


class LogicalOrder(VisualOrder):
    """Fences every run of Persian in, for terminals that order text themselves."""

    def _ordered(self, text: str) -> str:
        return fenced_text(text, self._base)


def order_filter(text_order: TextOrder, base: Base = "") -> LineFilter:
    """The filter for a screen; `base` is "R" where the screen itself speaks Persian."""
    return VisualOrder(base) if text_order == "visual" else LogicalOrder(base)


@lru_cache(2048)
def visual_text(text: str, base: Base = "") -> str:
    """`text` as it must stand on a terminal that knows no right-to-left; as many cells."""
    return "".join(_visual_run(run, base) for run in _BREAKS.split(text))


@lru_cache(2048)
def fenced_text(text: str, base: Base = "") -> str:
    """`text` for a terminal that orders it: marks of no width around each run and each code."""
    return "".join(_fenced_run(run, base) for run in _BREAKS.split(text))


def _base_of(run: str, base: Base) -> Base:
    if base:
        return base
    first = _FIRST_LETTER.search(run)
    assert first is not None, "a right-to-left letter was found"
    return "R" if _ANY_RTL.match(first.group()) else "L"


def _visual_run(run: str, base: Base) -> str:
    if not _ANY_RTL.search(run) or _SHAPED.search(run):
        return run
    base = _base_of(run, base)
    pieces: dict[str, str] = {}

    def stand_in(found: re.Match[str]) -> str:
        piece = found.group()
        # Beside a Latin sentence a number stays where it is written, like a word of it.
        is_number = base == "R" and not any(letter.isalpha() for letter in piece)
        start, most = (_NUMBERS, _NUMBERS_MAX) if is_number else (_LETTERED, _LETTERED_MAX)
        letter = chr(start + len(pieces) % most)
        if letter in pieces:
            return piece
        pieces[letter] = piece
        return letter

    held = _PIECE.sub(stand_in, run.replace("\u0647\u0654", "\u06c0"))
    laid = str(get_display(_RESHAPER.reshape(held), base_dir=base))
    shown = "".join(pieces.get(letter, _DRAWABLE.get(letter, letter)) for letter in laid)
    return shown if cell_len(shown) == cell_len(run) else run


def _fenced_run(run: str, base: Base) -> str:
    if not _ANY_RTL.search(run):
        return run
    held = _PIECE.sub(lambda found: f"{_LRM}{found.group()}{_LRM}", run)
    if held != run and _base_of(run, base) == "R":
        # A sentence with codes in it: they stand in its order, not in that of the line.
        held = f"{_RLI}{held}{_PDI}"
    return f"{_LRM}{held}{_LRM}"
