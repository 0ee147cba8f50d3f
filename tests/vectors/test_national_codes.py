"""National codes, from a table worked out apart from the code."""

import json
from pathlib import Path

import pytest

from sync.text import national_code_problem, with_check_digit

TABLE = json.loads(Path(__file__).with_name("national_codes.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", TABLE["valid"], ids=lambda row: row["code"])
def test_a_code_with_its_check_digit_is_accepted(row):
    assert national_code_problem(row["code"]) is None
    assert with_check_digit(row["code"][:9]) == row["code"]


def test_the_table_meets_every_remainder():
    assert [row["remainder"] for row in TABLE["valid"]] == list(range(11))


@pytest.mark.parametrize("row", TABLE["wrong"], ids=lambda row: row["code"] or "nothing")
def test_anything_else_is_refused_in_words(row):
    assert national_code_problem(row["code"]) == row["problem"]
