"""Where the package asks for two confirmations: another desk, its own key, both on the card."""

import pytest

from simulations.sample_day import SampleDay, sample_day
from simulations.world import AFTER_WRITE, World
from sync.card import Card, Second, open_card, write_card
from sync.card_entries import CardSeconded, CheckInSeconded
from sync.check_in import CheckIn
from sync.check_ins import CheckIns
from sync.desk import Desk
from sync.entries import CardIssued, Entry, decode_entry
from sync.limits import SECOND_WAIT_MS
from sync.outcomes import BallotCast, CardReady, Done, Refused, SecondAwaited
from sync.position import Fault, Ref
from tests.spec.test_check_in import writes

DESK = "pollmesh/sample-1/a-desk-1/0"
FORGED = Refused("card-forged", "No second desk of this place confirmed this card.")


@pytest.fixture
def day() -> SampleDay:
    """One place with three desks; a check-in needs another desk's eyes."""
    return sample_day(desks=3, voters=12, confirmations=2)


def role(world: World, name: str) -> Desk:
    """The desk's role."""
    desk = world.replica(name).role
    assert isinstance(desk, Desk)
    return desk


def waiting(world: World, name: str) -> list[CheckIn]:
    """What waits for this desk's second pair of eyes."""
    world.run_until_quiet()
    return role(world, name).second.waiting()


def seconded_card(world: World, voter: str, by: str = "a-desk-2") -> CardReady:
    """A card of a-desk-1 that another desk has seconded."""
    assert isinstance(world.desk("a-desk-1").check_in(voter), SecondAwaited)
    for check_in in waiting(world, by):
        assert isinstance(world.desk(by).second(check_in.ref), Done)
    world.run_until_quiet()
    outcome = world.desk("a-desk-1").check_in(voter)
    assert isinstance(outcome, CardReady), outcome
    return outcome


def test_a_card_comes_only_after_another_desk_has_looked_and_carries_both_signatures(
    world: World, voter: str
) -> None:
    desk = world.desk("a-desk-1")
    awaited = SecondAwaited(
        2,
        ("a-desk-2", "a-desk-3"),
        "Waits for second confirmation at a-desk-2 or a-desk-3.",
    )
    assert desk.check_in(voter) == awaited
    assert desk.check_in(voter) == awaited, "asked too early"
    assert world.checkers.cards == {}
    assert [c.ref for c in waiting(world, "a-desk-2")] == [Ref(DESK, 2)]
    rows = role(world, "a-desk-1").issuing.awaited()
    assert [(row.is_ready, row.words) for row in rows] == [
        (False, "Waits for second confirmation at a-desk-2 or a-desk-3.")
    ]
    assert world.desk("a-desk-2").second(Ref(DESK, 2)) == Done("Confirmed for a-desk-1.", 3)
    assert waiting(world, "a-desk-2") == waiting(world, "a-desk-3") == []
    rows = role(world, "a-desk-1").issuing.awaited()
    assert [(row.is_ready, row.words) for row in rows] == [(True, "Seconded at a-desk-2.")]
    card = desk.check_in(voter)
    assert isinstance(card, CardReady)
    assert card.card.startswith("PM2:")
    shown = open_card(card.card)
    assert shown.second is not None
    assert (shown.card.desk, shown.second.station) == ("a-desk-1", "a-desk-2")
    assert isinstance(world.box("a-box-1").vote(card.card, {}), BallotCast)
    assert role(world, "a-desk-1").issuing.awaited() == []


def test_a_box_takes_no_card_without_the_second_signature(
    world: World, voter: str, day: SampleDay
) -> None:
    shown = open_card(seconded_card(world, voter).card)
    card, second, box = shown.card, shown.second, world.box("a-box-1")
    assert second is not None
    one, two = day.signers["a-desk-1"], day.signers["a-desk-2"]
    for forged in (
        write_card(card, one),
        write_card(card, one, Second("a-desk-1", second.signature)),
        write_card(card, one, Second("a-desk-3", second.signature)),
        write_card(card, one, Second("b-desk-1", second.signature)),
        write_card(card, one, Second("a-desk-2", two.sign("card", b"another purpose"))),
        write_card(Card(card.day, card.box, ("council",), card.desk, card.secret), one, second),
    ):
        assert box.show(forged) == FORGED
    assert isinstance(box.vote(write_card(card, one, second), {}), BallotCast)


def test_a_card_with_a_second_signature_is_no_card_of_a_day_that_asks_for_none(
    voter: str, day: SampleDay
) -> None:
    plain = World(sample_day(desks=3, voters=12))
    plain.open_polls()
    outcome = plain.desk("a-desk-1").check_in(voter)
    assert isinstance(outcome, CardReady)
    card = open_card(outcome.card).card
    text = write_card(card, day.signers["a-desk-1"], Second("a-desk-2", b"\1" * 64))
    assert plain.box("a-box-1").show(text) == FORGED
    assert plain.desk("a-desk-2").second(Ref(DESK, 2)) == Refused(
        "not-asked", "This day asks for no second confirmation."
    )


def test_who_refuses_ends_the_check_in_and_the_worker_reads_it(world: World, voter: str) -> None:
    desk, second = world.desk("a-desk-1"), world.desk("a-desk-2")
    assert isinstance(desk.check_in(voter), SecondAwaited)
    world.run_until_quiet()
    assert second.second(Ref(DESK, 2), is_right=False) == Done(
        "Not confirmed. a-desk-1 is told and ends the check-in.", 3
    )
    world.run_until_quiet()
    words = "a-desk-2 does not confirm this check-in. Nothing is used up; ask an officer."
    assert [row.words for row in role(world, "a-desk-1").issuing.awaited()] == [words]
    assert [c.withdrawn.because for c in world.check_ins("a-desk-3").of(voter) if c.withdrawn] == [
        "not-seconded"
    ]
    assert second.second(Ref(DESK, 2)) == Refused(
        "ended", "This check-in has ended at a-desk-1 meanwhile."
    )
    assert isinstance(desk.give_up(voter), Done)
    assert role(world, "a-desk-1").issuing.awaited() == []
    assert isinstance(world.desk("a-desk-3").check_in(voter), SecondAwaited)


def test_a_desk_never_seconds_itself_nor_twice_nor_what_it_does_not_know(
    world: World, voter: str
) -> None:
    assert isinstance(world.desk("a-desk-1").check_in(voter), SecondAwaited)
    world.run_until_quiet()
    assert world.desk("a-desk-1").second(Ref(DESK, 2)) == Refused(
        "not-here", "This is not possible: a desk seconds its own check-in."
    )
    assert world.desk("a-desk-2").second(Ref(DESK, 99)) == Refused(
        "no-check-in", "This check-in is not known here. Look at the list again."
    )
    assert isinstance(world.desk("a-desk-2").second(Ref(DESK, 2)), Done)
    assert world.desk("a-desk-2").second(Ref(DESK, 2)) == Refused(
        "done", "This desk has answered for this check-in already."
    )


def test_where_no_other_desk_can_be_reached_nothing_is_written(world: World, voter: str) -> None:
    world.part({"a-desk-1", "a-box-1"}, set(world.computers) - {"a-desk-1", "a-box-1"})
    assert world.desk("a-desk-1").check_in(voter) == Refused(
        "no-second",
        "This day asks for a second confirmation at another desk (a-desk-2, a-desk-3), and none "
        "can be reached. Nothing is used up: look to the cables, or send the voter to a desk that "
        "is linked.",
    )
    assert world.checkers.check_ins == {}


def test_what_nobody_looks_at_is_withdrawn_in_time_also_after_a_restart(
    world: World, voter: str
) -> None:
    assert isinstance(world.desk("a-desk-1").check_in(voter), SecondAwaited)
    world.run_until_quiet()
    world.crash("a-desk-1")
    world.restart("a-desk-1")
    world.run_until_quiet()
    world.advance(SECOND_WAIT_MS + 2_000)
    assert [row.words for row in role(world, "a-desk-1").issuing.awaited()] == [
        "No second confirmation within 10 minutes. Nothing is used up; the voter may try again."
    ]
    assert isinstance(world.desk("a-desk-2").check_in(voter), SecondAwaited)


def test_a_voter_who_leaves_before_the_second_confirmation_uses_nothing_up(
    world: World, voter: str
) -> None:
    assert isinstance(world.desk("a-desk-1").check_in(voter), SecondAwaited)
    outcome = world.desk("a-desk-1").give_up(voter)
    assert isinstance(outcome, Done)
    assert outcome.words == "Given up. Nothing is used up, the voter may come again."
    assert world.desk("a-desk-1").give_up(voter) == Refused(
        "no-check-in",
        "No check-in of this voter waits here. With a card out, two officers void it.",
    )
    world.run_until_quiet()
    assert isinstance(world.desk("a-desk-2").check_in(voter), SecondAwaited)


def test_when_the_second_desk_dies_before_it_signed_another_one_steps_in(
    world: World, voter: str
) -> None:
    desk = world.desk("a-desk-1")
    assert isinstance(desk.check_in(voter), SecondAwaited)
    world.run_until_quiet()
    assert isinstance(world.desk("a-desk-2").second(Ref(DESK, 2)), Done)
    world.run_until_quiet()
    world.crash("a-desk-2")
    assert desk.check_in(voter) == Refused(
        "second-silent",
        "Card 1 waits for the signature of a-desk-2, which does not answer. Ask again, or let "
        "another desk confirm the check-in too.",
    )
    assert [c.ref for c in waiting(world, "a-desk-3")] == [Ref(DESK, 2)]
    assert isinstance(world.desk("a-desk-3").second(Ref(DESK, 2)), Done)
    world.run_until_quiet()
    outcome = desk.check_in(voter)
    assert isinstance(outcome, CardReady)
    assert isinstance(world.box("a-box-1").vote(outcome.card, {}), BallotCast)
    assert len(world.checkers.cards) == 1


def test_a_seconding_desk_that_was_killed_signs_when_it_is_back(world: World, voter: str) -> None:
    desk = world.desk("a-desk-1")
    assert isinstance(desk.check_in(voter), SecondAwaited)
    world.run_until_quiet()
    world.crash_when("a-desk-2", AFTER_WRITE, writes("CheckInSeconded"))  # type: ignore[arg-type]
    assert world.desk("a-desk-2").second(Ref(DESK, 2)) is None
    world.restart("a-desk-2")
    world.run_until_quiet()
    assert isinstance(desk.check_in(voter), CardReady)


def folded(day: SampleDay, entries: list[tuple[str, Ref, bytes, Entry]]) -> CheckIns:
    """A fold of these entries, in this order, after a world's own."""
    check_ins = CheckIns(day.package, day.roll)
    for station, ref, leaf, entry in entries:
        check_ins.fold(day.station(station), ref, leaf, entry)
    return check_ins


def history(world: World) -> list[tuple[str, Ref, bytes, Entry]]:
    """Every entry of the district's logs of desks, log by log."""
    found = []
    for origin, log in sorted(world.disk("north-1").logs.items()):
        station = world.day.station(origin.split("/")[2])
        tree = world.replica("north-1").logs[origin].tree
        for index, data in enumerate(log.entries):
            if station.kind == "desk":
                entry = decode_entry(data, "desk", origin)
                found.append((station.id, Ref(origin, index), tree.leaf(index), entry))
    return found


def test_the_fold_says_the_same_in_whatever_order_the_logs_come(
    world: World, voter: str, day: SampleDay
) -> None:
    seconded_card(world, voter)
    world.run_until_quiet()
    entries = history(world)
    for first in ("a-desk-1", "a-desk-2", "a-desk-3"):
        ordered = sorted(entries, key=lambda one: one[0] != first)
        check_ins = folded(day, ordered)
        check_in = check_ins.of(voter)[0]
        assert check_in.seconded_by == set(check_in.signatures) == {"a-desk-2"}
        assert check_ins.is_confirmed(check_in)
        assert check_ins.faults() == check_ins.unsupported_cards() == []


def test_a_card_that_nobody_seconded_is_a_fault_for_whoever_verifies(
    world: World, voter: str, day: SampleDay
) -> None:
    seconded_card(world, voter)
    world.run_until_quiet()
    entries = history(world)
    alone = [one for one in entries if not isinstance(one[3], CheckInSeconded | CardSeconded)]
    check_ins = folded(day, alone)
    (card,) = (one[1].index for one in alone if isinstance(one[3], CardIssued))
    assert check_ins.unsupported_cards() == [
        Fault(DESK, card, "a card of a-desk-1 without a second confirmation")
    ]


def test_a_seconding_that_is_not_another_desks_is_a_fault_and_counts_nothing(
    world: World, voter: str, day: SampleDay
) -> None:
    assert isinstance(world.desk("a-desk-1").check_in(voter), SecondAwaited)
    world.run_until_quiet()
    entries = history(world)
    leaf = next(leaf for _, ref, leaf, _ in entries if ref == Ref(DESK, 2))
    two, north = "pollmesh/sample-1/a-desk-2/0", "pollmesh/sample-1/north-1/0"
    check_ins = folded(
        day,
        [
            *entries,
            ("a-desk-1", Ref(DESK, 90), b"", CheckInSeconded(DESK, 2, leaf)),
            ("north-1", Ref(north, 90), b"", CheckInSeconded(DESK, 2, leaf)),
            ("a-desk-2", Ref(two, 90), b"", CheckInSeconded(DESK, 2, b"x" * 32)),
        ],
    )
    assert check_ins.of(voter)[0].seconded_by == set()
    assert check_ins.faults() == [
        Fault(DESK, 90, "a desk seconds its own check-in"),
        Fault(two, 90, "a seconding of another entry than the one that stands there"),
        Fault(north, 90, "a seconding by a station that is no desk of that place"),
    ]
