"""A node that stands for a real one: a true HTTP server on a Unix socket, with answers by heart.

It has no rules. Each test says what it will answer and reads what it was asked; whether a real node
answers so is for the test of a whole day, which runs real processes.
"""

import asyncio
import io
import threading
from collections import deque
from pathlib import Path
from typing import Any

import msgspec
import segno
from aiohttp import web

from sync.book_views import BookView
from sync.card_views import AdmissionCounts, CardList, SecondList, WaitingList
from sync.encoding import canonical
from sync.entry_base import Document
from sync.outcomes import ActProposed, CardReady, Done, Refused, SecondAwaited
from sync.views import (
    ActSubmitted,
    CheckInAsked,
    FingerRead,
    FoundVoter,
    PrintAsked,
    ProvinceView,
    ScanView,
    StationView,
    VotersFound,
)
from tests.tui.examples import BOOK, STATION
from tests.tui.node_bodies import WRITTEN

SCAN_WAIT_STEPS = 50
"""Of 10 ms: how long a question for a scan is held. A true node holds it for 20 s."""


class FakeNode:
    """Serves from a thread of its own, so that a test's event loop belongs to the screen alone."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.status: StationView = STATION
        self.figures: ProvinceView | None = None
        self.voters: dict[str, tuple[FoundVoter, ...]] = {}
        self.find_words = ""
        self.refuse_find: tuple[str, str] | None = None
        self.find_document: Document | None = None
        self.check_in_answers: deque[CardReady | SecondAwaited | Refused] = deque()
        self.let_check_in_go = threading.Event()
        self.let_check_in_go.set()
        self.proposals: dict[str, ActProposed | Refused] = {}
        self.submit_answer: Done | Refused = Done("Polls opened at a-desk-1.", 1)
        self.finds: list[dict[str, str]] = []
        self.checked_in: list[CheckInAsked] = []
        self.taken: list[int] = []
        self.submitted: list[ActSubmitted] = []
        self.scans: deque[ScanView] = deque()
        self.scan_polls = 0
        self.finger_answer: FingerRead | Refused = FingerRead("matched", "The finger matches.")
        self.let_finger_go = threading.Event()
        self.let_finger_go.set()
        self.write_answer: Done | Refused = Done("The card is written and read back.")
        self.let_write_go = threading.Event()
        self.let_write_go.set()
        self.print_answer: Done | Refused = Done("It is in the print queue.")
        self.test_answer: Done | Refused = Done("scanner: read 10 characters.")
        self.let_test_go = threading.Event()
        self.let_test_go.set()
        self.asked: list[tuple[str, Any]] = []
        self.book: BookView = BOOK
        self.waiting = WaitingList(())
        self.to_second = SecondList(())
        self.cards_out = CardList(())
        self.counts = AdmissionCounts({}, 0)
        self.write_answers: dict[str, Done | ActProposed | Refused] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen; returns once the socket is there."""
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(10), "the fake node did not start"

    def stop(self) -> None:
        """Go away, as a killed node does: the socket no longer answers."""
        if self._loop is None or self._thread is None:
            return
        for gate in (self.let_check_in_go, self.let_finger_go, self.let_write_go, self.let_test_go):
            gate.set()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop = self._thread = None
        self.socket.unlink(missing_ok=True)

    def _run(self, ready: threading.Event) -> None:
        loop = asyncio.new_event_loop()
        self._loop = loop
        runner = web.AppRunner(self._app(), shutdown_timeout=0)
        loop.run_until_complete(runner.setup())
        loop.run_until_complete(web.UnixSite(runner, str(self.socket)).start())
        ready.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    def _app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.get("/status", self._status),
                web.get("/figures", self._figures),
                web.post("/voters/find", self._find),
                web.post("/check-in", self._check_in),
                web.post("/card-taken", self._card_taken),
                web.get("/cards/{number}.txt", self._card_text),
                web.post("/acts/propose", self._propose),
                web.post("/acts/submit", self._submit),
                web.get("/scan", self._scan),
                web.post("/finger", self._finger),
                web.post("/cards/write", self._write),
                web.post("/print", self._print),
                web.post("/print/again", self._print),
                web.post("/print/drop", self._print),
                web.post("/hardware/test", self._test),
                web.get("/book", self._book),
                web.get("/check-ins/waiting", self._waiting),
                web.get("/second", self._to_second),
                web.get("/cards", self._cards_out),
                web.get("/counts", self._counts),
                *(web.post(path, self._written) for path in WRITTEN),
            ]
        )
        return app

    async def _status(self, request: web.Request) -> web.Response:
        return _json(self.status)

    async def _figures(self, request: web.Request) -> web.Response:
        return _json(self.figures)

    async def _find(self, request: web.Request) -> web.Response:
        asked = msgspec.json.decode(await request.read(), type=dict[str, str])
        self.finds.append(asked)
        (what,) = asked.values()
        if self.refuse_find:
            return _json(Refused(*self.refuse_find))
        found = self.voters.get(what, ())
        return _json(VotersFound(found, False, self.find_words, self.find_document))

    async def _check_in(self, request: web.Request) -> web.Response:
        self.checked_in.append(msgspec.json.decode(await request.read(), type=CheckInAsked))
        await _opened(self.let_check_in_go)
        return _json(self.check_in_answers.popleft())

    async def _card_taken(self, request: web.Request) -> web.Response:
        number = msgspec.json.decode(await request.read(), type=dict[str, int])["number"]
        self.taken.append(number)
        return _json(Done(f"Card {number} taken."))

    async def _card_text(self, request: web.Request) -> web.Response:
        return web.Response(text=card_drawing())

    async def _propose(self, request: web.Request) -> web.Response:
        act = msgspec.json.decode(await request.read(), type=dict[str, str])["act"]
        answer = self.proposals.get(act, Refused("not-now", f"'{act}' is not possible now."))
        return _json(answer)

    async def _submit(self, request: web.Request) -> web.Response:
        self.submitted.append(msgspec.json.decode(await request.read(), type=ActSubmitted))
        return _json(self.submit_answer)

    async def _scan(self, request: web.Request) -> web.Response:
        self.scan_polls += 1
        assert request.query["after"].isdecimal(), "a screen says what it has seen"
        for _ in range(SCAN_WAIT_STEPS):
            if self.scans:
                return _json(self.scans.popleft())
            await asyncio.sleep(0.01)
        return web.Response(status=204)

    async def _finger(self, request: web.Request) -> web.Response:
        await self._note(request, dict[str, str])
        await _opened(self.let_finger_go)
        return _json(self.finger_answer)

    async def _write(self, request: web.Request) -> web.Response:
        await self._note(request, dict[str, int])
        await _opened(self.let_write_go)
        return _json(self.write_answer)

    async def _print(self, request: web.Request) -> web.Response:
        await self._note(request, PrintAsked if request.path == "/print" else dict[str, int])
        return _json(self.print_answer)

    async def _test(self, request: web.Request) -> web.Response:
        await self._note(request, dict[str, str])
        await _opened(self.let_test_go)
        return _json(self.test_answer)

    async def _waiting(self, request: web.Request) -> web.Response:
        return _json(self.waiting)

    async def _to_second(self, request: web.Request) -> web.Response:
        return _json(self.to_second)

    async def _cards_out(self, request: web.Request) -> web.Response:
        return _json(self.cards_out)

    async def _counts(self, request: web.Request) -> web.Response:
        return _json(self.counts)

    async def _book(self, request: web.Request) -> web.Response:
        return _json(self.book)

    async def _written(self, request: web.Request) -> web.Response:
        """Anything that is filled in as a form; the body must be just what a node takes."""
        await self._note(request, WRITTEN[request.path])
        return _json(self.write_answers.get(request.path, Done("It is written.", 7)))

    async def _note(self, request: web.Request, kind: Any) -> None:
        """Keep what was asked, decoded as a node decodes it."""
        self.asked.append((request.path, msgspec.json.decode(await request.read(), type=kind)))


async def _opened(gate: threading.Event) -> None:
    while not gate.is_set():
        await asyncio.sleep(0.01)


def card_drawing() -> str:
    """A QR code as large as a true card's (45 modules), drawn as a node draws it."""
    drawn = io.StringIO()
    code = segno.make("PM1:" + "A" * 215, error="l", boost_error=False)
    code.terminal(drawn, compact=True, border=1)
    return drawn.getvalue()


def _json(value: Any) -> web.Response:
    return web.Response(body=canonical(value), content_type="application/json")
