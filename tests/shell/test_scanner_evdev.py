"""The evdev scanner beyond the contract: holding the device alone, wrong devices, the key table.

An input device is played by umockdev (device nodes and ioctls without a kernel device), and by a
pty where what the kernel would not send is wanted.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from hw.catalogue import EvdevScanner
from hw.scanner import Scanned
from hw.scanner.evdev import NOT_ALONE, NOTHING_READABLE, EvdevScannerDriver, Keys
from tests.peers.serial_line import SerialLine
from tests.peers.waiting import kept, until
from tests.peers.wedge import CONTROL, ENTRY, SHIFT, keystrokes, press, stroke

ROOT = Path(__file__).parent.parent.parent
ALT, CAPS_LOCK, KEYPAD_7, KEYPAD_ENTER = 56, 58, 71, 96

DEVICE = """P: /devices/virtual/input/event9
N: input/event9
E: DEVNAME=/dev/input/event9
E: SUBSYSTEM=input
A: dev=13:73

"""
LISTENER = """
import asyncio, json
from hw.catalogue import EvdevScanner
from hw.scanner.evdev import EvdevScannerDriver

async def main():
    told = asyncio.Queue()
    driver = EvdevScannerDriver(EvdevScanner("/dev/input/event9"), told.put_nowait)
    running = asyncio.create_task(driver.run())
    codes = [(await asyncio.wait_for(told.get(), 20)).text for _ in range(2)]
    state = driver.state
    running.cancel()
    print(json.dumps([codes, state.standing, state.words]))

asyncio.run(main())
"""


@pytest.mark.skipif(shutil.which("umockdev-run") is None, reason="needs Debian's umockdev")
def test_codes_from_an_input_device_that_is_held_alone(tmp_path):
    (tmp_path / "scanner.umockdev").write_text(DEVICE)
    keys = keystrokes("PM1:ABC\rP<IRN\r")
    (tmp_path / "keys").write_text("".join(evemu_lines(keys)))
    line = ["umockdev-run", "--device", tmp_path / "scanner.umockdev"]
    line += ["--evemu-events", f"/dev/input/event9={tmp_path / 'keys'}"]
    line += ["--", sys.executable, "-c", LISTENER]
    ran = subprocess.run(
        line, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False, env=os.environ
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == [["PM1:ABC", "P<IRN"], "ready", "The scanner is ready."]


def evemu_lines(entries: bytes) -> list[str]:
    """The text form of evemu: "E: seconds type code value", a millisecond apart."""
    return [
        f"E: {at // 1000}.{at % 1000:03d}000 {kind:04x} {code:04x} {value:04d}\n"
        for at, (_, _, kind, code, value) in enumerate(ENTRY.iter_unpack(entries))
    ]


Play = Callable[[SerialLine, EvdevScannerDriver, list[Any]], Awaitable[None]]


def with_scanner(folder: Path, play: Play, layout: str = "us") -> None:
    async def scene() -> None:
        told: list[Any] = []
        with SerialLine(folder / "scanner") as line:
            driver = EvdevScannerDriver(EvdevScanner(str(line.path), layout), told.append)
            async with kept(driver):
                await play(line, driver, told)

    asyncio.run(scene())


def test_a_device_that_cannot_be_held_alone_works_and_says_that_keys_reach_the_screen(tmp_path):
    async def play(line: SerialLine, driver: EvdevScannerDriver, told: list[Any]) -> None:
        line.plug()
        await until(lambda: driver.state.is_usable)
        assert driver.state.standing == "attention"
        assert driver.state.words == NOT_ALONE

    with_scanner(tmp_path, play)


def test_another_layout_is_refused(tmp_path):
    async def play(line: SerialLine, driver: EvdevScannerDriver, told: list[Any]) -> None:
        line.plug()
        await until(lambda: driver.state.standing == "not-installed")
        assert driver.state.words == (
            'Only the keyboard layout "us" is known. Set the scanner to it, and the settings.'
        )

    with_scanner(tmp_path, play, layout="de")


def test_a_plain_file_is_no_input_device(tmp_path):
    async def play(line: SerialLine, driver: EvdevScannerDriver, told: list[Any]) -> None:
        line.path.write_bytes(keystrokes("9990000018\r"))
        words = f"{line.path} is no input device. Correct the settings."
        await until(lambda: driver.state.words == words)
        assert told == []
        line.path.unlink()

    with_scanner(tmp_path, play)


def test_an_entry_that_comes_in_two_parts_is_one(tmp_path):
    async def play(line: SerialLine, driver: EvdevScannerDriver, told: list[Any]) -> None:
        line.plug()
        await until(lambda: driver.state.is_usable)
        keys = keystrokes("PM1:A\r")
        await line.send(keys[:1001])
        await asyncio.sleep(0.02)
        await line.send(keys[1001:])
        await until(lambda: told != [])
        assert told == [Scanned("PM1:A")]

    with_scanner(tmp_path, play)


EVERY_CHARACTER = "".join(map(chr, range(0x20, 0x7F)))


def test_every_character_of_the_us_keyboard_is_typed_and_read():
    assert Keys().typed(keystrokes(EVERY_CHARACTER)) == EVERY_CHARACTER.encode()


def test_the_separators_of_a_document_are_typed_with_control():
    text = "@\n\x1e\x1d\x1cANSI \t"
    assert Keys().typed(keystrokes(text)) == text.encode()


def test_a_held_key_counts_once():
    assert Keys().typed(press(2, 1) + press(2, 2) * 5 + press(2, 0)) == b"1"


def test_the_keypad_gives_digits_and_its_own_enter():
    assert Keys().typed(stroke(KEYPAD_7) + stroke(KEYPAD_ENTER)) == b"7\r"


def test_either_shift_counts_until_both_are_up():
    shift_2 = 54
    held = press(SHIFT, 1) + press(shift_2, 1) + press(SHIFT, 0) + stroke(30) + press(shift_2, 0)
    assert Keys().typed(held + stroke(30)) == b"Aa"


def test_locks_are_silent_and_keys_without_a_character_spoil_the_code():
    assert Keys().typed(stroke(CAPS_LOCK)) == b""
    assert Keys().typed(stroke(59)) == NOTHING_READABLE
    # Alt with the keypad is how some scanners send what no key has.
    assert Keys().typed(press(ALT, 1) + stroke(KEYPAD_7) + press(ALT, 0)) == NOTHING_READABLE


def test_keys_that_the_kernel_dropped_spoil_the_code_and_release_shift():
    dropped = ENTRY.pack(0, 0, 0, 3, 0)
    typed = Keys().typed(press(SHIFT, 1) + stroke(30) + dropped + stroke(30))
    assert typed == b"A" + NOTHING_READABLE + b"a"


def test_control_of_a_small_or_a_capital_letter_is_the_same():
    assert Keys().typed(press(CONTROL, 1) + stroke(36) + press(CONTROL, 0)) == b"\n"
