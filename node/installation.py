"""Installing a package on a station: verified with fingerprints from outside, then pinned.

    DIR/trust.json        the two pinned fingerprints: {"executive":"1a2b …","supervisory":"…"}
    DIR/package.json, DIR/package.note
    DIR/roll.index        desks and district stations
    DIR/roll.db           desks: names and birth years under voter keys (`node.store_roll`)
    DIR/roll-key.sealed   desks: the roll key, sealed to the station's own key
    DIR/TRAINING.txt      or REAL-DAY.txt: the kind of day this folder is for (`node.training`)

A folder that holds one package never takes another: logs belong to the package they began with.
"""

from pathlib import Path

from msgspec import Struct

from node.files import PUBLIC, read_file, write_file, write_private
from node.package_files import NOTE_FILE, PACKAGE_FILE, ROLL_FILE, check_folder, check_people
from node.randomness import seal
from node.roll_file import Advance, People
from node.station_files import StationKey, read_station_key
from node.store_roll import RollStore
from node.training import mark, training_problem
from sync.encoding import canonical, decode
from sync.errors import DecodeError, PackageError
from sync.limits import PACKAGE_BYTES_MAX
from sync.package import Package, Station, short_hash
from sync.package_rules import read_package, unsupported
from sync.sealing import officer_box_key, officer_box_secret, open_sealed
from sync.trust import Trust

TRUST_FILE = "trust.json"
ROLL_DATABASE = "roll.db"
ROLL_KEY_FILE = "roll-key.sealed"


class PinnedTrust(Struct, frozen=True, forbid_unknown_fields=True):
    """trust.json."""

    executive: str
    supervisory: str


def check_for_station(folder: Path, source: Path, trust: Trust) -> tuple[Package, Station]:
    """The package in `source`, verified, and the station of `folder` in it.

    PackageError says what does not hold: signatures, fingerprints, roll, this station's key.
    """
    package = check_folder(source, trust).package
    return package, station_for(folder, source, package)


def station_for(folder: Path, source: Path, package: Package) -> Station:
    """The station of `folder` in the verified package of `source`; PackageError if it does not fit.

    Its key, the kind of day and what is installed there already are looked at.
    """
    key = read_station_key(folder)
    where = str(source / PACKAGE_FILE)
    if problems := [f"{where}: {problem}" for problem in unsupported(package)]:
        raise PackageError(problems)
    if problem := training_problem(folder, package.training):
        raise PackageError([problem])
    station = _own_station(package, key, where)
    present = folder / PACKAGE_FILE
    if present.exists():
        old = read_package(read_file(present, PACKAGE_BYTES_MAX), str(present))
        if old.base_hash != package.base_hash:
            raise PackageError(
                [
                    f"{present}: this station serves package {short_hash(old.base_hash)}, the new "
                    f"one is {short_hash(package.base_hash)}. Enrol in a new folder."
                ]
            )
    return station


def install(
    folder: Path,
    source: Path,
    trust: Trust,
    package: Package,
    station: Station,
    people: People | None,
    roll_key: bytes | None,
    advance: Advance,
    index: bytes | None = None,
) -> None:
    """Copy what `check_for_station` accepted; desks also get roll database and roll key.

    `index` is roll.index where it was already made of these very people and compared.
    """
    if index is None:
        index = check_people(people, package, "roll") if people else _index(source, station)
    if station.kind == "desk":
        if people is None or roll_key is None:
            raise PackageError(
                [
                    f"'{station.id}' is a desk and needs the roll. "
                    "Add --roll roll.csv --roll-key KEYFILE --pin-file FILE."
                ]
            )
        RollStore.build(folder / ROLL_DATABASE, people, station.at, advance)
        write_private(folder / ROLL_KEY_FILE, seal(officer_box_key(station.key), roll_key))
    if station.kind != "box":
        write_file(folder / ROLL_FILE, index, PUBLIC)
    write_file(folder / NOTE_FILE, (source / NOTE_FILE).read_bytes(), PUBLIC)
    pinned = PinnedTrust(trust.executive, trust.supervisory)
    write_file(folder / TRUST_FILE, canonical(pinned), PUBLIC)
    mark(folder, package.training)
    # Last: a folder with a package is a folder with everything.
    write_file(folder / PACKAGE_FILE, (source / PACKAGE_FILE).read_bytes(), PUBLIC)


def _index(source: Path, station: Station) -> bytes:
    return b"" if station.kind == "box" else (source / ROLL_FILE).read_bytes()


def load_trust(folder: Path) -> Trust:
    """The fingerprints that installation pinned; PackageError if there are none."""
    path = folder / TRUST_FILE
    if not path.exists():
        raise PackageError([f"{path}: nothing installed. Run 'pollmesh station install' first."])
    try:
        pinned = decode(path.read_bytes(), PinnedTrust, str(path))
    except DecodeError as error:
        raise PackageError([f"{error}. Install the package again."]) from None
    return Trust(pinned.executive, pinned.supervisory)


def open_roll_key(folder: Path, key: StationKey) -> bytes:
    """The roll key of a desk, opened with the station's key; VerifyError if it is another's."""
    path = folder / ROLL_KEY_FILE
    return open_sealed(officer_box_secret(bytes.fromhex(key.seed)), path.read_bytes(), str(path))


def _own_station(package: Package, key: StationKey, where: str) -> Station:
    station = package.stations_by_id.get(key.id)
    if station is None:
        raise PackageError(
            [
                f"{where}: stations: '{key.id}' is not in this package. Hand in its enrolment.json "
                "before the package is made, or use a station that is in it."
            ]
        )
    number = package.stations.index(station)
    if station.key != key.signer.public or station.certificate != key.certificate:
        raise PackageError(
            [
                f"{where}: stations[{number}].key: the package names another key for '{key.id}'. "
                "This folder is not the one that enrolled; find that one."
            ]
        )
    return station
