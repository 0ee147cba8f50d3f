"""Officers' acts at a desk: opening, closing, voiding a check-in, sealing the log.

Whether an act is possible is asked twice: when it is proposed, and again when it is written,
because the desk went on meanwhile.
"""

from sync.acts import Proposals, act_words
from sync.book_entries import CustodyPassed, PlaceResumed
from sync.bookkeeping import Bookkeeper
from sync.card_entries import CheckInVoided, VoidReason
from sync.check_ins import CheckIns
from sync.effects import ProposeVoid
from sync.entries import Act, LogFinal, PollsClosed, PollsOpened
from sync.errors import DecodeError
from sync.issuing import Issuing
from sync.minutes import minute_text
from sync.outcomes import ActProposed, Done, Outcome, Refused
from sync.package import Package, Station
from sync.position import Ref
from sync.role import Pen
from sync.void_slip import open_slip
from sync.voids import void_problem

WHY: dict[VoidReason, str] = {
    "wrong-voter": "it was for somebody else",
    "voter-left": "the voter left without voting",
    "card-unusable": "the card cannot be used",
    "entered-in-error": "it was entered in error",
    "other": "another reason, in the book of the place",
}


class DeskActs:
    """The acts of one desk."""

    def __init__(
        self,
        package: Package,
        station: Station,
        check_ins: CheckIns,
        origin: str,
        proposals: Proposals,
        issuing: Issuing,
        keeper: Bookkeeper,
    ) -> None:
        self._package = package
        self._station = station
        self._check_ins = check_ins
        self._origin = origin
        self._proposals = proposals
        self._issuing = issuing
        self._keeper = keeper

    def propose(self, act: str, now_ms: int) -> Outcome:
        """Show the entry for `act` to officers."""
        minute, desk = minute_text(now_ms), self._station.id
        acts: dict[str, tuple[Act, str]] = {
            "open": (PollsOpened(minute), f"Open {desk}."),
            "close": (PollsClosed(minute), f"Close {desk}."),
            "final": (LogFinal(minute), f"Seal the log of {desk}."),
        }
        if act not in acts:
            return Refused("not-here", f"A desk has no act '{act[:20]}'. Use open, close or final.")
        return self._not_now(acts[act][0]) or self._proposals.propose(*acts[act])

    def propose_void(self, command: ProposeVoid) -> ActProposed | Refused:
        """Show the void of the check-in whose card these slips reveal."""
        if command.because not in WHY:
            return Refused("no-reason", f"Choose one of: {', '.join(WHY)}.")
        texts = tuple(text.strip().upper() for text in command.slips)
        try:
            slips = [open_slip(self._package, text) for text in texts]
        except DecodeError as error:
            return Refused("no-slip", f"{error.problem.capitalize()}.")
        if not slips:
            return Refused("no-slip", "A void needs the slip that the box gave for the card.")
        if other := next((slip.desk for slip in slips if slip.desk != self._station.id), None):
            return Refused("other-desk", f"This card was given at {other[:40]}. Void it there.")
        found = next(
            (
                check_in
                for check_in in self._issuing.cards.values()
                if check_in.card and check_in.card.commitment == slips[0].commitment
            ),
            None,
        )
        if found is None or found.card is None:
            words = "This desk's log shows no such card. Keep card and slip, call the district."
            return Refused("no-card", words)
        act = CheckInVoided(found.ref.index, texts, command.because)
        words = (
            f"Void the check-in of {found.entry.minute} with card {found.card.number} for "
            f"{found.card.box}: {WHY[command.because]}. The voter may be checked in again."
        )
        return self._not_now(act) or self._proposals.propose(act, words)

    def submit(self, act: Act | Refused, pen: Pen) -> Outcome:
        """Write an act that two officers signed."""
        if isinstance(act, Refused):
            return act
        if problem := self._not_now(act):
            return problem
        if isinstance(act, LogFinal):
            self._issuing.withdraw_unfinished(pen)
        ref = pen.append(act)
        if isinstance(act, CheckInVoided):
            voided = self._check_ins.get(Ref(self._origin, act.check_in))
            if voided is not None and voided.card is not None:
                self._issuing.forget(voided.card.number, pen)
        return Done(f"{act_words(act)} at {self._station.id}.", ref.index)

    def _not_now(self, act: Act) -> Refused | None:
        """Why this act is not possible in this state; asked when proposed and when written."""
        opened = self._check_ins.is_open(self._origin)
        closed = self._check_ins.is_closed(self._origin)
        final = self._check_ins.is_final(self._origin)
        match act:
            case PollsOpened():
                possible = not opened and not closed and not final
            case PollsClosed():
                possible = opened
            case CheckInVoided() if not final:
                return self._no_void(act)
            case PlaceResumed() | CustodyPassed():
                return self._keeper.not_now(act)
            case _:
                possible = closed and not final
                if possible and self._issuing.pending:
                    words = "Check-ins still wait for an answer. Wait for them to end."
                    return Refused("busy", words)
        if possible:
            return None
        return Refused("not-now", "This act is not possible in this state of the polls.")

    def _no_void(self, act: CheckInVoided) -> Refused | None:
        ref = Ref(self._origin, act.check_in)
        if ref in self._issuing.pending:
            return Refused("busy", "This voter is being checked in here right now. Wait.")
        problem = void_problem(self._package, self._check_ins.get(ref), act.slips)
        return Refused("no-void", f"This is {problem}.") if problem else None
