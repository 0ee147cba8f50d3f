"""The lid and seal of a ballot box: a small board on a serial line that says how they stand.

frames.py      the frames, documented, with their check
serial.py      the driver
simulated.py   steered by a socket
"""

from dataclasses import dataclass
from typing import Literal

LidStanding = Literal["closed", "open", "seal-broken", "silent"]


@dataclass(frozen=True)
class LidChanged:
    """The lid stands otherwise than before; "silent" when the board no longer speaks."""

    standing: LidStanding
