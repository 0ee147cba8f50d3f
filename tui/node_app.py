"""What the desk's and the supervisor's programs share: asking the node, looks, help, the palette.

The node is asked again and again with one question in flight: the next one leaves a period after
the last was answered. What came back is `seen`; screens watch it. While the node is silent `seen`
keeps the last view, so that a screen can go on showing it, marked with its age.
"""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace
from textual.app import App
from textual.command import CommandPalette
from textual.reactive import reactive

from sync.views import ProvinceView, StationView
from tui.client import NodeClient, NodeSilent
from tui.commands import CommandScreen
from tui.help_screen import HelpScreen
from tui.looks import (
    LOOK_WORDS,
    Look,
    read_settings,
    theme_name,
    themes,
    write_settings,
)
from tui.palette import CommandProvider
from tui.quit_screen import QuitScreen
from tui.seen import Seen
from tui.text_order import TextOrder, VisualOrder

NOT_KEPT = "This look holds until the screen is left: the settings of this account are read-only."


class NodeApp(App[None]):
    """A program that shows one node. `clock` counts seconds for ages on the screen.

    `settings` is the file in which the look is kept; None keeps nothing.
    """

    ENABLE_COMMAND_PALETTE = True
    COMMANDS = {CommandProvider}
    CSS_PATH = ["styles/common.tcss", "styles/pages.tcss", "styles/plain.tcss"]

    seen: reactive[Seen] = reactive(Seen())

    def __init__(
        self,
        client: NodeClient,
        text_order: TextOrder = "visual",
        period_s: float = 0.5,
        clock: Callable[[], float] = time.monotonic,
        settings: Path | None = None,
    ) -> None:
        # As asked for at no-color.org: any value but an empty one. Then not even greys are sent.
        is_plain = bool(os.environ.get("NO_COLOR"))
        if not is_plain:
            os.environ.pop("NO_COLOR", None)
        super().__init__(ansi_color=True if is_plain else None)
        self.client = client
        self.clock = clock
        self._period_s = period_s
        self._settings_file = settings
        self._settings = read_settings(settings)
        if text_order == "visual":
            self._filters.append(VisualOrder())
        for theme in themes():
            self.register_theme(theme)
        self.theme = theme_name(self._settings.look, training=False)

    def on_mount(self) -> None:
        """Begin to ask."""
        self.run_worker(self._ask_forever(), name="ask", exit_on_error=True)

    async def on_unmount(self) -> None:
        """Let go of the node."""
        await self.client.close()

    async def ask(self) -> StationView | ProvinceView | NodeSilent:
        """The one question this program asks all the time."""
        raise NotImplementedError

    def watch_seen(self, seen: Seen) -> None:
        """A training day has colours of its own."""
        if seen.view is not None:
            self.theme = theme_name(self._settings.look, seen.view.training)

    def action_look(self, look: Look) -> None:
        """Another look, kept for this account."""
        self._settings = replace(self._settings, look=look)
        training = self.seen.view is not None and self.seen.view.training
        self.theme = theme_name(look, training)
        is_kept = write_settings(self._settings_file, self._settings)
        self.notify(f"Look: {LOOK_WORDS[look]}." if is_kept else NOT_KEPT)

    async def action_help(self) -> None:
        """Every command of the page in sight, searchable."""
        screen = self.screen
        if isinstance(screen, CommandScreen) and not isinstance(screen, HelpScreen):
            await self.push_screen(HelpScreen(screen.TABLE))

    def action_command_palette(self) -> None:
        """Ctrl+P, on the desk's screens and its pages."""
        if not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette(placeholder="Type what you want to do"))

    async def action_quit(self) -> None:
        """Ctrl+Q asks first, like F10."""
        await self.action_ask_quit()

    async def action_ask_quit(self) -> None:
        """Leave only after a question."""
        if not isinstance(self.screen, QuitScreen):
            await self.push_screen(QuitScreen(), self._quit_answered)

    def _quit_answered(self, leave: bool | None) -> None:
        if leave:
            self.exit()

    async def _ask_forever(self) -> None:
        while True:
            answer = await self.ask()
            if isinstance(answer, NodeSilent):
                self.seen = self.seen._replace(silent=answer)
            else:
                self.seen = Seen(answer, self.clock())
            await asyncio.sleep(self._period_s)
