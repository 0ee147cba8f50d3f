"""How much paper a slip takes, without drawing it; and what is too long for one, in parts.

    rows_at_most([Pair("11 سارا نمونه", "0")])                  -> 108: three lines
    in_parts([Stretch((Text("Council"),), options)], 14_000)   -> [lines, lines, …]

Rows are counted for the narrowest paper: part 3 of 9 is the same part on every printer, also when
another one prints the rest.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from hw.printer.slip import Code, Heading, Line, Pair, Rule, Text

WIDTH_DOTS = range(200, 1025)
"""From less than the narrowest paper in use (58 mm, less margins) to twice the usual."""

ROWS_MAX = 16_000
"""Two metres at 203 dpi: a fault in a list does not empty the roll."""

BODY, LARGE, HUGE = 26, 40, 96
"""Heights of text in dots."""

GAP_CELLS = 2
MARGIN = 8
SPACE = 10
RULE = 3

_CELL_OF_HEIGHT = 1233 / 2048
"""The advance of every letter of DejaVu Sans Mono."""


@dataclass(frozen=True)
class Stretch:
    """Lines that go on over parts; `above` stands above the first of them in each part."""

    above: tuple[Line, ...]
    lines: tuple[Line, ...]


def cell(height: int) -> int:
    """Dots from letter to letter."""
    return round(height * _CELL_OF_HEIGHT)


def columns(width: int, height: int) -> int:
    """Letters in a line."""
    return (width - 2 * MARGIN) // cell(height)


def line_rows(height: int) -> int:
    """Rows of dots from line to line."""
    return round(height * 1.4)


def frame_rows(watermark: bool) -> int:
    """Above and below all lines: the margin, and the watermark's first and last row."""
    return 2 * (MARGIN + (line_rows(HUGE) if watermark else 0))


def rows_at_most(lines: Iterable[Line]) -> int:
    """Rows of dots that these lines take on any paper; on most paper they take fewer."""
    return sum(map(_rows, lines))


def rows_left(lines: Iterable[Line]) -> int:
    """Rows that are left on a slip for others than these; a quarter of it if these take all."""
    return max(ROWS_MAX // 4, ROWS_MAX - frame_rows(True) - rows_at_most(lines))


def in_parts(stretches: Iterable[Stretch], rows: int) -> list[list[Line]]:
    """All the lines in their order, in as few parts of `rows` rows as they need; at least one.

    No part is empty: a line that is longer than a part is one by itself.
    """
    parts: list[list[Line]] = [[]]
    left = rows
    for stretch in stretches:
        is_named = False
        for line in stretch.lines:
            wanted = (line,) if is_named else (*stretch.above, line)
            if parts[-1] and rows_at_most(wanted) > left:
                wanted = (*stretch.above, line)
                parts.append([])
                left = rows
            parts[-1] += wanted
            left -= rows_at_most(wanted)
            is_named = True
    return parts


def _rows(line: Line) -> int:
    match line:
        case Heading(text):
            return _lines_at_most(text, LARGE) * line_rows(LARGE)
        case Text(text):
            return _lines_at_most(text, BODY) * line_rows(BODY)
        case Pair(label, value):
            both = _lines_at_most(label, BODY) + _lines_at_most(value, BODY)
            return both * line_rows(BODY)
        case Code(_, dots):
            return dots + 2 * SPACE
        case Rule():
            return RULE + 2 * SPACE


def _lines_at_most(text: str, height: int) -> int:
    """As `script.lines` breaks it, every letter counted as a cell."""
    wide, found = columns(WIDTH_DOTS.start, height), 0
    for paragraph in unicodedata.normalize("NFC", text).split("\n"):
        found, used = found + 1, 0
        for word in paragraph.split():
            if used and used + 1 + len(word) <= wide:
                used += 1 + len(word)
                continue
            pieces = -(-len(word) // wide)
            found += pieces if used else pieces - 1
            used = len(word) - (pieces - 1) * wide
    return found
