"""A supervisor reads: places with their age, stations, partial results, alarms."""

import asyncio
from collections.abc import Awaitable, Callable

from msgspec.structs import replace
from textual.pilot import Pilot
from textual.widgets import Static

from tests.tui.examples import PARLIAMENT, PROVINCE
from tests.tui.fake_node import FakeNode
from tests.tui.screens import PERIOD_S, until
from tui.client import NodeClient
from tui.supervisor_screen import SupervisorApp
from tui.tables import RowTable


class Supervisor:
    """The screen under a test's fingers."""

    def __init__(self, app: SupervisorApp, pilot: Pilot[None]) -> None:
        self.app, self.pilot, self.press = app, pilot, pilot.press

    def text(self, name: str) -> str:
        return str(self.app.screen.query_one(f"#{name}", Static).content)

    async def see(self, name: str, words: str) -> None:
        await until(self.pilot, lambda: words in self.text(name), f"'{words}' in #{name}")

    def rows(self, name: str) -> list[list[str]]:
        table = self.app.screen.query_one(f"#{name}", RowTable)
        return [[str(cell).strip() for cell in table.get_row_at(n)] for n in range(table.row_count)]


def supervising(
    node: FakeNode,
    story: Callable[[Supervisor], Awaitable[None]],
    clock: Callable[[], float] = lambda: 0.0,
) -> None:
    """Run `story` at 80 x 24 on a district node that has answered."""
    node.figures = node.figures or PROVINCE

    async def run() -> None:
        app = SupervisorApp(
            NodeClient(node.socket), text_order="logical", period_s=PERIOD_S, clock=clock
        )
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: app.seen.view is not None, "the node answers")
            await story(Supervisor(app, pilot))

    asyncio.run(run())


def test_places_show_turnout_missing_boxes_and_how_old_each_row_is(node: FakeNode) -> None:
    async def story(supervisor: Supervisor) -> None:
        assert supervisor.rows("place-table") == [
            ["Golestan School", "دبستان گلستان", "1200", "496", "495", "480", "41.3", "2/2", "2 s"],
            ["Nur Mosque", "مسجد نور", "800", "301", "301", "300", "37.6", "1/1", "stale 3 min"],
            ["Mehr Library", "کتابخانهٔ مهر", "150", "0", "0", "0", "0.0", "0/1", "never"],
        ]
        await supervisor.see("total", "3 places, 2150 voters, 797 in (37.1 %), 780 cast, 3 of 4")
        await supervisor.press("down", "down")
        await supervisor.see("place-detail", "Missing boxes: c-box-1")

    supervising(node, story)


def test_results_of_some_boxes_are_marked_partial_and_none_are_shown_before(
    node: FakeNode,
) -> None:
    async def story(supervisor: Supervisor) -> None:
        await supervisor.press("3")
        await supervisor.see("contest-words", "PARTIAL: 3 of 4 boxes. 780 ballots, 12 blank")
        assert supervisor.rows("option-table") == [
            ["102", "رضا یزدانی", "Reza Yazdani", "512", "65.6 %"],
            ["101", "سارا کاظمی", "Sara Kazemi", "410", "52.6 %"],
            ["103", "نرگس مرادی", "Narges Moradi", "88", "11.3 %"],
        ]
        await supervisor.press("right")
        await supervisor.see("contest-words", "No box has returned yet, 0 of 4.")
        assert supervisor.rows("option-table") == []
        await supervisor.press("right")
        await supervisor.see("contest-words", "Parliament")
        whole = replace(PARLIAMENT, boxes_returned=4, withheld_boxes=("c-box-1",))
        node.figures = replace(PROVINCE, contests=(whole,))
        await supervisor.see("contest-words", "ALL BOXES: 4 of 4 boxes")
        await supervisor.see("contest-words", "Withheld, too few ballots to show: c-box-1")

    supervising(node, story)


def test_alarms_are_announced_on_every_pane_and_listed_on_their_own(node: FakeNode) -> None:
    async def story(supervisor: Supervisor) -> None:
        await supervisor.see("problem", "ALARMS: 3. Press 4 to read them.")
        await supervisor.press("4")
        await supervisor.see("alarm-words", "DOUBLE CHECK-IN: voter 00a1f0 parliament")
        await supervisor.see("alarm-words", "FAULT: b-desk-1/0 #31: a second card")
        await supervisor.see("tabs", "[4 Alarms (3)]")
        assert not supervisor.app.screen.query_one("#problem").display

    supervising(node, story)


def test_stations_are_listed_with_state_and_age(node: FakeNode) -> None:
    async def story(supervisor: Supervisor) -> None:
        await supervisor.press("2")
        rows = supervisor.rows("station-table")
        assert len(rows) == 8
        assert rows[0] == ["a-desk-1", "Golestan School", "open", "250", "250", "", "by 2", "2 s"]
        assert rows[-1] == ["c-box-1", "Mehr Library", "unready", "", "", "0", "by 0", "never"]

    supervising(node, story)


def test_old_figures_stay_in_sight_marked_with_their_age_while_the_node_is_silent(
    node: FakeNode,
) -> None:
    now = [0.0]

    async def story(supervisor: Supervisor) -> None:
        node.stop()
        await supervisor.see("problem", "NO NODE: The node")
        now[0] = 200.0
        await supervisor.press("2")
        await supervisor.see("problem", "NO NODE: STALE 3 min")
        assert len(supervisor.rows("place-table")) == 3
        node.start()
        await supervisor.see("problem", "ALARMS: 3")

    supervising(node, story, clock=lambda: now[0])


def test_the_cursor_stays_on_its_place_when_places_are_added(node: FakeNode) -> None:
    async def story(supervisor: Supervisor) -> None:
        await supervisor.press("down")
        first = replace(PROVINCE.places[0], place="0", latin="First Place")
        node.figures = replace(PROVINCE, places=(first, *PROVINCE.places))
        await until(
            supervisor.pilot, lambda: len(supervisor.rows("place-table")) == 4, "four places"
        )
        assert supervisor.app.screen.query_one("#place-table", RowTable).cursor_key == "b"

    supervising(node, story)


def test_rows_are_filtered_by_words_and_numbers_in_the_filter_choose_no_pane(
    node: FakeNode,
) -> None:
    async def story(supervisor: Supervisor) -> None:
        await supervisor.press("f7", *"never")
        await until(supervisor.pilot, lambda: len(supervisor.rows("place-table")) == 1, "one")
        assert supervisor.rows("place-table")[0][0] == "Mehr Library"
        await supervisor.press("1", "2")
        assert supervisor.app.screen.stage == "places"
        await supervisor.press("escape")
        await until(supervisor.pilot, lambda: len(supervisor.rows("place-table")) == 3, "all")
        await supervisor.press("2")
        assert supervisor.app.screen.stage == "stations"

    supervising(node, story)
