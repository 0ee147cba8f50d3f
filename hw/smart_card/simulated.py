"""A card reader without a reader, for training days and tests: cards in software, real acts.

It holds a `Tray` (see there what it can be told), and can be told of the reader itself:

    {"do": "unplug"}   {"do": "plug"}
    {"do": "second"}   another reader is plugged in too, and the settings name none
"""

import asyncio
import time
from pathlib import Path
from typing import Any, TypeVar

from hw.peripheral import SeveralError, UnpluggedError
from hw.smart_card.apdu import CardGoneError, Channel
from hw.smart_card.reader import LIMITS, CardKeeper, Conversation, Limits, Look, Tell, Work
from hw.smart_card.tray import Tray
from hw.steering import steered

T = TypeVar("T")

NAME = "Simulated reader"


class SimulatedCardReader(CardKeeper):
    """Steered by the socket; the acts and their words are those of every reader."""

    def __init__(
        self, socket: Path, tell: Tell, limits: Limits = LIMITS, profile: Path | None = None
    ) -> None:
        super().__init__(profile, tell, limits)
        self._socket = socket
        self._readers = 1
        self.tray = Tray()

    async def run(self) -> None:
        """Until cancelled; it is steered also while it is unplugged."""
        async with asyncio.TaskGroup() as group:
            group.create_task(steered(self._socket, self._steer))
            group.create_task(super().run())

    def _steer(self, command: dict[str, Any]) -> dict[str, Any] | None:
        match command["do"]:
            case "unplug":
                self._readers = 0
            case "plug":
                self._readers = 1
            case "second":
                self._readers = 2
            case _:
                return self.tray.steer(command)
        return None

    def _open(self) -> str:
        self._look()
        return NAME

    def _look(self) -> Look:
        if self._readers == 0:
            raise UnpluggedError("The card reader was unplugged. Plug it in again.")
        if self._readers > 1:
            raise SeveralError(
                f"{self._readers} card readers are plugged in: '{NAME}', '{NAME} 2'. "
                "Unplug all but one, or name one in the settings."
            )
        return Look(self.tray.insertions if self.tray.card else None)

    def _with_card(self, conversation: Conversation, work: Work[T]) -> T:
        self._look()
        card = self.tray.card
        if card is None:
            raise CardGoneError

        def transmit(command: bytes) -> bytes:
            self._look()
            time.sleep(self.tray.faults.slow_s)
            answer = self.tray.exchange(command) if self.tray.card is card else None
            if answer is None:
                raise CardGoneError
            return answer

        try:
            return work(conversation.begin(Channel(transmit)))
        finally:
            card.reset()

    def _close(self) -> None:
        """Nothing is held."""
