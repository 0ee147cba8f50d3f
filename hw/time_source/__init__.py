"""Time from outside: shown beside the computer's clock and flagged, never trusted for a rule.

gpsd.py        a GPS receiver behind gpsd
simulated.py   steered by a socket
"""

from dataclasses import dataclass
from typing import Protocol

from hw.peripheral import Peripheral


@dataclass(frozen=True)
class TimeReading:
    """What the source said (Unix ms, UTC) when this computer's clock said `system_ms`."""

    source_ms: int
    system_ms: int

    @property
    def ahead_ms(self) -> int:
        """By how much this computer's clock is ahead of the source; negative: behind."""
        return self.system_ms - self.source_ms


class TimeSource(Peripheral, Protocol):
    """One source of time."""

    @property
    def reading(self) -> TimeReading | None:
        """The last reading; None while there is none."""
        ...
