"""Logs as C2SP tlog-tiles: from every kind of station, over TLS, to auditors and nobody else.

Real stations run as processes; the auditor is a plain HTTP client that knows nothing but the
format, and what it fetched is judged by the project's verifier.
"""

import asyncio
import contextlib
import json
import shutil
import ssl
import threading

import aiohttp
import pytest

from node.certificates import certificate_pem, load_identity, make_certificate
from node.state_api import StateIndex
from node.state_folder import read_state
from node.station_files import read_station_key
from simulations.demo.stations import Stations
from sync.encoding import decode
from sync.interest import wants
from sync.key_file import open_key_file
from sync.package_rules import read_package
from sync.tiles import entry_tiles
from sync.trust import parse_trust
from tests.conftest import run_pollmesh
from tests.shell.test_tiles_served import hash_paths

DESK, BOX, DISTRICT, AUDITOR = "a-desk-1", "a-box-1", "d-north", "supervisor-1"
RUNNING = (DESK, "a-desk-2", BOX, "a-box-2", DISTRICT)


class Auditor:
    """A client with one key and the pin of the station that it asks."""

    def __init__(self, province, seed, name):
        self.province, self.seed, self.name = province, seed, name
        path = province.package / "package.json"
        self.package = read_package(path.read_bytes(), str(path))

    @contextlib.asynccontextmanager
    async def at(self, station):
        """`get(path) -> (status, headers, bytes)` of one station."""
        pinned = self.package.stations_by_id[station].certificate
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(cadata=certificate_pem(pinned))
        load_identity(context, self.seed, make_certificate(self.seed, self.name))
        base = f"https://127.0.0.1:{self.province.ports[station]}"

        async def get(path):
            async with session.get(base + path) as answer:
                return answer.status, answer.headers, await answer.read()

        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:
            yield get


def wanted_by(package, name):
    """The logs, of those that run, that this station holds by the rules of the package."""
    stations = package.stations_by_id
    return sorted(one for one in RUNNING if wants(package, stations[name], stations[one]))


def auditor(province):
    """The supervisor of the ceremony, with the key from its envelope."""
    path = province.key(AUDITOR, "supervisor")
    words = province.envelope(AUDITOR).read_text("utf-8").splitlines()
    pin = next(line for line in words if line.startswith("PIN:")).removeprefix("PIN:").strip()
    opened = open_key_file(path.read_bytes(), pin, str(path))
    return Auditor(province, opened.signer.seed, AUDITOR)


@pytest.fixture(scope="module")
def served(province):
    """`ask(story)`: run `await story(stations)` beside five stations that hold their logs."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    stations = Stations(province)

    async def start():
        for name in RUNNING:
            await stations.start(name)
        for name in RUNNING:
            await stations.wait_ready(name)
        async with asyncio.timeout(90):
            while not await _all_hold(stations):
                await asyncio.sleep(0.1)

    def ask(story):
        return asyncio.run_coroutine_threadsafe(story(stations), loop).result(120)

    try:
        asyncio.run_coroutine_threadsafe(start(), loop).result(150)
        yield ask
        assert sorted(stations.alive()) == sorted(RUNNING)
    finally:
        asyncio.run_coroutine_threadsafe(stations.stop(), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _all_hold(stations):
    """Does every one of them hold all logs that it wants of those that run?"""
    for name in RUNNING:
        status = await stations.ask(name, "/status")
        there = {p["station"]: p for p in status["peers"] if p["station"] in RUNNING}
        linked = all(p["state"] == "connected" and not p["waiting_in"] for p in there.values())
        if not linked or not status["log_size"]:
            return False
    return True


async def fetch(get, folder):
    """Everything that a station gives as tiles, into `folder`; names of the logs."""
    index = decode((await get("/state/index"))[2], StateIndex, "index")
    for log in index.logs:
        base = f"/log/{log.station}/{log.epoch}"
        target = folder / "logs" / log.station / str(log.epoch)
        status, headers, note = await get(f"{base}/checkpoint")
        assert (status, headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
        size = int(note.split(b"\n", 2)[1])
        paths = [path for path, _, _ in entry_tiles(size)]
        paths += hash_paths(size)
        for path, data in [("checkpoint", note)] + [
            (path, (await get(f"{base}/{path}"))[2]) for path in paths
        ]:
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_bytes(data)
    return sorted(log.station for log in index.logs)


@pytest.mark.xdist_group("province")
@pytest.mark.timeout(180)
def test_what_an_auditor_fetches_as_tiles_from_each_kind_of_station_verifies(
    province, served, tmp_path
):
    asking = auditor(province)
    trust = parse_trust([province.sheet.read_text("utf-8")])

    async def story(stations):
        given = {}
        for name in (DESK, BOX, DISTRICT):
            folder = tmp_path / name
            folder.mkdir()
            for file in ("package.json", "package.note", "roll.index"):
                shutil.copy(province.package / file, folder / file)
            async with asking.at(name) as get:
                given[name] = await fetch(get, folder)
        return given

    given = served(story)
    assert given == {name: wanted_by(asking.package, name) for name in given}
    assert given[BOX] == ["a-box-1", "a-box-2"], "a box gives logs of boxes and nothing else"
    for name, logs in given.items():
        state = read_state(tmp_path / name, trust)
        assert state.problems == []
        assert sorted(log.station for log in state.logs.values()) == logs


@pytest.mark.xdist_group("province")
@pytest.mark.timeout(180)
def test_a_station_and_a_stranger_read_no_log_and_are_told_so(province, served):
    key = read_station_key(province.folder("a-desk-2"))
    station = Auditor(province, bytes.fromhex(key.seed), "a-desk-2")
    stranger = Auditor(province, b"\x07" * 32, AUDITOR)

    async def story(stations):
        async with station.at(DESK) as get:
            refused = [
                (await get(path))[::2]
                for path in (
                    f"/log/{DESK}/0/checkpoint",
                    f"/log/{DESK}/0/tile/entries/000.p/1",
                    "/state/index",
                )
            ]
            hello = json.loads((await get("/hello"))[2])
        with pytest.raises((aiohttp.ClientError, ConnectionError)):
            async with stranger.at(DESK) as get:
                await get(f"/log/{DESK}/0/checkpoint")
        status = await stations.ask(DESK, "/status")
        return refused, hello["station"], status["refusals"], status["last_refusal"]

    refused, name, counted, last = served(story)
    words = b"Only a supervisor of this package may pull."
    assert refused == [(403, words)] * 3
    assert name == DESK
    assert counted["no supervisor"] == 3
    assert counted["stranger"] >= 1, "a client tries again"
    assert last.startswith("a stranger:")


@pytest.mark.xdist_group("province")
@pytest.mark.timeout(180)
def test_pull_takes_from_any_station_and_a_box_gives_boxes_only(province, served, tmp_path):
    options = (
        *("--package", province.package, "--trust", province.sheet),
        *("--key", province.key(AUDITOR, "supervisor")),
        *("--pin-file", province.envelope(AUDITOR), "--json"),
    )

    async def story(stations):
        done = {}
        for name in (DESK, BOX, DISTRICT):
            source = f"{name}@127.0.0.1:{province.ports[name]}"
            done[name] = await asyncio.to_thread(
                run_pollmesh, "pull", source, tmp_path / name, *options
            )
        wrong = list(options)
        wrong[5] = province.key("a-executive", "officer")
        wrong[7] = province.envelope("a-executive")
        done["officer"] = await asyncio.to_thread(
            run_pollmesh, "pull", source, tmp_path / "officer", *wrong
        )
        return done

    done = served(story)
    for name in (DESK, BOX, DISTRICT):
        assert done[name].returncode == 0, done[name].stderr
    logs = {name: json.loads(done[name].stdout)["logs"] for name in (DESK, BOX, DISTRICT)}
    package = auditor(province).package
    assert logs == {name: len(wanted_by(package, name)) for name in logs}
    assert done["officer"].returncode == 1
    assert "Only a supervisor's key pulls." in " ".join(done["officer"].stderr.split())
    verdict = run_pollmesh("verify", tmp_path / BOX, "--trust", province.sheet)
    assert verdict.returncode == 2, "every byte holds, the other logs are missing"
    assert "does not verify" not in verdict.stdout + verdict.stderr
