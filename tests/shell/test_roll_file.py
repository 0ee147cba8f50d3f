"""The registry's CSV: every line that cannot be used is named, or everybody is taken."""

import csv
from datetime import date
from pathlib import Path

import pytest

from node.rejected import SHOWN_MAX, RejectedView, RollRejectedError
from node.roll_file import COLUMNS, WITH_STANDING, People, read_roll
from simulations.voters import make_voters, write_roll
from sync.roll import RollLine, decode_roll, roll_index, voter_key
from sync.text import with_check_digit

KEY = b"k" * 32
HOMES, RIGHTS, DAY = ("a", "b"), ("parliament", "council"), date(2026, 11, 27)


def code(number: int) -> str:
    return with_check_digit(f"999{number:06d}")


def write(path: Path, *rows: tuple[str, ...]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def read(path: Path) -> People:
    return read_roll(path, KEY, HOMES, RIGHTS, DAY)


def line_of(number: int, home: str, rights: tuple[str, ...], standing: str = "") -> RollLine:
    return RollLine(voter_key(KEY, code(number)), home, rights, standing)  # type: ignore[arg-type]


def test_people_come_in_order_of_voter_key_with_numbers_in_order_of_the_file(tmp_path):
    roll = write(
        tmp_path / "roll.csv",
        WITH_STANDING,
        (code(1), " علي  كريمي ", "1985", "a", "council parliament", ""),
        (code(2), "سارا", "۱۳۶۵", "b", " council ", ""),
        (code(3), "رضا", "1990-02-28", "a", "", "deceased"),
        (
            code(4).translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")),
            "مینا",
            "1985",
            "a",
            "council",
            "",
        ),
        (code(5), "نوجوان", "2011", "a", "", ""),
        (code(6), "نوجوان", "2008-11-28", "b", "", "too-young"),
    )
    people = read(roll)
    expected = [
        (line_of(1, "a", ("parliament", "council")), "علی کریمی", 1985, 1),
        (line_of(2, "b", ("council",)), "سارا", 1365, 1),
        (line_of(3, "a", (), "deceased"), "رضا", 1990, 0),
        (line_of(4, "a", ("council",)), "مینا", 1985, 2),
        (line_of(5, "a", (), "too-young"), "نوجوان", 2011, 0),
        (line_of(6, "b", (), "too-young"), "نوجوان", 2008, 0),
    ]
    found = [
        (RollLine(voter.hex(), *people.owed[owed]), name, year, ordinal)
        for voter, name, year, owed, ordinal in people.rows()
    ]
    assert found == sorted(expected)
    assert list(people.lines()) == sorted(line for line, *_ in expected)
    assert (len(people), people.barred()) == (6, {"too-young": 2, "deceased": 1})
    assert decode_roll(roll_index(people.lines()), "roll") == list(people.lines())
    assert not Path(f"{roll}.rejected").exists()


REASONS = {
    ("123", "نام", "1985", "a", "council", ""): "A national code has ten digits; this one has 3.",
    ("", "نام", "1985", "a", "council", ""): "A national code has digits only.",
    (code(7), " \u200b ", "1985", "a", "council", ""): "The name is empty.",
    (code(7), "ن" * 201, "1985", "a", "council", ""): (
        "The name has 201 letters, at most 200. Look for a comma."
    ),
    (code(7), "نام\x1b[2J", "1985", "a", "council", ""): (
        "The name holds control characters. Type it again."
    ),
    (
        code(7),
        "نام",
        "85",
        "a",
        "council",
        "",
    ): "Birth year '85' is no year of four digits, and no date 1985-03-21.",
    (code(7), "نام", "1985-02-30", "a", "council", ""): (
        "Birth year '1985-02-30' is no year of four digits, and no date 1985-03-21."
    ),
    (code(7), "نام", "1985", "z", "council", ""): "Home 'z' is no polling place of the package.",
    (code(7), "نام", "1985", "a", "senate", ""): "Right 'senate' is no election of the package.",
    (code(7), "نام", "1985", "a", "council council", ""): "A right stands twice.",
    (code(7), "نام", "1985", "a", "", ""): (
        "No right is named. Write election ids with blanks between."
    ),
    (code(7), "نام", "1985", "a", "council", "dead"): (
        "Standing 'dead' is unknown. Leave it empty, or write 'too-young' or 'deceased'."
    ),
    (code(7), "نام", "1985", "a", "council", "deceased"): (
        "Rights beside the standing 'deceased'. Take one of the two out."
    ),
    (code(7), "نام", "2009", "a", "council", ""): (
        "Born 2009, under 18 on 2026-11-27, yet with rights. Correct one of them."
    ),
    (code(7), "نام", "2008-11-28", "a", "council", ""): (
        "Born 2008-11-28, under 18 on 2026-11-27, yet with rights. Correct one of them."
    ),
    (code(7), "نام", "۱۳۸۸", "a", "council", ""): (
        "Born 1388, under 18 on 2026-11-27, yet with rights. Correct one of them."
    ),
    (code(7), "نام", "1185", "a", "council", ""): (
        "Born 1185, 219 years old on 2026-11-27. Correct the birth year."
    ),
    (code(7), "نام", "2007", "a", "", "too-young"): (
        "Born 2007, 18 by 2026-11-27, yet too-young. Correct one of them."
    ),
    (code(7), "نام", "1985", "a", "council"): "5 fields, 6 are needed. Compare the first line.",
}


@pytest.mark.parametrize(("row", "reason"), REASONS.items(), ids=[*REASONS.values()])
def test_a_line_that_cannot_be_used_is_named_and_nobody_is_taken(tmp_path, row, reason):
    good = (code(1), "نام", "1985", "a", "council", "")
    roll = write(tmp_path / "roll.csv", WITH_STANDING, good, row, (code(2), *good[1:]))
    with pytest.raises(RollRejectedError) as caught:
        read(roll)
    file = f"{roll}.rejected"
    assert caught.value.problems == [
        f"{roll}: line 3: {reason}",
        f"{roll}: 1 line rejected, nobody was taken. All of them with reasons: {file}.",
    ]
    assert Path(file).read_text("utf-8") == f"3: {reason}\n"


@pytest.mark.parametrize("born", ["2008-11-27", "2008", "1387", "1385", "1900"])
def test_who_may_be_of_age_as_far_as_a_year_says_may_have_rights(tmp_path, born):
    roll = write(tmp_path / "roll.csv", COLUMNS, (code(1), "نام", born, "a", "council"))
    assert [line.rights for line in read(roll).lines()] == [("council",)]


def test_thousands_of_lines_are_rejected_in_a_file_and_a_few_on_the_screen(tmp_path):
    rows = [(code(1), "", "1985", "a", "council")] * 5_000
    doubles = [(code(2), "نام", "1985", "a", "council")] * 3
    roll = write(tmp_path / "roll.csv", COLUMNS, *doubles, *rows)
    with pytest.raises(RollRejectedError) as caught:
        read(roll)
    file = Path(f"{roll}.rejected")
    lines = file.read_text("utf-8").splitlines()
    assert lines[:5_000] == [f"{number}: The name is empty." for number in range(5, 5_005)]
    twice = "the same national code as line 2. A voter stands once; take one out."
    assert lines[5_000:] == [f"3: {twice}", f"4: {twice}"]
    first = tuple((number, "The name is empty.") for number in range(5, 5 + SHOWN_MAX))
    assert caught.value.view == RejectedView(5_002, str(file), first)
    assert len(caught.value.problems) == SHOWN_MAX + 1
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_file_of_rejected_lines_goes_when_the_roll_is_good(tmp_path):
    roll = write(tmp_path / "roll.csv", COLUMNS, (code(1), "", "1985", "a", "council"))
    with pytest.raises(RollRejectedError):
        read(roll)
    assert Path(f"{roll}.rejected").exists()
    write(roll, COLUMNS, (code(1), "نام", "1985", "a", "council"))
    assert len(read(roll)) == 1
    assert not Path(f"{roll}.rejected").exists()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "line 1: columns ''. The first line is "),
        (b"code,name\n", "line 1: columns 'code,name'. The first line is "),
        (b"\xff\xfe", "line 1: not UTF-8, here or soon after. Save it as UTF-8."),
        (",".join(COLUMNS).encode() + b'\n"9,9,9,9,9\n', "Save it as plain CSV."),
    ],
    ids=["empty", "other columns", "other letters", "a quote that never ends"],
)
def test_a_file_of_another_kind_is_a_sentence(tmp_path, data, words):
    roll = tmp_path / "roll.csv"
    roll.write_bytes(data)
    with pytest.raises(RollRejectedError) as caught:
        read(roll)
    assert words in str(caught.value)


def test_an_empty_roll_has_nobody(tmp_path):
    assert len(read(write(tmp_path / "roll.csv", COLUMNS))) == 0


def test_progress_moves_with_the_lines(tmp_path):
    roll, steps = tmp_path / "roll.csv", []
    write_roll(roll, make_voters(3_500, 7, HOMES, RIGHTS))
    assert len(read_roll(roll, KEY, HOMES, RIGHTS, DAY, steps.append)) == 3_500
    assert steps == [1_000, 1_000, 1_000]
