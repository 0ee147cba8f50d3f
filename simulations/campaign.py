"""One bad day at random: voters at several desks at once, cables cut, plugs pulled, clocks wrong.

    report = run_day(seed=17, size=Size(places=2, desks=3, voters=30))

Three phases. Trouble: everything may fail, only safety is watched. Mended: all is whole again, the
stations must agree, and every voter who came gets exactly one card. Closed: officers close and seal
every desk, boxes count what they hold. All choices come from the seed; the same seed gives the same
trace in any process.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from simulations.cards_back import CardsBack
from simulations.checkers import GuaranteeError
from simulations.disk import Disk
from simulations.network import Weather
from simulations.sample_day import sample_day
from simulations.world import CRASH_POINTS, Request, World
from sync.checkpoint import origin_of
from sync.desk import Desk
from sync.effects import CheckInVoter
from sync.outcomes import BallotCast, CardReady, Done, Refused, SecondAwaited
from sync.package import Station

ROUNDS_MAX = 12
"""How often a voter asks again once everything is mended; more would be a livelock."""

CHOICES: tuple[dict[str, tuple[str, ...]], ...] = (
    {},
    {"council": ("2",)},
    {"parliament": ("91",)},
    {"parliament": ("12",)},
)

_DELAYS_MS = (5, 60, 500)
_RUDENESS = (0.0, 0.0, 0.05)


@dataclass(frozen=True)
class Size:
    """How large a day is, and how much happens before it is mended."""

    places: int = 2
    desks: int = 3
    voters: int = 24
    actions: int = 80


@dataclass
class Report:
    """What one day came to. `violations` are words; an empty list is a good day."""

    seed: int
    steps: int = 0
    crashes: int = 0
    images_put_back: int = 0
    check_ins: int = 0
    second_attempts: int = 0
    refused: int = 0
    withdrawn: int = 0
    confirmed: int = 0
    cast: int = 0
    voided: int = 0
    violations: list[str] = field(default_factory=list)
    trace: str = ""


class Campaign:
    """One seeded day and what may go wrong in it."""

    def __init__(self, seed: int, size: Size, world_class: type[World] = World) -> None:
        self.dice = random.Random(f"campaign {seed}")
        self.size = size
        self.day = sample_day(
            seed,
            size.places,
            size.desks,
            size.voters,
            guard_at_district=size.desks == 1 or self.dice.random() < 0.2,
            confirmations=2 if size.desks > 1 and seed % 3 == 0 else 1,
        )
        weather = Weather(self.dice.choice(_DELAYS_MS), self.dice.choice(_RUDENESS))
        self.world = world_class(self.day, seed, weather)
        self.requests: list[Request] = []
        self.cards: list[str] = []
        self.cast = 0
        self.back = CardsBack(self.world, self.dice, self.cards)
        self.images_put_back = 0
        self._handed: set[int] = set()
        self._images: dict[str, Disk] = {}
        actions: tuple[tuple[int, Callable[[], None]], ...] = (
            (50, self._voter_comes),
            (14, self._card_is_used),
            (6, self._cable_cut),
            (4, self._cable_cut_one_way),
            (7, self.world.rejoin),
            (7, self._plug_pulled),
            (3, self._old_image_put_back),
            (1, self.world.network.reset),
            (11, self._workers_read_answers),
            (7, self.back.card_comes_back),
            (4, self.back.slip_is_used),
        )
        if self.day.package.rules.confirmations > 1:
            actions += ((25, self.back.seconds_look), (25, self._workers_ask_again))
            actions += ((1, self.back.voter_leaves),)
        self._actions = [action for _, action in actions]
        self._weights = [weight for weight, _ in actions]

    def run(self) -> None:
        """The whole day; raises at the first broken guarantee."""
        self.world.open_polls()
        for _ in range(self.size.actions):
            self.world.advance(self.dice.choice((1, 10, 100, 700)))
            self.dice.choices(self._actions, self._weights)[0]()
        self._mend()
        self._everybody_gets_one_card()
        self._close()

    def report(self, seed: int) -> Report:
        """What happened so far, counted from entries and answers."""
        seen = self.world.checkers
        voters = [r.command.voter for r in self.requests if isinstance(r.command, CheckInVoter)]
        return Report(
            seed,
            self.world.steps,
            self.world.crashes,
            self.images_put_back,
            len(seen.check_ins),
            len(voters) - len(set(voters)),
            sum(isinstance(request.outcome, Refused) for request in self.requests),
            len(seen.withdrawn),
            len(seen.cards),
            self.cast,
            self.back.voided,
            trace=self.world.trace(),
        )

    # --- trouble

    def _voter_comes(self) -> None:
        """A voter asks at one to three desks of their place at the same time."""
        place = self.dice.choice(sorted(self.day.voters))
        # Few enough that the same voter comes back, at another desk, on the other side of a cut.
        voter = self.dice.choice(self.day.voters[place][: 2 + len(self.requests) // 6])
        desks = [s for s in self._desks(place) if self.world.is_up(s.id)]
        if self.dice.random() < 0.03:
            desks = [s for s in self._all("desk") if self.world.is_up(s.id)]
        for desk in self.dice.sample(desks, min(len(desks), self.dice.choice((1, 1, 2, 3)))):
            rights = (self.dice.choice(self._rights(voter)),) if self.dice.random() < 0.15 else ()
            self.requests.append(self.world.desk(desk.id).ask(voter, rights=rights))

    def _workers_ask_again(self) -> None:
        """Workers whose check-ins waited for another desk ask for the card."""
        for number, request in enumerate(list(self.requests)):
            command = request.command
            if isinstance(request.outcome, SecondAwaited) and number not in self._handed:
                assert isinstance(command, CheckInVoter), "only a check-in waits for a second"
                self._handed.add(number)
                if self.world.is_up(request.station):
                    desk = self.world.desk(request.station)
                    self.requests.append(desk.ask(command.voter, rights=command.rights))

    def _workers_read_answers(self) -> None:
        """Cards that came out are taken by their voters; most workers confirm it."""
        for number, request in enumerate(self.requests):
            outcome = request.outcome
            if not isinstance(outcome, CardReady) or number in self._handed:
                continue
            self._handed.add(number)
            self.cards.append(outcome.card)
            if self.dice.random() < 0.7:
                self.world.desk(request.station).card_taken(outcome.number)

    def _card_is_used(self) -> None:
        """A voter, or whoever copied the card, votes with it, at the right box or another."""
        boxes = [s.id for s in self._all("box") if self.world.is_up(s.id)]
        if not self.cards or not boxes:
            return
        card = self.dice.choice(self.cards)
        outcome = self.world.box(self.dice.choice(boxes)).vote(card, self.dice.choice(CHOICES))
        self.cast += isinstance(outcome, BallotCast)

    def _cable_cut(self) -> None:
        near, far = self._halves()
        if self.dice.random() < 0.5:
            self.world.part(near, far)
        else:
            self.world.network.cut(near, far)
            self.world.network.cut(far, near)

    def _cable_cut_one_way(self) -> None:
        self.world.network.cut(*self._halves())

    def _halves(self) -> tuple[set[str], set[str]]:
        names = sorted(self.world.computers)
        near = set(self.dice.sample(names, self.dice.randint(1, len(names) - 1)))
        return near, set(names) - near

    def _plug_pulled(self) -> None:
        """A station dies: now, or at a chosen point of what it does next; it comes back later."""
        name = self.dice.choice(sorted(self.world.computers))
        if not self.world.is_up(name):
            return
        if self.dice.random() < 0.3:
            self.world.crash(name)
        else:
            self.world.crash_when(name, self.dice.choice(CRASH_POINTS))
        clock_ahead_ms = self.dice.choice((0, 0, -3_600_000, 90_000))

        def back() -> None:
            if not self.world.is_up(name):
                self.world.computers[name].clock_ahead_ms = clock_ahead_ms
                self.world.restart(name)

        self.world.after(self.dice.choice((100, 1_000, 6_000)), back)

    def _old_image_put_back(self) -> None:
        """A desk's disk is replaced by a backup; two siblings at least hold what it forgets."""
        for name in [name for name in self._images if self._holders(name) >= 2][:1]:
            image = self._images.pop(name)
            if self.world.is_up(name):
                self.world.crash(name)
            image.secrets = dict(self.world.disk(name).secrets)
            self.world.put_image(name, image)
            self.images_put_back += 1
            self.world.restart(name)
        name = self.dice.choice([desk.id for desk in self._all("desk")])
        self._images.setdefault(name, self.world.disk(name).image())

    def _holders(self, name: str) -> int:
        """Siblings whose disks hold all of a station's log."""
        origin, station = origin_of(self.day.package.day, name, 0), self.day.station(name)
        size = len(self.world.checkers.written_by[origin])
        logs = [
            self.world.disk(other.id).logs.get(origin)
            for other in self._desks(station.at)
            if other.id != name
        ]
        return sum(log is not None and len(log.entries) == size for log in logs)

    # --- mended

    def _mend(self) -> None:
        """Everything is whole again: everybody who runs must come to agree."""
        for name, computer in self.world.computers.items():
            computer.trap = None
            if not self.world.is_up(name):
                self.world.restart(name)
        self.world.network.weather = Weather()
        self.world.rejoin()
        self.world.network.reset()
        self._rest()

    def _rest(self) -> None:
        self.world.run_until_quiet()
        self.world.checkers.at_rest(
            {
                name: None if self.day.station(name).kind == "box" else self.world.check_ins(name)
                for name in self.world.computers
            }
        )

    def _everybody_gets_one_card(self) -> None:
        """Nobody is turned away for good: who came asks until there is a card for each right."""
        came = {r.command.voter for r in self.requests if isinstance(r.command, CheckInVoter)}
        for place, voters in self.day.voters.items():
            desks = self._desks(place)
            for voter in (voter for voter in voters if voter in came):
                rounds = 0
                while owed := self._owed(voter):
                    desk = self.world.desk(desks[rounds % len(desks)].id)
                    # All that is owed, then one right: another may stand unfinished elsewhere.
                    outcome = desk.check_in(voter, rights=owed)
                    if isinstance(outcome, SecondAwaited):
                        self._second_all(desks)
                        outcome = desk.check_in(voter, rights=owed)
                    if isinstance(outcome, Refused) and len(owed) > 1:
                        outcome = desk.check_in(voter, rights=owed[:1])
                    rounds += 1
                    if rounds > ROUNDS_MAX:
                        words = f"G2: voter {voter[:8]} is refused for good: {outcome}"
                        raise GuaranteeError(words)

    def _second_all(self, desks: tuple[Station, ...]) -> None:
        """Every desk of the place confirms all that waits for it."""
        for desk in desks:
            self.world.run_until_quiet()
            role = self.world.replica(desk.id).role
            assert isinstance(role, Desk), "a desk"
            for check_in in role.second.waiting():
                self.world.desk(desk.id).second(check_in.ref)

    def _owed(self, voter: str) -> tuple[str, ...]:
        """The rights of a voter for which no card stands that is not voided."""
        seen = self.world.checkers
        refs = (ref for ref in seen.cards if ref not in seen.watch.voided)
        mine = (seen.check_ins[ref] for ref in refs if seen.check_ins[ref].voter == voter)
        had = {right for entry in mine for right in entry.rights}
        return tuple(right for right in self._rights(voter) if right not in had)

    def _rights(self, voter: str) -> tuple[str, ...]:
        line = self.day.roll.find(voter)
        assert line is not None, "a voter of the sample day"
        return line.rights

    # --- closed

    def _close(self) -> None:
        """Officers close and seal; boxes count as many ballots as cards they have spent."""
        for act in ("close", "final"):
            for desk in self._all("desk"):
                outcome = self.world.officers(desk.at).act(desk.id, act)
                if not isinstance(outcome, Done):
                    raise GuaranteeError(f"G2: {desk.id} cannot '{act}': {outcome}")
        for box in self._all("box"):
            self.world.officers(box.at).act(box.id, "close")
            self._leave_to_those_inside(box)
            steps = (
                self.world.box(box.id).count(),
                self.world.officers(box.at).act(box.id, "return"),
                self.world.officers(box.at).act(box.id, "final"),
            )
            if not all(isinstance(step, Done) for step in steps):
                raise GuaranteeError(f"G1: {box.id} cannot return: {steps}")
        self._rest()

    def _leave_to_those_inside(self, box: Station) -> None:
        for card in self.cards:
            outcome = self.world.box(box.id).vote(card, {})
            self.cast += isinstance(outcome, BallotCast)

    def _desks(self, place: str) -> tuple[Station, ...]:
        return self.day.package.stations_at(place, "desk")

    def _all(self, kind: str) -> list[Station]:
        return [s for s in self.day.package.stations if s.kind == kind]


def run_day(seed: int, size: Size, world_class: type[World] = World) -> Report:
    """One day from one seed; what broke stands in the report."""
    campaign = Campaign(seed, size, world_class)
    violations = []
    try:
        campaign.run()
    except (GuaranteeError, AssertionError) as broken:
        violations.append(f"{type(broken).__name__}: {broken}")
    report = campaign.report(seed)
    report.violations = violations
    return report


def total(reports: list[Report]) -> Counter[str]:
    """The sums of all figures of these days."""
    names = (
        "steps",
        "crashes",
        "images_put_back",
        "check_ins",
        "second_attempts",
        "refused",
        "withdrawn",
    )
    return Counter(
        {
            name: sum(getattr(report, name) for report in reports)
            for name in (*names, "confirmed", "cast", "voided")
        }
    )
