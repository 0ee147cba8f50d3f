"""What box logs say: opened, cast so far, returned; and whether a return adds up.

The box side's fold, used by boxes, districts and the verifier. A return stands when two officers
approved it and its arithmetic holds; what does not add up is a fault, shown and never tabulated.
"""

from dataclasses import dataclass

from sync.entries import (
    BoxReturned,
    CastCounted,
    ContestReturn,
    Entry,
    LogFinal,
    PeripheralNoted,
    PollsClosed,
    PollsOpened,
    Unreadable,
    ZeroReturned,
)
from sync.noted import Noted
from sync.officers import approval_problem
from sync.package import Package, Station
from sync.position import Fault, Ref
from sync.self_test import SelfTested


@dataclass
class BoxState:
    """All that is known of one box from its log."""

    box: str
    place: str
    zero_returned: bool = False
    opened: str | None = None
    closed: str | None = None
    final: bool = False
    counted: CastCounted | None = None
    returned: BoxReturned | None = None
    returned_at: Ref | None = None

    @property
    def cast(self) -> int:
        """Ballots cast as far as published: live in steps of k, whole in the return."""
        if self.returned:
            return self.returned.cast
        return self.counted.cast if self.counted else 0

    @property
    def stage(self) -> str:
        """The stage in one word, as screens show it."""
        if self.returned:
            return "returned"
        if self.closed:
            return "closed"
        return "open" if self.opened else "ready" if self.zero_returned else "unready"


class Returns:
    """The fold over box logs."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.noted = Noted()
        self._boxes: dict[str, BoxState] = {
            s.id: BoxState(s.id, s.at) for s in package.stations if s.kind == "box"
        }
        self._faults: list[Fault] = []

    def fold(self, station: Station, ref: Ref, entry: Entry | Unreadable) -> None:
        """Take in one entry of a box's log, in log order."""
        state = self._boxes[station.id]
        if isinstance(entry, Unreadable):
            self._fault(ref, f"this is no entry: {entry.reason}")
        elif state.final:
            self._fault(ref, f"{type(entry).__name__} after the log was final")
        elif isinstance(entry, PollsOpened | PollsClosed | LogFinal | BoxReturned):
            self._fold_act(state, station, ref, entry)
        elif isinstance(entry, ZeroReturned):
            if entry.ballots or entry.spent or state.opened:
                self._fault(ref, "a zero return that is not zero, or after the opening")
            state.zero_returned = True
        elif isinstance(entry, CastCounted):
            if state.counted and entry.cast <= state.counted.cast:
                self._fault(ref, "the number of ballots cast did not grow")
            state.counted = entry
        elif isinstance(entry, PeripheralNoted | SelfTested):
            self.noted.fold(station.id, entry)

    def box(self, box: str) -> BoxState:
        """One box."""
        return self._boxes[box]

    def boxes(self) -> list[BoxState]:
        """Every box of the package, in its order."""
        return list(self._boxes.values())

    def faults(self) -> list[Fault]:
        """What boxes wrote and must not have written, in order of position."""
        return sorted(self._faults)

    def _fold_act(
        self,
        state: BoxState,
        station: Station,
        ref: Ref,
        act: PollsOpened | PollsClosed | LogFinal | BoxReturned,
    ) -> None:
        problem = approval_problem(self.package, ref.origin, station.at, act)
        if problem:
            self._fault(ref, f"{type(act).__name__} does not stand: {problem}")
        elif isinstance(act, PollsOpened):
            if not state.zero_returned:
                self._fault(ref, "opened without a zero return")
            state.opened = act.minute
        elif isinstance(act, PollsClosed):
            state.closed = act.minute
        elif isinstance(act, LogFinal):
            state.final = True
        else:
            self._fold_return(state, ref, act)

    def _fold_return(self, state: BoxState, ref: Ref, act: BoxReturned) -> None:
        problem = return_problem(self.package, act)
        if not state.zero_returned or state.opened is None or state.closed is None:
            problem = "a return without zero return, opening and closing before it"
        elif (act.opened, act.closed) != (state.opened, state.closed):
            problem = "other times of opening and closing than the log's"
        elif state.returned is not None or act.period != 1:
            problem = "a second return, or a period that never was"
        elif state.counted and state.counted.cast > act.cast:
            problem = "fewer ballots than were published as cast"
        if problem:
            self._fault(ref, f"a return that does not stand: {problem}")
        else:
            state.returned, state.returned_at = act, ref

    def _fault(self, ref: Ref, words: str) -> None:
        self._faults.append(Fault(ref.origin, ref.index, words))


def return_problem(package: Package, act: BoxReturned) -> str | None:
    """Why the return's numbers do not hold together; None if every identity does."""
    if any(not 0 <= row.returned <= row.spent for row in act.by_desk):
        return "more cards taken back than spent, or a negative number"
    if sum(row.spent - row.returned for row in act.by_desk) != act.cast:
        return "the cards spent by desk do not sum to the ballots cast"
    if len({row.desk for row in act.by_desk}) < len(act.by_desk):
        return "a desk stands twice among the cards spent"
    contests = [row.contest for row in act.contests]
    if contests != list(package.contests_by_id):
        return "the contests are not those of the package"
    for row in act.contests:
        if row.ballots > act.cast or min(row.ballots, row.blank, act.cast) < 0:
            return f"{row.contest}: more ballots than were cast, or a negative number"
        if problem := _contest_problem(package, row):
            return f"{row.contest}: {problem}"
    return None


def _contest_problem(package: Package, row: ContestReturn) -> str | None:
    contest = package.contests_by_id[row.contest]
    if row.withheld != (0 < row.ballots < package.rules.k):
        return f"withheld must be said exactly where fewer than k={package.rules.k} were cast"
    if row.withheld:
        return "figures shown although withheld" if row.votes or row.blank else None
    if [vote.code for vote in row.votes] != [option.code for option in contest.options]:
        return "the options are not those of the contest"
    chosen = row.ballots - row.blank
    if chosen < 0 or any(not 0 <= vote.votes <= chosen for vote in row.votes):
        return "an option has more votes than there are ballots"
    total = sum(vote.votes for vote in row.votes)
    if not chosen <= total <= chosen * contest.seats:
        return "the votes do not fit the number of ballots with a choice"
    return None
