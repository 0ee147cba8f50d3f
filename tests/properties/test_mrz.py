"""Machine-readable zones: what an office prints is read, and what was changed is found.

The `mrz` package is a second opinion on both, where it is installed.
"""

import importlib.util
from collections.abc import Sequence

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hw.scanner.mrz import MRZ_PART_LETTERS, Zone, ZoneProblem, check_digit, read_zone
from hw.scanner.persian_keys import PERSIAN_KEYS
from hw.scanner.reading import NO_CODE, Reading, read_scan
from sync.text import with_check_digit
from tests.peers.documents import check, td1, td3

CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
words = st.lists(st.text(CAPITALS, min_size=1, max_size=6), min_size=1, max_size=2).map(" ".join)
numbers = st.text(CAPITALS + "0123456789", min_size=1, max_size=9)
dates = st.dates().map(lambda day: day.strftime("%y%m%d"))
codes = st.integers(0, 999_998).map(lambda n: with_check_digit(f"999{n:06d}"))
breaks = st.sampled_from(["", "\n", "\r", "\r\n", " ", "\n\n"])
people = st.fixed_dictionaries(
    {"birth": dates, "expiry": dates, "sex": st.sampled_from("MFX<"), "family": words}
)
given_names = st.one_of(words, st.just(""))


def spoken(family: str, given_name: str) -> str:
    return f"{given_name} {family}".strip()


@given(numbers, codes, people, given_names, breaks, st.booleans())
def test_every_td1_is_read(number, code, person, given_name, between, is_second):
    place = {"optional_2": code} if is_second else {"optional": code}
    lines = td1(number, **place, **person, given=given_name)
    name = spoken(person["family"], given_name)
    assert read_scan(between.join(lines)) == Reading("mrz", code, name, "national-card")


@given(st.text(CAPITALS + "0123456789", min_size=10, max_size=13), people, words)
def test_a_td1_with_a_long_number_is_read(number, person, given_name):
    lines = td1(number, **person, given=given_name)
    name = spoken(person["family"], given_name)
    assert read_zone("".join(lines)) == Zone("national-card", "IRN", name, ())


@given(numbers, codes, people, given_names, breaks)
def test_every_td3_is_read(number, code, person, given_name, between):
    lines = td3(number, personal=code, **person, given=given_name)
    name = spoken(person["family"], given_name)
    assert read_scan(between.join(lines)) == Reading("mrz", code, name, "passport")


@given(numbers, people, words, st.sampled_from("<0"))
def test_a_passport_without_a_personal_number_is_sound_and_shows_no_code(
    number, person, given_name, empty_check
):
    lines = td3(number, **person, given=given_name, empty_check=empty_check)
    name = spoken(person["family"], given_name)
    assert read_scan("".join(lines)) == Reading("mrz", "", name, "passport", NO_CODE)


@given(numbers, codes, people, words)
def test_ten_digits_on_another_countrys_document_are_no_national_code(
    number, code, person, given_name
):
    lines = td1(number, optional=code, country="UTO", **person, given=given_name)
    name = spoken(person["family"], given_name)
    assert read_scan("".join(lines)) == Reading("mrz", "", name, "national-card", NO_CODE)


TD1_CHECKED = [*range(5, 37), *range(38, 45), *range(48, 60)]
"""Places of a TD1 under a check digit: all but document code, State, sex, nationality, names."""
TD3_CHECKED = [*range(44, 54), *range(57, 64), *range(65, 88)]
DATES_TD1 = [*range(30, 36), *range(38, 44)]
DATES_TD3 = [*range(57, 63), *range(65, 71)]


def value(letter: str) -> int:
    return 0 if letter == "<" else int(letter, 36)


@settings(max_examples=400)
@given(
    st.booleans(),
    numbers,
    codes,
    people,
    words,
    st.data(),
    st.sampled_from(CAPITALS + "0123456789<"),
)
def test_a_changed_character_in_a_checked_field_is_found(
    is_card, number, code, person, given_name, data, other
):
    if is_card:
        sound, places, in_dates = (
            "".join(td1(number, optional=code, **person, given=given_name)),
            TD1_CHECKED,
            DATES_TD1,
        )
    else:
        sound, places, in_dates = (
            "".join(td3(number, personal=code, **person, given=given_name)),
            TD3_CHECKED,
            DATES_TD3,
        )
    at = data.draw(st.sampled_from(places))
    assume(other != sound[at])
    # What the standard's check cannot see: the same value modulo ten, in a field of letters.
    assume(value(other) % 10 != value(sound[at]) % 10 or (at in in_dates and other.isalpha()))
    reading = read_scan(sound[:at] + other + sound[at + 1 :])
    assert (reading.kind, reading.national_code, reading.name) == ("mrz", "", "")
    assert reading.words.startswith("The check digit of the ")
    assert code not in reading.words


def test_every_checked_place_is_under_a_check_digit():
    person = {"family": "NEMOONEH", "given": "MARYAM"}
    card = "".join(td1("B12345678", optional="9990000018", **person))
    book = "".join(td3("B12345678", personal="9990000018", **person))
    for sound, places in ((card, TD1_CHECKED), (book, TD3_CHECKED)):
        for at in places:
            other = "1" if value(sound[at]) % 10 != 1 else "2"
            assert isinstance(read_zone(sound[:at] + other + sound[at + 1 :]), ZoneProblem), at


@pytest.mark.parametrize("text", ["I" + "A" * 89, "P" + "A" * 87])
def test_capitals_alone_are_no_zone(text):
    assert read_scan(text) == Reading("text", text=text)


@pytest.mark.parametrize(
    ("at", "label"),
    [
        (5, "document number"),
        (14, "document number"),
        (30, "date of birth"),
        (36, "date of birth"),
        (38, "date of expiry"),
        (44, "date of expiry"),
        (15, "whole code"),
        (59, "whole code"),
    ],
)
def test_words_name_the_field_that_does_not_fit(at, label):
    sound = "".join(td1("B12345678", optional="9990000018", family="NEMOONEH", given="MARYAM"))
    other = "2" if sound[at] == "1" else "1" if sound[at] != "B" else "C"
    assert read_zone(sound[:at] + other + sound[at + 1 :]) == ZoneProblem(
        f"The check digit of the {label} does not fit. Wipe the document and scan it again, "
        "or type the national code.",
        "national-card",
    )


@given(numbers, codes, people, words, st.integers(MRZ_PART_LETTERS, 87))
def test_a_part_of_a_zone_is_said_to_be_one(number, code, person, given_name, length):
    whole = "".join(td3(number, personal=code, **person, given=given_name))
    reading = read_scan(whole[:length])
    assert (reading.kind, reading.national_code) == ("mrz", "")
    assert reading.words.startswith("This is only a part ")


@given(numbers, codes, people, words, breaks, st.booleans())
def test_a_zone_that_came_through_the_persian_layout_is_read(
    number, code, person, given_name, between, is_card
):
    lines = (
        td1(number, optional=code, **person, given=given_name)
        if is_card
        else td3(number, personal=code, **person, given=given_name)
    )
    typed = "".join(PERSIAN_KEYS.get(letter, letter) for letter in between.join(lines))
    name = spoken(person["family"], given_name)
    document = "national-card" if is_card else "passport"
    assert read_scan(typed) == Reading("mrz", code, name, document)


@given(st.text(CAPITALS + "0123456789<", max_size=60))
def test_both_check_digits_agree(text):
    assert check_digit(text) == check(text)


def test_the_standards_own_example_is_sound():
    # Doc 9303 part 4, appendix B.
    lines = (
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
        "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
    )
    zone = Zone("passport", "UTO", "ANNA MARIA ERIKSSON", ("ZE184226B",))
    assert read_zone("\n".join(lines)) == zone
    # Part 5, appendix B.
    lines = (
        "I<UTOD231458907<<<<<<<<<<<<<<<",
        "7408122F1204159UTO<<<<<<<<<<<6",
        "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
    )
    assert read_zone("\n".join(lines)) == Zone("national-card", "UTO", "ANNA MARIA ERIKSSON", ())


def test_repr_of_a_zone_shows_nobody():
    zone = read_zone("".join(td1("B1", optional="9990000018", family="NEMOONEH", given="MARYAM")))
    assert repr(zone) == "Zone(document='national-card', issuer='IRN')"


needs_peer = pytest.mark.skipif(importlib.util.find_spec("mrz") is None, reason="needs mrz")


def judged_by_the_peer(lines: Sequence[str]) -> bool:
    """Do all its check digits fit, by the `mrz` package?"""
    from mrz.checker.td1 import TD1CodeChecker
    from mrz.checker.td3 import TD3CodeChecker

    checker = TD1CodeChecker if len(lines) == 3 else TD3CodeChecker
    judge = checker("\n".join(lines))
    fits = [judge.document_number_hash, judge.birth_date_hash, judge.expiry_date_hash]
    return all(fits) and judge.final_hash and getattr(judge, "optional_data_hash", True)


@needs_peer
@given(numbers, codes, people, words, st.booleans())
def test_the_peer_writes_what_we_read(number, code, person, given_name, is_card):
    from mrz.generator.td1 import TD1CodeGenerator
    from mrz.generator.td3 import TD3CodeGenerator

    person = {**person, "sex": person["sex"].replace("X", "F")}
    common = [number, person["birth"], person["sex"], person["expiry"], "IRN"]
    common += [person["family"], given_name, code]
    if is_card:
        text = str(TD1CodeGenerator("I", "IRN", *common))
    else:
        text = str(
            TD3CodeGenerator(
                "P", "IRN", person["family"], given_name, number, "IRN",
                person["birth"], person["sex"], person["expiry"], code,
            )
        )  # fmt: skip
    document = "national-card" if is_card else "passport"
    name = spoken(person["family"], given_name)
    assert read_scan(text) == Reading("mrz", code, name, document)
    ours = td1 if is_card else td3
    field = {"optional": code} if is_card else {"personal": code}
    assert text.splitlines() == ours(number, **field, **person, given=given_name)


@needs_peer
@settings(max_examples=200)
@given(
    st.booleans(),
    numbers,
    codes,
    people,
    words,
    st.data(),
    st.sampled_from(CAPITALS + "0123456789<"),
)
def test_the_peer_calls_sound_what_we_call_sound(
    is_card, number, code, person, given_name, data, other
):
    lines = (
        td1(number, optional=code, **person, given=given_name)
        if is_card
        else td3(number, personal=code, **person, given=given_name)
    )
    whole, width = "".join(lines), len(lines[0])
    at = data.draw(st.sampled_from(TD1_CHECKED if is_card else TD3_CHECKED))
    whole = whole[:at] + other + whole[at + 1 :]
    # In dates we take no letters, even those that the check digit does not see.
    assume(at not in (DATES_TD1 if is_card else DATES_TD3))
    changed = [whole[start : start + width] for start in range(0, len(whole), width)]
    assert isinstance(read_zone(whole), Zone) == judged_by_the_peer(changed)
