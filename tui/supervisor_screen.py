"""The supervisor: what one district station knows of its province. Reading only.

Four panes under the keys 1-4. Every figure is shown with its age: `Heard` counts from the node's
own clock, and while the node is silent the bar says for how long nothing new has come.
"""

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import ContentSwitcher, DataTable, Footer, Input

from sync.views import ProvinceView
from tui import province_rows
from tui.bars import TitleBar, Words
from tui.book_rows import filtered
from tui.client import NodeSilent
from tui.command_tables import SUPERVISOR
from tui.commands import CommandScreen, bindings
from tui.node_app import NodeApp
from tui.seen import Seen
from tui.tables import RowTable
from tui.view_models import STALE_MS, Line, age_words

PANES = ("places", "stations", "results", "alarms")


class SupervisorApp(NodeApp):
    """The program of a supervisor."""

    TITLE = "pollmesh supervisor"
    CSS_PATH = [*NodeApp.CSS_PATH, "styles/supervisor.tcss"]

    def __init__(self, *arguments: object, period_s: float = 1.0, **options: object) -> None:
        super().__init__(*arguments, period_s=period_s, **options)  # type: ignore[arg-type]

    def get_default_screen(self) -> Screen[None]:
        """The supervisor's one screen."""
        return SupervisorScreen()

    async def ask(self) -> ProvinceView | NodeSilent:
        """The province's figures."""
        return await self.client.figures()


class SupervisorScreen(CommandScreen[None]):
    """Tabs above, one pane, totals and staleness below."""

    TABLE = SUPERVISOR
    BINDINGS = bindings(TABLE)
    app: SupervisorApp

    stage: reactive[str] = reactive("places", init=False)
    contest: reactive[int] = reactive(0, init=False)

    def compose(self) -> ComposeResult:
        """Title, tabs, panes, bar, footer."""
        yield TitleBar()
        yield Words("tabs")
        yield Input(id="row-filter", placeholder="Filter: type words", compact=True)
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
        self.query_one("#row-filter").display = False
        self.query_one("#place-table").focus()

    def has_use(self, action: str) -> bool:
        """A number in the filter is a number of the filter."""
        if action in ("pane", "contest"):
            return not isinstance(self.focused, Input)
        return action != "leave_filter" or bool(self.query_one("#row-filter").display)

    def action_filter(self) -> None:
        """F7: fewer rows."""
        field = self.query_one("#row-filter", Input)
        field.display = True
        field.focus()
        self.refresh_bindings()

    def action_leave_filter(self) -> None:
        """Esc: all rows."""
        field = self.query_one("#row-filter", Input)
        field.value, field.display = "", False
        self.watch_stage(self.stage)

    @on(Input.Changed, "#row-filter")
    def filter_changed(self) -> None:
        """Other rows."""
        self._show_seen(self.app.seen)

    @on(Input.Submitted, "#row-filter")
    def filter_done(self) -> None:
        """Enter: to the rows that are left."""
        self.watch_stage(self.stage)

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
            return
        self.query_one("#tabs", Words).write(_tabs(view, self.stage))
        text = self.query_one("#row-filter", Input).value
        for name, rows in (
            ("place", province_rows.place_rows(view)),
            ("station", province_rows.station_rows(view)),
        ):
            self.query_one(f"#{name}-table", RowTable).show(filtered(rows, text))
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
