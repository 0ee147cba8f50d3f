"""The book of the place: what is written, who observes, seals, paper, and what to look at.

    1-5  sections        F6  a new entry, by number        F7  filter the rows by words
    observers  F8  the observer under the cursor goes      paper  F8  the line was keyed wrongly

Nothing here is written by Enter. What stands in the book stays there: a wrong line of paper is
struck by another entry.
"""

import asyncio

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.reactive import reactive
from textual.widgets import ContentSwitcher, DataTable, Footer, Input, Static

from sync.book_views import BookView
from sync.outcomes import Done
from tui import book_rows
from tui.bars import TitleBar, Words
from tui.book_rows import SECTIONS, Section
from tui.command_tables import BOOK, NEW_ENTRY
from tui.commands import Page, bindings
from tui.confirm_screen import ConfirmScreen
from tui.device_words import answer_line
from tui.form_screen import FormScreen
from tui.forms import BOOK_FORMS, FORMS
from tui.node_app import NodeApp
from tui.tables import RowTable
from tui.view_models import Line

BOOK_PERIOD_S = 2.0


class NewEntryScreen(Page[str]):
    """A number chooses what is written; the form comes then. Gives back the form's id."""

    TABLE = NEW_ENTRY
    BINDINGS = bindings(TABLE)
    AUTO_FOCUS = ""
    app: NodeApp

    def compose(self) -> ComposeResult:
        """The list."""
        yield TitleBar()
        with Vertical(classes="page"):
            yield Static("New entry", classes="title")
            yield Static("Choose by number:")
            with Vertical(classes="numbers"):
                for number, form in enumerate(BOOK_FORMS, 1):
                    yield Static(f"  {number}  {form.title}")
        yield Footer(show_command_palette=False)

    def action_leave(self) -> None:
        """Esc."""
        self.dismiss("")

    def action_form(self, form: str) -> None:
        """A number."""
        self.dismiss(form)


class BookScreen(Page[None]):
    """Sections above each other, one in sight."""

    TABLE = BOOK
    BINDINGS = bindings(TABLE)
    AUTO_FOCUS = "#book-lines"
    app: NodeApp

    stage: reactive[Section] = reactive("lines", init=False)

    def __init__(self) -> None:
        super().__init__()
        self._book: BookView | None = None

    def compose(self) -> ComposeResult:
        """Counts, sections, filter, the row in full, the answer."""
        yield TitleBar()
        with Vertical(classes="page"):
            yield Words("book-tabs", "tabs")
            yield Words("book-paused")
            yield Words("book-counts")
            yield Input(id="book-filter", placeholder="Filter: type words", compact=True)
            with ContentSwitcher(initial="book-lines", id="book-sections"):
                for section in SECTIONS:
                    yield RowTable(book_rows.COLUMNS[section], f"book-{section}")
            yield Words("book-detail", "detail")
            yield Words("book-answer", "answer")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Ask for the book, again and again."""
        self.query_one("#book-filter").display = False
        self.run_worker(self._ask_forever(), name="book")

    def has_use(self, action: str) -> bool:
        """Is there a row to do it to? A number in the filter is a number of the filter."""
        if action in ("observer_out", "strike"):
            return bool(self._key)
        return action != "section" or not isinstance(self.focused, Input)

    def watch_stage(self, section: Section) -> None:
        """Bring the section up."""
        self.query_one("#book-sections", ContentSwitcher).current = f"book-{section}"
        self.query_one(f"#book-{section}", RowTable).focus()
        self._show()

    @on(DataTable.RowHighlighted)
    def row_chosen(self) -> None:
        """Another row is under the cursor."""
        self._show_detail()

    @on(Input.Changed, "#book-filter")
    def filter_changed(self) -> None:
        """Fewer rows, or more."""
        self._show()

    @on(Input.Submitted, "#book-filter")
    def filter_done(self) -> None:
        """Enter: back to the rows, filtered."""
        self.query_one(f"#book-{self.stage}", RowTable).focus()

    def action_leave(self) -> None:
        """Esc: the filter first, then the page."""
        field = self.query_one("#book-filter", Input)
        if field.display:
            field.value = ""
            field.display = False
            self.query_one(f"#book-{self.stage}", RowTable).focus()
        else:
            self.dismiss()

    def action_section(self, section: Section) -> None:
        """1-5."""
        self.stage = section

    def action_filter(self) -> None:
        """F7."""
        field = self.query_one("#book-filter", Input)
        field.display = True
        field.focus()

    async def action_new(self) -> None:
        """F6: which one?"""
        await self.app.push_screen(NewEntryScreen(), self._form_chosen)

    async def action_form(self, form: str) -> None:
        """From the palette."""
        self._form_chosen(form)

    def action_observer_out(self) -> None:
        """F8 among the observers."""
        self.run_worker(self._write("/book/observer/out", {"observer": self._key}))

    async def action_strike(self) -> None:
        """F8 among the lines of paper; the word is typed, because it stays in the log."""
        paper = self._book.paper if self._book else ()
        found = next((one for one in paper if f"{one.origin}#{one.index}" == self._key), None)
        if found is None:
            return
        body = {"origin": found.origin, "index": found.index}
        question = f"Strike sheet {found.sheet} line {found.line}? It may be keyed in again."

        def answered(is_sure: bool | None) -> None:
            if is_sure:
                self.run_worker(self._write("/book/paper/strike", body))

        await self.app.push_screen(ConfirmScreen(question, "strike"), answered)

    def _form_chosen(self, form: str | None) -> None:
        if form:
            self.app.push_screen(FormScreen(FORMS[form]), self._written)

    def _written(self, words: str | None) -> None:
        if words:
            self._say(Line(words, "good"))
            self.run_worker(self._ask_once(), group="once", exclusive=True)

    async def _write(self, path: str, body: dict[str, object]) -> None:
        answer = await self.app.client.write(path, body)
        if self.is_left:
            return
        self._say(answer_line(answer))
        if isinstance(answer, Done):
            await self._ask_once()

    async def _ask_forever(self) -> None:
        while not self.is_left:
            await self._ask_once()
            await asyncio.sleep(BOOK_PERIOD_S)

    async def _ask_once(self) -> None:
        answer = await self.app.client.book()
        if self.is_left:
            return
        if isinstance(answer, BookView):
            self._book = answer
            self._show()
        else:
            self._say(Line(answer.words, "bad"))

    def _show(self) -> None:
        book = self._book
        self.query_one("#book-tabs", Words).write(book_rows.tabs(book, self.stage))
        if book is None:
            return
        paused = self.query_one("#book-paused", Words)
        paused.display = bool(book.paused)
        paused.say(Line(f"PAUSED: {book.paused}", "bad"))
        self.query_one("#book-counts", Words).say(book_rows.book_counts(book))
        text = self.query_one("#book-filter", Input).value
        rows = book_rows.filtered(book_rows.section_rows(book, self.stage), text)
        self.query_one(f"#book-{self.stage}", RowTable).show(rows)
        self._show_detail()

    def _show_detail(self) -> None:
        words = book_rows.detail(self._book, self.stage, self._key) if self._book else ""
        self.query_one("#book-detail", Words).write(words)
        self.refresh_bindings()

    @property
    def _key(self) -> str:
        return self.query_one(f"#book-{self.stage}", RowTable).cursor_key

    def _say(self, line: Line) -> None:
        self.query_one("#book-answer", Words).say(line)
