"""Whoever holds the same logs says the same, in whatever order they came."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulations.campaign import Campaign, Size
from simulations.sample_day import SampleDay, sample_day
from sync.check_ins import CheckIns
from sync.encoding import canonical
from sync.entries import (
    CardIssued,
    CheckInWithdrawn,
    Entry,
    PollsOpened,
    PromiseMade,
    VoterCheckedIn,
    read_entry,
)
from sync.merkle import leaf_hash
from sync.officers import approve
from sync.position import Ref
from sync.returns import Returns

Logs = dict[str, list[bytes]]


def a_bad_day(seed: int) -> tuple[SampleDay, Logs]:
    """The logs of a day on which much went wrong."""
    campaign = Campaign(seed, Size(1, 3, 12, 60))
    campaign.run()
    return campaign.day, dict(campaign.world.checkers.written_by)


def mixed(day: SampleDay, logs: Logs, dice: random.Random) -> CheckIns:
    """Fold these logs, each in its order, mixed at random."""
    check_ins = CheckIns(day.package, day.roll)
    at = dict.fromkeys((origin for origin in logs if "box" not in origin), 0)
    while at:
        origin = dice.choice(sorted(at))
        index, station = at[origin], day.station(origin.split("/")[2])
        if index == len(logs[origin]):
            del at[origin]
            continue
        data = logs[origin][index]
        entry = read_entry(data, station.kind, origin)
        check_ins.fold(station, Ref(origin, index), leaf_hash(data), entry)
        at[origin] += 1
    return check_ins


def said(check_ins: CheckIns) -> object:
    """All that the fold says."""
    return (
        sorted(
            (c.ref, c.is_live, check_ins.is_confirmed(c), check_ins.weight(c), c.card)
            for c in check_ins.all()
        ),
        check_ins.double_check_ins(),
        check_ins.faults(),
    )


@pytest.mark.parametrize("seed", [3, 4])
def test_any_mixture_of_the_logs_gives_the_same_check_ins(seed: int) -> None:
    day, logs = a_bad_day(seed)
    first = said(mixed(day, logs, random.Random(0)))
    assert first[0], "something happened"  # type: ignore[index]
    for number in range(1, 12):
        assert said(mixed(day, logs, random.Random(number))) == first


def lies(day: SampleDay) -> Logs:
    """Logs of stations that break the rules: doubled promises and cards, foreign guards."""
    voter, other = day.voters["a"][:2]
    origins = [f"pollmesh/sample-1/a-desk-{number}/0" for number in (1, 2, 3)]
    texts: Logs = {}

    def check_in(who: str) -> Entry:
        line = day.roll.find(who)
        assert line is not None, "on the roll"
        return VoterCheckedIn(who, line.rights, "passport", "typed", "2026-11-27T05:12Z")

    for origin in origins:
        act = PollsOpened("2026-11-27T04:30Z")
        approvals = tuple(
            approve(origin, act, name, day.signers[name])
            for name in ("a-executive", "a-supervisory")
        )
        texts[origin] = [
            canonical(PollsOpened(act.minute, approvals)),
            canonical(check_in(voter)),
            canonical(check_in(other)),
        ]
    leaves = {(o, i): leaf_hash(texts[o][i]) for o in origins for i in (1, 2)}
    for origin in origins:
        promises = [PromiseMade(o, i, leaves[(o, i)]) for o in origins for i in (1, 2)]
        texts[origin] += [canonical(promise) for promise in promises]
        texts[origin] += [
            canonical(CardIssued(1, "ordinary", 1, "a-box-1", b"")),
            canonical(CardIssued(1, "ordinary", 1, "a-box-1", b"")),
            canonical(CheckInWithdrawn(2, "no-quorum")),
            canonical(CardIssued(2, "ordinary", 2, "a-box-1", b"")),
            canonical(CheckInWithdrawn(9, "no-quorum")),
            b"no entry at all",
        ]
    return texts


@given(st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_stations_that_lie_are_read_alike_by_all(dice: random.Random) -> None:
    day = sample_day(desks=3, voters=6)
    logs = lies(day)
    check_ins = mixed(day, logs, dice)
    assert said(check_ins) == said(mixed(day, logs, random.Random(1)))
    assert check_ins.faults()
    for voter in day.voters["a"][:2]:
        confirmed = [c for c in check_ins.of(voter) if check_ins.is_confirmed(c)]
        assert len(confirmed) <= 1, "a guard's second promise does not count"


def test_box_logs_fold_alike_in_any_mixture() -> None:
    campaign = Campaign(5, Size(2, 2, 12, 60))
    campaign.run()
    day, logs = campaign.day, campaign.world.checkers.written_by
    origins = [origin for origin in logs if "box" in origin]
    states = []
    for order in (origins, origins[::-1]):
        returns = Returns(day.package)
        for origin in order:
            station = day.station(origin.split("/")[2])
            for index, data in enumerate(logs[origin]):
                returns.fold(station, Ref(origin, index), read_entry(data, "box", origin))
        states.append((returns.boxes(), returns.faults()))
    assert states[0] == states[1]
    assert states[0][1] == []
