"""The one loop: input -> handle -> persist -> send and answer.

Inputs queue up while a commit is on its way to the disk; the next round takes them all and commits
once (group commit). What `handle` returned is performed in order, durable things first, so nothing
leaves this station that is not on its disk. A commit that fails ends the node: a restart folds the
logs again and knows exactly what was answered.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from node.clock import now_ms
from node.store import DURABLE, Store
from sync.checkpoint import cosigned_ms
from sync.effects import (
    Answer,
    BallotStored,
    Command,
    CommandGiven,
    Disconnect,
    Effect,
    FrameReceived,
    Input,
    Persist,
    PersistCosignature,
    Send,
    SendEntries,
    StartAgain,
    StoreBallot,
    Tick,
)
from sync.outcomes import Outcome, Refused
from sync.replica import Replica

TICK_MS = 100
INPUTS_PER_COMMIT_MAX = 512
QUEUE_MAX = 4096
FRAMES_BYTES_MAX = 32 * 1024 * 1024
"""Frames received and not yet handled; who sends more waits."""

T = TypeVar("T")


class StartsAgainError(Exception):
    """The station ends in order to begin again from its disk, under new orders."""


class Outlet(Protocol):
    """Where messages go: the links."""

    def send(self, peer: str, data: bytes) -> None:
        """Queue a frame for `peer`; dropped if the link is gone."""
        ...

    def send_entries(self, effect: SendEntries) -> None:
        """Queue a stretch of a log for a peer."""
        ...

    def disconnect(self, peer: str, why: str) -> None:
        """End the link to `peer`."""
        ...


class Runner:
    """Feeds a replica and performs its effects."""

    def __init__(self, replica: Replica, store: Store) -> None:
        self.replica = replica
        self.outlet: Outlet | None = None
        self.heard: dict[str, int] = {}
        self.clock_ahead_ms: dict[str, int] = {}
        """By how much a station's clock was ahead of this computer's when it last cosigned; a
        line that came late looks like a clock that is behind."""
        self.committed: dict[str, tuple[int, bytes]] = {
            origin: (log.sealed, log.note) for origin, log in replica.logs.items() if log.note
        }
        self.store_ballot: Callable[[StoreBallot], Awaitable[BallotStored]] | None = None
        self._store = store
        self._inputs: asyncio.Queue[Input] = asyncio.Queue(QUEUE_MAX)
        self._answers: dict[int, asyncio.Future[Outcome]] = {}
        self._requests = 0
        self._starts_again = ""
        self._frames_bytes = 0
        self._handled = asyncio.Event()
        self._disk = ThreadPoolExecutor(1, "disk")

    async def on_disk(self, work: Callable[..., T], *values: Any) -> T:
        """Run blocking `work` on the one thread that touches the disk."""
        return await asyncio.get_running_loop().run_in_executor(self._disk, work, *values)

    def close(self) -> None:
        """End the thread of the disk."""
        self._disk.shutdown()

    async def put(self, given: Input) -> None:
        """Queue one input; waits while too many are queued."""
        if isinstance(given, FrameReceived):
            while self._frames_bytes > FRAMES_BYTES_MAX:
                self._handled.clear()
                await self._handled.wait()
            self._frames_bytes += len(given.data)
        await self._inputs.put(given)

    async def ask(self, command: Command) -> Outcome:
        """Give a command and wait for its answer."""
        self._requests += 1
        request = self._requests
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._answers[request] = future
        try:
            await self.put(CommandGiven(request, command))
            return await future
        finally:
            self._answers.pop(request, None)

    async def run(self) -> None:
        """Until cancelled, or until the disk fails (StoreError)."""
        await self._perform(self.replica.begin(now_ms()))
        ticking = asyncio.create_task(self._tick())
        try:
            while True:
                given = [await self._inputs.get()]
                while len(given) < INPUTS_PER_COMMIT_MAX and not self._inputs.empty():
                    given.append(self._inputs.get_nowait())
                effects: list[Effect] = []
                for one in given:
                    effects += self.replica.handle(one, now_ms())
                self._frames_bytes -= sum(
                    len(one.data) for one in given if isinstance(one, FrameReceived)
                )
                self._handled.set()
                await self._perform(effects)
                if self._starts_again:
                    raise StartsAgainError(self._starts_again)
                if self.replica.is_stopped():
                    self._answer_all(Refused("stopped", self.replica.stopped_words()))
        finally:
            ticking.cancel()

    def _answer_all(self, outcome: Outcome) -> None:
        """Nobody waits for a station that writes no more."""
        for future in self._answers.values():
            if not future.done():
                future.set_result(outcome)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_MS / 1000)
            await self.put(Tick())

    async def _perform(self, effects: list[Effect]) -> None:
        durable = [effect for effect in effects if isinstance(effect, DURABLE)]
        if durable:
            await self.on_disk(self._store.commit, durable)
            for stretch in (one.stretch for one in durable if isinstance(one, Persist)):
                self.heard[stretch.origin] = now_ms()
                self.committed[stretch.origin] = stretch.checkpoints[-1]
            for one in durable:
                if isinstance(one, PersistCosignature):
                    self.clock_ahead_ms[one.cosigner] = cosigned_ms(one.line) - now_ms()
        for effect in effects:
            if isinstance(effect, StoreBallot):
                await self._store_ballot(effect)
            elif isinstance(effect, StartAgain):
                # Also out of what a stored ballot brought about; `run` looks when all is done.
                self._starts_again = effect.why
            elif not isinstance(effect, DURABLE):
                self._perform_one(effect)

    async def _store_ballot(self, effect: StoreBallot) -> None:
        """Store a ballot and let the box know; what the box then says is performed at once."""
        assert self.store_ballot is not None, "only a box stores ballots"
        report = await self.store_ballot(effect)
        await self._perform(self.replica.handle(report, now_ms()))

    def _perform_one(self, effect: Effect) -> None:
        assert self.outlet is not None, "links are attached before the loop runs"
        match effect:
            case Send(peer, data):
                self.outlet.send(peer, data)
            case SendEntries():
                self.outlet.send_entries(effect)
            case Disconnect(peer, why):
                self.outlet.disconnect(peer, why)
            case Answer(request, outcome):
                future = self._answers.get(request)
                if future is not None and not future.done():
                    future.set_result(outcome)
            case _:
                raise AssertionError(f"nobody performs {type(effect).__name__}")
