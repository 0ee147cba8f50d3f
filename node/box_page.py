"""The voter's page: a box's own web server on 127.0.0.1, and the endpoints that the page uses.

    GET  /                     the page (right-to-left Persian or English), and its parts
    POST /next-card            {"after": 3} -> CardShown: what the box's own scanner or card reader
                               has read after number 3; with null, what it reads from now on
    POST /begin                {"card": "PM1:…"} -> BallotOffered | Refused
    POST /candidate            {"session", "contest", "code"} -> the name behind a code, or words
    POST /cast                 {"session", "choices": {"parliament": ["07"], "council": []}}
    POST /leave                {"session"}

No other origin may call it: requests must be JSON, name this host and, if a browser says where they
come from, come from this page. The page loads nothing from anywhere else, and no answer ever
carries a figure.
"""

from importlib.resources import files
from typing import Any

from aiohttp import web
from msgspec import Struct

from hw.scanner.reading import read_scan
from node.json_bodies import body_of, json_response
from node.randomness import random_bytes
from node.running import Running
from node.scans import CardReason, Scan
from sync.effects import BeginVoting, CastBallot, Command, LeaveVoting
from sync.outcomes import BallotCast, BallotOffered, Refused
from sync.text import ascii_digits

BODY_BYTES_MAX = 16 * 1024
SESSION_BYTES = 16
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
PAGES = {
    "/": "ballot.html",
    "/ballot.css": "ballot.css",
    "/ballot.js": "ballot.js",
    "/card.js": "card.js",
    "/casting.js": "casting.js",
    "/contest.js": "contest.js",
    "/drawing.js": "drawing.js",
    "/leaving.js": "leaving.js",
    "/screens.js": "screens.js",
    "/visit.js": "visit.js",
    "/words.js": "words.js",
}
TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript"}


class Named(Struct, frozen=True, tag_field="kind", tag=True):
    """What a keyed code stands for: one candidate, or the candidates of a list."""

    code: str
    name: str
    latin: str
    candidates: tuple[tuple[str, str, str], ...]


class CardShown(Struct, frozen=True, tag_field="kind", tag=True):
    """A card, words for the voter instead of one, or neither: nothing was shown for a while.

    `number` is what the page asks after the next time; `reason` goes with the words.
    """

    number: int
    card: str
    words: str
    reason: CardReason


class _After(Struct, forbid_unknown_fields=True):
    after: int | None


class _Begin(Struct, forbid_unknown_fields=True):
    card: str


class _Candidate(Struct, forbid_unknown_fields=True):
    session: str
    contest: str
    code: str


class _Cast(Struct, forbid_unknown_fields=True):
    session: str
    choices: dict[str, tuple[str, ...]]


class _Leave(Struct, forbid_unknown_fields=True):
    session: str


def page_app(running: Running) -> web.Application:
    """The application of one box."""
    page = _Page(running)
    app = web.Application(client_max_size=BODY_BYTES_MAX, middlewares=[page.own_page_only])
    for path, name in PAGES.items():
        app.router.add_get(path, page.static(name))
    app.router.add_post("/next-card", page.next_card)
    app.router.add_post("/begin", page.begin)
    app.router.add_post("/candidate", page.candidate)
    app.router.add_post("/cast", page.cast)
    app.router.add_post("/leave", page.leave)
    return app


class _Page:
    def __init__(self, running: Running) -> None:
        self._running = running
        self._cards: dict[str, str] = {}
        port = running.settings.page_port
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    @web.middleware
    async def own_page_only(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Turn away other hosts, other origins and other kinds of body; guard every answer."""
        try:
            response = await self._own_page_only(request, handler)
        except web.HTTPException as refused:
            refused.headers.update(HEADERS)
            raise
        response.headers.update(HEADERS)
        return response

    async def _own_page_only(self, request: web.Request, handler: Any) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if request.host not in self._hosts or (
            origin is not None and origin.removeprefix("http://") not in self._hosts
        ):
            raise web.HTTPForbidden(text="This page belongs to the box itself.")
        if request.method == "POST" and request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType(text="JSON only.")
        response: web.StreamResponse = await handler(request)
        return response

    def static(self, name: str) -> Any:
        """A handler for one file of the page."""
        body = files("node").joinpath("pages", name).read_bytes()
        kind = TYPES[name.rsplit(".", 1)[-1]]

        async def serve(request: web.Request) -> web.Response:
            return web.Response(body=body, content_type=kind, charset="utf-8")

        return serve

    async def next_card(self, request: web.Request) -> web.Response:
        """POST /next-card: waits for a card at the box's own scanner or card reader."""
        asked = await body_of(request, _After)
        assert self._running.peripherals is not None, "peripherals are made before anything serves"
        scans = self._running.peripherals.scans
        scan = await scans.after(asked.after) or Scan(scans.number)
        return json_response(CardShown(scan.number, scan.card, scan.words, scan.reason))

    async def begin(self, request: web.Request) -> web.Response:
        """POST /begin: a card was shown."""
        asked = await body_of(request, _Begin)
        # A scanner that types does so by the computer's layout, which may be Persian.
        reading = read_scan(asked.card)
        card = reading.text if reading.kind == "card" else asked.card
        session = random_bytes(SESSION_BYTES).hex()
        outcome = await self._running.runner.ask(BeginVoting(card, session))
        if isinstance(outcome, BallotOffered):
            # One voter at a time: an earlier session is over.
            self._cards = {session: card}
        return json_response(outcome)

    async def candidate(self, request: web.Request) -> web.Response:
        """POST /candidate: the name behind a code, before it is chosen."""
        asked = await body_of(request, _Candidate)
        contest = self._running.package.contests_by_id.get(asked.contest)
        code = ascii_digits(asked.code)
        if contest is None:
            return json_response(Refused("no-contest", "This card gives no right to vote in that."))
        if option := contest.option(code):
            return json_response(
                Named(code, option.name, option.latin, ((code, option.name, option.latin),))
            )
        if group := contest.option_list(code):
            found = [contest.option(member) for member in group.options]
            names = tuple((o.code, o.name, o.latin) for o in found if o)
            return json_response(Named(code, group.name, group.latin, names))
        return json_response(
            Refused("unknown-code", f"No candidate or list has the code {code[:8]}.")
        )

    async def cast(self, request: web.Request) -> web.Response:
        """POST /cast: the voter confirmed twice."""
        asked = await body_of(request, _Cast)
        choices = tuple(
            (contest, tuple(ascii_digits(code) for code in codes))
            for contest, codes in asked.choices.items()
        )
        outcome = await self._running.runner.ask(CastBallot(asked.session, choices))
        card = self._cards.pop(asked.session, "") if isinstance(outcome, BallotCast) else ""
        if card and self._running.peripherals:
            self._running.peripherals.clear_card_of(card)
        return json_response(outcome)

    async def leave(self, request: web.Request) -> web.Response:
        """POST /leave: nothing is cast, the card stays good."""
        return await self._ask(LeaveVoting((await body_of(request, _Leave)).session))

    async def _ask(self, command: Command) -> web.Response:
        return json_response(await self._running.runner.ask(command))
