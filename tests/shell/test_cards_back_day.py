"""Two confirmations, a card that comes back and a void, with real stations, keys and commands."""

import asyncio
from typing import Any

import pytest

import simulations.demo.setting
from simulations.demo.officers import Officers
from simulations.demo.setting import (
    PROVINCE,
    Setting,
    draw,
    enrol_stations,
    hold_ceremony,
    install_stations,
    make_package,
)
from simulations.demo.stations import Stations
from tests.conftest import run_pollmesh
from tests.shell.test_station_peripherals import until

pytestmark = [pytest.mark.xdist_group("cards-back"), pytest.mark.timeout(180)]

DESK, SECOND, BOX, DISTRICT = "b-desk-1", "b-desk-2", "b-box-1", "d-north"


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    """A province whose package asks for two confirmations."""

    root = tmp_path_factory.mktemp("cb")
    # Every place needs a second desk then; place c of the example has one.
    two_desks = '[[stations]]\nid = "c-desk-2"\nkind = "desk"\nat = "c"\n\n'
    text = PROVINCE.read_text("utf-8").replace("confirmations = 1", "confirmations = 2")
    (root / "example.toml").write_text(text.replace("[[stations]]", f"{two_desks}[[stations]]", 1))

    async def prepare() -> Setting:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(simulations.demo.setting, "PROVINCE", root / "example.toml")
            made = draw(root / "day", 40, 6)
        await hold_ceremony(made)
        await enrol_stations(made)
        await make_package(made)
        await install_stations(made, "c")
        return made

    return asyncio.run(prepare())


def keys(setting: Setting) -> list[object]:
    """Both officers of place b, with their envelopes."""
    words: list[object] = []
    for authority in ("executive", "supervisory"):
        words += ["--key", setting.key(f"b-{authority}", "officer")]
        words += ["--pin-file", setting.envelope(f"b-{authority}")]
    return words


async def pollmesh(*words: object) -> Any:
    """One command beside the stations that run."""
    return await asyncio.to_thread(run_pollmesh, *words)


async def found(stations: Stations, name: str, code: str) -> dict[str, Any]:
    """The voter as a desk's screen shows them."""
    answer = await stations.ask(name, "/voters/find", {"code": code})
    (voter,) = answer["voters"]
    return dict(voter)


async def seconded(stations: Stations, voter: str, desk: str, by: str, **more: object) -> Any:
    """Check a voter in at one desk, confirm at the other, and ask for the card."""
    body = {"voter": voter, "document": "passport", "means": "typed", "box": BOX, **more}
    awaited = await stations.ask(desk, "/check-in", body)
    assert awaited["kind"] == "SecondAwaited", awaited
    assert awaited["words"] == f"Waits for second confirmation at {by}."

    async def rows() -> list[Any]:
        shown = (await stations.ask(by, "/second"))["check_ins"]
        return [row for row in shown if row["voter"] == voter]

    (row,) = await until(rows)
    assert (row["desk"], row["document"], row["name"] != "?") == (desk, "passport", True)
    (own,) = (await stations.ask(desk, "/check-ins/waiting"))["check_ins"]
    assert (own["name"], own["ready"]) == (row["name"], False)
    position = {"origin": row["origin"], "index": row["index"]}
    assert (await stations.ask(by, "/second", position))["kind"] == "Done"

    async def is_ready() -> bool:
        return bool((await stations.ask(desk, "/check-ins/waiting"))["check_ins"][0]["ready"])

    await until(is_ready)
    return await stations.ask(desk, "/check-in", body)


def test_a_card_with_two_signatures_comes_back_is_voided_and_the_voter_votes_after_all(
    setting: Setting,
) -> None:
    code = next(voter.national_code for voter in setting.voters if voter.home == "b")

    async def story(stations: Stations) -> None:
        officers = Officers(setting, stations)
        for name in (DESK, SECOND, BOX):
            await officers.act(name, "open")
        voter = (await found(stations, DESK, code))["voter"]
        card = await seconded(stations, voter, DESK, SECOND, defective=True)
        assert (card["kind"], card["card"][:4]) == ("CardReady", "PM2:")
        assert (await stations.ask(DESK, "/cards"))["cards"][0]["number"] == card["number"]
        away = {"because": "not-on-roll", "document": "passport", "means": "typed"}
        assert (await stations.ask(DESK, "/turn-away", away))["kind"] == "Done"
        assert await stations.ask(DESK, "/counts") == {
            "not_admitted": {"not-on-roll": 1},
            "defective": 1,
        }
        row = await found(stations, SECOND, code)
        assert (row["because"], row["may_check_in"], row["owed"]) == ("nothing-owed", False, [])

        told = await pollmesh("station", "take-back", setting.folder(BOX), card["card"])
        assert told.returncode == 0, told.stderr
        slip = told.stdout.strip()
        await stations.kill(BOX)
        await stations.start(BOX)
        await stations.wait_ready(BOX)

        async def again() -> Any:
            answer = await stations.ask(BOX, "/take-back", {"card": card["card"]})
            return answer if answer.get("reason") != "not-back-yet" else None

        assert (await until(again))["slip"] == slip, "the same slip, after SIGKILL too"
        shown = await stations.page(BOX, "/begin", {"card": card["card"]})
        assert (shown["kind"], shown["reason"]) == ("Refused", "card-spent")

        act = ("act", "void", setting.folder(DESK), *keys(setting), "--yes")
        details = ("--detail", f"slip={slip}", "--detail", "because=voter-left")
        told = await pollmesh(*act, "--detail", "slip=PMV1:AAAA", *details[2:])
        assert (told.returncode, "scan it again" in told.stderr) == (1, True), told.stderr
        told = await pollmesh(*act, *details)
        assert told.returncode == 0, told.stderr
        assert "Check-in voided at b-desk-1." in told.stderr
        assert (await stations.ask(DESK, "/cards"))["cards"] == []

        async def is_free() -> bool:
            return bool((await found(stations, SECOND, code))["may_check_in"])

        await until(is_free)
        card = await seconded(stations, voter, SECOND, DESK)
        assert card["kind"] == "CardReady", card
        offered = await stations.page(BOX, "/begin", {"card": card["card"]})
        assert offered["kind"] == "BallotOffered", offered
        choices = {row["contest"]: [] for row in offered["contests"]}
        body = {"session": offered["session"], "choices": choices}
        assert (await stations.page(BOX, "/cast", body))["kind"] == "BallotCast"

        async def is_known() -> bool:
            places = (await stations.ask(DISTRICT, "/figures"))["places"]
            (place,) = (place for place in places if place["place"] == "b")
            desks = {desk["desk"]: desk for desk in place["desks"]}
            return (place["checked_in"], place["issued"], desks[DESK]["voided"]) == (1, 2, 1)

        await until(is_known)
        figures = await stations.ask(DISTRICT, "/figures")
        assert figures["faults"] == figures["double_check_ins"] == figures["alarms"] == []

    async def day() -> None:
        stations = Stations(setting)
        try:
            for name in (DESK, SECOND, BOX, DISTRICT):
                await stations.start(name)
            for name in (DESK, SECOND, BOX, DISTRICT):
                await stations.wait_ready(name)
            await story(stations)
        finally:
            await stations.stop()

    asyncio.run(day())
