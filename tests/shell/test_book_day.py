"""The book of a place with real stations: printed, gone on with two keys, killed, verified."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from node.state_folder import SUMMARY_FILE
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
from tests.conftest import run_pollmesh
from tests.shell.test_station_peripherals import play, until

pytestmark = [pytest.mark.xdist_group("book"), pytest.mark.timeout(180)]

DESK, SIBLING, DISTRICT = "b-desk-1", "b-desk-2", "d-north"
WORKER = {"worker": "w-17", "pin": "482135"}


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    """A province with simulated printers; the first desk of place b asks workers to log in."""

    async def prepare() -> Setting:
        made = draw(tmp_path_factory.mktemp("bk"), 40, 6, peripherals=True)
        await hold_ceremony(made)
        await enrol_stations(made)
        await make_package(made)
        await install_stations(made, "c")
        settings = made.folder(DESK) / "station.toml"
        settings.write_text(
            f"worker_login = true\nlock_after_s = 600\n{settings.read_text('utf-8')}", "utf-8"
        )
        return made

    return asyncio.run(prepare())


async def write(stations: Stations, name: str, path: str, body: object) -> dict[str, Any]:
    """It must be done."""
    answer: dict[str, Any] = await stations.ask(name, path, body)
    assert answer["kind"] == "Done", answer
    return answer


async def pollmesh(*words: object) -> Any:
    """One command beside the stations that run."""
    return await asyncio.to_thread(run_pollmesh, *words)


def keys(setting: Setting) -> list[object]:
    """Both officers of place b, with their envelopes."""
    words: list[object] = []
    for authority in ("executive", "supervisory"):
        words += ["--key", setting.key(f"b-{authority}", "officer")]
        words += ["--pin-file", setting.envelope(f"b-{authority}")]
    return words


def voter_codes(setting: Setting) -> list[str]:
    return [voter.national_code for voter in setting.voters if voter.home == "b"]


async def check_in(stations: Stations, name: str, code: str) -> dict[str, Any]:
    found = await stations.ask(name, "/voters/find", {"code": code})
    body = {"voter": found["voters"][0]["voter"], "document": "passport", "means": "typed"}
    answer: dict[str, Any] = await stations.ask(name, "/check-in", body)
    return answer


def test_a_day_of_the_book_from_the_login_to_the_verified_summary(
    setting: Setting, tmp_path: Path
) -> None:
    first, second, third = voter_codes(setting)[:3]
    folder = setting.folder(DESK)

    async def story(stations: Stations) -> None:
        officers = Officers(setting, stations)
        for name in (DESK, SIBLING):
            await officers.act(name, "open")
        locked = await stations.ask(DESK, "/voters/find", {"code": first})
        assert (locked["kind"], locked["reason"]) == ("Refused", "locked")
        told = await pollmesh("station", "book", folder)
        assert (told.returncode, "This desk is locked." in told.stderr) == (1, True)
        await write(stations, DESK, "/workers/enrol", WORKER)
        await write(stations, DESK, "/workers/on", WORKER)
        assert (await check_in(stations, DESK, first))["kind"] == "CardReady"

        body = {"about": "incident", "by": "worker", "text": "برق دو دقیقه رفت."}
        assert (await write(stations, DESK, "/book/write", body))["words"] == (
            "Incident 1 is written at b-desk-1."
        )

        async def is_on_paper() -> list[Path]:
            return sorted((folder / "printer-paper").glob("*incident-1*.png"))

        assert len(await until(is_on_paper)) == 1

        await write(stations, SIBLING, "/book/pause", {"because": "moved", "words": "the roof"})

        async def is_paused() -> bool:
            return bool((await stations.ask(DESK, "/status"))["paused"])

        await until(is_paused)
        assert (await check_in(stations, DESK, second))["reason"] == "paused"
        act = ("act", "resume", folder, *keys(setting), "--yes")
        told = await pollmesh(*act)
        assert (told.returncode, "write where it is now" in told.stderr) == (1, True), told.stderr
        told = await pollmesh(*act, "--detail", "item=the box")
        assert "'resume' takes no --detail item=" in told.stderr
        told = await pollmesh(*act, "--detail", "at=the  school")
        assert told.returncode == 0, told.stderr
        assert "The place goes on: written at b-desk-1." in told.stderr
        assert (await check_in(stations, DESK, second))["kind"] == "CardReady"

        words = ["act", "custody", folder, *keys(setting), "--yes"]
        words += ["--detail", "item=spare cards", "--detail", "giver=b-executive"]
        told = await pollmesh(*words, "--detail", "taker=w-17")
        assert told.returncode == 0, told.stderr

        await stations.kill(DESK)
        await stations.start(DESK)
        await stations.wait_ready(DESK)
        view = await stations.ask(DESK, "/status")
        assert (view["locked"], view["worker"]) == (True, "w-17")
        await write(stations, DESK, "/workers/on", WORKER)
        paper = {"sheet": 3, "line": 4, "code": third, "document": "passport"}
        await write(stations, DESK, "/book/paper", paper)
        await write(stations, DESK, "/book/queue", {"waiting": 14})
        await officers.act(DESK, "close")

        async def has_all() -> Any:
            shown = await pollmesh("station", "book", setting.folder(SIBLING), "--json")
            assert shown.returncode == 0, shown.stderr
            book = json.loads(shown.stdout)
            return book if book["counts"]["queue"] == 14 else None

        book = await until(has_all)
        said = [(line["station"], line["what"]) for line in reversed(book["lines"])]
        assert [what for station, what in said if station == SIBLING] == ["pause"]
        assert [what for station, what in said if station == DESK and what != "counted"] == [
            *("worker", "written", "resume", "custody", "paper", "queue")
        ]
        counts = book["counts"]
        assert (counts["incidents"], counts["pauses"], counts["paper_keyed"]) == (1, 1, 1)
        assert counts["cases"] == 3, "two cards and a refusal; sums come before an act, and stay"
        shown = await pollmesh("station", "book", setting.folder(SIBLING))
        assert "queue at the door: 14" in shown.stdout

        pulled = tmp_path / "state"
        told = await pollmesh("pull", setting.folder(SIBLING), pulled, "--trust", setting.sheet)
        assert told.returncode == 0, told.stderr
        verdict = await pollmesh("verify", pulled, "--trust", setting.sheet, "--json")
        assert json.loads(verdict.stdout)["problems"] == []
        summary = json.loads((pulled / SUMMARY_FILE).read_bytes())
        (place,) = [p for p in summary["view"]["places"] if p["place"] == "b"]
        assert place["book"] == counts

    play(setting, [DESK, SIBLING], story)
