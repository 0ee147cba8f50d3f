"""Persian in a real xterm: no number moves to another column, whatever stands beside it.

Each screen is shown twice in a true terminal, once with Persian names and once with Latin ones in
their place. Every cell outside the columns of names must have the same pixels in both pictures, and
the names themselves must not. POLLMESH_PICTURES=FOLDER keeps the pictures for a person to look at.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from simulations.demo.setting import ROOT
from sync.views import ProvinceView
from tests.peers.xterm import COLUMNS, ROWS, Picture, display, missing, xterm
from tests.tui.examples import KARIM, MARYAM, PROVINCE
from tests.tui.fake_node import FakeNode
from tui.text_order import TEXT_ORDERS

pytestmark = [
    pytest.mark.xdist_group("xterm"),
    pytest.mark.timeout(240),
    pytest.mark.skipif(bool(missing()), reason=f"not installed: {missing()}"),
]

LATIN = "Bahar Nemooneh"


@pytest.fixture(scope="module")
def number() -> Iterator[int]:
    with display() as found:
        yield found


@pytest.fixture
def node(tmp_path: Path) -> Iterator[FakeNode]:
    fake = FakeNode(tmp_path / "node.sock")
    fake.start()
    yield fake
    fake.stop()


def shown(
    number: int, node: FakeNode, screen: str, order: str, keys: tuple[str, ...], name: str
) -> Picture:
    """A picture of a real screen on this node, after these keys."""
    environment = surroundings(node.socket.parent)
    command = [sys.executable, "-m", "tui", screen, str(node.socket), "--text-order", order]
    with xterm(number, command, environment) as window:
        window.drawn()
        for key in keys:
            window.type(key) if len(key) > 1 and key.islower() else window.press(key)
        picture = window.still()
    keep(picture, f"{screen}-{order}-{name}")
    return picture


def surroundings(folder: Path) -> dict[str, str]:
    """An account of its own, in a terminal with colours."""
    return {
        **{key: value for key, value in os.environ.items() if key != "NO_COLOR"},
        "PYTHONPATH": str(ROOT),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "COLORTERM": "truecolor",
    }


def keep(picture: Picture, name: str) -> None:
    if kept := os.environ.get("POLLMESH_PICTURES"):
        picture.save(Path(kept) / f"{name}.png")


def moved(one: Picture, other: Picture, names: tuple[int, int], rows: range) -> list[int]:
    """The rows in which a cell outside the columns of names differs; all rows are looked at."""
    start, end = names
    return [
        row
        for row in range(ROWS)
        for left, right in ([(0, start), (end, COLUMNS)] if row in rows else [(0, COLUMNS)])
        if one.cells(row, left, right) != other.cells(row, left, right)
    ]


def same_names(one: Picture, other: Picture, names: tuple[int, int], rows: range) -> list[int]:
    return [row for row in rows if one.cells(row, *names) == other.cells(row, *names)]


def with_latin(view: ProvinceView) -> ProvinceView:
    """The same figures under Latin names."""
    contests = tuple(
        replace(contest, options=tuple(replace(one, name=LATIN) for one in contest.options))
        for contest in view.contests
    )
    places = tuple(replace(place, name=LATIN) for place in view.places)
    return replace(view, places=places, contests=contests)


@pytest.mark.parametrize("order", TEXT_ORDERS)
def test_at_the_desk_years_and_homes_stay_in_their_columns(number, node, order):
    persian, latin = (MARYAM, KARIM), tuple(replace(v, name=LATIN) for v in (MARYAM, KARIM))
    pictures = []
    for name, voters in (("persian", persian), ("latin", latin)):
        node.voters = {"nam": voters}
        pictures.append(shown(number, node, "desk", order, ("nam", "Return"), name))
    assert node.finds == [{"name": "nam"}] * 2
    names, rows = (2, 30), rows_of(*pictures)
    assert len(rows) == 2, "both people are listed"
    assert moved(*pictures, names, rows) == []
    assert same_names(*pictures, names, rows) == []


@pytest.mark.parametrize("order", TEXT_ORDERS)
@pytest.mark.parametrize(
    ("key", "names", "count"), [("1", (17, 31), 3), ("3", (7, 31), 3)], ids=["places", "results"]
)
def test_no_count_of_the_supervisor_stands_under_another_head(
    number, node, order, key, names, count
):
    pictures = []
    for name, view in (("persian", PROVINCE), ("latin", with_latin(PROVINCE))):
        node.figures = view
        screen = shown(number, node, "supervisor", order, (key,), f"{key}-{name}")
        pictures.append(screen)
    rows = rows_of(*pictures)
    assert len(rows) == count, "every row of the table has a name"
    assert moved(*pictures, names, rows) == []
    assert same_names(*pictures, names, rows) == []


def rows_of(one: Picture, other: Picture) -> range:
    """The rows in which the two pictures differ at all: those with names."""
    found = [r for r in range(ROWS) if one.cells(r, 0, COLUMNS) != other.cells(r, 0, COLUMNS)]
    assert found, "Persian and Latin names look different"
    return range(found[0], found[-1] + 1)


def test_setup_runs_in_a_terminal_and_starts_anew_in_persian(number, tmp_path):
    environment, folder = surroundings(tmp_path), tmp_path / "station"
    settings = tmp_path / "config" / "pollmesh" / "screen.json"
    command = [sys.executable, "-m", "node", "setup", str(folder)]
    with xterm(number, command, environment) as window:
        window.drawn()
        english = window.still()
        window.press("Down", "Return")
        window.still()
        window.press("Down", "F9")
        window.until(lambda: language_in(settings) == "fa")
        # It ends and begins again: nothing stands there in between.
        window.until(lambda: not window.picture().is_drawn)
        persian = window.still()
        keep(english, "setup-english")
        keep(persian, "setup-persian")
        window.press("F10")
        window.until(lambda: window.has_ended)
    # The steps' own row of heads, the same table in both languages: other words, same height.
    assert english.cells(5, 0, COLUMNS) != persian.cells(5, 0, COLUMNS)
    assert not folder.exists(), "a language belongs to the account, not to the station"


def language_in(settings: Path) -> str:
    return json.loads(settings.read_bytes())["language"] if settings.exists() else ""
