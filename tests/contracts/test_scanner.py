"""One contract for every scanner driver: each code is told whole and once, whatever comes between.

The rigs: the serial driver on a pty, the evdev driver on a pty that carries `struct input_event`,
and the simulated one steered by its socket. The same tests run on all three.
"""

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest

from hw.catalogue import EvdevScanner, SerialScanner, Simulated, make
from hw.peripheral import Peripheral
from hw.scanner import Scanned
from hw.scanner.framing import CODE_MAX, GARBLED, QUIET_S, TOO_LONG
from hw.scanner.keeping import DIGEST_BYTES
from hw.scanner.simulated import SimulatedScanner
from tests.peers.serial_line import SerialLine
from tests.peers.waiting import done, kept, until
from tests.peers.wedge import keystrokes, stroke

GONE_IN_A_CODE = (
    "The scanner went away in the middle of a code, and nothing of it was taken. "
    "Plug it in and scan again."
)
F13 = 183
"""A key without a character."""


class LineRig:
    """A driver on a pty."""

    def __init__(self, folder: Path) -> None:
        self.told: list[Any] = []
        self.line = SerialLine(folder / "scanner")
        self.place = str(self.line.path)
        self.driver = self._driver()

    async def plug(self) -> None:
        self.line.plug()
        await until(lambda: self.driver.state.is_usable)

    async def unplug(self) -> None:
        self.line.unplug()

    def close(self) -> None:
        self.line.unplug()

    def _driver(self) -> Peripheral:
        raise NotImplementedError


class SerialRig(LineRig):
    ending = "\r\n"

    async def send(self, text: str) -> None:
        await self.line.send(text.encode())

    async def garble(self) -> None:
        await self.line.send(b"\xfe\x80\xc3\x28\r\n")

    def _driver(self) -> Peripheral:
        settings = SerialScanner(self.place)
        return make("scanner", settings, Path("/"), self.told.append)


class EvdevRig(LineRig):
    ending = "\r"

    async def send(self, text: str) -> None:
        await self.line.send(keystrokes(text))

    async def garble(self) -> None:
        await self.line.send(keystrokes("12") + stroke(F13) + keystrokes("34\r"))

    def _driver(self) -> Peripheral:
        settings = EvdevScanner(self.place)
        return make("scanner", settings, Path("/"), self.told.append)


class SimulatedRig:
    ending = "\r\n"
    place = "simulated"

    def __init__(self, folder: Path) -> None:
        self.told: list[Any] = []
        self.socket = folder / "scanner.sock"
        self.driver = make("scanner", Simulated("scanner.sock"), folder, self.told.append)

    async def plug(self) -> None:
        await done(self.socket, do="plug")

    async def unplug(self) -> None:
        await done(self.socket, do="unplug")

    async def send(self, text: str) -> None:
        await done(self.socket, do="send", text=text)

    async def garble(self) -> None:
        await done(self.socket, do="garble")

    def close(self) -> None:
        pass


Rig = SerialRig | EvdevRig | SimulatedRig
Play = Callable[[Rig], Awaitable[None]]


@pytest.fixture(params=[SerialRig, EvdevRig, SimulatedRig], ids=["serial", "evdev", "simulated"])
def on(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Play], None]:
    """Plays a scene on a plugged-in scanner of each driver."""

    async def scene(play: Play) -> None:
        rig: Rig = request.param(tmp_path)
        try:
            async with kept(rig.driver):
                await rig.plug()
                await play(rig)
        finally:
            rig.close()

    return lambda play: asyncio.run(scene(play))


async def comes(rig: Rig, *texts: str) -> None:
    """Exactly these codes were told, and no more."""
    await until(lambda: len(rig.told) >= len(texts))
    assert rig.told == [Scanned(text) for text in texts]


def shown(rig: Rig) -> dict[str, str]:
    return dict(rig.driver.state.values)


def test_a_code_is_told_without_its_ending(on):
    async def play(rig: Rig) -> None:
        assert shown(rig) == {"port": rig.place, "codes read": "0", "last code": "none yet"}
        await rig.send("9990000018" + rig.ending)
        await comes(rig, "9990000018")
        assert shown(rig) == {"port": rig.place, "codes read": "1", "last code": "0 s ago"}
        assert rig.driver.state.is_usable

    on(play)


def test_two_codes_in_one_packet_are_two(on):
    async def play(rig: Rig) -> None:
        await rig.send(f"9990000018{rig.ending}PM1:ABC{rig.ending}")
        await comes(rig, "9990000018", "PM1:ABC")

    on(play)


def test_a_code_in_three_late_packets_is_one(on):
    async def play(rig: Rig) -> None:
        await rig.send("first" + rig.ending)
        await comes(rig, "first")
        for piece in ("PM1:", "ABC", "DEF" + rig.ending):
            # Longer than the silence that would end a code of a scanner without an ending.
            await asyncio.sleep(0.15)
            await rig.send(piece)
        await comes(rig, "first", "PM1:ABCDEF")

    on(play)


def test_a_scanner_that_sends_no_ending_is_understood_by_its_silence(on):
    async def play(rig: Rig) -> None:
        await rig.send("9990000018")
        await comes(rig, "9990000018")
        await rig.send("PM1:ABC")
        await comes(rig, "9990000018", "PM1:ABC")

    on(play)


def test_a_code_read_twice_is_told_once(on):
    async def play(rig: Rig) -> None:
        await rig.send(f"card 1{rig.ending}card 1{rig.ending}card 1{rig.ending}")
        await rig.send("card 2" + rig.ending)
        await comes(rig, "card 1", "card 2")
        assert shown(rig)["codes read"] == "2"

    on(play)


def test_a_code_read_again_after_another_is_told_again(on):
    async def play(rig: Rig) -> None:
        await rig.send("".join(f"card {n}{rig.ending}" for n in (1, 2, 1)))
        await comes(rig, "card 1", "card 2", "card 1")

    on(play)


def test_the_longest_code_is_taken(on):
    async def play(rig: Rig) -> None:
        await rig.send("a" * CODE_MAX + rig.ending)
        await comes(rig, "a" * CODE_MAX)

    on(play)


def test_a_code_that_is_too_long_is_dropped_with_words_and_the_next_is_taken(on):
    async def play(rig: Rig) -> None:
        usable = rig.driver.state
        # A busy computer may halt in the middle of the very first code, and then quiet ends it.
        await rig.send("first" + rig.ending)
        await comes(rig, "first")
        await rig.send("a" * (3 * CODE_MAX) + rig.ending)
        await until(lambda: rig.driver.state.standing == "garbled")
        assert rig.driver.state.words == TOO_LONG
        await rig.send("b" * (CODE_MAX + 1) + rig.ending)
        await rig.send("good" + rig.ending)
        await comes(rig, "first", "good")
        assert rig.driver.state.standing == usable.standing
        assert rig.driver.state.words == usable.words

    on(play)


def test_noise_is_a_state_and_the_next_code_is_taken(on):
    async def play(rig: Rig) -> None:
        usable = rig.driver.state
        await rig.garble()
        await until(lambda: rig.driver.state.standing == "garbled")
        assert rig.driver.state.words == GARBLED
        assert rig.told == []
        await rig.send("good" + rig.ending)
        await comes(rig, "good")
        assert rig.driver.state.words == usable.words

    on(play)


def test_unplugged_in_the_middle_of_a_code_tells_nothing_of_it_and_comes_back(on):
    async def play(rig: Rig) -> None:
        await rig.send("first" + rig.ending)
        await comes(rig, "first")
        await rig.send("99900")
        await asyncio.sleep(0.05)
        await rig.unplug()
        await until(lambda: rig.driver.state.standing == "unplugged")
        assert rig.driver.state.words == GONE_IN_A_CODE
        assert not rig.driver.state.is_usable
        await rig.plug()
        await rig.send("00018" + rig.ending)
        await comes(rig, "first", "00018")

    on(play)


def test_the_very_first_code_cut_off_by_the_plug_is_not_told_by_the_silence_after_it(on):
    async def play(rig: Rig) -> None:
        await rig.send("99900")
        await until(lambda: rig.driver._framer.is_holding)
        await rig.unplug()
        await until(lambda: rig.driver.state.standing == "unplugged")
        await asyncio.sleep(2 * QUIET_S)
        assert rig.told == []

    on(play)


def test_another_scanner_plugged_in_instead_may_have_another_ending(on):
    async def play(rig: Rig) -> None:
        await rig.send("first" + rig.ending)
        await comes(rig, "first")
        await rig.unplug()
        await until(lambda: rig.driver.state.standing == "unplugged")
        await rig.plug()
        await rig.send("second")
        await comes(rig, "first", "second")

    on(play)


def test_the_same_card_shown_again_later_is_told_again(on, monkeypatch):
    monkeypatch.setattr("hw.scanner.keeping.DOUBLE_READ_S", 0.1)

    async def play(rig: Rig) -> None:
        await rig.send("card" + rig.ending)
        await comes(rig, "card")
        await asyncio.sleep(0.15)
        await rig.send("card" + rig.ending)
        await comes(rig, "card", "card")

    on(play)


def test_a_code_that_was_told_is_kept_nowhere_and_its_digest_only_for_a_double_read(
    on, monkeypatch
):
    monkeypatch.setattr("hw.scanner.keeping.DOUBLE_READ_S", 0.3)

    async def play(rig: Rig) -> None:
        await rig.send("9990000018" + rig.ending)
        await comes(rig, "9990000018")
        kept_values = [*vars(rig.driver).values(), *vars(rig.driver._framer).values()]
        rig.told.clear()
        assert not any("9990000018" in repr(value) for value in kept_values)
        digest = rig.driver._last
        assert len(digest) == DIGEST_BYTES
        assert digest != blake2b(b"9990000018", digest_size=DIGEST_BYTES).digest()
        await until(lambda: rig.driver._last == b"")
        await rig.send("9990000018" + rig.ending)
        await comes(rig, "9990000018")

    on(play)


def test_two_scanners_keep_different_digests_of_the_same_code(tmp_path):
    async def scene() -> None:
        digests = []
        for name in ("one", "two"):
            driver = SimulatedScanner(tmp_path / name, lambda _: None)
            driver._feed(b"9990000018\r\n")
            digests.append(driver._last)
        assert digests[0] != digests[1]

    asyncio.run(scene())


def test_a_card_held_under_the_scanner_goes_on_being_one_card(on, monkeypatch):
    monkeypatch.setattr("hw.scanner.keeping.DOUBLE_READ_S", 0.6)

    async def play(rig: Rig) -> None:
        for _ in range(5):
            await rig.send("card" + rig.ending)
            await asyncio.sleep(0.2)
        await comes(rig, "card")

    on(play)


def test_unplugged_between_codes_says_where_it_was_looked_for(on):
    async def play(rig: Rig) -> None:
        await rig.unplug()
        await until(lambda: rig.driver.state.standing == "unplugged")
        assert rig.driver.state.words == f"There is no scanner at {rig.place}. Plug it in."

    on(play)


def test_no_text_of_a_code_stands_in_the_state(on):
    async def play(rig: Rig) -> None:
        await rig.send("9990000018" + rig.ending)
        await comes(rig, "9990000018")
        await rig.garble()
        await until(lambda: rig.driver.state.standing == "garbled")
        assert "9990000018" not in repr(rig.driver.state)
        assert "9990000018" not in repr(rig.told)

    on(play)


@pytest.mark.parametrize("kind", [SerialRig, EvdevRig], ids=["serial", "evdev"])
def test_a_scanner_that_is_away_at_the_start_is_found_when_it_is_plugged_in(kind, tmp_path):
    async def scene() -> None:
        rig = kind(tmp_path)
        try:
            async with kept(rig.driver):
                await until(lambda: rig.driver.state.standing == "unplugged")
                assert rig.driver.state.words == f"There is no scanner at {rig.place}. Plug it in."
                await rig.plug()
                await rig.send("late" + rig.ending)
                await comes(rig, "late")
        finally:
            rig.close()

    asyncio.run(scene())
