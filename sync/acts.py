"""Officers' acts at a station: proposed as an exact entry, signed off the station, then written.

    propose -> the entry's bytes are shown -> two officers sign elsewhere -> submit -> the log

The station remembers what it proposed, so nobody can slip in another entry to sign for.
"""

from msgspec.structs import replace

from sync.book_entries import CustodyPassed, PlaceResumed
from sync.card_entries import CheckInVoided
from sync.encoding import canonical
from sync.entries import Act, BoxReturned, LogFinal, PollsClosed, PollsOpened
from sync.entry_base import Approval
from sync.limits import PROPOSALS_MAX
from sync.mesh_entries import SpareCalled
from sync.officers import approval_problem
from sync.outcomes import ActProposed, Refused
from sync.package import Package


def hours_warning(package: Package, act: Act) -> str:
    """What to look at when the clock and the package's hours disagree; clocks warn, no more."""
    first, last = min(h.opens for h in package.hours), max(h.closes for h in package.hours)
    match act:
        case PollsOpened(minute):
            if not any(hours.opens <= minute < hours.closes for hours in package.hours):
                return f" This computer's clock says {minute}; polls open {first} to {last}."
        case PollsClosed(minute):
            if minute < last:
                return f" This computer's clock says {minute}; polls close at {last}."
    return ""


def act_words(act: Act) -> str:
    """What was done, as a screen says it."""
    match act:
        case PollsOpened():
            return "Polls opened"
        case PollsClosed():
            return "Polls closed"
        case LogFinal():
            return "Log sealed"
        case BoxReturned():
            return "Return signed"
        case PlaceResumed():
            return "The place goes on: written"
        case CustodyPassed():
            return "Custody passed: written"
        case CheckInVoided():
            return "Check-in voided"
        case SpareCalled():
            return "The spare is called"


class Proposals:
    """The acts shown to officers of one station and not yet written."""

    def __init__(self, package: Package, origin: str, at: str) -> None:
        self._package = package
        self._origin = origin
        self._at = at
        self._open: dict[str, Act] = {}
        self._made = 0

    def propose(self, act: Act, words: str) -> ActProposed:
        """Remember `act` and show it; the oldest of too many proposals is forgotten."""
        self._made += 1
        name = f"{type(act).__name__}-{self._made}"
        if len(self._open) == PROPOSALS_MAX:
            self._open.pop(next(iter(self._open)))
        self._open[name] = act
        words += hours_warning(self._package, act)
        return ActProposed(name, self._origin, canonical(act).decode(), words)

    def signed(self, proposal: str, approvals: tuple[Approval, ...]) -> Act | Refused:
        """The act with its approvals if they hold; it is then no longer open."""
        act = self._open.get(proposal)
        if act is None:
            return Refused("no-proposal", "This act is no longer open. Start it again.")
        signed = replace(act, approvals=approvals)
        problem = approval_problem(self._package, self._origin, self._at, signed)
        if problem:
            return Refused("not-approved", problem)
        del self._open[proposal]
        return signed
