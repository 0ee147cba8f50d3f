"""Read-only state: what `pollmesh pull` fetches, raw and signed; nothing derived is served.

    GET /state/index                                   StateIndex
    GET /state/package.json | package.note | roll.index
    GET /state/logs/a-desk-1/0/entries?first=0&end=256  a C2SP entry bundle, inside one tile

On the station's Unix socket for its own user; on the TLS port of every station for supervisors of
the package, who show the certificate that the package pins. There the logs are also served as
tlog-tiles (`node.log_api`).
"""

from collections.abc import Awaitable, Callable

from aiohttp import web
from msgspec import Struct

from node.links import peer_certificate
from node.log_api import LogApi
from node.package_files import NOTE_FILE, PACKAGE_FILE, ROLL_FILE
from node.running import Running
from sync.encoding import canonical
from sync.limits import TILE_ENTRIES
from sync.log import ForkProof
from sync.orders import Order

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
FILES = (PACKAGE_FILE, NOTE_FILE, ROLL_FILE)


class LogIndex(Struct, frozen=True, forbid_unknown_fields=True):
    """One log as held by the station asked: its newest checkpoint and cosignature lines for it."""

    station: str
    epoch: int
    size: int
    note: bytes
    cosignatures: tuple[str, ...]


class StateIndex(Struct, frozen=True, forbid_unknown_fields=True):
    """What there is to fetch."""

    station: str
    package: bytes
    orders: tuple[Order, ...]
    logs: tuple[LogIndex, ...]
    forks: tuple[ForkProof, ...]


def state_routes(app: web.Application, running: Running) -> None:
    """Add the routes, for the station's own user."""
    for path, handler in _routes(running, LogApi(running)).items():
        app.router.add_get(path, handler)


def supervisor_routes(app: web.Application, running: Running) -> None:
    """The same and the tlog-tiles for supervisors over TLS; who answers here for stations too."""
    logs = LogApi(running)
    tiles: dict[str, Handler] = {
        "/log/{station}/{epoch}/checkpoint": logs.checkpoint,
        "/log/{station}/{epoch}/tile/{tile:.+}": logs.tile,
    }
    for path, handler in (_routes(running, logs) | tiles).items():
        app.router.add_get(path, supervisors_only(running, handler), allow_head=False)
    app.router.add_get("/hello", logs.hello, allow_head=False)


def supervisors_only(running: Running, handler: Handler) -> Handler:
    """`handler` for supervisors of the package, by exactly the certificate that it pins."""
    supervisors = {s.certificate for s in running.package.supervisors}

    async def check(request: web.Request) -> web.StreamResponse:
        if peer_certificate(request) not in supervisors:
            running.links.refused["no supervisor"] += 1
            raise web.HTTPForbidden(text="Only a supervisor of this package may pull.")
        return await handler(request)

    return check


def _routes(running: Running, logs: LogApi) -> dict[str, Handler]:
    state = _StateApi(running, logs)
    return {
        "/state/index": state.index,
        "/state/logs/{station}/{epoch}/entries": state.entries,
        **{f"/state/{name}": state.file for name in FILES},
    }


class _StateApi:
    def __init__(self, running: Running, logs: LogApi) -> None:
        self._running = running
        self._logs = logs

    async def index(self, request: web.Request) -> web.Response:
        """GET /state/index: what is on disk, never what is about to be."""
        replica = self._running.replica
        logs = tuple(
            LogIndex(
                replica.logs[origin].station,
                replica.logs[origin].epoch,
                size,
                note,
                replica.cosigning.lines(replica.logs[origin], size),
            )
            for origin, (size, note) in sorted(self._running.runner.committed.items())
        )
        forks = tuple(log.fork for _, log in sorted(replica.logs.items()) if log.fork)
        base, orders = self._running.package.base_hash, replica.orders.signed
        index = StateIndex(self._running.station.id, base, orders, logs, forks)
        return web.Response(body=canonical(index), content_type="application/json")

    async def entries(self, request: web.Request) -> web.Response:
        """GET /state/logs/…/entries."""
        station, epoch = request.match_info["station"], request.match_info["epoch"]
        log = self._running.replica.logs.get(
            f"pollmesh/{self._running.package.day}/{station}/{epoch}"
        )
        first, end = _number(request, "first"), _number(request, "end")
        held, _ = self._running.runner.committed.get(log.origin, (0, b"")) if log else (0, b"")
        if log is None or not 0 <= first < end <= held:
            raise web.HTTPNotFound(text="There is no such stretch of a log here.")
        if first // TILE_ENTRIES != (end - 1) // TILE_ENTRIES:
            raise web.HTTPBadRequest(text="A stretch must lie inside one tile.")
        data = await self._logs.bundle(log, first, end - first)
        return web.Response(body=data, content_type="application/octet-stream")

    async def file(self, request: web.Request) -> web.StreamResponse:
        """GET /state/package.json and its neighbours."""
        path = self._running.folder / request.path.rsplit("/", 1)[-1]
        if not path.exists():
            words = (
                "a box knows no voters; give --package" if path.name == ROLL_FILE else "not here"
            )
            raise web.HTTPNotFound(text=f"This station has no {path.name}: {words}.")
        return web.FileResponse(path)


def _number(request: web.Request, name: str) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else -1
