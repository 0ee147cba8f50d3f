"""Watchers of the guarantees: they see every write and every answer of a fake world.

They share no rule with the stations: who may hold a card is worked out here from the entries alone,
in another way, so that a fault in a rule does not hide in its own checker.

    written     G1 one ordinary card for a voter and right, and only over a quorum of promises; a
                guard keeps its promise; no card beside a withdrawal; nothing after the log's end
                G6 what any station holds of a log is what its author wrote; no forks
    answered    G3 what a worker or voter was told is on the disk of that station
    at_rest     everybody who wants a log has all of it, verifies it and reads it alike
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping

from simulations.card_watch import CardWatch
from simulations.disk import Disk
from sync.card import read_card, spent_hash
from sync.card_entries import CheckInSeconded, CheckInVoided
from sync.check_ins import CheckIns
from sync.checkpoint import origin_of, split_origin
from sync.effects import (
    BeginVoting,
    CheckInVoter,
    Command,
    Effect,
    Persist,
    PersistFork,
    PersistOrder,
    TakeBackCard,
)
from sync.entries import (
    CardIssued,
    CheckInWithdrawn,
    Entry,
    LogFinal,
    PromiseMade,
    Unreadable,
    VoterCheckedIn,
    decode_entry,
    read_entry,
)
from sync.guards import rendezvous
from sync.interest import wants
from sync.log import Log
from sync.merkle import leaf_hash
from sync.orders import Orders
from sync.outcomes import (
    BallotCast,
    BallotOffered,
    CardReady,
    CardTakenBack,
    Done,
    Outcome,
    Refused,
)
from sync.package import Package, Station
from sync.position import Ref
from sync.roll import Roll, RollWithAdded


class GuaranteeError(Exception):
    """A guarantee did not hold; the words say which and where."""


class Checkers:
    """All watchers of one world. Unwatched, only the facts are gathered (for class B tests)."""

    def __init__(self, package: Package, roll: Roll, disks: dict[str, Disk], watched: bool) -> None:
        self.package = package
        self.roll = self._signed_roll = roll
        self._orders = Orders(package)
        self.disks = disks
        self.watched = watched
        self.written_by: dict[str, list[bytes]] = defaultdict(list)
        self.check_ins: dict[Ref, VoterCheckedIn] = {}
        self.withdrawn: set[Ref] = set()
        self.cards: dict[Ref, CardIssued] = {}
        self.promises: dict[Ref, set[str]] = defaultdict(set)
        self._card_of: dict[tuple[str, str], Ref] = {}
        self._promised: dict[tuple[str, str], list[Ref]] = defaultdict(list)
        self._final: set[str] = set()
        self._shown: dict[str, str] = {}
        self.watch = CardWatch(package, disks, self._broken)

    def written(self, station: str, effect: Effect) -> None:
        """One durable effect has just reached the disk of `station`."""
        if isinstance(effect, PersistOrder):
            self._orders = self._orders.take_all([effect.order])
            self.package = self._orders.effective()
            self.roll = RollWithAdded(self._signed_roll, self.package.added)
        if isinstance(effect, PersistFork):
            self._broken("G6", f"{station} holds a fork proof of {effect.proof.origin}")
        if not isinstance(effect, Persist):
            return
        stretch = effect.stretch
        author = self.package.stations_by_id[split_origin(stretch.origin)[1]]
        if author.id != station and not wants(
            self.package, self.package.stations_by_id[station], author
        ):
            self._broken("two domains", f"{station} took entries of {author.id}")
        known = self.written_by[stretch.origin]
        for index, data in enumerate(stretch.entries, start=stretch.first):
            if index < len(known):
                if known[index] != data:
                    self._broken("G6", f"{station} holds another {stretch.origin} entry {index}")
            elif author.id == station and index == len(known):
                known.append(data)
                where = f"{stretch.origin} entry {index}"
                entry = read_entry(data, author.kind, where)
                self._author_wrote(author, Ref(stretch.origin, index), entry)
            else:
                self._broken("G6", f"{station} holds {stretch.origin} entry {index} too early")

    def answered(self, station: str, command: Command, outcome: Outcome) -> None:
        """A station has answered somebody."""
        disk = self.disks[station]
        origin = origin_of(self.package.day, station, 0)
        match command, outcome:
            case CheckInVoter(), CardReady(number, _, card):
                self._card_went_out(station, number, card)
            case CheckInVoter(voter), Refused("no-quorum" | "checked-in-elsewhere" as reason):
                # Of a voter's several check-ins here for different rights one has ended.
                own = [r for r, e in self.check_ins.items() if e.voter == voter]
                if not any(r in self.withdrawn for r in own if r.origin == origin):
                    self._broken("G3", f"{station} said '{reason}' and withdrew nothing on disk")
            case TakeBackCard(card), CardTakenBack():
                self.watch.was_taken_back(station, read_card(card)[0].secret)
            case BeginVoting(card), BallotOffered(session):
                self._shown[session] = card
            case _, BallotCast():
                self._was_cast(station, command.session)  # type: ignore[union-attr]
            case _, Done(_, index) if index >= len(disk.logs[origin].entries):
                self._broken("G3", f"{station} said entry {index} is done; it is not on disk")

    def at_rest(self, running: Mapping[str, CheckIns | None]) -> None:
        """All links are whole and nothing moves; `running` maps stations to what they fold."""
        self.watch.count()
        for name, folded in running.items():
            station = self.package.stations_by_id[name]
            for author in self.package.stations:
                if author.id == name or wants(self.package, station, author):
                    self._has_all(station, author)
            if folded is not None and _summary(folded) != _summary(self._fold_for(station)):
                self._broken("G6", f"{name} reads its logs otherwise than a fresh fold of them")

    # --- one entry

    def _author_wrote(self, author: Station, ref: Ref, entry: Entry | Unreadable) -> None:
        if isinstance(entry, Unreadable):
            self._broken("G6", f"{ref} is no entry: {entry.reason}")
        if ref.origin in self._final:
            self._broken("G1", f"{type(entry).__name__} at {ref} after the log was final")
        match entry:
            case VoterCheckedIn():
                self.check_ins[ref] = entry
            case PromiseMade(origin, index):
                self._guard_promised(author, ref, Ref(origin, index))
            case CheckInWithdrawn(check_in):
                target = Ref(ref.origin, check_in)
                if target in self.cards:
                    self._broken("G1", f"{target} is withdrawn beside its card")
                self.withdrawn.add(target)
            case CardIssued(check_in):
                self._card_was_issued(ref, Ref(ref.origin, check_in), entry)
            case CheckInSeconded():
                self.watch.seconded(author, entry)
            case CheckInVoided(check_in):
                target = Ref(ref.origin, check_in)
                self.watch.was_voided(target, entry, self.cards.get(target))
            case LogFinal():
                self._final.add(ref.origin)

    def _guard_promised(self, guard: Station, ref: Ref, target: Ref) -> None:
        entry = self.check_ins.get(target)
        if entry is None:
            self._broken("G1", f"{ref} promises {target}, which nobody wrote")
            return
        for earlier in self._promised[(guard.id, entry.voter)]:
            overlap = set(self.check_ins[earlier].rights) & set(entry.rights)
            if overlap and earlier not in self.withdrawn | self.watch.voided:
                self._broken("G1", f"{guard.id} promises {target} while {earlier} stands")
        self._promised[(guard.id, entry.voter)].append(target)
        self.promises[target].add(guard.id)

    def _card_was_issued(self, ref: Ref, target: Ref, card: CardIssued) -> None:
        entry = self.check_ins.get(target)
        if entry is None or target in self.cards or target in self.withdrawn:
            self._broken("G1", f"the card at {ref} has no live, uncarded check-in")
            return
        if card.number not in self.disks[self._author(ref)].secrets:
            self._broken("G2", f"the card at {ref} can never be printed: its secret is not kept")
        self.cards[target] = card
        self.watch.issued(target, card, entry, self._author(ref))
        guards = self._guards(entry.voter)
        primary = rendezvous(entry.voter, guards)
        weight = sum(3 if guard == primary else 2 for guard in self.promises[target] & {*guards})
        if 2 * weight <= 2 * len(guards) + 1:
            self._broken("G1", f"the card at {ref} has {weight} of {2 * len(guards) + 1} promised")
        for right in entry.rights:
            first = self._card_of.setdefault((entry.voter, right), target)
            if first in self.watch.voided:
                self._card_of[entry.voter, right] = target
            elif first != target:
                words = f"voter {entry.voter[:8]} has two cards for {right}: {first} and {target}"
                self._broken("G1", words)

    def _author(self, ref: Ref) -> str:
        return split_origin(ref.origin)[1]

    def _guards(self, voter: str) -> tuple[str, ...]:
        line = self.roll.find(voter)
        assert line is not None, "only voters on the roll are admitted"
        return self.package.places_by_id[line.home].guards

    # --- answers

    def _card_went_out(self, station: str, number: int, text: str) -> None:
        card, _, _ = read_card(text)
        digest = hashlib.sha256(card.secret).digest()
        origin = origin_of(self.package.day, station, 0)
        on_disk = [
            issued
            for ref, issued in self.cards.items()
            if ref.origin == origin and issued.number == number
        ]
        if [issued.commitment for issued in on_disk] != [digest]:
            self._broken("G3", f"{station} let out card {number}, which its log does not show")

    def _was_cast(self, station: str, session: str) -> None:
        card, _, _ = read_card(self._shown[session])
        store = self.disks[station].ballots
        assert store is not None, "only boxes take ballots"
        spent = spent_hash(self.package.day, station, card.secret)
        if not any(digest == spent for _, digest in store.spent):
            self._broken("G3", f"{station} said a vote is cast; it is not on its disk")
        self.watch.count()

    # --- at rest

    def _has_all(self, station: Station, author: Station) -> None:
        origin = origin_of(self.package.day, author.id, 0)
        held = self.disks[station.id].logs.get(origin)
        if held is None or held.entries != self.written_by[origin]:
            size = len(held.entries) if held else 0
            whole = len(self.written_by[origin])
            self._broken("G3", f"{station.id} has {size} of {whole} entries of {author.id}")
            return
        Log(origin, author.id, 0, author.key).restore(held.entries, held.note)

    def _fold_for(self, station: Station) -> CheckIns:
        """What `station` should make of its logs: the same entries, author after author."""
        check_ins = CheckIns(self.package, self.roll)
        for author in self.package.stations:
            if author.kind == "box" or not wants(self.package, station, author):
                continue
            origin = origin_of(self.package.day, author.id, 0)
            for index, data in enumerate(self.written_by[origin]):
                entry = decode_entry(data, author.kind, origin)
                check_ins.fold(author, Ref(origin, index), leaf_hash(data), entry)
        return check_ins

    def _broken(self, guarantee: str, words: str) -> None:
        if self.watched:
            raise GuaranteeError(f"{guarantee}: {words}")


def _summary(check_ins: CheckIns) -> object:
    """All that a fold says, in a form that can be compared."""
    rows = sorted(
        (
            *(check_in.ref, check_in.is_live, check_ins.is_confirmed(check_in), check_in.card),
            *(sorted(check_in.seconded_by), sorted(check_in.signatures), check_in.voided),
        )
        for check_in in check_ins.all()
    )
    return rows, check_ins.double_check_ins(), check_ins.faults()
