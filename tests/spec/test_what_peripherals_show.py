"""Lid, seal, power, paper, clock: what is noted in the log, and what a low battery stops."""

import pytest

from simulations.sample_day import SampleDay, sample_day
from simulations.world import World
from sync.effects import CheckInVoter, NotePeripheral
from sync.entries import PeripheralNoted, decode_entry
from sync.entry_base import Finger, Noticed
from sync.noted import FAMILIES, FAMILY_OF, Noted
from sync.outcomes import BallotCast, BallotOffered, CardReady, Done, Outcome, Refused

BOX = "a-box-1"


def note(world: World, noticed: Noticed, station: str = BOX) -> Outcome | None:
    """The station's peripheral shows this."""
    request = world.ask(station, NotePeripheral(noticed))
    world.run_until_answered(request)
    return request.outcome


def notes(world: World, station: str = BOX) -> list[str]:
    """What stands in the station's log of its peripherals."""
    replica = world.replica(station)
    log = world.disk(station).logs[replica.origin]
    kind = world.day.station(station).kind
    entries = [decode_entry(data, kind, station) for data in log.entries]
    return [entry.noticed for entry in entries if isinstance(entry, PeripheralNoted)]


def test_a_lid_that_was_opened_and_closed_stands_in_the_log_once_each(world: World) -> None:
    for noticed in ("lid-closed", "lid-opened", "lid-opened", "lid-closed", "lid-closed"):
        assert isinstance(note(world, noticed), Done)
    assert notes(world) == ["lid-opened", "lid-closed"]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_normal_state_is_not_written_at_start(world: World, family: str) -> None:
    assert note(world, FAMILIES[family][0]) == Done("Noted already.")
    assert notes(world) == []


def test_what_was_noted_is_remembered_over_a_restart(world: World) -> None:
    note(world, "power-lost")
    world.run_until_quiet()
    world.crash(BOX)
    world.restart(BOX)
    world.run_until_quiet()
    assert note(world, "power-lost") == Done("Noted already.")
    note(world, "power-back")
    assert notes(world) == ["power-lost", "power-back"]


def test_a_broken_seal_stays_broken(world: World) -> None:
    note(world, "seal-broken")
    assert note(world, "seal-whole") == Done("The seal was broken; that stays noted.")
    assert notes(world) == ["seal-broken"]


def test_a_loose_contact_does_not_fill_the_log(world: World) -> None:
    swings = [note(world, "lid-opened" if n % 2 else "lid-closed") for n in range(1, 30)]
    assert swings[-1] == Refused(
        "too-many-notes",
        "Too much happens to be noted one by one. Look at the peripherals' cables.",
    )
    assert notes(world) == ["lid-opened", "lid-closed"] * 10
    world.advance(3_600_000)
    world.run_until_quiet()
    assert notes(world)[20:] == ["lid-opened"], "how it stands is written when there is room"


def test_no_flapping_hides_a_broken_seal_or_another_peripheral(world: World) -> None:
    for number in range(1, 40):
        note(world, "lid-opened" if number % 2 else "lid-closed")
    assert isinstance(note(world, "seal-broken"), Done)
    assert isinstance(note(world, "power-lost"), Done)
    assert notes(world)[20:] == ["seal-broken", "power-lost"]


def test_a_power_source_that_fell_silent_bars_no_box_for_ever(world: World, day: SampleDay) -> None:
    ready = world.desk("a-desk-1").check_in(day.voters["a"][0])
    assert isinstance(ready, CardReady)
    note(world, "power-low")
    refused = world.box(BOX).show(ready.card)
    assert isinstance(refused, Refused)
    assert refused.reason == "battery-low"
    note(world, "power-unknown")
    assert isinstance(world.box(BOX).vote(ready.card, {}), BallotCast)
    assert notes(world) == ["power-low", "power-unknown"]


@pytest.mark.parametrize("station", ["a-desk-1", "a-box-1", "north-1"])
def test_every_kind_of_station_may_note(world: World, station: str) -> None:
    name = next((s.id for s in world.day.package.stations if s.id == station), None)
    name = name or next(s.id for s in world.day.package.stations if s.kind == "district")
    assert isinstance(note(world, "clock-off", name), Done)
    assert notes(world, name) == ["clock-off"]


def test_supervisors_read_how_often_and_when_last() -> None:
    noted = Noted()
    for noticed, minute in (
        ("lid-opened", "2026-11-27T06:00Z"),
        ("lid-closed", "2026-11-27T06:01Z"),
        ("lid-opened", "2026-11-27T07:30Z"),
        ("power-lost", "2026-11-27T07:31Z"),
    ):
        noted.fold("a-box-1", PeripheralNoted(noticed, minute))
    assert noted.lines("a-box-1") == [
        "a-box-1: the lid was opened 2 times, last at 2026-11-27T07:30Z",
        "a-box-1: mains power was lost at 2026-11-27T07:31Z",
    ]
    assert noted.lines("a-box-2") == []


def test_the_district_learns_of_it(world: World) -> None:
    note(world, "lid-opened")
    world.run_until_quiet()
    district = next(s.id for s in world.day.package.stations if s.kind == "district")
    role = world.replica(district).role
    assert [line.split(" at ")[0] for line in role.returns.noted.lines(BOX)] == [  # type: ignore[attr-defined]
        "a-box-1: the lid was opened"
    ]


def test_a_box_on_its_last_battery_takes_nobody_new_and_lets_who_is_inside_finish(
    world: World, day: SampleDay
) -> None:
    box, desk = world.box(BOX), world.desk("a-desk-1")
    first, second = (desk.check_in(voter) for voter in day.voters["a"][:2])
    assert isinstance(first, CardReady)
    assert isinstance(second, CardReady)
    inside = box.show(first.card)
    assert isinstance(inside, BallotOffered)
    note(world, "power-low")
    choices = {row.contest: () for row in inside.contests}
    assert isinstance(box.cast(inside.session, choices), BallotCast)
    assert box.show(second.card) == Refused(
        "battery-low",
        "This box may lose power soon and takes no new voter. Your card stays good; tell an "
        "officer to see to its power.",
    )
    note(world, "power-back")
    assert isinstance(box.vote(second.card, {}), BallotCast)


def test_after_the_log_is_sealed_nothing_is_noted(world: World) -> None:
    world.officers("a").act("a-desk-1", "close")
    world.officers("a").act("a-desk-1", "final")
    world.run_until_quiet()
    assert isinstance(note(world, "power-lost", "a-desk-1"), Refused)
    assert notes(world, "a-desk-1") == []


def test_every_notice_belongs_to_one_family() -> None:
    assert sorted(FAMILY_OF) == sorted(one for family in FAMILIES.values() for one in family)


def check_in(world: World, voter: str, finger: Finger) -> Outcome | None:
    """Check in at the first desk with what the fingerprint reader said."""
    secret = b"sixteen bytes ok"
    command = CheckInVoter(voter, "national-card", "scanned", BOX, secret, finger)
    request = world.ask("a-desk-1", command)
    world.run_until_answered(request)
    return request.outcome


@pytest.mark.parametrize("finger", ["matched", "not-matched", "not-asked", "device-absent"])
def test_a_finger_never_decides_and_stands_in_the_check_in(finger: Finger) -> None:
    world = World(sample_day(fingerprint="ask"))
    world.open_polls()
    voter = world.day.voters["a"][0]
    assert isinstance(check_in(world, voter, finger), CardReady)
    (found,) = world.check_ins("a-desk-1").of(voter)
    assert found.entry.finger == finger


def test_a_day_that_asks_for_no_fingers_takes_none(world: World, voter: str) -> None:
    assert check_in(world, voter, "matched") == Refused(
        "no-finger", "This day asks for no fingerprints. Check in without."
    )
    assert isinstance(check_in(world, voter, "not-asked"), CardReady)
