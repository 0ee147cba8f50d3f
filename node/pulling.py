"""Fetching merged state into a folder, verified on the way.

A source is a station's folder on this computer (its Unix socket) or `station@host:port` over pinned
TLS with a supervisor's key. Everything is fetched raw into a folder beside the target, verified,
what is derived is made here, and only then does the folder take the target's place.
"""

import shutil
import ssl
from collections.abc import Callable
from pathlib import Path

import aiohttp

from node.certificates import certificate_pem, load_identity
from node.local_client import SOCKET_FILE
from node.package_files import NOTE_FILE, PACKAGE_FILE, ROLL_FILE
from node.state_api import LogIndex, StateIndex
from node.state_folder import State, derive, read_state, write_derived, write_fork, write_log
from sync.checkpoint import origin_of
from sync.encoding import decode
from sync.errors import MeshError, VerifyError
from sync.limits import PACKAGE_BYTES_MAX
from sync.log import Log
from sync.package import Package
from sync.package_rules import read_package
from sync.tiles import entry_tiles, unpack_bundle
from sync.trust import Trust

TIMEOUT_S = 120
Advance = Callable[[int], None]


class Source:
    """Where to pull from: a base address and how to reach it."""

    def __init__(self, name: str, base: str, connector: aiohttp.BaseConnector) -> None:
        self.name = name
        self.base = base
        self.connector = connector


def local_source(folder: Path) -> Source:
    """The station that runs in `folder`. Call inside a running event loop."""
    return Source(str(folder), "http://station", aiohttp.UnixConnector(str(folder / SOCKET_FILE)))


def remote_source(text: str, package: Package, seed: bytes, certificate: bytes) -> Source:
    """`station@host:port`, pinned to that station's key in `package`."""
    name, _, address = text.partition("@")
    station = package.stations_by_id.get(name)
    if station is None or not address:
        raise MeshError(f"'{text}' is no source. Give a station's folder, or d-north@host:port.")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=certificate_pem(station.certificate))
    load_identity(context, seed, certificate)
    return Source(text, f"https://{address}", aiohttp.TCPConnector(ssl=context))


async def pull(source: Source, folder: Path, trust: Trust | None, advance: Advance) -> State:
    """Fetch everything `source` holds into `folder`; the verified state. MeshError in words."""
    part = folder.with_name(f".{folder.name}.part")
    if folder.exists() and any(folder.iterdir()) and not (folder / PACKAGE_FILE).exists():
        raise MeshError(f"{folder}: holds something else. Choose an empty or new folder.")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    timeout = aiohttp.ClientTimeout(total=None, sock_read=TIMEOUT_S, connect=TIMEOUT_S)
    async with aiohttp.ClientSession(connector=source.connector, timeout=timeout) as session:
        try:
            index = await _fetch(session, source, part, advance)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise MeshError(
                f"{source.name}: no answer ({error}). Is the station running?"
            ) from None
    state = read_state(part, trust)
    if state.problems:
        raise VerifyError(
            f"{index.station} sent what does not verify:\n" + "\n".join(state.problems)
        )
    summary, document, _ = derive(state)
    write_derived(part, summary, document)
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    part.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
    return state


async def _fetch(
    session: aiohttp.ClientSession, source: Source, part: Path, advance: Advance
) -> StateIndex:
    for name in (PACKAGE_FILE, NOTE_FILE, ROLL_FILE):
        (part / name).write_bytes(await _get(session, source, f"/state/{name}"))
    package = read_package((part / PACKAGE_FILE).read_bytes()[:PACKAGE_BYTES_MAX], source.name)
    data = await _get(session, source, "/state/index")
    index = decode(data, StateIndex, f"{source.name} index")
    for entry in index.logs:
        await _fetch_log(session, source, part, package, entry)
        advance(entry.size)
    for proof in index.forks:
        write_fork(part, proof)
    return index


async def _fetch_log(
    session: aiohttp.ClientSession, source: Source, part: Path, package: Package, entry: LogIndex
) -> None:
    station = package.stations_by_id.get(entry.station)
    if station is None or entry.epoch != 0:
        raise VerifyError(f"{source.name}: offers a log of {entry.station[:40]}, who is unknown")
    entries: list[bytes] = []
    for _, first, count in entry_tiles(entry.size):
        path = (
            f"/state/logs/{entry.station}/{entry.epoch}/entries?first={first}&end={first + count}"
        )
        entries += unpack_bundle(await _get(session, source, path), f"{source.name} {path}")
    log = Log(origin_of(package.day, station.id, entry.epoch), station.id, 0, station.key)
    log.restore(entries, entry.note)
    write_log(part, log, entries, entry.cosignatures)


async def _get(session: aiohttp.ClientSession, source: Source, path: str) -> bytes:
    async with session.get(source.base + path) as response:
        data = await response.read()
        if response.status != 200:
            words = data.decode(errors="replace")[:200]
            raise MeshError(f"{source.name}: {words} ({response.status})")
        return data
