"""The program of a desk: its one screen, and the word to the node that somebody is here."""

import math
from typing import Any

from textual import events
from textual.screen import Screen

from sync.views import StationView
from tui.client import NodeSilent
from tui.desk_screen import DeskScreen
from tui.node_app import NodeApp

HERE_PERIOD_S = 10.0
"""Between two words to the node that somebody types; its lock waits minutes."""


class DeskApp(NodeApp):
    """Asks for the station's state and shows it."""

    TITLE = "pollmesh desk"
    CSS_PATH = [*NodeApp.CSS_PATH, "styles/desk.tcss"]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._told_here_s = -math.inf

    def get_default_screen(self) -> Screen[None]:
        """The desk's one screen."""
        return DeskScreen()

    async def ask(self) -> StationView | NodeSilent:
        """The station's state."""
        return await self.client.status()

    async def on_event(self, event: events.Event) -> None:
        """Every key keeps the desk open where it would lock by itself."""
        if isinstance(event, events.Key):
            self._tell_here(self.seen.view)
        await super().on_event(event)

    def _tell_here(self, view: StationView | None) -> None:
        now_s = self.clock()
        if view and view.logins and now_s - self._told_here_s >= HERE_PERIOD_S:
            self._told_here_s = now_s
            self.run_worker(self.client.write("/workers/here", {}), group="here")
