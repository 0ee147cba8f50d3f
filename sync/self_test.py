"""A station looks at itself and writes down what it found: what was tried, and what failed.

    {"kind":"SelfTested","minute":"2026-11-27T05:12Z","passed":["signature","store-write"],
     "failed":["clock"]}

Names only: no path, no figure, nobody. Whoever holds the log sees when this station was last well.
What does not exist at a station (a box has no roll) stands in neither list.
"""

from typing import Annotated, Literal

from msgspec import Meta

from sync.entry_base import EntryBase, Minute

Tested = Literal[
    "signature",
    "store-write",
    "store-whole",
    "package",
    "roll",
    "clock",
    "space",
    "peripherals",
]
TESTED: tuple[Tested, ...] = (
    "signature",
    "store-write",
    "store-whole",
    "package",
    "roll",
    "clock",
    "space",
    "peripherals",
)
Names = Annotated[tuple[Tested, ...], Meta(max_length=len(TESTED))]


class SelfTested(EntryBase, frozen=True):
    """This station tried itself: what passed, what failed."""

    minute: Minute
    passed: Names
    failed: Names


def self_test_words(entry: SelfTested | None) -> str:
    """How the last self-test ended, for a line on a screen; empty if there was none."""
    if entry is None:
        return ""
    if entry.failed:
        return f"failed at {entry.minute}: {', '.join(entry.failed)}"
    return f"passed at {entry.minute}"
