"""Fetching merged state into a folder, verified on the way.

A source is any station: its folder on this computer (its Unix socket) or `station@host:port` over
pinned TLS with a supervisor's key. It gives the logs that it holds; a box has no roll, so there
the roll comes from the package's folder. Everything is fetched raw into a folder beside the target,
verified, what is derived is made here, and only then does the folder take the target's place
(`node.replacing`).

A source may be hostile: every answer is bounded, the index is checked whole against the package and
the stations' signatures before a log is fetched, and nothing it says becomes a path unchecked.
"""

import shutil
import ssl
from collections.abc import Callable
from pathlib import Path

import aiohttp

from node.certificates import certificate_pem, load_identity, pinned_tls
from node.files import read_file
from node.local_client import SOCKET_FILE
from node.order_files import check_orders, write_orders
from node.package_files import NOTE_FILE, PACKAGE_FILE, ROLL_BYTES_MAX, ROLL_FILE
from node.plain_files import shown
from node.replacing import check_target, take_place
from node.state_api import LogIndex, StateIndex
from node.state_folder import (
    BUNDLE_BYTES_MAX,
    State,
    author_note,
    check_fork,
    read_state,
    write_fork,
    write_log,
)
from sync.checkpoint import open_checkpoint, origin_of
from sync.encoding import decode
from sync.errors import MeshError, VerifyError
from sync.limits import NOTE_BYTES_MAX, PACKAGE_BYTES_MAX
from sync.log import ForkProof, Log
from sync.package import Package
from sync.package_rules import read_package
from sync.tiles import entry_tiles, unpack_bundle
from sync.trust import Trust, verify_package

SILENCE_S = 120
"""A source that says nothing for so long is given up."""

ANSWER_S = 3600
"""One answer takes no longer, however slowly its bytes drip."""

INDEX_BYTES_MAX = 64 * 1024 * 1024
"""4,000 logs with 40 cosignatures each."""

ROLL_LINE_BYTES_MAX = 4 * 1024
"""One voter of the roll: a key, a home and at most 64 rights."""

LOG_ENTRIES_MAX = 16 * 1024 * 1024
"""Entries of one log: a district station that promises for every voter of a big province."""

STATE_BYTES_MAX = 16 * 1024 * 1024 * 1024
"""All that one pull fetches; 2,000,000 voters are about 3 GiB."""

WORDS_BYTES_MAX = 1024
"""The words of a refusal."""

_CHUNK_BYTES = 64 * 1024
Advance = Callable[[int], None]


class Source:
    """Where to pull from: a base address, how to reach it, and which package it must serve."""

    def __init__(
        self,
        name: str,
        base: str,
        connector: aiohttp.BaseConnector,
        base_hash: bytes | None = None,
        roll_from: Path | None = None,
    ) -> None:
        self.name = name
        self.base = base
        self.connector = connector
        self.base_hash = base_hash
        self.roll_from = roll_from


def local_source(folder: Path, roll_from: Path | None = None) -> Source:
    """The station that runs in `folder`. Call inside a running event loop."""
    connector = aiohttp.UnixConnector(str(folder / SOCKET_FILE))
    return Source(str(folder), "http://station", connector, roll_from=roll_from)


def remote_source(
    text: str, package: Package, seed: bytes, certificate: bytes, roll_from: Path | None = None
) -> Source:
    """`station@host:port`, pinned to that station's key in `package`.

    `roll_from` is a folder with this package's roll, for a station that has none.
    """
    name, _, address = text.partition("@")
    station = package.stations_by_id.get(name)
    if station is None or not address:
        raise MeshError(f"'{text}' is no source. Give a station's folder, or d-north@host:port.")
    if certificate not in {s.certificate for s in package.supervisors}:
        raise MeshError(
            f"This key is no supervisor's of the package for {package.day}; {name} gives its logs "
            "to nobody else. Use a supervisor's key of this ceremony."
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=certificate_pem(station.certificate))
    context.sslobject_class = pinned_tls(station.certificate)
    load_identity(context, seed, certificate)
    connector = aiohttp.TCPConnector(ssl=context)
    roll_from = roll_from if station.kind == "box" else None
    return Source(text, f"https://{address}", connector, package.base_hash, roll_from)


async def pull(source: Source, folder: Path, trust: Trust | None, advance: Advance) -> State:
    """Fetch everything `source` holds into `folder`; the verified state. MeshError in words."""
    folder = folder.resolve()
    part = folder.with_name(f".{folder.name}.part") if folder.name else folder
    try:
        check_target(folder)
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        await _Fetching(source, part).run(trust, advance)
        state = read_state(part, trust)
        if state.problems:
            raise VerifyError(
                f"{source.name} sent what does not verify:\n" + "\n".join(state.problems)
            )
        take_place(part, folder, state, source.name)
        return state
    finally:
        await source.connector.close()
        if part != folder:
            shutil.rmtree(part, ignore_errors=True)


def check_index(index: StateIndex, package: Package, where: str) -> None:
    """MeshError names what in the index is not so.

    Each log is of a station of the package, of epoch 0, offered once, and exactly as long as its
    author has signed; each fork proof condemns one of these stations' logs.
    """
    if index.package != package.base_hash:
        raise VerifyError(f"{where}: the index is about another package than the one sent")
    seen: set[str] = set()
    for entry in index.logs:
        _check_log(entry, package, where)
        if entry.station in seen:
            raise VerifyError(f"{where}: offers the log of {entry.station} twice")
        seen.add(entry.station)
    _check_forks(index.forks, package, where)


def _check_log(entry: LogIndex, package: Package, where: str) -> None:
    station = package.stations_by_id.get(entry.station)
    if station is None or entry.epoch != 0:
        raise VerifyError(f"{where}: offers a log of {shown(entry.station[:40])}, who is unknown")
    checkpoint = open_checkpoint(entry.note, station.key)
    if checkpoint.origin != origin_of(package.day, station.id, 0) or checkpoint.size != entry.size:
        raise VerifyError(f"{where}: the log of {station.id} is not as long as is signed")
    if not 0 < entry.size <= LOG_ENTRIES_MAX:
        raise VerifyError(
            f"{where}: the log of {station.id} has {entry.size} entries, at most {LOG_ENTRIES_MAX} "
            "are fetched"
        )
    if len(entry.note) + sum(map(len, entry.cosignatures)) > NOTE_BYTES_MAX:
        raise VerifyError(f"{where}: the signatures of {station.id}'s log are too many")


def _check_forks(forks: tuple[ForkProof, ...], package: Package, where: str) -> None:
    if len(forks) > len(package.stations):
        raise VerifyError(f"{where}: {len(forks)} fork proofs are more than there are logs")
    seen = set()
    for proof in forks:
        check_fork(proof, package)
        if proof.origin in seen:
            raise VerifyError(f"{where}: two fork proofs about {proof.origin}; one is enough")
        seen.add(proof.origin)


class _Fetching:
    """One pull on its way into `part`. Everything it raises is a MeshError in words."""

    def __init__(self, source: Source, part: Path) -> None:
        self._source = source
        self._part = part
        self._bytes_left = STATE_BYTES_MAX

    async def run(self, trust: Trust | None, advance: Advance) -> None:
        """Fetch package, index, logs and fork proofs."""
        name = self._source.name
        timeout = aiohttp.ClientTimeout(total=ANSWER_S, sock_read=SILENCE_S, connect=SILENCE_S)
        async with aiohttp.ClientSession(
            connector=self._source.connector,
            timeout=timeout,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": "identity"},
        ) as self._session:
            package = await self._package(trust)
            data = await self._get("/state/index", INDEX_BYTES_MAX)
            index = decode(data, StateIndex, f"{name} index")
            package = check_orders(package, index.orders, f"{name} index").effective()
            check_index(index, package, f"{name} index")
            write_orders(self._part, index.orders)
            for entry in index.logs:
                await self._log(package, entry)
                advance(entry.size)
        for proof in index.forks:
            write_fork(self._part, proof)

    async def _package(self, trust: Trust | None) -> Package:
        """The package, its signatures verified, and the roll beside it."""
        name = self._source.name
        data = await self._get(f"/state/{PACKAGE_FILE}", PACKAGE_BYTES_MAX)
        note = await self._get(f"/state/{NOTE_FILE}", NOTE_BYTES_MAX)
        package = read_package(data, f"{name} {PACKAGE_FILE}")
        verify_package(package, note, trust, f"{name} {NOTE_FILE}")
        if self._source.base_hash not in (None, package.base_hash):
            raise VerifyError(f"{name}: serves another package than the one given by --package")
        roll_max = min(ROLL_BYTES_MAX, ROLL_LINE_BYTES_MAX * package.roll.voters)
        if self._source.roll_from is not None:
            roll = read_file(self._source.roll_from / ROLL_FILE, roll_max)
        else:
            roll = await self._get(f"/state/{ROLL_FILE}", roll_max)
        for file, content in ((PACKAGE_FILE, data), (NOTE_FILE, note), (ROLL_FILE, roll)):
            (self._part / file).write_bytes(content)
        return package

    async def _log(self, package: Package, entry: LogIndex) -> None:
        station = package.stations_by_id[entry.station]
        entries: list[bytes] = []
        for _, first, count in entry_tiles(entry.size):
            path = f"/state/logs/{station.id}/0/entries?first={first}&end={first + count}"
            data = await self._get(path, BUNDLE_BYTES_MAX)
            bundle = unpack_bundle(data, f"{self._source.name} {path}")
            if len(bundle) != count:
                words = f"{len(bundle)} entries came, {count} were asked for"
                raise VerifyError(f"{self._source.name} {path}: {words}")
            entries += bundle
        log = Log(origin_of(package.day, station.id, 0), station.id, 0, station.key)
        log.restore(entries, author_note(entry.note, station.key))
        write_log(self._part, log, entries, entry.cosignatures)

    async def _get(self, path: str, bytes_max: int) -> bytes:
        """One answer of at most `bytes_max`."""
        name = self._source.name
        try:
            async with self._session.get(self._source.base + path, allow_redirects=False) as answer:
                good = answer.status == 200
                bytes_max = min(bytes_max, self._bytes_left) if good else WORDS_BYTES_MAX
                data = bytearray()
                async for chunk in answer.content.iter_chunked(_CHUNK_BYTES):
                    data += chunk
                    if len(data) > bytes_max:
                        break
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise MeshError(f"{name}: {_no_answer(error)}") from None
        if not good:
            words = shown(data[:WORDS_BYTES_MAX].decode(errors="replace"))[:200]
            raise MeshError(f"{name}: {words} ({answer.status})")
        if len(data) > bytes_max:
            raise VerifyError(f"{name} {path}: more than {bytes_max} bytes; nothing of it is kept")
        self._bytes_left -= len(data)
        return bytes(data)


def _no_answer(error: Exception) -> str:
    """Why there was no answer, and what to do."""
    words = shown(str(error))[:200] or type(error).__name__
    if "CERTIFICATE_VERIFY_FAILED" in words:
        return "another key answers there than the package names. Check the address."
    if "ALERT" in words.upper():
        return "it refused this key in the handshake. Does it serve this package?"
    return f"no answer ({words}). Is the station running?"
