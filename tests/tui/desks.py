"""A desk's screen under a test's fingers: real keys, a real socket, answers by heart."""

import asyncio
from collections.abc import Awaitable, Callable

from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.tui.fake_node import FakeNode
from tests.tui.screens import PERIOD_S, until
from tui.client import NodeClient
from tui.desk_app import DeskApp
from tui.desk_screen import DeskScreen

SIZE = (80, 24)


class Desk:
    """What a worker does and sees."""

    def __init__(self, app: DeskApp, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot
        self.press = pilot.press

    @property
    def screen(self) -> DeskScreen:
        """The desk's own screen, whatever lies above it."""
        screen = self.app.screen_stack[0]
        assert isinstance(screen, DeskScreen)
        return screen

    async def reach(self, stage: str) -> None:
        """Wait for a stage of the check-in."""
        await until(self.pilot, lambda: self.screen.stage == stage, f"stage {stage}")

    def text(self, name: str) -> str:
        """What a line says; on the page that lies above, if it has it."""
        for screen in reversed(self.app.screen_stack):
            if found := screen.query(f"#{name}"):
                return str(found.first(Static).content)
        raise AssertionError(f"no #{name}")

    async def see(self, name: str, words: str) -> None:
        """Wait for words in a line."""
        await until(self.pilot, lambda: words in self.text(name), f"'{words}' in #{name}")

    async def find(self, typed: str) -> None:
        """Type by hand."""
        self.screen.query_one("#code", Input).value = typed
        await self.press("enter")

    async def scan(self, *lines: str) -> None:
        """A keyboard wedge: all keys in one go, Enter after each line."""
        for line in lines:
            for letter in line:
                self.app.post_message(events.Key(letter, letter))
            self.app.post_message(events.Key("enter", "\r"))
        await self.pilot.pause()

    def told(self) -> list[str]:
        """The notifications in sight."""
        return [str(one.message) for one in self.app._notifications]

    def footer(self) -> list[str]:
        """The keys in the footer, as they are called there."""
        active = self.app.screen.active_bindings.values()
        return [one.binding.key for one in active if one.binding.show]


def at_the_desk(
    node: FakeNode,
    story: Callable[[Desk], Awaitable[None]],
    clock: Callable[[], float] | None = None,
) -> None:
    """Run `story` at a desk of 80 x 24 that has seen its node."""

    async def run() -> None:
        options = {"clock": clock} if clock else {}
        app = DeskApp(NodeClient(node.socket), "logical", PERIOD_S, **options)
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: app.seen.view is not None, "the node answers")
            await story(Desk(app, pilot))

    asyncio.run(run())
