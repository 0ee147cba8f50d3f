"""Who waits: this desk's check-ins without a card, and those of other desks that wait for us.

    own     F9  -> the card, once a second station has looked: back at the desk with it
    own     F8  -> the voter has left: the word is typed, the check-in is withdrawn
    second  F9  -> I saw the person and the document: confirmed
    second  F8  -> it is not right: the word is typed, the other desk withdraws

Tab goes between the two lists. Where the package asks for one confirmation both stay empty.
"""

import asyncio

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.reactive import reactive
from textual.widgets import DataTable, Footer, Static

from sync.card_views import SecondList, SecondRow, WaitingList, WaitingRow
from sync.outcomes import Done
from tui import waiting_rows
from tui.bars import TitleBar, Words
from tui.client import NodeSilent
from tui.command_tables import WAITING
from tui.commands import Page, bindings
from tui.confirm_screen import ConfirmScreen
from tui.device_words import answer_line
from tui.forms import Body
from tui.node_app import NodeApp
from tui.tables import RowTable
from tui.view_models import Line

WAITING_PERIOD_S = 1.0
NOBODY_OWN = "No check-in of this desk waits."
NOBODY_ELSE = "No other desk waits for this station."


class WaitingScreen(Page[WaitingRow]):
    """Gives back the check-in whose card is to come, or None."""

    TABLE = WAITING
    BINDINGS = bindings(TABLE)
    AUTO_FOCUS = "#second-list"
    app: NodeApp

    stage: reactive[str] = reactive("second", init=False)

    def __init__(self) -> None:
        super().__init__()
        self._own: tuple[WaitingRow, ...] = ()
        self._second: tuple[SecondRow, ...] = ()

    def compose(self) -> ComposeResult:
        """Two lists, the one chosen in full, the answer."""
        yield TitleBar()
        with Vertical(classes="page"):
            yield Static("Wait for this desk's second look", classes="head")
            yield RowTable(waiting_rows.SECOND_COLUMNS, "second-list")
            yield Words("second-detail")
            yield Static("Checked in here, no card yet  (Tab: there and back)", classes="head")
            yield RowTable(waiting_rows.OWN_COLUMNS, "own-list")
            yield Words("own-detail")
            yield Words("waiting-answer", "answer")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Ask, again and again."""
        self.run_worker(self._ask_forever(), name="waiting")

    def has_use(self, action: str) -> bool:
        """Is there somebody to do it for?"""
        match action:
            case "card":
                return self._chosen_own is not None and self._chosen_own.ready
            case "give_up":
                return self._chosen_own is not None
            case "second" | "refuse":
                return self._chosen_second is not None
        return True

    def watch_stage(self, stage: str) -> None:
        """The keyboard goes to the list."""
        for name in ("own", "second"):
            self.query_one(f"#{name}-list", RowTable).show_cursor = name == stage
        self.query_one(f"#{stage}-list", RowTable).focus()
        self._show()

    @on(DataTable.RowHighlighted)
    def row_chosen(self) -> None:
        """Another row."""
        self._show_details()

    def action_leave(self) -> None:
        """Esc."""
        self.dismiss(None)

    def action_other_list(self) -> None:
        """Tab."""
        self.stage = "own" if self.stage == "second" else "second"

    def action_card(self) -> None:
        """F9 in the own list: the card comes at the desk."""
        if self._chosen_own is not None:
            self.dismiss(self._chosen_own)

    async def action_give_up(self) -> None:
        """F8 in the own list."""
        one = self._chosen_own
        if one is not None:
            question = f"{one.name} has left without a card? The check-in is withdrawn."
            await self._sure(question, "left", "/check-ins/give-up", {"voter": one.voter})

    def action_second(self) -> None:
        """F9 in the other list: what this person saw with own eyes."""
        one = self._chosen_second
        if one is not None:
            body: Body = {"origin": one.origin, "index": one.index}
            self.run_worker(self._write("/second", body), group="write", exclusive=True)

    async def action_refuse(self) -> None:
        """F8 in the other list."""
        one = self._chosen_second
        if one is not None:
            question = f"{one.desk}: {one.name} is not right? That desk withdraws the check-in."
            body: Body = {"origin": one.origin, "index": one.index}
            await self._sure(question, "refuse", "/second/refuse", body)

    async def _sure(self, question: str, word: str, path: str, body: Body) -> None:
        def answered(is_sure: bool | None) -> None:
            if is_sure:
                self.run_worker(self._write(path, body), group="write", exclusive=True)

        await self.app.push_screen(ConfirmScreen(question, word), answered)

    async def _write(self, path: str, body: Body) -> None:
        answer = await self.app.client.write(path, body)
        if self.is_left:
            return
        self._say(answer_line(answer))
        if isinstance(answer, Done):
            await self._ask_once()

    async def _ask_forever(self) -> None:
        await self._ask_once()
        # The list that has somebody in it comes first.
        if not self.is_left and not self._second and self._own:
            self.stage = "own"
        while not self.is_left:
            await asyncio.sleep(WAITING_PERIOD_S)
            await self._ask_once()

    async def _ask_once(self) -> None:
        own = await self.app.client.waiting()
        second = await self.app.client.to_second()
        if self.is_left:
            return
        if isinstance(own, WaitingList):
            self._own = own.check_ins
        if isinstance(second, SecondList):
            self._second = second.check_ins
        for answer in (own, second):
            if isinstance(answer, NodeSilent):
                self._say(Line(answer.words, "bad"))
        self._show()

    @property
    def _chosen_own(self) -> WaitingRow | None:
        key = self.query_one("#own-list", RowTable).cursor_key
        return next((one for one in self._own if str(one.index) == key), None)

    @property
    def _chosen_second(self) -> SecondRow | None:
        key = self.query_one("#second-list", RowTable).cursor_key
        return next((one for one in self._second if waiting_rows.second_key(one) == key), None)

    def _show(self) -> None:
        self.query_one("#own-list", RowTable).show(waiting_rows.own_rows(self._own))
        self.query_one("#second-list", RowTable).show(waiting_rows.second_rows(self._second))
        self._show_details()

    def _show_details(self) -> None:
        own, second = self._chosen_own, self._chosen_second
        lines = waiting_rows.second_lines(second) if second else [Line(NOBODY_ELSE)]
        self.query_one("#second-detail", Words).say_all(lines)
        self.query_one("#own-detail", Words).write(own.words if own else NOBODY_OWN)
        self.refresh_bindings()

    def _say(self, line: Line) -> None:
        self.query_one("#waiting-answer", Words).say(line)
