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
    """On battery, and below the threshold of the settings, or low by the source's own word. On
    mains, too, when a UPS has announced that it switches off."""


@dataclass(frozen=True)
class PowerUnknown:
    """The source no longer says; what it said before no longer holds."""


PowerTold = PowerReading | PowerUnknown


class PowerSource(Peripheral, Protocol):
    """Tells a PowerReading at start and whenever one changed.

    When the source goes away and stays away, PowerUnknown is told once; when it is back, the
    reading of then, whatever was told before.
    """

    @property
    def reading(self) -> PowerReading | None:
        """The last reading; None while there is none."""
        ...
