"""upsd as it is in the field: silent drivers, wrong names, two UPSes, strangers at its port."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest

from hw.catalogue import Nut
from hw.peripheral import State
from hw.power import PowerReading, PowerTold, PowerUnknown
from hw.power import nut as nut_module
from hw.power.nut import NutPower
from tests.peers import nut_server
from tests.peers.waiting import free_port, kept, until

pytestmark = pytest.mark.xdist_group("nut")
needs_nut = pytest.mark.skipif(bool(nut_server.WHY_NOT), reason=str(nut_server.WHY_NOT))

FULL = {"battery_charge": 100, "battery_runtime": 3600, "ups_status": "OL"}


@pytest.fixture(scope="module")
def server() -> Iterator[nut_server.NutServer]:
    with nut_server.nut_server("box", "hall") as server:
        asyncio.run(server.start())
        yield server


async def state_with(ups: str, standing: str) -> State:
    """How the driver stands, once it stands so."""
    power = NutPower(Nut(ups), lambda reading: None, poll_s=0.05)
    async with kept(power):
        await until(lambda: power.state.standing == standing)
        assert power.reading is None
        return power.state


@needs_nut
def test_two_upses_and_none_named_is_a_state_that_names_both(server: nut_server.NutServer) -> None:
    state = asyncio.run(state_with(f"@{server.address}", "several"))
    assert state.words == (
        "There are 2 UPSes: box, hall. Name the one of this station in station.toml."
    )


@needs_nut
def test_a_ups_that_upsd_does_not_know_is_named(server: nut_server.NutServer) -> None:
    state = asyncio.run(state_with(f"cellar@{server.address}", "unplugged"))
    assert state.words == (
        "upsd knows no UPS called cellar. Correct the name in station.toml or in ups.conf."
    )


@needs_nut
def test_a_ups_whose_cable_is_out_is_unplugged_and_comes_back(
    server: nut_server.NutServer,
) -> None:
    async def story() -> None:
        await server.say("box", **FULL)
        told: list[PowerTold] = []
        power = NutPower(Nut(f"box@{server.address}"), told.append, poll_s=0.05)
        async with kept(power):
            await until(lambda: bool(told))
            server.freeze_driver("box")
            try:
                await until(lambda: power.state.standing == "unplugged")
                assert power.state.words == (
                    "The UPS no longer speaks to upsd. Look at the cable of the UPS."
                )
                assert power.reading is None
            finally:
                server.thaw_driver("box")
            await until(lambda: power.state.standing == "ready")
            assert told == [PowerReading(True, 100, 60, False)]

    asyncio.run(story())


@needs_nut
def test_what_a_worker_must_look_at_is_said_while_mains_is_there(
    server: nut_server.NutServer,
) -> None:
    async def story() -> None:
        await server.say("box", **{**FULL, "ups_status": "OL RB"})
        power = NutPower(Nut(f"box@{server.address}"), lambda reading: None, poll_s=0.05)
        async with kept(power):
            await until(lambda: power.reading is not None)
            assert power.reading == PowerReading(True, 100, 60, False)
            assert power.state == State(
                "attention",
                "Mains power is there. The battery of the UPS must be replaced.",
                (("power", "mains"), ("charge", "100 %"), ("time left", "60 min")),
            )

    asyncio.run(story())


@needs_nut
def test_a_ups_that_is_being_switched_off_is_low_even_on_mains(
    server: nut_server.NutServer,
) -> None:
    async def story() -> None:
        await server.say("box", **{**FULL, "ups_status": "FSD OL"})
        told: list[PowerTold] = []
        power = NutPower(Nut(f"box@{server.address}"), told.append, poll_s=0.05)
        async with kept(power):
            await until(lambda: told == [PowerReading(True, 100, 60, True)])
            assert power.state == State(
                "attention",
                "The UPS is about to switch off, although mains is there. Close down safely now.",
                (("power", "mains"), ("charge", "100 %"), ("time left", "60 min")),
            )
            await server.say("box", ups_status="FSD OB RB")
            await until(lambda: told[-1] == PowerReading(False, 100, 60, True))
            assert power.state.words == (
                "The UPS is about to switch off. Close down safely now. "
                "The battery of the UPS must be replaced."
            )

    asyncio.run(story())


@needs_nut
def test_a_driver_that_is_started_anew_under_upsd_tells_unknown_only_if_it_stays_away(
    server: nut_server.NutServer,
) -> None:
    async def story() -> None:
        await server.say("box", **FULL)
        told: list[PowerTold] = []
        power = NutPower(Nut(f"box@{server.address}"), told.append, poll_s=0.05, unknown_s=0.5)
        async with kept(power):
            await until(lambda: told == [PowerReading(True, 100, 60, False)])
            server.freeze_driver("box")
            try:
                await until(lambda: power.state.standing == "unplugged")
                await until(lambda: len(told) > 1)
            finally:
                server.thaw_driver("box")
            full = PowerReading(True, 100, 60, False)
            await until(lambda: told == [full, PowerUnknown(), full])

    asyncio.run(story())


def test_a_network_that_stumbles_tells_nothing() -> None:
    lines = ('ups.status "OL"', 'battery.charge "100"', 'battery.runtime "3600"')
    answer = "".join(f"VAR box {line}\n" for line in lines)
    talks: list[bool] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Every second connection is lost before an answer.
        talks.append(len(talks) % 2 == 0)
        await reader.readline()
        if talks[-1]:
            writer.write(f"BEGIN LIST VAR box\n{answer}END LIST VAR box\n".encode())
            await reader.readline()
        writer.close()

    async def story() -> None:
        upsd = await asyncio.start_server(talk, "127.0.0.1", 0)
        port = upsd.sockets[0].getsockname()[1]
        told: list[PowerTold] = []
        async with upsd:
            power = NutPower(Nut(f"box@127.0.0.1:{port}"), told.append, poll_s=0.05)
            power._retry_s = 0.05
            async with kept(power):
                await until(lambda: len(talks) > 12)
        assert told == [PowerReading(True, 100, 60, False)]

    asyncio.run(story())


@needs_nut
@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"battery_charge": "plenty"}, "The UPS reports a battery.charge that cannot be."),
        ({"battery_charge": "101"}, "The UPS reports a battery.charge that cannot be."),
        ({"battery_runtime": "-1"}, "The UPS reports a battery.runtime that cannot be."),
        ({"battery_runtime": "nan"}, "The UPS reports a battery.runtime that cannot be."),
        ({"ups_status": "MAYBE"}, "The UPS does not say whether it is on mains or on battery."),
    ],
)
def test_values_that_cannot_be_are_garbled_never_a_reading(
    server: nut_server.NutServer, variables: dict[str, str], words: str
) -> None:
    async def story() -> None:
        await server.say("box", **{**FULL, **variables})
        state = await state_with(f"box@{server.address}", "garbled")
        assert state.words.startswith(words)

    asyncio.run(story())


def test_no_upsd_is_unplugged() -> None:
    port = free_port()
    state = asyncio.run(state_with(f"box@127.0.0.1:{port}", "unplugged"))
    assert state.words == (
        f"No upsd at 127.0.0.1:{port}. Start nut-server, or look at the network cable."
    )


@pytest.mark.parametrize(
    "ups", ["box@host", "box@host:0", "box@host:70000", "a b@host:1", "box@a..b:1", "@"]
)
def test_an_address_that_cannot_be_is_a_state_not_a_crash(ups: str) -> None:
    state = asyncio.run(state_with(ups, "unplugged"))
    assert state.words == (
        "The UPS in station.toml is not written as name@host:port. Correct it there."
    )


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def state_against(talk: Talk, standing: str) -> State:
    """How the driver stands with a stranger in place of upsd."""
    stranger = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = stranger.sockets[0].getsockname()[1]
    async with stranger:
        return await state_with(f"box@127.0.0.1:{port}", standing)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\xff\xfe\n",
        b"ERR NO-SUCH-REASON\n",
        b"BEGIN LIST VAR box\n" + b'VAR box a "b"\n' * 10_000,
        b"BEGIN LIST VAR box\nEND LIST VAR box\n",
        b"x" * 100_000,
    ],
    ids=["http", "not-ascii", "err", "endless-list", "empty-list", "endless-line"],
)
def test_a_stranger_at_the_port_of_upsd_is_garbled(answer: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(answer)
        await reader.read()
        writer.close()

    assert asyncio.run(state_against(talk, "garbled")).words


def test_a_upsd_that_hangs_up_in_the_middle_is_unplugged() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"BEGIN LIST VAR box\nVAR box ups.st")
        writer.close()

    assert asyncio.run(state_against(talk, "unplugged")).words.startswith("No upsd at ")


def test_a_upsd_that_never_answers_is_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nut_module, "ANSWER_S", 0.2)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    state = asyncio.run(state_against(talk, "slow"))
    assert state.words == "upsd does not answer. Look at the computer it runs on."
