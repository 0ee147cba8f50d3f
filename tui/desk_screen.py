"""The desk: one voter after the other, from the scanned code to the card in the hand.

    start    Enter, one person found     -> person
    start    Enter, several people       -> list
    start    Enter, nobody or a problem  -> start, with the words
    list     Enter                       -> person
    person   F9                          -> waiting
    waiting  CardReady                   -> card
    waiting  Refused or no answer        -> refused
    card     F8                          -> start
    refused  F9, where it may help       -> waiting
    list, person, refused  Esc           -> start

Only F9 and F8 make the node write. What a stage shows is in `desk_panes`, the words of the state of
the day in `view_models`.
"""

from textual import on
from textual.app import ComposeResult
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import ContentSwitcher, DataTable, Footer, Input

from sync.entries import Means
from sync.outcomes import CardReady, Refused
from sync.views import CheckInAsked, FoundVoter, StationView, VotersFound
from tui import view_models
from tui.bars import DayBar, TitleBar
from tui.client import NodeSilent
from tui.code_screen import CodeScreen
from tui.desk_panes import (
    CardPane,
    CodeInput,
    ListPane,
    PersonPane,
    RefusedPane,
    StartPane,
    WaitingPane,
)
from tui.keys import DESK_KEYS, Stage, bindings, works
from tui.node_app import NodeApp, Seen
from tui.officers_screen import OfficersScreen
from tui.view_models import Line


class DeskApp(NodeApp):
    """The program of a desk."""

    TITLE = "pollmesh desk"
    CSS_PATH = ["styles/common.tcss", "styles/desk.tcss"]
    KEYS = DESK_KEYS

    def get_default_screen(self) -> Screen:
        """The desk's one screen."""
        return DeskScreen()

    async def ask(self) -> StationView | NodeSilent:
        """The station's state."""
        return await self.client.status()


class DeskScreen(Screen[None]):
    """Six panes, of which one is in sight, between the bars that are always there."""

    BINDINGS = bindings(DESK_KEYS)
    app: DeskApp

    stage: reactive[Stage] = reactive("start", init=False)

    def __init__(self) -> None:
        super().__init__()
        self.means: Means = "typed"
        self.listed: tuple[FoundVoter, ...] = ()
        self.found: FoundVoter | None = None
        self.document = ""
        self.box = ""
        self.asked_s = 0.0
        self.card: CardReady | None = None
        self.card_lines: list[str] = []
        self.refused: Refused | None = None

    def compose(self) -> ComposeResult:
        """Title, panes, state of the day, footer."""
        yield TitleBar(id="title-bar")
        with ContentSwitcher(initial="start", id="panes"):
            yield StartPane(self.app.clock)
            yield ListPane(id="list")
            yield PersonPane(id="person")
            yield WaitingPane(id="waiting")
            yield CardPane(id="card")
            yield RefusedPane(id="refused")
        yield DayBar(id="day-bar")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Watch the node."""
        self.watch(self.app, "seen", self._show_seen)
        self.query_one(CodeInput).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys work where their table says; those of a check-in only where one is possible."""
        possible = works(DESK_KEYS, action, parameters, self.stage)
        if possible and action in ("check_in", "document", "next_box"):
            return self._may_check_in()
        return possible

    def _may_check_in(self) -> bool:
        if self.stage == "refused":
            return self.refused is not None and view_models.may_retry(self.refused)
        return self.found is not None and self.found.may_check_in

    def watch_stage(self, stage: Stage) -> None:
        """Bring the pane of this stage up."""
        self.query_one("#panes", ContentSwitcher).current = stage
        if stage == "start":
            self.query_one(CodeInput).focus()
        elif stage != "list":
            self.set_focus(None)
        self.refresh_bindings()

    def on_resize(self) -> None:
        """A code that did not fit may fit now."""
        self.call_after_refresh(self._show_card)

    @on(Input.Submitted, "#code")
    def looked_up(self, event: Input.Submitted) -> None:
        """Enter: explain what cannot be a code, ask the node for the rest."""
        event.stop()
        code_input = self.query_one(CodeInput)
        typed = view_models.read_typed(event.value)
        means = code_input.pace.means(len(event.value))
        code_input.pace.clear()
        if typed.problem:
            code_input.select_all()
            self._say(Line(typed.problem, "bad"))
            return
        self.means = means if typed.code else "typed"
        self._say(Line("Looking up ..."))
        self.run_worker(self._find(typed), group="find", exclusive=True)

    @on(DataTable.RowSelected, "#people")
    def chosen(self, event: DataTable.RowSelected) -> None:
        """Enter in the list."""
        event.stop()
        if self.stage == "list" and event.cursor_row < len(self.listed):
            self._show_person(self.listed[event.cursor_row])

    def action_document(self, document: str) -> None:
        """The voter shows this document."""
        self.document = document
        self._show_chosen()

    def action_next_box(self) -> None:
        """Another box for the card."""
        view: StationView | None = self.app.seen.view
        self.box = view_models.next_box(view.boxes if view else (), self.box)
        self._show_chosen()

    def action_check_in(self) -> None:
        """F9: the only key that writes a check-in."""
        if self.found is None:
            return
        if not self.document:
            self.notify("Choose the document first: press 1 to 5.", severity="warning")
            return
        self.asked_s = self.app.clock()
        self.stage = "waiting"
        self._show_waiting()
        asked = CheckInAsked(self.found.voter, self.document, self.means, self.box)
        self.run_worker(self._check_in(asked), group="check-in")

    def action_card_taken(self) -> None:
        """F8: the voter has the card."""
        if self.card is not None:
            self.run_worker(self._card_taken(self.card), group="card", exclusive=True)

    def action_back(self) -> None:
        """Esc: back to the start without writing."""
        self._start(Line(""))

    async def action_officers(self) -> None:
        """F2: the officers' page."""
        await self.app.push_screen(OfficersScreen(), self._officers_left)

    async def action_show_code(self) -> None:
        """F7: the code alone."""
        await self.app.push_screen(CodeScreen(self.card_lines))

    def _officers_left(self, words: str | None) -> None:
        self._say(Line(words or "", "good"))

    async def _find(self, typed: view_models.Typed) -> None:
        client = self.app.client
        find = client.find_code(typed.code) if typed.code else client.find_name(typed.name)
        answer = await find
        if self.stage != "start":
            return
        match answer:
            case VotersFound(voters=(voter,), more=False):
                self._show_person(voter)
            case VotersFound(voters=()):
                self._say(Line(answer.words or "Nobody on the roll fits.", "attention"))
            case VotersFound():
                self.listed = answer.voters
                self.stage = "list"
                self.query_one(ListPane).show(answer)
            case Refused() | NodeSilent():
                self._say(Line(answer.words, "bad"))
        self.query_one(CodeInput).select_all()

    async def _check_in(self, asked: CheckInAsked) -> None:
        answer = await self.app.client.check_in(asked)
        if isinstance(answer, CardReady):
            self.card, self.card_lines = answer, []
            self.stage = "card"
            self._show_card()
            self.run_worker(self._draw(answer), group="draw", exclusive=True)
            return
        if isinstance(answer, NodeSilent):
            answer = Refused("no-answer", answer.words)
        self.refused = answer
        self.stage = "refused"
        assert self.found is not None, "somebody was to be checked in"
        self.query_one(RefusedPane).show(answer, self.found)

    async def _draw(self, card: CardReady) -> None:
        """Fetch the code; without it the card can still be given out."""
        text = await self.app.client.card_text(card.number)
        if self.card is card and isinstance(text, str):
            self.card_lines = view_models.code_lines(text)
            self._show_card()

    async def _card_taken(self, card: CardReady) -> None:
        answer = await self.app.client.card_taken(card.number)
        if isinstance(answer, NodeSilent):
            self.notify(f"{answer.words} Then press F8 again.", severity="error")
        elif self.card is card:
            tone = "attention" if isinstance(answer, Refused) else "good"
            self._start(Line(answer.words, tone))

    def _start(self, line: Line) -> None:
        self.found = self.card = self.refused = None
        self.document = self.box = ""
        self.card_lines = []
        self.query_one(CodeInput).empty()
        self.stage = "start"
        self._say(line)

    def _say(self, line: Line) -> None:
        self.query_one(StartPane).say(line)

    def _show_person(self, voter: FoundVoter) -> None:
        self.found, self.document, self.box = voter, "", ""
        self.stage = "person"
        self.refresh_bindings()
        self._show_chosen()

    def _show_chosen(self) -> None:
        if self.found is not None:
            self.query_one(PersonPane).show(self.found, self.document, self.box)

    def _show_card(self) -> None:
        if self.card is not None:
            self.query_one(CardPane).show(self.card, self.card_lines)

    def _show_waiting(self) -> None:
        waited_s = self.app.clock() - self.asked_s
        self.query_one(WaitingPane).show(self.app.seen.view, waited_s)

    def _show_seen(self, seen: Seen) -> None:
        """The node was asked again."""
        self.query_one(DayBar).say(seen)
        view: StationView | None = seen.view
        if view is None:
            self.query_one(TitleBar).say("desk", "POLLS: NOT KNOWN", False)
        else:
            polls = "POLLS: NOT KNOWN" if seen.silent else view_models.polls_line(view).text
            left = view_models.title_line(view).text
            self.query_one(TitleBar).say(left, polls, view.training)
        if self.stage == "waiting":
            self._show_waiting()
