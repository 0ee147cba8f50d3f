"""The question before a screen is left. Only the letter y leaves, so that no scanner ever does."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static


class QuitScreen(ModalScreen[bool]):
    """Answers True to leave."""

    BINDINGS = [
        Binding("y", "answer(True)", "Leave"),
        Binding("n,escape", "answer(False)", "Stay"),
    ]

    def compose(self) -> ComposeResult:
        """The question."""
        with Vertical(classes="dialog"):
            yield Static("Leave this screen?", classes="title")
            yield Static("The station goes on working without it.")
            yield Static("y  leave      n  stay", classes="choices")

    def action_answer(self, leave: bool) -> None:
        """Give the answer back."""
        self.dismiss(leave)
