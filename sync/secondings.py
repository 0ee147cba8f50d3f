"""The second pair of eyes: what other desks say of a check-in, folded in any order of arrival.

    desk A   VoterCheckedIn                    CardIssued                 card out, two signatures
    desk B                    CheckInSeconded              CardSeconded

Where the package asks for two confirmations, a check-in counts only when another desk of the
place, with its own key, has seconded it: the second worker saw person and document. A desk never
seconds itself, nobody seconds at a place that is not theirs, and the leaf hash binds the seconding
to one exact entry. The second desk signs the card's commitment form (`sync.card.second_bytes`)
when it sees the card in the log; the box asks for that signature, so a desk's key alone opens no
box.

Everything is linked when both ends are known, so the order in which logs are mixed does not matter.
"""

from collections.abc import Callable

from sync.card import is_seconding_signed
from sync.card_entries import CardSeconded, CheckInSeconded, SecondEntry, SecondRefused
from sync.check_in import CheckIn
from sync.package import Package, Station
from sync.position import Ref

FaultOf = Callable[[Ref, str], None]
_Waiting = tuple[Station, Ref, SecondEntry]


class Secondings:
    """Links what seconding desks wrote to the check-ins they mean; `fault` takes what is wrong."""

    def __init__(self, package: Package, fault: FaultOf) -> None:
        self._package = package
        self._fault = fault
        self._early: dict[Ref, list[_Waiting]] = {}
        self._cardless: dict[Ref, list[_Waiting]] = {}

    def fold(
        self, station: Station, ref: Ref, entry: SecondEntry, check_in: CheckIn | None
    ) -> None:
        """Take in one entry; `check_in` is what stands at the position it names, if known."""
        if check_in is None:
            target = Ref(entry.origin, entry.index)
            self._early.setdefault(target, []).append((station, ref, entry))
        else:
            self._link(station, ref, entry, check_in)

    def checked_in(self, check_in: CheckIn) -> None:
        """A check-in has arrived: what was said of it before is linked now."""
        for station, ref, entry in self._early.pop(check_in.ref, ()):
            self._link(station, ref, entry, check_in)

    def carded(self, check_in: CheckIn) -> None:
        """A card has arrived: signatures that came before it are checked now."""
        for station, ref, entry in self._cardless.pop(check_in.ref, ()):
            self._link(station, ref, entry, check_in)

    def _link(self, station: Station, ref: Ref, entry: SecondEntry, check_in: CheckIn) -> None:
        if problem := seconding_problem(self._package, station, check_in):
            self._fault(ref, problem)
        elif isinstance(entry, CardSeconded):
            self._link_signature(station, ref, entry, check_in)
        elif isinstance(entry, CheckInSeconded | SecondRefused) and entry.leaf != check_in.leaf:
            self._fault(ref, "a seconding of another entry than the one that stands there")
        elif isinstance(entry, CheckInSeconded):
            check_in.seconded_by.add(station.id)
        elif isinstance(entry, SecondRefused):
            check_in.refused_by.add(station.id)

    def _link_signature(
        self, station: Station, ref: Ref, entry: CardSeconded, check_in: CheckIn
    ) -> None:
        if check_in.card is None:
            self._cardless.setdefault(check_in.ref, []).append((station, ref, entry))
            return
        card, rights = check_in.card, check_in.entry.rights
        if station.id not in check_in.seconded_by:
            self._fault(ref, "a card's second signature without a seconding before it")
        elif not is_seconding_signed(
            station.key,
            self._package.day,
            card.box,
            rights,
            check_in.desk,
            card.commitment,
            entry.signature,
        ):
            self._fault(ref, "a card's second signature that does not hold")
        else:
            check_in.signatures[station.id] = entry.signature


def seconding_problem(package: Package, station: Station, check_in: CheckIn) -> str | None:
    """Why `station` may not say anything as the second of this check-in; None if it may."""
    if package.rules.confirmations < 2:
        return "a seconding on a day that asks for none"
    if station.id == check_in.desk:
        return "a desk seconds its own check-in"
    if station.kind != "desk" or station.at != package.stations_by_id[check_in.desk].at:
        return "a seconding by a station that is no desk of that place"
    return None
