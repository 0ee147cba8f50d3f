"""A desk that checks in faster than a person can gets no promises until time has passed."""

from simulations.sample_day import SampleDay, sample_day
from simulations.world import World
from sync.check_ins import CheckIns
from sync.desk import Desk
from sync.limits import PACE_AHEAD_MINUTES
from sync.outcomes import CardReady, Refused

MINUTE_MS = 60_000


def hurried_day(voters: int = 24) -> SampleDay:
    return sample_day(desks=2, voters=voters, check_ins_per_minute=1)


def folded(world: World, name: str) -> CheckIns:
    role = world.replica(name).role
    assert isinstance(role, Desk)
    return role.check_ins


def test_a_stolen_desk_uses_up_no_more_check_ins_than_a_person_could() -> None:
    world = World(hurried_day())
    world.open_polls()
    outcomes = [world.desk("a-desk-1").check_in(voter) for voter in world.day.voters["a"]]
    cards = [one for one in outcomes if isinstance(one, CardReady)]
    assert len(cards) == PACE_AHEAD_MINUTES
    assert {one.reason for one in outcomes if isinstance(one, Refused)} == {"no-quorum"}
    world.run_until_quiet()
    checked = folded(world, "a-desk-2")
    assert sum(bool(checked.promised_by(c)) for c in checked.all()) == PACE_AHEAD_MINUTES


def test_the_guards_say_which_desk_is_too_fast_while_it_waits() -> None:
    world = World(hurried_day())
    world.open_polls()
    for voter in world.day.voters["a"][:PACE_AHEAD_MINUTES]:
        world.desk("a-desk-1").check_in(voter)
    assert world.replica("a-desk-2").role.guard.outrun() == ()  # type: ignore[attr-defined]
    world.desk("a-desk-1").ask(world.day.voters["a"][PACE_AHEAD_MINUTES])
    world.advance(500)
    for name in ("a-desk-1", "a-desk-2"):
        assert world.replica(name).role.guard.outrun() == ("a-desk-1",)  # type: ignore[attr-defined]


def test_what_came_too_fast_is_promised_when_the_time_has_passed() -> None:
    world = World(sample_day(desks=2, voters=24, check_ins_per_minute=1, confirm_wait_ms=90_000))
    world.open_polls()
    for voter in world.day.voters["a"][:PACE_AHEAD_MINUTES]:
        assert isinstance(world.desk("a-desk-1").check_in(voter), CardReady)
    late = world.desk("a-desk-1").ask(world.day.voters["a"][PACE_AHEAD_MINUTES])
    world.advance(20_000)
    assert late.outcome is None
    world.advance(MINUTE_MS)
    assert isinstance(late.outcome, CardReady)


def test_a_day_that_was_apart_is_promised_at_once_when_the_links_come_back() -> None:
    """The bound counts from the opening, not from when the guard hears of the check-ins."""
    world = World(hurried_day())
    world.open_polls()
    world.advance(30 * MINUTE_MS)
    cards = [world.desk("a-desk-1").check_in(voter) for voter in world.day.voters["a"][:20]]
    assert all(isinstance(card, CardReady) for card in cards)


def test_a_guard_whose_clock_is_a_day_behind_still_promises_at_a_persons_pace() -> None:
    world = World(hurried_day())
    world.open_polls()
    world.computers["a-desk-2"].clock_ahead_ms = -24 * 60 * MINUTE_MS
    voters = world.day.voters["a"]
    for number in range(8):
        assert isinstance(world.desk("a-desk-1").check_in(voters[number]), CardReady), number
        world.advance(MINUTE_MS)
