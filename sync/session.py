"""One conversation with one peer: who has what, and what goes out next.

    greeting   our Hello is sent; the first message must be theirs, for the same package
    talking    both know each other's checkpoints; entries, acknowledgements and proofs flow

What we have written ourselves goes out at once. What somebody else wrote we pass on only when the
peer still lacks it after `RELAY_DELAY_MS`: most entries reach everybody directly, and a relay is
for those they cannot reach. Entries in flight are bounded; a `Have` acknowledges: it is durable.
"""

from dataclasses import dataclass, field

from sync.effects import Effect, Send, SendEntries
from sync.limits import BUNDLES_IN_FLIGHT_MAX, RELAY_DELAY_MS, TILE_ENTRIES
from sync.log import Log
from sync.message import Forked, Message, encode_message
from sync.package import Station

IN_FLIGHT_MAX = BUNDLES_IN_FLIGHT_MAX * TILE_ENTRIES


@dataclass
class Session:
    """What is known of a peer while the link stands."""

    peer: Station
    is_talking: bool = False
    heads_heard: bool = False
    refused: int = 0
    known: dict[str, int] = field(default_factory=dict)
    heads: dict[str, int] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)
    lacking_since: dict[str, int] = field(default_factory=dict)
    cosigned: dict[tuple[str, str], int] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)
    shown: dict[str, int] = field(default_factory=dict)
    forks_told: set[str] = field(default_factory=set)

    def send(self, message: Message) -> Effect:
        """One message to this peer."""
        return Send(self.peer.id, encode_message(message))

    def heard_head(self, origin: str, size: int) -> None:
        """The peer says, or shows by a checkpoint, that it holds `size` entries durably."""
        self.heads[origin] = max(size, self.heads.get(origin, 0))
        self.known[origin] = max(size, self.known.get(origin, 0))

    def acknowledged(self, origin: str, size: int) -> None:
        """The peer acknowledges; one that brings nothing new asks us to go on from there."""
        if size <= self.known.get(origin, 0):
            self.sent[origin] = self.known.get(origin, 0)
        self.heard_head(origin, size)

    def push(self, log: Log, own: bool, now_ms: int) -> list[Effect]:
        """What to send of one log now."""
        if not self.heads_heard:
            return []
        effects: list[Effect] = []
        if log.fork is not None and log.origin not in self.forks_told:
            self.forks_told.add(log.origin)
            effects.append(self.send(Forked(log.fork)))
        known = self.known.get(log.origin, 0)
        if known >= log.sealed:
            self.lacking_since.pop(log.origin, None)
            return effects
        since_ms = self.lacking_since.setdefault(log.origin, now_ms)
        first = max(known, self.sent.get(log.origin, 0))
        end = min(log.sealed, known + IN_FLIGHT_MAX)
        if first < end and (own or now_ms - since_ms >= RELAY_DELAY_MS):
            self.sent[log.origin] = end
            effects.append(SendEntries(self.peer.id, log.origin, first, end))
        return effects

    def waiting_out(self, logs: list[Log]) -> int:
        """Entries of these logs that the peer does not hold yet."""
        return sum(max(0, log.sealed - self.known.get(log.origin, 0)) for log in logs)

    def waiting_in(self, logs: list[Log]) -> int:
        """Entries that the peer holds and we do not, as far as it has shown."""
        held = {log.origin: log.sealed for log in logs}
        return sum(max(0, size - held.get(origin, 0)) for origin, size in self.heads.items())
