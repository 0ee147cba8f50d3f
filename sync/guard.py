"""When a guard promises: the rule that makes it impossible to confirm a voter twice.

A guard that durably holds a live check-in, and has no other promise standing for that voter and any
of its rights, promises it. Among several it takes the one with the most promised weight known, then
the lower position (origin bytes, then index). It never promises in a later epoch or a sealed log,
and a promise ends only with its check-in.

**Pace.** A stolen desk key could use up the check-ins of a whole place in a moment. So the n-th
check-in of a desk is promised only when a person can have made n check-ins since the desk opened:

    n <= check_ins_per_minute * (minutes since its opening + PACE_AHEAD_MINUTES)

The opening is two officers' entry, so its minute is not the desk's own word. Minutes are counted by
the guard's clock or, where that gives more, by how long this guard has known of the opening, so
that a clock set back bars nobody for good. What came too fast waits; it is promised once the time
has passed, and the station says so meanwhile.
"""

from collections.abc import Iterable

from sync.check_ins import CheckIn, CheckIns
from sync.entries import PromiseMade
from sync.limits import PACE_AGAIN_MS, PACE_AHEAD_MINUTES
from sync.minutes import minute_ms
from sync.role import Pen

MINUTE_MS = 60_000


class Guard:
    """One station's duty as a guard: whose standing changed, and what it therefore promises."""

    def __init__(self, check_ins: CheckIns, station: str, origin: str) -> None:
        self._check_ins = check_ins
        self._station = station
        self._origin = origin
        self._changed: set[str] = set()
        self._too_fast: dict[str, str] = {}
        self._again_ms = 0
        self._opening_known_ms: dict[str, int] = {}

    def heard(self, voter: str | None) -> None:
        """The standing of this voter, if any, may have changed."""
        if voter is not None:
            self._changed.add(voter)

    def outrun(self) -> tuple[str, ...]:
        """Desks whose check-ins come faster than a person works: some wait for a promise."""
        return tuple(sorted(set(self._too_fast.values())))

    def promise(self, pen: Pen, now_ms: int) -> None:
        """Write every promise that is due."""
        if not self._check_ins.knows_all_promised_by(self._station):
            # An old disk was put back: our log is whole again, another's is not yet. Which voter
            # stands promised there nobody can say here, so whoever changed meanwhile waits.
            return
        if pen.steady_ms - self._again_ms >= PACE_AGAIN_MS:
            self._again_ms = pen.steady_ms
            self._changed |= self._too_fast.keys()
        while self._changed:
            voters, self._changed = sorted(self._changed), set()
            if self._check_ins.is_final(self._origin):
                continue
            for voter in voters:
                self._too_fast.pop(voter, None)
            for promise in promises_due(
                self._check_ins, self._station, self._paced(voters, pen, now_ms)
            ):
                pen.append(promise)

    def _paced(
        self, voters: list[str], pen: Pen, now_ms: int
    ) -> Iterable[tuple[str, list[CheckIn]]]:
        """Of each voter's check-ins those that a person can have made by now."""
        for voter in voters:
            in_time = []
            for check_in in self._check_ins.of(voter):
                if not check_in.is_live or self._is_in_time(check_in, pen, now_ms):
                    in_time.append(check_in)
                elif self._station in self._check_ins.guards_of(voter):
                    self._too_fast[voter] = check_in.desk
            yield voter, in_time

    def _is_in_time(self, check_in: CheckIn, pen: Pen, now_ms: int) -> bool:
        origin = check_in.ref.origin
        known_ms = self._opening_known_ms.setdefault(origin, pen.steady_ms)
        opened = self._check_ins.opened_minute(origin)
        passed_ms = max(pen.steady_ms - known_ms, now_ms - minute_ms(opened) if opened else 0)
        minutes = passed_ms // MINUTE_MS + PACE_AHEAD_MINUTES
        return check_in.number <= self._check_ins.package.rules.check_ins_per_minute * minutes


def promises_due(
    check_ins: CheckIns, guard: str, voters: Iterable[tuple[str, list[CheckIn]]]
) -> list[PromiseMade]:
    """The promises `guard` now owes for these voters and check-ins, in their order."""
    due = []
    for voter, known in voters:
        if guard not in check_ins.guards_of(voter):
            continue
        taken = {r for c in check_ins.standing_of(guard, voter) for r in c.entry.rights}
        waiting = [c for c in known if c.is_live and not taken & set(c.entry.rights)]
        for check_in in sorted(waiting, key=lambda c: _preference(check_ins, c)):
            if not taken & set(check_in.entry.rights):
                taken |= set(check_in.entry.rights)
                due.append(PromiseMade(check_in.ref.origin, check_in.ref.index, check_in.leaf))
    return due


def _preference(check_ins: CheckIns, check_in: CheckIn) -> tuple[int, bytes, int]:
    ref = check_in.ref
    return (-check_ins.weight(check_in), ref.origin.encode(), ref.index)
