"""A virtual card in a virtual PC/SC reader: the cards in software, spoken over vpcd's protocol.

vpcd (Debian: vsmartcard-vpcd) is a reader driver of pcscd that listens on TCP, one port a slot; a
card is a connection to it. Both sides send two bytes of length and a body:

    vpcd -> 00 01 | 00        power off       01 power on, 02 reset
    vpcd -> 00 01 | 04        which ATR?      card -> 00 05 | 3B80800101
    vpcd -> 00 0B | 00A4…     a command       card -> 00 02 | 9000

By hand, next to a running pcscd, steered by the same words as a simulated reader:

    python -m tests.peers.virtual_card card.sock 35963
    {"do": "insert", "card": "identity", "national_code": "9990000017", "name": "Nobody"}
"""

import argparse
import asyncio
import contextlib
import socket
from pathlib import Path

from hw.smart_card.software_card import SoftwareCard
from hw.smart_card.tray import Tray
from hw.steering import steered

POWER_OFF, POWER_ON, RESET, ATR = b"\x00", b"\x01", b"\x02", b"\x04"
FRAME_BYTES_MAX = 300
RETRY_S = 0.05


class VirtualSlot:
    """One slot of vpcd, and the tray whose card lies in it."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.tray = Tray(self._changed)
        self.commands = 0
        self._address = (host, port)
        self._change = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled: connect while there is a card, for as long as it is the same."""
        while True:
            self._change.clear()
            if self.tray.card is None:
                await self._change.wait()
                continue
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._visit(self.tray.card, self.tray.insertions)
            await asyncio.sleep(RETRY_S)

    def _changed(self) -> None:
        self._change.set()

    async def _visit(self, card: SoftwareCard, insertion: int) -> None:
        reader, writer = await asyncio.open_connection(*self._address)
        talk = asyncio.create_task(self._talk(card, reader, writer))
        change = asyncio.create_task(self._change.wait())
        try:
            while self.tray.card is card and self.tray.insertions == insertion:
                await asyncio.wait({talk, change}, return_when=asyncio.FIRST_COMPLETED)
                if talk.done():
                    return talk.result()
        finally:
            for task in (talk, change):
                task.cancel()
            writer.close()

    async def _talk(
        self, card: SoftwareCard, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        line = writer.get_extra_info("socket")
        while True:
            # vpcd sends the length by itself, and the body once that is acknowledged.
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            size = int.from_bytes(await reader.readexactly(2), "big")
            if size > FRAME_BYTES_MAX:
                raise ConnectionError(f"a frame of {size} bytes")
            body = await reader.readexactly(size)
            if body in (POWER_OFF, POWER_ON, RESET):
                card.reset()
                continue
            answer: bytes | None = card.atr
            if body != ATR:
                self.commands += 1
                await asyncio.sleep(self.tray.faults.slow_s)
                answer = self.tray.exchange(body)
            if answer is None:
                return
            writer.write(len(answer).to_bytes(2, "big") + answer)
            await writer.drain()


async def _by_hand(path: Path, port: int) -> None:
    slot = VirtualSlot(port)
    await asyncio.gather(steered(path, slot.tray.steer), slot.run())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="a virtual card, steered by a socket")
    parser.add_argument("socket", type=Path)
    parser.add_argument("port", type=int, nargs="?", default=35963)
    given = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_by_hand(given.socket, given.port))
