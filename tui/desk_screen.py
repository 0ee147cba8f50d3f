"""The desk: one voter after the other, from the scanned code to the card in the hand.

    start    Enter or a scan, one person found     -> person
    start    Enter or a scan, several people       -> list
    start    Enter or a scan, nobody or a problem  -> start, with the words
    list     Enter                       -> person
    person   F9                          -> waiting
    waiting  CardReady                   -> card
    waiting  Refused or no answer        -> refused
    card     F8                          -> start
    refused  F9, where it may help       -> waiting
    list, person, refused  Esc           -> start

Only F9 and F8 make the node write into its log. What a stage shows is in `desk_panes`, the words of
the state of the day in `view_models`, what devices do for a stage in `desk_devices`.
"""

import dataclasses

from textual import events, on
from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import ContentSwitcher, DataTable, Footer

from sync.entry_base import DOCUMENTS, Means
from sync.outcomes import CardReady, Refused
from sync.views import CheckInAsked, FoundVoter, ScanView, StationView, VotersFound
from tui import device_words, view_models
from tui.bars import DayBar, TitleBar
from tui.client import NodeSilent
from tui.code_input import CodeInput
from tui.code_screen import CodeScreen
from tui.desk_devices import CardDevices, FingerLine, take_scans
from tui.desk_panes import (
    CardPane,
    ListPane,
    PersonPane,
    RefusedPane,
    StartPane,
    WaitingPane,
)
from tui.devices_screen import DevicesScreen, Trial
from tui.keys import DESK_KEYS, Stage, bindings, in_footer, works
from tui.node_app import NodeApp, Seen
from tui.officers_screen import OfficersScreen
from tui.typing_pace import Burst
from tui.view_models import Line

NOT_USED = "Scanned while another voter is being served: not used. Esc goes back; scan again."
NOT_USED_IN_LIST = "Scanned while the list is open: not used. Esc goes back; scan again."
NOT_USED_ON_PAGE = "Scanned while another page is open: not used. Go back and scan again."


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
        self.offered = ""
        self.trial = Trial()
        self.listed: tuple[FoundVoter, ...] = ()
        self.found: FoundVoter | None = None
        self.document = ""
        self._document_before = ""
        self._burst = Burst()
        self._burst_told = False
        self._working: frozenset[str] = frozenset()
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
        self.run_worker(take_scans(self.app, self._scanned), name="scans")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys work where their table says; those of a check-in only where one is possible."""
        possible = works(DESK_KEYS, action, parameters, self.stage)
        return possible and self._has_use(action)

    def _has_use(self, action: str) -> bool:
        """Is there what this key is for?"""
        view: StationView | None = self.app.seen.view
        match action:
            case "check_in" | "document" | "next_box":
                return self._may_check_in()
            case "finger":
                return self._may_check_in() and view is not None and view.fingerprint == "ask"
            case "devices":
                return view is not None and bool(view.peripherals)
            case "write_card":
                return device_words.has(view, "ballot-card")
            case "print_again":
                return device_words.may_print_again(self.query_one(CardDevices).job)
        return True

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """Of all keys that work now, those with a place in the footer are shown."""
        active = super().active_bindings
        names = {key.key for key in in_footer(DESK_KEYS, self.stage, lambda k: k.key in active)}
        return {
            key: one._replace(binding=dataclasses.replace(one.binding, show=key in names))
            for key, one in active.items()
        }

    def _may_check_in(self) -> bool:
        if self.stage == "refused":
            return self.refused is not None and view_models.may_retry(self.refused)
        return self.found is not None and self.found.may_check_in

    def watch_stage(self, stage: Stage) -> None:
        """Bring the pane of this stage up."""
        self._burst.clear()
        self.query_one("#panes", ContentSwitcher).current = stage
        if stage == "start":
            self.query_one(CodeInput).focus()
        elif stage != "list":
            self.set_focus(None)
        self.refresh_bindings()

    def on_resize(self) -> None:
        """A code that did not fit may fit now."""
        self.call_after_refresh(self._show_card)

    @on(CodeInput.Scanning)
    def scanning(self, event: CodeInput.Scanning) -> None:
        """A scanner is typing; nothing is looked up before it ends."""
        event.stop()
        self._say(Line("Scanning ..."))

    @on(CodeInput.Entered)
    def looked_up(self, event: CodeInput.Entered) -> None:
        """Enter: explain what cannot be a code, ask the node for the rest."""
        event.stop()
        self.query_one(CodeInput).select_all()
        typed = view_models.read_entered(event.text, event.means, event.is_pasted)
        if typed.problem:
            self._say(Line(typed.problem, "bad"))
            return
        self._look_up(typed, event.means if typed.code or typed.scan else "typed")

    def _scanned(self, scan: ScanView) -> None:
        """The node's own scanner or card reader read something."""
        if self.app.screen is not self:
            self.notify(NOT_USED_ON_PAGE, severity="warning")
        elif self.stage not in ("start", "list"):
            self.notify(NOT_USED, severity="warning")
        elif not scan.code:
            self._start(Line(scan.words, "bad"))
        else:
            self._start(Line(""))
            self._look_up(view_models.Typed(code=scan.code), "scanned", scan.document)

    def _look_up(self, typed: view_models.Typed, means: Means, document: str = "") -> None:
        self.means, self.offered = means, document
        self._say(Line("Looking up ..."))
        self.run_worker(self._find(typed), group="find", exclusive=True)

    @on(DataTable.RowSelected, "#people")
    def chosen(self, event: DataTable.RowSelected) -> None:
        """Enter in the list, unless it is a scanner's."""
        event.stop()
        if self._burst.is_going_on(self.app.clock()):
            self.notify(NOT_USED_IN_LIST, severity="warning")
        elif self.stage == "list" and event.cursor_row < len(self.listed):
            self._show_person(self.listed[event.cursor_row])

    def on_key(self, event: events.Key) -> None:
        """A character that nothing took, such as the digits of a scan out of place."""
        if event.is_printable:
            self._is_hand()

    def _is_hand(self) -> bool:
        """One character more: a hand's? If a scanner's, what its first digit chose is undone."""
        if not self._burst.character(self.app.clock()):
            self._document_before = self.document
            self._burst_told = False
            return True
        if self.stage == "person" and not self._burst_told:
            self._burst_told = True
            self.document = self._document_before
            self.notify(NOT_USED, severity="warning")
            self._show_chosen()
        return False

    def action_document(self, document: str) -> None:
        """The voter shows this document."""
        if self._is_hand():
            self.document = document
            self._show_chosen()

    async def action_devices(self) -> None:
        """F3: devices, the print queue, slips."""
        await self.app.push_screen(DevicesScreen(self.trial))

    def action_finger(self) -> None:
        """F4 on the person pane: a finger, which decides nothing."""
        self.query_one(FingerLine).compare()

    def action_write_card(self) -> None:
        """F4 on the card pane: the smart card."""
        self.query_one(CardDevices).write()

    def action_print_again(self) -> None:
        """F5: the same card on paper once more."""
        self.query_one(CardDevices).print_again()

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
        if self.query_one(CardDevices).is_writing:
            self.notify("Wait until the smart card is written.", severity="warning")
        elif self.card is not None:
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
        answer = await self.app.client.find(*typed.sought)
        if self.stage != "start":
            return
        match answer:
            case VotersFound(voters=(voter,), more=False):
                self._show_person(voter, answer.document or self.offered)
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
            self.query_one(CardDevices).begin(answer)
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

    def _show_person(self, voter: FoundVoter, document: str = "") -> None:
        is_known = voter.may_check_in and document in DOCUMENTS
        self.found, self.document, self.box = voter, document if is_known else "", ""
        self.query_one(FingerLine).begin(voter.voter)
        self.stage = "person"
        self.refresh_bindings()
        self._show_chosen()

    def _show_chosen(self) -> None:
        if self.found is not None:
            self.query_one(PersonPane).show(self.found, self.document, self.box)

    def _show_card(self) -> None:
        if self.card is not None:
            pane, view = self.query_one(CardPane), self.app.seen.view
            pane.fit(device_words.has(view, "printer", "ballot-card"))
            hint = view_models.card_hint(self.card, device_words.has(view, "printer"))
            pane.show(self.card, self.card_lines, hint)

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
        self.query_one(FingerLine).see(view)
        self.query_one(CardDevices).see()
        self.call_after_refresh(self._show_card)
        if self.stage == "waiting":
            self._show_waiting()
        self._refresh_footer()

    def _refresh_footer(self) -> None:
        """Other keys work when a device or a paper has changed; the footer is made anew then."""
        working = frozenset(key.action for key in DESK_KEYS if self._has_use(key.action))
        if working != self._working:
            self._working = working
            self.refresh_bindings()
