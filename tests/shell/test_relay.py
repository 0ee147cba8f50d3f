"""A desk without a road to its district: a sibling passes its log on, byte for byte."""

import asyncio

import pytest

from node.store import Store
from simulations.demo.officers import Officers
from simulations.demo.stations import Stations

pytestmark = [pytest.mark.xdist_group("province"), pytest.mark.timeout(120)]
HIDDEN, SIBLING, DISTRICT = "b-desk-1", "b-desk-2", "d-north"


def restrict(province, name, peers):
    """Let `name` know only these peers, and find nobody by itself; the settings as they were."""
    path = province.folder(name) / "station.toml"
    before = path.read_text("utf-8")
    kept = [line for line in before.splitlines() if not line.startswith(("peers", "mdns ="))]
    known = ", ".join(f'["{peer}", "127.0.0.1:{province.ports[peer]}"]' for peer in peers)
    path.write_text("\n".join([*kept, f"peers = [{known}]", "mdns = false"]) + "\n", "utf-8")
    for file in province.folder(name).glob("log.db*"):
        file.unlink()
    return path, before


def test_a_log_reaches_the_district_through_a_sibling_byte_for_byte(province):
    kept = [
        restrict(province, HIDDEN, [SIBLING]),
        restrict(province, SIBLING, [HIDDEN, DISTRICT]),
        restrict(province, DISTRICT, [SIBLING]),
    ]

    async def run():
        stations = Stations(province)
        try:
            for name in (HIDDEN, SIBLING, DISTRICT):
                await stations.start(name)
            for name in (HIDDEN, SIBLING, DISTRICT):
                await stations.wait_ready(name)
            await Officers(province, stations).act(HIDDEN, "open")
            async with asyncio.timeout(20):
                while not await district_sees_it_open(stations):
                    await asyncio.sleep(0.05)
            status = await stations.ask(HIDDEN, "/status")
            states = {peer["station"]: peer["state"] for peer in status["peers"]}
            assert (states[SIBLING], states[DISTRICT]) == ("connected", "never seen")
        finally:
            await stations.stop()

    try:
        asyncio.run(run())
        author, copy = logs_of(province, HIDDEN), logs_of(province, DISTRICT)
        origin = next(name for name in author if f"/{HIDDEN}/" in name)
        assert len(author[origin][0]) == 2
        assert copy[origin] == author[origin]
    finally:
        for path, before in kept:
            path.write_text(before, "utf-8")


async def district_sees_it_open(stations):
    figures = await stations.ask(DISTRICT, "/figures")
    desks = {desk["desk"]: desk["polls"] for place in figures["places"] for desk in place["desks"]}
    return desks[HIDDEN] == "open"


def logs_of(province, name):
    """Entries and newest checkpoint of every log that a station holds."""
    store = Store(province.folder(name) / "log.db")
    held = {origin: (entries, note) for origin, entries, note in store.logs()}
    store.close()
    return held
