"""One check-in and what logs say of it; a promise; a log. `sync.check_ins` puts them together."""

from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec import Struct

from sync.card_entries import CheckInVoided
from sync.entries import CardIssued, CheckInWithdrawn, VoterCheckedIn
from sync.position import Ref


@dataclass
class CheckIn:
    """One check-in and all that is known of it; `number` is its rank at the desk, from 1.

    `seconded_by`, `refused_by`: other desks of the place that looked at it too. `signatures`: those
    desks' signatures for its card. `other_cards`: cards beside the first, which no desk may give.
    `is_evidence`: it never counts and nobody promises it any more, but who promised it is bound.
    """

    ref: Ref
    desk: str
    leaf: bytes
    entry: VoterCheckedIn
    number: int
    is_evidence: bool = False
    withdrawn: CheckInWithdrawn | None = None
    card: CardIssued | None = None
    card_index: int = -1
    other_cards: int = 0
    voided: CheckInVoided | None = None
    seconded_by: set[str] = field(default_factory=set)
    refused_by: set[str] = field(default_factory=set)
    signatures: dict[str, bytes] = field(default_factory=dict)

    @property
    def is_live(self) -> bool:
        """Neither withdrawn nor voided."""
        return self.withdrawn is None and self.voided is None

    @property
    def is_card_out(self) -> bool:
        """May a card of it still bring a ballot?"""
        return self.card is not None and (self.voided is None or self.other_cards > 0)


class DoubleCheckIn(NamedTuple):
    """Several check-ins of one voter and right that are confirmed or carded: where they stand."""

    voter: str
    right: str
    refs: tuple[Ref, ...]


class Promise(Struct, frozen=True, order=True):
    """A promise as it stands in its guard's log; the order of these is the log's order."""

    index: int
    guard: str
    target: Ref
    leaf: bytes


@dataclass
class LogState:
    """What the rules need to know of one log while it is folded."""

    opened: bool = False
    opened_minute: str = ""
    check_ins: int = 0
    closed: bool = False
    final: bool = False
    cards: set[int] = field(default_factory=set)
