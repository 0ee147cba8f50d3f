"""What screens are shown of cards, second confirmations and voids, as JSON on the local socket.

    POST /turn-away          desk   TurnAwayAsked -> Done | Refused: written down, nobody named
    GET  /check-ins/waiting  desk   WaitingList: own check-ins that wait for another desk
    POST /check-ins/give-up  desk   {"voter": …} -> Done | Refused: the voter left before a card
    GET  /second             desk   SecondList: check-ins of other desks that wait for this one
    POST /second             desk   {"origin": …, "index": …} -> Done | Refused: I confirm it
    POST /second/refuse      desk   the same: I do not confirm it
    GET  /cards              desk   CardList: issued and not confirmed as taken
    GET  /counts             desk   AdmissionCounts
    POST /voids/propose      desk   VoidAsked -> ActProposed | Refused; then /acts/submit
    POST /take-back          box    {"card": "PM1:…"} -> CardTakenBack | Refused

Names stand here only on desks that hold them in their roll, for the worker who must compare.
"""

from msgspec import Struct

from sync.card_entries import NotAdmitted, VoidReason
from sync.entry_base import Document, Means


class TurnAwayAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """A worker turns somebody away."""

    because: NotAdmitted
    document: Document
    means: Means


class WaitingRow(Struct, frozen=True):
    """One own check-in. `ready`: ask /check-in for this voter again, the card comes now."""

    index: int
    voter: str
    name: str
    birth_year: int
    minute: str
    ready: bool
    seconded_by: tuple[str, ...]
    words: str


class WaitingList(Struct, frozen=True):
    """Own check-ins that wait for another desk, and those that ended so and were not seen yet."""

    check_ins: tuple[WaitingRow, ...]


class SecondRow(Struct, frozen=True):
    """One check-in of another desk, with what this worker must compare."""

    origin: str
    index: int
    desk: str
    minute: str
    voter: str
    name: str
    birth_year: int
    document: Document
    means: Means
    defective: bool
    rights: tuple[str, ...]
    words: str


class SecondList(Struct, frozen=True):
    """What waits for this desk's second pair of eyes, first first."""

    check_ins: tuple[SecondRow, ...]


class CardRow(Struct, frozen=True):
    """A card that is issued and not confirmed as taken; the minute is its check-in's."""

    number: int
    box: str
    minute: str


class CardList(Struct, frozen=True):
    """Outstanding cards, by number."""

    cards: tuple[CardRow, ...]


class AdmissionCounts(Struct, frozen=True):
    """This desk's sums: who was turned away, by reason; check-ins with a defective document."""

    not_admitted: dict[str, int]
    defective: int


class VoidAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """Officers want to void: a slip of the box for every card of the check-in."""

    slips: tuple[str, ...]
    because: VoidReason
