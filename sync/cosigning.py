"""Cosignatures: stations say, signed and timed, that they held each other's entries.

On a timer a station cosigns every log that has grown, and at once one that is sealed or returns
(c2sp.org/tlog-cosignature). Of each cosigner and log the newest line is kept and passed on to
whoever wants that log. Nobody cosigns an own log, and a forked log is cosigned no more.
"""

from collections.abc import Iterator, Mapping

from sync.checkpoint import Checkpoint, cosign, cosigner_key, verify_cosignature
from sync.effects import Effect, PersistCosignature
from sync.errors import DecodeError, VerifyError
from sync.limits import COSIGN_EVERY_MS
from sync.log import Log
from sync.message import Cosigned
from sync.note import parse_note
from sync.package import Package, Station
from sync.session import Session
from sync.signing import Signer


class Cosigning:
    """The cosignatures that one station keeps: origin -> cosigner -> (size, line)."""

    def __init__(self, package: Package, station: Station, signer: Signer) -> None:
        self.kept: dict[str, dict[str, tuple[int, str]]] = {}
        self._package = package
        self._station = station
        self._signer = signer
        self._done_ms = -COSIGN_EVERY_MS

    def restore(self, origin: str, cosigner: str, size: int, line: str) -> None:
        """Take up a stored cosignature."""
        self.kept.setdefault(origin, {})[cosigner] = (size, line)

    def hurry(self) -> None:
        """Cosign at the next step: something final was said."""
        self._done_ms = -COSIGN_EVERY_MS

    def take(self, log: Log, message: Cosigned) -> PersistCosignature | None:
        """A cosignature from a peer, verified; None if it is not new, or ahead of what we hold."""
        station = self._package.stations_by_id.get(message.cosigner)
        if station is None or station.id == log.station:
            raise VerifyError(f"{message.cosigner[:40]} cosigns no log of {log.station}")
        if not 0 < message.size <= log.sealed:
            return None
        signatures = parse_note(b"x\n\n" + message.line.encode(), "cosignature").signatures
        if [signature.line() for signature in signatures] != [message.line]:
            raise DecodeError("cosignature", "exactly one signature line is needed")
        checkpoint = Checkpoint(log.origin, message.size, log.tree.root(message.size))
        key = cosigner_key(self._package.day, station.id, station.key)
        verify_cosignature(checkpoint, key, signatures[0])
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
            if log.station == own or log.fork is not None or log.sealed <= before:
                continue
            line = cosign(log.checkpoint(), key, self._signer, now_ms // 1000).line()
            if effect := self._keep(log, own, log.sealed, line):
                yield effect

    def push(self, session: Session, log: Log) -> Iterator[Effect]:
        """Lines for `log` that the peer of `session` can check and was not told yet."""
        for cosigner, (size, line) in self.kept.get(log.origin, {}).items():
            told = session.cosigned.get((log.origin, cosigner), 0)
            if told < size <= session.known.get(log.origin, 0) and cosigner != session.peer.id:
                session.cosigned[(log.origin, cosigner)] = size
                yield session.send(Cosigned(log.origin, size, cosigner, line))

    def _keep(self, log: Log, cosigner: str, size: int, line: str) -> PersistCosignature | None:
        before, _ = self.kept.get(log.origin, {}).get(cosigner, (0, ""))
        if size <= before:
            return None
        self.kept.setdefault(log.origin, {})[cosigner] = (size, line)
        return PersistCosignature(log.origin, cosigner, size, line)
