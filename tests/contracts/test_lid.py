"""What every lid driver promises, asked of each: simulated, and a board on a serial line."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

import pytest

from hw.catalogue import SerialLid
from hw.lid import LidStanding
from hw.lid.serial import SerialLidDriver
from hw.lid.simulated import SimulatedLid
from hw.peripheral import Peripheral
from tests.peers.lid_board import LidBoard
from tests.peers.waiting import done, kept, until


class Rig(Protocol):
    """A driver and who steers its board; `told` are the standings in the order they were told."""

    lid: Peripheral
    told: list[LidStanding]

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def steer(self, verb: str) -> None: ...


class SimulatedRig:
    def __init__(self, folder: Path) -> None:
        self.told: list[LidStanding] = []
        self._socket = folder / "lid.sock"
        self.lid = SimulatedLid(self._socket, lambda changed: self.told.append(changed.standing))

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass

    async def steer(self, verb: str) -> None:
        await done(self._socket, do=verb)


class SerialRig:
    def __init__(self, folder: Path) -> None:
        self.told: list[LidStanding] = []
        self._board = LidBoard(folder / "ttyLid")
        self.lid = SerialLidDriver(
            SerialLid(self._board.port, silence_s=1.0),
            lambda changed: self.told.append(changed.standing),
            hold_s=0.0,
        )

    async def start(self) -> None:
        self._board.plug()

    async def stop(self) -> None:
        await self._board.unplug()

    async def steer(self, verb: str) -> None:
        board = self._board
        match verb:
            case "open" | "close":
                board.is_open = verb == "open"
            case "break":
                board.is_broken = True
            case "silence" | "speak":
                board.speaks = verb == "speak"
            case "unplug":
                await board.unplug()
            case "plug":
                board.plug()


BROKEN = "The seal was broken. Guard the box and call the supervisor."

Story = Callable[[Rig], Awaitable[None]]
Play = Callable[[Story], None]


@pytest.fixture(params=[SimulatedRig, SerialRig], ids=["simulated", "serial"])
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Play:
    """Plays a story with a running driver that has told its first standing."""

    async def run(story: Story) -> None:
        rig: Rig = request.param(tmp_path)
        await rig.start()
        try:
            async with kept(rig.lid):
                await until(lambda: bool(rig.told))
                await story(rig)
        finally:
            await rig.stop()

    return lambda story: asyncio.run(run(story))


async def tell(rig: Rig, verb: str, *standings: LidStanding) -> None:
    """Steer, and wait until exactly these were told in all."""
    await rig.steer(verb)
    await until(lambda: rig.told == [*standings])


def test_the_first_standing_is_told_and_shown(play: Play) -> None:
    async def story(rig: Rig) -> None:
        assert rig.told == ["closed"]
        assert rig.lid.state.standing == "ready"
        assert rig.lid.state.words == "The lid is closed and its seal is whole."
        assert rig.lid.state.values == (
            ("damaged lines", "0"),
            ("lid", "closed"),
            ("seal", "whole"),
        )

    play(story)


def test_each_opening_and_closing_is_told_once(play: Play) -> None:
    async def story(rig: Rig) -> None:
        await tell(rig, "open", "closed", "open")
        assert rig.lid.state.standing == "attention"
        await tell(rig, "close", "closed", "open", "closed")
        await tell(rig, "open", "closed", "open", "closed", "open")

    play(story)


def test_a_broken_seal_stays_broken_whatever_the_lid_does(play: Play) -> None:
    async def story(rig: Rig) -> None:
        await tell(rig, "break", "closed", "seal-broken")
        assert rig.lid.state.standing == "attention"
        assert rig.lid.state.words == f"{BROKEN} The lid is closed."
        await tell(rig, "open", "closed", "seal-broken", "open")
        assert ("seal", "broken") in rig.lid.state.values
        assert rig.lid.state.standing == "attention"
        assert rig.lid.state.words == (
            f"{BROKEN} The lid is open. Close it, or write down why it is open."
        )
        await tell(rig, "close", "closed", "seal-broken", "open", "closed")
        await tell(rig, "open", "closed", "seal-broken", "open", "closed", "open")
        assert ("seal", "broken") in rig.lid.state.values

    play(story)


def test_a_broken_seal_is_what_a_worker_reads_first_also_of_a_board_that_went_away(
    play: Play,
) -> None:
    async def story(rig: Rig) -> None:
        await tell(rig, "break", "closed", "seal-broken")
        await rig.steer("silence")
        await until(lambda: rig.lid.state.standing == "slow")
        assert rig.lid.state.words.startswith(f"{BROKEN} The lid board has been silent")
        await rig.steer("unplug")
        await until(lambda: rig.lid.state.standing == "unplugged")
        assert rig.lid.state.words.startswith(BROKEN)

    play(story)


def test_a_board_that_falls_silent_is_told_and_so_is_the_truth_when_it_speaks(play: Play) -> None:
    async def story(rig: Rig) -> None:
        await tell(rig, "silence", "closed", "silent")
        assert rig.lid.state.standing == "slow"
        await rig.steer("open")
        await tell(rig, "speak", "closed", "silent", "open")
        assert rig.lid.state.standing == "attention"

    play(story)


def test_a_board_whose_cable_is_pulled_is_told_as_silent_and_comes_back_by_itself(
    play: Play,
) -> None:
    async def story(rig: Rig) -> None:
        await rig.steer("unplug")
        await until(lambda: rig.lid.state.standing == "unplugged")
        await until(lambda: rig.told == ["closed", "silent"])
        assert rig.lid.state.standing == "unplugged"
        await tell(rig, "plug", "closed", "silent", "closed")
        assert rig.lid.state.standing == "ready"

    play(story)


def test_a_broken_seal_is_told_again_after_a_silence(play: Play) -> None:
    async def story(rig: Rig) -> None:
        await tell(rig, "break", "closed", "seal-broken")
        await tell(rig, "silence", "closed", "seal-broken", "silent")
        before: list[LidStanding] = ["closed", "seal-broken", "silent"]
        await tell(rig, "speak", *before, "seal-broken", "closed")

    play(story)
