"""What a replica asks of the station it runs: a desk, a box or a district station.

The replica keeps logs and links; the role gives entries their meaning and decides what this station
writes. It writes with a `Pen`: whatever it appends is folded back at once like anybody's entry, and
is signed and persisted before any answer goes out.
"""

from typing import Protocol

from sync.effects import BallotStored, Command, Effect
from sync.entries import Entry, Unreadable
from sync.package import Station
from sync.position import Ref


class Pen(Protocol):
    """What a role may do."""

    @property
    def origin(self) -> str:
        """The name of this station's own log."""
        ...

    def append(self, entry: Entry) -> Ref:
        """Write an entry to the own log."""
        ...

    def do(self, effect: Effect) -> None:
        """Ask for an effect; it is performed after what was written is on disk."""
        ...

    @property
    def steady_ms(self) -> int:
        """Time that only goes forward, for waits; `now_ms` is for what is written down."""
        ...

    def copies(self, index: int) -> int:
        """How many other stations are known to hold the own log beyond `index`."""
        ...

    def connected(self) -> frozenset[str]:
        """The stations linked right now."""
        ...


class Role(Protocol):
    """One kind of station."""

    def fold(self, station: Station, ref: Ref, leaf: bytes, entry: Entry | Unreadable) -> None:
        """Take in one entry of any log held, in log order."""
        ...

    def command(self, request: int, command: Command, pen: Pen, now_ms: int) -> None:
        """Decide a command; answer through the pen, now or later."""
        ...

    def stored(self, report: BallotStored, pen: Pen, now_ms: int) -> None:
        """Take the shell's report on a ballot."""
        ...

    def cards_of(self, other: str) -> int:
        """Cards between this station and `other`: issued for it by a desk, spent of it by a box."""
        ...

    def is_idle(self) -> bool:
        """Would nobody who waits here notice if the station started again now?"""
        ...

    def react(self, pen: Pen, now_ms: int) -> None:
        """Write what is now due; called after every input."""
        ...
