"""A scanner on a serial line: USB CDC (/dev/ttyACM0), a USB converter, RS-232.

    driver = "serial"
    port = "/dev/serial/by-id/…"     this name stays the same whichever socket it is plugged into
    ending = "\\r\\n"                  what the scanner is set to send after each code; UTF-8

The port is held alone (flock), so that no second program takes every other code.
"""

import asyncio
import contextlib
import errno
from collections.abc import Callable

import serial
from serial_asyncio_fast import SerialTransport, connection_for_serial

from hw.catalogue import SerialScanner, Tell
from hw.peripheral import NotInstalledError, OneThread, PeripheralError, UnpluggedError
from hw.scanner.keeping import READY, ScannerKeeper

OPEN_S = 5.0
"""Opening asks the device for its line settings; a stuck one does not answer."""

CLOSE_S = 2.0
"""Closing waits for the driver no longer than this."""

BYTES_PER_S_MAX = 64 * 1024
"""Five times what a line at 115,200 baud carries. A device that sends more is read a second later,
so that it slows down itself and not the station."""


class SerialScannerDriver(ScannerKeeper):
    """Tells a `Scanned` for each code; keeps the port and finds it again."""

    def __init__(self, settings: SerialScanner, tell: Tell) -> None:
        super().__init__(settings.port, settings.ending.encode(), tell)
        self._baud = settings.baud
        self._thread = OneThread(f"The scanner at {settings.port}")

    async def _serve(self) -> None:
        # An opened port that came too late is closed when it is collected.
        port = await self._thread.do(OPEN_S, _opened, self._port, self._baud)
        line = _Line(self._feed)
        loop = asyncio.get_running_loop()
        transport, _ = await connection_for_serial(loop, lambda: line, port)
        self._begin()
        self._stand("ready", READY)
        try:
            await self._until_gone(line.closed)
        finally:
            self._drop_half()
            await _let_go(transport, line, port)


class _Line(asyncio.Protocol):
    """Hands on what comes, at most BYTES_PER_S_MAX a second."""

    def __init__(self, feed: Callable[[bytes], None]) -> None:
        self.closed = asyncio.Event()
        self._feed = feed
        self._loop = asyncio.get_running_loop()
        self._since = self._loop.time()
        self._bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, SerialTransport), "a serial line"
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._loop.time() - self._since >= 1:
            self._since, self._bytes = self._loop.time(), 0
        self._bytes += len(data)
        if self._bytes >= BYTES_PER_S_MAX:
            self._transport.pause_reading()
            self._loop.call_later(1, self._transport.resume_reading)
        self._feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set()


def _opened(port: str, baud: int) -> serial.Serial:
    """Open and locked. PeripheralError in words."""
    try:
        return serial.Serial(port, baud, timeout=0, exclusive=True)
    except ValueError:
        raise NotInstalledError(f"A serial line cannot run at {baud} baud. Correct it.") from None
    except OSError as error:
        raise _why(port, error) from None


def _why(port: str, error: OSError) -> PeripheralError:
    match error.errno:
        case errno.ENOENT | errno.ENXIO | errno.ENODEV | errno.EIO:
            return UnpluggedError(f"There is no scanner at {port}. Plug it in.")
        case errno.EAGAIN | errno.EBUSY:
            return UnpluggedError(f"Another program holds the scanner at {port}. End that program.")
        case errno.EACCES | errno.EPERM:
            return NotInstalledError(
                f"This program may not use {port}. Put its user into the group that owns the port "
                "(dialout)."
            )
    return NotInstalledError(f"{port} is no serial port. Correct the port in the settings.")


async def _let_go(transport: SerialTransport, line: _Line, port: serial.Serial) -> None:
    """The port is closed when this returns, so that it can be opened again at once."""
    if not transport.is_closing():
        transport.abort()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_S):
            await line.closed.wait()
    # The transport closes it in a task of its own, which may have been cancelled.
    port.close()
