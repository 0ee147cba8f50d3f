"""The people of the fake world, as words for tests: a desk's worker, a box's voters, officers.

    world.desk("a-desk-1").check_in(voter)          asks, waits, returns the outcome
    world.box("a-box-1").vote(card, {"council": ("2",)})
    world.officers("a").act("a-desk-1", "close")

An outcome is None when the station died before it answered.
"""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sync.card_entries import NotAdmitted
from sync.effects import (
    BeginVoting,
    CastBallot,
    CheckInVoter,
    ConfirmCardTaken,
    CountBallots,
    GiveUpCheckIn,
    LeaveVoting,
    ProposeAct,
    ProposeVoid,
    SecondCheckIn,
    SubmitAct,
    TakeBackCard,
    TurnAway,
)
from sync.encoding import decode
from sync.entries import Act, Entry
from sync.entry_base import Document
from sync.officers import approve
from sync.outcomes import ActProposed, BallotOffered, Outcome, Refused
from sync.package import AUTHORITY_KINDS
from sync.position import Ref

if TYPE_CHECKING:
    from simulations.world import Request, World


class DeskWorker:
    """Who sits at a desk."""

    def __init__(self, world: "World", name: str) -> None:
        self.world = world
        self.name = name
        self.at = world.checkers.package.stations_by_id[name].at

    def ask(self, voter: str, box: str = "", rights: tuple[str, ...] = ()) -> "Request":
        """Ask for a check-in and do not wait."""
        number = len(self.world.requests)
        secret = hashlib.sha256(f"{self.name} secret {number}".encode()).digest()[:16]
        box = box or f"{self.at}-box-1"
        command = CheckInVoter(voter, "national-card", "typed", box, secret, rights=rights)
        return self.world.ask(self.name, command)

    def check_in(self, voter: str, box: str = "", rights: tuple[str, ...] = ()) -> Outcome | None:
        """Check a voter in; the answer the worker sees."""
        return self._answer(self.ask(voter, box, rights))

    def second(self, ref: Ref, is_right: bool = True) -> Outcome | None:
        """Say yes or no to the check-in of another desk."""
        command = SecondCheckIn(ref.origin, ref.index, is_right)
        return self._answer(self.world.ask(self.name, command))

    def give_up(self, voter: str) -> Outcome | None:
        """The voter left before a card."""
        return self._answer(self.world.ask(self.name, GiveUpCheckIn(voter)))

    def turn_away(self, because: NotAdmitted, document: Document = "passport") -> Outcome | None:
        """Somebody is turned away."""
        return self._answer(self.world.ask(self.name, TurnAway(because, document, "typed")))

    def card_taken(self, number: int) -> Outcome | None:
        """The voter has taken the card."""
        return self._answer(self.world.ask(self.name, ConfirmCardTaken(number)))

    def _answer(self, request: "Request") -> Outcome | None:
        """Wait for an answer."""
        self.world.run_until_answered(request)
        return request.outcome


class BoxStaff:
    """Who stands at a box: voters, and the officers who count."""

    def __init__(self, world: "World", name: str) -> None:
        self.world = world
        self.name = name

    def show(self, card: str) -> Outcome | None:
        """Show a card to the box; a session begins or not."""
        session = f"session-{len(self.world.requests)}"
        return self._answer(self.world.ask(self.name, BeginVoting(card, session)))

    def cast(self, session: str, choices: Mapping[str, tuple[str, ...]]) -> Outcome | None:
        """The voter confirms twice."""
        return self._answer(self.world.ask(self.name, CastBallot(session, tuple(choices.items()))))

    def leave(self, session: str) -> Outcome | None:
        """The voter walks away without casting."""
        return self._answer(self.world.ask(self.name, LeaveVoting(session)))

    def vote(self, card: str, choices: Mapping[str, tuple[str, ...]]) -> Outcome | None:
        """Show the card and cast; contests of the card that `choices` leaves out are blank."""
        offered = self.show(card)
        if not isinstance(offered, BallotOffered):
            return offered
        keyed = {row.contest: choices.get(row.contest, ()) for row in offered.contests}
        return self.cast(offered.session, keyed)

    def take_back(self, card: str) -> Outcome | None:
        """Staff bring a card that nobody voted with."""
        return self._answer(self.world.ask(self.name, TakeBackCard(card)))

    def count(self) -> Outcome | None:
        """Both officers' shares are in: open and count."""
        ballots = self.world.disk(self.name).ballots
        assert ballots is not None, f"{self.name} is no box"
        command = CountBallots(self.world.day.opening[self.name], tuple(sorted(ballots.ballots)))
        return self._answer(self.world.ask(self.name, command))

    def _answer(self, request: "Request") -> Outcome | None:
        self.world.run_until_answered(request)
        return request.outcome


class Officers:
    """The officers of one place, one of each authority."""

    def __init__(self, world: "World", at: str) -> None:
        self.world = world
        self.at = at
        self.both = tuple(f"{at}-{kind}" for kind in AUTHORITY_KINDS)

    def propose(self, station: str, act: str) -> Outcome | None:
        """Let the station show the exact entry to sign."""
        request = self.world.ask(station, ProposeAct(act))
        self.world.run_until_answered(request)
        return request.outcome

    def sign(self, shown: ActProposed, *names: str, origin: str = "") -> SubmitAct:
        """These officers sign what was shown (both, if none is named)."""
        act: Entry = decode(shown.entry.encode(), Entry, "act")  # type: ignore[arg-type]
        assert isinstance(act, Act), "an act"
        signers = self.world.day.signers
        approvals = [
            approve(origin or shown.origin, act, name, signers[name]) for name in names or self.both
        ]
        return SubmitAct(shown.proposal, tuple(approvals))

    def act(self, station: str, act: str) -> Outcome | None:
        """Both officers propose, sign and submit one act."""
        shown = self.propose(station, act)
        if not isinstance(shown, ActProposed):
            return shown
        return self.submit(station, self.sign(shown))

    def void(self, desk: str, slip: str, because: str) -> Outcome | None:
        """Both officers void the check-in whose card this slip reveals."""
        request = self.world.ask(desk, ProposeVoid((slip,), because))  # type: ignore[arg-type]
        self.world.run_until_answered(request)
        shown = request.outcome
        if not isinstance(shown, ActProposed):
            return shown
        return self.submit(desk, self.sign(shown))

    def submit(self, station: str, signed: SubmitAct) -> Outcome | None:
        """Bring the signatures to the station."""
        request = self.world.ask(station, signed)
        self.world.run_until_answered(request)
        return request.outcome

    def open_all(self) -> None:
        """Open every desk and box of the place; one that waits for its siblings is asked again."""
        for station in self.world.day.package.stations_at(self.at):
            outcome: Outcome | None = Refused("not-back-yet", "")
            while isinstance(outcome, Refused) and outcome.reason == "not-back-yet":
                outcome = self.act(station.id, "open")
