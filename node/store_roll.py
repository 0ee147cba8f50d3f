"""A desk's roll on disk: who may vote, under voter keys, with the name a worker must see.

    voters(voter BLOB primary key, name, folded, birth_year, home, rights)     the whole province
    names(folded, voter)                                this place's own voters, to find by name

Both tables are trees in key order without row numbers, written once, in sorted batches: a random
insert costs ten times as much. No national code is stored; the file still holds names and is as
private as the roll itself.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from sqlite_utils import Database

from node.files import PRIVATE, sync_file, sync_folder
from node.roll_file import Advance, PersonLine
from sync.roll import RollLine, is_voter_key
from sync.text import fold

BATCH = 10_000
_AFTER_ANY = chr(0x10FFFF)


class Person(NamedTuple):
    """What a worker compares with the identity document."""

    name: str
    birth_year: int
    home: str
    rights: tuple[str, ...]


class RollStore:
    """A roll that never changes during the day; satisfies `sync.roll.Roll`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, path: Path) -> "RollStore":
        """Open `path` for reading; FileNotFoundError if `build` has not made it."""
        if not path.exists():
            raise FileNotFoundError(2, "no roll here; run 'pollmesh station install'", str(path))
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        return cls(Database(connection))

    @staticmethod
    def build(path: Path, people: Iterable[PersonLine], place: str, advance: Advance) -> None:
        """Write `path` from `people` sorted by voter key, replacing what is there.

        `place` is the station's own: its voters can be found by name. `advance` gets row counts.
        """
        part = path.with_name(f".{path.name}.part")
        part.unlink(missing_ok=True)
        part.touch(PRIVATE, exist_ok=False)
        connection = sqlite3.connect(part)
        try:
            _fill(Database(connection), people, place, advance)
        except BaseException:
            connection.close()
            part.unlink(missing_ok=True)
            raise
        connection.close()
        sync_file(part)
        part.replace(path)
        sync_folder(path.parent)

    def find(self, voter: str) -> RollLine | None:
        """The line of this voter key."""
        person = self.person(voter)
        return None if person is None else RollLine(voter, person.home, person.rights)

    def person(self, voter: str) -> Person | None:
        """The person under this voter key."""
        key = _key(voter)
        if key is None:
            return None
        row = self._database.execute(
            "select name, birth_year, home, rights from voters where voter = ?", [key]
        ).fetchone()
        return None if row is None else Person(row[0], row[1], row[2], tuple(row[3].split()))

    def by_name_prefix(self, prefix: str, limit: int) -> list[tuple[str, Person]]:
        """Voters of this place whose name starts so, in order of name; at most `limit`."""
        folded = fold(prefix)
        if not folded:
            return []
        rows = self._database.execute(
            "select names.voter, name, birth_year, home, rights from names"
            " join voters on voters.voter = names.voter"
            " where names.folded >= ? and names.folded < ?"
            " order by names.folded, names.voter limit ?",
            [folded, folded + _AFTER_ANY, limit],
        )
        return [
            (voter.hex(), Person(name, year, home, tuple(rights.split())))
            for voter, name, year, home, rights in rows
        ]

    def lines(self) -> Iterator[RollLine]:
        """Every line in order, to compare the root with the package's."""
        rows = self._database.execute("select voter, home, rights from voters order by voter")
        return (RollLine(voter.hex(), home, tuple(rights.split())) for voter, home, rights in rows)

    def count(self) -> int:
        """Number of voters."""
        return int(self._database.execute("select count(*) from voters").fetchone()[0])

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


def _fill(database: Database, people: Iterable[PersonLine], place: str, advance: Advance) -> None:
    # Nobody sees the file before it is whole and synced, so it needs no journal.
    database.execute("pragma journal_mode = off")
    database.execute("pragma synchronous = off")
    database.execute(
        "create table voters (voter blob primary key, name text not null, folded text not null,"
        " birth_year integer not null, home text not null, rights text not null) without rowid"
    )
    database.execute(
        "create table names (folded text not null, voter blob not null,"
        " primary key (folded, voter)) without rowid"
    )
    here: list[tuple[str, bytes]] = []
    rest = iter(people)
    while batch := list(islice(rest, BATCH)):
        rows = [_row(person) for person in batch]
        with database.conn:
            database.conn.executemany("insert into voters values (?, ?, ?, ?, ?, ?)", rows)
        here += [(row[2], row[0]) for row in rows if row[4] == place]
        advance(len(batch))
    here.sort()
    with database.conn:
        database.conn.executemany("insert into names values (?, ?)", here)
    database.execute("pragma optimize")


def _row(person: PersonLine) -> tuple[bytes, str, str, int, str, str]:
    line = person.line
    voter = bytes.fromhex(line.voter)
    rights = " ".join(line.rights)
    return voter, person.name, person.folded, person.birth_year, line.home, rights


def _key(voter: str) -> bytes | None:
    """The bytes of a voter key in its one spelling; capitals or blanks are another text."""
    return bytes.fromhex(voter) if is_voter_key(voter) else None
