"""Every command of a screen, from the table its footer is made of, searched while one types."""

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.bars import TitleBar
from tui.commands import Command, Table, matching

KEY_CELLS = 7
WORDS_CELLS = 24
PALETTE = "Ctrl+P"
"""What stands for the key of a command that has none."""


class HelpScreen(ModalScreen[None]):
    """Esc or F1 closes it."""

    BINDINGS = [
        Binding("escape,f1", "close", "Close", priority=True),
        *(
            Binding(key, f"scroll_keys({rows})", show=False, priority=True)
            for key, rows in (("up", -1), ("down", 1), ("pageup", -10), ("pagedown", 10))
        ),
    ]

    def __init__(self, table: Table) -> None:
        super().__init__()
        self._table = table

    def compose(self) -> ComposeResult:
        """Search field and list."""
        yield TitleBar()
        with Vertical(classes="page"):
            yield Static("Help: keys and commands", classes="title")
            yield Input(placeholder="Type to search, for example: card", id="search", compact=True)
            with VerticalScroll(can_focus=False):
                yield Static(id="keys")
            yield Static("Esc  close      Up, Down  the rest of the list", classes="choices")

    def on_mount(self) -> None:
        """Start with all of them."""
        self._show("")

    @on(Input.Changed, "#search")
    def search(self, event: Input.Changed) -> None:
        """Show what matches."""
        self._show(event.value)

    def action_close(self) -> None:
        """Back."""
        self.dismiss()

    def action_scroll_keys(self, rows: int) -> None:
        """The field keeps the keyboard; these keys are the list's."""
        self.query_one(VerticalScroll).scroll_relative(y=rows, animate=False)

    def _show(self, text: str) -> None:
        rows = [_row(command) for command in matching(self._table, text)]
        nothing = [Content("Nothing matches. Shorten the search.")]
        self.query_one("#keys", Static).update(Content("\n").join(rows or nothing))


def _row(command: Command) -> Content:
    key = command.key_name or PALETTE
    words = command.words.ljust(WORDS_CELLS)
    return Content.assemble((key.ljust(KEY_CELLS), "bold"), words, command.help)
