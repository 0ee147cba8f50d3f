"""What every peripheral has in common: states with words, a loop that finds it again, one thread.

    starting -> ready <-> attention        attention: it works, but somebody must look (paper low)
    any      -> unplugged | several | slow | garbled | not-installed, and back by itself

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
from typing import Any, Literal, Protocol, TypeVar

T = TypeVar("T")

Standing = Literal[
    "starting", "ready", "attention", "unplugged", "several", "slow", "garbled", "not-installed"
]
"""several: two of a kind and none named; slow: no answer in time; garbled: what cannot be read;
not-installed: the computer lacks the software that this driver needs."""

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
    """The device works and says no: a wrong PIN, a full card, paper out."""

    standing: Standing = "attention"


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
    one does so at once: a stuck driver costs one thread, never the station.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._overdue = False
        self._thread: threading.Thread | None = None

    async def do(self, limit_s: float, work: Callable[..., T], *given: Any) -> T:
        """Run `work(*given)` on the thread; SlowError after `limit_s` seconds."""
        if self._overdue:
            raise SlowError(f"{self._name} still has not answered. Unplug it and plug it in again.")
        if self._thread is None:
            # A daemon: a stuck device must not keep the program from ending.
            self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._calls.put(lambda: self._call(loop, future, work, given))
        try:
            async with asyncio.timeout(limit_s):
                return await asyncio.shield(future)
        except TimeoutError:
            self._overdue = True
            future.add_done_callback(self._came_back)
            words = f"{self._name} did not answer within {limit_s:g} s. Look at its cable."
            raise SlowError(words) from None

    def close(self) -> None:
        """End the thread once it is idle."""
        self._calls.put(None)
        self._thread = None

    def _came_back(self, future: "asyncio.Future[Any]") -> None:
        self._overdue = False
        if not future.cancelled():
            future.exception()

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            call()

    def _call(
        self,
        loop: asyncio.AbstractEventLoop,
        future: "asyncio.Future[Any]",
        work: Callable[..., Any],
        given: tuple[Any, ...],
    ) -> None:
        try:
            settle, outcome = future.set_result, work(*given)
        except Exception as error:
            settle, outcome = future.set_exception, error  # type: ignore[assignment]
        # The loop may have ended while the device was thinking.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(lambda: None if future.done() else settle(outcome))
