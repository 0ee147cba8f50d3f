"""An act is two signatures over the exact entry, one of each authority, by the place's officers."""

import pytest
from msgspec.structs import replace

from simulations.sample_day import SampleDay, sample_day
from simulations.world import World
from sync.effects import SubmitAct
from sync.entries import PollsClosed, PollsOpened
from sync.entry_base import Approval
from sync.officers import approval_problem, approve
from sync.outcomes import ActProposed, Done, Refused
from sync.package import Officer

ORIGIN = "pollmesh/sample-1/a-desk-1/0"


def shown(world: World, station: str = "a-desk-1", act: str = "open") -> ActProposed:
    """What a station shows to be signed."""
    proposal = world.officers("a").propose(station, act)
    assert isinstance(proposal, ActProposed), proposal
    return proposal


@pytest.fixture
def closed_world(day: SampleDay) -> World:
    """Stations that nobody has opened yet."""
    return World(day)


def test_an_act_needs_two_officers_one_of_each_authority(closed_world: World) -> None:
    world, officers = closed_world, closed_world.officers("a")
    proposal = shown(world)
    both = officers.sign(proposal)
    executive, supervisory = both.approvals

    def refused(*approvals: Approval) -> str:
        outcome = officers.submit("a-desk-1", SubmitAct(proposal.proposal, approvals))
        assert isinstance(outcome, Refused), outcome
        assert outcome.reason == "not-approved"
        return outcome.words

    needed = "Two officers are needed, one of each authority; signed by: "
    assert refused() == needed + "none."
    assert refused(executive) == needed + "executive."
    assert refused(executive, executive) == needed + "executive, executive."
    assert refused(executive, supervisory, supervisory) == (
        needed + "executive, supervisory, supervisory."
    )
    assert refused(executive, Approval("a-supervisory", b"")) == (
        "The signature of officer a supervisory does not hold for this act."
    ), "a name typed in is no signature"
    assert refused(executive, replace(supervisory, officer="a-executive")) == (
        "The signature of officer a executive does not hold for this act."
    )
    assert refused(executive, Approval("somebody", supervisory.signature)) == (
        "somebody is no officer of this package."
    )
    for other in (
        officers.sign(proposal, "a-executive", "north-supervisory").approvals,
        officers.sign(proposal, "north-executive", "a-supervisory").approvals,
    ):
        assert refused(*other).endswith("of north, not of a.")
    elsewhere = officers.sign(proposal, origin="pollmesh/sample-1/a-desk-2/0")
    assert refused(*elsewhere.approvals) == (
        "The signature of officer a executive does not hold for this act."
    ), "signed for another log"
    assert officers.submit("a-desk-1", both) == Done("Polls opened at a-desk-1.", 1)
    assert officers.submit("a-desk-1", both) == Refused(
        "no-proposal", "This act is no longer open. Start it again."
    )


def test_two_officers_of_one_authority_are_one_authority(day: SampleDay) -> None:
    deputy = Officer("a-deputy", "deputy", "executive", "a", day.signers["north-executive"].public)
    package = replace(day.package, officers=(*day.package.officers, deputy))
    act = PollsOpened("2026-11-27T04:30Z")
    approvals = (
        approve(ORIGIN, act, "a-executive", day.signers["a-executive"]),
        approve(ORIGIN, act, "a-deputy", day.signers["north-executive"]),
    )
    assert approval_problem(package, ORIGIN, "a", replace(act, approvals=approvals)) == (
        "Two officers are needed, one of each authority; signed by: executive, executive."
    )


def test_a_signature_holds_for_the_exact_entry_only(day: SampleDay) -> None:
    act = PollsOpened("2026-11-27T04:30Z")
    approvals = tuple(
        approve(ORIGIN, act, name, day.signers[name]) for name in ("a-executive", "a-supervisory")
    )
    words = "The signature of officer a executive does not hold for this act."
    assert approval_problem(day.package, ORIGIN, "a", replace(act, approvals=approvals)) is None
    later = replace(act, minute="2026-11-27T04:31Z", approvals=approvals)
    assert approval_problem(day.package, ORIGIN, "a", later) == words
    other = PollsClosed(act.minute, approvals)
    assert approval_problem(day.package, ORIGIN, "a", other) == words


@pytest.mark.parametrize("station", ["a-desk-1", "a-box-1"])
def test_what_was_proposed_twice_is_done_once(closed_world: World, station: str) -> None:
    world, officers = closed_world, closed_world.officers("a")
    first, second = (officers.sign(shown(world, station)) for _ in range(2))
    assert isinstance(officers.submit(station, first), Done)
    again = officers.submit(station, second)
    assert isinstance(again, Refused)
    assert again.reason == "not-now"


def test_a_return_proposed_twice_stands_once(world: World) -> None:
    officers = world.officers("a")
    officers.act("a-box-1", "close")
    world.box("a-box-1").count()
    first, second = (officers.sign(shown(world, "a-box-1", "return")) for _ in range(2))
    assert isinstance(officers.submit("a-box-1", first), Done)
    assert isinstance(officers.submit("a-box-1", second), Refused)
    world.run_until_quiet()
    assert world.replica("north-1").role.returns.faults() == []  # type: ignore[attr-defined]


def test_an_act_without_approvals_in_a_log_is_a_fault_everywhere(day: SampleDay) -> None:
    world = World(day, watched=False)
    world.run_until_quiet()
    world.replica("a-desk-1").append(PollsOpened("2026-11-27T04:30Z"))
    world.run_until_quiet()
    for name in ("a-desk-1", "a-desk-2", "north-1"):
        assert [fault.words for fault in world.check_ins(name).faults()] == [
            "PollsOpened does not stand: Two officers are needed, one of each authority; "
            "signed by: none."
        ]
    assert not world.check_ins("a-desk-2").is_open(ORIGIN)


def test_every_place_opens_with_its_own_officers() -> None:
    world = World(sample_day(places=2, desks=1, voters=4))
    proposal = world.officers("b").propose("b-desk-1", "open")
    assert isinstance(proposal, ActProposed)
    foreign = world.officers("b").sign(proposal, "a-executive", "a-supervisory")
    assert world.officers("b").submit("b-desk-1", foreign) == Refused(
        "not-approved", "officer a executive is an officer of a, not of b."
    )
