"""From a job in the print queue to its slip: found again in log, roll and secrets at print time.

    void-slip                about: the slip's text
    card, stub               about: the card's number
    check-list               about: the first check-in on it, counted from 0; all from there on
    return, zero-return      about: the part, counted from 0; empty for the first
    incident                 about: the text
    written, closing-minutes, voter-list: see `node.book_paper`

Numbers are written in any digits: "007" and "۷" are the same card.
"""

import asyncio
from collections.abc import Awaitable, Callable

from hw.printer.measures import rows_at_most, rows_left
from hw.printer.slip import Slip
from node.book_paper import closing_minutes, sheets_of, voter_list, written
from node.clock import now_ms
from node.running import Running
from node.slips import (
    CHECK_LIST_LINES,
    card_slip,
    check_list_slip,
    incident_slip,
    paper_record_slip,
    plain_test_slip,
    return_slips,
    stub_slip,
    void_slip_slip,
    zero_return_slips,
)
from node.store_jobs import Job
from sync.check_ins import CheckIn
from sync.desk import Desk
from sync.entries import BoxReturned, ZeroReturned, read_entry
from sync.errors import DecodeError
from sync.minutes import minute_text
from sync.package import Contest
from sync.text import ascii_digits
from sync.void_slip import open_slip

TEXT_LETTERS_MAX = 2_000
"""Of an incident slip: two pages of handwriting."""

NUMBER_DIGITS_MAX = 9
"""More cards than any desk issues; and no number takes long to read."""


async def slip_of(job: Job, running: Running) -> Slip | str:
    """What stands on this job's paper; words if it cannot be made (any more)."""
    makers: dict[str, Callable[[str, Running], Awaitable[Slip | str]]] = {
        "card": _card,
        "stub": _stub,
        "check-list": _check_list,
        "incident": _incident,
        "written": _written,
        "closing-minutes": _closing_minutes,
        "voter-list": _voter_list,
        "zero-return": _zero_return,
        "return": _return,
        "paper-record": _paper_record,
        "void-slip": _void_slip,
        "test": _test,
    }
    make = makers.get(job.what)
    if make is None:
        return f"There is no paper called '{job.what[:20]}'. Use one of: {', '.join(makers)}."
    return await make(job.about, running)


async def parts_of(what: str, about: str, running: Running) -> list[str]:
    """The `about` of each slip that this paper takes, in its one spelling; at least one.

    A paper that cannot be made has one too: `slip_of` says why it cannot. One part of a return may
    be asked for by its number.
    """
    if what == "check-list":
        # Refreshed through the day: from the sheet of the line that was asked for, to the last.
        begin = (_number(about) or 0) // CHECK_LIST_LINES * CHECK_LIST_LINES
        firsts = range(begin, len(_own(running)), CHECK_LIST_LINES)
        return [str(first) for first in firsts] or [str(begin)]
    number = _number(about)
    if what == "voter-list" and not about:
        return [str(sheet) for sheet in range(1, sheets_of(running) + 1)] or ["1"]
    if what in _IN_PARTS and not about:
        slips = await _IN_PARTS[what](running)
        return ["0"] if isinstance(slips, str) else [str(part) for part in range(len(slips))]
    if what in _NUMBERED and number is not None:
        return [str(number)]
    return [about]


async def _card(about: str, running: Running) -> Slip | str:
    desk, number = running.role, _number(about)
    ready = desk.reprint(number) if isinstance(desk, Desk) and number is not None else None
    if ready is None:
        return f"Card {about[:10]} is not waiting to be taken here."
    return card_slip(running.package, running.station, ready.number, ready.box, ready.card)


async def _stub(about: str, running: Running) -> Slip | str:
    number = _number(about)
    for check_in in _own(running):
        card = check_in.card
        if card is not None and card.number == number:
            minute = check_in.entry.minute
            return stub_slip(running.package, running.station, card.number, card.box, minute)
    return f"This desk has issued no card {about[:10]}."


async def _void_slip(about: str, running: Running) -> Slip | str:
    """Only a slip of this very box: nothing else is printed under its name."""
    text = about.strip().upper()
    try:
        slip = open_slip(running.package, text)
    except DecodeError as error:
        return f"{error.problem.capitalize()}."
    if slip.box != running.station.id:
        return f"This slip is of {slip.box}. Print it there."
    return void_slip_slip(running.package, running.station, slip, text)


async def _check_list(about: str, running: Running) -> Slip | str:
    own = _own(running)
    if running.roll is None or not own:
        return "Nobody is checked in here yet."
    first = _number(about or "0")
    if first is None or first >= len(own):
        return f"The check-list has no line '{about[:10]}'. Its lines are 0 to {len(own) - 1}."
    part = own[first : first + CHECK_LIST_LINES]
    rows = []
    for check_in in part:
        person = running.roll.person(check_in.entry.voter)
        rows.append((check_in, person.name if person else "?"))
    as_of = minute_text(now_ms())
    return check_list_slip(running.package, running.station, rows, first, len(own), as_of)


async def _incident(about: str, running: Running) -> Slip | str:
    if not about.strip():
        return "Write what happened."
    if len(about) > TEXT_LETTERS_MAX:
        return f"This is too long for one slip: {TEXT_LETTERS_MAX} letters at most. Make it two."
    slip = incident_slip(running.package, running.station, about, minute_text(now_ms()))
    if rows_at_most(slip.lines) > rows_left(()):
        return "This has too many lines for one slip. Make it two."
    return slip


async def _written(about: str, running: Running) -> Slip | str:
    return written(_number(about), running)


async def _closing_minutes(about: str, running: Running) -> Slip | str:
    return _part(about, closing_minutes(running))


async def _voter_list(about: str, running: Running) -> Slip | str:
    return voter_list(_number(about or "1"), running)


async def _zero_return(about: str, running: Running) -> Slip | str:
    return _part(about, await _zero_returns(running))


async def _return(about: str, running: Running) -> Slip | str:
    return _part(about, await _returns(running))


def _part(about: str, slips: tuple[Slip, ...] | str) -> Slip | str:
    if isinstance(slips, str):
        return slips
    part = _number(about or "0")
    if part is None or part >= len(slips):
        return f"This paper has no part '{about[:10]}'. Its parts are 0 to {len(slips) - 1}."
    return slips[part]


async def _zero_returns(running: Running) -> tuple[Slip, ...] | str:
    for _, entry in await _box_entries(running):
        if isinstance(entry, ZeroReturned):
            return await asyncio.to_thread(
                zero_return_slips, running.package, running.station, entry
            )
    return "There is no zero return in this station's log."


async def _returns(running: Running) -> tuple[Slip, ...] | str:
    for index, entry in reversed(await _box_entries(running)):
        if isinstance(entry, BoxReturned):
            origin = running.replica.origin
            leaf = running.replica.logs[origin].tree.leaf(index)
            where = f"{origin}/{index}"
            return await asyncio.to_thread(
                return_slips, running.package, running.station, entry, where, leaf
            )
    return "This box has not returned yet."


async def _minutes(running: Running) -> tuple[Slip, ...] | str:
    return closing_minutes(running)


_IN_PARTS: dict[str, Callable[[Running], Awaitable[tuple[Slip, ...] | str]]] = {
    "return": _returns,
    "zero-return": _zero_returns,
    "closing-minutes": _minutes,
}
_NUMBERED = ("card", "stub", "written", "voter-list", *_IN_PARTS)


async def _paper_record(about: str, running: Running) -> Slip | str:
    """An example: the first option of each contest."""
    contests = running.package.contests_by_id.values()
    choices: list[tuple[Contest, tuple[str, ...]]] = [
        (contest, (contest.options[0].code,)) for contest in contests
    ]
    slip = paper_record_slip(running.package, choices)
    return Slip(slip.title, slip.lines, slip.watermark or "TEST")


async def _test(about: str, running: Running) -> Slip | str:
    return plain_test_slip(running.station.id, running.package.training)


def _number(about: str) -> int | None:
    digits = ascii_digits(about)
    if not (digits.isascii() and digits.isdigit()) or len(digits) > NUMBER_DIGITS_MAX:
        return None
    return int(digits)


def _own(running: Running) -> list[CheckIn]:
    """The desk's own check-ins, in the order of its log."""
    if running.check_ins is None or running.station.kind != "desk":
        return []
    own = (c for c in running.check_ins.all() if c.ref.origin == running.replica.origin)
    return sorted(own, key=lambda c: c.ref.index)


async def _box_entries(running: Running) -> list[tuple[int, object]]:
    """The entries of a box's own log that are on disk."""
    if running.station.kind != "box":
        return []
    origin = running.replica.origin
    size = running.runner.committed.get(origin, (0, b""))[0]
    stored = await running.runner.on_disk(running.store.entries, origin, 0, size)
    return [(index, read_entry(data, "box", origin)) for index, data in enumerate(stored)]
