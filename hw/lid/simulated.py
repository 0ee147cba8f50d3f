"""A simulated lid board, steered by a socket (`hw.steering`).

    {"do": "open"}     {"do": "close"}     the lid
    {"do": "break"}                        the seal; it stays broken
    {"do": "silence"}  {"do": "speak"}     the board hangs, and goes on
    {"do": "unplug"}   {"do": "plug"}      the cable

It speaks in frames like a real one, only more often, and its silence is an alarm sooner.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hw.lid import LidChanged
from hw.lid.frames import NUMBER_MAX, Frame
from hw.lid.standing import LidKeeper
from hw.peripheral import UnpluggedError
from hw.steering import steered

SILENCE_S = 1.0
FRAME_S = 0.2
RETRY_S = 0.05


class SimulatedLid(LidKeeper):
    """Closed and sealed, until steered otherwise."""

    def __init__(self, socket: Path, tell: Callable[[LidChanged], None]) -> None:
        # Who steers means each change: nothing is held back.
        super().__init__(tell, SILENCE_S, hold_s=0.0, retry_s=RETRY_S)
        self._socket = socket
        self._lid_open = self._seal_cut = False
        self._plugged = self._speaks = True
        self._number = 0

    async def run(self) -> None:
        """Until cancelled; steered also while unplugged."""
        async with asyncio.TaskGroup() as group:
            group.create_task(steered(self._socket, self._steer))
            group.create_task(super().run())

    async def _serve(self) -> None:
        if self._plugged:
            self._listen()
        while self._plugged:
            self._speak()
            await asyncio.sleep(FRAME_S)
        self._is_connected = False
        raise UnpluggedError("The simulated lid board is unplugged. Plug it in again.")

    def _speak(self) -> None:
        if self._plugged and self._speaks and self._is_connected:
            self._number = (self._number + 1) % (NUMBER_MAX + 1)
            self._heard(Frame(self._number, self._lid_open, self._seal_cut))

    def _steer(self, command: dict[str, Any]) -> None:
        match command["do"]:
            case "open" | "close":
                self._lid_open = command["do"] == "open"
            case "break":
                self._seal_cut = True
            case "silence" | "speak":
                self._speaks = command["do"] == "speak"
            case "unplug" | "plug":
                self._plugged = command["do"] == "plug"
            case verb:
                raise ValueError(f"a simulated lid board cannot {verb}")
        self._speak()
