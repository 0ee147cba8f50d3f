"""Who is not admitted, in which words; what is written of it; and who is owed a part of it."""

from typing import get_args

import pytest

from simulations.sample_day import SampleDay, sample_day
from simulations.world import World
from sync.admission import TURNED_AWAY, owed_to
from sync.card import read_card
from sync.card_entries import NotAdmitted, VoterNotAdmitted
from sync.effects import CheckInVoter, TurnAway
from sync.entries import VoterCheckedIn, decode_entry
from sync.outcomes import BallotCast, CardReady, Done, Refused

DESK = "pollmesh/sample-1/a-desk-1/0"


def last_entry(world: World, desk: str = "a-desk-1") -> object:
    """What stands last on the desk's disk."""
    origin = f"pollmesh/sample-1/{desk}/0"
    return decode_entry(world.disk(desk).logs[origin].entries[-1], "desk", "last")


@pytest.mark.parametrize("because", get_args(NotAdmitted))
def test_each_reason_has_its_own_words_and_an_entry_that_names_nobody(
    world: World, because: NotAdmitted
) -> None:
    size = len(world.disk("a-desk-1").logs[DESK].entries)
    outcome = world.desk("a-desk-1").turn_away(because)
    assert outcome == Done(f"Written down. {TURNED_AWAY[because]}", size)
    assert last_entry(world) == VoterNotAdmitted(because, "passport", "typed", "2026-11-27T04:30Z")
    world.run_until_quiet()
    assert world.check_ins("north-1").turned_away_at("a-desk-1") == {because: 1}
    assert len({*TURNED_AWAY.values()}) == len(get_args(NotAdmitted))


def test_nobody_is_turned_away_by_a_desk_that_is_not_open(day: SampleDay) -> None:
    world = World(day)
    assert world.desk("a-desk-1").turn_away("bad-code") == Refused(
        "polls-not-open", "Polls are not open here. Two officers open them."
    )


def test_what_is_no_reason_or_no_document_is_not_written(world: World) -> None:
    def turn_away(because: str, document: str) -> object:
        request = world.ask("a-desk-1", TurnAway(because, document, "typed"))  # type: ignore[arg-type]
        world.run_until_answered(request)
        return request.outcome

    refused = turn_away("ugly", "passport")
    assert isinstance(refused, Refused)
    assert refused.reason == "no-reason"
    assert turn_away("deceased", "library-card") == Refused(
        "no-document", "Choose one of the five documents that was shown."
    )


def test_the_too_young_and_the_deceased_are_refused_in_words_and_leave_no_entry() -> None:
    day = sample_day(desks=2, voters=12, barred=1)
    world = World(day)
    world.open_polls()
    desk = world.desk("a-desk-1")
    assert desk.check_in(day.barred["too-young"][0]) == Refused(
        "too-young",
        "On the roll as too young to vote on this day. Turn away as too young.",
    )
    assert desk.check_in(day.barred["deceased"][0]) == Refused(
        "deceased",
        "On the roll as deceased. Compare the document with the person. "
        "Admit nobody under this code; turn away, and tell an officer.",
    )
    assert world.checkers.check_ins == {}


def test_a_defective_document_stands_in_the_check_in_and_is_counted(
    world: World, voter: str
) -> None:
    command = CheckInVoter(
        voter, "military-card", "typed", "a-box-1", b"sixteen bytes ok", defective=True
    )
    request = world.ask("a-desk-1", command)
    world.run_until_answered(request)
    assert isinstance(request.outcome, CardReady)
    (entry,) = world.checkers.check_ins.values()
    assert isinstance(entry, VoterCheckedIn)
    assert entry.defective
    world.run_until_quiet()
    assert world.check_ins("north-1").defective["a-desk-1"] == 1


def test_rights_that_are_still_owed_are_named_and_get_a_card_of_their_own(
    world: World, voter: str
) -> None:
    one, two = world.desk("a-desk-1"), world.desk("a-desk-2")
    first = one.check_in(voter, rights=("council",))
    assert isinstance(first, CardReady)
    assert read_card(first.card)[0].rights == ("council",)
    one.card_taken(first.number)
    world.run_until_quiet()
    assert two.check_in(voter) == Refused(
        "partly-used",
        "Already checked in at a-desk-1 at 2026-11-27T04:30Z for council: the voter has a card. "
        "Used: council. Still owed: parliament. Check in for that alone.",
    )
    assert one.check_in(voter) == Refused(
        "partly-used",
        "Already checked in here at 2026-11-27T04:30Z for council: the voter has a card. "
        "Used: council. Still owed: parliament. Check in for that alone.",
    )
    line = world.day.roll.find(voter)
    assert line is not None
    assert owed_to(world.check_ins("a-desk-2"), line) == (("council",), ("parliament",))
    second = two.check_in(voter, rights=("parliament",))
    assert isinstance(second, CardReady)
    assert read_card(second.card)[0].rights == ("parliament",)
    two.card_taken(second.number)
    world.run_until_quiet()
    assert one.check_in(voter) == Refused(
        "already-checked-in",
        "Already checked in here at 2026-11-27T04:30Z: card 1 taken.",
    )
    box = world.box("a-box-1")
    assert isinstance(box.vote(first.card, {"council": ("2",)}), BallotCast)
    assert isinstance(box.vote(second.card, {"parliament": ("11",)}), BallotCast)


def test_a_right_that_the_roll_does_not_give_is_refused(world: World, day: SampleDay) -> None:
    voter = next(v for v in day.voters["a"] if len(day.roll.find(v).rights) == 1)  # type: ignore[union-attr]
    assert world.desk("a-desk-1").check_in(voter, rights=("parliament",)) == Refused(
        "no-right", "The roll gives this voter council, not parliament."
    )


def test_a_box_of_partial_cards_still_balances(world: World, day: SampleDay) -> None:
    voters = [v for v in day.voters["a"] if len(day.roll.find(v).rights) == 2]  # type: ignore[union-attr]
    box, officers = world.box("a-box-1"), world.officers("a")
    for number, voter in enumerate(voters[:6]):
        rights = (("council",), ("parliament",), ())[number % 3]
        outcome = world.desk("a-desk-1").check_in(voter, rights=rights)
        assert isinstance(outcome, CardReady)
        assert isinstance(box.vote(outcome.card, {}), BallotCast)
    officers.act("a-box-1", "close")
    box.count()
    assert isinstance(officers.act("a-box-1", "return"), Done)
