"""The part of a node's local socket that has to do with peripherals. Paths are in `sync.views`."""

import asyncio
from contextlib import suppress
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from node.json_bodies import body_of, json_response
from node.paper import parts_of, slip_of
from node.peripherals import Peripherals
from node.printing import PrintQueue
from node.running import Running
from node.slips import plain_test_slip
from node.store_jobs import Job
from node.try_out import try_out
from sync.desk import Desk
from sync.outcomes import Done, Refused
from sync.views import PrintAsked, ScanView

T = TypeVar("T")
GONE_LOOK_S = 0.5
"""Between two looks whether somebody still waits for a test."""

NO_PRINTER = Refused("no-printer", "No printer is set up at this station (station.toml).")


class _Voter(msgspec.Struct, forbid_unknown_fields=True):
    voter: str


class _Number(msgspec.Struct, forbid_unknown_fields=True):
    number: int


class _Name(msgspec.Struct, forbid_unknown_fields=True):
    name: str


def hardware_routes(app: web.Application, running: Running) -> None:
    """Add the paths of this kind of station."""
    api = _HardwareApi(running)
    app.router.add_post("/hardware/test", api.test)
    app.router.add_post("/cards/clear", api.clear_card)
    app.router.add_post("/print", api.print)
    app.router.add_post("/print/again", api.again)
    app.router.add_post("/print/drop", api.drop)
    if running.station.kind == "desk":
        app.router.add_get("/scan", api.scan)
        app.router.add_post("/finger", api.finger)
        app.router.add_post("/cards/write", api.write_card)


class _HardwareApi:
    def __init__(self, running: Running) -> None:
        self._running = running

    @property
    def _plugged(self) -> Peripherals:
        assert self._running.peripherals is not None, "peripherals are made before anything serves"
        return self._running.peripherals

    @property
    def _queue(self) -> PrintQueue | None:
        return self._plugged.queue

    async def scan(self, request: web.Request) -> web.Response:
        """GET /scan?after=3: wait for a later scan; 204 if none comes for a while.

        Whoever waits gets it: a screen that has gone away takes it from nobody.
        """
        after = request.query.get("after", "")
        if not (after.isascii() and after.isdecimal()):
            raise web.HTTPBadRequest(text="Say which scan was seen last: /scan?after=3.")
        found = await self._plugged.scans.after(int(after[:9]))
        if found is None:
            return web.Response(status=204)
        return json_response(ScanView(found.number, found.code, found.document, found.words))

    async def finger(self, request: web.Request) -> web.Response:
        """POST /finger: answers when the finger was compared, or why it was not."""
        voter = (await body_of(request, _Voter)).voter
        if self._running.roll is None or self._running.roll.find(voter) is None:
            return json_response(Refused("not-on-roll", "Look the voter up first."))
        comparing = asyncio.create_task(self._plugged.compare_finger(voter))
        answer = await _while_asked(request, comparing)
        return web.Response(status=204) if answer is None else json_response(answer)

    async def write_card(self, request: web.Request) -> web.Response:
        """POST /cards/write: the card waiting under this number, onto a smart card."""
        number = (await body_of(request, _Number)).number
        desk = self._running.role
        assert isinstance(desk, Desk), "only a desk writes cards"
        ready = desk.reprint(number)
        if ready is None:
            words = f"Card {number} is not waiting to be taken here."
            return json_response(Refused("no-card", words))
        return json_response(await self._plugged.write_card(ready.card))

    async def clear_card(self, request: web.Request) -> web.Response:
        """POST /cards/clear: make the smart card in the ballot-card reader blank."""
        return json_response(await self._plugged.clear_card())

    async def print(self, request: web.Request) -> web.Response:
        """POST /print: into the queue, if it can be made."""
        asked = await body_of(request, PrintAsked)
        queue = self._queue
        if queue is None:
            return json_response(NO_PRINTER)
        answer: Done | Refused = Refused("no-paper", "There is nothing to print.")
        for part in await parts_of(asked.what, asked.about, self._running):
            job = Job(0, asked.what, part, "waiting")
            slip = await slip_of(job, self._running)
            if isinstance(slip, str):
                return json_response(Refused("no-paper", slip))
            answer = await queue.add(asked.what, part, asked=True)
            if isinstance(answer, Refused):
                break
        return json_response(answer)

    async def again(self, request: web.Request) -> web.Response:
        """POST /print/again."""
        return await self._decide(request, "again")

    async def drop(self, request: web.Request) -> web.Response:
        """POST /print/drop."""
        return await self._decide(request, "drop")

    async def _decide(self, request: web.Request, what: str) -> web.Response:
        number = (await body_of(request, _Number)).number
        queue = self._queue
        if queue is None:
            return json_response(NO_PRINTER)
        answer: Done | Refused = await (
            queue.again(number) if what == "again" else queue.drop(number)
        )
        return json_response(answer)

    async def test(self, request: web.Request) -> web.Response:
        """POST /hardware/test: try one peripheral; takes as long as a hand needs."""
        name = (await body_of(request, _Name)).name
        plugged = self._plugged
        one = plugged.get(name)
        if name == "fingerprint" and plugged.is_comparing:
            return json_response(Refused("busy", "The reader is in use. Wait for it."))
        if one is None:
            words = f"There is no '{name[:20]}' in this station's settings (station.toml)."
            return json_response(Refused("no-peripheral", words))
        slip = plain_test_slip(self._running.station.id, self._running.package.training)
        heard: Any = plugged.listen(name)
        if heard is None:
            return json_response(Refused("busy", f"{name} is being tried already. Wait for it."))
        try:
            tried = asyncio.create_task(try_out(name, one, heard, slip))
            answer = await _while_asked(request, tried)
            return web.Response(status=204) if answer is None else json_response(answer)
        finally:
            plugged.listen_no_more(name)


async def _while_asked(request: web.Request, work: "asyncio.Task[T]") -> T | None:
    """What `work` answers; None, and it is stopped, once nobody waits for it any more.

    A device that serves a screen which has gone away serves nobody else.
    """
    try:
        while not work.done():
            await asyncio.wait({work}, timeout=GONE_LOOK_S)
            if request.transport is None or request.transport.is_closing():
                return None
        return work.result()
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
