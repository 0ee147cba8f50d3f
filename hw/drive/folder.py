"""A removable drive by its mount point, with our label file in its root.

    path = "/media/officer"
    label = "a-executive"

Whoever mounts it (udisks, systemd, a person) is not our business: the drive is looked at once a
second, and it is there when a folder with files is. A folder with another label, or with none, is
a wrong drive and is never touched; one that cannot be looked at waits for a hand. How files are
written: `hw.drive.files`.
"""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from hw.catalogue import FolderDrive
from hw.drive import LABEL_FILE, files
from hw.peripheral import (
    RETRY_S,
    Keeper,
    OneThread,
    PeripheralError,
    RefusedError,
    StoppedError,
)

T = TypeVar("T")

LOOK_S = 1.0
"""Between two looks at the drive."""

ANSWER_S = 10.0
"""For what takes no time: a sleeping disk needs some seconds to spin up."""

BYTES_A_SECOND = 256 * 1024
"""The slowest drive that is waited for: each byte is written, synced and read back."""


class Room(NamedTuple):
    """What a look at the drive finds."""

    files: int
    free_bytes: int
    is_writable: bool


class MountedDrive(Keeper):
    """The drive of the settings."""

    def __init__(
        self, settings: FolderDrive, look_s: float = LOOK_S, retry_s: float = RETRY_S
    ) -> None:
        super().__init__(retry_s)
        self._path = Path(settings.path)
        self._label = settings.label
        self._look_s = look_s
        self._thread = OneThread("The drive")

    async def run(self) -> None:
        """Until cancelled."""
        try:
            await super().run()
        finally:
            self._thread.close()

    async def names(self) -> list[str]:
        """The files in its root, sorted, without our label and what is hidden."""
        return await self._do(ANSWER_S, files.names_in)

    async def read(self, name: str) -> bytes:
        """A file, whole; RefusedError if it is larger than FILE_BYTES_MAX or no plain file."""
        _check_name(name)
        size = await self._do(ANSWER_S, files.size_of, name)
        limit_s = ANSWER_S + min(size, files.FILE_BYTES_MAX) / BYTES_A_SECOND
        return await self._do(limit_s, files.read_file, name, files.FILE_BYTES_MAX)

    async def write(self, name: str, data: bytes) -> None:
        """A file, wholly or not at all; an older one of that name is replaced."""
        _check_name(name)
        limit_s = ANSWER_S + 2 * len(data) / BYTES_A_SECOND
        await self._do(limit_s, self._write, name, data)

    async def _serve(self) -> None:
        try:
            await self._keep_looking()
        except RefusedError as error:
            # A drive that cannot even be looked at is none to use.
            raise StoppedError(error.words) from None

    async def _keep_looking(self) -> None:
        await self._do(ANSWER_S, files.remove_left_over)
        while True:
            room = await self._do(ANSWER_S, self._look)
            values = {"files": str(room.files), "free": f"{room.free_bytes // 1024} KiB"}
            if not room.is_writable:
                words = f"The drive {self._label} is write-protected: it can only be read."
                self._stand("attention", words, **values)
            elif room.free_bytes == 0:
                words = f"The drive {self._label} is full. Use another, or make room."
                self._stand("attention", words, **values)
            else:
                self._stand("ready", f"The drive {self._label} is there.", **values)
            await asyncio.sleep(self._look_s)

    async def _do(self, limit_s: float, work: Callable[..., T], *given: Any) -> T:
        try:
            return await self._thread.do(limit_s, self._with_drive, work, given)
        except PeripheralError as error:
            # What was refused says nothing about the drive being there.
            if error.standing != "attention":
                self._stand(error.standing, error.words)
            raise

    def _with_drive(self, work: Callable[..., T], given: tuple[Any, ...]) -> T:
        """On the thread: `work` with the open root, once it is the drive that is meant."""
        with files.opened(self._path) as root:
            files.check_label(root, self._path, self._label)
            return work(root, *given)

    def _write(self, root: int, name: str, data: bytes) -> None:
        files.write_file(root, self._path, name, data)

    def _look(self, root: int) -> Room:
        standing = os.fstatvfs(root)
        return Room(
            len(files.names_in(root)),
            standing.f_bavail * standing.f_frsize,
            not standing.f_flag & os.ST_RDONLY,
        )


def write_label(folder: Path, label: str) -> None:
    """Make the drive mounted at `folder` the one called `label`; only while no station writes it.

    Raises RefusedError for a label that cannot be, and PeripheralErrors as writing does.
    """
    if not files.is_label(label):
        most = files.LABEL_LETTERS_MAX
        raise RefusedError(f"A label is 1 to {most} printable letters. Choose another.")
    with files.opened(folder) as root:
        data = json.dumps({"label": label}).encode() + b"\n"
        files.write_file(root, folder, LABEL_FILE, data)


def _check_name(name: str) -> None:
    if not files.is_plain_name(name):
        raise RefusedError("That is no name for a file on a drive. Choose plain letters.")
