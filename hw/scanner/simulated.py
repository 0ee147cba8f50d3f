r"""A scanner without a scanner: codes come by the steering socket (`hw.steering`).

    {"do": "scan", "text": "9990000017"}     a code, with its ending
    {"do": "send", "text": "99900"}          a piece, as it would come on a line; ending is \r\n
    {"do": "garble"}                         noise, with an ending
    {"do": "unplug"}   {"do": "plug"}

What comes takes the same way as with a real one: limits, endings, double reads. There is no "slow":
nothing is ever asked of a scanner.
"""

from pathlib import Path
from typing import Any

from hw.catalogue import Tell
from hw.scanner.keeping import READY, ScannerKeeper
from hw.steering import steered

ENDING = b"\r\n"
NOISE = b"\xc3\x28\x00\xfe"


class SimulatedScanner(ScannerKeeper):
    """The scanner of a training day."""

    def __init__(self, socket: Path, tell: Tell) -> None:
        super().__init__("simulated", ENDING, tell)
        self._socket = socket
        self._is_plugged = True

    async def run(self) -> None:
        """Serve the steering socket, plugged in or not."""
        if self._is_plugged:
            self._stand("ready", READY)
        try:
            await steered(self._socket, self._steer)
        finally:
            self._drop_half()

    def _steer(self, command: dict[str, Any]) -> None:
        match command:
            case {"do": "plug"}:
                self._is_plugged = True
                self._begin()
                self._stand("ready", READY)
            case {"do": "unplug"}:
                self._is_plugged = False
                self._stand("unplugged", self._unplugged().words)
            case {"do": "scan" | "send" | "garble"} if not self._is_plugged:
                raise ValueError("the scanner is unplugged")
            case {"do": "scan", "text": str(text)}:
                self._feed(text.encode() + ENDING)
            case {"do": "send", "text": str(text)}:
                self._feed(text.encode())
            case {"do": "garble"}:
                self._feed(NOISE + ENDING)
            case _:
                raise ValueError(f"a simulated scanner cannot {command['do']}")
