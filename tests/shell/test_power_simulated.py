"""Steering a simulated power source, lid board or receiver: what cannot be is said in words.

All of them listen to whoever steers also while they are unplugged.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hw.lid.simulated import SimulatedLid
from hw.peripheral import Peripheral
from hw.power.simulated import SimulatedPower
from hw.time_source.simulated import SimulatedTime
from tests.peers.waiting import done, kept, steer, until

Make = Callable[[Path], Peripheral]

MAKERS: dict[str, Make] = {
    "UPS": lambda socket: SimulatedPower(socket, lambda reading: None),
    "lid board": lambda socket: SimulatedLid(socket, lambda changed: None),
    "receiver": SimulatedTime,
}


@pytest.mark.parametrize("name", MAKERS)
def test_each_is_steered_also_while_unplugged(tmp_path: Path, name: str) -> None:
    async def story() -> None:
        socket = tmp_path / "steer.sock"
        peripheral = MAKERS[name](socket)
        async with kept(peripheral):
            await until(lambda: peripheral.state.standing == "ready")
            assert await steer(socket, do="fly") == {"problem": f"a simulated {name} cannot fly"}
            await done(socket, do="unplug")
            await until(lambda: peripheral.state.standing == "unplugged")
            assert await steer(socket, do="fly") == {"problem": f"a simulated {name} cannot fly"}
            await done(socket, do="plug")
            await until(lambda: peripheral.state.standing == "ready")
        assert not socket.exists()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("UPS", {"do": "battery"}),
        ("UPS", {"do": "battery", "percent": 101, "minutes": 5}),
        ("UPS", {"do": "battery", "percent": 50, "minutes": -1}),
        ("UPS", {"do": "battery", "percent": "half", "minutes": 5}),
        ("receiver", {"do": "offset"}),
        ("receiver", {"do": "offset", "ms": 10**15}),
        ("receiver", {"do": "offset", "ms": None}),
    ],
)
def test_values_that_cannot_be_change_nothing(
    tmp_path: Path, name: str, command: dict[str, Any]
) -> None:
    async def story() -> None:
        socket = tmp_path / "steer.sock"
        peripheral = MAKERS[name](socket)
        async with kept(peripheral):
            await until(lambda: peripheral.state.standing == "ready")
            assert "problem" in await steer(socket, **command)
            assert peripheral.state.standing == "ready"

    asyncio.run(story())
