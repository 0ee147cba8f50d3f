"""The exact bytes of what stands in the book of the place; tried with all others."""

from sync.book_entries import (
    Cited,
    CompanionAdmitted,
    CustodyPassed,
    DeskCounted,
    ObserverSignedIn,
    ObserverSignedOut,
    PaperCheckInKeyed,
    PaperLineStruck,
    PlacePaused,
    PlaceResumed,
    QueueCounted,
    SealNoted,
    WorkerCameOn,
    WorkerWentOff,
    WrittenDown,
)
from sync.entries import Entry
from sync.package import StationKind

MINUTE = "2026-11-27T05:12Z"
ORIGIN = "pollmesh/demo-2026/a-desk-1/0"
KEY = "00a1" * 8
_AT = '"minute":"2026-11-27T05:12Z"'

BOOK_ENTRIES: tuple[tuple[StationKind, Entry, str], ...] = (
    (
        "desk",
        CompanionAdmitted(12, KEY, "disabled", MINUTE),
        '{"kind":"CompanionAdmitted","check_in":12,"companion":"00a100a100a100a100a100a100a100a1",'
        '"because":"disabled",' + _AT + "}",
    ),
    (
        "desk",
        WrittenDown(3, "incident", "worker", "برق رفت", MINUTE),
        '{"kind":"WrittenDown","number":3,"about":"incident","by":"worker","text":"برق رفت",'
        + _AT
        + "}",
    ),
    (
        "desk",
        PlacePaused("evacuation", "smoke", MINUTE),
        '{"kind":"PlacePaused","because":"evacuation","words":"smoke",' + _AT + "}",
    ),
    (
        "desk",
        PlaceResumed((Cited(ORIGIN, 9),), "the school", MINUTE),
        '{"kind":"PlaceResumed","ends":[{"origin":"pollmesh/demo-2026/a-desk-1/0","index":9}],'
        '"at":"the school",' + _AT + ',"approvals":[]}',
    ),
    (
        "desk",
        WorkerCameOn("w-17", MINUTE),
        '{"kind":"WorkerCameOn","worker":"w-17",' + _AT + "}",
    ),
    (
        "desk",
        WorkerWentOff("w-17", "relieved", MINUTE),
        '{"kind":"WorkerWentOff","worker":"w-17","because":"relieved",' + _AT + "}",
    ),
    (
        "desk",
        ObserverSignedIn("o-4", "City observers", MINUTE),
        '{"kind":"ObserverSignedIn","observer":"o-4","of":"City observers",' + _AT + "}",
    ),
    (
        "desk",
        ObserverSignedOut("o-4", MINUTE),
        '{"kind":"ObserverSignedOut","observer":"o-4",' + _AT + "}",
    ),
    (
        "desk",
        QueueCounted(14, MINUTE),
        '{"kind":"QueueCounted","waiting":14,' + _AT + "}",
    ),
    (
        "desk",
        SealNoted("a-box-1", "771-203", "put-on", MINUTE),
        '{"kind":"SealNoted","item":"a-box-1","number":"771-203","state":"put-on",' + _AT + "}",
    ),
    (
        "desk",
        CustodyPassed("a-box-1", "a-executive", "north-executive", MINUTE),
        '{"kind":"CustodyPassed","item":"a-box-1","giver":"a-executive",'
        '"taker":"north-executive",' + _AT + ',"approvals":[]}',
    ),
    (
        "desk",
        PaperCheckInKeyed(2, 7, KEY, "passport", MINUTE),
        '{"kind":"PaperCheckInKeyed","sheet":2,"line":7,"voter":"00a100a100a100a100a100a100a100a1",'
        '"document":"passport",' + _AT + "}",
    ),
    (
        "desk",
        PaperLineStruck(Cited(ORIGIN, 30), MINUTE),
        '{"kind":"PaperLineStruck",'
        '"keyed":{"origin":"pollmesh/demo-2026/a-desk-1/0","index":30},' + _AT + "}",
    ),
    (
        "desk",
        DeskCounted(41, 3, 38, 97, 2, 11, MINUTE),
        '{"kind":"DeskCounted","look_ups_by_code":41,"look_ups_by_name":3,"cases":38,'
        '"case_minutes":97,"defective_cases":2,"defective_case_minutes":11,' + _AT + "}",
    ),
)
