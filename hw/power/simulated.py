"""A simulated power source, steered by a socket (`hw.steering`).

    {"do": "mains"}                                   mains is there
    {"do": "battery", "percent": 50, "minutes": 40}   mains is cut
    {"do": "low"}                                     on battery, and nearly empty by its own word
    {"do": "unplug"}   {"do": "plug"}                 the source itself goes away and comes back

Its thresholds are the usual ones of the settings.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hw.catalogue import Nut
from hw.peripheral import UnpluggedError
from hw.power import PowerReading, PowerTold
from hw.power.telling import PowerKeeper, is_low
from hw.steering import steered

RETRY_S = 0.05
"""What is steered comes back at once."""

_MAINS = PowerReading(True, 100, 60, False)
_LOW = PowerReading(False, 5, 3, True)
_USUAL = Nut(ups="")


class SimulatedPower(PowerKeeper):
    """On mains and full, until steered otherwise."""

    def __init__(self, socket: Path, tell: Callable[[PowerTold], None]) -> None:
        # Who steers means each change: nothing is held back.
        super().__init__(tell, hold_s=0.0, unknown_s=0.0, retry_s=RETRY_S)
        self._socket = socket
        self._steered = _MAINS
        self._plugged = True
        self._away = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled; steered also while unplugged."""
        async with asyncio.TaskGroup() as group:
            group.create_task(steered(self._socket, self._steer))
            group.create_task(super().run())

    async def _watch(self) -> None:
        if not self._plugged:
            raise UnpluggedError("The simulated UPS is unplugged. Plug it in again.")
        self._away.clear()
        self._take(self._steered)
        await self._away.wait()

    def _steer(self, command: dict[str, Any]) -> None:
        match command["do"]:
            case "mains":
                self._set(_MAINS)
            case "battery":
                self._set(_on_battery(command))
            case "low":
                self._set(_LOW)
            case "unplug":
                self._plugged = False
                self._away.set()
            case "plug":
                self._plugged = True
            case verb:
                raise ValueError(f"a simulated UPS cannot {verb}")

    def _set(self, reading: PowerReading) -> None:
        self._steered = reading
        if self._plugged:
            self._take(reading)


def _on_battery(command: dict[str, Any]) -> PowerReading:
    percent, minutes = int(command["percent"]), int(command["minutes"])
    if not (0 <= percent <= 100 and minutes >= 0):
        raise ValueError("percent is 0 to 100, minutes are 0 or more")
    low = is_low(False, percent, minutes, _USUAL.low_percent, _USUAL.low_minutes)
    return PowerReading(False, percent, minutes, low)
