"""The box's file of sealed ballots and spent cards, written whole each time a ballot is cast.

    DIR/box.store        see `sync.sealed_set`; the bytes depend on the set, not on the order

A new file is synced beside the old one and renamed over it, so a power cut leaves the ballot and
its spent card both in or both out.
"""

from pathlib import Path

from node.files import read_file, write_private
from sync.sealed_set import SealedSet, decode_sealed_set

STORE_FILE = "box.store"
STORE_BYTES_MAX = 64 * 1024 * 1024
"""Over 100,000 ballots; a box takes a few thousand."""


def load_ballots(folder: Path, day: str, box: str, desks: tuple[str, ...]) -> SealedSet:
    """What the box holds; an empty set if it never held anything. DecodeError if damaged."""
    path = folder / STORE_FILE
    if not path.exists():
        return SealedSet(day, box, desks)
    return decode_sealed_set(read_file(path, STORE_BYTES_MAX), day, box, desks)


def save_ballots(folder: Path, store: SealedSet) -> None:
    """Make the set durable; OSError if the disk does not take it, and then the old one stands."""
    write_private(folder / STORE_FILE, store.encode())
