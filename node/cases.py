"""How long voters stand at this desk: cases and minutes in sums, no voter by itself.

    look-up of a voter -> case open -> card or refusal -> one more case, so many minutes more

A case with a defective document (the worker says so) is counted and timed apart. What nobody ends
is forgotten and not counted. Only sums leave this module (`sync.counting` writes them).
"""

from dataclasses import dataclass

OPEN_MAX = 512
"""Cases that wait for their end; a look-up by name opens one for everybody who is listed."""

FORGOTTEN_MS = 2 * 3_600_000
MINUTE_MS = 60_000


@dataclass
class _Case:
    since_ms: int
    is_defective: bool = False


class Cases:
    """The open cases of one desk and the sums of those that ended, since the process began."""

    def __init__(self) -> None:
        self.plain = self.plain_ms = 0
        self.defective = self.defective_ms = 0
        self._open: dict[str, _Case] = {}

    def begin(self, voter: str, now_ms: int) -> None:
        """The voter was looked up; a case that is open goes on."""
        old = self._open.get(voter)
        if old is not None and now_ms - old.since_ms < FORGOTTEN_MS:
            return
        self._open.pop(voter, None)
        if len(self._open) >= OPEN_MAX:
            self._open.pop(next(iter(self._open)))
        self._open[voter] = _Case(now_ms)

    def mark_defective(self, voter: str) -> bool:
        """The document is defective; False if no case of this voter is open."""
        case = self._open.get(voter)
        if case is None:
            return False
        case.is_defective = True
        return True

    def end(self, voter: str, now_ms: int) -> None:
        """The voter has a card or was refused."""
        case = self._open.pop(voter, None)
        if case is None or now_ms - case.since_ms >= FORGOTTEN_MS:
            return
        lasted_ms = max(0, now_ms - case.since_ms)
        if case.is_defective:
            self.defective, self.defective_ms = self.defective + 1, self.defective_ms + lasted_ms
        else:
            self.plain, self.plain_ms = self.plain + 1, self.plain_ms + lasted_ms

    @property
    def plain_minutes(self) -> int:
        """Whole minutes of all cases without a defect together."""
        return self.plain_ms // MINUTE_MS

    @property
    def defective_minutes(self) -> int:
        """Whole minutes of all cases with a defective document together."""
        return self.defective_ms // MINUTE_MS
