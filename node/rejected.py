"""Lines of a roll that cannot be used: the first few for the screen, all of them in a file.

    roll.csv.rejected       12: The name is empty.
                            40: Home 'z' is no polling place of the package.

A file may be wrong in a million lines; memory and screen hold `SHOWN_MAX` of them. Numbers rise,
but for codes that stand twice: these are known only at the end and stand there. No national code
and no name is repeated. When a roll has no such line, the file of an earlier try is taken away.
"""

import contextlib
import os
from pathlib import Path
from types import TracebackType
from typing import TextIO

from msgspec import Struct

from node.files import PRIVATE
from sync.errors import PackageError

SUFFIX = ".rejected"
SHOWN_MAX = 20
"""Lines that a person reads one by one before opening the file."""


class RejectedView(Struct, frozen=True):
    """What a command prints with --json: how many, where all of them stand, the first few."""

    rejected: int
    rejected_file: str
    first: tuple[tuple[int, str], ...]


class RollRejectedError(PackageError):
    """A roll with lines that cannot be used, so that nobody of it was taken."""

    def __init__(self, path: Path, count: int, first: list[tuple[int, str]], file: str) -> None:
        shown = [f"{path}: line {number}: {reason}" for number, reason in first]
        lines = f"{count} line{'s' if count > 1 else ''}"
        where = f"All of them with reasons: {file}" if file else "No file of them could be written"
        super().__init__([*shown, f"{path}: {lines} rejected, nobody was taken. {where}."])
        self.view = RejectedView(count, file, tuple(first))


class Rejections:
    """Collects rejected lines of the roll at `path` while it is read; a context."""

    def __init__(self, path: Path) -> None:
        self.count = 0
        self._path = path
        self._file = path.with_name(path.name + SUFFIX)
        self._first: list[tuple[int, str]] = []
        self._out: TextIO | None = None

    def __enter__(self) -> "Rejections":
        with contextlib.suppress(OSError):
            self._file.unlink(missing_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._out is not None:
            self._give_up()

    def add(self, number: int, reason: str) -> None:
        """Line `number` cannot be used, for this reason."""
        if self.count == 0:
            self._begin()
        self.count += 1
        if len(self._first) < SHOWN_MAX:
            self._first.append((number, reason))
        if self._out is not None:
            try:
                self._out.write(f"{number}: {reason}\n")
            except OSError:
                self._give_up()

    def end(self) -> None:
        """The whole roll was read: RollRejectedError if any line was rejected."""
        if self.count == 0:
            return
        if self._out is not None:
            try:
                self._out.close()
            except OSError:
                self._give_up()
        file = str(self._file) if self._out is not None else ""
        self._out = None
        raise RollRejectedError(self._path, self.count, sorted(self._first), file)

    def _begin(self) -> None:
        """A drive that cannot be written, or is full, takes no file; the screen still says most."""
        with contextlib.suppress(OSError):
            self._out = open(  # noqa: SIM115
                os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE),
                "w",
                encoding="utf-8",
            )

    def _give_up(self) -> None:
        out, self._out = self._out, None
        with contextlib.suppress(OSError):
            if out is not None:
                out.close()
        with contextlib.suppress(OSError):
            self._file.unlink(missing_ok=True)
