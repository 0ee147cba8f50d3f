"""The USB driver: pyusb and python-escpos as they are, our own bus where libusb would be."""

import asyncio
import errno
from pathlib import Path
from typing import Any

import pytest
import usb.core
from PIL import Image

from hw.catalogue import UsbPrinter
from hw.peripheral import NotInstalledError, PeripheralError, SeveralError, UnpluggedError
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


class HeldBus(UsbBus):
    """Another program has claimed the printer's interface."""

    is_held = True

    def claim_interface(self, *given: Any) -> None:
        if self.is_held:
            raise usb.core.USBError("Resource busy", None, errno.EBUSY)
        super().claim_interface(*given)


class NoPrinterBus(UsbBus):
    """A device that has the printer's numbers and no printer's interface."""

    is_none = True

    def get_interface_descriptor(self, *given: Any) -> Any:
        found = super().get_interface_descriptor(*given)
        if self.is_none:
            found.bInterfaceClass = 3
        return found


class GoingBus(UsbBus):
    """Unplugged while it is being read what it is."""

    is_going = True

    def get_configuration_descriptor(self, *given: Any) -> Any:
        if self.is_going:
            raise usb.core.USBError("No such device", None, errno.ENODEV)
        return super().get_configuration_descriptor(*given)


@pytest.mark.parametrize(
    ("bus", "flag", "standing", "words"),
    [
        (UsbBus(), "is_forbidden", "stopped", "A udev rule must allow it."),
        (HeldBus(), "is_held", "stopped", "Another program holds the USB printer."),
        (NoPrinterBus(), "is_none", "stopped", "is no printer that answers."),
        (GoingBus(), "is_going", "unplugged", "The USB printer went away."),
    ],
)
def test_a_usb_printer_that_cannot_print_is_not_usable_until_it_can(
    tmp_path: Path, bus: UsbBus, flag: str, standing: str, words: str
) -> None:
    printer = Peer(tmp_path)
    bus.printers.append(printer)
    setattr(bus, flag, True)

    async def go() -> None:
        driver = usb_driver(bus)
        async with kept(driver):
            await until(lambda: driver.state.standing == standing)
            assert words in driver.state.words
            assert not driver.state.is_usable
            with pytest.raises(PeripheralError, match=words) as caught:
                await driver.print(STUB)
            assert caught.value.standing == standing
            assert not isinstance(caught.value, UnfinishedError)
            assert printer.papers == []
            setattr(bus, flag, False)
            await until(lambda: driver.state.standing == "ready")
            await driver.print(STUB)
        assert len(printer.papers) == 1

    asyncio.run(go())


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
