"""Installing a package from the setup wizard: `pollmesh station install` in a process of its own.

The command is given a terminal that nobody sees, for its progress bar and its words:

    Reading the roll ━━━━━━━━━━━━━━ 12000/20000 0:00:01     ->  WorkView("Reading …", 12000, 20000)
    'a-desk-1' (desk at a) is ready for khorshid-2026.      ->  the last word

A PIN goes over a pipe, never into a file or onto the command line. Installation is all or nothing:
the package is written last.
"""

import asyncio
import os
import re
import sys
from pathlib import Path

from node.setup_station import own_environment
from sync.setup_views import InstallAsked, WorkView

WORDS_LINES_MAX = 12
_LINE_BYTES_MAX = 64 * 1024
_READ_BYTES = 4096
_BAR = re.compile(r"(?P<label>\w[\w ]*?) +[━╸╺ ]*(?P<done>[0-9]+)/(?P<total>[0-9]+) ")
_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Installing:
    """One installation, from the question to its last word."""

    def __init__(self, folder: Path, asked: InstallAsked) -> None:
        self.view = WorkView("Verifying the package", 0, 0)
        self._command = _command(folder, asked)
        self._pin = asked.pin
        self._rest = b""
        self._words: list[str] = []
        self._task = asyncio.create_task(self._run())

    @property
    def is_over(self) -> bool:
        """Has it ended, one way or the other?"""
        return self.view.is_over

    async def wait(self) -> None:
        """Until it has ended."""
        await self._task

    async def _run(self) -> None:
        ours, theirs = os.openpty()
        pin_in, pin_out = os.pipe()
        loop = asyncio.get_running_loop()
        try:
            os.set_blocking(ours, False)
            os.write(pin_out, self._pin.encode() + b"\n")
            os.close(pin_out)
            process = await asyncio.create_subprocess_exec(
                *self._command,
                *(("--pin-file", f"/dev/fd/{pin_in}") if self._pin else ()),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=theirs,
                pass_fds=(pin_in,),
                env={**own_environment(), "NO_COLOR": "1", "TERM": "xterm", "COLUMNS": "200"},
            )
            loop.add_reader(ours, self._read, ours)
            code = await process.wait()
            self._read(ours)
        finally:
            loop.remove_reader(ours)
            for descriptor in (ours, theirs, pin_in):
                os.close(descriptor)
        self._say(self._rest.decode(errors="replace"))
        words = " ".join(self._words[-WORDS_LINES_MAX:]) or f"It ended with {code}."
        done, total = self.view.done, self.view.total
        self.view = WorkView(self.view.label, done, total, True, code == 0, words)

    def _read(self, terminal: int) -> None:
        """What the command has shown since the last time."""
        while True:
            try:
                data = os.read(terminal, _READ_BYTES)
            except (BlockingIOError, OSError):
                return
            if not data:
                return
            *lines, rest = re.split(rb"[\r\n]+", self._rest + data)
            self._rest = rest[-_LINE_BYTES_MAX:]
            for line in lines:
                self._say(line.decode(errors="replace"))

    def _say(self, line: str) -> None:
        plain = _CODES.sub("", line).strip()
        if bar := _BAR.match(f"{plain} "):
            self.view = WorkView(bar["label"], int(bar["done"]), int(bar["total"]))
        elif plain:
            self._words.append(plain)


def _command(folder: Path, asked: InstallAsked) -> list[str]:
    def full(path: str) -> str:
        return str(Path(path).expanduser())

    command = [sys.executable, "-m", "node", "station", "install", str(folder)]
    command += ["--package", full(asked.package), "--trust", full(asked.sheet)]
    if asked.roll:
        command += ["--roll", full(asked.roll)]
    if asked.roll_key:
        command += ["--roll-key", full(asked.roll_key)]
    return command
