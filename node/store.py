"""The station's log store: SQLite, one file, one transaction for everything that goes out together.

    logs(origin, size, note)                   newest checkpoint of each log held
    tail(origin, idx, entry)                   entries of the growing tile, a row each
    tiles(origin, tile, bundle, note)          full tiles: 256 entries, zstd, and their checkpoint
    cosignatures(origin, cosigner, size, line)
    forks(origin, proof)
    orders(number, body, note)                 amendments and calls, in the order they came
    secrets(number, secret)                    a desk's cards issued and not yet taken
    addresses(station, address)                where siblings were last reached
    ballots(stored)                            a box: how many ballots its file must hold

`commit` returns when the data are on disk (WAL, synchronous=FULL). Rows are written in key order,
nothing is indexed by a hash. Everything else a station knows is folded from here at start.
"""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import zstandard
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from node.store_file import StoreError, open_store_file, store_error
from sync.effects import (
    Effect,
    ForgetSecret,
    KeepSecret,
    Persist,
    PersistCosignature,
    PersistFork,
    PersistOrder,
)
from sync.limits import TILE_ENTRIES
from sync.log import ForkProof, Stretch
from sync.message import Entries
from sync.orders import Order
from sync.tiles import pack_bundle, unpack_bundle

DURABLE = (Persist, PersistCosignature, PersistFork, PersistOrder, KeepSecret, ForgetSecret)
STORE_FILE = "log.db"
_ZSTD_LEVEL = 3
_TILE_BYTES_MAX = 32 * 1024 * 1024

migrations = Migrations("pollmesh")


@migrations()
def logs_and_tiles(db: Any) -> None:
    """The first form of the store."""
    db.executescript(
        """
        CREATE TABLE logs (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, note BLOB NOT NULL)
            STRICT, WITHOUT ROWID;
        CREATE TABLE tail (origin TEXT, idx INTEGER, entry BLOB NOT NULL,
            PRIMARY KEY (origin, idx)) STRICT, WITHOUT ROWID;
        CREATE TABLE tiles (origin TEXT, tile INTEGER, bundle BLOB NOT NULL, note BLOB NOT NULL,
            PRIMARY KEY (origin, tile)) STRICT;
        CREATE TABLE cosignatures (origin TEXT, cosigner TEXT, size INTEGER NOT NULL,
            line TEXT NOT NULL, PRIMARY KEY (origin, cosigner)) STRICT, WITHOUT ROWID;
        CREATE TABLE forks (origin TEXT PRIMARY KEY, proof BLOB NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE secrets (number INTEGER PRIMARY KEY, secret BLOB NOT NULL) STRICT;
        CREATE TABLE addresses (station TEXT PRIMARY KEY, address TEXT NOT NULL)
            STRICT, WITHOUT ROWID;
        """
    )


@migrations()
def orders(db: Any) -> None:
    """Amendments and called spares."""
    db.execute(
        "CREATE TABLE orders (number INTEGER PRIMARY KEY, body BLOB NOT NULL, note BLOB NOT NULL) "
        "STRICT"
    )


@migrations()
def ballots_stored(db: Any) -> None:
    """How many ballots a box has stored; never which, nor when."""
    db.execute("CREATE TABLE ballots (one INTEGER PRIMARY KEY, stored INTEGER NOT NULL) STRICT")


class Store:
    """One station's store. Not thread-safe: the runner uses it from one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = open_store_file(path)
        try:
            migrations.apply(Database(self._connection))
            # A secret forgotten just before a power cut may still stand in the write-ahead log.
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            raise self._error(error) from None

    def close(self) -> None:
        """Close the file; everything committed is on disk already."""
        self._connection.close()

    def commit(self, effects: Sequence[Effect]) -> None:
        """Write every durable effect in one transaction, wholly or not at all."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for effect in effects:
                self._write(effect)
            self._connection.execute("COMMIT")
            if any(isinstance(effect, ForgetSecret) for effect in effects):
                # A forgotten secret must not live on in the write-ahead log.
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except BaseException as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise self._error(error) from None
            raise

    def logs(self) -> Iterator[tuple[str, list[bytes], bytes]]:
        """Every log: origin, entries, newest checkpoint."""
        try:
            rows = self._rows("SELECT origin, size, note FROM logs ORDER BY origin")
            for origin, size, note in rows:
                yield origin, self.entries(origin, 0, size), note
        except sqlite3.Error as error:
            raise self._error(error) from None

    def entries(self, origin: str, first: int, end: int) -> list[bytes]:
        """Entries [first, end) of a log; StoreError if some are missing."""
        found: list[bytes] = []
        tiles = self._rows(
            "SELECT tile, bundle FROM tiles WHERE origin = ? AND tile BETWEEN ? AND ?"
            " ORDER BY tile",
            (origin, first // TILE_ENTRIES, max(first, end - 1) // TILE_ENTRIES),
        )
        for tile, bundle in tiles:
            start = tile * TILE_ENTRIES
            entries = self._unpack(origin, bundle)
            found += entries[max(0, first - start) : max(0, end - start)]
        rows = self._rows(
            "SELECT entry FROM tail WHERE origin = ? AND idx >= ? AND idx < ? ORDER BY idx",
            (origin, first, end),
        )
        found += [entry for (entry,) in rows]
        if len(found) != end - first:
            words = f"{origin}: {len(found)} of {end - first} entries are in the store"
            raise StoreError(f"{self._path}: {words}. Keep the disk, put a spare to work.")
        return found

    def stretch(self, origin: str, first: int) -> Entries | None:
        """What to send from `first` on: inside one tile, up to a checkpoint; None at the end."""
        tile = first // TILE_ENTRIES
        full = self._rows(
            "SELECT bundle, note FROM tiles WHERE origin = ? AND tile = ?", (origin, tile)
        )
        if full:
            entries = self._unpack(origin, full[0][0])[first - tile * TILE_ENTRIES :]
            return Entries(origin, first, pack_bundle(entries), full[0][1])
        heads = self._rows("SELECT size, note FROM logs WHERE origin = ?", (origin,))
        if not heads or heads[0][0] <= first:
            return None
        size, note = heads[0]
        return Entries(origin, first, pack_bundle(self.entries(origin, first, size)), note)

    def forks(self) -> list[ForkProof]:
        """Every fork proof kept."""
        rows = self._rows("SELECT proof FROM forks ORDER BY origin")
        return [msgspec.msgpack.decode(proof, type=ForkProof) for (proof,) in rows]

    def orders(self) -> list[Order]:
        """Amendments and calls, in the order they came."""
        return [Order(*row) for row in self._rows("SELECT body, note FROM orders ORDER BY number")]

    def cosignatures(self) -> list[tuple[str, str, int, str]]:
        """Every cosignature kept: origin, cosigner, size, line."""
        return self._rows("SELECT origin, cosigner, size, line FROM cosignatures")

    def secrets(self) -> dict[int, bytes]:
        """Secrets of cards not yet taken, by card number."""
        return dict(self._rows("SELECT number, secret FROM secrets"))

    def addresses(self) -> dict[str, str]:
        """Where stations were last reached."""
        return dict(self._rows("SELECT station, address FROM addresses"))

    def remember_address(self, station: str, address: str) -> None:
        """Keep where a station was reached; a hint, so the disk may refuse it."""
        self._connection.execute(
            "INSERT OR REPLACE INTO addresses VALUES (?, ?)",
            (station, address),
        )

    def ballots_stored(self) -> int:
        """How many ballots the box's file must hold at least."""
        return next((stored for (stored,) in self._rows("SELECT stored FROM ballots")), 0)

    def remember_ballots(self, stored: int) -> None:
        """Keep how many ballots the box's file now holds."""
        try:
            self._connection.execute("INSERT OR REPLACE INTO ballots VALUES (1, ?)", (stored,))
        except sqlite3.Error as error:
            raise self._error(error) from None

    def _write(self, effect: Effect) -> None:
        execute = self._connection.execute
        match effect:
            case Persist(stretch):
                self._write_stretch(stretch)
            case PersistCosignature(origin, cosigner, size, line):
                execute(
                    "INSERT OR REPLACE INTO cosignatures VALUES (?, ?, ?, ?)",
                    (origin, cosigner, size, line),
                )
            case PersistFork(proof):
                data = msgspec.msgpack.encode(proof)
                execute("INSERT OR IGNORE INTO forks VALUES (?, ?)", (proof.origin, data))
            case PersistOrder(order):
                sql = "INSERT INTO orders (body, note) VALUES (?, ?)"
                execute(sql, (order.body, order.note))
            case KeepSecret(number, secret):
                execute("INSERT OR REPLACE INTO secrets VALUES (?, ?)", (number, secret))
            case ForgetSecret(number):
                execute("DELETE FROM secrets WHERE number = ?", (number,))
            case _:
                raise AssertionError(f"{type(effect).__name__} is not durable")

    def _write_stretch(self, stretch: Stretch) -> None:
        origin, size = stretch.origin, stretch.first + len(stretch.entries)
        # The size on disk must be where the stretch begins: a gap or an overlap is our own bug,
        # and must never reach the disk.
        held = self._rows("SELECT size FROM logs WHERE origin = ?", (origin,))
        assert (held[0][0] if held else 0) == stretch.first, f"{origin}: a gap in the store"
        self._connection.executemany(
            "INSERT INTO tail VALUES (?, ?, ?)",
            ((origin, i, entry) for i, entry in enumerate(stretch.entries, stretch.first)),
        )
        for end, note in stretch.checkpoints:
            if end % TILE_ENTRIES == 0:
                self._close_tile(origin, end, note)
        self._connection.execute(
            "INSERT OR REPLACE INTO logs VALUES (?, ?, ?)",
            (origin, size, stretch.checkpoints[-1][1]),
        )

    def _close_tile(self, origin: str, end: int, note: bytes) -> None:
        first = end - TILE_ENTRIES
        rows = self._rows(
            "SELECT entry FROM tail WHERE origin = ? AND idx >= ? AND idx < ? ORDER BY idx",
            (origin, first, end),
        )
        assert len(rows) == TILE_ENTRIES, f"{origin}: a tile that is not whole"
        packed = zstandard.compress(pack_bundle([entry for (entry,) in rows]), _ZSTD_LEVEL)
        self._connection.execute(
            "INSERT INTO tiles VALUES (?, ?, ?, ?)", (origin, first // TILE_ENTRIES, packed, note)
        )
        self._connection.execute("DELETE FROM tail WHERE origin = ? AND idx < ?", (origin, end))

    def _unpack(self, origin: str, bundle: bytes) -> list[bytes]:
        try:
            data = zstandard.decompress(bundle, max_output_size=_TILE_BYTES_MAX)
        except zstandard.ZstdError:
            words = f"{self._path}: a tile of {origin} is damaged"
            raise StoreError(f"{words}. Keep the disk, put a spare to work.") from None
        return unpack_bundle(data, f"{self._path}: {origin}")

    def _rows(self, sql: str, values: tuple[Any, ...] = ()) -> list[Any]:
        return self._connection.execute(sql, values).fetchall()

    def _error(self, error: sqlite3.Error) -> StoreError:
        return store_error(self._path, error)


def stored_orders(path: Path) -> list[Order]:
    """The orders in the store at `path`, read beside a node that may run; maybe none."""
    if not path.exists():
        return []
    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        ) as db:
            rows = db.execute("SELECT body, note FROM orders ORDER BY number").fetchall()
    except sqlite3.Error:
        # A store of before the first order was ever kept, or one that `doctor` speaks about.
        return []
    return [Order(*row) for row in rows]
