"""Entries about who was not admitted, a second pair of eyes, and cards that came back.

    {"kind":"VoterNotAdmitted","because":"deceased","document":"passport","means":"typed",
     "minute":"2026-11-27T05:12Z"}
    {"kind":"CheckInSeconded","origin":"pollmesh/demo-2026/a-desk-1/0","index":12,"leaf":"9f2c…="}
    {"kind":"CardSeconded","origin":"pollmesh/demo-2026/a-desk-1/0","index":12,"signature":"…"}
    {"kind":"CheckInVoided","check_in":12,"slips":["PMV1:…"],"because":"voter-left","approvals":[…]}

Nobody who is turned away is named, not even by a voter key: only that it happened, why, and with
which kind of document. All of them stand in the logs of desks.
"""

from typing import Annotated, Literal

from msgspec import Meta

from sync.entry_base import Approval, Count, Document, EntryBase, Hash, Means, Minute, Origin

NotAdmitted = Literal[
    "not-on-roll",
    "too-young",
    "deceased",
    "other-place",
    "nothing-owed",
    "bad-code",
    "defective-document",
]
"""Why a worker turned somebody away."""

VoidReason = Literal["wrong-voter", "voter-left", "card-unusable", "entered-in-error", "other"]
"""Why officers void a check-in; never a free text, which could name somebody."""

SLIPS_MAX = 4
SLIP_CHARACTERS_MAX = 400
Slips = Annotated[
    tuple[Annotated[str, Meta(max_length=SLIP_CHARACTERS_MAX)], ...],
    Meta(min_length=1, max_length=SLIPS_MAX),
]
"""Texts of `sync.void_slip`, one a card of the check-in; they must fit one entry."""


class VoterNotAdmitted(EntryBase, frozen=True):
    """A worker turned somebody away, and why. Nothing in it tells who it was."""

    because: NotAdmitted
    document: Document
    means: Means
    minute: Minute


class SecondEntry(EntryBase, frozen=True):
    """What another desk of the place says of the check-in at this position."""

    origin: Origin
    index: Count


class CheckInSeconded(SecondEntry, frozen=True):
    """Another desk of the place saw the person and the document of that check-in too."""

    leaf: Hash


class SecondRefused(SecondEntry, frozen=True):
    """Another desk of the place looked at that check-in and does not second it."""

    leaf: Hash


class CardSeconded(SecondEntry, frozen=True):
    """The signature of a desk that seconded a check-in, for its card (`sync.card`)."""

    signature: Annotated[bytes, Meta(min_length=64, max_length=64)]


class CheckInVoided(EntryBase, frozen=True):
    """Two officers void a check-in of this desk whose cards are all back and spent at their box."""

    check_in: Count
    slips: Slips
    because: VoidReason
    approvals: tuple[Approval, ...] = ()

    @property
    def slip(self) -> str:
        """The slips as officers give them: one, or several behind each other."""
        return " ".join(self.slips)


AdmittingEntry = VoterNotAdmitted | CheckInSeconded | SecondRefused | CardSeconded | CheckInVoided
ADMITTING_KINDS = (VoterNotAdmitted, CheckInSeconded, SecondRefused, CardSeconded, CheckInVoided)
