"""`pollmesh doctor` and `pollmesh station status` on a real folder: node down, node up, and broken.

Each thing that can be broken is broken for real in a copy of a station's folder.
"""

import asyncio
import json
import re
import shutil
import socket
import sqlite3

import pytest
from msgspec.structs import replace
from rich.console import Console

from node.commands.status import show
from node.finding import BROKEN, LOOK, WELL, Finding, exit_code
from node.health import needs_of
from node.store_check import CHECK_FILE, log_sizes, quick_check, write_and_read_back
from node.store_file import StoreError
from simulations.demo.stations import Stations
from sync.entries import decode_entry
from sync.self_test import SelfTested
from tests.conftest import run_pollmesh
from tests.tui.examples import MINUTE_MS, PAPER_OUT, PEERS, PRINTER, STATION

DESK, DISTRICT, ABSENT = "a-desk-1", "d-north", "a-desk-3"
STARTED = (DESK, "a-desk-2", "a-box-1", "a-box-2", DISTRICT)
"""All of the desk's place but one, and its district."""

pytestmark = [pytest.mark.xdist_group("province"), pytest.mark.timeout(180)]


def doctor(folder):
    """Exit code and findings by name (of several of one name, the list)."""
    done = run_pollmesh("doctor", folder, "--json")
    told = json.loads(done.stdout)
    assert told["exit_code"] == done.returncode
    found = {}
    for one in told["findings"]:
        found.setdefault(one["name"], []).append(one)
    return done.returncode, found, told


def marks(found):
    """Name -> marks."""
    return {name: sorted({one["mark"] for one in rows}) for name, rows in found.items()}


@pytest.fixture
def folder(province, tmp_path):
    """A copy of a desk's folder that a test may break."""
    return shutil.copytree(province.folder(DESK), tmp_path / DESK)


def test_a_station_that_does_not_run_is_looked_at_all_the_same(folder):
    code, found, told = doctor(folder)
    assert (code, told["running"], told["entry"]) == (LOOK, False, -1)
    assert marks(found) == {
        "node": ["look"],
        "package": ["ok"],
        "keys": ["ok"],
        "roll": ["ok"],
        "store": ["ok"],
        "disk": ["ok"],
        "space": ["ok"],
        "link port": ["ok"],
        "peer": ["look"],
        "clock": ["ok"],
    }
    assert found["node"][0]["todo"] == f"Start it: pollmesh station run {folder}"
    assert not (folder / CHECK_FILE).exists()


def _wide(folder):
    (folder / "station.key").chmod(0o644)
    return "keys", f"In {folder}: chmod 600 station.key"


def _other_key(folder):
    key = json.loads((folder / "station.key").read_bytes())
    key["seed"] = "07" * 32
    (folder / "station.key").write_text(json.dumps(key, separators=(",", ":")))
    return "keys", "Find the folder that was enrolled."


def _changed_package(folder):
    path = folder / "package.json"
    path.write_bytes(path.read_bytes().replace(b"Khorshid", b"Khorshad", 1))
    return "package", "Install the package again: pollmesh station install."


def _short_roll(folder):
    path = folder / "roll.index"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    return "roll", "Install again with the roll of this package."


def _cut_roll(folder):
    path = folder / "roll.index"
    path.write_bytes(path.read_bytes()[:-3])
    return "roll", "Install again with the roll of this package."


def _broken_store(folder):
    path = folder / "log.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE logs (origin TEXT, size INTEGER)")
        database.executemany("INSERT INTO logs VALUES (?, ?)", [("x" * 900, n) for n in range(90)])
    database.close()
    data = bytearray(path.read_bytes())
    for start in range(4096, len(data), 4096):
        data[start : start + 64] = b"\xff" * 64
    path.write_bytes(data)
    return "store", "Stop this station, keep its disk, put a spare to work."


def _lost_roll_key(folder):
    (folder / "roll-key.sealed").write_bytes(b"\0" * 80)
    (folder / "roll-key.sealed").chmod(0o600)
    return "keys", "Install again with --roll and --roll-key."


@pytest.mark.parametrize(
    "spoil",
    [
        _wide,
        _other_key,
        _changed_package,
        _short_roll,
        _cut_roll,
        _broken_store,
        _lost_roll_key,
    ],
)
def test_what_is_broken_is_said_with_what_to_do(folder, spoil):
    name, todo = spoil(folder)
    code, found, _ = doctor(folder)
    assert code == BROKEN
    (line,) = found[name]
    assert (line["mark"], line["todo"]) == ("broken", todo)
    assert line["words"]


def test_a_device_that_is_away_is_named_though_no_node_runs(folder):
    with (folder / "station.toml").open("a") as settings:
        settings.write('\n[peripherals.scanner]\ndriver = "serial"\nport = "/dev/absent"\n')
    code, found, _ = doctor(folder)
    assert code == BROKEN
    (line,) = found["peripherals"]
    assert (line["mark"], line["words"].split(":")[0]) == ("broken", "scanner unplugged")
    assert line["todo"].endswith("try it: pollmesh hardware test FOLDER NAME")


def test_a_port_that_another_program_has_is_named(folder, province):
    with socket.create_server(("127.0.0.1", province.ports[DESK])):
        code, found, _ = doctor(folder)
    assert code == BROKEN
    (line,) = found["link port"]
    assert line["words"] == f"127.0.0.1:{province.ports[DESK]}: Address already in use"
    assert line["todo"] == "Choose another port in station.toml, or stop what uses it."


def test_a_running_station_tests_itself_writes_it_down_and_its_district_sees_it(province):
    async def run():
        stations = Stations(province)
        try:
            for name in STARTED:
                await stations.start(name)
            for name in STARTED:
                await stations.wait_ready(name)
            return await story(stations)
        finally:
            await stations.stop()

    async def story(stations):
        async with asyncio.timeout(60):
            while not (await stations.ask(DESK, "/status"))["log_size"]:
                await asyncio.sleep(0.1)
            while not await _linked(stations, len(STARTED) - 1):
                await asyncio.sleep(0.1)
        code, found, told = await asyncio.to_thread(doctor, province.folder(DESK))
        again = await stations.ask(DESK, "/self-test", {})
        status = await asyncio.to_thread(run_pollmesh, "station", "status", province.folder(DESK))
        async with asyncio.timeout(30):
            while not _self_test(await stations.ask(DISTRICT, "/figures"), DESK):
                await asyncio.sleep(0.1)
        seen = _self_test(await stations.ask(DISTRICT, "/figures"), DESK)
        return code, found, told, again, status, seen

    code, found, told, again, status, seen = asyncio.run(run())
    assert (told["running"], told["entry"] >= 1) == (True, True)
    answered = {one["words"].split()[0] for one in found["peer"] if one["mark"] == "ok"}
    assert answered == set(STARTED) - {DESK}
    away = {one["words"].split()[0] for one in found["peer"] if one["mark"] == "look"}
    assert away == {ABSENT}
    assert code == LOOK, "one of the place was not started"
    # Other stories that used these folders may have left an alarm, which is shown, too.
    alarms = found.pop("alarm", [])
    assert {name: rows for name, rows in marks(found).items() if rows != ["ok"]} == {
        "peer": ["look", "ok"]
    }
    (clock,) = found["clock"]
    # The district's set address is a relay that is not there; multicast may know a better one.
    assert re.fullmatch(r"within \d+\.\d s of [34] peers", clock["words"])
    assert again["passed"] == [
        *("signature", "store-write", "store-whole", "package", "clock", "space", "roll")
    ]
    assert (again["failed"], again["index"]) == ([], told["entry"] + 1)
    assert seen.startswith("passed at ")
    verdict = status.stdout.splitlines()[-1]
    if any(one["mark"] != "ok" for one in alarms):
        assert (status.returncode, verdict.partition(":")[0]) == (LOOK, "needs a hand")
    else:
        assert (status.returncode, verdict) == (WELL, "healthy")
    assert f"self-test  {seen}" in status.stdout
    assert max(map(len, status.stdout.splitlines())) <= 80
    entry = _entry(province.folder(DESK), province, told["entry"])
    assert (entry.passed, entry.failed) == (tuple(again["passed"]), ())


async def _linked(stations, count):
    peers = (await stations.ask(DESK, "/status"))["peers"]
    return sum(peer["state"] == "connected" for peer in peers) >= count


def _self_test(figures, desk):
    rows = [row for place in figures["places"] for row in place["desks"] if row["desk"] == desk]
    return rows[0]["self_test"]


def _entry(folder, province, index):
    """One entry of a station's own log, from its disk."""
    with sqlite3.connect(folder / "log.db") as database:
        rows = database.execute(
            "SELECT entry FROM tail WHERE origin LIKE ? AND idx = ?", (f"%/{DESK}/%", index)
        ).fetchall()
    database.close()
    entry = decode_entry(rows[0][0], "desk", "log")
    assert isinstance(entry, SelfTested)
    return entry


def test_the_status_of_a_station_that_does_not_run_says_so_and_what_its_folder_shows(folder):
    done = run_pollmesh("station", "status", folder)
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == "TRAINING DAY: nothing done here counts"
    assert done.stdout.splitlines()[-1] == (
        f"needs a hand: its node does not run. Start it: pollmesh station run {folder}"
    )
    told = json.loads(run_pollmesh("station", "status", folder, "--json").stdout)
    assert (told["running"], told["answers"], told["station"], told["kind"]) == (
        False,
        False,
        DESK,
        "desk",
    )
    assert told["problem"] == ""


# --- the rules behind the lines


def test_the_worst_mark_is_the_exit_code():
    ok, look, broken = (Finding("x", mark, "") for mark in ("ok", "look", "broken"))
    assert [exit_code(rows) for rows in ([], [ok], [ok, look], [look, broken, ok])] == [
        WELL,
        WELL,
        LOOK,
        BROKEN,
    ]


def test_what_needs_a_hand_is_said_and_being_apart_for_a_moment_is_not():
    calm = replace(STATION, peers=PEERS[:2])
    assert needs_of(calm) == []
    moment = replace(PEERS[2], since_ms=STATION.now_ms - 9 * MINUTE_MS)
    assert needs_of(replace(STATION, peers=(*PEERS[:2], moment))) == []
    found = needs_of(
        replace(
            STATION,
            problem="Frozen. Call the district.",
            alarms=("Double check-in for council: here and there",),
            peripherals=(PRINTER, replace(PAPER_OUT, name="second")),
            free_bytes=200_000_000,
            self_test="failed at 2026-11-27T05:12Z: clock",
        )
    )
    assert [need.kind for need in found] == [
        *("stopped", "alarm", "apart", "device", "disk", "self-test")
    ]
    assert found[2].words == ("a-desk-3: apart for 12 min. No answer.")


def test_apart_from_everybody_is_one_line_and_none_once_the_log_is_sealed():
    away = tuple(
        replace(peer, state="apart", since_ms=STATION.now_ms - 30 * MINUTE_MS) for peer in PEERS
    )
    (need,) = needs_of(replace(STATION, peers=away))
    assert need.words.startswith("Apart from all 3 stations for 30 min.")
    assert needs_of(replace(STATION, peers=away, polls="final")) == []


def test_the_page_of_a_busy_station_fits_80_columns_and_ends_with_the_verdict():
    view = replace(STATION, peripherals=(PRINTER, PAPER_OUT), needs=("One thing. Do it.",))
    console = Console(width=80, record=True, highlight=False, markup=False)
    with console.capture() as caught:
        show(view, console)
    lines = caught.get().splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[-2:] == ["!  One thing. Do it.", "needs a hand: 1 thing, above behind a !"]
    assert lines[0] == "TRAINING DAY: nothing done here counts"


def test_a_disk_is_tried_with_a_file_of_its_own_that_is_gone_afterwards(tmp_path):
    assert write_and_read_back(tmp_path) >= 0
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(StoreError, match="Check that the folder exists"):
        write_and_read_back(tmp_path / "absent")


def test_a_file_that_is_no_database_does_not_pass(tmp_path):
    (tmp_path / "log.db").write_bytes(b"no database" * 1000)
    assert quick_check(tmp_path / "log.db") == "file is not a database"
    with pytest.raises(StoreError, match="put a spare to work"):
        log_sizes(tmp_path / "log.db")
