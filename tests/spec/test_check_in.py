"""At the desk: who is admitted, who is refused and in which words, what survives a crash."""

from collections.abc import Sequence

import pytest

from simulations.sample_day import SampleDay, sample_day
from simulations.world import AFTER_WRITE, AMONG_MESSAGES, BEFORE_WRITE, World
from sync.effects import CheckInVoter, Effect, Persist
from sync.outcomes import CardReady, Done, Refused

SECRET = b"sixteen bytes ok"


def card(outcome: object) -> CardReady:
    """The outcome, which must be a card."""
    assert isinstance(outcome, CardReady), outcome
    return outcome


def ask(world: World, voter: str, **changed: str) -> object:
    """Check in at the first desk with some fields changed."""
    fields = {"document": "passport", "means": "scanned", "box": "a-box-1"} | changed
    request = world.ask("a-desk-1", CheckInVoter(voter, secret=SECRET, **fields))
    world.run_until_answered(request)
    return request.outcome


def writes(kind: str) -> object:
    """Does a step make an entry of this kind durable?"""

    def seen(effects: Sequence[Effect]) -> bool:
        tag = f'"kind":"{kind}"'.encode()
        return any(
            tag in entry
            for effect in effects
            if isinstance(effect, Persist)
            for entry in effect.stretch.entries
        )

    return seen


def test_a_voter_is_checked_in_once_and_the_second_desk_refuses_in_words(
    world: World, voter: str
) -> None:
    first = card(world.desk("a-desk-1").check_in(voter))
    assert (first.number, first.box, first.stub) == (1, "a-box-1", False)
    assert first.words == "Checked in. Card 1 for a-box-1."
    assert world.desk("a-desk-2").check_in(voter) == Refused(
        "already-checked-in",
        "Already checked in at a-desk-1 at 2026-11-27T04:30Z: the voter has a card.",
    )


def test_a_desk_refuses_who_does_not_belong_here() -> None:
    day = sample_day(places=2, desks=2, voters=8)
    world = World(day)
    world.open_polls()
    own, foreign = day.voters["a"][0], day.voters["b"][0]
    assert ask(world, foreign) == Refused(
        "other-place", "This voter's polling place is Place b. Send them there."
    )
    assert ask(world, "00" * 16) == Refused(
        "not-on-roll", "This national code is not on the roll. Check it again."
    )
    assert ask(world, own, document="library-card") == Refused(
        "no-document", "Choose one of the five documents the voter may show."
    )
    assert ask(world, own, box="b-box-1") == Refused("no-box", "There is no box b-box-1 here.")
    assert world.checkers.check_ins == {}


def test_nobody_is_admitted_before_opening_or_after_closing(day: SampleDay, voter: str) -> None:
    world = World(day)
    desk = world.desk("a-desk-1")
    assert desk.check_in(voter) == Refused(
        "polls-not-open", "Polls are not open here. Two officers open them."
    )
    officers = world.officers("a")
    assert officers.act("a-desk-1", "open") == Done("Polls opened at a-desk-1.", 1)
    assert officers.act("a-desk-1", "close") == Done("Polls closed at a-desk-1.", 2)
    assert desk.check_in(voter) == Refused(
        "polls-closed", "Polls are closed here. Nobody more is admitted."
    )
    assert officers.act("a-desk-1", "open") == Refused(
        "not-now", "This act is not possible in this state of the polls."
    )


@pytest.mark.parametrize("seed", range(12))
def test_two_desks_at_once_give_exactly_one_card(day: SampleDay, voter: str, seed: int) -> None:
    world = World(day, seed)
    world.open_polls()
    both = [world.desk(name).ask(voter) for name in ("a-desk-1", "a-desk-2")]
    world.run_until_answered(*both)
    outcomes = [request.outcome for request in both]
    assert sum(isinstance(outcome, CardReady) for outcome in outcomes) == 1, outcomes
    refused = next(outcome for outcome in outcomes if isinstance(outcome, Refused))
    assert refused.reason in ("checked-in-elsewhere", "already-checked-in")
    assert len(world.checkers.cards) == 1


def test_a_desk_without_quorum_withdraws_and_the_voter_may_try_again(
    world: World, day: SampleDay
) -> None:
    world.part({"a-desk-1"}, set(world.computers) - {"a-desk-1"})
    desk = world.desk("a-desk-1")
    outcomes = {voter: desk.check_in(voter) for voter in day.voters["a"]}
    refused = [voter for voter, outcome in outcomes.items() if isinstance(outcome, Refused)]
    assert refused, "some voter has the other desk as primary"
    assert outcomes[refused[0]] == Refused(
        "no-quorum",
        "Not confirmed: no answer from a-desk-2 (weight 2, 3 needed). "
        "The rule of the day is to refuse; nothing is used up, the voter may try again.",
    )
    world.rejoin()
    world.run_until_quiet()
    for voter in refused:
        card(world.desk("a-desk-2").check_in(voter))
    assert len(world.checkers.cards) == len(day.voters["a"])


def test_a_card_without_a_second_copy_goes_out_with_a_stub(world: World, day: SampleDay) -> None:
    world.part({"a-desk-1"}, set(world.computers) - {"a-desk-1"})
    outcomes = [world.desk("a-desk-1").check_in(voter) for voter in day.voters["a"]]
    cards = [outcome for outcome in outcomes if isinstance(outcome, CardReady)]
    assert cards
    assert all(c.stub and "keep the number on a stub" in c.words for c in cards)


@pytest.mark.parametrize("point", [AFTER_WRITE, AMONG_MESSAGES])
@pytest.mark.parametrize("seed", range(4))
def test_a_killed_desk_reprints_the_same_card(
    day: SampleDay, voter: str, point: str, seed: int
) -> None:
    world = World(day, seed)
    world.open_polls()
    desk = world.desk("a-desk-1")
    world.crash_when("a-desk-1", point, writes("CardIssued"))
    assert desk.check_in(voter) is None, "the desk dies before it answers"
    world.restart("a-desk-1")
    world.run_until_quiet()
    again = card(desk.check_in(voter))
    assert again.number == 1
    assert card(desk.check_in(voter)).card == again.card
    assert desk.card_taken(again.number) == Done("Card 1 taken.")
    assert desk.check_in(voter) == Refused(
        "already-checked-in",
        "Already checked in here at 2026-11-27T04:30Z: card 1 taken.",
    )
    assert len(world.checkers.cards) == 1


def test_a_desk_killed_before_its_write_has_said_and_done_nothing(world: World, voter: str) -> None:
    world.crash_when("a-desk-1", BEFORE_WRITE, writes("VoterCheckedIn"))
    assert world.desk("a-desk-1").check_in(voter) is None
    world.run_until_quiet()
    assert world.checkers.check_ins == {}
    assert card(world.desk("a-desk-2").check_in(voter)).number == 1


def test_an_unfinished_check_in_goes_on_at_its_own_desk(world: World, voter: str) -> None:
    world.crash_when("a-desk-1", AFTER_WRITE, writes("VoterCheckedIn"))
    assert world.desk("a-desk-1").check_in(voter) is None
    world.restart("a-desk-1")
    world.run_until_quiet()
    assert world.desk("a-desk-2").check_in(voter) == Refused(
        "already-checked-in",
        "Already checked in at a-desk-1 at 2026-11-27T04:30Z: "
        "the voter waits for confirmation there.",
    )
    assert card(world.desk("a-desk-1").check_in(voter)).number == 1
    assert len(world.checkers.check_ins) == 1


def test_a_card_is_reprinted_though_another_desk_left_its_own_check_in_behind(
    day: SampleDay,
) -> None:
    world = World(day)
    world.open_polls()
    world.part({"a-desk-1"}, {"a-desk-2", "a-box-1", "north-1"})
    for voter in day.voters["a"]:
        world.crash_when("a-desk-1", AFTER_WRITE, writes("CardIssued"))
        if world.desk("a-desk-1").check_in(voter) is None:
            break
    world.crash_when("a-desk-2", AFTER_WRITE, writes("VoterCheckedIn"))
    assert world.desk("a-desk-2").check_in(voter) is None
    world.rejoin()
    for name in ("a-desk-1", "a-desk-2"):
        world.restart(name)
    world.run_until_quiet()
    card(world.desk("a-desk-1").check_in(voter))


def test_who_was_inside_at_the_closing_still_gets_the_card(world: World, voter: str) -> None:
    world.crash_when("a-desk-1", AFTER_WRITE, writes("CardIssued"))
    assert world.desk("a-desk-1").check_in(voter) is None
    world.restart("a-desk-1")
    world.run_until_quiet()
    assert isinstance(world.officers("a").act("a-desk-1", "close"), Done)
    assert card(world.desk("a-desk-1").check_in(voter)).number == 1


def test_sealing_a_desk_ends_check_ins_that_never_got_a_card(world: World, voter: str) -> None:
    world.crash_when("a-desk-1", AFTER_WRITE, writes("VoterCheckedIn"))
    assert world.desk("a-desk-1").check_in(voter) is None
    world.restart("a-desk-1")
    world.run_until_quiet()
    for act in ("close", "final"):
        assert isinstance(world.officers("a").act("a-desk-1", act), Done)
    world.run_until_quiet()
    assert [c.withdrawn.because for c in world.check_ins("a-desk-2").of(voter) if c.withdrawn] == [
        "closed"
    ]
    assert card(world.desk("a-desk-2").check_in(voter)).number == 1


def test_a_card_cannot_be_called_taken_before_it_is_out(world: World, voter: str) -> None:
    request = world.desk("a-desk-1").ask(voter)
    while not world.checkers.cards:
        world.advance(1)
    if not request.is_over:
        assert world.desk("a-desk-1").card_taken(1) == Refused(
            "busy", "Card 1 is not out yet. Wait for it."
        )
    world.run_until_answered(request)
    card(request.outcome)
    assert world.desk("a-desk-1").card_taken(7) == Refused(
        "no-card", "Card 7 is not waiting to be taken here."
    )
