"""A card comes back to its box unused: it is spent without a ballot, then the box signs a slip.

    shown by staff -> being spent -> on every medium -> slip      again: the same slip

The order is the guarantee: the slip ends the check-in at the desk (`sync.voids`), so it is signed
only when the card is durably good no more. A box that dies in between has given no slip; shown
again the card is found among those taken back, and the slip is the same to the last letter.
"""

from dataclasses import dataclass

from sync.card import Card
from sync.effects import StoreBallot
from sync.outcomes import CardTakenBack, Outcome, Refused
from sync.role import Pen
from sync.sealed_set import SealedSet
from sync.signing import Signer
from sync.void_slip import VoidSlip, write_slip

TAKING_BACK = ""
"""What stands for the session where a card is spent and nobody votes; no session has no name."""


@dataclass(frozen=True)
class _Spending:
    """A card whose taking back is on its way to the media."""

    request: int
    card: Card
    spent: bytes


class TakingBack:
    """The cards one box takes back, one at a time."""

    def __init__(self, day: str, box: str, signer: Signer) -> None:
        self._day = day
        self._box = box
        self._signer = signer
        self._spending: _Spending | None = None

    @property
    def is_idle(self) -> bool:
        """Is no card on its way to the media?"""
        return self._spending is None

    def is_spending(self, spent: bytes) -> bool:
        """Is the card with this hash on its way to being spent?"""
        return self._spending is not None and self._spending.spent == spent

    def begin(
        self, request: int, card: Card, spent: bytes, store: SealedSet, in_use: bool, pen: Pen
    ) -> Outcome | None:
        """Spend `card`, a good one of this box, unless it is `in_use` by a voter or has voted."""
        if store.is_returned(spent):
            return self._slip(card)
        if store.is_spent(spent):
            return Refused("card-spent", "Somebody has voted with this card. It stays spent.")
        if in_use or self._spending is not None:
            words = "This card is in use at the box. End the session there first, then come again."
            return Refused("box-busy", words)
        self._spending = _Spending(request, card, spent)
        pen.do(StoreBallot(TAKING_BACK, card.desk, spent, None))
        return None

    def stored(self, problem: str | None) -> tuple[int, Outcome]:
        """The card is spent on every medium, or on none: whom to answer what."""
        spending, self._spending = self._spending, None
        assert spending is not None, "no card was being taken back"
        if problem is not None:
            return spending.request, Refused("not-stored", problem)
        return spending.request, self._slip(spending.card)

    def _slip(self, card: Card) -> CardTakenBack:
        slip = VoidSlip(self._day, self._box, card.desk, card.secret)
        words = (
            f"The card is spent without a vote. Take the slip to {card.desk}: with it two officers "
            "void the check-in."
        )
        return CardTakenBack(write_slip(slip, self._signer), card.desk, words)
