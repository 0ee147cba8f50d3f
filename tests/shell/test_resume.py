"""A cold sync that is cut in the middle goes on where it was: what was acknowledged is on disk."""

import asyncio

import aiohttp
import pytest

from node.links import unpack_frame
from node.station_files import read_station_key
from simulations.demo.stations import Stations
from sync.checkpoint import open_checkpoint, origin_of
from sync.entries import LogBegan, encode_entry
from sync.limits import TILE_ENTRIES
from sync.log import Log
from sync.message import Entries, Have, Heads, Want, decode_message, encode_message
from sync.tiles import pack_bundle
from tests.shell.test_links import DESK, SIBLING, Guest, hello, pack_frame, sibling

pytestmark = [pytest.mark.xdist_group("province"), pytest.mark.timeout(120)]
TILES, BEFORE_THE_CUT = 6, 3


def long_log(guest: Guest, folder) -> tuple[Log, list[Entries]]:
    """The sibling's own log, and it as messages, a tile each."""
    signer = read_station_key(folder).signer
    origin = origin_of(guest.package.day, SIBLING, 0)
    log = Log(origin, SIBLING, 0, signer.public)
    entries = [
        encode_entry(LogBegan(guest.package.base_hash, f"entry {number}"))
        for number in range(TILES * TILE_ENTRIES)
    ]
    for entry in entries:
        log.append(entry)
    stretch = log.seal(signer)
    assert stretch is not None
    firsts = range(0, len(entries), TILE_ENTRIES)
    return log, [
        Entries(origin, first, pack_bundle(entries[first : first + TILE_ENTRIES]), note)
        for first, (_, note) in zip(firsts, stretch.checkpoints, strict=True)
    ]


async def talk(guest, log, messages, until_size):
    """Play the sibling until the station holds `until_size`; the size it showed at the start."""
    url = f"https://127.0.0.1:{guest.province.ports[DESK]}/link"
    shown, said = None, 0
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, ssl=guest.context(DESK), max_msg_size=0) as socket,
        asyncio.timeout(30),
    ):
        await socket.send_bytes(hello(guest))
        await socket.send_bytes(pack_frame(encode_message(Heads((log.note,)))))
        async for frame in socket:
            message = decode_message(unpack_frame(frame.data))
            match message:
                case Heads(notes) if shown is None:
                    opened = (open_checkpoint(n, log.public) for n in notes if SIBLING in str(n))
                    shown = max((checkpoint.size for checkpoint in opened), default=0)
                case Want(origin, size) | Have(origin, size) if origin == log.origin:
                    if size >= until_size:
                        return shown
                    said = max(said, size // TILE_ENTRIES)
                    await socket.send_bytes(pack_frame(encode_message(messages[said])))
    raise AssertionError("the station ended the link")


def test_a_station_killed_in_a_cold_sync_asks_only_for_the_rest(province):
    for file in province.folder(DESK).glob("log.db*"):
        file.unlink()
    guest = sibling(province)
    log, messages = long_log(guest, province.folder(SIBLING))

    async def run():
        stations = Stations(province)
        try:
            await stations.start(DESK)
            await stations.wait_ready(DESK)
            size = BEFORE_THE_CUT * TILE_ENTRIES
            assert await talk(guest, log, messages, size) == 0
            await stations.kill(DESK)
            await stations.start(DESK)
            await stations.wait_ready(DESK)
            untouched = [None] * BEFORE_THE_CUT + messages[BEFORE_THE_CUT:]
            assert await talk(guest, log, untouched, log.sealed) == size
        finally:
            await stations.stop()
            for file in province.folder(DESK).glob("log.db*"):
                file.unlink()

    asyncio.run(run())
