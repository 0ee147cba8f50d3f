"""Where an entry stands, and what is wrong with it: words that both sides of the service share."""

from msgspec import Struct


class Ref(Struct, frozen=True, order=True):
    """The position of an entry: which log, which index. Refs order by origin bytes, then index."""

    origin: str
    index: int


class Fault(Struct, frozen=True, order=True):
    """Something a station wrote and must not have written: kept, named, never counted."""

    origin: str
    index: int
    words: str
