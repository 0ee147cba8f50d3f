"""A desk: it admits voters. The rules of a check-in from the worker's key to the card in the hand.

    asked    -> waiting for promises   a live check-in is written and pushed
    promised -> waiting for a copy     quorum stands: CardIssued is written and pushed
    copied   -> card handed out        another station holds CardIssued, or a stub must be kept
    late     -> withdrawn              no quorum in time (fallback `refuse`), or somebody was first

Order matters and none of it can be left out: a card never comes before its quorum is in the logs, a
withdrawal never after a card, and nothing after the log is final. The card's secret is kept until
the worker confirms that the card was taken, so a jam or a crash reprints the same card.
"""

from dataclasses import dataclass, field

from sync.acts import Proposals, act_words
from sync.card import Card, commitment, write_card
from sync.check_ins import CheckIn, CheckIns
from sync.effects import (
    Answer,
    BallotStored,
    CheckInVoter,
    Command,
    ConfirmCardTaken,
    ForgetSecret,
    KeepSecret,
    NotePeripheral,
    ProposeAct,
    SubmitAct,
)
from sync.entries import (
    Act,
    CardIssued,
    CheckInWithdrawn,
    Entry,
    LogFinal,
    PollsClosed,
    PollsOpened,
    Unreadable,
    VoterCheckedIn,
)
from sync.entry_base import DOCUMENTS, WithdrawalReason
from sync.guard import promises_due
from sync.guards import home_of, quorum_of
from sync.limits import COPY_WAIT_MS, PENDING_CHECK_INS_MAX
from sync.minutes import minute_text
from sync.noted import Notebook
from sync.outcomes import CardReady, Done, Outcome, Refused
from sync.package import Package, Station
from sync.position import Ref
from sync.role import Pen
from sync.roll import RollLine
from sync.signing import Signer


@dataclass
class _Pending:
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


class Desk:
    """The role of a desk (see `sync.role`)."""

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
        self.pending: dict[Ref, _Pending] = {}
        self.secrets = secrets
        self.signer = signer
        self._origin = origin
        self._changed: set[str] = set()
        self._proposals = Proposals(package, origin, station.at)
        self._numbers = 0
        self._notebook = Notebook(station.id, check_ins.noted)
        self._boxes = [s.id for s in package.stations_at(station.at, "box")]

    def fold(self, station: Station, ref: Ref, leaf: bytes, entry: Entry | Unreadable) -> None:
        """Take in one entry (see Role)."""
        if station.kind == "box":
            return
        voter = self.check_ins.fold(station, ref, leaf, entry)
        if voter is not None:
            self._changed.add(voter)
        if ref.origin == self._origin and isinstance(entry, CardIssued):
            self._numbers = max(self._numbers, entry.number)

    def command(self, request: int, command: Command, pen: Pen, now_ms: int) -> None:
        """Decide one command of a worker or of officers."""
        match command:
            case CheckInVoter():
                outcome = self._check_in(request, command, pen, now_ms)
            case ConfirmCardTaken(number):
                outcome = self._card_taken(number, pen)
            case ProposeAct(act):
                outcome = self._propose(act, now_ms)
            case SubmitAct(proposal, approvals):
                outcome = self._submit(self._proposals.signed(proposal, approvals), pen)
            case NotePeripheral(noticed) if not self.check_ins.is_final(self._origin):
                outcome = self._notebook.write(noticed, pen, now_ms)
            case _:
                outcome = Refused("not-here", "A desk cannot do this. Do it at the box.")
        if outcome is not None:
            pen.do(Answer(request, outcome))

    def stored(self, report: BallotStored, pen: Pen, now_ms: int) -> None:
        """A desk stores no ballots."""
        raise AssertionError("a ballot at a desk")

    def react(self, pen: Pen, now_ms: int) -> None:
        """Promise what is due as a guard, then move every pending check-in on."""
        if not self.check_ins.is_final(self._origin):
            self._notebook.catch_up(pen, now_ms)
        while self._changed:
            voters, self._changed = sorted(self._changed), set()
            if not self.check_ins.is_final(self._origin):
                for promise in promises_due(self.check_ins, self.station.id, voters):
                    pen.append(promise)
        for ref, pending in list(self.pending.items()):
            check_in = self.check_ins.get(ref)
            assert check_in is not None, "a pending check-in is in the log"
            outcome = self._advance(check_in, pending, pen, now_ms)
            if outcome is not None:
                del self.pending[ref]
                pen.do(Answer(pending.request, outcome))

    def _check_in(
        self, request: int, command: CheckInVoter, pen: Pen, now_ms: int
    ) -> Outcome | None:
        """Refuse in words, resume an own check-in, or write a new one and wait."""
        line = self.check_ins.roll.find(command.voter)
        others = self.check_ins.live(command.voter, line.rights) if line else []
        mine = next((c for c in others if c.ref.origin == self._origin), None)
        refusal = self._refusal(line, command, inside=mine is not None)
        if refusal or line is None:
            return refusal
        if mine is not None:
            return self._resume(request, mine, command, pen, now_ms)
        if others:
            other = next((c for c in others if c.card), others[0])
            state = "has a card" if other.card else "waits for confirmation there"
            words = (
                f"Already checked in at {other.desk} at {other.entry.minute}: the voter {state}."
            )
            return Refused("already-checked-in", words)
        ref = pen.append(
            VoterCheckedIn(
                command.voter,
                line.rights,
                command.document,
                command.means,
                minute_text(now_ms),
                command.finger,
            )
        )
        self.pending[ref] = _Pending(request, command.box, command.secret, pen.steady_ms)
        return None

    def _refusal(
        self, line: RollLine | None, command: CheckInVoter, inside: bool
    ) -> Refused | None:
        """Why this voter is not admitted now; who was `inside` at the closing is still served."""
        if not self.check_ins.is_open(self._origin) and not inside:
            if self.check_ins.is_closed(self._origin):
                return Refused("polls-closed", "Polls are closed here. Nobody more is admitted.")
            return Refused("polls-not-open", "Polls are not open here. Two officers open them.")
        if line is None:
            return Refused("not-on-roll", "This national code is not on the roll. Check it again.")
        home = home_of(self.package, line)
        if home != self.station.at:
            place = self.package.places_by_id.get(home)
            name = place.latin if place else home
            return Refused("other-place", f"This voter's polling place is {name}. Send them there.")
        if command.document not in DOCUMENTS or command.means not in ("typed", "scanned"):
            return Refused("no-document", "Choose one of the five documents the voter may show.")
        if self.package.rules.fingerprint == "off" and command.finger != "not-asked":
            return Refused("no-finger", "This day asks for no fingerprints. Check in without.")
        if command.box not in self._boxes:
            return Refused("no-box", f"There is no box {command.box[:40]} here.")
        if len(self.pending) >= PENDING_CHECK_INS_MAX:
            return Refused("busy", "Too many check-ins wait for an answer. Wait for one to end.")
        return None

    def _resume(
        self, request: int, mine: CheckIn, command: CheckInVoter, pen: Pen, now_ms: int
    ) -> Outcome | None:
        """An unfinished check-in of this very desk goes on; its card is printed again."""
        if mine.ref in self.pending:
            return Refused("busy", "This voter is being checked in here right now. Wait.")
        if mine.card is None:
            self.pending[mine.ref] = _Pending(request, command.box, command.secret, pen.steady_ms)
            return None
        secret = self.secrets.by_number.get(mine.card.number)
        if secret is None:
            words = (
                f"Already checked in here at {mine.entry.minute}: card {mine.card.number} taken."
            )
            return Refused("already-checked-in", words)
        return self._card_ready(mine, secret, stub=not pen.copies(mine.card_index))

    def _advance(
        self, check_in: CheckIn, pending: _Pending, pen: Pen, now_ms: int
    ) -> Outcome | None:
        """One step of one waiting check-in; its outcome once it has one."""
        if check_in.card is None and self.check_ins.is_confirmed(check_in):
            number = self._numbers + 1
            digest = commitment(pending.secret)
            pen.do(KeepSecret(number, pending.secret))
            self.secrets.by_number[number] = pending.secret
            pen.append(CardIssued(check_in.ref.index, "ordinary", number, pending.box, digest))
            pending.issued_ms = pen.steady_ms
        if check_in.card is not None:
            return self._let_out(check_in, pending, pen, now_ms)
        if first := self._ahead_of(check_in):
            words = f"This voter is being checked in at {first.desk}. Send them there."
            return self._withdraw(check_in, "checked-in-elsewhere", words, pen)
        waited_ms = pen.steady_ms - pending.since_ms
        if waited_ms >= self.package.rules.confirm_wait_ms:
            return self._withdraw(check_in, "no-quorum", self._no_quorum(check_in, pen), pen)
        return None

    def _let_out(
        self, check_in: CheckIn, pending: _Pending, pen: Pen, now_ms: int
    ) -> Outcome | None:
        """The card may leave when another station holds it, or alone with a stub."""
        if pending.issued_ms is None:
            pending.issued_ms = pen.steady_ms
        held = pen.copies(check_in.card_index) > 0
        waited_ms = pen.steady_ms - pending.issued_ms
        if held or not pen.connected() or waited_ms >= COPY_WAIT_MS:
            assert check_in.card is not None, "only an issued card is let out"
            secret = self.secrets.by_number[check_in.card.number]
            return self._card_ready(check_in, secret, stub=not held)
        return None

    def _card_ready(self, check_in: CheckIn, secret: bytes, stub: bool) -> CardReady:
        issued = check_in.card
        assert issued is not None, "only an issued card is ready"
        rights, day = check_in.entry.rights, self.package.day
        card = write_card(Card(day, issued.box, rights, self.station.id, secret), self.signer)
        words = f"Checked in. Card {issued.number} for {issued.box}."
        if stub:
            words += " No other station holds it yet: keep the number on a stub."
        return CardReady(issued.number, issued.box, card, stub, words)

    def _ahead_of(self, check_in: CheckIn) -> CheckIn | None:
        """Another live check-in that has a card, or stands lower: then ours gives way."""
        entry = check_in.entry
        for other in self.check_ins.live(entry.voter, entry.rights):
            if other is not check_in and (other.card or other.ref < check_in.ref):
                return other
        return None

    def _withdraw(
        self, check_in: CheckIn, because: WithdrawalReason, words: str, pen: Pen
    ) -> Refused:
        pen.append(CheckInWithdrawn(check_in.ref.index, because))
        return Refused(because, words)

    def _no_quorum(self, check_in: CheckIn, pen: Pen) -> str:
        guards = self.check_ins.guards_of(check_in.entry.voter)
        silent = sorted(set(guards) - set(self.check_ins.promised_by(check_in)))
        return (
            f"Not confirmed: no answer from {', '.join(silent)} "
            f"(weight {self.check_ins.weight(check_in)}, {quorum_of(guards)} needed). "
            "The rule of the day is to refuse; nothing is used up, the voter may try again."
        )

    def _card_taken(self, number: int, pen: Pen) -> Outcome:
        waiting = (self.check_ins.get(ref) for ref in self.pending)
        if any(c is not None and c.card and c.card.number == number for c in waiting):
            return Refused("busy", f"Card {number} is not out yet. Wait for it.")
        if self.secrets.by_number.pop(number, None) is None:
            return Refused("no-card", f"Card {number} is not waiting to be taken here.")
        pen.do(ForgetSecret(number))
        return Done(f"Card {number} taken.")

    def _propose(self, act: str, now_ms: int) -> Outcome:
        minute, desk = minute_text(now_ms), self.station.id
        acts: dict[str, tuple[Act, str]] = {
            "open": (PollsOpened(minute), f"Open {desk}."),
            "close": (PollsClosed(minute), f"Close {desk}."),
            "final": (LogFinal(minute), f"Seal the log of {desk}."),
        }
        if act not in acts:
            return Refused("not-here", f"A desk has no act '{act[:20]}'. Use open, close or final.")
        return self._not_now(acts[act][0]) or self._proposals.propose(*acts[act])

    def _not_now(self, act: Act) -> Refused | None:
        """Why this act is not possible in this state; asked when proposed and when written."""
        opened = self.check_ins.is_open(self._origin)
        closed = self.check_ins.is_closed(self._origin)
        final = self.check_ins.is_final(self._origin)
        match act:
            case PollsOpened():
                possible = not opened and not closed and not final
            case PollsClosed():
                possible = opened
            case _:
                possible = closed and not final
                if possible and self.pending:
                    words = "Check-ins still wait for an answer. Wait for them to end."
                    return Refused("busy", words)
        if possible:
            return None
        return Refused("not-now", "This act is not possible in this state of the polls.")

    def _submit(self, act: Act | Refused, pen: Pen) -> Outcome:
        if isinstance(act, Refused):
            return act
        if problem := self._not_now(act):
            return problem
        if isinstance(act, LogFinal):
            self._withdraw_unfinished(pen)
        ref = pen.append(act)
        return Done(f"{act_words(act)} at {self.station.id}.", ref.index)

    def _withdraw_unfinished(self, pen: Pen) -> None:
        """Check-ins left without a card, after a crash say, end before the log does."""
        own = (c for c in self.check_ins.all() if c.ref.origin == self._origin)
        for check_in in sorted(own, key=lambda c: c.ref):
            if check_in.is_live and check_in.card is None:
                pen.append(CheckInWithdrawn(check_in.ref.index, "closed"))

    def reprint(self, number: int) -> CardReady | None:
        """Card `number` again, while it has left and is not taken: the same, secret and all."""
        secret = self.secrets.by_number.get(number)
        own = (c for c in self.check_ins.all() if c.ref.origin == self._origin and c.card)
        found = next((c for c in own if c.card and c.card.number == number), None)
        if secret is None or found is None or found.ref in self.pending:
            return None
        return self._card_ready(found, secret, stub=False)

    def outstanding(self) -> int:
        """Cards issued and not yet confirmed as taken."""
        return len(self.secrets.by_number)
