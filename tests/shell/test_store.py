"""A station's store: all of a write or none of it, nothing forgotten stays, failures in words."""

import fcntl
import sqlite3
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import zstandard

from node.store import Store, StoreError
from sync.checkpoint import open_checkpoint
from sync.effects import (
    Answer,
    Effect,
    ForgetSecret,
    KeepSecret,
    Persist,
    PersistCosignature,
    PersistFork,
)
from sync.errors import VerifyError
from sync.limits import TILE_ENTRIES
from sync.log import ForkProof, Log, Stretch
from sync.outcomes import Done
from sync.signing import Signer
from sync.tiles import pack_bundle, unpack_bundle
from tests.conftest import run_pollmesh

SIGNER = Signer(b"\x01" * 32)
ORIGIN = "pollmesh/sample-1/a-desk-1/0"
SECRET = b"secret of a card"
SIZES = (1, 255, 256, 257, 300, 511, 512, 513, 600)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store(path)
    yield store
    store.close()


def entry(index: int) -> bytes:
    """An entry that is like no other."""
    return b"entry %d " % index * (1 + index % 7)


def written(log: Log, size: int) -> Stretch:
    """The log grows to `size` entries and is signed."""
    for index in range(log.size, size):
        log.append(entry(index))
    stretch = log.seal(SIGNER)
    assert stretch is not None
    return stretch


def new_log() -> Log:
    """An empty log."""
    return Log(ORIGIN, "a-desk-1", 0, SIGNER.public)


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    """What another program reads in the file."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


# --- logs


@pytest.mark.parametrize("step", [50, 256, 1_000], ids=lambda step: f"{step} at a time")
@pytest.mark.parametrize("size", SIZES)
def test_a_log_comes_back_whole_whatever_its_size(
    store: Store, path: Path, size: int, step: int
) -> None:
    log = new_log()
    for end in (*range(step, size, step), size):
        store.commit([Persist(written(log, end))])
    entries = [entry(index) for index in range(size)]
    assert list(store.logs()) == [(ORIGIN, entries, log.note)]
    tiles = size // TILE_ENTRIES
    assert rows(path, "SELECT count(*) FROM tiles") == [(tiles,)]
    assert rows(path, "SELECT count(*) FROM tail") == [(size - tiles * TILE_ENTRIES,)]
    again = new_log()
    again.restore(entries, log.note)
    assert again.checkpoint() == log.checkpoint()


@pytest.mark.parametrize("size", SIZES)
def test_every_part_of_a_log_can_be_read_and_none_beyond_its_end(store: Store, size: int) -> None:
    store.commit([Persist(written(new_log(), size))])
    edges = sorted({0, 1, 254, 255, 256, 257, 511, 512, 513, size - 1, size} & set(range(size + 1)))
    for first in edges:
        for end in edges:
            if first <= end:
                wanted = [entry(index) for index in range(first, end)]
                assert store.entries(ORIGIN, first, end) == wanted
    with pytest.raises(StoreError, match=rf"log\.db: {ORIGIN}: {size} of {size + 1} entries"):
        store.entries(ORIGIN, 0, size + 1)


@pytest.mark.parametrize("size", SIZES)
def test_what_is_sent_is_inside_one_tile_and_signed_at_its_end(store: Store, size: int) -> None:
    store.commit([Persist(written(new_log(), size))])
    for first in sorted({0, 100, 255, 256, 400, 511, 512, size - 1} & set(range(size))):
        message = store.stretch(ORIGIN, first)
        assert message is not None
        end = min(size, (first // TILE_ENTRIES + 1) * TILE_ENTRIES)
        wanted = [entry(index) for index in range(first, end)]
        assert (message.origin, message.first) == (ORIGIN, first)
        assert unpack_bundle(message.bundle, "the message") == wanted
        assert open_checkpoint(message.note, SIGNER.public).size == end
        other = new_log()
        for known in range(0, first, TILE_ENTRIES):
            before = store.stretch(ORIGIN, known)
            assert before is not None
            other.accept(known, unpack_bundle(before.bundle, "before"), before.note)
        assert other.size in (first, size, end) or other.accept(first, wanted, message.note)
    assert store.stretch(ORIGIN, size) is None
    assert store.stretch("pollmesh/sample-1/nobody/0", 0) is None


def test_logs_of_several_stations_do_not_mix(store: Store) -> None:
    other = Log("pollmesh/sample-1/a-desk-2/0", "a-desk-2", 0, SIGNER.public)
    log = new_log()
    store.commit([Persist(written(log, 300)), Persist(written(other, 2))])
    assert [(origin, len(entries), note) for origin, entries, note in store.logs()] == [
        (ORIGIN, 300, log.note),
        (other.origin, 2, other.note),
    ]


# --- one write


@pytest.mark.parametrize("first", [0, 1, 3], ids=["again", "an overlap", "a gap"])
def test_a_write_that_does_not_go_on_where_the_log_ends_is_never_done(
    store: Store, first: int
) -> None:
    log = new_log()
    store.commit([Persist(written(log, 2))])
    before = list(store.logs())
    with pytest.raises(AssertionError, match=f"{ORIGIN}: a gap in the store"):
        store.commit(
            [KeepSecret(1, SECRET), Persist(Stretch(ORIGIN, first, (b"x",), ((9, b"n"),)))]
        )
    assert (list(store.logs()), store.secrets()) == (before, {})
    store.commit([Persist(written(log, 3))])
    assert [len(entries) for _, entries, _ in store.logs()] == [3], "and the store goes on"


FAILURES: dict[str, tuple[Effect, type[Exception]]] = {
    "a number too large for the disk": (
        PersistCosignature(ORIGIN, "a-desk-2", 1 << 80, "line"),
        OverflowError,
    ),
    "an effect that is not for the disk": (Answer(1, Done("words")), AssertionError),
    "a value that the disk refuses": (KeepSecret(1, None), StoreError),  # type: ignore[arg-type]
}


@pytest.mark.parametrize(("last", "error"), FAILURES.values(), ids=FAILURES)
def test_a_write_of_which_one_part_fails_leaves_nothing_behind(
    store: Store, path: Path, last: Effect, error: type[Exception]
) -> None:
    log = new_log()
    store.commit([Persist(written(log, 255)), KeepSecret(7, SECRET)])
    before = list(store.logs())
    fork = ForkProof(ORIGIN, b"first", b"second", b"r" * 32, ())
    effects = [
        Persist(written(log, 257)),
        PersistFork(fork),
        PersistCosignature(ORIGIN, "a-desk-2", 3, "line"),
        KeepSecret(8, SECRET),
        ForgetSecret(7),
        last,
    ]
    with pytest.raises(error):
        store.commit(effects)
    for opened in (store, Store(path)):
        assert list(opened.logs()) == before
        assert (opened.forks(), opened.cosignatures()) == ([], [])
        assert opened.secrets() == {7: SECRET}
    store.commit(effects[:-1])
    assert [len(entries) for _, entries, _ in store.logs()] == [257]
    assert (store.forks(), store.secrets()) == ([fork], {8: SECRET})
    assert store.cosignatures() == [(ORIGIN, "a-desk-2", 3, "line")]


def test_the_first_fork_proof_and_the_newest_cosignature_stay(store: Store) -> None:
    first, second = (ForkProof(ORIGIN, note, b"", b"r" * 32, ()) for note in (b"1", b"2"))
    store.commit([PersistFork(first), PersistCosignature(ORIGIN, "a-desk-2", 3, "three")])
    store.commit([PersistFork(second), PersistCosignature(ORIGIN, "a-desk-2", 4, "four")])
    assert store.forks() == [first]
    assert store.cosignatures() == [(ORIGIN, "a-desk-2", 4, "four")]


# --- secrets


def files(path: Path) -> dict[str, bytes]:
    """The database and whatever stands beside it."""
    return {found.name: found.read_bytes() for found in sorted(path.parent.glob("log.db*"))}


def test_a_forgotten_secret_is_in_no_file(store: Store, path: Path) -> None:
    secrets = {number: b"card secret %04d" % number for number in range(1, 200)}
    store.commit([KeepSecret(number, secret) for number, secret in secrets.items()])
    assert any(secrets[7] in data for data in files(path).values()), "it is kept until then"
    store.commit([ForgetSecret(7), Persist(written(new_log(), 3))])
    assert set(files(path)) >= {"log.db", "log.db-wal"}
    assert [name for name, data in files(path).items() if secrets[7] in data] == []
    assert 7 not in store.secrets()
    store.commit([ForgetSecret(number) for number in secrets if number != 100])
    left = {n for n, secret in secrets.items() for data in files(path).values() if secret in data}
    assert left == {100}
    assert store.secrets() == {100: secrets[100]}


def test_a_secret_forgotten_just_before_a_power_cut_is_gone_after_the_start(
    store: Store, path: Path, tmp_path: Path
) -> None:
    """The plug is pulled after the write and before the write-ahead log is emptied."""
    store.commit([KeepSecret(7, SECRET)])
    other = tmp_path / "after the cut"
    other.mkdir()

    def pull_the_plug(statement: str) -> None:
        if "wal_checkpoint" in statement:
            for name, data in files(path).items():
                (other / name).write_bytes(data)

    store._connection.set_trace_callback(pull_the_plug)
    store.commit([ForgetSecret(7)])
    assert SECRET in (other / "log.db-wal").read_bytes()
    started = Store(other / "log.db")
    assert started.secrets() == {}
    assert [name for name, data in files(other / "log.db").items() if SECRET in data] == []
    started.close()


def test_only_the_owner_can_read_the_store(store: Store, path: Path) -> None:
    store.commit([KeepSecret(1, SECRET)])
    modes = {
        found.name: stat.S_IMODE(found.stat().st_mode) for found in path.parent.glob("log.db*")
    }
    assert modes == {"log.db": 0o600, "log.db-wal": 0o600, "log.db-shm": 0o600}


def test_a_store_that_others_could_read_is_made_private_at_start(path: Path) -> None:
    Store(path).close()
    path.chmod(0o644)
    store = Store(path)
    store.commit([KeepSecret(1, SECRET)])
    for found in path.parent.glob("log.db*"):
        assert stat.S_IMODE(found.stat().st_mode) == 0o600, found.name
    store.close()


# --- what a box remembers, and addresses


def test_a_box_remembers_how_many_ballots_its_file_must_hold(store: Store, path: Path) -> None:
    assert store.ballots_stored() == 0
    for stored in (1, 2, 3):
        store.remember_ballots(stored)
    assert (store.ballots_stored(), Store(path).ballots_stored()) == (3, 3)
    assert rows(path, "SELECT * FROM ballots") == [(1, 3)], "how many, and nothing else"


def test_addresses_are_kept_the_newest_of_each_station(store: Store) -> None:
    for station, address in (("b", "1:1"), ("a", "2:2"), ("b", "3:3")):
        store.remember_address(station, address)
    assert store.addresses() == {"a": "2:2", "b": "3:3"}


# --- damage, and a disk that says no


TILE = pack_bundle([entry(index) for index in range(TILE_ENTRIES)])
DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut off": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "not packed": lambda data: TILE,
    "zeros": lambda data: bytes(len(data)),
    "its head changed": lambda data: b"\xff" + data[1:],
}


@pytest.mark.parametrize("spoil", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_tile_is_named_and_says_what_to_do(
    store: Store, path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    store.commit([Persist(written(new_log(), 300))])
    bad = spoil(zstandard.compress(TILE, 3))
    store._connection.execute("UPDATE tiles SET bundle = ?", (bad,))
    words = f"{path}: a tile of {ORIGIN} is damaged. Keep the disk, put a spare to work."
    for read in (
        lambda: store.entries(ORIGIN, 0, 300),
        lambda: store.stretch(ORIGIN, 17),
        lambda: list(store.logs()),
    ):
        with pytest.raises(StoreError) as caught:
            read()
        assert str(caught.value) == words


def test_a_tile_with_fewer_entries_is_named_and_says_what_to_do(store: Store, path: Path) -> None:
    store.commit([Persist(written(new_log(), 300))])
    short = zstandard.compress(pack_bundle([entry(index) for index in range(255)]), 3)
    store._connection.execute("UPDATE tiles SET bundle = ?", (short,))
    with pytest.raises(StoreError) as caught:
        list(store.logs())
    assert str(caught.value) == (
        f"{path}: {ORIGIN}: 299 of 300 entries are in the store. "
        "Keep the disk, put a spare to work."
    )


def test_a_tile_with_other_entries_does_not_fit_its_signed_checkpoint(store: Store) -> None:
    log = new_log()
    store.commit([Persist(written(log, 300))])
    other = [entry(index) for index in range(255)] + [b"another"]
    packed = zstandard.compress(pack_bundle(other), 3)
    store._connection.execute("UPDATE tiles SET bundle = ?", (packed,))
    ((_, entries, note),) = store.logs()
    with pytest.raises(VerifyError, match="300 stored entries are not those its checkpoint covers"):
        new_log().restore(entries, note)


def test_a_file_that_is_no_store_is_named_and_says_what_to_do(path: Path) -> None:
    path.write_bytes(b"this is a letter to the district, not a database\n" * 100)
    with pytest.raises(StoreError) as caught:
        Store(path)
    assert str(caught.value) == (
        f"{path}: file is not a database. Keep this disk, put a spare to work."
    )


def test_a_missing_folder_is_named_and_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "log.db"
    with pytest.raises(StoreError) as caught:
        Store(path)
    assert str(caught.value) == (
        f"{path}: No such file or directory. Check that the folder exists."
    )


def test_a_full_disk_is_said_in_words_and_changes_nothing(store: Store, path: Path) -> None:
    log = new_log()
    store.commit([Persist(written(log, 2))])
    before = list(store.logs())
    (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
    store._connection.execute(f"PRAGMA max_page_count={pages}")
    big = Stretch(ORIGIN, 2, (bytes(200_000),), ((3, b"note"),))
    with pytest.raises(StoreError) as caught:
        store.commit([KeepSecret(1, SECRET), Persist(big)])
    assert str(caught.value) == (
        f"{path}: database or disk is full. Free space on this disk, then start the station "
        "again; nothing answered is lost."
    )
    assert (list(store.logs()), store.secrets()) == (before, {})
    store._connection.execute("PRAGMA max_page_count=1000000")
    store.commit([Persist(written(log, 3))])
    assert [len(entries) for _, entries, _ in store.logs()] == [3]


def test_a_store_that_another_program_holds_is_said_in_words(store: Store, path: Path) -> None:
    other = Store(path)
    other._connection.execute("BEGIN IMMEDIATE")
    store._connection.execute("PRAGMA busy_timeout=0")
    with pytest.raises(StoreError) as caught:
        store.commit([KeepSecret(1, SECRET)])
    assert str(caught.value) == (
        f"{path}: database is locked. Another process has this station open; stop it first."
    )
    other._connection.execute("ROLLBACK")
    other.close()
    store.commit([KeepSecret(1, SECRET)])
    assert store.secrets() == {1: SECRET}


def test_a_second_node_on_one_folder_is_refused_before_it_reads_anything(tmp_path: Path) -> None:
    for name in ("station.key", "station.toml"):
        (tmp_path / name).write_text("never read")
    with (tmp_path / "node.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = run_pollmesh("station", "run", tmp_path)
    assert second.returncode != 0
    words = " ".join(second.stderr.split())
    assert f"The station in {tmp_path} runs already. Stop that one first." in words
    found = sorted(path.name for path in tmp_path.iterdir())
    assert found == ["node.lock", "station.key", "station.toml"]


def test_a_fork_proof_comes_back_as_it_was_kept(store: Store, path: Path) -> None:
    proof = ForkProof(ORIGIN, b"first", b"second", b"r" * 32, (b"h" * 32, b"i" * 32))
    store.commit([PersistFork(proof)])
    assert Store(path).forks() == [proof]
    assert rows(path, "SELECT proof FROM forks") == [(msgspec.msgpack.encode(proof),)]
