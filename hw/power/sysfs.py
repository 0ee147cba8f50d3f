"""The kernel's own batteries and mains supplies: a folder each, a value a file, read when asked.

    AC/type "Mains"     AC/online "1"
    BAT0/type "Battery" BAT0/present "1"   BAT0/status "Discharging"   BAT0/capacity "81"
    BAT0/energy_now "40500000" µWh  BAT0/energy_full "50000000" µWh    BAT0/power_now "9000000" µW

Several batteries are one: their energies add up. A battery that counts charge (µAh, µA) is taken
at its voltage. Files that a driver does not offer are absent; one that holds what cannot be is a
state with words. A supply of `scope` "Device" feeds a mouse or a headset, not this computer.

Source: the kernel's Documentation/ABI/testing/sysfs-class-power.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hw.catalogue import Sysfs
from hw.peripheral import GarbledError, NotInstalledError, OneThread, UnpluggedError
from hw.power import PowerReading, PowerTold
from hw.power.telling import HOLD_S, UNKNOWN_S, PowerKeeper, is_low

POLL_S = 2.0
"""Between two looks; embedded controllers answer in milliseconds but not for nothing."""

LOOK_S = 5.0
"""For one look. A controller that hangs blocks the read in the kernel."""

SUPPLIES_MAX = 32
"""Folders looked at; a computer has a handful."""

VALUE_BYTES_MAX = 4096
"""A file of sysfs is at most one page."""

MINUTES_MAX = 24 * 60
"""More is shown as a day."""

_STATUSES = ("Unknown", "Charging", "Discharging", "Not charging", "Full")
_FEEDING = ("Mains", "USB", "Wireless")
_STORING = ("Battery", "UPS")


@dataclass(frozen=True)
class _Battery:
    """Energies in µWh, power in µW, time in seconds; None where the driver does not say."""

    discharges: bool
    percent: int | None
    now: int | None
    full: int | None
    power: int | None
    seconds: int | None
    is_critical: bool


class SysfsPower(PowerKeeper):
    """All supplies of the folder together, polled."""

    def __init__(
        self,
        settings: Sysfs,
        tell: Callable[[PowerTold], None],
        poll_s: float = POLL_S,
        hold_s: float = HOLD_S,
        unknown_s: float = UNKNOWN_S,
    ) -> None:
        super().__init__(tell, hold_s, unknown_s)
        self._settings = settings
        self._poll_s = poll_s
        self._thread = OneThread("The battery's controller")

    async def _watch(self) -> None:
        try:
            while True:
                self._take(await self._thread.do(LOOK_S, read_supplies, self._settings))
                await asyncio.sleep(self._poll_s)
        finally:
            self._thread.close()


def read_supplies(settings: Sysfs) -> PowerReading:
    """One look at the folder; a PeripheralError if nothing there says how the power stands."""
    feeds: list[tuple[str, bool]] = []
    batteries: list[_Battery] = []
    for supply in _supplies(Path(settings.folder)):
        kind = _text(supply, "type")
        if _text(supply, "scope") == "Device":
            continue
        online, present = _number(supply, "online"), _number(supply, "present")
        if kind in _FEEDING and online is not None:
            feeds.append((kind, online > 0))
        elif kind in _STORING and present != 0:
            batteries.append(_battery(supply))
    if not feeds and not batteries:
        raise UnpluggedError("This computer shows neither a battery nor a mains supply.")
    on_mains = _is_on_mains(feeds, batteries)
    percent, minutes = _percent(batteries), None if on_mains else _minutes(batteries)
    low = is_low(on_mains, percent, minutes, settings.low_percent, settings.low_minutes)
    critical = bool(batteries) and all(battery.is_critical for battery in batteries)
    return PowerReading(on_mains, percent, minutes, low or (critical and not on_mains))


def _supplies(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())[:SUPPLIES_MAX]
    except OSError:
        raise NotInstalledError(
            f"The kernel shows no power supplies at {folder}. "
            "Choose another power driver in station.toml."
        ) from None


def _is_on_mains(feeds: list[tuple[str, bool]], batteries: list[_Battery]) -> bool:
    """By the supplies that feed; by the batteries where the kernel shows none of those.

    A USB supply too weak for the computer, or a port that feeds others, is no mains: the battery
    empties all the same.
    """
    discharges = any(battery.discharges for battery in batteries)
    if not feeds:
        return not discharges
    return any(online and (kind == "Mains" or not discharges) for kind, online in feeds)


def _battery(supply: Path) -> _Battery:
    status = _text(supply, "status") or "Unknown"
    percent = _number(supply, "capacity")
    if status not in _STATUSES:
        raise _garbled(supply, "status")
    if percent is not None and not 0 <= percent <= 100:
        raise _garbled(supply, "capacity")
    now, full = _number(supply, "energy_now"), _number(supply, "energy_full")
    power = _number(supply, "power_now")
    if now is None:
        now, full = _at_volts(supply, "charge_now"), _at_volts(supply, "charge_full")
    if power is None:
        power = _at_volts(supply, "current_now")
    return _Battery(
        discharges=status == "Discharging",
        percent=percent,
        now=now,
        full=full,
        # Some drivers count what flows out as negative.
        power=None if power is None else abs(power),
        seconds=_number(supply, "time_to_empty_now"),
        is_critical=_text(supply, "capacity_level") == "Critical",
    )


def _at_volts(supply: Path, name: str) -> int | None:
    """µAh as µWh, or µA as µW. A battery without a voltmeter counts as one volt: ratios hold."""
    value = _number(supply, name)
    volts = _number(supply, "voltage_now") or 1_000_000
    return None if value is None else value * volts // 1_000_000


def _percent(batteries: list[_Battery]) -> int | None:
    held = [(b.now, b.full) for b in batteries if b.now is not None and b.full]
    if len(batteries) > 1 and len(held) == len(batteries):
        percent = 100 * sum(now for now, _ in held) // sum(full for _, full in held)
        return max(0, min(100, percent))
    said = [battery.percent for battery in batteries if battery.percent is not None]
    if said and len(said) == len(batteries):
        return sum(said) // len(said)
    if held and len(held) == len(batteries):
        return max(0, min(100, 100 * held[0][0] // held[0][1]))
    return None


def _minutes(batteries: list[_Battery]) -> int | None:
    """Until all are empty. One battery's own word counts; for several, energy over power."""
    said = [battery.seconds for battery in batteries if battery.seconds is not None]
    if len(batteries) == 1 and said:
        return min(max(said[0], 0) // 60, MINUTES_MAX)
    energy = sum(battery.now or 0 for battery in batteries)
    power = sum(battery.power or 0 for battery in batteries)
    if energy > 0 and power > 0:
        return min(energy * 60 // power, MINUTES_MAX)
    return min(max(*said, 0) // 60, MINUTES_MAX) if said else None


def _text(supply: Path, name: str) -> str | None:
    """A value, or None: the driver does not offer it, or the supply is just being unplugged."""
    try:
        with open(supply / name, "rb") as file:
            return file.read(VALUE_BYTES_MAX).decode("ascii").strip()
    except OSError:
        return None
    except UnicodeDecodeError:
        raise _garbled(supply, name) from None


def _number(supply: Path, name: str) -> int | None:
    text = _text(supply, name)
    try:
        # int() would also take "1_0"; 18 digits are an hour of a power station.
        return None if text is None else _digits(text)
    except ValueError:
        raise _garbled(supply, name) from None


def _digits(text: str) -> int:
    if not text.removeprefix("-").isdigit() or len(text) > 18:
        raise ValueError("not a number")
    return int(text)


def _garbled(supply: Path, name: str) -> GarbledError:
    return GarbledError(
        f"The kernel reports a {name} for {supply.name} that cannot be. "
        "Restart the computer; if it stays, have the battery looked at."
    )
