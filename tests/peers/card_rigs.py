"""The two places where the smart-card contract holds: the simulated reader, and PC/SC with vpcd.

Both offer the same words: `insert`, `put_back`, `remove`, `unplug`, `plug`, `steer`.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hw.catalogue import Pcsc
from hw.smart_card.pcsc import PcscReader
from hw.smart_card.reader import CardKeeper, Limits
from hw.smart_card.simulated import SimulatedCardReader
from tests.peers.pcsc_daemon import READER, PcscDaemon, pcsc_daemon
from tests.peers.virtual_card import VirtualSlot
from tests.peers.waiting import done, kept, steer, until

QUICK = Limits(look_every_s=0.02, retry_s=0.05)
"""As in the field, but somebody looks more often."""


@dataclass
class Rig:
    """A reader that runs, and what it told."""

    reader: CardKeeper
    told: list[Any] = field(default_factory=list)

    async def insert(self, **card: Any) -> None:
        """Put a card in, in place of any other; the reader has seen it."""
        await self.remove()
        await self.steer(do="insert", **card)
        await until(lambda: self._card() == "in")

    async def put_back(self) -> None:
        """The card that was in last, with what is on it."""
        await until(lambda: self._card() == "none")
        await self.steer(do="put-back")
        await until(lambda: self._card() == "in")

    async def remove(self) -> None:
        """The reader has seen that no card is in."""
        await self.steer(do="remove")
        await until(lambda: self._card() == "none")

    async def stands(self, standing: str) -> str:
        """The words of this standing, once it is so."""
        await until(lambda: self.reader.state.standing == standing)
        return self.reader.state.words

    def _card(self) -> str | None:
        return dict(self.reader.state.values).get("card")

    async def steer(self, **command: Any) -> dict[str, Any]:
        """Tell the tray."""
        raise NotImplementedError

    async def unplug(self) -> None:
        """The reader is away."""
        raise NotImplementedError

    async def plug(self) -> None:
        """The reader is back."""
        raise NotImplementedError

    async def show_two(self) -> None:
        """Two readers are there, and the settings name none."""
        raise NotImplementedError


@dataclass
class SimulatedRig(Rig):
    """Steered by its socket."""

    socket: Path = Path()

    async def steer(self, **command: Any) -> dict[str, Any]:
        answer = await steer(self.socket, **command)
        assert "problem" not in answer, answer
        return answer

    async def unplug(self) -> None:
        await done(self.socket, do="unplug")

    async def plug(self) -> None:
        await done(self.socket, do="plug")

    async def show_two(self) -> None:
        await done(self.socket, do="second")


@dataclass
class PcscRig(Rig):
    """The first slot of vpcd behind a pcscd of its own."""

    slot: VirtualSlot | None = None
    daemon: PcscDaemon | None = None

    async def steer(self, **command: Any) -> dict[str, Any]:
        return self.slot.tray.steer(command) or {}

    async def unplug(self) -> None:
        self.daemon.stop()
        self.daemon.start(has_reader=False)

    async def plug(self) -> None:
        self.daemon.stop()
        self.daemon.start()

    async def show_two(self) -> None:
        # vpcd always shows two slots: it is enough to forget which was named.
        self.reader._part = ""
        await self.unplug()
        await self.stands("unplugged")
        await self.plug()


@contextlib.asynccontextmanager
async def simulated_rig(folder: Path, **limits: float) -> AsyncIterator[Rig]:
    """A simulated reader, ready."""
    told: list[Any] = []
    socket = folder / "card.sock"
    reader = SimulatedCardReader(socket, told.append, replace(QUICK, **limits))
    rig = SimulatedRig(reader, told, socket)
    async with kept(reader):
        await rig.stands("ready")
        yield rig


@contextlib.asynccontextmanager
async def pcsc_rig(folder: Path, **limits: float) -> AsyncIterator[Rig]:
    """A PC/SC reader, ready."""
    told: list[Any] = []
    with pcsc_daemon() as daemon:
        reader = PcscReader(Pcsc(reader=READER), None, told.append, replace(QUICK, **limits))
        slot = VirtualSlot(daemon.ports[0])
        rig = PcscRig(reader, told, slot, daemon)
        running = asyncio.create_task(slot.run())
        try:
            async with kept(reader):
                await rig.stands("ready")
                yield rig
        finally:
            running.cancel()
