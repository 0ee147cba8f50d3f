"""The officers' page: choose an act and the keys, then sign it on the page behind.

    1-3  key files    -> the node proposes the entry -> the page where two officers sign
    1-3  smart cards  -> the terminal is given to `pollmesh act`, which asks for cards and PINs
    F5   key files or smart cards
    Esc  -> back to the desk, nothing signed

Before the polls are closed the queue at the door is counted; Esc leaves that out. Cards are read
by a program of their own because a screen knows no device: it looks at the act and at the package
for itself, and talks to the node as this screen does.
"""

import contextlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding
from textual.containers import Vertical
from textual.reactive import reactive
from textual.widgets import Footer, Static

from sync.outcomes import ActProposed, Refused
from sync.views import StationView
from tui.bars import TitleBar, Words
from tui.client import NodeSilent
from tui.command_tables import OFFICERS
from tui.commands import Page, bindings
from tui.form_screen import FormScreen
from tui.forms import QUEUE
from tui.node_app import NodeApp
from tui.officers import ACTS, ActChoice, NotSigned, read_proposal
from tui.sign_screen import SignScreen
from tui.view_models import Line

KEY_LINES = {
    False: "Keys: [x] key files   [ ] smart cards      F5 changes",
    True: "Keys: [ ] key files   [x] smart cards      F5 changes",
}
BY_CARD = "Signed with smart cards."
NOT_BY_CARD = "Nothing was signed with smart cards. What was said stands in the terminal above."
NO_TERMINAL = "Smart cards need a terminal. Use: pollmesh act {} FOLDER --card any --card any"


class OfficersScreen(Page[str]):
    """Gives back the words of what was done, empty if nothing was."""

    TABLE = OFFICERS
    BINDINGS = [
        *bindings(TABLE),
        *(Binding(str(n), f"propose({n - 1})", show=False) for n in range(1, len(ACTS) + 1)),
    ]
    AUTO_FOCUS = ""
    """Nothing has the keyboard while the act is chosen by number."""
    app: NodeApp

    by_card: reactive[bool] = reactive(False, init=False)

    def compose(self) -> ComposeResult:
        """The acts and the keys."""
        yield TitleBar()
        with Vertical(classes="page"):
            yield Static("Officers' act", classes="title")
            yield Static("Two officers sign, one of each authority. Choose by number:")
            with Vertical(id="choose"):
                for number, choice in enumerate(ACTS, 1):
                    yield Static(f"  {number}  {choice.words}")
            yield Words("act-keys")
            yield Words("act-answer")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Key files, unless somebody says otherwise."""
        self.watch_by_card(self.by_card)

    def watch_by_card(self, by_card: bool) -> None:
        """Say which keys are used."""
        self.query_one("#act-keys", Words).write(KEY_LINES[by_card])

    def action_leave(self) -> None:
        """Esc: back to the desk."""
        self.dismiss("")

    def action_other_keys(self) -> None:
        """F5."""
        self.by_card = not self.by_card

    async def action_propose(self, number: int) -> None:
        """A number: the queue first where polls are closed, then the act."""
        choice = ACTS[number]
        if choice.act == "close":
            await self.app.push_screen(FormScreen(QUEUE), lambda words: self._counted(choice))
        else:
            self._begin(choice)

    def _counted(self, choice: ActChoice) -> None:
        self._begin(choice)

    def _begin(self, choice: ActChoice) -> None:
        if self.by_card:
            self._by_card(choice)
        else:
            self.run_worker(self._propose(choice), group="propose", exclusive=True)

    async def _propose(self, choice: ActChoice) -> None:
        view: StationView | None = self.app.seen.view
        answer = await self.app.client.propose(choice.act)
        if self.is_left:
            return
        if view is None or not isinstance(answer, ActProposed):
            words = answer.words if isinstance(answer, Refused | NodeSilent) else "No node yet."
            self._say(Line(words, "bad"))
            return
        proposal = read_proposal(answer, choice, view)
        if isinstance(proposal, NotSigned):
            self._say(Line(proposal.words, "bad"))
            return
        self._say(Line(""))
        await self.app.push_screen(SignScreen(proposal), self._signed)

    def _signed(self, words: str | None) -> None:
        if words:
            self.dismiss(words)
        else:
            self._say(Line("Nothing was signed.", "attention"))

    def _by_card(self, choice: ActChoice) -> None:
        try:
            with self.app.suspend():
                is_signed = run_act(choice.act, self.app.client.socket.parent)
        except SuspendNotSupported:
            self._say(Line(NO_TERMINAL.format(choice.act), "bad"))
            return
        if is_signed:
            self.dismiss(BY_CARD)
        else:
            self._say(Line(NOT_BY_CARD, "bad"))

    def _say(self, line: Line) -> None:
        self.query_one("#act-answer", Words).say(line)


def run_act(act: str, folder: Path, wait: Callable[[str], str] = input) -> bool:
    """Let `pollmesh act` have the terminal; was the act signed? Waits, so that it can be read."""
    command = [sys.executable, "-m", "node", "act", act, str(folder)]
    ended = subprocess.run([*command, "--card", "any", "--card", "any"], check=False)
    with contextlib.suppress(EOFError):
        wait("Press Enter to go back to the screen. ")
    return ended.returncode == 0
