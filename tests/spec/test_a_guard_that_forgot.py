"""A guard whose disk was old has its own promises back before it knows what they were for."""

from dataclasses import dataclass, field

from simulations.sample_day import SampleDay
from simulations.world import World
from sync.check_ins import CheckIns
from sync.entries import Entry, PromiseMade, VoterCheckedIn
from sync.guard import Guard
from sync.meaning import meaning
from sync.outcomes import CardReady
from sync.position import Ref

ONE, TWO = "pollmesh/sample-1/a-desk-1/0", "pollmesh/sample-1/a-desk-2/0"


@dataclass
class Page:
    """A pen that only remembers."""

    origin: str
    steady_ms: int = 0
    written: list[Entry] = field(default_factory=list)

    def append(self, entry: Entry) -> Ref:
        self.written.append(entry)
        return Ref(self.origin, len(self.written))


def fold_log(world: World, check_ins: CheckIns, origin: str, guard: Guard) -> None:
    """One whole log as it stands on the district's disk."""
    station = world.day.station(origin.split("/")[2])
    tree = world.replica("north-1").logs[origin].tree
    for index, data in enumerate(world.disk("north-1").logs[origin].entries):
        entry = meaning(world.day.package, station, origin, index, data)
        guard.heard(check_ins.fold(station, Ref(origin, index), tree.leaf(index), entry))


def test_it_promises_nobody_until_it_knows_every_check_in_that_it_promised(
    world: World, voter: str, day: SampleDay
) -> None:
    assert isinstance(world.desk("a-desk-1").check_in(voter), CardReady)
    world.run_until_quiet()
    check_ins, page = CheckIns(day.package, day.roll), Page(TWO)
    guard = Guard(check_ins, "a-desk-2", TWO)
    fold_log(world, check_ins, TWO, guard)
    assert not check_ins.knows_all_promised_by("a-desk-2")
    assert check_ins.knows_all_promised_by("a-desk-1")
    again = VoterCheckedIn(voter, ("council",), "passport", "typed", "2026-11-27T05:00Z")
    guard.heard(check_ins.fold(day.station("a-desk-2"), Ref(TWO, 50), b"x" * 32, again))
    guard.promise(page, 1_764_220_000_000)  # type: ignore[arg-type]
    assert page.written == [], "it cannot know that this very voter stands promised"
    fold_log(world, check_ins, ONE, guard)
    assert check_ins.knows_all_promised_by("a-desk-2")
    guard.promise(page, 1_764_220_000_000)  # type: ignore[arg-type]
    assert page.written == [], "now it knows"
    other = next(v for v in day.voters["a"] if v != voter)
    claim = VoterCheckedIn(other, ("council",), "passport", "typed", "2026-11-27T05:00Z")
    guard.heard(check_ins.fold(day.station("a-desk-2"), Ref(TWO, 51), b"y" * 32, claim))
    guard.promise(page, 1_764_220_000_000)  # type: ignore[arg-type]
    assert page.written == [PromiseMade(TWO, 51, b"y" * 32)]
