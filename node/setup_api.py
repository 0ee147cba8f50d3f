"""What `pollmesh setup` answers its screen: how a station's folder stands, and changing it.

The paths and values are in `sync.setup_views`. Nothing here is a second way to do a thing: each
answer calls what the commands call (enrol, install, station.toml, hardware test, station run).
"""

from collections.abc import Callable
from pathlib import Path

from aiohttp import web
from msgspec import Struct
from msgspec.structs import replace

from node.clock import now_ms
from node.json_bodies import body_of, json_response
from node.package_files import PACKAGE_FILE
from node.setup_devices import SetupDevices
from node.setup_install import Installing
from node.setup_settings import kind_views, write_peripheral
from node.setup_station import SetupStation, clock_source, clock_view
from node.station_files import (
    KEY_FILE,
    SETTINGS_FILE,
    StationSettings,
    enrol,
    read_settings,
    read_station_key,
)
from sync.errors import MeshError
from sync.limits import PACKAGE_BYTES_MAX
from sync.outcomes import Done, Refused
from sync.package import short_hash
from sync.package_rules import read_package
from sync.setup_views import (
    IdentityView,
    InstallAsked,
    KindAsked,
    KindView,
    PeripheralAsked,
    SetupView,
    StationAsked,
)
from sync.signing import fingerprint
from sync.views import StationView

CHOICES_MAX = 50
SOURCE_EVERY_MS = 10_000


class _Nothing(Struct, forbid_unknown_fields=True):
    pass


class SetupApi:
    """One wizard on one folder. `can_adopt`: this version can fill a spare from its siblings."""

    def __init__(self, folder: Path, work_folder: Path, can_adopt: bool) -> None:
        self.folder = folder
        self._work_folder = work_folder
        self._can_adopt = can_adopt
        self._use(folder)
        self._installing: Installing | None = None
        self._source, self._source_ms = "unknown", 0

    def app(self) -> web.Application:
        """The application behind the socket."""
        app = web.Application()
        app.router.add_get("/setup", self.view)
        app.router.add_post("/setup/pick", self.pick)
        app.router.add_post("/setup/enrol", self.enrol)
        app.router.add_post("/setup/install", self.install)
        app.router.add_post("/setup/peripheral", self.peripheral)
        app.router.add_post("/setup/test", self.test)
        app.router.add_post("/setup/start", self.start)
        app.router.add_post("/setup/stop", self.stop)
        return app

    async def close(self) -> None:
        """Finish what must not be cut off, let go of devices, stop a station started here."""
        if self._installing is not None:
            await self._installing.wait()
        await self._devices.close()
        await self._station.stop()

    async def view(self, request: web.Request) -> web.Response:
        """GET /setup."""
        status = await self._station.status()
        identity = self._identity()
        now = now_ms()
        if now - self._source_ms > SOURCE_EVERY_MS:
            self._source, self._source_ms = await clock_source(), now
        view = SetupView(
            str(self.folder),
            identity,
            await self._kinds(identity, status),
            clock_view(now_ms(), self._source, status),
            self._station.join_view(status),
            self._installing.view if self._installing else None,
            self._can_adopt,
        )
        return json_response(view)

    async def pick(self, request: web.Request) -> web.Response:
        """POST /setup/pick: go on with one of several stations of a folder."""
        asked = await body_of(request, StationAsked)
        if asked.station not in _choices(self.folder):
            return json_response(Refused("no-station", "There is no such station below."))
        await self.close()
        self._installing = None
        self._use(self.folder / asked.station)
        return json_response(Done(f"This is now about {asked.station}."))

    async def enrol(self, request: web.Request) -> web.Response:
        """POST /setup/enrol: this station's own key."""
        asked = await body_of(request, StationAsked)
        words = f"Hand in {self.folder}/enrolment.json; {KEY_FILE} never leaves this computer."
        return self._tried(lambda: enrol(self.folder, asked.station), words)

    async def install(self, request: web.Request) -> web.Response:
        """POST /setup/install: begins; how it goes on is `work` of the view."""
        asked = await body_of(request, InstallAsked)
        if self._installing is not None and not self._installing.is_over:
            return json_response(Refused("busy", "An installation is going on. Wait for it."))
        self._installing = Installing(self.folder, asked)
        return json_response(Done("The installation has begun."))

    async def peripheral(self, request: web.Request) -> web.Response:
        """POST /setup/peripheral: into station.toml."""
        asked = await body_of(request, PeripheralAsked)
        words = f"{asked.kind}: written into {SETTINGS_FILE}."
        if await self._station.status() is not None:
            words += " The running station uses it after its next start."
        return self._tried(lambda: write_peripheral(self.folder, asked), words)

    async def test(self, request: web.Request) -> web.Response:
        """POST /setup/test: one peripheral, in the running station or here."""
        kind = (await body_of(request, KindAsked)).kind
        status = await self._station.status()
        if status is not None:
            return json_response(await self._station.test(kind))
        await self._kinds(self._identity(), None)
        return json_response(await self._devices.test(kind, self._identity().station or "?"))

    async def start(self, request: web.Request) -> web.Response:
        """POST /setup/start."""
        await body_of(request, _Nothing)
        if self._identity().stage != "installed":
            words = "Nothing is installed here yet: do the step Station first."
            return json_response(Refused("not-installed", words))
        # The station opens the devices itself.
        await self._devices.close()
        return json_response(await self._station.start())

    async def stop(self, request: web.Request) -> web.Response:
        """POST /setup/stop."""
        await body_of(request, _Nothing)
        return json_response(await self._station.stop())

    def _use(self, folder: Path) -> None:
        self.folder = folder
        self._devices = SetupDevices(folder)
        self._station = SetupStation(folder, self._work_folder / "station.notes")

    def _tried(self, work: Callable[[], object], words: str) -> web.Response:
        try:
            work()
        except MeshError as error:
            return json_response(Refused("not-done", str(error)))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            return json_response(Refused("not-done", f"{error.filename}: {reason}."))
        return json_response(Done(words))

    def _identity(self) -> IdentityView:
        try:
            return _identity_of(self.folder)
        except (MeshError, OSError) as error:
            return IdentityView("none", problem=str(error))

    async def _kinds(
        self, identity: IdentityView, status: StationView | None
    ) -> tuple[KindView, ...]:
        """Every kind with how it stands: asked of the running station, else tried here."""
        try:
            settings = read_settings(self.folder) if identity.station else None
        except (MeshError, OSError):
            settings = None
        peripherals = (settings or StationSettings("")).peripherals
        kinds = kind_views(peripherals, identity.training)
        if status is not None:
            await self._devices.close()
            live = {one.name: one for one in status.peripherals}
            return tuple(replace(kind, live=live.get(kind.kind)) for kind in kinds)
        await self._devices.look(peripherals)
        return tuple(replace(kind, live=self._devices.view(kind.kind)) for kind in kinds)


def _identity_of(folder: Path) -> IdentityView:
    if not (folder / KEY_FILE).exists():
        return IdentityView("none", choices=_choices(folder))
    key = read_station_key(folder)
    mark = fingerprint(key.signer.public)
    path = folder / PACKAGE_FILE
    if not path.exists():
        return IdentityView("enrolled", key.id, mark)
    package = read_package(path.read_bytes()[: PACKAGE_BYTES_MAX + 1], str(path))
    station = package.stations_by_id.get(key.id)
    place = package.places_by_id.get(station.at) if station else None
    return IdentityView(
        "installed",
        key.id,
        mark,
        station.kind if station else "",
        station.at if station else "",
        place.latin if place else "",
        package.day,
        short_hash(package.base_hash),
        package.training,
    )


def _choices(folder: Path) -> tuple[str, ...]:
    found = sorted(path.parent.name for path in folder.glob(f"*/{KEY_FILE}"))
    return tuple(found[:CHOICES_MAX])
