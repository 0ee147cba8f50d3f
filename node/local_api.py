"""The node's Unix socket: what this station's own screens ask it. Paths are in `sync.views`.

Only the station's own user can open the socket (mode 0600). Bodies are JSON; a body that does not
fit is answered 400 with a sentence, an expected "no" is a 200 with `Refused`.
"""

import msgspec
from aiohttp import web
from msgspec.structs import replace

from hw.card_picture import card_png, card_text
from hw.scanner.reading import read_scan
from node.book_api import book_routes
from node.card_api import card_routes, found_voter
from node.clock import now_ms
from node.hardware_api import hardware_routes
from node.json_bodies import body_of, json_response
from node.paper import parts_of
from node.peripherals import Peripherals
from node.randomness import random_bytes
from node.running import Running
from node.state_api import state_routes
from node.status import station_view
from node.store_roll import Person
from sync.box import Box
from sync.card import SECRET_BYTES
from sync.desk import Desk
from sync.document import DocumentError, read_document, tally_document
from sync.effects import (
    CheckInVoter,
    Command,
    ConfirmCardTaken,
    CountBallots,
    EndVoting,
    ProposeAct,
    SubmitAct,
)
from sync.errors import VerifyError
from sync.outcomes import CardReady, Done, Outcome, Refused, SecondAwaited
from sync.province import Province
from sync.roll import voter_key
from sync.sealing import officer_box_secret, open_sealed
from sync.shares import join
from sync.tally import tally_of
from sync.text import ascii_digits, fold, national_code_problem
from sync.views import ActSubmitted, CheckInAsked, FoundVoter, VotersFound

FOUND_MAX = 20
BODY_BYTES_MAX = 64 * 1024


def local_app(running: Running) -> web.Application:
    """The application behind the socket."""
    app = web.Application(client_max_size=BODY_BYTES_MAX)
    api = _LocalApi(running)
    app.router.add_get("/status", api.status)
    app.router.add_post("/acts/propose", api.propose)
    app.router.add_post("/acts/submit", api.submit)
    if running.station.kind == "desk":
        app.router.add_post("/voters/find", api.find)
        app.router.add_post("/check-in", api.check_in)
        app.router.add_post("/card-taken", api.card_taken)
        app.router.add_get("/cards/{name}", api.card)
    if running.station.kind == "box":
        app.router.add_post("/shares", api.shares)
        app.router.add_post("/end-session", api.end_session)
    if running.station.kind == "district":
        app.router.add_get("/figures", api.figures)
        app.router.add_get("/tally.automerge", api.tally)
    state_routes(app, running)
    hardware_routes(app, running)
    book_routes(app, running)
    card_routes(app, running)
    return app


class _Asked(msgspec.Struct, forbid_unknown_fields=True):
    code: str = ""
    name: str = ""
    scan: str = ""


class _Number(msgspec.Struct, forbid_unknown_fields=True):
    number: int


class _Act(msgspec.Struct, forbid_unknown_fields=True):
    act: str


class _Shares(msgspec.Struct, forbid_unknown_fields=True):
    shares: tuple[bytes, bytes]


class _Nothing(msgspec.Struct, forbid_unknown_fields=True):
    pass


class _LocalApi:
    """The handlers; each parses once, asks the replica, answers a value."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._next_box = 0
        self._ready: dict[str, str] = {}

    async def status(self, request: web.Request) -> web.Response:
        """GET /status."""
        return json_response(station_view(self._running))

    async def figures(self, request: web.Request) -> web.Response:
        """GET /figures."""
        r = self._running
        assert r.check_ins is not None, "a district folds check-ins"
        assert r.returns is not None, "a district folds returns"
        province = Province(
            r.package,
            r.check_ins,
            r.returns,
            r.voters_by_place,
            r.replica.logs,
            r.replica.cosigning.kept,
            r.runner.heard,
        )
        return json_response(province.view(r.station.id, now_ms()))

    async def tally(self, request: web.Request) -> web.Response:
        """GET /tally.automerge: the tally document, given only if it agrees with the plain fold."""
        returns = self._running.returns
        assert returns is not None, "a district folds returns"
        try:
            document = tally_document(returns)
            agrees = read_document(document) == tally_of(returns)
        except DocumentError as error:
            raise web.HTTPInternalServerError(text=f"{error}. The figures stand.") from None
        if not agrees:
            words = "The tally document and the plain fold disagree. Report this defect."
            raise web.HTTPInternalServerError(text=words)
        return web.Response(body=document, content_type="application/octet-stream")

    async def find(self, request: web.Request) -> web.Response:
        """POST /voters/find: one voter by code or scan, or several by the start of a name."""
        asked = await body_of(request, _Asked)
        if asked.scan:
            return json_response(self._find_scan(asked.scan))
        if asked.code:
            return json_response(self._find_code(ascii_digits(asked.code).strip()))
        return json_response(self._find_name(asked.name))

    def _find_scan(self, text: str) -> Outcome | VotersFound:
        """What a scanner typed into the screen: a code, or a document's machine-readable zone."""
        reading = read_scan(text)
        if not reading.national_code:
            words = reading.words or "This code holds no national code. Type the number instead."
            return Refused("no-code", words)
        found = self._find_code(reading.national_code)
        if isinstance(found, VotersFound) and reading.document:
            return replace(found, document=reading.document)
        return found

    def _find_code(self, code: str) -> Outcome | VotersFound:
        self._running.look_ups.by_code += 1
        if problem := national_code_problem(code):
            return Refused("no-code", problem)
        voter = voter_key(self._running.roll_key, code)
        assert self._running.roll is not None, "a desk has a roll"
        person = self._running.roll.person(voter)
        if person is None:
            words = "This national code is not on the roll. Check it with the document."
            return Refused("not-on-roll", words)
        return VotersFound((self._found(voter, person),), False, "")

    def _find_name(self, name: str) -> Outcome | VotersFound:
        if len(fold(name)) < 2:
            return Refused("name-too-short", "Type at least two letters of the name.")
        assert self._running.roll is not None, "a desk has a roll"
        self._running.look_ups.by_name += 1
        rows = self._running.roll.by_name_prefix(name, FOUND_MAX + 1)
        found = tuple(self._found(voter, person) for voter, person in rows[:FOUND_MAX])
        words = "" if found else "Nobody of this place has a name that begins so."
        return VotersFound(found, len(rows) > FOUND_MAX, words)

    def _found(self, voter: str, person: Person) -> FoundVoter:
        self._running.cases.begin(voter, now_ms())
        return found_voter(self._running, voter, person)

    async def check_in(self, request: web.Request) -> web.Response:
        """POST /check-in: answers when the card is ready, or with the reason why not."""
        asked = await body_of(request, CheckInAsked)
        boxes = [s.id for s in self._running.package.stations_at(self._running.station.at, "box")]
        box = asked.box
        if not box:
            box = boxes[self._next_box % len(boxes)]
            self._next_box += 1
        secret = random_bytes(SECRET_BYTES)
        finger = self._plugged.finger_of(asked.voter)
        command = CheckInVoter(
            asked.voter,
            asked.document,
            asked.means,
            box,
            secret,
            finger,
            asked.rights,
            asked.defective,
        )
        if asked.defective:
            self._running.cases.mark_defective(asked.voter)
        outcome = await self._running.runner.ask(command)
        if not isinstance(outcome, SecondAwaited):
            self._running.cases.end(asked.voter, now_ms())
        if isinstance(outcome, CardReady):
            self._ready[str(outcome.number)] = outcome.card
            await self._print(outcome)
        return self._answered(outcome)

    async def _print(self, ready: CardReady) -> None:
        """Card and, where one is needed, stub go to the printer, if there is one."""
        queue, about = self._plugged.queue, str(ready.number)
        if queue is not None:
            await queue.add("card", about)
            if ready.stub:
                await queue.add("stub", about)

    async def card_taken(self, request: web.Request) -> web.Response:
        """POST /card-taken."""
        number = (await body_of(request, _Number)).number
        outcome = await self._running.runner.ask(ConfirmCardTaken(number))
        if isinstance(outcome, Done):
            self._ready.pop(str(number), None)
            if self._plugged.queue is not None:
                await self._plugged.queue.card_taken(number)
        return self._answered(outcome)

    async def card(self, request: web.Request) -> web.Response:
        """GET /cards/7.png or /cards/7.txt: a card that was let out and is not yet taken.

        Only what CardReady has answered is drawn, so no card is seen before it is on disk.
        """
        number, _, form = request.match_info["name"].partition(".")
        text = self._ready.get(number)
        if text is None or form not in ("png", "txt"):
            raise web.HTTPNotFound(text="No card of this number is waiting here.")
        if form == "png":
            return web.Response(body=card_png(text), content_type="image/png")
        return web.Response(text=card_text(text))

    async def propose(self, request: web.Request) -> web.Response:
        """POST /acts/propose."""
        return await self._ask(ProposeAct((await body_of(request, _Act)).act))

    async def submit(self, request: web.Request) -> web.Response:
        """POST /acts/submit."""
        asked = await body_of(request, ActSubmitted)
        outcome = await self._running.runner.ask(SubmitAct(asked.proposal, asked.approvals))
        if isinstance(outcome, Done):
            await self._after(asked.proposal)
        return self._answered(outcome)

    async def _after(self, proposal: str) -> None:
        """What peripherals have to do with an act that was written."""
        act, queue = proposal.partition("-")[0], self._plugged.queue
        paper = {"PollsOpened": "zero-return", "BoxReturned": "return"}.get(act)
        if queue and paper and self._running.station.kind == "box":
            for part in await parts_of(paper, "", self._running):
                await queue.add(paper, part)
        if act == "PollsClosed":
            await self._plugged.at_closing()

    async def shares(self, request: web.Request) -> web.Response:
        """POST /shares: the opening key's halves, executive first, each sealed to this box."""
        asked = await body_of(request, _Shares)
        box = self._running.role
        assert isinstance(box, Box), "only a box has shares"
        secret = officer_box_secret(self._running.links.seed)
        try:
            one, two = (open_sealed(secret, share, "share") for share in asked.shares)
            opening = join(one, two, self._running.station.opening_key, box.station.id)
        except VerifyError as error:
            return json_response(Refused("wrong-share", f"{error}."))
        return await self._ask(CountBallots(opening, tuple(sorted(box.store.ballots))))

    async def end_session(self, request: web.Request) -> web.Response:
        """POST /end-session: free a box whose screen died or whose voter left."""
        await body_of(request, _Nothing)
        return await self._ask(EndVoting())

    async def _ask(self, command: Command) -> web.Response:
        return self._answered(await self._running.runner.ask(command))

    def _answered(self, outcome: Outcome) -> web.Response:
        if isinstance(outcome, Refused | Done | CardReady | SecondAwaited):
            self._running.last_action = outcome.words
        return json_response(outcome)

    @property
    def _plugged(self) -> Peripherals:
        assert self._running.peripherals is not None, "peripherals are made before anything serves"
        return self._running.peripherals

    @property
    def _desk(self) -> Desk:
        desk = self._running.role
        assert isinstance(desk, Desk), "only a desk has cards"
        return desk
