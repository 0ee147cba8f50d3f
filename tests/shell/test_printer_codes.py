"""Printed codes are read back from the paper by two decoders that are not ours."""

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from hw.catalogue import NetworkPrinter, SerialPrinter
from hw.printer.escpos import EscposPrinter
from hw.printer.slip import Code, Heading, Pair, Slip, Text
from tests.peers.escpos_printer import PtyPrinter, TcpPrinter

CARD = "PM1:" + ("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" * 7)[:215]
RETURN = ("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:" * 25)[:1_100]


def read(path: Path) -> list[str]:
    """The codes on a paper; if a second decoder is here, it must read the same."""
    found = [code.text for code in zxingcpp.read_barcodes(Image.open(path).convert("L"))]
    if shutil.which("zbarimg") is not None:
        line = ["zbarimg", "--quiet", "--raw", "--nodbus", str(path)]
        done = subprocess.run(line, capture_output=True, text=True, check=True)
        assert done.stdout.splitlines() == found
    return found


@pytest.mark.parametrize("cable", ["network", "serial"])
@pytest.mark.parametrize(("text", "dots"), [(CARD, 400), (RETURN, 576)], ids=["card", "return"])
@pytest.mark.parametrize("watermark", ["", "TRAINING"])
def test_a_code_is_read_from_the_paper(
    tmp_path: Path, cable: str, text: str, dots: int, watermark: str
) -> None:
    lines = (Heading("کارت رأی"), Pair("Box", "a-box-1"), Code(text, dots), Text("Once."))
    peer = (
        TcpPrinter(tmp_path / "paper")
        if cable == "network"
        else PtyPrinter(tmp_path / "paper", tmp_path / "printer")
    )

    async def go() -> None:
        await peer.plug()
        try:
            settings = (
                NetworkPrinter(f"127.0.0.1:{peer.port}")
                if isinstance(peer, TcpPrinter)
                else SerialPrinter(str(peer.port))
            )
            await EscposPrinter(settings).print(Slip("Card 7", lines, watermark))
        finally:
            await peer.unplug()

    asyncio.run(go())
    (paper,) = peer.printer.papers
    assert read(paper) == [text]


def test_the_peer_prints_what_python_escpos_itself_sends(tmp_path: Path) -> None:
    """Its own text, native code, feed and cut: the peer knows more than our driver asks of it."""
    from escpos.printer import Network

    async def go() -> None:
        peer = TcpPrinter(tmp_path)
        await peer.plug()

        def send() -> tuple[bool, int]:
            printer = Network("127.0.0.1", peer.port, timeout=5)
            printer.open()
            try:
                printer.text("Card 7\n")
                printer.qr(CARD, native=True, size=6)
                printer.cut()
                return printer.is_online(), printer.paper_status()
            finally:
                printer.close()

        try:
            assert await asyncio.to_thread(send) == (True, 2)
            peer.printer.paper_low = True
            assert await asyncio.to_thread(send) == (True, 1)
        finally:
            await peer.unplug()
        assert [read(paper) for paper in peer.printer.papers] == [[CARD], [CARD]]

    asyncio.run(go())
