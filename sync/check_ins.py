"""What the logs say about voters: one fold over check-in entries, in any order of arrival.

Used alike by desks, district and verifier. A check-in is **live** until withdrawn; **confirmed**
when promises of a quorum of its voter's guards stand in the logs (`sync.guards`). Nothing is stored
as a flag: everything is derived from which entries are known, so that whoever holds the same logs
says the same. The fold obeys three laws: the order in which *logs* are mixed does not matter, a
log's entries come in log order, and an entry folded once is never folded again.

What a log may not say is a **fault** of its station, named, kept and never counted: a promise by a
station that is no guard, in a later epoch, or beside a standing one; a card without check-in, a
card beside a withdrawal, two cards for one check-in; anything about voters after `LogFinal`.
"""

from bisect import insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec import Struct

from sync.entries import (
    CardIssued,
    CheckInWithdrawn,
    Entry,
    LogFinal,
    PeripheralNoted,
    PollsClosed,
    PollsOpened,
    PromiseMade,
    Unreadable,
    VoterCheckedIn,
)
from sync.guards import home_of, quorum_of, weight_of
from sync.noted import Noted
from sync.officers import approval_problem
from sync.package import Package, Station
from sync.position import Fault, Ref
from sync.roll import Roll

CARDS_OF: dict[str, tuple[str, ...]] = {
    "refuse": ("ordinary",),
    "provisional": ("ordinary", "provisional"),
    "at-risk": ("ordinary", "at-risk"),
}
"""The kinds of card a desk may give under each fallback."""


@dataclass
class CheckIn:
    """One check-in and all that is known of it."""

    ref: Ref
    desk: str
    leaf: bytes
    entry: VoterCheckedIn
    withdrawn: CheckInWithdrawn | None = None
    card: CardIssued | None = None
    card_index: int = -1

    @property
    def is_live(self) -> bool:
        """Neither withdrawn nor otherwise ended."""
        return self.withdrawn is None


class DoubleCheckIn(NamedTuple):
    """Several check-ins of one voter and right that are confirmed or carded: where they stand."""

    voter: str
    right: str
    refs: tuple[Ref, ...]


class _Promise(Struct, frozen=True, order=True):
    """A promise as it stands in its guard's log; the order of these is the log's order."""

    index: int
    guard: str
    target: Ref
    leaf: bytes


@dataclass
class _LogState:
    """What the rules need to know of one log while it is folded."""

    opened: bool = False
    closed: bool = False
    final: bool = False
    cards: set[int] = field(default_factory=set)


class CheckIns:
    """The fold. `roll` answers who may vote and where their home is."""

    def __init__(self, package: Package, roll: Roll) -> None:
        self.package = package
        self.roll = roll
        self.noted = Noted()
        self._faults: list[Fault] = []
        self._check_ins: dict[Ref, CheckIn] = {}
        self._by_voter: dict[str, list[CheckIn]] = {}
        self._promises: dict[tuple[str, str], list[_Promise]] = {}
        self._promised: dict[Ref, list[_Promise]] = {}
        self._states: dict[str, _LogState] = {}

    def fold(
        self, station: Station, ref: Ref, leaf: bytes, entry: Entry | Unreadable
    ) -> str | None:
        """Take in one entry; the voter key whose standing it may change, if any."""
        state = self._states.setdefault(ref.origin, _LogState())
        if isinstance(entry, Unreadable):
            self._fault(ref, f"this is no entry: {entry.reason}")
            return None
        if state.final:
            self._fault(ref, f"{type(entry).__name__} after the log was final")
            return None
        match entry:
            case PollsOpened() | PollsClosed() | LogFinal():
                self._fold_act(station, ref, entry, state)
                return None
            case VoterCheckedIn():
                return self._fold_check_in(station, ref, leaf, entry, state)
            case PromiseMade():
                return self._fold_promise(station, ref, entry)
            case CheckInWithdrawn():
                return self._fold_withdrawal(ref, entry)
            case CardIssued():
                return self._fold_card(ref, entry, state)
            case PeripheralNoted():
                self.noted.fold(station.id, entry)
        return None

    def get(self, ref: Ref) -> CheckIn | None:
        """The check-in at this position."""
        return self._check_ins.get(ref)

    def of(self, voter: str) -> list[CheckIn]:
        """Every check-in of a voter, withdrawn ones too, in order of arrival."""
        return self._by_voter.get(voter, [])

    def live(self, voter: str, rights: Iterable[str]) -> list[CheckIn]:
        """Live check-ins of a voter that touch any of these rights."""
        wanted = set(rights)
        return [c for c in self.of(voter) if c.is_live and wanted & set(c.entry.rights)]

    def all(self) -> Iterator[CheckIn]:
        """Every check-in known."""
        return iter(self._check_ins.values())

    def guards_of(self, voter: str) -> tuple[str, ...]:
        """The guards of a voter's home place; none for a voter who is not on the roll."""
        line = self.roll.find(voter)
        place = self.package.places_by_id.get(home_of(self.package, line)) if line else None
        return place.guards if place else ()

    def promised_by(self, check_in: CheckIn) -> list[str]:
        """The guards whose promise stands for this check-in."""
        return [
            promise.guard
            for promise in self._promised.get(check_in.ref, ())
            if promise in self._promises.get((promise.guard, check_in.entry.voter), ())
            and self._stands(promise.guard, check_in)
        ]

    def weight(self, check_in: CheckIn) -> int:
        """The standing promised weight."""
        voter = check_in.entry.voter
        return weight_of(voter, self.guards_of(voter), self.promised_by(check_in))

    def is_confirmed(self, check_in: CheckIn) -> bool:
        """Does a quorum of promises stand for it?"""
        guards = self.guards_of(check_in.entry.voter)
        return bool(guards) and check_in.is_live and self.weight(check_in) >= quorum_of(guards)

    def standing_of(self, guard: str, voter: str) -> list[CheckIn]:
        """The live check-ins of `voter` that `guard` has promised, first promise first."""
        known = (self.get(promise.target) for promise in self._promises.get((guard, voter), ()))
        return [check_in for check_in in known if check_in is not None and check_in.is_live]

    def double_check_ins(self) -> list[DoubleCheckIn]:
        """Voters and rights with several check-ins that are confirmed or have a card, in order."""
        found = []
        for voter in sorted(v for v, several in self._by_voter.items() if len(several) > 1):
            counted = [c for c in self._by_voter[voter] if c.card or self.is_confirmed(c)]
            for right in sorted({r for c in counted for r in c.entry.rights}):
                refs = sorted(c.ref for c in counted if right in c.entry.rights)
                if len(refs) > 1:
                    found.append(DoubleCheckIn(voter, right, tuple(refs)))
        return found

    def faults(self) -> list[Fault]:
        """What stations wrote and must not have written, in order of position."""
        return sorted({*self._faults, *self._double_promises()})

    def unsupported_cards(self) -> list[Fault]:
        """Cards without a quorum in the logs known: faults once all logs are here.

        Provisional and at-risk cards are for exactly that, and are no fault on days that give them.
        """
        return sorted(
            Fault(c.ref.origin, c.card_index, f"a card of {c.desk} without a quorum")
            for c in self.all()
            if c.card is not None and not self.is_confirmed(c) and self._needs_quorum(c.card)
        )

    def _needs_quorum(self, card: CardIssued) -> bool:
        fallback = self.package.rules.fallback
        return card.card == "ordinary" or card.card not in CARDS_OF[fallback]

    def is_open(self, origin: str) -> bool:
        """Has this log been opened, and not closed or sealed?"""
        state = self._states.get(origin)
        return state is not None and state.opened and not state.closed and not state.final

    def is_closed(self, origin: str) -> bool:
        """Has this log's door been closed?"""
        state = self._states.get(origin)
        return state is not None and state.closed

    def is_final(self, origin: str) -> bool:
        """Is this log sealed?"""
        state = self._states.get(origin)
        return state is not None and state.final

    def _fold_act(
        self,
        station: Station,
        ref: Ref,
        act: PollsOpened | PollsClosed | LogFinal,
        state: _LogState,
    ) -> None:
        problem = approval_problem(self.package, ref.origin, station.at, act)
        if problem:
            self._fault(ref, f"{type(act).__name__} does not stand: {problem}")
        elif isinstance(act, PollsOpened):
            state.opened = True
        elif isinstance(act, PollsClosed):
            state.closed = True
        else:
            state.final = True

    def _fold_check_in(
        self, station: Station, ref: Ref, leaf: bytes, entry: VoterCheckedIn, state: _LogState
    ) -> str | None:
        if not state.opened or state.closed:
            self._fault(ref, "a check-in outside the opening of this station")
            return None
        line = self.roll.find(entry.voter)
        if line is None or line.voter != entry.voter:
            self._fault(ref, "a check-in of somebody who is not on the roll")
            return None
        rights = set(entry.rights)
        if not rights or len(rights) < len(entry.rights) or not rights <= set(line.rights):
            self._fault(ref, "a check-in for rights the voter does not have")
            return None
        check_in = CheckIn(ref, station.id, leaf, entry)
        self._check_ins[ref] = check_in
        self._by_voter.setdefault(entry.voter, []).append(check_in)
        for promise in self._promised.get(ref, ()):
            self._link(promise, check_in)
        return entry.voter

    def _fold_promise(self, station: Station, ref: Ref, entry: PromiseMade) -> str | None:
        target = Ref(entry.origin, entry.index)
        if not ref.origin.endswith("/0"):
            self._fault(ref, "a promise in a later epoch")
            return None
        promise = _Promise(ref.index, station.id, target, entry.leaf)
        self._promised.setdefault(target, []).append(promise)
        check_in = self.get(target)
        if check_in is None:
            return None
        self._link(promise, check_in)
        return check_in.entry.voter

    def _link(self, promise: _Promise, check_in: CheckIn) -> None:
        """A promise meets its check-in, whichever came first."""
        voter = check_in.entry.voter
        own = Ref(f"pollmesh/{self.package.day}/{promise.guard}/0", promise.index)
        if promise.guard not in self.guards_of(voter):
            self._fault(own, "a promise by a station that is no guard of this voter")
        elif promise.leaf != check_in.leaf:
            self._fault(own, "a promise for another entry than the one that stands there")
        else:
            insort(self._promises.setdefault((promise.guard, voter), []), promise)

    def _fold_withdrawal(self, ref: Ref, entry: CheckInWithdrawn) -> str | None:
        check_in = self.get(Ref(ref.origin, entry.check_in))
        if check_in is None:
            self._fault(ref, "a withdrawal of no check-in of this log")
            return None
        if check_in.card is not None:
            self._fault(ref, "a withdrawal beside a card")
            return check_in.entry.voter
        check_in.withdrawn = check_in.withdrawn or entry
        return check_in.entry.voter

    def _fold_card(self, ref: Ref, entry: CardIssued, state: _LogState) -> str | None:
        check_in = self.get(Ref(ref.origin, entry.check_in))
        if check_in is None:
            self._fault(ref, "a card for no check-in of this log")
            return None
        if check_in.card is not None:
            self._fault(ref, "a second card for one check-in")
            return None
        if entry.number in state.cards:
            self._fault(ref, f"the card number {entry.number} a second time")
        if check_in.withdrawn is not None:
            self._fault(ref, "a card beside a withdrawal")
        if entry.card not in CARDS_OF[self.package.rules.fallback]:
            self._fault(ref, f"a card of a kind that this day does not give: {entry.card}")
        state.cards.add(entry.number)
        check_in.card, check_in.card_index = entry, ref.index
        return check_in.entry.voter

    def _stands(self, guard: str, check_in: CheckIn) -> bool:
        """Of a guard's promises for one voter and right only the first standing one counts."""
        rights = set(check_in.entry.rights)
        for other in self.standing_of(guard, check_in.entry.voter):
            if rights & set(other.entry.rights):
                return other is check_in
        return False

    def _double_promises(self) -> Iterator[Fault]:
        """Guards with two standing promises for one voter and right, as known now."""
        for (guard, voter), promises in self._promises.items():
            for promise in promises[1:]:
                check_in = self.get(promise.target)
                if check_in and check_in.is_live and not self._stands(guard, check_in):
                    origin = f"pollmesh/{self.package.day}/{guard}/0"
                    words = f"a second promise for voter {voter[:8]} while the first stands"
                    yield Fault(origin, promise.index, words)

    def _fault(self, ref: Ref, words: str) -> None:
        self._faults.append(Fault(ref.origin, ref.index, words))
