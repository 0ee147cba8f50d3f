"""What every scanner driver shares: bytes in, each code told once, how it stands.

    driver -> _feed(b"9990000017\\r\\n") -> Scanned("9990000017") -> tell

The text of a code goes to `tell` and nowhere else: a state has counts and times. To know a double
read, a digest of the last code is kept for DOUBLE_READ_S, under a key that nobody else has: ten
digits under a plain digest would be found by trying all.
"""

import asyncio
import contextlib
import hashlib
import os
import time
from collections import deque
from typing import NoReturn

from hw.catalogue import Tell
from hw.peripheral import RETRY_S, Keeper, State, UnpluggedError
from hw.scanner import Scanned
from hw.scanner.framing import Found, Framer, Trouble

DOUBLE_READ_S = 2.0
"""The same code again within this time of its last reading is the scanner's double read: a card
that is held under it goes on being read, and is one card."""

TROUBLE_S = 5.0
"""How long a code that could not be read stays on the screen; a good one clears it at once."""

DIGEST_BYTES = 16
"""Of the last code and of the key: two codes never meet by chance."""

CODES_PER_S_MAX = 50
"""Nobody holds up as many; a device that sends more is broken, and may not drown the station."""

LOOK_S = 1.0
"""Between two looks whether the device's file is still there."""

READY = "The scanner is ready."
FLOOD = (
    "The scanner sends codes faster than anyone scans, and not all were taken. "
    "Unplug it and plug it in again."
)


class ScannerKeeper(Keeper):
    """A driver writes `_serve`; it feeds what comes, and says when the device is gone."""

    def __init__(self, port: str, ending: bytes, tell: Tell, retry_s: float = RETRY_S) -> None:
        super().__init__(retry_s)
        self._port = port
        self._tell = tell
        self._framer = Framer(ending)
        self._quiet: asyncio.TimerHandle | None = None
        self._codes = 0
        self._key = os.urandom(DIGEST_BYTES)
        self._last = b""
        self._forgetting: asyncio.TimerHandle | None = None
        self._last_at: float | None = None
        self._told_at: deque[float] = deque(maxlen=CODES_PER_S_MAX)
        self._trouble = ""
        self._trouble_until = 0.0

    @property
    def state(self) -> State:
        """How it stands now; a code that could not be read shows for TROUBLE_S."""
        standing, words = self._state.standing, self._state.words
        now = time.monotonic()
        if self._state.is_usable and now < self._trouble_until:
            standing, words = "garbled", self._trouble
        last = "none yet" if self._last_at is None else f"{now - self._last_at:.0f} s ago"
        values = (("port", self._port), ("codes read", str(self._codes)), ("last code", last))
        return State(standing, words, values)

    def _begin(self) -> None:
        """The device is open: what was before it does not count."""
        self._framer.begin()
        self._trouble_until = 0.0

    def _feed(self, data: bytes) -> None:
        """Bytes came."""
        self._take(self._framer.take(data))
        self._stop_waiting()
        if self._framer.is_holding:
            loop = asyncio.get_running_loop()
            self._quiet = loop.call_later(self._framer.patience_s, self._was_quiet)

    def _was_quiet(self) -> None:
        self._quiet = None
        self._take(self._framer.quiet())

    def _drop_half(self) -> bool:
        """The device is gone or closed. Was it in the middle of a code?"""
        self._stop_waiting()
        was_half = self._framer.is_holding
        self._framer.forget()
        return was_half

    def _stop_waiting(self) -> None:
        if self._quiet is not None:
            self._quiet.cancel()
            self._quiet = None

    def _take(self, found: list[Found]) -> None:
        for one in found:
            if isinstance(one, Trouble):
                self._trouble, self._trouble_until = one.words, time.monotonic() + TROUBLE_S
            else:
                self._read(one)

    def _read(self, text: str) -> None:
        now = time.monotonic()
        digest = hashlib.blake2b(text.encode(), key=self._key, digest_size=DIGEST_BYTES).digest()
        if digest == self._last:
            self._remember(digest)
            self._last_at, self._trouble_until = now, 0.0
            return
        if len(self._told_at) == CODES_PER_S_MAX and now - self._told_at[0] < 1:
            self._take([Trouble(FLOOD)])
            return
        self._remember(digest)
        self._last_at, self._trouble_until = now, 0.0
        self._told_at.append(now)
        self._codes += 1
        self._tell(Scanned(text))

    def _remember(self, digest: bytes) -> None:
        """For DOUBLE_READ_S from now, in place of what was remembered before."""
        if self._forgetting is not None:
            self._forgetting.cancel()
        self._last = digest
        loop = asyncio.get_running_loop()
        self._forgetting = loop.call_later(DOUBLE_READ_S, self._forget)

    def _forget(self) -> None:
        self._last, self._forgetting = b"", None

    async def _until_gone(self, gone: asyncio.Event) -> NoReturn:
        """UnpluggedError once `gone` is set or the port's file is away, whichever comes first."""
        while not gone.is_set() and os.path.exists(self._port):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await gone.wait()
        raise self._unplugged()

    def _unplugged(self) -> UnpluggedError:
        if self._drop_half():
            return UnpluggedError(
                "The scanner went away in the middle of a code, and nothing of it was taken. "
                "Plug it in and scan again."
            )
        return UnpluggedError(f"There is no scanner at {self._port}. Plug it in.")
