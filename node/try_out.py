"""Trying one peripheral: what `pollmesh hardware test` does, in a running station or without one.

Each test ends in one sentence. Whatever a code, a card or a finger says of a person is not shown:
a test says that it was read, and what kind it is.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from hw.drive import Drive
from hw.fingerprint import FingerReader
from hw.lid import LidChanged
from hw.peripheral import Peripheral, PeripheralError
from hw.power import PowerSource
from hw.printer import Printer
from hw.printer.slip import Slip
from hw.scanner import Scanned
from hw.scanner.reading import read_scan
from hw.smart_card import CardReader
from hw.time_source import TimeSource
from sync.outcomes import Done, Refused

START_S = 8.0
"""How long a peripheral may take to be found."""

WAIT_S = 30.0
"""How long a test waits for a person: a code to scan, a card to put in."""

DRIVE_TEST_FILE = "pollmesh-test.txt"
DRIVE_TEST_DATA = b"pollmesh wrote and read this file to try the drive. It may be deleted.\n"

Tried = Done | Refused
Test = Callable[[Any, "asyncio.Queue[Any]", Slip], Awaitable[str]]


async def try_out(name: str, one: Peripheral, heard: "asyncio.Queue[Any]", slip: Slip) -> Tried:
    """Try the peripheral `name`, which runs already. `heard` gets what it says meanwhile."""
    if not await _settled(one):
        return Refused("not-usable", f"{name}: {one.state.words}")
    try:
        words = await _TESTS[name](one, heard, slip)
    except PeripheralError as error:
        return Refused(error.standing, f"{name}: {error.words}")
    except TimeoutError:
        return Refused("slow", f"{name}: nothing came within {WAIT_S:.0f} s. Try again.")
    return Done(f"{name}: {words}")


async def _settled(one: Peripheral) -> bool:
    """Wait until it is usable, at most START_S; a card reader without a card counts as usable."""
    for _ in range(int(START_S / 0.1)):
        if one.state.is_usable:
            return True
        await asyncio.sleep(0.1)
    return one.state.is_usable


async def _try_scanner(_: Peripheral, heard: "asyncio.Queue[Any]", slip: Slip) -> str:
    async with asyncio.timeout(WAIT_S):
        while not isinstance(said := await heard.get(), Scanned):
            pass
    reading = read_scan(said.text)
    kinds = {
        "national-code": "a national code with the right check digit",
        "mrz": "a machine-readable zone with the right check digits",
        "licence": "the code of a licence",
        "card": "a voting card",
        "text": "a code that is no document and no card",
    }
    problem = f" {reading.words}" if reading.words else ""
    return f"read {len(said.text)} characters: {kinds[reading.kind]}.{problem}"


async def _try_identity(reader: CardReader, _: "asyncio.Queue[Any]", slip: Slip) -> str:
    identity = await reader.identity()
    named = "with" if identity.name else "without"
    return f"read an identity card: a national code, {named} a name. Nothing of it is kept."


async def _try_ballot_card(reader: CardReader, _: "asyncio.Queue[Any]", slip: Slip) -> str:
    if await reader.read_ballot_card():
        return "read a ballot card that is written. Put in a blank one to try writing."
    await reader.write_ballot_card("PM-TEST:0123456789")
    await reader.clear_ballot_card()
    return "wrote a blank ballot card, read it back and cleared it."


async def _try_finger(reader: FingerReader, _: "asyncio.Queue[Any]", slip: Slip) -> str:
    try:
        await reader.enrol(lambda done, of: None)
        matched = await reader.verify()
    finally:
        await reader.forget()
    return "the finger matches." if matched else "works; the second finger was another one."


async def _try_printer(printer: Printer, _: "asyncio.Queue[Any]", slip: Slip) -> str:
    await printer.print(slip)
    return f"printed the {slip.title} slip. Look at it: is its code whole, is nothing cut off?"


async def _try_power(source: PowerSource, _: "asyncio.Queue[Any]", slip: Slip) -> str:
    return source.state.words


async def _try_lid(board: Peripheral, heard: "asyncio.Queue[Any]", slip: Slip) -> str:
    before = board.state.words
    async with asyncio.timeout(WAIT_S):
        while not isinstance(said := await heard.get(), LidChanged):
            pass
    return f"{before} Then it said: {said.standing}."


async def _try_clock(source: TimeSource, _: "asyncio.Queue[Any]", slip: Slip) -> str:
    return source.state.words


async def _try_drive(drive: Drive, _: "asyncio.Queue[Any]", slip: Slip) -> str:
    await drive.write(DRIVE_TEST_FILE, DRIVE_TEST_DATA)
    if await drive.read(DRIVE_TEST_FILE) != DRIVE_TEST_DATA:
        return "gave back other bytes than were written. Use another drive."
    return f"wrote {DRIVE_TEST_FILE} and read it back."


_TESTS: dict[str, Test] = {
    "identity-card": _try_identity,
    "ballot-card": _try_ballot_card,
    "scanner": _try_scanner,
    "fingerprint": _try_finger,
    "printer": _try_printer,
    "power": _try_power,
    "lid": _try_lid,
    "clock": _try_clock,
    "drive": _try_drive,
}

NEEDS_A_HAND: dict[str, str] = {
    "identity-card": "Put an identity card into the reader first.",
    "ballot-card": "Put a blank ballot card into the reader first.",
    "scanner": "Scan any code now.",
    "fingerprint": "Touch the reader with one finger, again and again until it is done.",
    "lid": "Open the lid, or close it, now.",
}
"""What a person does for a test, said before it begins."""
