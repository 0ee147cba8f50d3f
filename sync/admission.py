"""Who is admitted at this desk, for which rights; and in which words somebody is not.

    on the roll, of this place, of age, alive     else: why, and what to do; the worker may write it
                                                  down with `TurnAway`, which names nobody
    some rights stand with another check-in       else the others are owed: check in for those alone

An expected "no" is decided before anything is written, so that a code that was typed wrong leaves
no entry. That somebody is turned away is the worker's decision, never the look-up's.
"""

from typing import NamedTuple

from sync.card_entries import NotAdmitted, VoterNotAdmitted
from sync.check_in import CheckIn
from sync.check_ins import CheckIns
from sync.effects import CheckInVoter, TurnAway
from sync.entry_base import DOCUMENTS
from sync.guards import home_of
from sync.minutes import minute_text
from sync.outcomes import Refused
from sync.package import Package, Station
from sync.roll import BARRED_WORDS, RollLine, Standing

TURNED_AWAY: dict[NotAdmitted, str] = {
    "not-on-roll": "Not on the roll. A provisional ballot is not given on this day.",
    "too-young": "Too young to vote on this day.",
    "deceased": "The roll says that this person has died. Tell an officer.",
    "other-place": "Votes at another place. Tell the voter which one.",
    "nothing-owed": "Every right of this voter is used already. Say where and when.",
    "bad-code": "The number is no national code. The voter may come back with the document.",
    "defective-document": "The document cannot be accepted. The voter may come with another one.",
}
"""What a worker reads once it is written down: what is so, and what to tell."""


BARRED_TO_DO: dict[Standing, str] = {
    "": "Turn away, and say so.",
    "too-young": "Turn away as too young.",
    "deceased": "Admit nobody under this code; turn away, and tell an officer.",
}
"""What a worker does about somebody on the roll who may not vote."""


class Owed(NamedTuple):
    """A voter's rights: those that stand with a live check-in, and those still owed."""

    used: tuple[str, ...]
    owed: tuple[str, ...]


def owed_to(check_ins: CheckIns, line: RollLine) -> Owed:
    """Which rights of this line are used and which are owed, in the roll's order."""
    live = {r for c in check_ins.live(line.voter, line.rights) for r in c.entry.rights}
    return Owed(
        tuple(right for right in line.rights if right in live),
        tuple(right for right in line.rights if right not in live),
    )


def state_words(check_in: CheckIn) -> str:
    """How a check-in at another desk stands."""
    return "has a card" if check_in.card else "waits for confirmation there"


class Admission:
    """The rules of one desk."""

    def __init__(
        self, package: Package, station: Station, check_ins: CheckIns, origin: str
    ) -> None:
        self._package = package
        self._station = station
        self._check_ins = check_ins
        self._origin = origin
        self._boxes = [s.id for s in package.stations_at(station.at, "box")]

    def refusal(self, line: RollLine | None, command: CheckInVoter, inside: bool) -> Refused | None:
        """Why this voter is not admitted now; who was `inside` at the closing is still served."""
        if not self._check_ins.is_open(self._origin) and not inside:
            return self._not_open()
        if line is None:
            return Refused("not-on-roll", "This national code is not on the roll. Check it again.")
        if barred := self.barred(line):
            return barred
        if command.document not in DOCUMENTS or command.means not in ("typed", "scanned"):
            return Refused("no-document", "Choose one of the five documents the voter may show.")
        if self._package.rules.fingerprint == "off" and command.finger != "not-asked":
            return Refused("no-finger", "This day asks for no fingerprints. Check in without.")
        if command.box not in self._boxes:
            return Refused("no-box", f"There is no box {command.box[:40]} here.")
        if foreign := [right for right in command.rights if right not in line.rights]:
            words = f"The roll gives this voter {_listed(line.rights)}, not {_listed(foreign)}."
            return Refused("no-right", words)
        return None

    def barred(self, line: RollLine) -> Refused | None:
        """Why somebody on the roll cannot vote here, whatever they show; None if they can."""
        if not line.may_vote:
            so = BARRED_WORDS[line.standing]
            return Refused(line.standing or "nothing-owed", f"{so} {BARRED_TO_DO[line.standing]}")
        home = home_of(self._package, line)
        if home != self._station.at:
            place = self._package.places_by_id.get(home)
            name = place.latin if place else home
            return Refused("other-place", f"This voter's polling place is {name}. Send them there.")
        return None

    def wanted(self, line: RollLine, command: CheckInVoter) -> tuple[str, ...]:
        """The rights that are asked for, in the roll's order."""
        return tuple(r for r in line.rights if not command.rights or r in command.rights)

    def not_owed(self, line: RollLine, others: list[CheckIn]) -> Refused:
        """Some right asked for stands with `others` already: say which, where, and what is owed."""
        other = next((c for c in others if c.card), others[0])
        state, owed = state_words(other), owed_to(self._check_ins, line)
        where = "here" if other.ref.origin == self._origin else f"at {other.desk}"
        if not owed.owed:
            words = f"Already checked in {where} at {other.entry.minute}: the voter {state}."
            return Refused("already-checked-in", words)
        words = (
            f"Already checked in {where} at {other.entry.minute} for "
            f"{_listed(other.entry.rights)}: the voter {state}. Used: {_listed(owed.used)}. "
            f"Still owed: {_listed(owed.owed)}. Check in for that alone."
        )
        return Refused("partly-used", words)

    def turned_away(self, command: TurnAway, now_ms: int) -> VoterNotAdmitted | Refused:
        """The entry for somebody who is turned away."""
        if not self._check_ins.is_open(self._origin):
            return self._not_open()
        if command.because not in TURNED_AWAY:
            return Refused("no-reason", f"Choose one of: {', '.join(TURNED_AWAY)}.")
        if command.document not in DOCUMENTS or command.means not in ("typed", "scanned"):
            return Refused("no-document", "Choose one of the five documents that was shown.")
        minute = minute_text(now_ms)
        return VoterNotAdmitted(command.because, command.document, command.means, minute)

    def _not_open(self) -> Refused:
        if self._check_ins.is_closed(self._origin):
            return Refused("polls-closed", "Polls are closed here. Nobody more is admitted.")
        return Refused("polls-not-open", "Polls are not open here. Two officers open them.")


def _listed(rights: list[str] | tuple[str, ...]) -> str:
    return ", ".join(rights)
