"""What a supervisor should look into while the day runs, computed from the logs and a few figures.

    Alarm("rate", "look", "a-desk-1", "a-desk-1: 92 check-ins in the hour to 13:58, 4 times …")

An alarm decides nothing and names no voter: it says what is so and what to do, and an honest day
raises none. `Watch` goes through every check-in once, so that asking again costs little.

    rate        the last hour of a desk against its own earlier hours
    roll-order  voters who come as they stand on a list
    typed       codes typed where others, or the same desk before, scan documents
    too-fast    more check-ins than a person makes
    clock       a peer's clock is ahead of ours
    one-copy    own entries that no other station holds
    disk, power what a station runs on is coming to its end

Minutes are those that a desk wrote: of a desk that lies about them only `too-fast` by its guards
(`sync.guard`) and `roll-order` can be trusted.
"""

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal, NamedTuple

from msgspec import Struct

from sync.check_ins import CheckIn, CheckIns
from sync.minutes import minute_ms, minute_text
from sync.noted import Noted
from sync.roll import Roll, RollLine

AlarmId = Literal["rate", "roll-order", "typed", "too-fast", "clock", "one-copy", "disk", "power"]
Level = Literal["look", "now"]

MINUTE_MS = 60_000

RATE_TIMES = 3
"""A desk's evening may be twice as busy as its day; three times is a queue, or something else."""

RATE_LEAST = 30
"""One check-in every two minutes: below it three times a quiet day is still a quiet hour."""

RATE_EARLIER_MINUTES = 120
"""What came before must be long enough to be a pace."""

RUN_LEAST = 10
"""Families stand together on a roll and come together; ten in a row come with a list."""

RUN_STEP_MAX = 3
"""Whoever works down a list leaves out those who were there already. At random two voters of a
small place of 100 stand so close 3 times in 100: ten in a row never."""

TYPED_LEAST = 40
"""Check-ins on either side before shares are compared."""

TYPED_SHARE = 0.5
TYPED_USUAL = 0.25
"""More than half typed, where otherwise less than a quarter is. A place without scanners types all
and has nothing to compare with."""

FAST_MINUTES = 5
"""Two voters may be finished in one minute after a jam; five minutes of it are no jam."""

CLOCK_AHEAD_MS = 90_000
"""More than a minute, and what a cosignature's whole seconds and a slow link add."""

ONE_COPY_MS = 60_000
"""A push takes a second; a minute without another copy is a cut cable."""

DISK_BYTES_LEAST = 256 * 1024 * 1024
"""A day is some hundred megabytes; below this it may not end on this disk."""

GROWTH_STEP_MS = 5_000
"""How finely the age of entries without a copy is known."""


class Alarm(Struct, frozen=True):
    """One thing to look into. `about` is a station; `words` say what is so and what to do."""

    id: AlarmId
    level: Level
    about: str
    words: str


class Numbers(NamedTuple):
    """Where a voter stands among those of the same home, from 1, on two lists; None: not known."""

    file: int | None
    keys: int | None


NumbersOf = Callable[[str], Numbers | None]
_LISTS = ("the registry's file", "the list of voter keys")


class Figures(Struct, frozen=True):
    """What no log says, as a station measures it; `free_bytes` is -1 when unknown.

    `clocks_ahead_ms`: by how much a peer's clock was ahead. `outrun`: desks that guards hold back.
    """

    clocks_ahead_ms: dict[str, int] = {}
    outrun: tuple[str, ...] = ()
    one_copy: int = 0
    one_copy_ms: int = 0
    free_bytes: int = -1


class CopyAge:
    """How long the oldest own entry has been without a second copy."""

    def __init__(self) -> None:
        self._grown: deque[tuple[int, int]] = deque()
        self._size = 0

    def look(self, size: int, copied: int, steady_ms: int) -> int:
        """The age in ms, 0 if all is copied; `size` of the own log, of which `copied` elsewhere."""
        while self._grown and self._grown[0][0] <= copied:
            self._grown.popleft()
        last_ms = self._grown[-1][1] if self._grown else steady_ms - GROWTH_STEP_MS
        if size > self._size and size > copied and steady_ms - last_ms >= GROWTH_STEP_MS:
            self._grown.append((size, steady_ms))
            self._size = size
        return steady_ms - self._grown[0][1] if self._grown else 0


def key_numbers(lines: Iterable[RollLine], roll: Roll) -> NumbersOf:
    """Numbers for a roll without names, as a district has it: in order of voter keys alone.

    `lines` are all of `roll`, sorted.
    """
    by_home: dict[str, list[str]] = {}
    for line in lines:
        if line.may_vote:
            by_home.setdefault(line.home, []).append(line.voter)

    def numbers(voter: str) -> Numbers | None:
        line = roll.find(voter)
        if line is None or line.home not in by_home:
            return None
        keys = by_home[line.home]
        at = bisect_left(keys, voter)
        return Numbers(None, at + 1) if keys[at : at + 1] == [voter] else None

    return numbers


def station_alarms(station: str, figures: Figures, *noted: Noted) -> tuple[Alarm, ...]:
    """Everything to look into besides check-ins, as `station` measures it and logs note it."""
    return (
        *_outrun(figures),
        *_clocks(figures),
        *_one_copy(station, figures),
        *_disk(station, figures),
        *_power(noted),
    )


def words_of(*alarms: Alarm) -> tuple[str, ...]:
    """The words of alarms, what cannot wait first."""
    return tuple(a.words for a in sorted(alarms, key=lambda alarm: alarm.level != "now"))


@dataclass
class _Run:
    """How far a desk's check-ins follow one list."""

    at: int = 0
    length: int = 0
    longest: int = 0
    minute: str = ""

    def take(self, number: int | None, minute: str) -> None:
        """The next voter's number on the list."""
        follows = number is not None and self.at and 0 < number - self.at <= RUN_STEP_MAX
        self.length = self.length + 1 if follows else int(number is not None)
        self.at = number or 0
        if self.length > self.longest:
            self.longest, self.minute = self.length, minute


@dataclass
class _DeskSeen:
    """What is kept of one desk: counts a minute, and its runs."""

    checked_in: Counter[int] = field(default_factory=Counter)
    typed: Counter[int] = field(default_factory=Counter)
    runs: tuple[_Run, _Run] = field(default_factory=lambda: (_Run(), _Run()))

    def take(self, check_in: CheckIn, minute: int, numbers: Numbers | None) -> None:
        """One more check-in, in the order of the desk's log."""
        self.checked_in[minute] += 1
        self.typed[minute] += check_in.entry.means == "typed"
        for run, number in zip(self.runs, numbers or (None, None), strict=True):
            run.take(number, check_in.entry.minute)


class Watch:
    """Keeps what alarms need of every desk whose check-ins are folded."""

    def __init__(self, check_ins: CheckIns, numbers_of: NumbersOf) -> None:
        self.check_ins = check_ins
        self._numbers_of = numbers_of
        self._taken = 0
        self._minutes: dict[str, int] = {}
        self._desks: dict[str, _DeskSeen] = {}
        self._found: dict[str, list[Alarm]] = {}

    def alarms(self) -> tuple[Alarm, ...]:
        """Everything to look into at desks, by desk."""
        self._take_news()
        found = [alarm for desk in sorted(self._desks) for alarm in self._of_desk(desk)]
        return (*found, *self._typed())

    def _take_news(self) -> None:
        for check_in in islice(self.check_ins.all(), self._taken, None):
            self._taken += 1
            seen, text = self._desks.setdefault(check_in.desk, _DeskSeen()), check_in.entry.minute
            minute = self._minutes.get(text)
            if minute is None:
                minute = self._minutes[text] = minute_ms(text) // MINUTE_MS
            seen.take(check_in, minute, self._numbers_of(check_in.entry.voter))
            self._found.pop(check_in.desk, None)

    def _of_desk(self, desk: str) -> list[Alarm]:
        """Rate, runs and pace of one desk; computed again only when it has checked in."""
        if desk not in self._found:
            seen = self._desks[desk]
            per_minute = self.check_ins.package.rules.check_ins_per_minute
            self._found[desk] = [
                *_rate(desk, seen.checked_in),
                *_runs(desk, seen.runs),
                *_bursts(desk, seen.checked_in, per_minute),
            ]
        return self._found[desk]

    def _typed(self) -> Iterator[Alarm]:
        """Desks that type where others scan, or where they scanned themselves before."""
        all_checked_in = sum(seen.checked_in.total() for seen in self._desks.values())
        all_typed = sum(seen.typed.total() for seen in self._desks.values())
        for desk, seen in sorted(self._desks.items()):
            own, own_typed = seen.checked_in.total(), seen.typed.total()
            hour, hour_typed = (_last_hour(each) for each in (seen.checked_in, seen.typed))
            whole = (own_typed, own), (all_typed - own_typed, all_checked_in - own)
            if _is_typed_more(*whole):
                yield _typed(desk, "today", *whole, "at other desks")
            elif _is_typed_more((hour_typed, hour), (own_typed - hour_typed, own - hour)):
                rest = (own_typed - hour_typed, own - hour)
                yield _typed(desk, "in its last hour", (hour_typed, hour), rest, "before")


_Share = tuple[int, int]
"""Typed, of how many."""


def _is_typed_more(here: _Share, usual: _Share) -> bool:
    enough = min(here[1], usual[1]) >= TYPED_LEAST
    return enough and here[0] >= here[1] * TYPED_SHARE and usual[0] <= usual[1] * TYPED_USUAL


def _typed(desk: str, when: str, here: _Share, usual: _Share, whose: str) -> Alarm:
    percent, usual_percent = (100 * typed // of for typed, of in (here, usual))
    words = (
        f"{desk}: {percent}% of {here[1]} codes typed {when}, {usual_percent}% {whose}. Try its "
        "scanner; if it works, ask why documents are not scanned."
    )
    return Alarm("typed", "look", desk, words)


def _last_hour(by_minute: Counter[int]) -> int:
    """Of the hour up to the desk's newest check-in."""
    newest = max(by_minute, default=0)
    return sum(by_minute[minute] for minute in range(newest - 59, newest + 1))


def _rate(desk: str, by_minute: Counter[int]) -> Iterator[Alarm]:
    newest, first = max(by_minute), min(by_minute)
    last, minutes = _last_hour(by_minute), newest - 60 - first + 1
    if last < RATE_LEAST or minutes < RATE_EARLIER_MINUTES:
        return
    an_hour = (by_minute.total() - last) * 60 / minutes
    if last >= RATE_TIMES * an_hour:
        yield Alarm(
            "rate",
            "look",
            desk,
            f"{desk}: {last} check-ins in the hour to {minute_text(newest * MINUTE_MS)}, "
            f"{an_hour:.0f} an hour before. Is there a queue? If not, find out who is checked in.",
        )


def _runs(desk: str, runs: tuple[_Run, _Run]) -> Iterator[Alarm]:
    for run, where in zip(runs, _LISTS, strict=True):
        if run.longest >= RUN_LEAST:
            yield Alarm(
                "roll-order",
                "now",
                desk,
                f"{desk}: {run.longest} check-ins one after the other in the order of {where}, to "
                f"{run.minute}. Voters do not come so. Go there and look who is checked in.",
            )


def _bursts(desk: str, by_minute: Counter[int], per_minute: int) -> Iterator[Alarm]:
    most, at = 0, 0
    for minute in by_minute:
        count = sum(by_minute[minute + more] for more in range(FAST_MINUTES))
        if (count, -minute) > (most, -at):
            most, at = count, minute
    if most > FAST_MINUTES * per_minute:
        yield Alarm(
            "too-fast",
            "now",
            desk,
            f"{desk}: {most} check-ins in {FAST_MINUTES} minutes from "
            f"{minute_text(at * MINUTE_MS)}, where a person makes {FAST_MINUTES * per_minute} at "
            "most. Look who works there.",
        )


def _outrun(figures: Figures) -> Iterator[Alarm]:
    for desk in figures.outrun:
        yield Alarm(
            "too-fast",
            "now",
            desk,
            f"{desk} checks in faster than a person can. What is too fast waits and gets no card "
            "yet. Look who works there.",
        )


def _clocks(figures: Figures) -> Iterator[Alarm]:
    for peer, ahead_ms in sorted(figures.clocks_ahead_ms.items()):
        if ahead_ms > CLOCK_AHEAD_MS:
            yield Alarm(
                "clock",
                "look",
                peer,
                f"The clock of {peer} is {ahead_ms // MINUTE_MS} min ahead of this computer's. "
                "Compare both with a watch; nothing is decided by clocks.",
            )


def _one_copy(station: str, figures: Figures) -> Iterator[Alarm]:
    if figures.one_copy and figures.one_copy_ms > ONE_COPY_MS:
        yield Alarm(
            "one-copy",
            "look",
            station,
            f"{figures.one_copy} entries are on this computer alone, for "
            f"{figures.one_copy_ms // MINUTE_MS} min. Look at the network cable; keep stubs of "
            "cards, and do not switch this computer off.",
        )


def _disk(station: str, figures: Figures) -> Iterator[Alarm]:
    if 0 <= figures.free_bytes < DISK_BYTES_LEAST:
        yield Alarm(
            "disk",
            "now",
            station,
            f"{figures.free_bytes // 1_000_000} MB free on the disk of {station}: it stops when "
            "none is left. Remove what does not belong to pollmesh.",
        )


def _power(noted: Iterable[Noted]) -> Iterator[Alarm]:
    last = {key: noticed for fold in noted for key, noticed in fold.last.items()}
    for (station, family), noticed in sorted(last.items()):
        if family == "power" and noticed == "power-low":
            words = "runs on the last of its battery. Bring mains power or another battery now."
            yield Alarm("power", "now", station, f"{station} {words}")
        elif family == "power" and noticed == "power-lost":
            words = "runs on its battery. Look for the mains before the battery is low."
            yield Alarm("power", "look", station, f"{station} {words}")
