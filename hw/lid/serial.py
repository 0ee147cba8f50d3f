"""The lid board of a ballot box on a serial line.

    port = "/dev/serial/by-id/usb-…"    a name that stays, not /dev/ttyUSB0

A board that is unplugged is looked for every second; by then its silence is told as well, since
whoever opens a box may first pull its cable.
"""

import errno
from asyncio import StreamReader, StreamReaderProtocol, get_running_loop
from collections.abc import Callable

import serial
from serial_asyncio_fast import connection_for_serial

from hw.catalogue import SerialLid
from hw.lid import LidChanged
from hw.lid.frames import Lines, read_frame
from hw.lid.standing import HOLD_S, LidKeeper
from hw.peripheral import OneThread, UnpluggedError

OPEN_S = 5.0
"""For opening the port: a driver of the kernel may wait for a device that hangs."""

READ_BYTES = 1024
"""Taken from the line at once."""


class SerialLidDriver(LidKeeper):
    """The board of the settings."""

    def __init__(
        self, settings: SerialLid, tell: Callable[[LidChanged], None], hold_s: float = HOLD_S
    ) -> None:
        super().__init__(tell, settings.silence_s, hold_s)
        self._settings = settings
        self._thread = OneThread("The lid board's port")

    async def _serve(self) -> None:
        try:
            port = await self._thread.do(OPEN_S, _open, self._settings)
        finally:
            self._thread.close()
        reader = StreamReader()
        loop = get_running_loop()
        transport, _ = await connection_for_serial(loop, lambda: StreamReaderProtocol(reader), port)
        self._listen()
        lines = Lines()
        try:
            while data := await reader.read(READ_BYTES):
                for line in lines.feed(data):
                    self._heard(read_frame(line))
        except (serial.SerialException, OSError):
            pass
        finally:
            self._is_connected = False
            if not transport.is_closing():
                transport.abort()
            port.close()
        raise _unplugged(self._settings.port)


def _open(settings: SerialLid) -> serial.Serial:
    try:
        return serial.Serial(settings.port, settings.baud, exclusive=True)
    except serial.SerialException as error:
        if error.errno in (errno.EACCES, errno.EPERM):
            raise UnpluggedError(
                f"This program may not use {settings.port}. Add its user to the group dialout."
            ) from None
        if error.errno in (errno.EWOULDBLOCK, errno.EBUSY):
            raise UnpluggedError(
                f"Another program holds {settings.port}. End that program."
            ) from None
        raise _unplugged(settings.port) from None
    except (OSError, ValueError):
        raise _unplugged(settings.port) from None


def _unplugged(port: str) -> UnpluggedError:
    return UnpluggedError(
        f"The lid board is not at {port}. Look at the box, then plug its cable in."
    )
