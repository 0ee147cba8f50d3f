"""When a void stands: every card of the check-in is back, and its box says so with its signature.

A promise ends only with its check-in. Once a card went out, the check-in may end in one way alone:
each of its cards is spent at its box **without a ballot**, which the box's slip shows, and two
officers, one of each authority, write `CheckInVoided` into the desk's own log.

Why this cannot lead to two counted ballots (G1): whoever honours a void has read it, so the box
had spent the card durably before (it signs no slip earlier), and a spent card opens no box. A
guard that promises the voter again therefore knows that the old check-in can bring no ballot any
more, whatever was cut or crashed meanwhile. Without the slip the old card might still be cast
somewhere; so a void without it, for another card, or by the desk's word alone is a fault and ends
nothing.
"""

from collections.abc import Sequence

from sync.check_in import CheckIn
from sync.errors import DecodeError
from sync.package import Package
from sync.void_slip import VoidSlip, open_slip


def void_problem(package: Package, check_in: CheckIn | None, slips: Sequence[str]) -> str | None:
    """Why this check-in cannot be voided with these slips; None if it can."""
    if check_in is None:
        return "a void of no check-in of this log"
    if check_in.voided is not None:
        return "a second void of one check-in"
    if check_in.card is None:
        return "a void of a check-in without a card"
    if check_in.withdrawn is not None:
        return "a void beside a withdrawal"
    if check_in.other_cards:
        return "a void of a check-in with several cards"
    opened: list[VoidSlip] = []
    for text in slips:
        try:
            opened.append(open_slip(package, text))
        except DecodeError as error:
            return f"a void whose slip does not stand: {error.problem}"
    wanted = [(check_in.card.box, check_in.desk, check_in.card.commitment)]
    if [(slip.box, slip.desk, slip.commitment) for slip in opened] != wanted:
        return "a void without the slip of every card of its check-in, and no other"
    return None
