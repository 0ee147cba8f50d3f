"""What every source of time promises, asked of each: simulated, and a receiver behind gpsd."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Protocol

import pytest

from hw.catalogue import Gpsd as GpsdSettings
from hw.time_source import TimeSource
from hw.time_source.gpsd import GpsdTime, system_ms
from hw.time_source.simulated import SimulatedTime
from tests.peers import gps_receiver
from tests.peers.waiting import done, kept, until

NEAR_MS = 1000
"""A fix is some tenths of a second old when it is read."""


class Rig(Protocol):
    """A source of time and who steers it."""

    source: TimeSource

    async def offset(self, ms: int) -> None: ...
    async def lose_fix(self) -> None: ...
    async def unplug(self) -> None: ...
    async def plug(self) -> None: ...


class SimulatedRig:
    def __init__(self, folder: Path) -> None:
        self._socket = folder / "clock.sock"
        self.source = SimulatedTime(self._socket)

    async def offset(self, ms: int) -> None:
        await done(self._socket, do="offset", ms=ms)

    async def lose_fix(self) -> None:
        await done(self._socket, do="lose_fix")

    async def unplug(self) -> None:
        await done(self._socket, do="unplug")

    async def plug(self) -> None:
        await done(self._socket, do="plug")


class GpsdRig:
    def __init__(self, receiver: gps_receiver.GpsReceiver, gpsd: gps_receiver.Gpsd) -> None:
        self._receiver, self._gpsd = receiver, gpsd
        self.source = GpsdTime(GpsdSettings(gpsd.address))

    async def offset(self, ms: int) -> None:
        self._receiver.has_fix = True
        self._receiver.clock = lambda: system_ms() - ms

    async def lose_fix(self) -> None:
        self._receiver.has_fix = False

    async def unplug(self) -> None:
        self._gpsd.stop()

    async def plug(self) -> None:
        await self._gpsd.start()


@contextlib.asynccontextmanager
async def simulated_rig(folder: Path) -> AsyncIterator[Rig]:
    yield SimulatedRig(folder)


@contextlib.asynccontextmanager
async def gpsd_rig(folder: Path) -> AsyncIterator[Rig]:
    async with gps_receiver.received(folder, system_ms) as (receiver, gpsd):
        yield GpsdRig(receiver, gpsd)


Story = Callable[[Rig], Awaitable[None]]
Play = Callable[[Story], None]

needs_gpsd = pytest.mark.skipif(bool(gps_receiver.WHY_NOT), reason=str(gps_receiver.WHY_NOT))


@pytest.fixture(
    params=[
        pytest.param(simulated_rig, id="simulated"),
        pytest.param(gpsd_rig, id="gpsd", marks=needs_gpsd),
    ]
)
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Play:
    """Plays a story with a running source that has read the time once."""

    async def run(story: Story) -> None:
        async with request.param(tmp_path) as rig, kept(rig.source):
            await until(lambda: rig.source.reading is not None)
            await story(rig)

    return lambda story: asyncio.run(run(story))


def is_off_by(rig: Rig, ms: int) -> bool:
    reading = rig.source.reading
    return reading is not None and abs(reading.ahead_ms - ms) < NEAR_MS


def test_the_time_of_the_source_stands_beside_the_computers(play: Play) -> None:
    async def story(rig: Rig) -> None:
        await until(lambda: is_off_by(rig, 0))
        assert rig.source.reading is not None
        assert abs(rig.source.reading.system_ms - system_ms()) < 5000
        assert rig.source.state.standing == "ready"
        assert rig.source.state.words == "This computer's clock agrees with the satellites."
        assert [label for label, _ in rig.source.state.values] == [
            "satellites",
            "this computer",
            "ahead",
        ]

    play(story)


@pytest.mark.parametrize(
    ("ms", "standing", "words"),
    [
        (-30_500, "ready", "This computer's clock is 30 s behind the satellites."),
        (45_200, "ready", "This computer's clock is 45 s ahead of the satellites."),
        (
            -7_800_000,
            "attention",
            "This computer's clock is 2 h behind the satellites. "
            "Tell the supervisor; set the clock only by the book.",
        ),
        (
            300_500,
            "attention",
            "This computer's clock is 5 min ahead of the satellites. "
            "Tell the supervisor; set the clock only by the book.",
        ),
    ],
)
def test_a_clock_that_is_off_is_said_in_words_and_flagged_beyond_a_minute(
    play: Play, ms: int, standing: str, words: str
) -> None:
    async def story(rig: Rig) -> None:
        await rig.offset(ms)
        await until(lambda: is_off_by(rig, ms))
        await until(lambda: rig.source.state.words == words)
        assert rig.source.state.standing == standing

    play(story)


def test_without_satellites_there_is_no_reading_and_it_comes_back_with_them(play: Play) -> None:
    async def story(rig: Rig) -> None:
        await rig.lose_fix()
        await until(lambda: rig.source.reading is None)
        assert rig.source.state.standing == "attention"
        assert rig.source.state.words == (
            "The receiver sees too few satellites. Put its antenna under open sky."
        )
        await rig.offset(0)
        await until(lambda: is_off_by(rig, 0))
        assert rig.source.state.standing == "ready"

    play(story)


def test_a_source_that_is_away_is_unplugged_and_comes_back_by_itself(play: Play) -> None:
    async def story(rig: Rig) -> None:
        await rig.unplug()
        await until(lambda: rig.source.state.standing == "unplugged")
        assert rig.source.reading is None
        await rig.plug()
        await until(lambda: is_off_by(rig, 0))
        assert rig.source.state.standing == "ready"

    play(story)
