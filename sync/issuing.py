"""From a claim to the card in the hand: what a desk does with its own check-ins, step by step.

    waiting for promises   -> card issued         the quorum stands (and a second desk, if asked)
                           -> second awaited      the quorum stands, the second desk is still asked
                           -> withdrawn           no quorum in time, or somebody was first
    second awaited         -> card issued         when the worker asks again and it is seconded
                           -> withdrawn           refused there, given up here, or too late
    card issued            -> card handed out     another station holds it, or a stub must be kept;
                                                  with the second desk's signature if asked

A card is issued only while a worker waits for it, so nobody who walked away leaves a card behind.
The secret is kept until the worker confirms that the card was taken: a jam or a crash reprints the
same card, that is the same secret under the same number, good once.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from sync.card import Card, Second, commitment, write_card
from sync.check_in import CheckIn
from sync.check_ins import CheckIns
from sync.effects import Answer, CheckInVoter, ForgetSecret, KeepSecret
from sync.entries import CardIssued, CheckInWithdrawn, Entry, Unreadable
from sync.entry_base import WithdrawalReason
from sync.guards import quorum_of
from sync.limits import COPY_WAIT_MS, ENDED_SHOWN_MAX, SECOND_WAIT_MS, SIGN_WAIT_MS
from sync.outcomes import CardReady, Done, Outcome, Refused, SecondAwaited
from sync.package import Package, Station
from sync.position import Ref
from sync.role import Pen
from sync.signing import Signer


@dataclass
class Pending:
    """A check-in whose worker still waits."""

    request: int
    box: str
    secret: bytes
    since_ms: int
    issued_ms: int | None = None


@dataclass
class Secrets:
    """Secrets of cards issued and not yet taken, by number; restored from the store at start."""

    by_number: dict[int, bytes] = field(default_factory=dict)


class Awaited(NamedTuple):
    """An own check-in that waits for another desk. `is_ready`: ask for the card now."""

    check_in: CheckIn
    is_ready: bool
    words: str


class Issuing:
    """The own check-ins of one desk that are not finished, and its cards."""

    def __init__(
        self,
        package: Package,
        station: Station,
        signer: Signer,
        check_ins: CheckIns,
        origin: str,
        secrets: Secrets,
    ) -> None:
        self.package = package
        self.station = station
        self.check_ins = check_ins
        self.secrets = secrets
        self.pending: dict[Ref, Pending] = {}
        self.cards: dict[int, CheckIn] = {}
        self._signer = signer
        self._origin = origin
        self._numbers = 0
        self._two = package.rules.confirmations > 1
        self._others = [s.id for s in package.stations_at(station.at, "desk") if s != station]
        self._awaiting: dict[Ref, int] = {}
        self._ended: dict[Ref, str] = {}
        self._has_looked = False

    def fold(self, ref: Ref, entry: Entry | Unreadable) -> None:
        """Remember the number of an own card; called after `CheckIns.fold`."""
        if ref.origin == self._origin and isinstance(entry, CardIssued):
            self._numbers = max(self._numbers, entry.number)
            check_in = self.check_ins.get(Ref(ref.origin, entry.check_in))
            if check_in is not None and check_in.card is entry:
                self.cards[entry.number] = check_in

    def no_second(self, pen: Pen) -> Refused | None:
        """Refuse before anything is written where nobody could second it; None if somebody can."""
        boxes = {box.id for box in self.package.stations_at(self.station.at, "box")}
        if not self._two or pen.connected() - boxes:
            return None
        words = (
            f"This day asks for a second confirmation at another desk ({', '.join(self._others)}), "
            "and none can be reached. Nothing is used up: look to the cables, or send the voter to "
            "a desk that is linked."
        )
        return Refused("no-second", words)

    def wait_for(self, request: int, ref: Ref, command: CheckInVoter, pen: Pen) -> None:
        """A worker waits for the card of this check-in."""
        self._ended.pop(ref, None)
        self.pending[ref] = Pending(request, command.box, command.secret, pen.steady_ms)

    def goes_on(self, mine: CheckIn) -> bool:
        """Is this own check-in unfinished: no card yet, or one that nobody confirmed as taken?"""
        return mine.card is None or mine.card.number in self.secrets.by_number

    def resume(
        self, request: int, mine: CheckIn, command: CheckInVoter, pen: Pen
    ) -> Outcome | None:
        """An unfinished check-in of this very desk goes on; its card is printed again."""
        if mine.ref in self.pending:
            return Refused("busy", "This voter is being checked in here right now. Wait.")
        if mine.card is None or (self._two and not mine.signatures and self.goes_on(mine)):
            self.wait_for(request, mine.ref, command, pen)
            return None
        secret = self.secrets.by_number.get(mine.card.number)
        if secret is None:
            words = (
                f"Already checked in here at {mine.entry.minute}: card {mine.card.number} taken."
            )
            return Refused("already-checked-in", words)
        return self._card_ready(mine, secret, stub=not pen.copies(mine.card_index))

    def react(self, pen: Pen, now_ms: int) -> None:
        """Move every pending check-in on, and end those that waited in vain for another desk."""
        for ref, pending in list(self.pending.items()):
            check_in = self.check_ins.get(ref)
            assert check_in is not None, "a pending check-in is in the log"
            outcome = self._advance(check_in, pending, pen, now_ms)
            if outcome is not None:
                del self.pending[ref]
                pen.do(Answer(pending.request, outcome))
        if self._two and not self.check_ins.is_final(self._origin):
            self._look_at_awaited(pen)

    def taken(self, number: int, pen: Pen) -> Outcome:
        """The voter has the card: its secret is forgotten."""
        waiting = (self.check_ins.get(ref) for ref in self.pending)
        if any(c is not None and c.card and c.card.number == number for c in waiting):
            return Refused("busy", f"Card {number} is not out yet. Wait for it.")
        if number not in self.secrets.by_number:
            return Refused("no-card", f"Card {number} is not waiting to be taken here.")
        self.forget(number, pen)
        return Done(f"Card {number} taken.")

    def forget(self, number: int, pen: Pen) -> None:
        """Erase a card's secret, if it is kept."""
        if self.secrets.by_number.pop(number, None) is not None:
            pen.do(ForgetSecret(number))

    def may_give_up(self, mine: CheckIn) -> bool:
        """Is it without a card, and nobody waits for one right now?"""
        return mine.is_live and mine.card is None and mine.ref not in self.pending

    def give_up(self, voter: str, pen: Pen) -> Outcome:
        """The voter left before a card: withdraw; what had ended already is no longer shown."""
        known = [c for c in self.check_ins.of(voter) if c.ref.origin == self._origin]
        if seen := [c.ref for c in known if self._ended.pop(c.ref, None) is not None]:
            return Done("It had ended already. Nothing is used up.", seen[-1].index)
        mine = next((c for c in known if c.is_live and c.card is None), None)
        if mine is None:
            words = "No check-in of this voter waits here. With a card out, two officers void it."
            return Refused("no-check-in", words)
        if mine.ref in self.pending:
            return Refused("busy", "This voter is being checked in here right now. Wait.")
        index = self.drop(mine, pen)
        return Done("Given up. Nothing is used up, the voter may come again.", index)

    def drop(self, mine: CheckIn, pen: Pen) -> int:
        """Withdraw an own check-in that has no card; where that stands in the log."""
        return pen.append(CheckInWithdrawn(mine.ref.index, "given-up")).index

    def reprint(self, number: int) -> CardReady | None:
        """Card `number` again, while it has left and is not taken: the same, secret and all."""
        secret, found = self.secrets.by_number.get(number), self.cards.get(number)
        if secret is None or found is None or found.ref in self.pending or not found.is_live:
            return None
        if self._two and not found.signatures:
            return None
        return self._card_ready(found, secret, stub=False)

    def outstanding(self) -> list[CheckIn]:
        """Check-ins whose cards are issued and not confirmed as taken, by number."""
        numbers = sorted(self.secrets.by_number.keys() & self.cards.keys())
        return [self.cards[number] for number in numbers if self.cards[number].is_card_out]

    def awaited(self) -> list[Awaited]:
        """Own check-ins that wait for another desk, and those that ended so and were not seen."""
        found = []
        for ref in (*self._awaiting, *self._ended):
            check_in = self.check_ins.get(ref)
            assert check_in is not None, "an own check-in is in the log"
            if ref in self._ended:
                found.append(Awaited(check_in, False, self._ended[ref]))
            elif check_in.card is not None:
                words = (
                    f"Card {check_in.card.number} waits for a signature at {self._at(check_in)}."
                )
                found.append(Awaited(check_in, bool(check_in.signatures), words))
            elif self._may_issue(check_in):
                found.append(Awaited(check_in, True, f"Seconded at {self._at(check_in)}."))
            else:
                words = f"Waits for second confirmation at {' or '.join(self._others)}."
                found.append(Awaited(check_in, False, words))
        return found

    def withdraw_unfinished(self, pen: Pen) -> None:
        """Check-ins left without a card, after a crash say, end before the log does."""
        own = (c for c in self.check_ins.all() if c.ref.origin == self._origin)
        for check_in in sorted(own, key=lambda c: c.ref):
            if check_in.is_live and check_in.card is None:
                pen.append(CheckInWithdrawn(check_in.ref.index, "closed"))

    def _advance(
        self, check_in: CheckIn, pending: Pending, pen: Pen, now_ms: int
    ) -> Outcome | None:
        """One step of one waiting check-in; its outcome once it has one."""
        if not check_in.is_live:
            return Refused("ended", "This check-in has ended meanwhile. Look the voter up again.")
        if check_in.card is None and self._may_issue(check_in):
            number = self._numbers + 1
            digest = commitment(pending.secret)
            pen.do(KeepSecret(number, pending.secret))
            self.secrets.by_number[number] = pending.secret
            pen.append(CardIssued(check_in.ref.index, "ordinary", number, pending.box, digest))
            pending.issued_ms = pen.steady_ms
        if check_in.card is not None:
            return self._let_out(check_in, pending, pen)
        if first := self._ahead_of(check_in):
            words = f"This voter is being checked in at {first.desk}. Send them there."
            return self._withdraw(check_in, "checked-in-elsewhere", words, pen)
        if check_in.refused_by:
            return self._withdraw(check_in, "not-seconded", self._not_seconded(check_in), pen)
        if self._two and self.check_ins.has_quorum(check_in):
            self._awaiting.setdefault(check_in.ref, pen.steady_ms)
            at = tuple(sorted(pen.connected() & set(self._others)))
            return SecondAwaited(check_in.ref.index, at, self._awaits(at))
        waited_ms = pen.steady_ms - pending.since_ms
        if waited_ms >= self.package.rules.confirm_wait_ms:
            return self._withdraw(check_in, "no-quorum", self._no_quorum(check_in), pen)
        return None

    def _may_issue(self, check_in: CheckIn) -> bool:
        """Confirmed; and where a second desk is asked, none refused and one can still sign."""
        if not self._two:
            return self.check_ins.is_confirmed(check_in)
        logs = (f"pollmesh/{self.package.day}/{desk}/0" for desk in check_in.seconded_by)
        can_sign = any(not self.check_ins.is_final(origin) for origin in logs)
        return can_sign and not check_in.refused_by and self.check_ins.is_confirmed(check_in)

    def _let_out(self, check_in: CheckIn, pending: Pending, pen: Pen) -> Outcome | None:
        """The card may leave when another station holds it, or alone with a stub."""
        assert check_in.card is not None, "only an issued card is let out"
        if pending.issued_ms is None:
            pending.issued_ms = pen.steady_ms
        waited_ms = pen.steady_ms - pending.issued_ms
        if self._two and not check_in.signatures:
            if waited_ms < SIGN_WAIT_MS:
                return None
            self._awaiting.setdefault(check_in.ref, pen.steady_ms)
            return self._second_silent(check_in, check_in.card)
        held = pen.copies(check_in.card_index) > 0
        if held or not pen.connected() or waited_ms >= COPY_WAIT_MS:
            secret = self.secrets.by_number[check_in.card.number]
            self._awaiting.pop(check_in.ref, None)
            return self._card_ready(check_in, secret, stub=not held)
        return None

    def _card_ready(self, check_in: CheckIn, secret: bytes, stub: bool) -> CardReady:
        issued = check_in.card
        assert issued is not None, "only an issued card is ready"
        rights, day = check_in.entry.rights, self.package.day
        second = Second(*min(check_in.signatures.items())) if self._two else None
        card = Card(day, issued.box, rights, self.station.id, secret)
        text = write_card(card, self._signer, second)
        words = f"Checked in. Card {issued.number} for {issued.box}."
        if stub:
            words += " No other station holds it yet: keep the number on a stub."
        return CardReady(issued.number, issued.box, text, stub, words)

    def _ahead_of(self, check_in: CheckIn) -> CheckIn | None:
        """Another live check-in that has a card, or stands lower: then ours gives way."""
        entry = check_in.entry
        for other in self.check_ins.live(entry.voter, entry.rights):
            if other is not check_in and (other.card or other.ref < check_in.ref):
                return other
        return None

    def _look_at_awaited(self, pen: Pen) -> None:
        """End what another desk refused or never looked at; after a start, find what is left."""
        if not self._has_looked:
            self._has_looked = True
            own = (c for c in self.check_ins.all() if c.ref.origin == self._origin)
            left = (c.ref for c in own if c.is_live and c.card is None)
            self._awaiting |= dict.fromkeys(sorted(set(left) - self.pending.keys()), pen.steady_ms)
        for ref, since_ms in list(self._awaiting.items()):
            check_in = self.check_ins.get(ref)
            assert check_in is not None, "an own check-in is in the log"
            if not check_in.is_live:
                del self._awaiting[ref]
            elif check_in.card is None and ref not in self.pending:
                is_late = pen.steady_ms - since_ms >= SECOND_WAIT_MS
                if check_in.refused_by or is_late:
                    words = self._not_seconded(check_in)
                    self._withdraw(check_in, "not-seconded", words, pen)
                    self._end(ref, words)

    def _end(self, ref: Ref, words: str) -> None:
        """Stop awaiting it, and remember why until the worker has seen it."""
        del self._awaiting[ref]
        if len(self._ended) == ENDED_SHOWN_MAX:
            self._ended.pop(next(iter(self._ended)))
        self._ended[ref] = words

    def _withdraw(
        self, check_in: CheckIn, because: WithdrawalReason, words: str, pen: Pen
    ) -> Refused:
        pen.append(CheckInWithdrawn(check_in.ref.index, because))
        return Refused(because, words)

    def _no_quorum(self, check_in: CheckIn) -> str:
        guards = self.check_ins.guards_of(check_in.entry.voter)
        silent = sorted(set(guards) - set(self.check_ins.promised_by(check_in)))
        return (
            f"Not confirmed: no answer from {', '.join(silent)} "
            f"(weight {self.check_ins.weight(check_in)}, {quorum_of(guards)} needed). "
            "The rule of the day is to refuse; nothing is used up, the voter may try again."
        )

    def _not_seconded(self, check_in: CheckIn) -> str:
        if check_in.refused_by:
            who = ", ".join(sorted(check_in.refused_by))
            return f"{who} does not confirm this check-in. Nothing is used up; ask an officer."
        minutes = SECOND_WAIT_MS // 60_000
        return (
            f"No second confirmation within {minutes} minutes. Nothing is used up; the voter may "
            "try again."
        )

    def _awaits(self, at: tuple[str, ...]) -> str:
        if at:
            return f"Waits for second confirmation at {' or '.join(at)}."
        return (
            f"Waits for second confirmation, and {', '.join(self._others)} cannot be reached "
            "directly. It may come by another road; look to the cables, or give the check-in up."
        )

    def _second_silent(self, check_in: CheckIn, card: CardIssued) -> Refused:
        words = (
            f"Card {card.number} waits for the signature of {self._at(check_in)}, which does not "
            "answer. Ask again, or let another desk confirm the check-in too."
        )
        return Refused("second-silent", words)

    def _at(self, check_in: CheckIn) -> str:
        return ", ".join(sorted(check_in.seconded_by))
