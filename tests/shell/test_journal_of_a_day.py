"""The journals of a whole day: what they tell, and that nobody and no secret can be found there."""

import csv
import json

import pytest

from node.journal import EVENTS
from tests.conftest import DEMO_VOTERS

pytestmark = [pytest.mark.xdist_group("day"), pytest.mark.timeout(240)]


def journals(finished_day):
    """Station -> everything that its process wrote to stdout and stderr; a spare did not run."""
    assert finished_day.exit_code == 0, finished_day.output
    paths = sorted((finished_day.root / "stations").glob("*/node.log"))
    assert len(paths) == finished_day.result["stations"]
    return {path.parent.name: path.read_text("utf-8").splitlines() for path in paths}


def people(finished_day):
    """Every word of the roll that names somebody: codes, names, and their parts."""
    with (finished_day.root / "roll.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= DEMO_VOTERS
    codes = {row["national_code"] for row in rows}
    names = {row["name"] for row in rows}
    return codes, names | {part for name in names for part in name.split() if len(part) > 3}


def secrets(finished_day):
    """PINs of envelopes and sheets, seeds of stations, voter keys, as they are spelled in files."""
    found = set()
    for path in (finished_day.root / "ceremony" / "envelopes").iterdir():
        lines = path.read_text("utf-8").splitlines()
        found |= {line.removeprefix("PIN:").strip() for line in lines if line.startswith("PIN:")}
    for path in (finished_day.root / "stations").glob("*/station.key"):
        found.add(json.loads(path.read_bytes())["seed"])
    for line in (finished_day.root / "package" / "roll.index").read_bytes().splitlines():
        found.add(json.loads(line)[0])
    return found


def test_every_line_is_an_object_with_a_known_event(finished_day):
    for station, lines in journals(finished_day).items():
        told = [json.loads(line) for line in lines]
        assert {line["station"] for line in told} == {station}
        assert {line["event"] for line in told} <= set(EVENTS)
        assert [line["level"] for line in told] == [EVENTS[line["event"]][0] for line in told]
        # What a library complains of (asyncio does, when a connection comes as a door is closed)
        # is told and is no defect of ours.
        assert not [line for line in told if line["event"] in ("defect", "ended")]


def test_the_day_of_a_station_can_be_read_from_its_journal(finished_day):
    told = {
        station: [json.loads(line)["event"] for line in lines]
        for station, lines in journals(finished_day).items()
    }
    for station, events in told.items():
        assert events[:3] == ["started", "training", "ready"], station
        assert "linked" in events
        assert "standing" in events
    # The killed desk said nothing at its end and began anew.
    assert told["a-desk-2"].count("started") == 2
    polls = {
        station: [json.loads(line)["polls"] for line in lines if '"event":"polls"' in line]
        for station, lines in journals(finished_day).items()
    }
    assert {tuple(polls[one]) for one in told if one.startswith("d-")} == {("receiving",)}
    assert all("open" in polls[one] for one in told if "-desk-" in one)


def test_nobody_and_no_secret_can_be_found_in_any_journal(finished_day):
    codes, names = people(finished_day)
    hidden = secrets(finished_day)
    assert len(hidden) > DEMO_VOTERS
    for station, lines in journals(finished_day).items():
        text = "\n".join(lines)
        assert not [code for code in codes if code in text], station
        assert not [name for name in names if name in text], station
        assert not [secret for secret in hidden if secret in text], station
        assert "PM1:" not in text, station
        assert not set(text) & set("۰۱۲۳۴۵۶۷۸۹"), station


def test_no_journal_says_when_somebody_came_or_voted(finished_day):
    """Lines come when links, polls and devices change or every five minutes, not with voters."""
    for station, lines in journals(finished_day).items():
        kinds = {json.loads(line)["event"] for line in lines}
        assert not kinds & {"self-test", "defect"}, station
        assert len(lines) < DEMO_VOTERS * 2, "as many lines as voters would be lines about voters"
