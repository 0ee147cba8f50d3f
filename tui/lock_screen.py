"""Nobody is on at this desk, or it was left alone: badge and PIN, and nothing of any voter.

Leaving it by any other key is not possible. Officers' acts are: polls open and close whoever sits
here. What was on the screen below comes back as it was.
"""

from textual import on
from textual.app import ComposeResult
from textual.containers import Grid, Vertical
from textual.widgets import Footer, Input, Static

from sync.outcomes import Done
from sync.views import StationView
from tui.bars import TitleBar, Words
from tui.command_tables import LOCK
from tui.commands import Page, bindings
from tui.form_screen import FormScreen
from tui.forms import ENROL
from tui.node_app import NodeApp
from tui.officers_screen import OfficersScreen
from tui.seen import Seen
from tui.view_models import Line, lock_words, needs_login


class LockScreen(Page[str]):
    """Goes by itself once the node says that somebody is on."""

    TABLE = LOCK
    BINDINGS = bindings(TABLE)
    AUTO_FOCUS = "#badge"
    app: NodeApp

    def compose(self) -> ComposeResult:
        """Two fields."""
        yield TitleBar()
        with Vertical(classes="page"):
            yield Static("THIS DESK IS LOCKED", classes="banner bad")
            yield Words("lock-words")
            with Grid(classes="fields"):
                yield Static("Badge", classes="label")
                yield Input(id="badge", placeholder="scan or type it", compact=True)
                yield Static("PIN of the day", classes="label")
                yield Input(id="pin", password=True, compact=True)
            yield Words("lock-answer", "answer")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Watch the node."""
        self.watch(self.app, "seen", self._show_seen)

    @on(Input.Submitted, "#badge")
    def badge_typed(self, event: Input.Submitted) -> None:
        """Enter: to the PIN."""
        event.stop()
        self.query_one("#pin").focus()

    @on(Input.Submitted, "#pin")
    def pin_typed(self, event: Input.Submitted) -> None:
        """Enter: log in."""
        event.stop()
        badge = self.query_one("#badge", Input).value.strip()
        pin, event.input.value = event.value.strip(), ""
        if not badge or not pin:
            self._say(Line("Type the badge number and the PIN.", "attention"))
            return
        self.run_worker(self._log_in(badge, pin), group="log-in", exclusive=True)

    async def action_officers(self) -> None:
        """F2."""
        await self.app.push_screen(OfficersScreen(), self._told)

    async def action_enrol(self) -> None:
        """F4."""
        await self.app.push_screen(FormScreen(ENROL), self._told)

    async def _log_in(self, badge: str, pin: str) -> None:
        answer = await self.app.client.write("/workers/on", {"worker": badge, "pin": pin})
        if not self.is_left:
            self._say(Line(answer.words, "good" if isinstance(answer, Done) else "bad"))

    def _told(self, words: str | None) -> None:
        if words:
            self._say(Line(words, "good"))

    def _show_seen(self, seen: Seen) -> None:
        view: StationView | None = seen.view
        if view is None or self.is_left:
            return
        self.query_one("#lock-words", Words).write(lock_words(view))
        if not needs_login(view) and self.app.screen is self:
            self.dismiss("")

    def _say(self, line: Line) -> None:
        self.query_one("#lock-answer", Words).say(line)
