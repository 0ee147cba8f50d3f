"""Nothing leaves a station before it is on its disk: no card, no figure, no signed log."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp.test_utils import TestClient, TestServer
from msgspec.structs import replace

from hw.card_picture import card_text
from node.links import Links
from node.local_api import local_app
from node.peripherals import Peripherals
from node.roll_file import People
from node.runner import Runner
from node.running import Running
from node.state_api import StateIndex
from node.station_files import StationSettings
from node.status import station_view
from node.store import Store
from node.store_roll import RollStore
from simulations.sample_day import SampleDay, sample_day, secret_of
from sync.check_ins import CheckIns
from sync.checkpoint import open_checkpoint
from sync.desk import Desk, Secrets
from sync.effects import Effect, FrameReceived, PeerJoined, Persist, ProposeAct, SubmitAct
from sync.encoding import decode
from sync.entries import Entry, LogBegan, PollsOpened, encode_entry
from sync.log import Log
from sync.message import PROTOCOL, Entries, Heads, Hello, encode_message
from sync.officers import approve
from sync.orders import Orders
from sync.outcomes import ActProposed, Done
from sync.province import LINES_MAX
from sync.replica import Replica
from sync.roll import RollLine
from sync.tiles import pack_bundle
from sync.views import StationView
from tests.peers.siblings import siblings_hold_nothing

DESK = "a-desk-1"
ORIGIN = f"pollmesh/sample-1/{DESK}/0"
DISTRICT_ORIGIN = "pollmesh/sample-1/north-1/0"
PATIENCE_S = 20


class HeldStore(Store):
    """A disk that can be told to take its time over the next write of entries."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.is_held = False
        self.begun, self.go_on = threading.Event(), threading.Event()

    def commit(self, effects: Sequence[Effect]) -> None:
        if self.is_held and any(isinstance(effect, Persist) for effect in effects):
            self.begun.set()
            assert self.go_on.wait(PATIENCE_S), "nobody let the disk go on"
        super().commit(effects)


@dataclass
class OpenDesk:
    """The only desk of its place, with its screens' socket."""

    day: SampleDay
    running: Running
    store: HeldStore
    client: "TestClient[Any, Any]"
    voter: str

    async def get(self, path: str) -> tuple[int, bytes]:
        """Status code and body of one request."""
        async with self.client.get(path) as response:
            return response.status, await response.read()

    async def post(self, path: str, body: object) -> dict[str, Any]:
        """The answer to one request."""
        async with self.client.post(path, json=body) as response:
            assert response.status == 200, await response.text()
            found: dict[str, Any] = await response.json()
            return found

    async def check_in(self) -> dict[str, Any]:
        """The worker confirms the voter."""
        body = {"voter": self.voter, "document": "passport", "means": "typed"}
        return await self.post("/check-in", body)

    async def status(self) -> StationView:
        """What the desk's screen shows."""
        return msgspec.json.decode((await self.get("/status"))[1], type=StationView)

    async def index(self) -> StateIndex:
        """What there is to pull."""
        return msgspec.json.decode((await self.get("/state/index"))[1], type=StateIndex)

    async def open(self) -> None:
        """Both officers open the desk."""
        shown = await self.running.runner.ask(ProposeAct("open"))
        assert isinstance(shown, ActProposed), shown
        act = decode(shown.entry.encode(), Entry, "the opening")  # type: ignore[arg-type]
        assert isinstance(act, PollsOpened)
        names = ("a-executive", "a-supervisory")
        signers = self.day.signers
        approvals = tuple(approve(shown.origin, act, n, signers[n]) for n in names)
        done = await self.running.runner.ask(SubmitAct(shown.proposal, approvals))
        assert isinstance(done, Done), done


def own_day() -> SampleDay:
    """A day whose stations have certificates of their own, for links that nobody dials."""
    day = sample_day(desks=1, voters=4)
    stations = tuple(replace(s, certificate=s.id.encode()) for s in day.package.stations)
    package = replace(day.package, stations=stations)
    return SampleDay(package, day.roll, day.signers, day.opening, day.voters)


def assemble(folder: Path, day: SampleDay) -> Running:
    """The desk as a node puts it together from its folder."""
    package, station = day.package, day.station(DESK)
    if not (folder / "roll.db").exists():
        lines = (day.roll.find(voter) for voter in day.voters["a"])
        people = [
            (line, f"نام {number}", 1980, number + 1)
            for number, line in enumerate(lines)
            if isinstance(line, RollLine)
        ]
        RollStore.build(folder / "roll.db", People.of(people), "a", lambda steps: None)
    store, roll = HeldStore(folder / "log.db"), RollStore.open(folder / "roll.db")
    signer = day.signers[DESK]
    replica = Replica(Orders(package), station, signer, "test")
    check_ins = CheckIns(package, roll)
    secrets = Secrets(store.secrets())
    replica.take_role(Desk(package, station, signer, check_ins, replica.origin, secrets))
    for origin, entries, note in store.logs():
        replica.restore(origin, entries, note)
    siblings_hold_nothing(replica)
    runner = Runner(replica, store)
    links = Links(package, station, signer.seed, runner, store)
    runner.outlet = links
    settings, roll_key = StationSettings(DESK), secret_of(1, "roll key")
    running = Running(
        *(folder, settings, package, station, replica, runner, links, store, 0),
        *(check_ins, None, roll, roll_key, {}),
    )
    running.peripherals = Peripherals(running)
    return running


@asynccontextmanager
async def desk_at(folder: Path, day: SampleDay) -> AsyncIterator[OpenDesk]:
    """The desk runs; it stops at the end."""
    running = assemble(folder, day)
    store = running.store
    assert isinstance(store, HeldStore)
    loop = asyncio.create_task(running.runner.run())
    async with TestClient(TestServer(local_app(running))) as client:
        try:
            yield OpenDesk(day, running, store, client, day.voters["a"][0])
        finally:
            store.go_on.set()
            loop.cancel()
            await asyncio.gather(loop, return_exceptions=True)
            await running.runner.on_disk(store.close)
            assert running.roll is not None
            running.roll.close()


def with_desk(folder: Path, *parts: Callable[[OpenDesk], Awaitable[None]]) -> None:
    """Run each part with the desk started anew on the same folder."""

    async def run() -> None:
        day = own_day()
        async with asyncio.timeout(60):
            for part in parts:
                async with desk_at(folder, day) as desk:
                    await part(desk)

    asyncio.run(run())


async def while_held(desk: OpenDesk, check: Callable[[], Awaitable[None]]) -> dict[str, Any]:
    """Check the voter in, run `check` while the disk takes its time; then the worker's answer."""
    desk.store.is_held = True
    asked = asyncio.create_task(desk.check_in())
    assert await asyncio.to_thread(desk.store.begun.wait, PATIENCE_S), "nothing was written"
    try:
        await check()
        assert not asked.done()
    finally:
        desk.store.go_on.set()
        desk.store.is_held = False
        ready = await asked
    return ready


NO_CARD = (404, b"No card of this number is waiting here.")


def test_a_card_is_drawn_only_after_it_is_on_disk_and_answered(tmp_path: Path) -> None:
    async def part(desk: OpenDesk) -> None:
        await desk.open()

        async def nothing_yet() -> None:
            role = desk.running.role
            assert isinstance(role, Desk)
            assert list(role.secrets.by_number) == [1], "the card is decided"
            assert await desk.get("/cards/1.txt") == NO_CARD
            assert await desk.get("/cards/1.png") == NO_CARD
            assert desk.running.last_action == ""

        ready = await while_held(desk, nothing_yet)
        assert (ready["kind"], ready["number"]) == ("CardReady", 1)
        assert await desk.get("/cards/1.txt") == (200, card_text(ready["card"]).encode())
        status, picture = await desk.get("/cards/1.png")
        assert (status, picture[:8]) == (200, b"\x89PNG\r\n\x1a\n")

    with_desk(tmp_path, part)


def test_after_a_restart_a_card_is_drawn_once_the_voter_is_looked_up_and_checked_in_again(
    tmp_path: Path,
) -> None:
    cards = []

    async def first(desk: OpenDesk) -> None:
        await desk.open()
        cards.append((await desk.check_in())["card"])

    async def restarted(desk: OpenDesk) -> None:
        assert await desk.get("/cards/1.txt") == NO_CARD
        found = await desk.post("/voters/find", {"name": "نام 0"})
        (row,) = found["voters"]
        assert row["voter"] == desk.voter
        assert row["may_check_in"] is True
        assert row["standing"].startswith("Checked in here at ")
        assert row["standing"].endswith(": has a card.")
        assert await desk.get("/cards/1.txt") == NO_CARD, "looking is not checking in"
        ready = await desk.check_in()
        assert (ready["kind"], ready["card"]) == ("CardReady", cards[0])
        assert await desk.get("/cards/1.txt") == (200, card_text(cards[0]).encode())
        taken = await desk.post("/card-taken", {"number": 1})
        assert taken == {"kind": "Done", "words": "Card 1 taken.", "index": -1}
        assert await desk.get("/cards/1.txt") == NO_CARD
        assert (await desk.check_in())["reason"] == "already-checked-in"
        assert await desk.get("/cards/1.txt") == NO_CARD

    with_desk(tmp_path, first, restarted)


STRANGE = (
    "0.txt",
    "2.txt",
    "-1.txt",
    "+1.txt",
    "01.txt",
    "1",
    "1.",
    "1.svg",
    "1.txt.png",
    "%201.txt",
    "1%0a.txt",
    "%C2%B9.txt",
    "%C2%B2.txt",
    "%DB%B1.txt",
    "1e0.txt",
    f"{'9' * 5000}.txt",
    "%00.txt",
    ".txt",
)


def test_a_number_that_is_no_waiting_card_draws_nothing(tmp_path: Path) -> None:
    async def part(desk: OpenDesk) -> None:
        await desk.open()
        assert (await desk.check_in())["number"] == 1
        found = {name[:20]: await desk.get(f"/cards/{name}") for name in STRANGE}
        assert found == {name[:20]: NO_CARD for name in STRANGE}
        assert (await desk.get("/cards/1.txt"))[0] == 200

    with_desk(tmp_path, part)


def test_another_spelling_of_a_voter_gets_no_second_card_from_the_desk_itself(
    tmp_path: Path,
) -> None:
    async def part(desk: OpenDesk) -> None:
        await desk.open()
        assert (await desk.check_in())["kind"] == "CardReady"
        voter = desk.voter
        for other in (voter.upper(), f" {voter}", f"{voter}\n", voter[:-2], voter + "00"):
            body = {"voter": other, "document": "passport", "means": "typed"}
            assert (await desk.post("/check-in", body))["reason"] == "not-on-roll"
        assert (await desk.status()).issued == 1
        assert await desk.get("/cards/2.txt") == NO_CARD

    with_desk(tmp_path, part)


def test_figures_and_logs_show_only_what_is_on_disk(tmp_path: Path) -> None:
    async def part(desk: OpenDesk) -> None:
        await desk.open()
        public = desk.day.station(DESK).key
        entries = f"/state/logs/{DESK}/0/entries"
        before = await desk.index()
        assert (await desk.get(f"{entries}?first=0&end=2"))[0] == 200

        async def as_before() -> None:
            assert desk.running.replica.own.sealed == 5, "the log has grown in memory"
            assert (await desk.status()).log_size == 2
            assert await desk.index() == before
            assert [(log.station, log.epoch, log.size) for log in before.logs] == [(DESK, 0, 2)]
            assert open_checkpoint(before.logs[0].note, public).size == 2
            assert await desk.get(f"{entries}?first=2&end=3") == (
                404,
                b"There is no such stretch of a log here.",
            )

        await while_held(desk, as_before)
        assert (await desk.status()).log_size == 5
        (log,) = (await desk.index()).logs
        assert (log.size, open_checkpoint(log.note, public).size) == (5, 5)
        status, bundle = await desk.get(f"{entries}?first=2&end=5")
        assert (status, bundle) == (200, pack_bundle(desk.store.entries(ORIGIN, 2, 5)))

    with_desk(tmp_path, part)


def test_after_a_restart_figures_show_what_the_disk_holds(tmp_path: Path) -> None:
    async def first(desk: OpenDesk) -> None:
        await desk.open()
        await desk.check_in()

    async def restarted(desk: OpenDesk) -> None:
        assert (await desk.status()).log_size == 5
        (log,) = (await desk.index()).logs
        assert log.size == 5

    with_desk(tmp_path, first, restarted)


# --- what the screen says of others


async def give_log_of_district(desk: OpenDesk, entries: list[bytes], first: int = 0) -> None:
    """The district shows the desk a log of its own under its signature."""
    log = Log(DISTRICT_ORIGIN, "north-1", 0, desk.day.station("north-1").key)
    for entry in entries:
        log.append(entry)
    log.seal(desk.day.signers["north-1"])
    await say(desk, Entries(DISTRICT_ORIGIN, first, pack_bundle(entries[first:]), log.note))


async def say(desk: OpenDesk, *messages: Hello | Heads | Entries) -> None:
    """The district says something; the desk has handled it when this returns."""
    for message in messages:
        await desk.running.runner.put(FrameReceived("north-1", encode_message(message)))
    await desk.running.runner.ask(ProposeAct("nothing"))


async def greet(desk: OpenDesk) -> None:
    """The district links to the desk."""
    await desk.running.runner.put(PeerJoined("north-1"))
    base = desk.day.package.base_hash
    await say(desk, Hello(PROTOCOL, "north-1", base, desk.running.replica.orders.digest), Heads(()))


def guarded_by_district(day: SampleDay) -> SampleDay:
    """The district's station guards the place too, so that its log reaches the desk."""
    places = tuple(replace(p, guards=(DESK, "north-1")) for p in day.package.places)
    package = replace(day.package, places=places)
    return SampleDay(package, day.roll, day.signers, day.opening, day.voters)


def test_a_screen_lists_fifty_alarms_and_says_how_many_more(tmp_path: Path) -> None:
    async def run() -> None:
        async with desk_at(tmp_path, guarded_by_district(own_day())) as desk:
            await greet(desk)
            began = encode_entry(LogBegan(desk.day.package.base_hash, "test"))
            faults = [b"no entry %d" % number for number in range(LINES_MAX + 9)]
            await give_log_of_district(desk, [began, *faults])
            alarms = (await desk.status()).alarms
            assert len(alarms) == LINES_MAX + 1
            for number, words in enumerate(alarms[:LINES_MAX], start=1):
                start = f"Fault of {DISTRICT_ORIGIN} entry {number}: this is no entry: "
                assert words.startswith(start)
            assert alarms[LINES_MAX] == "and 9 more of the same kind"

    asyncio.run(run())


def test_entries_that_came_back_from_others_are_counted_and_said(tmp_path: Path) -> None:
    """The desk's disk was lost; the district still has its log."""
    lost, fresh = tmp_path / "lost", tmp_path / "fresh"
    lost.mkdir()
    fresh.mkdir()

    async def run() -> None:
        day = own_day()
        async with desk_at(lost, day) as desk:
            await desk.open()
            await desk.check_in()
            message = desk.store.stretch(ORIGIN, 0)
            assert message is not None
            assert desk.running.replica.came_back == 0
            assert station_view(desk.running).alarms == ()
        async with desk_at(fresh, day) as desk:
            began = desk.store.entries(ORIGIN, 0, 0)
            assert began == []
            await greet(desk)
            await say(desk, message)
            assert desk.running.replica.came_back == 4
            assert (await desk.status()).log_size == 5
            assert (await desk.status()).alarms == (
                "4 entries of this station came back from others: its disk was older than its "
                "log. Find out why before going on.",
            )

    asyncio.run(run())


@pytest.mark.parametrize("kind", ["desk"])
def test_a_desk_that_lost_nothing_raises_no_alarm(tmp_path: Path, kind: str) -> None:
    async def part(desk: OpenDesk) -> None:
        view = await desk.status()
        assert (view.kind, view.alarms, view.problem) == (kind, (), "")

    with_desk(tmp_path, part)
