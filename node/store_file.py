"""One SQLite file, opened so that what is committed is on disk, and its errors in words."""

import os
import sqlite3
from pathlib import Path

from sync.errors import MeshError


class StoreError(MeshError):
    """The disk does not take or give what it should; says what to do."""


def open_store_file(path: Path) -> sqlite3.Connection:
    """The file at `path`, made if need be, private (0600), in WAL with synchronous=FULL."""
    try:
        # The write-ahead log and its index take their mode from the file.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}. Check that the folder exists.") from None
    try:
        connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=2)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")
    except sqlite3.Error as error:
        raise store_error(path, error) from None
    return connection


def store_error(path: Path, error: sqlite3.Error) -> StoreError:
    """What SQLite said of the file at `path`, and what to do."""
    words = str(error)
    if "full" in words:
        todo = "Free space on this disk, then start the station again; nothing answered is lost"
    elif "locked" in words:
        todo = "Another process has this station open; stop it first"
    elif "readonly" in words or "unable to open" in words:
        todo = "Check that the folder exists and may be written"
    else:
        todo = "Keep this disk, put a spare to work"
    return StoreError(f"{path}: {words}. {todo}.")
