"""Persian text and national codes, folded so that what sounds equal compares equal.

    fold("كَريمي")  == fold("کریمی")          Arabic kaf and yeh, harakat
    fold("نیک‌ پور") == fold("نیکپور")          zero-width non-joiner and blanks
    ascii_digits("۰۴۹۹") == ascii_digits("٠٤٩٩") == "0499"

A national code has ten digits; the last is a check digit: r = sum(d[i] * (10 - i)) mod 11 over the
first nine, and the check is r when r < 2, else 11 - r. Codes of one repeated digit are not issued.
"""

import unicodedata

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


def ascii_digits(text: str) -> str:
    """The same text with Persian and Arabic digits as ASCII ones."""
    return text.translate(_DIGITS)


def normal(text: str) -> str:
    """The one spelling that is stored: Persian letters, ASCII digits, single blanks, NFC."""
    letters = unicodedata.normalize("NFC", text).translate(_LETTERS).translate(_DIGITS)
    seen = "".join(c for c in letters if c == "\u200c" or c not in _INVISIBLE)
    return unicodedata.normalize("NFC", " ".join(seen.split())).translate(_LETTERS)


def fold(text: str) -> str:
    """The form in which names are compared: no vowel marks, joiners, blanks or case."""
    parts = unicodedata.normalize("NFKD", normal(text))
    kept = (c for c in parts if not unicodedata.combining(c) and c not in _INVISIBLE)
    return "".join(c for c in kept if not c.isspace()).casefold().translate(_LETTERS)


def national_code_problem(code: str) -> str | None:
    """Why `code` (already in ASCII digits) is no national code, in words; None if it is one."""
    if not code.isascii() or not code.isdigit():
        return "A national code has digits only."
    if len(code) != 10:
        return f"A national code has ten digits; this one has {len(code)}."
    if len(set(code)) == 1:
        return "Ten equal digits are not a national code."
    if code[9] != _check_digit(code[:9]):
        return "The last digit does not fit the others: a digit is wrong or two are swapped."
    return None


def with_check_digit(nine: str) -> str:
    """Complete nine digits to a national code."""
    assert nine.isdigit(), "digits are needed"
    assert len(nine) == 9, "nine of them"
    return nine + _check_digit(nine)


def _check_digit(nine: str) -> str:
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(nine)) % 11
    return str(rest if rest < 2 else 11 - rest)
