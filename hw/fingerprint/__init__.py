"""Fingerprint readers: is the finger now the finger from before? Never more than that.

    libfprint.py   the driver: a helper process on the system's own Python
    helper.py      that process: libfprint, JSON lines, templates in its memory alone
    simulated.py   fingers by a socket

A template lives in the helper from `enrol` to `forget`, at most one session, and is never stored,
sent or shown. When the helper ends, it is gone.
"""

from collections.abc import Callable
from typing import Protocol

from hw.peripheral import Peripheral

Progress = Callable[[int, int], None]
"""Touches done, touches needed."""


class FingerReader(Peripheral, Protocol):
    """Every call may raise a PeripheralError, in words."""

    async def enrol(self, progress: Progress) -> None:
        """Take one finger for this session, over several touches; replaces an earlier one."""
        ...

    async def verify(self) -> bool:
        """One touch: is it the finger taken by `enrol`?"""
        ...

    async def forget(self) -> None:
        """End the session: the template is gone."""
        ...
