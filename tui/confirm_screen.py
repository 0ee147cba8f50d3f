"""A question before something that cannot be taken back: a word is typed, then Enter.

A scanner types digits and Enter, a tired hand presses Enter twice: neither spells the word.
"""

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static


class ConfirmScreen(ModalScreen[bool]):
    """Answers True if the word was typed."""

    BINDINGS = [Binding("escape", "leave", "Back", priority=True)]

    def __init__(self, question: str, word: str) -> None:
        super().__init__()
        self._question, self._word = question, word

    def compose(self) -> ComposeResult:
        """The question and the field."""
        with Vertical(classes="dialog"):
            yield Static(self._question, classes="title", markup=False)
            yield Static(f"Type {self._word} and Enter. Esc goes back.")
            yield Input(id="confirm-word", compact=True)

    @on(Input.Submitted)
    def typed(self, event: Input.Submitted) -> None:
        """Only the very word."""
        event.stop()
        if event.value.strip().casefold() == self._word:
            self.dismiss(True)
        else:
            self.query_one("#confirm-word", Input).value = ""

    def action_leave(self) -> None:
        """Esc."""
        self.dismiss(False)
