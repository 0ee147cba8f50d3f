"""What was scanned last, for whoever waits for it: a desk's screen, a box's page.

One thing at a time, in memory alone, and forgotten soon: it names a person, or lets one vote. It is
for those who wait when it comes, or ask right after; each says which number it has seen.
"""

import asyncio
from contextlib import suppress
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

WAIT_S = 20.0
"""How long one question waits for a scan before it is asked again."""

FORGET_S = 25.0
"""Longer than a question waits: who comes later than that finds nothing."""


CardReason = Literal["", "not-a-card", "card-blank", "card-taken-out", "card-not-read"]
"""Why there are words instead of a voting card, for a page in another language than the words."""


class Scan(Struct, frozen=True):
    """A code of a voter's document (`code`, ten digits) or of a voting card (`card`), or words."""

    number: int = 0
    code: str = ""
    document: str = ""
    card: str = ""
    words: str = ""
    reason: CardReason = ""


class Scans:
    """The last scan and those who wait for the next."""

    def __init__(self) -> None:
        self.number = 0
        self._last: Scan | None = None
        self._news = asyncio.Event()
        self._forgetting: asyncio.TimerHandle | None = None

    def put(self, scan: Scan) -> None:
        """Something was read; it replaces what nobody took."""
        self.number += 1
        self._last = replace(scan, number=self.number)
        self._news.set()
        if self._forgetting is not None:
            self._forgetting.cancel()
        self._forgetting = asyncio.get_running_loop().call_later(FORGET_S, self._forget)

    async def after(self, number: int | None, wait_s: float = WAIT_S) -> Scan | None:
        """The last scan with a higher number, or the next; None if none comes in time.

        With None it is the next from now on: what came before is forgotten. It is given to all who
        wait, so that a question whose asker has gone away takes it from nobody.
        """
        # A page may remember a number from before this node was started anew.
        before = self.number if number is None else min(number, self.number)
        if before == self.number:
            self._last = None
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                while self.number <= before:
                    self._news.clear()
                    await self._news.wait()
        return self._last if self.number > before else None

    def _forget(self) -> None:
        self._last = None
