"""What rules ask of any roll, held in memory or on a desk's disk: one voter, one spelling."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from node.roll_file import People
from node.store_roll import RollStore
from sync.errors import DecodeError
from sync.roll import (
    Roll,
    RollInMemory,
    RollLine,
    decode_roll,
    encode_line,
    full_years,
    is_voter_key,
    roll_index,
    roll_root,
    root_and_count,
    voter_key,
    voter_keys,
    voters_by_home,
)

BOTH = ("parliament", "council")
LINES = [
    RollLine("00" * 16, "a", BOTH),
    RollLine("0a" * 16, "b", ("council",)),
    RollLine("ab" * 16, "a", ("parliament",)),
    RollLine("cd" * 16, "a", (), "deceased"),
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
    people = People.of((line, "نام", 1980, int(line.may_vote)) for line in LINES)
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


def test_many_codes_get_the_keys_that_one_gets() -> None:
    keyed = voter_keys(b"k" * 32)
    for code in ("9990000018", "9990000026", "9990000018"):
        assert keyed(code).hex() == voter_key(b"k" * 32, code)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (RollLine(KEY, "a", ()), "neither rights nor a standing that says why there are none"),
        (RollLine(KEY, "a", BOTH, "deceased"), "rights beside the standing 'deceased'"),
        (RollLine(KEY.upper(), "a", BOTH), "a voter key is 32 hex digits, no capitals"),
    ],
)
def test_a_line_that_contradicts_itself_is_refused_by_its_number(
    line: RollLine, problem: str
) -> None:
    data = encode_line(LINES[0]) + b"\n" + encode_line(line) + b"\n"
    with pytest.raises(DecodeError, match=f"roll line 2: {problem}"):
        decode_roll(data, "roll")


def test_a_line_with_an_unknown_standing_is_refused() -> None:
    data = encode_line(LINES[3]).replace(b"deceased", b"sleeping") + b"\n"
    with pytest.raises(DecodeError, match="roll line 1: Invalid enum value 'sleeping'"):
        decode_roll(data, "roll")


def test_what_is_decoded_is_what_was_encoded_and_keys_must_rise() -> None:
    data = roll_index(LINES)
    assert decode_roll(data, "roll") == LINES
    assert root_and_count(LINES) == (roll_root(LINES), len(LINES))
    with pytest.raises(DecodeError, match="roll line 2: voter keys must rise"):
        decode_roll(roll_index([LINES[1], LINES[0]]), "roll")
    with pytest.raises(DecodeError, match="the file is cut off"):
        decode_roll(data[:-1], "roll")


def test_turnout_is_measured_against_those_who_may_vote() -> None:
    assert voters_by_home(LINES, ("a", "b", "d")) == {"a": 2, "b": 1, "d": 0}


@pytest.mark.parametrize(
    ("born", "years"),
    [
        ("2008-11-27", (18, 18)),
        ("2008-11-28", (17, 17)),
        ("2008", (17, 18)),
        ("1387", (17, 18)),
        ("1386", (18, 19)),
        ("1985-02-30", None),
        ("85", None),
        ("", None),
        ("0000", (1404, 1405)),
    ],
)
def test_full_years_on_polling_day_as_far_as_a_birth_says(
    born: str, years: tuple[int, int] | None
) -> None:
    assert full_years(born, date(2026, 11, 27)) == years


def test_a_voter_knows_which_elections_of_the_day_are_not_theirs() -> None:
    line = LINES[1]
    assert (line.may_vote, line.missing(BOTH)) == (True, ("parliament",))
    assert (LINES[3].may_vote, LINES[3].missing(BOTH)) == (False, BOTH)
