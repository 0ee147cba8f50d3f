"""What is to be printed, on disk: jobs.db in the station's folder.

    jobs(number, what, about, state)      state: waiting, printing, printed, unknown, failed

A job is `printing` on disk before the first byte goes to the printer. One that is found so at start
was cut off by a power cut or a crash: it is `unknown`, it may or may not be on paper, and a person
looks. What stands on the paper is not kept here but made again from the log and the card's secret,
so that a second print is the same card, never another one.
"""

import sqlite3
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from node.store_file import open_store_file, store_error

JobState = Literal["waiting", "printing", "printed", "unknown", "failed"]

migrations = Migrations("pollmesh-jobs")


@migrations()
def jobs(db: Any) -> None:
    """The first form of the queue."""
    db.execute(
        "CREATE TABLE jobs (number INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT NOT NULL, "
        "about TEXT NOT NULL, state TEXT NOT NULL) STRICT"
    )


class Job(Struct, frozen=True):
    """One piece of paper to come. `about` tells which: a card's number, a text."""

    number: int
    what: str
    about: str
    state: JobState


class Jobs:
    """The queue's rows. Every method returns when it is on disk; used from one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = open_store_file(path)
        try:
            migrations.apply(Database(self._connection))
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            raise store_error(path, error) from None

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def found(self) -> list[Job]:
        """Everything in the queue, oldest first; what was being printed is unknown now."""
        self._do("UPDATE jobs SET state = 'unknown' WHERE state = 'printing'")
        rows = self._do("SELECT number, what, about, state FROM jobs ORDER BY number")
        return [Job(*row) for row in rows]

    def add(self, what: str, about: str) -> Job:
        """A new job, waiting."""
        sql = "INSERT INTO jobs (what, about, state) VALUES (?, ?, 'waiting') RETURNING number"
        number = int(self._do(sql, what, about)[0][0])
        return Job(number, what, about, "waiting")

    def set_state(self, number: int, state: JobState) -> None:
        """The job goes on."""
        self._do("UPDATE jobs SET state = ? WHERE number = ?", state, number)

    def remove(self, number: int) -> None:
        """The job is done with; what a worker typed for it does not live on in the journal."""
        self._do("DELETE FROM jobs WHERE number = ?", number)
        self._do("PRAGMA wal_checkpoint(TRUNCATE)")

    def _do(self, sql: str, *values: Any) -> list[Any]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise store_error(self._path, error) from None
