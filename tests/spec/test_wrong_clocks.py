"""Clocks are wrong: they colour what is written and warned of, and decide nothing."""

import pytest

from simulations.sample_day import SampleDay
from simulations.world import TICK_MS, World
from sync.acts import Proposals
from sync.entries import Act, LogFinal, PollsClosed, PollsOpened
from sync.limits import COSIGN_EVERY_MS, RELAY_DELAY_MS
from sync.outcomes import ActProposed, CardReady, Done, Refused

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
DESK_1, DESK_2 = "pollmesh/sample-1/a-desk-1/0", "pollmesh/sample-1/a-desk-2/0"


def needs_the_other_desk(world: World, day: SampleDay) -> str:
    """A voter whom the first desk alone cannot confirm."""
    world.part({"a-desk-1"}, set(world.computers) - {"a-desk-1"})
    desk = world.desk("a-desk-1")
    return next(v for v in day.voters["a"] if isinstance(desk.check_in(v), Refused))


@pytest.mark.parametrize("back_ms", [1_000, HOUR_MS, DAY_MS])
def test_a_worker_is_answered_in_time_though_the_clock_is_set_back(
    world: World, day: SampleDay, back_ms: int
) -> None:
    voter = needs_the_other_desk(world, day)
    start_ms = world.now_ms
    request = world.desk("a-desk-1").ask(voter)
    world.advance(500)
    assert not request.is_over
    world.computers["a-desk-1"].clock_ahead_ms = -back_ms
    world.run_until_answered(request)
    assert request.outcome == Refused(
        "no-quorum",
        "Not confirmed: no answer from a-desk-2 (weight 2, 3 needed). "
        "The rule of the day is to refuse; nothing is used up, the voter may try again.",
    )
    waited_ms = world.now_ms - start_ms
    assert waited_ms <= day.package.rules.confirm_wait_ms + 2 * TICK_MS


@pytest.mark.parametrize("jump_ms", [DAY_MS, -DAY_MS], ids=["a day forward", "a day back"])
def test_a_desk_whose_clock_jumps_admits_voters_as_before(
    world: World, day: SampleDay, jump_ms: int
) -> None:
    first, second, third = day.voters["a"][:3]
    assert isinstance(world.desk("a-desk-1").check_in(first), CardReady)
    world.computers["a-desk-1"].clock_ahead_ms = jump_ms
    ready = world.desk("a-desk-1").check_in(second)
    assert isinstance(ready, CardReady)
    assert (ready.number, ready.stub) == (2, False)
    world.computers["a-desk-1"].clock_ahead_ms = 0
    ready = world.desk("a-desk-1").check_in(third)
    assert isinstance(ready, CardReady)
    assert (ready.number, ready.stub) == (3, False)
    world.run_until_quiet()
    day_text = {DAY_MS: "2026-11-28", -DAY_MS: "2026-11-26"}[jump_ms]
    minutes = [
        c.entry.minute for v in (first, second, third) for c in world.check_ins("north-1").of(v)
    ]
    assert minutes == ["2026-11-27T04:30Z", f"{day_text}T04:30Z", "2026-11-27T04:30Z"]
    assert world.check_ins("north-1").faults() == []
    again = world.desk("a-desk-2").check_in(second)
    assert again == Refused(
        "already-checked-in",
        f"Already checked in at a-desk-1 at {day_text}T04:30Z: the voter has a card.",
    )


@pytest.mark.parametrize("jump_ms", [DAY_MS, -DAY_MS], ids=["a day forward", "a day back"])
def test_relaying_and_cosigning_go_on_though_a_clock_jumps(
    world: World, day: SampleDay, jump_ms: int
) -> None:
    """The second desk and the district meet only through the first desk, whose clock jumps."""
    world.advance(COSIGN_EVERY_MS)
    world.part({"a-desk-2"}, {"north-1"})
    world.computers["a-desk-1"].clock_ahead_ms = jump_ms
    world.advance(TICK_MS)
    assert isinstance(world.desk("a-desk-2").check_in(day.voters["a"][0]), CardReady)
    world.advance(RELAY_DELAY_MS + 3 * TICK_MS)
    size = len(world.disk("a-desk-2").logs[DESK_2].entries)
    assert len(world.disk("north-1").logs[DESK_2].entries) == size
    world.advance(COSIGN_EVERY_MS + 3 * TICK_MS)
    lines = world.replica("north-1").cosigning.kept[DESK_2]
    assert {name: at for name, (at, _) in lines.items()} == {"a-desk-1": size, "north-1": size}


def test_every_clock_may_be_wrong_at_once_and_a_second_card_is_still_refused(
    world: World, day: SampleDay
) -> None:
    for number, computer in enumerate(world.computers.values()):
        computer.clock_ahead_ms = (-1) ** number * number * 7 * HOUR_MS
    for voter in day.voters["a"]:
        assert isinstance(world.desk("a-desk-1").check_in(voter), CardReady)
        world.run_until_quiet()
        refused = world.desk("a-desk-2").check_in(voter)
        assert isinstance(refused, Refused)
        assert refused.reason == "already-checked-in"
    world.run_until_quiet()
    assert len(world.checkers.cards) == len(day.voters["a"])


def test_a_clock_set_forward_takes_nothing_from_the_time_a_voter_is_given(
    world: World, day: SampleDay
) -> None:
    voter = needs_the_other_desk(world, day)
    request = world.desk("a-desk-1").ask(voter)
    world.advance(500)
    world.computers["a-desk-1"].clock_ahead_ms = DAY_MS
    world.advance(2 * TICK_MS)
    assert not request.is_over
    world.rejoin()
    world.run_until_answered(request)
    assert isinstance(request.outcome, CardReady)


@pytest.mark.parametrize("jump_ms", [DAY_MS, -DAY_MS], ids=["a day forward", "a day back"])
def test_cast_counts_wait_for_time_that_passed_whatever_the_clock_says(
    world: World, day: SampleDay, jump_ms: int
) -> None:
    for voter in day.voters["a"][:3]:
        card = world.desk("a-desk-1").check_in(voter)
        assert isinstance(card, CardReady)
        world.box("a-box-1").vote(card.card, {})
    world.computers["a-box-1"].clock_ahead_ms = jump_ms
    world.advance(9 * 60_000)
    assert world.replica("north-1").role.returns.box("a-box-1").cast == 0  # type: ignore[attr-defined]
    world.advance(2 * 60_000)
    assert world.replica("north-1").role.returns.box("a-box-1").cast == 3  # type: ignore[attr-defined]


OPENS, CLOSES = "2026-11-27T04:30Z", "2026-11-27T14:30Z"


def opening_warning(minute: str) -> str:
    """The words beside an opening outside the hours."""
    return f" This computer's clock says {minute}; polls open {OPENS} to {CLOSES}."


@pytest.mark.parametrize(
    ("act", "warning"),
    [
        (PollsOpened("2026-11-27T04:29Z"), opening_warning("2026-11-27T04:29Z")),
        (PollsOpened(OPENS), ""),
        (PollsOpened("2026-11-27T14:29Z"), ""),
        (PollsOpened(CLOSES), opening_warning(CLOSES)),
        (PollsOpened("2026-11-26T05:00Z"), opening_warning("2026-11-26T05:00Z")),
        (
            PollsClosed("2026-11-27T14:29Z"),
            f" This computer's clock says 2026-11-27T14:29Z; polls close at {CLOSES}.",
        ),
        (PollsClosed(CLOSES), ""),
        (PollsClosed("2026-11-28T05:00Z"), ""),
        (LogFinal("2026-11-20T05:00Z"), ""),
    ],
)
def test_officers_are_warned_when_clock_and_hours_disagree(
    day: SampleDay, act: Act, warning: str
) -> None:
    shown = Proposals(day.package, DESK_1, "a").propose(act, "Sign this.")
    assert shown.words == f"Sign this.{warning}"


@pytest.mark.parametrize("station", ["a-desk-1", "a-box-1"])
def test_a_wrong_clock_warns_and_never_forbids(day: SampleDay, station: str) -> None:
    world = World(day)
    world.run_until_quiet()
    world.computers[station].clock_ahead_ms = -DAY_MS
    minute = "2026-11-26T04:30Z"
    for act, warning in (
        ("open", opening_warning(minute)),
        ("close", f" This computer's clock says {minute}; polls close at {CLOSES}."),
    ):
        shown = world.officers("a").propose(station, act)
        assert isinstance(shown, ActProposed)
        assert shown.words.endswith(warning)
        signed = world.officers("a").sign(shown)
        assert isinstance(world.officers("a").submit(station, signed), Done)
