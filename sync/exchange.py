"""A station's dealings with its peers: whose logs it holds, what it takes, refuses and passes on.

Every message is judged here. Entries are taken only up to a checkpoint that their author signed
over exactly them; heads that moved are shown to peers from time to time, so that two histories of
one log meet and are proved; whatever does not belong is refused, counted and said. `Replica` adds
what this station itself writes.
"""

from collections import Counter
from collections.abc import Iterator

from sync.checkpoint import open_checkpoint, origin_of, parse_checkpoint, split_origin
from sync.cosigning import Cosigning
from sync.effects import (
    Disconnect,
    Effect,
    Persist,
    PersistCosignature,
    PersistFork,
    Send,
)
from sync.errors import DecodeError, MeshError, VerifyError
from sync.interest import wants
from sync.limits import HEADS_PER_FRAME_MAX, REFUSALS_PER_LINK_MAX, WHY_LETTERS_MAX
from sync.log import ForkProof, Log, Stretch, verify_fork
from sync.message import (
    PROTOCOL,
    Bye,
    Cosigned,
    Entries,
    Forked,
    Have,
    Heads,
    Hello,
    decode_message,
    encode_message,
)
from sync.package import Package, Station, short_hash
from sync.session import Session
from sync.signing import Signer
from sync.tiles import unpack_bundle


class ForeignError(MeshError):
    """A peer sent what this station does not take."""


class Exchange:
    """Logs and links of one station; `Replica` is the whole of it."""

    def __init__(self, package: Package, station: Station, signer: Signer) -> None:
        self.package = package
        self.station = station
        self.origin = origin_of(package.day, station.id, 0)
        self.logs: dict[str, Log] = {}
        self.sessions: dict[str, Session] = {}
        self.refusals: Counter[str] = Counter()
        self.last_refusal = ""
        self.came_back = 0
        self.cosigning = Cosigning(package, station, signer)
        self.holders: dict[str, int] = {}
        self.other_package: dict[str, str] = {}
        self._durable: list[Effect] = []
        self._after: list[Effect] = []
        self._fresh: set[str] = set()
        self._news: set[str] = set()
        self._steady_ms = 0
        self._own = self._log(self.origin)

    @property
    def own(self) -> Log:
        """The own log."""
        return self._own

    def is_stopped(self) -> bool:
        """Has somebody proved that this station's log was signed twice? Then it writes no more."""
        return self._own.fork is not None

    def single_copy(self) -> int:
        """Entries of the own log that no second station is known to hold."""
        return self._own.sealed - max(self.holders.values(), default=0)

    def wanted_logs(self, receiver: Station) -> list[Log]:
        """The logs held here that `receiver` wants."""
        stations = self.package.stations_by_id
        return [
            log
            for log in self.logs.values()
            if wants(self.package, receiver, stations[log.station])
        ]

    def copies(self, index: int) -> int:
        """Other stations known to hold the own log beyond `index`."""
        return sum(size > index for size in self.holders.values())

    def connected(self) -> frozenset[str]:
        """Stations with which we talk now."""
        return frozenset(peer for peer, session in self.sessions.items() if session.is_talking)

    # --- messages

    def _join(self, peer: str) -> None:
        session = self.sessions[peer] = Session(self.package.stations_by_id[peer])
        hello = Hello(PROTOCOL, self.station.id, self.package.base_hash)
        self._after.append(session.send(hello))

    def _receive(self, peer: str, data: bytes) -> None:
        session = self.sessions.get(peer)
        if session is None:
            return
        try:
            self._take(session, data)
        except DecodeError as error:
            self._refuse(session, "malformed", str(error), end=True)
        except ForeignError as error:
            self._refuse(session, "foreign", str(error), end=True)
        except VerifyError as error:
            end = session.refused >= REFUSALS_PER_LINK_MAX
            self._refuse(session, "unsigned", str(error), end=end)

    def _take(self, session: Session, data: bytes) -> None:
        message = decode_message(data)
        if not session.is_talking and not isinstance(message, Hello | Bye):
            raise ForeignError("a message before the greeting")
        match message:
            case Hello():
                self._take_hello(session, message)
            case Heads(notes):
                self._take_heads(session, notes)
            case Entries():
                self._take_entries(session, message)
            case Have(origin, size):
                self._wanted(origin)
                self._heard(session, origin, size)
            case Cosigned():
                self._take_cosignature(session, message)
            case Forked(proof):
                self._take_fork(proof)
            case Bye(why):
                if why.startswith("other package"):
                    self.other_package[session.peer.id] = why[:WHY_LETTERS_MAX]
                self._after.append(Disconnect(session.peer.id, why[:WHY_LETTERS_MAX]))

    def _take_hello(self, session: Session, hello: Hello) -> None:
        if hello.station != session.peer.id:
            raise ForeignError(f"{session.peer.id} calls itself {hello.station[:40]}")
        if hello.package != self.package.base_hash or hello.protocol != PROTOCOL:
            why = (
                f"other package: {session.peer.id} serves {short_hash(hello.package)}, "
                f"{self.station.id} serves {short_hash(self.package.base_hash)}"
            )
            self.other_package[session.peer.id] = why
            self._refuse(session, "other package", why, end=True)
            return
        self.other_package.pop(session.peer.id, None)
        session.is_talking = True
        notes = [log.note for log in self.wanted_logs(session.peer) if log.note]
        for first in range(0, max(1, len(notes)), HEADS_PER_FRAME_MAX):
            part = tuple(notes[first : first + HEADS_PER_FRAME_MAX])
            self._after.append(session.send(Heads(part)))

    def _take_heads(self, session: Session, notes: tuple[bytes, ...]) -> None:
        if len(notes) > HEADS_PER_FRAME_MAX:
            raise ForeignError(f"{len(notes)} checkpoints in one message")
        first_time = not session.heads_heard
        session.heads_heard = True
        if first_time:
            for log in self.wanted_logs(session.peer):
                session.lacking_since[log.origin] = -(1 << 60)
        seen: set[str] = set()
        for note in notes:
            checkpoint, _ = parse_checkpoint(note)
            log = self._wanted(checkpoint.origin)
            if checkpoint.origin in seen:
                raise ForeignError(f"two checkpoints of {checkpoint.origin} in one message")
            seen.add(checkpoint.origin)
            if note == log.note:
                self._heard(session, checkpoint.origin, checkpoint.size)
                continue
            open_checkpoint(note, log.public)
            if proof := log.contradicts(note):
                self._freeze(log, proof)
                self._after.append(session.send(Forked(proof)))
            else:
                session.heard_head(checkpoint.origin, checkpoint.size)
                self._note_holder(session, checkpoint.origin, checkpoint.size)
        self._fresh.update(self.logs)

    def _take_entries(self, session: Session, message: Entries) -> None:
        log = self._wanted(message.origin)
        if log.fork is not None:
            return
        if proof := log.contradicts(message.note):
            self._freeze(log, proof)
            return
        if message.first > log.sealed:
            self._after.append(session.send(Have(log.origin, log.sealed)))
            return
        entries = unpack_bundle(message.bundle, f"entries of {message.origin}")
        try:
            stretch = log.accept(message.first, entries, message.note)
        except VerifyError:
            if log.note:
                self._after.append(session.send(Heads((log.note,))))
            raise
        session.heard_head(log.origin, message.first + len(entries))
        if stretch is not None:
            self._keep(log, stretch)
            self._news.add(log.origin)
        session.told[log.origin] = log.sealed
        self._after.append(session.send(Have(log.origin, log.sealed)))

    def _tell_news(self) -> None:
        """Tell everybody, once a tick, what arrived here: so nobody relays what we have."""
        for session in self.sessions.values() if self._news else ():
            for log in self.wanted_logs(session.peer) if session.is_talking else ():
                if log.origin in self._news and log.sealed > session.told.get(log.origin, 0):
                    session.told[log.origin] = log.sealed
                    self._after.append(session.send(Have(log.origin, log.sealed)))
        self._news = set()

    def _keep(self, log: Log, stretch: Stretch) -> None:
        self._durable.append(Persist(stretch))
        if log is self._own:
            self.came_back += len(stretch.entries)
        for index, entry in enumerate(stretch.entries, start=stretch.first):
            self._fold(log, index, entry)
        self._fresh.add(log.origin)

    def _heard(self, session: Session, origin: str, size: int) -> None:
        session.acknowledged(origin, size)
        self._note_holder(session, origin, size)
        self._fresh.add(origin)

    def _note_holder(self, session: Session, origin: str, size: int) -> None:
        if origin == self.origin and wants(self.package, session.peer, self.station):
            peer = session.peer.id
            self.holders[peer] = max(min(size, self._own.sealed), self.holders.get(peer, 0))

    def _take_cosignature(self, session: Session, message: Cosigned) -> None:
        log = self._wanted(message.origin)
        try:
            self._kept(self.cosigning.take(log, message))
        except VerifyError:
            if log.note:  # they may hold another history: let them compare
                self._after.append(session.send(Heads((log.note,))))
            raise

    def _kept(self, cosignature: PersistCosignature | None) -> None:
        if cosignature is not None:
            self._durable.append(cosignature)
            self._fresh.add(cosignature.origin)

    def _take_fork(self, proof: ForkProof) -> None:
        log = self._wanted(proof.origin)
        verify_fork(proof, log.public)
        self._freeze(log, proof)

    def _freeze(self, log: Log, proof: ForkProof) -> None:
        if log.fork is None:
            log.fork = proof
            self._durable.append(PersistFork(proof))
            self._fresh.add(log.origin)

    def _refuse(self, session: Session, kind: str, words: str, end: bool) -> None:
        self.refusals[kind] += 1
        words = words[:WHY_LETTERS_MAX]
        self.last_refusal = f"{session.peer.id}: {words}"
        session.refused += 1
        if end:
            self._after.append(Send(session.peer.id, encode_message(Bye(words))))
            self._after.append(Disconnect(session.peer.id, words))

    # --- logs

    def _wanted(self, origin: str) -> Log:
        """The log `origin`; ForeignError if this station does not take it."""
        day, station_id, epoch = split_origin(origin)
        author = self.package.stations_by_id.get(station_id)
        if day != self.package.day or author is None or epoch != 0:
            raise ForeignError(f"the log {origin[:80]} is not of this package")
        if not wants(self.package, self.station, author):
            raise ForeignError(
                f"{self.station.id} takes no entries of {author.id}, a {author.kind}"
            )
        return self._log(origin)

    def _log(self, origin: str) -> Log:
        log = self.logs.get(origin)
        if log is None:
            _, station_id, epoch = split_origin(origin)
            public = self.package.stations_by_id[station_id].key
            log = self.logs[origin] = Log(origin, station_id, epoch, public)
        return log

    def _fold(self, log: Log, index: int, data: bytes) -> None:
        """Give one verified entry its meaning."""
        raise AssertionError("a replica says what entries mean")

    # --- what goes out

    def _compare(self) -> None:
        """Show peers the heads that moved: two histories of one log meet sooner or later."""
        for session in self.sessions.values():
            logs = self.wanted_logs(session.peer) if session.is_talking else []
            moved = [log for log in logs if log.sealed > session.shown.get(log.origin, 0)]
            session.shown |= {log.origin: log.sealed for log in moved}
            for first in range(0, len(moved), HEADS_PER_FRAME_MAX):
                part = moved[first : first + HEADS_PER_FRAME_MAX]
                self._after.append(session.send(Heads(tuple(log.note for log in part))))

    def _pushes(self) -> Iterator[Effect]:
        stations = self.package.stations_by_id
        for session in self.sessions.values():
            if not session.is_talking:
                continue
            for origin in sorted(self._fresh):
                log = self.logs.get(origin)
                if log is None or not wants(self.package, session.peer, stations[log.station]):
                    continue
                yield from session.push(log, log is self._own, self._steady_ms)
                yield from self.cosigning.push(session, log)
