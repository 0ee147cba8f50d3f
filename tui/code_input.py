"""The desk's one input: hands type into it, and scanners that are keyboards.

    9990000018 Enter                          one line, looked up SCAN_QUIET_S after its Enter
    I<IRN… Enter 8503… Enter AHMADI<<… Enter  an identity card's zone: three lines, one scan
    مریم Enter                                a hand's Enter: looked up at once

A scanner ends each line with Enter. So what came at a scanner's pace, or holds the fillers of a
machine-readable zone, is held back until no key has come for a moment; then all its lines are one
text. It goes to the node just as it came: what it is, the node reads.
"""

import time
from collections.abc import Callable

from textual import events
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

from sync.entry_base import Means
from tui.typing_pace import TypingPace
from tui.view_models import ENTERED_LETTERS_MAX, looks_like_zone

SCAN_QUIET_S = 0.3
"""Longer than a scanner rests between two lines (under 0.1 s), too short for a worker to mind."""

JOINERS = "\u200c\u200d"
"""Zero-width (non-)joiner: not printable, yet part of names, and of codes on a Persian layout."""

ENTER_KEYS = {"enter", "ctrl+j"}
"""Return and line feed: scanners end lines with either, or both."""

SEPARATOR_KEYS = {
    "ctrl+backslash",
    "ctrl+right_square_bracket",
    "ctrl+circumflex_accent",
    "ctrl+underscore",
}
"""A licence's separators (FS, GS, RS, US) as a scanner types them: no person's correction."""


class CodeInput(Input):
    """It knows whether a scanner or a hand typed what it holds."""

    class Entered(Message):
        """A text to look up, lines joined by newlines, and how it came."""

        def __init__(self, text: str, means: Means, is_pasted: bool) -> None:
            super().__init__()
            self.text = text
            self.means = means
            self.is_pasted = is_pasted

    class Scanning(Message):
        """A line has come; more may follow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        # One letter more than is taken, so that too long is seen and said, not cut.
        super().__init__(
            id="code",
            placeholder="National code, or the start of a name",
            max_length=ENTERED_LETTERS_MAX + 1,
        )
        self._pace = TypingPace()
        self._clock = clock
        self._lines: list[str] = []
        self._quiet: Timer | None = None
        self._is_pasted = False

    def _on_key(self, event: events.Key) -> None:
        """Before the same method of `Input`, which puts a printable character in.

        Enter is taken here: as a binding it would come round by the program, behind the first
        characters of a scanner's next line.
        """
        if event.character and (event.is_printable or event.character in JOINERS):
            self._pace.character(self._clock())
            self._wait_for_quiet()
            if event.character in JOINERS:
                self.replace(event.character, *self.selection)
        elif event.key in ENTER_KEYS:
            event.stop()
            event.prevent_default()
            self._line_ended()
        elif event.key not in SEPARATOR_KEYS:
            self._pace.corrected()

    def _on_paste(self, event: events.Paste) -> None:
        """Before the same method of `Input`, which puts the first line in."""
        self._pace.corrected()
        self._is_pasted = True

    def empty(self) -> None:
        """Ready for the next voter; what is half scanned is dropped."""
        self.value = ""
        self._forget()

    def _line_ended(self) -> None:
        text = self.value
        if not text and self._lines:
            return
        if not self._lines and not self._may_go_on(text):
            means = self._pace.means(len(text))
            is_pasted = self._is_pasted
            self._forget()
            self.post_message(self.Entered(text, means, is_pasted))
            return
        # A scan that is too long keeps one line too many and no more.
        if text and sum(map(len, self._lines)) <= ENTERED_LETTERS_MAX:
            self._lines.append(text)
        self.value = ""
        self.post_message(self.Scanning())
        self._wait_for_quiet()

    def _may_go_on(self, text: str) -> bool:
        """Is this line a scanner's?"""
        if self._is_pasted:
            return False
        is_scanned = self._pace.means(len(text)) == "scanned"
        return is_scanned or looks_like_zone(text) or self._pace.is_lone_scanned(self._clock())

    def _wait_for_quiet(self) -> None:
        """Begin to wait anew, if a scan is being collected."""
        if self._lines:
            if self._quiet is None:
                self._quiet = self.set_timer(SCAN_QUIET_S, self._whole)
            self._quiet.reset()

    def _whole(self) -> None:
        """Nothing more comes: the lines are one text."""
        lines = [*self._lines, self.value] if self.value else self._lines
        means = self._pace.means(sum(map(len, lines)))
        text = "\n".join(lines)
        self._forget()
        self.value = text if len(lines) == 1 else ""
        self.post_message(self.Entered(text, means, False))

    def _forget(self) -> None:
        if self._quiet is not None:
            self._quiet.stop()
            self._quiet = None
        self._lines = []
        self._is_pasted = False
        self._pace.clear()
