"""What a box keeps: sealed ballots and spent cards, as one file that forgets the order of casting.

    pollmesh/box-store/v2 <day> <box> <ballots> <returned>\n
    <cards that paid for a ballot: desk number, 2 bytes, and hash, 32 bytes; sorted>
    <cards that were taken back and paid for none; likewise>
    <ballots: sealed, one size; sorted>
    <SHA-256 of all the above>

The bytes are a function of the *sets*: any order of the same ballots and cards gives the same file.
Merging two copies is set union. A sealed ballot looks random, so its place in the order tells
nothing. As many cards paid as there are ballots.
"""

import hashlib
from dataclasses import dataclass, field, replace

from sync.errors import DecodeError
from sync.limits import BALLOT_BYTES
from sync.sealing import SEAL_BYTES

SEALED_BYTES = BALLOT_BYTES + SEAL_BYTES
_SPENT_BYTES = 34
_HEADER = "pollmesh/box-store/v2"


@dataclass(frozen=True)
class SealedSet:
    """The ballots and spent cards of one box. `desks` maps a desk's number to its id.

    `spent` is every card that is good no more; `returned` those of them that brought no ballot.
    """

    day: str
    box: str
    desks: tuple[str, ...]
    ballots: frozenset[bytes] = field(default_factory=frozenset)
    spent: frozenset[tuple[int, bytes]] = field(default_factory=frozenset)
    returned: frozenset[tuple[int, bytes]] = field(default_factory=frozenset)

    def add(self, desk: str, spent: bytes, sealed: bytes) -> "SealedSet":
        """One more ballot with the card that paid for it."""
        assert len(sealed) == SEALED_BYTES, "ballots are sealed to one size"
        card = (self.desks.index(desk), spent)
        return replace(self, ballots=self.ballots | {sealed}, spent=self.spent | {card})

    def take_back(self, desk: str, spent: bytes) -> "SealedSet":
        """One more card that is good no more, and no ballot."""
        card = (self.desks.index(desk), spent)
        return replace(self, spent=self.spent | {card}, returned=self.returned | {card})

    def is_spent(self, spent: bytes) -> bool:
        """Is the card with this hash good no more?"""
        return any(digest == spent for _, digest in self.spent)

    def is_returned(self, spent: bytes) -> bool:
        """Was the card with this hash taken back?"""
        return any(digest == spent for _, digest in self.returned)

    def is_balanced(self) -> bool:
        """Has every ballot its card, and every card its ballot unless it came back?"""
        return self.returned <= self.spent and (
            len(self.ballots) == len(self.spent) - len(self.returned)
        )

    def spent_by_desk(self) -> dict[str, int]:
        """Cards spent, by the desk that issued them, every desk named."""
        return self._by_desk(self.spent)

    def returned_by_desk(self) -> dict[str, int]:
        """Cards taken back, likewise."""
        return self._by_desk(self.returned)

    def _by_desk(self, cards: frozenset[tuple[int, bytes]]) -> dict[str, int]:
        totals = dict.fromkeys(self.desks, 0)
        for number, _ in cards:
            totals[self.desks[number]] += 1
        return totals

    def encode(self) -> bytes:
        """The file's bytes."""
        header = f"{_HEADER} {self.day} {self.box} {len(self.ballots)} {len(self.returned)}\n"
        cards = _rows(self.spent - self.returned) + _rows(self.returned)
        body = header.encode() + cards + b"".join(sorted(self.ballots))
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
    ballots, returned = int(words[3]), int(words[4])
    if len(rest) != (ballots + returned) * _SPENT_BYTES + ballots * SEALED_BYTES:
        raise DecodeError("box store", "the length does not fit the numbers in the first line")
    edge = (ballots + returned) * _SPENT_BYTES
    rows = [rest[i : i + _SPENT_BYTES] for i in range(0, edge, _SPENT_BYTES)]
    sealed = [rest[i : i + SEALED_BYTES] for i in range(edge, len(rest), SEALED_BYTES)]
    pairs = [(int.from_bytes(row[:2], "big"), row[2:]) for row in rows]
    store = SealedSet(
        day, box, desks, frozenset(sealed), frozenset(pairs), frozenset(pairs[ballots:])
    )
    if store.encode() != data or any(number >= len(desks) for number, _ in pairs):
        raise DecodeError("box store", "the rows are not sorted, or a desk is unknown")
    return store


def _rows(cards: frozenset[tuple[int, bytes]]) -> bytes:
    return b"".join(sorted(number.to_bytes(2, "big") + digest for number, digest in cards))


def spent_digest(spent: frozenset[tuple[int, bytes]]) -> bytes:
    """One hash over the spent set, for cast counts and returns."""
    return hashlib.sha256(b"".join(sorted(digest for _, digest in spent))).digest()
