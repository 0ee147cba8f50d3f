"""The lid board of a ballot box, at the other end of a serial line.

It speaks as `hw.lid.frames` documents, only more often than once a second.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from hw.lid.frames import NUMBER_MAX, Frame, frame_bytes
from tests.peers.serial_line import SerialLine

FRAME_S = 0.05


class LidBoard:
    """Closed and sealed, unplugged at first. `speaks` False: it hangs."""

    def __init__(self, path: Path) -> None:
        self.speaks = True
        self.is_open = self.is_broken = False
        self.number = 0
        self._line = SerialLine(path)
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> str:
        """As the settings want it."""
        return str(self._line.path)

    def plug(self) -> None:
        """The cable is in, and the board speaks."""
        self._line.plug()
        self._task = asyncio.create_task(self._speak())

    async def unplug(self) -> None:
        """The cable is out."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
            self._line.unplug()

    async def send(self, data: bytes) -> None:
        """Any bytes on the line; only while the board does not speak by itself."""
        await self._line.send(data)

    def frame(self) -> bytes:
        """The next frame."""
        self.number = (self.number + 1) % (NUMBER_MAX + 1)
        return frame_bytes(Frame(self.number, self.is_open, self.is_broken))

    async def _speak(self) -> None:
        while True:
            if self.speaks:
                await self._line.send(self.frame())
            await asyncio.sleep(FRAME_S)


@contextlib.asynccontextmanager
async def plugged(path: Path) -> AsyncIterator[LidBoard]:
    """A board that is plugged in, and is unplugged at the end."""
    board = LidBoard(path)
    board.plug()
    try:
        yield board
    finally:
        await board.unplug()
