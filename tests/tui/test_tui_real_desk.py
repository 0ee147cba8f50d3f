"""The desk's screen on real nodes, over their real sockets: what the fake says must be so there."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.widgets import Input

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
from sync.text import with_check_digit
from tests.tui.desks import Desk
from tests.tui.screens import until
from tui.book_screen import BookScreen
from tui.cards_screen import CardsScreen
from tui.choice import Choice
from tui.client import NodeClient
from tui.desk_app import DeskApp
from tui.form_screen import FormScreen
from tui.lock_screen import LockScreen
from tui.officers_screen import OfficersScreen
from tui.sign_screen import SignScreen
from tui.tables import RowTable
from tui.waiting_screen import WaitingScreen

pytestmark = [pytest.mark.xdist_group("real-desk"), pytest.mark.timeout(240)]

DESK, SIBLING, BOX = "b-desk-1", "b-desk-2", "b-box-1"
BADGE, PIN = "w-17", "246810"


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    """A province of forty voters; the desk asks its workers to log in."""

    async def prepare() -> Setting:
        made = draw(tmp_path_factory.mktemp("rd"), 40, 5)
        await hold_ceremony(made)
        await enrol_stations(made)
        await make_package(made)
        await install_stations(made, "c")
        file = made.folder(DESK) / "station.toml"
        file.write_text(f"worker_login = true\n{file.read_text('utf-8')}", "utf-8")
        return made

    return asyncio.run(prepare())


@pytest.fixture(scope="module")
def two_looks(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    """The same on a day that asks for a second confirmation, without logins."""

    async def prepare() -> Setting:
        made = draw(tmp_path_factory.mktemp("tl"), 40, 9)
        plan = made.root / "province.toml"
        text = plan.read_text("utf-8")
        assert "confirmations = 1" in text
        # Every place needs a second desk then; the example's place c has one only.
        desk = '[[stations]]\nid = "c-desk-2"\nkind = "desk"\nat = "c"\n\n'
        box = '[[stations]]\nid = "c-box-1"'
        text = text.replace("confirmations = 1", "confirmations = 2", 1)
        plan.write_text(text.replace(box, desk + box, 1), "utf-8")
        made.stations["c-desk-2"] = {"id": "c-desk-2", "kind": "desk", "at": "c"}
        made.ports["c-desk-2"] = made.relay_ports["d-south"]
        await hold_ceremony(made)
        await enrol_stations(made)
        await make_package(made)
        await install_stations(made, "c")
        return made

    return asyncio.run(prepare())


def at_a_real_desk(
    setting: Setting,
    story: Callable[[Desk, Stations], Awaitable[None]],
    names: tuple[str, ...] = (DESK, SIBLING),
) -> None:
    """Run `story` at the desk's screen beside real nodes."""

    async def run() -> None:
        stations = Stations(setting)
        try:
            for name in names:
                await stations.start(name)
            for name in names:
                await stations.wait_ready(name)
            app = DeskApp(NodeClient(setting.folder(DESK) / "node.sock"), "logical", 0.2)
            async with app.run_test(size=(80, 24)) as pilot:
                await until(pilot, lambda: app.seen.view is not None, "the node answers")
                await story(Desk(app, pilot), stations)
        finally:
            await stations.stop()

    asyncio.run(run())


async def _at(desk: Desk, page: type) -> None:
    await until(desk.pilot, lambda: isinstance(desk.app.screen, page), page.__name__)


async def _fill(desk: Desk, **fields: str | Path) -> None:
    for name, value in fields.items():
        desk.app.screen.query_one(f"#{name.replace('_', '-')}", Input).value = str(value)
    await desk.pilot.pause()


async def _log_in(desk: Desk) -> None:
    await _at(desk, LockScreen)
    if not desk.app.seen.view.worker:
        await desk.press("f4")
        await _at(desk, FormScreen)
        await _fill(desk, field_worker=BADGE, field_pin=PIN, field_again=PIN)
        await desk.press("f9")
        await _at(desk, LockScreen)
    await _fill(desk, badge=BADGE)
    await desk.press("enter", *PIN, "enter")
    await until(desk.pilot, lambda: desk.app.screen is desk.screen, "the desk is open")


def _pin(setting: Setting, holder: str) -> str:
    lines = setting.envelope(holder).read_text("utf-8").splitlines()
    return next(line.split("PIN:")[1].strip() for line in lines if line.startswith("PIN:"))


async def _sign(desk: Desk, setting: Setting) -> None:
    await _at(desk, SignScreen)
    holders = ("b-executive", "b-supervisory")
    await _fill(
        desk,
        file_1=setting.key(holders[0], "officer"),
        pin_1=_pin(setting, holders[0]),
        file_2=setting.key(holders[1], "officer"),
        pin_2=_pin(setting, holders[1]),
        station_typed=DESK,
    )
    await desk.press("f9")


async def _write(desk: Desk, form: str, **fields: str) -> str:
    """A form of the book, opened as the palette opens it; the words of its answer."""
    await desk.app.run_action(f"form('{form}')", desk.app.screen)
    await _at(desk, FormScreen)
    for name, value in fields.items():
        widget = desk.app.screen.query_one(f"#field-{name}")
        if hasattr(widget, "text"):
            widget.text = value
        else:
            widget.value = value
    await desk.pilot.pause()
    await desk.press("f9")
    await _at(desk, BookScreen)
    return desk.text("book-answer")


def test_a_worker_logs_in_officers_open_and_a_voter_gets_a_card(setting: Setting) -> None:
    code = _codes(setting)[0]

    async def story(desk: Desk, stations: Stations) -> None:
        await _log_in(desk)
        await desk.see("title-left", f"worker {BADGE}")
        await desk.press("f2")
        await _at(desk, OfficersScreen)
        await desk.press("1")
        await _sign(desk, setting)
        await desk.see("title-right", "POLLS OPEN")
        await Officers(setting, stations).act(SIBLING, "open")
        await _linked(desk)
        await desk.find(code)
        await desk.reach("person")
        await desk.press("1", "f9")
        await desk.reach("card")
        await desk.see("card-box", "b-box-1")
        await desk.press("f8")
        await desk.reach("start")
        await desk.find(code)
        await desk.reach("person")
        await desk.see("person-hint", "CANNOT BE CHECKED IN HERE")
        await desk.press("escape")
        await desk.screen.run_action("lock")
        await _at(desk, LockScreen)

    at_a_real_desk(setting, story)


def test_the_book_is_written_read_and_signed_on_a_real_node(setting: Setting) -> None:
    async def story(desk: Desk, stations: Stations) -> None:
        await _log_in(desk)
        await desk.press("f4")
        await _at(desk, BookScreen)
        told = await _write(desk, "incident", about="incident", by="worker", text="A lamp fell.")
        assert "1" in told
        await _write(desk, "observer", observer="obs-12", of="Sample Observers")
        await _write(desk, "seal", item="b-box-1", number="771203", state="put-on")
        await _write(desk, "seal", item="b-box-1", number="771204", state="found-whole")
        await _write(desk, "queue", waiting="12")
        await desk.see("book-counts", "1 incident, 0 complaints, 0 companions, 1 observer in, que")
        await desk.press("3")
        seals = desk.app.screen.query_one("#book-seals", RowTable)
        await until(desk.pilot, lambda: seals.row_count == 1, "one item")
        assert str(seals.get_row_at(0)[2]).strip() == "AMISS"
        await desk.press("2", "f8")
        await desk.see("book-tabs", "Observers (0)")
        await desk.app.run_action("form('custody')", desk.app.screen)
        await _at(desk, FormScreen)
        await _fill(desk, field_item="b-box-1", field_giver=DESK, field_taker="b-executive")
        await desk.press("f9")
        await _sign(desk, setting)
        await _at(desk, BookScreen)
        lines = await stations.ask(DESK, "/book")
        assert {line["what"] for line in lines["lines"]} >= {"written", "seal", "custody", "queue"}

    at_a_real_desk(setting, story)


async def _linked(desk: Desk) -> None:
    await until(
        desk.pilot,
        lambda: any(p.state == "connected" for p in desk.app.seen.view.peers),
        "the sibling is there",
    )


def _codes(setting: Setting) -> list[str]:
    return [one.national_code for one in setting.voters if one.home == "b"]


async def _asked_once(check: Callable[[], Awaitable[list[dict[str, object]]]]) -> dict[str, object]:
    """The one thing that is listed, once it is."""
    async with asyncio.timeout(30):
        while not (found := await check()):
            await asyncio.sleep(0.05)
    return found[0]


def test_two_desks_look_at_each_others_voters_and_a_card_is_voided(two_looks: Setting) -> None:
    first, second, *_ = _codes(two_looks)

    async def story(desk: Desk, stations: Stations) -> None:
        officers = Officers(two_looks, stations)
        for name in (DESK, SIBLING, BOX):
            await officers.act(name, "open")
        await _linked(desk)

        # Ours: the other desk looks, the card comes by itself.
        await desk.find(first)
        await desk.reach("person")
        await desk.press("1", "f5", "f9")
        await desk.reach("awaited")

        async def theirs() -> list[dict[str, object]]:
            return list((await stations.ask(SIBLING, "/second"))["check_ins"])

        row = await _asked_once(theirs)
        assert row["defective"] is True
        where = {"origin": row["origin"], "index": row["index"]}
        assert (await stations.ask(SIBLING, "/second", where))["kind"] == "Done"
        await desk.reach("card")
        card = desk.screen.card
        assert card is not None

        # The card comes back unused: the box's slip, a reason, the station's id, two officers.
        await desk.press("f8")
        await desk.reach("start")
        slip = (await stations.ask(BOX, "/take-back", {"card": card.card}))["slip"]
        await desk.press("f5")
        await _at(desk, CardsScreen)
        await desk.press("f6")
        await _at(desk, FormScreen)
        await _fill(desk, field_slip=slip, confirm=DESK)
        desk.app.screen.query_one("#field-because", Choice).value = "voter-left"
        await desk.press("f9")
        await _sign(desk, two_looks)
        await _at(desk, CardsScreen)
        await desk.see("cards-answer", "void")
        await desk.press("escape")

        # Theirs: this desk looks.
        found = await stations.ask(SIBLING, "/voters/find", {"code": second})
        body = {
            "voter": found["voters"][0]["voter"],
            "document": "passport",
            "means": "typed",
        }
        answer = await stations.ask(SIBLING, "/check-in", body)
        assert answer["kind"] == "SecondAwaited", answer
        await desk.see("to-second", "1 voter waits for a second look by this desk: F6.")
        await desk.press("f6")
        await _at(desk, WaitingScreen)
        await desk.see("second-detail", "document: passport")
        await desk.press("f9")
        await desk.see("second-detail", "No other desk waits for this station.")
        await desk.press("escape")

        # Nobody: a code that is on no roll is counted, and nobody is named.
        await desk.find(with_check_digit("999000111"))
        await until(desk.pilot, lambda: desk.screen.away == "not-on-roll", "not on the roll")
        await desk.press("f8")
        await _at(desk, FormScreen)
        await desk.press("tab", "2", "f9")
        await until(desk.pilot, lambda: desk.app.screen is desk.screen, "written")
        counts = await stations.ask(DESK, "/counts")
        assert counts == {"not_admitted": {"not-on-roll": 1}, "defective": 1}

    at_a_real_desk(two_looks, story, (DESK, SIBLING, BOX))
