"""The supervisor: what one district station knows of its province. Reading only.

Four panes under the keys 1-4. Every figure is shown with its age: `Heard` counts from the node's
own clock, and while the node is silent the bar says for how long nothing new has come.
"""

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import ContentSwitcher, DataTable, Footer

from sync.views import ProvinceView
from tui import province_rows
from tui.bars import TitleBar, Words
from tui.client import NodeSilent
from tui.keys import SUPERVISOR_KEYS, bindings, works
from tui.node_app import NodeApp, Seen
from tui.tables import RowTable
from tui.view_models import STALE_MS, Line, age_words

PANES = ("places", "stations", "results", "alarms")


class SupervisorApp(NodeApp):
    """The program of a supervisor."""

    TITLE = "pollmesh supervisor"
    CSS_PATH = ["styles/common.tcss", "styles/supervisor.tcss"]
    KEYS = SUPERVISOR_KEYS

    def __init__(self, *arguments: object, period_s: float = 1.0, **options: object) -> None:
        super().__init__(*arguments, period_s=period_s, **options)  # type: ignore[arg-type]

    def get_default_screen(self) -> Screen:
        """The supervisor's one screen."""
        return SupervisorScreen()

    async def ask(self) -> ProvinceView | NodeSilent:
        """The province's figures."""
        return await self.client.figures()


class SupervisorScreen(Screen[None]):
    """Tabs above, one pane, totals and staleness below."""

    BINDINGS = bindings(SUPERVISOR_KEYS)
    app: SupervisorApp

    stage: reactive[str] = reactive("places", init=False)
    contest: reactive[int] = reactive(0, init=False)

    def compose(self) -> ComposeResult:
        """Title, tabs, panes, bar, footer."""
        yield TitleBar(id="title-bar")
        yield Words("tabs")
        with ContentSwitcher(initial="places", id="panes"):
            with Vertical(id="places"):
                yield RowTable(province_rows.PLACE_COLUMNS, "place-table")
                yield Words("place-detail")
            with Vertical(id="stations"):
                yield RowTable(province_rows.STATION_COLUMNS, "station-table")
            with Vertical(id="results"):
                yield Words("contest-words")
                yield RowTable(province_rows.OPTION_COLUMNS, "option-table")
            with VerticalScroll(id="alarms"):
                yield Words("alarm-words")
        with Vertical(id="day-bar"):
            yield Words("problem")
            yield Words("total")
            yield Words("source")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Watch the node."""
        self.watch(self.app, "seen", self._show_seen)
        self.query_one("#place-table").focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys work where their table says."""
        return works(SUPERVISOR_KEYS, action, parameters, self.stage)

    def action_pane(self, pane: str) -> None:
        """1-4."""
        self.stage = pane

    def action_contest(self, step: int) -> None:
        """Left and Right in the results."""
        view: ProvinceView | None = self.app.seen.view
        if view and view.contests:
            self.contest = (self.contest + step) % len(view.contests)

    def watch_stage(self, stage: str) -> None:
        """Bring the pane up."""
        self.query_one("#panes", ContentSwitcher).current = stage
        focus = {"places": "#place-table", "stations": "#station-table", "results": "#option-table"}
        self.query_one(focus.get(stage, "#alarms")).focus()
        self.refresh_bindings()
        self._show_seen(self.app.seen)

    def watch_contest(self) -> None:
        """Another contest."""
        self._show_seen(self.app.seen)

    @on(DataTable.RowHighlighted, "#place-table")
    def place_chosen(self) -> None:
        """The place under the cursor is told in full below."""
        self._show_place()

    def _show_seen(self, seen: Seen) -> None:
        view: ProvinceView | None = seen.view
        self._show_bar(seen)
        if view is None:
            self.query_one(TitleBar).say("supervisor", "", False)
            return
        left = f"{view.station}  {view.province}"
        self.query_one(TitleBar).say(left, f"{view.day}  supervisor", view.training)
        self.query_one("#tabs", Words).write(_tabs(view, self.stage))
        self.query_one("#place-table", RowTable).show(province_rows.place_rows(view))
        self.query_one("#station-table", RowTable).show(province_rows.station_rows(view))
        alarms = self.query_one("#alarm-words", Words)
        alarms.say_all(province_rows.alarm_lines(view))
        self._show_place()
        self._show_contest(view)

    def _show_place(self) -> None:
        view: ProvinceView | None = self.app.seen.view
        if view is not None:
            key = self.query_one("#place-table", RowTable).cursor_key
            lines = province_rows.place_detail(view, key)
            self.query_one("#place-detail", Words).say_all(lines)

    def _show_contest(self, view: ProvinceView) -> None:
        words = self.query_one("#contest-words", Words)
        if not view.contests:
            words.say(Line("The package names no contest.", "attention"))
            return
        number = min(self.contest, len(view.contests) - 1)
        contest = view.contests[number]
        lines = province_rows.contest_lines(contest, number + 1, len(view.contests))
        words.say_all(lines)
        table = self.query_one("#option-table", RowTable)
        table.show(province_rows.option_rows(contest))

    def _show_bar(self, seen: Seen) -> None:
        problem = self.query_one("#problem", Words)
        view: ProvinceView | None = seen.view
        alarms = province_rows.alarm_count(view) if view else 0
        problem.display = seen.silent is not None or (alarms > 0 and self.stage != "alarms")
        if seen.silent is not None:
            age_ms = int((self.app.clock() - seen.at_s) * 1000)
            since = f"STALE {age_words(age_ms)}: " if view and age_ms > STALE_MS else ""
            problem.write(f"NO NODE: {since}{seen.silent.words}")
        else:
            problem.write(f"ALARMS: {alarms}. Press 4 to read them.")
        if view is not None:
            self.query_one("#total", Words).say(province_rows.total_line(view))
            source = f"read from {view.station}, package {view.package}"
            self.query_one("#source", Words).write(source)


def _tabs(view: ProvinceView, stage: str) -> str:
    names = {
        "places": "1 Places",
        "stations": "2 Stations",
        "results": "3 Results",
        "alarms": f"4 Alarms ({province_rows.alarm_count(view)})",
    }
    return "  ".join(f"[{name}]" if pane == stage else f" {name} " for pane, name in names.items())
