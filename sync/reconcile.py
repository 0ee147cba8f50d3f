"""Reconciliation: the one place where both sides of the service meet, as totals only.

    checked in = confirmed + waiting + withdrawn + voided per desk
    cards issued for a box >= cards the box spent         per desk and box
    cards the box spent = ballots + cards taken back      per desk and box
    cards taken back >= check-ins voided                  per desk and box
    issued = cast + taken back + carried off              per place, once every box returned

    ballots of a contest <= cards for the box whose voters had that right        per box
    ballots of a contest >= cast - cards for the box whose voters had it not     per box

Cards are carried off, so issued above spent is normal and named; spent above issued means a card
that no desk's log shows: forged, or a desk's log that is missing. A void that its box does not
show means that the box has forgotten the card, which could then be cast: an old disk image, or a
lie. The last two bind a return's contests to the rights in desks' logs: a box cannot drop ballots
of one contest, or add some. There "cards" are those whose check-ins were not voided. Nothing here
sees an entry of a voter or a ballot.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace


class DeskTotals(Struct, frozen=True):
    """What one desk's log sums to. `issued_for` counts cards by box; `final` is the sealed log.

    `rights_for` counts, by box and right, the unvoided cards whose voters had that right;
    `voided_for` counts voided ones by box.
    """

    desk: str
    checked_in: int
    confirmed: int
    withdrawn: int
    issued_for: dict[str, int]
    rights_for: dict[str, dict[str, int]]
    final: bool
    voided_for: dict[str, int]


class BoxTotals(Struct, frozen=True):
    """What one box's return says; both maps are empty until it returned.

    `ballots_by_right` has the ballots of each right's contests (the same for all of one right).
    """

    box: str
    cast: int
    returned: bool
    spent_by_desk: dict[str, int]
    ballots_by_right: dict[str, tuple[int, ...]]
    returned_by_desk: dict[str, int]


class Balance(Struct, frozen=True):
    """One desk and box: what both say of their cards, and what that means in words (empty: even).

    `returned` cards are spent ones that were taken back; `voided` ones the desk's log voids.
    """

    desk: str
    box: str
    issued: int
    spent: int
    returned: int
    voided: int
    words: str

    @property
    def is_wrong(self) -> bool:
        """Is there a card that one of the two logs must show and does not?"""
        return self.spent > self.issued or self.voided > self.returned


def balances(desks: Iterable[DeskTotals], boxes: Iterable[BoxTotals]) -> list[Balance]:
    """Every pair of desk and returned box that has anything to balance, in order."""
    found, by_id = [], {desk.desk: desk for desk in desks}
    for box in boxes:
        if not box.returned:
            continue
        names = {*by_id, *box.spent_by_desk}
        for name in sorted(names):
            desk = by_id.get(name)
            issued = desk.issued_for.get(box.box, 0) if desk else 0
            spent = box.spent_by_desk.get(name, 0)
            returned = box.returned_by_desk.get(name, 0)
            voided = desk.voided_for.get(box.box, 0) if desk else 0
            if issued or spent:
                row = Balance(name, box.box, issued, spent, returned, voided, "")
                found.append(replace(row, words=_words(row, desk is not None and desk.final)))
    return found


def rights_problems(desks: Iterable[DeskTotals], boxes: Iterable[BoxTotals]) -> list[str]:
    """Returned boxes whose contests do not fit the rights of the cards issued for them."""
    found, all_desks = [], list(desks)
    for box in boxes:
        issued = sum(
            desk.issued_for.get(box.box, 0) - desk.voided_for.get(box.box, 0) for desk in all_desks
        )
        for right, numbers in box.ballots_by_right.items():
            with_right = sum(desk.rights_for.get(box.box, {}).get(right, 0) for desk in all_desks)
            least = box.cast - (issued - with_right)
            found += [
                f"{box.box}: {ballots} ballots for {right}, where {with_right} cards gave that "
                f"right and {box.cast} ballots were cast: between {least} and {with_right} fit"
                for ballots in numbers
                if not least <= ballots <= with_right
            ]
    return found


def alarms(rows: Iterable[Balance]) -> list[str]:
    """What must be looked into: more cards spent than issued, or voided than taken back."""
    return [f"{row.box} and {row.desk}: {row.words}" for row in rows if row.is_wrong]


def carried_off(issued: int, boxes: Mapping[str, BoxTotals]) -> int | None:
    """Cards of a place that were not cast, once all its boxes returned; None before."""
    if not all(box.returned for box in boxes.values()):
        return None
    return issued - sum(box.cast + sum(box.returned_by_desk.values()) for box in boxes.values())


def _words(row: Balance, final: bool) -> str:
    words = []
    if row.voided > row.returned:
        words.append(f"{row.voided} cards voided, {row.returned} taken back and spent")
    if row.spent > row.issued:
        missing = "" if final else " (the desk's log is not complete yet)"
        words.append(f"{row.spent} cards spent, {row.issued} issued{missing}")
    if row.returned > row.voided:
        words.append(f"{row.returned - row.voided} taken back, not voided")
    if row.spent < row.issued:
        words.append(f"{row.issued - row.spent} carried off")
    return "; ".join(words)
