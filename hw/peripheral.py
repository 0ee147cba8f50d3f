"""What every peripheral has in common: states with words, a loop that finds it again, one thread.

    starting -> ready <-> attention        attention: it works, but somebody must look (paper low)
    any      -> stopped | unplugged | several | slow | garbled | not-installed, and back by itself

A driver is a `Keeper`: `run` goes on until it is cancelled, whatever the device does. What the
device has to say goes to the `tell` function a driver is given; what is asked of it raises a
`PeripheralError` when it cannot be done. Words are for workers: what is so, then what to do.

A driver that blocks does so on a `OneThread`, never on the event loop.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol, TypeVar

T = TypeVar("T")

Standing = Literal[
    "starting",
    "ready",
    "attention",
    "stopped",
    "unplugged",
    "several",
    "slow",
    "garbled",
    "not-installed",
]
"""stopped: it is there and waits for a hand (paper out, cover open); several: two of a kind and
none named; slow: no answer in time; garbled: what cannot be read; not-installed: the computer
lacks the software that this driver needs."""

_Calls = queue.SimpleQueue[Callable[[], None] | None]

RETRY_S = 1.0
"""Between two tries to find a device that is away."""


@dataclass(frozen=True)
class State:
    """How a peripheral stands. `values` are label and text of what it shows right now."""

    standing: Standing
    words: str
    values: tuple[tuple[str, str], ...] = ()

    @property
    def is_usable(self) -> bool:
        """Can it be used now?"""
        return self.standing in ("ready", "attention")


class PeripheralError(Exception):
    """It cannot be done; the words say what is so and what to do."""

    standing: Standing = "attention"

    @property
    def words(self) -> str:
        """For the worker."""
        return str(self)


class UnpluggedError(PeripheralError):
    """The device, or what lies in it, is not there, or went away in the middle."""

    standing: Standing = "unplugged"


class SeveralError(PeripheralError):
    """Two of a kind, and the settings do not say which."""

    standing: Standing = "several"


class SlowError(PeripheralError):
    """No answer in time."""

    standing: Standing = "slow"


class GarbledError(PeripheralError):
    """The device said what cannot be read."""

    standing: Standing = "garbled"


class NotInstalledError(PeripheralError):
    """The computer lacks what this driver needs."""

    standing: Standing = "not-installed"


class RefusedError(PeripheralError):
    """The device works and says no: a wrong PIN, a full card."""

    standing: Standing = "attention"


class StoppedError(RefusedError):
    """The device works once a hand has put something right: paper out, cover open."""

    standing: Standing = "stopped"


class Peripheral(Protocol):
    """What a station needs of any peripheral."""

    @property
    def state(self) -> State:
        """How it stands now."""
        ...

    async def run(self) -> None:
        """Until cancelled: find the device, keep it, find it again."""
        ...


class Keeper:
    """The loop of a driver: it writes `_serve`, and when that ends the device is looked for again.

    `_serve` opens the device, says `_stand("ready", …)` and stays until the device is lost, which
    it tells by a `PeripheralError`. It must let go of the device when it ends, cancelled or not.
    """

    def __init__(self, retry_s: float = RETRY_S) -> None:
        self._retry_s = retry_s
        self._state = State("starting", "Looking for the device.")

    @property
    def state(self) -> State:
        """How it stands now."""
        return self._state

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._serve()
            except PeripheralError as error:
                self._stand(error.standing, error.words)
            await asyncio.sleep(self._retry_s)

    async def _serve(self) -> None:
        raise NotImplementedError

    def _stand(self, standing: Standing, words: str, **values: str) -> None:
        self._state = State(standing, words, tuple(values.items()))


class OneThread:
    """Blocking calls of one device, one after the other, off the event loop.

    A call that has not come back in time raises `SlowError`; until it comes back, every further
    one does so at once: a stuck driver costs one thread, never the station. What has not begun
    when its caller gives up is not done later.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._overdue = False
        # Of the thread that runs now, if one does.
        self._calls: _Calls | None = None

    async def do(self, limit_s: float, work: Callable[..., T], *given: Any) -> T:
        """Run `work(*given)` on the thread; SlowError after `limit_s` seconds."""
        if self._overdue:
            raise SlowError(f"{self._name} still has not answered. Unplug it and plug it in again.")
        if self._calls is None:
            self._calls = queue.SimpleQueue()
            # A daemon: a stuck device must not keep the program from ending.
            thread = threading.Thread(
                target=_work_through, args=(self._calls,), name=self._name, daemon=True
            )
            thread.start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        given_up = threading.Event()
        self._calls.put(lambda: self._call(loop, future, given_up, lambda: work(*given)))
        try:
            # Not around the device's own TimeoutError, which is an answer.
            done, _ = await asyncio.wait({future}, timeout=limit_s)
        except BaseException:
            given_up.set()
            future.add_done_callback(self._came_back)
            raise
        if not done:
            given_up.set()
            future.add_done_callback(self._came_back)
            self._overdue = True
            words = f"{self._name} did not answer within {limit_s:g} s. Look at its cable."
            raise SlowError(words)
        return future.result()

    def close(self) -> None:
        """End the thread once it is idle. A later call begins another."""
        if self._calls is not None:
            self._calls.put(None)
            self._calls = None

    def _came_back(self, future: "asyncio.Future[Any]") -> None:
        self._overdue = False
        if not future.cancelled():
            future.exception()

    def _call(
        self,
        loop: asyncio.AbstractEventLoop,
        future: "asyncio.Future[T]",
        given_up: threading.Event,
        work: Callable[[], T],
    ) -> None:
        """On the thread: do the work and give the loop its outcome."""
        settle: Callable[[], object]
        try:
            settle = future.cancel if given_up.is_set() else partial(future.set_result, work())
        except BaseException as error:
            told = error
            if isinstance(error, StopIteration) or not isinstance(error, Exception):
                # No future holds the one, and the others would end this thread.
                told = RuntimeError(f"{self._name}: {error!r}")
            settle = partial(future.set_exception, told)
        # The loop may have ended while the device was thinking.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(lambda: None if future.done() else settle())


def _work_through(calls: _Calls) -> None:
    while (call := calls.get()) is not None:
        call()
