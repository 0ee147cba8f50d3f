"""What a desk writes into the book about voters: who goes with one, and whom paper admitted.

Each function gives the entry to write and what to say of it, or the words with which it is refused.
"""

from sync.book_commands import AdmitCompanion, KeyPaperLine
from sync.book_entries import (
    LINES_MAX,
    SHEETS_MAX,
    BookEntry,
    Cited,
    CompanionAdmitted,
    PaperCheckInKeyed,
    PaperLineStruck,
)
from sync.book_words import paper_problems
from sync.check_ins import CheckIns
from sync.entry_base import DOCUMENTS
from sync.outcomes import Refused
from sync.position import Ref
from sync.roll import is_voter_key

Decided = tuple[BookEntry, str] | Refused


def companion(check_ins: CheckIns, origin: str, command: AdmitCompanion, minute: str) -> Decided:
    """Somebody goes in with a voter of the log `origin`, within the package's cap."""
    book, cap = check_ins.book, check_ins.package.rules.companion_cap
    mine = (c for c in check_ins.of(command.voter) if c.is_live and c.ref.origin == origin)
    own = next(mine, None)
    if own is None:
        words = "This voter is not checked in at this desk. Check the voter in first."
        return Refused("not-checked-in", words)
    if book.companion_of(own.ref) is not None:
        return Refused("has-companion", "This voter has a companion already. One is allowed.")
    if not is_voter_key(command.companion):
        return Refused("no-code", "Type the companion's national code.")
    before = book.went_with(command.companion)
    if before >= cap:
        words = (
            f"This companion has gone with {before} voters; {cap} are allowed. "
            "The voter may choose another person."
        )
        return Refused("companion-cap", words)
    entry = CompanionAdmitted(own.ref.index, command.companion, command.because, minute)
    return entry, f"Written: the companion may go in, with voter {before + 1} of {cap}."


def paper_line(check_ins: CheckIns, place: str, command: KeyPaperLine, minute: str) -> Decided:
    """One line of paper of this place, once; what else is known of its voter is said."""
    sheet, line = command.sheet, command.line
    if not (1 <= sheet <= SHEETS_MAX and 1 <= line <= LINES_MAX):
        return Refused("no-line", "Type the number of the sheet and of the line on it.")
    if command.document not in DOCUMENTS:
        return Refused("no-document", "Choose one of the five documents the voter showed.")
    if check_ins.roll.find(command.voter) is None:
        words = (
            "This national code is not on the roll. Compare it with the sheet; if it stands "
            "there so, write an incident with sheet and line."
        )
        return Refused("not-on-roll", words)
    if before := check_ins.book.on_line(place, sheet, line):
        old = before[0].entry
        assert isinstance(old, PaperCheckInKeyed), "a line of paper"
        who = "for this voter" if old.voter == command.voter else "for another voter"
        words = (
            f"Sheet {sheet} line {line} was keyed in at {before[0].desk} at {before[0].minute}, "
            f"{who}. Strike that entry first if it is wrong."
        )
        return Refused("keyed-already", words)
    entry = PaperCheckInKeyed(sheet, line, command.voter, command.document, minute)
    problems = paper_problems(check_ins, place, None, entry)
    call = ["Call the officers."] if problems else []
    return entry, " ".join([f"Sheet {sheet} line {line} is keyed in.", *problems, *call])


def strike(check_ins: CheckIns, place: str, ref: Ref, minute: str) -> Decided:
    """A line that stands at this place is struck."""
    for fact in check_ins.book.paper(place):
        if fact.ref == ref and isinstance(fact.entry, PaperCheckInKeyed):
            words = f"Struck: sheet {fact.entry.sheet} line {fact.entry.line}. Key it in anew."
            return PaperLineStruck(Cited(ref.origin, ref.index), minute), words
    return Refused("no-line", "There is no such line of paper, or it was struck already.")
