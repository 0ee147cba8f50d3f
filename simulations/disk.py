"""A fake disk: what one station would still have after its plug was pulled.

`commit` takes the durable effects of one write together, all or nothing, as the real store does.
Entries of a log are only ever added; a stretch that leaves a gap or overlaps is our own bug.
"""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

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
from sync.log import ForkProof
from sync.message import Entries, encode_message
from sync.orders import Order
from sync.sealed_set import SealedSet
from sync.tiles import pack_bundle

Durable = Persist | PersistCosignature | PersistFork | PersistOrder | KeepSecret | ForgetSecret


@dataclass
class StoredLog:
    """Entries of one log, and its signed checkpoints by size: every tile end and the newest."""

    entries: list[bytes] = field(default_factory=list)
    notes: dict[int, bytes] = field(default_factory=dict)

    @property
    def note(self) -> bytes:
        """The newest checkpoint."""
        return self.notes[len(self.entries)]


@dataclass
class Disk:
    """Everything one station keeps."""

    logs: dict[str, StoredLog] = field(default_factory=dict)
    forks: dict[str, ForkProof] = field(default_factory=dict)
    cosignatures: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    secrets: dict[int, bytes] = field(default_factory=dict)
    ballots: SealedSet | None = None
    orders: list[Order] = field(default_factory=list)

    def commit(self, effects: Sequence[Durable]) -> None:
        """Write these effects, all of them."""
        for effect in effects:
            match effect:
                case Persist(stretch):
                    log = self.logs.setdefault(stretch.origin, StoredLog())
                    assert stretch.first == len(log.entries), f"{stretch.origin}: gap or overlap"
                    log.entries += stretch.entries
                    log.notes.update(stretch.checkpoints)
                    log.notes = {
                        size: note
                        for size, note in log.notes.items()
                        if size % TILE_ENTRIES == 0 or size == len(log.entries)
                    }
                case PersistCosignature(origin, cosigner, size, line):
                    self.cosignatures[(origin, cosigner)] = (size, line)
                case PersistFork(proof):
                    self.forks[proof.origin] = proof
                case PersistOrder(order):
                    self.orders.append(order)
                case KeepSecret(number, secret):
                    self.secrets[number] = secret
                case ForgetSecret(number):
                    self.secrets.pop(number, None)

    def image(self) -> "Disk":
        """A copy, as a backup keeps it; putting an old one back is a class B fault."""
        return deepcopy(self)

    def frames(self, origin: str, first: int, end: int) -> Iterator[bytes]:
        """The entries [first, end) and on to the next stored checkpoint, a tile at a time."""
        log = self.logs[origin]
        assert end <= len(log.entries), "nobody is sent what is not on the disk"
        while first < end:
            tile_end = (first // TILE_ENTRIES + 1) * TILE_ENTRIES
            stop = min(tile_end, len(log.entries))
            bundle = pack_bundle(log.entries[first:stop])
            yield encode_message(Entries(origin, first, bundle, log.notes[stop]))
            first = stop


def is_durable(effect: Effect) -> bool:
    """Does this effect reach the disk rather than a peer, a screen or the ballots' media?"""
    return isinstance(effect, Durable)
