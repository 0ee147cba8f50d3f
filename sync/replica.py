"""The machine: `Replica.handle(input, now_ms) -> effects`. One station's logs, links and role.

    input      a peer joined or left, a frame, a command, a stored ballot, a tick
    effects    first everything that must be on disk, then messages and answers, in order

It holds its own log and everybody's it wants, verifies what peers send up to their signed
checkpoints, folds every entry into the role, lets the role write, signs what it wrote, and offers
peers what they lack. It opens no socket and reads no clock; the simulator and the real node run
this very class.
"""

from collections.abc import Sequence

from sync.effects import (
    Answer,
    BallotStored,
    CommandGiven,
    Effect,
    FrameReceived,
    Input,
    KeepSecret,
    NotePeripheral,
    PeerJoined,
    PeerLeft,
    Persist,
    StartAgain,
    TakeOrder,
    Tick,
)
from sync.entries import BoxReturned, Entry, LogBegan, LogFinal, encode_entry
from sync.errors import DecodeError, VerifyError
from sync.exchange import Exchange
from sync.limits import COSIGN_EVERY_MS, REENTRY_GRACE_MS, REENTRY_WAIT_MS, STEP_MS_MAX
from sync.log import ForkProof, Log
from sync.meaning import meaning
from sync.mesh_entries import AmendmentTaken
from sync.orders import Order, Orders
from sync.outcomes import Done, Outcome, Refused
from sync.package import Station
from sync.position import Ref
from sync.reentry import witnesses
from sync.role import Role
from sync.signing import Signer

REVOKED = "The authorities revoked this station. It writes no more; put a spare in its place."
STOPPED = (
    "This station's log was signed twice and is frozen. Stop, keep the station, call the district."
)


class Replica(Exchange):
    """One station. Give it its logs with `restore`, call `begin`, then `handle` every input."""

    def __init__(self, orders: Orders, station: Station, signer: Signer, software: str) -> None:
        super().__init__(orders, station, signer)
        self.software = software
        self._signer = signer
        self._role: Role | None = None
        self.has_entered = False
        self._complete_ms = -1
        self._acknowledged = 0
        self._is_final = False
        self._is_resumed = False
        self._held: list[tuple[int, CommandGiven]] = []
        self._seen_ms = 0
        self._compared_ms = 0

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
        """Look at what was restored; see `sync.reentry` for when the station writes."""
        self._seen_ms = now_ms
        known = frozenset(log.station for log in self.logs.values() if log.size)
        groups = witnesses(self.package, self.station, known)
        self.reentry.beside, self.reentry.guarded = groups
        return self._finish(now_ms)

    def resume(self, note: bytes) -> None:
        """This process has just ended this log at `note`, in order: nothing can have been lost."""
        self._is_resumed = bool(note) and note == self._own.note

    def handle(self, given: Input, now_ms: int) -> list[Effect]:
        """Decide one input."""
        self._pass_time(now_ms)
        match given:
            case PeerJoined(peer):
                self._join(peer)
            case PeerLeft(peer):
                self._leave(peer)
            case FrameReceived(peer, data):
                self._receive(peer, data)
            case CommandGiven(request) if self.is_stopped():
                self._after.append(Answer(request, Refused("stopped", self.stopped_words())))
            case CommandGiven(request, TakeOrder(order)):
                self._after.append(Answer(request, self._take_by_hand(order)))
            case CommandGiven() if not self.has_entered:
                self._held.append((self._steady_ms, given))
            case CommandGiven(request, command):
                self.role.command(request, command, self, now_ms)
            case BallotStored():
                self.role.stored(given, self, now_ms)
            case Tick():
                self._fresh.add(self.origin)
                self._after += self._out.heights(self._own)
                self._after += self._out.questions(self._steady_ms)
                self._answer_held()
        return self._finish(now_ms)

    # --- the pen (see sync.role.Pen)

    def append(self, entry: Entry) -> Ref:
        """Write an entry to the own log and fold it."""
        assert self._own.fork is None, "a forked log is never continued"
        assert self.has_entered, "nothing is written before the log is known to be whole"
        data = encode_entry(entry)
        index = self._own.append(data)
        self._fold(self._own, index, data)
        self._fresh.add(self.origin)
        return Ref(self.origin, index)

    def do(self, effect: Effect) -> None:
        """Perform `effect` after what was written is on disk; a secret is kept before that."""
        # A card's entry without its secret would be a card that cannot be printed again.
        (self._durable if isinstance(effect, KeepSecret) else self._after).append(effect)

    @property
    def steady_ms(self) -> int:
        """Time that goes forward, step by step, for waits: a clock set anew moves nothing."""
        return self._steady_ms

    def _pass_time(self, now_ms: int) -> None:
        self._steady_ms += min(max(0, now_ms - self._seen_ms), STEP_MS_MAX)
        self._seen_ms = now_ms

    def _fold(self, log: Log, index: int, data: bytes) -> None:
        station = self.package.stations_by_id[log.station]
        entry = meaning(self.package, station, log.origin, index, data)
        if log is self._own and isinstance(entry, AmendmentTaken):
            self._acknowledged = max(self._acknowledged, entry.number)
        self._is_final |= log is self._own and isinstance(entry, LogFinal)
        self.role.fold(station, Ref(log.origin, index), log.tree.leaf(index), entry)
        if isinstance(entry, LogFinal | BoxReturned):
            self.cosigning.hurry()

    def _take_by_hand(self, order: Order) -> Outcome:
        try:
            taken = self.taken.take(order)
        except (DecodeError, VerifyError) as error:
            return Refused("no-order", f"This cannot be taken: {error}.")
        if taken is self.taken:
            return Done("This is in force here already.")
        self._keep_orders(taken)
        return Done("Taken. This station starts again with it, in a moment.")

    def _is_whole(self) -> bool:
        """Have enough siblings shown what they hold, and those that are linked had time to?"""
        if self._is_resumed:
            return True
        if not self.reentry.is_complete(self._own.sealed):
            self._complete_ms = -1
            return False
        if self._complete_ms < 0:
            self._complete_ms = self._steady_ms
        late = self._steady_ms - self._complete_ms >= REENTRY_GRACE_MS
        linked = [peer for peer in self.sessions if self.reentry.may_show(peer)]
        return late or all(self.reentry.has_shown(peer) for peer in linked)

    def _acknowledge(self, size: int) -> None:
        """Write which amendments this log goes by from here on; a spare, how it was called."""
        if self._is_final:
            return
        for amendment in self.orders.amendments[self._acknowledged :]:
            self.append(AmendmentTaken(amendment.number, amendment.digest))
        for call in self.orders.calls:
            if call.spare == self.station.id and not size:
                self.append(call)

    def stopped_words(self) -> str:
        """Why this log is never continued, in words; empty if it may be."""
        if not self.is_stopped():
            return ""
        return STOPPED if self._own.fork is not None else REVOKED

    def waits_for(self) -> str:
        """What this station still has to see before it writes, in words; empty if nothing."""
        return "" if self.has_entered else self.reentry.words(self._own.sealed)

    def _cards_of(self, other: str) -> int:
        return self.role.cards_of(other)

    def _enter(self, now_ms: int) -> None:
        """Write again once the log is known to be whole; then do what was asked meanwhile."""
        if self.has_entered or not self._is_whole():
            return
        self.has_entered, size = True, self._own.size
        if not size:
            self.append(LogBegan(self.package.base_hash, self.software))
        self._acknowledge(size)
        self.role.react(self, now_ms)
        held, self._held = self._held, []
        for _, given in held:
            self.role.command(given.request, given.command, self, now_ms)

    def _answer_held(self) -> None:
        """Nobody waits for ever but a peripheral: that a lid was opened is not lost."""
        words = self.stopped_words() or self.waits_for()
        reason = "stopped" if self.is_stopped() else "not-back-yet"
        for since_ms, given in list(self._held):
            is_late = self._steady_ms - since_ms >= REENTRY_WAIT_MS
            if self.is_stopped() or (is_late and not isinstance(given.command, NotePeripheral)):
                self._held.remove((since_ms, given))
                self._after.append(Answer(given.request, Refused(reason, words)))

    def _finish(self, now_ms: int) -> list[Effect]:
        """Let the role write, sign, order what is durable first, then push."""
        if not self.is_stopped():
            self._enter(now_ms)
            if self.has_entered:
                self.role.react(self, now_ms)
        stretch = self._own.seal(self._signer)
        if stretch is not None:
            self._durable.append(Persist(stretch))
        for cosignature in self.cosigning.due(self.logs, self._steady_ms, now_ms):
            self._kept(cosignature)
        if self._steady_ms - self._compared_ms >= COSIGN_EVERY_MS:
            self._compared_ms = self._steady_ms
            self._after += self._out.compared()
        pushes = list(self._out.pushes(self._own, self._fresh, self._steady_ms))
        effects = [*self._durable, *self._after, *pushes]
        if self.starts_again and self.role.is_idle() and not self._held:
            self.starts_again = False
            effects.append(StartAgain("An amendment or a called spare came into force."))
        self._durable, self._after, self._fresh = [], [], set()
        return effects
