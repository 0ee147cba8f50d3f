"""What a station writes about the mesh itself: which amendments it took, how a spare came to work.

{"kind":"AmendmentTaken","number":1,"digest":"9f2c…="}
{"kind":"SpareCalled","spare":"spare-1","at":"a","code":"7K2M-…","minute":"…","approvals":[…]}
"""

from typing import Annotated

from msgspec import Meta

from sync.entry_base import Approval, Count, EntryBase, Hash, Id, Minute


class AmendmentTaken(EntryBase, frozen=True):
    """This station works by amendment `number` from here on; `digest` is SHA-256 of its bytes."""

    number: Count
    digest: Hash


class SpareCalled(EntryBase, frozen=True):
    """Two officers of the place put a spare to work with the code whose hash the package holds.

    First it travels by itself, before any log, as an order (`sync.orders`); then it stands in the
    spare's own log.
    """

    spare: Id
    at: Id
    code: Annotated[str, Meta(pattern=r"^[0-9A-Z-]{8,64}\Z")]
    minute: Minute
    approvals: tuple[Approval, ...] = ()
