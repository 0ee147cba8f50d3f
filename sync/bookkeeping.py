"""What a desk may write into the book of the place, and the words with which it says no.

    keeper.do(WriteDown("incident", "worker", "…"), pen, now_ms)   -> Done("Incident 3 is …")
    keeper.stands_against(voter)                                   -> Refused | None, at a check-in

Everything typed is brought into its one spelling before it is looked at. Nothing is written after
the log is final; before the opening workers come on, observers sign in and seals are put on. What
touches voters is decided in `sync.book_voters`.
"""

import re

from sync.acts import Proposals
from sync.book import Book
from sync.book_commands import (
    AdmitCompanion,
    BookCommand,
    ComeOn,
    CountQueue,
    GoOff,
    KeyPaperLine,
    NoteCounts,
    NoteSeal,
    PausePlace,
    ProposeCustody,
    ProposeResume,
    SignObserverIn,
    SignObserverOut,
    StrikePaperLine,
    WriteDown,
)
from sync.book_entries import (
    ITEM_LETTERS_MAX,
    LOGS_CITED_MAX,
    SEAL_LETTERS_MAX,
    TEXT_LETTERS_MAX,
    WORDS_LETTERS_MAX,
    BookEntry,
    Cited,
    CustodyPassed,
    ObserverSignedIn,
    ObserverSignedOut,
    PaperCheckInKeyed,
    PlacePaused,
    PlaceResumed,
    QueueCounted,
    SealNoted,
    WorkerCameOn,
    WorkerWentOff,
    WrittenDown,
    text_problem,
)
from sync.book_voters import companion, paper_line, strike
from sync.book_words import pause_words, paused_words
from sync.check_ins import CheckIns
from sync.counting import Counting
from sync.minutes import minute_text
from sync.outcomes import Done, Outcome, Refused
from sync.package import Station
from sync.package_rules import is_id
from sync.position import Ref
from sync.role import Pen
from sync.text import normal

QUEUE_MAX = 100_000

_SEAL = re.compile(rf"[A-Z0-9-]{{1,{SEAL_LETTERS_MAX}}}")
_FINAL = Refused("final", "This desk's log is sealed. Nothing more is written here.")


class Bookkeeper:
    """The book's writer at one desk."""

    def __init__(
        self, station: Station, check_ins: CheckIns, origin: str, proposals: Proposals
    ) -> None:
        self.station = station
        self.check_ins = check_ins
        self._origin = origin
        self._proposals = proposals
        self._counting = Counting(check_ins.book, origin)

    @property
    def book(self) -> Book:
        """The fold, over all logs known."""
        return self.check_ins.book

    def do(self, command: BookCommand, pen: Pen, now_ms: int) -> Outcome:
        """Decide one command and write what it asks for."""
        if self.check_ins.is_final(self._origin):
            return _FINAL
        minute = minute_text(now_ms)
        match command:
            case ProposeResume(at):
                return self._propose_resume(normal(at), minute)
            case ProposeCustody():
                return self._propose_custody(command, minute)
            case ComeOn(worker):
                return self._come_on(worker, pen, minute)
            case NoteCounts():
                return self._counting.note(command, pen, minute)
        decided = self._decide(command, minute)
        if isinstance(decided, Refused):
            return decided
        entry, words = decided
        return Done(words, pen.append(entry).index)

    def stands_against(self, voter: str) -> Refused | None:
        """Why this voter is not admitted now, if the book says so; asked before a new check-in."""
        if pauses := self.book.pauses(self.station.at):
            words = (
                f"{pause_words(pauses[0])} Nobody new is admitted until two officers go on "
                "(the book, Resume). Whoever waits for a card is still served."
            )
            return Refused("paused", words)
        for fact in self.book.on_paper(voter):
            entry = fact.entry
            assert isinstance(entry, PaperCheckInKeyed), "a line of paper"
            words = (
                f"This voter was checked in on paper: sheet {entry.sheet} line {entry.line}, keyed "
                f"in at {fact.desk}. If that line was keyed in wrongly, strike it in the book "
                "first; else call the officers."
            )
            return Refused("on-paper", words)
        return None

    def not_now(self, act: PlaceResumed | CustodyPassed) -> Refused | None:
        """Why officers cannot do this now; asked when proposed and again when written."""
        if self.check_ins.is_final(self._origin):
            return _FINAL
        if isinstance(act, PlaceResumed):
            upto = {one.origin: one.index for one in act.ends}
            standing = [fact.ref for fact in self.book.pauses(self.station.at)]
            if not any(ref.index <= upto.get(ref.origin, -1) for ref in standing):
                return Refused("not-paused", "The place is not paused (any more).")
        return None

    def _decide(self, command: BookCommand, minute: str) -> tuple[BookEntry, str] | Refused:
        """The one entry to write and what to say of it, or why not."""
        match command:
            case AdmitCompanion():
                return companion(self.check_ins, self._origin, command, minute)
            case WriteDown():
                return self._write_down(command, minute)
            case PausePlace():
                return self._pause(command, minute)
            case GoOff():
                return self._go_off(minute)
            case SignObserverIn():
                return self._observer_in(command, minute)
            case SignObserverOut(observer):
                return self._observer_out(observer, minute)
            case CountQueue(waiting):
                if not 0 <= waiting <= QUEUE_MAX:
                    return Refused("no-number", "Count who waits at the door: 0 or more.")
                return QueueCounted(waiting, minute), f"Written: {waiting} wait at the door."
            case NoteSeal():
                return self._seal(command, minute)
            case KeyPaperLine():
                return paper_line(self.check_ins, self.station.at, command, minute)
            case StrikePaperLine(origin, index):
                return strike(self.check_ins, self.station.at, Ref(origin, index), minute)
        raise AssertionError(f"nobody decides {type(command).__name__}")

    def _write_down(self, command: WriteDown, minute: str) -> tuple[BookEntry, str] | Refused:
        text = normal(command.text)
        if not text:
            return Refused("no-text", "Write what happened.")
        if len(text) > TEXT_LETTERS_MAX:
            words = f"This is too long: {len(text)} letters, at most {TEXT_LETTERS_MAX}. Write two."
            return Refused("too-long", words)
        if problem := text_problem(text):
            return Refused("no-text", problem)
        number = self.book.number(self._origin) + 1
        entry = WrittenDown(number, command.about, command.by, text, minute)
        return entry, f"{command.about.capitalize()} {number} is written at {self.station.id}."

    def _pause(self, command: PausePlace, minute: str) -> tuple[BookEntry, str] | Refused:
        if paused := paused_words(self.book, self.station.at):
            return Refused("paused", paused)
        words = _short(command.words, WORDS_LETTERS_MAX, "the reason")
        if isinstance(words, Refused):
            return words
        entry = PlacePaused(command.because, words, minute)
        return entry, "Paused: no desk of this place admits anybody new. Two officers go on."

    def _propose_resume(self, at: str, minute: str) -> Outcome:
        pauses = self.book.pauses(self.station.at)
        where = _short(at, WORDS_LETTERS_MAX, "where the place is now")
        if isinstance(where, Refused):
            return where
        moved = any(isinstance(f.entry, PlacePaused) and f.entry.because == "moved" for f in pauses)
        if moved and not where:
            return Refused("no-text", "The place moved: write where it is now.")
        last = {fact.ref.origin: fact.ref.index for fact in sorted(pauses, key=lambda f: f.ref)}
        ends = tuple(Cited(origin, index) for origin, index in last.items())[:LOGS_CITED_MAX]
        act = PlaceResumed(ends, where, minute)
        paused = paused_words(self.book, self.station.at)
        words = f"Go on at {where or self.station.at}. {paused}"
        return self.not_now(act) or self._proposals.propose(act, words)

    def _propose_custody(self, command: ProposeCustody, minute: str) -> Outcome:
        item = _short(command.item, ITEM_LETTERS_MAX, "what is passed on")
        if isinstance(item, Refused):
            return item
        if not item:
            return Refused("no-text", "Write what is passed on.")
        for name in (command.giver, command.taker):
            if not is_id(name):
                return _no_id(name, "Give and take under the id of an officer, badge or station.")
        if command.giver == command.taker:
            return Refused("same-keeper", "An item goes from one keeper to another.")
        act = CustodyPassed(item, command.giver, command.taker, minute)
        words = f"{item} goes from {command.giver} to {command.taker}."
        return self.not_now(act) or self._proposals.propose(act, words)

    def _come_on(self, worker: str, pen: Pen, minute: str) -> Outcome:
        """A worker begins; coming back to the own shift writes nothing."""
        if not is_id(worker):
            return _no_id(worker, "Type the number on your badge.")
        before = self.book.worker(self._origin)
        if before == worker:
            return Done(f"Worker {worker} is on.")
        if before:
            pen.append(WorkerWentOff(before, "relieved", minute))
        ref = pen.append(WorkerCameOn(worker, minute))
        after = f" {before} went off." if before else ""
        return Done(f"Worker {worker} is on at {self.station.id}.{after}", ref.index)

    def _go_off(self, minute: str) -> tuple[BookEntry, str] | Refused:
        worker = self.book.worker(self._origin)
        if not worker:
            return Refused("nobody-on", "Nobody is on at this desk.")
        return WorkerWentOff(worker, "shift-over", minute), f"Worker {worker} went off."

    def _observer_in(self, command: SignObserverIn, minute: str) -> tuple[BookEntry, str] | Refused:
        if not is_id(command.observer):
            return _no_id(command.observer, "Type the number of the accreditation.")
        of = _short(command.of, ITEM_LETTERS_MAX, "for whom they observe")
        if isinstance(of, Refused):
            return of
        if not of:
            return Refused("no-text", "Write for whom the observer is here.")
        if self._is_in(command.observer):
            return Refused("signed-in", f"Observer {command.observer} is signed in already.")
        return ObserverSignedIn(command.observer, of, minute), (
            f"Observer {command.observer} is signed in."
        )

    def _observer_out(self, observer: str, minute: str) -> tuple[BookEntry, str] | Refused:
        if not self._is_in(observer):
            return Refused("not-signed-in", f"Observer {observer[:40]} is not signed in here.")
        return ObserverSignedOut(observer, minute), f"Observer {observer} is signed out."

    def _is_in(self, observer: str) -> bool:
        return any(
            isinstance(fact.entry, ObserverSignedIn) and fact.entry.observer == observer
            for fact in self.book.observers(self.station.at)
        )

    def _seal(self, command: NoteSeal, minute: str) -> tuple[BookEntry, str] | Refused:
        item = _short(command.item, ITEM_LETTERS_MAX, "the sealed item")
        if isinstance(item, Refused):
            return item
        number = normal(command.number).upper().replace(" ", "")
        if not item or not _SEAL.fullmatch(number):
            words = "Name the sealed item, and the seal's number in digits, A to Z and hyphens."
            return Refused("no-seal", words)
        entry = SealNoted(item, number, command.state, minute)
        known = next((s for s in self.book.seals(self.station.at) if s.item == item), None)
        on = known.numbers if known else []
        words = f"Written: seal {number} of {item}, {command.state}."
        if command.state != "put-on" and number not in on:
            found = f"{' and '.join(on)} had been put on" if on else "no seal had been put on"
            words += f" Look into it: {found}."
        return entry, words


def _short(text: str, letters_max: int, what: str) -> str | Refused:
    """A short text in its one spelling; it may be empty."""
    short = normal(text)
    if len(short) > letters_max:
        return Refused("too-long", f"Write {what} in at most {letters_max} letters.")
    if problem := text_problem(short):
        return Refused("no-text", problem)
    return short


def _no_id(name: str, words: str) -> Refused:
    shown = normal(name)[:40]
    return Refused("no-id", f"'{shown}' is no id (1 to 32 of a-z, 0-9 and hyphen). {words}")
