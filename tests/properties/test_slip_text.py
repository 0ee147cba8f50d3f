"""Whatever a text holds, it is drawn or refused in words, and never takes more than was counted."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hw.printer import CannotDrawError
from hw.printer.drawing import draw
from hw.printer.measures import (
    Stretch,
    cell,
    columns,
    frame_rows,
    in_parts,
    rows_at_most,
)
from hw.printer.script import is_mark, lines, visual
from hw.printer.slip import Code, Heading, Line, Pair, Rule, Slip, Text

ANY = st.integers(0, 0x10FFFF).map(chr)
"""Every code point, halves of surrogate pairs too."""

SOME = st.sampled_from(
    "aZ7۷رأی‌ـلا \n.-:/()\u0301\u0654\u200f\u202e\u0f43\u0f77\ufb1d\U0001fae8\u0378"
)
TEXTS = st.text(ANY | SOME, max_size=60)
LINES: st.SearchStrategy[Line] = st.one_of(
    st.builds(Heading, TEXTS),
    st.builds(Text, TEXTS),
    st.builds(Pair, TEXTS, TEXTS),
    st.builds(Code, TEXTS, st.integers(-1, 500)),
    st.just(Rule()),
)


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.booleans())
@example("\U0001fae8\u0378\u0379", True)
@example("\ud800\udc00\x00\x07\u2029\ufffe", False)
def test_any_text_is_seen(text: str, right_to_left: bool) -> None:
    seen = visual(text, right_to_left)
    assert "\n" not in seen


@settings(max_examples=100, deadline=None)
@given(st.lists(LINES, max_size=4), st.text(ANY | SOME, max_size=8), st.integers(190, 1030))
def test_any_slip_is_drawn_or_refused_and_takes_no_more_rows_than_counted(
    found: list[Line], watermark: str, width: int
) -> None:
    try:
        picture = draw(Slip("any", tuple(found), watermark), width)
    except CannotDrawError:
        return
    assert picture.height <= rows_at_most(found) + frame_rows(bool(watermark))


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.integers(7, 63))
def test_no_line_is_wider_than_the_paper(text: str, wide: int) -> None:
    for line in lines(text, wide):
        for right_to_left in (False, True):
            assert sum(not is_mark(glyph) for glyph in visual(line, right_to_left)) <= wide


@given(
    st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=12), max_size=5),
    st.integers(100, 900),
)
def test_parts_hold_every_line_once_in_order_under_its_own_name(
    lengths: list[list[int]], rows: int
) -> None:
    stretches = [
        Stretch((Rule(), Heading(f"{number}")), tuple(Text(f"{number}:" + "x" * n) for n in some))
        for number, some in enumerate(lengths)
    ]
    parts = in_parts(stretches, rows)
    texts = [line for part in parts for line in part if isinstance(line, Text)]
    assert texts == [line for stretch in stretches for line in stretch.lines]
    for part in parts:
        named, of_this = "", 0
        for line in part:
            match line:
                case Heading(text):
                    assert text != named
                    named, of_this = text, 0
                case Text(text):
                    assert text.partition(":")[0] == named
                    of_this += 1
        assert rows_at_most(part) <= rows or sum(isinstance(one, Text) for one in part) == 1
        assert of_this or not lengths


@pytest.mark.parametrize("height", [26, 40, *range(28, 97, 2)])
def test_a_cell_is_what_the_font_advances(height: int) -> None:
    from hw.printer.drawing import _font

    assert cell(height) == round(_font(height).getlength("x"))
    assert columns(200, 26) == 11
