"""Smart cards: a voter's identity card, a single-use ballot card, an officer's key on a card.

apdu.py           commands to a card, and what it answers
identity.py       the identity applet's files, as a profile (TOML) describes them
ballot_card.py    the single-use card's file: how it is written so that half is nothing
officer_card.py   the OpenPGP card application: an Ed25519 key behind a PIN
card_making.py    how such a card is made: new PINs first, the key last
reader.py         what every reader does: the loop, the acts, their words
pcsc.py           the driver: PC/SC by pyscard, any reader that pcscd knows
software_card.py  cards without plastic; tray.py the slot they lie in, steered by words
simulated.py      a reader with such a slot, steered by a socket
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from hw.peripheral import Peripheral


@dataclass(frozen=True)
class Identity:
    """What an identity card says: ten digits, and the name as it stands on the card."""

    national_code: str = field(repr=False)
    name: str = field(repr=False)


@dataclass(frozen=True)
class OfficerCard:
    """What an officer's card is to hold, and the PINs it has now.

    `seed` is the Ed25519 key, 32 bytes. `has_begun`: making this card broke off before, so its
    admin PIN may be the new one already.
    """

    seed: bytes = field(repr=False)
    pin: str = field(repr=False)
    admin_pin: str = field(repr=False)
    pin_now: str = field(repr=False)
    admin_pin_now: str = field(repr=False)
    has_begun: bool = False


@dataclass(frozen=True)
class CardInserted:
    """A card lies in the reader now; which kind it is shows when it is read."""


@dataclass(frozen=True)
class CardRemoved:
    """The card is out again."""


class CardReader(Peripheral, Protocol):
    """A reader with at most one card in it. Every call may raise a PeripheralError, in words."""

    async def identity(self) -> Identity:
        """Read the identity applet of the card in the reader."""
        ...

    async def read_ballot_card(self) -> str:
        """The text on the ballot card in the reader; empty when it is blank."""
        ...

    async def write_ballot_card(self, text: str) -> None:
        """Write a blank card and read it back. Interrupted, it holds nothing or the whole text.

        A card that holds this very text already is left as it is.
        """
        ...

    async def clear_ballot_card(self) -> None:
        """Make the ballot card blank."""
        ...

    async def officer_key(self) -> bytes:
        """The Ed25519 public key of the officer's card, 32 bytes."""
        ...

    async def sign(self, pin: str, message: bytes, key: bytes) -> bytes:
        """The officer's signature, 64 bytes, by the card with this public key and by no other.

        The PIN reaches no card with another key. A wrong PIN is a RefusedError with the tries left.
        """
        ...

    async def make_officer_card(self, card: OfficerCard, hand_out: Callable[[], None]) -> None:
        """Give the card its new PINs and its key, which cannot be read out again.

        `hand_out` is called, on any thread, before the first PIN is changed: the new admin PIN is
        safe then. What it raises stops the work. Every error's words say how the card stands.
        """
        ...
