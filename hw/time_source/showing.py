"""What all time sources share: the words that compare their time with this computer's clock.

    within a second      ready      "This computer's clock agrees with the satellites."
    up to a minute       ready      "This computer's clock is 3 s behind the satellites."
    more                 attention  the same, and what to do
    no time to be had    attention  the reading is None: an old one would mislead

Nothing here is a rule: who is right is for people to find out.
"""

from datetime import UTC, datetime

from hw.peripheral import Keeper
from hw.time_source import TimeReading

AGREES_MS = 1500
"""A receiver tells a second up to a second late, so less is no difference."""

FLAGGED_MS = 60_000
"""More than a minute off: entries will look out of order to whoever reads them."""


class ClockKeeper(Keeper):
    """A time source writes `_serve`, which calls `_take` or `_lose`."""

    _reading: TimeReading | None = None

    @property
    def reading(self) -> TimeReading | None:
        """The last reading; None while the source has no time to tell."""
        return self._reading

    def _take(self, reading: TimeReading) -> None:
        self._reading = reading
        words = offset_words(reading.ahead_ms)
        values = {
            "satellites": _shown(reading.source_ms),
            "this computer": _shown(reading.system_ms),
            "ahead": f"{reading.ahead_ms / 1000:+.1f} s",
        }
        if abs(reading.ahead_ms) > FLAGGED_MS:
            words += " Tell the supervisor; set the clock only by the book."
            self._stand("attention", words, **values)
        else:
            self._stand("ready", words, **values)

    def _lose(self) -> None:
        self._reading = None
        self._stand(
            "attention", "The receiver sees too few satellites. Put its antenna under open sky."
        )


def offset_words(ahead_ms: int) -> str:
    """How this computer's clock stands to the satellites'."""
    if abs(ahead_ms) < AGREES_MS:
        return "This computer's clock agrees with the satellites."
    side = "ahead of" if ahead_ms > 0 else "behind"
    return f"This computer's clock is {_span(abs(ahead_ms) // 1000)} {side} the satellites."


def _span(seconds: int) -> str:
    for unit, size in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _shown(unix_ms: int) -> str:
    return datetime.fromtimestamp(unix_ms // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
