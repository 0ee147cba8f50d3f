"""What a node answered, with its sentences in the language of the screen and Iran's dates in them.

    heard(Done("Card 7 taken."))            Done("کارت 7 تحویل شد.")         on a Persian screen
    heard(Done("At 2026-11-27T05:12Z."))    Done("At 2026-11-27 05:12 UTC (1405/09/06 08:42).")

Only fields that hold words for people are touched; ids, states and codes, on which screens decide,
stay as they came.
"""

import re
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from sync.views import FoundVoter
from tui.jalali import beside_utc_minute
from tui.words import said

_MINUTE = re.compile(r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}Z")

SPOKEN = frozenset(
    {
        "words",
        "problem",
        "alarms",
        "warnings",
        "book_warnings",
        "needs",
        "network",
        "notes",
        "faults",
        "forks",
        "double_check_ins",
        "last_action",
        "last_refusal",
        "why",
        "finger",
        "paused",
        "self_test",
        "values",
    }
)
"""Names of fields that hold sentences, whatever answer they stand in."""


def heard(answer: Any) -> Any:
    """The same answer, its sentences translated as far as the catalogue goes."""
    if isinstance(answer, tuple):
        return tuple(heard(one) for one in answer)
    if not isinstance(answer, Struct):
        return answer
    changed = {}
    for name in answer.__struct_fields__:
        old = getattr(answer, name)
        is_spoken = name in SPOKEN or (name == "standing" and isinstance(answer, FoundVoter))
        new = _spoken(old) if is_spoken else heard(old)
        if new is not old and new != old:
            changed[name] = new
    return replace(answer, **changed) if changed else answer


def _spoken(value: Any) -> Any:
    """A sentence, or sentences in tuples; anything else is looked into as an answer is."""
    if isinstance(value, str):
        return _MINUTE.sub(lambda found: beside_utc_minute(found.group()), said(value))
    if isinstance(value, tuple):
        return tuple(_spoken(one) for one in value)
    return heard(value)
