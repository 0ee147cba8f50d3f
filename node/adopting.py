"""Filling a blank spare from a sibling: package, orders, and at a desk's place the roll.

    spare --- TLS, its own certificate, the sibling's from the package ---> /spare/… of the sibling

A spare that has nothing but its key gets the package first, and believes it by the fingerprints
from outside. The roll is checked against the package's root before the folder becomes a station:
as everywhere, package.json is written last.
"""

import asyncio
import contextlib
import os
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO

import aiohttp

from node.certificates import certificate_pem, load_identity, pinned_tls
from node.files import PUBLIC, write_file, write_private
from node.installation import ROLL_DATABASE, ROLL_KEY_FILE, TRUST_FILE, PinnedTrust
from node.package_files import NOTE_FILE, PACKAGE_FILE, ROLL_FILE
from node.plain_files import shown
from node.station_files import StationKey, read_station_key
from node.store import STORE_FILE, Store
from node.store_roll import RollStore
from node.training import mark, training_problem
from sync.effects import PersistOrder
from sync.encoding import canonical, decode
from sync.errors import MeshError, PackageError, VerifyError
from sync.limits import NOTE_BYTES_MAX, PACKAGE_BYTES_MAX
from sync.orders import Order, Orders
from sync.package import Package
from sync.package_rules import read_package
from sync.roll import root_and_count
from sync.trust import Trust, verify_package

ROLL_BYTES_MAX = 2 * 1024 * 1024 * 1024
KEY_BYTES_MAX = 4 * 1024
WAIT_S = 20.0
"""How long a sibling may take to start again with the order."""

Advance = Callable[[int], None]


async def adopt(folder: Path, source: str, trust: Trust, order: Order, advance: Advance) -> Package:
    """Make the spare in `folder` a station by `order`, with all that the sibling at `source` gives.

    `source` is host:port. `advance` hears the bytes as they come. MeshError in words; a folder that
    could not be filled holds no package.json and can be tried again.
    """
    key = read_station_key(folder)
    if (folder / PACKAGE_FILE).exists():
        raise PackageError([f"{folder}: a package is installed here. Adopt into a blank spare."])
    async with _session(key) as session:
        sibling = _Sibling(session, source, advance)
        package, files = await _package(sibling, folder, trust, key)
        orders = Orders(package).take(order)
        station = orders.effective().stations_by_id.get(key.id)
        if station is None:
            raise PackageError([f"This order puts another spare to work, not '{key.id}'."])
        await sibling.pin(package)
        await sibling.hand_in(order)
        sealed = await sibling.get_when_ready("/spare/roll-key", KEY_BYTES_MAX)
        await sibling.fetch("/spare/roll.db", folder / ROLL_DATABASE)
    _check_roll(folder, package)
    write_private(folder / ROLL_KEY_FILE, sealed)
    store = Store(folder / STORE_FILE)
    with contextlib.closing(store):
        if order not in store.orders():
            store.commit([PersistOrder(order)])
    write_file(folder / ROLL_FILE, files[ROLL_FILE], PUBLIC)
    write_file(folder / NOTE_FILE, files[NOTE_FILE], PUBLIC)
    write_file(folder / TRUST_FILE, canonical(PinnedTrust(trust.executive, trust.supervisory)))
    mark(folder, package.training)
    # Last: a folder with a package is a folder with everything.
    write_file(folder / PACKAGE_FILE, files[PACKAGE_FILE], PUBLIC)
    return orders.effective()


async def _package(
    sibling: "_Sibling", folder: Path, trust: Trust, key: StationKey
) -> tuple[Package, dict[str, bytes]]:
    """The package, verified with fingerprints from outside, and its files as they came."""
    files = {
        PACKAGE_FILE: await sibling.get(f"/spare/{PACKAGE_FILE}", PACKAGE_BYTES_MAX),
        NOTE_FILE: await sibling.get(f"/spare/{NOTE_FILE}", NOTE_BYTES_MAX),
    }
    package = read_package(files[PACKAGE_FILE], f"{sibling.source} {PACKAGE_FILE}")
    verify_package(package, files[NOTE_FILE], trust, f"{sibling.source} {NOTE_FILE}")
    if problem := training_problem(folder, package.training):
        raise PackageError([problem])
    spare = package.spares_by_id.get(key.id)
    if spare is None or spare.key != key.signer.public:
        raise PackageError(
            [f"'{key.id}' with this key is no spare of the package. Take one that was enrolled."]
        )
    files[ROLL_FILE] = await sibling.get(f"/spare/{ROLL_FILE}", ROLL_BYTES_MAX)
    return package, files


def _check_roll(folder: Path, package: Package) -> None:
    roll = RollStore.open(folder / ROLL_DATABASE)
    try:
        root, count = root_and_count(roll.lines())
    finally:
        roll.close()
    if root != package.roll.root or count != package.roll.voters:
        (folder / ROLL_DATABASE).unlink()
        raise VerifyError("The roll that came is not the roll of the package. Ask another desk.")


class _Sibling:
    """The station asked; before the package is known its key is not, so nothing secret is said."""

    def __init__(self, session: "_Session", source: str, advance: Advance) -> None:
        self.source = source
        self._session = session
        self._advance = advance

    async def pin(self, package: Package) -> None:
        """From here on only a desk of the package may answer."""
        await self._session.pin({s.certificate for s in package.stations if s.kind == "desk"})

    async def hand_in(self, order: Order) -> None:
        """Give the order; a sibling that has it already says so."""
        answer = await self._ask("POST", "/spare/order", KEY_BYTES_MAX, canonical(order))
        if b'"kind":"Refused"' in answer:
            words = decode(answer, dict[str, str], self.source).get("words", "")
            raise MeshError(f"{self.source}: {shown(words)}")

    async def get(self, path: str, bytes_max: int) -> bytes:
        """One answer."""
        return await self._ask("GET", path, bytes_max)

    async def fetch(self, path: str, target: Path) -> None:
        """One large answer into a private file."""
        write_private(target, b"")
        with target.open("wb") as file:
            await self._ask("GET", path, ROLL_BYTES_MAX, into=file)
            file.flush()
            os.fsync(file.fileno())

    async def get_when_ready(self, path: str, bytes_max: int) -> bytes:
        """One answer of a station that is just starting again."""
        async with asyncio.timeout(WAIT_S):
            while True:
                try:
                    return await self._ask("GET", path, bytes_max)
                except MeshError as error:
                    last = error
                try:
                    await asyncio.sleep(0.3)
                except asyncio.CancelledError:
                    raise last from None

    async def _ask(
        self,
        method: str,
        path: str,
        bytes_max: int,
        body: bytes | None = None,
        into: BinaryIO | None = None,
    ) -> bytes:
        data, size = bytearray(), 0
        try:
            client = self._session.client
            url = f"https://{self.source}{path}"
            async with client.request(method, url, data=body, allow_redirects=False) as answer:
                limit = bytes_max if answer.status == 200 else KEY_BYTES_MAX
                async for chunk in answer.content.iter_chunked(64 * 1024):
                    size += len(chunk)
                    self._advance(len(chunk))
                    if into is not None and answer.status == 200:
                        into.write(chunk)
                    else:
                        data += chunk
                    if size > limit:
                        raise VerifyError(f"{self.source} {path}: more than {limit} bytes")
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            words = shown(str(error))[:200] or type(error).__name__
            raise MeshError(
                f"{self.source}: no answer ({words}). Is it a desk that runs?"
            ) from None
        if answer.status != 200:
            raise MeshError(f"{self.source}: {shown(data.decode(errors='replace'))[:200]}")
        return bytes(data)


class _Session:
    """The HTTP client; `pin` replaces it by one that knows whom it may talk to."""

    def __init__(self, key: StationKey) -> None:
        self._key = key
        self.client = self._made(None)

    async def pin(self, certificates: set[bytes]) -> None:
        """Talk only to holders of these certificates from now on."""
        await self.client.close()
        self.client = self._made(certificates)

    def _made(self, pinned: set[bytes] | None) -> aiohttp.ClientSession:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        if pinned is None:
            context.verify_mode = ssl.CERT_NONE
        else:
            for certificate in pinned:
                context.load_verify_locations(cadata=certificate_pem(certificate))
            context.sslobject_class = pinned_tls(*pinned)
        load_identity(context, bytes.fromhex(self._key.seed), self._key.certificate)
        timeout = aiohttp.ClientTimeout(total=3600, sock_read=60, connect=20)
        connector = aiohttp.TCPConnector(ssl=context)
        return aiohttp.ClientSession(connector=connector, timeout=timeout)


@contextlib.asynccontextmanager
async def _session(key: StationKey) -> AsyncIterator[_Session]:
    session = _Session(key)
    try:
        yield session
    finally:
        await session.client.close()
