"""Fingers on the other side of the reader: libfprint's own virtual devices, and how they are fed.

    FP_VIRTUAL_DEVICE=<socket>    a command a connection: "SCAN left", "RETRY 1", "SLEEP 900",
                                  "UNPLUG"; the device closes the connection once it has it
    FP_VIRTUAL_IMAGE=<socket>     pictures: two native ints (width, height), then the grey pixels

The libraries read those variables, so a `VirtualReader` is "plugged in" by a small script that is
given to the driver as its Python: it sets them, or not, and becomes the system's Python.
"""

import asyncio
import contextlib
import math
import os
import random
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from PIL import Image

PYTHON = "/usr/bin/python3"

RETRIES = {"again": 0, "short": 1, "centre": 2, "lift": 3}

_PROBE = "import gi; gi.require_version('FPrint', '2.0'); from gi.repository import FPrint"


def _is_installed() -> bool:
    if shutil.which(PYTHON) is None:
        return False
    return subprocess.run([PYTHON, "-I", "-c", _PROBE], capture_output=True).returncode == 0


needs_libfprint = pytest.mark.skipif(
    not _is_installed(), reason="libfprint's introspection is not installed for the system's Python"
)


class VirtualReader:
    """A virtual device in a folder: `python` is what the driver is given."""

    def __init__(self, folder: Path, *variables: str) -> None:
        self.folder = folder
        self.variables = variables or ("FP_VIRTUAL_DEVICE",)
        self.python = folder / "python"
        self.plug()

    def socket(self, variable: str = "FP_VIRTUAL_DEVICE") -> Path:
        """Where that device listens, once it is open."""
        return self.folder / f"{variable[-5:]}.sock"

    def plug(self) -> None:
        """From its next start on, the helper finds the device."""
        found = " ".join(f"{name}='{self.socket(name)}'" for name in self.variables)
        self.run_instead(f'export {found}\nexec {PYTHON} "$@"')

    def unplug(self) -> None:
        """From its next start on, the helper finds nothing."""
        self.run_instead(f'exec {PYTHON} "$@"')

    def run_instead(self, script: str) -> None:
        """From the next start on, this shell script is the driver's Python."""
        new = self.folder / "python.new"
        new.write_text(f"#!/bin/sh\nexport READER='{self.folder}'\n{script}\n")
        new.chmod(0o700)
        # Whole or not at all, and never "text file busy".
        new.rename(self.python)

    async def send(self, *commands: str) -> None:
        """Feed commands one after the other; each is in the device when this comes back."""
        for command in commands:
            reader, writer = await asyncio.open_unix_connection(self.socket())
            writer.write(command.encode())
            # A device that was pulled out may not say goodbye.
            with contextlib.suppress(ConnectionError):
                await reader.read()
            writer.close()

    async def show(self, pictures: list[Image.Image]) -> None:
        """Put pictures of a finger on the glass of the virtual image device."""
        _, writer = await asyncio.open_unix_connection(self.socket("FP_VIRTUAL_IMAGE"))
        for picture in pictures:
            writer.write(struct.pack("=ii", *picture.size) + picture.tobytes())
        await writer.drain()
        writer.close()


def helper_pids(folder: Path) -> list[int]:
    """The helpers that this process started for the reader in `folder`."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            status = (entry / "status").read_text()
            words = (entry / "cmdline").read_bytes().split(b"\0")
            environ = (entry / "environ").read_bytes()
        except OSError:
            continue
        if (
            f"\nPPid:\t{os.getpid()}\n" in status
            and any(word.endswith(b"/helper.py") for word in words)
            and str(folder).encode() in environ
        ):
            found.append(int(entry.name))
    return found


RIDGE_PIXELS = 9
"""From ridge to ridge, at the 500 dots an inch that readers have."""


def ridges(seed: int, width: int = 224, height: int = 224, minutiae: int = 28) -> Image.Image:
    """A finger that nobody has: bent ridges, with ends and forks at places drawn from `seed`.

    A ridge that ends or forks is a turn of the phase of a wave around that place.
    """
    draw = random.Random(seed)
    bend, centre = draw.uniform(0.5, 1.5), draw.uniform(0.3, 0.7) * width
    places = [
        (draw.uniform(0, width), draw.uniform(0, height), draw.choice((-1, 1)))
        for _ in range(minutiae)
    ]
    grey = bytearray()
    for y in range(height):
        for x in range(width):
            arch = y + bend * 40 * math.cos((x - centre) / width * math.pi)
            turns = sum(sign * math.atan2(y - v, x - u) for u, v, sign in places)
            grey.append(int(127 + 110 * math.cos(2 * math.pi * arch / RIDGE_PIXELS + turns)))
    return Image.frombytes("L", (width, height), bytes(grey))


def touch_of(finger: Image.Image, dx: int, dy: int) -> Image.Image:
    """How the glass sees it: a part of the finger, never quite the same one."""
    return finger.crop((16 + dx, 16 + dy, finger.width - 16 + dx, finger.height - 16 + dy))
