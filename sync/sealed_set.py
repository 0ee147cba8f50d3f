"""What a box keeps: sealed ballots and spent cards, as one file that forgets the order of casting.

    pollmesh/box-store/v1 <day> <box> <ballots> <spent>\n
    <spent: desk number, 2 bytes, and hash, 32 bytes; sorted>
    <ballots: sealed, one size; sorted>
    <SHA-256 of all the above>

The bytes are a function of the *set*: any order of the same ballots gives the same file. Merging
two copies is set union. A sealed ballot looks random, so its place in the order tells nothing.
"""

import hashlib
from dataclasses import dataclass, field

from sync.errors import DecodeError
from sync.limits import BALLOT_BYTES
from sync.sealing import SEAL_BYTES

SEALED_BYTES = BALLOT_BYTES + SEAL_BYTES
_SPENT_BYTES = 34
_HEADER = "pollmesh/box-store/v1"


@dataclass(frozen=True)
class SealedSet:
    """The ballots and spent cards of one box. `desks` maps a desk's number to its id."""

    day: str
    box: str
    desks: tuple[str, ...]
    ballots: frozenset[bytes] = field(default_factory=frozenset)
    spent: frozenset[tuple[int, bytes]] = field(default_factory=frozenset)

    def add(self, desk: str, spent: bytes, sealed: bytes) -> "SealedSet":
        """One more ballot with the card that paid for it."""
        assert len(sealed) == SEALED_BYTES, "ballots are sealed to one size"
        return SealedSet(
            self.day,
            self.box,
            self.desks,
            self.ballots | {sealed},
            self.spent | {(self.desks.index(desk), spent)},
        )

    def spent_by_desk(self) -> dict[str, int]:
        """Cards spent, by the desk that issued them, every desk named."""
        totals = dict.fromkeys(self.desks, 0)
        for number, _ in self.spent:
            totals[self.desks[number]] += 1
        return totals

    def encode(self) -> bytes:
        """The file's bytes."""
        header = f"{_HEADER} {self.day} {self.box} {len(self.ballots)} {len(self.spent)}\n"
        rows = sorted(number.to_bytes(2, "big") + digest for number, digest in self.spent)
        body = header.encode() + b"".join(rows) + b"".join(sorted(self.ballots))
        return body + hashlib.sha256(body).digest()


def decode_sealed_set(data: bytes, day: str, box: str, desks: tuple[str, ...]) -> SealedSet:
    """Read the file back; DecodeError says what is damaged."""
    body, checksum = data[:-32], data[-32:]
    if hashlib.sha256(body).digest() != checksum:
        raise DecodeError("box store", "the checksum does not hold: the file is damaged")
    header, _, rest = body.partition(b"\n")
    words = header.decode("ascii", "replace").split(" ")
    if len(words) != 5 or words[:3] != [_HEADER, day, box]:
        raise DecodeError("box store", f"not the store of {box} for {day}: {words[:3]}")
    if not all(word.isascii() and word.isdigit() and len(word) < 10 for word in words[3:]):
        raise DecodeError("box store", "the first line does not say how many ballots and cards")
    ballots, spent = int(words[3]), int(words[4])
    if len(rest) != spent * _SPENT_BYTES + ballots * SEALED_BYTES:
        raise DecodeError("box store", "the length does not fit the numbers in the first line")
    edge = spent * _SPENT_BYTES
    rows = [rest[i : i + _SPENT_BYTES] for i in range(0, edge, _SPENT_BYTES)]
    sealed = [rest[i : i + SEALED_BYTES] for i in range(edge, len(rest), SEALED_BYTES)]
    pairs = frozenset((int.from_bytes(row[:2], "big"), row[2:]) for row in rows)
    store = SealedSet(day, box, desks, frozenset(sealed), pairs)
    if store.encode() != data or any(number >= len(desks) for number, _ in pairs):
        raise DecodeError("box store", "the rows are not sorted, or a desk is unknown")
    return store


def spent_digest(spent: frozenset[tuple[int, bytes]]) -> bytes:
    """One hash over the spent set, for cast counts and returns."""
    return hashlib.sha256(b"".join(sorted(digest for _, digest in spent))).digest()
