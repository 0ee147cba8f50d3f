"""The machine: `Replica.handle(input, now_ms) -> effects`. One station's logs, links and role.

    input      a peer joined or left, a frame, a command, a stored ballot, a tick
    effects    first everything that must be on disk, then messages and answers, in order

It holds its own log and everybody's it wants, verifies what peers send up to their signed
checkpoints, folds every entry into the role, lets the role write, signs what it wrote, and offers
peers what they lack. It opens no socket and reads no clock; the simulator and the real node run
this very class.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from sync.checkpoint import (
    open_checkpoint,
    origin_of,
    parse_checkpoint,
    split_origin,
)
from sync.cosigning import Cosigning
from sync.effects import (
    Answer,
    BallotStored,
    CommandGiven,
    Disconnect,
    Effect,
    FrameReceived,
    Input,
    KeepSecret,
    PeerJoined,
    PeerLeft,
    Persist,
    PersistCosignature,
    PersistFork,
    Send,
    Tick,
)
from sync.entries import (
    BoxReturned,
    Entry,
    LogBegan,
    LogFinal,
    encode_entry,
)
from sync.errors import DecodeError, MeshError, VerifyError
from sync.interest import wants
from sync.limits import (
    HEADS_PER_FRAME_MAX,
    REFUSALS_PER_LINK_MAX,
    WHY_LETTERS_MAX,
)
from sync.log import ForkProof, Log, Stretch, verify_fork
from sync.meaning import meaning
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
from sync.outcomes import Refused
from sync.package import Package, Station, short_hash
from sync.position import Ref
from sync.role import Role
from sync.session import Session
from sync.signing import Signer
from sync.tiles import unpack_bundle

STOPPED = (
    "This station's log was signed twice and is frozen. Stop, keep the station, call the district."
)


class ForeignError(MeshError):
    """A peer sent what this station does not take."""


class Replica:
    """One station. Give it its logs with `restore`, call `begin`, then `handle` every input."""

    def __init__(self, package: Package, station: Station, signer: Signer, software: str) -> None:
        self.package = package
        self.station = station
        self.software = software
        self.origin = origin_of(package.day, station.id, 0)
        self.logs: dict[str, Log] = {}
        self.sessions: dict[str, Session] = {}
        self.refusals: Counter[str] = Counter()
        self.last_refusal = ""
        self.cosigning = Cosigning(package, station, signer)
        self.holders: dict[str, int] = {}
        self.other_package: dict[str, str] = {}
        self._signer = signer
        self._role: Role | None = None
        self._durable: list[Effect] = []
        self._after: list[Effect] = []
        self._fresh: set[str] = set()
        self._own = self._log(self.origin)

    @property
    def role(self) -> Role:
        """What this station is."""
        assert self._role is not None, "a role is given before anything is handled"
        return self._role

    def take_role(self, role: Role) -> None:
        """Give the replica its role, before any entry is folded."""
        self._role = role

    def restore(self, origin: str, entries: Sequence[bytes], note: bytes) -> None:
        """Take up one stored log at start; raises VerifyError if the store is damaged."""
        log = self._log(origin)
        log.restore(entries, note)
        for index, entry in enumerate(entries):
            self._fold(log, index, entry)

    def restore_fork(self, proof: ForkProof) -> None:
        """Take up a stored fork proof."""
        self._log(proof.origin).fork = proof

    def begin(self, now_ms: int) -> list[Effect]:
        """Start the own log if it is new; let the role look at what was restored."""
        if not self._own.size and not self.is_stopped():
            self.append(LogBegan(self.package.base_hash, self.software))
        return self._finish(now_ms)

    def handle(self, given: Input, now_ms: int) -> list[Effect]:
        """Decide one input."""
        match given:
            case PeerJoined(peer):
                self._join(peer, now_ms)
            case PeerLeft(peer):
                self.sessions.pop(peer, None)
            case FrameReceived(peer, data):
                self._receive(peer, data)
            case CommandGiven(request) if self.is_stopped():
                self._after.append(Answer(request, Refused("stopped", STOPPED)))
            case CommandGiven(request, command):
                self.role.command(request, command, self, now_ms)
            case BallotStored():
                self.role.stored(given, self, now_ms)
            case Tick():
                self._fresh.update(self.logs)
        return self._finish(now_ms)

    # --- the pen (see sync.role.Pen)

    def append(self, entry: Entry) -> Ref:
        """Write an entry to the own log and fold it."""
        assert self._own.fork is None, "a forked log is never continued"
        data = encode_entry(entry)
        index = self._own.append(data)
        self._fold(self._own, index, data)
        self._fresh.add(self.origin)
        return Ref(self.origin, index)

    def do(self, effect: Effect) -> None:
        """Perform `effect` after what was written is on disk; a secret is kept before that."""
        # A card's entry without its secret would be a card that cannot be printed again.
        (self._durable if isinstance(effect, KeepSecret) else self._after).append(effect)

    def copies(self, index: int) -> int:
        """Other stations known to hold the own log beyond `index`."""
        return sum(size > index for size in self.holders.values())

    def connected(self) -> frozenset[str]:
        """Stations with which we talk now."""
        return frozenset(peer for peer, session in self.sessions.items() if session.is_talking)

    # --- views

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

    # --- messages

    def _join(self, peer: str, now_ms: int) -> None:
        station = self.package.stations_by_id[peer]
        session = self.sessions[peer] = Session(station, now_ms)
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
                self._kept(self.cosigning.take(self._wanted(message.origin), message))
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
        first_time = not session.heads_heard
        session.heads_heard = True
        if first_time:
            for log in self.wanted_logs(session.peer):
                session.lacking_since[log.origin] = -(1 << 60)
        for note in notes:
            checkpoint, _ = parse_checkpoint(note)
            log = self._wanted(checkpoint.origin)
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
        for other in self.sessions.values():
            mine = other is session
            author = self.package.stations_by_id[log.station]
            news = stretch is not None and wants(self.package, other.peer, author)
            if other.is_talking and (mine or news):
                self._after.append(other.send(Have(log.origin, log.sealed)))

    def _keep(self, log: Log, stretch: Stretch) -> None:
        self._durable.append(Persist(stretch))
        for index, entry in enumerate(stretch.entries, start=stretch.first):
            self._fold(log, index, entry)
        self._fresh.add(log.origin)

    def _heard(self, session: Session, origin: str, size: int) -> None:
        session.acknowledged(origin, size)
        self._note_holder(session, origin, size)
        self._fresh.add(origin)

    def _note_holder(self, session: Session, origin: str, size: int) -> None:
        if origin == self.origin:
            peer = session.peer.id
            self.holders[peer] = max(min(size, self._own.sealed), self.holders.get(peer, 0))

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
        self.last_refusal = f"{session.peer.id}: {words}"
        session.refused += 1
        if end:
            self._after.append(Send(session.peer.id, encode_message(Bye(words[:WHY_LETTERS_MAX]))))
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
        station = self.package.stations_by_id[log.station]
        entry = meaning(self.package, station, log.origin, index, data)
        self.role.fold(station, Ref(log.origin, index), log.tree.leaf(index), entry)
        if isinstance(entry, LogFinal | BoxReturned):
            self.cosigning.hurry()

    # --- closing one step

    def _finish(self, now_ms: int) -> list[Effect]:
        """Let the role write, sign, order what is durable first, then push."""
        if not self.is_stopped():
            self.role.react(self, now_ms)
        stretch = self._own.seal(self._signer)
        if stretch is not None:
            self._durable.append(Persist(stretch))
        for cosignature in self.cosigning.due(self.logs, now_ms):
            self._kept(cosignature)
        pushes = list(self._pushes(now_ms))
        effects = [*self._durable, *self._after, *pushes]
        self._durable, self._after, self._fresh = [], [], set()
        return effects

    def _pushes(self, now_ms: int) -> Iterator[Effect]:
        stations = self.package.stations_by_id
        for session in self.sessions.values():
            if not session.is_talking:
                continue
            for origin in sorted(self._fresh):
                log = self.logs.get(origin)
                if log is None or not wants(self.package, session.peer, stations[log.station]):
                    continue
                yield from session.push(log, log is self._own, now_ms)
                yield from self.cosigning.push(session, log)
