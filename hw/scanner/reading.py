"""What a scanned text is: a national code, a document, a card, or just text.

    read_scan("]C1۹۹۹۰۰۰۰۰۱۸") == Reading("national-code", national_code="9990000018")
    read_scan("NC:9990000018") == the same
    read_scan("I<IRN…")        == Reading("mrz", "9990000018", "MARYAM NEMOONEH", "national-card")
    read_scan("PM1:…")         == Reading("card", text="PM1:…")
    read_scan("مریم")          == Reading("text", text="مریم")

It takes any text, as the scanner or the keyboard gave it and before any normalisation, and never
raises. Text that came through the Persian keyboard layout is undone only when it then is one of
the known forms and sound: a name that a person typed stays as typed.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Literal

from hw.scanner.framing import CODE_MAX
from hw.scanner.licence import read_licence
from hw.scanner.mrz import Zone, read_zone
from hw.scanner.national_code import national_code_problem
from hw.scanner.persian_keys import from_persian_layout, may_be_persian_layout

Kind = Literal["national-code", "mrz", "licence", "card", "text"]
Document = Literal["", "national-card", "passport", "driving-licence"]

COUNTRY = "IRN"
"""Ten digits on another country's document are another number, even when the check fits."""

CARD_PREFIXES = ("PM1:", "PM2:")
CODE_PREFIX = "NC:"
"""Before a national code, in a QR code or Code 128 that says what it holds."""

TOO_LONG = "This is longer than any code that is used here. Scan one code at a time."
NO_CODE = "This document shows no national code of Iran. Type the national code."

_AIM = re.compile(r"\A\][A-Za-z][0-9A-Za-z]")
"""A symbology identifier, e.g. "]Q3" before a QR code (ISO/IEC 15424)."""

_AROUND = " \t\r\n\x00\x02\x03\x04\x1c\x1d\x1e\x1f\ufeff\xa0"
_CARD = re.compile(r"PM[12]:[A-Z2-7]+")


@dataclass(frozen=True)
class Reading:
    """What a text is. With `words` there is a problem, and no national code is given.

    `national_code`: ten ASCII digits, checked, or empty. `name`: of a sound document only.
    `text`: of a card or plain text.
    """

    kind: Kind
    national_code: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    document: Document = ""
    words: str = ""
    text: str = field(default="", repr=False)


def read_scan(text: str) -> Reading:
    """What `text` is."""
    if len(text) > CODE_MAX:
        return Reading("text", words=TOO_LONG)
    plain = _plain(text)
    if known := _known(plain):
        return known
    if may_be_persian_layout(plain):
        undone = _plain(from_persian_layout(plain))
        known = _known(undone)
        if known and known.kind == "card" and not _CARD.fullmatch(known.text):
            known = None
        if known and (not known.words or known.words == NO_CODE):
            return known
        if known and known.kind == "mrz" and known.document:
            # A whole zone, damaged: the words help, and the text is left alone.
            return Reading("text", words=known.words, text=_shown(plain))
    return Reading("text", text=_shown(plain))


def _known(text: str) -> Reading | None:
    """The known form that `text` is, sound or not."""
    upper = text.upper()
    if upper.startswith(CARD_PREFIXES):
        return Reading("card", text=_shown(upper))
    if upper.startswith(CODE_PREFIX):
        return _code(text[len(CODE_PREFIX) :].strip())
    if re.fullmatch(r"[0-9]{10}", text):
        return _code(text)
    zone = read_zone(text)
    if isinstance(zone, Zone):
        return _found("mrz", zone.document, zone.issuer, zone.name, zone.optional)
    if zone is not None:
        return Reading("mrz", document=zone.document, words=zone.words)
    if licence := read_licence(text):
        country = licence.country or COUNTRY
        name = _shown(licence.name)
        return _found("licence", "driving-licence", country, name, licence.numbers)
    return None


def _code(digits: str) -> Reading:
    problem = national_code_problem(digits)
    return Reading("national-code", "" if problem else digits, words=problem)


def _found(
    kind: Kind, document: Document, country: str, name: str, numbers: tuple[str, ...]
) -> Reading:
    """A sound document, with the first of its numbers that is a national code."""
    tens = [number for number in numbers if re.fullmatch(r"[0-9]{10}", number)]
    codes = [number for number in tens if not national_code_problem(number)]
    if country == COUNTRY and codes:
        return Reading(kind, codes[0], name, document)
    return Reading(kind, name=name, document=document, words=NO_CODE)


def _plain(text: str) -> str:
    """Without framing and symbology identifier, digits of any script as ASCII ones."""
    bare = _AIM.sub("", text.strip(_AROUND), count=1).strip(_AROUND)
    return "".join(map(_ascii_digit, bare))


def _ascii_digit(letter: str) -> str:
    digit = unicodedata.decimal(letter, None)
    return letter if digit is None else str(digit)


def _shown(text: str) -> str:
    """Without what would steer a terminal or cannot be stored."""
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs"))
