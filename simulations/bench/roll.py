"""`roll`: from the registry's CSV to a desk that finds its voters, by the very commands, timed.

The floor of an import is what SQLite takes for the same rows in the same order
(`simulations.bench.store_floor`); reading, checking, keyed hashes, sorting, the Merkle root and
Python's start are on top. Look-ups go through the running desk's socket one after another, for
people drawn at random: by code, and by the first letters of a name among the desk's own place,
which has half of the roll.
"""

import random
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simulations.bench.floors import round_trip_ms
from simulations.bench.store_floor import refill_seconds
from simulations.demo.setting import (
    KEEPER,
    Setting,
    command,
    draw,
    enrol_stations,
    hold_ceremony,
    sign_package,
)
from simulations.demo.stations import Stations
from simulations.voters import Voter

DESK = "a-desk-1"
LOOK_UPS = 1_000
PREFIX_LETTERS = (2, 3, 5, 8)


@dataclass(frozen=True)
class Imported:
    """One roll: seconds of whole commands, rows of the database, look-ups in milliseconds.

    `_cpu_s` is what a command's process used: on a busy machine the rest was waiting.
    """

    lines: int
    package_new_s: float
    package_new_cpu_s: float
    install_s: float
    install_cpu_s: float
    floor_rows: int
    floor_s: float
    floor_cpu_s: float
    round_trip_ms: float
    code_p50_ms: float
    code_p99_ms: float
    name_p50_ms: float
    name_p99_ms: float
    name_max_ms: float


async def measure(root: Path, lines: int) -> Imported:
    """Make a roll of so many lines, a package with it, one desk; import, then look people up."""
    setting = draw(root, lines, 11)
    await hold_ceremony(setting)
    await enrol_stations(setting)
    roll = ("--roll", root / "roll.csv", "--roll-key", setting.key(KEEPER, "roll"))
    options = (*roll, "--pin-file", setting.envelope(KEEPER))
    made = await _timed(
        *("package", "new", setting.package, "--province", root / "province.toml"),
        *("--ceremony", setting.ceremony, "--enrolments", root / "stations", *options),
        *("--codes", root / "spare-codes.txt"),
    )
    await sign_package(setting)
    desk = setting.folder(DESK)
    trusted = ("--package", setting.package, "--trust", setting.sheet)
    installed = await _timed("station", "install", desk, *trusted, *options)
    floor = refill_seconds(desk / "roll.db", root / "floor.db")
    codes, names = await _look_ups(setting)
    return Imported(
        lines,
        *made,
        *installed,
        *floor,
        await round_trip_ms(),
        *(_at(codes, share) for share in (0.5, 0.99)),
        *(_at(names, share) for share in (0.5, 0.99, 1)),
    )


async def _timed(*words: object) -> tuple[float, float]:
    """Seconds that a command took, and of the processor that it used."""
    began, used = time.perf_counter(), _children_s()
    await command(*words)
    return time.perf_counter() - began, _children_s() - used


def _children_s() -> float:
    """Processor seconds of all processes that were started here and have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


async def _look_ups(setting: Setting) -> tuple[list[float], list[float]]:
    """Milliseconds of each look-up, by code and by name, sorted."""
    chance = random.Random(5)
    drawn = chance.choices([v for v in setting.voters if v.home == "a"], k=LOOK_UPS)
    stations = Stations(setting)
    try:
        await stations.start(DESK)
        await stations.wait_ready(DESK)
        by_code = [await _one(stations, {"code": v.national_code}, v) for v in drawn]
        by_name = [
            await _one(stations, {"name": v.name[: chance.choice(PREFIX_LETTERS)]}) for v in drawn
        ]
    finally:
        await stations.stop()
    return sorted(by_code), sorted(by_name)


async def _one(stations: Stations, body: object, expected: Voter | None = None) -> float:
    began = time.perf_counter()
    answer = await stations.ask(DESK, "/voters/find", body)
    took_ms = (time.perf_counter() - began) * 1000
    found = [voter["name"] for voter in answer["voters"]]
    assert found, (body, answer)
    assert expected is None or found == [expected.name], (body, answer)
    return took_ms


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
