"""A simulated drive: the real driver over a folder beside its steering socket (`hw.steering`).

<folder>/drive.sock           the socket
<folder>/drive-drive/         the drive, while it is plugged in
<folder>/drive-drive.pulled/  the same, while it is not

{"do": "pull"}  {"do": "plug"}           the drive; plugged in again it is the right one
{"do": "wrong", "label": "b-executive"}  another drive in its place
{"do": "fill"}  {"do": "empty"}          no room left; all files gone and room again
"""

import asyncio
import errno
import os
from pathlib import Path
from typing import Any

from hw.catalogue import FolderDrive
from hw.drive import LABEL_FILE
from hw.drive.folder import MountedDrive, Room, write_label
from hw.peripheral import PeripheralError
from hw.steering import steered

LABEL = "simulated"
LOOK_S = 0.05
"""What is steered is seen at once."""


class SimulatedDrive(MountedDrive):
    """Plugged in, labelled and as full as it was left."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._plugged = socket.with_name(f"{socket.stem}-drive")
        self._pulled = socket.with_name(f"{socket.stem}-drive.pulled")
        self._is_full = False
        super().__init__(FolderDrive(str(self._plugged), LABEL), LOOK_S, LOOK_S)

    async def run(self) -> None:
        """Until cancelled; steered also while pulled out."""
        if not self._pulled.exists() and not self._plugged.exists():
            self._plugged.mkdir()
            write_label(self._plugged, LABEL)
        async with asyncio.TaskGroup() as group:
            group.create_task(steered(self._socket, self._steer))
            group.create_task(super().run())

    def _write(self, root: int, name: str, data: bytes) -> None:
        if self._is_full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super()._write(root, name, data)

    def _look(self, root: int) -> Room:
        room = super()._look(root)
        return room._replace(free_bytes=0) if self._is_full else room

    def _steer(self, command: dict[str, Any]) -> None:
        try:
            self._act(command)
        except (OSError, PeripheralError) as error:
            raise ValueError(str(error)) from None

    def _act(self, command: dict[str, Any]) -> None:
        match command["do"]:
            case "pull":
                self._plugged.rename(self._pulled)
            case "plug":
                if not self._plugged.exists():
                    self._pulled.rename(self._plugged)
                write_label(self._plugged, LABEL)
            case "wrong":
                write_label(self._plugged, command["label"])
            case "fill" | "empty":
                self._is_full = command["do"] == "fill"
                if not self._is_full:
                    self._remove_files()
            case verb:
                raise ValueError(f"a simulated drive cannot {verb}")

    def _remove_files(self) -> None:
        for path in self._plugged.iterdir():
            if path.name != LABEL_FILE:
                path.unlink()
