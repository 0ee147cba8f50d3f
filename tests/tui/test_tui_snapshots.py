"""Pictures of desk and supervisor. Look at the report when one differs, then decide."""

import pytest
from msgspec.structs import replace
from textual.command import CommandList
from textual.pilot import Pilot
from textual.widgets import Static, TextArea

from sync.outcomes import ActProposed, Refused
from sync.views import FingerRead
from tests.tui.examples import (
    ALREADY,
    BALLOT_WRITER,
    CARD,
    CARD_UNKNOWN,
    CLOCK,
    FINGER_READER,
    IDENTITY_READER,
    PAPER_OUT,
    POWER,
    PRINTER,
    PRINTER_GONE,
    SCANNER,
    STATION,
    STUB_CARD,
    STUB_WAITING,
)
from tests.tui.fake_node import FakeNode
from tests.tui.pictures import (
    LARGE,
    Compare,
    at_card,
    at_person,
    desk_picture,
    reach,
    supervisor_picture,
)
from tests.tui.screens import until
from tui.sign_screen import SignScreen

PROPOSED = ActProposed(
    "PollsOpened-1",
    "pollmesh/khorshid-2026/a-desk-1/0",
    '{"kind":"PollsOpened","minute":"2026-11-27T04:30Z","approvals":[]}',
    "Open a-desk-1.",
)


def test_the_desk_at_its_start(node: FakeNode, snap_compare: Compare) -> None:
    assert desk_picture(node, snap_compare)


def test_a_person_found(node: FakeNode, snap_compare: Compare) -> None:
    assert desk_picture(node, snap_compare, at_person)


def test_a_card_ready(node: FakeNode, snap_compare: Compare) -> None:
    node.check_in_answers.append(CARD)
    assert desk_picture(node, snap_compare, at_card)


def test_a_check_in_refused(node: FakeNode, snap_compare: Compare) -> None:
    node.check_in_answers.append(ALREADY)

    async def before(pilot: Pilot[None]) -> None:
        await at_person(pilot)
        await pilot.press("f9")
        await reach(pilot, "refused")

    assert desk_picture(node, snap_compare, before)


def test_the_officers_page(node: FakeNode, snap_compare: Compare) -> None:
    node.status = replace(STATION, polls="not open")
    node.proposals["open"] = PROPOSED

    async def before(pilot: Pilot[None]) -> None:
        await pilot.press("f2", "1")
        await until(pilot, lambda: isinstance(pilot.app.screen, SignScreen), "the entry")

    assert desk_picture(node, snap_compare, before)


def test_the_help(node: FakeNode, snap_compare: Compare) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await pilot.press("f1")

    assert desk_picture(node, snap_compare, before)


def test_a_start_with_two_devices_that_need_a_hand(node: FakeNode, snap_compare: Compare) -> None:
    gone = replace(SCANNER, standing="unplugged", words="Plug the scanner's cable in.", values=())
    node.status = replace(STATION, peripherals=(gone, PAPER_OUT))
    assert desk_picture(node, snap_compare)


def test_a_start_with_everything_wrong(node: FakeNode, snap_compare: Compare) -> None:
    node.status = replace(
        STATION,
        problem="The disk is nearly full. Call the district before the next hundred voters.",
        peripherals=(PRINTER_GONE, CLOCK, POWER),
        alarms=("Double check-in for parliament: a-desk-1/0 entry 12", "Two.", "Three."),
    )
    assert desk_picture(node, snap_compare)


def test_the_devices_page(node: FakeNode, snap_compare: Compare) -> None:
    drive = replace(SCANNER, name="drive", driver="folder", words="In.", values=(("free", "7 GB"),))
    lid = replace(SCANNER, name="lid", words="Closed.", values=(("seal", "whole"),))
    devices = (
        IDENTITY_READER,
        BALLOT_WRITER,
        SCANNER,
        FINGER_READER,
        PAPER_OUT,
        POWER,
        lid,
        CLOCK,
        drive,
    )
    node.status = replace(STATION, peripherals=devices, jobs=(CARD_UNKNOWN, STUB_WAITING))

    async def before(pilot: Pilot[None]) -> None:
        await pilot.press("f3", *["down"] * 4, "f4")
        answer = pilot.app.screen.query_one("#device-answer", Static)
        await until(pilot, lambda: "characters" in str(answer.content), "tried")

    assert desk_picture(node, snap_compare, before)


def test_an_incident_slip(node: FakeNode, snap_compare: Compare) -> None:
    node.status = replace(STATION, peripherals=(PRINTER,))

    async def before(pilot: Pilot[None]) -> None:
        await pilot.press("f3", "f7", *"The lamp above desk 1 fell.")
        pilot.app.screen.query_one(TextArea).cursor_blink = False

    assert desk_picture(node, snap_compare, before)


def _card_unknown(node: FakeNode) -> None:
    node.check_in_answers.append(STUB_CARD)
    job = replace(CARD_UNKNOWN, about=str(STUB_CARD.number))
    node.status = replace(STATION, peripherals=(PRINTER, BALLOT_WRITER), jobs=(job,))
    node.write_answer = Refused("not-written", "No card is in the writer. Put a blank one in.")


async def _write(pilot: Pilot[None]) -> None:
    await at_card(pilot)
    await pilot.press("f4")
    chip = pilot.app.screen.query_one("#card-chip", Static)
    await until(pilot, lambda: "Put a blank one in." in str(chip.content), "answered")


def test_a_card_whose_print_is_unknown(node: FakeNode, snap_compare: Compare) -> None:
    _card_unknown(node)
    assert desk_picture(node, snap_compare, _write)


def test_a_card_whose_print_is_unknown_in_a_large_window(
    node: FakeNode, snap_compare: Compare
) -> None:
    _card_unknown(node)
    assert desk_picture(node, snap_compare, _write, LARGE)


def test_a_finger_that_did_not_match(node: FakeNode, snap_compare: Compare) -> None:
    node.status = replace(STATION, peripherals=(FINGER_READER, PAPER_OUT), fingerprint="ask")
    node.finger_answer = FingerRead("not-matched", "The finger does not match; you decide.")

    async def before(pilot: Pilot[None]) -> None:
        await at_person(pilot)
        await pilot.press("f4")
        finger = pilot.app.screen.query_one("#finger", Static)
        await until(pilot, lambda: "NOT MATCHED" in str(finger.content), "compared")

    assert desk_picture(node, snap_compare, before)


def test_a_card_ready_with_everything_wrong(node: FakeNode, snap_compare: Compare) -> None:
    _card_unknown(node)
    node.status = replace(
        node.status,
        problem="The disk is nearly full. Call the district before the next hundred voters.",
        alarms=("Double check-in for parliament: a-desk-1/0 entry 12",),
        peripherals=(PRINTER_GONE, BALLOT_WRITER, POWER),
    )
    assert desk_picture(node, snap_compare, _write)


def test_the_supervisors_places(node: FakeNode, snap_compare: Compare) -> None:
    assert supervisor_picture(node, snap_compare)


def test_the_supervisors_results(node: FakeNode, snap_compare: Compare) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await pilot.press("3")

    assert supervisor_picture(node, snap_compare, before)


# --- larger, and in other looks


def test_the_desk_at_its_start_in_a_large_window(node: FakeNode, snap_compare: Compare) -> None:
    devices = (SCANNER, FINGER_READER, PAPER_OUT, POWER)
    node.status = replace(
        STATION, peripherals=devices, outstanding=2, alarms=("Two.",), training=False
    )
    assert desk_picture(node, snap_compare, size=LARGE)


def test_a_person_found_in_a_large_window(node: FakeNode, snap_compare: Compare) -> None:
    assert desk_picture(node, snap_compare, at_person, LARGE)


def test_a_real_day_has_colours_of_its_own(node: FakeNode, snap_compare: Compare) -> None:
    node.status = replace(STATION, training=False)
    assert desk_picture(node, snap_compare, at_person)


def test_a_person_found_light(node: FakeNode, snap_compare: Compare) -> None:
    assert desk_picture(node, snap_compare, at_person, look="light")


def test_a_person_found_in_high_contrast(node: FakeNode, snap_compare: Compare) -> None:
    assert desk_picture(node, snap_compare, at_person, look="contrast")


def test_a_person_found_without_colour(
    node: FakeNode, snap_compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert desk_picture(node, snap_compare, at_person)


def test_a_card_ready_light(node: FakeNode, snap_compare: Compare) -> None:
    node.check_in_answers.append(CARD)
    assert desk_picture(node, snap_compare, at_card, look="light")


def test_the_palette(node: FakeNode, snap_compare: Compare) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+p", *"look")
        hits = pilot.app.screen.query_one(CommandList)
        await until(pilot, lambda: hits.option_count == 3, "three looks are found")

    assert desk_picture(node, snap_compare, before)
