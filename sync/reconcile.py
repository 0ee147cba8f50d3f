"""Reconciliation: the one place where both sides of the service meet, as totals only.

    checked in = confirmed + waiting + withdrawn          per desk
    cards issued for a box >= cards the box spent         per desk and box
    issued = cast + carried off                           per place, once every box returned

    ballots of a contest <= cards for the box whose voters had that right        per box
    ballots of a contest >= cast - cards for the box whose voters had it not     per box

Cards are carried off, so issued above spent is normal and named; spent above issued means a card
that no desk's log shows: forged, or a desk's log that is missing. The last two bind a return's
contests to the rights in desks' logs: a box cannot drop ballots of one contest, or add some.
Nothing here sees an entry of a voter or a ballot.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct


class DeskTotals(Struct, frozen=True):
    """What one desk's log sums to. `issued_for` counts cards by box; `final` is the sealed log.

    `rights_for` counts, by box and right, the cards whose voters had that right.
    """

    desk: str
    checked_in: int
    confirmed: int
    withdrawn: int
    issued_for: dict[str, int]
    rights_for: dict[str, dict[str, int]]
    final: bool


class BoxTotals(Struct, frozen=True):
    """What one box's return says; both maps are empty until it returned.

    `ballots_by_right` has the ballots of each right's contests (the same for all of one right).
    """

    box: str
    cast: int
    returned: bool
    spent_by_desk: dict[str, int]
    ballots_by_right: dict[str, tuple[int, ...]]


class Balance(Struct, frozen=True):
    """One desk and box: cards issued, cards spent, and what that means in words (empty: even)."""

    desk: str
    box: str
    issued: int
    spent: int
    words: str


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
            if issued or spent:
                final = desk is not None and desk.final
                found.append(Balance(name, box.box, issued, spent, _words(issued, spent, final)))
    return found


def rights_problems(desks: Iterable[DeskTotals], boxes: Iterable[BoxTotals]) -> list[str]:
    """Returned boxes whose contests do not fit the rights of the cards issued for them."""
    found, all_desks = [], list(desks)
    for box in boxes:
        issued = sum(desk.issued_for.get(box.box, 0) for desk in all_desks)
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
    """What must be looked into: more cards spent than issued."""
    return [f"{row.box} and {row.desk}: {row.words}" for row in rows if row.spent > row.issued]


def carried_off(issued: int, boxes: Mapping[str, BoxTotals]) -> int | None:
    """Cards of a place that were not cast, once all its boxes returned; None before."""
    if not all(box.returned for box in boxes.values()):
        return None
    return issued - sum(box.cast for box in boxes.values())


def _words(issued: int, spent: int, final: bool) -> str:
    if spent > issued:
        missing = "" if final else " (the desk's log is not complete yet)"
        return f"{spent} cards spent, {issued} issued{missing}"
    if spent < issued:
        return f"{issued - spent} carried off"
    return ""
