"""From a job in the print queue to a paper of the book, found again in log and roll at print time.

written           about: the number of an incident or complaint of this desk
closing-minutes   about: the part, counted from 0; empty for the first
voter-list        about: the sheet, counted from 1; empty for the first
"""

from hw.printer.measures import rows_at_most, rows_left
from hw.printer.slip import Slip
from node.book_slips import (
    SHEET_LINES,
    DeskLine,
    VoterLine,
    closing_minutes_slips,
    voter_list_slip,
    written_slip,
)
from node.clock import now_ms
from node.running import Running
from node.store_roll import Person
from sync.book_entries import PaperCheckInKeyed
from sync.book_words import place_book, warnings
from sync.check_ins import CheckIns
from sync.minutes import minute_text
from sync.province import polls_words

NOT_A_DESK = "Only a desk prints this."


def written(number: int | None, running: Running) -> Slip | str:
    """That incident or complaint of this desk, or why it cannot be printed."""
    check_ins = _desk_of(running)
    if check_ins is None:
        return NOT_A_DESK
    entry = check_ins.book.written(running.replica.origin, number or 0)
    if entry is None:
        last = check_ins.book.number(running.replica.origin)
        return f"This desk has written down no such thing; its last number is {last}."
    slip = written_slip(running.package, running.station, entry, minute_text(now_ms()))
    assert rows_at_most(slip.lines) <= rows_left(()), "a text of the log fits on one slip"
    return slip


def closing_minutes(running: Running) -> tuple[Slip, ...] | str:
    """The place as this desk knows it now."""
    check_ins, station = _desk_of(running), running.station
    if check_ins is None:
        return NOT_A_DESK
    desks = tuple(
        _desk_line(check_ins, running, s.id)
        for s in running.package.stations_at(station.at, "desk")
    )
    return closing_minutes_slips(
        running.package,
        station,
        desks,
        place_book(check_ins, station.at),
        check_ins.book,
        warnings(check_ins, station.at),
        minute_text(now_ms()),
    )


def sheets_of(running: Running) -> int:
    """Sheets of the voter list of this place; 0 if there is no roll here."""
    people = running.roll.count_here() if running.roll is not None else 0
    return -(-people // SHEET_LINES)


def voter_list(sheet: int | None, running: Running) -> Slip | str:
    """One sheet of the voter list, marked as of now."""
    check_ins, sheets = _desk_of(running), sheets_of(running)
    if check_ins is None or running.roll is None:
        return NOT_A_DESK
    if sheet is None or not 1 <= sheet <= sheets:
        return f"The voter list has no such sheet. Its sheets are 1 to {sheets}."
    people = running.roll.page((sheet - 1) * SHEET_LINES, SHEET_LINES)
    rows = [
        VoterLine(person.name, person.birth_year, _mark(check_ins, voter, person))
        for voter, person in people
    ]
    as_of = minute_text(now_ms())
    return voter_list_slip(running.package, running.station, rows, sheet, sheets, as_of)


def voter_on_line(sheet: int, line: int, running: Running) -> str | None:
    """Whose line of the printed voter list this is; empty: nobody's; None: no sheet of that list.

    Sheets written by hand have numbers above those of the list.
    """
    if running.roll is None or not 1 <= sheet <= sheets_of(running):
        return None
    if not 1 <= line <= SHEET_LINES:
        return ""
    found = running.roll.page((sheet - 1) * SHEET_LINES + line - 1, 1)
    return found[0][0] if found else ""


def _mark(check_ins: CheckIns, voter: str, person: Person) -> str:
    """What is known of this person: checked in, on paper, or may not vote; empty if nothing."""
    live = [c for c in check_ins.of(voter) if c.is_live]
    if live:
        first = min(live, key=lambda c: (c.entry.minute, c.ref))
        return f"[x] {first.entry.minute[11:16]}Z {first.desk}"
    for fact in check_ins.book.on_paper(voter):
        if isinstance(fact.entry, PaperCheckInKeyed):
            return f"[x] paper {fact.entry.sheet}/{fact.entry.line}"
    return person.standing


def _desk_line(check_ins: CheckIns, running: Running, desk: str) -> DeskLine:
    own = [c for c in check_ins.all() if c.desk == desk]
    origin = f"pollmesh/{running.package.day}/{desk}/0"
    checked_in, issued = sum(c.is_live for c in own), sum(c.card is not None for c in own)
    return DeskLine(desk, polls_words(check_ins, origin), checked_in, issued)


def _desk_of(running: Running) -> CheckIns | None:
    return running.check_ins if running.station.kind == "desk" else None
