"""The setup wizard under a test's fingers: the true work behind it, on a true socket and folder."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from textual.pilot import Pilot
from textual.widgets import Input, Static

from node.setup_api import SetupApi
from tests.tui.screens import PERIOD_S, until
from tui.setup_home import SetupApp
from tui.spoken import Spoken
from tui.tables import RowTable

SIZE = (80, 24)


class Wizard:
    """What a technician does and sees."""

    def __init__(self, app: SetupApp, pilot: Pilot[str]) -> None:
        self.app, self.pilot = app, pilot
        self.press = pilot.press

    def text(self, name: str) -> str:
        """What a part of the page in sight says."""
        found = self.app.screen.query(f"#{name}")
        return str(found.first(Static).content) if found else ""

    async def see(self, name: str, words: str) -> None:
        """Wait for words."""
        await until(self.pilot, lambda: words in self.text(name), f"'{words}' in #{name}")

    def rows(self) -> list[tuple[str, ...]]:
        """The cells of the table in sight."""
        return [row.cells for row in self.app.screen.query_one(RowTable)._shown]

    async def open(self, step: str) -> None:
        """Choose a step on the first page with the arrows."""
        table = self.app.screen.query_one("#step-table", RowTable)
        for _ in range(len(self.rows())):
            if table.cursor_key == step:
                break
            await self.press("down")
        await self.press("enter")

    async def type(self, name: str, text: str) -> None:
        """Fill a field."""
        await until(self.pilot, lambda: bool(self.app.screen.query(f"#in-{name}")), f"#in-{name}")
        self.app.screen.query_one(f"#in-{name}", Input).value = text
        await self.pilot.pause()


@asynccontextmanager
async def wizard(
    folder: Path, work: Path, settings: Path | None = None, spoken: Spoken | None = None
) -> AsyncIterator[Wizard]:
    """A wizard on `folder`; `work` holds its socket."""
    work.mkdir(parents=True, exist_ok=True)
    api = SetupApi(folder, work, can_adopt=False)
    runner = web.AppRunner(api.app(), shutdown_timeout=0)
    await runner.setup()
    socket = work / "s"
    await web.UnixSite(runner, str(socket)).start()
    app = SetupApp(socket, spoken or Spoken(), settings, PERIOD_S)
    try:
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: app.seen is not None, "setup answers")
            yield Wizard(app, pilot)
    finally:
        await api.close()
        await runner.cleanup()
