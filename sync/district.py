"""A district station: it receives every log, guards places that ask for it, and writes little.

It decides nothing about voters but its own promises; figures are folded from what it holds
(`sync.tally`, `sync.figures`).
"""

from sync.check_ins import CheckIns
from sync.effects import Answer, BallotStored, Command, NotePeripheral, NoteSelfTest
from sync.entries import Entry, Unreadable
from sync.guard import Guard
from sync.noted import Notebook
from sync.outcomes import Refused
from sync.package import Package, Station
from sync.position import Ref
from sync.returns import Returns
from sync.role import Pen


class District:
    """The role of a district station (see `sync.role`)."""

    def __init__(
        self, package: Package, station: Station, check_ins: CheckIns, returns: Returns, origin: str
    ) -> None:
        self.package = package
        self.station = station
        self.check_ins = check_ins
        self.returns = returns
        self._origin = origin
        self.guard = Guard(check_ins, station.id, origin)
        self._notebook = Notebook(station.id, check_ins.noted)

    def fold(self, station: Station, ref: Ref, leaf: bytes, entry: Entry | Unreadable) -> None:
        """Take in one entry: of the check-in side or of the box side, never mixed."""
        if station.kind == "box":
            self.returns.fold(station, ref, entry)
            return
        self.guard.heard(self.check_ins.fold(station, ref, leaf, entry))

    def command(self, request: int, command: Command, pen: Pen, now_ms: int) -> None:
        """A district station takes no commands about voters or ballots."""
        if isinstance(command, NotePeripheral) and not self.check_ins.is_final(self._origin):
            pen.do(Answer(request, self._notebook.write(command.noticed, pen, now_ms)))
            return
        if isinstance(command, NoteSelfTest):
            is_final = self.check_ins.is_final(self._origin)
            outcome = self._notebook.write_self_test(command, is_final, pen, now_ms)
            pen.do(Answer(request, outcome))
            return
        words = "A district station does not do this. Do it at the desk or the box."
        pen.do(Answer(request, Refused("not-here", words)))

    def stored(self, report: BallotStored, pen: Pen, now_ms: int) -> None:
        """A district station stores no ballots."""
        raise AssertionError("a ballot at a district station")

    def cards_of(self, other: str) -> int:
        """A district station has no cards."""
        return 0

    def is_idle(self) -> bool:
        """Nobody waits at a district station."""
        return True

    def react(self, pen: Pen, now_ms: int) -> None:
        """Promise what is due as a guard."""
        if not self.check_ins.is_final(self._origin):
            self._notebook.catch_up(pen, now_ms)
        self.guard.promise(pen, now_ms)
