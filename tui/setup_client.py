"""The way from the wizard's screen to `pollmesh setup`, which does the work."""

from typing import Any

from sync.outcomes import Done, Refused
from sync.setup_views import InstallAsked, KindAsked, PeripheralAsked, SetupView, StationAsked
from tui.client import TEST_S, NodeClient, NodeSilent
from tui.words import _

Answer = Done | Refused | NodeSilent

START_S = 20.0
"""Stopping a station waits for what it has in hand."""


SILENT = NodeSilent(_("Setup does not answer any more. Leave with F10 and start it again."))


class SetupClient(NodeClient):
    """Asks one wizard. Every method answers a value."""

    async def setup(self) -> SetupView | NodeSilent:
        """Everything as it is now."""
        answer: SetupView | NodeSilent = await self._ask("GET", "/setup", SetupView)
        return SILENT if isinstance(answer, NodeSilent) else answer

    async def pick(self, station: str) -> Answer:
        """Go on with one of several stations."""
        return await self._do("pick", StationAsked(station))

    async def enrol(self, station: str) -> Answer:
        """Make this station's key."""
        return await self._do("enrol", StationAsked(station))

    async def install(self, asked: InstallAsked) -> Answer:
        """Begin to install."""
        return await self._do("install", asked)

    async def set_peripheral(self, asked: PeripheralAsked) -> Answer:
        """Write one peripheral into the settings."""
        return await self._do("peripheral", asked)

    async def test(self, kind: str) -> Answer:
        """Try one peripheral; takes as long as a hand needs."""
        return await self._do("test", KindAsked(kind), TEST_S)

    async def start(self) -> Answer:
        """Run the station while the wizard is open."""
        return await self._do("start", {}, START_S)

    async def stop(self) -> Answer:
        """Stop the station that was started here."""
        return await self._do("stop", {}, START_S)

    async def _do(self, what: str, body: Any, limit_s: float = START_S) -> Answer:
        kind = Done | Refused
        answer: Answer = await self._ask("POST", f"/setup/{what}", kind, body, limit_s)
        return SILENT if isinstance(answer, NodeSilent) else answer
