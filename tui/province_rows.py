"""What the supervisor's screen says about a `ProvinceView`: rows and words, without any screen.

Nothing is dropped from a denominator: a place that was never heard stands in the table with its
voters, a box that has not returned is named, a result without all boxes says so.
"""

from typing import NamedTuple

from sync.views import ContestView, PlaceView, ProvinceView
from tui.view_models import Line, heard_words


class Column(NamedTuple):
    """A column's head and width in cells; what `grows` takes the room of a wide window."""

    head: str
    width: int
    right: bool = False
    grows: bool = False


class Row(NamedTuple):
    """One row: a key that stays with it and its cells, in the order of the columns."""

    key: str
    cells: tuple[str, ...]


PLACE_COLUMNS = (
    Column("Place", 16, False, True),
    Column("Name", 14, False, True),
    Column("Voters", 7, True),
    Column("In", 5, True),
    Column("Cards", 6, True),
    Column("Cast", 5, True),
    Column("%", 6, True),
    Column("Boxes", 6, True),
    Column(" Heard", 13),
)
STATION_COLUMNS = (
    Column("Station", 14),
    Column("Place", 15, False, True),
    Column("State", 9),
    Column("In", 6, True),
    Column("Cards", 6, True),
    Column("Cast", 6, True),
    Column(" Cosigned", 10),
    Column("Heard", 12),
)
OPTION_COLUMNS = (
    Column("Code", 6),
    Column("Name", 24, False, True),
    Column("Latin", 26, False, True),
    Column("Votes", 8, True),
    Column("of ballots", 12, True),
)


def percent(part: int, whole: int) -> str:
    """`41.3`, or a dash where there is no whole."""
    return f"{100 * part / whole:.1f}" if whole else "-"


def boxes_returned(place: PlaceView) -> int:
    """How many of a place's boxes have returned."""
    return len(place.boxes) - len(set(place.boxes_missing) & {box.box for box in place.boxes})


def boxes_expected(place: PlaceView) -> int:
    """All boxes of a place, also those never heard of."""
    return len({box.box for box in place.boxes} | set(place.boxes_missing))


def place_rows(view: ProvinceView) -> list[Row]:
    """One row a place."""
    return [
        Row(
            place.place,
            (
                place.latin or place.place,
                place.name,
                str(place.voters),
                str(place.checked_in),
                str(place.issued),
                str(place.cast),
                percent(place.checked_in, place.voters),
                f"{boxes_returned(place)}/{boxes_expected(place)}",
                f" {heard_words(view.now_ms, place.last_heard_ms, _has_ended(place))}",
            ),
        )
        for place in view.places
    ]


def place_detail(view: ProvinceView, key: str) -> list[Line]:
    """Below the table: what is missing at the place under the cursor."""
    place = next((place for place in view.places if place.place == key), None)
    if place is None:
        return []
    lines = [Line(f"{place.latin or place.place} ({place.place}), district {place.district}")]
    if place.boxes_missing:
        lines.append(Line(f"Missing boxes: {', '.join(place.boxes_missing)}", "attention"))
    else:
        lines.append(Line("All boxes have returned.", "good"))
    return lines + [Line(note, "attention") for note in place.notes]


def total_line(view: ProvinceView) -> Line:
    """The province in one line; every place counts, heard or not."""
    voters = sum(place.voters for place in view.places)
    checked_in = sum(place.checked_in for place in view.places)
    cast = sum(place.cast for place in view.places)
    returned = sum(boxes_returned(place) for place in view.places)
    expected = sum(boxes_expected(place) for place in view.places)
    return Line(
        f"{len(view.places)} places, {voters} voters, {checked_in} in "
        f"({percent(checked_in, voters)} %), {cast} cast, {returned} of {expected} boxes returned"
    )


def station_rows(view: ProvinceView) -> list[Row]:
    """One row a desk and a box."""
    rows = []
    for place in view.places:
        at = place.latin or place.place
        for desk in place.desks:
            cells = (desk.desk, at, desk.polls, str(desk.checked_in), str(desk.issued), "")
            heard = heard_words(view.now_ms, desk.last_heard_ms, desk.polls == "final")
            rows.append(_station_row(cells, desk.cosigned_by, heard))
        for box in place.boxes:
            cells = (box.box, at, box.stage, "", "", str(box.cast))
            heard = heard_words(view.now_ms, box.last_heard_ms, box.stage == "returned")
            rows.append(_station_row(cells, box.cosigned_by, heard))
    return rows


def _station_row(cells: tuple[str, ...], cosigned_by: tuple[str, ...], heard: str) -> Row:
    return Row(cells[0], (*cells, f" by {len(cosigned_by)}", heard))


def _has_ended(place: PlaceView) -> bool:
    """Every desk's log is sealed and every box has returned: nothing more is to come."""
    desks = all(desk.polls == "final" for desk in place.desks)
    return bool(place.desks) and desks and boxes_returned(place) == boxes_expected(place)


def contest_lines(contest: ContestView, number: int, contests: int) -> list[Line]:
    """Above a contest's table: which it is and how complete it is."""
    returned, expected = contest.boxes_returned, contest.boxes_expected
    lines = [Line(f"{contest.latin or contest.contest}  (contest {number} of {contests})")]
    if returned == 0:
        words = f"No box has returned yet, 0 of {expected}. No vote is known before boxes close."
        return [*lines, Line(words, "attention")]
    counts = f"{contest.ballots} ballots, {contest.blank} blank"
    if returned < expected:
        lines.append(Line(f"PARTIAL: {returned} of {expected} boxes. {counts}", "attention"))
    else:
        lines.append(Line(f"ALL BOXES: {returned} of {expected} boxes. {counts}", "good"))
    if contest.withheld_boxes:
        boxes = ", ".join(contest.withheld_boxes)
        lines.append(Line(f"Withheld, too few ballots to show: {boxes}", "attention"))
    return lines


def option_rows(contest: ContestView) -> list[Row]:
    """Options by votes, then code; none before a box has returned."""
    if contest.boxes_returned == 0:
        return []
    ordered = sorted(contest.options, key=lambda option: (-option.votes, option.code))
    return [
        Row(
            option.code,
            (
                option.code,
                option.name,
                option.latin,
                str(option.votes),
                f"{percent(option.votes, contest.ballots)} %",
            ),
        )
        for option in ordered
    ]


def alarm_lines(view: ProvinceView) -> list[Line]:
    """Everything a supervisor must look into, gravest first."""
    groups = (
        ("FORK", view.forks),
        ("DOUBLE CHECK-IN", view.double_check_ins),
        ("FAULT", view.faults),
        ("ALARM", view.alarms),
    )
    lines = [Line(f"{word}: {words}", "bad") for word, found in groups for words in found]
    return lines or [Line("Nothing to report.", "good")]


def alarm_count(view: ProvinceView) -> int:
    """How many there are."""
    return len(view.forks) + len(view.double_check_ins) + len(view.faults) + len(view.alarms)
