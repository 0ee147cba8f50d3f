"""The story of the day, told by real processes.

set up -> stations start -> officers open -> voters come -> a place is cut from its district
-> a desk is killed and comes back -> the road is mended -> close -> returns -> pull -> verify
"""

import asyncio
import contextlib
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from simulations.demo.devices import Devices
from simulations.demo.officers import Officers
from simulations.demo.relay import Relay
from simulations.demo.setting import DemoError, Setting, command
from simulations.demo.stations import Stations
from simulations.demo.voters import Expected, Visit

CUT_PLACE = "a"
KILLED = "a-desk-2"
DISTRICT = "d-north"
SUPERVISOR = "supervisor-1"
SETTLE_TIMEOUT_S = 60

Tell = Callable[[str, int, int], None]


@dataclass
class Result:
    """What happened, for the report."""

    checked_in: int = 0
    issued: int = 0
    cast: int = 0
    second_attempts: int = 0
    second_refused: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    let_through: list[str] = field(default_factory=list)
    expected: Expected = field(default_factory=Expected)
    cut: str = ""
    killed: str = ""
    cast_while_cut: int = 0
    verdict: dict[str, Any] = field(default_factory=dict)
    devices: Counter[str] = field(default_factory=Counter)
    unnoted: list[str] = field(default_factory=list)
    pictures: list[Path] = field(default_factory=list)


class Day:
    """One day; `tell(step, done, of)` shows progress."""

    def __init__(self, setting: Setting, visits: list[Visit], tell: Tell) -> None:
        self.setting = setting
        self.stations = Stations(setting)
        self.officers = Officers(setting, self.stations)
        self.devices = Devices(setting, self.stations) if setting.peripherals else None
        self.result = Result()
        self._visits = visits
        self._tell = tell
        self._relays = [
            Relay(setting.relay_ports[name], setting.ports[name]) for name in setting.relay_ports
        ]
        self._box_locks = {name: asyncio.Lock() for name in setting.page_ports}
        self._done = 0
        self._started = time.monotonic()
        self._turns: list[tuple[float, Callable[[], Awaitable[None]]]] = [
            (0.25, self._cut),
            (0.50, self._kill_and_restart),
            (0.75, self._mend),
        ]
        if self.devices is not None:
            self._turns.insert(1, (0.40, self.devices.misadventures))
        self._side_tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start every station and wait until all of a place are linked."""
        for relay in self._relays:
            await relay.start()
        names = list(self.setting.stations)
        for name in names:
            await self.stations.start(name)
        for number, name in enumerate(names):
            self._tell("Starting stations", number, len(names))
            await self.stations.wait_ready(name)
        for name in names:
            await self._until(lambda name=name: self._linked(name), f"{name} to be linked")
        self._tell("Starting stations", len(names), len(names))

    async def open(self) -> None:
        """Two officers open each desk and each box."""
        await self._acts("open", "Opening")

    async def vote(self) -> None:
        """Everybody comes; each desk serves one voter at a time."""
        queues: dict[str, asyncio.Queue[Visit]] = {}
        for visit in self._visits:
            queues.setdefault(visit.voter.home, asyncio.Queue()).put_nowait(visit)
        async with asyncio.TaskGroup() as group:
            for place, queue in queues.items():
                for desk in self.setting.at(place, "desk"):
                    group.create_task(self._serve(desk, queue))
        for task in self._side_tasks:
            await task
        await self._mend()

    async def close(self) -> None:
        """Close, return, seal; then wait until the district holds all of it."""
        await self._acts("close", "Closing")
        boxes = list(self.setting.page_ports)
        self._tell("Opening ballots, signing returns", 0, len(boxes))
        returns = asyncio.as_completed([self.officers.return_box(box) for box in boxes])
        for done, one in enumerate(returns, start=1):
            await one
            self._tell("Opening ballots, signing returns", done, len(boxes))
        await self._keep_pictures()
        await self._acts("final", "Sealing logs")
        self._tell("Waiting for the district", 0, 1)
        await self._until(self._is_settled, f"{DISTRICT} to hold every sealed log")
        self._tell("Waiting for the district", 1, 1)
        if self.devices is not None:
            self.result.unnoted = await self.devices.unnoted(DISTRICT)
            self.result.devices = self.devices.counts

    async def pull_and_verify(self) -> None:
        """A supervisor pulls over TLS; a process without keys or network verifies."""
        setting, state = self.setting, self.setting.root / "state"
        self._tell("Pulling and verifying", 0, 2)
        await command(
            *("pull", f"{DISTRICT}@127.0.0.1:{setting.ports[DISTRICT]}", state),
            *("--package", setting.package, "--trust", setting.sheet),
            *("--key", setting.key(SUPERVISOR, "supervisor")),
            *("--pin-file", setting.envelope(SUPERVISOR)),
        )
        self._tell("Pulling and verifying", 1, 2)
        out = await command("verify", state, "--trust", setting.sheet, "--json")
        self.result.verdict = json.loads(out)
        self._tell("Pulling and verifying", 2, 2)

    async def stop(self) -> None:
        """End everything that was started."""
        for task in self._side_tasks:
            task.cancel()
        for relay in self._relays:
            await relay.close()
        await self.stations.stop()

    # --- voters

    async def _serve(self, desk: str, queue: "asyncio.Queue[Visit]") -> None:
        while True:
            try:
                visit = queue.get_nowait()
            except asyncio.QueueEmpty:
                return
            await self._visit(desk, visit)
            self._done += 1
            self._tell("Voting", self._done, len(self._visits))
            while self._turns and self._done >= self._turns[0][0] * len(self._visits):
                _, turn = self._turns.pop(0)
                self._side_tasks.append(asyncio.create_task(turn()))

    async def _visit(self, desk: str, visit: Visit) -> None:
        ready = await self._check_in_stubbornly(desk, visit)
        await self._read_from_paper(desk, ready)
        self.result.checked_in += 1
        self.result.issued += 1
        await self._stubbornly(desk, "/card-taken", {"number": ready["number"]})
        if visit.carries_off:
            return
        if visit.second_try == "other-box":
            await self._try_other_box(ready, visit)
        answer = await self._cast(ready["box"], ready["card"], visit, by_scanner=True)
        if answer["kind"] != "BallotCast":
            raise DemoError(f"{ready['box']} did not take a good ballot: {answer['words']}")
        self.result.cast += 1
        self.result.expected.cast(visit)
        self.result.cast_while_cut += self._relays[0].is_cut and visit.voter.home == CUT_PLACE
        if visit.second_try and visit.second_try != "other-box":
            await self._try_again(desk, ready, visit)

    async def _read_from_paper(self, desk: str, ready: dict[str, Any]) -> None:
        """With peripherals: the card is what its printed picture says."""
        if self.devices is not None:
            printed = await self.devices.printed_card(desk, ready["number"])
            if printed != ready["card"]:
                raise DemoError(f"{desk}: card {ready['number']} was printed wrong")
            ready["card"] = printed

    async def _keep_pictures(self) -> None:
        if self.devices is not None:
            self._tell("Looking at printed papers", 0, 1)
            self.result.pictures = await self.devices.keep_pictures()
            self._tell("Looking at printed papers", 1, 1)

    async def _check_in_stubbornly(self, desk: str, visit: Visit) -> dict[str, Any]:
        """Like a worker: when the desk dies in the middle, wait for it and do the same again."""
        while True:
            code = visit.voter.national_code
            if self.devices is not None:
                code = await self.devices.scan_document(desk, code)
            found = await self._stubbornly(desk, "/voters/find", {"code": code})
            person = found["voters"][0]
            if person["name"] != visit.voter.name or not person["may_check_in"]:
                raise DemoError(f"{desk}: wrong person or refused: {person['standing']}")
            body = {"voter": person["voter"], "document": visit.document, "means": "scanned"}
            with contextlib.suppress(aiohttp.ClientError, OSError):
                ready = await self.stations.ask(desk, "/check-in", body)
                if ready["kind"] == "CardReady":
                    return dict(ready)
                if ready["reason"] not in ("no-quorum", "busy"):
                    raise DemoError(f"{desk} refused a good voter: {ready['words']}")
            await asyncio.sleep(0.1)

    async def _stubbornly(self, desk: str, path: str, body: object) -> Any:
        async with asyncio.timeout(SETTLE_TIMEOUT_S):
            while True:
                with contextlib.suppress(aiohttp.ClientError, OSError):
                    return await self.stations.ask(desk, path, body)
                await asyncio.sleep(0.1)

    async def _cast(self, box: str, card: str, visit: Visit, by_scanner: bool = False) -> Any:
        """Show a card at a box and, if it is taken, cast."""
        async with self._box_locks[box]:
            if by_scanner and self.devices is not None:
                card = await self.devices.show_card(box, card)
            offered = await self.stations.page(box, "/begin", {"card": card})
            if offered["kind"] != "BallotOffered":
                return offered
            body = {"session": offered["session"], "choices": visit.keyed}
            return await self.stations.page(box, "/cast", body)

    async def _try_other_box(self, ready: dict[str, Any], visit: Visit) -> None:
        """The card at a box it does not name; at a place with one box, at another place's."""
        others = [box for box in self._box_locks if box != ready["box"]]
        same_place = [b for b in others if b in self.setting.at(visit.voter.home, "box")]
        box = (same_place or others)[0]
        self._note("a card at another box", await self._cast(box, ready["card"], visit))

    async def _try_again(self, desk: str, ready: dict[str, Any], visit: Visit) -> None:
        kind = visit.second_try
        if kind == "copied-card":
            answer = await self._cast(ready["box"], ready["card"], visit)
            self._note("a copied card", answer)
            return
        desks = self.setting.at(visit.voter.home, "desk")
        where, words = desk, "the same desk again"
        if kind == "another-desk" and len(desks) > 1:
            alive = [d for d in desks if d != desk and d in self.stations.alive()]
            where, words = alive[0], "another desk of the place"
        if kind == "other-place":
            place = next(p for p in ("b", "c", "a") if p != visit.voter.home)
            where, words = self.setting.at(place, "desk")[0], "a desk of another place"
        found = await self._stubbornly(where, "/voters/find", {"code": visit.voter.national_code})
        body = {"document": visit.document, "means": "typed", "voter": found["voters"][0]["voter"]}
        self._note(words, await self._stubbornly(where, "/check-in", body))

    def _note(self, words: str, answer: dict[str, Any]) -> None:
        """Count a second attempt and whether it was refused."""
        self.result.second_attempts += 1
        if answer["kind"] == "Refused":
            self.result.second_refused += 1
            self.result.refusals[f"{words}: {answer['reason']}"] += 1
        else:
            self.result.let_through.append(f"{words}: {answer}")

    # --- what goes wrong on the day

    async def _cut(self) -> None:
        for relay in self._relays:
            relay.cut()
        self.result.cut = f"place {CUT_PLACE} cut from its district at {self._clock()}"

    async def _mend(self) -> None:
        if self._relays[0].is_cut:
            for relay in self._relays:
                relay.mend()
            self.result.cut += f", back at {self._clock()}"

    async def _kill_and_restart(self) -> None:
        await self.stations.kill(KILLED)
        self.result.killed = f"{KILLED} killed at {self._clock()}"
        await asyncio.sleep(1.0)
        await self.stations.start(KILLED)
        await self.stations.wait_ready(KILLED)
        self.result.killed += f", back at {self._clock()}"

    def _clock(self) -> str:
        return f"{time.monotonic() - self._started:.0f} s"

    # --- waiting

    async def _acts(self, act: str, words: str) -> None:
        kinds = ("desk", "box")
        names = [name for name, row in self.setting.stations.items() if row["kind"] in kinds]
        for number, name in enumerate(names):
            self._tell(words, number, len(names))
            await self.officers.act(name, act)
        self._tell(words, len(names), len(names))

    async def _linked(self, name: str) -> bool:
        status = await self.stations.ask(name, "/status")
        return all(peer["state"] == "connected" for peer in status["peers"])

    async def _is_settled(self) -> bool:
        """Does the district hold every desk's and box's sealed log, cosigned, and every return?"""
        figures = await self.stations.ask(DISTRICT, "/figures")
        desks = [desk for place in figures["places"] for desk in place["desks"]]
        boxes = [box for place in figures["places"] for box in place["boxes"]]
        return (
            all(desk["polls"] == "final" for desk in desks)
            and all(box["stage"] == "returned" for box in boxes)
            and all(len(one["cosigned_by"]) >= 2 for one in (*desks, *boxes))
        )

    async def _until(self, check: Callable[[], Awaitable[bool]], what: str) -> None:
        try:
            async with asyncio.timeout(SETTLE_TIMEOUT_S):
                while not await check():
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise DemoError(f"waited {SETTLE_TIMEOUT_S} s for {what}") from None
