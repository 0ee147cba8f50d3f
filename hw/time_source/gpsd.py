"""A GPS receiver behind gpsd: its JSON over TCP, one object a line.

    <- {"class":"VERSION","release":"3.22","proto_major":3,…}
    -> ?WATCH={"enable":true,"json":true}
    <- {"class":"DEVICES","devices":[{"path":"/dev/ttyACM0","driver":"u-blox",…}]}
    <- {"class":"TPV","mode":3,"time":"2026-11-22T19:09:55.320Z",…}   mode 2 and 3: a fix

Only the time is read: where the receiver is, is nobody's business. A reading is as old as the
serial line is slow, up to a second; that is good enough to find a clock that is wrong.

Source: gpsd_json(5). This computer's clock is read only to be shown beside the satellites'.
"""

import asyncio
import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from hw.catalogue import ADDRESS_FORM, Gpsd
from hw.peripheral import GarbledError, SeveralError, SlowError, UnpluggedError
from hw.time_source import TimeReading
from hw.time_source.showing import ClockKeeper

CONNECT_S = 3.0

SILENCE_S = 10.0
"""Between two fixes or their absence; a receiver speaks once a second."""

LINE_BYTES_MAX = 16 * 1024
"""gpsd's longest report is 10240 bytes."""

LINES_PER_S_MAX = 200
"""The fastest receivers fix 20 times a second, with some four lines each. Who sends more is no
gpsd, or has a backlog whose times are old: it is left, and asked anew."""

YEARS = range(1980, 2200)
"""The satellites' time begins in 1980. Outside of these years no clock can be set by it."""

PROTOCOL = 3
"""The major number of gpsd's protocol that is read here, since 2010."""

_WATCH = b'?WATCH={"enable":true,"json":true}\n'
_NO_RECEIVER = "gpsd runs but has no receiver. Plug the receiver in."


def system_ms() -> int:
    """This computer's clock, Unix ms."""
    return time.time_ns() // 1_000_000


class GpsdTime(ClockKeeper):
    """The receiver of the settings' gpsd."""

    def __init__(
        self,
        settings: Gpsd,
        clock: Callable[[], int] = system_ms,
        silence_s: float = SILENCE_S,
    ) -> None:
        super().__init__()
        self._address = settings.address
        self._clock = clock
        self._silence_s = silence_s
        self._counted_from = 0.0
        self._lines = 0

    async def _serve(self) -> None:
        reader, writer = await self._connect()
        try:
            await self._greet(reader, writer)
            while True:
                self._report(await self._next(reader))
        except (OSError, EOFError):
            raise self._away() from None
        finally:
            self._reading = None
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        found = re.fullmatch(ADDRESS_FORM, self._address)
        if found is None:
            raise UnpluggedError(
                "The address of gpsd in station.toml is not written as host:port. Correct it there."
            )
        try:
            async with asyncio.timeout(CONNECT_S):
                return await asyncio.open_connection(
                    found["host"].strip("[]"), int(found["port"]), limit=LINE_BYTES_MAX
                )
        except OSError:
            raise self._away() from None

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        version = await self._object(reader)
        if version.get("class") != "VERSION" or version.get("proto_major") != PROTOCOL:
            raise _not_gpsd()
        writer.write(_WATCH)
        if self._state.standing != "slow":
            self._stand("starting", "Waiting for the receiver's first word.")

    async def _next(self, reader: asyncio.StreamReader) -> dict[str, Any]:
        """The next fix or its absence; what else gpsd says meanwhile is looked at and left."""
        try:
            async with asyncio.timeout(self._silence_s):
                while (said := await self._object(reader)).get("class") != "TPV":
                    self._look(said)
        except TimeoutError:
            raise SlowError(
                f"The receiver has been silent for over {self._silence_s:g} s. Look at its cable."
            ) from None
        return said

    async def _object(self, reader: asyncio.StreamReader) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self._silence_s):
                line = await reader.readuntil(b"\n")
            await self._count()
            said = json.loads(line)
        except TimeoutError:
            raise SlowError("gpsd does not answer. Restart gpsd.") from None
        except (ValueError, RecursionError, asyncio.LimitOverrunError):
            raise _not_gpsd() from None
        if not isinstance(said, dict):
            raise _not_gpsd()
        return said

    async def _count(self) -> None:
        """One more line; GarbledError if they are too many."""
        # What has come already is read without a pause, and others must have their turn.
        await asyncio.sleep(0)
        now = asyncio.get_running_loop().time()
        if now - self._counted_from >= 1:
            self._counted_from, self._lines = now, 0
        self._lines += 1
        if self._lines > LINES_PER_S_MAX:
            raise GarbledError(
                "gpsd sends more than any receiver says. Restart gpsd; if it stays so, look at "
                "its address in station.toml."
            )

    def _look(self, said: dict[str, Any]) -> None:
        """Which receivers there are."""
        if said.get("class") == "DEVICE" and said.get("activated") == 0:
            raise UnpluggedError(_NO_RECEIVER)
        if said.get("class") != "DEVICES":
            return
        devices = said.get("devices")
        if not isinstance(devices, list):
            raise _not_gpsd()
        # A pulse on its own is no second receiver.
        receivers = [d for d in devices if isinstance(d, dict) and d.get("driver") != "PPS"]
        if not receivers:
            raise UnpluggedError(_NO_RECEIVER)
        if len(receivers) > 1:
            raise SeveralError(
                f"gpsd has {len(receivers)} receivers. Leave only the one of this station."
            )

    def _report(self, fix: dict[str, Any]) -> None:
        mode, text = fix.get("mode"), fix.get("time")
        if not isinstance(mode, int) or mode < 2 or text is None:
            self._lose()
            return
        source = _time(text)
        if source is None:
            raise GarbledError("The receiver tells a time that is none. Unplug it and plug it in.")
        self._take(TimeReading(round(source.timestamp() * 1000), self._clock()))

    def _away(self) -> UnpluggedError:
        return UnpluggedError(
            f"No gpsd at {self._address}. Start gpsd, or look at the network cable."
        )


def _time(text: object) -> datetime | None:
    """ISO 8601 with its zone, in UTC; None if it is none, or in no year that can be."""
    try:
        told = datetime.fromisoformat(text) if isinstance(text, str) else None
        # A year at the edge of the calendar may have no UTC.
        source = told.astimezone(UTC) if told is not None and told.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
    return source if source is not None and source.year in YEARS else None


def _not_gpsd() -> GarbledError:
    return GarbledError(
        "What answers in place of gpsd cannot be understood. Look at its address in station.toml."
    )
