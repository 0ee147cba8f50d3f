"""The roll as a registry hands it over: CSV with names, turned into keyed lines, all or nothing.

    national_code,name,birth_year,home,rights,standing
    9990000018,…,1985,a,parliament council,
    9990000026,…,2011-03-21,a,,too-young

`home` is a polling place, `rights` are election ids with blanks between. The last column may be
left out; it says why somebody may not vote, and then there are no rights. Birth is a year, of
either calendar, or a Gregorian date. Codes, names and digits are normalised (`sync.text`). No
national code leaves this module; what comes out carries voter keys.

People are held packed, some hundred bytes each, and come out in order of voter key: a table keyed
by hashes is written ten times faster in their order.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from struct import Struct
from typing import NamedTuple, Protocol

from node.rejected import Rejections
from sync.package import Hours
from sync.roll import (
    STANDINGS,
    VOTER_KEY_BYTES,
    VOTING_AGE,
    RollLine,
    Standing,
    full_years,
    voter_keys,
)
from sync.text import ascii_digits, national_code_problem, normal

COLUMNS = ("national_code", "name", "birth_year", "home", "rights")
WITH_STANDING = (*COLUMNS, "standing")
STEP = 1_000
"""Lines between two moves of a progress bar."""

NAME_LETTERS_MAX = 200
"""Longer than any name on a card: a column gone astray."""

AGE_MAX = 130
"""Nobody is known to have lived longer; a voter older than this is a typing error."""

OWED_MAX = 1_000_000
"""Different rows of home, rights and standing that one roll may have."""

Advance = Callable[[int], None]

_PACKED = Struct(f">{VOTER_KEY_BYTES}sIIHI")
"""Voter key, line of the file, ordinal, year of birth, number in `owed`; the name in UTF-8."""


class Owed(NamedTuple):
    """What a roll says of somebody's vote: where, for what, or why for nothing."""

    home: str
    rights: tuple[str, ...]
    standing: Standing = ""


Row = tuple[bytes, str, int, int, int]
"""Voter key, name, year of birth, number in `People.owed`, ordinal: as a desk's table has them.

Ordinals number the voters of one home from 1 in the order of the file (`sync.alarms` asks);
whoever may not vote has 0.
"""


class People:
    """Everybody on a roll in order of voter key; can be gone through as often as one likes."""

    def __init__(self, packed: list[bytes], owed: list[Owed]) -> None:
        self.owed = owed
        self._packed = packed

    @classmethod
    def of(cls, people: Iterable[tuple[RollLine, str, int, int]]) -> "People":
        """Line, name, year of birth and ordinal of each, in order of voter key."""
        packed, owed = [], list[Owed]()
        for number, (line, name, year, ordinal) in enumerate(people, start=1):
            one = Owed(line.home, line.rights, line.standing)
            if one not in owed:
                owed.append(one)
            key = bytes.fromhex(line.voter)
            packed.append(pack(key, number, ordinal, year, owed.index(one), name))
        return cls(packed, owed)

    def __len__(self) -> int:
        return len(self._packed)

    def rows(self) -> Iterator[Row]:
        """Each as a row of the table."""
        unpack, size = _PACKED.unpack_from, _PACKED.size
        for data in self._packed:
            key, _, ordinal, year, owed = unpack(data)
            yield key, data[size:].decode(), year, owed, ordinal

    def barred(self) -> dict[Standing, int]:
        """How many may not vote, by the reason."""
        standings = [owed.standing for owed in self.owed]
        found = Counter(standings[_PACKED.unpack_from(data)[4]] for data in self._packed)
        return {standing: found[standing] for standing in STANDINGS if standing and found[standing]}

    def lines(self) -> Iterator[RollLine]:
        """The lines of the public roll, nameless."""
        all_owed, unpack = self.owed, _PACKED.unpack_from
        for data in self._packed:
            key, _, _, _, owed = unpack(data)
            home, rights, standing = all_owed[owed]
            yield RollLine(key.hex(), home, rights, standing)


def pack(voter: bytes, line: int, ordinal: int, year: int, owed: int, name: str) -> bytes:
    """One person in some hundred bytes that sort by voter key, then by line of the file."""
    return _PACKED.pack(voter, line, ordinal, year, owed) + name.encode()


def first_day(hours: Sequence[Hours]) -> date:
    """Polling day, for ages: the UTC day on which polls first open."""
    return date.fromisoformat(min(period.opens for period in hours)[:10])


def count_lines(path: Path) -> int:
    """Lines of the file, for a progress bar."""
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))


def read_roll(
    path: Path,
    roll_key: bytes,
    homes: tuple[str, ...],
    rights: tuple[str, ...],
    day: date,
    advance: Advance = lambda steps: None,
) -> People:
    """Everybody in the file; rights in the order of `rights`. `day` is polling day, for ages.

    RollRejectedError if any line cannot be used: nobody is taken then, and every such line stands
    with number and reason in a file beside `path` (`node.rejected`).
    """
    reader = _LineReader(roll_key, homes, rights, day)
    with Rejections(path) as rejected:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, strict=True)
            try:
                header = tuple(name.strip() for name in next(rows, []))
                if header not in (COLUMNS, WITH_STANDING):
                    rejected.add(1, _header_problem(header))
                    rejected.end()
                packed = _read_rows(rows, reader, len(header), rejected, advance)
            except csv.Error as error:
                rejected.add(rows.line_num, f"{error}. Save it as plain CSV.")
            except UnicodeDecodeError:
                rejected.add(rows.line_num + 1, "not UTF-8, here or soon after. Save it as UTF-8.")
        rejected.end()
    return People(packed, reader.owed)


def _read_rows(
    rows: "_Rows", reader: "_LineReader", width: int, rejected: Rejections, advance: Advance
) -> list[bytes]:
    """The packed people of all rows, sorted."""
    packed: list[bytes] = []
    for row in rows:
        number = rows.line_num
        if len(row) != width:
            rejected.add(number, f"{len(row)} fields, {width} are needed. Compare the first line.")
            continue
        found = reader.read(row, number)
        if isinstance(found, bytes):
            packed.append(found)
        else:
            rejected.add(number, found)
        if number % STEP == 0:
            advance(STEP)
    packed.sort()
    _reject_doubles(packed, rejected)
    return packed


class _Rows(Protocol):
    """A `csv.reader`: rows, and how many lines of the file they took so far."""

    @property
    def line_num(self) -> int: ...

    def __iter__(self) -> Iterator[list[str]]: ...


def _header_problem(header: tuple[str, ...]) -> str:
    return (
        f"columns '{','.join(header)[:80]}'. "
        f"The first line is '{','.join(COLUMNS)}', with or without ',standing'."
    )


def _reject_doubles(packed: list[bytes], rejected: Rejections) -> None:
    """Once sorted, the lines of one voter key stand together, the first of the file first."""
    first, key = b"", b"no key yet"
    for data in packed:
        if not data.startswith(key):
            first, key = data, data[:VOTER_KEY_BYTES]
            continue
        earlier, later = (_PACKED.unpack_from(line)[1] for line in (first, data))
        words = f"the same national code as line {earlier}. A voter stands once; take one out."
        rejected.add(later, words)


class _LineReader:
    """Checks one row at a time against the places and elections of the day.

    What most rows say again and again (a year, a home with rights) is read once and found by its
    cells ever after; only of whoever may not vote every row is looked at whole.
    """

    def __init__(
        self, roll_key: bytes, homes: tuple[str, ...], rights: tuple[str, ...], day: date
    ) -> None:
        self.owed: list[Owed] = []
        self._key = voter_keys(roll_key)
        self._rights = rights
        self._day = day
        self._ordinals = dict.fromkeys(homes, 0)
        self._numbers: dict[Owed, int] = {}
        self._grown_up: dict[str, int] = {}
        self._usual: dict[tuple[str, ...], int] = {}

    def read(self, row: list[str], line: int) -> bytes | str:
        """The person of a row, packed, or why there is none, in a sentence."""
        code, name, birth = row[0], row[1], row[2]
        if national_code_problem(code):
            code = ascii_digits(code.strip())
            if problem := national_code_problem(code):
                return problem
        name = normal(name)
        odd = not name.isprintable() or not 0 < len(name) <= NAME_LETTERS_MAX
        if odd and (problem := _name_problem(name)):
            return problem
        year, owed = self._grown_up.get(birth), self._usual.get(tuple(row[3:]))
        if year is None or owed is None:
            found = self._judge(*map(str.strip, row[2:]))
            if isinstance(found, str):
                return found
            year, owed, usual = found
            if usual:
                self._grown_up[birth], self._usual[tuple(row[3:])] = year, owed
        home, _, standing = self.owed[owed]
        ordinal = 0
        if not standing:
            ordinal = self._ordinals[home] = self._ordinals[home] + 1
        return pack(self._key(code), line, ordinal, year, owed, name)

    def _judge(
        self, birth: str, home: str, rights: str, standing: str = ""
    ) -> tuple[int, int, bool] | str:
        """Year of birth, number in `owed`, and whether this is a voter as most are; or a reason."""
        born = ascii_digits(birth)
        ages = full_years(born, self._day)
        if ages is None:
            return f"Birth year '{birth[:20]}' is no year of four digits, and no date 1985-03-21."
        if home not in self._ordinals:
            return f"Home '{home[:40]}' is no polling place of the package."
        parts = rights.split()
        if problem := self._rights_problem(parts):
            return problem
        known = next((one for one in STANDINGS if one == standing), None)
        if known is None:
            barred = " or ".join(f"'{one}'" for one in STANDINGS if one)
            return f"Standing '{standing[:40]}' is unknown. Leave it empty, or write {barred}."
        if not parts and not known and ages[1] < VOTING_AGE:
            known = "too-young"
        if problem := _disagreement(parts, known, born, ages, self._day):
            return problem
        owed = Owed(home, tuple(right for right in self._rights if right in parts), known)
        if owed not in self._numbers:
            if len(self.owed) == OWED_MAX:
                return f"More than {OWED_MAX} kinds of home and rights. Correct the roll."
            self._numbers[owed] = len(self.owed)
            self.owed.append(owed)
        return int(born[:4]), self._numbers[owed], not known

    def _rights_problem(self, parts: list[str]) -> str | None:
        for right in parts:
            if right not in self._rights:
                return f"Right '{right[:40]}' is no election of the package."
        if len(set(parts)) != len(parts):
            return "A right stands twice."
        return None


def _disagreement(
    parts: list[str], standing: Standing, born: str, ages: tuple[int, int], day: date
) -> str | None:
    """What in a row contradicts the rest: rights, standing, age (at least, at most)."""
    if parts and standing:
        return f"Rights beside the standing '{standing}'. Take one of the two out."
    if not parts and not standing:
        return "No right is named. Write election ids with blanks between."
    if parts and ages[1] < VOTING_AGE:
        return f"Born {born}, under {VOTING_AGE} on {day}, yet with rights. Correct one of them."
    if parts and ages[0] > AGE_MAX:
        return f"Born {born}, {ages[0]} years old on {day}. Correct the birth year."
    if standing == "too-young" and ages[0] >= VOTING_AGE:
        return f"Born {born}, {VOTING_AGE} by {day}, yet too-young. Correct one of them."
    return None


def _name_problem(name: str) -> str | None:
    if not name:
        return "The name is empty."
    if len(name) > NAME_LETTERS_MAX:
        return f"The name has {len(name)} letters, at most {NAME_LETTERS_MAX}. Look for a comma."
    if any(letter < " " or letter == "\x7f" for letter in name):
        return "The name holds control characters. Type it again."
    return None
