"""The wizard's pages: each shows what is so now, can be left unchanged and opened again.

    Esc back to the steps     F8 next step     F9 do what the page is for

Nothing is written before F9. `setup_forms` has the pages on which something is typed.
"""

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import DataTable, Footer, Static

from sync.outcomes import Done
from sync.setup_views import SetupView
from tui import setup_words
from tui.bars import Words
from tui.commands import Command, CommandScreen, Table, bindings
from tui.jalali import beside_utc, long_date
from tui.province_rows import Column, Row
from tui.setup_client import Answer
from tui.tables import RowTable
from tui.text_order import AS_IS, TextOrder, fenced_text, visual_text
from tui.view_models import Line
from tui.words import LANGUAGE_NAMES, LANGUAGES, Language, _, said

if TYPE_CHECKING:
    from tui.setup_home import SetupApp

HELP = Command("f1", "help", _("Help"), _("Every key of this page."))
BACK = Command("escape", "back", _("Back"), _("Back to the steps; nothing is written."))
NEXT = Command("f8", "next", _("Next step"), _("The next step; this one stays as it is."))
PAGE: Table = (HELP, BACK, NEXT)

SAMPLE_NAME, SAMPLE_SENTENCE = "دبستان گلستان", "شعبهٔ 17 در 1405/09/06 ساعت 08:00 باز می‌شود."
SAMPLE_CELLS = 26


class SetupPage(CommandScreen[None]):
    """One step: head, what is so now, what can be done, the last answer."""

    TABLE: ClassVar[Table] = PAGE
    BINDINGS = bindings(PAGE)
    app: "SetupApp"
    step: setup_words.Step

    def compose(self) -> ComposeResult:
        """Title, the step's own lines, the answer, the keys."""
        yield Words("setup-title")
        with VerticalScroll(id="page", can_focus=False):
            yield Words("now")
            yield from self.compose_step()
        yield Words("answer")
        yield Footer(show_command_palette=False)

    def compose_step(self) -> ComposeResult:
        """What this step has below its lines."""
        yield from ()

    def on_mount(self) -> None:
        """Watch what the work behind the screen answers."""
        title = setup_words.STEP_WORDS[self.step]
        self.query_one("#setup-title", Words).write(f"pollmesh setup   {title}")
        self.watch(self.app, "seen", self._see)

    def _see(self, seen: SetupView | None) -> None:
        if seen is not None:
            self.query_one("#now", Words).say_all(self.lines(seen))
            self.see(seen)

    def lines(self, view: SetupView) -> list[Line]:
        """What is so now."""
        return []

    def see(self, view: SetupView) -> None:
        """Show the rest of what was seen."""

    def action_back(self) -> None:
        """Esc."""
        self.dismiss()

    async def action_next(self) -> None:
        """F8."""
        await self.app.open_after(self.step)

    async def action_help(self) -> None:
        """F1."""
        await self.app.push_screen(KeysPage(self.TABLE))

    def answer(self, line: Line) -> None:
        """Say how it went."""
        self.query_one("#answer", Words).say(line)

    def answered(self, outcome: Answer) -> bool:
        """Say what was answered; was it done?"""
        is_done = isinstance(outcome, Done)
        self.answer(Line(said(outcome.words), "good" if is_done else "bad"))
        return is_done


class KeysPage(CommandScreen[None]):
    """The keys of a page, from the table its footer is made of."""

    TABLE: ClassVar[Table] = (BACK,)
    BINDINGS = bindings(TABLE)

    def __init__(self, table: Table) -> None:
        super().__init__()
        self._table = table

    def compose(self) -> ComposeResult:
        """A line a key; names on the left, in a column of their own."""
        yield Words("setup-title")
        columns = (Column(_("Key"), 8), Column(_("Does"), 68))
        yield RowTable(columns, "key-table")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Fill it."""
        self.query_one("#setup-title", Words).write(_("Keys of this page"))
        rows = [Row(one.key, (one.key_name, f"{one.words}: {one.help}")) for one in self._table]
        self.query_one(RowTable).show(rows)

    def action_back(self) -> None:
        """Esc."""
        self.dismiss()


class ReplacePage(SetupPage):
    """The first choice: a spare takes the place of a broken station."""

    step = "replace"
    TABLE = (*PAGE, Command("f9", "begin", _("Begin"), _("This computer is the spare: set it up.")))
    BINDINGS = bindings(TABLE)

    def lines(self, view: SetupView) -> list[Line]:
        """The way, and where this computer stands on it."""
        return setup_words.replace_lines(view)

    async def action_begin(self) -> None:
        """F9."""
        await self.app.begin_spare()


class LanguagePage(SetupPage):
    """English or Persian; the screen starts again in the other one."""

    step = "language"
    TABLE = (*PAGE, Command("f9", "choose", _("Choose"), _("Use the language under the cursor.")))
    BINDINGS = bindings(TABLE)

    def lines(self, view: SetupView) -> list[Line]:
        """Which it is."""
        return [Line(_("The screens of this account speak English or Persian."))]

    def compose_step(self) -> ComposeResult:
        """Each language in its own name."""
        yield RowTable(setup_words.LANGUAGE_COLUMNS, "language-table")

    def on_mount(self) -> None:
        """The one in use is under the cursor."""
        super().on_mount()
        table = self.query_one(RowTable)
        table.show([Row(name, (LANGUAGE_NAMES[name],)) for name in LANGUAGES])
        table.move_cursor(row=LANGUAGES.index(self.app.spoken.language))
        table.focus()

    @on(DataTable.RowSelected)
    def action_choose(self) -> None:
        """F9, or Enter: it is no more than a language."""
        wanted: Language = "fa" if self.query_one(RowTable).cursor_key == "fa" else "en"
        if not self.app.speak(language=wanted):
            self.answer(Line(_("This language is in use already."), "good"))


class Sample(Widget):
    """Lines that pass the filter untouched, so that both orders can be seen."""

    DEFAULT_CSS = "Sample { height: 2; }"

    def __init__(self, name: str, lines: tuple[str, ...]) -> None:
        super().__init__(id=name)
        self._lines = lines

    def render_line(self, y: int) -> Strip:
        """One line as it is."""
        if y >= len(self._lines):
            return Strip.blank(self.size.width, self.rich_style)
        style = self.rich_style + Style(meta={AS_IS: True})
        strip = Strip([Segment(f"    {self._lines[y]}", style)])
        return strip.adjust_cell_length(self.size.width, self.rich_style)


class OrderPage(SetupPage):
    """The same lines in both orders: which reads right on this terminal?"""

    step = "order"
    TABLE = (
        *PAGE,
        Command("1", "choose('visual')", _("The first"), _("The first two lines read right.")),
        Command("2", "choose('logical')", _("The second"), _("The second two lines read right.")),
    )
    BINDINGS = bindings(TABLE)

    def lines(self, view: SetupView) -> list[Line]:
        """What to look for."""
        now = setup_words.order_words(self.app.spoken)
        return [
            Line(_("Set now: {order}.").format(order=now)),
            Line(
                _(
                    "Terminals differ in how they write Persian. Look which lines are right: the "
                    "letters are joined, words run from right to left, 17 stands on the left of "
                    "the upper line and 1204 on its right, the date reads 1405/09/06."
                )
            ),
        ]

    def compose_step(self) -> ComposeResult:
        """Both samples under their keys."""
        for number, name, order in ((1, "visual", visual_text), (2, "logical", fenced_text)):
            pad = " " * (SAMPLE_CELLS - len(SAMPLE_NAME))
            row = f"17  {order(SAMPLE_NAME)}{pad}1204"
            yield Static(f"{number}", classes="label")
            yield Sample(f"sample-{name}", (row, order(SAMPLE_SENTENCE, "R")))
        words = _("Neither is right? Choose English; names then stand as the terminal writes them.")
        yield Static(words, classes="label")

    def action_choose(self, order: TextOrder) -> None:
        """1 or 2."""
        self.app.speak(text_order=order)
        self.answer(Line(_("Kept. It holds from the next line on."), "good"))


class ClockPage(SetupPage):
    """This computer's clock beside a watch and the others' clocks."""

    step = "clock"
    TABLE = (
        *PAGE,
        Command("f9", "agrees", _("It agrees"), _("A watch shows the same minute.")),
        Command("f4", "differs", _("It differs"), _("What to do when it differs.")),
    )
    BINDINGS = bindings(TABLE)

    def compose_step(self) -> ComposeResult:
        """The time, large enough to compare."""
        yield Words("time")
        yield Words("watch")

    def lines(self, view: SetupView) -> list[Line]:
        """Who sets it, and how others' clocks stand."""
        return setup_words.clock_lines(view)

    def see(self, view: SetupView) -> None:
        """The time now."""
        shown = f"{beside_utc(view.clock.now_ms)}   {long_date(view.clock.now_ms)}"
        self.query_one("#time", Words).write(shown)
        words = _("Compare the minute with a wrist watch. Clocks warn here; they decide nothing.")
        self.query_one("#watch", Words).write(words)

    def action_agrees(self) -> None:
        """F9."""
        self.answer(Line(_("Good. The clock stays as it is."), "good"))

    def action_differs(self) -> None:
        """F4."""
        words = _(
            "Leave setup, set the clock as this computer's administrator (UTC), and look again: "
            "timedatectl set-time '2026-11-27 05:12'"
        )
        self.answer(Line(words, "attention"))


class JoinPage(SetupPage):
    """The other stations as they appear."""

    step = "join"
    TABLE = (
        *PAGE,
        Command("f9", "start", _("Start"), _("Run the station while setup is open.")),
        Command("f6", "stop", _("Stop"), _("Stop the station that was started here.")),
    )
    BINDINGS = bindings(TABLE)

    def lines(self, view: SetupView) -> list[Line]:
        """Does it run, and with how many."""
        return setup_words.join_lines(view)

    def compose_step(self) -> ComposeResult:
        """A row a station."""
        yield RowTable(setup_words.PEER_COLUMNS, "peer-table")

    def see(self, view: SetupView) -> None:
        """Stations come and go."""
        self.query_one(RowTable).show(setup_words.peer_rows(view))

    def action_start(self) -> None:
        """F9."""
        self.run_worker(self._do("start"), exclusive=True)

    def action_stop(self) -> None:
        """F6."""
        self.run_worker(self._do("stop"), exclusive=True)

    async def _do(self, what: str) -> None:
        client = self.app.client
        self.answered(await (client.start() if what == "start" else client.stop()))
