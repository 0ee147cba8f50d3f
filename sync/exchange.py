"""A station's dealings with its peers: whose logs it holds, what it takes, refuses and passes on.

Every message is judged here. Entries are taken only up to a checkpoint that their author signed
over exactly them; heads that moved are shown to peers from time to time, so that two histories of
one log meet and are proved; whatever does not belong is refused, counted and said. `Replica` adds
what this station itself writes.
"""

from collections import Counter

from sync.checkpoint import open_checkpoint, origin_of, parse_checkpoint, split_origin
from sync.cosigning import Cosigning
from sync.effects import (
    Disconnect,
    Effect,
    Persist,
    PersistCosignature,
    PersistFork,
    PersistOrder,
    Send,
)
from sync.errors import DecodeError, MeshError, VerifyError
from sync.interest import wants
from sync.limits import (
    CARD_QUESTIONS_MAX,
    HEADS_PER_FRAME_MAX,
    REFUSALS_PER_LINK_MAX,
    WHY_LETTERS_MAX,
)
from sync.log import ForkProof, Log, Stretch, verify_fork
from sync.message import (
    PROTOCOL,
    Bye,
    CardsIssued,
    CardsKnown,
    Cosigned,
    Entries,
    Forked,
    Have,
    Heads,
    Hello,
    Ordered,
    Want,
    decode_message,
    encode_message,
)
from sync.orders import Order, Orders, frames_of
from sync.outgoing import Outgoing
from sync.package import Station, short_hash
from sync.reentry import Reentry
from sync.session import Session
from sync.signing import Signer
from sync.tiles import unpack_bundle


class ForeignError(MeshError):
    """A peer sent what this station does not take."""


class Exchange:
    """Logs and links of one station; `Replica` is the whole of it."""

    def __init__(self, orders: Orders, station: Station, signer: Signer) -> None:
        self.orders = self.taken = orders
        package = self.package = orders.effective()
        self.station = station
        self.origin = origin_of(package.day, station.id, 0)
        self.logs: dict[str, Log] = {}
        self.sessions: dict[str, Session] = {}
        self.refusals: Counter[str] = Counter()
        self.last_refusal = ""
        self.came_back = 0
        self.starts_again = False
        self.cosigning = Cosigning(package, station, signer)
        self.reentry = Reentry.of(package, station)
        self._out = Outgoing(package, station, self.logs, self.sessions, self.cosigning)
        self.holders: dict[str, int] = {}
        self.last_known: dict[str, dict[str, int]] = {}
        self.other_package: dict[str, str] = {}
        self._durable: list[Effect] = []
        self._after: list[Effect] = []
        self._fresh: set[str] = set()
        self._steady_ms = 0
        self._own = self._log(self.origin)

    @property
    def own(self) -> Log:
        """The own log."""
        return self._own

    def is_stopped(self) -> bool:
        """Was this log proved to be signed twice, or revoked? Then it is never continued."""
        return self._own.fork is not None or self.origin in self.package.revoked_at

    def single_copy(self) -> int:
        """Entries of the own log that no second station is known to hold."""
        return self._own.sealed - max(self.holders.values(), default=0)

    def wanted_logs(self, receiver: Station) -> list[Log]:
        """The logs held here that `receiver` wants."""
        return self._out.wanted_logs(receiver)

    def copies(self, index: int) -> int:
        """Other stations known to hold the own log beyond `index`."""
        return sum(size > index for size in self.holders.values())

    def connected(self) -> frozenset[str]:
        """Stations with which we talk now."""
        return frozenset(peer for peer, session in self.sessions.items() if session.is_talking)

    # --- messages

    def _join(self, peer: str) -> None:
        session = self.sessions[peer] = Session(self._station(peer))
        base, digest = self.package.base_hash, self.orders.digest
        hello = Hello(PROTOCOL, self.station.id, base, digest)
        self._after.append(session.send(hello))

    def _leave(self, peer: str) -> None:
        """The link is gone; what the peer held stays known, for who waits for its return."""
        session = self.sessions.pop(peer, None)
        if session is not None and session.heads_heard:
            self.last_known[peer] = session.known

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
        if not session.is_talking and not isinstance(message, Hello | Ordered | Bye):
            raise ForeignError("a message before the greeting")
        match message:
            case Hello():
                self._take_hello(session, message)
            case Ordered(orders):
                self._take_orders(session, orders)
            case Heads(notes):
                self._take_heads(session, notes)
            case Entries():
                self._take_entries(session, message)
            case Have(origin, size):
                self._wanted(origin)
                self._heard(session, origin, size)
            case Want(origin, size):
                self._wanted(origin)
                session.wanted(origin, size, self._steady_ms)
                self._note_holder(session, origin, size)
                self._fresh.add(origin)
            case Cosigned():
                self._take_cosignature(session, message)
            case Forked(proof):
                self._take_fork(proof)
            case CardsIssued(count):
                self._tell_about_cards(session, count)
            case CardsKnown(known):
                if session.peer.id in self.reentry.boxes:
                    self.reentry.cards_agree[session.peer.id] = known
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
        if hello.orders != self.orders.digest:
            # Orders travel first: nothing else is said before both go by the same.
            for some in frames_of(self.orders.signed) if not session.was_ordered else ():
                self._after.append(session.send(Ordered(some)))
            session.was_ordered = True
            self.other_package[session.peer.id] = f"{session.peer.id} goes by other amendments"
            return
        if session.peer.id not in self.package.stations_by_id:
            why = f"{session.peer.id} is a spare and not at work"
            self._refuse(session, "not at work", why, end=True)
            return
        if origin_of(self.package.day, session.peer.id, 0) in self.package.revoked_at:
            why = f"{session.peer.id} was revoked by an amendment"
            self._refuse(session, "revoked", why, end=True)
            return
        self.other_package.pop(session.peer.id, None)
        session.is_talking = True
        # The peer's own log first: what it must see before it writes again (sync.reentry).
        wanted = self.wanted_logs(session.peer)
        logs = sorted(wanted, key=lambda log: log.station != session.peer.id)
        notes = [log.note for log in logs if log.note]
        for first in range(0, max(1, len(notes)), HEADS_PER_FRAME_MAX):
            part = tuple(notes[first : first + HEADS_PER_FRAME_MAX])
            self._after.append(session.send(Heads(part)))
        self._ask_about_cards(session)

    def _take_orders(self, session: Session, orders: tuple[Order, ...]) -> None:
        """Keep what is new and holds; the station then starts again with it."""
        taken = self.taken.take_all(orders)
        self._keep_orders(taken)
        if problem := next(filter(None, map(taken.refuses, orders)), ""):
            raise VerifyError(f"an order that cannot be taken here: {problem}")

    def _keep_orders(self, taken: Orders) -> None:
        """Until it starts again the station goes by its old orders, and says so in its greeting."""
        new = [order for order in taken.signed if order not in self.taken.signed]
        self._durable += [PersistOrder(order) for order in new]
        self.taken, self.starts_again = taken, self.starts_again or bool(new)

    def _ask_about_cards(self, session: Session) -> None:
        """A desk asks a box of its place whether its own log shows all the cards spent there."""
        peer = session.peer.id
        if peer in self.reentry.boxes and not self.reentry.cards_agree.get(peer, False):
            self._after.append(session.send(CardsIssued(self._cards_of(peer))))

    def _tell_about_cards(self, session: Session, count: int) -> None:
        """A box says whether it has spent more; a few times a link, so that nobody counts so."""
        session.card_questions += 1
        own_desk = session.peer.kind == "desk" and session.peer.at == self.station.at
        if not own_desk or session.card_questions > CARD_QUESTIONS_MAX:
            raise ForeignError("questions about cards that a desk does not ask")
        known = self._cards_of(session.peer.id) <= count
        self._after.append(session.send(CardsKnown(known)))

    def _take_heads(self, session: Session, notes: tuple[bytes, ...]) -> None:
        if len(notes) > HEADS_PER_FRAME_MAX:
            raise ForeignError(f"{len(notes)} checkpoints in one message")
        first_time = not session.heads_heard
        session.heads_heard = True
        seen: set[str] = set()
        for note in notes:
            checkpoint, _ = parse_checkpoint(note)
            log = self._wanted(checkpoint.origin)
            if checkpoint.origin in seen:
                raise ForeignError(f"two checkpoints of {checkpoint.origin} in one message")
            seen.add(checkpoint.origin)
            if note == log.note:
                self._shown(session, checkpoint.origin, checkpoint.size)
                self._heard(session, checkpoint.origin, checkpoint.size)
                continue
            open_checkpoint(note, log.public)
            if proof := log.contradicts(note):
                self._freeze(log, proof)
                self._after.append(session.send(Forked(proof)))
            else:
                self._shown(session, checkpoint.origin, checkpoint.size)
                session.heard_head(checkpoint.origin, checkpoint.size)
                self._note_holder(session, checkpoint.origin, checkpoint.size)
        if first_time:
            self.reentry.shown.setdefault(session.peer.id, 0)
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
            self._out.news.add(log.origin)
            if log.station == session.peer.id:
                session.spoke_ms = self._steady_ms
        session.told[log.origin] = log.sealed
        self._after.append(session.send(Have(log.origin, log.sealed)))

    def _keep(self, log: Log, stretch: Stretch) -> None:
        self._durable.append(Persist(stretch))
        for index, entry in enumerate(stretch.entries, start=stretch.first):
            self._fold(log, index, entry)
        if log is self._own:
            self.came_back += len(stretch.entries)
            whole = self._own.sealed >= self.reentry.longest()
            for session in self.sessions.values() if whole else ():
                if session.is_talking:
                    self._ask_about_cards(session)
        self._fresh.add(log.origin)

    def _heard(self, session: Session, origin: str, size: int) -> None:
        session.acknowledged(origin, size)
        self._note_holder(session, origin, size)
        self._fresh.add(origin)

    def _note_holder(self, session: Session, origin: str, size: int) -> None:
        if origin == self.origin and wants(self.package, session.peer, self.station):
            peer = session.peer.id
            self.holders[peer] = max(min(size, self._own.sealed), self.holders.get(peer, 0))

    def _shown(self, session: Session, origin: str, size: int) -> None:
        """A checkpoint of our own log that we signed: nobody's mere word is believed here."""
        if origin == self.origin:
            peer = session.peer.id
            self.reentry.shown[peer] = max(size, self.reentry.shown.get(peer, 0))

    def _take_cosignature(self, session: Session, message: Cosigned) -> None:
        log = self._wanted(message.origin)
        try:
            self._kept(self.cosigning.take(session, log, message))
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

    def _station(self, name: str) -> Station:
        """A station of the package, or a spare of it that an order may have put to work."""
        if station := self.package.stations_by_id.get(name):
            return station
        spare = self.package.spares_by_id[name]
        return Station(spare.id, spare.kind, "", spare.key, spare.certificate, spare.opening_key)

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

    def _cards_of(self, other: str) -> int:
        """Cards between this station and another."""
        raise AssertionError("a replica knows its cards")

    def _fold(self, log: Log, index: int, data: bytes) -> None:
        """Give one verified entry its meaning."""
        raise AssertionError("a replica says what entries mean")
