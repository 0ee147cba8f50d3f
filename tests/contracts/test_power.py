"""What every power source promises, asked of each: simulated, upsd, the kernel's batteries."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from hw.catalogue import Nut, Sysfs
from hw.power import PowerReading, PowerSource, PowerTold, PowerUnknown
from hw.power.nut import NutPower
from hw.power.simulated import SimulatedPower
from hw.power.sysfs import SysfsPower
from tests.peers import nut_server
from tests.peers.waiting import done, kept, until

HOUR_S = 3600


class Rig(Protocol):
    """A source and who steers what it looks at."""

    source: PowerSource
    told: list[PowerTold]

    async def start(self) -> None: ...
    async def mains(self) -> None: ...
    async def battery(self, percent: int, minutes: int) -> None: ...
    async def low(self) -> None: ...
    async def unplug(self) -> None: ...
    async def plug(self) -> None: ...


class SimulatedRig:
    def __init__(self, socket: Path) -> None:
        self.told: list[PowerTold] = []
        self.source = SimulatedPower(socket, self.told.append)
        self._socket = socket

    async def start(self) -> None:
        pass

    async def mains(self) -> None:
        await done(self._socket, do="mains")

    async def battery(self, percent: int, minutes: int) -> None:
        await done(self._socket, do="battery", percent=percent, minutes=minutes)

    async def low(self) -> None:
        await done(self._socket, do="low")

    async def unplug(self) -> None:
        await done(self._socket, do="unplug")

    async def plug(self) -> None:
        await done(self._socket, do="plug")


class NutRig:
    def __init__(self, server: nut_server.NutServer) -> None:
        self.told: list[PowerTold] = []
        settings = Nut(f"box@{server.address}")
        tell = self.told.append
        self.source = NutPower(settings, tell, poll_s=0.05, hold_s=0, unknown_s=0.1)
        self._server = server

    async def start(self) -> None:
        if not self._server.is_running:
            await self._server.start()
        full = {"battery_charge": 100, "battery_runtime": HOUR_S, "ups_status": "OL"}
        await self._server.say("box", **full)

    async def mains(self) -> None:
        await self._server.say("box", ups_status="OL")

    async def battery(self, percent: int, minutes: int) -> None:
        await self._server.say(
            "box", battery_charge=percent, battery_runtime=minutes * 60, ups_status="OB"
        )

    async def low(self) -> None:
        await self._server.say("box", ups_status="OB LB")

    async def unplug(self) -> None:
        self._server.stop_all()

    async def plug(self) -> None:
        # The driver too: dummy-ups loses what it is told after its upsd went away.
        await self._server.start()


class SysfsRig:
    """A folder laid out as the kernel's: AC and one battery."""

    def __init__(self, folder: Path) -> None:
        self.told: list[PowerTold] = []
        self._folder = folder / "power_supply"
        self._files = {
            "AC/type": "Mains",
            "BAT0/type": "Battery",
            "BAT0/present": "1",
            "BAT0/status": "Full",
            "BAT0/capacity": "100",
            "BAT0/capacity_level": "Full",
            "AC/online": "1",
        }
        self._write(**self._files)
        settings = Sysfs(str(self._folder))
        tell = self.told.append
        self.source = SysfsPower(settings, tell, poll_s=0.05, hold_s=0, unknown_s=0.1)

    async def start(self) -> None:
        pass

    async def mains(self) -> None:
        self._write(**{"AC/online": "1", "BAT0/status": "Charging"})

    async def battery(self, percent: int, minutes: int) -> None:
        files = {"BAT0/capacity": percent, "BAT0/time_to_empty_now": minutes * 60}
        self._write(**files, **{"BAT0/status": "Discharging", "AC/online": "0"})

    async def low(self) -> None:
        files = {"BAT0/capacity_level": "Critical", "BAT0/status": "Discharging"}
        self._write(**files, **{"AC/online": "0"})

    async def unplug(self) -> None:
        self._folder.rename(self._folder.with_name("away"))

    async def plug(self) -> None:
        self._folder.with_name("away").rename(self._folder)

    def _write(self, **files: object) -> None:
        for name, value in files.items():
            path = self._folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            # A value of sysfs is read whole or not at all, so it is put there in one step.
            path.with_suffix(".new").write_text(f"{value}\n")
            path.with_suffix(".new").rename(path)


def _is_on_mains(told: PowerTold) -> bool:
    return isinstance(told, PowerReading) and told.on_mains and not told.is_low


Story = Callable[[Rig], Awaitable[None]]
Play = Callable[[Story], None]


@pytest.fixture(scope="module")
def server() -> Iterator[nut_server.NutServer]:
    """Starting the daemons takes seconds, so all tests have the same ones."""
    with nut_server.nut_server("box") as server:
        asyncio.run(server.start())
        yield server


@pytest.fixture(
    params=[
        pytest.param("simulated", id="simulated"),
        pytest.param("sysfs", id="sysfs"),
        pytest.param(
            "nut",
            id="nut",
            marks=[
                pytest.mark.skipif(bool(nut_server.WHY_NOT), reason=str(nut_server.WHY_NOT)),
                pytest.mark.xdist_group("nut"),
            ],
        ),
    ]
)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Rig:
    if request.param == "simulated":
        return SimulatedRig(tmp_path / "power.sock")
    if request.param == "sysfs":
        return SysfsRig(tmp_path)
    return NutRig(request.getfixturevalue("server"))


@pytest.fixture
def play(rig: Rig) -> Play:
    """Plays a story with a running source that has told its first reading."""

    async def run(story: Story) -> None:
        await rig.start()
        async with kept(rig.source):
            await until(lambda: bool(rig.told))
            await story(rig)

    return lambda story: asyncio.run(run(story))


def test_the_first_reading_is_told_and_stands_ready(play: Play) -> None:
    async def story(rig: Rig) -> None:
        reading = rig.source.reading
        assert reading is not None
        assert (reading.on_mains, reading.percent, reading.is_low) == (True, 100, False)
        assert rig.told == [reading]
        assert rig.source.state.standing == "ready"
        assert rig.source.state.words == "Mains power is there. The battery holds 100 %."

    play(story)


def test_mains_lost_and_back_are_told_with_what_the_battery_holds(play: Play) -> None:
    async def story(rig: Rig) -> None:
        await rig.battery(50, 40)
        await until(lambda: rig.told[-1] == PowerReading(False, 50, 40, False))
        assert rig.source.state.standing == "attention"
        assert rig.source.state.words == (
            "Running on battery: 50 %, about 40 minutes left. Look for what cut the mains."
        )
        await rig.mains()
        await until(lambda: _is_on_mains(rig.told[-1]))
        assert rig.source.state.standing == "ready"

    play(story)


def test_what_did_not_change_is_not_told_again(play: Play) -> None:
    async def story(rig: Rig) -> None:
        await rig.battery(50, 40)
        await until(lambda: rig.told[-1] == PowerReading(False, 50, 40, False))
        count = len(rig.told)
        await rig.battery(50, 40)
        await rig.battery(49, 40)
        await until(lambda: rig.told[-1] == PowerReading(False, 49, 40, False))
        assert len(rig.told) == count + 1

    play(story)


@pytest.mark.parametrize(("percent", "minutes"), [(15, 40), (50, 10)])
def test_a_battery_at_either_threshold_is_low(play: Play, percent: int, minutes: int) -> None:
    async def story(rig: Rig) -> None:
        await rig.battery(percent, minutes)
        await until(lambda: rig.told[-1] == PowerReading(False, percent, minutes, True))
        assert rig.source.state.standing == "attention"
        assert rig.source.state.words.startswith("The power is about to end")

    play(story)


def test_a_battery_just_above_both_thresholds_is_not_low(play: Play) -> None:
    async def story(rig: Rig) -> None:
        await rig.battery(16, 11)
        await until(lambda: rig.told[-1] == PowerReading(False, 16, 11, False))

    play(story)


def test_a_battery_low_by_its_own_word_is_low(play: Play) -> None:
    async def story(rig: Rig) -> None:
        await rig.low()
        await until(lambda: isinstance(rig.told[-1], PowerReading) and rig.told[-1].is_low)
        assert not _is_on_mains(rig.told[-1])

    play(story)


def test_a_source_that_goes_away_is_a_state_and_the_truth_is_told_when_it_is_back(
    play: Play,
) -> None:
    async def story(rig: Rig) -> None:
        await rig.battery(50, 40)
        await until(lambda: rig.told[-1] == PowerReading(False, 50, 40, False))
        await rig.unplug()
        await until(lambda: rig.source.state.standing in ("unplugged", "not-installed"))
        assert rig.source.reading is None
        assert not rig.source.state.is_usable
        count = len(rig.told)
        await rig.plug()
        await rig.mains()
        await until(lambda: len(rig.told) > count and _is_on_mains(rig.told[-1]))
        assert rig.source.state.standing == "ready"

    play(story)


def test_a_source_that_stays_away_is_told_once_as_unknown_and_its_reading_again_when_it_is_back(
    play: Play,
) -> None:
    async def story(rig: Rig) -> None:
        first = rig.told[0]
        await rig.unplug()
        await until(lambda: len(rig.told) > 1)
        # Over some tries to find it again.
        await asyncio.sleep(1.2)
        assert rig.told == [first, PowerUnknown()]
        await rig.plug()
        await until(lambda: len(rig.told) > 2)
        assert rig.told == [first, PowerUnknown(), first]

    play(story)


def test_a_source_that_was_low_when_it_went_away_no_longer_counts_as_low(play: Play) -> None:
    async def story(rig: Rig) -> None:
        await rig.battery(9, 5)
        await until(lambda: rig.told[-1] == PowerReading(False, 9, 5, True))
        await rig.unplug()
        await until(lambda: rig.told[-1] == PowerUnknown())
        assert rig.source.reading is None

    play(story)
