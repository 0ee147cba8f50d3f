"""The facts. One struct a kind of entry; a log is a list of them, a station writes only its own.

    {"kind":"LogBegan","package":"q83…=","software":"0.1.0"}
    {"kind":"VoterCheckedIn","voter":"00a1f0…","rights":["parliament"],"document":"national-card",
     "means":"scanned","minute":"2026-11-27T05:12Z","finger":"not-asked","defective":false}
    {"kind":"PromiseMade","origin":"pollmesh/demo-2026/a-desk-1/0","index":12,"leaf":"9f2c…="}
    {"kind":"CardIssued","check_in":12,"card":"ordinary","number":7,"box":"a-box-1","commitment":"…"}

Who was not admitted, second confirmations and voids stand in `sync.card_entries`.

Origin and index of an entry are its position and are not repeated inside it. Times that have to do
with voters are whole minutes. What a desk may write and what a box may write are disjoint but for
the opening, the closing, the seal and what peripherals showed; `KINDS_OF` is that rule and the
session enforces it.

An **approval** is an officer's Ed25519 signature over the exact entry it stands in, with its list
of approvals empty (`sync.officers`).
"""

from typing import Annotated

from msgspec import Meta, Struct

from sync.book_entries import BOOK_KINDS, BookEntry, CustodyPassed, PlaceResumed
from sync.card_entries import ADMITTING_KINDS, AdmittingEntry, CheckInVoided
from sync.encoding import canonical, decode
from sync.entry_base import (
    Approval,
    CardKind,
    Count,
    Document,
    EntryBase,
    Finger,
    Hash,
    Id,
    Means,
    Minute,
    Noticed,
    Origin,
    Rights,
    VoterKey,
    WithdrawalReason,
)
from sync.errors import DecodeError
from sync.limits import ENTRY_BYTES_MAX, RETURN_BYTES_MAX
from sync.mesh_entries import AmendmentTaken, SpareCalled
from sync.package import StationKind
from sync.self_test import SelfTested


class LogBegan(EntryBase, frozen=True):
    """First entry of every log: the package (base hash) it serves, the software that writes."""

    package: Hash
    software: Annotated[str, Meta(max_length=64)]


class PollsOpened(EntryBase, frozen=True):
    """Two officers open this station."""

    minute: Minute
    approvals: tuple[Approval, ...] = ()


class PollsClosed(EntryBase, frozen=True):
    """Two officers close the door: a desk admits nobody more, a box serves those inside."""

    minute: Minute
    approvals: tuple[Approval, ...] = ()


class LogFinal(EntryBase, frozen=True):
    """Two officers seal the log: after it no check-in, promise, card or return counts."""

    minute: Minute
    approvals: tuple[Approval, ...] = ()


class VoterCheckedIn(EntryBase, frozen=True):
    """A desk admits a voter for these rights. The entry is the claim; promises make it count.

    `defective`: the document had a defect and the separate path was taken.
    """

    voter: VoterKey
    rights: Rights
    document: Document
    means: Means
    minute: Minute
    finger: Finger = "not-asked"
    defective: bool = False


class PromiseMade(EntryBase, frozen=True):
    """A guard holds that check-in (origin, index, leaf hash) and no other for its voter."""

    origin: Origin
    index: Count
    leaf: Hash


class CheckInWithdrawn(EntryBase, frozen=True):
    """The desk gives up its own check-in, before any card."""

    check_in: Count
    because: WithdrawalReason


class CardIssued(EntryBase, frozen=True):
    """The desk gives a card for its own check-in; `commitment` is SHA-256 of the card's secret."""

    check_in: Count
    card: CardKind
    number: Count
    box: Id
    commitment: Hash


class ZeroReturned(EntryBase, frozen=True):
    """A box states, before it opens, that it holds no ballot and has spent no card."""

    ballots: Count
    spent: Count
    minute: Minute


class CastCounted(EntryBase, frozen=True):
    """A box publishes how many were cast, only when k more were; digest of its spent set."""

    cast: Count
    spent_digest: Hash


class PeripheralNoted(EntryBase, frozen=True):
    """What a peripheral of this station showed: no person, no choice."""

    noticed: Noticed
    minute: Minute


class OptionVotes(Struct, frozen=True, forbid_unknown_fields=True):
    """Votes of one option (by code)."""

    code: Annotated[str, Meta(pattern=r"^[0-9]{1,9}\Z")]
    votes: Count


class ContestReturn(Struct, frozen=True, forbid_unknown_fields=True):
    """One contest of a return.

    ballots = those with a choice + blank; votes sum to at most seats per ballot with a choice.
    `withheld` is true where fewer than k ballots were cast: then no option is shown and the sealed
    ballots stay closed until they are pooled.
    """

    contest: Id
    ballots: Count
    blank: Count
    withheld: bool
    votes: tuple[OptionVotes, ...]


class DeskSpent(Struct, frozen=True, forbid_unknown_fields=True):
    """How many cards of one desk this box has spent; `returned` of them without a ballot."""

    desk: Id
    spent: Count
    returned: Count = 0


class BoxReturned(EntryBase, frozen=True):
    """The box's return: signed by its place in the box's log and by two officers."""

    period: Count
    opened: Minute
    closed: Minute
    cast: Count
    spent_digest: Hash
    by_desk: tuple[DeskSpent, ...]
    contests: tuple[ContestReturn, ...]
    paper_record: bool
    approvals: tuple[Approval, ...] = ()


class Unreadable(Struct, frozen=True):
    """What stands where a signed log holds bytes that are no entry: evidence, never counted."""

    reason: str


Act = (
    PollsOpened
    | PollsClosed
    | LogFinal
    | BoxReturned
    | PlaceResumed
    | CustodyPassed
    | CheckInVoided
    | SpareCalled
)
Entry = (
    LogBegan
    | PollsOpened
    | PollsClosed
    | LogFinal
    | VoterCheckedIn
    | PromiseMade
    | CheckInWithdrawn
    | CardIssued
    | ZeroReturned
    | CastCounted
    | BoxReturned
    | PeripheralNoted
    | SelfTested
    | AmendmentTaken
    | SpareCalled
    | BookEntry
    | AdmittingEntry
)

_EVERYWHERE = (
    LogBegan,
    PollsOpened,
    PollsClosed,
    LogFinal,
    PeripheralNoted,
    SelfTested,
    AmendmentTaken,
    SpareCalled,
)
KINDS_OF: dict[StationKind, tuple[type[EntryBase], ...]] = {
    "desk": (
        *_EVERYWHERE,
        *BOOK_KINDS,
        *ADMITTING_KINDS,
        VoterCheckedIn,
        PromiseMade,
        CheckInWithdrawn,
        CardIssued,
    ),
    "box": (*_EVERYWHERE, ZeroReturned, CastCounted, BoxReturned),
    "district": (*_EVERYWHERE, PromiseMade),
}


def encode_entry(entry: Entry) -> bytes:
    """The bytes that are hashed into the log."""
    data = canonical(entry)
    assert len(data) <= bytes_max(entry), "an entry of ours is too long"
    return data


def decode_entry(data: bytes, kind: StationKind, where: str) -> Entry:
    """Read one entry of a log of this station kind; DecodeError if it does not belong there."""
    if len(data) > RETURN_BYTES_MAX:
        raise DecodeError(where, f"an entry of {len(data)} bytes, at most {RETURN_BYTES_MAX}")
    entry: Entry = decode(data, Entry, where)  # type: ignore[arg-type]
    if len(data) > bytes_max(entry):
        raise DecodeError(where, f"an entry of {len(data)} bytes, at most {bytes_max(entry)}")
    if not isinstance(entry, KINDS_OF[kind]):
        raise DecodeError(where, f"{type(entry).__name__} does not belong in the log of a {kind}")
    return entry


def read_entry(data: bytes, kind: StationKind, where: str) -> Entry | Unreadable:
    """Like `decode_entry`, for entries already under a valid signature: never raises."""
    try:
        return decode_entry(data, kind, where)
    except DecodeError as error:
        return Unreadable(str(error))


def bytes_max(entry: Entry) -> int:
    """The largest size of an entry of this kind, in bytes."""
    return RETURN_BYTES_MAX if isinstance(entry, BoxReturned) else ENTRY_BYTES_MAX
