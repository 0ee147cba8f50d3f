"""What of a station's folder can be tried, whether its node runs or not. Each gives a `Finding`.

These block (disk, hashing): a running node calls them in a thread. None of them changes the
station's own files.
"""

import os
import shutil
from pathlib import Path

from node.files import PRIVATE, read_file
from node.finding import Finding
from node.health import FREE_LOOK_BYTES
from node.installation import ROLL_DATABASE, ROLL_KEY_FILE, load_trust, open_roll_key
from node.package_files import NOTE_FILE, PACKAGE_FILE, ROLL_FILE
from node.randomness import random_bytes
from node.station_files import KEY_FILE, StationKey
from node.store import stored_orders
from node.store_check import quick_check, write_and_read_back
from node.store_roll import RollStore
from sync.errors import DecodeError, MeshError
from sync.limits import NOTE_BYTES_MAX, PACKAGE_BYTES_MAX
from sync.merkle import Edge, leaf_hash
from sync.orders import Orders
from sync.package import Package, Station, short_hash
from sync.package_rules import read_package
from sync.signing import is_signed
from sync.trust import verify_package

LOG_FILE = "log.db"
STORE_FILES = (LOG_FILE, "jobs.db", ROLL_DATABASE)
FREE_LOW_BYTES = 128 * 1024**2
"""A station's day is some hundred megabytes at most; under this even the log may not end it."""

SLOW_SYNC_MS = 1_000
"""A disk that takes longer to sync lets voters wait."""

PURPOSE = "self-test"


def package_of(folder: Path) -> Package:
    """The installed package under the orders taken here, both signatures checked; MeshError."""
    path = folder / PACKAGE_FILE
    trust = load_trust(folder)
    package = read_package(read_file(path, PACKAGE_BYTES_MAX), str(path))
    verify_package(package, read_file(folder / NOTE_FILE, NOTE_BYTES_MAX), trust, str(path))
    return Orders(package).take_all(stored_orders(folder / LOG_FILE)).effective()


def check_package(folder: Path) -> Finding:
    """Are both authorities' signatures under the package good, and are they the pinned ones?"""
    try:
        package = package_of(folder)
    except (MeshError, OSError) as error:
        todo = "Install the package again: pollmesh station install."
        return Finding("package", "broken", _words(error), todo)
    kind = "TRAINING" if package.training else "real"
    words = f"{package.day} ({kind}), {short_hash(package.base_hash)}, both signatures hold"
    return Finding("package", "ok", words)


def check_key(folder: Path, key: StationKey, station: Station | None) -> Finding:
    """Does the station's key sign what verifies, is it the package's, can nobody else read it?"""
    message = random_bytes(32)
    if not is_signed(key.signer.public, PURPOSE, message, key.signer.sign(PURPOSE, message)):
        words = "the key signs what does not verify"
        return Finding("keys", "broken", words, "Put a spare to work; this computer errs.")
    if station is None or station.key != key.signer.public:
        words = f"{KEY_FILE} is not the key that the package names"
        return Finding("keys", "broken", words, "Find the folder that was enrolled.")
    if station.certificate != key.certificate:
        words = "the certificate in the package is not this key's"
        return Finding("keys", "broken", words, "Enrol this station again before the day.")
    private = [KEY_FILE, *([ROLL_KEY_FILE] if station.kind == "desk" else [])]
    if wide := [name for name in private if _is_wide(folder / name)]:
        names = " and ".join(wide)
        words = f"others on this computer may read {names}"
        return Finding("keys", "broken", words, f"In {folder}: chmod 600 {' '.join(wide)}")
    if station.kind == "desk":
        try:
            open_roll_key(folder, key)
        except (MeshError, OSError) as error:
            todo = "Install again with --roll and --roll-key."
            return Finding("keys", "broken", _words(error), todo)
    return Finding("keys", "ok", "signs and verifies, named by the package, private")


def check_roll(folder: Path, package: Package, station: Station) -> Finding | None:
    """Count and root of the roll against the package; None at a box, which has none."""
    if station.kind == "box":
        return None
    path, todo = folder / ROLL_FILE, "Install again with the roll of this package."
    try:
        count, root = _root_of_file(path)
        named = RollStore.open(folder / ROLL_DATABASE).count() if station.kind == "desk" else count
    except (OSError, MeshError) as error:
        return Finding("roll", "broken", _words(error), todo)
    if (count, root) != (package.roll.voters, package.roll.root):
        words = f"{path.name} is not the roll that the package names ({count} lines)"
        return Finding("roll", "broken", words, todo)
    if named != count:
        words = f"{ROLL_DATABASE} has {named} voters, the package {count}"
        return Finding("roll", "broken", words, todo)
    return Finding("roll", "ok", f"{count} lines, with the root that the package names")


def check_store(folder: Path) -> Finding:
    """SQLite's own quick check of every database here."""
    present = [name for name in STORE_FILES if (folder / name).exists()]
    for name in present:
        if said := quick_check(folder / name):
            todo = "Stop this station, keep its disk, put a spare to work."
            return Finding("store", "broken", f"{name}: {said[:200]}", todo)
    if LOG_FILE not in present:
        return Finding("store", "ok", "no log yet: this station has not run")
    return Finding("store", "ok", f"quick check passed: {', '.join(present)}")


def check_writing(folder: Path) -> Finding:
    """A synced write to this disk, read back."""
    try:
        took_ms = write_and_read_back(folder)
    except (MeshError, OSError) as error:
        todo = "Free space, check the permissions, or put a spare to work."
        return Finding("disk", "broken", _words(error), todo)
    words = f"written, synced and read back in {took_ms} ms"
    if took_ms > SLOW_SYNC_MS:
        return Finding("disk", "look", words, "Voters wait for this disk. Use another one.")
    return Finding("disk", "ok", words)


def check_space(folder: Path) -> Finding:
    """Is there room for the rest of the day?"""
    usage = shutil.disk_usage(folder)
    words = f"{size_words(usage.free)} free of {size_words(usage.total)}"
    todo = f"Remove what is not needed from this disk; nothing in {folder}."
    if usage.free < FREE_LOW_BYTES:
        return Finding("space", "broken", words, todo)
    if usage.free < FREE_LOOK_BYTES:
        return Finding("space", "look", words, todo)
    return Finding("space", "ok", words)


def size_words(count: int) -> str:
    """Bytes as people say them."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _root_of_file(path: Path) -> tuple[int, bytes]:
    """Lines of roll.index and their root, a line at a time: a province's roll fills no memory."""
    edge, count, line = Edge(0, []), 0, b"\n"
    with path.open("rb") as file:
        for line in file:
            edge.append(leaf_hash(line.removesuffix(b"\n")))
            count += 1
    if not line.endswith(b"\n"):
        raise DecodeError(str(path), "the last line does not end; the file is cut off")
    return count, edge.root()


def _is_wide(path: Path) -> bool:
    return path.exists() and bool(os.stat(path).st_mode & 0o777 & ~PRIVATE)


def _words(error: Exception) -> str:
    """An error as one line."""
    if isinstance(error, OSError):
        return f"{error.filename or 'file'}: {(error.strerror or str(error)).lower()}"
    return " ".join(str(error).split())[:400]
