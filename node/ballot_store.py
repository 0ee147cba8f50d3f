"""The box's file of sealed ballots and spent cards, written whole each time a ballot is cast.

    DIR/box.store        see `sync.sealed_set`; the bytes depend on the set, not on the order

A new file is synced beside the old one and renamed over it, so a power cut leaves the ballot and
its spent card both in or both out. A card that was taken back is spent in the same way, without a
ballot. How many cards the file shows as spent is kept in the log's database too, after the file: a
file that is gone, or older than that, stops the box.
"""

from pathlib import Path

from node.files import read_file, write_private
from node.randomness import seal
from node.runner import Runner
from node.store import Store
from node.store_file import StoreError
from sync.box import Box
from sync.effects import BallotStored, StoreBallot
from sync.errors import DecodeError
from sync.sealed_set import SealedSet, decode_sealed_set

STORE_FILE = "box.store"
STORE_BYTES_MAX = 64 * 1024 * 1024
"""Over 100,000 ballots; a box takes a few thousand."""


def load_ballots(
    folder: Path, day: str, box: str, desks: tuple[str, ...], stored: int
) -> SealedSet:
    """The box's store, `stored` cards spent at least; StoreError if it is older or damaged."""
    path = folder / STORE_FILE
    store = SealedSet(day, box, desks)
    if path.exists():
        try:
            store = decode_sealed_set(read_file(path, STORE_BYTES_MAX), day, box, desks)
        except DecodeError as error:
            raise StoreError(f"{path}: {error}. Stop, keep this box, call the district.") from None
        except OSError as error:
            words = f"{path}: {error.strerror}. Stop, keep this box, call the district."
            raise StoreError(words) from None
    if len(store.spent) < stored:
        raise StoreError(
            f"{path}: {len(store.spent)} cards spent, but {stored} were here before: this "
            "file is lost or older. Stop, keep this box, call the district."
        )
    return store


class BallotWriter:
    """Seals a ballot and makes it durable with its spent card; its words touch no other file."""

    def __init__(self, folder: Path, runner: Runner, store: Store, box: Box) -> None:
        self._folder = folder
        self._runner = runner
        self._store = store
        self._box = box

    async def store(self, effect: StoreBallot) -> BallotStored:
        """Perform one StoreBallot. A disk that fails half-way ends the node (StoreError)."""
        if effect.plaintext is None:
            ballots = self._box.store.take_back(effect.desk, effect.spent)
        else:
            sealed = seal(self._box.station.opening_key, effect.plaintext)
            ballots = self._box.store.add(effect.desk, effect.spent, sealed)
        try:
            await self._runner.on_disk(write_private, self._folder / STORE_FILE, ballots.encode())
        except OSError as error:
            self._check_old_stands(error)
            what = "card was NOT taken back" if effect.plaintext is None else "vote was NOT cast"
            words = f"The {what}: the disk says '{error.strerror}'."
            problem = f"{words} The card is still good. Call an officer."
            return BallotStored(effect.session, problem)
        await self._runner.on_disk(self._store.remember_ballots, len(ballots.spent))
        self._box.took(ballots)
        return BallotStored(effect.session, None)

    def _check_old_stands(self, error: OSError) -> None:
        """After a failed write the old file must be there, or nobody can say what is cast."""
        path, old = self._folder / STORE_FILE, self._box.store
        try:
            data = path.read_bytes() if path.exists() else b""
            stands = data == (old.encode() if data or old.spent else b"")
        except OSError:
            stands = False
        if not stands:
            raise StoreError(
                f"{path}: the disk failed in the middle of a vote ({error.strerror}). Start the "
                "box again: the voter's card tells whether the vote is in."
            ) from None
