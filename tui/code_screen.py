"""A card's QR code alone, with the whole screen for it; in words when even that is too small."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.desk_panes import CODE_STYLE


class CodeScreen(ModalScreen[None]):
    """Esc or F7 closes it."""

    BINDINGS = [Binding("escape,f7", "close", "Close", priority=True)]

    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self._lines = lines

    def compose(self) -> ComposeResult:
        """The code in the middle."""
        with Container(classes="middle"):
            yield Static(id="whole-code", markup=False)

    def on_resize(self) -> None:
        """Draw the code if it fits, else say how large the window must be."""
        self.query_one("#whole-code", Static).update(self._content())

    def action_close(self) -> None:
        """Back."""
        self.dismiss()

    def _content(self) -> Content:
        if not self._lines:
            return Content("The node has not drawn the code. Esc goes back.")
        rows, columns = len(self._lines), len(self._lines[0])
        width, height = self.app.size
        if rows <= height and columns <= width:
            return Content.styled("\n".join(self._lines), CODE_STYLE)
        return Content(
            f"This window has {height} rows of {width} letters;\n"
            f"the code needs {rows} rows of {columns}.\n\n"
            "Make the window larger or its letters smaller,\n"
            "or use the printed card. Esc goes back."
        )
