"""What a polling place writes down besides check-ins: one struct a kind, all in desks' logs.

    {"kind":"CompanionAdmitted","check_in":12,"companion":"7be0…","because":"disabled", …}
    {"kind":"WrittenDown","number":3,"about":"incident","by":"worker","text":"…","minute":"…"}
    {"kind":"PlacePaused","because":"evacuation","words":"smoke","minute":"2026-11-27T08:12Z"}
    {"kind":"SealNoted","item":"a-box-1","number":"771203","state":"put-on","minute":"…"}

Nobody is named. A voter or companion is a keyed code, a worker a badge number, an observer the
number of an accreditation. Free text is for what happened, not for who it was: screens warn of that
and everybody can read it. Whole minutes, as everywhere. Boxes never take these entries.

A text stands in its one spelling (`sync.text.normal`), with nothing in it that cannot be printed;
what else stands there is a fault of the station that wrote it (`sync.book`).
"""

import hashlib
import unicodedata
from typing import Annotated, Literal

from msgspec import Meta, Struct

from sync.encoding import canonical
from sync.entry_base import Approval, Count, Document, EntryBase, Id, Minute, Origin, VoterKey
from sync.text import normal

CompanionReason = Literal["cannot-read", "disabled"]
"""Why somebody goes with a voter; no closer, because everybody can read the log."""

About = Literal["incident", "complaint"]
ToldBy = Literal["worker", "officer", "observer", "voter", "other"]
"""In which part somebody told it; never who it was."""

PauseReason = Literal["pause", "evacuation", "moved"]
OffReason = Literal["shift-over", "relieved"]
SealState = Literal["put-on", "found-whole", "found-broken", "taken-off"]

TEXT_LETTERS_MAX = 1_500
"""Of an incident or complaint: a page of handwriting."""

TEXT_BYTES_MAX = 3_600
"""The same as it stands in an entry, where a Persian letter takes two bytes and a quote two."""

WORDS_LETTERS_MAX = 200
"""Where the place moved to, why it paused."""

ITEM_LETTERS_MAX = 80
SEAL_LETTERS_MAX = 32
SHEETS_MAX = 100_000
LINES_MAX = 1_000
"""Of paper check-lists, and of one sheet of them."""

COMPANION_KEY_BYTES = 16
LOGS_CITED_MAX = 16
"""Logs with pauses that one act ends; with more it is done again, because it must fit an entry."""

Words = Annotated[str, Meta(max_length=WORDS_LETTERS_MAX)]
Item = Annotated[str, Meta(min_length=1, max_length=ITEM_LETTERS_MAX)]


class CompanionAdmitted(EntryBase, frozen=True):
    """Somebody goes in with the voter of this desk's check-in; `companion` is a code of their own.

    It is keyed otherwise than voters are (`companion_key`), so that nobody without the roll key can
    tell which voter a companion is.
    """

    check_in: Count
    companion: VoterKey
    because: CompanionReason
    minute: Minute


class WrittenDown(EntryBase, frozen=True):
    """An incident or a complaint in a worker's words; `number` counts them at this desk."""

    number: Count
    about: About
    by: ToldBy
    text: Annotated[str, Meta(min_length=1, max_length=TEXT_LETTERS_MAX)]
    minute: Minute


class PlacePaused(EntryBase, frozen=True):
    """From now on no desk of the place admits anybody new; who waits is served."""

    because: PauseReason
    words: Words
    minute: Minute


class Cited(Struct, frozen=True, forbid_unknown_fields=True, order=True):
    """An entry of some desk's log, by its position."""

    origin: Origin
    index: Count


class PlaceResumed(EntryBase, frozen=True):
    """Two officers end every pause in these logs up to these entries, and none they did not know.

    `at` says where the place is now, if it moved.
    """

    ends: Annotated[tuple[Cited, ...], Meta(min_length=1, max_length=LOGS_CITED_MAX)]
    at: Words
    minute: Minute
    approvals: tuple[Approval, ...] = ()


class WorkerCameOn(EntryBase, frozen=True):
    """A worker, by badge number, begins at this desk."""

    worker: Id
    minute: Minute


class WorkerWentOff(EntryBase, frozen=True):
    """The worker who was on at this desk has ended, or somebody took over."""

    worker: Id
    because: OffReason
    minute: Minute


class ObserverSignedIn(EntryBase, frozen=True):
    """An observer with this accreditation is in the place; `of` is whom they observe for."""

    observer: Id
    of: Item
    minute: Minute


class ObserverSignedOut(EntryBase, frozen=True):
    """The observer has left."""

    observer: Id
    minute: Minute


class QueueCounted(EntryBase, frozen=True):
    """So many wait at the door; asked for at closing, whoever is inside then still votes."""

    waiting: Annotated[int, Meta(ge=0, le=100_000)]
    minute: Minute


class SealNoted(EntryBase, frozen=True):
    """A numbered seal of a box, bag or room was put on, looked at or taken off."""

    item: Item
    number: Annotated[str, Meta(pattern=r"^[A-Z0-9-]{1,32}\Z")]
    state: SealState
    minute: Minute


class CustodyPassed(EntryBase, frozen=True):
    """An item goes from one keeper to another, before two officers."""

    item: Item
    giver: Id
    taker: Id
    minute: Minute
    approvals: tuple[Approval, ...] = ()


class PaperCheckInKeyed(EntryBase, frozen=True):
    """A check-in that was made on paper, by sheet and line, keyed in when computers worked again.

    It is no check-in of a desk: nobody promises it and no card follows. It says that this voter was
    admitted, so that whoever holds the logs sees who was admitted twice.
    """

    sheet: Annotated[int, Meta(ge=1, le=SHEETS_MAX)]
    line: Annotated[int, Meta(ge=1, le=LINES_MAX)]
    voter: VoterKey
    document: Document
    minute: Minute


class PaperLineStruck(EntryBase, frozen=True):
    """A line of paper was keyed in wrongly: it counts no more and may be keyed in anew."""

    keyed: Cited
    minute: Minute


class DeskCounted(EntryBase, frozen=True):
    """Sums of this desk since its log began; no look-up, case or voter by itself.

    A case lasts from the look-up of a voter to the card or the refusal; those with a defective
    document are counted and timed apart.
    """

    look_ups_by_code: Count
    look_ups_by_name: Count
    cases: Count
    case_minutes: Count
    defective_cases: Count
    defective_case_minutes: Count
    minute: Minute


BookEntry = (
    CompanionAdmitted
    | WrittenDown
    | PlacePaused
    | PlaceResumed
    | WorkerCameOn
    | WorkerWentOff
    | ObserverSignedIn
    | ObserverSignedOut
    | QueueCounted
    | SealNoted
    | CustodyPassed
    | PaperCheckInKeyed
    | PaperLineStruck
    | DeskCounted
)
BOOK_KINDS: tuple[type[EntryBase], ...] = (
    CompanionAdmitted,
    WrittenDown,
    PlacePaused,
    PlaceResumed,
    WorkerCameOn,
    WorkerWentOff,
    ObserverSignedIn,
    ObserverSignedOut,
    QueueCounted,
    SealNoted,
    CustodyPassed,
    PaperCheckInKeyed,
    PaperLineStruck,
    DeskCounted,
)
"""All of them; every one belongs to a desk."""


def text_problem(text: str) -> str | None:
    """Why this text may not stand in an entry, in words to show; None if it may."""
    if normal(text) != text:
        return "This is not in normal letters, digits and single blanks."
    if odd := next((c for c in text if unicodedata.category(c)[0] == "C" and c != "\u200c"), None):
        return f"This holds a character that cannot be printed (U+{ord(odd):04X}). Type it again."
    if len(canonical(text)) > TEXT_BYTES_MAX:
        return "This is too long for one entry. Write two."
    return None


def companion_key(roll_key: bytes, national_code: str) -> str:
    """The keyed hash under which a companion appears: 32 hex digits, never a voter's key."""
    code = national_code.encode("ascii")
    return hashlib.blake2b(
        code, key=roll_key, digest_size=COMPANION_KEY_BYTES, person=b"pollmesh escort"
    ).hexdigest()
