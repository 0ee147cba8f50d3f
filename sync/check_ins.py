"""What the logs say about voters: one fold over check-in entries, in any order of arrival.

Used alike by desks, district and verifier. A check-in is **live** until withdrawn or voided
(`sync.voids`); **confirmed** when promises of a quorum of its voter's guards stand in the logs
(`sync.guards`) and, where the package asks for two confirmations, another desk of the place
seconded it (`sync.secondings`). Nothing is stored as a flag: everything is derived from which
entries are known, so that whoever holds the same logs says the same. The fold obeys three laws: the
order in which *logs* are mixed does not matter, a log's entries come in log order, and an entry
folded once is never folded again.

What a log may not say is a **fault** of its station, named, kept and never counted: a promise by a
station that is no guard, in a later epoch, or beside a standing one; a card without check-in, a
card beside a withdrawal, two cards for one check-in; a void without the card back; a seconding that
is not another desk's; anything about voters after `LogFinal`.

A promise ends only with its check-in, which ends in one of two ways (G1): withdrawn before any
card, so that no ballot was ever possible; or voided after it, when its box has spent the card
without a ballot. A card and a withdrawal for one check-in prove neither, so that check-in's card
still counts as given: the fault is shown, and the double check-in stays if the voter gets another.
"""

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Iterator

from sync.book import Book
from sync.book_entries import BookEntry
from sync.card_entries import CheckInVoided, SecondEntry, VoterNotAdmitted
from sync.check_in import CheckIn as CheckIn
from sync.check_in import DoubleCheckIn as DoubleCheckIn
from sync.check_in import LogState, Promise
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
from sync.roll import Roll, RollWithAdded
from sync.secondings import Secondings
from sync.self_test import SelfTested
from sync.voids import void_problem

CARDS_OF: dict[str, tuple[str, ...]] = {
    "refuse": ("ordinary",),
    "provisional": ("ordinary", "provisional"),
    "at-risk": ("ordinary", "at-risk"),
}
"""The kinds of card a desk may give under each fallback."""


class CheckIns:
    """The fold. `roll` answers who may vote and where their home is."""

    def __init__(self, package: Package, roll: Roll) -> None:
        self.package = package
        self.roll = roll if not package.added else RollWithAdded(roll, package.added)
        self.noted = Noted()
        self.book = Book(self)
        self._faults: list[Fault] = []
        self._check_ins: dict[Ref, CheckIn] = {}
        self._by_voter: dict[str, list[CheckIn]] = {}
        self._promises: dict[tuple[str, str], list[Promise]] = {}
        self._promised: dict[Ref, list[Promise]] = {}
        self._unmet: dict[str, set[Ref]] = {}
        self._states: dict[str, LogState] = {}
        self.not_admitted: Counter[tuple[str, str]] = Counter()
        self.defective: Counter[str] = Counter()
        self._secondings = Secondings(package, self._fault)

    def fold(
        self, station: Station, ref: Ref, leaf: bytes, entry: Entry | Unreadable
    ) -> str | None:
        """Take in one entry; the voter key whose standing it may change, if any."""
        state = self._states.setdefault(ref.origin, LogState())
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
            case CheckInVoided():
                return self._fold_void(station, ref, entry)
            case SecondEntry():
                check_in = self.get(Ref(entry.origin, entry.index))
                self._secondings.fold(station, ref, entry, check_in)
                return check_in.entry.voter if check_in else None
            case VoterNotAdmitted():
                self.not_admitted[station.id, entry.because] += 1
            case PeripheralNoted() | SelfTested():
                self.noted.fold(station.id, entry)
            case _ if isinstance(entry, BookEntry):
                self.book.fold(station, ref, entry)
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
        """Every check-in known, but what is mere evidence."""
        return (c for c in self._check_ins.values() if not c.is_evidence)

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

    def has_quorum(self, check_in: CheckIn) -> bool:
        """Does a quorum of promises stand for it?"""
        guards = self.guards_of(check_in.entry.voter)
        return bool(guards) and check_in.is_live and self.weight(check_in) >= quorum_of(guards)

    def is_seconded(self, check_in: CheckIn) -> bool:
        """Did another desk confirm it, or does the day ask for no second confirmation?"""
        return self.package.rules.confirmations < 2 or bool(check_in.seconded_by)

    def is_confirmed(self, check_in: CheckIn) -> bool:
        """Does a quorum stand for it and, where two confirmations are asked, a second desk?"""
        return self.is_seconded(check_in) and self.has_quorum(check_in)

    def knows_all_promised_by(self, guard: str) -> bool:
        """Is every check-in known that this guard has promised? Else nobody knows whose it is."""
        return not self._unmet.get(guard)

    def standing_of(self, guard: str, voter: str) -> list[CheckIn]:
        """The live check-ins of `voter` that `guard` has promised, first promise first."""
        known = (self.get(promise.target) for promise in self._promises.get((guard, voter), ()))
        return [check_in for check_in in known if check_in is not None and check_in.is_live]

    def turned_away_at(self, desk: str) -> dict[str, int]:
        """How many were turned away at a desk, by reason."""
        rows = sorted(self.not_admitted.items())
        return {because: times for (station, because), times in rows if station == desk}

    def double_check_ins(self) -> list[DoubleCheckIn]:
        """Voters and rights with several check-ins that are confirmed or have a card, in order."""
        found = []
        for voter in sorted(v for v, several in self._by_voter.items() if len(several) > 1):
            known = self._by_voter[voter]
            counted = [c for c in known if c.is_card_out or self.is_confirmed(c)]
            for right in sorted({r for c in counted for r in c.entry.rights}):
                refs = sorted(c.ref for c in counted if right in c.entry.rights)
                if len(refs) > 1:
                    found.append(DoubleCheckIn(voter, right, tuple(refs)))
        return found

    def faults(self) -> list[Fault]:
        """What stations wrote and must not have written, in order of position."""
        return sorted({*self._faults, *self._double_promises(), *self.book.faults()})

    def unsupported_cards(self) -> list[Fault]:
        """Cards without a quorum or a second desk in the logs known: faults once all are here.

        Provisional and at-risk cards are for lack of a quorum, and are no fault on days that give
        them. A voided check-in's promises have ended with it, so its card is not asked for them.
        """
        return sorted(
            Fault(c.ref.origin, c.card_index, f"a card of {c.desk} without {lacks}")
            for c in self.all()
            if c.card is not None and (lacks := self._lacks(c, c.card))
        )

    def _lacks(self, check_in: CheckIn, card: CardIssued) -> str:
        if not self.is_seconded(check_in):
            return "a second confirmation"
        if check_in.voided is None and self._needs_quorum(card) and not self.has_quorum(check_in):
            return "a quorum"
        return ""

    def _needs_quorum(self, card: CardIssued) -> bool:
        fallback = self.package.rules.fallback
        return card.card == "ordinary" or card.card not in CARDS_OF[fallback]

    def is_open(self, origin: str) -> bool:
        """Has this log been opened, and not closed or sealed?"""
        state = self._states.get(origin)
        return state is not None and state.opened and not state.closed and not state.final

    def opened_minute(self, origin: str) -> str:
        """When two officers opened this station, by its clock; empty if they have not."""
        state = self._states.get(origin)
        return state.opened_minute if state else ""

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
        state: LogState,
    ) -> None:
        problem = approval_problem(self.package, ref.origin, station.at, act)
        if problem:
            self._fault(ref, f"{type(act).__name__} does not stand: {problem}")
        elif isinstance(act, PollsOpened):
            state.opened, state.opened_minute = True, act.minute
        elif isinstance(act, PollsClosed):
            state.closed = True
        else:
            state.final = True

    def _fold_check_in(
        self, station: Station, ref: Ref, leaf: bytes, entry: VoterCheckedIn, state: LogState
    ) -> str | None:
        state.check_ins += 1
        problem = self._check_in_problem(ref, entry, state)
        check_in = CheckIn(ref, station.id, leaf, entry, state.check_ins, problem is not None)
        self._check_ins[ref] = check_in
        if problem is not None:
            # Orders that come later can make evidence of what was promised: the promise stands.
            self._fault(ref, problem)
        else:
            self._by_voter.setdefault(entry.voter, []).append(check_in)
        for promise in self._promised.get(ref, ()):
            self._unmet[promise.guard].discard(ref)
            self._link(promise, check_in)
        if check_in.is_evidence:
            return entry.voter
        self._secondings.checked_in(check_in)
        self.defective[station.id] += entry.defective
        return entry.voter

    def _check_in_problem(self, ref: Ref, entry: VoterCheckedIn, state: LogState) -> str | None:
        """Why this check-in never counts, in words; None if it does."""
        size = self.package.revoked_at.get(ref.origin)
        if size is not None and ref.index >= size:
            return f"this is no entry: the key was revoked at entry {size}; it is evidence"
        if not state.opened or state.closed:
            return "a check-in outside the opening of this station"
        line = self.roll.find(entry.voter)
        if line is None or line.voter != entry.voter:
            return "a check-in of somebody who is not on the roll"
        rights = set(entry.rights)
        if not rights or len(rights) < len(entry.rights) or not rights <= set(line.rights):
            return "a check-in for rights the voter does not have"
        return None

    def _fold_promise(self, station: Station, ref: Ref, entry: PromiseMade) -> str | None:
        target = Ref(entry.origin, entry.index)
        if not ref.origin.endswith("/0"):
            self._fault(ref, "a promise in a later epoch")
            return None
        promise = Promise(ref.index, station.id, target, entry.leaf)
        self._promised.setdefault(target, []).append(promise)
        check_in = self.get(target)
        if check_in is None:
            self._unmet.setdefault(station.id, set()).add(target)
            return None
        self._link(promise, check_in)
        return check_in.entry.voter

    def _link(self, promise: Promise, check_in: CheckIn) -> None:
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
        if check_in.is_evidence:
            self._fault(ref, "a withdrawal of a check-in that never counted")
        if check_in.card is not None:
            self._fault(ref, "a withdrawal beside a card")
            return check_in.entry.voter
        check_in.withdrawn = check_in.withdrawn or entry
        return check_in.entry.voter

    def _fold_card(self, ref: Ref, entry: CardIssued, state: LogState) -> str | None:
        check_in = self.get(Ref(ref.origin, entry.check_in))
        if check_in is None or check_in.is_evidence:
            self._fault(ref, "a card for no check-in of this log")
            if check_in is not None and check_in.card is None:
                check_in.card, check_in.card_index = entry, ref.index
            return None
        if check_in.card is not None:
            check_in.other_cards += 1
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
        self._secondings.carded(check_in)
        return check_in.entry.voter

    def _fold_void(self, station: Station, ref: Ref, act: CheckInVoided) -> str | None:
        check_in = self.get(Ref(ref.origin, act.check_in))
        problem = approval_problem(self.package, ref.origin, station.at, act)
        problem = problem or void_problem(self.package, check_in, act.slips)
        if problem is not None or check_in is None:
            self._fault(ref, f"CheckInVoided does not stand: {problem}")
            return None
        check_in.voided = act
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
