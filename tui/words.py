"""The language of the screens: gettext catalogues, one choice for the whole program.

    use("fa")                                   before any screen is imported
    _("Give the card to the voter.")            in Persian, or in English where none is known
    ngettext("{n} person", "{n} people", n)     the form that fits the number
    said("Card 7 taken.")                       a node's sentence, which arrives in English

English is written in the source and needs no catalogue. Tables of keys and columns are made when
their module is imported, so the choice comes first: whoever starts a screen calls `use`, then
imports it. Placeholders stand in braces and are filled after translation:

    _("Checked in {count}").format(count=3)

A node speaks English whoever listens: its words stand in logs and in other programs' hands. `said`
finds each sentence among the templates of the catalogue `node`, fills in what stood at their
places, sets the date of Iran beside a moment, and leaves what it does not know in English.
"""

import re
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Literal

from tui.jalali import beside_utc_minute

Language = Literal["en", "fa"]
LANGUAGES: tuple[Language, ...] = ("en", "fa")
LANGUAGE_NAMES: dict[Language, str] = {"en": "English", "fa": "فارسی"}

CATALOGUES = Path(__file__).parent / "catalogues"
SCREENS, NODE = "screens", "node"
"""What the screens say themselves; sentences of the node, with {0} and {1} where values stand."""

PLACE = re.compile(r"\{([0-9])\}")
PLACES_DEEP_MAX = 4
"""A sentence inside a sentence inside …: deeper ones stay in English."""

_SENTENCE_LETTERS_MAX = 2000
_SENTENCE_ENDS = re.compile(r"(?<=[.?!]) +(?=[A-Z{])")
_MINUTE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}Z")


class _Chosen:
    """The one choice of this program."""

    language: Language = "en"
    screens: NullTranslations = NullTranslations()


def use(language: Language) -> None:
    """Speak `language` from now on. Call it before screens are imported."""
    _Chosen.language = language
    _Chosen.screens = catalogue(SCREENS, language)
    _node_templates.cache_clear()
    said.cache_clear()


def language() -> Language:
    """The language that was chosen."""
    return _Chosen.language


def _(message: str) -> str:
    """`message` in the chosen language. The empty message stays empty."""
    return _Chosen.screens.gettext(message) if message else message


def ngettext(one: str, many: str, count: int) -> str:
    """The form that fits `count`, its placeholders still to be filled."""
    return _Chosen.screens.ngettext(one, many, count)


@lru_cache(1024)
def said(words: str) -> str:
    """What the node said, in the chosen language as far as its catalogue goes."""
    if _Chosen.language == "en" or len(words) > _SENTENCE_LETTERS_MAX:
        return words
    return _said(words, PLACES_DEEP_MAX)


def catalogue(domain: str, language: Language) -> NullTranslations:
    """A compiled catalogue; the empty one for English and where none was made."""
    path = CATALOGUES / language / "LC_MESSAGES" / f"{domain}.mo"
    if language == "en" or not path.exists():
        return NullTranslations()
    with path.open("rb") as file:
        return GNUTranslations(file)


def sentences(text: str) -> list[str]:
    """A text's sentences, as the node's own and as templates alike."""
    return [one for one in _SENTENCE_ENDS.split(text.strip()) if one]


def _said(words: str, deep: int) -> str:
    """Sentence by sentence if each is known, else as a whole, else what is known of it."""
    parts = [_known(one, deep) for one in sentences(words)]
    if None in parts and (whole := _known(words.strip(), deep)) is not None:
        return whole
    known = zip(parts, sentences(words), strict=True)
    return " ".join(part if part is not None else english for part, english in known)


def _known(words: str, deep: int) -> str | None:
    """One sentence in the chosen language; None if no template makes it."""
    for pattern, translated in _node_templates():
        if found := pattern.fullmatch(words):
            return _filled(translated, [_value(one, deep) for one in found.groups()])
    return None


def _value(text: str, deep: int) -> str:
    """What stands at a place: a moment, words, or something that has no language."""
    if _MINUTE.fullmatch(text):
        return beside_utc_minute(text)
    return _said(text, deep - 1) if deep else text


def _filled(template: str, values: list[str]) -> str:
    return PLACE.sub(lambda place: values[int(place.group(1))], template)


@lru_cache(1)
def _node_templates() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Templates as patterns, the most particular ones first."""
    known = catalogue(NODE, _Chosen.language)
    messages: dict[str, str] = getattr(known, "_catalog", {})
    # Gettext offers no way to list a catalogue; this name has stood since Python 2.
    ordered = sorted(
        ((message, text) for message, text in messages.items() if message),
        key=lambda pair: -len(PLACE.sub("", pair[0])),
    )
    return tuple((template_pattern(message), text) for message, text in ordered)


def template_pattern(template: str) -> re.Pattern[str]:
    """What matches the sentences made from a template such as `Card {0} taken.`; groups by place.

    Places stand in order, {0} first, because the sentences are read from the source that way.
    """
    parts = PLACE.split(template)
    return re.compile("(.+?)".join(map(re.escape, parts[::2])), re.DOTALL)
