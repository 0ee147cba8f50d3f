"""What every entry is made of: the common form, the words and numbers that stand in it.

{"kind":"VoterCheckedIn","voter":"00a1f0…", …,"minute":"2026-11-27T05:12Z"}
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Document = Literal[
    "national-card", "birth-certificate", "passport", "driving-licence", "military-card"
]
DOCUMENTS: tuple[Document, ...] = (
    "national-card",
    "birth-certificate",
    "passport",
    "driving-licence",
    "military-card",
)
Means = Literal["typed", "scanned"]
Finger = Literal["matched", "not-matched", "not-asked", "device-absent"]
"""What a fingerprint reader said at a check-in; it never decides."""
Noticed = Literal[
    "lid-closed",
    "lid-opened",
    "lid-silent",
    "seal-whole",
    "seal-broken",
    "power-back",
    "power-lost",
    "power-low",
    "power-unknown",
    "printer-ready",
    "printer-out-at-close",
    "clock-right",
    "clock-off",
]
"""What a station's peripherals can show that others should know (`sync.noted`)."""
CardKind = Literal["ordinary", "provisional", "at-risk"]
Id = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,32}\Z")]
"""The id of a station, officer, contest or right."""
VoterKey = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
"""The one spelling of a voter key."""
Minute = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}Z\Z")]
Origin = Annotated[str, Meta(min_length=1, max_length=200)]
Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Hash = Annotated[bytes, Meta(min_length=32, max_length=32)]
Rights = Annotated[tuple[Id, ...], Meta(min_length=1, max_length=64)]
WithdrawalReason = Literal[
    "no-quorum", "checked-in-elsewhere", "closed", "not-seconded", "given-up"
]


class EntryBase(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag=True):
    """Common form of every entry: the kind stands first, no unknown field is accepted."""


class Approval(Struct, frozen=True, forbid_unknown_fields=True):
    """One officer's signature over the entry that carries it."""

    officer: Id
    signature: Annotated[bytes, Meta(min_length=64, max_length=64)]
