"""A desk that asks for logins: nothing of voters is in sight before somebody is on."""

from msgspec.structs import replace
from textual.widgets import Input

from sync.outcomes import Done, Refused
from tests.tui.desks import Desk, at_the_desk
from tests.tui.examples import CODE, MARYAM, STATION
from tests.tui.fake_node import FakeNode
from tests.tui.screens import until
from tui.form_screen import FormScreen
from tui.lock_screen import LockScreen
from tui.officers_screen import OfficersScreen

ON = replace(STATION, logins=True, worker="w-17")


async def _locked(desk: Desk) -> None:
    await until(desk.pilot, lambda: isinstance(desk.app.screen, LockScreen), "locked")


async def _open(desk: Desk) -> None:
    await until(desk.pilot, lambda: desk.app.screen is desk.screen, "open")


def test_a_worker_logs_in_by_badge_and_pin_and_the_desk_opens(node: FakeNode) -> None:
    node.status = replace(STATION, logins=True)
    node.write_answers["/workers/on"] = Refused("wrong-pin", "That PIN is wrong. 4 tries are left.")

    async def story(desk: Desk) -> None:
        await _locked(desk)
        await desk.see("lock-words", "Nobody is on at this desk.")
        await desk.press(*"w-17", "enter", *"1234567", "enter")
        await desk.see("lock-answer", "That PIN is wrong.")
        assert desk.app.screen.query_one("#pin", Input).value == ""
        node.write_answers["/workers/on"] = Done("w-17 is on.", 3)
        await desk.press(*"112233", "enter")
        await desk.see("lock-answer", "w-17 is on.")
        node.status = ON
        await _open(desk)
        await desk.see("title-left", "a-desk-1  Golestan School  worker w-17")

    at_the_desk(node, story)
    pins = [(body.worker, body.pin) for path, body in node.asked if path == "/workers/on"]
    assert pins == [("w-17", "1234567"), ("w-17", "112233")]


def test_a_locked_desk_shows_no_voter_and_gives_her_back_afterwards(node: FakeNode) -> None:
    node.status = ON
    node.voters[CODE] = (MARYAM,)

    async def story(desk: Desk) -> None:
        await desk.find(CODE)
        await desk.reach("person")
        node.status = replace(ON, locked=True)
        await _locked(desk)
        assert MARYAM.name not in desk.app.export_screenshot()
        assert "TRAINING" in desk.text("training")
        await desk.press("escape", "f9", "f8")
        await _locked(desk)
        node.status = ON
        await _open(desk)
        assert desk.screen.stage == "person"

    at_the_desk(node, story)
    assert node.checked_in == []


def test_officers_act_and_badges_are_made_while_it_is_locked(node: FakeNode) -> None:
    node.status = replace(ON, locked=True)

    async def story(desk: Desk) -> None:
        await _locked(desk)
        await desk.press("f2")
        await until(desk.pilot, lambda: isinstance(desk.app.screen, OfficersScreen), "officers")
        await desk.press("escape", "f4")
        await until(desk.pilot, lambda: isinstance(desk.app.screen, FormScreen), "badge")
        await desk.press(*"w-18", "enter", *"112233", "enter", *"112233", "f9")
        await desk.see("lock-answer", "It is written.")

    at_the_desk(node, story)
    (asked,) = [body for path, body in node.asked if path == "/workers/enrol"]
    assert (asked.worker, asked.pin) == ("w-18", "112233")


def test_keys_tell_the_node_that_somebody_is_here_but_not_each_of_them(node: FakeNode) -> None:
    node.status = ON

    async def story(desk: Desk) -> None:
        await desk.press(*"9990000")
        await until(desk.pilot, lambda: bool(node.asked), "told")

    at_the_desk(node, story, clock=lambda: 0.0)
    assert [path for path, _ in node.asked] == ["/workers/here"]


def test_a_worker_locks_hands_over_and_ends_the_shift_by_the_palette(node: FakeNode) -> None:
    node.status = ON

    async def story(desk: Desk) -> None:
        offered = {one.action for one in desk.screen.possible()}
        assert {"lock", "take_over", "shift_over"} <= offered
        await desk.screen.run_action("lock")
        await desk.see("answer", "It is written.")
        await desk.screen.run_action("shift_over")
        await desk.press("f9")
        await desk.see("form-answer", "Type a-desk-1 in the last field to confirm.")
        await desk.press(*"a-desk-1", "f9")
        await _open(desk)

    at_the_desk(node, story)
    paths = [path for path, _ in node.asked if path != "/workers/here"]
    assert paths == ["/workers/lock", "/workers/off"]


def test_a_station_without_logins_has_no_commands_for_them(node: FakeNode) -> None:
    async def story(desk: Desk) -> None:
        offered = {one.action for one in desk.screen.possible()}
        assert not {"lock", "take_over", "shift_over"} & offered

    at_the_desk(node, story)
