"""Text: what sounds equal compares equal, and normalising twice changes nothing."""

import csv
import json
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sync.text import (
    _PLAIN,
    _fold,
    _normal,
    ascii_digits,
    fold,
    national_code_problem,
    normal,
    with_check_digit,
)

DATA = Path(__file__).parents[3] / "shared" / "data"

LETTERS = "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیيىكةۀ ‌ـًَُِّ۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩ aZ"
persian = st.text(alphabet=LETTERS)
nine_digits = st.integers(0, 999_999).map(lambda n: f"999{n:06d}")


@given(st.text())
def test_what_is_normal_stays_as_it_is(text):
    assert normal(normal(text)) == normal(text)


@pytest.mark.parametrize("text", ["a\u200b\u0301", "\u0627\u0640\u0653", "\u06d5\u0654"])
def test_marks_that_meet_when_a_letter_goes_are_composed_at_once(text):
    assert normal(normal(text)) == normal(text)
    assert fold(text[:1] + "\u200c" + text[1:]) == fold(text)


@given(st.text())
def test_what_is_folded_stays_as_it_is(text):
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_a_name_and_its_normal_form_fold_alike(text):
    assert fold(normal(text)) == fold(text)


@given(persian, st.integers(0, 40), st.sampled_from("\u200c\u200d\u0640\u064e\u0651 "))
def test_joiners_blanks_and_vowel_marks_do_not_change_the_fold(text, at, mark):
    assert fold(text[:at] + mark + text[at:]) == fold(text)


@given(persian | st.text())
def test_the_short_way_for_plain_names_gives_what_the_long_way_gives(text):
    assert normal(text) == _normal(text)
    assert fold(text) == _fold(_normal(text))


def test_real_names_of_people_and_places_take_the_short_way_and_fold_as_the_long_way_does():
    if not DATA.exists():
        pytest.skip("public names are not beside the project")
    people = json.loads((DATA / "names" / "nabidam_names.json").read_text("utf-8"))
    names = [one["name"] if isinstance(one, dict) else str(one) for one in people]
    for table in ("provinces", "counties", "cities"):
        with (DATA / "iran" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            names += [cell for row in csv.reader(file) for cell in row if not cell.isascii()]
    assert len(names) > 2_000
    assert [normal(name) for name in names] == [_normal(name) for name in names]
    assert [fold(name) for name in names] == [_fold(_normal(name)) for name in names]
    plain = sum(_PLAIN.fullmatch(normal(name)) is not None for name in names)
    assert plain > 0.95 * len(names)


@given(persian)
def test_arabic_and_persian_letters_fold_alike(text):
    assert fold(text.replace("ی", "ي").replace("ک", "ك")) == fold(text)


@given(persian)
def test_normal_text_has_no_arabic_yeh_or_kaf_no_foreign_digit_and_no_double_blank(text):
    found = normal(text)
    assert not set(found) & set("يىكـ۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩")
    assert "  " not in found
    assert found == found.strip()


@given(st.integers(min_value=0))
def test_a_number_reads_the_same_in_all_three_digits(number):
    text = str(number)
    for digits in ("۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩"):
        assert ascii_digits(text.translate(str.maketrans("0123456789", digits))) == text


@given(nine_digits)
def test_nine_digits_have_exactly_one_check_digit(nine):
    assume(nine != "999999999")
    code = with_check_digit(nine)
    fitting = [nine + digit for digit in "0123456789" if not national_code_problem(nine + digit)]
    assert fitting == [code]


@given(nine_digits, st.integers(0, 8), st.integers(1, 9))
def test_a_mistyped_digit_is_noticed_unless_the_check_digit_is_1(nine, at, change):
    """Remainders 1 and 10 share the check digit 1; nothing else is confused."""
    code = with_check_digit(nine)
    assume(code[9] != "1")
    wrong = code[:at] + str((int(code[at]) + change) % 10) + code[at + 1 :]
    assert national_code_problem(wrong) is not None


@given(st.text())
def test_any_text_is_a_code_or_is_refused_in_a_sentence(text):
    problem = national_code_problem(text)
    assert problem is None or problem.endswith(".")
