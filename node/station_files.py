"""A station's own folder: its key, what it hands in to be enrolled, and its settings.

    DIR/station.key       private: {"format":"pollmesh/station-key/v1","id":"a-desk-1","seed":"9f…"}
    DIR/enrolment.json    public: {"id":"a-desk-1","key":"…=","certificate":"…=","proof":"…="}
    DIR/station.toml      settings, written once with comments, edited by hand

The seed is hex. `proof` is the key's signature over id, newline and certificate: whoever collects
enrolments knows that the sender holds the key. Installation adds more (`node.installation`).
"""

import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Struct

from hw.catalogue import PeripheralSettings, driver_problem
from node.certificates import certificate_problem, make_certificate
from node.files import PUBLIC, private_folder, read_file, write_file, write_private
from node.randomness import random_bytes
from sync.encoding import canonical, decode
from sync.errors import DecodeError, KeyFileError, PackageError
from sync.package_rules import is_id
from sync.signing import KEY_BYTES, Signer, is_signed

STATION_KEY_FORMAT = "pollmesh/station-key/v1"
PURPOSE = "enrolment"
FILE_BYTES_MAX = 64 * 1024
"""Key, enrolment and settings are a few hundred bytes each."""

KEY_FILE = "station.key"
ENROLMENT_FILE = "enrolment.json"
SETTINGS_FILE = "station.toml"


class StationKey(Struct, frozen=True, forbid_unknown_fields=True):
    """station.key: the one secret that a station makes itself."""

    format: str
    id: str
    seed: str

    @property
    def signer(self) -> Signer:
        """The key in use."""
        return Signer(bytes.fromhex(self.seed))

    @property
    def certificate(self) -> bytes:
        """The DER certificate, made again from the key."""
        return make_certificate(bytes.fromhex(self.seed), self.id)


class Enrolment(Struct, frozen=True, forbid_unknown_fields=True):
    """enrolment.json: what goes into the package."""

    id: str
    key: bytes
    certificate: bytes
    proof: bytes


class StationSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """station.toml: what differs from one network to the next and is nobody's secret."""

    id: str
    host: str = "0.0.0.0"
    port: int = 7420
    peers: tuple[tuple[str, str], ...] = ()
    mdns: bool = True
    mdns_interfaces: tuple[str, ...] = ()
    page_port: int = 7480
    peripherals: PeripheralSettings = PeripheralSettings()
    worker_login: bool = False
    lock_after_s: Annotated[int, msgspec.Meta(ge=30, le=7200)] = 300


_SETTINGS = """\
# Settings of one pollmesh station. Who it is and whom it trusts stands in the package, not here.

id = "{id}"

# Where it listens for other stations. "0.0.0.0" is every network of this computer.
host = "0.0.0.0"
port = 7420

# Stations to call first, by id and address; works where multicast does not.
# peers = [["a-desk-2", "192.168.10.12:7420"], ["d-north", "10.1.0.5:7420"]]
peers = []

# Find stations of this place by multicast DNS beside the list. Empty: every interface.
mdns = true
mdns_interfaces = []

# Desks only: workers log in with badge number and PIN; the screens lock after so long without use.
worker_login = false
lock_after_s = 300

# Boxes only: the voter's page, on this computer alone (127.0.0.1).
page_port = 7480

# What is plugged in, one table a kind; a kind that is not named is not used. Try them with
# `pollmesh hardware list FOLDER` and `pollmesh hardware test FOLDER NAME`.
#
# [peripherals.scanner]
# driver = "serial"                     # or "evdev"; a scanner that types needs no entry here
# port = "/dev/ttyACM0"
#
# [peripherals.printer]
# driver = "usb"                        # or "serial", "file", "network" (a cable of its own)
# vendor = "04b8"                       # as lsusb shows them
# product = "0e15"
#
# [peripherals.identity-card]           # also: ballot-card; name the reader if there are two
# driver = "pcsc"
# reader = ""
#
# [peripherals.power]
# driver = "nut"                        # or "sysfs"
# ups = "ups@127.0.0.1:3493"
"""


def check_enrollable(folders: dict[str, Path]) -> None:
    """Raise PackageError unless every id is one and no folder holds a key; nothing is made."""
    problems = []
    for station, folder in folders.items():
        if not is_id(station):
            problems.append(f"'{station[:60]}' is no id. Use 1 to 32 of a-z, 0-9 and hyphen.")
        elif (folder / KEY_FILE).exists():
            problems.append(
                f"{folder / KEY_FILE}: a key is here already and stays. Choose another folder, or "
                "hand in the enrolment.json beside it."
            )
    if problems:
        raise PackageError(problems)


def enrol(folder: Path, station: str) -> Enrolment:
    """Make key, enrolment and settings in `folder`; PackageError if a key is there already."""
    check_enrollable({station: folder})
    private_folder(folder)
    key = StationKey(STATION_KEY_FORMAT, station, random_bytes(KEY_BYTES).hex())
    certificate = key.certificate
    signer = key.signer
    proof = signer.sign(PURPOSE, _proven(station, certificate))
    enrolment = Enrolment(station, signer.public, certificate, proof)
    write_private(folder / KEY_FILE, canonical(key))
    write_file(folder / ENROLMENT_FILE, canonical(enrolment), PUBLIC)
    if not (folder / SETTINGS_FILE).exists():
        write_file(folder / SETTINGS_FILE, _SETTINGS.format(id=station).encode(), PUBLIC)
    return enrolment


def enrolment_problem(enrolment: Enrolment) -> str | None:
    """Why an enrolment must not go into a package, in words; None if it may."""
    if problem := certificate_problem(enrolment.certificate, enrolment.key):
        return f"{problem} Enrol the station again."
    proven = _proven(enrolment.id, enrolment.certificate)
    if not is_signed(enrolment.key, PURPOSE, proven, enrolment.proof):
        return "The proof is not made by this key. Enrol the station again."
    return None


def station_problem(folder: Path) -> str | None:
    """Why `folder` is no station's folder, in words; None if it is one."""
    if (folder / KEY_FILE).exists() and (folder / SETTINGS_FILE).exists():
        return None
    return (
        f"{folder} is no station's folder. Make one with 'pollmesh station enrol {folder} "
        "--id ID', or give the folder where that was done."
    )


def read_station_key(folder: Path) -> StationKey:
    """The station's key; KeyFileError says what to do if it cannot be used."""
    path = folder / KEY_FILE
    if not path.exists():
        raise KeyFileError(f"{path}: no key. Run 'pollmesh station enrol {folder} --id ID' first.")
    try:
        key = decode(read_file(path, FILE_BYTES_MAX), StationKey, str(path))
        usable = key.format == STATION_KEY_FORMAT and len(bytes.fromhex(key.seed)) == KEY_BYTES
    except (DecodeError, ValueError):
        usable = False
    if not usable:
        raise KeyFileError(f"{path}: damaged. Enrol this station again, or put a spare to work.")
    return key


def read_settings(folder: Path) -> StationSettings:
    """The settings; PackageError names the key that cannot be used."""
    path = folder / SETTINGS_FILE
    try:
        text = read_file(path, FILE_BYTES_MAX).decode()
        return msgspec.convert(tomllib.loads(text), StationSettings)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        words = driver_problem(str(error)) or f"{error}. Correct it; the comments show the form."
        raise PackageError([f"{path}: {words}"]) from None


def _proven(station: str, certificate: bytes) -> bytes:
    return station.encode() + b"\n" + certificate
