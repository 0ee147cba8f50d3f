"""Who must promise before a voter counts: homes, guards, weights, quorum.

Each voter has a home place; its guards are fixed by the package for the day. Every guard weighs 2,
the voter's **primary** guard 3, so n guards weigh 2n + 1 and a **quorum** is n + 1 or more. Two
quorums for one voter always share a guard, even when a place splits into equal halves:

    guards   total   quorum   enough
    1        3       2        the guard
    2        5       3        the primary alone, or both
    3        7       4        any two
    4        9       5        the primary and one more, or any three

The primary is chosen per voter by rendezvous hashing, so either half of a split place can confirm
its own share of the voters. Sharing a guard is what makes two confirmations impossible; none of
these numbers can be changed alone.
"""

import hashlib
from collections.abc import Iterable, Sequence

from sync.package import Package
from sync.roll import RollLine

GUARD_WEIGHT = 2
PRIMARY_WEIGHT = 3


def rendezvous(voter: str, names: Sequence[str]) -> str:
    """The name with the highest SHA-256(voter / name): every node picks the same one."""
    return max(names, key=lambda name: hashlib.sha256(f"{voter}/{name}".encode()).digest())


def home_of(package: Package, line: RollLine) -> str:
    """The voter's home place: the roll's column, or hashing over the places of the package."""
    if package.rules.homes == "roll":
        return line.home
    return rendezvous(line.voter, [place.id for place in package.places])


def primary_of(voter: str, guards: Sequence[str]) -> str:
    """The voter's primary among the guards of the home place."""
    return rendezvous(voter, guards)


def weight_of(voter: str, guards: Sequence[str], promised_by: Iterable[str]) -> int:
    """The weight of these promises; a guard counts once, a station that is no guard not at all."""
    primary = primary_of(voter, guards)
    return sum(
        PRIMARY_WEIGHT if guard == primary else GUARD_WEIGHT
        for guard in set(promised_by) & set(guards)
    )


def quorum_of(guards: Sequence[str]) -> int:
    """The least weight that confirms: more than half of 2n + 1."""
    return len(guards) + 1
