"""Power: on mains or on battery, and for how long.

nut.py         Network UPS Tools (upsd), local or on the network
sysfs.py       batteries and mains as the kernel shows them
simulated.py   steered by a socket
"""

from dataclasses import dataclass
from typing import Protocol

from hw.peripheral import Peripheral


@dataclass(frozen=True)
class PowerReading:
    """`percent` 0 to 100 and `minutes_left` are None where the source does not say."""

    on_mains: bool
    percent: int | None
    minutes_left: int | None
    is_low: bool
    """On battery, and below the threshold of the settings, or low by the source's own word."""


class PowerSource(Peripheral, Protocol):
    """Tells a PowerReading at start and whenever one changed."""

    @property
    def reading(self) -> PowerReading | None:
        """The last reading; None while there is none."""
        ...
