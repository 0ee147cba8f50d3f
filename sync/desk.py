"""A desk: it admits voters, guards them, looks at other desks' check-ins, keeps the book.

    who is admitted, and in which words somebody is not    sync.admission
    from the claim to the card in the hand                 sync.issuing
    the second pair of eyes for other desks                sync.second_desk
    officers' acts, voids too                              sync.desk_acts
    promises                                               sync.guard

Order matters and none of it can be left out: a card never comes before its quorum is in the logs, a
withdrawal never after a card, a void never before the card is back, and nothing after the log is
final.
"""

from sync.acts import Proposals
from sync.admission import TURNED_AWAY, Admission, owed_to
from sync.book_commands import BookCommand
from sync.bookkeeping import Bookkeeper
from sync.check_in import CheckIn
from sync.check_ins import CheckIns
from sync.desk_acts import DeskActs
from sync.effects import (
    Answer,
    BallotStored,
    CheckInVoter,
    Command,
    ConfirmCardTaken,
    GiveUpCheckIn,
    NotePeripheral,
    NoteSelfTest,
    ProposeAct,
    ProposeVoid,
    SecondCheckIn,
    SubmitAct,
    TurnAway,
)
from sync.entries import Entry, Unreadable, VoterCheckedIn
from sync.guard import Guard
from sync.issuing import Issuing, Pending
from sync.issuing import Secrets as Secrets
from sync.limits import PENDING_CHECK_INS_MAX
from sync.minutes import minute_text
from sync.noted import Notebook
from sync.outcomes import CardReady, Done, Outcome, Refused
from sync.package import Package, Station
from sync.position import Ref
from sync.role import Pen
from sync.roll import RollLine
from sync.second_desk import SecondDesk
from sync.signing import Signer


class Desk:
    """The role of a desk (see `sync.role`)."""

    def __init__(
        self,
        package: Package,
        station: Station,
        signer: Signer,
        check_ins: CheckIns,
        origin: str,
        secrets: Secrets,
    ) -> None:
        self.package = package
        self.station = station
        self.check_ins = check_ins
        self.secrets = secrets
        self.guard = Guard(check_ins, station.id, origin)
        self.admission = Admission(package, station, check_ins, origin)
        self.issuing = Issuing(package, station, signer, check_ins, origin, secrets)
        self.second = SecondDesk(package, station, signer, check_ins, origin)
        self._origin = origin
        self._proposals = Proposals(package, origin, station.at)
        self._keeper = Bookkeeper(station, check_ins, origin, self._proposals)
        self._acts = DeskActs(
            package, station, check_ins, origin, self._proposals, self.issuing, self._keeper
        )
        self._notebook = Notebook(station.id, check_ins.noted)

    @property
    def pending(self) -> dict[Ref, Pending]:
        """Check-ins whose workers wait."""
        return self.issuing.pending

    def fold(self, station: Station, ref: Ref, leaf: bytes, entry: Entry | Unreadable) -> None:
        """Take in one entry (see Role)."""
        if station.kind == "box":
            return
        self.guard.heard(self.check_ins.fold(station, ref, leaf, entry))
        self.issuing.fold(ref, entry)
        self.second.fold(station, ref, entry)

    def command(self, request: int, command: Command, pen: Pen, now_ms: int) -> None:
        """Decide one command of a worker or of officers."""
        match command:
            case CheckInVoter():
                outcome = self._check_in(request, command, pen, now_ms)
            case ConfirmCardTaken(number):
                outcome = self.issuing.taken(number, pen)
            case GiveUpCheckIn(voter):
                outcome = self.issuing.give_up(voter, pen)
            case TurnAway():
                outcome = self._turn_away(command, pen, now_ms)
            case SecondCheckIn():
                outcome = self.second.decide(command, pen)
            case ProposeAct(act):
                outcome = self._acts.propose(act, now_ms)
            case ProposeVoid():
                outcome = self._acts.propose_void(command)
            case SubmitAct(proposal, approvals):
                outcome = self._acts.submit(self._proposals.signed(proposal, approvals), pen)
            case NotePeripheral(noticed) if not self.check_ins.is_final(self._origin):
                outcome = self._notebook.write(noticed, pen, now_ms)
            case BookCommand():
                outcome = self._keeper.do(command, pen, now_ms)
            case NoteSelfTest():
                is_final = self.check_ins.is_final(self._origin)
                outcome = self._notebook.write_self_test(command, is_final, pen, now_ms)
            case _:
                outcome = Refused("not-here", "A desk cannot do this. Do it at the box.")
        if outcome is not None:
            pen.do(Answer(request, outcome))

    def stored(self, report: BallotStored, pen: Pen, now_ms: int) -> None:
        """A desk stores no ballots."""
        raise AssertionError("a ballot at a desk")

    def cards_of(self, other: str) -> int:
        """Cards issued here for the box `other`."""
        cards = (check_in.card for check_in in self.issuing.cards.values())
        return sum(card is not None and card.box == other for card in cards)

    def is_idle(self) -> bool:
        """Does no check-in wait for its answer?"""
        return not self.pending

    def react(self, pen: Pen, now_ms: int) -> None:
        """Promise what is due as a guard, sign as a second desk, move pending check-ins on."""
        if not self.check_ins.is_final(self._origin):
            self._notebook.catch_up(pen, now_ms)
        self.guard.promise(pen, now_ms)
        self.second.react(pen)
        self.issuing.react(pen, now_ms)

    def reprint(self, number: int) -> CardReady | None:
        """Card `number` again, while it has left and is not taken (see `Issuing.reprint`)."""
        return self.issuing.reprint(number)

    def outstanding(self) -> int:
        """Cards issued and not yet confirmed as taken."""
        return len(self.issuing.outstanding())

    def own_of(self, line: RollLine) -> CheckIn | None:
        """This desk's own live check-in of a voter, if there is one."""
        return self._own(self.check_ins.live(line.voter, line.rights))

    def _check_in(
        self, request: int, command: CheckInVoter, pen: Pen, now_ms: int
    ) -> Outcome | None:
        """Refuse in words, resume an own check-in, or write a new one and wait."""
        line = self.check_ins.roll.find(command.voter)
        mine = self.own_of(line) if line else None
        refusal = self.admission.refusal(line, command, inside=mine is not None)
        if refusal or line is None:
            return refusal
        rights = self.admission.wanted(line, command)
        others = self.check_ins.live(command.voter, rights)
        mine = self._own(others)
        if mine is not None and self._is_meant(mine, rights, command, line):
            return self.issuing.resume(request, mine, command, pen)
        if mine is not None and self.issuing.may_give_up(mine):
            # It was for other rights and brought no card: the worker's new word counts.
            self.issuing.drop(mine, pen)
            others = self.check_ins.live(command.voter, rights)
        if others:
            return self.admission.not_owed(line, others)
        if len(self.pending) >= PENDING_CHECK_INS_MAX:
            return Refused("busy", "Too many check-ins wait for an answer. Wait for one to end.")
        if refusal := self._keeper.stands_against(command.voter) or self.issuing.no_second(pen):
            return refusal
        entry = VoterCheckedIn(
            command.voter,
            rights,
            command.document,
            command.means,
            minute_text(now_ms),
            command.finger,
            command.defective,
        )
        self.issuing.wait_for(request, pen.append(entry), command, pen)
        return None

    def _is_meant(
        self, mine: CheckIn, rights: tuple[str, ...], command: CheckInVoter, line: RollLine
    ) -> bool:
        """Is this own check-in the one to go on with, rather than the rights that are owed?"""
        if command.rights and set(mine.entry.rights) != set(rights):
            return False
        return self.issuing.goes_on(mine) or not owed_to(self.check_ins, line).owed

    def _own(self, live: list[CheckIn]) -> CheckIn | None:
        """This desk's own among these: an unfinished one before one whose card was taken."""
        own = [c for c in live if c.ref.origin == self._origin]
        return next((c for c in own if self.issuing.goes_on(c)), own[0] if own else None)

    def _turn_away(self, command: TurnAway, pen: Pen, now_ms: int) -> Done | Refused:
        entry = self.admission.turned_away(command, now_ms)
        if isinstance(entry, Refused):
            return entry
        return Done(f"Written down. {TURNED_AWAY[entry.because]}", pen.append(entry).index)
