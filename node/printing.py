"""The print queue: nothing printed twice by itself, nothing lost, nothing unknown that is not said.

    waiting -> printing -> done               the printer said that it is on paper
    printing -> waiting                       nothing was sent: it is tried again by itself
    printing -> unknown                       cut off in the middle, or the power went: look
    unknown -> waiting                        a person looked and wants it printed again
    unknown, waiting -> dropped               a person looked and does not

A job is `printing` on disk before its first byte is sent (`node.store_jobs`). A card stays in the
list, `printed`, until it is taken; printing it again gives the same card, which a box takes once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from hw.peripheral import PeripheralError
from hw.printer import Printer, UnfinishedError
from hw.printer.slip import Slip
from node.store_jobs import Job, Jobs, JobState
from sync.outcomes import Done, Refused
from sync.views import JobView

JOBS_MAX = 200
"""Jobs at once; a printer that is out for hours must not fill the disk."""

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
        self._news = asyncio.Event()

    def views(self) -> tuple[JobView, ...]:
        """The queue, oldest first."""
        return tuple(
            JobView(job.number, job.what, job.about, job.state, self._say(job))
            for job in self._jobs.values()
        )

    def find(self, what: str, about: str) -> Job | None:
        """The job for this paper, if there is one."""
        return next((j for j in self._jobs.values() if (j.what, j.about) == (what, about)), None)

    async def add(self, what: str, about: str = "") -> Done | Refused:
        """Put a paper into the queue; it is on disk when this answers."""
        if len(self._jobs) >= JOBS_MAX:
            words = f"{JOBS_MAX} papers wait to be printed. Look at the printer first."
            return Refused("queue-full", words)
        job = await self._on_disk(self._store.add, what, about)
        self._jobs[job.number] = job
        self._news.set()
        return Done(f"{_title(job)} is in the print queue.")

    async def again(self, number: int) -> Done | Refused:
        """Print it again: the same paper. For what is unknown or printed."""
        job = self._jobs.get(number)
        if job is None or job.state not in ("unknown", "printed"):
            return Refused("no-job", "This paper does not wait for a decision.")
        await self._become(number, "waiting")
        self._news.set()
        return Done(f"{_title(job)} is printed again.")

    async def drop(self, number: int) -> Done | Refused:
        """Take it out of the queue; not while it is being printed."""
        job = self._jobs.get(number)
        if job is None or job.state == "printing":
            return Refused("no-job", "This paper is being printed, or was not in the queue.")
        await self._forget(number)
        return Done(f"{_title(job)} is out of the print queue.")

    async def run(self) -> None:
        """Print what waits, oldest first, until cancelled."""
        while True:
            waiting = next((j for j in self._jobs.values() if j.state == "waiting"), None)
            if waiting is None:
                self._news.clear()
                await self._news.wait()
            elif not self._printer.state.is_usable:
                await asyncio.sleep(LOOK_AGAIN_S)
            else:
                await self._print(waiting)

    async def _print(self, job: Job) -> None:
        slip = await self._slip_of(job)
        if isinstance(slip, str):
            await self._forget(job.number)
            return
        await self._become(job.number, "printing")
        try:
            await self._printer.print(slip)
        except UnfinishedError as error:
            self._words[job.number] = error.words
            await self._become(job.number, "unknown")
        except PeripheralError as error:
            self._words[job.number] = error.words
            await self._become(job.number, "waiting")
            await asyncio.sleep(LOOK_AGAIN_S)
        else:
            self._words[job.number] = ""
            if job.what == "card" and job.number in self._jobs:
                await self._become(job.number, "printed")
            else:
                await self._forget(job.number)

    async def _become(self, number: int, state: JobState) -> None:
        job = self._jobs[number]
        await self._on_disk(self._store.set_state, number, state)
        self._jobs[number] = Job(number, job.what, job.about, state)

    async def _forget(self, number: int) -> None:
        await self._on_disk(self._store.remove, number)
        self._jobs.pop(number, None)
        self._words.pop(number, None)

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
            case "unknown":
                look = "It may be on paper or not: look, then print it again or drop it."
                return f"{title}: {why} {look}" if why else f"{title}: {look}"


def _title(job: Job) -> str:
    names = {"card": f"Card {job.about}", "stub": f"The stub of card {job.about}"}
    return names.get(job.what, f"The {job.what.replace('-', ' ')}")
