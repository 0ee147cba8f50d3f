"""A GPS receiver on a serial line, and a real gpsd that reads it.

The receiver speaks NMEA 0183 as they all do: RMC, GGA and GSA sentences, some times a second.
"""

import asyncio
import contextlib
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.peers.serial_line import SerialLine
from tests.peers.waiting import free_port, until

WHY_NOT = None if shutil.which("gpsd") else "needs gpsd of Debian"

FIX_S = 0.1


class GpsReceiver:
    """Its time is `clock()` (Unix ms); without `has_fix` it sees no satellites."""

    def __init__(self, path: Path, clock: Callable[[], int]) -> None:
        self.clock = clock
        self.has_fix = True
        self.line = SerialLine(path)
        self._task: asyncio.Task[None] | None = None

    def plug(self) -> None:
        """The receiver is there and speaks."""
        self.line.plug()
        # gpsd opens what is added later as a user of its own.
        self.line.path.resolve().chmod(0o666)
        self._task = asyncio.create_task(self._speak())

    async def unplug(self) -> None:
        """The receiver is gone."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
            self.line.unplug()

    async def _speak(self) -> None:
        while True:
            await self.line.send(sentences(self.clock(), self.has_fix))
            await asyncio.sleep(FIX_S)


def sentences(unix_ms: int, has_fix: bool) -> bytes:
    """What a receiver says once: position 0, time to hundredths of a second."""
    now = datetime.fromtimestamp(unix_ms / 1000, UTC)
    clock, day = now.strftime("%H%M%S.%f")[:9], now.strftime("%d%m%y")
    if has_fix:
        said = (
            f"GPRMC,{clock},A,0000.0,N,00000.0,E,0.0,0.0,{day},,,A",
            f"GPGGA,{clock},0000.0,N,00000.0,E,1,08,0.9,10.0,M,0.0,M,,",
            "GPGSA,A,3,04,05,09,12,24,25,29,31,,,,,1.5,0.9,1.2",
        )
    else:
        said = (
            f"GPRMC,{clock},V,,,,,,,{day},,,N",
            f"GPGGA,{clock},,,,,0,00,,,M,,M,,",
            "GPGSA,A,1,,,,,,,,,,,,,,,",
        )
    return b"".join(map(_sentence, said))


def _sentence(body: str) -> bytes:
    check = 0
    for byte in body.encode():
        check ^= byte
    return f"${body}*{check:02X}\r\n".encode()


class Gpsd:
    """The daemon on a free loopback port, reading the given devices."""

    def __init__(self, control: Path, *devices: Path) -> None:
        self.port = free_port()
        self._control = control
        self._devices = [str(device) for device in devices]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """As the settings want it."""
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Returns when it takes connections. -N stay, -n read at once, -b never write."""
        self._process = subprocess.Popen(
            ["gpsd", "-N", "-n", "-b", "-S", str(self.port), "-F", self._control, *self._devices],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )
        ready = asyncio.Event()

        async def knock() -> None:
            while not ready.is_set():
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                    writer.close()
                    ready.set()
                await asyncio.sleep(0.02)

        knocking = asyncio.create_task(knock())
        try:
            await until(ready.is_set)
        finally:
            knocking.cancel()

    def device(self, word: str, device: Path) -> None:
        """`add` or `remove` a device, as udev's rules of Debian's gpsd do it."""
        subprocess.run(
            ["gpsdctl", word, str(device)],
            env={**os.environ, "GPSD_SOCKET": str(self._control)},
            check=True,
            capture_output=True,
            timeout=10,
        )

    def stop(self) -> None:
        """Nothing if it does not run."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


@contextlib.asynccontextmanager
async def received(
    folder: Path, clock: Callable[[], int]
) -> AsyncIterator[tuple[GpsReceiver, Gpsd]]:
    """A receiver that is plugged in and a gpsd that reads it; both are ended at the end."""
    receiver = GpsReceiver(folder / "ttyGps", clock)
    receiver.plug()
    gpsd = Gpsd(folder / "gpsd.sock", receiver.line.path)
    try:
        await gpsd.start()
        yield receiver, gpsd
    finally:
        gpsd.stop()
        await receiver.unplug()
