"""What rules ask of any roll, held in memory or on a desk's disk: one voter, one spelling."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from node.roll_file import PersonLine
from node.store_roll import RollStore
from sync.roll import Roll, RollInMemory, RollLine, is_voter_key, roll_root

BOTH = ("parliament", "council")
LINES = [
    RollLine("00" * 16, "a", BOTH),
    RollLine("0a" * 16, "b", ("council",)),
    RollLine("ab" * 16, "a", ("parliament",)),
    RollLine("ff" * 16, "c", BOTH),
]
KEY = "ab" * 16

SPELLINGS = {
    "capitals": KEY.upper(),
    "one capital": "A" + KEY[1:],
    "a blank before": f" {KEY}",
    "a blank after": f"{KEY} ",
    "blanks between": " ".join(KEY[i : i + 2] for i in range(0, 32, 2)),
    "a newline after": f"{KEY}\n",
    "a tab before": f"\t{KEY}",
    "one letter less": KEY[:-1],
    "one byte less": KEY[:-2],
    "one letter more": f"{KEY}a",
    "one byte more": f"{KEY}ab",
    "twice": KEY * 2,
    "no hex": "xy" * 16,
    "a prefix": f"0x{KEY[2:]}",
    "digits of another script": "۰" * 32,
    "full-width letters": "ａｂ" * 16,
    "a zero byte after": f"{KEY}\0",
    "nothing": "",
    "a million letters": "a" * 1_000_000,
    "a quote": "' or 1=1 --",
    "a lone surrogate": "\ud800" * 32,
}


def in_memory(folder: Path) -> RollInMemory:
    """The roll of verifier and simulation."""
    return RollInMemory(LINES)


def on_disk(folder: Path) -> RollStore:
    """The roll of a desk."""
    people = [PersonLine(line, "نام", "نام", 1980) for line in LINES]
    RollStore.build(folder / "roll.db", people, "a", lambda steps: None)
    return RollStore.open(folder / "roll.db")


@pytest.fixture(params=[in_memory, on_disk], ids=["in memory", "on disk"])
def roll(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Roll]:
    make: Callable[[Path], Roll] = request.param
    roll = make(tmp_path)
    yield roll
    if isinstance(roll, RollStore):
        roll.close()


def test_every_voter_of_the_roll_is_found_with_home_and_rights(roll: Roll) -> None:
    assert [roll.find(line.voter) for line in LINES] == LINES


def test_somebody_who_is_not_on_the_roll_is_not_found(roll: Roll) -> None:
    assert roll.find("01" * 16) is None


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_another_spelling_of_a_voter_key_finds_nobody(roll: Roll, spelling: str) -> None:
    assert roll.find(KEY) == LINES[2]
    assert not is_voter_key(spelling)
    assert roll.find(spelling) is None


def test_looking_up_a_voter_twice_gives_the_same_line(roll: Roll) -> None:
    assert roll.find(KEY) == roll.find(KEY) == LINES[2]


def test_the_roll_on_disk_has_the_root_that_the_package_names(tmp_path: Path) -> None:
    roll = on_disk(tmp_path)
    assert roll_root(roll.lines()) == roll_root(LINES)
    assert (roll.count(), list(roll.lines())) == (len(LINES), LINES)
    roll.close()


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_a_worker_sees_nobody_under_another_spelling(tmp_path: Path, spelling: str) -> None:
    roll = on_disk(tmp_path)
    person = roll.person(KEY)
    assert person is not None
    assert (person.name, person.home, person.rights) == ("نام", "a", ("parliament",))
    assert roll.person(spelling) is None
    roll.close()
