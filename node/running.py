"""A station put together from its folder: package, logs, role, links.

    folder -> package and pins checked again -> logs folded -> role -> links

Everything that can be wrong with a folder is said here, before anything listens.
"""

from dataclasses import dataclass, field
from importlib.metadata import version
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from hw.catalogue import FilePrinter, NetworkPrinter, Nut, Simulated
from node.ballot_store import BallotWriter, load_ballots
from node.cases import Cases
from node.clock import now_ms
from node.counters import LookUps
from node.discovery import Discovery
from node.files import read_file
from node.installation import load_trust, open_roll_key
from node.links import Links
from node.package_files import NOTE_FILE, PACKAGE_FILE, ROLL_FILE
from node.runner import Runner
from node.station_files import StationKey, StationSettings, read_settings, read_station_key
from node.store import STORE_FILE, Store
from node.store_roll import RollStore
from node.training import training_problem
from sync.box import Box
from sync.check_ins import CheckIns
from sync.desk import Desk, Secrets
from sync.district import District
from sync.errors import PackageError
from sync.limits import NOTE_BYTES_MAX, PACKAGE_BYTES_MAX
from sync.orders import Orders
from sync.package import Package, Station
from sync.package_rules import read_package
from sync.replica import Replica
from sync.returns import Returns
from sync.roll import RollInMemory, RollLine, decode_roll, voters_by_home
from sync.trust import verify_package

if TYPE_CHECKING:
    from node.alarming import Alarming
    from node.peripherals import Peripherals
    from node.workers import Workers

PERSONS = ("identity-card", "fingerprint")
"""Peripherals that say who somebody is."""


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
    workers: "Workers | None" = None
    cases: Cases = field(default_factory=Cases)
    look_ups: LookUps = field(default_factory=LookUps)
    roll_lines: list[RollLine] = field(default_factory=list)
    alarming: "Alarming | None" = None

    def close(self) -> None:
        """Let go of the folder's files; call it when nothing runs any more."""
        self.runner.close()
        self.store.close()
        if self.roll is not None:
            self.roll.close()

    @property
    def role(self) -> object:
        """The station's role: Desk, Box or District."""
        return self.replica.role


def assemble(folder: Path) -> Running:
    """Load a station from its folder; MeshError says in words what is wrong with it."""
    settings, key = read_settings(folder), read_station_key(folder)
    signed = _signed_package(folder)
    store = Store(folder / STORE_FILE)
    orders = Orders(signed).take_all(store.orders())
    package = orders.effective()
    station = _own_station(folder, package, settings, key)
    replica = Replica(orders, station, key.signer, f"pollmesh {version('pollmesh')}")
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
        desks = package.desks_for(station.at)
        ballots = load_ballots(folder, package.day, station.id, desks, store.ballots_stored())
        role = Box(package, station, returns, replica.origin, ballots, key.signer)
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
        voters_by_home(lines, package.places_by_id),
        roll_lines=lines,
    )
    if isinstance(role, Box):
        runner.store_ballot = BallotWriter(folder, runner, store, role).store
    return running


def _signed_package(folder: Path) -> Package:
    """The package of a folder, verified against the pinned fingerprints."""
    path = folder / PACKAGE_FILE
    trust = load_trust(folder)
    package = read_package(read_file(path, PACKAGE_BYTES_MAX), str(path))
    note = read_file(folder / NOTE_FILE, NOTE_BYTES_MAX)
    verify_package(package, note, trust, str(folder / NOTE_FILE))
    return package


def _own_station(
    folder: Path, package: Package, settings: StationSettings, key: StationKey
) -> Station:
    """Which station of the package this folder is; PackageError in words if it is none."""
    station = package.stations_by_id.get(settings.id)
    if station is None and settings.id in package.spares_by_id:
        raise PackageError(
            [
                f"{folder}: '{settings.id}' is a spare and not at work. Give it an amendment with "
                "'pollmesh station order', or call it with its code: 'pollmesh station call'."
            ]
        )
    if station is None or station.key != key.signer.public or settings.id != key.id:
        raise PackageError(
            [f"{folder}: station.toml says '{settings.id}', which is not this key's station."]
        )
    if problem := training_problem(folder, package.training):
        raise PackageError([problem])
    if problem := device_problem(settings, station, package.training):
        raise PackageError([f"{folder}: {problem}"])
    return station


def device_problem(settings: StationSettings, station: Station, training: bool) -> str | None:
    """Why these peripherals cannot serve this station, in words; None if they may.

    A box learns nothing of a person. On a real day nothing is simulated, no card goes over a
    network that others are on, none is kept in a plain file, and a power source is not strangers'.
    """
    named = settings.peripherals.named()
    if station.kind == "box" and (wrong := [k for k in named if k in PERSONS]):
        return f"station.toml names {' and '.join(wrong)}: a box never learns who a voter is."
    if training:
        return None
    if simulated := [kind for kind, driver in named.items() if isinstance(driver, Simulated)]:
        return (
            f"station.toml names simulated peripherals ({', '.join(simulated)}). "
            "They are for training days only; name the real driver."
        )
    match named.get("printer"):
        case NetworkPrinter(address) if not _is_own_cable(address.rpartition(":")[0]):
            return (
                f"station.toml: the printer at {address} is on a network: cards could be read "
                "there. Use usb or serial, or a cable of its own (an address 169.254.x.x)."
            )
        case FilePrinter(path) if not path.startswith("/dev/"):
            return f"station.toml: {path} would keep every card. Print to a device under /dev."
    match named.get("power"):
        case Nut(ups) if not _is_own_cable(ups.rpartition("@")[2].rpartition(":")[0]):
            return (
                f"station.toml: the UPS {ups} is on a network, where anybody could stop this "
                "station. Run upsd on this computer (name@127.0.0.1:3493)."
            )
    return None


def _is_own_cable(host: str) -> bool:
    """This computer itself, or a link-local address: a cable that nobody else is on."""
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return host == "localhost"
    return address.is_loopback or address.is_link_local


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
