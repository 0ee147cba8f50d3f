"""What screens are shown: values a node answers with on its local socket, as JSON.

A view carries facts and finished sentences, no rules. Times are UTC minutes (`sync.minutes`) or
Unix milliseconds where the name ends in `_ms`. Nothing here names a voter's choice; people's names
appear only in `FoundVoter`, on the desk that looked them up.

    GET  /status                              StationView
    GET  /figures            district         ProvinceView
    GET  /tally.automerge    district         the tally as an Automerge document
    POST /voters/find        desk             {"code": …}, {"name": …} or {"scan": …}
                                              -> VotersFound | Refused
    POST /check-in           desk             CheckInAsked -> CardReady | SecondAwaited | Refused
    POST /card-taken         desk             {"number": …} -> Done | Refused
    GET  /cards/7.png, .txt  desk             the card as QR picture, as text for a terminal
    POST /acts/propose       desk, box        {"act": "open|close|return|final"} -> ActProposed | …
    POST /acts/submit        desk, box        ActSubmitted -> Done | Refused
    POST /end-session        box              {} -> Done | Refused: free a screen that died
    POST /finger             desk             {"voter": …} -> FingerRead | Refused: compare a finger
    GET  /scan?after=3       desk             the next ScanView after that number, or 204
    POST /cards/write        desk             {"number": …} -> Done | Refused: onto a smart card
    POST /cards/clear        desk, box        {} -> Done | Refused: a smart card made blank
    POST /print              desk, box        PrintAsked -> Done | Refused
    POST /print/again        desk, box        {"number": …} (of a job) -> Done | Refused
    POST /print/drop         desk, box        {"number": …} (of a job) -> Done | Refused
    POST /hardware/test      every station    {"name": "printer"} -> Done | Refused
    POST /shares             box              {"shares": [base64, base64]} -> Done | Refused
    more of cards, second confirmations and voids: sync.card_views
"""

from msgspec import Struct

from sync.book_views import PlaceBook
from sync.entry_base import Approval, Document, Finger, Means


class PeerView(Struct, frozen=True):
    """One station this one exchanges entries with.

    state: `connected`, `apart`, `left`, `never seen`, `stranger` or `other package`; `since_ms` is
    when the last link began or ended; `why` says why there is none.
    """

    station: str
    kind: str
    state: str
    since_ms: int
    address: str
    waiting_out: int
    waiting_in: int
    why: str


class PeripheralView(Struct, frozen=True):
    """One peripheral of this station: how it stands, in words, and its live values.

    standing: starting, ready, attention, stopped, unplugged, several, slow, garbled, not-installed.
    """

    name: str
    driver: str
    standing: str
    words: str
    values: tuple[tuple[str, str], ...]


class JobView(Struct, frozen=True):
    """One piece of paper that is to be printed. `about` is a card's number or another detail.

    state: `waiting` for the printer, `printing`, `printed` (cards stay listed until taken),
    `unknown` (it may or may not be on paper: somebody must look) or `failed` (it never will be).
    """

    number: int
    what: str
    about: str
    state: str
    words: str


class StationView(Struct, frozen=True):
    """A station's own state. `polls`: not open, open, closed or final; for boxes the stage.

    `scans` is the number of the last thing scanned; `finger` says how far a fingerprint is;
    `fingerprint` is the package's rule: off or ask. `needs` says what needs a hand; nothing means
    healthy. `free_bytes` of its disk is -1 when unknown. `network` says what is odd on the network.
    """

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
    peripherals: tuple[PeripheralView, ...] = ()
    jobs: tuple[JobView, ...] = ()
    scans: int = 0
    finger: str = ""
    fingerprint: str = "off"
    free_bytes: int = -1
    self_test: str = ""
    clocks_compared: int = 0
    needs: tuple[str, ...] = ()
    worker: str = ""
    logins: bool = False
    locked: bool = False
    paused: str = ""
    book_warnings: tuple[str, ...] = ()
    network: tuple[str, ...] = ()


class FoundVoter(Struct, frozen=True):
    """A person on the roll, to be confirmed. `standing` is what the logs say, in words.

    `because` is why to turn them away (`sync.card_entries.NotAdmitted`), if there is a reason;
    `used` and `owed` are their rights.
    """

    voter: str
    name: str
    birth_year: int
    home: str
    rights: tuple[str, ...]
    standing: str
    may_check_in: bool
    because: str = ""
    used: tuple[str, ...] = ()
    owed: tuple[str, ...] = ()


class VotersFound(Struct, frozen=True, tag_field="kind", tag=True):
    """The answer to a look-up. `more` is true when the list was cut.

    `document` is the kind of document that was scanned, if its code says so.
    """

    voters: tuple[FoundVoter, ...]
    more: bool
    words: str
    document: Document | None = None


class CheckInAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """What a desk's screen asks. An empty `box` lets the desk choose; no rights means all.

    `defective`: the document had a defect and the separate path was taken.
    """

    voter: str
    document: Document
    means: Means
    box: str = ""
    rights: tuple[str, ...] = ()
    defective: bool = False


class ScanView(Struct, frozen=True):
    """What a scanner or card reader read, once. `means` is never "typed".

    `code` is a national code, `document` the kind it stood on if the code says so; `words` say why
    there is no code.
    """

    number: int
    code: str
    document: str
    words: str


class FingerRead(Struct, frozen=True, tag_field="kind", tag=True):
    """The voter's finger was compared with itself; the template is gone."""

    finger: Finger
    words: str


class PrintAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """What to print: card, stub, check-list, void-slip, incident and more (node.paper)."""

    what: str
    about: str = ""


class ActSubmitted(Struct, frozen=True, forbid_unknown_fields=True):
    """Two officers' signatures for a proposal."""

    proposal: str
    approvals: tuple[Approval, ...]


class BoxView(Struct, frozen=True):
    """One box as the district knows it. `spent_by_desk` counts cards taken back too."""

    box: str
    stage: str
    cast: int
    spent_by_desk: dict[str, int]
    cosigned_by: tuple[str, ...]
    last_heard_ms: int
    self_test: str = ""
    returned_by_desk: dict[str, int] = {}


class DeskView(Struct, frozen=True):
    """One desk as the district knows it. `issued_for` counts cards by the box they name.

    `not_admitted` counts by reason who was turned away; `defective` check-ins whose document had a
    defect.
    """

    desk: str
    polls: str
    checked_in: int
    confirmed: int
    withdrawn: int
    issued: int
    issued_for: dict[str, int]
    cosigned_by: tuple[str, ...]
    last_heard_ms: int
    self_test: str = ""
    voided: int = 0
    defective: int = 0
    not_admitted: dict[str, int] = {}


class PlaceView(Struct, frozen=True):
    """One place: turnout and what is missing. `carried_off` is issued - cast - taken back."""

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
    book: PlaceBook = PlaceBook()


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
