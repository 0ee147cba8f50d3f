"""A printer without paper: each slip becomes a PNG in a folder beside the steering socket.

    printer.sock, printer-paper/001-Card-7.png, printer-paper/002-Return-torn.png

    {"do": "paper_out"}  {"do": "paper_low"}  {"do": "paper_in"}
    {"do": "open_cover"}  {"do": "close_cover"}
    {"do": "unplug"}  {"do": "slow"}  {"do": "plug"}
    {"do": "cut_power_after", "fraction": 0.4}    of the next slip; `plug` brings the power back
    {"do": "list"}                                -> {"did": "list", "papers": ["001-Card-7.png"]}

`paper_out` and `open_cover` take a "fraction" too: of the next slip, not at once. What comes out
then is saved as torn. A folder that takes no picture (a full disk, a file in its place) is a
printer that has stopped, until it takes one. Only a training day takes this driver.
"""

import asyncio
import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from hw.peripheral import Keeper, PeripheralError, SlowError, StoppedError, UnpluggedError
from hw.printer import words
from hw.printer.commands import Condition
from hw.printer.drawing import draw
from hw.printer.slip import Slip
from hw.steering import steered

WIDTH_DOTS = 576

TITLE_LETTERS_MAX = 40
"""Of a title in a file name: in any script well under the 255 bytes that a file system takes."""


PROBE_BYTES = 256 * 1024
"""More than any picture: what takes this file takes a slip."""


class SimulatedPrinter(Keeper):
    """See `hw.printer.Printer`."""

    def __init__(self, socket: Path) -> None:
        super().__init__()
        self._socket = socket
        self.folder = socket.with_name(f"{socket.stem}-paper")
        self._one_at_a_time = asyncio.Lock()
        self._missing: str = ""
        self._condition: dict[str, bool] = {}
        self._trouble: tuple[float, str] | None = None
        self._refused = ""

    async def run(self) -> None:
        """Serve the steering socket until cancelled, plugged in or not."""
        self._show()
        looking = asyncio.create_task(self._look())
        try:
            await steered(self._socket, self._steer)
        finally:
            looking.cancel()

    async def print(self, slip: Slip) -> None:
        """See `hw.printer.Printer`."""
        async with self._one_at_a_time:
            picture = await asyncio.to_thread(draw, slip, WIDTH_DOTS)
            if (problem := self._problem()) is not None:
                raise problem
            trouble, self._trouble = self._trouble, None
            if trouble is None:
                await self._put_out(picture, slip.title)
                return
            fraction, what = trouble
            self._happen(what)
            problem = self._problem()
            assert problem is not None, "what is steered into a slip stops the printer"
            torn = picture.crop((0, 0, picture.width, round(picture.height * fraction)))
            if torn.height:
                await self._put_out(torn, slip.title, "-torn")
            raise words.unfinished(problem)

    def _steer(self, command: dict[str, Any]) -> dict[str, Any] | None:
        verb = command["do"]
        if verb == "list":
            return {"papers": self._papers()}
        if verb == "cut_power_after" or "fraction" in command:
            what = "unplug" if verb == "cut_power_after" else verb
            fraction = float(command["fraction"])
            if what not in ("unplug", "paper_out", "open_cover") or not 0 <= fraction <= 1:
                raise ValueError('"fraction" is 0 to 1 of a slip, for power, paper and cover')
            self._trouble = (fraction, what)
        else:
            self._happen(verb)
        return None

    def _happen(self, what: str) -> None:
        match what:
            case "paper_out" | "paper_low" | "paper_in":
                self._condition |= {
                    "is_paper_out": what == "paper_out",
                    "is_paper_low": what == "paper_low",
                }
            case "open_cover" | "close_cover":
                self._condition["is_cover_open"] = what == "open_cover"
            case "unplug" | "slow" | "plug":
                self._missing = "" if what == "plug" else what
            case _:
                raise ValueError(f"a simulated printer cannot {what}")
        self._show()

    def _problem(self) -> PeripheralError | None:
        if self._missing:
            return (
                UnpluggedError(words.GONE) if self._missing == "unplug" else SlowError(words.SILENT)
            )
        stopped = Condition(**self._condition).problem or self._refused
        return StoppedError(stopped) if stopped else None

    def _show(self) -> None:
        problem = self._problem()
        if problem is not None:
            self._stand(problem.standing, problem.words)
        elif self._condition.get("is_paper_low"):
            self._stand("attention", words.LOW, paper="low")
        else:
            self._stand("ready", f"Slips become pictures in {self.folder}.", paper="in")

    def _papers(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob("*.png"))

    async def _look(self) -> None:
        """After the computer refused a picture: is there room for one again?"""
        while True:
            await asyncio.sleep(self._retry_s)
            if self._refused:
                with contextlib.suppress(OSError):
                    await asyncio.to_thread(self._probe)
                    self._refused = ""
                    self._show()

    async def _put_out(self, picture: Image.Image, title: str, ending: str = "") -> None:
        """StoppedError if nothing came out."""
        try:
            await asyncio.to_thread(self._save, picture, title, ending)
        except OSError as error:
            refused = words.computer_failed(error)
            self._refused = refused.words
            self._show()
            raise refused from None

    def _save(self, picture: Image.Image, title: str, ending: str = "") -> None:
        numbers = (name.partition("-")[0] for name in self._papers())
        number = max((int(digits) for digits in numbers if digits.isdigit()), default=0) + 1
        safe = re.sub(r"[^\w-]+", "-", title[:TITLE_LETTERS_MAX]).strip("-_") or "slip"
        with self._part() as part:
            picture.save(part, format="PNG")
            part.replace(self.folder / f"{number:03}-{safe}{ending}.png")

    def _probe(self) -> None:
        with self._part() as part:
            part.write_bytes(bytes(PROBE_BYTES))

    @contextlib.contextmanager
    def _part(self) -> Iterator[Path]:
        """A file of the folder, gone afterwards unless it got a name: no picture is there half."""
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / "part"
        try:
            yield part
        finally:
            part.unlink(missing_ok=True)
