"""The book of the place in sentences and numbers, for screens, paper, supervisors and verifiers.

pause_words(fact)     "Paused since 2026-11-27T08:12Z (evacuation: smoke), written at a-desk-1."
warnings(...)         "Sheet 2 line 7: this voter is also checked in at a-desk-1."
place_book(...)       the same as counts
"""

from collections.abc import Iterator
from typing import assert_never

from sync.book import Book, Companion, Fact, Sealed
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
)
from sync.book_views import (
    BookLine,
    BookView,
    ObserverView,
    PaperView,
    PlaceBook,
    SealView,
)
from sync.check_ins import CheckIns
from sync.position import Ref

BOOK_LINES_MAX = 200
"""Lines of the book that a screen is given; the rest is in the log."""

PAPER_LINES_MAX = 400
_WHAT: dict[type[BookEntry], str] = {
    CompanionAdmitted: "companion",
    WrittenDown: "written",
    PlacePaused: "pause",
    PlaceResumed: "resume",
    WorkerCameOn: "worker",
    WorkerWentOff: "worker",
    ObserverSignedIn: "observer",
    ObserverSignedOut: "observer",
    QueueCounted: "queue",
    SealNoted: "seal",
    CustodyPassed: "custody",
    PaperCheckInKeyed: "paper",
    PaperLineStruck: "paper",
    DeskCounted: "counted",
}


def book_view(check_ins: CheckIns, station: str, place: str) -> BookView:
    """The whole book of a place as a screen shows it."""
    book = check_ins.book
    facts = book.facts(place)[::-1]
    return BookView(
        station,
        place,
        paused_words(book, place),
        check_ins.package.rules.companion_cap,
        place_book(check_ins, place),
        tuple(_line(fact) for fact in facts[:BOOK_LINES_MAX]),
        len(facts) > BOOK_LINES_MAX,
        warnings(check_ins, place),
        tuple(
            ObserverView(f.entry.observer, f.entry.of, f.desk, f.minute)
            for f in book.observers(place)
            if isinstance(f.entry, ObserverSignedIn)
        ),
        tuple(_seal_view(item) for item in book.seals(place)),
        tuple(
            _paper_view(check_ins, fact, entry)
            for fact, entry in _lines_of(book.paper(place)[-PAPER_LINES_MAX:])
        ),
    )


def place_book(check_ins: CheckIns, place: str) -> PlaceBook:
    """A place's book in numbers."""
    book, package = check_ins.book, check_ins.package
    entries = [fact.entry for fact in book.facts(place)]
    written = [entry.about for entry in entries if isinstance(entry, WrittenDown)]
    queue = book.queue(place)
    desks = {s.id for s in package.stations_at(place, "desk")}
    sums = book.sums(desks)
    return PlaceBook(
        written.count("incident"),
        written.count("complaint"),
        sum(_station(ref) in desks for one in book.companions(place) for ref in one.check_ins),
        len(over_cap(check_ins, place)),
        sum(isinstance(entry, PlacePaused) for entry in entries),
        paused_words(book, place),
        len(book.observers(place)),
        queue.waiting if queue else -1,
        sum(bool(item.amiss) for item in book.seals(place)),
        len(book.paper(place)),
        sum(
            bool(paper_problems(check_ins, place, fact.ref, entry))
            for fact, entry in _lines_of(book.paper(place))
        ),
        sum(s.look_ups_by_code + s.look_ups_by_name for s in sums),
        sum(s.cases for s in sums),
        sum(s.case_minutes for s in sums),
        sum(s.defective_cases for s in sums),
        sum(s.defective_case_minutes for s in sums),
    )


def warnings(check_ins: CheckIns, place: str) -> tuple[str, ...]:
    """What somebody should look at in a place's book, in sentences."""
    found = [_over_cap_words(one) for one in over_cap(check_ins, place)]
    found += [f"{s.item}: {words}" for s in check_ins.book.seals(place) for words in s.amiss]
    for fact, entry in _lines_of(check_ins.book.paper(place)):
        found += paper_problems(check_ins, place, fact.ref, entry)
    return tuple(found)


def over_cap(check_ins: CheckIns, place: str) -> list[Companion]:
    """Companions who went with more voters than the package allows, one of them at this place."""
    cap = check_ins.package.rules.companion_cap
    return [one for one in check_ins.book.companions(place) if len(one.check_ins) > cap]


def paper_problems(
    check_ins: CheckIns, place: str, ref: Ref | None, entry: PaperCheckInKeyed
) -> list[str]:
    """Where else the voter of this line of paper stands, or whom else the line admits.

    `ref` is where the line stands in the logs, if it does yet.
    """
    book, where = check_ins.book, f"Sheet {entry.sheet} line {entry.line}"
    found = [
        f"{where}: this voter is also checked in at {c.desk} at {c.entry.minute}."
        for c in sorted(check_ins.of(entry.voter), key=lambda c: c.ref)
        if c.is_live
    ]
    for other, old in _lines_of(book.on_paper(entry.voter)):
        if other.ref != ref:
            found.append(
                f"{where}: this voter also stands on sheet {old.sheet} line {old.line}, keyed in "
                f"at {other.desk}."
            )
    for other, old in _lines_of(book.on_line(place, entry.sheet, entry.line)):
        if old.voter != entry.voter:
            found.append(f"{where}: keyed in at {other.desk} for another voter too.")
    return found


def _lines_of(facts: list[Fact]) -> Iterator[tuple[Fact, PaperCheckInKeyed]]:
    return ((f, f.entry) for f in facts if isinstance(f.entry, PaperCheckInKeyed))


def paused_words(book: Book, place: str) -> str:
    """Why nobody new is admitted at this place; empty if somebody is."""
    return " ".join(pause_words(fact) for fact in book.pauses(place))


def pause_words(fact: Fact) -> str:
    """One pause."""
    assert isinstance(fact.entry, PlacePaused), "a pause"
    because = fact.entry.because + (f": {fact.entry.words}" if fact.entry.words else "")
    return f"Paused since {fact.minute} ({because}), written at {fact.desk}."


def entry_words(entry: BookEntry) -> str:
    """One entry in a sentence."""
    match entry:
        case CompanionAdmitted(check_in, companion, because):
            return f"Companion {companion[:8]} goes with check-in {check_in} ({because})."
        case WrittenDown(number, about, by, text):
            return f"{about.capitalize()} {number}, told by {by}: {text}"
        case PlacePaused(because, words):
            return f"The place is paused ({because}{': ' + words if words else ''})."
        case PlaceResumed(at=at):
            return f"The place goes on{' at ' + at if at else ''}."
        case WorkerCameOn(worker):
            return f"Worker {worker} came on."
        case WorkerWentOff(worker, because):
            return f"Worker {worker} went off ({because})."
        case ObserverSignedIn(observer, of):
            return f"Observer {observer} of {of} signed in."
        case ObserverSignedOut(observer):
            return f"Observer {observer} signed out."
        case QueueCounted(waiting):
            return f"{waiting} wait at the door."
        case SealNoted(item, number, state):
            return f"Seal {number} of {item}: {state}."
        case CustodyPassed(item, giver, taker):
            return f"{item} went from {giver} to {taker}."
        case PaperCheckInKeyed(sheet, line, voter, document):
            return f"Paper sheet {sheet} line {line}: voter {voter[:8]} with {document}."
        case PaperLineStruck(keyed):
            return f"Struck: the line of paper keyed in at {keyed.origin} entry {keyed.index}."
        case DeskCounted():
            return _sums_words(entry)
    assert_never(entry)


def _sums_words(entry: DeskCounted) -> str:
    return (
        f"Look-ups so far: {entry.look_ups_by_code} by code, {entry.look_ups_by_name} by name. "
        f"Cases: {entry.cases} in {entry.case_minutes} min; with a defective document "
        f"{entry.defective_cases} in {entry.defective_case_minutes} min."
    )


def _over_cap_words(one: Companion) -> str:
    where = ", ".join(f"{_station(ref)} entry {ref.index}" for ref in one.check_ins)
    return f"Companion {one.companion[:8]} went with {len(one.check_ins)} voters: {where}."


def _line(fact: Fact) -> BookLine:
    entry, ref = fact.entry, fact.ref
    words = entry_words(entry)
    return BookLine(ref.origin, ref.index, fact.desk, fact.minute, _WHAT[type(entry)], words)


def _seal_view(item: Sealed) -> SealView:
    words = "; ".join(_unique(item.amiss)) or item.last
    return SealView(item.item, tuple(item.numbers), words, bool(item.amiss))


def _unique(words: list[str]) -> Iterator[str]:
    return iter(dict.fromkeys(words))


def _paper_view(check_ins: CheckIns, fact: Fact, entry: PaperCheckInKeyed) -> PaperView:
    problems = paper_problems(check_ins, fact.at, fact.ref, entry)
    return PaperView(
        entry.sheet,
        entry.line,
        entry.voter[:16],
        fact.desk,
        " ".join(problems) or entry_words(entry),
        bool(problems),
        fact.ref.origin,
        fact.ref.index,
    )


def _station(ref: Ref) -> str:
    return ref.origin.split("/")[2]
