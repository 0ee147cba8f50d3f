"""Cosignatures: stations say, signed and timed, that they held each other's entries.

On a timer a station cosigns every log that has grown, and at once one that is sealed or returns
(c2sp.org/tlog-cosignature). Of each cosigner and log the newest line is kept. Its maker sends it to
everybody who wants that log; who holds it passes it on, on the same timer, to the next few on the
ring (`sync.spreading`) and to districts. Nobody cosigns an own log, and a forked log is cosigned no
more.

In a place of more than 16 stations a log is cosigned by 8 of them, the same for everybody, and by
any other that sees two timers pass with fewer than two lines over what it holds; lines are passed
on to the next one on the ring, and to districts by the log's author.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sync.checkpoint import Checkpoint, cosign, cosigner_key, verify_cosignature
from sync.effects import Effect, PersistCosignature
from sync.errors import DecodeError, VerifyError
from sync.limits import (
    COSIGN_EVERY_MS,
    COSIGNERS_FEW,
    COSIGNERS_LEAST,
    EAGER_PEERS_MAX,
    NOTE_SIGNATURES_MAX,
    TELL_FEW,
)
from sync.log import Log
from sync.message import Cosigned
from sync.note import parse_note
from sync.package import Package, Station
from sync.session import Session
from sync.signing import Signer
from sync.spreading import around


class Cosigning:
    """The cosignatures that one station keeps: origin -> cosigner -> (size, line)."""

    def __init__(self, package: Package, station: Station, signer: Signer) -> None:
        self.kept: dict[str, dict[str, tuple[int, str]]] = {}
        self._package = package
        self._station = station
        self._signer = signer
        self._done_ms = -COSIGN_EVERY_MS
        self._seen: dict[str, int] = {}
        self._chosen: dict[str, bool] = {}

    def restore(self, origin: str, cosigner: str, size: int, line: str) -> None:
        """Take up a stored cosignature."""
        self.kept.setdefault(origin, {})[cosigner] = (size, line)

    def hurry(self) -> None:
        """Cosign at the next step: something final was said."""
        self._done_ms = -COSIGN_EVERY_MS

    def take(self, session: Session, log: Log, message: Cosigned) -> PersistCosignature | None:
        """A cosignature from a peer, verified; None if it is not new, or ahead of what we hold."""
        station = self._package.stations_by_id.get(message.cosigner)
        if station is None or station.id == log.station:
            raise VerifyError(f"{message.cosigner[:40]} cosigns no log of {log.station}")
        if not 0 < message.size <= log.sealed:
            return None
        if self.kept.get(log.origin, {}).get(station.id) == (message.size, message.line):
            self._heard(session, log, message)
            return None
        signatures = parse_note(b"x\n\n" + message.line.encode(), "cosignature").signatures
        if [signature.line() for signature in signatures] != [message.line]:
            raise DecodeError("cosignature", "exactly one signature line is needed")
        checkpoint = Checkpoint(log.origin, message.size, log.tree.root(message.size))
        key = cosigner_key(self._package.day, station.id, station.key)
        verify_cosignature(checkpoint, key, signatures[0])
        self._heard(session, log, message)
        return self._keep(log, station.id, message.size, message.line)

    def due(
        self, logs: Mapping[str, Log], steady_ms: int, now_ms: int
    ) -> Iterator[PersistCosignature]:
        """Cosign what has grown since the last time, if it is time."""
        if steady_ms - self._done_ms < COSIGN_EVERY_MS:
            return
        self._done_ms = steady_ms
        own = self._station.id
        key = cosigner_key(self._package.day, own, self._signer.public)
        for log in logs.values():
            before, _ = self.kept.get(log.origin, {}).get(own, (0, ""))
            seen, self._seen[log.origin] = self._seen.get(log.origin, 0), log.sealed
            if log.station == own or log.fork is not None or log.sealed <= before:
                continue
            if not self._is_chosen(log) and not (log.sealed == seen and self._is_bare(log)):
                continue
            line = cosign(log.checkpoint(), key, self._signer, now_ms // 1000).line()
            if effect := self._keep(log, own, log.sealed, line):
                yield effect

    def push(self, session: Session, log: Log) -> Iterator[Effect]:
        """Our own line for `log`, if the peer of `session` can check it and was not told yet."""
        size, line = self.kept.get(log.origin, {}).get(self._station.id, (0, ""))
        yield from self._tell(session, log, self._station.id, size, line)

    def relay(self, log: Log, audience: Sequence[Session]) -> Iterator[Effect]:
        """Others' lines for `log`, to the next few of those who want it and to districts."""
        kept = self.kept.get(log.origin)
        if not kept:
            return
        is_small = len(audience) <= EAGER_PEERS_MAX
        ring = around(self._station.id, (s.peer.id for s in audience))
        near = set(ring[: TELL_FEW if is_small else 1])
        serves = is_small or log.station == self._station.id
        for session in audience:
            if session.peer.id in near or (serves and session.peer.kind == "district"):
                for cosigner, (size, line) in kept.items():
                    yield from self._tell(session, log, cosigner, size, line)

    def lines(self, log: Log, size: int) -> tuple[str, ...]:
        """The lines over `log` at exactly this size that go into one note."""
        kept = self.kept.get(log.origin, {}).items()
        fitting = ((name, line) for name, (signed, line) in kept if signed == size)
        return lines_for_note(self._package, self._package.stations_by_id[log.station], fitting)

    def _tell(
        self, session: Session, log: Log, cosigner: str, size: int, line: str
    ) -> Iterator[Effect]:
        told = session.cosigned.get((log.origin, cosigner), 0)
        if told < size <= session.known.get(log.origin, 0) and cosigner != session.peer.id:
            session.cosigned[(log.origin, cosigner)] = size
            yield session.send(Cosigned(log.origin, size, cosigner, line))

    def _heard(self, session: Session, log: Log, message: Cosigned) -> None:
        """What a peer told is not told to it."""
        at = (log.origin, message.cosigner)
        session.cosigned[at] = max(message.size, session.cosigned.get(at, 0))

    def _is_chosen(self, log: Log) -> bool:
        """Is it this station's turn to cosign `log`? In a small place it is everybody's."""
        if log.origin not in self._chosen:
            author = self._package.stations_by_id[log.station]
            place = [s.id for s in self._package.stations_at(author.at) if s.id != author.id]
            ranked = sorted(place, key=lambda name: _rank(log.station, name))
            is_small = len(place) <= EAGER_PEERS_MAX or self._station.id not in place
            self._chosen[log.origin] = is_small or self._station.id in ranked[:COSIGNERS_FEW]
        return self._chosen[log.origin]

    def _is_bare(self, log: Log) -> bool:
        """Do fewer stations than are wanted say that they hold all that we hold?"""
        lines = self.kept.get(log.origin, {}).values()
        return sum(size >= log.sealed for size, _ in lines) < COSIGNERS_LEAST

    def _keep(self, log: Log, cosigner: str, size: int, line: str) -> PersistCosignature | None:
        before, _ = self.kept.get(log.origin, {}).get(cosigner, (0, ""))
        if size <= before:
            return None
        self.kept.setdefault(log.origin, {})[cosigner] = (size, line)
        return PersistCosignature(log.origin, cosigner, size, line)


def lines_for_note(
    package: Package, author: Station, lines: Iterable[tuple[str, str]]
) -> tuple[str, ...]:
    """Which of these (cosigner, line) go into one note: own place first, never more than fit.

    A note has at most `NOTE_SIGNATURES_MAX` lines, one of them the author's.
    """
    stations = package.stations_by_id

    def rank(one: tuple[str, str]) -> tuple[bool, bytes]:
        station = stations.get(one[0])
        return station is None or station.at != author.at, _rank(author.id, one[0])

    best = sorted(lines, key=rank)[: NOTE_SIGNATURES_MAX - 1]
    return tuple(line for _, line in sorted(best))


def _rank(author: str, cosigner: str) -> bytes:
    return hashlib.sha256(f"{author}/{cosigner}".encode()).digest()
