"""Two officers sign one act: the exact entry in sight, two key files, the station typed by hand.

    any  F9   -> both keys sign, off the node -> done, or words and the page stays
    any  Esc  -> nothing signed

The station's id is typed before F9 works, so that nobody signs for a desk they do not stand at.
PINs are cleared after every try.
"""

import asyncio

from textual.app import ComposeResult
from textual.containers import Grid, Vertical
from textual.widgets import Footer, Input, Static

from sync.outcomes import Done, Refused
from sync.views import StationView
from tui.bars import TitleBar, Words
from tui.client import NodeSilent
from tui.command_tables import SIGN
from tui.commands import Page, bindings
from tui.node_app import NodeApp
from tui.officers import KeyChoice, NotSigned, Proposal, sign_act
from tui.view_models import Line


class SignScreen(Page[str]):
    """Gives back the words of what was done, empty if nothing was."""

    TABLE = SIGN
    BINDINGS = bindings(TABLE)
    AUTO_FOCUS = "#file-1"
    app: NodeApp

    def __init__(self, proposal: Proposal) -> None:
        super().__init__()
        self.proposal = proposal
        self._is_signing = False

    def compose(self) -> ComposeResult:
        """The act, the keys, the answer."""
        yield TitleBar()
        with Vertical(classes="page"):
            yield Static("Two officers sign", classes="title")
            with Vertical(id="sign"):
                yield Words("act-words")
                yield Words("act-origin")
                yield Words("act-entry")
                with Grid(id="key-files"):
                    yield from _key_fields()
            yield Words("act-answer")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Show exactly what is signed."""
        view: StationView | None = self.app.seen.view
        station = view.station if view else ""
        self.query_one("#act-words", Words).write(self.proposal.words)
        self.query_one("#act-origin", Words).write(f"For the log   {self.proposal.origin}")
        entry = f"Exactly this is signed:\n{self.proposal.entry}"
        self.query_one("#act-entry", Words).write(entry)
        self.query_one("#act-confirm", Words).write(f"type {station} to confirm")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next field and never signs."""
        event.stop()
        self.focus_next()

    def action_leave(self) -> None:
        """Esc: nothing is signed."""
        self.dismiss("")

    def action_sign(self) -> None:
        """F9: sign and hand in, if the station's id was typed."""
        view: StationView | None = self.app.seen.view
        if view is None or self._is_signing:
            return
        if self._value("#station-typed").strip() != view.station:
            self._say(Line(f"Type {view.station} in the last field to confirm.", "attention"))
            self.query_one("#station-typed", Input).focus()
            return
        self._is_signing = True
        self._say(Line("Opening the key files ..."))
        self.run_worker(self._sign(self.proposal), group="sign")

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
        if self.is_left:
            self.app.notify(answer.words)
            return
        self._is_signing = False
        if isinstance(answer, Done):
            self.dismiss(answer.words)
        else:
            self._say(Line(f"Not done. {answer.words}", "bad"))

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
