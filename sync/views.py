"""What screens are shown: values a node answers with on its local socket, as JSON.

A view carries facts and finished sentences, no rules. Times are UTC minutes (`sync.minutes`) or
Unix milliseconds where the name ends in `_ms`. Nothing here names a voter's choice; people's names
appear only in `FoundVoter`, on the desk that looked them up.

    GET  /status                              StationView
    GET  /figures            district         ProvinceView
    GET  /tally.automerge    district         the tally as an Automerge document
    POST /voters/find        desk             {"code": …} or {"name": …} -> VotersFound | Refused
    POST /check-in           desk             CheckInAsked -> CardReady | Refused
    POST /card-taken         desk             {"number": …} -> Done | Refused
    GET  /cards/7.png, .txt  desk             the card as QR picture, as text for a terminal
    POST /acts/propose       desk, box        {"act": "open|close|return|final"} -> ActProposed | …
    POST /acts/submit        desk, box        ActSubmitted -> Done | Refused
    POST /end-session        box              {} -> Done | Refused: free a screen that died
    POST /shares             box              {"shares": [base64, base64]} -> Done | Refused
"""

from msgspec import Struct

from sync.entries import Approval, Document, Means


class PeerView(Struct, frozen=True):
    """One station this one exchanges entries with.

    state: `connected`, `apart`, `never seen` or `other package`; `since_ms` is when that began.
    """

    station: str
    kind: str
    state: str
    since_ms: int
    address: str
    waiting_out: int
    waiting_in: int
    why: str


class StationView(Struct, frozen=True):
    """A station's own state. `polls`: not open, open, closed or final; for boxes the stage."""

    station: str
    kind: str
    at: str
    place: str
    day: str
    training: bool
    package: str
    software: str
    now_ms: int
    started_ms: int
    polls: str
    problem: str
    peers: tuple[PeerView, ...]
    log_size: int
    single_copy: int
    checked_in: int
    issued: int
    cast: int
    outstanding: int
    pending: int
    boxes: tuple[str, ...]
    refusals: dict[str, int]
    last_refusal: str
    alarms: tuple[str, ...]
    last_action: str


class FoundVoter(Struct, frozen=True):
    """A person on the roll, to be confirmed. `standing` is what the logs say, in words."""

    voter: str
    name: str
    birth_year: int
    home: str
    rights: tuple[str, ...]
    standing: str
    may_check_in: bool


class VotersFound(Struct, frozen=True, tag_field="kind", tag=True):
    """The answer to a look-up. `more` is true when the list was cut."""

    voters: tuple[FoundVoter, ...]
    more: bool
    words: str


class CheckInAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """What a desk's screen asks. An empty `box` lets the desk choose."""

    voter: str
    document: Document
    means: Means
    box: str = ""


class ActSubmitted(Struct, frozen=True, forbid_unknown_fields=True):
    """Two officers' signatures for a proposal."""

    proposal: str
    approvals: tuple[Approval, ...]


class BoxView(Struct, frozen=True):
    """One box as the district knows it."""

    box: str
    stage: str
    cast: int
    spent_by_desk: dict[str, int]
    cosigned_by: tuple[str, ...]
    last_heard_ms: int


class DeskView(Struct, frozen=True):
    """One desk as the district knows it. `issued_for` counts cards by the box they name."""

    desk: str
    polls: str
    checked_in: int
    confirmed: int
    withdrawn: int
    issued: int
    issued_for: dict[str, int]
    cosigned_by: tuple[str, ...]
    last_heard_ms: int


class PlaceView(Struct, frozen=True):
    """One place: turnout and what is missing. `carried_off` is issued - cast once all returned."""

    place: str
    name: str
    latin: str
    district: str
    voters: int
    checked_in: int
    issued: int
    cast: int
    desks: tuple[DeskView, ...]
    boxes: tuple[BoxView, ...]
    boxes_missing: tuple[str, ...]
    last_heard_ms: int
    notes: tuple[str, ...]


class OptionView(Struct, frozen=True):
    """One option's votes so far."""

    code: str
    name: str
    latin: str
    votes: int


class ContestView(Struct, frozen=True):
    """One contest's merged figures; partial as long as boxes are missing."""

    contest: str
    name: str
    latin: str
    ballots: int
    blank: int
    withheld_boxes: tuple[str, ...]
    boxes_returned: int
    boxes_expected: int
    options: tuple[OptionView, ...]


class ProvinceView(Struct, frozen=True):
    """Everything a supervisor sees. Contests are empty of votes until boxes have returned."""

    station: str
    province: str
    day: str
    training: bool
    package: str
    now_ms: int
    places: tuple[PlaceView, ...]
    contests: tuple[ContestView, ...]
    double_check_ins: tuple[str, ...]
    faults: tuple[str, ...]
    forks: tuple[str, ...]
    alarms: tuple[str, ...]
