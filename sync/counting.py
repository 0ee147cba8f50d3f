"""A desk's sums: look-ups and cases, written as totals of its log, never one by one.

    {"kind":"DeskCounted","look_ups_by_code":41,"look_ups_by_name":3,"cases":38, …}

The shell counts since its process began; what stood in the log before is added here. What was
counted in the minutes before a crash is lost: it is a measure, nothing rests on it.
"""

from sync.book import Book
from sync.book_commands import NoteCounts
from sync.book_entries import DeskCounted
from sync.outcomes import Done
from sync.role import Pen

COUNTS_EVERY_MS = 600_000
"""Sums more often would show how long each single case took."""

_NOTHING = NoteCounts(0, 0, 0, 0, 0, 0)


class Counting:
    """Writes the sums of one log."""

    def __init__(self, book: Book, origin: str) -> None:
        self._book = book
        self._origin = origin
        self._base: DeskCounted | None = None
        self._noted_ms = 0

    def note(self, command: NoteCounts, pen: Pen, minute: str) -> Done:
        """Write them if they grew and ten minutes have passed, or at once where that is asked."""
        last = self._book.counted(self._origin) or DeskCounted(0, 0, 0, 0, 0, 0, minute)
        if self._base is None:
            self._base, self._noted_ms = last, pen.steady_ms
        entry = _plus(self._base, command, minute)
        if entry == _plus(last, _NOTHING, minute):
            return Done("No new sums.")
        is_early = pen.steady_ms - self._noted_ms < COUNTS_EVERY_MS
        if is_early and not command.at_once:
            return Done("The sums are written later.")
        self._noted_ms = pen.steady_ms
        return Done("The sums are written.", pen.append(entry).index)


def _plus(base: DeskCounted, more: NoteCounts, minute: str) -> DeskCounted:
    return DeskCounted(
        base.look_ups_by_code + more.look_ups_by_code,
        base.look_ups_by_name + more.look_ups_by_name,
        base.cases + more.cases,
        base.case_minutes + more.case_minutes,
        base.defective_cases + more.defective_cases,
        base.defective_case_minutes + more.defective_case_minutes,
        minute,
    )
