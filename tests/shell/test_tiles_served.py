"""Tiles by their paths: full ones that may be kept, those not there yet, and many who ask at once.

The handlers of a station over a Unix socket, with a log far longer than a test's station writes.
"""

import asyncio
from types import SimpleNamespace

import aiohttp
import pytest
from aiohttp import web

from node.log_api import BUSY, KEPT_BYTES_MAX, NO_TILE, WAITING_MAX, LogApi, parse_tile
from node.store import Store
from sync.checkpoint import open_checkpoint
from sync.effects import Persist
from sync.log import Log
from sync.merkle import leaf_hash
from sync.signing import Signer
from sync.tiles import entry_tiles, hash_tiles, tile_path, unpack_bundle


def hash_paths(size):
    """The paths of every hash tile, by the format's own arithmetic."""
    found, level, count = [], 0, size
    while count:
        full, rest = divmod(count, 256)
        found += [tile_path(str(level), number, 256) for number in range(full)]
        found += [tile_path(str(level), full, rest)] if rest else []
        level, count = level + 1, full
    return found


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("0/000", ("0", 0, 256)),
        ("entries/x001/234", ("entries", 1234, 256)),
        ("1/x001/x234/067.p/12", ("1", 1_234_067, 12)),
        ("0/000.p/256", None),
        ("0/000.p/0", None),
        ("0/000.p/012", None),
        ("0/x000/001", None),
        ("0/1", None),
        ("6/000", None),
        ("-1/000", None),
        ("data/000", None),
        ("entries/000/", None),
        ("entries/x001/../000", None),
        ("0/٠٠٠", None),
    ],
)
def test_a_tile_has_one_path(path, found):
    assert parse_tile(path) == found


SIGNER = Signer(bytes(range(32)))
LONG = "pollmesh/long-day/a-desk-1/0"


@pytest.fixture
def long_log(tmp_path):
    """A station's store with 70,000 entries, and what of a running station the handlers need."""
    log, store = Log(LONG, "a-desk-1", 0, SIGNER.public), Store(tmp_path / "log.db")
    entries = [b"entry %d" % number for number in range(70_000)]
    for entry in entries:
        log.append(entry)
    stretch = log.seal(SIGNER)
    store.commit([Persist(stretch)])
    reads = []

    async def on_disk(work, *values):
        reads.append(values)
        await asyncio.sleep(0)
        return work(*values)

    running = SimpleNamespace(
        package=SimpleNamespace(day="long-day"),
        replica=SimpleNamespace(
            logs={LONG: log}, cosigning=SimpleNamespace(lines=lambda log, size: ())
        ),
        runner=SimpleNamespace(committed={LONG: (log.sealed, log.note)}, on_disk=on_disk),
        store=store,
    )
    yield SimpleNamespace(log=log, entries=entries, running=running, reads=reads)
    store.close()


def over_a_socket(tmp_path, api, story):
    """Run `story(get)` against these handlers on a Unix socket."""

    async def run():
        app = web.Application()
        app.router.add_get("/log/{station}/{epoch}/checkpoint", api.checkpoint)
        app.router.add_get("/log/{station}/{epoch}/tile/{tile:.+}", api.tile)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.UnixSite(runner, str(tmp_path / "s")).start()
        connector = aiohttp.UnixConnector(str(tmp_path / "s"), limit=0)
        try:
            async with aiohttp.ClientSession(connector=connector) as session:

                async def get(path):
                    url = f"http://station/log/a-desk-1/0/{path}"
                    async with session.get(url) as answer:
                        return answer.status, answer.headers, await answer.read()

                return await story(get)
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def test_a_long_log_comes_whole_as_tiles_and_full_ones_may_be_kept(tmp_path, long_log):
    async def story(get):
        found = {"checkpoint": await get("checkpoint")}
        for path in [p for p, _, _ in entry_tiles(70_000)] + hash_paths(70_000):
            found[path] = await get(path)
        return found

    found = over_a_socket(tmp_path, LogApi(long_log.running), story)
    assert {status for status, _, _ in found.values()} == {200}
    checkpoint = open_checkpoint(found["checkpoint"][2], SIGNER.public)
    assert (checkpoint.size, checkpoint.root) == (70_000, long_log.log.tree.root())
    entries = []
    for path, _, _ in entry_tiles(70_000):
        entries += unpack_bundle(found[path][2], path)
    assert entries == long_log.entries
    assert [path for path, _ in hash_tiles(long_log.log.tree)] == hash_paths(70_000)
    for path, hashes in hash_tiles(long_log.log.tree):
        assert found[path][2] == hashes
    assert found["tile/0/000"][2][:32] == leaf_hash(b"entry 0")
    keep = {path: headers["Cache-Control"] for path, (_, headers, _) in found.items()}
    assert keep["checkpoint"] == "no-store"
    assert keep["tile/entries/000"] == "private, max-age=31536000, immutable"
    assert keep["tile/1/000"] == "private, max-age=31536000, immutable"
    assert keep["tile/entries/273.p/112"] == "private, max-age=10"


def test_a_tile_that_is_not_there_yet_is_none(tmp_path, long_log):
    long_log.running.runner.committed[LONG] = (300, long_log.log.note)

    async def story(get):
        paths = ("tile/entries/001", "tile/entries/001.p/45", "tile/0/001.p/45", "tile/1/000.p/2")
        return [(await get(path))[::2] for path in (*paths, "tile/9/000", "tile/0/01")]

    found = over_a_socket(tmp_path, LogApi(long_log.running), story)
    assert found == [(404, NO_TILE.encode())] * 6


def test_a_full_tile_is_read_once_and_what_is_kept_is_bounded(tmp_path, long_log):
    api = LogApi(long_log.running)

    async def story(get):
        for _ in range(5):
            assert (await get("tile/entries/000"))[0] == 200
        return len(long_log.reads)

    assert over_a_socket(tmp_path, api, story) == 1
    for number in range(100):
        api._keep(("other", number), bytes(KEPT_BYTES_MAX // 10))
    assert sum(map(len, api._kept.values())) <= KEPT_BYTES_MAX


def test_more_auditors_than_a_disk_serves_wait_and_too_many_are_told_to_come_again(
    tmp_path, long_log
):
    gate = None

    async def held(work, *values):
        await gate.wait()
        return work(*values)

    async def story(get):
        nonlocal gate
        gate = asyncio.Event()
        long_log.running.runner.on_disk = held
        asking = [
            asyncio.create_task(get(f"tile/entries/{number:03d}"))
            for number in range(WAITING_MAX + 10)
        ]
        async with asyncio.timeout(20):
            while sum(task.done() for task in asking) < 10:
                await asyncio.sleep(0.01)
        gate.set()
        return await asyncio.gather(*asking)

    answers = over_a_socket(tmp_path, LogApi(long_log.running), story)
    assert sorted(status for status, _, _ in answers) == [200] * WAITING_MAX + [503] * 10
    sent_away = [answer for answer in answers if answer[0] == 503]
    assert {(headers["Retry-After"], body) for _, headers, body in sent_away} == {
        ("1", BUSY.encode())
    }
