"""The slot a card without plastic lies in, steered by words; it can spoil the conversation too.

{"do": "insert", "card": "identity", "national_code": "9990000017", "name": "…"}
{"do": "insert", "card": "ballot", "text": ""}
{"do": "insert", "card": "officer", "seed": "<32 bytes in hex>", "pin": "123456"}
{"do": "remove"}              {"do": "put-back"}      the same card, with what is on it
{"do": "slow", "seconds": 2}  {"do": "garble"}        until {"do": "heal"}
{"do": "vanish", "after": 3}  the card goes at the fourth command, which is not done any more;
                              with "late": true it is done, and its answer is lost
{"do": "look"}                -> {"card": "ballot", "text": "…"}
"""

import dataclasses
from collections.abc import Callable
from typing import Any

from hw.smart_card import ballot_card
from hw.smart_card.apdu import Channel
from hw.smart_card.software_card import (
    Files,
    OpenPgp,
    SoftwareCard,
    blank_ballot_card,
    identity_card,
)

SLOW_S_MAX = 60.0
"""A slow card is one that answers late, not one that is stuck for the rest of the day."""

GARBAGE = bytes.fromhex("DEADBEEF0B")
"""Ends in no status word: no card says this, a bad contact does."""


@dataclasses.dataclass
class Faults:
    """What is wrong with the card in the tray. `left`: commands until it is gone."""

    slow_s: float = 0.0
    garble: bool = False
    left: int | None = None
    late: bool = False


class Tray:
    """At most one card. `changed` is called when one comes or goes, on any thread."""

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self.card: SoftwareCard | None = None
        self.insertions = 0
        self.faults = Faults()
        self._last: SoftwareCard | None = None
        self._changed = changed

    def insert(self, card: SoftwareCard) -> None:
        """Put a card in, in place of the one that is there."""
        card.reset()
        self.card = self._last = card
        self.insertions += 1
        self.faults = Faults()
        self._changed()

    def remove(self) -> None:
        """Take the card out."""
        self.card = None
        self._changed()

    def exchange(self, command: bytes) -> bytes | None:
        """The answer to one command; None: the card is gone. Being slow is up to who calls."""
        card, faults = self.card, self.faults
        if card is None:
            return None
        if faults.left == 0:
            if faults.late:
                card.transmit(command)
            self.remove()
            return None
        if faults.left is not None:
            faults.left -= 1
        answer = card.transmit(command)
        return GARBAGE if faults.garble else answer

    def steer(self, command: dict[str, Any]) -> dict[str, Any] | None:
        """Do what the words say; ValueError or KeyError if that cannot be."""
        match command["do"]:
            case "insert":
                self.insert(SoftwareCard(_application(command)))
            case "put-back":
                if self._last is None:
                    raise ValueError("no card was ever in")
                self.insert(self._last)
            case "remove":
                self.remove()
            case "slow":
                self.faults.slow_s = min(float(command["seconds"]), SLOW_S_MAX)
            case "garble":
                self.faults.garble = True
            case "vanish":
                self.faults.left = int(command["after"])
                self.faults.late = bool(command.get("late", False))
            case "heal":
                self.faults = Faults()
            case "look":
                return self._look()
            case other:
                raise ValueError(f"a card reader cannot {other}")
        return None

    def _look(self) -> dict[str, Any]:
        card = self.card
        if card is None:
            return {"card": None}
        if isinstance(card.application, OpenPgp):
            return {"card": "officer", "tries": card.application.tries}
        if card.application.aid != ballot_card.APPLICATION:
            return {"card": "identity"}
        # A conversation of its own: it disturbs none that is under way.
        copy = SoftwareCard(Files(card.application.aid, _files(card.application), True))
        return {"card": "ballot", "text": ballot_card.read_text(Channel(copy.transmit))}


def _application(command: dict[str, Any]) -> Files | OpenPgp:
    match command["card"]:
        case "identity":
            return identity_card(str(command["national_code"]), str(command["name"]))
        case "officer":
            return OpenPgp(bytes.fromhex(command["seed"]), str(command["pin"]))
        case "ballot":
            blank = blank_ballot_card()
            if text := str(command.get("text", "")):
                ballot_card.write_text(Channel(SoftwareCard(blank).transmit), text)
            return blank
    raise ValueError(f"there is no card {command['card']!r}")


def _files(application: Any) -> dict[bytes, bytes]:
    return {name: bytes(content) for name, content in application.files.items()}
