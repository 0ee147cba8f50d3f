"""Persian text and national codes, folded so that what sounds equal compares equal.

    fold("كَريمي")  == fold("کریمی")          Arabic kaf and yeh, harakat
    fold("نیک‌ پور") == fold("نیکپور")          zero-width non-joiner and blanks
    ascii_digits("۰۴۹۹") == ascii_digits("٠٤٩٩") == "0499"

A national code has ten digits; the last is a check digit: r = sum(d[i] * (10 - i)) mod 11 over the
first nine, and the check is r when r < 2, else 11 - r. Codes of one repeated digit are not issued.
"""

import re
import unicodedata
from operator import mul

_LETTERS = str.maketrans(
    {
        "\u064a": "\u06cc",  # Arabic yeh -> Persian yeh
        "\u0649": "\u06cc",  # alef maksura -> Persian yeh
        "\u0643": "\u06a9",  # Arabic kaf -> Persian kaf
        "\u0629": "\u0647",  # teh marbuta -> heh
        "\u06c0": "\u0647",  # heh with yeh above -> heh
        "\u06c1": "\u0647",
        "\u06d5": "\u0647",  # ae -> heh
        "\u0640": None,  # tatweel
    }
)
_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
_INVISIBLE = {"\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\ufeff"}
_INVISIBLE |= {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}

# A roll has two million names and nearly all of them are plain: letters that no form of Unicode
# changes, between single blanks. For these the long way round gives what the short one does.
_PLAIN_LETTERS = "ءآأؤإئابتثجحخدذرزسشصضطظعغفقلمنهوپچژکگی0-9A-Za-z"
_PLAIN = re.compile(f"[{_PLAIN_LETTERS}]+(?:[ \u200c][{_PLAIN_LETTERS}]+)*")
_TO_PLAIN = _LETTERS | _DIGITS
_PLAIN_FOLDS = str.maketrans(
    "آأإؤئABCDEFGHIJKLMNOPQRSTUVWXYZ", "اااویabcdefghijklmnopqrstuvwxyz", " \u200c"
)

_WEIGHTS = (10, 9, 8, 7, 6, 5, 4, 3, 2)
"""Of the nine digits before a national code's check digit."""

_TOO_HIGH = ord("0") * sum(_WEIGHTS)
_CHECK_DIGITS = "01987654321"
"""By the remainder of the weighted sum."""


def ascii_digits(text: str) -> str:
    """The same text with Persian and Arabic digits as ASCII ones."""
    return text if text.isascii() else text.translate(_DIGITS)


def normal(text: str) -> str:
    """The one spelling that is stored: Persian letters, ASCII digits, single blanks, NFC."""
    if _PLAIN.fullmatch(text):
        return text
    plain = " ".join(text.translate(_TO_PLAIN).split())
    return plain if _PLAIN.fullmatch(plain) else _normal(text)


def fold(text: str) -> str:
    """The form in which names are compared: no vowel marks, joiners, blanks or case."""
    one = normal(text)
    return one.translate(_PLAIN_FOLDS) if _PLAIN.fullmatch(one) else _fold(one)


def _normal(text: str) -> str:
    """`normal` of any text."""
    letters = unicodedata.normalize("NFC", text).translate(_LETTERS).translate(_DIGITS)
    seen = "".join(c for c in letters if c == "\u200c" or c not in _INVISIBLE)
    return unicodedata.normalize("NFC", " ".join(seen.split())).translate(_LETTERS)


def _fold(normal_text: str) -> str:
    """`fold` of any text that is normal."""
    parts = unicodedata.normalize("NFKD", normal_text)
    kept = (c for c in parts if not unicodedata.combining(c) and c not in _INVISIBLE)
    return "".join(c for c in kept if not c.isspace()).casefold().translate(_LETTERS)


def national_code_problem(code: str) -> str | None:
    """Why `code` (already in ASCII digits) is no national code, in words; None if it is one."""
    if not code.isascii() or not code.isdigit():
        return "A national code has digits only."
    if len(code) != 10:
        return f"A national code has ten digits; this one has {len(code)}."
    if code == code[0] * 10:
        return "Ten equal digits are not a national code."
    if code[9] != _check_digit(code):
        return "The last digit does not fit the others: a digit is wrong or two are swapped."
    return None


def with_check_digit(nine: str) -> str:
    """Complete nine digits to a national code."""
    assert nine.isascii(), "ASCII digits are needed"
    assert nine.isdigit(), "digits are needed"
    assert len(nine) == 9, "nine of them"
    return nine + _check_digit(nine)


def _check_digit(code: str) -> str:
    """Of the first nine digits."""
    # Bytes are used instead of their digits: the sum runs without a step of Python.
    rest = (sum(map(mul, code.encode(), _WEIGHTS)) - _TOO_HIGH) % 11
    return _CHECK_DIGITS[rest]
