"""What the desk says about check-ins that wait and cards that are out: rows and words."""

from sync.book_views import PlaceBook
from sync.card_views import AdmissionCounts, CardList, SecondRow, WaitingRow
from tui.book_rows import clock_words
from tui.forms import TURN_AWAY_REASONS
from tui.province_rows import Column, Row
from tui.view_models import Line

OWN_COLUMNS = (
    Column("Since", 7),
    Column("Name", 24),
    Column("Born", 6),
    Column("State", 10),
    Column("Words", 29, False, True),
)
SECOND_COLUMNS = (
    Column("Since", 7),
    Column("Desk", 12),
    Column("Name", 22, False, True),
    Column("Born", 6),
    Column("Document", 18),
    Column("", 10),
)
CARD_COLUMNS = (
    Column("Card", 7, True),
    Column("  Box", 16),
    Column("Issued at", 11),
    Column("Paper", 14),
)


def own_rows(found: tuple[WaitingRow, ...]) -> list[Row]:
    """This desk's own; `READY` where a card can come now."""
    return [
        Row(
            str(one.index),
            (
                clock_words(one.minute),
                one.name,
                str(one.birth_year),
                "READY" if one.ready else "waits",
                one.words,
            ),
        )
        for one in found
    ]


def second_key(one: SecondRow) -> str:
    """Which check-in a row is of."""
    return f"{one.origin}#{one.index}"


def second_rows(found: tuple[SecondRow, ...]) -> list[Row]:
    """Those of other desks."""
    return [
        Row(
            second_key(one),
            (
                clock_words(one.minute),
                one.desk,
                one.name,
                str(one.birth_year),
                one.document.replace("-", " "),
                "DEFECTIVE" if one.defective else "",
            ),
        )
        for one in found
    ]


def second_lines(one: SecondRow) -> list[Line]:
    """What the second person compares with the voter and the document."""
    lines = [
        Line(f"{one.desk} has checked in, at {clock_words(one.minute)}, by what was {one.means}:"),
        Line(one.name, "good"),
        Line(
            f"born {one.birth_year}    document: {one.document.replace('-', ' ')}    "
            f"votes in: {', '.join(one.rights)}"
        ),
    ]
    if one.defective:
        lines.append(Line("THE DOCUMENT HAS A DEFECT: look at it yourself.", "attention"))
    return [*lines, Line(one.words)] if one.words else lines


def card_rows(view: CardList, papers: dict[str, str]) -> list[Row]:
    """Cards by number; `papers` says how each one's paper is."""
    return [
        Row(
            str(card.number),
            (
                str(card.number),
                f"  {card.box}",
                clock_words(card.minute),
                papers.get(str(card.number), "-"),
            ),
        )
        for card in view.cards
    ]


def count_lines(view: AdmissionCounts, book: PlaceBook | None) -> list[Line]:
    """How the day goes: who was turned away here, how long voters took at this place."""
    reasons = dict(TURN_AWAY_REASONS)
    away = ", ".join(
        f"{reasons.get(name, name)} {count}" for name, count in view.not_admitted.items() if count
    )
    lines = [
        Line(f"Turned away here: {away or 'nobody'}"),
        Line(f"Documents with a defect here: {view.defective}"),
    ]
    if book is None:
        return lines
    plain, defective = book.cases, book.defective_cases
    times = f"without a defect {_mean(book.case_minutes, plain)}"
    if defective:
        times += f", with one {_mean(book.defective_case_minutes, defective)}"
    return [*lines, Line(f"Minutes a voter at this place: {times}")]


def _mean(minutes: int, count: int) -> str:
    return f"{minutes / count:.1f} ({count} voters)" if count else "not known yet"
