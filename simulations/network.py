"""Fake links between stations, with everything that happens to real ones.

A link carries frames in order, like TLS over TCP: where a cable is cut they wait, and either the
cut heals or the link is given up after `GIVEN_UP_MS` and what was under way is lost. A cut may be
one-way. `weather.rudeness` goes beyond TCP: frames of a link are lost, doubled and reordered.
Which stations link at all is the package's answer (`sync.interest.should_link`).
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations

from sync.interest import should_link
from sync.package import Package

CONNECT_MS = 50
RETRY_MS = 400
GIVEN_UP_MS = 1_500

After = Callable[[int, Callable[[], None]], None]


@dataclass(frozen=True)
class Weather:
    """What links do to frames. Probabilities are per frame."""

    delay_ms_max: int = 20
    rudeness: float = 0.0


@dataclass(eq=False)
class Link:
    """One standing connection; frames that cannot pass wait in `waiting`, by sender."""

    ends: tuple[str, str]
    waiting: dict[str, list[bytes]] = field(default_factory=dict)
    clear_ms: dict[str, int] = field(default_factory=dict)
    is_up: bool = True

    def other(self, name: str) -> str:
        """The far end."""
        return self.ends[1] if name == self.ends[0] else self.ends[0]


class Network:
    """All links. `joined`, `left` and `arrived` are the world's ears; `after` is its time."""

    def __init__(
        self,
        package: Package,
        dice: random.Random,
        weather: Weather,
        after: After,
        now: Callable[[], int],
    ) -> None:
        self.weather = weather
        self.frames = 0
        self.joined: Callable[[str, str], None] = lambda name, peer: None
        self.left: Callable[[str, str], None] = lambda name, peer: None
        self.arrived: Callable[[str, str, bytes], None] = lambda name, peer, data: None
        self._dice = dice
        self._after = after
        self._now = now
        self._up: set[str] = set()
        self._links: dict[tuple[str, str], Link] = {}
        self._cut: set[tuple[str, str]] = set()
        self._pairs: list[tuple[str, str]] = []
        self.know(package)

    # --- what the world does to it

    def know(self, package: Package) -> None:
        """Who may link with whom; called again when an order puts a spare to work."""
        self._pairs = [
            _pair(one.id, other.id)
            for one, other in combinations(package.stations, 2)
            if should_link(package, one, other)
        ]

    def switch_on(self, name: str) -> None:
        """A station's computer runs: it looks for its peers."""
        self._up.add(name)
        for pair in self._pairs:
            if name in pair:
                self._connect_later(pair, CONNECT_MS)

    def switch_off(self, name: str) -> None:
        """A station's computer died: its peers lose the link, some time later."""
        self._up.discard(name)
        for link in list(self._links.values()):
            if name in link.ends:
                self._end(link)

    def cut(
        self, senders: Iterable[str], receivers: Iterable[str], given_up_ms: int = GIVEN_UP_MS
    ) -> None:
        """From now on nothing passes from `senders` to `receivers`."""
        near, far = set(senders), set(receivers)
        self._cut |= {(one, other) for one in near for other in far if one != other}
        for link in list(self._links.values()):
            if any(self._is_cut(link, end) for end in link.ends):
                self._after(given_up_ms, partial(self._give_up, link))

    def heal(self) -> None:
        """Every cable is whole again; what waited passes."""
        self._cut.clear()
        for link in list(self._links.values()):
            for sender in link.ends:
                for data in link.waiting.pop(sender, []):
                    self._carry(link, sender, data)
        for pair in self._pairs:
            self._connect_later(pair, CONNECT_MS)

    def reset(self) -> None:
        """Every link breaks and is made anew."""
        for link in list(self._links.values()):
            self._end(link)

    # --- what stations do

    def send(self, name: str, peer: str, data: bytes) -> None:
        """`name` sends one frame to `peer`, if they are linked."""
        link = self._links.get(_pair(name, peer))
        if link is None:
            return
        self.frames += 1
        rude = self.weather.rudeness and self._dice.random() < self.weather.rudeness
        if rude and self._dice.random() < 0.5:
            return
        if self._is_cut(link, name):
            link.waiting.setdefault(name, []).append(data)
            return
        self._carry(link, name, data)
        if rude:
            self._carry(link, name, data, late_ms=self._dice.randrange(500))

    def disconnect(self, name: str, peer: str) -> None:
        """`name` ends its link to `peer`."""
        if link := self._links.get(_pair(name, peer)):
            self._end(link)

    # --- inside

    def _is_cut(self, link: Link, sender: str) -> bool:
        return (sender, link.other(sender)) in self._cut

    def _carry(self, link: Link, sender: str, data: bytes, late_ms: int = 0) -> None:
        due_ms = self._now() + 1 + self._dice.randrange(self.weather.delay_ms_max) + late_ms
        if not late_ms:
            due_ms = link.clear_ms[sender] = max(due_ms, link.clear_ms.get(sender, 0))
        receiver = link.other(sender)

        def arrive() -> None:
            if link.is_up and self._is_cut(link, sender):
                link.waiting.setdefault(sender, []).append(data)
            elif link.is_up:
                self.arrived(receiver, sender, data)

        self._after(due_ms - self._now(), arrive)

    def _connect_later(self, pair: tuple[str, str], after_ms: int) -> None:
        self._after(after_ms + self._dice.randrange(50), lambda: self._connect(pair))

    def _connect(self, pair: tuple[str, str]) -> None:
        if pair in self._links or not self._up.issuperset(pair):
            return
        if pair in self._cut or pair[::-1] in self._cut:
            return  # `heal` tries again
        self._links[pair] = Link(pair)
        for name, peer in (pair, pair[::-1]):
            self.joined(name, peer)

    def _give_up(self, link: Link) -> None:
        if link.is_up and any(self._is_cut(link, end) for end in link.ends):
            self._end(link)

    def _end(self, link: Link) -> None:
        link.is_up = False
        self._links.pop(_pair(*link.ends), None)
        for name in link.ends:
            if name in self._up:
                self.left(name, link.other(name))
        self._connect_later(_pair(*link.ends), RETRY_MS)


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)
