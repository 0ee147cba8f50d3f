"""What a station does for a spare that takes a lost sibling's place, and how it is given orders.

    POST /orders                    own user: Order -> Done | Refused; a new one: it starts again

    POST /spare/order               over TLS, from a spare of the package: the same
    GET  /spare/package.json        and package.note, roll.index
    GET  /spare/roll.db             desks, to a spare at work at their place: the roll with names
    GET  /spare/roll-key            the same: the roll key, sealed to the spare's own key

A spare is known by the certificate that the package pins. The roll goes only to one that an order
has put to work at this very place.
"""

import tempfile
from pathlib import Path

from aiohttp import web

from node.installation import ROLL_DATABASE
from node.json_bodies import body_of, json_response
from node.links import peer_certificate
from node.package_files import NOTE_FILE, PACKAGE_FILE, ROLL_FILE
from node.randomness import seal
from node.running import Running
from node.store_roll import copy_roll
from sync.effects import TakeOrder
from sync.orders import Order
from sync.package import Spare
from sync.sealing import officer_box_key

FILES = (PACKAGE_FILE, NOTE_FILE, ROLL_FILE)


def order_routes(app: web.Application, running: Running) -> None:
    """For the station's own user."""
    app.router.add_post("/orders", _SpareApi(running).take_order)


def spare_routes(app: web.Application, running: Running) -> None:
    """For spares, over TLS."""
    api = _SpareApi(running)
    app.router.add_post("/spare/order", api.order_of_spare)
    for name in FILES:
        app.router.add_get(f"/spare/{name}", api.file, allow_head=False)
    if running.station.kind == "desk":
        app.router.add_get("/spare/roll.db", api.roll, allow_head=False)
        app.router.add_get("/spare/roll-key", api.roll_key, allow_head=False)


class _SpareApi:
    def __init__(self, running: Running) -> None:
        self._running = running

    async def take_order(self, request: web.Request) -> web.Response:
        """POST /orders."""
        order = await body_of(request, Order)
        return json_response(await self._running.runner.ask(TakeOrder(order)))

    async def order_of_spare(self, request: web.Request) -> web.Response:
        """POST /spare/order."""
        self._spare(request)
        return await self.take_order(request)

    async def file(self, request: web.Request) -> web.StreamResponse:
        """GET /spare/package.json and its neighbours: public to whoever is in the package."""
        self._spare(request)
        path = self._running.folder / request.path.rsplit("/", 1)[-1]
        if not path.exists():
            raise web.HTTPNotFound(text=f"This station has no {path.name}. Ask a desk.")
        return web.FileResponse(path)

    async def roll(self, request: web.Request) -> web.StreamResponse:
        """GET /spare/roll.db: a copy, whole and at rest."""
        self._at_work(request)
        with tempfile.TemporaryDirectory(dir=self._running.folder) as made:
            path = Path(made) / ROLL_DATABASE
            await self._running.runner.on_disk(copy_roll, self._running.folder, path)
            response = web.StreamResponse()
            response.content_length = path.stat().st_size
            await response.prepare(request)
            with path.open("rb") as file:
                while data := file.read(1024 * 1024):
                    await response.write(data)
            await response.write_eof()
            return response

    async def roll_key(self, request: web.Request) -> web.Response:
        """GET /spare/roll-key."""
        spare = self._at_work(request)
        return web.Response(body=seal(officer_box_key(spare.key), self._running.roll_key))

    def _spare(self, request: web.Request) -> Spare:
        certificate = peer_certificate(request)
        for spare in self._running.package.spares:
            if spare.certificate == certificate:
                return spare
        self._running.links.refused["no spare"] += 1
        raise web.HTTPForbidden(text="Only a spare of this package may ask this.")

    def _at_work(self, request: web.Request) -> Spare:
        spare = self._spare(request)
        station = self._running.package.stations_by_id.get(spare.id)
        if station is None or station.at != self._running.station.at:
            raise web.HTTPForbidden(text=f"{spare.id} is not at work at this place.")
        return spare
