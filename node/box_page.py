"""The voter's page: a box's own web server on 127.0.0.1, and the endpoints that the page uses.

    GET  /                     the page (right-to-left Persian or English); its parts: /ballot.css,
                               /ballot.js, /words.js
    POST /begin                {"card": "PM1:…"} -> BallotOffered | Refused
    POST /candidate            {"session", "contest", "code"} -> the name behind a code, or words
    POST /cast                 {"session", "choices": {"parliament": ["07"], "council": []}}
    POST /leave                {"session"}

No other origin may call it: requests must be JSON, name this host and, if a browser says where they
come from, come from this page. The page loads nothing from anywhere else, and no answer ever
carries a figure.
"""

from importlib.resources import files
from typing import Any, TypeVar

import msgspec
from aiohttp import web
from msgspec import Struct

from node.randomness import random_bytes
from node.running import Running
from sync.effects import BeginVoting, CastBallot, Command, LeaveVoting
from sync.encoding import canonical
from sync.outcomes import Refused
from sync.text import ascii_digits

T = TypeVar("T")
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
    "/words.js": "words.js",
}
TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript"}


class Named(Struct, frozen=True, tag_field="kind", tag=True):
    """What a keyed code stands for: one candidate, or the candidates of a list."""

    code: str
    name: str
    latin: str
    candidates: tuple[tuple[str, str, str], ...]


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
    app.router.add_post("/begin", page.begin)
    app.router.add_post("/candidate", page.candidate)
    app.router.add_post("/cast", page.cast)
    app.router.add_post("/leave", page.leave)
    return app


class _Page:
    def __init__(self, running: Running) -> None:
        self._running = running
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

    async def begin(self, request: web.Request) -> web.Response:
        """POST /begin: a card was shown."""
        asked = await _body(request, _Begin)
        return await self._ask(BeginVoting(asked.card, random_bytes(SESSION_BYTES).hex()))

    async def candidate(self, request: web.Request) -> web.Response:
        """POST /candidate: the name behind a code, before it is chosen."""
        asked = await _body(request, _Candidate)
        contest = self._running.package.contests_by_id.get(asked.contest)
        code = ascii_digits(asked.code)
        if contest is None:
            return _answer(Refused("no-contest", "This card gives no right to vote in that."))
        if option := contest.option(code):
            return _answer(
                Named(code, option.name, option.latin, ((code, option.name, option.latin),))
            )
        if group := contest.option_list(code):
            found = [contest.option(member) for member in group.options]
            names = tuple((o.code, o.name, o.latin) for o in found if o)
            return _answer(Named(code, group.name, group.latin, names))
        return _answer(Refused("unknown-code", f"No candidate or list has the code {code[:8]}."))

    async def cast(self, request: web.Request) -> web.Response:
        """POST /cast: the voter confirmed twice."""
        asked = await _body(request, _Cast)
        choices = tuple(
            (contest, tuple(ascii_digits(code) for code in codes))
            for contest, codes in asked.choices.items()
        )
        return await self._ask(CastBallot(asked.session, choices))

    async def leave(self, request: web.Request) -> web.Response:
        """POST /leave: nothing is cast, the card stays good."""
        return await self._ask(LeaveVoting((await _body(request, _Leave)).session))

    async def _ask(self, command: Command) -> web.Response:
        return _answer(await self._running.runner.ask(command))


def _answer(value: Any) -> web.Response:
    return web.Response(body=canonical(value), content_type="application/json")


async def _body(request: web.Request, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(await request.read(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise web.HTTPBadRequest(text=f"This request cannot be read: {error}.") from None
