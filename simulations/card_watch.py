"""Watching cards: what was voided, seconded and cast, worked out from entries and disks alone.

    a void      only when the box's disk shows the card as spent without a ballot
    a ballot    one at most for a voter and right, over all their cards; never by a voided one
    a card      where two confirmations are asked, only after another desk of the place seconded it

It reads slips and stores in its own way and asks no rule of the stations.
"""

import base64
import hashlib
from collections.abc import Callable

import msgspec

from simulations.disk import Disk
from sync.card import spent_hash
from sync.card_entries import CheckInSeconded, CheckInVoided
from sync.entries import CardIssued, VoterCheckedIn
from sync.package import Package, Station
from sync.position import Ref

Broken = Callable[[str, str], None]


class CardWatch:
    """What is known of every card of one world; `broken` takes a guarantee and words."""

    def __init__(self, package: Package, disks: dict[str, Disk], broken: Broken) -> None:
        self._package = package
        self._disks = disks
        self._broken = broken
        self.voided: set[Ref] = set()
        self._seconded: set[Ref] = set()
        self._commitments: dict[bytes, Ref] = {}
        self._voters: dict[bytes, tuple[Ref, VoterCheckedIn]] = {}

    def issued(self, target: Ref, card: CardIssued, entry: VoterCheckedIn, desk: str) -> None:
        """A card was written for the check-in at `target`."""
        if self._package.rules.confirmations > 1 and target not in self._seconded:
            self._broken("two pairs of eyes", f"the card for {target} was seconded by nobody")
        self._commitments[card.commitment] = target
        secret = self._disks[desk].secrets.get(card.number)
        if secret is not None:
            digest = spent_hash(self._package.day, card.box, secret)
            self._voters[digest] = target, entry

    def seconded(self, author: Station, entry: CheckInSeconded) -> None:
        """Somebody seconded a check-in; only another desk of its place counts."""
        desk = self._package.stations_by_id[entry.origin.split("/")[2]]
        if author.kind == "desk" and author.at == desk.at and author.id != desk.id:
            self._seconded.add(Ref(entry.origin, entry.index))

    def was_voided(self, target: Ref, act: CheckInVoided, card: CardIssued | None) -> None:
        """A void was written: each slip's card must lie spent, without a ballot, in its box."""
        if card is None or len(act.slips) != 1:
            self._broken("G1", f"{target} is voided with {len(act.slips)} slips and card {card}")
            return
        blob = base64.b32decode(_padded(act.slips[0].removeprefix("PMV1:")))
        secret = msgspec.msgpack.decode(blob[:-64])[3]
        store = self._disks[card.box].ballots
        digest = spent_hash(self._package.day, card.box, secret)
        if hashlib.sha256(secret).digest() != card.commitment:
            self._broken("G1", f"{target} is voided with the slip of another card")
        elif store is None or digest not in {spent for _, spent in store.returned}:
            self._broken("G1", f"{target} is voided, and its card is still good at {card.box}")
        self.voided.add(target)

    def was_taken_back(self, box: str, secret: bytes) -> None:
        """A box has answered with a slip."""
        digest = spent_hash(self._package.day, box, secret)
        store = self._disks[box].ballots
        if store is None or digest not in {spent for _, spent in store.returned}:
            self._broken("G3", f"{box} gave a slip for a card that its disk does not show as spent")

    def count(self) -> None:
        """Over all boxes: every ballot has its card, and no voter two for one right."""
        first: dict[tuple[str, str], Ref] = {}
        for box, disk in self._disks.items():
            store = disk.ballots
            if store is None:
                continue
            paid = {digest for _, digest in store.spent - store.returned}
            if len(store.ballots) != len(paid):
                self._broken(
                    "G1", f"{box} holds {len(store.ballots)} ballots for {len(paid)} cards"
                )
            for target, entry in (
                self._voters[digest] for digest in sorted(paid & {*self._voters})
            ):
                if target in self.voided:
                    self._broken(
                        "G1", f"a ballot at {box} was cast with the voided card of {target}"
                    )
                for right in entry.rights:
                    earlier = first.setdefault((entry.voter, right), target)
                    if earlier != target:
                        words = f"two ballots for {right} by one voter: {earlier} and {target}"
                        self._broken("G1", words)


def _padded(text: str) -> str:
    return text + "=" * (-len(text) % 8)
