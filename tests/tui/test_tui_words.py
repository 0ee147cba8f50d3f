"""The words of the screens, without any screen."""

import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color

from tests.tui.examples import CODE, MINUTE_MS, NOW_MS, PEERS, PROVINCE, STATION, WRONG_CODE
from tui import command_tables, device_words, province_rows, side_bar, view_models
from tui.__main__ import socket_of
from tui.command_tables import DESK
from tui.commands import Command, matching
from tui.text_order import VisualOrder, visual_text
from tui.typing_pace import TypingPace
from tui.view_models import Line, Typed

UP, _, DOWN = PEERS
HELP_CELLS_MAX, WORDS_CELLS_MAX = 44, 23


@pytest.mark.parametrize(
    ("age_ms", "words"),
    [
        (-5, "0 s"),
        (59_999, "59 s"),
        (60_000, "1 min"),
        (59 * MINUTE_MS, "59 min"),
        (125 * MINUTE_MS, "2 h 05 min"),
    ],
)
def test_ages_are_said_in_the_largest_unit_that_matters(age_ms: int, words: str) -> None:
    assert view_models.age_words(age_ms) == words


@pytest.mark.parametrize(
    ("heard_ms", "words"),
    [
        (0, "never"),
        (NOW_MS - 60_000, "1 min"),
        (NOW_MS - 61_000, "stale 1 min"),
        (NOW_MS - 190 * MINUTE_MS, "stale 3 h"),
    ],
)
def test_what_was_heard_over_a_minute_ago_is_stale(heard_ms: int, words: str) -> None:
    assert view_models.heard_words(NOW_MS, heard_ms) == words


@pytest.mark.parametrize(
    ("peers", "line"),
    [
        ((), Line("alone: the package names no other station here", "attention")),
        ((UP,), Line("connected to 1 of 1 stations for 1 h 30 min", "good")),
        (
            (UP, DOWN),
            Line("connected to 1 of 2 stations, apart from a-desk-3 for 12 min", "attention"),
        ),
        (
            (DOWN,),
            Line(
                "APART: connected to 0 of 1 stations, apart from a-desk-3 for 12 min", "attention"
            ),
        ),
        (
            (UP, DOWN, replace(DOWN, station="x", state="never seen")),
            Line(
                "connected to 1 of 3 stations, apart from a-desk-3 (12 min), x (never seen)",
                "attention",
            ),
        ),
        (
            (UP, DOWN, DOWN, replace(DOWN, since_ms=NOW_MS - 20 * MINUTE_MS)),
            Line("connected to 1 of 4 stations, apart from 3, the longest for 20 min", "attention"),
        ),
    ],
)
def test_links_are_told_with_names_and_since_when(peers: tuple[object, ...], line: Line) -> None:
    assert view_models.link_line(replace(STATION, peers=peers)) == line


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        (CODE, Typed(code=CODE)),
        (f" {CODE[:3]}-{CODE[3:]} ", Typed(code=CODE)),
        (CODE.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")), Typed(code=CODE)),
        ("كريم  نيک", Typed(name="کریم نیک")),
        ("ک", Typed(problem="Type at least 2 letters of the name.")),
        ("", Typed(problem="Scan the document, or type the national code or a name.")),
        (
            WRONG_CODE,
            Typed(
                problem="The last digit does not fit the others: a digit is wrong or two are "
                "swapped. Type it again.",
                is_bad_code=True,
            ),
        ),
    ],
)
def test_one_input_takes_codes_and_names(text: str, typed: Typed) -> None:
    assert view_models.read_typed(text) == typed


def test_copies_and_counts_are_said_in_words() -> None:
    assert view_models.copies_line(replace(STATION, single_copy=1)).text == (
        "1 entry not yet on a second station"
    )
    waiting = replace(STATION, pending=2, outstanding=1)
    assert view_models.work_line(waiting).text == (
        "checked in 41, cards 41, waiting 2, not taken 1"
    )


def test_boxes_are_chosen_in_a_circle_that_holds_any() -> None:
    boxes = ("a-box-1", "a-box-2")
    chosen = [""]
    for _ in range(3):
        chosen.append(view_models.next_box(boxes, chosen[-1]))
    assert chosen == ["", "a-box-1", "a-box-2", ""]


def test_a_box_never_heard_of_stays_in_the_denominator() -> None:
    place = replace(PROVINCE.places[2], boxes=(), boxes_missing=("c-box-1", "c-box-2"))
    assert province_rows.boxes_returned(place) == 0
    assert province_rows.boxes_expected(place) == 2


def test_tables_fit_eighty_columns() -> None:
    for columns in (
        province_rows.PLACE_COLUMNS,
        province_rows.STATION_COLUMNS,
        province_rows.OPTION_COLUMNS,
    ):
        assert sum(column.width for column in columns) <= 78
    # The devices' page has a margin, and a list of devices may have a bar to scroll by.
    assert sum(column.width for column in device_words.DEVICE_COLUMNS) <= 75
    assert sum(column.width for column in device_words.JOB_COLUMNS) <= 75


def test_every_key_has_one_short_line_of_help_and_can_be_searched() -> None:
    tables = [value for value in vars(command_tables).values() if isinstance(value, tuple)]
    everything = [one for table in tables for one in table if isinstance(one, Command)]
    assert len(everything) > 100
    for key in everything:
        assert len(key.help) <= HELP_CELLS_MAX, key
        assert len(key.words) <= WORDS_CELLS_MAX, key
    assert [one.key_name for one in matching(DESK, "next voter")] == ["F8"]
    assert matching(DESK, "no such key") == []


def test_a_scanner_is_known_by_its_pace_and_a_correction_is_a_hand() -> None:
    pace = TypingPace()
    for n in range(10):
        pace.character(n * 0.01)
    assert pace.means(10) == "scanned"
    assert pace.means(11) == "typed"
    pace.corrected()
    assert pace.means(10) == "typed"
    pace.clear()
    for n in range(10):
        pace.character(n * 0.15)
    assert pace.means(10) == "typed"


def test_persian_is_joined_and_laid_out_from_the_right_in_as_many_cells() -> None:
    assert visual_text("رضا") == "ﺎﺿﺭ"
    assert visual_text("حوزهٔ ۲")[0] == "۲"
    for text in ("کتابخانهٔ مهر", "نیک\u200cپور", "لالهٔ کوهی", "مریم احمدی"):
        assert cell_len(visual_text(text)) == cell_len(text)


def test_columns_of_one_row_never_swap_sides() -> None:
    row = "7  رضا          │ 512  a-desk-1"
    assert visual_text(row) == "7  ﺎﺿﺭ          │ 512  a-desk-1"
    assert visual_text("رضا ") == "ﺎﺿﺭ "
    assert visual_text("Voter رضا has a card.") == "Voter ﺎﺿﺭ has a card."


def test_the_filter_leaves_everything_but_persian_alone() -> None:
    segments = [Segment("plain 12"), Segment("رضا"), Segment("\x1b", None, [])]
    shown = VisualOrder().apply(segments, Color(0, 0, 0))
    assert [segment.text for segment in shown] == ["plain 12", "ﺎﺿﺭ", "\x1b"]
    assert shown[0] is segments[0]


def test_a_stations_folder_stands_for_the_socket_in_it(tmp_path) -> None:
    assert socket_of(tmp_path) == tmp_path / "node.sock"
    assert socket_of(tmp_path / "other.sock") == tmp_path / "other.sock"


def test_a_name_behind_a_dialog_is_ordered_once_though_it_is_drawn_twice() -> None:
    for text in ("مریم احمدی", "Voter رضا has a card.", "کتابخانهٔ مهر"):
        once = visual_text(text)
        assert once != text
        assert visual_text(once) == once


def test_a_sealed_log_is_not_called_stale() -> None:
    age_ms = 3 * view_models.HOUR_MS
    assert view_models.heard_words(NOW_MS, NOW_MS - age_ms) == "stale 3 h"
    assert view_models.heard_words(NOW_MS, NOW_MS - age_ms, has_ended=True) == "ended 3 h"
    place = PROVINCE.places[1]
    sealed = replace(place, desks=tuple(replace(desk, polls="final") for desk in place.desks))
    rows = province_rows.place_rows(replace(PROVINCE, places=(place, sealed)))
    assert [row.cells[-1] for row in rows] == [" stale 3 min", " ended 3 min"]
    stations = province_rows.station_rows(replace(PROVINCE, places=(sealed,)))
    assert [row.cells[-1] for row in stations] == ["ended 3 min", "ended 3 min"]
    missing = replace(sealed, boxes_missing=("b-box-1",))
    rows = province_rows.place_rows(replace(PROVINCE, places=(missing,)))
    assert rows[0].cells[-1] == " stale 3 min"


def test_what_beside_the_voter_goes_on_is_said_by_signs_and_words() -> None:
    view = replace(STATION, outstanding=2, pending=1, alarms=("One.",) * 6)
    assert [line.text for line in side_bar.work_lines(view)] == [
        "checked in                 41",
        "cards                      41",
        "not taken (F5)              2",
        "waiting (F6)                1",
    ]
    peers = [line.text for line in side_bar.peer_lines(view)]
    assert peers[0] == "+ a-desk-2     connected 1 h 30 min"
    assert peers[2] == "- a-desk-3     apart 12 min, 3 to send"
    assert side_bar.alarm_lines(view)[-1].text == "and 2 more: F7"


def test_pauses_and_the_books_warnings_are_announced() -> None:
    view = replace(STATION, problem="", paused="Paused.", book_warnings=("Seal.",), alarms=())
    assert view_models.problem_lines(view) == ["PAUSED: Paused.", "LOOK AT: Seal."]
    assert view_models.alarms(replace(view, needs=("Seal.", "Peer."))) == [
        ("PAUSED", "Paused."),
        ("BOOK", "Seal."),
        ("NEEDS", "Peer."),
    ]
