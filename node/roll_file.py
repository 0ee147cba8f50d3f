"""The roll as a registry hands it over: CSV with names, turned into keyed lines, all or nothing.

    national_code,name,birth_year,home,rights
    9990000018,…,1985,a,parliament council

`home` is a polling place, `rights` are election ids with blanks between. Codes, names and digits
are normalised (`sync.text`). No national code leaves this module; what comes out carries voter
keys.
"""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from sync.errors import PackageError
from sync.roll import RollLine, encode_line, voter_key
from sync.text import ascii_digits, fold, national_code_problem, normal

COLUMNS = ("national_code", "name", "birth_year", "home", "rights")
STEP = 1_000
"""Lines between two moves of a progress bar."""

Advance = Callable[[int], None]


class PersonLine(NamedTuple):
    """One voter with the name by which a worker knows them."""

    line: RollLine
    name: str
    folded: str
    birth_year: int


def count_lines(path: Path) -> int:
    """Lines of the file, for a progress bar."""
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))


def read_roll(
    path: Path,
    roll_key: bytes,
    homes: tuple[str, ...],
    rights: tuple[str, ...],
    advance: Callable[[int], None] = lambda steps: None,
) -> list[PersonLine]:
    """All voters, sorted by voter key; rights in the order of `rights`.

    PackageError lists every rejected line with its number and reason; then none is accepted.
    """
    reader = _LineReader(roll_key, homes, rights)
    problems: list[str] = []
    people: dict[str, tuple[int, PersonLine]] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, strict=True)
        try:
            _check_header(path, rows)
            for row in rows:
                number = rows.line_num
                found = reader.read(row)
                if isinstance(found, str):
                    problems.append(f"{path}: line {number}: {found}")
                elif earlier := people.get(found.line.voter):
                    problems.append(
                        f"{path}: line {number}: the same national code as line {earlier[0]}. "
                        "A voter stands once; take one out."
                    )
                else:
                    people[found.line.voter] = (number, found)
                if number % STEP == 0:
                    advance(STEP)
        except csv.Error as error:
            problems.append(f"{path}: line {rows.line_num}: {error}. Save it as plain CSV.")
        except UnicodeDecodeError:
            problems.append(f"{path}: after line {rows.line_num}: not UTF-8. Save it as UTF-8.")
    if problems:
        raise PackageError(problems)
    return [people[voter][1] for voter in sorted(people)]


def roll_index(people: list[PersonLine]) -> bytes:
    """The public roll (`sync.roll`): one canonical line a voter, without names."""
    return b"".join(encode_line(person.line) + b"\n" for person in people)


def _check_header(path: Path, rows: Iterator[list[str]]) -> None:
    header = tuple(name.strip() for name in next(rows, []))
    if header != COLUMNS:
        raise PackageError(
            [
                f"{path}: line 1: columns '{','.join(header)[:80]}'. "
                f"The first line is '{','.join(COLUMNS)}'."
            ]
        )


class _LineReader:
    """Checks one row at a time against the places and elections of the day."""

    def __init__(self, roll_key: bytes, homes: tuple[str, ...], rights: tuple[str, ...]) -> None:
        self._roll_key = roll_key
        self._homes = frozenset(homes)
        self._rights = rights
        self._known_rights: dict[str, tuple[str, ...]] = {}

    def read(self, row: list[str]) -> PersonLine | str:
        """The voter of a row, or why there is none, in a sentence."""
        if len(row) != len(COLUMNS):
            return f"{len(row)} fields, {len(COLUMNS)} are needed. Compare the first line."
        code, name, birth_year, home, rights = (field.strip() for field in row)
        code = ascii_digits(code)
        if problem := national_code_problem(code):
            return problem
        name = normal(name)
        if not name:
            return "The name is empty."
        year = ascii_digits(birth_year)
        if not (year.isascii() and year.isdigit() and len(year) == 4):
            return f"Birth year '{birth_year[:20]}' is not four digits."
        if home not in self._homes:
            return f"Home '{home[:40]}' is no polling place of the package."
        ordered = self._known_rights.get(rights)
        if ordered is None:
            parts = rights.split()
            if problem := self._rights_problem(parts):
                return problem
            ordered = tuple(right for right in self._rights if right in parts)
            self._known_rights[rights] = ordered
        line = RollLine(voter_key(self._roll_key, code), home, ordered)
        return PersonLine(line, name, fold(name), int(year))

    def _rights_problem(self, parts: list[str]) -> str | None:
        if not parts:
            return "No right is named. Write election ids with blanks between."
        for right in parts:
            if right not in self._rights:
                return f"Right '{right[:40]}' is no election of the package."
        if len(set(parts)) != len(parts):
            return "A right stands twice."
        return None
