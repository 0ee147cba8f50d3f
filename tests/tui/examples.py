"""Values that the screens are tested with. Times are fixed, people are made up (prefix 999)."""

from msgspec.structs import replace

from sync.book_views import (
    BookLine,
    BookView,
    ObserverView,
    PaperView,
    PlaceBook,
    SealView,
)
from sync.card_views import SecondRow, WaitingRow
from sync.outcomes import CardReady, Refused
from sync.text import with_check_digit
from sync.views import (
    BoxView,
    ContestView,
    DeskView,
    FoundVoter,
    JobView,
    OptionView,
    PeerView,
    PeripheralView,
    PlaceView,
    ProvinceView,
    StationView,
)

NOW_MS = 1_795_752_000_000
MINUTE_MS = 60_000

CODE = with_check_digit("999123456")
WRONG_CODE = CODE[:9] + str((int(CODE[9]) + 1) % 10)

PEERS = (
    PeerView("a-desk-2", "desk", "connected", NOW_MS - 90 * MINUTE_MS, "10.0.0.2", 0, 0, ""),
    PeerView("a-box-1", "box", "connected", NOW_MS - 90 * MINUTE_MS, "10.0.0.4", 0, 0, ""),
    PeerView("a-desk-3", "desk", "apart", NOW_MS - 12 * MINUTE_MS, "10.0.0.3", 3, 0, "no answer"),
)

STATION = StationView(
    station="a-desk-1",
    kind="desk",
    at="a",
    place="Golestan School",
    day="khorshid-2026",
    training=True,
    package="bcdc9d4e 13f0a7c2",
    software="0.1.0",
    now_ms=NOW_MS,
    started_ms=NOW_MS - 95 * MINUTE_MS,
    polls="open",
    problem="",
    peers=PEERS,
    log_size=120,
    single_copy=3,
    checked_in=41,
    issued=41,
    cast=0,
    outstanding=0,
    pending=0,
    boxes=("a-box-1", "a-box-2"),
    refusals={},
    last_refusal="",
    alarms=(),
    last_action="card 41 taken",
)

SCANNER = PeripheralView(
    "scanner", "serial", "ready", "Ready: scan a code.", (("port", "/dev/ttyACM0"),)
)
IDENTITY_READER = PeripheralView(
    "identity-card", "pcsc", "ready", "Ready: put a card in.", (("card", "none"),)
)
BALLOT_WRITER = PeripheralView(
    "ballot-card", "pcsc", "ready", "Ready: put a card in.", (("card", "none"),)
)
PRINTER = PeripheralView("printer", "network", "ready", "Ready to print.", (("paper", "in"),))
PAPER_OUT = replace(
    PRINTER,
    standing="stopped",
    words="The printer is out of paper. Put in a new roll.",
    values=(("paper", "out"),),
)
PRINTER_GONE = replace(
    PRINTER,
    standing="unplugged",
    words="The printer does not answer. Look at its cable and whether it is on.",
    values=(),
)
POWER = PeripheralView(
    "power",
    "nut",
    "attention",
    "On battery for about 42 more minutes. Find out why the mains are away.",
    (("charge", "80 %"), ("minutes", "42")),
)
CLOCK = PeripheralView(
    "clock", "gpsd", "slow", "The receiver has seen no satellite yet. Give it a view.", ()
)
FINGER_READER = PeripheralView("fingerprint", "libfprint", "ready", "Ready.", ())

CARD_UNKNOWN = JobView(
    7,
    "card",
    "42",
    "unknown",
    "Card 42: Printing was cut off: all, a part or nothing of it is on paper. The printer is gone. "
    "Look at its cable and its power. Look at the paper, then print it again or drop it.",
)
STUB_WAITING = JobView(8, "stub", "42", "waiting", "The stub of card 42 waits.")

BOOK = BookView(
    station="a-desk-1",
    place="a",
    paused="",
    companion_cap=3,
    counts=PlaceBook(
        incidents=1,
        complaints=1,
        companions=2,
        observers_in=1,
        queue=12,
        seals_amiss=1,
        cases=40,
        case_minutes=60,
        defective_cases=3,
        defective_case_minutes=12,
    ),
    lines=(
        BookLine(
            "pollmesh/khorshid-2026/a-desk-1/0",
            41,
            "a-desk-1",
            "2026-11-27T07:42Z",
            "written",
            "Incident 1, told by worker: The lamp above desk 1 fell. Nobody was hurt; the desk was "
            "moved to the window.",
        ),
        BookLine(
            "pollmesh/khorshid-2026/a-desk-2/0",
            12,
            "a-desk-2",
            "2026-11-27T06:10Z",
            "observer",
            "Observer obs-12 of Sample Observers signed in.",
        ),
        BookLine(
            "pollmesh/khorshid-2026/a-desk-1/0",
            3,
            "a-desk-1",
            "2026-11-27T04:20Z",
            "seal",
            "Seal 771203 was put on a-box-1.",
        ),
    ),
    more=False,
    warnings=("Seal 771203 on a-box-1 was put on, but 771204 was found.",),
    observers=(ObserverView("obs-12", "Sample Observers", "a-desk-2", "2026-11-27T06:10Z"),),
    seals=(
        SealView("a-box-1", ("771203", "771204"), "771204 was found, 771203 was put on.", True),
        SealView("case 2", ("771300",), "put on and found whole.", False),
    ),
    paper=(
        PaperView(
            2,
            7,
            "00a1f0",
            "a-desk-1",
            "Also checked in at a-desk-2.",
            True,
            "pollmesh/khorshid-2026/a-desk-1/0",
            44,
        ),
    ),
)

MARYAM = FoundVoter(
    "00a1f0", "مریم احمدی", 1360, "a", ("parliament", "city-council"), "Not checked in.", True
)
OWN_WAITING = WaitingRow(
    12,
    MARYAM.voter,
    MARYAM.name,
    1360,
    "2026-11-27T05:12Z",
    False,
    (),
    "Waits for second confirmation at a-desk-2.",
)
TO_SECOND = SecondRow(
    "pollmesh/khorshid-2026/a-desk-2/0",
    31,
    "a-desk-2",
    "2026-11-27T05:14Z",
    "00a1f1",
    "کریم نیک‌پور",
    1342,
    "passport",
    "typed",
    True,
    ("parliament",),
    "Look at the person and the document, then confirm.",
)
KARIM = FoundVoter("00a1f1", "کریم نیک‌پور", 1342, "a", ("parliament",), "Not checked in.", True)
KARIM_DONE = FoundVoter(
    "00a1f2",
    "کریم رضایی",
    1355,
    "a",
    ("parliament",),
    "Checked in at a-desk-2 at 2026-11-27T05:12Z: has a card.",
    False,
)

CARD = CardReady(42, "a-box-1", "PM1.x.y", False, "Checked in. Card 42 for a-box-1.")
STUB_CARD = CardReady(
    43,
    "a-box-2",
    "PM1.x.y",
    True,
    "Checked in. Card 43 for a-box-2. No other station holds it yet: keep the number on a stub.",
)
ALREADY = Refused(
    "already-checked-in",
    "Already checked in at a-desk-2 at 2026-11-27T05:12Z: the voter has a card.",
)
NO_QUORUM = Refused(
    "no-quorum",
    "Not confirmed: no answer from a-desk-2, a-desk-3 (weight 3, 4 needed). "
    "The rule of the day is to refuse; nothing is used up, the voter may try again.",
)


def _desk(name: str, checked_in: int, heard_ms: int) -> DeskView:
    cards = {name[0] + "-box-1": checked_in}
    signed = ("x", "y") if heard_ms else ()
    return DeskView(name, "open", checked_in, checked_in, 0, checked_in, cards, signed, heard_ms)


def _box(name: str, stage: str, cast: int, heard_ms: int) -> BoxView:
    return BoxView(name, stage, cast, {}, ("x",) if heard_ms else (), heard_ms)


PLACES = (
    PlaceView(
        place="a",
        name="دبستان گلستان",
        latin="Golestan School",
        district="north",
        voters=1200,
        checked_in=496,
        issued=495,
        cast=480,
        desks=(_desk("a-desk-1", 250, NOW_MS - 2000), _desk("a-desk-2", 246, NOW_MS - 3000)),
        boxes=(
            _box("a-box-1", "returned", 260, NOW_MS - 4000),
            _box("a-box-2", "returned", 220, NOW_MS - 5000),
        ),
        boxes_missing=(),
        last_heard_ms=NOW_MS - 2000,
        notes=(),
    ),
    PlaceView(
        place="b",
        name="مسجد نور",
        latin="Nur Mosque",
        district="north",
        voters=800,
        checked_in=301,
        issued=301,
        cast=300,
        desks=(_desk("b-desk-1", 301, NOW_MS - 3 * MINUTE_MS),),
        boxes=(_box("b-box-1", "returned", 300, NOW_MS - 3 * MINUTE_MS),),
        boxes_missing=(),
        last_heard_ms=NOW_MS - 3 * MINUTE_MS,
        notes=("1 card issued and not cast.",),
    ),
    PlaceView(
        place="c",
        name="کتابخانهٔ مهر",
        latin="Mehr Library",
        district="south",
        voters=150,
        checked_in=0,
        issued=0,
        cast=0,
        desks=(_desk("c-desk-1", 0, 0),),
        boxes=(_box("c-box-1", "unready", 0, 0),),
        boxes_missing=("c-box-1",),
        last_heard_ms=0,
        notes=(),
    ),
)

PARLIAMENT = ContestView(
    contest="parliament",
    name="مجلس",
    latin="Parliament, Khorshid constituency",
    ballots=780,
    blank=12,
    withheld_boxes=(),
    boxes_returned=3,
    boxes_expected=4,
    options=(
        OptionView("101", "سارا کاظمی", "Sara Kazemi", 410),
        OptionView("102", "رضا یزدانی", "Reza Yazdani", 512),
        OptionView("103", "نرگس مرادی", "Narges Moradi", 88),
    ),
)
COUNCIL = ContestView(
    "council", "شورا", "City council", 0, 0, (), 0, 4, (OptionView("11", "الف", "First", 0),)
)

PROVINCE = ProvinceView(
    station="north-1",
    province="Khorshid",
    day="khorshid-2026",
    training=True,
    package="bcdc9d4e 13f0a7c2",
    now_ms=NOW_MS,
    places=PLACES,
    contests=(PARLIAMENT, COUNCIL),
    double_check_ins=("voter 00a1f0 parliament: a-desk-1/0 #12 and b-desk-1/0 #7",),
    faults=("b-desk-1/0 #31: a second card for one check-in",),
    forks=(),
    alarms=("c-desk-1 was never heard.",),
)
