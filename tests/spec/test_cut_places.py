"""Places cut apart: a quorum always shares a guard, so every voter has exactly one side."""

from simulations.sample_day import SampleDay, sample_day
from simulations.world import World
from sync.guards import primary_of
from sync.outcomes import CardReady, Refused


def test_a_place_of_two_desks_cut_in_half_confirms_every_voter_on_exactly_one_side(
    day: SampleDay,
) -> None:
    world = World(day)
    world.open_polls()
    world.part({"a-desk-1", "a-box-1", "north-1"}, {"a-desk-2"})
    sides = {}
    for voter in day.voters["a"]:
        tried = {name: world.desk(name).check_in(voter) for name in ("a-desk-1", "a-desk-2")}
        with_card = [name for name, found in tried.items() if isinstance(found, CardReady)]
        assert len(with_card) == 1, tried
        sides[voter] = with_card[0]
    guards = day.package.places_by_id["a"].guards
    assert sides == {voter: primary_of(voter, guards) for voter in day.voters["a"]}
    assert set(sides.values()) == {"a-desk-1", "a-desk-2"}, "each half serves its share"


def test_of_three_desks_any_two_confirm_and_the_third_alone_never_does() -> None:
    day = sample_day(desks=3, voters=9)
    world = World(day)
    world.open_polls()
    world.part({"a-desk-1", "a-desk-2", "north-1", "a-box-1"}, {"a-desk-3"})
    for voter in day.voters["a"]:
        alone = world.desk("a-desk-3").check_in(voter)
        assert isinstance(alone, Refused)
        assert alone.reason == "no-quorum"
        assert isinstance(world.desk("a-desk-1").check_in(voter), CardReady)


def test_one_desk_with_a_guard_elsewhere_confirms_alone_only_whom_it_is_primary_of() -> None:
    day = sample_day(desks=1, voters=16, guard_at_district=True)
    world = World(day)
    world.open_polls()
    guards = day.package.places_by_id["a"].guards
    assert guards == ("a-desk-1", "north-1")
    world.part({"a-desk-1", "a-box-1"}, {"north-1"})
    alone = {
        voter: isinstance(world.desk("a-desk-1").check_in(voter), CardReady)
        for voter in day.voters["a"]
    }
    assert alone == {v: primary_of(v, guards) == "a-desk-1" for v in day.voters["a"]}
    assert set(alone.values()) == {True, False}
    world.rejoin()
    world.run_until_quiet()
    for voter in (voter for voter, done in alone.items() if not done):
        assert isinstance(world.desk("a-desk-1").check_in(voter), CardReady)


def test_a_check_in_reaches_a_cut_desk_through_a_sibling() -> None:
    day = sample_day(desks=3, voters=9)
    world = World(day)
    world.open_polls()
    world.part({"a-desk-1"}, {"a-desk-3", "north-1", "a-box-1"})
    voter = day.voters["a"][0]
    assert isinstance(world.desk("a-desk-1").check_in(voter), CardReady)
    world.advance(2_000)
    outcome = world.desk("a-desk-3").check_in(voter)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "already-checked-in"
    assert [c.desk for c in world.check_ins("north-1").of(voter)] == ["a-desk-1"]
