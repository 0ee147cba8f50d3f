"""What a desk's screen asks to be written into the book of the place, as inputs to the replica.

    CommandGiven(7, WriteDown("incident", "worker", "The lights went out for two minutes."))

Resuming after a pause and passing an item on need two officers: those two are answered with an act
to sign (`ActProposed`), which comes back as `SubmitAct` like every act.
"""

from dataclasses import dataclass

from sync.book_entries import About, CompanionReason, PauseReason, SealState, ToldBy
from sync.entry_base import Document


@dataclass(frozen=True)
class BookCommand:
    """Common form of them all."""


@dataclass(frozen=True)
class AdmitCompanion(BookCommand):
    """Somebody goes in with a voter who is checked in at this desk."""

    voter: str
    companion: str
    because: CompanionReason


@dataclass(frozen=True)
class WriteDown(BookCommand):
    """An incident or complaint."""

    about: About
    by: ToldBy
    text: str


@dataclass(frozen=True)
class PausePlace(BookCommand):
    """Nobody new is admitted at this place from now on."""

    because: PauseReason
    words: str


@dataclass(frozen=True)
class ProposeResume(BookCommand):
    """Officers want to go on; `at` says where, if the place moved."""

    at: str


@dataclass(frozen=True)
class ComeOn(BookCommand):
    """A worker begins; whoever was on at this desk is relieved."""

    worker: str


@dataclass(frozen=True)
class GoOff(BookCommand):
    """The worker who is on ends."""


@dataclass(frozen=True)
class SignObserverIn(BookCommand):
    """An observer has come."""

    observer: str
    of: str


@dataclass(frozen=True)
class SignObserverOut(BookCommand):
    """An observer goes."""

    observer: str


@dataclass(frozen=True)
class CountQueue(BookCommand):
    """So many wait at the door."""

    waiting: int


@dataclass(frozen=True)
class NoteSeal(BookCommand):
    """A numbered seal was put on, looked at or taken off."""

    item: str
    number: str
    state: SealState


@dataclass(frozen=True)
class ProposeCustody(BookCommand):
    """An item is to go from one keeper to another, before two officers."""

    item: str
    giver: str
    taker: str


@dataclass(frozen=True)
class KeyPaperLine(BookCommand):
    """One line of a paper check-list, keyed in later."""

    sheet: int
    line: int
    voter: str
    document: Document


@dataclass(frozen=True)
class StrikePaperLine(BookCommand):
    """That line was keyed in wrongly."""

    origin: str
    index: int


@dataclass(frozen=True)
class NoteCounts(BookCommand):
    """Sums since this process started; `at_once` writes them without waiting for ten minutes."""

    look_ups_by_code: int
    look_ups_by_name: int
    cases: int
    case_minutes: int
    defective_cases: int
    defective_case_minutes: int
    at_once: bool = False
