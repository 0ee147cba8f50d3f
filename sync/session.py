"""One conversation with one peer: who has what, and what goes out next.

    greeting   our Hello is sent; the first message must be theirs, for the same package
    talking    both know each other's checkpoints; entries, acknowledgements and proofs flow

What we have written ourselves goes out by itself (to whom at once: `sync.spreading`). What somebody
else wrote goes out when the peer asks: most entries reach everybody directly, and a relay is for
those they cannot reach. Entries in flight are bounded; a `Have` acknowledges: it is durable.
"""

from dataclasses import dataclass, field

from sync.effects import Effect, Send, SendEntries
from sync.limits import (
    BUNDLES_IN_FLIGHT_MAX,
    EAGER_FAILED_MS,
    RESEND_AFTER_MS,
    TILE_ENTRIES,
)
from sync.log import Log
from sync.message import Forked, Message, encode_message
from sync.package import Station

IN_FLIGHT_MAX = BUNDLES_IN_FLIGHT_MAX * TILE_ENTRIES


@dataclass(eq=False)
class Session:
    """What is known of a peer while the link stands."""

    peer: Station
    is_talking: bool = False
    heads_heard: bool = False
    refused: int = 0
    was_ordered: bool = False
    card_questions: int = 0
    spoke_ms: int = -1
    known: dict[str, int] = field(default_factory=dict)
    heads: dict[str, int] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)
    sent_ms: dict[str, int] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
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
        if size > self.known.get(origin, 0):
            self.known[origin] = size
            self.lacking_since.pop(origin, None)

    def acknowledged(self, origin: str, size: int) -> None:
        """The peer acknowledges; one that brings nothing new asks us to go on from there."""
        if size <= self.known.get(origin, 0):
            self.sent[origin] = self.known.get(origin, 0)
        self.heard_head(origin, size)

    def wanted(self, origin: str, size: int, now_ms: int) -> None:
        """The peer asks for what it lacks from `size` on, whoever wrote it.

        What was sent a moment ago is on its way: a slow link is not filled with it again.
        """
        self.heard_head(origin, size)
        self.asked.add(origin)
        if now_ms - self.sent_ms.get(origin, now_ms - RESEND_AFTER_MS) >= RESEND_AFTER_MS:
            self.sent[origin] = self.known.get(origin, 0)

    def is_behind(self, origin: str, now_ms: int) -> bool:
        """Has the peer lacked entries for long without showing any progress?"""
        return now_ms - self.lacking_since.get(origin, now_ms) >= EAGER_FAILED_MS

    def push(self, log: Log, at_once: bool, now_ms: int) -> list[Effect]:
        """What to send of one log now; `at_once`, or else only what the peer asked for."""
        if not self.heads_heard:
            return []
        effects: list[Effect] = []
        if log.fork is not None and log.origin not in self.forks_told:
            self.forks_told.add(log.origin)
            effects.append(self.send(Forked(log.fork)))
        known = self.known.get(log.origin, 0)
        if known >= log.sealed:
            self.asked.discard(log.origin)
            return effects
        self.lacking_since.setdefault(log.origin, now_ms)
        first = max(known, self.sent.get(log.origin, 0))
        end = min(log.sealed, known + IN_FLIGHT_MAX)
        if first < end and (at_once or log.origin in self.asked):
            self.sent[log.origin], self.sent_ms[log.origin] = end, now_ms
            effects.append(SendEntries(self.peer.id, log.origin, first, end))
        return effects

    def waiting_out(self, logs: list[Log]) -> int:
        """Entries of these logs that the peer does not hold yet."""
        return sum(max(0, log.sealed - self.known.get(log.origin, 0)) for log in logs)

    def waiting_in(self, logs: list[Log]) -> int:
        """Entries that the peer holds and we do not, as far as it has shown."""
        held = {log.origin: log.sealed for log in logs}
        return sum(max(0, size - held.get(origin, 0)) for origin, size in self.heads.items())
