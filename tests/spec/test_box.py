"""At the box: a card opens it once; nothing of the check-in side ever enters."""

import base64

import pytest

from simulations.sample_day import SampleDay, sample_day
from simulations.world import AFTER_WRITE, World
from sync.card import Card, read_card, write_card
from sync.effects import StoreBallot
from sync.entries import BoxReturned, decode_entry
from sync.outcomes import (
    BallotCast,
    BallotOffered,
    CardReady,
    ContestOnBallot,
    Done,
    Refused,
)
from sync.signing import Signer

CAST = BallotCast("Your vote is in the box. Return the card.")
SPENT = Refused("card-spent", "This card has been used. It cannot vote again.")


def card_of(world: World, voter: str, desk: str = "a-desk-1", box: str = "") -> str:
    """A card from a desk."""
    outcome = world.desk(desk).check_in(voter, box)
    assert isinstance(outcome, CardReady), outcome
    return outcome.card


def with_signature_of(good: str, other: str) -> str:
    """The words of one card over the signature of another."""
    blobs = [base64.b32decode(_padded(text.removeprefix("PM1:"))) for text in (other, good)]
    forged = blobs[0][:-64] + blobs[1][-64:]
    return "PM1:" + base64.b32encode(forged).decode().rstrip("=")


def _padded(text: str) -> str:
    return text + "=" * (-len(text) % 8)


def test_a_box_offers_the_contests_of_the_card_and_takes_it_once(world: World, voter: str) -> None:
    card, box = card_of(world, voter), world.box("a-box-1")
    offered = box.show(card)
    assert isinstance(offered, BallotOffered)
    assert offered.contests == (
        ContestOnBallot("parliament", "مجلس", "Parliament", 2, 2),
        ContestOnBallot("council", "شورا", "Council", 1, 1),
    )
    assert box.cast(offered.session, {"parliament": ("11",), "council": ()}) == CAST
    assert box.show(card) == SPENT
    assert box.show(f" {card}\n") == SPENT, "a copy of the card"
    assert box.cast(offered.session, {"parliament": ("11",), "council": ()}) == Refused(
        "no-session", "This voting session is over. Show the card again."
    )


def test_a_card_of_one_right_offers_its_contests_only(world: World, day: SampleDay) -> None:
    voter = next(v for v in day.voters["a"] if len(day.roll.find(v).rights) == 1)  # type: ignore[union-attr]
    box = world.box("a-box-1")
    offered = box.show(card_of(world, voter))
    assert isinstance(offered, BallotOffered)
    assert [row.contest for row in offered.contests] == ["council"]
    assert box.cast(offered.session, {"council": ("1",), "parliament": ("11",)}) == Refused(
        "ballot-wrong", "This card gives no right to vote in parliament."
    )
    assert box.cast(offered.session, {}) == Refused(
        "ballot-wrong", "'Council' is not answered yet. Choose names, or blank."
    )
    assert box.cast(offered.session, {"council": ("1", "2")}) == Refused(
        "ballot-wrong", "'Council': 2 names, at most 1 may be chosen."
    )
    assert box.cast(offered.session, {"council": ("1",)}) == CAST


def test_a_voter_who_leaves_keeps_the_card(world: World, voter: str) -> None:
    card, box = card_of(world, voter), world.box("a-box-1")
    offered = box.show(card)
    assert isinstance(offered, BallotOffered)
    assert box.leave(offered.session) == Done("Nothing was cast. The card can still be used.")
    assert box.vote(card, {}) == CAST


def test_two_voters_are_not_at_one_box(world: World, day: SampleDay) -> None:
    first, second = (card_of(world, voter) for voter in day.voters["a"][:2])
    box = world.box("a-box-1")
    assert isinstance(box.show(first), BallotOffered)
    assert box.show(second) == Refused(
        "box-busy", "Another voter is at this box. Wait until they finish."
    )


def test_a_box_knows_its_own_cards(world: World, day: SampleDay, voter: str) -> None:
    good = card_of(world, voter)
    card, _, _ = read_card(good)
    box = world.box("a-box-1")
    stranger = Signer(b"\x07" * 32)
    forged = Refused("card-forged", "This card was not made by a desk of this place.")
    foreign = Refused("card-foreign", "This card is from another place or another day.")
    desk = day.signers["a-desk-1"]

    def other(**changed: object) -> str:
        fields = {name: getattr(card, name) for name in card.__struct_fields__} | changed
        return write_card(Card(**fields), desk)

    assert box.show(write_card(card, stranger)) == forged
    assert box.show(write_card(card, day.signers["a-desk-2"])) == forged, "signed by another desk"
    assert box.show(other(day="yesterday")) == foreign
    assert box.show(other(desk="b-desk-1")) == foreign
    assert box.show(other(rights=("senate",))) == Refused(
        "card-foreign", "This card gives a right this election does not have."
    )
    assert box.show(other(rights=())) == Refused(
        "card-foreign", "This card gives a right this election does not have."
    )
    assert box.show(other(box="a-box-2")) == Refused(
        "card-other-box", "This card is for a-box-2. Please go there."
    )
    swapped = with_signature_of(good, other(rights=("council",)))
    assert box.show(swapped) == forged, "rights changed under the old signature"
    assert box.show("hello") == Refused("card-unreadable", "This is not a card of this election.")
    assert box.show(good[:-1]) == Refused(
        "card-unreadable", "The card cannot be read; scan it again."
    )
    assert box.vote(good, {}) == CAST


def test_a_card_of_another_place_is_refused() -> None:
    day = sample_day(places=2, desks=2, voters=8)
    world = World(day)
    world.open_polls()
    card = card_of(world, day.voters["b"][0], "b-desk-1")
    assert world.box("a-box-1").show(card) == Refused(
        "card-foreign", "This card is from another place or another day."
    )
    assert world.box("b-box-1").vote(card, {}) == CAST


def test_a_box_takes_no_entry_of_a_desk(world: World, voter: str) -> None:
    card_of(world, voter)
    world.run_until_quiet()
    assert set(world.disk("a-box-1").logs) == {"pollmesh/sample-1/a-box-1/0"}
    box, desk = world.replica("a-box-1"), world.disk("a-desk-1")
    frames = list(desk.frames("pollmesh/sample-1/a-desk-1/0", 0, 3))
    world.network.send("a-desk-1", "a-box-1", frames[0])
    world.advance(30)
    assert box.refusals == {"foreign": 1}
    assert box.last_refusal == "a-desk-1: a-box-1 takes no entries of a-desk-1, a desk"
    assert set(world.disk("a-box-1").logs) == {"pollmesh/sample-1/a-box-1/0"}


@pytest.mark.parametrize("died", ["before the vote was stored", "after it"])
def test_a_vote_and_its_card_are_both_in_or_neither(world: World, voter: str, died: str) -> None:
    card, box = card_of(world, voter), world.box("a-box-1")
    offered = box.show(card)
    assert isinstance(offered, BallotOffered)
    world.run_until_quiet()
    choices = {"parliament": ("11",), "council": ("2",)}
    if died == "after it":
        world.crash_when("a-box-1", AFTER_WRITE, lambda effects: "BallotCast" in repr(effects))
    else:
        world.crash_when(
            "a-box-1", AFTER_WRITE, lambda effects: any(isinstance(e, StoreBallot) for e in effects)
        )
    assert box.cast(offered.session, choices) is None
    world.restart("a-box-1")
    world.run_until_quiet()
    store = world.disk("a-box-1").ballots
    assert store is not None
    held = len(store.ballots), len(store.spent)
    assert held == ((1, 1) if died == "after it" else (0, 0))
    assert box.vote(card, choices) == (SPENT if died == "after it" else CAST)


def test_a_box_restored_from_an_old_image_stops(day: SampleDay) -> None:
    day = sample_day(desks=2, voters=12, k=2)
    world = World(day)
    world.open_polls()
    empty = world.disk("a-box-1").ballots
    for voter in day.voters["a"][:3]:
        assert world.box("a-box-1").vote(card_of(world, voter), {}) == CAST
    world.advance(11 * 60_000)
    card = card_of(world, day.voters["a"][3])
    world.crash("a-box-1")
    world.disk("a-box-1").ballots = empty
    world.restart("a-box-1")
    world.run_until_quiet()
    assert world.box("a-box-1").show(card) == Refused(
        "box-stopped",
        "This box holds 0 ballots but has published 3: its store is older than its log. "
        "Stop, keep the box, call the district.",
    )


def test_the_door_closes_but_those_inside_still_vote_and_then_the_box_returns(
    world: World, day: SampleDay
) -> None:
    voters = [v for v in day.voters["a"] if len(day.roll.find(v).rights) == 2]  # type: ignore[union-attr]
    cards = [card_of(world, voter) for voter in voters[:4]]
    box, officers = world.box("a-box-1"), world.officers("a")
    assert box.count() == Refused("not-closed", "Ballots are opened only after the door is closed.")
    for card in cards[:2]:
        assert box.vote(card, {"parliament": ("91",), "council": ("2",)}) == CAST
    assert isinstance(officers.act("a-box-1", "close"), Done)
    assert box.vote(cards[2], {"parliament": ("11", "11")}) == CAST
    assert box.count() == Done("3 ballots opened and counted. Two officers approve the return.")
    assert box.vote(cards[3], {}) == Refused("box-not-open", "This box is not open for voting.")
    assert officers.act("a-box-1", "final") == Refused(
        "not-now", "'final' is not possible: the box is counted."
    )
    assert isinstance(officers.act("a-box-1", "return"), Done)
    assert isinstance(officers.act("a-box-1", "final"), Done)
    world.run_until_quiet()
    data = world.disk("north-1").logs["pollmesh/sample-1/a-box-1/0"].entries[-2]
    returned = decode_entry(data, "box", "the return")
    assert isinstance(returned, BoxReturned)
    assert returned.cast == 3
    assert [(row.desk, row.spent) for row in returned.by_desk] == [
        ("a-desk-1", 3),
        ("a-desk-2", 0),
    ]
    assert {
        row.contest: (row.ballots, row.blank, {v.code: v.votes for v in row.votes if v.votes})
        for row in returned.contests
    } == {"parliament": (3, 0, {"11": 3, "14": 2}), "council": (3, 1, {"2": 2})}


def test_a_contest_with_fewer_than_k_ballots_is_withheld(world: World, voter: str) -> None:
    box, officers = world.box("a-box-1"), world.officers("a")
    assert box.vote(card_of(world, voter), {"council": ("2",)}) == CAST
    officers.act("a-box-1", "close")
    box.count()
    shown = officers.propose("a-box-1", "return")
    entry = shown.entry  # type: ignore[union-attr]
    assert (
        '"contests":['
        '{"contest":"parliament","ballots":1,"blank":0,"withheld":true,"votes":[]},'
        '{"contest":"council","ballots":1,"blank":0,"withheld":true,"votes":[]}]'
    ) in entry


def test_another_boxes_key_opens_nothing(world: World, day: SampleDay, voter: str) -> None:
    box = world.box("a-box-1")
    assert box.vote(card_of(world, voter), {}) == CAST
    world.officers("a").act("a-box-1", "close")
    day.opening["a-box-1"] = b"\x05" * 32
    assert box.count() == Refused("wrong-key", "These shares do not open this box.")
