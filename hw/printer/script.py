"""Text as a printer's picture needs it: broken into lines, joined, and in the order it is seen.

    is_right_to_left("صندوق a-box-1")   -> True: the first strong letter is Persian
    lines("one two three", 8)           -> ["one two", "three"]
    visual("رأی ۱۲۳", right_to_left=True) -> "۱۲۳ " and then the joined letters, last one first

Every letter takes one cell of a fixed width; marks and hamza stand on the letter before them and
take none. What is seen is that of the Unicode Bidirectional Algorithm (UAX #9), with one thing
added: in a Persian line every Latin name and every number is isolated, as if a careful writer had
put U+2066 and U+2069 around it. Without that "2026-11-22" after a Persian word is seen as
"22-11-2026", and "a-box-1: ۱۲۳" takes the number for a part of the name.

Text may hold anything. What is no letter, or none that this Python knows, is seen as U+FFFD.
"""

import re
import unicodedata

from arabic_reshaper import ArabicReshaper
from bidi.algorithm import get_display

_RIGHT_TO_LEFT = ("R", "AL")
_ZERO_WIDTH_NON_JOINER, _ZERO_WIDTH_JOINER = "\u200c", "\u200d"
_NEUTRAL = range(0x1F030, 0x1F094)
"""Domino tiles: neutral to the algorithm, so one stands for an isolated part of a line."""

_RESHAPER = ArabicReshaper(
    configuration={
        "delete_harakat": False,
        # Lam with alef is no ornament: every reader expects the one shape. Others stay off.
        "support_ligatures": True,
        "ARABIC LIGATURE ALLAH": False,
    }
)
_COMPOSED = {
    "\u0647\u0654": "\u06c0",  # heh and hamza above, as most keyboards write it
    "\u06cc\u0654": "\u0626",  # Persian yeh and hamza above
}
_HEH_WITH_HAMZA = {"\ufba4": "\ufee9\u0654", "\ufba5": "\ufeea\u0654"}
"""The printer's font lacks both; heh with the hamza as a mark above it says the same."""

_UNKNOWN = "\ufffd"
"""Stands for what cannot be drawn: the reader sees that something was there."""

_NO_LETTER = ("Cc", "Cn", "Co", "Cs")
"""Control, not assigned, private use, half of a pair of surrogates."""

_MARKED_LETTERS = 4
"""Letters with all their marks in one cell, on average over a line: more is no language, and a
line of marks alone, which take no cell, would never end."""

_WORD = r"[+-]?[A-Za-z0-9](?:[!-~]*[A-Za-z0-9])?"
_DIGIT = r"0-9\u0660-\u0669\u06f0-\u06f9"
_LEFT_TO_RIGHT_PART = re.compile(
    rf"(?<![!-~])(?=[!-~]*[A-Za-z]){_WORD}(?: {_WORD})*"
    rf"|(?:(?<![^\s(])[+-])?[{_DIGIT}](?:[{_DIGIT}:/.,\u066b\u066c+-]*[{_DIGIT}])?"
)
"""Latin words with what stands between them, or a number, a date, a time."""


def is_right_to_left(text: str) -> bool:
    """Is the first strong letter one of a right-to-left script?"""
    for letter in text:
        kind = unicodedata.bidirectional(letter)
        if kind in (*_RIGHT_TO_LEFT, "L"):
            return kind != "L"
    return False


def is_mark(letter: str) -> bool:
    """Does it stand on another letter, and take no cell?"""
    return unicodedata.combining(letter) != 0


def cells(text: str) -> int:
    """How many cells `text` takes in a line; a lam with its alef is counted as two."""
    return sum(not is_mark(letter) for letter in _plain(text) if not _is_joint(letter))


def lines(text: str, columns: int) -> list[str]:
    """`text` in logical order, broken at newlines, at blanks, and within words that do not fit."""
    broken: list[str] = []
    for paragraph in text.split("\n"):
        broken.append("")
        for word in paragraph.split():
            together = f"{broken[-1]} {word}" if broken[-1] else word
            if _fits(together, columns):
                broken[-1] = together
                continue
            pieces = _pieces(word, columns)
            broken = broken if broken[-1] else broken[:-1]
            broken.extend(pieces)
    return broken


def visual(text: str, right_to_left: bool) -> str:
    """One line's glyphs from left to right; a mark comes before the letter it stands on."""
    plain = _plain(text)
    apart: dict[str, str] = {}
    if right_to_left:
        tiles = (chr(tile) for tile in _NEUTRAL if chr(tile) not in plain)

        def isolate(part: re.Match[str]) -> str:
            tile = next(tiles, None)
            if tile is None:
                return part.group()
            apart[tile] = part.group()
            return tile

        plain = _LEFT_TO_RIGHT_PART.sub(isolate, plain)
    shaped = _RESHAPER.reshape(plain)
    for letter, instead in _HEH_WITH_HAMZA.items():
        shaped = shaped.replace(letter, instead)
    seen = str(get_display(shaped, base_dir="R" if right_to_left else "L"))
    return "".join(apart.get(letter, letter) for letter in seen if not _is_joint(letter))


def _plain(text: str) -> str:
    """Composed; of format letters only the two that say what is joined are left."""
    text = unicodedata.normalize("NFC", text)
    for apart, composed in _COMPOSED.items():
        text = text.replace(apart, composed)
    return "".join(map(_seen, text))


def _seen(letter: str) -> str:
    kind, category = unicodedata.bidirectional(letter), unicodedata.category(letter)
    if letter.isspace():
        return " "
    # Nobody sees a format letter, but for those that hold a number, as U+06DD does.
    if category == "Cf" and kind != "AN":
        return letter if _is_joint(letter) else ""
    # python-bidi gives up on a letter without a class.
    return _UNKNOWN if category in _NO_LETTER or not kind else letter


def _is_joint(letter: str) -> bool:
    return letter in (_ZERO_WIDTH_NON_JOINER, _ZERO_WIDTH_JOINER)


def _fits(text: str, columns: int) -> bool:
    return len(text) <= _MARKED_LETTERS * columns and cells(text) <= columns


def _pieces(word: str, columns: int) -> list[str]:
    """A word in pieces that fit; a mark stays with its letter."""
    pieces = [""]
    for letter in word:
        if not _fits(pieces[-1] + letter, columns):
            pieces.append("")
        pieces[-1] += letter
    return pieces
