"""Real replicas in a seeded fake world: fake time, disks and links, nothing else is faked.

    world = World(sample_day(desks=2), seed=7)
    world.open_polls()
    world.part({"a-desk-1"}, {"a-desk-2"})
    outcome = world.desk("a-desk-1").check_in(voter)
    world.crash("a-desk-1"), world.restart("a-desk-1"), world.rejoin(), world.run_until_quiet()

Effects are performed in order, as a real node does: durable ones that stand together are one write,
and a crash may fall before that write, right after it, or among the messages that follow. Every
write and every answer is shown to the checkers (`simulations.checkers`), which raise
`GuaranteeError` at the very step that broke a promise. The same seed gives the same `trace`.
"""

import hashlib
import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count, groupby

from nacl.public import PublicKey, SealedBox

from simulations.checkers import Checkers
from simulations.disk import Disk, is_durable
from simulations.network import Network, Weather
from simulations.people import BoxStaff, DeskWorker, Officers
from simulations.sample_day import SampleDay
from simulations.starting import started
from sync.box import Box
from sync.check_ins import CheckIns
from sync.desk import Desk
from sync.district import District
from sync.effects import (
    Answer,
    BallotStored,
    Command,
    CommandGiven,
    CountBallots,
    Disconnect,
    Effect,
    FrameReceived,
    Input,
    PeerJoined,
    PeerLeft,
    Send,
    SendEntries,
    StartAgain,
    StoreBallot,
    TakeOrder,
    Tick,
)
from sync.orders import Order, Orders
from sync.outcomes import Outcome
from sync.replica import Replica

MORNING_MS = int(datetime(2026, 11, 27, 4, 30, tzinfo=UTC).timestamp() * 1000)
TICK_MS = 100
QUIET_MS = 1_000
PATIENCE_MS = 120_000
"""Longer than anything may take; a world that is still busy then has a livelock."""

BEFORE_WRITE, AFTER_WRITE, AMONG_MESSAGES = "before-write", "after-write", "among-messages"
CRASH_POINTS = (BEFORE_WRITE, AFTER_WRITE, AMONG_MESSAGES)


@dataclass
class Request:
    """Somebody waits for an answer of one station; `outcome` stays None if the station died."""

    station: str
    command: Command
    outcome: Outcome | None = None
    is_over: bool = False


@dataclass
class _Trap:
    """Pull the plug at `point` of the first step whose effects `seen` accepts."""

    point: str
    seen: Callable[[Sequence[Effect]], bool]


@dataclass
class Computer:
    """One station: what it is running, and what would survive without power."""

    name: str
    disk: Disk = field(default_factory=Disk)
    replica: Replica | None = None
    clock_ahead_ms: int = 0
    trap: _Trap | None = None
    runs: int = 0


class World:
    """Every station of one day. `replica_class` lets a test run a replica with a planted fault."""

    replica_class = Replica

    def __init__(
        self, day: SampleDay, seed: int = 1, weather: Weather | None = None, watched: bool = True
    ) -> None:
        self.day = day
        self.dice = random.Random(seed)
        self.now_ms = 0
        self.steps = 0
        self.crashes = 0
        self.requests: dict[int, Request] = {}
        self.computers = {s.id: Computer(s.id) for s in day.package.stations}
        self.checkers = Checkers(day.package, day.roll, self._disks(), watched)
        self.network = Network(
            day.package, self.dice, weather or Weather(), self.after, lambda: self.now_ms
        )
        self.network.joined = lambda name, peer: self.give(name, PeerJoined(peer))
        self.network.left = lambda name, peer: self.give(name, PeerLeft(peer))
        self.network.arrived = lambda name, peer, data: self.give(name, FrameReceived(peer, data))
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._number = count()
        self._waiting: list[Request] = []
        self._busy_ms = 0
        self._trace = hashlib.sha256()
        for name in self.computers:
            self.restart(name)

    # --- words for tests

    def desk(self, name: str) -> DeskWorker:
        """The worker at this desk."""
        return DeskWorker(self, name)

    def box(self, name: str) -> BoxStaff:
        """The voters and staff at this box."""
        return BoxStaff(self, name)

    def officers(self, at: str) -> Officers:
        """The two officers of a place."""
        return Officers(self, at)

    def open_polls(self) -> None:
        """Officers open every desk and box."""
        self.run_until_quiet()
        for place in self.day.package.places:
            self.officers(place.id).open_all()
        self.run_until_quiet()

    def part(self, *groups: set[str]) -> None:
        """Nothing passes between these groups from now on, either way, and they know it."""
        for near in groups:
            for far in groups:
                if near is not far:
                    self.network.cut(near, far, given_up_ms=0)
        self.advance(1)

    def rejoin(self) -> None:
        """Every cable is whole again."""
        self.network.heal()

    def crash(self, name: str) -> None:
        """Pull the plug of a station, now."""
        computer = self.computers[name]
        computer.replica, computer.trap = None, None
        self.crashes += 1
        for request in self.requests.values():
            request.is_over |= request.station == name
        self.network.switch_off(name)

    def crash_when(
        self, name: str, point: str, seen: Callable[[Sequence[Effect]], bool] = bool
    ) -> None:
        """Pull the plug at `point` of the next step whose effects `seen` accepts."""
        self.computers[name].trap = _Trap(point, seen)

    def restart(self, name: str, ended_at: bytes = b"") -> None:
        """Start a station from what its disk holds; `ended_at` if its process has gone on."""
        computer = self.computers[name]
        assert computer.replica is None, f"{name} is running"
        replica = started(self.day, name, computer.disk, self.replica_class)
        replica.resume(ended_at)
        computer.replica = replica
        computer.runs += 1
        effects = replica.begin(self._time_at(computer))
        self._perform(computer, effects, "begin")
        self.network.switch_on(name)
        run = computer.runs
        self.after(self.dice.randrange(TICK_MS), lambda: self._tick(computer, run))

    def is_up(self, name: str) -> bool:
        """Is this station running?"""
        return self.computers[name].replica is not None

    def replica(self, name: str) -> Replica:
        """The running replica of a station."""
        replica = self.computers[name].replica
        assert replica is not None, f"{name} is down"
        return replica

    def disk(self, name: str) -> Disk:
        """What a station keeps."""
        return self.computers[name].disk

    def check_ins(self, name: str) -> CheckIns:
        """What a desk or district station makes of its logs."""
        role = self.replica(name).role
        assert isinstance(role, Desk | District), f"{name} folds no check-ins"
        return role.check_ins

    def ask_order(self, name: str, order: Order) -> Request:
        """Somebody gives a station an order by hand and does not wait."""
        return self.ask(name, TakeOrder(order))

    def give_order(self, name: str, order: Order) -> Outcome | None:
        """Somebody gives a station an order by hand."""
        request = self.ask_order(name, order)
        self.run_until_answered(request)
        return request.outcome

    def put_to_work(self, name: str, *orders: Order) -> None:
        """Start a spare that was given these orders by hand; the others hear of them from it."""
        disk = Disk(orders=list(orders))
        package = Orders(self.day.package).take_all(orders).effective()
        self.network.know(package)
        self.checkers.package, self.checkers.disks[name] = package, disk
        self.computers[name] = Computer(name, disk)
        self.restart(name)

    def put_image(self, name: str, image: Disk) -> None:
        """Put another disk into a station that is down."""
        assert not self.is_up(name), f"{name} is running"
        self.computers[name].disk = self.checkers.disks[name] = image

    # --- time

    def after(self, wait_ms: int, action: Callable[[], None]) -> None:
        """Do `action` when `wait_ms` have passed."""
        heapq.heappush(self._agenda, (self.now_ms + wait_ms, next(self._number), action))

    def advance(self, ms: int) -> None:
        """Let so much time pass."""
        end_ms = self.now_ms + ms
        while self._agenda and self._agenda[0][0] <= end_ms:
            self._next()
        self.now_ms = end_ms

    def run_until_quiet(self) -> None:
        """Let time pass until nothing has happened for a while and nobody waits."""
        end_ms = self.now_ms + PATIENCE_MS
        self._busy_ms = self.now_ms
        while self.now_ms - self._busy_ms < QUIET_MS or self._is_awaited():
            assert self.now_ms < end_ms, "the stations never come to rest"
            self._next()

    def run_until_answered(self, *requests: Request) -> None:
        """Let time pass until these are answered or their stations have died."""
        end_ms = self.now_ms + PATIENCE_MS
        while not all(request.is_over for request in requests):
            assert self.now_ms < end_ms, f"never answered: {requests}"
            self._next()

    def trace(self) -> str:
        """One hash over everything that happened; equal for equal seeds."""
        return self._trace.hexdigest()[:16]

    # --- one step

    def give(self, name: str, given: Input) -> None:
        """Let one station handle one input, if it runs."""
        computer = self.computers[name]
        if computer.replica is None:
            return
        self.steps += 1
        effects = computer.replica.handle(given, self._time_at(computer))
        # A count's input holds sealed ballots, whose bytes differ from run to run.
        shown = "count" if _is_count(given) else repr(given)
        if effects or not isinstance(given, Tick):
            self._busy_ms = self.now_ms
            self._trace.update(f"{self.now_ms} {name} {shown}\n".encode())
        self._perform(computer, effects, shown)

    def ask(self, name: str, command: Command) -> Request:
        """Give a station a command; the answer comes when time passes, from a dead one never."""
        number = len(self.requests)
        request = self.requests[number] = Request(name, command, is_over=not self.is_up(name))
        self._waiting.append(request)
        self.give(name, CommandGiven(number, command))
        return request

    def _perform(self, computer: Computer, effects: Sequence[Effect], shown: str) -> None:
        trap, stop = computer.trap, len(effects)
        trapped = trap is not None and trap.seen(effects)
        if trap is not None and trapped:
            stop = self._where_it_stops(effects, trap.point)
            self._trace.update(f"crash {trap.point} {stop}\n".encode())
        done = 0
        for durable, group in groupby(effects, key=is_durable):
            together = list(group)
            if durable and done + len(together) <= stop:
                # One write: wholly done or not at all.
                computer.disk.commit(together)  # type: ignore[arg-type]
                for effect in together:
                    self.checkers.written(computer.name, effect)
            elif not durable:
                for effect in together[: max(0, stop - done)]:
                    self._do(computer, effect)
            done += len(together)
        self._trace.update(f"{effects!r}\n".encode())
        if trapped and computer.replica is not None:
            self.crash(computer.name)

    def _where_it_stops(self, effects: Sequence[Effect], point: str) -> int:
        writes = next((i for i, e in enumerate(effects) if not is_durable(e)), len(effects))
        if point == BEFORE_WRITE:
            return 0
        if point == AFTER_WRITE:
            return writes
        return self.dice.randint(writes, len(effects))

    def _do(self, computer: Computer, effect: Effect) -> None:
        match effect:
            case Send(peer, data):
                self.network.send(computer.name, peer, data)
            case SendEntries(peer, origin, first, end):
                for data in computer.disk.frames(origin, first, end):
                    self.network.send(computer.name, peer, data)
            case Disconnect(peer):
                self.network.disconnect(computer.name, peer)
            case Answer(number, outcome):
                request = self.requests[number]
                request.outcome, request.is_over = outcome, True
                self.checkers.answered(computer.name, request.command, outcome)
            case StartAgain():
                self.after(0, lambda: self._start_again(computer))
            case StoreBallot():
                self._store_ballot(computer, effect)
            case _:
                raise AssertionError(f"nobody performs {effect}")

    def _start_again(self, computer: Computer) -> None:
        """What a node does when orders changed its package: end properly, begin from the disk."""
        if computer.replica is not None:
            ended = computer.replica
            self.crash(computer.name)
            self.crashes -= 1
            self.restart(computer.name, ended.own.note if ended.has_entered else b"")

    def _store_ballot(self, computer: Computer, effect: StoreBallot) -> None:
        key = self.day.station(computer.name).opening_key
        held = computer.disk.ballots
        assert held is not None, "only boxes store ballots"
        if effect.plaintext is None:
            computer.disk.ballots = held.take_back(effect.desk, effect.spent)
        else:
            sealed = SealedBox(PublicKey(key)).encrypt(effect.plaintext)
            computer.disk.ballots = held.add(effect.desk, effect.spent, sealed)
        role = self.replica(computer.name).role
        assert isinstance(role, Box), "only boxes store ballots"
        role.took(computer.disk.ballots)
        run = computer.runs

        def report() -> None:
            if computer.runs == run:
                self.give(computer.name, BallotStored(effect.session, None))

        self.after(0, report)

    def _next(self) -> None:
        self.now_ms, _, action = heapq.heappop(self._agenda)
        action()

    def _tick(self, computer: Computer, run: int) -> None:
        if computer.replica is not None and computer.runs == run:
            self.give(computer.name, Tick())
            self.after(TICK_MS, lambda: self._tick(computer, run))

    def _is_awaited(self) -> bool:
        self._waiting = [request for request in self._waiting if not request.is_over]
        return bool(self._waiting)

    def _time_at(self, computer: Computer) -> int:
        return MORNING_MS + self.now_ms + computer.clock_ahead_ms

    def _disks(self) -> dict[str, Disk]:
        return {name: computer.disk for name, computer in self.computers.items()}


def _is_count(given: Input) -> bool:
    return isinstance(given, CommandGiven) and isinstance(given.command, CountBallots)
