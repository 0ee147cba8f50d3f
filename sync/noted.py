"""What a station's own peripherals showed that others should know: lid, seal, power, paper, clock.

    {"kind":"PeripheralNoted","noticed":"lid-opened","minute":"2026-11-27T08:12Z"}

Each belongs to a family with one normal state, which is not written at start; the same again is not
written twice. What a person did or who it was never stands here. A broken seal stays broken.
"""

from dataclasses import dataclass, field

from sync.effects import NoteSelfTest
from sync.entries import PeripheralNoted
from sync.entry_base import Noticed
from sync.limits import NOTES_PER_HOUR_MAX, SELF_TESTS_PER_HOUR_MAX
from sync.minutes import minute_text
from sync.outcomes import Done, Outcome, Refused
from sync.role import Pen
from sync.self_test import SelfTested, self_test_words

HOUR_MS = 3_600_000

FAMILIES: dict[str, tuple[Noticed, ...]] = {
    "lid": ("lid-closed", "lid-opened", "lid-silent"),
    "seal": ("seal-whole", "seal-broken"),
    "power": ("power-back", "power-lost", "power-low", "power-unknown"),
    "printer": ("printer-ready", "printer-out-at-close"),
    "clock": ("clock-right", "clock-off"),
}
"""Family -> what is noticed of it, the normal state first."""

FAMILY_OF: dict[Noticed, str] = {one: family for family, all_ in FAMILIES.items() for one in all_}

WORDS: dict[Noticed, str] = {
    "lid-opened": "the lid was opened",
    "lid-silent": "the lid's sensor fell silent",
    "seal-broken": "the seal was broken",
    "power-lost": "mains power was lost",
    "power-low": "the battery ran low",
    "power-unknown": "the power source fell silent",
    "printer-out-at-close": "the printer was out of use at closing",
    "clock-off": "the computer's clock was off by more than a minute",
}
"""What is shown to a supervisor; normal states are not."""


@dataclass
class Noted:
    """The fold over one or more logs: what was noticed, how often, when last."""

    last: dict[tuple[str, str], Noticed] = field(default_factory=dict)
    counts: dict[tuple[str, Noticed], tuple[int, str]] = field(default_factory=dict)
    self_tests: dict[str, SelfTested] = field(default_factory=dict)
    """By station, the last."""

    def fold(self, station: str, entry: PeripheralNoted | SelfTested) -> None:
        """Take in one entry, in log order."""
        if isinstance(entry, SelfTested):
            self.self_tests[station] = entry
            return
        self.last[station, FAMILY_OF[entry.noticed]] = entry.noticed
        times, _ = self.counts.get((station, entry.noticed), (0, ""))
        self.counts[station, entry.noticed] = times + 1, entry.minute

    def lines(self, station: str) -> list[str]:
        """What a supervisor should read of this station, in the order of the table above."""
        found = []
        for noticed, words in WORDS.items():
            times, minute = self.counts.get((station, noticed), (0, ""))
            if times:
                often = f" {times} times, last" if times > 1 else ""
                found.append(f"{station}: {words}{often} at {minute}")
        tested = self.self_tests.get(station)
        if tested is not None and tested.failed:
            found.append(f"{station}: the self-test {self_test_words(tested)}")
        return found

    def self_test(self, station: str) -> str:
        """How the station's last self-test ended; empty if it made none."""
        return self_test_words(self.self_tests.get(station))


class Notebook:
    """Writes what the own peripherals showed; bounded, so that a loose contact fills no log.

    Each family has a bound of its own, so that none hides another; a broken seal has none. What a
    family's bound kept out is not lost: how it stands is written as soon as there is room.
    """

    def __init__(self, station: str, noted: Noted) -> None:
        self._station = station
        self._noted = noted
        self._written: dict[str, list[int]] = {}
        self._owed: dict[str, Noticed] = {}
        self._tested_ms: list[int] = []

    def write(self, noticed: Noticed, pen: Pen, now_ms: int) -> Outcome:
        """Append it, if it is news."""
        family = FAMILY_OF[noticed]
        last = self._noted.last.get((self._station, family), FAMILIES[family][0])
        self._owed.pop(family, None)
        if last == noticed:
            return Done("Noted already.")
        if last == "seal-broken":
            return Done("The seal was broken; that stays noted.")
        if not self._has_room(family, pen) and noticed != "seal-broken":
            self._owed[family] = noticed
            words = "Too much happens to be noted one by one. Look at the peripherals' cables."
            return Refused("too-many-notes", words)
        self._written[family].append(pen.steady_ms)
        ref = pen.append(PeripheralNoted(noticed, minute_text(now_ms)))
        return Done("Noted.", ref.index)

    def write_self_test(self, test: NoteSelfTest, is_final: bool, pen: Pen, now_ms: int) -> Outcome:
        """Append the result of a self-test; of many in an hour the first few."""
        if is_final:
            return Refused("not-now", "The log is sealed; this self-test is only shown.")
        times = [ms for ms in self._tested_ms if pen.steady_ms - ms < HOUR_MS]
        if len(times) >= SELF_TESTS_PER_HOUR_MAX:
            words = f"Written {len(times)} times in this hour already; this one is only shown."
            return Refused("too-many-notes", words)
        self._tested_ms = [*times, pen.steady_ms]
        ref = pen.append(SelfTested(minute_text(now_ms), test.passed, test.failed))
        return Done(f"Written as entry {ref.index}.", ref.index)

    def catch_up(self, pen: Pen, now_ms: int) -> None:
        """Write how a family stands that had no room for it; called after every input."""
        for family, noticed in list(self._owed.items()):
            if self._has_room(family, pen):
                self.write(noticed, pen, now_ms)

    def _has_room(self, family: str, pen: Pen) -> bool:
        times = [ms for ms in self._written.get(family, ()) if pen.steady_ms - ms < HOUR_MS]
        self._written[family] = times
        return len(times) < NOTES_PER_HOUR_MAX
