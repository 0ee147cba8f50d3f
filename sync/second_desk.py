"""The second pair of eyes, at the desk that is asked: what waits for it, its yes, no and signature.

    VoterCheckedIn at another desk of the place   -> waits here, with name and birth year
    the worker has seen person and document       -> CheckInSeconded, or SecondRefused
    CardIssued for what this desk seconded        -> CardSeconded, by itself

The signature comes only over a card whose check-in has its quorum in the logs held here, so a desk
whose key was stolen cannot have its forged cards seconded, nor seconded check-ins carded early.
"""

from sync.card import PURPOSE_SECOND, second_bytes
from sync.card_entries import CardSeconded, CheckInSeconded, SecondRefused
from sync.check_in import CheckIn
from sync.check_ins import CheckIns
from sync.effects import SecondCheckIn
from sync.entries import CardIssued, Entry, Unreadable, VoterCheckedIn
from sync.outcomes import Done, Refused
from sync.package import Package, Station
from sync.position import Ref
from sync.role import Pen
from sync.secondings import seconding_problem
from sync.signing import Signer


class SecondDesk:
    """What one desk does for the check-ins of the others of its place."""

    def __init__(
        self, package: Package, station: Station, signer: Signer, check_ins: CheckIns, origin: str
    ) -> None:
        self._package = package
        self._station = station
        self._signer = signer
        self._check_ins = check_ins
        self._origin = origin
        self._open: dict[Ref, None] = {}
        self._unsigned: dict[Ref, None] = {}
        self._boxes = {box.id for box in package.stations_at(station.at, "box")}

    def fold(self, station: Station, ref: Ref, entry: Entry | Unreadable) -> None:
        """Take in one entry, after `CheckIns.fold`."""
        if self._package.rules.confirmations < 2:
            return
        match entry:
            case VoterCheckedIn() if station.at == self._station.at and station != self._station:
                self._open[ref] = None
            case CheckInSeconded(origin, index) if ref.origin == self._origin:
                self._unsigned[Ref(origin, index)] = None
            case CardSeconded(origin, index) if ref.origin == self._origin:
                self._unsigned.pop(Ref(origin, index), None)

    def waiting(self) -> list[CheckIn]:
        """Check-ins of other desks that wait for this one, first first."""
        found = []
        for ref in list(self._open):
            check_in = self._check_ins.get(ref)
            if check_in is None or not check_in.is_live or check_in.signatures:
                del self._open[ref]
            elif self._is_wanted(check_in):
                found.append(check_in)
        return sorted(found, key=lambda c: (c.entry.minute, c.ref))

    def decide(self, command: SecondCheckIn, pen: Pen) -> Done | Refused:
        """The worker's yes or no to one check-in."""
        if self._package.rules.confirmations < 2:
            return Refused("not-asked", "This day asks for no second confirmation.")
        check_in = self._check_ins.get(Ref(command.origin, command.index))
        if check_in is None:
            return Refused(
                "no-check-in", "This check-in is not known here. Look at the list again."
            )
        if problem := seconding_problem(self._package, self._station, check_in):
            return Refused("not-here", f"This is not possible: {problem}.")
        opened = self._check_ins.is_open(self._origin) or self._check_ins.is_closed(self._origin)
        if not opened or self._check_ins.is_final(self._origin):
            return Refused("not-now", "This desk is not open. Let a desk that is open confirm.")
        if not check_in.is_live:
            return Refused("ended", f"This check-in has ended at {check_in.desk} meanwhile.")
        if self._station.id in check_in.seconded_by | check_in.refused_by:
            return Refused("done", "This desk has answered for this check-in already.")
        ref, leaf = check_in.ref, check_in.leaf
        if command.is_right:
            own = pen.append(CheckInSeconded(ref.origin, ref.index, leaf))
            return Done(f"Confirmed for {check_in.desk}.", own.index)
        own = pen.append(SecondRefused(ref.origin, ref.index, leaf))
        return Done(f"Not confirmed. {check_in.desk} is told and ends the check-in.", own.index)

    def react(self, pen: Pen) -> None:
        """Sign the cards of what was seconded here; forget what has ended."""
        if not self._unsigned or self._check_ins.is_final(self._origin):
            return
        for ref in list(self._unsigned):
            check_in = self._check_ins.get(ref)
            if check_in is None:
                continue
            if not check_in.is_live:
                del self._unsigned[ref]
            elif (card := check_in.card) is not None and self._is_sound(check_in, card):
                pen.append(CardSeconded(ref.origin, ref.index, self._signature(check_in, card)))

    def _is_wanted(self, check_in: CheckIn) -> bool:
        """Has nobody seconded it; or has who did not signed its card?"""
        if self._station.id in check_in.seconded_by | check_in.refused_by:
            return False
        return not check_in.seconded_by or check_in.card is not None

    def _is_sound(self, check_in: CheckIn, card: CardIssued) -> bool:
        """Is this the one card of a check-in with its quorum, for a box of this place?"""
        only = check_in.other_cards == 0 and card.box in self._boxes
        return only and self._check_ins.has_quorum(check_in)

    def _signature(self, check_in: CheckIn, card: CardIssued) -> bytes:
        day, rights = self._package.day, check_in.entry.rights
        form = second_bytes(day, card.box, rights, check_in.desk, card.commitment)
        return self._signer.sign(PURPOSE_SECOND, form)
