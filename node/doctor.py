"""Everything that can be wrong with one station, looked at from outside its node; node up or not.

    examine(folder) -> [Finding("package", "ok", …), Finding("keys", "broken", …), …]

What the node must say itself (its self-test, its peripherals, its alarms) it is asked for on its
socket; the rest is tried here: the folder, the ports, every peer with its clock. Nothing of the
station's own files is changed, but that a running node writes its self-test into its log.
"""

import asyncio
import os
import socket
from dataclasses import dataclass
from pathlib import Path

import msgspec

from node.checks import (
    check_key,
    check_package,
    check_roll,
    check_space,
    check_store,
    check_writing,
    package_of,
)
from node.finding import Finding, Mark
from node.health import needs_of
from node.local_client import NotRunningError, ask_node
from node.lock import is_locked
from node.probe import Probed, probe, probe_all
from node.self_test import SelfTestDone, peripherals_finding
from node.station_files import StationKey, StationSettings, read_settings, read_station_key
from node.store_check import addresses
from sync.errors import MeshError
from sync.interest import should_link
from sync.package import Package, Station
from sync.views import StationView

SELF_TEST_S = 300
"""A province's roll is read whole."""

STATUS_S = 15
CLOCK_OFF_MS = 60_000


class Examined(msgspec.Struct, frozen=True):
    """What was found at one station. `entry` is the self-test's in its log, -1 if none."""

    station: str
    running: bool
    entry: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Case:
    """One station that is looked at."""

    folder: Path
    package: Package
    station: Station
    settings: StationSettings
    key: StationKey
    view: StationView | None
    running: bool


def examine(folder: Path) -> Examined:
    """Look at everything; MeshError only if the folder is no station's or cannot be read at all."""
    settings, key = read_settings(folder), read_station_key(folder)
    view = _status(folder)
    running = view is not None or is_locked(folder)
    found = [_node(folder, view, running)]
    done = _self_test(folder) if view is not None else None
    if done is not None:
        # The clock is compared anew below, with whoever answers now.
        found += [one for one in done.findings if one.name != "clock" or one.mark != "ok"]
    else:
        found += _folder_findings(folder, key, settings)
    package = _package(folder)
    station = package.stations_by_id.get(settings.id) if package else None
    if package is not None and station is not None:
        case = _Case(folder, package, station, settings, key, view, running)
        found += asyncio.run(_network(case))
    if view is not None:
        found += _needs(view)
    return Examined(settings.id, running, done.index if done else -1, tuple(found))


def _node(folder: Path, view: StationView | None, running: bool) -> Finding:
    if view is not None:
        minutes = (view.now_ms - view.started_ms) // 60_000
        words = f"runs for {minutes} min, polls {view.polls}, {view.log_size} entries"
        return Finding("node", "ok", words)
    if running:
        todo = "Stop it and start it again; what it answered is on disk."
        return Finding("node", "broken", "runs but does not answer on its socket", todo)
    todo = f"Start it: pollmesh station run {folder}"
    return Finding("node", "look", "does not run", todo)


def _status(folder: Path) -> StationView | None:
    try:
        return msgspec.json.decode(ask_node(folder, "/status", limit_s=STATUS_S), type=StationView)
    except NotRunningError:
        return None


def _self_test(folder: Path) -> SelfTestDone | None:
    """The running node's own; None if it gave none."""
    try:
        data = ask_node(folder, "/self-test", {}, limit_s=SELF_TEST_S)
    except MeshError:
        return None
    return msgspec.json.decode(data, type=SelfTestDone)


def _folder_findings(folder: Path, key: StationKey, settings: StationSettings) -> list[Finding]:
    """The same tests without a node."""
    package = _package(folder)
    station = package.stations_by_id.get(settings.id) if package else None
    found = [check_package(folder)]
    if package is not None:
        found.append(_spare(package, key) or check_key(folder, key, station))
    if package is not None and station is not None:
        found += filter(None, [check_roll(folder, package, station)])
    found += [check_store(folder), check_writing(folder), check_space(folder)]
    if settings.peripherals.named():
        from node.commands.hardware import look  # loads every driver

        found.append(peripherals_finding(asyncio.run(look(settings, folder))))
    return found


def _spare(package: Package, key: StationKey) -> Finding | None:
    """A spare that is not at work; None for any other station."""
    spare = package.spares_by_id.get(key.id)
    if spare is None or key.id in package.stations_by_id or spare.key != key.signer.public:
        return None
    todo = "An amendment puts it to work (pollmesh station order), or its code (station call)."
    return Finding("keys", "look", "a spare of this package, not at work", todo)


def _package(folder: Path) -> Package | None:
    try:
        return package_of(folder)
    except (MeshError, OSError):
        return None


def _addresses(case: _Case) -> dict[str, list[str]]:
    """Where each peer may be: where the node has it, the settings, where it was reached last."""
    own = case.station
    known: dict[str, list[str]] = {
        s.id: [] for s in case.package.stations if should_link(case.package, own, s)
    }
    for peer in case.view.peers if case.view else ():
        # Somebody who called us shows no port; an address with one was called.
        if peer.state == "connected" and ":" in peer.address:
            known.setdefault(peer.station, []).append(peer.address)
    for name, address in case.settings.peers:
        known.get(name, []).append(address)
    try:
        for name, address in addresses(case.folder / "log.db").items():
            known.get(name, []).append(address)
    except MeshError:
        pass  # the store's own finding says so
    return {name: list(dict.fromkeys(found)) for name, found in known.items()}


async def _network(case: _Case) -> list[Finding]:
    found = [await _link_port(case)]
    if case.station.kind == "box":
        found.append(_page_port(case.settings, case.running))
    probed = await probe_all(case.package, case.key, _addresses(case))
    peers = case.view.peers if case.view else ()
    linked = {peer.station for peer in peers if peer.state == "connected"}
    found += [_peer(one, one.station in linked) for one in probed]
    return [*found, _clock(probed)]


async def _link_port(case: _Case) -> Finding:
    settings = case.settings
    if not case.running:
        return _free_port("link port", settings.host, settings.port)
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host
    where = f"[{host}]:{settings.port}" if ":" in host else f"{host}:{settings.port}"
    own = await probe(case.package, case.key, case.station.id, [where])
    if own.problem:
        todo = "Look whether another program uses the port; choose another in station.toml."
        return Finding("link port", "broken", f"{where}: {own.problem}", todo)
    return Finding("link port", "ok", f"answers at {where} with this station's key")


def _page_port(settings: StationSettings, running: bool) -> Finding:
    if not running:
        return _free_port("page port", "127.0.0.1", settings.page_port)
    try:
        socket.create_connection(("127.0.0.1", settings.page_port), timeout=2).close()
    except OSError as error:
        words = f"127.0.0.1:{settings.page_port}: {error.strerror or error}"
        return Finding("page port", "broken", words, "Stop the station and start it again.")
    return Finding("page port", "ok", f"the voter's page answers at 127.0.0.1:{settings.page_port}")


def _free_port(name: str, host: str, port: int) -> Finding:
    """Could the node listen there?"""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((host, port))
        except OSError as error:
            words = f"{host}:{port}: {os.strerror(error.errno) if error.errno else error}"
            todo = "Choose another port in station.toml, or stop what uses it."
            return Finding(name, "broken", words, todo)
    return Finding(name, "ok", f"{host}:{port} is free")


def _peer(one: Probed, is_linked: bool) -> Finding:
    where = f" at {one.address}" if one.address else ""
    if not one.problem:
        return Finding("peer", "ok", f"{one.station} answers{where} in {one.answer_ms} ms")
    if is_linked:
        return Finding("peer", "ok", f"{one.station} is linked: it called this station")
    words = f"{one.station}{where}: {one.problem}"
    if not one.address:
        todo = "Is it on? It is found by multicast; or set its address in station.toml (peers)."
        return Finding("peer", "look", words, todo)
    is_other = "another" in one.problem
    mark: Mark = "broken" if is_other else "look"
    todo = (
        "Compare the package of both stations (pollmesh station status)."
        if is_other
        else "Is it on and running? Look at its cable and at the address."
    )
    return Finding("peer", mark, words, todo)


def _clock(probed: list[Probed]) -> Finding:
    """This computer's clock against those of the peers that answered."""
    answered = [one for one in probed if not one.problem]
    off = [one for one in answered if abs(one.ahead_ms) > CLOCK_OFF_MS]
    if not answered:
        return Finding("clock", "ok", "no peer answered: compare with a watch")
    if not off:
        worst = max(abs(one.ahead_ms) for one in answered)
        words = f"within {worst / 1000:.1f} s of {len(answered)} peers"
        return Finding("clock", "ok", words)
    who = ", ".join(f"{one.station} {_off_words(one.ahead_ms)}" for one in off)
    # If most differ, it is this computer's clock that is wrong.
    mark: Mark = "broken" if len(off) * 2 > len(answered) else "look"
    whose = "this computer's clock" if mark == "broken" else "theirs"
    todo = f"Compare with a watch and set {whose}; nothing is decided by clocks."
    return Finding("clock", mark, who, todo)


def _off_words(ahead_ms: int) -> str:
    way = "ahead of" if ahead_ms > 0 else "behind"
    return f"{abs(ahead_ms) // 1000} s {way} this computer"


def _needs(view: StationView) -> list[Finding]:
    """What the node itself says needs a hand, but for what was tried above."""
    told = ("package", "apart", "device", "disk", "self-test")
    return [
        Finding("alarm", "broken" if need.kind == "stopped" else "look", need.words, "See above.")
        for need in needs_of(view)
        if need.kind not in told
    ]
