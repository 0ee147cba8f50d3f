"""The serial scanner beyond the contract: held ports, wrong ports, floods, letting go."""

import asyncio
import fcntl
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from hw.catalogue import SerialScanner
from hw.scanner import Scanned
from hw.scanner.keeping import CODES_PER_S_MAX, FLOOD, READY
from hw.scanner.serial import BYTES_PER_S_MAX, CLOSE_S, SerialScannerDriver
from tests.peers.serial_line import SerialLine
from tests.peers.waiting import kept, until

Play = Callable[[SerialLine, SerialScannerDriver, list[Any]], Awaitable[None]]


def with_scanner(folder: Path, play: Play, ending: str = "\r\n") -> None:
    """A running driver, and its line, not plugged in yet."""

    async def scene() -> None:
        told: list[Any] = []
        with SerialLine(folder / "scanner") as line:
            driver = SerialScannerDriver(SerialScanner(str(line.path), ending=ending), told.append)
            async with kept(driver):
                await play(line, driver, told)

    asyncio.run(scene())


def test_a_port_held_by_another_program_is_said_and_taken_once_it_is_free(tmp_path):
    async def play(line: SerialLine, driver: SerialScannerDriver, told: list[Any]) -> None:
        line.plug()
        other = os.open(line.path, os.O_RDWR | os.O_NOCTTY)
        try:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = f"Another program holds the scanner at {line.path}. End that program."
            await until(lambda: driver.state.words == held)
            assert not driver.state.is_usable
        finally:
            os.close(other)
        await until(lambda: driver.state.words == READY)

    # The lock is taken before the driver first looks: `play` begins before it runs.
    with_scanner(tmp_path, play)


def test_while_it_runs_no_other_program_gets_the_port_and_afterwards_it_is_free_at_once(tmp_path):
    async def scene() -> None:
        with SerialLine(tmp_path / "scanner") as line:
            line.plug()
            driver = SerialScannerDriver(SerialScanner(str(line.path)), lambda told: None)
            other = os.open(line.path, os.O_RDWR | os.O_NOCTTY)
            try:
                async with kept(driver):
                    await until(lambda: driver.state.is_usable)
                    assert not locks(other)
                    ended = asyncio.get_running_loop().time()
                assert locks(other)
                assert asyncio.get_running_loop().time() - ended < CLOSE_S
            finally:
                os.close(other)

    asyncio.run(scene())


def locks(port: int) -> bool:
    try:
        fcntl.flock(port, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def test_a_file_that_is_no_serial_port_is_said(tmp_path):
    async def play(line: SerialLine, driver: SerialScannerDriver, told: list[Any]) -> None:
        line.path.write_text("9990000018\r\n")
        words = f"{line.path} is no serial port. Correct the port in the settings."
        await until(lambda: driver.state.words == words)
        assert driver.state.standing == "not-installed"
        line.path.unlink()

    with_scanner(tmp_path, play)


def test_an_impossible_speed_is_said(tmp_path):
    async def scene() -> None:
        with SerialLine(tmp_path / "scanner") as line:
            line.plug()
            driver = SerialScannerDriver(SerialScanner(str(line.path), baud=-1), lambda told: None)
            async with kept(driver):
                words = "A serial line cannot run at -1 baud. Correct it."
                await until(lambda: driver.state.words == words)

    asyncio.run(scene())


def test_a_name_that_is_gone_is_an_unplugged_scanner_even_if_the_line_stays_open(tmp_path):
    async def play(line: SerialLine, driver: SerialScannerDriver, told: list[Any]) -> None:
        line.plug()
        await until(lambda: driver.state.is_usable)
        line.path.unlink()
        await until(lambda: driver.state.standing == "unplugged")

    with_scanner(tmp_path, play)


def test_a_flood_of_codes_is_cut_down_and_the_station_goes_on(tmp_path):
    async def play(line: SerialLine, driver: SerialScannerDriver, told: list[Any]) -> None:
        line.plug()
        await until(lambda: driver.state.is_usable)
        loop = asyncio.get_running_loop()
        start = loop.time()
        codes = b"".join(b"%d\r\n" % n for n in range(20_000))
        assert len(codes) > BYTES_PER_S_MAX
        await line.send(codes)
        took = loop.time() - start
        assert took > 0.9, "the line is slowed down"
        assert driver.state.words == FLOOD
        assert CODES_PER_S_MAX <= len(told) <= CODES_PER_S_MAX * (took + 2)

    with_scanner(tmp_path, play)


def test_a_flood_without_any_ending_is_not_kept(tmp_path):
    async def play(line: SerialLine, driver: SerialScannerDriver, told: list[Any]) -> None:
        line.plug()
        await until(lambda: driver.state.is_usable)
        await line.send(b"9" * (BYTES_PER_S_MAX - 1))
        await line.send(b"\r\n" + b"good\r\n")
        await until(lambda: told != [])
        assert told == [Scanned("good")]

    with_scanner(tmp_path, play)


def test_a_document_of_several_lines_is_one_code_when_the_ending_is_another(tmp_path):
    async def play(line: SerialLine, driver: SerialScannerDriver, told: list[Any]) -> None:
        line.plug()
        await until(lambda: driver.state.is_usable)
        await line.send(b"\x02one\rtwo\rthree\x03\r\n")
        await until(lambda: told != [])
        assert told == [Scanned("one\rtwo\rthree")]

    with_scanner(tmp_path, play)


def test_with_an_empty_ending_only_silence_ends_a_code(tmp_path):
    async def play(line: SerialLine, driver: SerialScannerDriver, told: list[Any]) -> None:
        line.plug()
        await until(lambda: driver.state.is_usable)
        await line.send(b"one\r\ntwo\r\n")
        await until(lambda: told != [])
        assert told == [Scanned("one\r\ntwo")]

    with_scanner(tmp_path, play, ending="")
