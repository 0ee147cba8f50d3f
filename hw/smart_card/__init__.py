"""Smart cards: a voter's identity card, a single-use ballot card, an officer's key on a card.

apdu.py           commands to a card, and what it answers
identity.py       the identity applet's files, as a profile (TOML) describes them
ballot_card.py    the single-use card's file: how it is written so that half is nothing
officer_card.py   the OpenPGP card application: an Ed25519 key behind a PIN
reader.py         what every reader does: the loop, the acts, their words
pcsc.py           the driver: PC/SC by pyscard, any reader that pcscd knows
software_card.py  cards without plastic; tray.py the slot they lie in, steered by words
simulated.py      a reader with such a slot, steered by a socket
"""

from dataclasses import dataclass
from typing import Protocol

from hw.peripheral import Peripheral


@dataclass(frozen=True)
class Identity:
    """What an identity card says: ten digits, and the name as it stands on the card."""

    national_code: str
    name: str


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
        """Write a blank card and read it back. Interrupted, it holds nothing or the whole text."""
        ...

    async def clear_ballot_card(self) -> None:
        """Make the ballot card blank."""
        ...

    async def officer_key(self) -> bytes:
        """The Ed25519 public key of the officer's card, 32 bytes."""
        ...

    async def sign(self, pin: str, message: bytes) -> bytes:
        """The officer's signature, 64 bytes. A wrong PIN is a RefusedError with the tries left."""
        ...

    async def import_key(self, admin_pin: str, seed: bytes) -> None:
        """Put an officer's key (32 bytes) onto the card; it cannot be read out again."""
        ...

    async def change_pin(self, old: str, new: str) -> None:
        """Change the PIN that opens the officer's key."""
        ...
