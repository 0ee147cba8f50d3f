"""The people of the fake world, as words for tests: a desk's worker, a box's voters, officers.

    world.desk("a-desk-1").check_in(voter)          asks, waits, returns the outcome
    world.box("a-box-1").vote(card, {"council": ("2",)})
    world.officers("a").act("a-desk-1", "close")

An outcome is None when the station died before it answered.
"""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sync.effects import (
    BeginVoting,
    CastBallot,
    CheckInVoter,
    ConfirmCardTaken,
    CountBallots,
    LeaveVoting,
    ProposeAct,
    SubmitAct,
)
from sync.encoding import decode
from sync.entries import BoxReturned, Entry, LogFinal, PollsClosed, PollsOpened
from sync.officers import approve
from sync.outcomes import ActProposed, BallotOffered, Outcome
from sync.package import AUTHORITY_KINDS

if TYPE_CHECKING:
    from simulations.world import Request, World


class DeskWorker:
    """Who sits at a desk."""

    def __init__(self, world: "World", name: str) -> None:
        self.world = world
        self.name = name
        self.at = world.day.station(name).at

    def ask(self, voter: str, box: str = "") -> "Request":
        """Ask for a check-in and do not wait."""
        number = len(self.world.requests)
        secret = hashlib.sha256(f"{self.name} secret {number}".encode()).digest()[:16]
        command = CheckInVoter(voter, "national-card", "typed", box or f"{self.at}-box-1", secret)
        return self.world.ask(self.name, command)

    def check_in(self, voter: str, box: str = "") -> Outcome | None:
        """Check a voter in; the answer the worker sees."""
        return self._answer(self.ask(voter, box))

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
        assert isinstance(act, PollsOpened | PollsClosed | LogFinal | BoxReturned), "an act"
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

    def submit(self, station: str, signed: SubmitAct) -> Outcome | None:
        """Bring the signatures to the station."""
        request = self.world.ask(station, signed)
        self.world.run_until_answered(request)
        return request.outcome

    def open_all(self) -> None:
        """Open every desk and box of the place."""
        for station in self.world.day.package.stations_at(self.at):
            self.act(station.id, "open")
