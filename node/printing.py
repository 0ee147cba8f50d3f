"""The print queue: nothing printed twice by itself, nothing lost, nothing unknown that is not said.

    waiting -> printing -> done               the printer said that it is on paper
    printing -> waiting                       nothing was sent: it is tried again by itself
    printing -> unknown                       cut off in the middle, or the power went: look
    waiting -> failed                         it can never be printed; the words say why
    unknown, printed -> waiting               a person looked and wants it printed again
    any but printing -> dropped               a person looked and does not

A job is `printing` on disk before its first byte is sent (`node.store_jobs`). There is one job for
one paper; a card's stays in the list, `printed`, until the card is taken. Printing a card again
gives the same card, which a box takes once. Whatever goes wrong with a paper or its printer is a
state of the job; only a disk that fails ends the node.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from hw.peripheral import PeripheralError
from hw.printer import CannotDrawError, Printer, UnfinishedError
from hw.printer.slip import Slip
from node.store_file import StoreError
from node.store_jobs import Job, Jobs, JobState
from sync.outcomes import Done, Refused
from sync.views import JobView

ASKED_JOBS_MAX = 200
"""Papers that people asked for; what a check-in or an act needs is never turned away."""

LOOK_AGAIN_S = 0.5
"""Between two looks at a printer that cannot print now."""

SlipOf = Callable[[Job], Awaitable[Slip | str]]
"""What stands on a job's paper, or why it cannot be made any more, in words."""

OnDisk = Callable[..., Awaitable[Any]]


class PrintQueue:
    """One station's queue. Give `run` a task; everything else answers at once."""

    def __init__(self, jobs: Jobs, printer: Printer, slip_of: SlipOf, on_disk: OnDisk) -> None:
        self._store = jobs
        self._printer = printer
        self._slip_of = slip_of
        self._on_disk = on_disk
        self._jobs = {job.number: job for job in jobs.found()}
        self._words = dict.fromkeys(self._jobs, "")
        self._unwanted: set[int] = set()
        self._news = asyncio.Event()
        # Between what is in memory and what is on disk nobody else may step.
        self._changing = asyncio.Lock()

    def views(self) -> tuple[JobView, ...]:
        """The queue, oldest first."""
        return tuple(
            JobView(job.number, job.what, job.about, job.state, self._say(job))
            for job in self._jobs.values()
        )

    async def add(self, what: str, about: str = "", asked: bool = False) -> Done | Refused:
        """Put a paper into the queue, once; it is on disk when this answers.

        `asked`: by a person; only such papers are bounded in number.
        """
        async with self._changing:
            job = self._find(what, about)
            if job is not None and not asked:
                return Done(f"{_title(job)} is in the print queue.")
            if job is not None and job.state in ("waiting", "printing"):
                return Refused("queued", f"{_title(job)} is in the print queue already.")
            if job is not None:
                await self._become(job.number, "waiting")
            elif asked and len(self._jobs) >= ASKED_JOBS_MAX:
                words = f"{ASKED_JOBS_MAX} papers wait to be printed. Look at the printer first."
                return Refused("queue-full", words)
            else:
                job = await self._on_disk(self._store.add, what, about)
                self._jobs[job.number] = job
            self._news.set()
            return Done(f"{_title(job)} is in the print queue.")

    async def again(self, number: int) -> Done | Refused:
        """Print it again: the same paper. For what is unknown, printed or failed."""
        async with self._changing:
            job = self._jobs.get(number)
            if job is None or job.state not in ("unknown", "printed", "failed"):
                return Refused("no-job", "This paper does not wait for a decision.")
            slip = await self._make(job)
            if isinstance(slip, str):
                await self._forget(number)
                return Refused("no-paper", slip)
            await self._become(number, "waiting")
            self._news.set()
            return Done(f"{_title(job)} is in the print queue again.")

    async def drop(self, number: int) -> Done | Refused:
        """Take it out of the queue; not while it is being printed."""
        async with self._changing:
            job = self._jobs.get(number)
            if job is None or job.state == "printing":
                return Refused("no-job", "This paper is being printed, or was not in the queue.")
            await self._forget(number)
            return Done(f"{_title(job)} is out of the print queue.")

    async def card_taken(self, number: int) -> None:
        """The card is with its voter: its paper is no business of the queue any more.

        One that is just being printed leaves the list when it is out.
        """
        async with self._changing:
            job = self._find("card", str(number))
            if job is not None and job.state == "printing":
                self._unwanted.add(job.number)
            elif job is not None:
                await self._forget(job.number)

    async def run(self) -> None:
        """Print what waits, oldest first, until cancelled or the disk fails (StoreError)."""
        await self._sweep()
        while True:
            waiting = next((j for j in self._jobs.values() if j.state == "waiting"), None)
            if waiting is None:
                self._news.clear()
                await self._news.wait()
            elif not self._printer.state.is_usable:
                await asyncio.sleep(LOOK_AGAIN_S)
            else:
                await self._print(waiting.number)

    async def _sweep(self) -> None:
        """Cards taken just before a crash are no business of the queue any more."""
        async with self._changing:
            cards = [job for job in self._jobs.values() if job.what == "card"]
            for job in cards:
                if isinstance(await self._make(job), str):
                    await self._forget(job.number)

    async def _print(self, number: int) -> None:
        """One try at one paper."""
        async with self._changing:
            job = self._jobs.get(number)
            if job is None or job.state != "waiting":
                return
            slip = await self._make(job)
            if isinstance(slip, str):
                await self._end(number, "failed", slip)
                return
            await self._become(number, "printing")
        state: JobState = "printed" if job.what == "card" else "waiting"
        words, done = "", False
        try:
            await self._printer.print(slip)
            done = True
        except UnfinishedError as error:
            state, words = "unknown", error.words
        except CannotDrawError as error:
            state, words = "failed", error.words
        except PeripheralError as error:
            state, words = "waiting", error.words
        except Exception as error:
            # A defect of a driver: nobody knows how far it came.
            state, words = "unknown", f"The printer's driver failed ({type(error).__name__})."
        async with self._changing:
            if done and state != "printed":
                await self._forget(number)
            else:
                await self._end(number, state, words)
        if state == "waiting" and not done:
            await asyncio.sleep(LOOK_AGAIN_S)

    async def _make(self, job: Job) -> Slip | str:
        """The slip, or why there is none; a paper that cannot be made is not the node's end."""
        try:
            return await self._slip_of(job)
        except StoreError:
            raise
        except Exception as error:
            return f"This paper cannot be made ({type(error).__name__}). Report this defect."

    async def _end(self, number: int, state: JobState, words: str) -> None:
        """How a try ended; a card taken meanwhile is out of the list."""
        if number in self._unwanted:
            self._unwanted.discard(number)
            await self._forget(number)
            return
        self._words[number] = words
        await self._become(number, state)

    async def _become(self, number: int, state: JobState) -> None:
        job = self._jobs[number]
        await self._on_disk(self._store.set_state, number, state)
        self._jobs[number] = Job(number, job.what, job.about, state)

    async def _forget(self, number: int) -> None:
        self._unwanted.discard(number)
        await self._on_disk(self._store.remove, number)
        self._jobs.pop(number, None)
        self._words.pop(number, None)

    def _find(self, what: str, about: str) -> Job | None:
        return next((j for j in self._jobs.values() if (j.what, j.about) == (what, about)), None)

    def _say(self, job: Job) -> str:
        title, why = _title(job), self._words.get(job.number, "")
        match job.state:
            case "waiting":
                usable = self._printer.state.is_usable
                return f"{title} waits. {why or ('' if usable else self._printer.state.words)}"
            case "printing":
                return f"{title} is being printed."
            case "printed":
                return f"{title} is printed."
            case "failed":
                return f"{title} is not printed: {why or 'it could not be made.'} Drop it."
            case "unknown":
                look = "It may be on paper or not: look, then print it again or drop it."
                return f"{title}: {why} {look}" if why else f"{title}: {look}"


def _title(job: Job) -> str:
    names = {"card": f"Card {job.about}", "stub": f"The stub of card {job.about}"}
    return names.get(job.what, f"The {job.what.replace('-', ' ')}")
