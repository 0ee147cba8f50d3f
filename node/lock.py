"""One node a folder: two would sign two histories.

DIR/node.lock      locked (flock) by the node that runs; the lock goes with its process
"""

import contextlib
import fcntl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from sync.errors import MeshError

LOCK_FILE = "node.lock"
TRIES = 5
PAUSE_S = 0.05


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the folder; MeshError if a node runs on it already."""
    with (folder / LOCK_FILE).open("w") as file:
        # Whoever asks `is_locked` holds it for an instant; that is no node.
        if not any(_takes(file) for _ in range(TRIES)):
            raise MeshError(f"The station in {folder} runs already. Stop that one first.")
        yield


def is_locked(folder: Path) -> bool:
    """Does a node run on this folder? Asked without making or changing a file."""
    try:
        with (folder / LOCK_FILE).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _takes(file: IO[str]) -> bool:
    """Lock it, or wait a moment."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        threading.Event().wait(PAUSE_S)
        return False
    return True
