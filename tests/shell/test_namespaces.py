"""Stations on a network that misbehaves: real processes, each in a network namespace of its own.

What a place must survive: any order of start, another address, a loose cable, frames that pass one
way only, multicast that is blocked, twenty stations at once. Skipped without root.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from simulations.demo import setting as demo_setting
from simulations.demo.officers import Officers
from simulations.demo.setting import (
    Setting,
    draw,
    enrol_stations,
    hold_ceremony,
    install_stations,
    make_package,
)
from tests.peers.lan import Lan, LanStations, lan

pytestmark = [pytest.mark.xdist_group("namespaces"), pytest.mark.timeout(360)]
DESKS = ("a-desk-1", "a-desk-2", "a-desk-3")
BOXES = ("a-box-1", "a-box-2")
FIRST, SECOND, THIRD = DESKS
CROWD = [f"b-desk-{i}" for i in range(1, 17)] + [f"b-box-{i}" for i in range(1, 5)]


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    """The example province with twenty stations at its second place."""
    root: Path = tmp_path_factory.mktemp("crowd")
    text = demo_setting.PROVINCE.read_text("utf-8")
    for name in CROWD:
        if f'id = "{name}"' not in text:
            kind = "box" if "box" in name else "desk"
            text += f'\n[[stations]]\nid = "{name}"\nkind = "{kind}"\nat = "b"\n'
    example = root / "example.toml"
    example.write_text(text, "utf-8")

    async def prepare() -> Setting:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(demo_setting, "PROVINCE", example)
            setting = draw(root / "province", 60, 5)
        await hold_ceremony(setting)
        await enrol_stations(setting)
        await make_package(setting)
        await install_stations(setting, "none")
        return setting

    return asyncio.run(prepare())


@pytest.fixture
def net() -> Iterator[Lan]:
    with lan() as made:
        yield made


def run(stations: LanStations, check: Callable[[], Awaitable[None]]) -> None:
    """Run `check` and end the stations whatever it finds."""

    async def whole() -> None:
        try:
            await check()
        finally:
            await stations.stop()

    asyncio.run(whole())


def test_twenty_stations_started_in_any_order_find_each_other_and_hold_every_log(
    net: Lan, crowded: Setting, record_property: Callable[[str, object], None]
) -> None:
    names = list(CROWD)
    random.Random(20).shuffle(names)
    stations = LanStations(crowded, net, names)

    async def check() -> None:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        await stations.start_all()
        started_s = loop.time() - began_s
        await stations.until(stations.have_converged, limit_s=90)
        converged_s = loop.time() - began_s
        sizes = {name: (await stations.ask(name, "/status"))["log_size"] for name in names}
        assert all(size >= 1 for size in sizes.values()), sizes
        before_s, at_s = stations.cpu_s(names[0]), loop.time()
        await asyncio.sleep(8)
        idle = (stations.cpu_s(names[0]) - before_s) / (loop.time() - at_s)
        record_property("all 20 answer after s", round(started_s, 1))
        record_property("all 20 converged after s", round(converged_s, 1))
        record_property("CPU of one idle station among 20", round(idle, 3))
        print(f"answer {started_s:.1f} s, converged {converged_s:.1f} s, idle CPU {idle:.3f}")
        assert idle < 0.25

    run(stations, check)


def test_blocked_multicast_is_no_loss_once_it_passes_and_a_new_address_is_found(
    net: Lan, crowded: Setting
) -> None:
    stations = LanStations(crowded, net, DESKS)

    async def check() -> None:
        net.block_multicast()
        stations.settle(FIRST, [SECOND])
        await stations.start_all()
        took_s = await stations.until(lambda: stations.are_linked(FIRST, SECOND))
        print(f"linked by a set address after {took_s:.1f} s")
        third = (await stations.peers(THIRD))[FIRST]
        assert (third["state"], third["why"].split(".")[0]) == (
            "never seen",
            "Nobody has said where it is",
        )
        net.heal()
        took_s = await stations.until(stations.have_converged)
        print(f"multicast passes again: all linked after {took_s:.1f} s")
        net.move(SECOND, "10.77.0.99")
        took_s = await stations.until(lambda: has_address(stations, THIRD, SECOND, "10.77.0.99"))
        took_s += await stations.until(stations.have_converged)
        print(f"another address: all linked after {took_s:.1f} s")

    run(stations, check)


async def has_address(stations: LanStations, name: str, peer: str, host: str) -> bool:
    """Does `name` show a link with `peer` at its new address?"""
    view = (await stations.peers(name))[peer]
    return bool(view["state"] == "connected" and view["address"].startswith(host))


def test_a_loose_cable_and_frames_that_pass_one_way_only_lose_nothing(
    net: Lan, crowded: Setting
) -> None:
    stations = LanStations(crowded, net, (*DESKS, *BOXES))

    async def are_apart() -> bool:
        states = await stations.states(FIRST), await stations.states(SECOND)
        return (states[0][SECOND], states[1][FIRST]) == ("apart", "apart")

    async def nothing_waits_from_the_third() -> bool:
        view = (await stations.peers(SECOND))[THIRD]
        return view["state"] == "connected" and not view["waiting_in"]

    async def first_is_open() -> bool:
        return bool((await stations.ask(FIRST, "/status"))["polls"] == "open")

    async def check() -> None:
        await stations.start_all()
        print(f"all linked after {await stations.until(stations.have_converged):.1f} s")
        for _ in range(4):
            net.unplug(FIRST)
            await asyncio.sleep(0.3)
            net.plug(FIRST)
            await asyncio.sleep(0.3)
        print(f"after a loose cable: {await stations.until(stations.have_converged):.1f} s")
        net.drop(FIRST, SECOND)
        print(f"one way cut: noticed after {await stations.until(are_apart):.1f} s")
        before = (await stations.ask(FIRST, "/status"))["log_size"]
        await Officers(crowded, stations).act(FIRST, "open")
        await stations.until(first_is_open)
        waiting = (await stations.peers(FIRST))[SECOND]["waiting_out"]
        assert waiting >= (await stations.ask(FIRST, "/status"))["log_size"] - before
        await stations.until(nothing_waits_from_the_third)
        net.heal()
        print(f"both ways again: {await stations.until(stations.have_converged):.1f} s")

    run(stations, check)


def test_who_was_stopped_has_left_and_who_was_killed_is_apart(net: Lan, crowded: Setting) -> None:
    stations = LanStations(crowded, net, DESKS)

    async def check() -> None:
        await stations.start_all()
        await stations.until(stations.have_converged)
        stations._processes[SECOND].terminate()
        await stations.kill(THIRD)

        async def both_are_gone() -> bool:
            states = await stations.states(FIRST)
            return states == {SECOND: "left", THIRD: "apart"}

        print(f"noticed after {await stations.until(both_are_gone):.1f} s")
        assert (await stations.peers(FIRST))[SECOND]["why"].startswith("It was stopped there.")
        await stations.start(THIRD)
        await stations.wait_ready(THIRD)
        took_s = await stations.until(lambda: stations.are_linked(FIRST, THIRD))
        print(f"started again: linked after {took_s:.1f} s")

    run(stations, check)
