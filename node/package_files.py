"""A package's folder: the document, its note and the public roll.

DIR/package.json      the package, canonical JSON (`sync.package`)
DIR/package.note      both authorities' signatures (`sync.trust`)
DIR/roll.index        one nameless line a person (`sync.roll`); its root stands in the package
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from node.ceremony import CeremonyPublic
from node.certificates import certificate_problem
from node.files import read_file, write_file
from node.province import Province
from node.roll_file import People
from node.station_files import ENROLMENT_FILE, FILE_BYTES_MAX, Enrolment, enrolment_problem
from sync.encoding import canonical, decode
from sync.errors import DecodeError, PackageError
from sync.key_file import OpenedKey
from sync.limits import NOTE_BYTES_MAX, PACKAGE_BYTES_MAX
from sync.merkle import leaf_hash, root_of
from sync.note import Note, NoteSignature, parse_note
from sync.orders import code_hash
from sync.package import (
    PACKAGE_FORMAT,
    Package,
    RollSummary,
    Spare,
    Station,
    StationKind,
    Supervisor,
)
from sync.package_rules import read_package
from sync.roll import RollLine, encode_line, read_lines, roll_index, root_and_count
from sync.trust import Origin, Trust, package_text, sign_package, verify_package

PACKAGE_FILE = "package.json"
NOTE_FILE = "package.note"
ROLL_FILE = "roll.index"
ROLL_BYTES_MAX = 4 * 1024 * 1024 * 1024
"""A roll of ten million voters stays well below."""


@dataclass(frozen=True)
class CheckedPackage:
    """A package whose rules, certificates, note and roll were checked."""

    package: Package
    origin: Origin
    voters: int


def read_enrolments(folder: Path) -> dict[str, Enrolment]:
    """Enrolments by station id, from `folder/*.json` and `folder/*/enrolment.json`.

    PackageError lists every file that cannot be used.
    """
    paths = sorted([*folder.glob("*.json"), *folder.glob(f"*/{ENROLMENT_FILE}")])
    problems: list[str] = []
    found: dict[str, tuple[Path, Enrolment]] = {}
    for path in paths:
        try:
            enrolment = decode(read_file(path, FILE_BYTES_MAX), Enrolment, str(path))
        except DecodeError as error:
            problems.append(f"{error}. Take the file as the station wrote it.")
            continue
        if problem := enrolment_problem(enrolment):
            problems.append(f"{path}: {problem}")
        if enrolment.id in found:
            problems.append(
                f"{path}: id: '{enrolment.id}' is also enrolled by {found[enrolment.id][0]}. "
                "Keep the one whose key is in use."
            )
        found[enrolment.id] = (path, enrolment)
    if problems:
        raise PackageError(problems)
    return {name: enrolment for name, (_, enrolment) in found.items()}


def make_package(
    province: Province,
    public: CeremonyPublic,
    enrolments: dict[str, Enrolment],
    people: People,
    codes: Mapping[str, str] = MappingProxyType({}),
) -> Package:
    """Put the package together; PackageError says what does not fit or is missing.

    `codes` has for each spare the code that puts it to work; the package holds its hash alone.
    """
    problems = [
        f"enrolments: station '{station.id}' has not enrolled. "
        f"Run 'pollmesh station enrol DIR --id {station.id}' on it and collect enrolment.json."
        for station in province.stations
        if station.id not in enrolments
    ]
    problems += [
        f"enrolments: spare '{spare.id}' has not enrolled. Run 'pollmesh station enrol' on it."
        for spare in province.spares
        if spare.id not in enrolments
    ]
    opening = {key.box: key.key for key in public.opening_keys}
    problems += [
        f"public.json: opening_keys: none for box '{station.id}'. "
        "Hold the ceremony with this province file."
        for station in province.stations
        if station.kind == "box" and station.id not in opening
    ]
    if public.day != province.day:
        problems.append(
            f"public.json: day: the ceremony was for '{public.day}', the province file is for "
            f"'{province.day}'. Use the two that belong together."
        )
    if problems:
        raise PackageError(problems)
    return Package(
        PACKAGE_FORMAT,
        province.day,
        public.training,
        province.province,
        public.authorities,
        province.hours,
        province.elections,
        province.districts,
        province.places,
        tuple(_station(s.id, s.kind, s.at, enrolments[s.id], opening) for s in province.stations),
        public.officers,
        public.supervisors,
        province.rules,
        RollSummary(*root_and_count(people.lines())),
        public.recovery_key,
        public.provisional_key,
        tuple(_spare(s.id, enrolments[s.id], codes) for s in province.spares),
    )


def _spare(name: str, enrolled: Enrolment, codes: Mapping[str, str]) -> Spare:
    code = code_hash(codes[name]) if name in codes else b""
    return Spare(name, "desk", enrolled.key, enrolled.certificate, code=code)


def write_package(folder: Path, package: Package, people: People) -> None:
    """Check the package as a reader will and write it with its roll; refuses to overwrite one."""
    path = folder / PACKAGE_FILE
    if path.exists():
        raise PackageError([f"{path}: a package is here already. Choose another folder."])
    data = canonical(package)
    _certificates(read_package(data, str(path)), str(path))
    folder.mkdir(parents=True, exist_ok=True)
    write_file(folder / ROLL_FILE, roll_index(people.lines()))
    write_file(path, data)


def load_package(folder: Path) -> Package:
    """Read package.json by every rule; signatures are not looked at."""
    path = folder / PACKAGE_FILE
    try:
        data = read_file(path, PACKAGE_BYTES_MAX)
    except DecodeError as error:
        raise PackageError([f"{error}."]) from None
    package = read_package(data, str(path))
    _certificates(package, str(path))
    return package


def check_folder(folder: Path, trust: Trust | None, with_roll: bool = True) -> CheckedPackage:
    """Check rules, certificates, signatures and roll; PackageError lists what does not hold.

    Without roll.index (`with_roll`) somebody checks the very people against the package instead.
    """
    package = load_package(folder)
    problems: list[str] = []
    origin: Origin = "unknown"
    try:
        origin = verify_package(package, read_note(folder), trust, str(folder / NOTE_FILE))
    except PackageError as error:
        problems += error.problems
    try:
        if with_roll:
            check_roll(_roll_lines(folder), package, str(folder / ROLL_FILE))
    except PackageError as error:
        problems += error.problems
    if problems:
        raise PackageError(problems)
    return CheckedPackage(package, origin, package.roll.voters)


def read_note(folder: Path) -> bytes:
    """package.note; PackageError if nobody has signed yet."""
    path = folder / NOTE_FILE
    if not path.exists():
        raise PackageError(
            [f"{path}: no signatures. Let both authorities run 'pollmesh package sign {folder}'."]
        )
    with path.open("rb") as file:
        return file.read(NOTE_BYTES_MAX + 1)  # one more than allowed: `parse_note` says so


def load_roll(folder: Path, package: Package) -> list[RollLine]:
    """roll.index, compared with the package's root, count, places and elections."""
    path = folder / ROLL_FILE
    lines = list(_roll_lines(folder))
    check_roll(lines, package, str(path))
    return lines


def check_roll(lines: Iterable[RollLine], package: Package, where: str) -> None:
    """Are these the roll that the package names? PackageError says in what they differ."""
    named: set[tuple[str, tuple[str, ...]]] = set()

    def noticed() -> Iterator[RollLine]:
        for line in lines:
            named.add((line.home, line.rights))
            yield line

    root, count = root_and_count(noticed())
    problems: list[str] = []
    if count != package.roll.voters:
        problems.append(
            f"{where}: roll.voters: {count} voters, the package says {package.roll.voters}. "
            "Use the roll that belongs to this package."
        )
    if root != package.roll.root:
        problems.append(
            f"{where}: roll.root: the root is {root.hex()[:16]}…, the package says "
            f"{package.roll.root.hex()[:16]}…. Use the roll and roll key of this package."
        )
    for home in sorted({home for home, _ in named} - set(package.places_by_id)):
        problems.append(f"{where}: home '{home}' is no place of the package. Correct the roll.")
    for right in sorted({r for _, rights in named for r in rights} - set(package.elections_by_id)):
        problems.append(f"{where}: right '{right}' is no election. Correct the roll.")
    if problems:
        raise PackageError(problems)


def check_people(people: People, package: Package, where: str) -> bytes:
    """roll.index as these people make it; PackageError if they are not the package's roll."""
    lines = [encode_line(line) for line in people.lines()]
    root = root_of(leaf_hash(line) for line in lines)
    if (root, len(lines)) != (package.roll.root, package.roll.voters):
        check_roll(people.lines(), package, where)
    return b"".join([line + b"\n" for line in lines])


def _roll_lines(folder: Path) -> Iterator[RollLine]:
    path = folder / ROLL_FILE
    try:
        yield from read_lines(read_file(path, ROLL_BYTES_MAX), str(path))
    except DecodeError as error:
        raise PackageError([f"{error}. Get roll.index again with the package."]) from None


def add_signature(folder: Path, package: Package, key: OpenedKey) -> None:
    """Sign as the authority whose key this is and write the note with both signatures so far.

    A line by the same authority is replaced; a note for other bytes is refused.
    """
    authority = key.holder.authority
    if key.holder.holds != "authority" or authority is None:
        raise PackageError(
            [f"The {key.holder.holds} key of {key.holder.id} signs no package. Use an authority's."]
        )
    line = sign_package(package, authority, key.signer)
    path = folder / NOTE_FILE
    others: tuple[NoteSignature, ...] = ()
    if path.exists():
        note = _parse(read_note(folder), str(path))
        if note.text != package_text(package):
            raise PackageError(
                [f"{path}: signatures for another package lie here. Remove the file if it is old."]
            )
        others = tuple(other for other in note.signatures if other.name != line.name)
    lines = tuple(sorted((*others, line), key=lambda signature: signature.name))
    write_file(path, Note(package_text(package), lines).encode())


def signed_by(folder: Path, package: Package) -> list[str]:
    """Key names that stand in the note, unchecked, for display."""
    if not (folder / NOTE_FILE).exists():
        return []
    note = _parse(read_note(folder), str(folder / NOTE_FILE))
    return [line.name for line in note.signatures] if note.text == package_text(package) else []


def _parse(data: bytes, where: str) -> Note:
    try:
        return parse_note(data, where)
    except DecodeError as error:
        raise PackageError([f"{error}. Remove the file and let both authorities sign."]) from None


def _station(
    name: str, kind: StationKind, at: str, enrolment: Enrolment, opening: dict[str, bytes]
) -> Station:
    opening_key = opening[name] if kind == "box" else b""
    return Station(name, kind, at, enrolment.key, enrolment.certificate, opening_key)


def _certificates(package: Package, where: str) -> None:
    groups: tuple[tuple[str, Sequence[Station | Supervisor | Spare]], ...] = (
        ("stations", package.stations),
        ("supervisors", package.supervisors),
        ("spares", package.spares),
    )
    problems = [
        f"{where}: {key}[{i}].certificate: '{holder.id}': {problem} Take it from its maker again."
        for key, holders in groups
        for i, holder in enumerate(holders)
        if (problem := certificate_problem(holder.certificate, holder.key))
    ]
    if problems:
        raise PackageError(problems)
