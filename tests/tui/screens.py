"""The wait that every screen test needs."""

import asyncio
from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot

WAIT_STEPS_MAX = 1000

PERIOD_S = 0.25
"""How often a screen under test asks its node. Oftener, and Textual's pilot, which waits after each
key until the process is idle, waits its full second every time."""


async def until(pilot: Pilot[Any], true: Callable[[], bool], what: str) -> None:
    """Let the screen work until `true`, for some seconds at most."""
    for _ in range(WAIT_STEPS_MAX):
        if true():
            await pilot.pause()
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"never: {what}")
