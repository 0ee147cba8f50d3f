"""One of a few, on one line or more: the arrows or the number choose, a mark shows which.

    1 [ ] incident   2 [x] complaint

Nothing is chosen at first, so that nobody writes a reason that was never thought of.
"""

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

GAP_CELLS = 3


class Choice(Static, can_focus=True):
    """`value` is what was chosen, empty while nothing is."""

    BINDINGS = [
        Binding("left,up", "step(-1)", show=False),
        Binding("right,down,space", "step(1)", show=False),
        Binding("enter", "next", show=False),
    ]

    class Chosen(Message):
        """Another one."""

    def __init__(self, name: str, choices: tuple[tuple[str, str], ...], value: str = "") -> None:
        super().__init__(id=name, markup=False, classes="choice")
        self._choices = choices
        self.value = value

    def on_mount(self) -> None:
        """Show what is there."""
        self._show()

    def on_resize(self) -> None:
        """More or fewer beside each other."""
        self._show()

    def on_key(self, event: events.Key) -> None:
        """A number chooses."""
        if event.character and event.character.isdecimal():
            at = int(event.character) - 1
            if 0 <= at < len(self._choices):
                event.stop()
                self._choose(at)

    def action_step(self, step: int) -> None:
        """The one before or behind."""
        values = [value for value, _ in self._choices]
        if self.value in values:
            self._choose((values.index(self.value) + step) % len(values))
        else:
            self._choose(0 if step > 0 else len(values) - 1)

    def action_next(self) -> None:
        """Enter goes on, as in every field."""
        self.screen.focus_next()

    def _choose(self, at: int) -> None:
        self.value = self._choices[at][0]
        self._show()
        self.post_message(self.Chosen())

    def _show(self) -> None:
        """As many beside each other as there is room for, below each other in columns."""
        texts = [
            f"{number} [{'x' if value == self.value else ' '}] {words}"
            for number, (value, words) in enumerate(self._choices, 1)
        ]
        cells = max(map(len, texts)) + GAP_CELLS
        columns = max(1, (self.content_size.width + GAP_CELLS) // cells)
        parts = [
            Content.styled(text, "bold reverse" if value == self.value else "").append(
                " " * (cells - len(text))
            )
            for text, (value, _) in zip(texts, self._choices, strict=True)
        ]
        rows = [parts[at : at + columns] for at in range(0, len(parts), columns)]
        self.update(Content("\n").join(Content("").join(row).rstrip() for row in rows))
