"""A station's logs as C2SP tlog-tiles, read-only, for auditors; and who answers here.

    GET /hello                                     Hello: station, package, clock
    GET /log/a-desk-1/0/checkpoint                 the signed note with its cosignature lines
    GET /log/a-desk-1/0/tile/0/x001/234            256 hashes;  .../tile/1/000.p/12  a partial tile
    GET /log/a-desk-1/0/tile/entries/000           256 entries as a bundle

Every station serves its own log and those it holds; a box holds logs of boxes and nothing else.
`/log` is for supervisors of the package, `/hello` for its stations too. Nothing is served that is
not on this station's disk. A tile of one width never changes: what is full may be kept for good.

Sources: c2sp.org/tlog-tiles, c2sp.org/tlog-checkpoint.
"""

import asyncio
import re
from collections import OrderedDict

from aiohttp import web
from msgspec import Struct

from node.clock import now_ms
from node.json_bodies import json_response
from node.running import Running
from sync.limits import TILE_ENTRIES
from sync.log import Log
from sync.tiles import pack_bundle, tile_path

READS_MAX = 4
"""Bundles read from the disk at once for auditors; the station's own work goes on beside them."""

WAITING_MAX = 64
"""Auditors' requests that wait for a read; more are sent away."""

KEPT_BYTES_MAX = 8 * 1024 * 1024
"""Full bundles kept in memory for the next auditor."""

FOR_GOOD = "private, max-age=31536000, immutable"
A_MOMENT = "private, max-age=10"
NOTHING_KEPT = "no-store"

BUSY = "Too many ask for logs at once. Ask again in a second."
NO_LOG = "This station holds no such log."
NO_TILE = "There is no such tile here, or not yet. The checkpoint says how long the log is."

_TILE = re.compile(r"(entries|[0-5])/((?:x[0-9]{3}/){0,3}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


class Hello(Struct, frozen=True):
    """Who answers, for which package (base hash), and what its clock says."""

    station: str
    package: bytes
    now_ms: int


def parse_tile(path: str) -> tuple[str, int, int] | None:
    """Level, number and width of a tile's path (after "tile/"); None if it is no such path."""
    found = _TILE.fullmatch(path)
    if found is None:
        return None
    level, groups, partial = found.groups()
    number = int(groups.replace("x", "").replace("/", ""))
    width = int(partial) if partial else TILE_ENTRIES
    # One spelling each: no leading group of zeros, no "partial" tile that is full.
    is_right = tile_path(level, number, width) == f"tile/{path}"
    return (level, number, width) if is_right else None


class LogApi:
    """The handlers."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._reading = asyncio.Semaphore(READS_MAX)
        self._waiting = 0
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._kept_bytes = 0

    async def hello(self, request: web.Request) -> web.Response:
        """GET /hello."""
        running = self._running
        return json_response(Hello(running.station.id, running.package.base_hash, now_ms()))

    async def checkpoint(self, request: web.Request) -> web.Response:
        """GET …/checkpoint, with the cosignatures made at exactly this size."""
        log, size, note = self._log(request)
        lines = self._running.replica.cosigning.lines(log, size)
        return web.Response(
            body=note + "".join(lines).encode(),
            content_type="text/plain",
            charset="utf-8",
            headers={"Cache-Control": NOTHING_KEPT},
        )

    async def tile(self, request: web.Request) -> web.Response:
        """GET …/tile/…"""
        log, size, _ = self._log(request)
        asked = parse_tile(request.match_info["tile"])
        if asked is None:
            raise web.HTTPNotFound(text=NO_TILE)
        level, number, width = asked
        held = size if level == "entries" else size >> (8 * int(level))
        first = number * TILE_ENTRIES
        if first + width > held:
            raise web.HTTPNotFound(text=NO_TILE)
        if level == "entries":
            data = await self.bundle(log, first, width)
        else:
            data = log.tree.hashes(8 * int(level), first, width)
        keep = FOR_GOOD if width == TILE_ENTRIES else A_MOMENT
        return web.Response(
            body=data, content_type="application/octet-stream", headers={"Cache-Control": keep}
        )

    async def bundle(self, log: Log, first: int, width: int) -> bytes:
        """Entries [first, first + width), inside one tile, as a bundle; 503 when too many ask."""
        name = (log.origin, first)
        if width == TILE_ENTRIES and name in self._kept:
            self._kept.move_to_end(name)
            return self._kept[name]
        if self._waiting >= WAITING_MAX:
            raise web.HTTPServiceUnavailable(text=BUSY, headers={"Retry-After": "1"})
        self._waiting += 1
        try:
            async with self._reading:
                store, end = self._running.store, first + width
                entries = await self._running.runner.on_disk(store.entries, log.origin, first, end)
        finally:
            self._waiting -= 1
        data = pack_bundle(entries)
        if width == TILE_ENTRIES:
            self._keep(name, data)
        return data

    def _keep(self, name: tuple[str, int], data: bytes) -> None:
        if name in self._kept:
            return
        self._kept[name] = data
        self._kept_bytes += len(data)
        while self._kept_bytes > KEPT_BYTES_MAX:
            _, old = self._kept.popitem(last=False)
            self._kept_bytes -= len(old)

    def _log(self, request: web.Request) -> tuple[Log, int, bytes]:
        """The log asked for, how much of it is on disk, and the checkpoint over that."""
        station, epoch = request.match_info["station"], request.match_info["epoch"]
        origin = f"pollmesh/{self._running.package.day}/{station}/{epoch}"
        log = self._running.replica.logs.get(origin)
        size, note = self._running.runner.committed.get(origin, (0, b""))
        if log is None or not size:
            raise web.HTTPNotFound(text=NO_LOG)
        return log, size, note
