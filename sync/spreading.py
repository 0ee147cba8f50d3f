"""To whom what is new goes at once, who is told its height, and whom to ask for what is lacking.

    up to 16 talking peers want a log   its author sends every entry to all of them at once
    more                                at once to a few, to the rest only the height ("I have 418")
    whoever lacks what others have      asks one of them after `RELAY_DELAY_MS`, then another

All stations stand on one ring, ordered by the hash of their ids; everybody reads it from behind
himself on. The few are spread evenly over it, one of them a guard and one of another place; what
arrives is told to the next few on it and to the author, whom it concerns. So everybody is told by
as many as he tells: an entry costs some messages for each station, not one for each pair of them.
Whose own entries arrived last is among the few: it may wait for an answer. Who shows no progress is
passed over until it does.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sync.limits import (
    ASK_AGAIN_MS,
    ASK_AGAIN_MS_MAX,
    EAGER_FEW,
    EAGER_PEERS_MAX,
    EAGER_RECENT,
    RELAY_DELAY_MS,
    TELL_FEW,
)
from sync.log import Log
from sync.package import Package, Station
from sync.session import Session


def ring_place(station: str) -> bytes:
    """Where a station stands on the ring; the same for everybody."""
    return hashlib.sha256(station.encode()).digest()


def around(own: str, peers: Iterable[str]) -> list[str]:
    """The peers in the order of the ring, beginning after `own`."""
    here = ring_place(own)
    placed = sorted((ring_place(peer), peer) for peer in peers)
    behind = sum(place <= here for place, _ in placed)
    return [peer for _, peer in placed[behind:] + placed[:behind]]


def eager(
    package: Package, station: Station, log: Log, audience: Sequence[Session], now_ms: int
) -> frozenset[Session]:
    """Those of the audience that get what `station` writes into its log at once."""
    if len(audience) <= EAGER_PEERS_MAX:
        return frozenset(audience)
    by_id = {session.peer.id: session for session in audience}
    ring = [by_id[peer] for peer in around(station.id, by_id)]
    ready = [session for session in ring if not session.is_behind(log.origin, now_ms)]
    if len(ready) < EAGER_FEW:
        ready = ring
    recent = sorted(ready, key=lambda session: session.spoke_ms, reverse=True)[:EAGER_RECENT]
    spread = [ready[i * len(ready) // EAGER_FEW] for i in range(EAGER_FEW)]
    chosen = [*recent, *spread]
    place = package.places_by_id.get(station.at)
    guards = place.guards if place else ()
    for wanted in (
        [session for session in ready if session.peer.id in guards],
        [session for session in ready if session.peer.at != station.at],
    ):
        if wanted and not any(session in chosen for session in wanted):
            chosen.append(wanted[0])
    return frozenset(chosen)


def told(own: str, author: str, audience: Sequence[Session]) -> Sequence[Session]:
    """Those of the audience that are told at the next tick what of `author` arrived at `own`."""
    if len(audience) <= EAGER_PEERS_MAX:
        return audience
    near = set(around(own, (session.peer.id for session in audience))[:TELL_FEW])
    return [session for session in audience if session.peer.id in near | {author}]


@dataclass
class _Lack:
    """One log of which peers have more: how far we know of, and whom we asked."""

    target: int
    held: int
    since_ms: int
    wait_ms: int
    asked: list[str] = field(default_factory=list)


class Asking:
    """Whom one station asks for the entries it lacks; one peer at a time for each log."""

    def __init__(self, own: str) -> None:
        self._own = own
        self._lacks: dict[str, _Lack] = {}

    def due(
        self, logs: Mapping[str, Log], sessions: Mapping[str, Session], now_ms: int
    ) -> Iterator[tuple[Session, Log]]:
        """Whom to ask now, and for which log."""
        holders: dict[str, list[Session]] = {}
        for session in sessions.values():
            for origin, size in session.heads.items():
                if size > logs[origin].sealed and logs[origin].fork is None:
                    holders.setdefault(origin, []).append(session)
        self._lacks = {o: lack for o, lack in self._lacks.items() if o in holders}
        for origin in sorted(holders):
            if whom := self._whom(logs[origin], holders[origin], now_ms):
                yield whom, logs[origin]

    def _whom(self, log: Log, holders: list[Session], now_ms: int) -> Session | None:
        lack = self._lacks.get(log.origin)
        if lack is None or log.sealed >= lack.target:
            target = max(session.heads[log.origin] for session in holders)
            wait_ms = 0 if log.station == self._own else RELAY_DELAY_MS
            lack = self._lacks[log.origin] = _Lack(target, log.sealed, now_ms, wait_ms)
        elif log.sealed > lack.held:
            lack.held, lack.since_ms, lack.wait_ms = log.sealed, now_ms, ASK_AGAIN_MS
        by_id = {session.peer.id: session for session in holders}
        has_left = bool(lack.asked) and lack.asked[-1] not in by_id
        if now_ms - lack.since_ms < lack.wait_ms and not has_left:
            return None
        lack.since_ms = now_ms
        order = [peer for peer in around(self._own, by_id) if peer != log.station]
        order += [peer for peer in by_id if peer == log.station]
        left = [peer for peer in order if peer not in lack.asked]
        lack.wait_ms = max(ASK_AGAIN_MS, lack.wait_ms)
        if not left:
            left, lack.asked = order, []
            lack.wait_ms = min(2 * lack.wait_ms, ASK_AGAIN_MS_MAX)
        lack.asked.append(left[0])
        return by_id[left[0]]
