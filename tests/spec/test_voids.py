"""A card comes back: its box spends it without a vote, officers void, the voter may come again."""

from collections.abc import Sequence

import pytest

from simulations.sample_day import SampleDay, sample_day
from simulations.world import AFTER_WRITE, World
from sync.card import read_card, spent_hash
from sync.card_entries import CheckInVoided
from sync.check_ins import CheckIns
from sync.effects import Effect, StoreBallot, TakeBackCard
from sync.entries import BoxReturned, CardIssued, CheckInWithdrawn, DeskSpent, decode_entry
from sync.meaning import meaning
from sync.officers import approve
from sync.outcomes import BallotCast, BallotOffered, CardReady, CardTakenBack, Done, Refused
from sync.position import Fault, Ref
from sync.province import Province
from sync.returns import Returns
from sync.void_slip import VoidSlip, open_slip, write_slip

DESK = "pollmesh/sample-1/a-desk-1/0"
SPENT = Refused("card-spent", "This card has been used. It cannot vote again.")


def card_of(world: World, voter: str, desk: str = "a-desk-1") -> CardReady:
    """A card that the voter has taken."""
    outcome = world.desk(desk).check_in(voter)
    assert isinstance(outcome, CardReady), outcome
    assert isinstance(world.desk(desk).card_taken(outcome.number), Done)
    return outcome


def slip_of(world: World, card: str) -> CardTakenBack:
    """The slip of a card that the box takes back."""
    outcome = world.box("a-box-1").take_back(card)
    assert isinstance(outcome, CardTakenBack), outcome
    return outcome


def voided(world: World, slip: str, desk: str = "a-desk-1") -> object:
    """What the desk says of officers who void with this slip."""
    return world.officers("a").void(desk, slip, "voter-left")


def refolded(world: World) -> CheckIns:
    """A fresh fold of what the district holds: what a verifier makes of it."""
    day = world.day
    check_ins = CheckIns(day.package, day.roll)
    for origin, log in sorted(world.disk("north-1").logs.items()):
        station = day.station(origin.split("/")[2])
        if station.kind != "box":
            tree = world.replica("north-1").logs[origin].tree
            for index, data in enumerate(log.entries):
                entry = meaning(day.package, station, origin, index, data)
                check_ins.fold(station, Ref(origin, index), tree.leaf(index), entry)
    return check_ins


def test_a_voided_check_in_ends_and_the_voter_is_checked_in_anew_at_another_desk(
    world: World, voter: str
) -> None:
    first = card_of(world, voter)
    slip = slip_of(world, first.card)
    assert slip.desk == "a-desk-1"
    assert slip.words == (
        "The card is spent without a vote. Take the slip to a-desk-1: with it two officers void "
        "the check-in."
    )
    shown = open_slip(world.day.package, slip.slip)
    assert (shown.box, shown.desk, shown.secret) == (
        "a-box-1",
        "a-desk-1",
        read_card(first.card)[0].secret,
    )
    outcome = voided(world, slip.slip)
    assert isinstance(outcome, Done)
    assert outcome.words == "Check-in voided at a-desk-1."
    world.run_until_quiet()
    second = card_of(world, voter, "a-desk-2")
    box = world.box("a-box-1")
    assert box.show(first.card) == SPENT
    assert isinstance(box.vote(second.card, {}), BallotCast)
    world.run_until_quiet()
    check_ins = refolded(world)
    assert [(c.desk, c.is_live) for c in sorted(check_ins.of(voter), key=lambda c: c.ref)] == [
        ("a-desk-1", False),
        ("a-desk-2", True),
    ]
    assert check_ins.faults() == check_ins.unsupported_cards() == []
    assert check_ins.double_check_ins() == []


def test_the_same_card_gives_the_same_slip_also_after_the_box_was_killed(
    world: World, voter: str
) -> None:
    card, box = card_of(world, voter).card, world.box("a-box-1")

    def gives_slip(effects: Sequence[Effect]) -> bool:
        return "CardTakenBack" in repr(effects)

    world.crash_when("a-box-1", AFTER_WRITE, gives_slip)
    assert box.take_back(card) is None, "it dies between spending and printing"
    world.restart("a-box-1")
    world.run_until_quiet()
    assert box.show(card) == SPENT
    again = slip_of(world, card)
    assert slip_of(world, card) == again
    assert isinstance(voided(world, again.slip), Done)


def test_a_box_killed_before_it_spent_the_card_has_taken_nothing_back(
    world: World, voter: str
) -> None:
    card, box = card_of(world, voter).card, world.box("a-box-1")

    def stores(effects: Sequence[Effect]) -> bool:
        return any(isinstance(effect, StoreBallot) for effect in effects)

    world.crash_when("a-box-1", AFTER_WRITE, stores)
    assert box.take_back(card) is None
    world.restart("a-box-1")
    world.run_until_quiet()
    assert isinstance(box.vote(card, {}), BallotCast)


def test_a_card_that_voted_is_not_taken_back_and_one_in_use_has_to_wait(
    world: World, voter: str, day: SampleDay
) -> None:
    box = world.box("a-box-1")
    used = card_of(world, voter).card
    assert isinstance(box.vote(used, {}), BallotCast)
    assert box.take_back(used) == Refused(
        "card-spent", "Somebody has voted with this card. It stays spent."
    )
    other = card_of(world, next(v for v in day.voters["a"] if v != voter)).card
    offered = box.show(other)
    assert isinstance(offered, BallotOffered)
    assert box.take_back(other) == Refused(
        "box-busy", "This card is in use at the box. End the session there first, then come again."
    )
    box.leave(offered.session)
    slip_of(world, other)
    assert box.take_back("PM1:AAAA") == Refused(
        "card-unreadable", "The card cannot be read; scan it again."
    )


def test_a_void_needs_the_right_slip_at_the_right_desk_and_works_once(
    world: World, voter: str, day: SampleDay
) -> None:
    slip = slip_of(world, card_of(world, voter).card)
    shown = open_slip(day.package, slip.slip)
    forged = write_slip(shown, day.signers["a-desk-1"])
    unknown = write_slip(
        VoidSlip("sample-1", "a-box-1", "a-desk-1", b"x" * 16), day.signers["a-box-1"]
    )
    assert voided(world, forged) == Refused("no-slip", "This slip was not made by a-box-1.")
    assert voided(world, "PM1:AAAA") == Refused(
        "no-slip", "This is not the slip of a card that a box took back."
    )
    assert voided(world, unknown) == Refused(
        "no-card", "This desk's log shows no such card. Keep card and slip, call the district."
    )
    assert voided(world, slip.slip, "a-desk-2") == Refused(
        "other-desk", "This card was given at a-desk-1. Void it there."
    )
    assert isinstance(voided(world, f" {slip.slip.lower()}\n"), Done)
    assert voided(world, slip.slip) == Refused("no-void", "This is a second void of one check-in.")


def test_a_void_without_two_officers_or_without_the_card_back_is_a_fault_everywhere(
    world: World, voter: str, day: SampleDay
) -> None:
    card = read_card(card_of(world, voter).card)[0]
    slip = VoidSlip("sample-1", "a-box-1", "a-desk-1", card.secret)
    by_box, by_desk = (write_slip(slip, day.signers[name]) for name in ("a-box-1", "a-desk-1"))
    world.run_until_quiet()
    check_ins = refolded(world)
    check_in = check_ins.of(voter)[0]

    def fold(index: int, slips: tuple[str, ...], *officers: str) -> None:
        act = CheckInVoided(check_in.ref.index, slips, "other")
        approvals = tuple(approve(DESK, act, name, day.signers[name]) for name in officers)
        act = CheckInVoided(check_in.ref.index, slips, "other", approvals)
        check_ins.fold(day.station("a-desk-1"), Ref(DESK, index), b"", act)

    both = ("a-executive", "a-supervisory")
    fold(90, (by_desk,), *both)
    fold(91, (by_box,), "a-executive")
    fold(92, (by_box, by_box), *both)
    assert check_in.is_live
    assert [fault.words for fault in check_ins.faults()] == [
        "CheckInVoided does not stand: a void whose slip does not stand: this slip was not made by "
        "a-box-1",
        "CheckInVoided does not stand: Two officers are needed, one of each authority; "
        "signed by: executive.",
        "CheckInVoided does not stand: a void without the slip of every card of its check-in, and "
        "no other",
    ]
    fold(93, (by_box,), *both)
    assert not check_in.is_live
    assert check_ins.faults()[3:] == []


def test_a_jammed_card_is_not_printed_again_once_it_is_voided(world: World, voter: str) -> None:
    outcome = world.desk("a-desk-1").check_in(voter)
    assert isinstance(outcome, CardReady)
    assert world.disk("a-desk-1").secrets != {}
    assert isinstance(voided(world, slip_of(world, outcome.card).slip), Done)
    assert world.disk("a-desk-1").secrets == {}
    assert world.desk("a-desk-1").card_taken(outcome.number) == Refused(
        "no-card", "Card 1 is not waiting to be taken here."
    )


def test_the_return_and_the_district_balance_with_voids(world: World, day: SampleDay) -> None:
    voters = [v for v in day.voters["a"] if len(day.roll.find(v).rights) == 2]  # type: ignore[union-attr]
    cards = [card_of(world, voter).card for voter in voters[:5]]
    box, officers = world.box("a-box-1"), world.officers("a")
    for card in cards[:3]:
        assert isinstance(box.vote(card, {}), BallotCast)
    assert isinstance(voided(world, slip_of(world, cards[3]).slip), Done)
    world.run_until_quiet()
    for station, acts in (("a-desk-1", ("close", "final")), ("a-desk-2", ("close", "final"))):
        assert all(isinstance(officers.act(station, act), Done) for act in acts)
    officers.act("a-box-1", "close")
    box.count()
    assert isinstance(officers.act("a-box-1", "return"), Done)
    world.run_until_quiet()
    data = world.disk("north-1").logs["pollmesh/sample-1/a-box-1/0"].entries[-1]
    returned = decode_entry(data, "box", "the return")
    assert isinstance(returned, BoxReturned)
    assert (returned.cast, returned.by_desk) == (
        3,
        (DeskSpent("a-desk-1", 4, 1), DeskSpent("a-desk-2", 0, 0)),
    )
    role = world.replica("north-1").role
    returns: Returns = role.returns  # type: ignore[attr-defined]
    province = Province(day.package, refolded(world), returns, {}, {}, {}, {})
    view = province.view("north-1", 0)
    place = view.places[0]
    assert view.alarms == view.faults == ()
    assert (place.checked_in, place.issued, place.cast) == (4, 5, 3)
    assert [(d.desk, d.voided) for d in place.desks] == [("a-desk-1", 1), ("a-desk-2", 0)]
    assert place.boxes[0].returned_by_desk == {"a-desk-1": 1}
    assert "a-desk-1 and a-box-1: 1 carried off" in place.notes


def test_a_box_that_forgot_a_voided_card_is_named_when_it_returns(
    world: World, day: SampleDay
) -> None:
    """An old disk image put back: the card would be good again; the return shows it."""
    first, second = (card_of(world, voter).card for voter in day.voters["a"][:2])
    box, officers = world.box("a-box-1"), world.officers("a")
    empty = world.disk("a-box-1").ballots
    assert isinstance(voided(world, slip_of(world, first).slip), Done)
    world.crash("a-box-1")
    world.disk("a-box-1").ballots = empty
    world.restart("a-box-1")
    world.run_until_quiet()
    assert isinstance(box.vote(second, {}), BallotCast)
    officers.act("a-box-1", "close")
    box.count()
    officers.act("a-box-1", "return")
    world.run_until_quiet()
    returns: Returns = world.replica("north-1").role.returns  # type: ignore[attr-defined]
    view = Province(day.package, refolded(world), returns, {}, {}, {}, {}).view("north-1", 0)
    assert view.alarms == (
        "a-box-1 and a-desk-1: 1 cards voided, 0 taken back and spent; 1 carried off",
    )


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_store_forgets_in_which_order_cards_voted_or_came_back(
    day: SampleDay, order: tuple[int, ...]
) -> None:
    world = World(sample_day(desks=2, voters=12))
    world.open_polls()
    cards = [card_of(world, voter).card for voter in day.voters["a"][:3]]
    for number in order:
        if number == 1:
            slip_of(world, cards[number])
        else:
            world.box("a-box-1").vote(cards[number], {})
    store = world.disk("a-box-1").ballots
    assert store is not None
    digests = [spent_hash("sample-1", "a-box-1", read_card(card)[0].secret) for card in cards]
    rows = [(0).to_bytes(2, "big") + digest for digest in digests]
    edge = store.encode().index(b"\n") + 1
    body = store.encode()[edge : edge + 3 * 34]
    assert body == b"".join(sorted([rows[0], rows[2]])) + rows[1]


def test_a_card_beside_a_withdrawal_stays_a_fault_and_is_not_ended_by_a_void(
    world: World, voter: str
) -> None:
    card = card_of(world, voter)
    slip_of(world, card.card)
    check_ins = refolded(world)
    ref = check_ins.of(voter)[0].ref
    check_ins.fold(
        world.day.station("a-desk-1"), Ref(DESK, 90), b"", CheckInWithdrawn(ref.index, "no-quorum")
    )
    assert check_ins.faults() == [Fault(DESK, 90, "a withdrawal beside a card")]
    assert check_ins.of(voter)[0].is_live


def test_a_guard_that_missed_the_void_promises_nothing_new_until_it_has_read_it(
    world: World, voter: str
) -> None:
    """The promise for the first check-in stands wherever the void is not known yet."""
    slip = slip_of(world, card_of(world, voter).card)
    world.part({"a-desk-1", "a-box-1"}, {"a-desk-2", "north-1"})
    assert isinstance(voided(world, slip.slip), Done)
    assert world.desk("a-desk-2").check_in(voter) == Refused(
        "already-checked-in",
        "Already checked in at a-desk-1 at 2026-11-27T04:30Z: the voter has a card.",
    )
    world.rejoin()
    world.run_until_quiet()
    assert isinstance(world.desk("a-desk-2").check_in(voter), CardReady)


def test_nothing_is_voided_once_the_log_is_sealed(world: World, voter: str) -> None:
    slip = slip_of(world, card_of(world, voter).card)
    officers = world.officers("a")
    assert isinstance(officers.act("a-desk-1", "close"), Done)
    assert isinstance(officers.act("a-desk-1", "final"), Done)
    assert voided(world, slip.slip) == Refused(
        "not-now", "This act is not possible in this state of the polls."
    )


def test_after_the_count_a_box_takes_no_card_back(world: World, voter: str) -> None:
    card = card_of(world, voter).card
    box = world.box("a-box-1")
    world.officers("a").act("a-box-1", "close")
    assert isinstance(box.count(), Done)
    assert box.take_back(card) == Refused(
        "box-not-open", "Cards are taken back between the opening of the box and its count only."
    )
    assert world.desk("a-desk-1").world.ask("a-desk-1", TakeBackCard(card)).outcome == Refused(
        "not-here", "A desk cannot do this. Do it at the box."
    )


def test_a_second_card_beside_a_void_stays_a_double_check_in(
    world: World, voter: str, day: SampleDay
) -> None:
    """A desk whose key is stolen gives a card after the void: shown, and never ended by one."""
    first = card_of(world, voter)
    assert isinstance(voided(world, slip_of(world, first.card).slip), Done)
    world.run_until_quiet()
    second = card_of(world, voter, "a-desk-2")
    assert isinstance(world.box("a-box-1").vote(second.card, {}), BallotCast)
    world.run_until_quiet()
    check_ins = refolded(world)
    old = next(c for c in check_ins.of(voter) if c.desk == "a-desk-1")
    again = CardIssued(old.ref.index, "ordinary", 9, "a-box-1", b"x" * 32)
    check_ins.fold(day.station("a-desk-1"), Ref(DESK, 90), b"", again)
    assert check_ins.faults() == [Fault(DESK, 90, "a second card for one check-in")]
    assert {double.right for double in check_ins.double_check_ins()} == set(old.entry.rights)
