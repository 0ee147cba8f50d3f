"""An officer's key on a smart card: written from the key file, then signing in its place."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from simulations.demo.setting import Setting
from simulations.demo.stations import Stations
from tests.conftest import run_pollmesh
from tests.peers.pcsc_daemon import READER, pcsc_daemon
from tests.peers.virtual_card import VirtualSlot

pytestmark = [pytest.mark.xdist_group("province"), pytest.mark.timeout(120)]

DESK = "c-desk-1"
ONE, OTHER = "c-executive", "c-supervisory"
NEW_CARD = {"card": "officer", "seed": "11" * 32, "pin": "123456"}


@pytest.fixture
def pins(tmp_path: Path) -> tuple[Path, Path]:
    """The PINs of a card that comes from its factory."""
    now, admin = tmp_path / "now", tmp_path / "admin"
    now.write_text("123456\n", "utf-8")
    admin.write_text("12345678\n", "utf-8")
    return now, admin


def with_card(story: Callable[[VirtualSlot], Awaitable[None]]) -> None:
    """A story beside a pcscd with a virtual card slot."""

    async def run() -> None:
        with pcsc_daemon() as daemon:
            slot = VirtualSlot(daemon.ports[0])
            running = asyncio.create_task(slot.run())
            try:
                await story(slot)
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

    asyncio.run(run())


async def pollmesh(*words: object) -> tuple[int, str]:
    """One command; its exit code and what it said to people."""
    done = await asyncio.to_thread(run_pollmesh, *words)
    return done.returncode, " ".join(done.stderr.split())


def make_card(setting: Setting, pins: tuple[Path, Path]) -> list[Any]:
    return [
        *("ceremony", "card", setting.key(ONE, "officer"), "--reader", READER),
        *("--pin-file", setting.envelope(ONE)),
        *("--card-pin-file", pins[0], "--admin-pin-file", pins[1]),
    ]


def test_a_desk_is_opened_with_one_key_file_and_one_card(
    province: Setting, pins: tuple[Path, Path]
) -> None:
    async def story(slot: VirtualSlot) -> None:
        slot.tray.steer({"do": "insert", **NEW_CARD})
        code, words = await pollmesh(*make_card(province, pins))
        assert code == 0, words
        assert f"The officer key of {ONE} is on the card" in words
        stations = Stations(province)
        try:
            await stations.start(DESK)
            await stations.wait_ready(DESK)
            act = [
                *("act", "open", province.folder(DESK), "--yes"),
                *("--key", province.key(OTHER, "officer"), "--card", READER),
                *("--pin-file", province.envelope(OTHER)),
            ]
            code, words = await pollmesh(*act, "--pin-file", pins[0])
            assert code == 1
            assert "The PIN is wrong: 2 tries are left. Nothing was signed." in words
            code, words = await pollmesh(*act, "--pin-file", province.envelope(ONE))
            assert code == 0, words
            assert words.endswith(f"Polls opened at {DESK}.")
            assert (await stations.ask(DESK, "/status"))["polls"] == "open"
        finally:
            await stations.stop()

    with_card(story)


def test_a_card_of_nobody_signs_nothing(province: Setting, pins: tuple[Path, Path]) -> None:
    async def story(slot: VirtualSlot) -> None:
        slot.tray.steer({"do": "insert", **NEW_CARD})
        stations = Stations(province)
        try:
            await stations.start(DESK)
            await stations.wait_ready(DESK)
            act = "close" if (await stations.ask(DESK, "/status"))["polls"] == "open" else "open"
            code, words = await pollmesh(
                *("act", act, province.folder(DESK), "--yes", "--card", READER),
                *("--key", province.key(OTHER, "officer")),
                *("--pin-file", province.envelope(OTHER), "--pin-file", pins[0]),
            )
            assert code == 1
            assert "holds the key of no officer of this package" in words
        finally:
            await stations.stop()

    with_card(story)


def test_without_keys_and_cards_the_command_says_what_it_needs(province: Setting) -> None:
    done = run_pollmesh("act", "open", province.folder(DESK), "--yes")
    assert done.returncode == 1
    assert "Two officers sign: give --key FILE or --card READER twice" in " ".join(
        done.stderr.split()
    )
