"""Links between real processes: who gets in, who does not, and that the node goes on.

One desk and one box of a real province run as processes; the test plays their siblings with raw TLS
sockets and the siblings' own keys.
"""

import asyncio
import contextlib
import errno
import resource
import socket
import ssl
from types import SimpleNamespace

import aiohttp
import pytest
import zstandard

from node.addresses import HINTS_PER_STATION_MAX
from node.certificates import certificate_pem, load_identity, make_certificate
from node.discovery import Discovery
from node.door import WAITING_MAX, WAITING_PER_ADDRESS_MAX, Door, listen
from node.links import OUTBOX_BYTES_MAX, Links, _Link, pack_frame
from node.randomness import random_bytes
from node.runner import FRAMES_BYTES_MAX, Runner
from node.station_files import read_station_key
from simulations.demo.stations import Stations
from simulations.sample_day import sample_day
from sync.checkpoint import Checkpoint, origin_of, sign_checkpoint
from sync.effects import FrameReceived
from sync.encoding import canonical
from sync.entries import LogBegan, encode_entry
from sync.limits import FRAME_BYTES_MAX
from sync.merkle import leaf_hash, root_of
from sync.message import PROTOCOL, Entries, Heads, Hello, encode_message
from sync.orders import Orders
from sync.package_rules import read_package
from sync.tiles import pack_bundle
from tests.conftest import run_pollmesh

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

    async def say(self, station, *frames, here="127.0.0.1"):
        """Link, send frames, wait until the station ends the link; its close code."""
        url = f"https://127.0.0.1:{self.province.ports[station]}/link"
        connector = aiohttp.TCPConnector(local_addr=(here, 0))
        async with (
            aiohttp.ClientSession(connector=connector) as session,
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
    return pack_frame(encode_message(Hello(PROTOCOL, name, base, Orders(guest.package).digest)))


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
            "stranger",
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


# --- addresses


def lonely_links():
    """The links of a-desk-1 with nobody to talk to: only its addresses matter."""
    package = sample_day().package
    return Links(package, package.stations_by_id[DESK], b"\x01" * 32, None, None)


def test_no_flood_of_hints_pushes_out_an_address_that_was_set_or_remembered():
    links = lonely_links()
    links.learn_address(SIBLING, "10.0.0.9:7420")
    links.learn_address(SIBLING, "10.0.0.2:7420")
    for number in range(50):
        links.hear_hint(SIBLING, f"10.9.0.{number}:1")
    hints = [f"10.9.0.{49 - number}:1" for number in range(HINTS_PER_STATION_MAX)]
    assert links.addresses(SIBLING) == ["10.0.0.2:7420", "10.0.0.9:7420", *hints]


def test_a_hint_that_is_known_already_moves_nothing():
    links = lonely_links()
    links.learn_address(SIBLING, "10.0.0.2:7420")
    for address in ("10.9.0.1:1", "10.9.0.2:1", "10.9.0.1:1", "10.0.0.2:7420"):
        links.hear_hint(SIBLING, address)
    assert links.addresses(SIBLING) == ["10.0.0.2:7420", "10.9.0.2:1", "10.9.0.1:1"]
    links.hear_hint("nobody", "10.9.0.1:1")
    assert links.addresses("nobody") == []


def test_what_multicast_dns_says_is_a_hint(monkeypatch):
    class Announced:
        """Stands for a stranger's announcement on the network."""

        port = 6666

        def __init__(self, *_):
            pass

        async def async_request(self, *_):
            return True

        def parsed_addresses(self):
            return [f"10.9.0.{number}" for number in range(50)]

    monkeypatch.setattr("node.discovery.AsyncServiceInfo", Announced)
    links = lonely_links()
    links.learn_address(SIBLING, "10.0.0.2:7420")
    found = Discovery(links.package, links.station, 7420, (), links)
    asyncio.run(found._resolve(None, SIBLING, "name"))
    assert links.addresses(SIBLING)[0] == "10.0.0.2:7420"
    assert len(links.addresses(SIBLING)) == 1 + HINTS_PER_STATION_MAX


# --- the door


async def idle(port, count, here="127.0.0.1"):
    """Connections that never say anything."""
    made = []
    for _ in range(count):
        one = socket.socket()
        one.setblocking(False)
        one.bind((here, 0))
        await asyncio.get_running_loop().sock_connect(one, ("127.0.0.1", port))
        made.append(one)
    return made


def test_strangers_who_say_nothing_keep_nobody_out(province):
    """200 open connections, a process that may have 150 files open: who has a key is served."""

    async def check(stations):
        process = stations._processes[DESK]
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (150, 150))
        strangers = await idle(province.ports[DESK], 200)
        try:
            count, words = await refusals(stations, DESK, "crowded")
            async with asyncio.timeout(10):
                while count < 200 - WAITING_PER_ADDRESS_MAX:
                    await asyncio.sleep(0.05)
                    count, words = await refusals(stations, DESK, "crowded")
            assert words == "127.0.0.1: too many connections that do not say who they are"
            guest = sibling(province)
            await guest.say(DESK, hello(guest, package=b"\x11" * 32), here="127.0.0.2")
            assert (await refusals(stations, DESK, "other package"))[0] == 1
        finally:
            for one in strangers:
                one.close()

    with_stations(province, [DESK], check)


def test_a_station_takes_as_many_files_as_it_may(province):
    async def check(stations):
        soft, hard = resource.prlimit(stations._processes[DESK].pid, resource.RLIMIT_NOFILE)
        assert soft == hard

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1000, before[1]))
    try:
        with_stations(province, [DESK], check)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def at_the_door(check, wrap=lambda listening: listening, is_known=lambda host: False):
    """Run `check(door's port, crowded)` against a door that nobody has a key for."""

    async def run():
        crowded = []
        listening = await listen("127.0.0.1", 0)
        port = listening[0].getsockname()[1]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        load_identity(context, b"\x07" * 32, make_certificate(b"\x07" * 32, "door"))
        inside = [wrap(one) for one in listening]
        door = Door(inside, asyncio.Protocol, context, crowded.append, is_known)
        running = asyncio.create_task(door.run())
        try:
            await check(port, crowded)
            assert not running.done()
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
            for one in listening:
                one.close()

    asyncio.run(run())


def test_as_many_may_wait_at_the_door_as_is_said_and_no_more():
    async def check(port, crowded):
        made = []
        for number in range(1, 5):
            made += await idle(port, WAITING_PER_ADDRESS_MAX + 3, f"127.0.0.{number}")
        async with asyncio.timeout(5):
            while len(crowded) < len(made) - WAITING_MAX:
                await asyncio.sleep(0.01)
        assert crowded[:6] == ["127.0.0.1"] * 3 + ["127.0.0.2"] * 3
        assert len(crowded) == len(made) - WAITING_MAX
        for one in made:
            one.close()
        async with asyncio.timeout(5):
            while True:  # who left has made room
                before = len(crowded)
                (late,) = await idle(port, 1, "127.0.0.9")
                await asyncio.sleep(0.05)
                late.close()
                if len(crowded) == before:
                    return

    at_the_door(check)


def test_a_sibling_gets_in_though_strangers_hold_every_common_place():
    async def check(port, crowded):
        strangers = []
        for number in range(1, 4):
            strangers += await idle(port, WAITING_PER_ADDRESS_MAX, f"127.0.0.{number}")
        async with asyncio.timeout(5):
            while len(crowded) < len(strangers) - WAITING_MAX:
                await asyncio.sleep(0.01)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        at = ("127.0.0.77", 0)
        async with asyncio.timeout(5):
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, local_addr=at)
        writer.transport.abort()
        assert "127.0.0.77" not in crowded
        for one in strangers:
            one.close()

    at_the_door(check, is_known=lambda host: host == "127.0.0.77")


def test_a_host_is_known_by_what_people_set_and_by_links_never_by_a_hint():
    links = lonely_links()
    links.learn_address(SIBLING, "10.0.0.2:7420")
    links.hear_hint(SIBLING, "10.9.0.1:7420")
    links._addresses.called_from(SIBLING, "10.0.0.3")
    hosts = ("10.0.0.2", "10.0.0.3", "10.9.0.1", "10.0.0.4")
    assert [links.is_known_host(host) for host in hosts] == [True, True, False, False]


# --- flow


class Deaf:
    """A connection to somebody who reads nothing."""

    close_code = None

    def __init__(self):
        self.is_closed = asyncio.Event()

    async def send_bytes(self, data):
        await asyncio.Event().wait()

    async def close(self, **_):
        self.is_closed.set()

    def __aiter__(self):
        return self

    async def __anext__(self):
        await self.is_closed.wait()
        raise StopAsyncIteration


def test_who_does_not_read_loses_the_link_and_never_fills_the_memory():
    async def check():
        links, deaf = lonely_links(), Deaf()
        links._runner = Runner(SimpleNamespace(logs={}), None)
        serving = asyncio.create_task(links._serve(_Link(SIBLING, SIBLING, "10.0.0.2", deaf)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        waited = []
        for _ in range(40):
            links.send(SIBLING, random_bytes(1_000_000))
            waited.append(links._links[SIBLING].outbox_bytes if links.is_linked(SIBLING) else 0)
        assert 0 < max(waited) <= OUTBOX_BYTES_MAX
        async with asyncio.timeout(5):
            await serving
        assert links.peers[SIBLING].why == "did not keep up"
        links._runner.close()

    asyncio.run(check())


def test_frames_that_are_not_handled_yet_are_bounded():
    async def check():
        runner = Runner(SimpleNamespace(logs={}), None)
        frame, put = FrameReceived(SIBLING, bytes(FRAME_BYTES_MAX)), 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                while True:
                    await runner.put(frame)
                    put += 1
        assert put == FRAMES_BYTES_MAX // FRAME_BYTES_MAX + 1
        runner.close()

    asyncio.run(check())


def test_a_door_without_descriptors_opens_again():
    """Two accepts fail as they do when the system has none left; the third is served."""

    class NoneLeft(socket.socket):
        failures = 2

        def accept(self):
            if self.failures:
                self.failures -= 1
                raise OSError(errno.EMFILE, "Too many open files")
            return super().accept()

    made = []

    def wrap(listening):
        one = NoneLeft(listening.family, listening.type, fileno=listening.detach())
        one.setblocking(False)
        made.append(one)
        return one

    async def check(port, crowded):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        async with asyncio.timeout(5):
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        writer.transport.abort()
        assert (made[0].failures, crowded) == (0, [])

    at_the_door(check, wrap)
    made[0].close()


def test_a_port_in_use_is_said_in_words(province):
    with socket.create_server(("127.0.0.1", province.ports[DESK])):
        done = run_pollmesh("station", "run", province.folder(DESK))
    assert done.returncode != 0
    assert f"Cannot listen on 127.0.0.1:{province.ports[DESK]}: " in done.stderr
    assert "Choose another port in station.toml" in done.stderr
