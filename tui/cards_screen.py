"""Cards that are out and not confirmed as taken; printing one again, voiding a check-in.

    F8  the voter has the card under the cursor         F5  the same card on paper once more
    F7  its QR code alone                               F6  void: the box's slip, two officers

The secret of a card stays at the desk until it is taken, so a jammed printer prints the same card.
"""

import asyncio

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import DataTable, Footer, Static

from sync.book_views import BookView
from sync.card_views import AdmissionCounts, CardList
from sync.views import JobView, StationView
from tui import device_words, view_models, waiting_rows
from tui.bars import TitleBar, Words
from tui.code_screen import CodeScreen
from tui.command_tables import CARDS
from tui.commands import Page, bindings
from tui.device_words import answer_line
from tui.form_screen import FormScreen
from tui.forms import VOID
from tui.node_app import NodeApp
from tui.tables import RowTable
from tui.view_models import Line

CARDS_PERIOD_S = 1.0
NONE_OUT = "Every card is taken."


class CardsScreen(Page[None]):
    """One list, the day's figures, the answer."""

    TABLE = CARDS
    BINDINGS = bindings(TABLE)
    AUTO_FOCUS = "#card-list"
    app: NodeApp

    def __init__(self) -> None:
        super().__init__()
        self._cards = CardList(())

    def compose(self) -> ComposeResult:
        """The list with what belongs to it."""
        yield TitleBar()
        with Vertical(classes="page"):
            yield Static("Cards not taken", classes="title")
            yield RowTable(waiting_rows.CARD_COLUMNS, "card-list")
            yield Words("card-detail", "detail")
            yield Words("counts", "detail")
            yield Words("cards-answer", "answer")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Ask, again and again."""
        self.run_worker(self._ask_forever(), name="cards")

    def has_use(self, action: str) -> bool:
        """Is there a card, and its paper?"""
        match action:
            case "taken" | "show_code":
                return self._number is not None
            case "print_again":
                return device_words.may_print_again(self._job)
        return True

    @on(DataTable.RowHighlighted)
    def row_chosen(self) -> None:
        """Another card."""
        self._show_detail()

    def action_leave(self) -> None:
        """Esc."""
        self.dismiss()

    def action_taken(self) -> None:
        """F8."""
        if self._number is not None:
            self.run_worker(self._taken(self._number), group="card", exclusive=True)

    def action_print_again(self) -> None:
        """F5."""
        if self._job is not None:
            self.run_worker(self._print_again(self._job), group="card", exclusive=True)

    def action_show_code(self) -> None:
        """F7."""
        if self._number is not None:
            self.run_worker(self._show_code(self._number), group="code", exclusive=True)

    async def action_void(self) -> None:
        """F6."""
        await self.app.push_screen(FormScreen(VOID), self._voided)

    def _voided(self, words: str | None) -> None:
        if words:
            self._say(Line(words, "good"))

    async def _taken(self, number: int) -> None:
        answer = await self.app.client.card_taken(number)
        if not self.is_left:
            self._say(answer_line(answer))
            await self._ask_once()

    async def _print_again(self, job: JobView) -> None:
        answer = await self.app.client.print_again(job.number)
        if not self.is_left:
            self._say(answer_line(answer))

    async def _show_code(self, number: int) -> None:
        text = await self.app.client.card_text(number)
        if self.is_left:
            return
        if isinstance(text, str):
            await self.app.push_screen(CodeScreen(view_models.code_lines(text)))
        else:
            self._say(Line(text.words, "bad"))

    async def _ask_forever(self) -> None:
        while not self.is_left:
            await self._ask_once()
            await asyncio.sleep(CARDS_PERIOD_S)

    async def _ask_once(self) -> None:
        cards = await self.app.client.cards_out()
        counts = await self.app.client.counts()
        book = await self.app.client.book()
        if self.is_left:
            return
        if isinstance(cards, CardList):
            self._cards = cards
            rows = waiting_rows.card_rows(cards, self._papers())
            self.query_one("#card-list", RowTable).show(rows)
        else:
            self._say(Line(cards.words, "bad"))
        if isinstance(counts, AdmissionCounts):
            sums = book.counts if isinstance(book, BookView) else None
            self.query_one("#counts", Words).say_all(waiting_rows.count_lines(counts, sums))
        self._show_detail()

    def _papers(self) -> dict[str, str]:
        view: StationView | None = self.app.seen.view
        jobs = view.jobs if view else ()
        return {job.about: job.state for job in jobs if job.what == "card"}

    @property
    def _number(self) -> int | None:
        key = self.query_one("#card-list", RowTable).cursor_key
        return int(key) if key else None

    @property
    def _job(self) -> JobView | None:
        view: StationView | None = self.app.seen.view
        about = str(self._number)
        jobs = view.jobs if view else ()
        return next((job for job in jobs if (job.what, job.about) == ("card", about)), None)

    def _show_detail(self) -> None:
        words = NONE_OUT if self._number is None else device_words.card_paper_line(self._job).text
        self.query_one("#card-detail", Words).write(words or "F8 when the voter has it.")
        self.refresh_bindings()

    def _say(self, line: Line) -> None:
        self.query_one("#cards-answer", Words).say(line)
