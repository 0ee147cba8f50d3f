"""A real xterm on a display of its own (Xvfb), with hands (xdotool) and an eye on its pixels.

with display() as number, xterm(number, [...]) as window:
    window.press("Return")
    picture = window.still()          a picture once nothing moves any more
    picture.cell(3, 10)               the pixels of one letter: row, column
"""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageGrab

COLUMNS, ROWS = 80, 24
FONT = "DejaVu Sans Mono"
FONT_FILE = Path("/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf")
LOOK_S = 0.25
STILL_LOOKS = 3
WAIT_S = 40.0
COLOURS_MIN = 20
"""An empty window has one or two; a screen has its own and those of its letters' edges."""


def missing() -> str:
    """What this computer lacks for it; empty if nothing."""
    absent = [name for name in ("Xvfb", "xterm", "xdotool") if shutil.which(name) is None]
    if not FONT_FILE.exists():
        absent.append("fonts-dejavu-core")
    return ", ".join(absent)


@dataclass
class Picture:
    """What the window shows, cut into the cells of its letters."""

    image: Image.Image

    def cells(self, row: int, start: int, end: int) -> bytes:
        """The pixels of some cells of a row."""
        width, height = self.image.width / COLUMNS, self.image.height / ROWS
        box = (round(start * width), round(row * height), round(end * width))
        return self.image.crop((*box, round((row + 1) * height))).tobytes()

    @property
    def is_drawn(self) -> bool:
        """Does a screen stand there?"""
        return len(self.image.getcolors(1 << 16) or ()) >= COLOURS_MIN

    def save(self, path: Path) -> None:
        """For a person to look at."""
        self.image.save(path)


class Window:
    """One xterm."""

    def __init__(self, number: int, process: "subprocess.Popen[bytes]") -> None:
        self._number = number
        self._process = process
        self._id = self._wait_for_window()

    def press(self, *keys: str) -> None:
        """Keys as X calls them, such as F9, Return, Down, or text to type."""
        for key in keys:
            self._hands("key", "--window", self._id, key)

    def type(self, text: str) -> None:
        """Text, letter by letter."""
        self._hands("type", "--window", self._id, "--delay", "150", text)

    def drawn(self) -> None:
        """Wait until a screen stands there; a cursor may blink in it."""
        self.until(lambda: self.picture().is_drawn)

    @property
    def has_ended(self) -> bool:
        """Has the program in it ended?"""
        return self._process.poll() is not None

    def until(self, true: Callable[[], bool]) -> None:
        """Wait for something."""
        end = time.monotonic() + WAIT_S
        while not true():
            assert time.monotonic() < end, "it never came"
            time.sleep(LOOK_S)

    def still(self) -> Picture:
        """A picture once several looks in a row show the same."""
        before, same = b"", 0
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            picture = self.picture()
            now = picture.image.tobytes()
            same = same + 1 if now == before else 0
            if same == STILL_LOOKS and picture.is_drawn:
                return picture
            before = now
            time.sleep(LOOK_S)
        raise AssertionError("the window never stood still")

    def picture(self) -> Picture:
        """What it shows now."""
        shown = self._hands("getwindowgeometry", "--shell", self._id)
        size = dict(line.split("=") for line in shown.splitlines() if "=" in line)
        image = ImageGrab.grab(xdisplay=f":{self._number}")
        return Picture(image.crop((0, 0, int(size["WIDTH"]), int(size["HEIGHT"]))).convert("RGB"))

    def _wait_for_window(self) -> str:
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            assert self._process.poll() is None, "xterm ended"
            found = self._hands("search", "--onlyvisible", "--class", "xterm", check=False)
            if found.split():
                return found.split()[-1]
            time.sleep(LOOK_S)
        raise AssertionError("no window came up")

    def _hands(self, *words: str, check: bool = True) -> str:
        line = ["xdotool", *words]
        environment = {"DISPLAY": f":{self._number}", "PATH": "/usr/bin:/bin"}
        return subprocess.run(
            line, env=environment, capture_output=True, text=True, check=check, timeout=60
        ).stdout


@contextmanager
def display() -> Iterator[int]:
    """An X server without a screen; its number is chosen by itself."""
    process = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", "1200x800x24", "-nolisten", "tcp", "-noreset"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def xterm(number: int, command: list[str], environment: dict[str, str]) -> Iterator[Window]:
    """`command` in an xterm of 80 x 24 in the display's corner."""
    line = ["xterm", "-fa", FONT, "-fs", "10", "-geometry", f"{COLUMNS}x{ROWS}+0+0"]
    line += ["-b", "0", "-bw", "0", "+sb", "+bc", "-xrm", "XTerm*allowSendEvents: true"]
    process = subprocess.Popen(
        [*line, "-e", *command],
        env={**environment, "DISPLAY": f":{number}", "LC_ALL": "C.UTF-8"},
    )
    try:
        yield Window(number, process)
    finally:
        process.terminate()
        process.wait(20)
