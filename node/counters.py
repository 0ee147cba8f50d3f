"""How often a desk looked somebody up, since its process began: two sums, nobody's name.

    running.look_ups.by_code += 1

`sync.counting` writes them into the desk's log from time to time.
"""

from dataclasses import dataclass


@dataclass
class LookUps:
    """Look-ups that were answered or refused; a scan that held no code is none."""

    by_code: int = 0
    by_name: int = 0
