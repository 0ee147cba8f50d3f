"""A slip as a picture: what stands on the screen and what comes out on paper are the same dots.

    draw(Slip("Stub 7", (Heading("Stub"), Pair("Box", "a-box-1"))), width_dots=576)
    -> a picture 576 dots wide, one bit a dot, black on white

The font comes with a package that python-escpos needs (python-barcode: DejaVu Sans Mono, with the
Persian letters in all their shapes), and Pillow's own simple layout places it letter by letter:
the same slip is the same picture on every computer, whatever fonts it has.

Nothing is cut silently: text breaks into lines, and what cannot be drawn is a `CannotDrawError`.
"""

import importlib.resources
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import segno
from PIL import Image, ImageChops, ImageDraw, ImageFont

from hw.printer import CannotDrawError
from hw.printer.measures import (
    BODY,
    GAP_CELLS,
    HUGE,
    LARGE,
    MARGIN,
    ROWS_MAX,
    RULE,
    SPACE,
    WIDTH_DOTS,
    cell,
    columns,
    frame_rows,
    line_rows,
)
from hw.printer.script import cells, is_mark, is_right_to_left, lines, visual
from hw.printer.slip import Code, Heading, Line, Pair, Rule, Slip, Text

LETTERS_MAX = 20_000
"""More than the usual paper holds in ROWS_MAX; so that nothing longer is even laid out."""

MODULE_DOTS_MIN = 3
"""A QR module under 0.375 mm is not read by common hand scanners."""

QUIET_MODULES = 4
"""The white frame a QR code needs (ISO/IEC 18004, 9.1)."""

WHITE, BLACK = 255, 0


@dataclass(frozen=True)
class _Block:
    """One line of a slip, laid out: how many rows it takes, and how it is drawn at a row."""

    rows: int
    draw: Callable[[Image.Image, int], None]


def draw(slip: Slip, width_dots: int) -> Image.Image:
    """The slip as a picture of mode "1", `width_dots` wide; CannotDrawError if it does not fit."""
    if width_dots not in WIDTH_DOTS:
        words = f"Paper is {WIDTH_DOTS.start} to {WIDTH_DOTS.stop - 1} dots wide, not {width_dots}."
        raise CannotDrawError(words)
    if sum(len(text) for text in _texts(slip)) > LETTERS_MAX:
        raise CannotDrawError(f"A slip has at most {LETTERS_MAX} letters. Print it in parts.")
    blocks = [_block(line, width_dots) for line in slip.lines]
    frame = frame_rows(bool(slip.watermark))
    rows = sum(block.rows for block in blocks) + frame
    if rows > ROWS_MAX:
        raise CannotDrawError(f"A slip has at most {ROWS_MAX} rows of dots. Print it in parts.")
    picture = Image.new("1", (width_dots, rows), WHITE)
    if slip.watermark:
        _watermark(picture, slip.watermark)
    row = frame // 2
    for block in blocks:
        block.draw(picture, row)
        row += block.rows
    return picture


def draw_glyphs(picture: Image.Image, glyphs: str, left: int, top: int, height: int) -> None:
    """Draw one line's glyphs, given from left to right as `script.visual` makes them."""
    pen, font = ImageDraw.Draw(picture), _font(height)
    x, baseline, marks = left, top + _ascent(height), ""
    for glyph in glyphs:
        if is_mark(glyph):
            marks += glyph
            continue
        for shape in (glyph, *marks):
            pen.text((x, baseline), shape, BLACK, font, anchor="ls")
        x, marks = x + cell(height), ""


def _texts(slip: Slip) -> list[str]:
    found = [slip.watermark]
    for line in slip.lines:
        match line:
            case Heading(text) | Text(text) | Code(text):
                found.append(text)
            case Pair(label, value):
                found += [label, value]
    return found


def _block(line: Line, width: int) -> _Block:
    match line:
        case Heading(text):
            return _paragraph(text, width, LARGE)
        case Text(text):
            return _paragraph(text, width, BODY)
        case Pair(label, value):
            return _pair(label, value, width)
        case Code(text, dots):
            return _code(text, min(dots, width), width)
        case Rule():
            return _Block(RULE + 2 * SPACE, _draw_rule)


def _paragraph(text: str, width: int, height: int) -> _Block:
    """A paragraph from its own side: Persian from the right, Latin from the left."""
    parts = lines(text, columns(width, height))
    persian = is_right_to_left(text)

    def put(picture: Image.Image, row: int) -> None:
        for number, part in enumerate(parts):
            _place(picture, part, row + number * line_rows(height), height, persian, persian)

    return _Block(len(parts) * line_rows(height), put)


def _pair(label: str, value: str, width: int) -> _Block:
    """Label at the start of the line, value at its end; below each other if they do not fit."""
    wide = columns(width, BODY)
    persian = is_right_to_left(label if _has_letters(label) else value)
    together = cells(label) + GAP_CELLS + cells(value) <= wide
    together = together and "\n" not in label + value
    labels, values = lines(label, wide), lines(value, wide)
    step = line_rows(BODY)
    first = 0 if together else len(labels)

    def put(picture: Image.Image, row: int) -> None:
        for number, part in enumerate(labels):
            _place(picture, part, row + number * step, BODY, persian, persian)
        for number, part in enumerate(values):
            below = row + (first + number) * step
            _place(picture, part, below, BODY, is_right_to_left(value), not persian)

    return _Block((first + len(values)) * step, put)


def _has_letters(text: str) -> bool:
    return any(letter.isalpha() for letter in text)


def _place(
    picture: Image.Image, text: str, row: int, height: int, persian: bool, at_right: bool
) -> None:
    glyphs = visual(text, persian)
    wide = _glyphs_width(glyphs, height)
    left = picture.width - MARGIN - wide if at_right else MARGIN
    draw_glyphs(picture, glyphs, left, row, height)


def _code(text: str, dots: int, width: int) -> _Block:
    """A QR code in the middle, its quiet zone white whatever stands behind it."""
    try:
        code = segno.make_qr(text, error="m")
    except UnicodeEncodeError:
        # Half of a pair of surrogates: no bytes can say it.
        raise CannotDrawError("This text holds what no QR code can say.") from None
    except segno.DataOverflowError:
        raise CannotDrawError("This text is too long for one QR code.") from None
    rows = [bytes(row) for row in code.matrix_iter(border=QUIET_MODULES)]
    scale = dots // len(rows)
    if scale < MODULE_DOTS_MIN:
        words = (
            f"A QR code of {len(text)} letters needs {MODULE_DOTS_MIN * len(rows)} dots of paper"
        )
        raise CannotDrawError(f"{words}; it has {dots}. Use wider paper or a shorter text.")
    small = Image.new("1", (len(rows), len(rows)))
    small.putdata([BLACK if module else WHITE for row in rows for module in row])
    side = scale * len(rows)
    large = small.resize((side, side), Image.Resampling.NEAREST)
    return _Block(
        side + 2 * SPACE,
        lambda picture, row: picture.paste(large, ((width - side) // 2, row + SPACE)),
    )


def _draw_rule(picture: Image.Image, row: int) -> None:
    top = row + SPACE
    box = (MARGIN, top, picture.width - MARGIN - 1, top + RULE - 1)
    ImageDraw.Draw(picture).rectangle(box, BLACK)


def _watermark(picture: Image.Image, word: str) -> None:
    """Row under row of the word, every eighth dot of its letters, over the whole slip."""
    height = HUGE
    glyphs = visual(word, is_right_to_left(word))
    while height > BODY and _glyphs_width(glyphs, height) > picture.width - 2 * MARGIN:
        height -= 2
    if _glyphs_width(glyphs, height) > picture.width:
        raise CannotDrawError("The watermark is too long for the paper. Use one short word.")
    letters = Image.new("1", picture.size, WHITE)
    left = (picture.width - _glyphs_width(glyphs, height)) // 2
    step = line_rows(HUGE)
    # From both ends, so that the first and the last row are whole.
    last = picture.height - step
    for row in (*range(0, last - step + 1, step), last):
        draw_glyphs(letters, glyphs, left, row + (step - line_rows(height)) // 2, height)
    picture.paste(ImageChops.logical_or(letters, _grid(picture.size)))


def _grid(size: tuple[int, int]) -> Image.Image:
    """White but for every eighth dot: two rows of four have one black dot in four, in turns."""
    stride = (size[0] + 7) // 8
    four_rows = b"".join(bytes([eight]) * stride for eight in (0x77, 0xFF, 0xDD, 0xFF))
    return Image.frombytes("1", size, (four_rows * (size[1] // 4 + 1))[: stride * size[1]])


@lru_cache
def _font(height: int) -> ImageFont.FreeTypeFont:
    file = importlib.resources.files("barcode") / "fonts" / "DejaVuSansMono.ttf"
    with importlib.resources.as_file(file) as path:
        return ImageFont.truetype(str(path), height, layout_engine=ImageFont.Layout.BASIC)


def _glyphs_width(glyphs: str, height: int) -> int:
    return sum(not is_mark(glyph) for glyph in glyphs) * cell(height)


def _ascent(height: int) -> int:
    # Hamza and vowel marks reach higher than any Latin letter.
    return round(height * 1.05)
