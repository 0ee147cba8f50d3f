"""The wizard's program and its first page: every step, what is so now, the broken station first."""

import asyncio
from pathlib import Path
from typing import ClassVar

from msgspec.structs import replace
from textual import on
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.reactive import reactive
from textual.screen import ModalScreen, Screen
from textual.widgets import DataTable, Footer, Static

from sync.setup_views import SetupView
from tui import setup_words
from tui.bars import Words
from tui.client import NodeSilent
from tui.commands import Command, CommandScreen, Table, bindings
from tui.looks import theme_name, themes, write_settings
from tui.setup_app import AGAIN
from tui.setup_client import SetupClient
from tui.setup_forms import PeripheralsPage, StationPage
from tui.setup_pages import (
    HELP,
    ClockPage,
    JoinPage,
    KeysPage,
    LanguagePage,
    OrderPage,
    ReplacePage,
    SetupPage,
)
from tui.setup_words import STEPS, Step
from tui.spoken import Spoken
from tui.tables import RowTable
from tui.text_order import TextOrder, order_filter
from tui.view_models import Line
from tui.words import Language, _

PERIOD_S = 0.5

HOME: Table = (
    HELP,
    Command("enter", "open", _("Open"), _("Open the step under the cursor."), shown=False),
    Command("f10", "leave", _("Leave"), _("Leave setup; what was chosen is kept.")),
)
PAGES: dict[Step, type[SetupPage]] = {
    "replace": ReplacePage,
    "language": LanguagePage,
    "order": OrderPage,
    "station": StationPage,
    "peripherals": PeripheralsPage,
    "clock": ClockPage,
    "join": JoinPage,
}


class SetupApp(App[str]):
    """The program. `settings` is where language, text order and look are kept."""

    ENABLE_COMMAND_PALETTE = False
    CSS_PATH = ["styles/common.tcss", "styles/setup.tcss"]

    seen: reactive[SetupView | None] = reactive(None)

    def __init__(
        self, socket: Path, spoken: Spoken, settings: Path | None, period_s: float = PERIOD_S
    ) -> None:
        super().__init__()
        self.client = SetupClient(socket)
        self.spoken = spoken
        self.is_spare = False
        self._settings = settings
        self._period_s = period_s
        self._order = order_filter(spoken.text_order, spoken.base)
        self._filters.append(self._order)
        for theme in themes():
            self.register_theme(theme)
        self.theme = theme_name(spoken.look, training=False)
        self.set_class(spoken.base == "R", "-persian")

    def get_default_screen(self) -> Screen[None]:
        """The steps."""
        return HomeScreen()

    def on_mount(self) -> None:
        """Begin to ask."""
        self.run_worker(self._look_forever(), name="look", exit_on_error=True)

    async def on_unmount(self) -> None:
        """Let go of the socket."""
        await self.client.close()

    def watch_seen(self, view: SetupView | None) -> None:
        """A training day has colours of its own."""
        if view is not None:
            self.theme = theme_name(self.spoken.look, view.training)

    async def look(self) -> None:
        """Ask once, now."""
        answer = await self.client.setup()
        if isinstance(answer, NodeSilent):
            self.notify(answer.words, severity="error")
        else:
            self.seen = answer

    async def open_step(self, step: Step) -> None:
        """Open a step above the list of steps."""
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        await self.push_screen(PAGES[step]())

    async def open_after(self, step: Step) -> None:
        """The step after this one; after the last, the list of steps."""
        at = STEPS.index(step) + 1
        if at < len(STEPS):
            await self.open_step(STEPS[at])
        else:
            await self.pop_screen()

    async def begin_spare(self) -> None:
        """This computer is a spare: the station comes first, then it is filled."""
        self.is_spare = True
        await self.open_step("station")

    def speak(self, language: Language | None = None, text_order: TextOrder | None = None) -> bool:
        """Keep a choice of how the screens speak; False if it was so already."""
        before = self.spoken
        self.spoken = replace(
            before,
            language=language or before.language,
            text_order=text_order or before.text_order,
            is_chosen=before.is_chosen or text_order is not None,
        )
        if not write_settings(self._settings, self.spoken):
            self.notify(_("It cannot be kept: the settings of this account are read-only."))
        if self.spoken.language != before.language:
            self.exit(AGAIN)
        elif text_order is not None:
            self._filters.remove(self._order)
            self._order = order_filter(self.spoken.text_order, self.spoken.base)
            self._filters.append(self._order)
            self.refresh(repaint=True, layout=True)
        return self.spoken != before

    async def _look_forever(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(self._period_s)


class HomeScreen(CommandScreen[None]):
    """Every step with what is so now."""

    TABLE: ClassVar[Table] = HOME
    BINDINGS = bindings(HOME)
    app: SetupApp

    def compose(self) -> ComposeResult:
        """A row a step."""
        yield Words("setup-title")
        with Vertical(id="page"):
            yield Words("now")
            yield RowTable(setup_words.STEP_COLUMNS, "step-table")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Watch what is so now."""
        self.query_one("#setup-title", Words).write("pollmesh setup")
        hint = _(
            "Choose with Up and Down, open with Enter. Every step can be left as it is, and "
            "opened again at any time, on polling day too."
        )
        self.query_one("#now", Words).say(Line(hint))
        self.watch(self.app, "seen", self._see)
        self.query_one(RowTable).focus()

    def _see(self, view: SetupView | None) -> None:
        if view is not None:
            self.query_one(RowTable).show(setup_words.step_rows(view, self.app.spoken))

    @on(DataTable.RowSelected)
    async def opened(self) -> None:
        """Enter."""
        key = self.query_one(RowTable).cursor_key
        if key in PAGES:
            await self.app.open_step(key)

    async def action_help(self) -> None:
        """F1."""
        await self.app.push_screen(KeysPage(HOME))

    async def action_leave(self) -> None:
        """F10: at once, unless something would end with it."""
        view = self.app.seen
        ends = view is not None and (view.join.is_own or (view.work and not view.work.is_over))
        if ends:
            await self.app.push_screen(LeavePage(), self._leave_answered)
        else:
            self.app.exit("")

    def _leave_answered(self, leave: bool | None) -> None:
        if leave:
            self.app.exit("")


class LeavePage(ModalScreen[bool]):
    """Asked only when something ends with the wizard."""

    TABLE: ClassVar[Table] = (
        Command("y", "answer(True)", _("Leave"), _("Leave setup.")),
        Command("n", "answer(False)", _("Stay"), _("Stay in setup.")),
    )
    BINDINGS = bindings(TABLE)

    def compose(self) -> ComposeResult:
        """The question."""
        with Vertical(classes="dialog"):
            yield Static(_("Leave setup?"), classes="title")
            yield Static(_("The station that was started here stops; an installation is finished."))
            yield Static("y  " + _("Leave") + "      n  " + _("Stay"), classes="choices")

    def action_answer(self, leave: bool) -> None:
        """Give the answer back."""
        self.dismiss(leave)
