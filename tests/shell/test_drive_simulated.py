"""What only the simulated drive can be steered to: full, emptied, pulled across a restart."""

import asyncio
from pathlib import Path

import pytest

from hw.drive.simulated import SimulatedDrive
from hw.peripheral import RefusedError
from tests.peers.waiting import done, kept, steer, until


def test_a_simulated_drive_that_is_filled_refuses_until_it_is_emptied(tmp_path: Path) -> None:
    socket = tmp_path / "drive.sock"
    drive = SimulatedDrive(socket)

    async def story() -> None:
        async with kept(drive):
            await until(lambda: drive.state.standing == "ready")
            await drive.write("a.json", b"kept")
            await done(socket, do="fill")
            await until(lambda: drive.state.standing == "attention")
            assert drive.state.words == "The drive simulated is full. Use another, or make room."
            with pytest.raises(RefusedError, match="The drive is full"):
                await drive.write("b.json", b"new")
            assert await drive.read("a.json") == b"kept"
            await done(socket, do="empty")
            await until(lambda: drive.state.standing == "ready")
            await drive.write("b.json", b"new")
            assert await drive.names() == ["b.json"]

    asyncio.run(story())


def test_a_simulated_drive_pulled_out_stays_out_when_the_station_starts_again(
    tmp_path: Path,
) -> None:
    socket = tmp_path / "drive.sock"

    async def story() -> None:
        first = SimulatedDrive(socket)
        async with kept(first):
            await until(lambda: first.state.standing == "ready")
            await first.write("a.json", b"kept")
            await done(socket, do="pull")
        second = SimulatedDrive(socket)
        async with kept(second):
            await until(lambda: second.state.standing == "unplugged")
            await done(socket, do="plug")
            await until(lambda: second.state.standing == "ready")
            assert await second.read("a.json") == b"kept"

    asyncio.run(story())


def test_steering_that_cannot_be_is_answered_in_words(tmp_path: Path) -> None:
    socket = tmp_path / "drive.sock"
    drive = SimulatedDrive(socket)

    async def story() -> None:
        async with kept(drive):
            assert await steer(socket, do="fly") == {"problem": "a simulated drive cannot fly"}
            assert "problem" in await steer(socket, do="wrong", label="")
            assert "problem" in await steer(socket, do="wrong")
            await done(socket, do="pull")
            assert "problem" in await steer(socket, do="pull")

    asyncio.run(story())
