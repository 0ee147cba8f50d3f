"""A simulated source of time, steered by a socket (`hw.steering`).

{"do": "offset", "ms": -3000}      this computer's clock is 3 s behind the satellites
{"do": "lose_fix"}                 too few satellites, until the next "offset"
{"do": "unplug"}  {"do": "plug"}
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hw.peripheral import UnpluggedError
from hw.steering import steered
from hw.time_source import TimeReading
from hw.time_source.gpsd import system_ms
from hw.time_source.showing import ClockKeeper

FIX_S = 0.5
"""Between two fixes."""

RETRY_S = 0.05
OFFSET_MS_MAX = 10 * 366 * 86_400_000


class SimulatedTime(ClockKeeper):
    """Agrees with this computer's clock, until steered otherwise."""

    def __init__(self, socket: Path, clock: Callable[[], int] = system_ms) -> None:
        super().__init__(retry_s=RETRY_S)
        self._socket = socket
        self._clock = clock
        self._offset_ms: int | None = 0
        self._plugged = True

    async def run(self) -> None:
        """Until cancelled; steered also while unplugged."""
        async with asyncio.TaskGroup() as group:
            group.create_task(steered(self._socket, self._steer))
            group.create_task(super().run())

    async def _serve(self) -> None:
        while self._plugged:
            self._fix()
            await asyncio.sleep(FIX_S)
        self._reading = None
        raise UnpluggedError("The simulated receiver is unplugged. Plug it in again.")

    def _fix(self) -> None:
        if self._offset_ms is None:
            self._lose()
        else:
            now = self._clock()
            self._take(TimeReading(now - self._offset_ms, now))

    def _steer(self, command: dict[str, Any]) -> None:
        match command["do"]:
            case "offset":
                offset_ms = int(command["ms"])
                if abs(offset_ms) > OFFSET_MS_MAX:
                    raise ValueError("ten years are the most")
                self._offset_ms = offset_ms
            case "lose_fix":
                self._offset_ms = None
            case "unplug" | "plug":
                self._plugged = command["do"] == "plug"
            case verb:
                raise ValueError(f"a simulated receiver cannot {verb}")
        if self._plugged:
            self._fix()
