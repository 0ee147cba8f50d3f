"""What the book's page says about a `BookView`: rows and words, without any screen.

    book_counts(view)  ->  "2 incidents, 1 complaint, 3 companions, 1 observer in, queue 12"

Every section keeps the order of the node. A filter keeps the rows that hold all of its words.
"""

from typing import Literal

from sync.book_views import BookView
from tui.province_rows import Column, Row
from tui.view_models import Line

Section = Literal["lines", "observers", "seals", "paper", "warnings"]
SECTIONS: tuple[Section, ...] = ("lines", "observers", "seals", "paper", "warnings")
SECTION_WORDS: dict[Section, str] = {
    "lines": "Written",
    "observers": "Observers",
    "seals": "Seals",
    "paper": "Paper",
    "warnings": "Look at",
}

LINE_COLUMNS = (
    Column("Time", 7),
    Column("Station", 12),
    Column("What", 11),
    Column("Words", 46, False, True),
)
OBSERVER_COLUMNS = (
    Column("Accreditation", 18),
    Column("Organisation", 34, False, True),
    Column("In since", 10),
)
SEAL_COLUMNS = (
    Column("Item", 22),
    Column("Numbers", 20),
    Column("", 7),
    Column("Words", 27, False, True),
)
PAPER_COLUMNS = (
    Column("Sheet", 6, True),
    Column("Line", 6, True),
    Column(" Voter", 14),
    Column("Station", 12),
    Column("", 7),
    Column("Words", 31, False, True),
)
WARNING_COLUMNS = (Column("What somebody should look at", 76, False, True),)
COLUMNS: dict[Section, tuple[Column, ...]] = {
    "lines": LINE_COLUMNS,
    "observers": OBSERVER_COLUMNS,
    "seals": SEAL_COLUMNS,
    "paper": PAPER_COLUMNS,
    "warnings": WARNING_COLUMNS,
}
AMISS, WELL = "AMISS", "ok"


def clock_words(minute: str) -> str:
    """The time of day in a minute such as `2026-11-27T05:12Z`."""
    return minute[11:16] if len(minute) >= 16 else minute


def section_rows(view: BookView, section: Section) -> list[Row]:
    """The rows of one section."""
    match section:
        case "lines":
            return [
                Row(
                    f"{line.origin}#{line.index}",
                    (clock_words(line.minute), line.station, line.what, line.words),
                )
                for line in view.lines
            ]
        case "observers":
            return [
                Row(one.observer, (one.observer, one.of, clock_words(one.minute)))
                for one in view.observers
            ]
        case "seals":
            return [
                Row(seal.item, (seal.item, ", ".join(seal.numbers), _mark(seal.amiss), seal.words))
                for seal in view.seals
            ]
        case "paper":
            return [
                Row(
                    f"{one.origin}#{one.index}",
                    (
                        str(one.sheet),
                        str(one.line),
                        f" {one.voter}",
                        one.station,
                        _mark(one.amiss),
                        one.words,
                    ),
                )
                for one in view.paper
            ]
    return [Row(str(at), (words,)) for at, words in enumerate(view.warnings)]


def detail(view: BookView, section: Section, key: str) -> str:
    """The row under the cursor in full: sentences are longer than columns."""
    match section:
        case "lines":
            found = next((one for one in view.lines if f"{one.origin}#{one.index}" == key), None)
            return f"{found.minute} {found.station}: {found.words}" if found else ""
        case "seals":
            return next((one.words for one in view.seals if one.item == key), "")
        case "paper":
            return next((one.words for one in view.paper if f"{one.origin}#{one.index}" == key), "")
        case "warnings":
            return view.warnings[int(key)] if key and int(key) < len(view.warnings) else ""
    return ""


def filtered(rows: list[Row], text: str) -> list[Row]:
    """The rows of which some cells hold every word of `text`."""
    sought = text.casefold().split()
    return [row for row in rows if all(word in " ".join(row.cells).casefold() for word in sought)]


def book_counts(view: BookView) -> Line:
    """The book in one line."""
    counts = view.counts
    parts = [
        _count(counts.incidents, "incident"),
        _count(counts.complaints, "complaint"),
        _count(counts.companions, "companion"),
        f"{_count(counts.observers_in, 'observer')} in",
        f"queue {counts.queue}" if counts.queue >= 0 else "queue not counted",
    ]
    return Line(", ".join(parts))


def tabs(view: BookView | None, section: Section) -> str:
    """The sections with their numbers; the one in sight in brackets."""
    sizes = {one: len(section_rows(view, one)) if view else 0 for one in SECTIONS}
    names = [
        (one, f"{number} {SECTION_WORDS[one]} ({sizes[one]})")
        for number, one in enumerate(SECTIONS, 1)
    ]
    return " ".join(f"[{name}]" if one == section else f" {name} " for one, name in names)


def _count(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _mark(amiss: bool) -> str:
    return AMISS if amiss else WELL
