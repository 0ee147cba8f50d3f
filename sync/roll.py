"""The roll without names: who may vote, where and for what, under keyed codes.

A **voter key** is BLAKE2b-128 of the national code, keyed with the day's roll key, in hex. Whoever
holds the roll key can find a code by trying all of them in minutes; without it the keys say
nothing. The public roll is a file of one canonical line a voter, sorted:

    ["00a1f0…","a",["parliament","council"]]          voter key, home place, rights

Its RFC 6962 root over these lines (without newlines) stands in the package.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from sync.encoding import canonical, decode
from sync.errors import DecodeError
from sync.merkle import leaf_hash, root_of

VOTER_KEY_BYTES = 16
_VOTER_KEY = re.compile("[0-9a-f]{32}")


class RollLine(NamedTuple):
    """One voter, nameless."""

    voter: str
    home: str
    rights: tuple[str, ...]


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


def voter_key(roll_key: bytes, national_code: str) -> str:
    """The keyed hash under which a voter appears in logs: 32 hex digits."""
    code = national_code.encode("ascii")
    return hashlib.blake2b(
        code, key=roll_key, digest_size=VOTER_KEY_BYTES, person=b"pollmesh voter"
    ).hexdigest()


def is_voter_key(text: str) -> bool:
    """Is this a voter key in its one spelling: 32 hex digits, small letters?"""
    return _VOTER_KEY.fullmatch(text) is not None


def encode_line(line: RollLine) -> bytes:
    """One line of the public roll, without newline."""
    return canonical(line)


def decode_roll(data: bytes, where: str) -> list[RollLine]:
    """Read a public roll; DecodeError names the line that is wrong, unsorted or doubled."""
    lines: list[RollLine] = []
    if data and not data.endswith(b"\n"):
        raise DecodeError(where, "the last line does not end; the file is cut off")
    for number, raw in enumerate(data.split(b"\n")[:-1], start=1):
        line = decode(raw, RollLine, f"{where} line {number}")
        if not is_voter_key(line.voter):
            raise DecodeError(f"{where} line {number}", "a voter key is 32 hex digits, no capitals")
        if lines and line.voter <= lines[-1].voter:
            raise DecodeError(f"{where} line {number}", "voter keys must rise, one line a voter")
        lines.append(line)
    return lines


def roll_root(lines: Iterable[RollLine]) -> bytes:
    """The Merkle root of sorted lines."""
    return root_of([leaf_hash(encode_line(line)) for line in lines])
