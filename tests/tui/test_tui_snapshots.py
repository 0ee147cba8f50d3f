"""Pictures of the screens at 80 x 24. Look at the report when one differs, then decide.

`pytest tests/tui --snapshot-update` accepts what is there now. Times are fixed, the text order is
logical (a picture's viewer orders Persian itself), the node answers by heart.
"""

from collections.abc import Awaitable, Callable

from msgspec.structs import replace
from textual.pilot import Pilot
from textual.widgets import Input

from sync.outcomes import ActProposed
from tests.tui.examples import ALREADY, CARD, CODE, MARYAM, PROVINCE, STATION
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


def _desk(node: FakeNode, snap_compare: Compare, before: Before) -> bool:
    node.voters[CODE] = (MARYAM,)
    app = DeskApp(NodeClient(node.socket), "logical", PERIOD_S, clock=lambda: 0.0)
    return _compare(app, snap_compare, before)


def _supervisor(node: FakeNode, snap_compare: Compare, before: Before) -> bool:
    node.figures = PROVINCE
    client = NodeClient(node.socket)
    app = SupervisorApp(client, text_order="logical", period_s=PERIOD_S, clock=lambda: 0.0)
    return _compare(app, snap_compare, before)


def _compare(app: DeskApp | SupervisorApp, snap_compare: Compare, before: Before) -> bool:
    async def run_before(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.seen.view is not None, "the node answers")
        await before(pilot)
        for field in pilot.app.screen.query(Input):
            field.cursor_blink = False
        await pilot.wait_for_scheduled_animations()

    return snap_compare(app, terminal_size=SIZE, run_before=run_before)


async def _reach(pilot: Pilot[None], stage: str) -> None:
    await until(pilot, lambda: pilot.app.screen.stage == stage, f"stage {stage}")


async def _at_person(pilot: Pilot[None]) -> None:
    await pilot.press(*CODE, "enter")
    await _reach(pilot, "person")
    await pilot.press("1")


async def _nothing(pilot: Pilot[None]) -> None:
    """The screen as it comes up."""


def test_the_desk_at_its_start(node: FakeNode, snap_compare: Compare) -> None:
    assert _desk(node, snap_compare, _nothing)


def test_a_person_found(node: FakeNode, snap_compare: Compare) -> None:
    assert _desk(node, snap_compare, _at_person)


def test_a_card_ready(node: FakeNode, snap_compare: Compare) -> None:
    node.check_in_answers.append(CARD)

    async def before(pilot: Pilot[None]) -> None:
        await _at_person(pilot)
        await pilot.press("f9")
        await _reach(pilot, "card")
        hint = pilot.app.screen.query_one("#card-code-hint")
        await until(pilot, lambda: hint.display, "the code is there")

    assert _desk(node, snap_compare, before)


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


def test_the_supervisors_places(node: FakeNode, snap_compare: Compare) -> None:
    assert _supervisor(node, snap_compare, _nothing)


def test_the_supervisors_results(node: FakeNode, snap_compare: Compare) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await pilot.press("3")

    assert _supervisor(node, snap_compare, before)
