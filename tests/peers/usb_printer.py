"""A USB bus with ESC/POS printers on it: a backend for pyusb, where libusb would stand.

    bus = UsbBus()
    bus.printers.append(EscposPrinter(folder))      plugged in; remove it to unplug it
    UsbLink(settings, backend=bus)

Each has one interface of the printer class with one bulk endpoint a way, out first, numbered unlike
python-escpos's own guess.
"""

import array
import errno
from types import SimpleNamespace
from typing import Any

import usb.backend
import usb.core

from tests.peers.escpos_printer import EscposPrinter

VENDOR, PRODUCT = 0x04B8, 0x0E28
OUT, IN = 0x03, 0x84
BULK, PRINTER_CLASS = 2, 7


class UsbBus(usb.backend.IBackend):  # type: ignore[misc]
    """What pyusb asks of a backend, as far as a printer needs it."""

    def __init__(self) -> None:
        self.printers: list[EscposPrinter] = []
        self.is_forbidden = False
        self._answers: dict[EscposPrinter, bytes] = {}

    def enumerate_devices(self) -> Any:
        return iter(list(self.printers))

    def get_device_descriptor(self, printer: EscposPrinter) -> Any:
        return _descriptor(
            bDescriptorType=1,
            idVendor=VENDOR,
            idProduct=PRODUCT,
            bNumConfigurations=1,
            bMaxPacketSize0=64,
            bus=1,
            address=1 + self.printers.index(printer),
        )

    def get_configuration_descriptor(self, printer: EscposPrinter, number: int) -> Any:
        if number:
            raise IndexError(number)
        return _descriptor(bDescriptorType=2, bNumInterfaces=1, bConfigurationValue=1)

    def get_interface_descriptor(self, printer: Any, number: int, alt: int, config: int) -> Any:
        if number or alt:
            raise IndexError(number)
        return _descriptor(bDescriptorType=4, bNumEndpoints=2, bInterfaceClass=PRINTER_CLASS)

    def get_endpoint_descriptor(
        self, printer: Any, end: int, number: int, alt: int, config: int
    ) -> Any:
        address = (OUT, IN)[end]
        return _descriptor(
            bDescriptorType=5, bEndpointAddress=address, bmAttributes=BULK, wMaxPacketSize=64
        )

    def open_device(self, printer: EscposPrinter) -> EscposPrinter:
        if self.is_forbidden:
            raise usb.core.USBError("Access denied", None, errno.EACCES)
        self._answers[printer] = b""
        return printer

    def close_device(self, printer: EscposPrinter) -> None:
        self._answers.pop(printer, None)

    def set_configuration(self, printer: EscposPrinter, value: int) -> None:
        self._there(printer)

    def get_configuration(self, printer: EscposPrinter) -> int:
        return 1

    def claim_interface(self, printer: EscposPrinter, number: int) -> None:
        self._there(printer)

    def release_interface(self, printer: EscposPrinter, number: int) -> None:
        self._there(printer)

    def reset_device(self, printer: EscposPrinter) -> None:
        self._there(printer)

    def bulk_write(
        self, printer: EscposPrinter, end: int, number: int, data: Any, timeout: int
    ) -> int:
        self._there(printer)
        answers, stands = printer.feed(bytes(data))
        if not stands:
            self.printers.remove(printer)
        self._there(printer)
        self._answers[printer] += answers
        return len(data)

    def bulk_read(
        self, printer: EscposPrinter, end: int, number: int, into: "array.array[int]", timeout: int
    ) -> int:
        self._there(printer)
        said = self._answers[printer][: len(into)]
        if not said:
            raise usb.core.USBTimeoutError("Operation timed out", None, errno.ETIMEDOUT)
        self._answers[printer] = self._answers[printer][len(said) :]
        into[: len(said)] = array.array("B", said)
        return len(said)

    def _there(self, printer: EscposPrinter) -> None:
        if printer not in self.printers:
            raise usb.core.USBError("No such device", None, errno.ENODEV)


def _descriptor(**fields: Any) -> Any:
    zero = dict.fromkeys(
        (
            "bLength",
            "bcdUSB",
            "bDeviceClass",
            "bDeviceSubClass",
            "bDeviceProtocol",
            "bcdDevice",
            "iManufacturer",
            "iProduct",
            "iSerialNumber",
            "wTotalLength",
            "iConfiguration",
            "bmAttributes",
            "bMaxPower",
            "bInterfaceNumber",
            "bAlternateSetting",
            "bInterfaceSubClass",
            "bInterfaceProtocol",
            "iInterface",
            "bInterval",
            "bRefresh",
            "bSynchAddress",
            "port_number",
            "speed",
        ),
        0,
    )
    return SimpleNamespace(**{**zero, "extra_descriptors": [], "port_numbers": (), **fields})
