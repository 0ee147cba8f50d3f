"""The pages that a desk opens above itself, each by a key or by the palette.

What a page has done is told on the desk's start. While a page is open the voter below waits: her
stage is as it was when the page is left.
"""

from tui.alarms_screen import AlarmsScreen
from tui.book_screen import BookScreen
from tui.cards_screen import CardsScreen
from tui.commands import CommandScreen
from tui.device_words import answer_line
from tui.devices_screen import DevicesScreen, Trial
from tui.form_screen import FormScreen
from tui.forms import FORMS, LOG_IN, SHIFT_OVER
from tui.lock_screen import LockScreen
from tui.node_app import NodeApp
from tui.officers_screen import OfficersScreen
from tui.seen import Seen
from tui.view_models import Line, needs_login


class DeskPages(CommandScreen[None]):
    """The actions that open a page; the desk's own screen is made of this."""

    app: NodeApp

    def __init__(self) -> None:
        super().__init__()
        self.trial = Trial()

    def tell(self, line: Line) -> None:
        """Say something on the start."""
        raise NotImplementedError

    async def action_devices(self) -> None:
        """F3: devices, the print queue, slips."""
        await self.app.push_screen(DevicesScreen(self.trial))

    async def action_officers(self) -> None:
        """F2: the officers' page."""
        await self.app.push_screen(OfficersScreen(), self._told)

    async def action_book(self) -> None:
        """F4: the book of the place."""
        await self.app.push_screen(BookScreen())

    async def action_cards(self) -> None:
        """F5: cards that are out, and voids."""
        await self.app.push_screen(CardsScreen())

    async def action_alarms(self) -> None:
        """F7: everything that is wrong, in full."""
        await self.app.push_screen(AlarmsScreen())

    async def action_form(self, form: str) -> None:
        """From the palette: one form."""
        await self.app.push_screen(FormScreen(FORMS[form]), self._told)

    async def action_take_over(self) -> None:
        """Another worker, without an end of the shift between them."""
        await self.app.push_screen(FormScreen(LOG_IN), self._told)

    async def action_shift_over(self) -> None:
        """Nobody is on afterwards."""
        await self.app.push_screen(FormScreen(SHIFT_OVER), self._told)

    def action_print_paper(self, what: str) -> None:
        """From the palette: a list or the minutes into the print queue."""
        self.run_worker(self._print_paper(what), group="paper", exclusive=True)

    def action_lock(self) -> None:
        """At once."""
        self.run_worker(self._lock(), group="lock", exclusive=True)

    async def _print_paper(self, what: str) -> None:
        self.tell(answer_line(await self.app.client.print_paper(what)))

    async def _lock(self) -> None:
        answer = await self.app.client.write("/workers/lock", {})
        self.tell(Line(answer.words))

    def lock_if_asked(self, seen: Seen) -> None:
        """Nothing of a voter stays in sight on a desk that was left alone."""
        if seen.view is None or seen.silent is not None or not needs_login(seen.view):
            return
        if not any(isinstance(screen, LockScreen) for screen in self.app.screen_stack):
            self.app.push_screen(LockScreen())

    def _told(self, words: str | None) -> None:
        if words:
            self.tell(Line(words, "good"))
