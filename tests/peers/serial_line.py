"""A serial device from its other end: a pty behind a path that stays the same, as udev's names do.

    line = SerialLine(tmp_path / "ttyScanner")
    line.plug()                  now there is a port at line.path
    await line.send(b"…")        what the device says
    line.received()              what it was told so far
    line.unplug()                the port hangs up and its name is gone

A pty has no modem lines and no speed; what is read after `unplug` fails as with a pulled plug.
"""

import asyncio
import contextlib
import os
import pty
import tty
from pathlib import Path


class SerialLine:
    """One device; unplugged at first. Close it with `unplug`, or use it in a `with`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._end: int | None = None

    def __enter__(self) -> "SerialLine":
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    def plug(self) -> None:
        """A new port at `path`."""
        assert self._end is None, "it is plugged in"
        self._end, port = pty.openpty()
        tty.setraw(port)
        os.set_blocking(self._end, False)
        self.path.symlink_to(os.ttyname(port))
        # The settings of a port stay as long as its other end is open.
        os.close(port)

    def unplug(self) -> None:
        """Nothing if it is unplugged already."""
        if self._end is not None:
            self.path.unlink(missing_ok=True)
            os.close(self._end)
            self._end = None

    async def send(self, data: bytes) -> None:
        """All of it, as fast as the other side reads."""
        while data:
            assert self._end is not None, "it is unplugged"
            try:
                data = data[os.write(self._end, data) :]
            except BlockingIOError:
                await asyncio.sleep(0.002)

    def received(self) -> bytes:
        """What came since the last call; empty for nothing."""
        assert self._end is not None, "it is unplugged"
        # EIO: nobody has the port open.
        with contextlib.suppress(BlockingIOError, OSError):
            return os.read(self._end, 65536)
        return b""
