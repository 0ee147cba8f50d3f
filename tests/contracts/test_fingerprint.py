"""What every fingerprint reader owes: one suite for libfprint (its virtual device) and for ours."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hw.catalogue import Libfprint
from hw.fingerprint import FingerReader
from hw.fingerprint.libfprint import LibfprintReader
from hw.fingerprint.simulated import SimulatedFingerReader
from hw.fingerprint.words import PROBLEMS, RETRY
from hw.peripheral import PeripheralError, RefusedError, SlowError, UnpluggedError
from tests.peers.finger import RETRIES, VirtualReader, helper_pids, needs_libfprint

FINGER_S = 0.8
DEADLINE_S = 15


class Rig:
    """A reader and the hands that use it."""

    reader: FingerReader

    def __init__(self) -> None:
        self.heard: list[tuple[int, int]] = []
        self.words: list[str] = []

    async def touch(self, *fingers: str) -> None:
        raise NotImplementedError

    async def retry(self, kind: str) -> None:
        raise NotImplementedError

    async def slow(self) -> None:
        """The finger asked for next never comes."""
        raise NotImplementedError

    async def unplug(self) -> None:
        raise NotImplementedError

    async def plug(self) -> None:
        raise NotImplementedError

    async def garble(self) -> None:
        """The device talks nonsense until it is plugged in anew."""
        raise NotImplementedError

    def progress(self, done: int, needed: int) -> None:
        self.heard.append((done, needed))
        self.words.append(self.reader.state.words)

    async def enrol(self, *fingers: str) -> None:
        await self.touch(*fingers)
        await self.reader.enrol(self.progress)

    async def verify(self, finger: str) -> bool:
        await self.touch(finger)
        return await self.reader.verify()

    async def standing(self, standing: str) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while self.reader.state.standing != standing:
                await asyncio.sleep(0.005)

    async def heard_touches(self, count: int) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while len(self.heard) < count:
                await asyncio.sleep(0.005)


class SimulatedRig(Rig):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.socket = folder / "finger.sock"
        self.reader = SimulatedFingerReader(self.socket, finger_s=FINGER_S)

    async def steer(self, **command: str) -> dict[str, str]:
        stream, writer = await asyncio.open_unix_connection(self.socket)
        writer.write(json.dumps(command).encode() + b"\n")
        answer = json.loads(await stream.readline())
        writer.close()
        return answer

    async def touch(self, *fingers: str) -> None:
        for finger in fingers:
            assert await self.steer(do="touch", finger=finger) == {"did": "touch"}

    async def retry(self, kind: str) -> None:
        assert await self.steer(do="retry", kind=kind) == {"did": "retry"}

    async def slow(self) -> None:
        assert await self.steer(do="slow") == {"did": "slow"}

    async def unplug(self) -> None:
        assert await self.steer(do="unplug") == {"did": "unplug"}

    async def plug(self) -> None:
        assert await self.steer(do="plug") == {"did": "plug"}

    async def garble(self) -> None:
        assert await self.steer(do="garble") == {"did": "garble"}


class LibfprintRig(Rig):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.device = VirtualReader(folder)
        settings = Libfprint(python=str(self.device.python))
        self.reader = LibfprintReader(settings, finger_s=FINGER_S, retry_s=0.1)

    async def touch(self, *fingers: str) -> None:
        await self.device.send(*(f"SCAN {finger}" for finger in fingers))

    async def retry(self, kind: str) -> None:
        await self.device.send(f"RETRY {RETRIES[kind]}")

    async def slow(self) -> None:
        await self.device.send("SLEEP 60000")

    async def unplug(self) -> None:
        self.device.unplug()
        await self.device.send("UNPLUG")

    async def plug(self) -> None:
        self.device.plug()

    async def garble(self) -> None:
        self.device.run_instead("read _; echo 'fp: 7f 1c'; cat >/dev/null")
        for pid in helper_pids(self.device.folder):
            os.kill(pid, signal.SIGKILL)


RIGS = [
    pytest.param(SimulatedRig, id="simulated"),
    pytest.param(LibfprintRig, id="libfprint", marks=needs_libfprint),
]
Test = Callable[[Rig], Awaitable[None]]


@asynccontextmanager
async def running(rig: Rig) -> AsyncIterator[Rig]:
    run = asyncio.create_task(rig.reader.run())
    try:
        await rig.standing("ready")
        yield rig
    finally:
        run.cancel()
        await asyncio.wait({run})
    assert run.cancelled()


def on_each_rig(test: Test) -> Callable[..., None]:
    """Run an asynchronous test on every rig, with its reader running."""

    @pytest.mark.parametrize("make_rig", RIGS)
    def run(make_rig: Callable[[Path], Rig], tmp_path: Path) -> None:
        async def go() -> None:
            async with running(make_rig(tmp_path)) as rig:
                await test(rig)

        asyncio.run(go())

    run.__name__ = test.__name__
    return run


def says(kind: str) -> tuple[type[PeripheralError], str]:
    return PROBLEMS[kind]


async def refusal(work: Awaitable[object]) -> tuple[type[PeripheralError], str]:
    """The error that `work` ends with: its class and its words."""
    with pytest.raises(PeripheralError) as caught:
        await work
    return type(caught.value), caught.value.words


@on_each_rig
async def test_the_same_finger_matches_and_another_does_not(rig: Rig) -> None:
    await rig.enrol(*["left"] * 5)
    assert rig.heard == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]
    assert [await rig.verify(name) for name in ("left", "right", "left")] == [True, False, True]


@on_each_rig
async def test_a_ready_reader_shows_its_name_its_driver_and_its_touches(rig: Rig) -> None:
    state = rig.reader.state
    assert (state.standing, state.words) == ("ready", "Ready for a finger.")
    assert [label for label, _ in state.values] == ["device", "driver", "touches"]
    assert dict(state.values)["touches"] == "5"


@on_each_rig
async def test_without_a_finger_taken_there_is_nothing_to_compare(rig: Rig) -> None:
    assert await refusal(rig.verify("left")) == says("nothing-taken")


@on_each_rig
async def test_after_the_session_the_finger_is_forgotten(rig: Rig) -> None:
    await rig.enrol(*["left"] * 5)
    await rig.reader.forget()
    await rig.reader.forget()
    assert await refusal(rig.reader.verify()) == says("nothing-taken")
    await rig.enrol(*["right"] * 5)
    assert await rig.verify("right")


@on_each_rig
async def test_a_second_finger_replaces_the_first(rig: Rig) -> None:
    await rig.enrol(*["left"] * 5)
    await rig.enrol(*["right"] * 5)
    assert [await rig.verify(name) for name in ("left", "right")] == [False, True]


@on_each_rig
async def test_touches_that_cannot_be_read_are_told_and_asked_for_again(rig: Rig) -> None:
    await rig.touch("left", "left")
    for kind in RETRY:
        await rig.retry(kind)
    await rig.touch("left", "left", "left")
    await rig.reader.enrol(rig.progress)
    assert [done for done, _ in rig.heard] == [1, 2, 2, 2, 2, 2, 3, 4, 5]
    assert rig.words[2:6] == list(RETRY.values())
    await rig.retry("centre")
    assert await rig.verify("left")


@on_each_rig
async def test_another_finger_among_the_touches_counts_for_nothing(rig: Rig) -> None:
    await rig.enrol("left", "left", "right", "left", "left", "left")
    assert [done for done, _ in rig.heard] == [1, 2, 2, 3, 4, 5]
    assert [await rig.verify(name) for name in ("right", "left")] == [False, True]


@on_each_rig
async def test_a_finger_that_cannot_be_read_at_all_ends_the_enrolment(rig: Rig) -> None:
    await rig.touch("left")
    for _ in range(6):
        await rig.retry("short")
    assert await refusal(rig.reader.enrol(rig.progress)) == says("unreadable")
    assert await refusal(rig.reader.verify()) == says("nothing-taken")
    await rig.enrol(*["left"] * 5)
    assert await rig.verify("left")


@on_each_rig
async def test_a_finger_that_cannot_be_read_at_all_ends_the_check_but_not_the_session(
    rig: Rig,
) -> None:
    await rig.enrol(*["left"] * 5)
    for _ in range(6):
        await rig.retry("again")
    assert await refusal(rig.reader.verify()) == says("unreadable")
    assert await rig.verify("left")


@on_each_rig
async def test_unplugged_in_the_middle_of_an_enrolment_nothing_is_kept(rig: Rig) -> None:
    enrolling = asyncio.create_task(rig.reader.enrol(rig.progress))
    await rig.touch("left", "left")
    await rig.heard_touches(2)
    await rig.unplug()
    assert await refusal(enrolling) == says("removed")
    await rig.standing("unplugged")
    with pytest.raises(UnpluggedError):
        await rig.reader.verify()
    await rig.plug()
    await rig.standing("ready")
    assert await refusal(rig.reader.verify()) == says("nothing-taken")
    await rig.enrol(*["left"] * 5)
    assert await rig.verify("left")


@on_each_rig
async def test_unplugged_between_acts_the_finger_is_gone_too(rig: Rig) -> None:
    await rig.enrol(*["left"] * 5)
    await rig.unplug()
    await rig.standing("unplugged")
    assert "Plug it in" in rig.reader.state.words
    await rig.reader.forget()
    with pytest.raises(UnpluggedError, match="Plug it in"):
        await rig.reader.enrol(rig.progress)
    await rig.plug()
    await rig.standing("ready")
    assert await refusal(rig.reader.verify()) == says("nothing-taken")


@on_each_rig
async def test_a_finger_that_never_comes_is_told_and_the_reader_stays_usable(rig: Rig) -> None:
    await rig.touch("left", "left")
    await rig.slow()
    assert await refusal(rig.reader.enrol(rig.progress)) == says("slow")
    assert await refusal(rig.reader.verify()) == says("nothing-taken")
    await rig.enrol(*["left"] * 5)
    await rig.slow()
    with pytest.raises(SlowError):
        await rig.reader.verify()
    assert await rig.verify("left")


@on_each_rig
async def test_one_act_at_a_time_and_the_first_goes_on(rig: Rig) -> None:
    enrolling = asyncio.create_task(rig.reader.enrol(rig.progress))
    await rig.touch("left")
    await rig.heard_touches(1)
    assert await refusal(rig.reader.verify()) == says("acting")
    assert await refusal(rig.reader.enrol(rig.progress)) == says("acting")
    await rig.touch(*["left"] * 4)
    await enrolling
    assert await rig.verify("left")


@on_each_rig
async def test_an_enrolment_given_up_leaves_the_reader_usable_and_no_finger(rig: Rig) -> None:
    enrolling = asyncio.create_task(rig.reader.enrol(rig.progress))
    await rig.touch("left", "left")
    await rig.heard_touches(2)
    enrolling.cancel()
    await asyncio.wait({enrolling})
    assert enrolling.cancelled()
    assert await refusal(rig.reader.verify()) == says("nothing-taken")
    await rig.enrol(*["right"] * 5)
    assert await rig.verify("right")


@on_each_rig
async def test_forgetting_in_the_middle_of_an_enrolment_ends_it(rig: Rig) -> None:
    enrolling = asyncio.create_task(rig.reader.enrol(rig.progress))
    await rig.touch("left", "left")
    await rig.heard_touches(2)
    await rig.reader.forget()
    assert await refusal(enrolling) == says("forgotten")
    assert await refusal(rig.reader.verify()) == says("nothing-taken")
    await rig.enrol(*["right"] * 5)
    assert await rig.verify("right")


@on_each_rig
async def test_nonsense_from_the_device_is_told_and_it_comes_back(rig: Rig) -> None:
    await rig.enrol(*["left"] * 5)
    await rig.garble()
    await rig.standing("garbled")
    await rig.plug()
    await rig.standing("ready")
    with pytest.raises(RefusedError):
        await rig.reader.verify()
