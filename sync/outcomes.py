"""What a command is answered with. A "no" is a value with a reason and the words to show.

Answers travel to screens as JSON with their kind, e.g.

    {"kind":"Refused","reason":"already-checked-in","words":"Already checked in at a-desk-2 …"}
"""

from msgspec import Struct


class Outcome(Struct, frozen=True, tag_field="kind", tag=True):
    """Common form of every answer."""


class Refused(Outcome, frozen=True):
    """An expected no. `reason` is stable and short; `words` say what is so and what to do."""

    reason: str
    words: str


class Done(Outcome, frozen=True):
    """It is done and on disk; `index` is where it stands in this station's log, if anywhere."""

    words: str
    index: int = -1


class CardReady(Outcome, frozen=True):
    """The voter's card. `stub`: no second station holds the entry yet, keep the number on paper."""

    number: int
    box: str
    card: str
    stub: bool
    words: str


class SecondAwaited(Outcome, frozen=True):
    """The check-in stands and waits for another desk (`at`: those linked now); ask again then."""

    index: int
    at: tuple[str, ...]
    words: str


class CardTakenBack(Outcome, frozen=True):
    """The card is spent without a ballot; `slip` goes to `desk`, where officers void with it."""

    slip: str
    desk: str
    words: str


class ActProposed(Outcome, frozen=True):
    """An act for officers to sign: `entry` is its canonical JSON, without approvals."""

    proposal: str
    origin: str
    entry: str
    words: str


class ContestOnBallot(Struct, frozen=True):
    """What a voter's screen needs to know of one contest."""

    contest: str
    name: str
    latin: str
    seats: int
    code_digits: int


class BallotOffered(Outcome, frozen=True):
    """The card is good: these contests may be voted in, once."""

    session: str
    contests: tuple[ContestOnBallot, ...]


class BallotCast(Outcome, frozen=True):
    """The ballot is sealed and on every medium of the box; the card is spent."""

    words: str
