"""A running station tries itself and writes the result into its log (`sync.self_test`).

    POST /self-test  {}  ->  SelfTestDone: every finding, and whether it was written

Asked by `pollmesh doctor` on the node's Unix socket. What blocks runs in threads; the log's own
file is only read. One test at a time: who asks meanwhile gets the same answer.
"""

import asyncio
from collections.abc import Sequence
from typing import cast

from aiohttp import web
from msgspec import Struct

from hw.time_source import TimeSource
from node.checks import (
    check_key,
    check_package,
    check_roll,
    check_space,
    check_store,
    check_writing,
)
from node.finding import Finding, Mark
from node.journal import Journal
from node.json_bodies import body_of, json_response
from node.peripherals import CLOCK_OFF_MS
from node.running import Running
from node.station_files import read_station_key
from sync.alarms import CLOCK_AHEAD_MS
from sync.effects import NoteSelfTest
from sync.outcomes import Done
from sync.self_test import Tested
from sync.views import PeripheralView

LOOK_AGAIN = ("stopped", "unplugged", "several", "slow", "garbled", "not-installed")
"""Standings of a peripheral that cannot be used."""


class SelfTestDone(Struct, frozen=True, forbid_unknown_fields=True):
    """What was found. `index` is the entry in this station's log, -1 if none was written."""

    findings: tuple[Finding, ...]
    passed: tuple[str, ...]
    failed: tuple[str, ...]
    index: int
    words: str


class _Nothing(Struct, forbid_unknown_fields=True):
    pass


def self_test_routes(app: web.Application, running: Running, journal: Journal) -> None:
    """Add the path."""
    app.router.add_post("/self-test", SelfTests(running, journal).answer)


class SelfTests:
    """Runs self-tests, one at a time."""

    def __init__(self, running: Running, journal: Journal) -> None:
        self._running = running
        self._journal = journal
        self._current: asyncio.Task[SelfTestDone] | None = None

    async def answer(self, request: web.Request) -> web.Response:
        """POST /self-test."""
        await body_of(request, _Nothing)
        return json_response(await self.run())

    async def run(self) -> SelfTestDone:
        """Try everything; a test that is under way is waited for, not made twice."""
        if self._current is None or self._current.done():
            self._current = asyncio.create_task(self._run())
        # Whoever asked may go away; the test is made to its end and written.
        return await asyncio.shield(self._current)

    async def _run(self) -> SelfTestDone:
        found = await self._findings()
        passed = tuple(name for name, finding in found.items() if finding.mark != "broken")
        failed = tuple(name for name, finding in found.items() if finding.mark == "broken")
        outcome = await self._running.runner.ask(NoteSelfTest(passed, failed))
        index = outcome.index if isinstance(outcome, Done) else -1
        words = getattr(outcome, "words", "")
        self._journal.tell("self-test", passed=len(passed), failed=len(failed))
        return SelfTestDone(tuple(found.values()), passed, failed, index, words)

    async def _findings(self) -> dict[Tested, Finding]:
        running = self._running
        folder, package, station = running.folder, running.package, running.station
        key = await asyncio.to_thread(read_station_key, folder)
        found: dict[Tested, Finding] = {
            "signature": await asyncio.to_thread(check_key, folder, key, station),
            "store-write": await asyncio.to_thread(check_writing, folder),
            "store-whole": await asyncio.to_thread(check_store, folder),
            "package": await asyncio.to_thread(check_package, folder),
            "clock": clock_finding(running),
            "space": await asyncio.to_thread(check_space, folder),
        }
        roll = await asyncio.to_thread(check_roll, folder, package, station)
        if roll is not None:
            found["roll"] = roll
        if running.settings.peripherals.named():
            views = running.peripherals.views() if running.peripherals else ()
            found["peripherals"] = peripherals_finding(views)
        return found


def clock_finding(running: Running) -> Finding:
    """This computer's clock against the peers' cosignatures and, where there is one, a source."""
    todo = "Compare both with a watch and set the wrong one; nothing is decided by clocks."
    source = running.peripherals.get("clock") if running.peripherals else None
    reading = cast(TimeSource, source).reading if source is not None else None
    if reading is not None and abs(reading.ahead_ms) > CLOCK_OFF_MS:
        return Finding("clock", "broken", f"off by {reading.ahead_ms // 1000} s", todo)
    heard = running.runner.clock_ahead_ms
    ahead = {peer: ms for peer, ms in heard.items() if ms > CLOCK_AHEAD_MS}
    if ahead:
        # One peer that is ahead is probably wrong itself; if most are, this computer is behind.
        mark: Mark = "broken" if len(ahead) * 2 > len(heard) else "look"
        who = ", ".join(f"{peer} {ms // 60_000} min" for peer, ms in sorted(ahead.items()))
        return Finding("clock", mark, f"ahead of this computer's: {who}", todo)
    with_source = " and the time source" if reading is not None else ""
    if not heard and reading is None:
        return Finding("clock", "ok", "no other clock was heard of yet")
    return Finding("clock", "ok", f"compared with {len(heard)} stations{with_source}; none ahead")


def peripherals_finding(views: Sequence[PeripheralView]) -> Finding:
    """Can everything that station.toml names be used?"""
    away = [one for one in views if one.standing in LOOK_AGAIN]
    if away:
        words = "; ".join(f"{one.name} {one.standing}: {one.words}" for one in away)
        todo = "Look at its cable and power, then try it: pollmesh hardware test FOLDER NAME"
        return Finding("peripherals", "broken", words, todo)
    return Finding("peripherals", "ok", ", ".join(one.name for one in views) + " can be used")
