"""Pictures of the pages above the desk, at 80 x 24 and at 120 x 40."""

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from sync.card_views import AdmissionCounts, CardList, CardRow, SecondList, WaitingList
from sync.outcomes import SecondAwaited
from tests.tui.examples import (
    BOOK,
    CARD_UNKNOWN,
    CODE,
    OWN_WAITING,
    PRINTER,
    STATION,
    TO_SECOND,
)
from tests.tui.fake_node import FakeNode
from tests.tui.pictures import SIZES, Compare, at_person, desk_picture, reach
from tests.tui.screens import until
from tui.book_screen import BookScreen
from tui.cards_screen import CardsScreen
from tui.form_screen import FormScreen
from tui.forms import FORMS
from tui.lock_screen import LockScreen
from tui.officers_screen import OfficersScreen
from tui.tables import RowTable
from tui.waiting_screen import WaitingScreen

pytestmark = pytest.mark.parametrize("size", SIZES, ids=["small", "large"])
Size = tuple[int, int]


async def _page(pilot: Pilot[None], key: str, page: type) -> None:
    await pilot.press(key)
    await until(pilot, lambda: isinstance(pilot.app.screen, page), page.__name__)


async def _filled(pilot: Pilot[None], table: str) -> None:
    rows = pilot.app.screen.query_one(f"#{table}", RowTable)
    await until(pilot, lambda: rows.row_count > 0, "rows")


def test_the_book(node: FakeNode, snap_compare: Compare, size: Size) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await _page(pilot, "f4", BookScreen)
        await _filled(pilot, "book-lines")

    assert desk_picture(node, snap_compare, before, size)


def test_the_books_seals_while_paused(node: FakeNode, snap_compare: Compare, size: Size) -> None:
    node.book = replace(BOOK, paused="Paused since 2026-11-27T08:12Z (evacuation: smoke).")
    node.status = replace(STATION, paused="Paused since 08:12 (evacuation: smoke).")

    async def before(pilot: Pilot[None]) -> None:
        await _page(pilot, "f4", BookScreen)
        await _filled(pilot, "book-lines")
        await pilot.press("3")
        await _filled(pilot, "book-seals")

    assert desk_picture(node, snap_compare, before, size)


def test_the_page_of_new_entries(node: FakeNode, snap_compare: Compare, size: Size) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await _page(pilot, "f4", BookScreen)
        await pilot.press("f6")

    assert desk_picture(node, snap_compare, before, size)


@pytest.mark.parametrize("form", ["incident", "seal", "paper", "pause", "void", "turn-away"])
def test_a_form(node: FakeNode, snap_compare: Compare, size: Size, form: str) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await pilot.app.push_screen(FormScreen(FORMS[form]))
        await pilot.press("2" if FORMS[form].fields[0].choices else "7")

    assert desk_picture(node, snap_compare, before, size)


def test_the_lock(node: FakeNode, snap_compare: Compare, size: Size) -> None:
    node.status = replace(STATION, logins=True, worker="w-17", locked=True)

    async def before(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: isinstance(pilot.app.screen, LockScreen), "locked")

    assert desk_picture(node, snap_compare, before, size)


def test_the_cards(node: FakeNode, snap_compare: Compare, size: Size) -> None:
    node.cards_out = CardList(
        (
            CardRow(41, "a-box-1", "2026-11-27T05:10Z"),
            CardRow(42, "a-box-2", "2026-11-27T05:12Z"),
        )
    )
    node.counts = AdmissionCounts({"too-young": 2, "not-on-roll": 1}, 3)
    node.status = replace(STATION, outstanding=2, peripherals=(PRINTER,), jobs=(CARD_UNKNOWN,))

    async def before(pilot: Pilot[None]) -> None:
        await _page(pilot, "f5", CardsScreen)
        await _filled(pilot, "card-list")

    assert desk_picture(node, snap_compare, before, size)


def test_who_waits(node: FakeNode, snap_compare: Compare, size: Size) -> None:
    node.to_second = SecondList((TO_SECOND,))
    node.waiting = WaitingList((OWN_WAITING, replace(OWN_WAITING, index=13, ready=True)))

    async def before(pilot: Pilot[None]) -> None:
        await _page(pilot, "f6", WaitingScreen)
        await _filled(pilot, "own-list")

    assert desk_picture(node, snap_compare, before, size)


def test_a_second_confirmation_awaited(node: FakeNode, snap_compare: Compare, size: Size) -> None:
    node.check_in_answers.append(
        SecondAwaited(12, ("a-desk-2",), "Waits for second confirmation at a-desk-2.")
    )
    node.waiting = WaitingList((OWN_WAITING,))

    async def before(pilot: Pilot[None]) -> None:
        await at_person(pilot)
        await pilot.press("f9")
        await reach(pilot, "awaited")

    assert desk_picture(node, snap_compare, before, size)


def test_somebody_not_on_the_roll(node: FakeNode, snap_compare: Compare, size: Size) -> None:
    words = "This national code is not on the roll. Check it with the document."
    node.refuse_find = ("not-on-roll", words)

    async def before(pilot: Pilot[None]) -> None:
        await pilot.press(*CODE, "enter")
        await until(pilot, lambda: bool(pilot.app.screen.away), "refused")

    assert desk_picture(node, snap_compare, before, size)


def test_the_alarms(node: FakeNode, snap_compare: Compare, size: Size) -> None:
    node.status = replace(
        STATION,
        problem="The disk is nearly full. Call the district before the next hundred voters.",
        alarms=(
            "Double check-in for parliament: a-desk-1/0 entry 12 and a-desk-2/0 entry 7. Both "
            "stand; officers decide after the close.",
            "Seven check-ins within one minute: is somebody keying a list?",
        ),
        book_warnings=("Seal 771203 on a-box-1 was put on, but 771204 was found.",),
        needs=("a-box-1 was not seen for 12 min: look at its cable.",),
    )

    async def before(pilot: Pilot[None]) -> None:
        await pilot.press("f7", "down")

    assert desk_picture(node, snap_compare, before, size)


def test_the_choice_of_an_officers_act(node: FakeNode, snap_compare: Compare, size: Size) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await _page(pilot, "f2", OfficersScreen)
        await pilot.press("f5")

    assert desk_picture(node, snap_compare, before, size)
