"""The day's simulated peripherals, steered from here; the stations drive them by their Protocols.

A voter's document is scanned at the desk; the card is printed; its picture is read back as a camera
would, and what was read is scanned at the box. A box's lid is opened once, another box loses mains
for a while, a printer runs out of paper. Pictures of one card, one stub and one return are kept.
"""

import asyncio
import contextlib
import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
import zxingcpp
from PIL import Image

from simulations.demo.setting import DemoError, Setting
from simulations.demo.stations import Stations

PATIENCE_S = 60
LID_BOX = "a-box-1"
POWER_BOX = "b-box-1"
PAPER_DESK = "b-desk-1"
PICTURES = ("card", "stub", "return")
NOTED = (f"{LID_BOX}: the lid was opened", f"{POWER_BOX}: mains power was lost")


class Devices:
    """Steers peripherals and reads what came out of printers."""

    def __init__(self, setting: Setting, stations: Stations) -> None:
        self.counts: Counter[str] = Counter()
        self._setting = setting
        self._stations = stations
        self._scanning: dict[str, asyncio.Lock] = {}
        self._shown: dict[str, int] = {}

    async def steer(self, station: str, kind: str, **command: Any) -> dict[str, Any]:
        """One command to one simulated peripheral; OSError while its station is away."""
        path = self._setting.folder(station) / f"{kind}.sock"
        reader, writer = await asyncio.open_unix_connection(path)
        try:
            writer.write(json.dumps(command).encode() + b"\n")
            await writer.drain()
            answer = json.loads(await reader.readline() or b"{}")
        finally:
            writer.close()
        if "problem" in answer:
            raise DemoError(f"{station} {kind}: {answer['problem']}")
        return dict(answer)

    async def scan_document(self, desk: str, code: str) -> str:
        """A document is scanned at a desk; the code that its screen gets, once it is back."""
        async with self._scanning.setdefault(desk, asyncio.Lock()), asyncio.timeout(PATIENCE_S):
            while True:
                with contextlib.suppress(aiohttp.ClientError, OSError, DemoError):
                    before = (await self._stations.ask(desk, "/status"))["scans"]
                    await self.steer(desk, "scanner", do="scan", text=code)
                    scan = await self._stations.ask(desk, f"/scan?after={before}")
                    self.counts["documents scanned"] += 1
                    return str(scan["code"])
                # A code scanned twice within two seconds is told once: so it is here.
                await asyncio.sleep(2.1)

    async def printed_card(self, desk: str, number: int) -> str:
        """The text read from the picture of card `number`, once it is on paper."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                with contextlib.suppress(aiohttp.ClientError, OSError):
                    job = await self._job(desk, "card", str(number))
                    if job is None:
                        await self._print(desk, "card", str(number))
                    elif job["state"] == "printed":
                        break
                    elif job["state"] == "unknown":
                        # It may be on paper or not: the worker looks, and prints the same again.
                        self.counts["cards printed again after a cut"] += 1
                        again = {"number": job["number"]}
                        await self._stations.ask(desk, "/print/again", again)
                await asyncio.sleep(0.05)
        self.counts["cards printed"] += 1
        return await asyncio.to_thread(read_code, self._paper(desk, f"card-{number}"))

    async def show_card(self, box: str, card: str) -> str:
        """The card is scanned at a box; what the voter's page gets."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                seen = self._shown.get(box, 0)
                await self.steer(box, "scanner", do="scan", text=card)
                shown = await self._stations.page(box, "/next-card", {"after": seen})
                self._shown[box] = shown["number"]
                if shown["card"]:
                    self.counts["cards scanned at boxes"] += 1
                    return str(shown["card"])
                await asyncio.sleep(2.1)

    async def misadventures(self) -> None:
        """What happens to devices on this day: a lid, a power cut, an empty roll."""
        await self.steer(PAPER_DESK, "printer", do="paper_out")
        await self.steer(LID_BOX, "lid", do="open")
        await self.steer(POWER_BOX, "power", do="battery", percent=80, minutes=50)
        await asyncio.sleep(1.0)
        await self.steer(LID_BOX, "lid", do="close")
        await self.steer(POWER_BOX, "power", do="mains")
        await self.steer(PAPER_DESK, "printer", do="paper_in")

    async def keep_pictures(self) -> list[Path]:
        """One card, one stub, one return, copied to pictures/ in the day's folder."""
        desk, box = PAPER_DESK, LID_BOX
        await self._print(desk, "stub", "1")
        folder = self._setting.root / "pictures"
        folder.mkdir()
        kept = []
        for what, station in zip(PICTURES, (desk, desk, box), strict=True):
            async with asyncio.timeout(PATIENCE_S):
                while not (found := self._papers(station, what)):
                    await asyncio.sleep(0.1)
            kept.append(Path(shutil.copy(found[-1], folder / f"{what}.png")))
        return kept

    async def unnoted(self, district: str) -> list[str]:
        """What happened to devices and is not in the district's figures."""
        figures = await self._stations.ask(district, "/figures")
        notes = "\n".join(note for place in figures["places"] for note in place["notes"])
        return [words for words in NOTED if words not in notes]

    async def _job(self, desk: str, what: str, about: str) -> dict[str, Any] | None:
        jobs = (await self._stations.ask(desk, "/status"))["jobs"]
        return next((j for j in jobs if (j["what"], j["about"]) == (what, about)), None)

    async def _print(self, station: str, what: str, about: str) -> None:
        answer = await self._stations.ask(station, "/print", {"what": what, "about": about})
        if answer["kind"] == "Refused":
            raise DemoError(f"{station} does not print a {what}: {answer['words']}")

    def _paper(self, station: str, title: str) -> Path:
        """The newest whole paper of this title."""
        return self._papers(station, title)[-1]

    def _papers(self, station: str, title: str) -> list[Path]:
        folder = self._setting.folder(station) / "printer-paper"
        whole = (p for p in folder.glob("*.png") if not p.stem.endswith("-torn"))
        return sorted(p for p in whole if f"{p.stem.partition('-')[2]}-".startswith(f"{title}-"))


def read_code(picture: Path) -> str:
    """The one code on a paper, as a scanner reads it; DemoError if there is none."""
    with Image.open(picture) as image:
        found = zxingcpp.read_barcodes(image.convert("L"))
    if len(found) != 1:
        raise DemoError(f"{picture}: {len(found)} codes can be read, not one")
    return str(found[0].text)
