"""A card's picture is read back by two decoders that are not ours, and fits where it is shown."""

import io
import shutil
import subprocess

import pytest
import zxingcpp
from PIL import Image, ImageFilter

from hw.card_picture import card_png, card_text
from sync.card import Card, read_card, write_card
from sync.signing import Signer

CARD = Card("khorshid-2026", "a-box-1", ("parliament", "council"), "a-desk-1", bytes(range(16)))
TEXT = write_card(CARD, Signer(bytes(32)))


def picture() -> Image.Image:
    return Image.open(io.BytesIO(card_png(TEXT))).convert("L")


def test_a_card_is_read_back_from_its_picture() -> None:
    found = [code.text for code in zxingcpp.read_barcodes(picture())]
    assert found == [TEXT]
    assert read_card(found[0])[0] == CARD


def test_a_smudged_and_turned_card_is_still_read() -> None:
    smudged = picture().rotate(90, expand=True).filter(ImageFilter.GaussianBlur(2))
    smudged.paste(0, (150, 150, 170, 175))
    assert [code.text for code in zxingcpp.read_barcodes(smudged)] == [TEXT]


@pytest.mark.skipif(shutil.which("zbarimg") is None, reason="Debian's zbar-tools is not installed")
def test_a_second_decoder_reads_the_same(tmp_path) -> None:
    path = tmp_path / "card.png"
    path.write_bytes(card_png(TEXT))
    done = subprocess.run(
        ["zbarimg", "--quiet", "--raw", str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == TEXT


def test_the_terminal_drawing_fits_24_rows_and_is_read_back() -> None:
    rows = card_text(TEXT).split("\n")
    assert (len(rows), {len(row) for row in rows}) == (24, {47})
    upper, lower = {"█": 1, "▀": 1, "▄": 0, " ": 0}, {"█": 1, "▀": 0, "▄": 1, " ": 0}
    lines = [line for row in rows for line in ([upper[c] for c in row], [lower[c] for c in row])]
    drawn = Image.new("L", (len(lines[0]) + 8, len(lines) + 8), 255)
    for y, line in enumerate(lines):
        for x, light in enumerate(line):
            drawn.putpixel((x + 4, y + 4), 255 * light)
    large = drawn.resize((drawn.width * 6, drawn.height * 6), Image.Resampling.NEAREST)
    assert [code.text for code in zxingcpp.read_barcodes(large)] == [TEXT]
