"""A removable drive, for officers' keys and for what is carried by hand.

folder.py      the driver: a mounted drive with our label file in its root
simulated.py   the same over a folder, steered by a socket: pulled out, full, wrong
"""

from typing import Protocol

from hw.peripheral import Peripheral

LABEL_FILE = "pollmesh-drive.json"
"""{"label": "a-executive"}: whose drive it is; written by `pollmesh hardware label`."""


class Drive(Peripheral, Protocol):
    """One drive. Every call may raise a PeripheralError; nothing half-written is ever visible."""

    async def names(self) -> list[str]:
        """The files in its root, without our label."""
        ...

    async def read(self, name: str) -> bytes:
        """A file, whole."""
        ...

    async def write(self, name: str, data: bytes) -> None:
        """A file, wholly or not at all: new name, sync, rename, sync."""
        ...
