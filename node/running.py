"""A station put together from its folder: package, logs, role, links.

    folder -> package and pins checked again -> logs folded -> role -> links

Everything that can be wrong with a folder is said here, before anything listens.
"""

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from hw.catalogue import Simulated
from node.ballot_store import BallotWriter, load_ballots
from node.clock import now_ms
from node.discovery import Discovery
from node.files import read_file
from node.installation import load_trust, open_roll_key
from node.links import Links
from node.package_files import NOTE_FILE, PACKAGE_FILE, ROLL_FILE
from node.runner import Runner
from node.station_files import StationKey, StationSettings, read_settings, read_station_key
from node.store import Store
from node.store_roll import RollStore
from sync.box import Box
from sync.check_ins import CheckIns
from sync.desk import Desk, Secrets
from sync.district import District
from sync.errors import PackageError
from sync.limits import NOTE_BYTES_MAX, PACKAGE_BYTES_MAX
from sync.package import Package, Station
from sync.package_rules import read_package
from sync.replica import Replica
from sync.returns import Returns
from sync.roll import RollInMemory, RollLine, decode_roll
from sync.trust import verify_package

if TYPE_CHECKING:
    from node.peripherals import Peripherals

STORE_FILE = "log.db"


@dataclass
class Running:
    """One station's parts while it runs; what screens are answered from."""

    folder: Path
    settings: StationSettings
    package: Package
    station: Station
    replica: Replica
    runner: Runner
    links: Links
    store: Store
    started_ms: int
    check_ins: CheckIns | None
    returns: Returns | None
    roll: RollStore | None
    roll_key: bytes
    voters_by_place: dict[str, int]
    discovery: Discovery | None = None
    peripherals: "Peripherals | None" = None
    last_action: str = ""

    @property
    def role(self) -> object:
        """The station's role: Desk, Box or District."""
        return self.replica.role


def assemble(folder: Path) -> Running:
    """Load a station from its folder; MeshError says in words what is wrong with it."""
    package, settings, key = _read(folder)
    station = package.stations_by_id[settings.id]
    store = Store(folder / STORE_FILE)
    replica = Replica(package, station, key.signer, f"pollmesh {version('pollmesh')}")
    roll = RollStore.open(folder / "roll.db") if station.kind == "desk" else None
    lines = _roll_lines(folder) if station.kind == "district" else []
    check_ins = returns = None
    if station.kind == "desk":
        assert roll is not None, "a desk has a roll"
        check_ins = CheckIns(package, roll)
        secrets = Secrets(store.secrets())
        role: Desk | Box | District = Desk(
            package, station, key.signer, check_ins, replica.origin, secrets
        )
    elif station.kind == "box":
        returns = Returns(package)
        desks = tuple(s.id for s in package.stations_at(station.at, "desk"))
        ballots = load_ballots(folder, package.day, station.id, desks, store.ballots_stored())
        role = Box(package, station, returns, replica.origin, ballots)
    else:
        check_ins, returns = CheckIns(package, RollInMemory(lines)), Returns(package)
        role = District(package, station, check_ins, returns, replica.origin)
    replica.take_role(role)
    _restore(replica, store)
    runner = Runner(replica, store)
    links = Links(package, station, bytes.fromhex(key.seed), runner, store)
    runner.outlet = links
    for peer, address in (*store.addresses().items(), *reversed(settings.peers)):
        links.learn_address(peer, address)
    running = Running(
        folder,
        settings,
        package,
        station,
        replica,
        runner,
        links,
        store,
        now_ms(),
        check_ins,
        returns,
        roll,
        open_roll_key(folder, key) if station.kind == "desk" else b"",
        _count_homes(package, lines),
    )
    if isinstance(role, Box):
        runner.store_ballot = BallotWriter(folder, runner, store, role).store
    return running


def _read(folder: Path) -> tuple[Package, StationSettings, StationKey]:
    """Package (verified against the pinned fingerprints), settings and key of a folder."""
    path = folder / PACKAGE_FILE
    trust = load_trust(folder)
    package = read_package(read_file(path, PACKAGE_BYTES_MAX), str(path))
    note = read_file(folder / NOTE_FILE, NOTE_BYTES_MAX)
    verify_package(package, note, trust, str(folder / NOTE_FILE))
    settings, key = read_settings(folder), read_station_key(folder)
    station = package.stations_by_id.get(settings.id)
    if station is None or station.key != key.signer.public or settings.id != key.id:
        raise PackageError(
            [f"{folder}: station.toml says '{settings.id}', which is not this key's station."]
        )
    if problem := simulated_problem(settings, package.training):
        raise PackageError([f"{folder}: {problem}"])
    return package, settings, key


def simulated_problem(settings: StationSettings, training: bool) -> str | None:
    """Why these settings cannot serve: a real day takes no simulated peripherals; None if so."""
    named = settings.peripherals.named().items()
    simulated = [kind for kind, driver in named if isinstance(driver, Simulated)]
    if training or not simulated:
        return None
    return (
        f"station.toml names simulated peripherals ({', '.join(simulated)}). "
        "They are for training days only; name the real driver."
    )


def _restore(replica: Replica, store: Store) -> None:
    for origin, entries, note in store.logs():
        replica.restore(origin, entries, note)
    for proof in store.forks():
        replica.restore_fork(proof)
    for origin, cosigner, size, line in store.cosignatures():
        replica.cosigning.restore(origin, cosigner, size, line)


def _roll_lines(folder: Path) -> list[RollLine]:
    path = folder / ROLL_FILE
    return decode_roll(path.read_bytes(), str(path))


def _count_homes(package: Package, lines: list[RollLine]) -> dict[str, int]:
    counts = dict.fromkeys((place.id for place in package.places), 0)
    for line in lines:
        if line.home in counts:
            counts[line.home] += 1
    return counts
