"""A bad line between box and computer: noise, damage, echoes, a chattering switch, no board."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.catalogue import SerialLid
from hw.lid import LidStanding
from hw.lid.frames import FRAME_BYTES_MAX, NUMBER_MAX, Frame, Lines, frame_bytes, read_frame
from hw.lid.serial import SerialLidDriver
from hw.lid.standing import DAMAGED_MANY
from tests.peers.lid_board import LidBoard, plugged
from tests.peers.waiting import LIMIT_S, kept, until

frames = st.builds(Frame, st.integers(0, NUMBER_MAX), st.booleans(), st.booleans())


def test_a_frame_has_the_documented_bytes() -> None:
    assert frame_bytes(Frame(41, False, False)) == b"$LID,41,closed,intact*7F\r\n"
    assert frame_bytes(Frame(9999, True, True)) == b"$LID,9999,open,broken*66\r\n"


@given(frames)
def test_a_frame_is_read_back_as_it_was_written(frame: Frame) -> None:
    assert read_frame(frame_bytes(frame)) == frame
    assert len(frame_bytes(frame)) <= FRAME_BYTES_MAX


@given(frames, st.data())
def test_a_frame_with_any_one_byte_changed_is_none(frame: Frame, data: st.DataObject) -> None:
    line = bytearray(frame_bytes(frame))
    place = data.draw(st.integers(0, len(line) - 1))
    line[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != line[place]))
    assert read_frame(bytes(line)) is None


@given(st.lists(frames, max_size=5), st.lists(st.integers(1, 40), min_size=1))
def test_lines_are_cut_the_same_however_they_arrive(sent: list[Frame], sizes: list[int]) -> None:
    stream, lines, read = b"".join(map(frame_bytes, sent)), Lines(), []
    for size in sizes * len(stream):
        if not stream:
            break
        read += [read_frame(line) for line in lines.feed(stream[:size])]
        stream = stream[size:]
    assert read == sent


@given(st.lists(st.binary(max_size=300)))
def test_noise_without_an_end_is_never_kept_beyond_a_frame(noise: list[bytes]) -> None:
    lines = Lines()
    for data in noise:
        list(lines.feed(data.replace(b"\n", b"")))
        assert len(lines._held) <= FRAME_BYTES_MAX


Told = list[LidStanding]


@contextlib.asynccontextmanager
async def driven(
    folder: Path, silence_s: float = 30.0, hold_s: float = 0.0
) -> AsyncIterator[tuple[LidBoard, SerialLidDriver, Told]]:
    """A running driver on a quiet board, so that the test sends what it likes."""
    told: Told = []
    async with plugged(folder / "ttyLid") as board:
        board.speaks = False
        driver = SerialLidDriver(
            SerialLid(board.port, silence_s=silence_s),
            lambda changed: told.append(changed.standing),
            hold_s=hold_s,
        )
        async with kept(driver):
            await until(lambda: driver.state.words == "Listening for the lid board.")
            yield board, driver, told


def damaged(driver: SerialLidDriver) -> str:
    return dict(driver.state.values)["damaged lines"]


def test_a_damaged_frame_tells_nothing_but_is_counted(tmp_path: Path) -> None:
    async def story() -> None:
        async with driven(tmp_path) as (board, driver, told):
            await board.send(board.frame())
            await until(lambda: told == ["closed"])
            board.is_open = True
            await board.send(board.frame().replace(b"open", b"ajar"))
            board.is_open = False
            await board.send(board.frame())
            await until(lambda: damaged(driver) == "1")
            assert told == ["closed"]
            assert driver.state.standing == "ready"

    asyncio.run(story())


def test_a_frame_after_noise_on_the_same_line_is_heard(tmp_path: Path) -> None:
    async def story() -> None:
        async with driven(tmp_path) as (board, driver, told):
            await board.send(b"\x00\xff$LID,7,clo" + board.frame())
            await until(lambda: told == ["closed"])
            assert damaged(driver) == "0"

    asyncio.run(story())


@pytest.mark.parametrize("noise", [b"\x80\xff\n", b"$LID,1,closed,intact*00\r\n", b"\xaa" * 83])
def test_a_line_that_brings_mostly_damage_is_garbled_until_it_is_good_again(
    tmp_path: Path, noise: bytes
) -> None:
    async def story() -> None:
        async with driven(tmp_path) as (board, driver, told):
            for _ in range(DAMAGED_MANY):
                await board.send(noise)
                await asyncio.sleep(0.01)
            await until(lambda: driver.state.standing == "garbled")
            assert told == []
            board.speaks = True
            await until(lambda: driver.state.standing == "ready")
            assert told == ["closed"]

    asyncio.run(story())


def test_a_line_that_only_brings_damage_is_told_as_silent(tmp_path: Path) -> None:
    async def story() -> None:
        async with driven(tmp_path, silence_s=0.5) as (board, driver, told):
            for _ in range(60):
                await board.send(b"?" * 20 + b"\n")
                await asyncio.sleep(0.01)
            await until(lambda: told == ["silent"])
            assert driver.state.standing == "garbled"

    asyncio.run(story())


def test_an_echo_of_the_same_frame_is_no_sign_of_life(tmp_path: Path) -> None:
    async def story() -> None:
        async with driven(tmp_path, silence_s=0.5) as (board, _, told):
            frame = board.frame()
            async with asyncio.timeout(LIMIT_S):
                while told != ["closed", "silent"]:
                    await board.send(frame)
                    await asyncio.sleep(0.02)

    asyncio.run(story())


def test_a_chattering_switch_is_held_and_a_short_opening_is_told_all_the_same(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with driven(tmp_path, hold_s=1.0) as (board, _, told):
            await board.send(board.frame())
            await until(lambda: told == ["closed"])
            for is_open in (True, False) * 5:
                board.is_open = is_open
                await board.send(board.frame())
            await asyncio.sleep(0.05)
            assert told == ["closed"]
            board.speaks = True
            await until(lambda: told == ["closed", "open", "closed"])

    asyncio.run(story())


def test_a_lid_that_flaps_does_not_hide_that_the_seal_is_broken(tmp_path: Path) -> None:
    async def story() -> None:
        async with driven(tmp_path, hold_s=60.0) as (board, driver, told):
            await board.send(board.frame())
            await until(lambda: told == ["closed"])
            for is_open in (True, False) * 5:
                board.is_open = is_open
                await board.send(board.frame())
            board.is_broken = True
            await board.send(board.frame())
            await until(lambda: told == ["closed", "seal-broken"])
            board.is_broken = False
            await board.send(board.frame())
            await until(lambda: board.number == read_number(driver))
            assert told == ["closed", "seal-broken"]

    asyncio.run(story())


def test_a_lid_that_flaps_with_a_broken_seal_is_held_like_any_other(tmp_path: Path) -> None:
    async def story() -> None:
        async with driven(tmp_path, hold_s=1.0) as (board, driver, told):
            board.is_broken = True
            for is_open in (False, True, False, True, False):
                board.is_open = is_open
                await board.send(board.frame())
            await until(lambda: board.number == read_number(driver))
            assert told == ["seal-broken", "closed"]
            board.speaks = True
            await until(lambda: told == ["seal-broken", "closed", "open", "closed"])

    asyncio.run(story())


def read_number(driver: SerialLidDriver) -> int | None:
    """Of the last frame that was heard."""
    return None if driver._last is None else driver._last.number


def test_a_board_that_calls_a_broken_seal_whole_again_is_believed_by_a_new_driver_only(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        told: Told = []
        async with plugged(tmp_path / "ttyLid") as board:
            settings = SerialLid(board.port)
            board.is_broken = True
            first = SerialLidDriver(settings, lambda changed: told.append(changed.standing))
            async with kept(first):
                await until(lambda: told == ["seal-broken", "closed"])
                board.is_broken = False
                heard = board.number
                await until(lambda: board.number > heard + 5)
                assert told == ["seal-broken", "closed"]
                assert ("seal", "broken") in first.state.values
            second = SerialLidDriver(settings, lambda changed: told.append(changed.standing))
            async with kept(second):
                await until(lambda: told == ["seal-broken", "closed", "closed"])

    asyncio.run(story())


def test_a_board_that_was_never_there_is_told_as_silent(tmp_path: Path) -> None:
    async def story() -> None:
        told: Told = []
        port = str(tmp_path / "ttyLid")
        driver = SerialLidDriver(
            SerialLid(port, silence_s=0.3), lambda changed: told.append(changed.standing)
        )
        async with kept(driver):
            await until(lambda: told == ["silent"])
            assert driver.state.standing == "unplugged"
            assert driver.state.words == (
                f"The lid board is not at {port}. Look at the box, then plug its cable in."
            )

    asyncio.run(story())


def test_a_port_that_another_program_holds_is_a_state_with_words(tmp_path: Path) -> None:
    async def story() -> None:
        async with driven(tmp_path) as (board, _, _):
            second = SerialLidDriver(SerialLid(board.port), lambda changed: None)
            async with kept(second):
                words = f"Another program holds {board.port}. End that program."
                await until(lambda: second.state.words == words)
                assert second.state.standing == "unplugged"

    asyncio.run(story())


def test_a_path_that_is_no_serial_port_is_a_state_with_words(tmp_path: Path) -> None:
    async def story() -> None:
        (tmp_path / "ttyLid").write_text("not a port")
        driver = SerialLidDriver(SerialLid(str(tmp_path / "ttyLid")), lambda changed: None)
        async with kept(driver):
            await until(lambda: driver.state.standing == "unplugged")

    asyncio.run(story())
