"""History: a log signed twice is proved and frozen, a lost one comes back, a seal holds."""

import pytest
from msgspec.structs import replace

from simulations.disk import Disk
from simulations.sample_day import SampleDay, sample_day
from simulations.world import World
from sync.checkpoint import Checkpoint, sign_checkpoint
from sync.errors import VerifyError
from sync.log import ForkProof, Log, verify_fork
from sync.merkle import leaf_hash
from sync.outcomes import CardReady, Done, Refused
from sync.replica import STOPPED
from sync.signing import Signer
from tests.peers.siblings import siblings_hold_nothing

DESK_1, DESK_2 = "pollmesh/sample-1/a-desk-1/0", "pollmesh/sample-1/a-desk-2/0"


def forked_world(day: SampleDay) -> World:
    """Desk 2 worked; a thief put an older copy of its disk to work with software that waits not."""
    world = World(day, watched=False)
    world.open_polls()
    image = world.disk("a-desk-2").image()
    first, second = day.voters["a"][:2]
    assert isinstance(world.desk("a-desk-2").check_in(first), CardReady)
    world.run_until_quiet()
    world.crash("a-desk-2")
    world.part({"a-desk-2"}, set(world.computers) - {"a-desk-2"})
    world.put_image("a-desk-2", image)
    world.restart("a-desk-2")
    siblings_hold_nothing(world.replica("a-desk-2"))
    world.desk("a-desk-2").check_in(second)
    world.rejoin()
    world.run_until_quiet()
    return world


def test_a_forked_log_is_proved_and_frozen_everywhere(day: SampleDay) -> None:
    world = forked_world(day)
    public = day.station("a-desk-2").key
    for name in ("a-desk-1", "a-desk-2", "north-1"):
        log = world.replica(name).logs[DESK_2]
        assert log.fork is not None, name
        verify_fork(log.fork, public)
        assert world.disk(name).forks[DESK_2] == log.fork
    assert world.replica("a-desk-2").is_stopped()
    voter = day.voters["a"][3]
    assert world.desk("a-desk-2").check_in(voter) == Refused("stopped", STOPPED)
    held = {name: world.disk(name).logs[DESK_2].entries[:] for name in ("a-desk-1", "north-1")}
    world.crash("a-desk-1")
    world.restart("a-desk-1")
    world.run_until_quiet()
    assert world.replica("a-desk-1").logs[DESK_2].fork is not None, "kept through a restart"
    assert held == {name: world.disk(name).logs[DESK_2].entries for name in held}


def test_the_rest_of_a_place_goes_on_beside_a_forked_log(day: SampleDay) -> None:
    world = forked_world(day)
    outcomes = [world.desk("a-desk-1").check_in(voter) for voter in day.voters["a"][2:]]
    assert any(isinstance(outcome, CardReady) for outcome in outcomes)
    world.run_until_quiet()
    assert len(world.disk("north-1").logs[DESK_1].entries) == len(
        world.disk("a-desk-1").logs[DESK_1].entries
    )


def test_two_histories_that_meet_at_a_third_station_are_proved_there(day: SampleDay) -> None:
    """One key signs two logs; each sibling holds one of them; neither saw the author fork."""
    signer = day.signers["a-desk-2"]
    public = day.station("a-desk-2").key
    one, other = Log(DESK_2, "a-desk-2", 0, public), Log(DESK_2, "a-desk-2", 0, public)
    for log, last in ((one, b"left"), (other, b"right")):
        for entry in (b"same", last, b"more" + last):
            log.append(entry)
        log.seal(signer)
    proof = one.contradicts(other.note)
    assert proof is not None
    verify_fork(proof, public)
    with pytest.raises(VerifyError, match="not signed by"):
        verify_fork(proof, day.station("a-desk-1").key)


def test_an_honest_log_cannot_be_condemned_by_shifting_bytes_between_hashes() -> None:
    signer = Signer(b"\x01" * 32)
    log = Log(DESK_1, "a-desk-1", 0, signer.public)
    notes = {}
    for entry in (b"one", b"two", b"three"):
        log.append(entry)
        log.seal(signer)
        notes[log.size] = log.note
    pair, third = log.tree.root(2), leaf_hash(b"three")
    forged = ForkProof(DESK_1, notes[2], notes[3], pair[:31], (pair[31:] + third,))
    with pytest.raises(VerifyError, match="consistency proof does not hold"):
        verify_fork(forged, signer.public)


def test_two_checkpoints_that_agree_are_no_fork() -> None:
    signer = Signer(b"\x01" * 32)
    log = Log(DESK_1, "a-desk-1", 0, signer.public)
    notes = []
    for number in range(5):
        log.append(b"%d" % number)
        log.seal(signer)
        notes.append(log.note)
        assert [log.contradicts(note) for note in notes] == [None] * len(notes)
    proof = tuple(log.tree.consistency_proof(2, 5))
    honest = ForkProof(DESK_1, notes[1], notes[4], log.tree.root(2), proof)
    with pytest.raises(VerifyError, match="the checkpoints agree"):
        verify_fork(honest, signer.public)
    with pytest.raises(VerifyError, match="smaller first"):
        verify_fork(ForkProof(DESK_1, notes[4], notes[1], log.tree.root(2), proof), signer.public)


def test_a_truncated_log_comes_back_from_siblings() -> None:
    day = sample_day(desks=3, voters=12)
    world = World(day, watched=False)
    world.open_polls()
    for voter in day.voters["a"][:4]:
        assert isinstance(world.desk("a-desk-1").check_in(voter), CardReady)
    world.run_until_quiet()
    before = world.disk("a-desk-1").logs[DESK_1].entries
    world.crash("a-desk-1")
    world.put_image("a-desk-1", Disk())
    world.restart("a-desk-1")
    world.run_until_quiet()
    assert world.disk("a-desk-1").logs[DESK_1].entries[: len(before)] == before
    assert world.desk("a-desk-1").check_in(day.voters["a"][0]) == Refused(
        "already-checked-in", "Already checked in here at 2026-11-27T04:30Z: card 1 taken."
    )
    again = world.desk("a-desk-1").check_in(day.voters["a"][5])
    assert isinstance(again, CardReady)
    assert again.number == 5, "numbers go on where the log ended"
    world.run_until_quiet()
    assert {world.disk(name).logs[DESK_1].note for name in ("a-desk-2", "north-1")} == {
        world.disk("a-desk-1").logs[DESK_1].note
    }


def test_a_damaged_disk_is_noticed_at_start(world: World) -> None:
    world.crash("a-desk-1")
    entries = world.disk("a-desk-1").logs[DESK_1].entries
    entries[1] = entries[1].replace(b"04:30", b"04:31")
    with pytest.raises(VerifyError, match="stored entries are not those its checkpoint covers"):
        world.restart("a-desk-1")


def test_a_long_log_reaches_a_late_station_a_tile_at_a_time() -> None:
    day = sample_day(desks=2, voters=200)
    world = World(day)
    world.open_polls()
    world.crash("north-1")
    for voter in day.voters["a"]:
        world.desk("a-desk-1").check_in(voter)
    entries = world.disk("a-desk-1").logs[DESK_1].entries
    assert len(entries) > 2 * 256, "three tiles"
    world.restart("north-1")
    world.run_until_quiet()
    north = world.disk("north-1").logs[DESK_1]
    assert north.entries == entries
    assert sorted(north.notes) == [256, 512, len(entries)]
    assert len(list(world.check_ins("north-1").all())) == 200


def test_an_entry_that_no_station_may_write_is_kept_and_never_counted(day: SampleDay) -> None:
    world = World(day, watched=False)
    world.run_until_quiet()
    desk = world.replica("a-desk-1")
    desk.own.append(b'{"kind":"CastCounted","cast":3,"spent_digest":""}')
    desk.own.append(b"not even JSON")
    world.run_until_quiet()
    assert [(f.origin, f.index) for f in world.check_ins("north-1").faults()] == [
        (DESK_1, 1),
        (DESK_1, 2),
    ]
    assert len(world.disk("north-1").logs[DESK_1].entries) == 3, "evidence"


def test_siblings_cosign_what_they_hold(world: World, voter: str) -> None:
    assert isinstance(world.desk("a-desk-1").check_in(voter), CardReady)
    world.advance(25_000)
    size = len(world.disk("a-desk-1").logs[DESK_1].entries)
    lines = world.replica("north-1").cosigning.kept[DESK_1]
    assert {name: at for name, (at, _) in lines.items()} == {"a-desk-2": size, "north-1": size}
    assert set(world.replica("a-desk-1").cosigning.kept[DESK_1]) == {"a-desk-2", "north-1"}


def test_a_desk_of_another_package_is_told_so_and_shares_nothing(day: SampleDay) -> None:
    world = World(day)
    world.run_until_quiet()
    other = replace(day.package, province="another")
    world.crash("a-desk-2")
    world.run_until_quiet()
    world.replica("a-desk-1").package = other
    world.restart("a-desk-2")
    world.advance(2_000)
    words = world.replica("a-desk-2").other_package["a-desk-1"]
    assert words.startswith("other package: ")
    assert "a-desk-1" not in world.replica("a-desk-2").connected()


def test_nothing_follows_the_seal_of_a_log(world: World, voter: str) -> None:
    for act in ("close", "final"):
        assert isinstance(world.officers("a").act("a-desk-1", act), Done)
    world.run_until_quiet()
    size = len(world.disk("a-desk-1").logs[DESK_1].entries)
    world.desk("a-desk-2").check_in(voter)
    world.run_until_quiet()
    assert len(world.disk("a-desk-1").logs[DESK_1].entries) == size, "no promise after the seal"


def test_a_checkpoint_signed_by_somebody_else_brings_nothing(day: SampleDay) -> None:
    stranger, public = Signer(b"\x09" * 32), day.station("a-desk-1").key
    log = Log(DESK_1, "a-desk-1", 0, public)
    note = sign_checkpoint(Checkpoint(DESK_1, 1, leaf_hash(b"x")), stranger)
    with pytest.raises(VerifyError, match="not signed by"):
        log.accept(0, [b"x"], note)
    assert (log.size, log.note) == (0, b"")
