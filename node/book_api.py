"""The part of a desk's local socket that has to do with the book of the place and who works there.

Paths are in `sync.book_views`. A desk whose settings ask for logins answers everything that has to
do with voters, and every writing, with Refused("locked") until a worker has logged in; a screen
keeps its desk open by asking for something, or with /workers/here while somebody types.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any

import msgspec
from aiohttp import web

from node.book_paper import sheets_of, voter_on_line
from node.clock import now_ms
from node.json_bodies import body_of, json_response
from node.running import Running
from node.workers import Workers
from sync.book_commands import (
    AdmitCompanion,
    BookCommand,
    ComeOn,
    CountQueue,
    GoOff,
    KeyPaperLine,
    NoteCounts,
    NoteSeal,
    PausePlace,
    ProposeCustody,
    ProposeResume,
    SignObserverIn,
    SignObserverOut,
    StrikePaperLine,
    WriteDown,
)
from sync.book_entries import (
    About,
    CompanionReason,
    PauseReason,
    SealState,
    ToldBy,
    companion_key,
)
from sync.book_words import book_view
from sync.check_ins import CheckIns
from sync.entry_base import Document
from sync.outcomes import Done, Outcome, Refused
from sync.position import Ref
from sync.roll import voter_key
from sync.text import ascii_digits, national_code_problem

COUNTS_LOOK_S = 60.0
"""Between two looks whether there are new sums; the desk decides when they are written."""

SCAN_HELD_S = 20.0
"""How long a question for a scan is held at a locked desk, as at an open one."""

LOCKED = Refused("locked", "This desk is locked. Log in with your badge number and PIN.")
OPEN_PATHS = (
    *("/status", "/state/", "/hardware/", "/self-test", "/workers/"),
    *("/acts/", "/voids/", "/book/resume", "/book/custody", "/orders"),
)
"""What a locked desk answers all the same: nothing of voters, and officers with their own keys."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PinText = Annotated[str, msgspec.Meta(max_length=64)]


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    """Common form of what is asked."""


class _Companion(_Body):
    voter: str
    companion: str
    because: CompanionReason


class _Write(_Body):
    about: About
    by: ToldBy
    text: str


class _Pause(_Body):
    because: PauseReason
    words: str = ""


class _Resume(_Body):
    at: str = ""


class _Observer(_Body):
    observer: str
    of: str


class _ObserverOut(_Body):
    observer: str


class _Queue(_Body):
    waiting: int


class _Seal(_Body):
    item: str
    number: str
    state: SealState


class _Custody(_Body):
    item: str
    giver: str
    taker: str


class _Paper(_Body):
    sheet: int
    line: int
    document: Document
    code: str = ""


class _Strike(_Body):
    origin: str
    index: int


class _Voter(_Body):
    voter: str


class _Worker(_Body):
    worker: str
    pin: PinText


class _Nothing(_Body):
    pass


def book_routes(app: web.Application, running: Running) -> None:
    """Add the paths, the lock in front of all paths, and the counting, at a desk."""
    if running.station.kind != "desk":
        return
    api = _BookApi(running)
    running.workers = api.workers

    @web.middleware
    async def lock(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await api.guard(request, handler)

    app.router.add_get("/book", api.book)
    for path, handler in {
        "/book/companion": api.companion,
        "/book/write": api.write,
        "/book/pause": api.pause,
        "/book/resume": api.resume,
        "/book/observer": api.observer,
        "/book/observer/out": api.observer_out,
        "/book/queue": api.queue,
        "/book/seal": api.seal,
        "/book/custody": api.custody,
        "/book/paper": api.paper,
        "/book/paper/strike": api.strike,
        "/book/defective": api.defective,
        "/workers/enrol": api.enrol,
        "/workers/on": api.come_on,
        "/workers/off": api.go_off,
        "/workers/lock": api.lock,
        "/workers/here": api.here,
    }.items():
        app.router.add_post(path, handler)
    app.middlewares.append(lock)
    app.cleanup_ctx.append(api.counting)


class _BookApi:
    """The handlers; each parses once, asks the replica, answers a value."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self.workers = Workers(running.folder, running.settings)

    @property
    def _check_ins(self) -> CheckIns:
        assert self._running.check_ins is not None, "a desk folds check-ins"
        return self._running.check_ins

    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer nothing of voters while the desk is locked; whoever asks for something is here."""
        path = request.path
        if not path.startswith(OPEN_PATHS) and self.workers.is_locked(now_ms()):
            if path == "/scan" and not await self.workers.unlocked(SCAN_HELD_S):
                return web.Response(status=204)
            if path != "/scan":
                is_card = path.startswith("/cards/") and request.method == "GET"
                return web.Response(status=403, text=LOCKED.words) if is_card else _said(LOCKED)
        if request.method == "POST" and not path.startswith(("/workers/", "/acts/", "/voids/")):
            self.workers.here(now_ms())
        if path == "/acts/submit":
            # A log that is sealed by this very act takes no sums after it.
            await self._note_counts(at_once=True)
        return await handler(request)

    async def counting(self, app: web.Application) -> AsyncIterator[None]:
        """Offer the sums to the log from time to time while the desk serves."""
        task = asyncio.create_task(self._count())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def _count(self) -> None:
        while True:
            await asyncio.sleep(COUNTS_LOOK_S)
            await self._note_counts(at_once=False)

    async def _note_counts(self, at_once: bool) -> None:
        cases, look_ups = self._running.cases, self._running.look_ups
        counts = NoteCounts(
            look_ups.by_code,
            look_ups.by_name,
            cases.plain,
            cases.plain_minutes,
            cases.defective,
            cases.defective_minutes,
            at_once,
        )
        if counts != NoteCounts(0, 0, 0, 0, 0, 0, at_once):
            await self._running.runner.ask(counts)

    async def book(self, request: web.Request) -> web.Response:
        """GET /book."""
        station = self._running.station
        return json_response(book_view(self._check_ins, station.id, station.at))

    async def companion(self, request: web.Request) -> web.Response:
        """POST /book/companion: the code is hashed here and goes no further."""
        asked = await body_of(request, _Companion)
        code = ascii_digits(asked.companion).strip()
        if problem := national_code_problem(code):
            return _said(Refused("no-code", f"The companion's national code: {problem}"))
        if voter_key(self._running.roll_key, code) == asked.voter:
            return _said(Refused("same-person", "This is the voter's own code. Ask for the other."))
        key = companion_key(self._running.roll_key, code)
        return await self._ask(AdmitCompanion(asked.voter, key, asked.because))

    async def write(self, request: web.Request) -> web.Response:
        """POST /book/write: written, then printed where there is a printer."""
        asked = await body_of(request, _Write)
        outcome = await self._outcome(WriteDown(asked.about, asked.by, asked.text))
        plugged = self._running.peripherals
        if isinstance(outcome, Done) and plugged is not None and plugged.queue is not None:
            number = self._check_ins.book.number_at(self._ref(outcome.index))
            await plugged.queue.add("written", str(number))
        return _said(outcome)

    async def pause(self, request: web.Request) -> web.Response:
        """POST /book/pause."""
        asked = await body_of(request, _Pause)
        return await self._ask(PausePlace(asked.because, asked.words))

    async def resume(self, request: web.Request) -> web.Response:
        """POST /book/resume: an act for two officers."""
        return await self._ask(ProposeResume((await body_of(request, _Resume)).at))

    async def observer(self, request: web.Request) -> web.Response:
        """POST /book/observer."""
        asked = await body_of(request, _Observer)
        return await self._ask(SignObserverIn(asked.observer, asked.of))

    async def observer_out(self, request: web.Request) -> web.Response:
        """POST /book/observer/out."""
        return await self._ask(SignObserverOut((await body_of(request, _ObserverOut)).observer))

    async def queue(self, request: web.Request) -> web.Response:
        """POST /book/queue."""
        return await self._ask(CountQueue((await body_of(request, _Queue)).waiting))

    async def seal(self, request: web.Request) -> web.Response:
        """POST /book/seal."""
        asked = await body_of(request, _Seal)
        return await self._ask(NoteSeal(asked.item, asked.number, asked.state))

    async def custody(self, request: web.Request) -> web.Response:
        """POST /book/custody: an act for two officers."""
        asked = await body_of(request, _Custody)
        return await self._ask(ProposeCustody(asked.item, asked.giver, asked.taker))

    async def paper(self, request: web.Request) -> web.Response:
        """POST /book/paper: one line of paper; on a printed voter list the line says who it is."""
        asked = await body_of(request, _Paper)
        code = ascii_digits(asked.code).strip()
        listed = voter_on_line(asked.sheet, asked.line, self._running)
        if (code or not listed) and (problem := national_code_problem(code)):
            return _said(Refused("no-code", problem))
        voter = voter_key(self._running.roll_key, code) if code else listed or ""
        if listed is not None and listed != voter:
            words = (
                f"On the printed voter list, sheet {asked.sheet} line {asked.line} is another "
                "person. Compare both numbers; sheets written by hand are numbered from "
                f"{sheets_of(self._running) + 1} on."
            )
            return _said(Refused("other-line", words))
        return await self._ask(KeyPaperLine(asked.sheet, asked.line, voter, asked.document))

    async def strike(self, request: web.Request) -> web.Response:
        """POST /book/paper/strike."""
        asked = await body_of(request, _Strike)
        return await self._ask(StrikePaperLine(asked.origin, asked.index))

    async def defective(self, request: web.Request) -> web.Response:
        """POST /book/defective: nothing is written but one more in the sums."""
        voter = (await body_of(request, _Voter)).voter
        if self._running.cases.mark_defective(voter):
            return _said(Done("The document is counted as defective, and its time apart."))
        words = "No case of this voter is open here. Look the voter up first."
        return _said(Refused("no-case", words))

    async def enrol(self, request: web.Request) -> web.Response:
        """POST /workers/enrol."""
        asked = await body_of(request, _Worker)
        return _said(await self.workers.enrol(asked.worker, asked.pin, now_ms()))

    async def come_on(self, request: web.Request) -> web.Response:
        """POST /workers/on: log in, unlock or take over; the log says who is on, then it opens."""
        asked = await body_of(request, _Worker)
        if no := await self.workers.check(asked.worker, asked.pin, now_ms()):
            return _said(no)
        outcome = await self._outcome(ComeOn(asked.worker))
        if isinstance(outcome, Refused) and outcome.reason == "final":
            outcome = Done("Unlocked. The log is sealed: nothing more is written.")
        if isinstance(outcome, Done):
            self.workers.unlock(now_ms())
        return _said(outcome)

    async def go_off(self, request: web.Request) -> web.Response:
        """POST /workers/off: the shift is over and the desk is locked."""
        await body_of(request, _Nothing)
        if self.workers.is_locked(now_ms()):
            return _said(LOCKED)
        outcome = await self._outcome(GoOff())
        if isinstance(outcome, Done):
            self.workers.lock()
        return _said(outcome)

    async def lock(self, request: web.Request) -> web.Response:
        """POST /workers/lock."""
        await body_of(request, _Nothing)
        if not self.workers.is_asked:
            words = "This station asks for no login (worker_login in station.toml)."
            return _said(Refused("not-asked", words))
        self.workers.lock()
        return _said(Done("Locked. Your badge number and PIN open it again."))

    async def here(self, request: web.Request) -> web.Response:
        """POST /workers/here: somebody types; the lock waits anew."""
        await body_of(request, _Nothing)
        self.workers.here(now_ms())
        is_locked = self.workers.is_locked(now_ms())
        return _said(LOCKED if is_locked else Done("The desk stays open."))

    async def _outcome(self, command: BookCommand) -> Outcome:
        outcome = await self._running.runner.ask(command)
        if isinstance(outcome, Refused | Done):
            self._running.last_action = outcome.words
        return outcome

    async def _ask(self, command: BookCommand) -> web.Response:
        return _said(await self._outcome(command))

    def _ref(self, index: int) -> Ref:
        return Ref(self._running.replica.origin, index)


def _said(outcome: Any) -> web.Response:
    return json_response(outcome)
