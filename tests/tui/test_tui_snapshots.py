"""Pictures of the screens at 80 x 24, one larger. Look at the report when one differs, then decide.

`pytest tests/tui --snapshot-update` accepts what is there now. Times are fixed, the text order is
logical (a picture's viewer orders Persian itself), the node answers by heart.
"""

from collections.abc import Awaitable, Callable

from msgspec.structs import replace
from textual.pilot import Pilot
from textual.widgets import Input, Static, TextArea

from sync.outcomes import ActProposed, Refused
from sync.views import FingerRead
from tests.tui.examples import (
    ALREADY,
    BALLOT_WRITER,
    CARD,
    CARD_UNKNOWN,
    CLOCK,
    CODE,
    FINGER_READER,
    IDENTITY_READER,
    MARYAM,
    PAPER_OUT,
    POWER,
    PRINTER,
    PRINTER_GONE,
    PROVINCE,
    SCANNER,
    STATION,
    STUB_CARD,
    STUB_WAITING,
)
from tests.tui.fake_node import FakeNode
from tests.tui.screens import PERIOD_S, until
from tui.client import NodeClient
from tui.desk_screen import DeskApp
from tui.supervisor_screen import SupervisorApp

SIZE = (80, 24)
Before = Callable[[Pilot[None]], Awaitable[None]]
Compare = Callable[..., bool]

PROPOSED = ActProposed(
    "PollsOpened-1",
    "pollmesh/khorshid-2026/a-desk-1/0",
    '{"kind":"PollsOpened","minute":"2026-11-27T04:30Z","approvals":[]}',
    "Open a-desk-1.",
)


def _desk(
    node: FakeNode, snap_compare: Compare, before: Before, size: tuple[int, int] = SIZE
) -> bool:
    node.voters[CODE] = (MARYAM,)
    app = DeskApp(NodeClient(node.socket), "logical", PERIOD_S, clock=lambda: 0.0)
    return _compare(app, snap_compare, before, size)


def _supervisor(node: FakeNode, snap_compare: Compare, before: Before) -> bool:
    node.figures = PROVINCE
    client = NodeClient(node.socket)
    app = SupervisorApp(client, text_order="logical", period_s=PERIOD_S, clock=lambda: 0.0)
    return _compare(app, snap_compare, before)


def _compare(
    app: DeskApp | SupervisorApp,
    snap_compare: Compare,
    before: Before,
    size: tuple[int, int] = SIZE,
) -> bool:
    async def run_before(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.seen.view is not None, "the node answers")
        await before(pilot)
        for field in pilot.app.screen.query(Input):
            field.cursor_blink = False
        await pilot.wait_for_scheduled_animations()
        await _is_still(pilot)

    return snap_compare(app, terminal_size=size, run_before=run_before)


async def _reach(pilot: Pilot[None], stage: str) -> None:
    await until(pilot, lambda: pilot.app.screen.stage == stage, f"stage {stage}")


async def _at_person(pilot: Pilot[None]) -> None:
    await pilot.press(*CODE, "enter")
    await _reach(pilot, "person")
    await pilot.press("1")


async def _is_still(pilot: Pilot[None]) -> None:
    """Two looks, a question to the node apart, see the same: nothing is being laid out any more."""
    seen, now = "", pilot.app.export_screenshot()
    while seen != now:
        await pilot.pause(2 * PERIOD_S)
        seen, now = now, pilot.app.export_screenshot()


async def _at_card(pilot: Pilot[None]) -> None:
    await _at_person(pilot)
    await pilot.press("f9")
    await _reach(pilot, "card")
    pane = pilot.app.screen
    drawn = pane.query_one("#card-code"), pane.query_one("#card-code-hint")
    await until(pilot, lambda: any(one.display for one in drawn), "the code is there")


async def _nothing(pilot: Pilot[None]) -> None:
    """The screen as it comes up."""


def test_the_desk_at_its_start(node: FakeNode, snap_compare: Compare) -> None:
    assert _desk(node, snap_compare, _nothing)


def test_a_person_found(node: FakeNode, snap_compare: Compare) -> None:
    assert _desk(node, snap_compare, _at_person)


def test_a_card_ready(node: FakeNode, snap_compare: Compare) -> None:
    node.check_in_answers.append(CARD)
    assert _desk(node, snap_compare, _at_card)


def test_a_check_in_refused(node: FakeNode, snap_compare: Compare) -> None:
    node.check_in_answers.append(ALREADY)

    async def before(pilot: Pilot[None]) -> None:
        await _at_person(pilot)
        await pilot.press("f9")
        await _reach(pilot, "refused")

    assert _desk(node, snap_compare, before)


def test_the_officers_page(node: FakeNode, snap_compare: Compare) -> None:
    node.status = replace(STATION, polls="not open")
    node.proposals["open"] = PROPOSED

    async def before(pilot: Pilot[None]) -> None:
        await pilot.press("f2", "1")
        await _reach(pilot, "sign")

    assert _desk(node, snap_compare, before)


def test_the_help(node: FakeNode, snap_compare: Compare) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await pilot.press("f1")

    assert _desk(node, snap_compare, before)


def test_a_start_with_two_devices_that_need_a_hand(node: FakeNode, snap_compare: Compare) -> None:
    gone = replace(SCANNER, standing="unplugged", words="Plug the scanner's cable in.", values=())
    node.status = replace(STATION, peripherals=(gone, PAPER_OUT))
    assert _desk(node, snap_compare, _nothing)


def test_a_start_with_everything_wrong(node: FakeNode, snap_compare: Compare) -> None:
    node.status = replace(
        STATION,
        problem="The disk is nearly full. Call the district before the next hundred voters.",
        peripherals=(PRINTER_GONE, CLOCK, POWER),
        alarms=("Double check-in for parliament: a-desk-1/0 entry 12", "Two.", "Three."),
    )
    assert _desk(node, snap_compare, _nothing)


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

    assert _desk(node, snap_compare, before)


def test_an_incident_slip(node: FakeNode, snap_compare: Compare) -> None:
    node.status = replace(STATION, peripherals=(PRINTER,))

    async def before(pilot: Pilot[None]) -> None:
        await pilot.press("f3", "f7", *"The lamp above desk 1 fell.")
        pilot.app.screen.query_one(TextArea).cursor_blink = False

    assert _desk(node, snap_compare, before)


def _card_unknown(node: FakeNode) -> None:
    node.check_in_answers.append(STUB_CARD)
    job = replace(CARD_UNKNOWN, about=str(STUB_CARD.number))
    node.status = replace(STATION, peripherals=(PRINTER, BALLOT_WRITER), jobs=(job,))
    node.write_answer = Refused("not-written", "No card is in the writer. Put a blank one in.")


async def _write(pilot: Pilot[None]) -> None:
    await _at_card(pilot)
    await pilot.press("f4")
    chip = pilot.app.screen.query_one("#card-chip", Static)
    await until(pilot, lambda: "Put a blank one in." in str(chip.content), "answered")


def test_a_card_whose_print_is_unknown(node: FakeNode, snap_compare: Compare) -> None:
    _card_unknown(node)
    assert _desk(node, snap_compare, _write)


def test_a_card_whose_print_is_unknown_in_a_large_window(
    node: FakeNode, snap_compare: Compare
) -> None:
    _card_unknown(node)
    assert _desk(node, snap_compare, _write, (120, 40))


def test_a_finger_that_did_not_match(node: FakeNode, snap_compare: Compare) -> None:
    node.status = replace(STATION, peripherals=(FINGER_READER, PAPER_OUT), fingerprint="ask")
    node.finger_answer = FingerRead("not-matched", "The finger does not match; you decide.")

    async def before(pilot: Pilot[None]) -> None:
        await _at_person(pilot)
        await pilot.press("f4")
        finger = pilot.app.screen.query_one("#finger", Static)
        await until(pilot, lambda: "NOT MATCHED" in str(finger.content), "compared")

    assert _desk(node, snap_compare, before)


def test_a_card_ready_with_everything_wrong(node: FakeNode, snap_compare: Compare) -> None:
    _card_unknown(node)
    node.status = replace(
        node.status,
        problem="The disk is nearly full. Call the district before the next hundred voters.",
        alarms=("Double check-in for parliament: a-desk-1/0 entry 12",),
        peripherals=(PRINTER_GONE, BALLOT_WRITER, POWER),
    )
    assert _desk(node, snap_compare, _write)


def test_the_supervisors_places(node: FakeNode, snap_compare: Compare) -> None:
    assert _supervisor(node, snap_compare, _nothing)


def test_the_supervisors_results(node: FakeNode, snap_compare: Compare) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await pilot.press("3")

    assert _supervisor(node, snap_compare, before)
