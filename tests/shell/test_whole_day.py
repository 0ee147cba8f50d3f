"""One real day: twelve processes, a cut, a SIGKILL, second votes, returns, pull, verification."""

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys

import aiohttp
import pytest

from simulations.demo.setting import environment
from tests.conftest import DEMO_VOTERS

pytestmark = [pytest.mark.xdist_group("day"), pytest.mark.timeout(240)]


def test_a_whole_day_counts_every_ballot_once_though_a_desk_is_killed(finished_day):
    result = finished_day.result
    assert finished_day.exit_code == 0, finished_day.output
    assert result["counted"] == result["expected"]
    assert sum(map(sum, (votes.values() for votes in result["counted"].values()))) > DEMO_VOTERS
    assert result["verified"] is True
    assert result["voters"] == result["checked_in"] == result["issued"] == DEMO_VOTERS
    assert result["second_attempts"] == result["second_refused"] >= 5
    assert result["stations"] == 12


def test_the_last_line_of_json_has_the_promised_keys(finished_day):
    assert list(finished_day.result) == [
        "voters",
        "checked_in",
        "issued",
        "cast",
        "second_attempts",
        "second_refused",
        "counted",
        "expected",
        "stations",
        "entries",
        "verified",
        "seconds",
        "seed",
        "devices",
        "pictures",
    ]


def test_no_station_holds_what_the_demo_expects(finished_day):
    """The totals never leave the demo's own process."""
    stations = finished_day.root / "stations"
    found = [path for path in stations.rglob("*") if b'"expected"' in _bytes(path)]
    assert found == []


def test_secrets_of_taken_cards_are_gone_and_private_files_are_private(finished_day):
    for folder in sorted((finished_day.root / "stations").iterdir()):
        for name in ("station.key", "roll-key.sealed", "box.store"):
            if (folder / name).exists():
                assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600, folder / name
        if not (folder / "log.db").exists():
            assert folder.name == "spare-1", "only a spare has never run"
            continue
        database = sqlite3.connect(folder / "log.db")
        assert database.execute("SELECT count(*) FROM secrets").fetchone() == (0,), folder
        database.close()


def test_no_national_code_or_name_lies_on_the_box_side_or_in_any_log(finished_day):
    rows = (finished_day.root / "roll.csv").read_text("utf-8").splitlines()[1:]
    codes = [row.split(",")[0].encode() for row in rows]
    for path in finished_day.root.rglob("*"):
        if path.name in ("roll.csv",) or not path.is_file():
            continue
        data = _bytes(path)
        assert not [code for code in codes if code in data], path


def test_box_logs_say_nothing_about_voters_and_desk_logs_nothing_about_choices(finished_day):
    logs = finished_day.state / "logs"
    for station in sorted(logs.iterdir()):
        data = b"".join(_bytes(path) for path in station.rglob("tile/entries/*") if path.is_file())
        data += b"".join(_bytes(p) for p in station.rglob("tile/entries/*/*") if p.is_file())
        if "-box-" in station.name:
            assert b'"voter"' not in data, station
            assert b"check_in" not in data, station
        else:
            assert b'"votes"' not in data, station
            assert b'"contest"' not in data, station


def _bytes(path):
    return path.read_bytes() if path.is_file() and os.access(path, os.R_OK) else b""


def test_the_district_gives_the_same_tally_document_as_the_pulled_folder(finished_day):
    """Started again from its disk alone, it folds to the same figures."""

    async def ask(folder):
        connector = aiohttp.UnixConnector(str(folder / "node.sock"))
        async with aiohttp.ClientSession(connector=connector) as session:
            async with asyncio.timeout(30):
                while True:
                    try:
                        async with session.get("http://station/tally.automerge") as response:
                            return response.status, await response.read()
                    except aiohttp.ClientError:
                        await asyncio.sleep(0.1)

    folder = finished_day.root / "stations" / "d-north"
    line = [sys.executable, "-m", "node", "station", "run", str(folder)]
    with subprocess.Popen(line, env=environment(), stderr=subprocess.DEVNULL) as process:
        try:
            answer = asyncio.run(ask(folder))
        finally:
            process.terminate()
    assert answer == (200, (finished_day.state / "tally.automerge").read_bytes())
