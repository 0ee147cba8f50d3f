"""Coming back: what a station must see before it appends to its own log again.

    started -> shown        others say how much of its log, boxes whether all its cards, they hold
    shown   -> caught up    what it lacks has come back from them
    caught up -> re-entered it writes again; what was asked of it meanwhile is done now

A disk that came back older than it was (an image put back, a cable that lied about a write) has
forgotten entries that others hold. Writing on from there would sign a second history. So after
**every** start, the first one too, nothing is appended until every other station of the place but
one has shown what it holds; where there is only one other, that one. A box holds no desk's log; it
says whether it has spent more cards of the desk than the desk's log shows.

    stations at work there besides it    1   2   3   4   10
    must have shown                      1   1   2   3    9

A district station has the other stations of its district and half of all desks that it guards:
more would let one cut place keep it from guarding the others. One without any of these has nothing
to lose that others could show; it enters at once. A node that starts again in the same process,
because an order came, has lost nothing and asks nobody.

What one missing station alone knew may still be forgotten; then a fork proof, a double check-in or
a box that holds more cards than the log shows it.
"""

from dataclasses import dataclass, field

from sync.checkpoint import origin_of
from sync.package import Package, Station


def witnesses(
    package: Package, station: Station, known: frozenset[str] = frozenset()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Stations beside it, and desks it guards elsewhere, that may show what they hold of its log.

    A revoked one has no say. A spare has one when something of its log is `known` here: one that
    was called and never came up keeps nobody from working.
    """
    at_work = [
        s
        for s in package.stations_at(station.at)
        if s.id != station.id and _has_a_say(package, s, known)
    ]
    guarded: list[str] = []
    if station.kind == "district":
        guarded = [
            desk.id
            for place in package.places
            if station.id in place.guards
            for desk in package.stations_at(place.id, "desk")
            if _has_a_say(package, desk, known)
        ]
    return tuple(s.id for s in at_work), tuple(guarded)


def _has_a_say(package: Package, station: Station, known: frozenset[str]) -> bool:
    if origin_of(package.day, station.id, 0) in package.revoked_at:
        return False
    return station.id not in package.spares_by_id or station.id in known


@dataclass
class Reentry:
    """What was shown since this start. `shown`: entries of our log a peer holds."""

    beside: tuple[str, ...]
    guarded: tuple[str, ...]
    boxes: frozenset[str]
    shown: dict[str, int] = field(default_factory=dict)
    cards_agree: dict[str, bool] = field(default_factory=dict)

    @classmethod
    def of(cls, package: Package, station: Station) -> "Reentry":
        """For one station of the package; only a desk asks boxes about cards."""
        boxes = package.stations_at(station.at, "box") if station.kind == "desk" else ()
        return cls(*witnesses(package, station), frozenset(box.id for box in boxes))

    def is_complete(self, size: int) -> bool:
        """May a station whose log has `size` entries write again?"""
        return self.longest() <= size and not self.awaited() and all(self.cards_agree.values())

    def longest(self) -> int:
        """The longest copy of the own log that anybody has shown."""
        return max(self.shown.values(), default=0)

    def awaited(self) -> tuple[str, ...]:
        """Stations that have not shown what they hold and of which some must; empty if enough."""
        silent: set[str] = set()
        beside = [name for name in self.beside if not self.has_shown(name)]
        if len(beside) > (len(self.beside) > 1):
            silent.update(beside)
        guarded = [name for name in self.guarded if not self.has_shown(name)]
        if 2 * len(guarded) > len(self.guarded):
            silent.update(guarded)
        return tuple(sorted(silent))

    def may_show(self, name: str) -> bool:
        """Is this a station whose word is waited for, if it is there?"""
        return name in self.beside or name in self.guarded

    def words(self, size: int) -> str:
        """What it waits for, as a screen says it; empty when it waits for nothing."""
        if self.is_complete(size):
            return ""
        start = "This station has started and must see first that its log is whole. "
        if awaited := self.awaited():
            more = "" if len(awaited) == 1 else " (all but one of them)"
            if set(awaited) & set(self.guarded):
                more = " (of the desks it guards, half)"
            return f"{start}Switch on and connect {', '.join(awaited)}{more}."
        if (longest := self.longest()) > size:
            return f"{start}It has {size} entries; others hold {longest}, which are on their way."
        boxes = ", ".join(sorted(name for name, agree in self.cards_agree.items() if not agree))
        return (
            f"{start}{boxes} spent more cards of this desk than its log shows. Connect every "
            "station that may hold the rest of the log, or call the district."
        )

    def has_shown(self, name: str) -> bool:
        """Has this station shown what it holds, a box what it spent?"""
        return name in (self.cards_agree if name in self.boxes else self.shown)
