"""The roll without names: who may vote, where and for what, under keyed codes.

A **voter key** is BLAKE2b-128 of the national code, keyed with the day's roll key, in hex. Whoever
holds the roll key can find a code by trying all of them in minutes; without it the keys say
nothing. The public roll is a file of one canonical line a person, sorted:

    ["00a1f0…","a",["parliament","council"],""]       voter key, home place, rights, standing
    ["00b27c…","a",[],"too-young"]                    somebody who may not vote, and why

Whoever may not vote stands on the roll too, so that a desk can say why; a line has rights or a
standing, never both. The RFC 6962 root over all lines (without newlines) stands in the package.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Literal, NamedTuple, Protocol, get_args

from sync.encoding import canonical, decode
from sync.errors import DecodeError
from sync.merkle import leaf_hash, root_of

VOTER_KEY_BYTES = 16
_VOTER_KEY = re.compile("[0-9a-f]{32}")
_BIRTH_DATE = re.compile("(1[6-9]|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}")
_YEAR = re.compile("[0-9]{4}")

Standing = Literal["", "too-young", "deceased"]
"""Why somebody on the roll may not vote; empty for those who may."""

STANDINGS: tuple[Standing, ...] = get_args(Standing)

BARRED_WORDS: dict[Standing, str] = {
    "": "May vote in no election of the day.",
    "too-young": "On the roll as too young to vote on this day.",
    "deceased": "On the roll as deceased. Compare the document with the person.",
}
"""What a worker reads about somebody who may not vote."""

VOTING_AGE = 18
"""Full years on polling day (election laws of parliament and councils)."""

_JALALI_LAST = 1600
"""A year of birth up to here is of the Jalali calendar, 621 or 622 years behind."""


class RollLine(NamedTuple):
    """One person, nameless: a voter with rights, or somebody with a standing and none."""

    voter: str
    home: str
    rights: tuple[str, ...]
    standing: Standing = ""

    @property
    def may_vote(self) -> bool:
        """Is this a voter, for some election of the day?"""
        return not self.standing and bool(self.rights)

    def missing(self, elections: Iterable[str]) -> tuple[str, ...]:
        """Those of the day's elections in which this voter has no right, in the order given."""
        return tuple(election for election in elections if election not in self.rights)


class Roll(Protocol):
    """Where rules look up a voter; a table that never changes during the day."""

    def find(self, voter: str) -> RollLine | None:
        """The line of this voter key; a text that is no voter key finds nobody."""
        ...


class RollInMemory:
    """A roll held as a dict: for verification, simulation and small days."""

    def __init__(self, lines: Iterable[RollLine]) -> None:
        self._lines = {line.voter: line for line in lines}

    def __len__(self) -> int:
        return len(self._lines)

    def find(self, voter: str) -> RollLine | None:
        """The line of this voter key."""
        return self._lines.get(voter)


class RollWithAdded:
    """A roll and the voters that amendments added; who stood on the roll stays as they stood."""

    def __init__(self, roll: Roll, added: Iterable[RollLine]) -> None:
        self._roll = roll
        self._added = {line.voter: line for line in added}

    def find(self, voter: str) -> RollLine | None:
        """The line of this voter key."""
        return self._roll.find(voter) or self._added.get(voter)


def voter_key(roll_key: bytes, national_code: str) -> str:
    """The keyed hash under which a voter appears in logs: 32 hex digits."""
    code = national_code.encode("ascii")
    return hashlib.blake2b(
        code, key=roll_key, digest_size=VOTER_KEY_BYTES, person=b"pollmesh voter"
    ).hexdigest()


def voter_keys(roll_key: bytes) -> Callable[[str], bytes]:
    """`voter_key` for many codes: the same hash as bytes, its keyed beginning computed once."""
    began = hashlib.blake2b(key=roll_key, digest_size=VOTER_KEY_BYTES, person=b"pollmesh voter")

    def keyed(national_code: str) -> bytes:
        hashed = began.copy()
        hashed.update(national_code.encode("ascii"))
        return hashed.digest()

    return keyed


def full_years(birth: str, day: date) -> tuple[int, int] | None:
    """How old somebody is on `day`, at least and at most; None if `birth` is no date.

    `birth` is a Gregorian date (2008-03-21) or a year alone, of either calendar: of a year alone
    nobody knows the day, and a Jalali year lies in two Gregorian ones.
    """
    if _BIRTH_DATE.fullmatch(birth):
        try:
            born = date.fromisoformat(birth)
        except ValueError:
            return None
        return _years(born, day), _years(born, day)
    if not _YEAR.fullmatch(birth):
        return None
    year = int(birth)
    if year <= _JALALI_LAST:
        return _years(date(year + 622, 3, 21), day), _years(date(year + 621, 3, 20), day)
    return _years(date(year, 12, 31), day), _years(date(year, 1, 1), day)


def _years(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def is_voter_key(text: str) -> bool:
    """Is this a voter key in its one spelling: 32 hex digits, small letters?"""
    return _VOTER_KEY.fullmatch(text) is not None


def encode_line(line: RollLine) -> bytes:
    """One line of the public roll, without newline."""
    return canonical(line)


def line_problem(line: RollLine) -> str | None:
    """What contradicts itself in a line, in words; None if nothing does."""
    if not is_voter_key(line.voter):
        return "a voter key is 32 hex digits, no capitals"
    if not line.rights and not line.standing:
        return "neither rights nor a standing that says why there are none"
    if line.rights and line.standing:
        return f"rights beside the standing '{line.standing}'"
    return None


def decode_roll(data: bytes, where: str) -> list[RollLine]:
    """Read a public roll; DecodeError names the line that is wrong, unsorted or doubled."""
    return list(read_lines(data, where))


def read_lines(data: bytes, where: str) -> Iterator[RollLine]:
    """`decode_roll` line by line; homes and rights that are alike become one object."""
    if data and not data.endswith(b"\n"):
        raise DecodeError(where, "the last line does not end; the file is cut off")
    before, begin, number = "", 0, 0
    alike: dict[tuple[object, ...], RollLine] = {}
    while (end := data.find(b"\n", begin)) >= 0:
        number += 1
        line = decode(data[begin:end], RollLine, f"{where} line {number}")
        if problem := line_problem(line):
            raise DecodeError(f"{where} line {number}", problem)
        if line.voter <= before:
            raise DecodeError(f"{where} line {number}", "voter keys must rise, one line a voter")
        yield alike.setdefault(line[1:], line)._replace(voter=line.voter)
        before, begin = line.voter, end + 1


def roll_index(lines: Iterable[RollLine]) -> bytes:
    """The public roll: one canonical line a person."""
    return b"".join([encode_line(line) + b"\n" for line in lines])


def root_and_count(lines: Iterable[RollLine]) -> tuple[bytes, int]:
    """Merkle root and number of sorted lines, gone through once."""
    hashes = [leaf_hash(encode_line(line)) for line in lines]
    return root_of(hashes), len(hashes)


def voters_by_home(lines: Iterable[RollLine], homes: Iterable[str]) -> dict[str, int]:
    """How many of each home may vote: what turnout is measured against."""
    counts = dict.fromkeys(homes, 0)
    for line in lines:
        if line.may_vote and line.home in counts:
            counts[line.home] += 1
    return counts


def roll_root(lines: Iterable[RollLine]) -> bytes:
    """The Merkle root of sorted lines."""
    return root_and_count(lines)[0]
