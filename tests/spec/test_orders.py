"""Amendments and called spares: they travel first, bind everybody alike, and stand in each log."""

import pytest
from msgspec.structs import replace

from simulations.sample_day import SampleDay, amended, called, sample_day
from simulations.world import World
from sync.encoding import canonical, decode
from sync.entries import Entry, PollsClosed
from sync.errors import DecodeError, VerifyError
from sync.mesh_entries import AmendmentTaken, SpareCalled
from sync.officers import approve
from sync.orders import (
    Amendment,
    Change,
    HoursChanged,
    Order,
    Orders,
    SparePutToWork,
    StationRevoked,
    VotersAdded,
)
from sync.outcomes import CardReady, Done, Refused
from sync.package import Hours
from sync.roll import RollLine

LATER = HoursChanged((Hours("2026-11-27T04:30Z", "2026-11-27T16:30Z"),))
STATIONS = ("a-desk-1", "a-desk-2", "a-box-1", "north-1")


@pytest.fixture
def day() -> SampleDay:
    return sample_day(desks=2, voters=12, spares=2)


@pytest.fixture
def world(day: SampleDay) -> World:
    world = World(day)
    world.open_polls()
    return world


def own_entries(world: World, name: str) -> list[Entry]:
    stored = world.disk(name).logs[f"pollmesh/{world.day.package.day}/{name}/0"].entries
    return [decode(data, Entry, name) for data in stored]  # type: ignore[arg-type]


def body(order: Order) -> Amendment:
    return decode(order.body, Amendment, "order")


def test_an_amendment_given_to_one_station_binds_every_station(world: World) -> None:
    order = amended(world.day, LATER)
    outcome = world.give_order("a-desk-2", order)
    assert outcome == Done("Taken. This station starts again with it, in a moment.")
    world.run_until_quiet()
    for name in STATIONS:
        assert world.replica(name).package.hours == LATER.hours, name
        taken = [e for e in own_entries(world, name) if isinstance(e, AmendmentTaken)]
        assert taken == [AmendmentTaken(1, body(order).digest)], name
    again = world.give_order("a-desk-1", order)
    assert again == Done("This is in force here already.")


def test_a_station_that_was_off_learns_of_it_before_anything_else(world: World) -> None:
    world.crash("a-desk-1")
    world.give_order("a-desk-2", amended(world.day, LATER))
    world.run_until_quiet()
    world.restart("a-desk-1")
    world.run_until_quiet()
    assert world.replica("a-desk-1").package.hours == LATER.hours
    assert isinstance(world.desk("a-desk-1").check_in(world.day.voters["a"][0]), CardReady)


def test_a_voter_who_was_added_is_admitted(world: World) -> None:
    line = RollLine("ab" * 16, "a", ("council",), "")
    world.give_order("a-desk-1", amended(world.day, VotersAdded((line,))))
    world.run_until_quiet()
    assert isinstance(world.desk("a-desk-2").check_in(line.voter), CardReady)
    world.run_until_quiet()
    assert world.check_ins("north-1").faults() == []


def test_what_a_revoked_station_writes_after_its_size_is_evidence_and_never_counts(
    world: World, day: SampleDay
) -> None:
    first, second = day.voters["a"][:2]
    assert isinstance(world.desk("a-desk-2").check_in(first), CardReady)
    world.run_until_quiet()
    size = len(own_entries(world, "a-desk-2"))
    assert isinstance(world.desk("a-desk-2").check_in(second), CardReady)
    world.run_until_quiet()
    world.checkers.watched = False
    world.give_order("a-desk-1", amended(day, StationRevoked("a-desk-2", 0, size)))
    # Not until it is quiet: the revoked one goes on knocking.
    world.advance(10_000)
    folded = world.check_ins("north-1")
    assert [c.entry.voter for c in folded.all() if c.desk == "a-desk-2"] == [first]
    assert {f.words.partition(";")[0] for f in folded.faults()} >= {
        f"this is no entry: the key was revoked at entry {size}"
    }
    words = "The authorities revoked this station. It writes no more; put a spare in its place."
    assert world.desk("a-desk-2").check_in(day.voters["a"][3]) == Refused("stopped", words)
    assert world.replica("a-desk-1").refusals["revoked"] > 0
    assert isinstance(world.desk("a-desk-1").check_in(day.voters["a"][4]), CardReady | Refused)


def test_a_spare_works_at_a_place_that_reaches_no_authority(world: World, day: SampleDay) -> None:
    world.crash("a-desk-2")
    world.part({"north-1"}, set(STATIONS) - {"north-1"})
    world.put_to_work("spare-1", called(day, "spare-1", "a"))
    world.run_until_quiet()
    assert own_entries(world, "spare-1")[1] == decode(
        called(day, "spare-1", "a").body, SpareCalled, "call"
    )
    assert isinstance(world.officers("a").act("spare-1", "open"), Done)
    outcomes = [world.desk("spare-1").check_in(voter) for voter in day.voters["a"]]
    assert any(isinstance(outcome, CardReady) for outcome in outcomes)
    card = next(outcome for outcome in outcomes if isinstance(outcome, CardReady))
    assert world.box("a-box-1").vote(card.card, {}).words.startswith("Your vote is in")  # type: ignore[union-attr]
    world.rejoin()
    world.run_until_quiet()
    assert "spare-1" in world.replica("north-1").package.stations_by_id
    promises = [e for e in own_entries(world, "spare-1") if type(e).__name__ == "PromiseMade"]
    assert promises == [], "the guards of a day are fixed: a spare checks in and does not promise"


def test_a_spare_put_to_work_by_an_amendment_brings_it_along(world: World, day: SampleDay) -> None:
    world.put_to_work("spare-2", amended(day, SparePutToWork("spare-2", "a")))
    world.run_until_quiet()
    assert isinstance(world.officers("a").act("spare-2", "open"), Done)
    assert all("spare-2" in world.replica(name).package.stations_by_id for name in STATIONS)


def test_a_card_in_the_voters_hand_is_not_disturbed(world: World, day: SampleDay) -> None:
    ready = next(
        outcome
        for voter in day.voters["a"]
        if isinstance(outcome := world.desk("a-desk-1").check_in(voter), CardReady)
    )
    offered = world.box("a-box-1").show(ready.card)
    world.give_order("a-desk-1", amended(day, LATER))
    world.run_until_quiet()
    assert world.replica("a-box-1").package.hours != LATER.hours, "a voter is at the box"
    rows = {row.contest: () for row in offered.contests}  # type: ignore[union-attr]
    cast = world.box("a-box-1").cast(offered.session, rows)  # type: ignore[union-attr]
    assert cast.words.startswith("Your vote is in")  # type: ignore[union-attr]
    world.run_until_quiet()
    assert world.replica("a-box-1").package.hours == LATER.hours


def test_a_restart_in_the_middle_loses_no_order(world: World, day: SampleDay) -> None:
    world.crash_when("a-desk-2", "after-write", lambda effects: "PersistOrder" in repr(effects))
    world.ask_order("a-desk-2", amended(day, LATER))
    world.advance(100)
    assert not world.is_up("a-desk-2")
    world.restart("a-desk-2")
    world.run_until_quiet()
    assert all(world.replica(name).package.hours == LATER.hours for name in STATIONS)


def wrong_code(day: SampleDay) -> Order:
    return called(day, "spare-1", "a", "WRONG-CODE")


def one_signature(day: SampleDay) -> Order:
    order = amended(day, LATER)
    lines = order.note.decode().splitlines(keepends=True)
    return Order(order.body, "".join(lines[:-1]).encode())


def changed_after_signing(day: SampleDay) -> Order:
    order = amended(day, LATER)
    return Order(order.body.replace(b"A test.", b"A lie.."), order.note)


def of_another_day(day: SampleDay) -> Order:
    return amended(sample_day(seed=2, desks=2, voters=12, spares=2), LATER)


def second_first(day: SampleDay) -> Order:
    return amended(day, LATER, after=(body(amended(day, LATER)),))


def unknown_spare(day: SampleDay) -> Order:
    return amended(day, SparePutToWork("spare-9", "a"))


def no_such_place(day: SampleDay) -> Order:
    return amended(day, SparePutToWork("spare-2", "z"))


def one_officer(day: SampleDay) -> Order:
    order = called(day, "spare-1", "a")
    call = decode(order.body, SpareCalled, "call")
    return Order(canonical(replace(call, approvals=call.approvals[:1])))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (wrong_code, "this is not the code of spare-1; read it again"),
        (one_signature, "amendment 1: the supervisory authority has not signed"),
        (changed_after_signing, "amendment 1: the signatures are for another text"),
        (of_another_day, "this amendment is for another package"),
        (second_first, "amendment 2 does not follow: 1 is next here. Take the amendments in their"),
        (unknown_spare, "amendment 1: spare-9 is no spare of this package"),
        (no_such_place, "amendment 1: 'z' is no place for a desk"),
        (one_officer, "Two officers are needed, one of each authority; signed by: executive."),
    ],
)
def test_an_order_that_does_not_hold_is_refused_in_words(day: SampleDay, make, words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises((VerifyError, DecodeError), match=r"\w") as refused:
        Orders(day.package).take(make(day))
    assert str(refused.value).startswith(words)
    world = World(day)
    outcome = world.give_order("a-desk-1", make(day))
    assert isinstance(outcome, Refused)
    assert outcome.words.startswith(f"This cannot be taken: {words}")


CHANGES: tuple[Change, ...] = (
    LATER,
    SparePutToWork("spare-2", "a"),
    StationRevoked("a-desk-2", 0, 5),
    VotersAdded((RollLine("ab" * 16, "a", ("council",), ""),)),
)


def test_amended_packages_keep_their_name_and_their_guards(day: SampleDay) -> None:
    orders, made = Orders(day.package), []
    for change in CHANGES:
        order = amended(day, change, after=tuple(made))
        orders = orders.take(order)
        made.append(body(order))
    package = orders.effective()
    assert package.base_hash == day.package.base_hash
    assert package.places == day.package.places
    assert package.rules == day.package.rules
    assert orders.digest != Orders(day.package).digest
    assert Orders(day.package).take_all(reversed(orders.signed)) == orders


def test_a_spare_with_a_code_is_never_moved_by_an_amendment(day: SampleDay) -> None:
    with pytest.raises(VerifyError, match="spare-1 is called by its code, at the place that has"):
        Orders(day.package).take(amended(day, SparePutToWork("spare-1", "a")))


def test_a_call_that_is_signed_again_is_the_same_call(day: SampleDay) -> None:
    first = called(day, "spare-1", "a")
    call = decode(first.body, SpareCalled, "call")
    later = replace(call, minute="2026-11-27T05:06Z")
    origin = f"pollmesh/{day.package.day}/spare-1/0"
    names = ("a-executive", "a-supervisory")
    later = replace(
        later, approvals=tuple(approve(origin, later, name, day.signers[name]) for name in names)
    )
    orders = Orders(day.package).take(first)
    assert orders.take(Order(canonical(later))) is orders
    assert orders.digest == Orders(day.package).take(Order(canonical(later))).digest


def test_a_revoked_desks_promised_check_in_stays_promised_and_stops_no_guard() -> None:
    """The thief's entries are revoked; whoever was promised for them is not promised again."""
    world = World(sample_day(desks=3, voters=12))
    world.open_polls()
    voters = world.day.voters["a"]
    assert isinstance(world.desk("a-desk-2").check_in(voters[0]), CardReady)
    world.run_until_quiet()
    world.checkers.watched = False
    world.give_order("a-desk-1", amended(world.day, StationRevoked("a-desk-2", 0, 2)))
    world.advance(10_000)
    again = world.desk("a-desk-1").check_in(voters[0])
    assert isinstance(again, Refused)
    assert again.reason == "no-quorum"
    outcomes = [world.desk("a-desk-1").check_in(voter) for voter in voters[1:]]
    assert all(isinstance(outcome, CardReady) for outcome in outcomes)


def test_a_box_takes_no_card_of_a_revoked_desk(world: World, day: SampleDay) -> None:
    card = next(
        ready.card
        for voter in day.voters["a"]
        if isinstance(ready := world.desk("a-desk-2").check_in(voter), CardReady)
    )
    world.run_until_quiet()
    world.checkers.watched = False
    world.give_order("a-desk-1", amended(day, StationRevoked("a-desk-2", 0, 2)))
    world.advance(10_000)
    words = "The authorities revoked a-desk-2, which made this card. Call an officer."
    assert world.box("a-box-1").show(card) == Refused("desk-revoked", words)


def test_an_order_restarts_stations_whose_siblings_are_off(day: SampleDay) -> None:
    """A node that starts again in its own process has lost nothing, and asks nobody."""
    world = World(sample_day(desks=3, voters=12))
    world.open_polls()
    for name in ("a-desk-2", "a-desk-3"):
        world.crash(name)
    world.give_order("a-desk-1", amended(world.day, LATER))
    world.run_until_quiet()
    assert world.replica("a-desk-1").has_entered
    assert world.replica("a-box-1").has_entered


def test_a_called_spare_that_never_came_up_keeps_nobody_from_working(world: World) -> None:
    world.crash("a-desk-2")
    world.give_order("a-desk-1", called(world.day, "spare-1", "a"))
    world.run_until_quiet()
    world.crash("a-desk-1")
    world.restart("a-desk-1")
    world.run_until_quiet()
    assert world.replica("a-desk-1").has_entered


def test_two_amendments_with_one_number_divide_stations_visibly(world: World) -> None:
    other = amended(world.day, SparePutToWork("spare-2", "a"))
    world.part({"a-desk-1"}, set(STATIONS) - {"a-desk-1"})
    world.give_order("a-desk-1", amended(world.day, LATER))
    world.give_order("a-desk-2", other)
    world.run_until_quiet()
    world.rejoin()
    world.advance(5_000)
    words = world.replica("a-desk-2").other_package["a-desk-1"]
    assert words == "a-desk-1 goes by other amendments"
    assert world.replica("a-desk-1").connected() == frozenset()
    assert PollsClosed not in {type(e) for e in own_entries(world, "a-desk-1")}
