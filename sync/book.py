"""The book of the place: what desks wrote down besides check-ins, folded from their logs.

    book.pauses("a")                 pauses that nobody has ended yet, first first
    book.observers("a")              who is signed in now
    book.seals("a")                  item -> seals put on and not taken off, and what is amiss
    book.on_paper(voter)             lines of paper that admitted this voter
    book.counts("a"), book.warnings("a")

Like check-ins it is derived from which entries are known, so that whoever holds the same logs
says the same in whatever order the logs came. What one desk ends or strikes of another's names that
entry by its position. Where "last" matters across desks it is by minute, then position: desks'
clocks decide nothing else. What a log may not say is a fault, named and not taken.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from sync.book_entries import (
    BookEntry,
    CompanionAdmitted,
    CustodyPassed,
    DeskCounted,
    ObserverSignedIn,
    ObserverSignedOut,
    PaperCheckInKeyed,
    PaperLineStruck,
    PlacePaused,
    PlaceResumed,
    QueueCounted,
    SealNoted,
    WorkerCameOn,
    WorkerWentOff,
    WrittenDown,
    text_problem,
)
from sync.officers import approval_problem
from sync.package import Station
from sync.position import Fault, Ref

if TYPE_CHECKING:
    from sync.check_ins import CheckIns


class Fact(NamedTuple):
    """One entry of the book that stands, with its place in the logs."""

    minute: str
    ref: Ref
    desk: str
    at: str
    entry: BookEntry


class Companion(NamedTuple):
    """One companion and the live check-ins of those they went with, in order."""

    companion: str
    check_ins: tuple[Ref, ...]


@dataclass
class Sealed:
    """One item: numbers of seals put on and not taken off; what does not fit, in words."""

    item: str
    numbers: list[str] = field(default_factory=list)
    amiss: list[str] = field(default_factory=list)
    last: str = ""


@dataclass
class _Place:
    """One place's book; lists are in order of arrival and sorted when asked for."""

    facts: list[Fact] = field(default_factory=list)
    pauses: list[Fact] = field(default_factory=list)
    paper: list[Fact] = field(default_factory=list)
    ended: dict[str, int] = field(default_factory=dict)
    struck: set[Ref] = field(default_factory=set)
    companions: set[str] = field(default_factory=set)


class Book:
    """The fold; `check_ins` is the one that this is part of."""

    def __init__(self, check_ins: "CheckIns") -> None:
        self._check_ins = check_ins
        self._places: dict[str, _Place] = {}
        self._faults: list[Fault] = []
        self._on: dict[str, str] = {}
        self._written: dict[tuple[str, int], Fact] = {}
        self._numbers: dict[str, int] = {}
        self._admitted: dict[Ref, CompanionAdmitted] = {}
        self._went: dict[str, list[Ref]] = {}
        self._on_paper: dict[str, list[Fact]] = {}
        self._on_line: dict[tuple[str, int, int], list[Fact]] = {}
        self._counted: dict[str, DeskCounted] = {}

    def fold(self, station: Station, ref: Ref, entry: BookEntry) -> None:
        """Take in one entry, in log order; its log is not final."""
        if problem := self._problem(station, ref, entry):
            self._faults.append(Fault(ref.origin, ref.index, problem))
            return
        fact = Fact(entry.minute, ref, station.id, station.at, entry)
        place = self._at(station.at)
        place.facts.append(fact)
        match entry:
            case CompanionAdmitted(check_in, companion):
                self._admitted[Ref(ref.origin, check_in)] = entry
                self._went.setdefault(companion, []).append(Ref(ref.origin, check_in))
                place.companions.add(companion)
            case WrittenDown(number):
                self._numbers[ref.origin] = number
                self._written[ref.origin, number] = fact
            case PlacePaused():
                place.pauses.append(fact)
            case PlaceResumed(ends):
                for one in ends:
                    place.ended[one.origin] = max(one.index, place.ended.get(one.origin, -1))
            case WorkerCameOn(worker):
                self._on[ref.origin] = worker
            case WorkerWentOff():
                self._on.pop(ref.origin, None)
            case PaperCheckInKeyed(sheet, line, voter):
                place.paper.append(fact)
                self._on_paper.setdefault(voter, []).append(fact)
                self._on_line.setdefault((station.at, sheet, line), []).append(fact)
            case PaperLineStruck(keyed):
                place.struck.add(Ref(keyed.origin, keyed.index))
            case DeskCounted():
                self._counted[ref.origin] = entry

    def facts(self, place: str) -> list[Fact]:
        """Everything that stands in a place's book, oldest first."""
        return sorted(self._at(place).facts, key=_when)

    def faults(self) -> list[Fault]:
        """What desks wrote and must not have written."""
        return self._faults

    def number(self, origin: str) -> int:
        """The number of the last incident or complaint in this log; 0 if there is none."""
        return self._numbers.get(origin, 0)

    def written(self, origin: str, number: int) -> WrittenDown | None:
        """That incident or complaint."""
        fact = self._written.get((origin, number))
        return fact.entry if fact and isinstance(fact.entry, WrittenDown) else None

    def number_at(self, ref: Ref) -> int:
        """The number of the incident or complaint that stands there; 0 if none does."""
        own = (number for (_, number), fact in self._written.items() if fact.ref == ref)
        return next(own, 0)

    def worker(self, origin: str) -> str:
        """The badge number of who is on at this desk; empty if nobody is."""
        return self._on.get(origin, "")

    def companion_of(self, check_in: Ref) -> CompanionAdmitted | None:
        """Who goes with the voter of this check-in."""
        return self._admitted.get(check_in)

    def companions(self, place: str) -> list[Companion]:
        """Companions seen at this place, with all they went with at any place."""
        found = [Companion(one, self._live(one)) for one in sorted(self._at(place).companions)]
        return [one for one in found if one.check_ins]

    def went_with(self, companion: str) -> int:
        """With how many voters this companion went, over all logs known."""
        return len(self._live(companion))

    def pauses(self, place: str) -> list[Fact]:
        """Pauses of the place that nobody has ended, first first."""
        at = self._at(place)
        standing = (f for f in at.pauses if f.ref.index > at.ended.get(f.ref.origin, -1))
        return sorted(standing, key=_when)

    def observers(self, place: str) -> list[Fact]:
        """Observers in the place now: their last sign-in, in order."""
        last: dict[str, Fact] = {}
        for fact in self.facts(place):
            if isinstance(fact.entry, ObserverSignedIn | ObserverSignedOut):
                last[fact.entry.observer] = fact
        return [f for f in last.values() if isinstance(f.entry, ObserverSignedIn)]

    def queue(self, place: str) -> QueueCounted | None:
        """What was counted last at the door."""
        found = [f.entry for f in self.facts(place) if isinstance(f.entry, QueueCounted)]
        return found[-1] if found else None

    def seals(self, place: str) -> list[Sealed]:
        """Every item that was ever sealed, by name."""
        items: dict[str, Sealed] = {}
        for fact in self.facts(place):
            if isinstance(fact.entry, SealNoted):
                item = items.setdefault(fact.entry.item, Sealed(fact.entry.item))
                _look_at(item, fact.entry, fact.desk)
        for number, names in _on_several(items).items():
            for name in names:
                others = ", ".join(other for other in names if other != name)
                items[name].amiss.append(f"seal {number} is on {name} and on {others}")
        return [items[name] for name in sorted(items)]

    def paper(self, place: str) -> list[Fact]:
        """Lines of paper keyed in at this place and not struck, by sheet and line."""
        return sorted(filter(self._stands, self._at(place).paper), key=_sheet_and_line)

    def on_paper(self, voter: str) -> list[Fact]:
        """Lines of paper that admitted this voter, at any place."""
        return sorted(filter(self._stands, self._on_paper.get(voter, ())), key=_when)

    def on_line(self, place: str, sheet: int, line: int) -> list[Fact]:
        """What was keyed in for this line: once, unless desks were apart."""
        found = self._on_line.get((place, sheet, line), ())
        return sorted(filter(self._stands, found), key=_when)

    def counted(self, origin: str) -> DeskCounted | None:
        """The last sums in this log."""
        return self._counted.get(origin)

    def sums(self, desks: Collection[str]) -> list[DeskCounted]:
        """The last sums in every log of these desks, one for each epoch."""
        return [
            entry
            for origin, entry in sorted(self._counted.items())
            if origin.split("/")[2] in desks
        ]

    def _at(self, place: str) -> _Place:
        return self._places.setdefault(place, _Place())

    def _stands(self, fact: Fact) -> bool:
        return fact.ref not in self._at(fact.at).struck

    def _live(self, companion: str) -> tuple[Ref, ...]:
        """Check-ins with which they went; one that was withdrawn does not count."""
        known = ((ref, self._check_ins.get(ref)) for ref in sorted(self._went.get(companion, ())))
        return tuple(ref for ref, check_in in known if check_in is not None and check_in.is_live)

    def _problem(self, station: Station, ref: Ref, entry: BookEntry) -> str | None:
        """Why an entry does not stand."""
        match entry:
            case CompanionAdmitted(check_in):
                if self._check_ins.get(Ref(ref.origin, check_in)) is None:
                    return "a companion for no check-in of this log"
                if Ref(ref.origin, check_in) in self._admitted:
                    return "a second companion for one check-in"
            case WrittenDown(number, text=text):
                if number != self.number(ref.origin) + 1:
                    return "an incident or complaint with a number out of turn"
                return _text_fault(text)
            case PlacePaused(words=words):
                return _text_fault(words)
            case WorkerCameOn() if self.worker(ref.origin):
                return "a worker came on before the other went off"
            case WorkerWentOff(worker) if worker != self.worker(ref.origin):
                return "a worker went off who was not on"
            case ObserverSignedIn(of=of):
                return _text_fault(of)
            case SealNoted(item):
                return _text_fault(item)
            case PlaceResumed(at=words) | CustodyPassed(item=words):
                problem = approval_problem(self._check_ins.package, ref.origin, station.at, entry)
                if problem:
                    return f"{type(entry).__name__} does not stand: {problem}"
                return _text_fault(words)
            case PaperCheckInKeyed(voter=voter):
                if self._check_ins.roll.find(voter) is None:
                    return "a line of paper for somebody who is not on the roll"
            case DeskCounted():
                if _shrank(self.counted(ref.origin), entry):
                    return "sums that became smaller"
        return None


def _when(fact: Fact) -> tuple[str, Ref]:
    return fact.minute, fact.ref


def _keyed(fact: Fact) -> PaperCheckInKeyed:
    assert isinstance(fact.entry, PaperCheckInKeyed), "only lines of paper are kept as such"
    return fact.entry


def _sheet_and_line(fact: Fact) -> tuple[int, int, Ref]:
    return _keyed(fact).sheet, _keyed(fact).line, fact.ref


def _text_fault(text: str) -> str | None:
    return "a text that cannot stand in a log" if text_problem(text) else None


def _shrank(before: DeskCounted | None, after: DeskCounted) -> bool:
    if before is None:
        return False
    return any(new < old for new, old in zip(_sums(after), _sums(before), strict=True))


def _sums(entry: DeskCounted) -> tuple[int, ...]:
    return (
        entry.look_ups_by_code,
        entry.look_ups_by_name,
        entry.cases,
        entry.case_minutes,
        entry.defective_cases,
        entry.defective_case_minutes,
    )


def _look_at(item: Sealed, entry: SealNoted, desk: str) -> None:
    """Take one look at a seal into what is known of its item."""
    number, on = entry.number, ", ".join(item.numbers)
    item.last = f"{entry.state} {number} at {entry.minute}"
    if entry.state == "put-on":
        if number in item.numbers:
            item.amiss.append(f"seal {number} was put on twice, at {entry.minute} by {desk}")
        else:
            item.numbers.append(number)
        return
    if number not in item.numbers:
        known = f"where {on} had been put on" if on else "where none had been put on"
        item.amiss.append(f"seal {number} was found at {entry.minute} by {desk}, {known}")
    if entry.state == "found-broken":
        item.amiss.append(f"seal {number} was found broken at {entry.minute} by {desk}")
    if entry.state == "taken-off" and number in item.numbers:
        item.numbers.remove(number)


def _on_several(items: dict[str, Sealed]) -> dict[str, list[str]]:
    """Seal numbers that are on several items now."""
    where: dict[str, list[str]] = {}
    for name, item in sorted(items.items()):
        for number in item.numbers:
            where.setdefault(number, []).append(name)
    return {number: names for number, names in where.items() if len(names) > 1}
