"""An officer's key on a smart card: written from the key file, then signing in its place."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from hw.smart_card import officer_card
from hw.smart_card.apdu import Channel
from hw.smart_card.software_card import SoftwareCard
from simulations.demo.setting import Setting
from simulations.demo.stations import Stations
from tests.conftest import run_pollmesh
from tests.peers.pcsc_daemon import READER, pcsc_daemon
from tests.peers.virtual_card import VirtualSlot

pytestmark = [pytest.mark.xdist_group("province"), pytest.mark.timeout(120)]

DESK, SIBLING = "c-desk-1", "c-box-1"
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


def opens(slot: VirtualSlot, which: int, pin: bytes) -> bool:
    """Does this PIN open the card that lies in the slot, at a reader of somebody else's?"""
    assert slot.tray.card is not None
    talk = Channel(SoftwareCard(slot.tray.card.application).transmit)
    talk.select_application(officer_card.APPLICATION, "")
    return talk.send(0x20, 0, which, pin).status == 0x9000


async def at_work(stations: Stations) -> None:
    """The desk, and the one sibling that must show it that its log is whole."""
    for name in (DESK, SIBLING):
        await stations.start(name)
        await stations.wait_ready(name)


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
            await at_work(stations)
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


def test_a_card_has_a_new_admin_pin_in_a_private_file_of_its_own(
    province: Setting, pins: tuple[Path, Path], tmp_path: Path
) -> None:
    envelope = tmp_path / "admin.txt"

    async def story(slot: VirtualSlot) -> None:
        slot.tray.steer({"do": "insert", **NEW_CARD})
        make = [*make_card(province, pins), "--admin-envelope", envelope]
        wrong = tmp_path / "wrong"
        wrong.write_text("654321\n", "utf-8")
        code, words = await pollmesh(*make[:7], "--card-pin-file", wrong, *make[9:])
        assert (code, words) == (
            1,
            "The PIN that the card has now is wrong: 2 tries are left. Nothing was written.",
        )
        assert list(tmp_path.glob("admin.txt*")) == []
        # The card is gone in the middle, after it took its new admin PIN.
        slot.tray.steer({"do": "vanish", "after": 8})
        code, words = await pollmesh(*make)
        assert code == 1
        assert "taken out before it was finished. Put it back. No key was written." in words
        assert words.endswith("Run the same command again.")
        assert not envelope.exists()
        slot.tray.steer({"do": "put-back"})
        code, words = await pollmesh(*make)
        assert code == 0, words
        assert words == (
            f"The officer key of {ONE} is on the card; its PIN is the envelope's. The card's new "
            f"admin PIN is in {envelope}: keep it apart from the card. Lock the key file away, but "
            "bring it at the end of the day: opening a box's ballots needs the key file, which no "
            "card replaces."
        )
        assert [path.name for path in tmp_path.glob("admin.txt*")] == ["admin.txt"]
        assert envelope.stat().st_mode & 0o777 == 0o600
        said = re.fullmatch(
            rf"{ONE}: admin PIN of the smart card\nPIN: (\d{{5}})-(\d{{5}})\n",
            envelope.read_text("utf-8"),
        )
        assert said is not None
        assert opens(slot, 0x83, "".join(said.groups()).encode())
        assert not opens(slot, 0x83, b"12345678")
        assert not opens(slot, 0x81, b"123456")
        # A second card's PIN does not take this one's place.
        before = envelope.read_bytes()
        code, words = await pollmesh(*make)
        assert (code, envelope.read_bytes()) == (1, before)
        assert "this file exists and stays as it is. Name a new file" in words

    with_card(story)


def test_without_a_file_the_new_admin_pin_is_shown_once_and_makes_the_card_again(
    province: Setting, pins: tuple[Path, Path], tmp_path: Path
) -> None:
    async def story(slot: VirtualSlot) -> None:
        shown = tmp_path / "shown"
        slot.tray.steer({"do": "insert", **NEW_CARD})
        slot.tray.steer({"do": "vanish", "after": 8})
        done = await asyncio.to_thread(run_pollmesh, *make_card(province, pins))
        assert done.returncode == 1
        assert " ".join(done.stderr.split()).endswith(
            "Run the same command again. Where the PINs given before are refused, the card has "
            "the new ones: the admin PIN shown above, and the envelope's PIN."
        )
        slot.tray.steer({"do": "put-back"})
        shown.write_text(done.stdout, "utf-8")
        done = await asyncio.to_thread(run_pollmesh, *make_card(province, (pins[0], shown)))
        assert done.returncode == 0, done.stderr
        shown.write_text(done.stdout, "utf-8")
        pin = done.stdout.splitlines()[-1].removeprefix("PIN: ").replace("-", "")
        assert (len(pin), pin.isdigit()) == (10, True)
        assert opens(slot, 0x83, pin.encode())
        code, words = await pollmesh(*make_card(province, (province.envelope(ONE), shown)))
        assert code == 0, words
        assert not opens(slot, 0x83, pin.encode())

    with_card(story)


def test_one_officers_key_file_and_card_do_not_sign_for_two(
    province: Setting, pins: tuple[Path, Path]
) -> None:
    async def story(slot: VirtualSlot) -> None:
        slot.tray.steer({"do": "insert", **NEW_CARD})
        code, words = await pollmesh(*make_card(province, pins))
        assert code == 0, words
        stations = Stations(province)
        try:
            await at_work(stations)
            act = "close" if (await stations.ask(DESK, "/status"))["polls"] == "open" else "open"
            code, words = await pollmesh(
                *("act", act, province.folder(DESK), "--yes"),
                *("--key", province.key(ONE, "officer"), "--card", READER),
                *("--pin-file", province.envelope(ONE), "--pin-file", pins[0]),
            )
            assert code == 1
            assert f"This is the card of {ONE}, who has signed already. No PIN was tried." in words
            assert slot.tray.steer({"do": "look"}) == {"card": "officer", "tries": 3}
        finally:
            await stations.stop()

    with_card(story)


def test_a_card_of_nobody_signs_nothing(province: Setting, pins: tuple[Path, Path]) -> None:
    async def story(slot: VirtualSlot) -> None:
        slot.tray.steer({"do": "insert", **NEW_CARD})
        stations = Stations(province)
        try:
            await at_work(stations)
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
