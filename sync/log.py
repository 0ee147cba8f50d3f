"""One station's log as any station holds it: an RFC 6962 tree, its newest checkpoint, its forks.

The author extends it with `append` and signs with `seal`; everybody else extends it with `accept`,
which takes entries only up to a checkpoint that the author signed over exactly them. Every tile's
end (each 256 entries) has a checkpoint of its own, so that a long log can be verified, stored and
passed on a tile at a time.

A **fork** is two checkpoints of one log that cannot both be true: of one size with different roots,
or of two sizes where the smaller is no prefix of the larger. The proof is self-contained: both
signed notes, and for different sizes the root that the larger one's tree had at the smaller size,
with the consistency proof that says so. A proven fork freezes the log for good.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import Struct

from sync.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint, sign_checkpoint
from sync.errors import VerifyError
from sync.limits import TILE_ENTRIES
from sync.merkle import Tree, is_consistent, leaf_hash
from sync.signing import Signer


class ForkProof(Struct, frozen=True, forbid_unknown_fields=True):
    """Two signed checkpoints of one log, and why they contradict each other.

    `first` is the smaller (or equal) note, `second` the larger; `root` is the second tree's root at
    the first's size, `proof` the consistency proof from there (empty when sizes are equal).
    """

    origin: str
    first: bytes
    second: bytes
    root: bytes
    proof: tuple[bytes, ...]


def verify_fork(proof: ForkProof, public: bytes) -> None:
    """Raise VerifyError unless `proof` condemns the log whose author has key `public`."""
    first, second = open_checkpoint(proof.first, public), open_checkpoint(proof.second, public)
    if not first.origin == second.origin == proof.origin or first.size > second.size:
        raise VerifyError("fork proof: the checkpoints are not of one log, smaller first")
    if not is_consistent(first.size, second.size, proof.root, second.root, proof.proof):
        raise VerifyError("fork proof: the consistency proof does not hold")
    if proof.root == first.root:
        raise VerifyError("fork proof: the checkpoints agree")


@dataclass(frozen=True)
class Stretch:
    """Entries in log order with the checkpoints that cover them, as they are stored and sent.

    `checkpoints` are signed notes: one at each tile end inside the stretch, the last at its end.
    """

    origin: str
    first: int
    entries: tuple[bytes, ...]
    checkpoints: tuple[tuple[int, bytes], ...]


class Log:
    """One log, held whole as hashes. Entries themselves live in the store."""

    def __init__(self, origin: str, station: str, epoch: int, public: bytes) -> None:
        self.origin = origin
        self.station = station
        self.epoch = epoch
        self.public = public
        self.tree = Tree()
        self.note = b""
        self.sealed = 0
        self.fork: ForkProof | None = None
        self._unsealed: list[bytes] = []

    @property
    def size(self) -> int:
        """Entries held; `sealed` of them lie under the newest checkpoint."""
        return self.tree.size

    def append(self, entry: bytes) -> int:
        """The author adds one entry; its index. It counts once `seal` has been persisted."""
        index = self.size
        self.tree.append(leaf_hash(entry))
        self._unsealed.append(entry)
        return index

    def seal(self, signer: Signer) -> Stretch | None:
        """The author signs what was appended since the last time; None if nothing was."""
        if not self._unsealed:
            return None
        entries, self._unsealed = tuple(self._unsealed), []
        first = self.size - len(entries)
        ends = [end for end in _tile_ends(first, self.size) if end != self.size]
        notes = tuple(
            (end, sign_checkpoint(Checkpoint(self.origin, end, self.tree.root(end)), signer))
            for end in (*ends, self.size)
        )
        self.note, self.sealed = notes[-1][1], self.size
        return Stretch(self.origin, first, entries, notes)

    def accept(self, first: int, entries: Sequence[bytes], note: bytes) -> Stretch | None:
        """Take another station's entries up to the checkpoint `note`; None if all were known.

        Raises VerifyError, leaving the log as it was, unless the author signed exactly them.
        """
        checkpoint = open_checkpoint(note, self.public)
        if checkpoint.origin != self.origin or checkpoint.size != first + len(entries):
            raise VerifyError(f"{self.origin}: the checkpoint does not end where the entries do")
        if first > self.size or first // TILE_ENTRIES != (checkpoint.size - 1) // TILE_ENTRIES:
            raise VerifyError(f"{self.origin}: entries from {first} leave a gap or cross a tile")
        if checkpoint.size <= self.size:
            return None
        fresh = tuple(entries[self.size - first :])
        leaves = [leaf_hash(entry) for entry in fresh]
        edge = self.tree.edge()
        for leaf in leaves:
            edge.append(leaf)
        if edge.root() != checkpoint.root:
            raise VerifyError(f"{self.origin}: the entries are not those the checkpoint covers")
        start = self.size
        for leaf in leaves:
            self.tree.append(leaf)
        self.note, self.sealed = note, self.size
        return Stretch(self.origin, start, fresh, ((checkpoint.size, note),))

    def restore(self, entries: Sequence[bytes], note: bytes) -> None:
        """Take up what the store kept; VerifyError if it is not what the checkpoint covers."""
        assert not self.size, "a log is restored once, when empty"
        for entry in entries:
            self.tree.append(leaf_hash(entry))
        checkpoint = open_checkpoint(note, self.public)
        if checkpoint != Checkpoint(self.origin, self.size, self.tree.root()):
            raise VerifyError(
                f"{self.origin}: the {self.size} stored entries are not those its checkpoint covers"
            )
        self.note, self.sealed = note, self.size

    def checkpoint(self) -> Checkpoint:
        """Size and root under the newest checkpoint."""
        return Checkpoint(self.origin, self.sealed, self.tree.root(self.sealed))

    def contradicts(self, note: bytes) -> ForkProof | None:
        """A fork proof if the signed `note`, not larger than what is held, does not fit it."""
        if note == self.note:
            return None
        other, _ = parse_checkpoint(note)
        if other.origin != self.origin or not 0 < other.size <= self.sealed:
            return None
        open_checkpoint(note, self.public)
        root = self.tree.root(other.size)
        if root == other.root:
            return None
        proof = tuple(self.tree.consistency_proof(other.size, self.sealed))
        return ForkProof(self.origin, note, self.note, root, proof)


def _tile_ends(first: int, size: int) -> range:
    """The tile ends in (first, size]."""
    return range((first // TILE_ENTRIES + 1) * TILE_ENTRIES, size + 1, TILE_ENTRIES)
