"""One canonical form for everything that is hashed or signed: compact JSON, one spelling only.

    {"kind":"PromiseMade","origin":"pollmesh/demo-2026/a-desk-1/0","index":12,"leaf":"9f2c…"}

Struct fields stand in the order in which they are defined, map keys are sorted, no blanks, no
defaults left out. Whatever decodes must encode to the very bytes it came from, or it is refused:
duplicate keys, other spellings of a number and extra blanks all fail that test.
"""

import json
from collections import Counter
from typing import Any, TypeVar

import msgspec

from sync.errors import DecodeError

T = TypeVar("T")

_encoder = msgspec.json.Encoder(order="deterministic")


def canonical(value: Any) -> bytes:
    """Encode `value` (a struct of this package) to its one canonical form, UTF-8 JSON."""
    return _encoder.encode(value)


def decode(data: bytes, kind: type[T], where: str) -> T:
    """Decode canonical JSON `data` into `kind`; DecodeError names `where` if it is not so."""
    try:
        value = msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(where, str(error)) from None
    if canonical(value) != data:
        raise DecodeError(where, f"not in canonical form{_first_difference(value, data)}")
    return value


def duplicate_key(data: bytes) -> str | None:
    """Name the first key that stands twice in one object of JSON `data`, if any."""
    found: list[str] = []

    def look(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        counts = Counter(key for key, _ in pairs)
        found.extend(key for key, count in counts.items() if count > 1)
        return dict(pairs)

    try:
        json.loads(data, object_pairs_hook=look)
    except (ValueError, RecursionError):
        return None
    return found[0] if found else None


def _first_difference(value: Any, data: bytes) -> str:
    if key := duplicate_key(data):
        return f": the key '{key}' stands twice"
    again = canonical(value)
    same = next(
        (i for i, (a, b) in enumerate(zip(again, data, strict=False)) if a != b),
        min(len(again), len(data)),
    )
    return f": differs at byte {same}"
