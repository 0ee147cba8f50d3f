"""gpsd as it is in the field: no receiver, two, one pulled out, and strangers at its port."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from hw.catalogue import Gpsd as GpsdSettings
from hw.peripheral import State
from hw.time_source import TimeReading
from hw.time_source.gpsd import LINES_PER_S_MAX, GpsdTime, system_ms
from hw.time_source.showing import offset_words
from tests.peers import gps_receiver
from tests.peers.gps_receiver import Gpsd, GpsReceiver, received
from tests.peers.waiting import free_port, kept, until

needs_gpsd = pytest.mark.skipif(bool(gps_receiver.WHY_NOT), reason=str(gps_receiver.WHY_NOT))

NOW_MS = 1_795_374_625_000
"""2026-11-22 19:10:25 UTC."""


@needs_gpsd
def test_gpsd_without_a_receiver_says_so(tmp_path: Path) -> None:
    async def story() -> None:
        gpsd = Gpsd(tmp_path / "gpsd.sock")
        try:
            await gpsd.start()
            source = GpsdTime(GpsdSettings(gpsd.address))
            async with kept(source):
                await until(lambda: source.state.standing == "unplugged")
                assert source.state.words == "gpsd runs but has no receiver. Plug the receiver in."
        finally:
            gpsd.stop()

    asyncio.run(story())


@needs_gpsd
def test_two_receivers_are_a_state_with_words(tmp_path: Path) -> None:
    async def story() -> None:
        pair = [GpsReceiver(tmp_path / f"ttyGps{number}", system_ms) for number in range(2)]
        for receiver in pair:
            receiver.plug()
        gpsd = Gpsd(tmp_path / "gpsd.sock", *(receiver.line.path for receiver in pair))
        try:
            await gpsd.start()
            source = GpsdTime(GpsdSettings(gpsd.address))
            async with kept(source):
                await until(lambda: source.state.standing == "several")
                assert source.state.words == (
                    "gpsd has 2 receivers. Leave only the one of this station."
                )
                assert source.reading is None
        finally:
            gpsd.stop()
            for receiver in pair:
                await receiver.unplug()

    asyncio.run(story())


@needs_gpsd
def test_a_receiver_pulled_out_under_a_running_gpsd_is_missed_and_found_again(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with received(tmp_path, system_ms) as (receiver, gpsd):
            source = GpsdTime(GpsdSettings(gpsd.address), silence_s=1.0)
            async with kept(source):
                await until(lambda: source.reading is not None)
                await receiver.unplug()
                await until(lambda: source.state.standing in ("unplugged", "slow"))
                gpsd.device("remove", receiver.line.path)
                await until(lambda: source.state.standing == "unplugged")
                assert source.state.words == "gpsd runs but has no receiver. Plug the receiver in."
                assert source.reading is None
                receiver.plug()
                gpsd.device("add", receiver.line.path.resolve())
                await until(lambda: source.state.standing == "ready")

    asyncio.run(story())


def test_no_gpsd_is_unplugged() -> None:
    async def story() -> None:
        address = f"127.0.0.1:{free_port()}"
        source = GpsdTime(GpsdSettings(address))
        async with kept(source):
            await until(lambda: source.state.standing == "unplugged")
            assert source.state.words == (
                f"No gpsd at {address}. Start gpsd, or look at the network cable."
            )

    asyncio.run(story())


@pytest.mark.parametrize(
    "address", ["", "localhost", "localhost:", "localhost:0", "h:70000", "a..b:1", "h:２９４７"]
)
def test_an_address_that_cannot_be_is_a_state_not_a_crash(address: str) -> None:
    async def story() -> None:
        source = GpsdTime(GpsdSettings(address))
        async with kept(source):
            await until(lambda: source.state.standing == "unplugged")
            assert source.state.words == (
                "The address of gpsd in station.toml is not written as host:port. Correct it there."
            )

    asyncio.run(story())


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
VERSION = b'{"class":"VERSION","release":"3.22","proto_major":3,"proto_minor":14}\n'


async def seen_against(
    answer: bytes, until_it: Callable[[GpsdTime], bool]
) -> tuple[State, TimeReading | None]:
    """State and reading, as asked, against somebody who says `answer` and then nothing."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await reader.read()
        writer.close()

    stranger = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = stranger.sockets[0].getsockname()[1]
    settings = GpsdSettings(f"127.0.0.1:{port}")
    async with stranger:
        source = GpsdTime(settings, clock=lambda: NOW_MS, silence_s=0.5)
        async with kept(source):
            await until(lambda: until_it(source))
            return source.state, source.reading


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\xff\xfe\n",
        b"[]\n",
        b'{"class":"TPV","mode":3}\n',
        VERSION.replace(b'"proto_major":3', b'"proto_major":4'),
        VERSION + b'{"class":"DEVICES","devices":7}\n',
        VERSION + b'{"class":"TPV","mode":3,"time":"yesterday"}\n',
        VERSION + b'{"class":"TPV","mode":3,"time":7}\n',
        VERSION + b'{"class":"TPV","mode":3,"time":"9999-12-31T23:59:59-12:00"}\n',
        VERSION + b'{"class":"TPV","mode":3,"time":"9999-12-31T23:59:59.999999Z"}\n',
        VERSION + b'{"class":"TPV","mode":3,"time":"0001-01-01T00:00:00+12:00"}\n',
        VERSION + b'{"class":"TPV","mode":3,"time":"\\ud800"}\n',
        VERSION + b'{"class":"TPV","mode":3,"time":"2026-11-22T19:10:25"}\n',
        VERSION + b"[" * 10_000 + b"\n",
        b"x" * 100_000,
    ],
    ids=[
        "http", "not-text", "list", "no-version", "newer", "devices", "no-time", "time-number",
        "after-the-end", "at-the-end", "before-the-beginning", "half-a-letter",
        "no-zone", "deep", "endless-line",
    ],
)  # fmt: skip
def test_a_stranger_at_the_port_of_gpsd_is_garbled(answer: bytes) -> None:
    def is_garbled(source: GpsdTime) -> bool:
        return source.state.standing == "garbled"

    assert asyncio.run(seen_against(answer, is_garbled))[1] is None


def test_a_flood_is_garbled_and_everything_else_on_this_computer_goes_on() -> None:
    lines = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal lines
        writer.write(VERSION)
        try:
            while True:
                writer.write(b"{}\n" * 100_000)
                lines += 100_000
                await writer.drain()
        except ConnectionError:
            return

    async def story() -> None:
        stranger = await asyncio.start_server(talk, "127.0.0.1", 0)
        address = f"127.0.0.1:{stranger.sockets[0].getsockname()[1]}"
        looked: list[int] = []
        source = GpsdTime(GpsdSettings(address))
        look_at = source._look

        def look(said: dict[str, object]) -> None:
            looked.append(turns)
            look_at(said)

        source._look = look  # type: ignore[method-assign]
        turns = 0
        async with stranger, kept(source):
            while source.state.standing != "garbled":
                turns += 1
                await asyncio.sleep(0)
            assert source.state.words.startswith("gpsd sends more than any receiver says.")
            assert source.reading is None
        assert lines >= 100_000
        assert len(looked) < LINES_PER_S_MAX
        assert len(set(looked)) == len(looked), "between two lines everybody else has a turn"

    asyncio.run(asyncio.wait_for(story(), 15))


@pytest.mark.parametrize("answer", [b"", VERSION, VERSION + b'{"class":"SKY"}\n'])
def test_a_gpsd_that_says_nothing_of_time_is_slow(answer: bytes) -> None:
    def is_slow(source: GpsdTime) -> bool:
        return source.state.standing == "slow"

    assert asyncio.run(seen_against(answer, is_slow))[1] is None


def test_a_reading_holds_the_time_of_the_source_and_the_computers_own() -> None:
    fix = {"class": "TPV", "mode": 2, "time": "2026-11-22T19:10:22.250Z", "lat": 35.6, "lon": 51.4}
    answer = VERSION + json.dumps(fix).encode() + b"\n"
    seen = asyncio.run(seen_against(answer, lambda source: source.reading is not None))
    assert seen == (
        State(
            "ready",
            "This computer's clock is 2 s ahead of the satellites.",
            (
                ("satellites", "2026-11-22 19:10:22 UTC"),
                ("this computer", "2026-11-22 19:10:25 UTC"),
                ("ahead", "+2.8 s"),
            ),
        ),
        TimeReading(NOW_MS - 2750, NOW_MS),
    )


@pytest.mark.parametrize(
    ("ahead_ms", "words"),
    [
        (0, "agrees with the satellites"),
        (-1499, "agrees with the satellites"),
        (-3000, "is 3 s behind the satellites"),
        (119_000, "is 119 s ahead of the satellites"),
        (120_000, "is 2 min ahead of the satellites"),
        (-7_200_000, "is 2 h behind the satellites"),
        (-172_800_000, "is 2 days behind the satellites"),
    ],
)
def test_an_offset_is_said_as_people_say_it(ahead_ms: int, words: str) -> None:
    assert offset_words(ahead_ms) == f"This computer's clock {words}."
