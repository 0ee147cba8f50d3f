"""From a printed code to what it says: a picture, decoded, sent down the line, read.

The pictures are made by segno (QR) and zxing-cpp (Code 128, PDF417), decoded by zxing-cpp, and go
with the symbology identifier that scanners put before a code, through a pty to the serial driver.
"""

import asyncio
import io
from pathlib import Path
from typing import Any

import pytest
import segno
import zxingcpp
from PIL import Image

from hw.catalogue import SerialScanner
from hw.scanner.reading import Reading, read_scan
from hw.scanner.serial import SerialScannerDriver
from tests.peers.documents import td1, td3
from tests.peers.serial_line import SerialLine
from tests.peers.waiting import kept, until

CODE = "9990000018"
CARD = "PM1:SWUWIZLNN4WTEMBSG2TWCLLCN54C2MMRVJYGC4TMNFQW2ZLOOSUGCLLEMVZWWLJRYQIAAAICAMCAKBQH"
LICENCE = (
    "@\n\x1e\rANSI 636000100102DL00410044ZI00850015DLDAQ12345678\nDCSNEMOONEH\nDACMARYAM\n"
    f"DCGIRN\rZIZIA{CODE}\r"
)
NAME = "MARYAM SARA NEMOONEH"


def qr(text: str) -> Image.Image:
    out = io.BytesIO()
    segno.make_qr(text, error="m").save(out, kind="png", scale=4)
    return Image.open(io.BytesIO(out.getvalue()))


def code_128(text: str) -> Image.Image:
    return drawn(text, zxingcpp.BarcodeFormat.Code128)


def pdf417(text: str) -> Image.Image:
    return drawn(text, zxingcpp.BarcodeFormat.PDF417)


def drawn(text: str, kind: zxingcpp.BarcodeFormat) -> Image.Image:
    dots = memoryview(zxingcpp.create_barcode(text, kind).to_image(scale=3))
    height, width = dots.shape
    return Image.frombytes("L", (width, height), bytes(dots))


def as_a_scanner_sends(picture: Image.Image) -> bytes:
    """What is in the picture, with its identifier before it."""
    found = zxingcpp.read_barcode(picture)
    assert found is not None, "the picture is read"
    return found.symbology_identifier.encode() + found.bytes


def through_the_line(folder: Path, sent: bytes) -> Reading:
    async def scene() -> Reading:
        told: list[Any] = []
        with SerialLine(folder / "scanner") as line:
            line.plug()
            driver = SerialScannerDriver(SerialScanner(str(line.path)), told.append)
            async with kept(driver):
                await until(lambda: driver.state.is_usable)
                await line.send(sent + b"\r\n")
                await until(lambda: told != [])
        (scanned,) = told
        return read_scan(scanned.text)

    return asyncio.run(scene())


def national_card() -> str:
    return "\r".join(td1("B12345678", optional=CODE, family="NEMOONEH", given="MARYAM SARA"))


def passport() -> str:
    return "\n".join(td3("B12345678", personal=CODE, family="NEMOONEH", given="MARYAM SARA"))


@pytest.mark.parametrize(
    ("draw", "identifier", "text", "reading"),
    [
        (qr, "]Q1", CARD, Reading("card", text=CARD)),
        (qr, "]Q1", f"NC:{CODE}", Reading("national-code", CODE)),
        (qr, "]Q1", "مریم", Reading("text", text="مریم")),
        (code_128, "]C0", CODE, Reading("national-code", CODE)),
        (code_128, "]C0", f"nc:{CODE}", Reading("national-code", CODE)),
        (pdf417, "]L2", national_card(), Reading("mrz", CODE, NAME, "national-card")),
        (pdf417, "]L2", passport(), Reading("mrz", CODE, NAME, "passport")),
        (pdf417, "]L2", LICENCE, Reading("licence", CODE, "MARYAM NEMOONEH", "driving-licence")),
    ],
    ids=["card", "qr", "words", "code-128", "prefix", "td1", "td3", "licence"],
)
def test_what_a_picture_says_is_read(tmp_path, draw, identifier, text, reading):
    sent = as_a_scanner_sends(draw(text))
    assert sent.startswith(identifier.encode())
    assert through_the_line(tmp_path, sent) == reading
