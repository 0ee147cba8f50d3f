"""What stands on the papers of the book of the place.

written          one incident or complaint as the log has it, with number and room for signatures
closing-minutes  the place as of now in figures: hours, turnout, queue, incidents, seals, observers
voter-list       everybody of the place by name, forty a sheet, marked who is checked in as of now

Sheets and lines of the voter list are the same all day, because the roll is: a line ticked by hand
on yesterday's print or this hour's is keyed in later under the same two numbers.
"""

from typing import NamedTuple

from hw.printer.measures import Stretch
from hw.printer.slip import Heading, Line, Pair, Rule, Slip, Text
from node.slips import place_name, plain_slip, signature_lines, slips_in_parts
from sync.book import Book
from sync.book_entries import ObserverSignedIn, WrittenDown
from sync.book_views import PlaceBook
from sync.book_words import pause_words
from sync.package import Package, Station

SHEET_LINES = 40
"""People on one sheet of the voter list: about 30 cm of paper."""

_ABOUT = {"incident": "گزارش رویداد", "complaint": "شکایت"}


class DeskLine(NamedTuple):
    """One desk in the closing minutes: state of its polls, check-ins that stand, cards issued."""

    desk: str
    polls: str
    checked_in: int
    issued: int


class VoterLine(NamedTuple):
    """One person on the voter list; an empty mark means that nothing is known yet."""

    name: str
    birth_year: int
    mark: str


def written_slip(package: Package, station: Station, entry: WrittenDown, as_of: str) -> Slip:
    """An incident or complaint, for two signatures."""
    lines = (
        Heading(_ABOUT[entry.about]),
        Text(place_name(package, station)),
        Pair("شماره / Number", f"{station.id} / {entry.number}"),
        Pair("نوع / About", entry.about),
        Pair("گفتهٔ / Told by", entry.by),
        Pair("نوشته / Written", entry.minute),
        Pair("چاپ / Printed", as_of),
        Rule(),
        Text(entry.text),
        *signature_lines(),
    )
    return plain_slip(package, f"{entry.about}-{entry.number}", lines)


def closing_minutes_slips(
    package: Package,
    station: Station,
    desks: tuple[DeskLine, ...],
    counts: PlaceBook,
    book: Book,
    warnings: tuple[str, ...],
    as_of: str,
) -> tuple[Slip, ...]:
    """The place's day on paper, in parts if it is long; what is missing is missing in the logs."""
    head = (
        Heading("صورت‌جلسهٔ محل"),
        Text(place_name(package, station)),
        Pair("ایستگاه / Station", station.id),
        Pair("تا / As of", as_of),
    )
    body = [
        Stretch((), tuple(_counts_lines(counts))),
        Stretch((Rule(), Text("میزها / Desks")), tuple(line for d in desks for line in _desk(d))),
        *_stretch("درنگ / Paused", [Text(pause_words(fact)) for fact in book.pauses(station.at)]),
        *_stretch(
            "مهر و موم / Seals",
            [Pair(s.item, " ".join(s.numbers) or "-") for s in book.seals(station.at)],
        ),
        *_stretch(
            "ناظران / Observers",
            [
                Pair(fact.entry.observer, fact.entry.of)
                for fact in book.observers(station.at)
                if isinstance(fact.entry, ObserverSignedIn)
            ],
        ),
        *_stretch("بررسی شود / Look into", [Text(words) for words in warnings]),
    ]
    return slips_in_parts(package, "closing-minutes", head, body, signature_lines())


def voter_list_slip(
    package: Package,
    station: Station,
    rows: list[VoterLine],
    sheet: int,
    sheets: int,
    as_of: str,
) -> Slip:
    """One sheet, counted from 1; who is not marked has not been checked in as far as known."""
    lines: list[Line] = [
        Heading("فهرست رأی‌دهندگان"),
        Text(place_name(package, station)),
        Pair("برگ / Sheet", f"{sheet} of {sheets}"),
        Pair("تا / As of", as_of),
        Rule(),
    ]
    for number, row in enumerate(rows, start=1):
        lines.append(Pair(f"{number} {row.name} ({row.birth_year})", row.mark or "[ ]"))
    return plain_slip(package, f"voter-list-{sheet}", tuple(lines))


def _counts_lines(counts: PlaceBook) -> list[Line]:
    queue = "-" if counts.queue < 0 else str(counts.queue)
    return [
        Pair("صف / Queue at the door", queue),
        Pair("رویدادها / Incidents", str(counts.incidents)),
        Pair("شکایت‌ها / Complaints", str(counts.complaints)),
        Pair("درنگ‌ها / Pauses", str(counts.pauses)),
        Pair("همراهان / Companions", str(counts.companions)),
        Pair("برگ کاغذی / Keyed from paper", str(counts.paper_keyed)),
        Pair("مدرک سالم / Cases", f"{counts.cases} in {counts.case_minutes} min"),
        Pair(
            "مدرک معیوب / Defective documents",
            f"{counts.defective_cases} in {counts.defective_case_minutes} min",
        ),
    ]


def _desk(line: DeskLine) -> tuple[Line, ...]:
    figures = f"{line.polls}, {line.checked_in} checked in, {line.issued} cards"
    return (Pair(line.desk, figures),)


def _stretch(title: str, lines: list[Line]) -> list[Stretch]:
    """Nothing at all where there are no lines."""
    return [Stretch((Rule(), Text(title)), tuple(lines))] if lines else []
