"""Alarms: what a supervisor is told to look into, from real folds; an honest day raises none."""

import random
from collections.abc import Sequence

import pytest

from simulations.sample_day import sample_day
from simulations.world import MORNING_MS, World
from sync.alarms import (
    GROWTH_STEP_MS,
    ONE_COPY_MS,
    RUN_LEAST,
    Alarm,
    CopyAge,
    Figures,
    Numbers,
    Watch,
    key_numbers,
    station_alarms,
    words_of,
)
from sync.effects import NotePeripheral
from sync.entries import VoterCheckedIn, encode_entry
from sync.entry_base import Means
from sync.merkle import leaf_hash
from sync.minutes import minute_text
from sync.noted import Noted
from sync.outcomes import CardReady
from sync.position import Ref

ONE, TWO = "a-desk-1", "a-desk-2"


class LongDay:
    """A day whose district folds the check-ins a test writes, desks opened by real officers."""

    def __init__(self, voters: int) -> None:
        self.day = sample_day(desks=2, voters=voters, check_ins_per_minute=6)
        world = World(self.day)
        world.open_polls()
        self.check_ins = world.check_ins("north-1")
        self.watch = Watch(self.check_ins, lambda voter: None)
        self.voters = list(self.day.voters["a"])
        random.Random(3).shuffle(self.voters)
        self._next = {ONE: 1_000, TWO: 1_000}

    def comes(self, desk: str, minute: int, means: Means = "scanned", voter: str = "") -> None:
        """Somebody is checked in `minute` minutes after the opening."""
        voter = voter or self.voters.pop()
        line = self.day.roll.find(voter)
        assert line is not None, "a voter of the day"
        at = minute_text(MORNING_MS + minute * 60_000)
        entry = VoterCheckedIn(voter, line.rights, "passport", means, at)
        ref = Ref(f"pollmesh/{self.day.package.day}/{desk}/0", self._next[desk])
        self._next[desk] += 1
        leaf = leaf_hash(encode_entry(entry))
        assert self.check_ins.fold(self.day.station(desk), ref, leaf, entry) == voter
        assert self.check_ins.faults() == []

    def hour(self, desk: str, hour: int, count: int, typed: int = 0) -> None:
        """`count` voters come to `desk` evenly through one hour, the first `typed` typed in."""
        for number in range(count):
            means: Means = "typed" if number < typed else "scanned"
            self.comes(desk, hour * 60 + number * 60 // count, means)


def test_a_day_with_a_busy_evening_and_families_and_some_typed_codes_raises_no_alarm() -> None:
    day, dice = LongDay(voters=900), random.Random(11)
    lines = [line for v in sorted(day.day.voters["a"]) if (line := day.day.roll.find(v))]
    day.watch = Watch(day.check_ins, key_numbers(lines, day.day.roll))
    families = [sorted(day.day.voters["a"])[at : at + 4] for at in range(0, 200, 4)]
    alone = [v for v in day.voters if not any(v in family for family in families)]
    dice.shuffle(families)
    for hour in range(10):
        for desk in (ONE, TWO):
            times = sorted(dice.randrange(60) for _ in range(20 if hour < 8 else 40))
            for minute in times:
                group = [alone.pop()] if dice.random() < 0.93 or not families else families.pop()
                for voter in group:
                    means: Means = "typed" if dice.random() < 0.1 else "scanned"
                    day.comes(desk, hour * 60 + minute, means, voter)
        assert day.watch.alarms() == (), f"hour {hour}"


def test_a_desk_three_times_as_busy_in_its_last_hour_as_before_is_looked_at() -> None:
    day = LongDay(voters=300)
    for hour in range(4):
        day.hour(ONE, hour, 12)
        day.hour(TWO, hour, 20)
    assert day.watch.alarms() == ()
    day.hour(ONE, 4, 35)
    assert day.watch.alarms() == ()
    day.comes(ONE, 299)
    assert day.watch.alarms() == (
        Alarm(
            "rate",
            "look",
            ONE,
            "a-desk-1: 36 check-ins in the hour to 2026-11-27T09:29Z, 12 an hour before. Is there "
            "a queue? If not, find out who is checked in.",
        ),
    )


def test_a_busy_first_hour_and_a_quiet_desk_are_no_alarm() -> None:
    day = LongDay(voters=200)
    day.hour(ONE, 0, 100)
    for hour, count in enumerate((2, 2, 2, 25)):
        day.hour(TWO, hour, count)
    assert day.watch.alarms() == ()


def test_voters_who_come_as_they_stand_in_the_registrys_file_are_seen() -> None:
    day = LongDay(voters=200)
    listed = list(day.voters)
    numbers = {voter: Numbers(at, None) for at, voter in enumerate(listed, start=1)}
    watch = Watch(day.check_ins, numbers.get)
    for at, number in enumerate((90, 50, 10, 70, 20, 21, 22, 24, 25, 28, 29, 30, 31)):
        day.comes(ONE, at, voter=listed[number])
    assert watch.alarms() == ()
    day.comes(ONE, 20, voter=listed[33])
    day.comes(TWO, 20, voter=listed[34])
    assert watch.alarms() == (
        Alarm(
            "roll-order",
            "now",
            ONE,
            f"a-desk-1: {RUN_LEAST} check-ins one after the other in the order of the registry's "
            "file, to 2026-11-27T04:50Z. Voters do not come so. Go there and look who is checked "
            "in.",
        ),
    )
    day.comes(ONE, 21, voter=listed[180])
    assert [alarm.id for alarm in watch.alarms()] == ["roll-order"]


def test_a_program_that_goes_down_the_public_roll_is_seen_by_the_district() -> None:
    day = sample_day(desks=2, voters=60)
    world = World(day)
    world.open_polls()
    lines = [line for v in sorted(day.voters["a"]) if (line := day.roll.find(v))]
    watch = Watch(world.check_ins("north-1"), key_numbers(lines, day.roll))
    for voter in sorted(day.voters["a"])[20 : 20 + RUN_LEAST - 1]:
        assert isinstance(world.desk(ONE).check_in(voter), CardReady)
    world.run_until_quiet()
    assert watch.alarms() == ()
    world.desk(ONE).check_in(sorted(day.voters["a"])[20 + RUN_LEAST])
    world.run_until_quiet()
    (found,) = watch.alarms()
    assert (found.id, found.level, found.about) == ("roll-order", "now", ONE)
    assert "10 check-ins one after the other in the order of the list of voter keys" in found.words


def test_a_desk_that_types_where_the_others_scan_is_looked_at() -> None:
    day = LongDay(voters=300)
    day.hour(TWO, 0, 45, typed=5)
    day.hour(ONE, 0, 39, typed=30)
    assert day.watch.alarms() == ()
    day.comes(ONE, 59)
    assert day.watch.alarms() == (
        Alarm(
            "typed",
            "look",
            ONE,
            "a-desk-1: 75% of 40 codes typed today, 11% at other desks. Try its scanner; if it "
            "works, ask why documents are not scanned.",
        ),
    )


def test_a_desk_that_begins_to_type_in_its_last_hour_is_looked_at() -> None:
    day = LongDay(voters=300)
    for hour in range(3):
        day.hour(ONE, hour, 30)
    day.hour(ONE, 3, 41, typed=41)
    assert [(alarm.id, alarm.words) for alarm in day.watch.alarms()] == [
        (
            "typed",
            "a-desk-1: 100% of 41 codes typed in its last hour, 0% before. Try its scanner; if it "
            "works, ask why documents are not scanned.",
        )
    ]


def test_a_place_without_a_scanner_types_all_and_is_no_alarm() -> None:
    day = LongDay(voters=300)
    for desk in (ONE, TWO):
        for hour in range(3):
            day.hour(desk, hour, 30, typed=30)
    assert day.watch.alarms() == ()


def test_more_check_ins_in_five_minutes_than_a_person_makes_cannot_wait() -> None:
    day = LongDay(voters=100)
    for minute, count in enumerate((6, 6, 6, 6, 6, 6)):
        for _ in range(count):
            day.comes(ONE, minute)
    assert day.watch.alarms() == ()
    day.comes(ONE, 3)
    assert day.watch.alarms() == (
        Alarm(
            "too-fast",
            "now",
            ONE,
            "a-desk-1: 31 check-ins in 5 minutes from 2026-11-27T04:30Z, where a person makes 30 "
            "at most. Look who works there.",
        ),
    )


def test_entries_on_one_computer_alone_for_a_minute_are_said_until_another_has_them() -> None:
    day = sample_day(desks=2, voters=12)
    world = World(day)
    world.open_polls()
    age, desk = CopyAge(), world.replica(ONE)

    def looked() -> Sequence[Alarm]:
        one_copy, size = desk.single_copy(), desk.own.sealed
        waited_ms = age.look(size, size - one_copy, desk.steady_ms)
        return station_alarms(ONE, Figures(one_copy=one_copy, one_copy_ms=waited_ms), Noted())

    assert looked() == ()
    world.part({ONE}, {TWO, "north-1", "a-box-1"})
    request = world.desk(ONE).ask(day.voters["a"][0])
    world.run_until_answered(request)
    assert (desk.single_copy() > 0, looked()) == (True, ())
    world.advance(ONE_COPY_MS + GROWTH_STEP_MS)
    (found,) = looked()
    assert (found.id, found.level, found.about) == ("one-copy", "look", ONE)
    assert found.words == (
        f"{desk.single_copy()} entries are on this computer alone, for 1 min. Look at the network "
        "cable; keep stubs of cards, and do not switch this computer off."
    )
    world.rejoin()
    world.run_until_quiet()
    assert (desk.single_copy(), looked()) == (0, ())


def test_a_clock_ahead_a_full_disk_and_a_desk_held_back_are_said_the_urgent_first() -> None:
    figures = Figures({"a-desk-2": 240_000, "a-desk-3": 60_000}, ("b-desk-1",), 0, 0, 12_000_000)
    found = station_alarms(ONE, figures, Noted())
    assert [(alarm.id, alarm.level, alarm.about) for alarm in found] == [
        ("too-fast", "now", "b-desk-1"),
        ("clock", "look", "a-desk-2"),
        ("disk", "now", ONE),
    ]
    assert words_of(*found) == (
        "b-desk-1 checks in faster than a person can. What is too fast waits and gets no card yet. "
        "Look who works there.",
        "12 MB free on the disk of a-desk-1: it stops when none is left. Remove what does not "
        "belong to pollmesh.",
        "The clock of a-desk-2 is 4 min ahead of this computer's. Compare both with a watch; "
        "nothing is decided by clocks.",
    )


@pytest.mark.parametrize(
    ("noticed", "level", "words"),
    [
        (
            "power-lost",
            "look",
            "a-desk-1 runs on its battery. Look for the mains before the battery is low.",
        ),
        (
            "power-low",
            "now",
            "a-desk-1 runs on the last of its battery. Bring mains power or another battery now.",
        ),
    ],
)
def test_a_desk_on_its_battery_is_said_at_the_district_until_power_is_back(
    noticed: str, level: str, words: str
) -> None:
    world = World(sample_day(desks=2, voters=12))
    world.open_polls()
    noted = world.check_ins("north-1").noted
    world.run_until_answered(world.ask(ONE, NotePeripheral(noticed)))  # type: ignore[arg-type]
    world.run_until_quiet()
    assert station_alarms("north-1", Figures(), noted) == (Alarm("power", level, ONE, words),)  # type: ignore[arg-type]
    world.run_until_answered(world.ask(ONE, NotePeripheral("power-back")))
    world.run_until_quiet()
    assert station_alarms("north-1", Figures(), noted) == ()
