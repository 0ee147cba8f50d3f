"""The USB driver: pyusb and python-escpos as they are, our own bus where libusb would be."""

import asyncio
from pathlib import Path

import pytest
from PIL import Image

from hw.catalogue import UsbPrinter
from hw.peripheral import NotInstalledError, RefusedError, SeveralError, UnpluggedError
from hw.printer import UnfinishedError
from hw.printer.drawing import draw
from hw.printer.escpos import EscposPrinter
from hw.printer.links import UsbLink
from hw.printer.slip import Heading, Pair, Rule, Slip
from tests.peers.escpos_printer import EscposPrinter as Peer
from tests.peers.usb_printer import UsbBus
from tests.peers.waiting import kept, until

STUB = Slip("Stub 7", (Heading("Stub"), Pair("صندوق", "a-box-1"), Rule()))


def usb_driver(bus: UsbBus) -> EscposPrinter:
    settings = UsbPrinter("04b8", "0e28")
    return EscposPrinter(settings, UsbLink(settings, backend=bus), poll_s=0.05)


def test_a_usb_printer_is_found_printed_on_lost_and_found_again(tmp_path: Path) -> None:
    bus = UsbBus()

    async def go() -> None:
        driver = usb_driver(bus)
        async with kept(driver):
            await until(lambda: driver.state.standing == "unplugged")
            printer = Peer(tmp_path)
            bus.printers.append(printer)
            await until(lambda: driver.state.standing == "ready")
            await driver.print(STUB)
            (paper,) = printer.papers
            assert Image.open(paper).tobytes() == draw(STUB, 576).tobytes()
            printer = Peer(tmp_path / "other port")
            bus.printers[:] = [Peer(tmp_path / "second"), printer]
            await until(lambda: driver.state.standing == "several")
            with pytest.raises(SeveralError):
                await driver.print(STUB)
            bus.printers.pop(0)
            await until(lambda: driver.state.standing == "ready")
            printer.cut_after(5_000)
            with pytest.raises(UnfinishedError):
                await driver.print(STUB)
            await until(lambda: driver.state.standing == "unplugged")

    asyncio.run(go())


def test_a_usb_printer_that_may_not_be_used_says_so(tmp_path: Path) -> None:
    bus = UsbBus()
    bus.printers.append(Peer(tmp_path))
    bus.is_forbidden = True
    with pytest.raises(RefusedError, match="A udev rule must allow it"):
        asyncio.run(usb_driver(bus).print(STUB))


def test_without_libusb_the_usb_driver_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import usb.backend.libusb0
    import usb.backend.libusb1
    import usb.backend.openusb

    # As on a computer without it: the libraries are looked for in vain.
    for backend in (usb.backend.libusb0, usb.backend.libusb1, usb.backend.openusb):
        monkeypatch.setattr(backend, "_lib", None)
        monkeypatch.setattr(backend, "_lib_object", None, raising=False)
    monkeypatch.setattr("ctypes.util.find_library", lambda name: None)
    settings = UsbPrinter("04b8", "0e28")
    with pytest.raises(NotInstalledError, match="Install the package libusb"):
        asyncio.run(EscposPrinter(settings).print(STUB))


def test_with_the_real_libusb_a_printer_that_is_not_there_is_unplugged() -> None:
    import usb.backend.libusb1

    if usb.backend.libusb1.get_backend() is None:
        pytest.skip("libusb-1.0 is not installed")
    with pytest.raises(UnpluggedError, match="Plug it in and switch it on"):
        asyncio.run(EscposPrinter(UsbPrinter("fff0", "fff1")).print(STUB))
