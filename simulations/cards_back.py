"""What a bad day does to cards: they come back, are voided, and wait for second pairs of eyes.

    back = CardsBack(world, dice, cards)
    back.card_comes_back()   staff bring a card to a box, the right one or another, used or not
    back.slip_is_used()      officers void with a slip, at its desk or another, a second time too
    back.seconds_look()      desks second what waits for them, or refuse; one tries its own
    back.voter_leaves()      a check-in without a card is given up

Whatever is refused is refused; what is answered is watched by the checkers.
"""

import random
from typing import TYPE_CHECKING

from sync.desk import Desk
from sync.outcomes import CardTakenBack, Done
from sync.package import Station

if TYPE_CHECKING:
    from simulations.world import World

REASONS = ("wrong-voter", "voter-left", "card-unusable")


class CardsBack:
    """Actions on cards; `cards` are the texts that went out so far."""

    def __init__(self, world: "World", dice: random.Random, cards: list[str]) -> None:
        self.world = world
        self.dice = dice
        self.cards = cards
        self.slips: list[CardTakenBack] = []
        self.voided = 0

    def card_comes_back(self) -> None:
        """A card is brought to a box; often officers void its check-in at once."""
        boxes = self._up("box")
        if not self.cards or not boxes:
            return
        card = self.dice.choice(self.cards[-6:])
        outcome = self.world.box(self.dice.choice(boxes).id).take_back(card)
        if isinstance(outcome, CardTakenBack):
            self.slips.append(outcome)
            if self.dice.random() < 0.6:
                self._void(outcome, outcome.desk)

    def slip_is_used(self) -> None:
        """A slip is brought to a desk: its own, or a wrong one; perhaps it was used before."""
        desks = self._up("desk")
        if self.slips and desks:
            slip = self.dice.choice(self.slips)
            wrong = self.dice.random() < 0.1
            self._void(slip, self.dice.choice(desks).id if wrong else slip.desk)

    def seconds_look(self) -> None:
        """Each desk that runs looks at some of what waits for it, and now and then at its own."""
        for desk in self._up("desk"):
            role = self.world.replica(desk.id).role
            assert isinstance(role, Desk), "a desk"
            for check_in in role.second.waiting():
                if self.world.is_up(desk.id) and self.dice.random() < 0.7:
                    is_right = self.dice.random() < 0.9
                    self.world.desk(desk.id).second(check_in.ref, is_right)
            own = [row.check_in.ref for row in role.issuing.awaited()]
            if own and self.world.is_up(desk.id) and self.dice.random() < 0.2:
                self.world.desk(desk.id).second(self.dice.choice(own), True)

    def voter_leaves(self) -> None:
        """Somebody who waits for a second pair of eyes goes home."""
        for desk in self._up("desk"):
            role = self.world.replica(desk.id).role
            assert isinstance(role, Desk), "a desk"
            for row in role.issuing.awaited()[:1]:
                self.world.desk(desk.id).give_up(row.check_in.entry.voter)

    def _void(self, slip: CardTakenBack, desk: str) -> None:
        at = self.world.day.station(desk).at
        because = self.dice.choice(REASONS)
        if self.world.is_up(desk):
            outcome = self.world.officers(at).void(desk, slip.slip, because)
            self.voided += isinstance(outcome, Done)

    def _up(self, kind: str) -> list[Station]:
        stations = self.world.day.package.stations
        return [s for s in stations if s.kind == kind and self.world.is_up(s.id)]
