"""An officer's smart card, used beside a station: its key never leaves it, its PIN is not kept.

The card is an OpenPGP card with an Ed25519 signing key that the package names (`hw.smart_card`).
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from hw.catalogue import Pcsc
from hw.peripheral import PeripheralError
from hw.smart_card import CardReader, OfficerCard
from hw.smart_card.pcsc import PcscReader
from node.admin_envelope import AdminEnvelope
from sync.entries import Act
from sync.entry_base import Approval
from sync.errors import KeyFileError
from sync.key_file import OpenedKey, plain_pin
from sync.officers import approval_message
from sync.package import Officer, Package

T = TypeVar("T")


@dataclass(frozen=True)
class CardPins:
    """The PINs that a card has now."""

    pin: str = field(repr=False)
    admin_pin: str = field(repr=False)


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
    """The officer's signature over exactly `act`, made on this officer's card and on no other."""
    message = approval_message(origin, act)
    signature = _use(reader, lambda card: card.sign(plain_pin(pin), message, officer.key))
    return Approval(officer.id, signature)


def make_officer_card(
    reader: str, key: OpenedKey, pin: str, now: CardPins, envelope: AdminEnvelope
) -> None:
    """Give the card in `reader` the envelopes' PINs, and then the officer's key.

    The key cannot be read out again. A new card has the PINs of its factory. KeyFileError says how
    the card stands.
    """
    wanted = OfficerCard(
        key.secret,
        plain_pin(pin),
        plain_pin(envelope.pin),
        plain_pin(now.pin),
        _as_given(now.admin_pin),
        envelope.has_begun,
    )
    try:
        _use(reader, lambda card: card.make_officer_card(wanted, envelope.hand_out))
    except KeyFileError as error:
        raise KeyFileError(f"{error}{envelope.hint}") from None
    except KeyboardInterrupt:
        if not envelope.is_out:
            raise
        raise KeyFileError(
            "Stopped: the card may be half made. Run the same command again to finish it."
            + envelope.hint
        ) from None


def _as_given(admin_pin: str) -> str:
    """Ours are digits and printed in two halves; another's may have any letters."""
    digits = plain_pin(admin_pin)
    return digits if digits.isdigit() else admin_pin


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
