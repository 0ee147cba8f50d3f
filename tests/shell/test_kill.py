"""SIGKILL at any moment: what was answered is in the log, and the log goes on where it was."""

import asyncio
import contextlib
import random

import aiohttp
import pytest

from node.store import Store
from simulations.demo.officers import Officers
from simulations.demo.stations import Stations
from sync.check_ins import CheckIns
from sync.checkpoint import open_checkpoint
from sync.entries import CardIssued, VoterCheckedIn
from sync.meaning import meaning
from sync.package_rules import read_package

pytestmark = [pytest.mark.xdist_group("province"), pytest.mark.timeout(120)]
DESKS = ["b-desk-1", "b-desk-2"]
assert CheckIns


def test_a_desk_killed_five_times_loses_nothing_it_answered(province):
    chance = random.Random(9)
    voters = [voter for voter in province.voters if voter.home == "b"]
    answered: dict[int, str] = {}

    async def serve(stations):
        for voter in voters:
            with contextlib.suppress(aiohttp.ClientError, OSError):
                found = await stations.ask(DESKS[0], "/voters/find", {"code": voter.national_code})
                key = found["voters"][0]["voter"]
                body = {"voter": key, "document": "passport", "means": "typed"}
                card = await stations.ask(DESKS[0], "/check-in", body)
                if card["kind"] == "CardReady":
                    answered[card["number"]] = key
                    await stations.ask(DESKS[0], "/card-taken", {"number": card["number"]})

    async def run():
        stations = Stations(province)
        try:
            for name in DESKS:
                await stations.start(name)
            for name in DESKS:
                await stations.wait_ready(name)
                await Officers(province, stations).act(name, "open")
            for _ in range(5):
                serving = asyncio.create_task(serve(stations))
                await asyncio.sleep(chance.uniform(0.05, 0.4))
                await stations.kill(DESKS[0])
                await serving
                await stations.start(DESKS[0])
                await stations.wait_ready(DESKS[0])
            await serve(stations)
            await _agree(stations)
        finally:
            await stations.stop()

    asyncio.run(run())
    assert len(answered) == len(voters)
    _check_logs(province, answered)


async def _agree(stations):
    """Until the sibling acknowledged everything."""
    async with asyncio.timeout(20):
        while (await stations.ask(DESKS[0], "/status"))["single_copy"]:
            await asyncio.sleep(0.05)


def _check_logs(province, answered):
    path = province.package / "package.json"
    package = read_package(path.read_bytes(), str(path))
    station = package.stations_by_id[DESKS[0]]
    origin = f"pollmesh/{package.day}/{DESKS[0]}/0"
    held = {}
    for name in DESKS:
        store = Store(province.folder(name) / "log.db")
        logs = {found: (entries, note) for found, entries, note in store.logs()}
        held[name] = logs[origin]
        store.close()
    entries, note = held[DESKS[0]]
    assert entries == held[DESKS[1]][0]
    assert open_checkpoint(note, station.key).size == len(entries)
    meanings = [meaning(package, station, origin, i, data) for i, data in enumerate(entries)]
    cards = {
        entry.number: meanings[entry.check_in].voter
        for entry in meanings
        if isinstance(entry, CardIssued)
    }
    assert cards == answered
    checked_in = [entry.voter for entry in meanings if isinstance(entry, VoterCheckedIn)]
    assert len(checked_in) == len(set(checked_in)) == len(answered)
