"""Persian in terminals: one output filter between the widgets and the screen.

Most terminals (xterm, the Linux console, tmux) draw every letter where it is written, left to
right and unjoined. In the order `visual` this filter joins the letters and lays each run out right
to left just before output; widgets, tests and screenshots keep the logical text. Terminals that
order text themselves (mlterm, konsole) need `logical`: no filter.

    visual_text("کریم  7")  ->  the name's letters joined and reversed, the 7 where it was

A run ends at two blanks or a box character, so that columns never swap sides. The number of cells
never changes: ligatures are off and hamza above heh becomes the one letter U+06C0.
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

_RIGHT_TO_LEFT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff"
_ANY_RTL = re.compile(f"[{_RIGHT_TO_LEFT}]")
_FIRST_LETTER = re.compile(f"[A-Za-z{_RIGHT_TO_LEFT}]")
_BREAKS = re.compile("( {2,}|^ +| +$|[\u2500-\u259f]+)")
_RESHAPER = ArabicReshaper(configuration={"delete_harakat": False, "support_ligatures": False})


class VisualOrder(LineFilter):
    """Reorders every segment that holds Persian; all others pass untouched."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """See LineFilter."""
        return [
            segment
            if segment.control or not _ANY_RTL.search(segment.text)
            else Segment(visual_text(segment.text), segment.style)
            for segment in segments
        ]


@lru_cache(2048)
def visual_text(text: str) -> str:
    """`text` as it must stand on a terminal that knows no right-to-left; as many cells."""
    return "".join(_visual_run(run) for run in _BREAKS.split(text))


def _visual_run(run: str) -> str:
    if not _ANY_RTL.search(run):
        return run
    first = _FIRST_LETTER.search(run)
    assert first is not None, "a right-to-left letter was found"
    base = "R" if _ANY_RTL.match(first.group()) else "L"
    shaped = _RESHAPER.reshape(run.replace("\u0647\u0654", "\u06c0"))
    shown = str(get_display(shaped, base_dir=base))
    return shown if cell_len(shown) == cell_len(run) else run
