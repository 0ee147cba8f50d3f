"""Every kind of peripheral and every driver: the settings each takes, and how it is made.

    [peripherals.scanner]              the kind; a station has at most one of a kind
    driver = "serial"                  the driver, by name: nothing is ever chosen by itself
    port = "/dev/ttyACM0"              what that driver needs

`make` is the one place that knows which module drives what; drivers load when they are used.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args, get_type_hints

from msgspec import Struct

from hw.peripheral import Peripheral

Tell = Callable[[Any], None]
"""Takes what a peripheral has to say: the values of its room, e.g. `Scanned`."""


class _Driver(Struct, frozen=True, forbid_unknown_fields=True, tag_field="driver"):
    """Common form: `driver` names the driver."""


class Simulated(_Driver, frozen=True, tag="simulated"):
    """No device: steered by a Unix socket (`hw.steering`); only for training days."""

    socket: str


class Pcsc(_Driver, frozen=True, tag="pcsc"):
    """A smart-card reader. `reader` is a part of its name; empty: the only one there is.

    `profile` is a TOML file that describes the identity applet; empty: the one in config/.
    """

    reader: str = ""
    profile: str = ""


class SerialScanner(_Driver, frozen=True, tag="serial"):
    """A scanner on a serial line. `ending` is what it sends after each code."""

    port: str
    baud: int = 9600
    ending: str = "\r\n"


class EvdevScanner(_Driver, frozen=True, tag="evdev"):
    """A keyboard-wedge scanner by its input device, e.g. /dev/input/by-id/…-event-kbd."""

    device: str
    layout: str = "us"


class Libfprint(_Driver, frozen=True, tag="libfprint"):
    """A fingerprint reader. `python` is the system's, with gi and libfprint's introspection."""

    python: str = "/usr/bin/python3"
    device: str = ""


class NetworkPrinter(_Driver, frozen=True, tag="network"):
    """ESC/POS over TCP; `address` as host:port. 576 dots are 72 mm at 203 dpi."""

    address: str
    width_dots: int = 576


class SerialPrinter(_Driver, frozen=True, tag="serial"):
    """ESC/POS on a serial line."""

    port: str
    baud: int = 38400
    width_dots: int = 576


class UsbPrinter(_Driver, frozen=True, tag="usb"):
    """ESC/POS over USB; `vendor` and `product` as lsusb shows them, e.g. "04b8"."""

    vendor: str
    product: str
    width_dots: int = 576


class FilePrinter(_Driver, frozen=True, tag="file"):
    """ESC/POS into a device file (/dev/usb/lp0) or a plain file. It answers no status."""

    path: str
    width_dots: int = 576


class Nut(_Driver, frozen=True, tag="nut"):
    """A UPS behind upsd: `ups` as name@host:port. `low_minutes`, `low_percent`: stop safely."""

    ups: str
    low_minutes: int = 10
    low_percent: int = 15


class Sysfs(_Driver, frozen=True, tag="sysfs"):
    """The kernel's own batteries."""

    folder: str = "/sys/class/power_supply"
    low_minutes: int = 10
    low_percent: int = 15


class SerialLid(_Driver, frozen=True, tag="serial"):
    """The lid board on a serial line; silence longer than `silence_s` is an alarm."""

    port: str
    baud: int = 9600
    silence_s: float = 5.0


class Gpsd(_Driver, frozen=True, tag="gpsd"):
    """A GPS receiver behind gpsd; `address` as host:port."""

    address: str = "127.0.0.1:2947"


class FolderDrive(_Driver, frozen=True, tag="folder"):
    """A removable drive by its mount point; `label` is what our label file on it must say."""

    path: str
    label: str


class PeripheralSettings(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The `[peripherals]` of a station: a kind that is not named is not used."""

    identity_card: Pcsc | Simulated | None = None
    ballot_card: Pcsc | Simulated | None = None
    scanner: SerialScanner | EvdevScanner | Simulated | None = None
    fingerprint: Libfprint | Simulated | None = None
    printer: NetworkPrinter | SerialPrinter | UsbPrinter | FilePrinter | Simulated | None = None
    power: Nut | Sysfs | Simulated | None = None
    lid: SerialLid | Simulated | None = None
    clock: Gpsd | Simulated | None = None
    drive: FolderDrive | Simulated | None = None

    def named(self) -> dict[str, _Driver]:
        """Kind -> settings, in the order above, of what is named."""
        pairs = ((name.replace("_", "-"), getattr(self, name)) for name in self.__struct_fields__)
        return {kind: settings for kind, settings in pairs if settings is not None}


def driver_problem(error: str) -> str | None:
    """Words for a driver or a kind that does not exist, from what msgspec said; None if neither."""
    hints = get_type_hints(PeripheralSettings)
    drivers = {
        name.replace("_", "-"): [_tag(one) for one in get_args(hint) if one is not type(None)]
        for name, hint in hints.items()
    }
    kind = re.search(r"\$\.peripherals\.([a-z-]+)\.driver", error)
    if kind and kind[1] in drivers:
        known = ", ".join(drivers[kind[1]])
        return f"peripherals.{kind[1]}: no driver of that name. Use one of: {known}."
    if error.endswith("`$.peripherals`") and "unknown field" in error:
        return f"peripherals: a kind that does not exist. Use: {', '.join(drivers)}."
    return None


def driver_name(settings: _Driver) -> str:
    """The driver as the settings call it."""
    return _tag(type(settings))


def _tag(driver: type[_Driver]) -> str:
    return str(driver.__struct_config__.tag)


def make(kind: str, settings: _Driver, folder: Path, tell: Tell) -> Peripheral:
    """The driver for these settings. `folder` is where relative paths begin: the station's own."""
    match settings:
        case Simulated(socket):
            return _simulated(kind, folder / socket, tell)
        case Pcsc():
            from hw.smart_card.pcsc import PcscReader

            profile = folder / settings.profile if settings.profile else None
            return PcscReader(settings, profile, tell)
        case SerialScanner():
            from hw.scanner.serial import SerialScannerDriver

            return SerialScannerDriver(settings, tell)
        case EvdevScanner():
            from hw.scanner.evdev import EvdevScannerDriver

            return EvdevScannerDriver(settings, tell)
        case Libfprint():
            from hw.fingerprint.libfprint import LibfprintReader

            return LibfprintReader(settings)
        case NetworkPrinter() | SerialPrinter() | UsbPrinter() | FilePrinter():
            from hw.printer.escpos import EscposPrinter

            return EscposPrinter(settings)
        case Nut():
            from hw.power.nut import NutPower

            return NutPower(settings, tell)
        case Sysfs():
            from hw.power.sysfs import SysfsPower

            return SysfsPower(settings, tell)
        case SerialLid():
            from hw.lid.serial import SerialLidDriver

            return SerialLidDriver(settings, tell)
        case Gpsd():
            from hw.time_source.gpsd import GpsdTime

            return GpsdTime(settings)
        case FolderDrive():
            from hw.drive.folder import MountedDrive

            return MountedDrive(settings)
    raise AssertionError(f"no driver for {kind}")


def _simulated(kind: str, socket: Path, tell: Tell) -> Peripheral:
    if kind in ("identity-card", "ballot-card"):
        from hw.smart_card.simulated import SimulatedCardReader

        return SimulatedCardReader(socket, tell)
    if kind == "scanner":
        from hw.scanner.simulated import SimulatedScanner

        return SimulatedScanner(socket, tell)
    if kind == "fingerprint":
        from hw.fingerprint.simulated import SimulatedFingerReader

        return SimulatedFingerReader(socket)
    if kind == "printer":
        from hw.printer.simulated import SimulatedPrinter

        return SimulatedPrinter(socket)
    if kind == "power":
        from hw.power.simulated import SimulatedPower

        return SimulatedPower(socket, tell)
    if kind == "lid":
        from hw.lid.simulated import SimulatedLid

        return SimulatedLid(socket, tell)
    if kind == "clock":
        from hw.time_source.simulated import SimulatedTime

        return SimulatedTime(socket)
    from hw.drive.simulated import SimulatedDrive

    return SimulatedDrive(socket)
