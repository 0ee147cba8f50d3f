"""Folders as the kernel lays them out: laptops with two batteries, odd drivers, files of garbage.

What each file holds: the kernel's Documentation/ABI/testing/sysfs-class-power.
"""

import asyncio
from pathlib import Path

import pytest

from hw.catalogue import Sysfs
from hw.peripheral import GarbledError, NotInstalledError, UnpluggedError
from hw.power import PowerReading, PowerTold
from hw.power.sysfs import SUPPLIES_MAX, SysfsPower, read_supplies
from tests.peers.waiting import kept, until

AC_ON = {"type": "Mains", "online": "1"}
AC_OFF = {"type": "Mains", "online": "0"}
USB_ON = {"type": "USB", "online": "1", "usb_type": "C [PD]"}
ENERGY = {
    "type": "Battery",
    "present": "1",
    "status": "Discharging",
    "capacity": "80",
    "energy_now": "40000000",
    "energy_full": "50000000",
    "power_now": "10000000",
}
CHARGING = ENERGY | {"status": "Charging"}
CHARGE = {
    "type": "Battery",
    "status": "Discharging",
    "capacity": "50",
    "charge_now": "2000000",
    "charge_full": "4000000",
    "current_now": "-1000000",
    "voltage_now": "10000000",
}


def lay_out(root: Path, **supplies: dict[str, str]) -> Sysfs:
    """/sys/class/power_supply holds links to the devices' own folders."""
    folder = root / "class" / "power_supply"
    folder.mkdir(parents=True)
    for name, files in supplies.items():
        device = root / "devices" / name
        device.mkdir(parents=True)
        for file, value in files.items():
            (device / file).write_text(value + "\n")
        (folder / name).symlink_to(device)
    return Sysfs(str(folder))


@pytest.mark.parametrize(
    ("supplies", "reading"),
    [
        ({"AC": AC_OFF, "BAT0": ENERGY}, PowerReading(False, 80, 240, False)),
        ({"AC": AC_ON, "BAT0": CHARGING}, PowerReading(True, 80, None, False)),
        ({"AC": AC_OFF, "BAT0": CHARGE}, PowerReading(False, 50, 120, False)),
        ({"AC": AC_ON}, PowerReading(True, None, None, False)),
        ({"BAT0": ENERGY}, PowerReading(False, 80, 240, False)),
        ({"BAT0": ENERGY | {"status": "Full"}}, PowerReading(True, 80, None, False)),
        (
            {"AC": AC_OFF, "BAT0": ENERGY | {"time_to_empty_now": "599"}},
            PowerReading(False, 80, 9, True),
        ),
        (
            {"AC": AC_OFF, "BAT0": ENERGY | {"capacity_level": "Critical"}},
            PowerReading(False, 80, 240, True),
        ),
        ({"AC": AC_OFF, "BAT0": ENERGY | {"power_now": "0"}}, PowerReading(False, 80, None, False)),
        (
            {"AC": AC_OFF, "BAT0": {"type": "Battery", "status": "Discharging", "capacity": "15"}},
            PowerReading(False, 15, None, True),
        ),
    ],
    ids=[
        "energy", "charging", "charge", "no-battery", "no-mains-shown", "no-mains-shown-full",
        "own-minutes", "critical", "no-power", "capacity-only",
    ],
)  # fmt: skip
def test_one_battery_is_read_as_the_kernel_means_it(
    tmp_path: Path, supplies: dict[str, dict[str, str]], reading: PowerReading
) -> None:
    assert read_supplies(lay_out(tmp_path, **supplies)) == reading


def test_two_batteries_add_up_though_one_counts_charge(tmp_path: Path) -> None:
    # 40 of 50 Wh at 10 W, and 2 of 4 Ah at 10 V with nothing drawn: 60 of 90 Wh, six hours.
    supplies = {"AC": AC_OFF, "BAT0": ENERGY, "BAT1": CHARGE | {"current_now": "0"}}
    assert read_supplies(lay_out(tmp_path, **supplies)) == PowerReading(False, 66, 360, False)


def test_a_battery_that_was_taken_out_does_not_count(tmp_path: Path) -> None:
    supplies = {"AC": AC_OFF, "BAT0": ENERGY, "BAT1": CHARGE | {"present": "0"}}
    assert read_supplies(lay_out(tmp_path, **supplies)) == PowerReading(False, 80, 240, False)


def test_the_battery_of_a_mouse_is_not_the_computers(tmp_path: Path) -> None:
    mouse = {"type": "Battery", "scope": "Device", "status": "Discharging", "capacity": "3"}
    supplies = {"AC": AC_OFF, "BAT0": ENERGY, "hid-mouse": mouse}
    assert read_supplies(lay_out(tmp_path, **supplies)) == PowerReading(False, 80, 240, False)


def test_a_usb_supply_too_weak_to_keep_the_battery_is_no_mains(tmp_path: Path) -> None:
    weak = lay_out(tmp_path / "weak", usb=USB_ON, BAT0=ENERGY)
    strong = lay_out(tmp_path / "strong", usb=USB_ON, BAT0=CHARGING)
    assert read_supplies(weak) == PowerReading(False, 80, 240, False)
    assert read_supplies(strong) == PowerReading(True, 80, None, False)


@pytest.mark.parametrize(
    ("file", "value"),
    [
        ("capacity", "101"),
        ("capacity", "-1"),
        ("capacity", "eighty"),
        ("capacity", "8_0"),
        ("capacity", ""),
        ("energy_now", "9" * 19),
        ("status", "Sleeping"),
        ("status", "باتری"),
    ],
)
def test_a_file_of_garbage_is_garbled_and_named(tmp_path: Path, file: str, value: str) -> None:
    settings = lay_out(tmp_path, AC=AC_OFF, BAT0=ENERGY | {file: value})
    with pytest.raises(GarbledError, match=f"a {file} for BAT0 that cannot be"):
        read_supplies(settings)


def test_a_computer_with_neither_battery_nor_mains_shown_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnpluggedError, match="neither a battery nor a mains supply"):
        read_supplies(lay_out(tmp_path))


def test_a_kernel_without_the_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotInstalledError, match="shows no power supplies"):
        read_supplies(Sysfs(str(tmp_path / "absent")))


def test_a_flood_of_supplies_is_bounded(tmp_path: Path) -> None:
    many = {f"AC{number:03}": AC_OFF for number in range(SUPPLIES_MAX)}
    settings = lay_out(tmp_path, **many, ZZ=AC_ON)
    assert read_supplies(settings) == PowerReading(False, None, None, False)


def test_a_flapping_plug_is_told_at_once_and_then_held_until_it_rests(tmp_path: Path) -> None:
    settings = lay_out(tmp_path, AC=AC_ON)
    online = tmp_path / "devices" / "AC" / "online"
    told: list[bool] = []
    power = SysfsPower(settings, lambda said: told.append(said.on_mains), poll_s=0.01, hold_s=2)

    async def turn(value: str, on_mains: bool) -> None:
        online.with_name("new").write_text(value)
        online.with_name("new").rename(online)
        await until(lambda: power.reading is not None and power.reading.on_mains is on_mains)

    async def story() -> None:
        async with kept(power):
            await until(lambda: told == [True])
            for _ in range(5):
                await turn("0", False)
                await turn("1", True)
            assert told == [True, False]
            await until(lambda: told == [True, False, True])

    asyncio.run(story())


def test_a_battery_that_becomes_low_is_told_although_a_flapping_plug_is_held(
    tmp_path: Path,
) -> None:
    settings = lay_out(tmp_path, AC=AC_OFF, BAT0=ENERGY)
    files = tmp_path / "devices"
    told: list[PowerTold] = []
    power = SysfsPower(settings, told.append, poll_s=0.01, hold_s=60)

    async def turn(file: str, value: str) -> None:
        (files / "new").write_text(value)
        (files / "new").rename(files / file)

    async def story() -> None:
        async with kept(power):
            await until(lambda: told == [PowerReading(False, 80, 240, False)])
            await turn("AC/online", "1")
            await until(lambda: told[-1] == PowerReading(True, 80, None, False))
            await turn("AC/online", "0")
            await until(lambda: power.reading == PowerReading(False, 80, 240, False))
            assert len(told) == 2
            await turn("BAT0/capacity", "9")
            await until(lambda: told[-1] == PowerReading(False, 9, 240, True))

    asyncio.run(story())
