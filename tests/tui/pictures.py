"""Pictures of the screens: a program at a size, brought somewhere, then compared.

`pytest tests/tui --snapshot-update` accepts what is there now. Times are fixed, the text order is
logical (a picture's viewer orders Persian itself), the node answers by heart.
"""

from collections.abc import Awaitable, Callable

from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from tests.tui.examples import CODE, MARYAM, PROVINCE
from tests.tui.fake_node import FakeNode
from tests.tui.screens import PERIOD_S, until
from tui.client import NodeClient
from tui.desk_app import DeskApp
from tui.looks import Look, ScreenSettings, write_settings
from tui.supervisor_screen import SupervisorApp

SIZE, LARGE = (80, 24), (120, 40)
SIZES = (SIZE, LARGE)
Before = Callable[[Pilot[None]], Awaitable[None]]
Compare = Callable[..., bool]


async def nothing(pilot: Pilot[None]) -> None:
    """The screen as it comes up."""


def desk_picture(
    node: FakeNode,
    snap_compare: Compare,
    before: Before = nothing,
    size: tuple[int, int] = SIZE,
    look: Look = "dark",
) -> bool:
    """A desk at which Maryam is found."""
    node.voters[CODE] = (MARYAM,)
    settings = node.socket.parent / "screen.json"
    write_settings(settings, ScreenSettings(look))
    app = DeskApp(
        NodeClient(node.socket), "logical", PERIOD_S, clock=lambda: 0.0, settings=settings
    )
    return compare(app, snap_compare, before, size)


def supervisor_picture(
    node: FakeNode, snap_compare: Compare, before: Before = nothing, size: tuple[int, int] = SIZE
) -> bool:
    """A district's screen."""
    node.figures = PROVINCE
    client = NodeClient(node.socket)
    app = SupervisorApp(client, text_order="logical", period_s=PERIOD_S, clock=lambda: 0.0)
    return compare(app, snap_compare, before, size)


def compare(
    app: DeskApp | SupervisorApp,
    snap_compare: Compare,
    before: Before,
    size: tuple[int, int] = SIZE,
) -> bool:
    """Bring the program there, wait until it is still, look."""

    async def run_before(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.seen.view is not None, "the node answers")
        await before(pilot)
        for screen in pilot.app.screen_stack:
            for field in [*screen.query(Input), *screen.query(TextArea)]:
                field.cursor_blink = False
        await pilot.wait_for_scheduled_animations()
        await is_still(pilot)

    return snap_compare(app, terminal_size=size, run_before=run_before)


async def is_still(pilot: Pilot[None]) -> None:
    """Two looks, a question to the node apart, see the same: nothing is being laid out any more."""
    seen, now = "", pilot.app.export_screenshot()
    while seen != now:
        await pilot.pause(2 * PERIOD_S)
        seen, now = now, pilot.app.export_screenshot()


async def reach(pilot: Pilot[None], stage: str) -> None:
    """Wait for a stage of the page in sight."""
    await until(pilot, lambda: getattr(pilot.app.screen, "stage", "") == stage, f"stage {stage}")


async def at_person(pilot: Pilot[None]) -> None:
    """Maryam with her national card."""
    await pilot.press(*CODE, "enter")
    await reach(pilot, "person")
    await pilot.press("1")


async def at_card(pilot: Pilot[None]) -> None:
    """Maryam's card."""
    await at_person(pilot)
    await pilot.press("f9")
    await reach(pilot, "card")
    pane = pilot.app.screen
    drawn = pane.query_one("#card-code"), pane.query_one("#card-code-hint")
    await until(pilot, lambda: any(one.display for one in drawn), "the code is there")
