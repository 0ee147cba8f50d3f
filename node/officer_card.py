"""An officer's smart card, used beside a station: its key never leaves it, its PIN is not kept.

The card is an OpenPGP card with an Ed25519 signing key that the package names (`hw.smart_card`).
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from hw.catalogue import Pcsc
from hw.peripheral import PeripheralError
from hw.smart_card import CardReader
from hw.smart_card.pcsc import PcscReader
from sync.entries import Act, Approval
from sync.errors import KeyFileError
from sync.key_file import OpenedKey, plain_pin
from sync.officers import approval_message
from sync.package import Officer, Package

T = TypeVar("T")
WAIT_S = 30.0
"""For a card to be put in."""

ANY_READER = "any"
"""On the command line: the only reader there is."""


def officer_of_card(reader: str, package: Package) -> Officer:
    """Whose card lies in `reader`; KeyFileError if no officer of the package has its key."""
    key = _use(reader, lambda card: card.officer_key())
    found = next((o for o in package.officers if o.key == key), None)
    if found is None:
        raise KeyFileError(
            "The card in the reader holds the key of no officer of this package. "
            "Put in the card that was made for this day."
        )
    return found


def approve_by_card(reader: str, pin: str, officer: Officer, origin: str, act: Act) -> Approval:
    """The officer's signature over exactly `act`, made on the card."""
    message = approval_message(origin, act)
    return Approval(officer.id, _use(reader, lambda card: card.sign(plain_pin(pin), message)))


def make_officer_card(reader: str, key: OpenedKey, pin: str, admin_pin: str, old_pin: str) -> None:
    """Put an officer's key onto the card in `reader` and give the card the envelope's PIN.

    The key cannot be read out again. A new card has the PIN and the admin PIN of its factory.
    """

    async def make(card: CardReader) -> None:
        await card.import_key(admin_pin, key.secret)
        await card.change_pin(plain_pin(old_pin), plain_pin(pin))

    _use(reader, make)


def _use(reader: str, work: Callable[[CardReader], Awaitable[T]]) -> T:
    """Wait for a card in the reader, then do `work` with it; KeyFileError in words."""
    return asyncio.run(_with_reader(reader, work))


async def _with_reader(reader: str, work: Callable[[CardReader], Awaitable[T]]) -> T:
    inserted = asyncio.Event()
    name = "" if reader == ANY_READER else reader
    card = PcscReader(Pcsc(name), None, lambda said: inserted.set())
    running = asyncio.create_task(card.run())
    try:
        async with asyncio.timeout(WAIT_S):
            await inserted.wait()
        return await work(card)
    except TimeoutError:
        raise KeyFileError(f"No officer's card: {card.state.words}") from None
    except PeripheralError as error:
        raise KeyFileError(error.words) from None
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
