"""A station that tried itself: what stands in its log, who sees it, that it fills no log."""

import pytest

from simulations.world import World
from sync.effects import NoteSelfTest
from sync.entries import decode_entry
from sync.limits import SELF_TESTS_PER_HOUR_MAX
from sync.noted import Noted
from sync.outcomes import Done, Outcome, Refused
from sync.self_test import TESTED, SelfTested, self_test_words

MINUTE = "2026-11-27T05:12Z"
PASSED = NoteSelfTest(TESTED, ())
FAILED = NoteSelfTest(("signature",), ("clock", "space"))


def tell(world: World, station: str, test: NoteSelfTest) -> Outcome | None:
    """The station's self-test ended so."""
    request = world.ask(station, test)
    world.run_until_answered(request)
    return request.outcome


def written(world: World, station: str) -> list[SelfTested]:
    """The self-tests in the station's log on disk."""
    replica = world.replica(station)
    log = world.disk(station).logs[replica.origin]
    kind = world.day.station(station).kind
    entries = [decode_entry(data, kind, station) for data in log.entries]
    return [entry for entry in entries if isinstance(entry, SelfTested)]


@pytest.mark.parametrize("station", ["a-desk-1", "a-box-1", "north-1"])
def test_every_kind_of_station_writes_its_self_test(world: World, station: str) -> None:
    outcome = tell(world, station, FAILED)
    assert isinstance(outcome, Done)
    (entry,) = written(world, station)
    assert (entry.passed, entry.failed) == (("signature",), ("clock", "space"))
    assert outcome == Done(f"Written as entry {outcome.index}.", outcome.index)


def test_more_than_a_few_in_an_hour_are_shown_and_not_written(world: World) -> None:
    said = [tell(world, "a-desk-1", PASSED) for _ in range(SELF_TESTS_PER_HOUR_MAX + 2)]
    assert said[-1] == Refused(
        "too-many-notes", "Written 6 times in this hour already; this one is only shown."
    )
    assert len(written(world, "a-desk-1")) == SELF_TESTS_PER_HOUR_MAX
    world.advance(3_600_000)
    assert isinstance(tell(world, "a-desk-1", PASSED), Done)


def test_the_last_self_test_of_a_station_counts_and_a_failed_one_is_a_line_for_supervisors() -> (
    None
):
    noted = Noted()
    assert (noted.self_test("a-desk-1"), noted.lines("a-desk-1")) == ("", [])
    noted.fold("a-desk-1", SelfTested(MINUTE, ("signature",), ("clock", "space")))
    assert noted.self_test("a-desk-1") == f"failed at {MINUTE}: clock, space"
    assert noted.lines("a-desk-1") == [
        f"a-desk-1: the self-test failed at {MINUTE}: clock, space",
    ]
    noted.fold("a-desk-1", SelfTested("2026-11-27T06:00Z", TESTED, ()))
    assert noted.self_test("a-desk-1") == "passed at 2026-11-27T06:00Z"
    assert noted.lines("a-desk-1") == []


def test_a_station_that_never_tested_itself_says_nothing() -> None:
    assert self_test_words(None) == ""
