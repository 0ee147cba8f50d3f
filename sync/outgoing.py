"""What one station says by itself: entries, heights, heads, questions. `sync.exchange` listens.

    at every input    entries and cosignatures that are new, to whom they go at once or who asked
    every tick        heights of what arrived, and questions for what others hold (sync.spreading)
    every 10 s        heads that moved, so that two histories of one log meet; others' cosignatures

It decides nothing about what arrives, and changes no log.
"""

from collections.abc import Iterator, Mapping

from sync.cosigning import Cosigning
from sync.effects import Effect
from sync.interest import wants
from sync.limits import HEADS_PER_FRAME_MAX
from sync.log import Log
from sync.message import Have, Heads, Want
from sync.package import Package, Station
from sync.session import Session
from sync.spreading import Asking, eager, told


class Outgoing:
    """Looks at the logs and sessions of one station, and says what goes out."""

    def __init__(
        self,
        package: Package,
        station: Station,
        logs: Mapping[str, Log],
        sessions: Mapping[str, Session],
        cosigning: Cosigning,
    ) -> None:
        self.news: set[str] = set()
        self._package = package
        self._station = station
        self._logs = logs
        self._sessions = sessions
        self._cosigning = cosigning
        self._asking = Asking(station.id)
        self._at_once: frozenset[Session] = frozenset()

    def wanted_logs(self, receiver: Station) -> list[Log]:
        """The logs held here that `receiver` wants."""
        stations = self._package.stations_by_id
        return [
            log
            for log in self._logs.values()
            if wants(self._package, receiver, stations[log.station])
        ]

    def audience(self, log: Log) -> list[Session]:
        """Peers we talk with that want `log`."""
        author = self._package.stations_by_id[log.station]
        talking = [session for session in self._sessions.values() if session.is_talking]
        return [session for session in talking if wants(self._package, session.peer, author)]

    def pushes(self, own: Log, fresh: set[str], now_ms: int) -> Iterator[Effect]:
        """Entries of the logs that moved, and our cosignatures of them."""
        package, stations = self._package, self._package.stations_by_id
        self._at_once = eager(package, self._station, own, self.audience(own), now_ms)
        for session in self._sessions.values():
            if not session.is_talking:
                continue
            for origin in sorted(fresh):
                log = self._logs.get(origin)
                if log is None or not wants(package, session.peer, stations[log.station]):
                    continue
                at_once = log is own and session in self._at_once
                yield from session.push(log, at_once, now_ms)
                yield from self._cosigning.push(session, log)

    def heights(self, own: Log) -> Iterator[Effect]:
        """What arrived, so that whoever lacks it knows whom to ask; what we wrote, to the rest."""
        for origin in sorted(self.news):
            log = self._logs[origin]
            for session in told(self._station.id, log.station, self.audience(log)):
                yield from _height(session, log)
        for session in self.audience(own):
            if session not in self._at_once:
                yield from _height(session, own)
        self.news = set()

    def questions(self, now_ms: int) -> Iterator[Effect]:
        """Ask for what peers hold and has not arrived by itself."""
        for session, log in self._asking.due(self._logs, self._sessions, now_ms):
            yield session.send(Want(log.origin, log.sealed))

    def compared(self) -> Iterator[Effect]:
        """Heads that moved, and others' cosignatures."""
        yield from self.heads()
        for log in self._logs.values():
            yield from self._cosigning.relay(log, self.audience(log))

    def heads(self) -> Iterator[Effect]:
        """Show peers the heads that moved: two histories of one log meet sooner or later."""
        for session in self._sessions.values():
            logs = self.wanted_logs(session.peer) if session.is_talking else []
            moved = [log for log in logs if log.sealed > session.shown.get(log.origin, 0)]
            session.shown |= {log.origin: log.sealed for log in moved}
            for first in range(0, len(moved), HEADS_PER_FRAME_MAX):
                part = moved[first : first + HEADS_PER_FRAME_MAX]
                yield session.send(Heads(tuple(log.note for log in part)))


def _height(session: Session, log: Log) -> Iterator[Effect]:
    if log.sealed > session.told.get(log.origin, 0):
        session.told[log.origin] = log.sealed
        yield session.send(Have(log.origin, log.sealed))
