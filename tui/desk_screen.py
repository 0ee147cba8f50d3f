"""The desk: one voter after the other, from the scanned code to the card in the hand.

    start    Enter or a scan, one person found     -> person
    start    Enter or a scan, several people       -> list
    start    Enter or a scan, nobody or a problem  -> start, with the words
    list     Enter                       -> person
    person   F9                          -> see `desk_check_in`
    person, start  F8                    -> turned away, with a reason that is counted
    list, person  Esc                    -> start

Only F9 and F8 make the node write into its log. What a stage shows is in `desk_panes`, the words of
the state of the day in `view_models`, what devices do for a stage in `desk_devices`, the pages
above it in `desk_pages`.
"""

import asyncio

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import ContentSwitcher, DataTable, Footer

from sync.card_views import SecondList
from sync.entry_base import Means
from sync.outcomes import Refused
from sync.views import FoundVoter, ScanView, StationView, VotersFound
from tui import device_words, view_models
from tui.bars import DayBar, TitleBar
from tui.client import NodeSilent
from tui.code_input import CodeInput
from tui.command_tables import DESK, Stage
from tui.commands import bindings
from tui.desk_check_in import CheckInFlow
from tui.desk_devices import CardDevices, FingerLine, take_scans
from tui.desk_panes import (
    AwaitedPane,
    CardPane,
    ListPane,
    PersonPane,
    RefusedPane,
    StartPane,
    WaitingPane,
)
from tui.form_screen import FormScreen
from tui.forms import COMPANION, TURN_AWAY
from tui.seen import Seen
from tui.side_bar import SideBar
from tui.typing_pace import Burst
from tui.view_models import Line

TO_SECOND_PERIOD_S = 2.0

NOT_USED = "Scanned while another voter is being served: not used. Esc goes back; scan again."
NOT_USED_IN_LIST = "Scanned while the list is open: not used. Esc goes back; scan again."
NOT_USED_ON_PAGE = "Scanned while another page is open: not used. Go back and scan again."


class DeskScreen(CheckInFlow):
    """Seven panes, of which one is in sight, between the bars that are always there."""

    TABLE = DESK
    BINDINGS = bindings(TABLE)

    def __init__(self) -> None:
        super().__init__()
        self.offered = ""
        self.listed: tuple[FoundVoter, ...] = ()
        self.away = ""
        self.to_second = 0
        self._document_before = ""
        self._burst = Burst()
        self._burst_told = False
        self._working: frozenset[str] = frozenset()

    def compose(self) -> ComposeResult:
        """Title, panes, state of the day, footer."""
        yield TitleBar()
        with Horizontal(id="middle"):
            with ContentSwitcher(initial="start", id="panes"):
                yield StartPane(self.app.clock)
                yield ListPane(id="list")
                yield PersonPane(id="person")
                yield WaitingPane(id="waiting")
                yield AwaitedPane(id="awaited")
                yield CardPane(id="card")
                yield RefusedPane(id="refused")
            yield SideBar(id="side-bar")
        yield DayBar(id="day-bar")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Watch the node."""
        self.watch(self.app, "seen", self._show_seen)
        self.query_one(CodeInput).focus()
        self.run_worker(take_scans(self.app, self._scanned), name="scans")
        self.run_worker(self._ask_to_second(), name="to-second")

    def has_use(self, action: str) -> bool:
        """Is there what this command is for?"""
        view: StationView | None = self.app.seen.view
        match action:
            case "check_in" | "document" | "next_box" | "defective":
                return self.may_check_in()
            case "finger":
                return self.may_check_in() and view is not None and view.fingerprint == "ask"
            case "print_paper":
                return device_words.has(view, "printer")
            case "devices":
                return view is not None and bool(view.peripherals)
            case "alarms":
                return view is not None and bool(view_models.alarms(view))
            case "take_over" | "shift_over" | "lock":
                return view is not None and view.logins
            case "write_card":
                return device_words.has(view, "ballot-card")
            case "print_again":
                return device_words.may_print_again(self.query_one(CardDevices).job)
        return True

    def is_worth_a_place(self, action: str) -> bool:
        """Pages with nothing on them do not stand in the footer; their keys work."""
        view: StationView | None = self.app.seen.view
        match action:
            case "cards":
                return view is not None and view.outstanding > 0
            case "waiting":
                waits = self.to_second > 0 or (view is not None and view.pending > 0)
                return waits or self.stage == "awaited"
            case "turn_away":
                return bool(self.away if self.stage == "start" else not self.may_check_in())
        return True

    def watch_stage(self, stage: Stage) -> None:
        """Bring the pane of this stage up."""
        self._burst.clear()
        self.set_class(stage == "card", "at-card")
        self.query_one("#panes", ContentSwitcher).current = stage
        if stage == "start":
            self.query_one(CodeInput).focus()
        elif stage != "list":
            self.set_focus(None)
        self.refresh_bindings()

    def on_resize(self) -> None:
        """A code that did not fit may fit now."""
        self.call_after_refresh(self.show_card)

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
            self._offer_turn_away("bad-code" if typed.is_bad_code else "")
            return
        self._look_up(typed, event.means if typed.code or typed.scan else "typed")

    def _scanned(self, scan: ScanView) -> None:
        """The node's own scanner or card reader read something."""
        if self.app.screen is not self:
            self.notify(NOT_USED_ON_PAGE, severity="warning")
        elif self.stage not in ("start", "list"):
            self.notify(NOT_USED, severity="warning")
        elif not scan.code:
            self.start(Line(scan.words, "bad"))
        else:
            self.start(Line(""))
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
            self.serve(self.listed[event.cursor_row], "")

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
            self.show_chosen()
        return False

    def action_document(self, document: str) -> None:
        """The voter shows this document."""
        if self._is_hand():
            self.document = document
            self.show_chosen()

    def action_back(self) -> None:
        """Esc: back to the start without writing."""
        self.start(Line(""))

    async def _find(self, typed: view_models.Typed) -> None:
        answer = await self.app.client.find(*typed.sought)
        if self.stage != "start":
            return
        match answer:
            case VotersFound(voters=(voter,), more=False):
                self.serve(voter, answer.document or self.offered)
            case VotersFound(voters=()):
                self._say(Line(answer.words or "Nobody on the roll fits.", "attention"))
            case VotersFound():
                self.listed = answer.voters
                self.stage = "list"
                self.query_one(ListPane).show(answer)
            case Refused() | NodeSilent():
                self._say(Line(answer.words, "bad"))
                reason = answer.reason if isinstance(answer, Refused) else ""
                self._offer_turn_away(view_models.AWAY_REASONS.get(reason, ""))
        self.query_one(CodeInput).select_all()

    def _offer_turn_away(self, because: str) -> None:
        """F8 stands in the footer while this is why somebody cannot be admitted."""
        self.away = because
        self.refresh_bindings()

    async def _ask_to_second(self) -> None:
        """Does somebody at another desk wait for us? Asked while this desk is not locked."""
        while True:
            view: StationView | None = self.app.seen.view
            if view is not None and not view_models.needs_login(view):
                answer = await self.app.client.to_second()
                if isinstance(answer, SecondList):
                    self._show_to_second(len(answer.check_ins))
            await asyncio.sleep(TO_SECOND_PERIOD_S)

    def _show_to_second(self, count: int) -> None:
        if count != self.to_second:
            self.to_second = count
            self.query_one(StartPane).say_waiting(view_models.to_second_line(count))
            self.refresh_bindings()

    async def action_turn_away(self) -> None:
        """F8: nobody is named, the reason is counted."""
        because = view_models.because(self.found) if self.found else self.away
        filled = {"because": because, "document": self.document or self.offered}
        form = FormScreen(TURN_AWAY, {"means": self.means}, filled)
        await self.app.push_screen(form, self._turned_away)

    async def action_companion(self) -> None:
        """From the palette: somebody goes in with this voter."""
        if self.found is not None:
            form = FormScreen(COMPANION, {"voter": self.found.voter}, about=self.found.name)
            await self.app.push_screen(form, self._noted)

    def _turned_away(self, words: str | None) -> None:
        if words:
            self.start(Line(words, "attention"))

    def _noted(self, words: str | None) -> None:
        if words:
            self.notify(words)

    def start(self, line: Line) -> None:
        """The next voter."""
        self.forget()
        self.away = ""
        self.query_one(CodeInput).empty()
        self.stage = "start"
        self._say(line)

    def _say(self, line: Line) -> None:
        self.query_one(StartPane).say(line)

    def tell(self, line: Line) -> None:
        """What a page has done."""
        self._say(line)

    def _show_seen(self, seen: Seen) -> None:
        """The node was asked again."""
        self.lock_if_asked(seen)
        self.query_one(DayBar).say(seen)
        self.query_one(FingerLine).see(seen.view)
        self.query_one(CardDevices).see()
        self.call_after_refresh(self.show_card)
        if self.stage == "waiting":
            self.show_waiting()
        self._refresh_footer()

    def _refresh_footer(self) -> None:
        """Other keys work when a device or a paper has changed; the footer is made anew then."""
        working = frozenset(one.action for one in DESK if self.has_use(one.action))
        if working != self._working:
            self._working = working
            self.refresh_bindings()
