"""When a guard promises: the rule that makes it impossible to confirm a voter twice.

A guard that durably holds a live check-in, and has no other promise standing for that voter and any
of its rights, promises it. Among several it takes the one with the most promised weight known, then
the lower position (origin bytes, then index). It never promises in a later epoch or a sealed log,
and a promise ends only with its check-in.
"""

from collections.abc import Iterable

from sync.check_ins import CheckIn, CheckIns
from sync.entries import PromiseMade


def promises_due(check_ins: CheckIns, guard: str, voters: Iterable[str]) -> list[PromiseMade]:
    """The promises `guard` now owes for these voters, in the order of `voters`."""
    due = []
    for voter in voters:
        if guard not in check_ins.guards_of(voter):
            continue
        taken = {r for c in check_ins.standing_of(guard, voter) for r in c.entry.rights}
        waiting = [c for c in check_ins.of(voter) if c.is_live and not taken & set(c.entry.rights)]
        for check_in in sorted(waiting, key=lambda c: _preference(check_ins, c)):
            if not taken & set(check_in.entry.rights):
                taken |= set(check_in.entry.rights)
                due.append(PromiseMade(check_in.ref.origin, check_in.ref.index, check_in.leaf))
    return due


def _preference(check_ins: CheckIns, check_in: CheckIn) -> tuple[int, bytes, int]:
    ref = check_in.ref
    return (-check_ins.weight(check_in), ref.origin.encode(), ref.index)
