"""A desk's roll on disk: who may vote, under voter keys, with the name a worker must see.

    voters(voter BLOB primary key, name, birth_year, owed, ordinal)     everybody on the roll
    owed(number, home, rights, standing)                    what they may vote for, and where
    names(folded, voter)                                    this place's own people, by name

Tables are trees in key order, written once, sorted, a hundred rows a statement: a random insert
costs ten times as much, a row a statement twice. `ordinal` numbers the voters of one home in the
order of the registry's file. No national code is stored; the file still holds names and is as
private as the roll itself.
"""

import errno
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from sqlite_utils import Database

from node.files import PRIVATE, sync_file, sync_folder
from node.roll_file import Advance, People
from sync.errors import PackageError
from sync.roll import RollLine, Standing, is_voter_key
from sync.text import fold

ROWS_A_STATEMENT = 100
_TABLES = (
    "create table voters (voter blob primary key, name text not null,"
    " birth_year integer not null, owed integer not null, ordinal integer not null) without rowid",
    "create table owed (number integer primary key, home text not null,"
    " rights text not null, standing text not null)",
    "create table names (folded text not null, voter blob not null,"
    " primary key (folded, voter)) without rowid",
)
_AFTER_ANY = chr(0x10FFFF)


class Person(NamedTuple):
    """What a worker compares with the identity document; `standing` says why there is no right."""

    name: str
    birth_year: int
    home: str
    rights: tuple[str, ...]
    standing: Standing = ""


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
    def build(path: Path, people: People, place: str, advance: Advance) -> None:
        """Write `path` anew, whole or not at all; PackageError if the disk does not take it.

        `place` is the station's own: its voters can be found by name. `advance` gets row counts.
        """
        part = path.with_name(f".{path.name}.part")
        part.unlink(missing_ok=True)
        part.touch(PRIVATE, exist_ok=False)
        try:
            with closing(sqlite3.connect(part)) as connection:
                _fill(Database(connection), people, place, advance)
            sync_file(part)
            part.replace(path)
        except BaseException as error:
            part.unlink(missing_ok=True)
            if problem := _disk_problem(error):
                words = f"{path}: {problem}. The roll was not written; what was there still is."
                raise PackageError([words]) from None
            raise
        sync_folder(path.parent)

    def find(self, voter: str) -> RollLine | None:
        """The line of this voter key."""
        person = self.person(voter)
        if person is None:
            return None
        return RollLine(voter, person.home, person.rights, person.standing)

    def person(self, voter: str) -> Person | None:
        """The person under this voter key."""
        key = _key(voter)
        if key is None:
            return None
        row = self._database.execute(
            "select name, birth_year, home, rights, standing from voters"
            " join owed on owed.number = voters.owed where voter = ?",
            [key],
        ).fetchone()
        return None if row is None else _person(*row)

    def ordinal(self, voter: str) -> int | None:
        """The voter's number among those of the same home; None for who may not vote."""
        row = self._database.execute(
            "select ordinal from voters where voter = ? and ordinal > 0", [_key(voter)]
        ).fetchone()
        return None if row is None else int(row[0])

    def by_name_prefix(self, prefix: str, limit: int) -> list[tuple[str, Person]]:
        """Voters of this place whose name starts so, in order of name; at most `limit`."""
        folded = fold(prefix)
        if not folded:
            return []
        rows = self._database.execute(
            "select names.voter, name, birth_year, home, rights, standing from names"
            " join voters on voters.voter = names.voter join owed on owed.number = voters.owed"
            " where names.folded >= ? and names.folded < ?"
            " order by names.folded, names.voter limit ?",
            [folded, folded + _AFTER_ANY, limit],
        )
        return [(voter.hex(), _person(*rest)) for voter, *rest in rows]

    def page(self, first: int, limit: int) -> list[tuple[str, Person]]:
        """People of this place in order of name, from the `first`, counted from 0."""
        rows = self._database.execute(
            "select names.voter, name, birth_year, home, rights, standing from names"
            " join voters on voters.voter = names.voter join owed on owed.number = voters.owed"
            " order by names.folded, names.voter limit ? offset ?",
            [limit, first],
        )
        return [(voter.hex(), _person(*rest)) for voter, *rest in rows]

    def count_here(self) -> int:
        """Number of people of this place."""
        return int(self._database.execute("select count(*) from names").fetchone()[0])

    def lines(self) -> Iterator[RollLine]:
        """Every line in order, to compare the root with the package's."""
        rows = self._database.execute(
            "select voter, home, rights, standing from voters"
            " join owed on owed.number = voters.owed order by voter"
        )
        return (
            RollLine(voter.hex(), home, tuple(rights.split()), standing)
            for voter, home, rights, standing in rows
        )

    def count(self) -> int:
        """Number of voters."""
        return int(self._database.execute("select count(*) from voters").fetchone()[0])

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


def _fill(database: Database, people: People, place: str, advance: Advance) -> None:
    # Nobody sees the file before it is whole and synced, so it needs no journal.
    database.execute("pragma journal_mode = off")
    database.execute("pragma synchronous = off")
    for table in _TABLES:
        database.execute(table)
    near = {number for number, owed in enumerate(people.owed) if owed.home == place}
    names: list[tuple[str, bytes]] = []

    def noticed() -> Iterator[tuple[object, ...]]:
        for row in people.rows():
            if row[3] in near:
                names.append((fold(row[1]), row[0]))
            yield row

    owed = ((n, one.home, " ".join(one.rights), one.standing) for n, one in enumerate(people.owed))
    _insert(database, "owed", 4, owed)
    _insert(database, "voters", 5, noticed(), advance)
    names.sort()
    _insert(database, "names", 2, names)
    database.execute("pragma optimize")


def _insert(
    database: Database,
    table: str,
    columns: int,
    rows: Iterable[tuple[object, ...]],
    advance: Advance = lambda steps: None,
) -> None:
    """Insert rows of so many columns, sorted by key, in one transaction."""
    row = f"({', '.join('?' * columns)})"
    values = chain.from_iterable(rows)
    with database.conn:
        while batch := tuple(islice(values, columns * ROWS_A_STATEMENT)):
            count = len(batch) // columns
            rest = f", {row}" * (count - 1)
            database.conn.execute(f"insert into {table} values {row}{rest}", batch)
            advance(count)


def _person(name: str, year: int, home: str, rights: str, standing: Standing) -> Person:
    return Person(name, year, home, tuple(rights.split()), standing)


def _disk_problem(error: BaseException) -> str | None:
    """What the disk has against writing, with what to do; None if it is something else."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL or getattr(error, "errno", 0) in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; free some space and try again"
    if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
        return f"the disk cannot be written ({error}); try another one"
    return None


def _key(voter: str) -> bytes | None:
    """The bytes of a voter key in its one spelling; capitals or blanks are another text."""
    return bytes.fromhex(voter) if is_voter_key(voter) else None


def copy_roll(folder: Path, target: Path) -> None:
    """A copy of the roll of the desk in `folder`, whole and in one file."""
    with closing(sqlite3.connect(folder / "roll.db")) as source:
        source.execute("VACUUM INTO ?", (str(target),))
