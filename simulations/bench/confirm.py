"""`confirm`: from the worker's key to a card that two stations hold, one voter after another.

The floor of a check-in that needs one other station is two disk syncs there and back in a row (the
claim, then promise and card on the other side and here) and two round trips; see `floor_ms`.
"""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from simulations.bench.floors import disk_sync_ms, round_trip_ms
from simulations.demo.officers import Officers
from simulations.demo.setting import (
    Setting,
    draw,
    enrol_stations,
    hold_ceremony,
    install_stations,
    make_package,
)
from simulations.demo.stations import Stations

PLACES = {"c": "1 desk, 1 guard elsewhere", "b": "2 desks", "a": "3 desks"}
SYNCS, ROUND_TRIPS = 4, 2
"""Claim here; promise there; card here; card there: four syncs one after the other, two trips."""


@dataclass(frozen=True)
class Confirmed:
    """Latency of one place's first desk, in milliseconds."""

    place: str
    voters: int
    p50_ms: float
    p99_ms: float
    floor_ms: float


async def measure(root: Path, voters: int) -> list[Confirmed]:
    """Run a province of about `voters` voters on real processes and time its check-ins."""
    setting = draw(root, voters, 11)
    await hold_ceremony(setting)
    await enrol_stations(setting)
    await make_package(setting)
    await install_stations(setting, cut_place="")
    stations = Stations(setting)
    try:
        for name in setting.stations:
            await stations.start(name)
        for name in setting.stations:
            await stations.wait_ready(name)
        await asyncio.sleep(3)
        officers = Officers(setting, stations)
        floor = SYNCS * disk_sync_ms(root) + ROUND_TRIPS * await round_trip_ms()
        return [await _place(setting, stations, officers, place, floor) for place in PLACES]
    finally:
        await stations.stop()


async def _place(
    setting: Setting, stations: Stations, officers: Officers, place: str, floor_ms: float
) -> Confirmed:
    for desk in setting.at(place, "desk"):
        await officers.act(desk, "open")
    desk = setting.at(place, "desk")[0]
    times = []
    for voter in [v for v in setting.voters if v.home == place]:
        found = await stations.ask(desk, "/voters/find", {"code": voter.national_code})
        body = {"voter": found["voters"][0]["voter"], "document": "passport", "means": "typed"}
        began = time.perf_counter()
        answer = await stations.ask(desk, "/check-in", body)
        times.append((time.perf_counter() - began) * 1000)
        assert answer["kind"] == "CardReady", answer
        await stations.ask(desk, "/card-taken", {"number": answer["number"]})
    times.sort()
    p50, p99 = times[len(times) // 2], times[min(len(times) - 1, len(times) * 99 // 100)]
    return Confirmed(PLACES[place], len(times), p50, p99, floor_ms)
