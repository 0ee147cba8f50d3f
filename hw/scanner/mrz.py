"""The machine-readable zone of an identity card (TD1) or a passport (TD3), with all its checks.

    I<IRNB123456785<<<<<<<<<<<<<<<        TD1, 3 lines of 30: number and its check digit, optional
    8503069F3103067IRN9990000018<6        birth, sex, expiry, nationality, optional, check of all
    NEMOONEH<<MARYAM<SARA<<<<<<<<<        family name << given names

    P<IRNNEMOONEH<<MARYAM<SARA<<<<<…        TD3, 2 lines of 44
    B123456785IRN8503069F310306799…       as above; optional data is the personal number

Source: ICAO Doc 9303, part 3 section 4.9 (check digits: weights 7, 3, 1; A is 10 to Z 35, < is 0;
modulo 10), part 4 (TD3) and part 5 (TD1). The line breaks may be any blanks, or missing.

A check digit does not see every fault: letters and digits whose values differ by ten are the same
to it (0 and A, 1 and B, < and 0). In dates only digits and fillers are taken, so there all are
seen; a national code has its own check besides.
"""

import re
from dataclasses import dataclass, field
from typing import Literal

TD1_LETTERS, TD3_LETTERS = 90, 88
MRZ_PART_LETTERS = 30
"""The shortest line of a zone; shorter text with fillers is not taken for a part of one."""

_ZONE = re.compile(r"[A-Z0-9<]+")
_BLANKS = re.compile(r"[\s\x00-\x1f]+")
_DATE = re.compile(r"[0-9<]{6}")

Document = Literal["national-card", "passport"]


@dataclass(frozen=True)
class Zone:
    """What a sound zone says. `optional` are its fields for the State's own use."""

    document: Document
    issuer: str
    name: str = field(repr=False)
    optional: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class ZoneProblem:
    """It is a zone, and not sound. Words name the field, never what it says."""

    words: str
    document: Literal["", "national-card", "passport"] = ""


@dataclass(frozen=True)
class _Field:
    label: str
    text: str = field(repr=False)
    check: str = field(repr=False)
    is_date: bool = False
    may_be_unchecked: bool = False

    @property
    def is_sound(self) -> bool:
        if self.is_date and not _DATE.fullmatch(self.text):
            return False
        if self.may_be_unchecked and not self.text.strip("<") and self.check == "<":
            return True
        return self.check == check_digit(self.text)


def check_digit(text: str) -> str:
    """The check digit of capitals, digits and fillers (Doc 9303-3, 4.9)."""
    values = (0 if c == "<" else int(c, 36) for c in text)
    return str(sum(value * (7, 3, 1)[place % 3] for place, value in enumerate(values)) % 10)


def read_zone(text: str) -> Zone | ZoneProblem | None:
    """The zone that `text` is; None if it does not look like one."""
    letters = _BLANKS.sub("", text).upper()
    if not _ZONE.fullmatch(letters):
        return None
    numbers = sum(c in "0123456789<" for c in letters)
    # Two dates and four check digits make sixteen; a few may be misread.
    if len(letters) == TD1_LETTERS and letters[0] in "ACI" and numbers >= 12:
        return _td1(letters[:30], letters[30:60], letters[60:])
    if len(letters) == TD3_LETTERS and letters[0] == "P" and numbers >= 12:
        return _td3(letters[:44], letters[44:])
    if len(letters) >= MRZ_PART_LETTERS and "<<" in letters:
        return ZoneProblem(
            "This is only a part of an identity card's or passport's code, or another document. "
            "Scan the whole code again, or type the national code."
        )
    return None


def _td1(one: str, two: str, three: str) -> Zone | ZoneProblem:
    number, optional = _Field("document number", one[5:14], one[14]), one[15:]
    if number.check == "<" and number.text.strip("<"):
        # A number of more than nine goes on in the optional data, up to its check digit.
        rest, _, optional = optional.partition("<")
        number = _Field("document number", number.text + rest[:-1], rest[-1:])
    fields = (
        number,
        _Field("date of birth", two[:6], two[6], is_date=True),
        _Field("date of expiry", two[8:14], two[14], is_date=True),
        _Field("whole code", one[5:] + two[:7] + two[8:15] + two[18:29], two[29]),
    )
    unsound = _unsound("national-card", fields)
    return unsound or Zone("national-card", one[2:5], _name(three), _plain(optional, two[18:29]))


def _td3(one: str, two: str) -> Zone | ZoneProblem:
    fields = (
        _Field("document number", two[:9], two[9]),
        _Field("date of birth", two[13:19], two[19], is_date=True),
        _Field("date of expiry", two[21:27], two[27], is_date=True),
        _Field("personal number", two[28:42], two[42], may_be_unchecked=True),
        _Field("whole code", two[:10] + two[13:20] + two[21:43], two[43]),
    )
    unsound = _unsound("passport", fields)
    return unsound or Zone("passport", one[2:5], _name(one[5:]), _plain(two[28:42]))


def _unsound(document: Document, fields: tuple[_Field, ...]) -> ZoneProblem | None:
    for one in fields:
        if not one.is_sound:
            words = (
                f"The check digit of the {one.label} does not fit. Wipe the document and scan it "
                "again, or type the national code."
            )
            return ZoneProblem(words, document)
    return None


def _name(letters: str) -> str:
    """Given names, then the family name, as people say them."""
    family, _, given = letters.partition("<<")
    return " ".join(" ".join((given, family)).replace("<", " ").split())


def _plain(*optional: str) -> tuple[str, ...]:
    return tuple(stripped for text in optional if (stripped := text.strip("<")))
