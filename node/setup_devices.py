"""Live values of peripherals while the setup wizard is open and no station runs.

    devices = SetupDevices(folder)
    devices.look(settings)             opens what is set, anew when the settings have changed
    devices.view("printer")            PeripheralView(...)
    await devices.test("printer")      Done | Refused, as `pollmesh hardware test` does
    await devices.close()

A running station holds its devices itself; then nothing is opened here.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hw.catalogue import PeripheralSettings, driver_name
from sync.outcomes import Done, Refused
from sync.views import PeripheralView

if TYPE_CHECKING:
    from hw.peripheral import Peripheral

HEARD_MAX = 100
"""What a device said while no test listened is of no use; a few are kept for one that begins."""


class SetupDevices:
    """The drivers of one folder's settings, each running in a task of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._settings = PeripheralSettings()
        self._made: dict[str, Peripheral] = {}
        self._heard: dict[str, asyncio.Queue[Any]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._testing: set[str] = set()

    async def look(self, settings: PeripheralSettings) -> None:
        """Have open what `settings` name, and nothing else; a driver that changed is made anew."""
        before, after = self._settings.named(), settings.named()
        for kind in [kind for kind in self._made if before.get(kind) != after.get(kind)]:
            await self._end(kind)
        self._settings = settings
        for kind in after:
            if kind not in self._made:
                self._begin(kind)

    def view(self, kind: str) -> PeripheralView | None:
        """How a peripheral stands now; None if it is not open."""
        one = self._made.get(kind)
        if one is None:
            return None
        driver, state = driver_name(self._settings.named()[kind]), one.state
        return PeripheralView(kind, driver, state.standing, state.words, state.values)

    async def test(self, kind: str, station: str) -> Done | Refused:
        """Try one; takes as long as a hand needs."""
        from node.slips import plain_test_slip
        from node.try_out import try_out

        one = self._made.get(kind)
        if one is None:
            return Refused("no-peripheral", f"{kind} is not set up here.")
        if kind in self._testing:
            return Refused("busy", f"{kind} is being tried already. Wait for it.")
        heard = self._heard[kind]
        while not heard.empty():
            heard.get_nowait()
        self._testing.add(kind)
        try:
            return await try_out(kind, one, heard, plain_test_slip(station))
        finally:
            self._testing.discard(kind)

    async def close(self) -> None:
        """Let go of every device."""
        for kind in list(self._made):
            await self._end(kind)

    def _begin(self, kind: str) -> None:
        from hw.catalogue import make

        heard: asyncio.Queue[Any] = asyncio.Queue(HEARD_MAX)

        def tell(said: Any) -> None:
            if not heard.full():
                heard.put_nowait(said)

        self._heard[kind] = heard
        self._made[kind] = make(kind, self._settings.named()[kind], self._folder, tell)
        self._tasks[kind] = asyncio.create_task(self._made[kind].run())

    async def _end(self, kind: str) -> None:
        task = self._tasks.pop(kind)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        del self._made[kind], self._heard[kind]
