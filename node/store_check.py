"""Looking at a station's SQLite files without standing in their writer's way.

    write_and_read_back(folder)   a file of its own on the same disk: written, synced, read, removed
    quick_check(log.db)           PRAGMA quick_check on a connection that only reads
    log_sizes(log.db)             origin -> size, for a station that does not run

A reader blocks no writer (WAL). The station's own file is never written here: a check that held the
write lock would end the node.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import zstandard

from node.clock import now_ms
from node.randomness import random_bytes
from node.store_file import open_store_file, store_error
from sync.tiles import unpack_bundle

CHECK_FILE = "self-test.db"
CHECK_BYTES = 64 * 1024
_TILE_BYTES_MAX = 32 * 1024 * 1024


def write_and_read_back(folder: Path) -> int:
    """How many milliseconds a synced write of 64 KiB took; StoreError if it does not come back."""
    path = folder / CHECK_FILE
    _remove(path)
    data = random_bytes(CHECK_BYTES)
    began = now_ms()
    try:
        with contextlib.closing(open_store_file(path)) as connection:
            connection.execute("CREATE TABLE written (data BLOB NOT NULL)")
            connection.execute("INSERT INTO written VALUES (?)", (data,))
        took_ms = now_ms() - began
        with contextlib.closing(_reading(path)) as connection:
            (found,) = connection.execute("SELECT data FROM written").fetchone()
        if found != data:
            raise store_error(
                path, sqlite3.DatabaseError("other bytes came back than were written")
            )
    except sqlite3.Error as error:
        raise store_error(path, error) from None
    finally:
        _remove(path)
    return max(0, took_ms)


def quick_check(path: Path) -> str:
    """What SQLite has against a file, in its words; empty if nothing."""
    try:
        with contextlib.closing(_reading(path)) as connection:
            rows = connection.execute("PRAGMA quick_check(5)").fetchall()
    except sqlite3.Error as error:
        return str(error)
    said = "; ".join(str(words) for (words,) in rows)
    return "" if said == "ok" else said


def log_sizes(path: Path) -> dict[str, int]:
    """The logs in a station's store and how many entries each has; StoreError if it is damaged."""
    try:
        with contextlib.closing(_reading(path)) as connection:
            return dict(connection.execute("SELECT origin, size FROM logs ORDER BY origin"))
    except sqlite3.Error as error:
        raise store_error(path, error) from None


def log_entries(path: Path, origin: str) -> Iterator[bytes]:
    """The entries of one log in a station's store, in order; StoreError if it is damaged."""
    try:
        with contextlib.closing(_reading(path)) as connection:
            tiles = connection.execute(
                "SELECT bundle FROM tiles WHERE origin = ? ORDER BY tile", (origin,)
            )
            for (bundle,) in tiles:
                data = zstandard.decompress(bundle, max_output_size=_TILE_BYTES_MAX)
                yield from unpack_bundle(data, f"{path}: {origin}")
            tail = connection.execute(
                "SELECT entry FROM tail WHERE origin = ? ORDER BY idx", (origin,)
            )
            for (entry,) in tail:
                yield entry
    except sqlite3.Error as error:
        raise store_error(path, error) from None
    except zstandard.ZstdError as error:
        raise store_error(path, sqlite3.DatabaseError(f"a damaged tile: {error}")) from None


def addresses(path: Path) -> dict[str, str]:
    """Where stations were last reached; nothing if this station has not run yet."""
    if not path.exists():
        return {}
    try:
        with contextlib.closing(_reading(path)) as connection:
            return dict(connection.execute("SELECT station, address FROM addresses"))
    except sqlite3.Error as error:
        raise store_error(path, error) from None


def _reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=2)


def _remove(path: Path) -> None:
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
