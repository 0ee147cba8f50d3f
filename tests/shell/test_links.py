"""Links between real processes: who gets in, who does not, and that the node goes on.

One desk and one box of a real province run as processes; the test plays their siblings with raw TLS
sockets and the siblings' own keys.
"""

import asyncio
import ssl

import aiohttp
import pytest
import zstandard

from node.certificates import certificate_pem, load_identity, make_certificate
from node.links import pack_frame
from node.station_files import read_station_key
from simulations.demo.stations import Stations
from sync.checkpoint import Checkpoint, origin_of, sign_checkpoint
from sync.encoding import canonical
from sync.entries import LogBegan, encode_entry
from sync.limits import FRAME_BYTES_MAX
from sync.merkle import leaf_hash, root_of
from sync.message import PROTOCOL, Entries, Heads, Hello, encode_message
from sync.package_rules import read_package
from sync.tiles import pack_bundle

pytestmark = [pytest.mark.xdist_group("province"), pytest.mark.timeout(120)]
DESK, BOX, SIBLING = "a-desk-1", "a-box-1", "a-desk-2"


class Guest:
    """Somebody who knocks at a station's link port."""

    def __init__(self, province, seed, name):
        self.province = province
        path = province.package / "package.json"
        self.package = read_package(path.read_bytes(), str(path))
        self.seed, self.certificate = seed, make_certificate(seed, name)

    def context(self, station):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        pinned = self.package.stations_by_id[station].certificate
        context.load_verify_locations(cadata=certificate_pem(pinned))
        load_identity(context, self.seed, self.certificate)
        return context

    async def say(self, station, *frames):
        """Link, send frames, wait until the station ends the link; its close code."""
        url = f"https://127.0.0.1:{self.province.ports[station]}/link"
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(url, ssl=self.context(station), max_msg_size=0) as socket,
        ):
            for frame in frames:
                await socket.send_bytes(frame)
            async with asyncio.timeout(20):
                async for _ in socket:
                    pass
            return socket.close_code


def sibling(province, name=SIBLING):
    key = read_station_key(province.folder(name))
    return Guest(province, bytes.fromhex(key.seed), name)


def hello(guest, name=SIBLING, package=None):
    base = guest.package.base_hash if package is None else package
    return pack_frame(encode_message(Hello(PROTOCOL, name, base)))


def with_stations(province, names, check):
    """Run `check(stations)` while these stations run; they must all be alive after it."""

    async def run():
        stations = Stations(province)
        try:
            for name in names:
                await stations.start(name)
            for name in names:
                await stations.wait_ready(name)
            await check(stations)
            assert sorted(stations.alive()) == sorted(names)
        finally:
            await stations.stop()

    asyncio.run(run())


async def refusals(stations, name, kind):
    """How often this kind was refused, once it was counted."""
    async with asyncio.timeout(10):
        while True:
            status = await stations.ask(name, "/status")
            if kind in status["refusals"]:
                return status["refusals"][kind], status["last_refusal"]
            await asyncio.sleep(0.05)


def test_strangers_are_refused_counted_and_shown_and_the_node_goes_on(province):
    async def check(stations):
        stranger = Guest(province, b"\x07" * 32, SIBLING)
        with pytest.raises((aiohttp.ClientError, ConnectionError)):
            await stranger.say(DESK)
        before, _ = await refusals(stations, DESK, "stranger")
        assert before >= 1
        _, writer = await asyncio.open_connection("127.0.0.1", province.ports[DESK])
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        await writer.drain()
        async with asyncio.timeout(10):
            while (counted := await refusals(stations, DESK, "stranger"))[0] != before + 1:
                await asyncio.sleep(0.05)
        writer.close()
        assert counted[1].startswith("a stranger:")

    with_stations(province, [DESK], check)


def test_a_supervisor_gets_no_link_and_a_station_gets_no_state(province):
    async def check(stations):
        desk = sibling(province)
        url = f"https://127.0.0.1:{province.ports[DESK]}/state/index"
        async with (
            aiohttp.ClientSession() as session,
            session.get(url, ssl=desk.context(DESK)) as response,
        ):
            assert response.status == 403
            assert await response.text() == "Only a supervisor of this package may pull."

    with_stations(province, [DESK], check)


def test_malformed_oversized_and_foreign_frames_end_the_link_and_are_counted(province):
    async def check(stations):
        guest = sibling(province)
        await guest.say(DESK, b"\x09 no such frame")
        assert (await refusals(stations, DESK, "bad frame"))[0] == 1
        await guest.say(DESK, pack_frame(b"\xff not a message"))
        count, words = await refusals(stations, DESK, "malformed")
        assert (count, words.split(":")[0]) == (1, SIBLING)
        await guest.say(DESK, b"\0" * (FRAME_BYTES_MAX + 2))
        async with asyncio.timeout(10):
            while (await refusals(stations, DESK, "bad frame"))[0] != 2:
                await asyncio.sleep(0.05)
        bomb = b"\1" + zstandard.compress(bytes(64 * 1024 * 1024))
        assert len(bomb) < FRAME_BYTES_MAX
        await guest.say(DESK, bomb)
        async with asyncio.timeout(10):
            while (await refusals(stations, DESK, "bad frame"))[0] != 3:
                await asyncio.sleep(0.05)
        await guest.say(DESK, pack_frame(encode_message(Heads(()))))
        assert (await refusals(stations, DESK, "foreign"))[0] == 1

    with_stations(province, [DESK], check)


def test_another_package_is_refused_and_the_screen_says_which(province):
    async def check(stations):
        guest = sibling(province)
        await guest.say(DESK, hello(guest, package=b"\x11" * 32))
        count, words = await refusals(stations, DESK, "other package")
        assert count == 1
        assert f"{SIBLING} serves 11111111 11111111" in words
        peers = (await stations.ask(DESK, "/status"))["peers"]
        assert next(p["state"] for p in peers if p["station"] == SIBLING) == "other package"

    with_stations(province, [DESK], check)


def test_a_box_refuses_a_desks_entry(province):
    async def check(stations):
        guest = sibling(province)
        key = read_station_key(province.folder(SIBLING)).signer
        entry = encode_entry(LogBegan(guest.package.base_hash, "test"))
        origin = origin_of(guest.package.day, SIBLING, 0)
        note = sign_checkpoint(Checkpoint(origin, 1, root_of([leaf_hash(entry)])), key)
        entries = Entries(origin, 0, pack_bundle([entry]), note)
        frames = (encode_message(Heads(())), encode_message(entries))
        await guest.say(BOX, hello(guest), *map(pack_frame, frames))
        count, words = await refusals(stations, BOX, "foreign")
        assert count == 1
        assert words == f"{SIBLING}: {BOX} takes no entries of {SIBLING}, a desk"
        assert canonical(entry)

    with_stations(province, [BOX], check)


def test_a_wrong_pin_is_no_link_and_is_shown(province):
    """Where a sibling should answer, somebody else does: a good certificate, but not theirs."""
    settings = province.folder(DESK) / "station.toml"
    before = settings.read_text("utf-8")
    lines = [line for line in before.splitlines() if not line.startswith(("peers", "mdns ="))]
    peer = f'peers = [["{SIBLING}", "127.0.0.1:{province.ports[BOX]}"]]'
    settings.write_text("\n".join([*lines, peer, "mdns = false"]) + "\n", "utf-8")

    async def check(stations):
        count, words = await refusals(stations, DESK, "wrong pin")
        assert count >= 1
        assert words == f"{SIBLING}: another key answers at 127.0.0.1:{province.ports[BOX]}"
        peers = (await stations.ask(DESK, "/status"))["peers"]
        state = next(p for p in peers if p["station"] == SIBLING)
        assert (state["state"], state["why"].split(" at ")[0]) == (
            "never seen",
            "another key answers",
        )

    try:
        with_stations(province, [BOX, DESK], check)
    finally:
        settings.write_text(before, "utf-8")


def test_siblings_find_each_other_by_multicast_dns_alone(province):
    settings = {name: province.folder(name) / "station.toml" for name in (DESK, SIBLING)}
    before = {name: path.read_text("utf-8") for name, path in settings.items()}
    for name, path in settings.items():
        lines = [line for line in before[name].splitlines() if not line.startswith("peers")]
        path.write_text("\n".join(lines) + "\n", "utf-8")
        for file in province.folder(name).glob("log.db*"):
            file.unlink()

    async def check(stations):
        async with asyncio.timeout(20):
            while True:
                peers = (await stations.ask(DESK, "/status"))["peers"]
                state = next(p["state"] for p in peers if p["station"] == SIBLING)
                if state == "connected":
                    return
                await asyncio.sleep(0.1)

    try:
        with_stations(province, [DESK, SIBLING], check)
    except TimeoutError:
        pytest.skip("multicast DNS does not work on this machine's loopback")
    finally:
        for name, path in settings.items():
            path.write_text(before[name], "utf-8")
