"""What a slip looks like: Persian joined and in the order it is read, codes that two others read.

Expected glyphs are written from left to right as they must be seen, in the presentation forms of
Unicode (chapter "Arabic Presentation Forms"), and drawn by the lowest function alone.
"""

import shutil
import subprocess
import unicodedata
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image, ImageChops

from hw.peripheral import RefusedError
from hw.printer import CannotDrawError, UnfinishedError
from hw.printer.drawing import LETTERS_MAX, WHITE, draw, draw_glyphs
from hw.printer.measures import BODY, LARGE, MARGIN
from hw.printer.script import is_mark, lines, visual
from hw.printer.slip import Code, Heading, Line, Pair, Rule, Slip, Text

WIDTH = 576
CARD = "PM1:" + ("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" * 7)[:215]
RETURN = ("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:" * 25)[:1_100]

SANDUQ = "\ufed5\ufeed\ufeaa\ufee8\ufebb"
"""صندوق from left to right: final qaf, waw, final dal, medial noon, initial sad."""
RAY = "\ufbfc\ufe83\ufead"
"""رأی: yeh alone, alef with hamza alone, reh alone."""


def drawn(*line: Line, watermark: str = "") -> Image.Image:
    return draw(Slip("A slip", line, watermark), WIDTH)


def by_hand(*glyphs: str, height: int = BODY, at_right: bool = True) -> Image.Image:
    """Lines of glyphs, drawn where a paragraph stands on its side of the paper."""
    cell = {BODY: 16, LARGE: 24}[height]
    step = round(height * 1.4)
    picture = Image.new("1", (WIDTH, 2 * MARGIN + step * len(glyphs)), WHITE)
    for number, line in enumerate(glyphs):
        wide = cell * sum(not is_mark(glyph) for glyph in line)
        left = WIDTH - MARGIN - wide if at_right else MARGIN
        draw_glyphs(picture, line, left, MARGIN + number * step, height)
    return picture


def inked(picture: Image.Image) -> tuple[int, int, int, int]:
    """The box around all black dots."""
    box = ImageChops.invert(picture.convert("L")).getbbox()
    assert box is not None
    return box


@pytest.mark.parametrize(
    ("text", "glyphs"),
    [
        ("صندوق a-box-1: ۱۲۳ رأی", f"{RAY} ۱۲۳ :a-box-1 {SANDUQ}"),
        ("صندوق 2026-11-22 14:30", f"14:30 2026-11-22 {SANDUQ}"),
        ("صندوق ۱۴۰۵/۰۹/۰۱", f"۱۴۰۵/۰۹/۰۱ {SANDUQ}"),
        ("صندوق ۱۴۰۵-۰۹-۰۱", f"۱۴۰۵-۰۹-۰۱ {SANDUQ}"),
        ("صندوق -5 و 1,378", f"1,378 \ufeed -5 {SANDUQ}"),
        ("صندوق (رأی) «رأی» [۷]", f"[۷] «{RAY}» ({RAY}) {SANDUQ}"),
        ("صندوق Card 7", f"Card 7 {SANDUQ}"),
        ("لا", "\ufefb"),
        ("می‌رود", "\ufea9\ufeed\ufead\ufbfd\ufee3"),
        ("خانهٔ", "\u0654\ufeea\ufee7\ufe8e\ufea7"),
        ("خانۀ", "\u0654\ufeea\ufee7\ufe8e\ufea7"),
        ("راهٔ", "\u0654\ufee9\ufe8d\ufead"),
        ("\u202eرأی\u200f", RAY),
    ],
)
def test_persian_is_drawn_joined_and_from_right_to_left(text: str, glyphs: str) -> None:
    assert visual(text, right_to_left=True) == glyphs
    assert drawn(Text(text)).tobytes() == by_hand(glyphs).tobytes()


def test_another_order_is_another_picture() -> None:
    seen = drawn(Text("صندوق ۱۲۳")).tobytes()
    assert seen == by_hand(f"۱۲۳ {SANDUQ}").tobytes()
    assert seen != by_hand(f"۳۲۱ {SANDUQ}").tobytes()
    assert seen != by_hand(f"{SANDUQ} ۱۲۳").tobytes()


def test_a_mark_stands_on_its_letter_and_takes_no_room() -> None:
    plain, marked = drawn(Text("خانه")), drawn(Text("خانهٔ"))
    assert plain.tobytes() == by_hand("\ufeea\ufee7\ufe8e\ufea7").tobytes()
    added = ImageChops.logical_xor(plain, marked).convert("L").getbbox()
    assert added is not None
    left = WIDTH - MARGIN - 4 * 16
    assert left <= added[0] < added[2] <= left + 16, "over the last letter, the leftmost cell"


def test_latin_stands_left_and_persian_right() -> None:
    assert drawn(Text("Box a-box-1")).tobytes() == by_hand("Box a-box-1", at_right=False).tobytes()
    assert drawn(Heading("رأی")).tobytes() == by_hand(RAY, height=LARGE).tobytes()


def test_a_pair_stands_at_both_ends_from_its_labels_side() -> None:
    pair = drawn(Pair("صندوق", "a-box-1"))
    assert pair.tobytes() == by_hand(f"a-box-1{' ' * 23}{SANDUQ}").tobytes()
    pair = drawn(Pair("Card", "۷"))
    assert pair.tobytes() == by_hand(f"Card{' ' * 30}۷", at_right=False).tobytes()


def test_a_pair_too_long_for_a_line_takes_two_and_loses_nothing() -> None:
    pair = drawn(Pair("A label of this length", "and a value of this one"))
    expected = by_hand("A label of this length", "", at_right=False)
    draw_glyphs(expected, "and a value of this one", WIDTH - MARGIN - 23 * 16, MARGIN + 36, BODY)
    assert pair.tobytes() == expected.tobytes()


def test_a_long_paragraph_breaks_at_blanks_and_loses_no_word() -> None:
    text = "برگزاری انتخابات در شعبه‌های اخذ رأی با حضور ناظران " * 8 + "x" * 90
    broken = lines(text, 35)
    assert all(len(line.replace("\u200c", "")) <= 35 for line in broken)
    assert " ".join(broken[:-3]).split() == text.split()[:-1]
    assert "".join(broken[-3:]) == "x" * 90
    assert drawn(Text(text)).tobytes() == by_hand(*(visual(one, True) for one in broken)).tobytes()


def test_newlines_break_and_format_letters_are_not_seen() -> None:
    assert lines("a\nb\n\nc", 10) == ["a", "b", "", "c"]
    text = "a\tb\u200e\u00ad\u2066\ufeff"
    assert drawn(Text(text)).tobytes() == by_hand("a b", at_right=False).tobytes()


@pytest.mark.parametrize(
    "letter", ["\U0001fae8", "\u0378", "\u0379", "\ue000", "\ud800", "\x07", "\ufffe"]
)
def test_what_is_no_letter_is_drawn_as_the_sign_for_it(letter: str) -> None:
    # A later Unicode may know the first of them; then it is a letter that the font lacks.
    assert unicodedata.category(letter) in ("Cn", "Co", "Cs", "Cc", "So")
    seen = visual(f"a{letter}b", right_to_left=False)
    assert seen == ("a\ufffdb" if unicodedata.category(letter) != "So" else f"a{letter}b")
    plain = drawn(Text("ab")).tobytes()
    for text in (f"a{letter}b", f"صندوق {letter} ۱۲۳"):
        assert drawn(Text(text), Pair(text, text), Heading(text)).tobytes() != plain
    assert "\ufffd" not in visual("می‌رود\u200f\u06dd", right_to_left=True)


def test_a_code_that_no_bytes_can_say_is_refused_in_words() -> None:
    with pytest.raises(CannotDrawError, match="holds what no QR code can say"):
        drawn(Code("PM1:\ud800"))


def test_letters_under_a_thousand_marks_take_lines_too() -> None:
    marked = "a" + "\u0301" * 1_000
    broken = lines(f"{marked} {marked} " + "\u0301 " * 1_000, 10)
    assert all(len(line) <= 40 for line in broken)
    assert "".join(broken).replace(" ", "").count("\u0301") == 3_000


def test_a_slip_that_never_can_be_drawn_is_told_apart_from_passing_trouble() -> None:
    assert issubclass(CannotDrawError, RefusedError)
    assert not issubclass(CannotDrawError, UnfinishedError)
    assert not issubclass(UnfinishedError, CannotDrawError)


def codes(picture: Image.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(picture.convert("L"))]


@pytest.mark.parametrize(("text", "dots"), [(CARD, 400), (RETURN, 576), ("7", 100)])
@pytest.mark.parametrize("watermark", ["", "TRAINING", "آزمایشی"])
def test_codes_are_read_by_two_others_under_any_watermark(
    tmp_path: Path, text: str, dots: int, watermark: str
) -> None:
    picture = drawn(Heading("کارت رأی"), Code(text, dots), Text("Once."), watermark=watermark)
    assert codes(picture) == [text]
    if shutil.which("zbarimg") is None:
        return
    picture.save(tmp_path / "slip.png")
    line = ["zbarimg", "--quiet", "--raw", "--nodbus", str(tmp_path / "slip.png")]
    assert subprocess.run(line, capture_output=True, text=True, check=True).stdout.strip() == text


def test_a_code_is_as_large_as_it_may_be_and_in_the_middle() -> None:
    # 219 letters of this alphabet are version 8: 49 modules, and 4 of white on each side.
    left, top, right, bottom = inked(drawn(Code(CARD, 400)))
    scale = 400 // (49 + 8)
    assert (right - left, bottom - top) == (49 * scale, 49 * scale)
    assert abs((left + right) - WIDTH) <= 1


def test_a_code_too_fine_for_a_scanner_is_refused_in_words() -> None:
    with pytest.raises(CannotDrawError, match="needs 339 dots of paper; it has 300"):
        drawn(Code(RETURN, 300))
    with pytest.raises(CannotDrawError, match="too long for one QR code"):
        drawn(Code("x" * 3_000))


def test_what_does_not_fit_is_refused_before_it_is_laid_out() -> None:
    with pytest.raises(CannotDrawError, match=f"at most {LETTERS_MAX} letters"):
        drawn(Text("x" * (LETTERS_MAX + 1)))
    with pytest.raises(CannotDrawError, match="at most 16000 rows"):
        drawn(Text("x\n" * 500))
    with pytest.raises(CannotDrawError, match="200 to 1024 dots wide, not 100"):
        draw(Slip("A slip", ()), 100)
    with pytest.raises(CannotDrawError, match="watermark is too long"):
        drawn(watermark="TRAINING " * 5)


def test_a_watermark_is_light_and_never_hides_a_word() -> None:
    plain, marked = drawn(Text("Once.")), drawn(Text("Once."), watermark="TEST")
    part = marked.crop((0, 134, WIDTH, 134 + plain.height))
    both = ImageChops.logical_and(plain, part)
    assert both.tobytes() == part.tobytes(), "every dot of the text is there"
    assert marked.convert("L").histogram()[0] < marked.width * marked.height / 20


@pytest.mark.parametrize("width", [384, 512, 576, 832])
def test_a_slip_fits_every_usual_paper(width: int) -> None:
    slip = Slip("Card", (Heading("Voting card"), Pair("صندوق", "a-box-1"), Rule(), Code(CARD)))
    picture = draw(slip, width)
    assert (picture.mode, picture.width) == ("1", width)
    left, _, right, _ = inked(picture)
    assert left >= MARGIN
    assert right <= width - MARGIN
    assert codes(picture) == [CARD]
