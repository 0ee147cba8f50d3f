"""Everything that somebody should look at, in full: the bar below has room for two lines."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import DataTable, Footer, Input, Static

from sync.views import StationView
from tui import view_models
from tui.bars import TitleBar, Words
from tui.book_rows import filtered
from tui.command_tables import ALARMS
from tui.commands import Page, bindings
from tui.node_app import NodeApp
from tui.province_rows import Column, Row
from tui.seen import Seen
from tui.tables import RowTable

ALARM_COLUMNS = (Column("Kind", 10), Column("What is so, and what to do", 66, False, True))


class AlarmsScreen(Page[None]):
    """A list and the line under the cursor in full."""

    TABLE = ALARMS
    BINDINGS = bindings(TABLE)
    AUTO_FOCUS = "#alarm-list"
    app: NodeApp

    def compose(self) -> ComposeResult:
        """List, filter, detail."""
        yield TitleBar()
        with Vertical(classes="page"):
            yield Static("Alarms and warnings", classes="title")
            yield Input(id="alarm-filter", placeholder="Filter: type words", compact=True)
            yield RowTable(ALARM_COLUMNS, "alarm-list")
            yield Words("alarm-detail", "detail")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Stay as new as the bar."""
        self.query_one("#alarm-filter").display = False
        self.watch(self.app, "seen", self._show_seen)

    @on(DataTable.RowHighlighted)
    def row_chosen(self) -> None:
        """Another line is under the cursor."""
        self._show_seen(self.app.seen)

    @on(Input.Changed)
    def filter_changed(self) -> None:
        """Fewer lines, or more."""
        self._show_seen(self.app.seen)

    @on(Input.Submitted)
    def filter_done(self) -> None:
        """Enter: back to the lines."""
        self.query_one("#alarm-list").focus()

    def action_filter(self) -> None:
        """F7."""
        field = self.query_one("#alarm-filter", Input)
        field.display = True
        field.focus()

    def action_leave(self) -> None:
        """Esc: the filter first."""
        field = self.query_one("#alarm-filter", Input)
        if field.display:
            field.value, field.display = "", False
            self.query_one("#alarm-list").focus()
        else:
            self.dismiss()

    def _show_seen(self, seen: Seen) -> None:
        view: StationView | None = seen.view
        if view is None or self.is_left:
            return
        found = view_models.alarms(view)
        rows = [Row(str(at), (kind, words)) for at, (kind, words) in enumerate(found)]
        table = self.query_one("#alarm-list", RowTable)
        table.show(filtered(rows, self.query_one("#alarm-filter", Input).value))
        key = table.cursor_key
        words = found[int(key)][1] if key else "Nothing to look at: all is well."
        self.query_one("#alarm-detail", Words).write(words)
