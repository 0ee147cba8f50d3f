"""Coming back: after every start a station first sees that its log is whole."""

import pytest

from simulations.disk import Disk
from simulations.sample_day import SampleDay, sample_day
from simulations.world import World
from sync.effects import FrameReceived, PeerJoined
from sync.message import PROTOCOL, CardsKnown, Have, Hello, encode_message
from sync.orders import Orders
from sync.outcomes import CardReady, Done, Refused

DESK_1, BOX = "pollmesh/sample-1/a-desk-1/0", "pollmesh/sample-1/a-box-1/0"
START = "This station has started and must see first that its log is whole. "


def others(world: World, *names: str) -> set[str]:
    return set(world.computers) - set(names)


def three_desks() -> World:
    return World(sample_day(desks=3, voters=12))


def test_nothing_is_written_before_the_siblings_have_shown_what_they_hold() -> None:
    world = three_desks()
    world.open_polls()
    world.crash("a-desk-1")
    world.part({"a-desk-1"}, others(world, "a-desk-1"))
    world.restart("a-desk-1")
    size = len(world.disk("a-desk-1").logs[DESK_1].entries)
    voter = world.day.voters["a"][0]
    outcome = world.desk("a-desk-1").check_in(voter)
    assert outcome == Refused(
        "not-back-yet",
        START + "Switch on and connect a-box-1, a-desk-2, a-desk-3 (all but one of them).",
    )
    assert len(world.disk("a-desk-1").logs[DESK_1].entries) == size


def test_what_is_asked_while_siblings_answer_is_done_then() -> None:
    world = three_desks()
    world.open_polls()
    world.crash("a-desk-1")
    world.restart("a-desk-1")
    asked = world.desk("a-desk-1").ask(world.day.voters["a"][0])
    world.run_until_answered(asked)
    assert isinstance(asked.outcome, CardReady)


@pytest.mark.parametrize("away", [{"a-desk-3"}, {"a-box-1"}])
def test_one_sibling_may_be_away(away: set[str]) -> None:
    world = three_desks()
    world.open_polls()
    for name in (*away, "a-desk-1"):
        world.crash(name)
    world.restart("a-desk-1")
    assert isinstance(world.desk("a-desk-1").check_in(world.day.voters["a"][0]), CardReady)


def test_two_siblings_may_not_be_away() -> None:
    world = three_desks()
    world.open_polls()
    for name in ("a-box-1", "a-desk-3", "a-desk-1"):
        world.crash(name)
    world.restart("a-desk-1")
    words = START + "Switch on and connect a-box-1, a-desk-3 (all but one of them)."
    outcome = world.desk("a-desk-1").check_in(world.day.voters["a"][0])
    assert outcome == Refused("not-back-yet", words)


def test_with_one_sibling_it_is_that_one() -> None:
    world = World(sample_day(desks=1, voters=12, guard_at_district=True))
    world.open_polls()
    for name in ("a-box-1", "a-desk-1"):
        world.crash(name)
    world.restart("a-desk-1")
    voter = world.day.voters["a"][0]
    assert world.desk("a-desk-1").check_in(voter) == Refused(
        "not-back-yet", START + "Switch on and connect a-box-1."
    )
    world.restart("a-box-1")
    assert isinstance(world.desk("a-desk-1").check_in(voter), CardReady)


def test_a_desk_put_back_to_an_old_image_takes_back_its_log_before_it_writes() -> None:
    world = three_desks()
    world.open_polls()
    image = world.disk("a-desk-1").image()
    voters = world.day.voters["a"]
    cards = [world.desk("a-desk-1").check_in(voter) for voter in voters[:3]]
    assert all(isinstance(card, CardReady) for card in cards)
    world.run_until_quiet()
    before = list(world.disk("a-desk-1").logs[DESK_1].entries)
    world.crash("a-desk-1")
    world.part({"a-desk-1"}, others(world, "a-desk-1"))
    world.put_image("a-desk-1", image)
    world.restart("a-desk-1")
    assert isinstance(world.desk("a-desk-1").check_in(voters[3]), Refused)
    world.rejoin()
    world.run_until_quiet()
    again = world.desk("a-desk-1").check_in(voters[3])
    assert isinstance(again, CardReady)
    assert again.number == 4
    world.run_until_quiet()
    after = world.disk("a-desk-1").logs[DESK_1].entries
    assert after[: len(before)] == before, "one history, no fork: the checkers watched"


def test_a_card_that_only_the_box_knows_keeps_an_old_image_from_writing() -> None:
    world = World(sample_day(desks=1, voters=12, guard_at_district=True))
    world.open_polls()
    world.part({"north-1"}, others(world, "north-1"))
    image = world.disk("a-desk-1").image()
    for voter in world.day.voters["a"]:
        ready = world.desk("a-desk-1").check_in(voter)
        if isinstance(ready, CardReady):
            world.box("a-box-1").vote(ready.card, {})
            break
    else:
        raise AssertionError("no voter whose primary guard is the desk")
    world.crash("a-desk-1")
    world.put_image("a-desk-1", image)
    world.restart("a-desk-1")
    words = (
        START + "a-box-1 spent more cards of this desk than its log shows. Connect every station "
        "that may hold the rest of the log, or call the district."
    )
    outcome = world.desk("a-desk-1").check_in(world.day.voters["a"][0])
    assert outcome == Refused("not-back-yet", words)


def test_a_station_whose_disk_is_empty_waits_for_its_siblings_too(day: SampleDay) -> None:
    world = World(day)
    world.open_polls()
    world.crash("a-desk-1")
    world.part({"a-desk-1"}, others(world, "a-desk-1"))
    world.put_image("a-desk-1", Disk())
    world.restart("a-desk-1")
    world.run_until_quiet()
    assert world.disk("a-desk-1").logs == {}, "not even the first entry"


def test_a_box_comes_back_only_with_its_whole_log() -> None:
    world = World(sample_day(desks=2, voters=12))
    world.open_polls()
    officers = world.officers("a")
    assert isinstance(officers.act("a-box-1", "close"), Done)
    world.run_until_quiet()
    size = len(world.disk("a-box-1").logs[BOX].entries)
    world.crash("a-box-1")
    held = world.disk("a-desk-1").logs[BOX]
    assert len(held.entries) == size
    world.put_image("a-box-1", Disk(ballots=world.disk("a-box-1").ballots))
    world.restart("a-box-1")
    world.run_until_quiet()
    assert world.disk("a-box-1").logs[BOX].entries == held.entries
    assert world.replica("a-box-1").role.stage() == "draining"  # type: ignore[attr-defined]


def test_nobodys_mere_word_keeps_a_station_from_writing(day: SampleDay) -> None:
    """A huge height without the own signature under it, and a desk that speaks of cards."""
    world = World(day)
    world.open_polls()
    world.crash("a-desk-1")
    world.restart("a-desk-1")
    world.run_until_quiet()
    replica = world.replica("a-desk-1")
    replica.has_entered = False
    for lie in (Have(DESK_1, 1_000_000_000), CardsKnown(False)):
        world.give("a-desk-1", FrameReceived("a-desk-2", encode_message(lie)))
    assert replica.reentry.words(replica.own.sealed) == ""
    world.run_until_quiet()
    assert replica.has_entered


def test_a_district_guard_works_while_one_of_its_places_is_cut_off() -> None:
    world = World(sample_day(places=3, desks=1, voters=12, guard_at_district=True))
    world.open_polls()
    world.part({"a-desk-1", "a-box-1"}, others(world, "a-desk-1", "a-box-1"))
    world.crash("north-1")
    world.restart("north-1")
    world.run_until_quiet()
    assert world.replica("north-1").has_entered


def test_a_spare_that_is_not_at_work_is_told_nothing() -> None:
    world = World(sample_day(desks=2, voters=12, spares=1))
    world.open_polls()
    package = world.day.package
    hello = Hello(PROTOCOL, "spare-1", package.base_hash, Orders(package).digest)
    world.give("a-desk-1", PeerJoined("spare-1"))
    world.give("a-desk-1", FrameReceived("spare-1", encode_message(hello)))
    replica = world.replica("a-desk-1")
    assert replica.last_refusal == "spare-1: spare-1 is a spare and not at work"
    assert "spare-1" not in replica.connected()
