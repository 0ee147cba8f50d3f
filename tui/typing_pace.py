"""Scanned or typed? A scanner is a keyboard that types faster than any hand.

The log keeps by which means a national code came, because a desk where nothing is ever scanned is
worth a supervisor's question. The pace decides: under 50 ms a character on average is a scanner.
Any correction, pasted text or arrow key makes it typed.
"""

import math

from sync.entry_base import Means

SCANNER_MS_MAX = 50.0
"""Average from one character to the next. A fast typist needs about 100 ms."""


class TypingPace:
    """Times of the characters of one input, from empty to its last Enter."""

    def __init__(self) -> None:
        self._count = 0
        self._first_s = self._last_s = 0.0
        self._by_hand = False

    def character(self, now_s: float) -> None:
        """One character arrived."""
        if self._count == 0:
            self._first_s = now_s
        self._last_s = now_s
        self._count += 1

    def corrected(self) -> None:
        """A person edited the input."""
        self._by_hand = True

    def clear(self) -> None:
        """The input is empty again."""
        self._count = 0
        self._by_hand = False

    def means(self, characters: int) -> Means:
        """How an input of this many characters came about."""
        if self._by_hand or self._count < 2 or self._count != characters:
            return "typed"
        average_ms = (self._last_s - self._first_s) / (self._count - 1) * 1000
        return "scanned" if average_ms < SCANNER_MS_MAX else "typed"

    def is_lone_scanned(self, enter_s: float) -> bool:
        """One character and Enter right behind it: the first line of a licence, "@"."""
        is_quick = enter_s - self._first_s < SCANNER_MS_MAX / 1000
        return self._count == 1 and is_quick and not self._by_hand


class Burst:
    """A scanner's keys where nothing takes text: there its digits would be taken for choices."""

    def __init__(self) -> None:
        self._last_s = -math.inf

    def clear(self) -> None:
        """What comes next is nobody's second key."""
        self._last_s = -math.inf

    def character(self, now_s: float) -> bool:
        """One character arrived: does it follow the one before faster than a hand's?"""
        is_quick = self.is_going_on(now_s)
        self._last_s = now_s
        return is_quick

    def is_going_on(self, now_s: float) -> bool:
        """Did a character arrive just now?"""
        return now_s - self._last_s < SCANNER_MS_MAX / 1000
