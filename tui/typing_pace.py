"""Scanned or typed? A scanner is a keyboard that types faster than any hand.

The log keeps by which means a national code came, because a desk where nothing is ever scanned is
worth a supervisor's question. The pace decides: under 50 ms a character on average is a scanner.
Any correction, pasted text or arrow key makes it typed.
"""

from sync.entries import Means

SCANNER_MS_MAX = 50.0
"""Average from one character to the next. A fast typist needs about 100 ms."""


class TypingPace:
    """Times of the characters of one input, from empty to Enter."""

    def __init__(self) -> None:
        self._times_s: list[float] = []
        self._by_hand = False

    def character(self, now_s: float) -> None:
        """One character arrived."""
        self._times_s.append(now_s)

    def corrected(self) -> None:
        """A person edited the input."""
        self._by_hand = True

    def clear(self) -> None:
        """The input is empty again."""
        self._times_s.clear()
        self._by_hand = False

    def means(self, characters: int) -> Means:
        """How an input of this many characters came about."""
        times = self._times_s
        if self._by_hand or len(times) < 2 or len(times) != characters:
            return "typed"
        average_ms = (times[-1] - times[0]) / (len(times) - 1) * 1000
        return "scanned" if average_ms < SCANNER_MS_MAX else "typed"
