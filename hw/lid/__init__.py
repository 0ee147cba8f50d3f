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
    """Lid or seal stand otherwise than was told; each is told for itself.

    The lid: "open", "closed", and "silent" when the board no longer speaks. The seal: only
    "seal-broken", told at once, never whole again, and anew after each silence and start. The lid
    goes on being told whatever the seal is.
    """

    standing: LidStanding
