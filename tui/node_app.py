"""What the desk's and the supervisor's programs share: asking the node, help, the quit question.

The node is asked again and again with one question in flight: the next one leaves a period after
the last was answered. What came back is `seen`; screens watch it. While the node is silent `seen`
keeps the last view, so that a screen can go on showing it, marked with its age.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from textual.app import App
from textual.reactive import reactive

from sync.views import ProvinceView, StationView
from tui.client import NodeClient, NodeSilent
from tui.help_screen import HelpScreen
from tui.keys import Key
from tui.quit_screen import QuitScreen
from tui.text_order import TextOrder, VisualOrder


class Seen(NamedTuple):
    """The last view, when the screen's clock showed `at_s`, and why there is no newer one."""

    view: Any = None
    at_s: float = 0.0
    silent: NodeSilent | None = None


class NodeApp(App[None]):
    """A program that shows one node. `clock` counts seconds for ages on the screen."""

    ENABLE_COMMAND_PALETTE = True
    KEYS: tuple[Key, ...] = ()

    seen: reactive[Seen] = reactive(Seen())

    def __init__(
        self,
        client: NodeClient,
        text_order: TextOrder = "visual",
        period_s: float = 0.5,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.client = client
        self.clock = clock
        self._period_s = period_s
        if text_order == "visual":
            self._filters.append(VisualOrder())

    def on_mount(self) -> None:
        """Begin to ask."""
        self.run_worker(self._ask_forever(), name="ask", exit_on_error=True)

    async def on_unmount(self) -> None:
        """Let go of the node."""
        await self.client.close()

    async def ask(self) -> StationView | ProvinceView | NodeSilent:
        """The one question this program asks all the time."""
        raise NotImplementedError

    async def action_help(self) -> None:
        """All keys, searchable."""
        await self.push_screen(HelpScreen(self.KEYS))

    async def action_quit(self) -> None:
        """Ctrl+Q and the palette's Quit ask first, like F10."""
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
