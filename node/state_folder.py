"""Pulled state on disk: raw signed files, and what is derived from them.

    package.json package.note roll.index         as signed
    logs/a-desk-1/0/checkpoint                   signed note, with cosignature lines
    logs/a-desk-1/0/tile/entries/000.p/44        entries (C2SP tlog-tiles, not compressed)
    logs/a-desk-1/0/tile/0/000.p/44              hash tiles
    forks/a-desk-1.0.json                        fork proofs, if any
    orders/1.json                                amendments and called spares, if any
    summary.json tally.automerge                 derived: made again by whoever verifies

`read_state` believes nothing: it checks every file from the signatures up and names each file, and
entry, that does not hold; and everything that is neither one of these files nor a folder on the way
to one. It opens plain files only, and none longer than such a file can be. `derive` makes the
derived files from what was verified.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from msgspec import Struct

from node.order_files import order_name, read_orders, withheld
from node.package_files import (
    NOTE_FILE,
    PACKAGE_FILE,
    ROLL_FILE,
    check_folder,
    load_roll,
    read_note,
)
from node.plain_files import (
    everything,
    folders,
    is_folder,
    is_plain_or_missing,
    read_plain,
    shown,
    strange,
)
from sync.check_ins import CheckIns
from sync.checkpoint import (
    Checkpoint,
    cosigner_key,
    log_key,
    open_checkpoint,
    origin_of,
    parse_checkpoint,
    split_origin,
    verify_cosignature,
)
from sync.document import tally_document
from sync.encoding import canonical, decode
from sync.errors import DecodeError, MeshError, PackageError, VerifyError
from sync.limits import NOTE_BYTES_MAX, RETURN_BYTES_MAX, TILE_ENTRIES
from sync.log import ForkProof, Log, verify_fork
from sync.meaning import meaning
from sync.merkle import HASH_BYTES, Tree, leaf_hash
from sync.note import Note, parse_note
from sync.orders import Orders
from sync.package import AUTHORITY_KINDS, Package, Station
from sync.position import Fault, Ref
from sync.province import Province
from sync.returns import Returns
from sync.roll import RollInMemory, RollLine, voters_by_home
from sync.tally import tally_of
from sync.tiles import entry_tiles, hash_tiles, pack_bundle, tile_path, unpack_bundle
from sync.trust import Trust, authority_key
from sync.views import ProvinceView

LOGS, FORKS = "logs", "forks"
SUMMARY_FILE, DOCUMENT_FILE = "summary.json", "tally.automerge"
CHECKPOINT_FILE = "checkpoint"
SIGNED_FILES = (PACKAGE_FILE, NOTE_FILE, ROLL_FILE)

BUNDLE_BYTES_MAX = TILE_ENTRIES * (2 + RETURN_BYTES_MAX)
"""One entry bundle, were every entry in it the largest return."""

HASH_TILE_BYTES_MAX = TILE_ENTRIES * HASH_BYTES
FORK_BYTES_MAX = 8 * NOTE_BYTES_MAX
"""A fork proof: two notes in base64, two roots and at most 64 hashes."""


class Summary(Struct, frozen=True):
    """summary.json: the merged figures, as of the logs beside it."""

    view: ProvinceView
    tally: dict[str, int]
    logs: int
    entries: int
    cards_without_quorum: tuple[str, ...]


@dataclass
class State:
    """What a folder holds, verified; `problems` name everything that does not hold.

    `package` is the signed one as `orders` make it. A fork proof may be about a log of which
    nothing is held: `forks` has all of them by origin.
    """

    package: Package
    orders: Orders
    problems: list[str] = field(default_factory=list)
    roll: list[RollLine] = field(default_factory=list)
    logs: dict[str, Log] = field(default_factory=dict)
    entries: dict[str, list[bytes]] = field(default_factory=dict)
    cosigned: dict[str, dict[str, tuple[int, str]]] = field(default_factory=dict)
    forks: dict[str, ForkProof] = field(default_factory=dict)

    @property
    def entry_count(self) -> int:
        """Entries of all logs that verified."""
        return sum(len(entries) for entries in self.entries.values())


def read_state(folder: Path, trust: Trust | None) -> State:
    """Verify a folder from its signatures up; PackageError if the package itself does not hold."""
    if odd := [name for name in SIGNED_FILES if not is_plain_or_missing(folder / name)]:
        raise PackageError([f"{name}: no plain file. Get it again." for name in odd])
    package = check_folder(folder, trust).package
    orders, problems = read_orders(folder, package)
    state = State(orders.effective(), orders, problems, load_roll(folder, package))
    state.problems += _note_problems(folder, package)
    expected = {*SIGNED_FILES, SUMMARY_FILE, DOCUMENT_FILE}
    expected |= {order_name(number) for number, _ in enumerate(orders.signed, start=1)}
    for base in log_folders(folder):
        place = base.relative_to(folder)
        try:
            expected |= {f"{place}/{name}" for name in read_log(folder, base, state)}
        except MeshError as error:
            state.problems.append(str(error))
            expected |= {str(p.relative_to(folder)) for p in everything(base)}
    expected |= set(_read_forks(folder, state))
    state.problems += strange(folder, expected)
    return state


def author_note(data: bytes, public: bytes) -> bytes:
    """A signed checkpoint with its author's line alone; VerifyError or DecodeError if unsigned."""
    checkpoint = open_checkpoint(data, public)
    _, note = parse_checkpoint(data)
    line = note.by(log_key(checkpoint.origin, public))
    assert line is not None, "an opened checkpoint has its author's line"
    return Note(note.text, (line,)).encode()


def write_log(folder: Path, log: Log, entries: list[bytes], lines: tuple[str, ...]) -> None:
    """Write one log as tiles with its checkpoint and cosignature lines."""
    base = folder / LOGS / log.station / str(log.epoch)
    for path, first, count in entry_tiles(log.sealed):
        _write(base / path, pack_bundle(entries[first : first + count]))
    for path, hashes in hash_tiles(log.tree):
        _write(base / path, hashes)
    _write(base / CHECKPOINT_FILE, log.note + "".join(lines).encode())


def write_fork(folder: Path, proof: ForkProof) -> None:
    """Write one fork proof; DecodeError if it is about no log of ours."""
    _write(folder / fork_name(proof.origin), canonical(proof))


def fork_name(origin: str) -> str:
    """Where in a folder the fork proof about this log lies; DecodeError if it is none of ours."""
    _, station, epoch = split_origin(origin)
    return f"{FORKS}/{station}.{epoch}.json"


def derive(state: State) -> tuple[Summary, bytes, list[Fault]]:
    """Summary, tally document and faults, from verified logs alone."""
    package = state.package
    check_ins, returns = CheckIns(package, RollInMemory(state.roll)), Returns(package)
    for origin, entries in sorted(state.entries.items()):
        log = state.logs[origin]
        station = package.stations_by_id[log.station]
        for index, data in enumerate(entries):
            entry, ref = meaning(package, station, origin, index, data), Ref(origin, index)
            if station.kind == "box":
                returns.fold(station, ref, entry)
            else:
                check_ins.fold(station, ref, log.tree.leaf(index), entry)
    homes = voters_by_home(state.roll, package.places_by_id)
    province = Province(package, check_ins, returns, homes, state.logs, state.cosigned, {})
    unsupported = check_ins.unsupported_cards()
    summary = Summary(
        province.view("", 0),
        tally_of(returns),
        len(state.logs),
        state.entry_count,
        tuple(f"{f.origin} entry {f.index}" for f in unsupported),
    )
    faults = [*check_ins.faults(), *returns.faults(), *unsupported]
    for origin, entries in state.entries.items():
        faults += withheld(state.orders, origin, entries)
    return summary, tally_document(returns), sorted(faults)


def write_derived(folder: Path, summary: Summary, document: bytes) -> None:
    """Write the derived files."""
    _write(folder / SUMMARY_FILE, canonical(summary))
    _write(folder / DOCUMENT_FILE, document)


def log_folders(folder: Path) -> Iterator[Path]:
    """The folders in which a log may lie; links are not followed."""
    for station in folders(folder / LOGS):
        yield from folders(station)


def read_log(folder: Path, base: Path, state: State) -> set[str]:
    """Verify one log into `state`; the names of its files. MeshError names what does not hold."""
    package, place = state.package, shown(str(base.relative_to(folder)))
    station = package.stations_by_id.get(base.parent.name)
    if station is None or base.name != "0":
        raise PackageError([f"{place}: no log of this package has that name"])
    origin = origin_of(package.day, station.id, 0)
    checkpoint, lines = _read_checkpoint(base, place, station, origin, package)
    entries, names = [], {CHECKPOINT_FILE}
    for path, _, count in entry_tiles(checkpoint.size):
        names.add(path)
        entries += _read_bundle(base / path, f"{place}/{path}", count)
    log = Log(origin, station.id, 0, station.key)
    for entry in entries:
        log.tree.append(leaf_hash(entry))
    if log.tree.root() != checkpoint.root:
        raise VerifyError(_locate(base, place, entries, checkpoint))
    for path, hashes in hash_tiles(log.tree):
        names.add(path)
        if read_plain(base / path, f"{place}/{path}", HASH_TILE_BYTES_MAX) != hashes:
            state.problems.append(f"{place}/{path}: not the hashes of these entries")
    signed = read_plain(base / CHECKPOINT_FILE, f"{place}/{CHECKPOINT_FILE}", NOTE_BYTES_MAX)
    log.note, log.sealed = author_note(signed, station.key), checkpoint.size
    state.logs[origin], state.entries[origin], state.cosigned[origin] = log, entries, lines
    return names


def _read_checkpoint(
    base: Path, place: str, station: Station, origin: str, package: Package
) -> tuple[Checkpoint, dict[str, tuple[int, str]]]:
    """The log's checkpoint and its cosignatures: every line by whom it says, and each once."""
    where = f"{place}/{CHECKPOINT_FILE}"
    data = read_plain(base / CHECKPOINT_FILE, where, NOTE_BYTES_MAX)
    try:
        checkpoint = open_checkpoint(data, station.key)
        _, note = parse_checkpoint(data)
        if sum(line.name == origin for line in note.signatures) != 1:
            raise VerifyError("more than one signature under the log's own name")
        cosigned: dict[str, tuple[int, str]] = {}
        for line in note.signatures:
            if line.name == origin:
                continue  # the author's: `open_checkpoint` has verified it
            cosigner = package.stations_by_id.get(line.name.rsplit("/", 1)[-1])
            if cosigner is None or cosigner.id in cosigned or cosigner.id == station.id:
                who = shown(line.name[:80])
                raise VerifyError(f"a signature by {who}, who does not belong here")
            key = cosigner_key(package.day, cosigner.id, cosigner.key)
            verify_cosignature(checkpoint, key, line)
            cosigned[cosigner.id] = (checkpoint.size, line.line())
    except MeshError as error:
        raise VerifyError(f"{where}: {error}") from None
    if checkpoint.origin != origin or note.encode() != data:
        raise VerifyError(f"{where}: not the checkpoint of {origin}")
    return checkpoint, cosigned


def _note_problems(folder: Path, package: Package) -> Iterator[str]:
    """Lines of package.note beside the two authorities', which `check_folder` has verified."""
    names = [authority_key(package, kind).name for kind in AUTHORITY_KINDS]
    for line in parse_note(read_note(folder), NOTE_FILE).signatures:
        if line.name in names:
            names.remove(line.name)
        else:
            who = shown(line.name[:80])
            yield f"{NOTE_FILE}: a further signature by {who}, which does not belong here"


def _read_bundle(path: Path, where: str, count: int) -> list[bytes]:
    entries = unpack_bundle(read_plain(path, where, BUNDLE_BYTES_MAX), where)
    if len(entries) != count:
        raise VerifyError(f"{where}: holds {len(entries)} entries, {count} are signed for")
    return entries


def _locate(base: Path, place: str, entries: list[bytes], checkpoint: Checkpoint) -> str:
    """Name the entry that was changed, with the help of the hash tiles if they still hold."""
    leaves: list[bytes] = []
    for path, _, count in entry_tiles(checkpoint.size):
        tile = base / path.replace("entries", "0", 1)
        data = _read_hashes(tile)
        leaves += [data[i : i + HASH_BYTES] for i in range(0, count * HASH_BYTES, HASH_BYTES)]
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    if tree.root() != checkpoint.root:
        return f"{place}: entries and hash tiles both differ from the signed checkpoint"
    index = next(i for i, e in enumerate(entries) if leaf_hash(e) != leaves[i])
    first = index - index % 256
    path = tile_path("entries", index // 256, min(256, checkpoint.size - first))
    return f"{place}/{path}: entry {index} is not the one that was signed"


def _read_hashes(tile: Path) -> bytes:
    """A hash tile that may help to find what was changed; nothing if there is no such file."""
    try:
        return read_plain(tile, tile.name, HASH_TILE_BYTES_MAX)
    except DecodeError:
        return b""


def _read_forks(folder: Path, state: State) -> Iterator[str]:
    """Verify every fork proof into `state`; yields the names of their files."""
    if not is_folder(folder / FORKS):
        return
    for path in sorted((folder / FORKS).iterdir()):
        name = str(path.relative_to(folder))
        yield name
        try:
            proof = read_fork(path, shown(name), state.package)
            if name != fork_name(proof.origin):
                raise VerifyError(f"the proof is about {shown(proof.origin)}")
        except MeshError as error:
            state.problems.append(f"{shown(name)}: {error}")
        else:
            add_fork(state, proof)


def read_fork(path: Path, where: str, package: Package) -> ForkProof:
    """One fork proof, verified; MeshError if it does not condemn a log of this package."""
    proof = decode(read_plain(path, where, FORK_BYTES_MAX), ForkProof, where)
    check_fork(proof, package)
    return proof


def check_fork(proof: ForkProof, package: Package) -> None:
    """MeshError unless `proof` condemns a log of this package."""
    day, name, epoch = split_origin(proof.origin)
    station = package.stations_by_id.get(name)
    if station is None or proof.origin != origin_of(package.day, name, 0):
        raise VerifyError(f"{shown(f'{day}/{name}/{epoch}'[:80])}: no log of this package")
    verify_fork(proof, station.key)


def add_fork(state: State, proof: ForkProof) -> None:
    """Take a verified fork proof into a state; the first of a log stays."""
    state.forks.setdefault(proof.origin, proof)
    if log := state.logs.get(proof.origin):
        log.fork = log.fork or proof


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
