"""Twenty stations in a place: everything reaches everybody, and nobody is flooded."""

from collections import Counter

import pytest

from simulations.sample_day import SampleDay, sample_day
from simulations.world import World
from sync.cosigning import lines_for_note
from sync.limits import (
    ASK_AGAIN_MS,
    EAGER_FAILED_MS,
    EAGER_PEERS_MAX,
    NOTE_SIGNATURES_MAX,
    RELAY_DELAY_MS,
    TELL_FEW,
)
from sync.log import Log
from sync.message import decode_message
from sync.outcomes import CardReady
from sync.session import Session
from sync.spreading import Asking, around, eager, told

DESKS = 19
OWN = "a-desk-1"
MESSAGES_PER_ENTRY_MAX = 80
"""Without a ring it was 196, and 130,000 cosignatures every ten seconds; now 45 to 65."""

COSIGNED_PER_ROUND_MAX = 15_000


@pytest.fixture(scope="module")
def crowd() -> SampleDay:
    return sample_day(desks=DESKS, voters=12, confirm_wait_ms=20_000)


def sessions(day: SampleDay, own: str = OWN) -> list[Session]:
    """A session with everybody who wants the log of `own`."""
    found = [s for s in day.package.stations if s.id != own and s.kind != "box"]
    return [Session(station, is_talking=True, heads_heard=True) for station in found]


def own_log(day: SampleDay, name: str = OWN) -> Log:
    return Log(f"pollmesh/{day.package.day}/{name}/0", name, 0, day.station(name).key)


def chosen(day: SampleDay, audience: list[Session], now_ms: int = 0) -> set[str]:
    station = day.station(OWN)
    found = eager(day.package, station, own_log(day), audience, now_ms)
    return {session.peer.id for session in found}


# --- to whom at once


def test_up_to_sixteen_peers_all_get_what_is_written_at_once(crowd: SampleDay) -> None:
    audience = sessions(crowd)[:EAGER_PEERS_MAX]
    assert chosen(crowd, audience) == {session.peer.id for session in audience}


def test_above_sixteen_a_few_do_among_them_a_guard_and_one_elsewhere(crowd: SampleDay) -> None:
    audience = sessions(crowd)
    few = chosen(crowd, audience)
    assert len(audience) == DESKS
    assert len(few) <= EAGER_PEERS_MAX
    assert few & set(crowd.package.places_by_id["a"].guards)
    assert "north-1" in few, "the only one elsewhere"
    assert few == chosen(crowd, list(reversed(audience))), "the same whatever the order"


def test_who_shows_no_progress_is_passed_over_until_it_does(crowd: SampleDay) -> None:
    audience, log = sessions(crowd), own_log(crowd)
    few = chosen(crowd, audience)
    silent = next(s for s in audience if s.peer.id in few and s.peer.id != "north-1")
    silent.lacking_since[log.origin] = 0
    assert silent.peer.id in chosen(crowd, audience, EAGER_FAILED_MS - 1)
    assert silent.peer.id not in chosen(crowd, audience, EAGER_FAILED_MS)
    silent.heard_head(log.origin, 1)
    assert silent.peer.id in chosen(crowd, audience, EAGER_FAILED_MS)


def test_whose_entry_came_last_is_among_the_few(crowd: SampleDay) -> None:
    audience = sessions(crowd)
    left_out = next(s for s in audience if s.peer.id not in chosen(crowd, audience))
    left_out.spoke_ms = 5
    assert left_out.peer.id in chosen(crowd, audience)


def test_on_the_ring_everybody_is_told_by_as_many_as_he_tells(crowd: SampleDay) -> None:
    names = [s.id for s in crowd.package.stations if s.kind != "box"]
    tells = {name: around(name, set(names) - {name})[:TELL_FEW] for name in names}
    assert Counter(one for told_by in tells.values() for one in told_by) == dict.fromkeys(
        names, TELL_FEW
    )
    heard = {s.peer.id for s in told(OWN, "a-desk-9", sessions(crowd))}
    assert heard == {*tells[OWN], "a-desk-9"}, "and the author always"


# --- asking for what is lacking


def test_what_is_lacking_is_asked_of_one_after_the_other_the_author_last(crowd: SampleDay) -> None:
    log = own_log(crowd, "a-desk-2")
    peers = {s.peer.id: s for s in sessions(crowd) if s.peer.id in ("a-desk-2", "a-desk-3")}
    for session in peers.values():
        session.heard_head(log.origin, 4)
    asking, logs = Asking(OWN), {log.origin: log}

    def asked(now_ms: int) -> list[str]:
        return [session.peer.id for session, _ in asking.due(logs, peers, now_ms)]

    assert asked(0) == []
    assert asked(RELAY_DELAY_MS - 1) == []
    assert asked(RELAY_DELAY_MS) == ["a-desk-3"]
    assert asked(RELAY_DELAY_MS + 1) == []
    assert asked(RELAY_DELAY_MS + ASK_AGAIN_MS) == ["a-desk-2"]
    del peers["a-desk-2"]
    assert asked(RELAY_DELAY_MS + ASK_AGAIN_MS + 1) == ["a-desk-3"], "the one asked has gone"
    peers["a-desk-3"].heads.clear()
    assert asked(1_000_000) == []


# --- all of it


def test_an_entry_reaches_all_of_twenty_and_costs_some_messages_for_each(crowd: SampleDay) -> None:
    world = World(crowd, seed=7, watched=False)
    world.open_polls()
    kinds: Counter[str] = Counter()
    send = world.network.send

    def counted(name: str, peer: str, data: bytes) -> None:
        kinds[type(decode_message(data)).__name__] += 1
        send(name, peer, data)

    world.network.send = counted  # type: ignore[method-assign]
    before = written(world)
    began_ms = world.now_ms
    for number in range(1, 6):
        outcome = world.desk(f"a-desk-{number}").check_in(crowd.voters["a"][number])
        assert isinstance(outcome, CardReady), outcome
    assert world.now_ms - began_ms < 5 * 2 * RELAY_DELAY_MS, "a quorum needs no second question"
    world.advance(3_000)
    entries = written(world) - before
    assert entries >= 5 * 11
    per_entry = (kinds.total() - kinds["Cosigned"]) / entries
    print(f"{per_entry:.1f} messages an entry: {dict(kinds)}")
    assert per_entry < MESSAGES_PER_ENTRY_MAX
    desks = [s.id for s in crowd.package.stations if s.kind == "desk"]
    whole = {name: world.replica(name).own.sealed for name in desks}
    for name in (*desks, "north-1"):
        logs = world.replica(name).logs.values()
        assert {log.station: log.sealed for log in logs if log.station in whole} == whole
    kinds.clear()
    world.advance(20_000)
    assert 0 < kinds["Cosigned"] < COSIGNED_PER_ROUND_MAX
    kinds.clear()
    world.advance(10_000)
    assert kinds == {}, "a place at rest is silent"


def written(world: World) -> int:
    """Entries of all logs."""
    names = (s.id for s in world.day.package.stations)
    return sum(world.replica(name).own.sealed for name in names)


def test_no_more_cosignatures_go_into_a_note_than_fit_and_the_own_places_first() -> None:
    day = sample_day(places=2, desks=70)
    names = [s.id for s in day.package.stations if s.id != OWN]
    lines = lines_for_note(day.package, day.station(OWN), ((name, name) for name in names))
    assert len(lines) == NOTE_SIGNATURES_MAX - 1
    assert {line.partition("-")[0] for line in lines} == {"a"}
    few = ["north-1", "b-desk-1", "a-desk-2"]
    kept = lines_for_note(day.package, day.station(OWN), ((name, name) for name in few))
    assert set(kept) == set(few)
