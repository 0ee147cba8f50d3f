"""The people with keys: two officers a place, one of each authority, acting beside the stations.

Each opens an own key file with the PIN of an own envelope. Stations get signatures, and for the
return halves of the opening key sealed to the box; they never get a key.
"""

import asyncio
import base64

import msgspec

from simulations.demo.setting import DemoError, Setting, command
from simulations.demo.stations import Stations
from sync.entries import Entry
from sync.key_file import OpenedKey, open_key_file
from sync.officers import approve

AUTHORITIES = ("executive", "supervisory")


class Officers:
    """Every officer of the province, with opened keys."""

    def __init__(self, setting: Setting, stations: Stations) -> None:
        self._setting = setting
        self._stations = stations
        self._keys: dict[str, OpenedKey] = {}

    async def act(self, station: str, act: str) -> None:
        """Propose, sign twice, submit; DemoError with the station's words if it refuses."""
        proposed = await self._stations.ask(station, "/acts/propose", {"act": act})
        if proposed["kind"] != "ActProposed":
            raise DemoError(f"{station} refuses '{act}': {proposed['words']}")
        entry = msgspec.json.decode(proposed["entry"].encode(), type=Entry)
        approvals = []
        for key in await self.pair(station):
            approval = approve(proposed["origin"], entry, key.holder.id, key.signer)
            signature = base64.b64encode(approval.signature).decode()
            approvals.append({"officer": approval.officer, "signature": signature})
        body = {"proposal": proposed["proposal"], "approvals": approvals}
        done = await self._stations.ask(station, "/acts/submit", body)
        if done["kind"] != "Done":
            raise DemoError(f"{station} refuses '{act}': {done['words']}")

    async def return_box(self, box: str) -> None:
        """Two officers open the box's ballots and sign its return, with the command for it."""
        holders = self._holders(box)
        words: list[object] = ["act", "return", self._setting.folder(box), "--yes"]
        for holder in holders:
            shares = self._setting.ceremony / "holders" / holder / "shares"
            words += ["--key", self._setting.key(holder, "officer")]
            words += ["--pin-file", self._setting.envelope(holder)]
            words += ["--share", shares / f"{box}.json"]
        await command(*words)

    def _holders(self, station: str) -> list[str]:
        at = self._setting.stations[station]["at"]
        return [f"{at}-{authority}" for authority in AUTHORITIES]

    async def pair(self, station: str) -> list[OpenedKey]:
        """Both officers of a station, keys opened with their PINs."""
        pair = []
        for holder in self._holders(station):
            if holder not in self._keys:
                path = self._setting.key(holder, "officer")
                pin = _pin(self._setting.envelope(holder).read_text("utf-8"))
                self._keys[holder] = await asyncio.to_thread(
                    open_key_file, path.read_bytes(), pin, str(path)
                )
            pair.append(self._keys[holder])
        return pair


def _pin(envelope: str) -> str:
    lines = (line.strip() for line in envelope.splitlines())
    return next(line.removeprefix("PIN:").strip() for line in lines if line.startswith("PIN:"))
