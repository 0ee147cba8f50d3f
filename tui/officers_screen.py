"""The officers' page: choose an act, read the exact entry, sign it with two keys.

    choose  1-3  -> the node proposes the entry  -> sign
    sign    F9   -> both keys sign, off the node -> done, or words and the page stays
    any     Esc  -> back to the desk, nothing signed

The station's id is typed by hand before F9 works, so that nobody closes a desk they do not stand
at. PINs are cleared after every try.
"""

import asyncio

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Grid, Vertical
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.widgets import ContentSwitcher, Footer, Input, Static

from sync.outcomes import ActProposed, Done, Refused
from sync.views import StationView
from tui import view_models
from tui.bars import TitleBar, Words
from tui.client import NodeSilent
from tui.keys import OFFICERS_KEYS, bindings, works
from tui.node_app import NodeApp, Seen
from tui.officers import (
    ACTS,
    ActChoice,
    KeyChoice,
    NotSigned,
    Proposal,
    read_proposal,
    sign_act,
)
from tui.view_models import Line


class OfficersScreen(ModalScreen[str]):
    """Gives back the words of what was done, empty if nothing was."""

    BINDINGS = [
        *bindings(OFFICERS_KEYS),
        *(Binding(str(n), f"propose({n - 1})", show=False) for n in range(1, len(ACTS) + 1)),
    ]
    AUTO_FOCUS = ""
    """Nothing has the keyboard while the act is chosen by number."""
    app: NodeApp

    stage: reactive[str] = reactive("choose", init=False)

    def __init__(self) -> None:
        super().__init__()
        self.proposal: Proposal | None = None
        self._signing = False

    def compose(self) -> ComposeResult:
        """Both stages; one is in sight."""
        yield TitleBar(id="title-bar")
        with Vertical(classes="page"):
            yield Static("Officers' act", classes="title")
            with ContentSwitcher(initial="choose", id="officers"):
                with Vertical(id="choose"):
                    yield Static("Two officers sign, one of each authority. Choose by number:")
                    for number, choice in enumerate(ACTS, 1):
                        yield Static(f"  {number}  {choice.words}")
                with Vertical(id="sign"):
                    yield Words("act-words")
                    yield Words("act-origin")
                    yield Words("act-entry")
                    with Grid(id="key-files"):
                        yield from _key_fields()
            yield Words("act-answer")
        yield Footer(show_command_palette=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Choosing while nothing is chosen, signing afterwards."""
        if action == "propose":
            return self.stage == "choose"
        return works(OFFICERS_KEYS, action, parameters, self.stage)

    def on_mount(self) -> None:
        """The station's title and the watermark stay in sight."""
        self.watch(self.app, "seen", self._show_seen)

    def watch_stage(self, stage: str) -> None:
        """Bring the stage up."""
        self.query_one("#officers", ContentSwitcher).current = stage
        self.refresh_bindings()

    def action_leave(self) -> None:
        """Esc: back to the desk."""
        self.dismiss("")

    def action_propose(self, number: int) -> None:
        """Ask the node for the entry of an act."""
        self.run_worker(self._propose(ACTS[number]), group="propose", exclusive=True)

    def action_sign(self) -> None:
        """F9: sign and hand in, if the station's id was typed."""
        view: StationView | None = self.app.seen.view
        if self.proposal is None or view is None or self._signing:
            return
        if self._value("#station-typed").strip() != view.station:
            self._say(Line(f"Type {view.station} in the last field to confirm.", "attention"))
            self.query_one("#station-typed", Input).focus()
            return
        self._signing = True
        self._say(Line("Opening the key files ..."))
        self.run_worker(self._sign(self.proposal), group="sign")

    async def _propose(self, choice: ActChoice) -> None:
        view: StationView | None = self.app.seen.view
        answer = await self.app.client.propose(choice.act)
        if view is None or not isinstance(answer, ActProposed):
            words = answer.words if isinstance(answer, Refused | NodeSilent) else "No node yet."
            self._say(Line(words, "bad"))
            return
        proposal = read_proposal(answer, choice, view)
        if isinstance(proposal, NotSigned):
            self._say(Line(proposal.words, "bad"))
            return
        self.proposal = proposal
        self.stage = "sign"
        self.query_one("#act-words", Words).write(proposal.words)
        self.query_one("#act-origin", Words).write(f"For the log   {proposal.origin}")
        self.query_one("#act-entry", Words).write(f"Exactly this is signed:\n{proposal.entry}")
        self.query_one("#act-confirm", Words).write(f"type {view.station} to confirm")
        self._say(Line(""))
        self.query_one("#file-1", Input).focus()

    async def _sign(self, proposal: Proposal) -> None:
        keys = (
            KeyChoice(self._value("#file-1"), self._value("#pin-1")),
            KeyChoice(self._value("#file-2"), self._value("#pin-2")),
        )
        for pin in ("#pin-1", "#pin-2"):
            self.query_one(pin, Input).value = ""
        signed = await asyncio.to_thread(sign_act, proposal, keys)
        if isinstance(signed, NotSigned):
            answer: Done | Refused | NodeSilent | NotSigned = signed
        else:
            answer = await self.app.client.submit(signed)
        self._signing = False
        if isinstance(answer, Done):
            self.dismiss(answer.words)
        else:
            self._say(Line(f"Not done. {answer.words}", "bad"))

    def _show_seen(self, seen: Seen) -> None:
        view: StationView | None = seen.view
        if view is not None:
            polls = view_models.polls_line(view).text
            self.query_one(TitleBar).say(view_models.title_line(view).text, polls, view.training)

    def _say(self, line: Line) -> None:
        self.query_one("#act-answer", Words).say(line)

    def _value(self, name: str) -> str:
        return self.query_one(name, Input).value


def _key_fields() -> ComposeResult:
    for number, place in ((1, "First"), (2, "Second")):
        yield Static(f"{place} officer")
        yield Input(id=f"file-{number}", placeholder="path of the key file", compact=True)
        yield Input(id=f"pin-{number}", placeholder="PIN", password=True, compact=True)
    yield Static("This station")
    yield Input(id="station-typed", placeholder="its id", compact=True)
    yield Words("act-confirm")
