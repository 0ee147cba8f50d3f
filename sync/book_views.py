"""What a desk's screen asks and is shown of the book of the place; goes with `sync.views`.

GET  /book              BookView: what stands in it, newest first
POST /book/companion    {"voter", "companion": national code, "because"} -> Done | Refused
POST /book/write        {"about", "by", "text"} -> Done | Refused: incident or complaint
POST /book/pause        {"because", "words"} -> Done | Refused: nobody new is admitted
POST /book/resume       {"at"} -> ActProposed | Refused; then /acts/submit
POST /book/observer     {"observer", "of"} -> Done | Refused: signed in
POST /book/observer/out {"observer"} -> Done | Refused
POST /book/queue        {"waiting"} -> Done | Refused: counted at the door
POST /book/seal         {"item", "number", "state"} -> Done | Refused
POST /book/custody      {"item", "giver", "taker"} -> ActProposed | Refused; then /acts/submit
POST /book/paper        {"sheet", "line", "document", "code"} -> Done | Refused: keyed in
POST /book/paper/strike {"origin", "index"} -> Done | Refused: it was keyed in wrongly
POST /book/defective    {"voter"} -> Done | Refused: this case's document is defective
POST /workers/enrol     {"worker", "pin"} -> Done | Refused: choose the PIN of the day
POST /workers/on        {"worker", "pin"} -> Done | Refused: log in, unlock or take over
POST /workers/off       {} -> Done | Refused: the shift is over
POST /workers/lock      {} -> Done | Refused
"""

from msgspec import Struct


class PlaceBook(Struct, frozen=True):
    """One place's book in numbers. `queue` is -1 where nobody counted; the sums are its desks'."""

    incidents: int = 0
    complaints: int = 0
    companions: int = 0
    companions_over_cap: int = 0
    pauses: int = 0
    paused: str = ""
    observers_in: int = 0
    queue: int = -1
    seals_amiss: int = 0
    paper_keyed: int = 0
    paper_amiss: int = 0
    look_ups: int = 0
    cases: int = 0
    case_minutes: int = 0
    defective_cases: int = 0
    defective_case_minutes: int = 0


class BookLine(Struct, frozen=True):
    """One entry in words."""

    origin: str
    index: int
    station: str
    minute: str
    what: str
    words: str


class ObserverView(Struct, frozen=True):
    """An observer who is in the place now."""

    observer: str
    of: str
    station: str
    minute: str


class SealView(Struct, frozen=True):
    """One sealed item; `amiss` if a number does not fit or a seal was broken."""

    item: str
    numbers: tuple[str, ...]
    words: str
    amiss: bool


class PaperView(Struct, frozen=True):
    """One line of paper that was keyed in; `voter` is the first half of the code."""

    sheet: int
    line: int
    voter: str
    station: str
    words: str
    amiss: bool
    origin: str
    index: int


class BookView(Struct, frozen=True):
    """A place's book as its desk knows it; `more` is true when older lines were cut."""

    station: str
    place: str
    paused: str
    companion_cap: int
    counts: PlaceBook
    lines: tuple[BookLine, ...]
    more: bool
    warnings: tuple[str, ...]
    observers: tuple[ObserverView, ...]
    seals: tuple[SealView, ...]
    paper: tuple[PaperView, ...]
