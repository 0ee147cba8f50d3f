"""Pulled state on disk: raw signed files, and what is derived from them.

    package.json package.note roll.index         as signed
    logs/a-desk-1/0/checkpoint                   signed note, with cosignature lines
    logs/a-desk-1/0/tile/entries/000.p/44        entries (C2SP tlog-tiles, not compressed)
    logs/a-desk-1/0/tile/0/000.p/44              hash tiles
    forks/a-desk-1.0.json                        fork proofs, if any
    summary.json tally.automerge                 derived: made again by whoever verifies

`read_state` believes nothing: it checks every file from the signatures up and names each file, and
entry, that does not hold. `derive` makes the derived files from what was verified.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from msgspec import Struct

from node.package_files import NOTE_FILE, PACKAGE_FILE, ROLL_FILE, check_folder, load_roll
from sync.check_ins import CheckIns
from sync.checkpoint import (
    Checkpoint,
    cosigner_key,
    log_key,
    open_checkpoint,
    origin_of,
    parse_checkpoint,
    verify_cosignature,
)
from sync.document import tally_document
from sync.encoding import canonical, decode
from sync.errors import DecodeError, MeshError, PackageError, VerifyError
from sync.log import ForkProof, Log, verify_fork
from sync.meaning import meaning
from sync.merkle import HASH_BYTES, Tree, leaf_hash
from sync.package import Package, Station
from sync.position import Fault, Ref
from sync.province import Province
from sync.returns import Returns
from sync.roll import RollInMemory, RollLine
from sync.tally import tally_of
from sync.tiles import entry_tiles, hash_tiles, pack_bundle, tile_path, unpack_bundle
from sync.trust import Trust
from sync.views import ProvinceView

LOGS, FORKS = "logs", "forks"
SUMMARY_FILE, DOCUMENT_FILE = "summary.json", "tally.automerge"
CHECKPOINT_FILE = "checkpoint"


class Summary(Struct, frozen=True):
    """summary.json: the merged figures, as of the logs beside it."""

    view: ProvinceView
    tally: dict[str, int]
    logs: int
    entries: int
    cards_without_quorum: tuple[str, ...]


@dataclass
class State:
    """What a folder holds, verified; `problems` name everything that does not hold."""

    package: Package
    problems: list[str] = field(default_factory=list)
    roll: list[RollLine] = field(default_factory=list)
    logs: dict[str, Log] = field(default_factory=dict)
    entries: dict[str, list[bytes]] = field(default_factory=dict)
    cosigned: dict[str, dict[str, tuple[int, str]]] = field(default_factory=dict)

    @property
    def entry_count(self) -> int:
        """Entries of all logs that verified."""
        return sum(len(entries) for entries in self.entries.values())


def read_state(folder: Path, trust: Trust | None) -> State:
    """Verify a folder from its signatures up; PackageError if the package itself does not hold."""
    package = check_folder(folder, trust).package
    state = State(package, roll=load_roll(folder, package))
    expected = {PACKAGE_FILE, NOTE_FILE, ROLL_FILE, SUMMARY_FILE, DOCUMENT_FILE}
    for base in _log_folders(folder):
        place = base.relative_to(folder)
        try:
            expected |= {f"{place}/{name}" for name in _read_log(folder, base, state)}
        except MeshError as error:
            state.problems.append(str(error))
            expected |= {str(p.relative_to(folder)) for p in base.rglob("*")}
    expected |= set(_read_forks(folder, state))
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_file() and name not in expected:
            state.problems.append(f"{name}: does not belong here")
    return state


def write_log(folder: Path, log: Log, entries: list[bytes], lines: tuple[str, ...]) -> None:
    """Write one log as tiles with its checkpoint and cosignature lines."""
    base = folder / LOGS / log.station / str(log.epoch)
    for path, first, count in entry_tiles(log.sealed):
        _write(base / path, pack_bundle(entries[first : first + count]))
    for path, hashes in hash_tiles(log.tree):
        _write(base / path, hashes)
    _write(base / CHECKPOINT_FILE, log.note + "".join(lines).encode())


def write_fork(folder: Path, proof: ForkProof) -> None:
    """Write one fork proof."""
    _, _, station, epoch = proof.origin.split("/")
    _write(folder / FORKS / f"{station}.{epoch}.json", canonical(proof))


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
    homes = dict.fromkeys((place.id for place in package.places), 0)
    for line in state.roll:
        homes[line.home] += 1
    province = Province(package, check_ins, returns, homes, state.logs, state.cosigned, {})
    unsupported = check_ins.unsupported_cards()
    summary = Summary(
        province.view("", 0),
        tally_of(returns),
        len(state.logs),
        state.entry_count,
        tuple(f"{f.origin} entry {f.index}" for f in unsupported),
    )
    faults = sorted([*check_ins.faults(), *returns.faults(), *unsupported])
    return summary, tally_document(returns), faults


def write_derived(folder: Path, summary: Summary, document: bytes) -> None:
    """Write the derived files."""
    _write(folder / SUMMARY_FILE, canonical(summary))
    _write(folder / DOCUMENT_FILE, document)


def _log_folders(folder: Path) -> Iterator[Path]:
    logs = folder / LOGS
    if logs.is_dir():
        for station in sorted(path for path in logs.iterdir() if path.is_dir()):
            yield from sorted(path for path in station.iterdir() if path.is_dir())


def _read_log(folder: Path, base: Path, state: State) -> set[str]:
    """Verify one log; the names of its files. MeshError names the file that does not hold."""
    package, place = state.package, base.relative_to(folder)
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
        if _bytes(base / path, f"{place}/{path}") != hashes:
            state.problems.append(f"{place}/{path}: not the hashes of these entries")
    log.note, log.sealed = (base / CHECKPOINT_FILE).read_bytes(), checkpoint.size
    state.logs[origin], state.entries[origin], state.cosigned[origin] = log, entries, lines
    return names


def _read_checkpoint(
    base: Path, place: Path, station: Station, origin: str, package: Package
) -> tuple[Checkpoint, dict[str, tuple[int, str]]]:
    """The log's checkpoint and its cosignatures, every line verified."""
    where = f"{place}/{CHECKPOINT_FILE}"
    try:
        data = _bytes(base / CHECKPOINT_FILE)
        checkpoint = open_checkpoint(data, station.key)
        _, note = parse_checkpoint(data)
        cosigned: dict[str, tuple[int, str]] = {}
        for line in note.signatures:
            if line.name == origin and line.key_id == log_key(origin, station.key).key_id:
                continue
            cosigner = package.stations_by_id.get(line.name.rsplit("/", 1)[-1])
            if cosigner is None or cosigner.id in cosigned or cosigner.id == station.id:
                raise VerifyError(f"a signature by {line.name[:80]}, who does not belong here")
            key = cosigner_key(package.day, cosigner.id, cosigner.key)
            verify_cosignature(checkpoint, key, line)
            cosigned[cosigner.id] = (checkpoint.size, line.line())
    except MeshError as error:
        raise VerifyError(f"{where}: {error}") from None
    if checkpoint.origin != origin or note.encode() != data:
        raise VerifyError(f"{where}: not the checkpoint of {origin}")
    return checkpoint, cosigned


def _read_bundle(path: Path, where: str, count: int) -> list[bytes]:
    entries = unpack_bundle(_bytes(path, where), where)
    if len(entries) != count:
        raise VerifyError(f"{where}: holds {len(entries)} entries, {count} are signed for")
    return entries


def _locate(base: Path, place: Path, entries: list[bytes], checkpoint: Checkpoint) -> str:
    """Name the entry that was changed, with the help of the hash tiles if they still hold."""
    leaves: list[bytes] = []
    for path, _, count in entry_tiles(checkpoint.size):
        tile = base / path.replace("entries", "0", 1)
        data = _bytes(tile) if tile.exists() else b""
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


def _read_forks(folder: Path, state: State) -> Iterator[str]:
    """Verify every fork proof; yields the names of their files."""
    for path in sorted((folder / FORKS).glob("*")) if (folder / FORKS).is_dir() else ():
        name = str(path.relative_to(folder))
        yield name
        try:
            proof = decode(path.read_bytes(), ForkProof, name)
            log = next(v for k, v in state.logs.items() if k == proof.origin)
            verify_fork(proof, log.public)
            log.fork = proof
        except (MeshError, StopIteration) as error:
            state.problems.append(f"{name}: {error or 'about no log of this folder'}")


def _bytes(path: Path, where: str = "") -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise DecodeError(where or path.name, "the file is missing") from None


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
