"""Readings: any text is read without harm, what is known is recognised, what a person typed stays.

Also the cutting of a line into codes, which is the same however the bytes were packed.
"""

import re
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hw.scanner.framing import CODE_MAX, GARBLED, HALF, HALF_S, QUIET_S, TOO_LONG, Framer, Trouble
from hw.scanner.national_code import national_code_problem
from hw.scanner.persian_keys import PERSIAN_KEYS, from_persian_layout
from hw.scanner.reading import NO_CODE, Reading, read_scan
from hw.scanner.reading import TOO_LONG as TOO_LONG_TEXT
from sync.card import CARD_CHARACTERS_MAX
from sync.text import national_code_problem as problem_in_the_roll
from sync.text import with_check_digit
from tests.peers.documents import td1

codes = st.integers(0, 999_998).map(lambda n: with_check_digit(f"999{n:06d}"))
ten_digits = st.from_regex(r"\A[0-9]{10}\Z")
cards = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=1, max_size=300).map("PM1:".__add__)
scripts = st.sampled_from(["0123456789", "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९"])
identifiers = st.sampled_from(["", "]Q3", "]C1", "]L2", "]d2"])
around = st.sampled_from(["", "\r\n", "\x02", "\x03\r", " ", "\t", "\ufeff"])

PERSIAN_LETTERS = "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیئأؤآءة "
names = st.text(PERSIAN_LETTERS + "\u200c\u064e\u0651", min_size=1, max_size=120)


def typed_on_a_persian_layout(text: str) -> str:
    return "".join(PERSIAN_KEYS.get(letter, letter) for letter in text)


@given(st.text(max_size=2 * CODE_MAX))
def test_any_text_is_read_and_the_reading_is_bounded(text):
    reading = read_scan(text)
    assert all(len(part) <= 3 * CODE_MAX for part in (reading.text, reading.name))
    assert reading.national_code == "" or national_code_problem(reading.national_code) == ""
    assert not any(unicodedata.category(c) == "Cc" for c in reading.text if c != "\n")
    reading.text.encode()


@given(st.text("PM1:NC<I]Q3۰۱ءئ[>\u200c\r\n@DLDAQDCSZIANSI 0123456789\ud800\x1b", max_size=200))
def test_what_nearly_has_a_known_form_is_read_too(text):
    reading = read_scan(text)
    assert reading.national_code == "" or national_code_problem(reading.national_code) == ""
    reading.text.encode()


@given(ten_digits)
def test_the_check_of_a_national_code_is_the_one_of_the_roll(code):
    assert (national_code_problem(code) == "") == (problem_in_the_roll(code) is None)


@given(codes, scripts, identifiers, around, st.sampled_from(["", "NC:", "nc:", "NC: "]))
def test_a_national_code_is_read_in_any_digits_and_any_framing(
    code, digits, identifier, frame, prefix
):
    shown = "".join(digits[int(digit)] for digit in code)
    assert read_scan(frame + identifier + prefix + shown + frame) == Reading("national-code", code)


@given(codes, st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_is_explained_and_no_code_is_given(code, at, more):
    wrong = code[:at] + str((int(code[at]) + more) % 10) + code[at + 1 :]
    # Rests of 1 and 10 have the same check digit, so the code itself does not show every fault.
    assume(problem_in_the_roll(wrong) is not None)
    reading = read_scan(wrong)
    assert reading == Reading("national-code", words=national_code_problem(wrong))
    assert reading.words != ""
    assert wrong not in repr(reading)


@pytest.mark.parametrize("text", ["999000001", "99900000180", "999-000001-8", "999000001x", ""])
def test_what_is_not_ten_digits_is_text(text):
    assert read_scan(text) == Reading("text", text=text)


def test_a_prefix_promises_ten_digits():
    words = "A national code has ten digits, and this has not. Scan it again or type it."
    assert read_scan("NC:99900") == Reading("national-code", words=words)


@given(cards, identifiers, around)
def test_a_card_is_read(card, identifier, frame):
    assert read_scan(frame + identifier + card + frame) == Reading("card", text=card)
    assert read_scan(card.lower()) == Reading("card", text=card)


@given(cards, st.booleans())
def test_a_card_that_came_through_the_persian_layout_is_read(card, is_caps_lock):
    typed = typed_on_a_persian_layout(card.lower() if is_caps_lock else card)
    assert typed != card
    assert read_scan(typed) == Reading("card", text=card)


@given(codes)
def test_a_prefixed_code_that_came_through_the_persian_layout_is_read(code):
    assert read_scan(typed_on_a_persian_layout(f"NC:{code}")) == Reading("national-code", code)


@given(st.text("".join(PERSIAN_KEYS), max_size=100))
def test_what_the_persian_layout_did_is_undone_for_every_key(text):
    assert from_persian_layout(typed_on_a_persian_layout(text)) == text


@given(names)
def test_a_persian_name_that_a_person_typed_stays_as_it_is(name):
    kept = name.strip()
    assert read_scan(name) == Reading("text", text=kept)


@given(names, st.integers(0, 9_999))
def test_a_persian_address_with_digits_keeps_its_letters(name, number):
    assume(re.search("[^\\s]", name))
    persian = f"{name.strip()} {number}".translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    assert read_scan(persian) == Reading("text", text=f"{name.strip()} {number}".strip())


@pytest.mark.parametrize("text", ["[ء1: سلام", "دز:123", "دز:9990000017"])
def test_persian_that_would_become_an_unsound_form_stays_as_it_is(text):
    assert read_scan(text) == Reading("text", text=text)


def test_a_damaged_zone_through_the_persian_layout_gets_words_and_stays_as_it_is():
    sound = "".join(td1("B12345678", optional="9990000018", family="NEMOONEH", given="MARYAM"))
    damaged = typed_on_a_persian_layout(sound[:36] + "0" + sound[37:])
    shown = damaged.translate(str.maketrans("۰۱۲۳۴۵۶۷۸۹", "0123456789"))
    words = read_scan(sound[:36] + "0" + sound[37:]).words
    assert words.startswith("The check digit of the date of birth ")
    assert read_scan(damaged) == Reading("text", words=words, text=shown)


def test_overlong_text_is_refused_in_words_and_not_given_on():
    assert read_scan("9" * (CODE_MAX + 1)) == Reading("text", words=TOO_LONG_TEXT)
    assert read_scan("9" * CODE_MAX) == Reading("text", text="9" * CODE_MAX)
    assert CARD_CHARACTERS_MAX <= CODE_MAX


AAMVA = "@\n\x1e\rANSI 636000100102DL00410044ZI00850015DL"


@given(codes, st.sampled_from(["DAQ", "DCK", "ZIA", "ZIZ"]), st.sampled_from(["\n", "\r\n", "\r"]))
def test_the_national_code_of_a_licence_is_found(code, element, between):
    lines = [f"{element}{code}", "DCSNEMOONEH", "DACMARYAM", "DBB06031985"]
    expected = Reading("licence", code, "MARYAM NEMOONEH", "driving-licence")
    assert read_scan(AAMVA + between.join(lines)) == expected


@pytest.mark.parametrize(
    "text",
    [
        AAMVA + "DAQ12345678\nDCSNEMOONEH\nDACMARYAM",
        AAMVA + "DAQ9990000017\nDCSNEMOONEH\nDACMARYAM",
        AAMVA + "DAQ9990000018\nDCSNEMOONEH\nDACMARYAM\nDCGUSA",
        "DAQ12345678\nDCSNEMOONEH\nDACMARYAM",
    ],
    ids=["other-number", "wrong-check", "other-country", "no-header"],
)
def test_a_licence_without_a_national_code_says_so(text):
    assert read_scan(text) == Reading("licence", "", "MARYAM NEMOONEH", "driving-licence", NO_CODE)


def test_a_name_cannot_steer_a_terminal():
    reading = read_scan("DAQ9990000018\nDCS\x1b[2JNEMOONEH\nDAC\x07MARYAM")
    assert reading.name == "MARYAM [2JNEMOONEH"


def test_repr_of_a_reading_shows_nobody():
    reading = read_scan("DAQ9990000018\nDCSNEMOONEH\nDACMARYAM")
    assert repr(reading) == "Reading(kind='licence', document='driving-licence', words='')"


lines = st.lists(st.text("aB9<:\r\n\x1eئ", max_size=20), max_size=6)


@given(lines, st.lists(st.integers(1, 9), max_size=40))
def test_codes_are_the_same_however_the_bytes_were_packed(texts, cuts):
    data = "".join(text + "\r\n" for text in texts).encode()
    whole = Framer(b"\r\n").take(data)
    pieces, framer = [], Framer(b"\r\n")
    for cut in cuts:
        pieces += framer.take(data[:cut])
        data = data[cut:]
    assert pieces + framer.take(data) == whole


@given(st.binary(max_size=5_000), st.sampled_from([b"", b"\r", b"\r\n", b"END"]))
def test_a_framer_holds_no_more_than_a_code_whatever_comes(data, ending):
    framer = Framer(ending)
    for start in range(0, len(data), 700):
        found = framer.take(data[start : start + 700])
        assert all(isinstance(one, Trouble) or 0 < len(one) <= CODE_MAX for one in found)
        assert len(framer._held) < CODE_MAX + max(1, len(ending))
    framer.quiet()
    assert not framer.is_holding


def test_silence_ends_a_code_only_while_no_ending_was_seen():
    framer = Framer(b"\r\n")
    assert framer.take(b"9990000018") == []
    assert framer.patience_s == QUIET_S
    assert framer.quiet() == ["9990000018"]
    assert framer.take(b"one\r\n99900") == ["one"]
    assert framer.patience_s == HALF_S
    assert framer.quiet() == [Trouble(HALF)]
    framer.begin()
    assert framer.patience_s == QUIET_S


def test_another_line_end_than_the_one_that_is_set_is_framing_too():
    framer = Framer(b"\r")
    assert framer.take(b"one\r\ntwo\r\n") == ["one", "two"]
    assert framer.quiet() == []


def test_bytes_that_are_no_text_are_refused_and_what_follows_is_taken():
    framer = Framer(b"\r\n")
    assert framer.take(b"\xc3\x28\r\ngood\r\na\x07b\r\n") == [
        Trouble(GARBLED),
        "good",
        Trouble(GARBLED),
    ]


def test_an_overlong_code_is_told_of_once_and_ends_at_its_ending():
    framer = Framer(b"\r\n")
    found = [one for _ in range(10) for one in framer.take(b"a" * 1000)]
    assert found == [Trouble(TOO_LONG)]
    assert framer.take(b"tail\r") == []
    assert framer.take(b"\ngood\r\n") == ["good"]


def test_an_overlong_code_without_any_ending_ends_with_silence():
    framer = Framer(b"")
    assert framer.take(b"a" * 5000) == [Trouble(TOO_LONG)]
    assert framer.quiet() == []
    assert framer.take(b"good") == []
    assert framer.quiet() == ["good"]
