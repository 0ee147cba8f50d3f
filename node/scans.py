"""What was scanned last, for whoever waits for it: a desk's screen, a box's page.

One thing at a time, in memory alone. At a desk a scan is given out once and then forgotten: it
names a person. At a box it is for a page that waits for a card when it comes, and for nobody later.
"""

import asyncio
from contextlib import suppress
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

WAIT_S = 20.0
"""How long one question waits for a scan before it is asked again."""


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

    def put(self, scan: Scan) -> None:
        """Something was read; it replaces what nobody took."""
        self.number += 1
        self._last = replace(scan, number=self.number)
        self._news.set()

    async def next(self, wait_s: float = WAIT_S) -> Scan | None:
        """The scan nobody has taken yet, or the next one; None if none comes in time."""
        try:
            async with asyncio.timeout(wait_s):
                while self._last is None:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return None
        scan, self._last = self._last, None
        return scan

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
