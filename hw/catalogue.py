"""Every kind of peripheral and every driver: the settings each takes, and how it is made.

    [peripherals.scanner]              the kind; a station has at most one of a kind
    driver = "serial"                  the driver, by name: nothing is ever chosen by itself
    port = "/dev/ttyACM0"              what that driver needs

`make` is the one place that knows which module drives what; drivers load when they are used.

A value that no driver could work with is refused when station.toml is read, in words that name its
key: each form below has a pattern or bounds, and a description that completes "KEY: ".
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

from msgspec import Meta, Struct

from hw.peripheral import Peripheral

Tell = Callable[[Any], None]
"""Takes what a peripheral has to say: the values of its room, e.g. `Scanned`."""

_NAME = r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}){0,9}"
_NUMBERED = r"\[[0-9A-Fa-f:.]{2,45}\]"
_PORT = (
    r"(?P<port>[1-9][0-9]{0,3}|[1-5][0-9]{4}"
    r"|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
)

ADDRESS_FORM = rf"\A(?P<host>{_NAME}|{_NUMBERED}):{_PORT}\Z"
"""host:port, e.g. 127.0.0.1:2947 or [::1]:2947. A name's parts have 1 to 63 letters (RFC 1123)."""

UPS_FORM = rf"\A(?P<name>[A-Za-z0-9_.-]{{0,64}})@(?P<host>{_NAME}|{_NUMBERED}):{_PORT}\Z"
"""name@host:port; without a name it is the only one that upsd has."""

Address = Annotated[
    str,
    Meta(pattern=ADDRESS_FORM, description="write it as host:port, e.g. 127.0.0.1:2947"),
]
PrinterAddress = Annotated[
    str,
    Meta(
        # Its link takes no address in brackets.
        pattern=rf"\A{_NAME}:{_PORT}\Z",
        description="write it as host:port, e.g. 169.254.10.40:9100",
    ),
]
UpsAddress = Annotated[
    str,
    Meta(pattern=UPS_FORM, description="write it as name@host:port, e.g. ups@127.0.0.1:3493"),
]
FullPath = Annotated[
    str,
    Meta(
        # What open(2) takes, without what would steer a terminal that shows it.
        pattern=r"\A(?!.*/\.\.(?:/|\Z))/[^\x00-\x1f\x7f]{1,1000}\Z",
        description='write the whole path, beginning with "/" and without ".."',
    ),
]
Part = Annotated[
    str,
    Meta(
        pattern=r"\A[^\x00-\x1f\x7f]{0,1000}\Z",
        description="write it as text on one line",
    ),
]
Baud = Annotated[
    int,
    Meta(ge=300, le=4_000_000, description="use a speed from 300 to 4000000, e.g. 9600"),
]
WidthDots = Annotated[
    int,
    Meta(ge=200, le=1024, description="use 200 to 1024 dots, e.g. 576"),
]
"""What `hw.printer.drawing` draws."""

UsbNumber = Annotated[
    str,
    Meta(
        pattern=r"\A[0-9A-Fa-f]{4}\Z",
        description='write its four hexadecimal digits as lsusb shows them, e.g. "04b8"',
    ),
]
LowMinutes = Annotated[int, Meta(ge=0, le=600, description="use 0 to 600 minutes, e.g. 10")]
LowPercent = Annotated[int, Meta(ge=0, le=90, description="use 0 to 90 percent, e.g. 15")]
Silence = Annotated[
    float,
    # A board speaks once a second: less would be an alarm without a cause.
    Meta(ge=2.0, le=60.0, description="use 2 to 60 seconds, e.g. 5"),
]
Label = Annotated[
    str,
    Meta(
        pattern=r"\A[^\x00-\x1f\x7f-\xa0]{1,64}\Z",
        description="write the drive's label, 1 to 64 printable letters",
    ),
]
Ending = Annotated[
    str,
    Meta(max_length=8, description=r'write at most 8 letters, e.g. "\r\n"'),
]
SocketName = Annotated[
    str,
    Meta(
        # In the station's own folder, and within the 107 bytes of a Unix socket's path.
        pattern=r"\A[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}\Z",
        description='write a plain name without "/", e.g. "printer.sock"',
    ),
]


class _Driver(Struct, frozen=True, forbid_unknown_fields=True, tag_field="driver"):
    """Common form: `driver` names the driver."""


class Simulated(_Driver, frozen=True, tag="simulated"):
    """No device: steered by a Unix socket (`hw.steering`); only for training days."""

    socket: SocketName


class Pcsc(_Driver, frozen=True, tag="pcsc"):
    """A smart-card reader. `reader` is a part of its name; empty: the only one there is.

    `profile` is a TOML file that describes the identity applet; empty: the one in config/.
    """

    reader: Part = ""
    profile: Part = ""


class SerialScanner(_Driver, frozen=True, tag="serial"):
    """A scanner on a serial line. `ending` is what it sends after each code."""

    port: FullPath
    baud: Baud = 9600
    ending: Ending = "\r\n"


class EvdevScanner(_Driver, frozen=True, tag="evdev"):
    """A keyboard-wedge scanner by its input device, e.g. /dev/input/by-id/…-event-kbd."""

    device: FullPath
    layout: Part = "us"


class Libfprint(_Driver, frozen=True, tag="libfprint"):
    """A fingerprint reader. `python` is the system's, with gi and libfprint's introspection."""

    python: FullPath = "/usr/bin/python3"
    device: Part = ""


class NetworkPrinter(_Driver, frozen=True, tag="network"):
    """ESC/POS over TCP; `address` as host:port. 576 dots are 72 mm at 203 dpi.

    What is printed goes over this network in the clear: use a cable of its own.
    """

    address: PrinterAddress
    width_dots: WidthDots = 576


class SerialPrinter(_Driver, frozen=True, tag="serial"):
    """ESC/POS on a serial line."""

    port: FullPath
    baud: Baud = 38400
    width_dots: WidthDots = 576


class UsbPrinter(_Driver, frozen=True, tag="usb"):
    """ESC/POS over USB; `vendor` and `product` as lsusb shows them, e.g. "04b8"."""

    vendor: UsbNumber
    product: UsbNumber
    width_dots: WidthDots = 576


class FilePrinter(_Driver, frozen=True, tag="file"):
    """ESC/POS into a device file (/dev/usb/lp0) or a plain file. It answers no status."""

    path: FullPath
    width_dots: WidthDots = 576


class Nut(_Driver, frozen=True, tag="nut"):
    """A UPS behind upsd: `ups` as name@host:port. `low_minutes`, `low_percent`: stop safely."""

    ups: UpsAddress
    low_minutes: LowMinutes = 10
    low_percent: LowPercent = 15


class Sysfs(_Driver, frozen=True, tag="sysfs"):
    """The kernel's own batteries."""

    folder: FullPath = "/sys/class/power_supply"
    low_minutes: LowMinutes = 10
    low_percent: LowPercent = 15


class SerialLid(_Driver, frozen=True, tag="serial"):
    """The lid board on a serial line; silence longer than `silence_s` is an alarm."""

    port: FullPath
    baud: Baud = 9600
    silence_s: Silence = 5.0


class Gpsd(_Driver, frozen=True, tag="gpsd"):
    """A GPS receiver behind gpsd; `address` as host:port."""

    address: Address = "127.0.0.1:2947"


class FolderDrive(_Driver, frozen=True, tag="folder"):
    """A removable drive by its mount point; `label` is what our label file on it must say."""

    path: FullPath
    label: Label


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
    """Words for what is wrong in `[peripherals]`, from what msgspec said; None if it is elsewhere.

    A driver or a kind that does not exist; a value that its key cannot have.
    """
    hints = get_type_hints(PeripheralSettings)
    drivers: dict[str, list[type[_Driver]]] = {
        name.replace("_", "-"): [one for one in get_args(hint) if one is not type(None)]
        for name, hint in hints.items()
    }
    found = re.search(r"`\$\.peripherals\.(?P<kind>[a-z-]+)\.(?P<key>[a-z_]+)`\Z", error)
    if found and found["kind"] in drivers:
        kind, key = found["kind"], found["key"]
        if key == "driver":
            known = ", ".join(map(_tag, drivers[kind]))
            return f"peripherals.{kind}: no driver of that name. Use one of: {known}."
        # A key of that name has the same form in every driver of a kind.
        for driver in drivers[kind]:
            if key in driver.__struct_fields__:
                return f"peripherals.{kind}.{key}: {_form(driver, key)}."
    if error.endswith("`$.peripherals`") and "unknown field" in error:
        return f"peripherals: a kind that does not exist. Use: {', '.join(drivers)}."
    return None


def _form(driver: type[_Driver], key: str) -> str:
    """How the value of a key is written: the description of its type."""
    _, meta = get_args(get_type_hints(driver, include_extras=True)[key])
    return str(meta.description)


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
