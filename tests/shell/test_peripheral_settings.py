"""station.toml with values that no driver could work with: refused in words that name the key."""

from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from msgspec import Meta

from hw.catalogue import PeripheralSettings, WidthDots, make
from hw.drive.files import LABEL_LETTERS_MAX
from hw.printer.drawing import WIDTH_DOTS
from node.station_files import read_settings
from sync.errors import PackageError

ADDRESS = "write it as host:port, e.g. 127.0.0.1:2947."
PRINTER = "write it as host:port, e.g. 169.254.10.40:9100."
UPS = "write it as name@host:port, e.g. ups@127.0.0.1:3493."
PATH = 'write the whole path, beginning with "/" and without "..".'
LINE = "write it as text on one line."
BAUD = "use a speed from 300 to 4000000, e.g. 9600."
WIDTH = "use 200 to 1024 dots, e.g. 576."
USB = 'write its four hexadecimal digits as lsusb shows them, e.g. "04b8".'
MINUTES = "use 0 to 600 minutes, e.g. 10."
PERCENT = "use 0 to 90 percent, e.g. 15."
SILENCE = "use 2 to 60 seconds, e.g. 5."
LABEL = "write the drive's label, 1 to 64 printable letters."
ENDING = r'write at most 8 letters, e.g. "\r\n".'
SOCKET = 'write a plain name without "/", e.g. "printer.sock".'

GOOD: dict[str, dict[str, str]] = {
    "network": {"address": '"169.254.10.40:9100"'},
    "usb": {"vendor": '"04b8"', "product": '"0E15"'},
    "file": {"path": '"/dev/usb/lp0"'},
    "nut": {"ups": '"ups@127.0.0.1:3493"'},
    "folder": {"path": '"/media/officer"', "label": '"a-executive"'},
    "serial": {"port": '"/dev/ttyUSB0"'},
    "evdev": {"device": '"/dev/input/by-id/usb-x-event-kbd"'},
    "simulated": {"socket": '"printer.sock"'},
}
"""What each driver must be given, in TOML."""

BAD = [
    *[
        ("printer", "network", "address", value, PRINTER)
        for value in (
            '"printer"', '""', '":9100"', '"printer:"', '"printer:0"', '"printer:65536"',
            '"printer:９１００"', '"printer:9100\\n"', '"a..b:9100"', '"a b:9100"', '"[::1]:9100"',
            f'"{"a" * 64}:9100"', "9100", '"printer:1:2"',
        )
    ],
    ("printer", "network", "width_dots", "5", WIDTH),
    ("printer", "network", "width_dots", "1025", WIDTH),
    ("printer", "network", "width_dots", '"576"', WIDTH),
    ("printer", "usb", "vendor", '"zz"', USB),
    ("printer", "usb", "vendor", '"0x04b8"', USB),
    ("printer", "usb", "product", '""', USB),
    ("printer", "usb", "product", "1208", USB),
    ("printer", "usb", "width_dots", "-576", WIDTH),
    ("printer", "serial", "port", '""', PATH),
    ("printer", "serial", "baud", "0", BAUD),
    ("printer", "serial", "width_dots", "0", WIDTH),
    ("printer", "file", "path", '""', PATH),
    ("printer", "file", "path", '"slips.bin"', PATH),
    ("printer", "file", "path", '"/dev/../home/slips"', PATH),
    ("printer", "file", "path", '"/dev/lp0\\u0000"', PATH),
    ("printer", "file", "width_dots", "5", WIDTH),
    ("printer", "simulated", "socket", '""', SOCKET),
    ("printer", "simulated", "socket", '"/tmp/printer.sock"', SOCKET),
    ("printer", "simulated", "socket", '"../printer.sock"', SOCKET),
    ("printer", "simulated", "socket", '".."', SOCKET),
    ("printer", "simulated", "socket", f'"{"a" * 65}"', SOCKET),
    ("scanner", "serial", "port", '""', PATH),
    ("scanner", "serial", "port", '"ttyUSB0"', PATH),
    ("scanner", "serial", "baud", "0", BAUD),
    ("scanner", "serial", "baud", "-9600", BAUD),
    ("scanner", "serial", "baud", "true", BAUD),
    ("scanner", "serial", "ending", '"123456789"', ENDING),
    ("scanner", "evdev", "device", '""', PATH),
    ("scanner", "evdev", "layout", '"u\\u0000s"', LINE),
    ("identity-card", "pcsc", "reader", '"a\\nb"', LINE),
    ("ballot-card", "pcsc", "profile", '"a\\u0000b"', LINE),
    ("fingerprint", "libfprint", "python", '""', PATH),
    ("fingerprint", "libfprint", "device", '"\\u001b[2J"', LINE),
    *[
        ("power", "nut", "ups", value, UPS)
        for value in (
            '"ups"', '""', '"ups@127.0.0.1"', '"ups@127.0.0.1:0"', '"ups@a..b:3493"', '"@"',
            '"127.0.0.1:3493"',
        )
    ],
    ("power", "nut", "low_minutes", "-1", MINUTES),
    ("power", "nut", "low_percent", "-1", PERCENT),
    ("power", "nut", "low_percent", "100", PERCENT),
    ("power", "sysfs", "folder", '""', PATH),
    ("power", "sysfs", "low_minutes", "100000", MINUTES),
    ("power", "sysfs", "low_percent", "1.5", PERCENT),
    ("lid", "serial", "port", '""', PATH),
    ("lid", "serial", "baud", "0", BAUD),
    ("lid", "serial", "silence_s", "0.0", SILENCE),
    ("lid", "serial", "silence_s", "-1", SILENCE),
    ("lid", "serial", "silence_s", "nan", SILENCE),
    ("lid", "serial", "silence_s", "inf", SILENCE),
    ("clock", "gpsd", "address", '"127.0.0.1"', ADDRESS),
    ("clock", "gpsd", "address", '""', ADDRESS),
    ("drive", "folder", "label", '""', LABEL),
    ("drive", "folder", "label", f'"{"a" * 65}"', LABEL),
    ("drive", "folder", "label", '"a\\u0007"', LABEL),
    ("drive", "folder", "path", '""', PATH),
    ("drive", "folder", "path", '"media"', PATH),
]  # fmt: skip


def written(place: Path, kind: str, driver: str, **values: str) -> Path:
    """`place`, with a station.toml that names one peripheral."""
    lines = [f"{key} = {value}" for key, value in {**GOOD.get(driver, {}), **values}.items()]
    table = "\n".join([f"[peripherals.{kind}]", f'driver = "{driver}"', *lines])
    (place / "station.toml").write_text(f'id = "a"\n{table}\n', "utf-8")
    return place


@pytest.mark.parametrize(("kind", "driver", "key", "value", "words"), BAD)
def test_a_value_that_no_driver_could_work_with_is_refused_in_words_that_name_its_key(
    tmp_path: Path, kind: str, driver: str, key: str, value: str, words: str
) -> None:
    folder = written(tmp_path, kind, driver, **{key: value})
    with pytest.raises(PackageError) as told:
        read_settings(folder)
    assert str(told.value) == f"{tmp_path / 'station.toml'}: peripherals.{kind}.{key}: {words}"


@pytest.mark.parametrize(
    ("kind", "driver", "values"),
    [
        ("printer", "network", {"address": '"printer-1.local:65535"', "width_dots": "384"}),
        ("printer", "usb", {}),
        ("printer", "file", {}),
        ("printer", "serial", {"baud": "115200"}),
        ("scanner", "serial", {"ending": '""'}),
        ("scanner", "evdev", {}),
        ("identity-card", "pcsc", {"reader": '"HID Omnikey"'}),
        ("fingerprint", "libfprint", {}),
        ("power", "nut", {"ups": '"@[::1]:3493"', "low_minutes": "0", "low_percent": "90"}),
        ("power", "sysfs", {}),
        ("lid", "serial", {"silence_s": "2"}),
        ("clock", "gpsd", {}),
        ("clock", "gpsd", {"address": '"[fe80::1]:2947"'}),
        ("drive", "folder", {"label": '"مأمور ۱"'}),
        ("drive", "simulated", {}),
    ],
)
def test_settings_that_are_sound_make_their_driver(
    tmp_path: Path, kind: str, driver: str, values: dict[str, str]
) -> None:
    settings = read_settings(written(tmp_path, kind, driver, **values)).peripherals.named()
    assert list(settings) == [kind]
    made = make(kind, settings[kind], tmp_path, lambda said: None)
    assert made.state.standing == "starting"


def test_every_key_of_every_driver_has_a_form_and_words_for_it() -> None:
    for kind in get_type_hints(PeripheralSettings).values():
        for driver in get_args(kind):
            for key, form in get_type_hints(driver, include_extras=True).items():
                words = [one.description for one in get_args(form) if isinstance(one, Meta)]
                assert [bool(one) for one in words] == [True], f"{driver.__name__}.{key}"


def test_the_bounds_are_those_of_the_drivers() -> None:
    (width,) = get_args(WidthDots)[1:]
    assert (width.ge, width.le) == (WIDTH_DOTS.start, WIDTH_DOTS.stop - 1)
    assert LABEL_LETTERS_MAX == 64
