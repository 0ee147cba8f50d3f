"""A box: it takes ballots. It knows what was chosen, sealed, and never by whom.

    unready -> ready       zero return over an empty store
    ready   -> open        two officers
    open    -> draining    two officers close the door; those inside still vote
    draining -> counted    the opening key, put together from both authorities' shares
    counted -> returned    two officers approve the return
    returned -> final      two officers seal the log

A card is spent in the same write that stores its ballot: both are in or neither is. Choices go from
the voter's screen straight to sealing; nothing per option exists in clear before `counted`.

A card that comes back unused is spent without a ballot (`sync.taking_back`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sync.acts import Proposals, act_words
from sync.ballot import Ballot, count, decode_ballot, encode_ballot, make_ballot
from sync.card import (
    Card,
    ShownCard,
    commitment,
    is_card_signed,
    is_seconding_signed,
    open_card,
    spent_hash,
)
from sync.checkpoint import origin_of
from sync.effects import (
    Answer,
    BallotStored,
    BeginVoting,
    CastBallot,
    Command,
    CountBallots,
    EndVoting,
    LeaveVoting,
    NotePeripheral,
    NoteSelfTest,
    ProposeAct,
    StoreBallot,
    SubmitAct,
    TakeBackCard,
)
from sync.entries import (
    Act,
    BoxReturned,
    CastCounted,
    ContestReturn,
    DeskSpent,
    Entry,
    LogFinal,
    PollsClosed,
    PollsOpened,
    Unreadable,
    ZeroReturned,
)
from sync.entry_base import Noticed
from sync.errors import DecodeError, VerifyError
from sync.minutes import minute_text
from sync.noted import FAMILY_OF, Notebook
from sync.outcomes import (
    BallotCast,
    BallotOffered,
    ContestOnBallot,
    Done,
    Outcome,
    Refused,
)
from sync.package import Package, Station
from sync.position import Ref
from sync.returns import Returns
from sync.role import Pen
from sync.sealed_set import SealedSet, spent_digest
from sync.sealing import open_sealed
from sync.signing import Signer
from sync.taking_back import TAKING_BACK, TakingBack

PERIOD = 1
"""A box is opened and closed once a day; a second opening would be period 2."""


@dataclass
class _Session:
    """One voter at the screen."""

    name: str
    card: Card
    spent: bytes
    storing: int | None = None


class Box:
    """The role of a box (see `sync.role`). `store` is what its media held at start."""

    def __init__(
        self,
        package: Package,
        station: Station,
        returns: Returns,
        origin: str,
        store: SealedSet,
        signer: Signer,
    ) -> None:
        self.package = package
        self.station = station
        self.returns = returns
        self.store = store
        self.session: _Session | None = None
        self.counted: tuple[ContestReturn, ...] | None = None
        self._origin = origin
        self._taking = TakingBack(package.day, station.id, signer)
        self._proposals = Proposals(package, origin, station.at)
        self._desks = {s.id: s for s in package.stations_at(station.at, "desk")}
        self._counted_ms: int | None = None
        self._notebook = Notebook(station.id, returns.noted)
        self._is_battery_low = False

    def fold(self, station: Station, ref: Ref, leaf: bytes, entry: Entry | Unreadable) -> None:
        """Take in one entry; only box logs reach a box."""
        assert station.kind == "box", "the session keeps desks' entries away from a box"
        self.returns.fold(station, ref, entry)

    def command(self, request: int, command: Command, pen: Pen, now_ms: int) -> None:
        """Decide one command of the voter's screen or of officers."""
        outcome: Outcome | None
        match command:
            case BeginVoting(card, session):
                outcome = self._begin(card, session)
            case CastBallot(session, choices):
                outcome = self._cast(request, session, dict(choices), pen)
            case LeaveVoting(session):
                outcome = self._leave(session)
            case TakeBackCard(card):
                outcome = self._take_back(request, card, pen)
            case EndVoting():
                outcome = self._leave(self.session.name if self.session else "")
            case ProposeAct(act):
                outcome = self._propose(act, now_ms)
            case SubmitAct(proposal, approvals):
                outcome = self._submit(self._proposals.signed(proposal, approvals), pen)
            case CountBallots(secret, sealed):
                outcome = self._count(secret, sealed)
            case NotePeripheral(noticed):
                outcome = self._note(noticed, pen, now_ms)
            case NoteSelfTest():
                is_final = self.returns.box(self.station.id).final
                outcome = self._notebook.write_self_test(command, is_final, pen, now_ms)
            case _:
                outcome = Refused("not-here", "A box cannot do this. Do it at the desk.")
        if outcome is not None:
            pen.do(Answer(request, outcome))

    def stored(self, report: BallotStored, pen: Pen, now_ms: int) -> None:
        """The ballot and its card are on every medium, or on none."""
        if report.session == TAKING_BACK:
            pen.do(Answer(*self._taking.stored(report.problem)))
            return
        session = self.session
        assert session is not None, "no voter is at the box"
        assert session.storing is not None, "no ballot was being stored"
        assert session.name == report.session, "another session's ballot"
        if report.problem is not None:
            pen.do(Answer(session.storing, Refused("not-stored", report.problem)))
            session.storing = None
            return
        pen.do(Answer(session.storing, BallotCast("Your vote is in the box. Return the card.")))
        self.session = None

    def took(self, store: SealedSet) -> None:
        """The shell tells what the media now hold."""
        self.store = store

    def cards_of(self, other: str) -> int:
        """Cards of the desk `other` that were spent here."""
        return self.store.spent_by_desk().get(other, 0)

    def is_idle(self) -> bool:
        """Is no voter at the box, and no card being taken back?"""
        return self.session is None and self._taking.is_idle

    def react(self, pen: Pen, now_ms: int) -> None:
        """Publish the zero return, then cast counts when k more were cast and time has passed."""
        state = self.returns.box(self.station.id)
        if not state.final:
            self._notebook.catch_up(pen, now_ms)
        if self.problem() is not None or state.closed:
            return
        if not state.zero_returned and not self.store.spent:
            pen.append(ZeroReturned(0, len(self.store.spent), minute_text(now_ms)))
        if self._counted_ms is None:
            self._counted_ms = pen.steady_ms
        published = state.counted.cast if state.counted else 0
        cast, rules = len(self.store.ballots), self.package.rules
        waited_ms = pen.steady_ms - self._counted_ms
        if cast - published >= rules.k and waited_ms >= rules.cast_count_wait_minutes * 60_000:
            self._counted_ms = pen.steady_ms
            pen.append(CastCounted(cast, spent_digest(self.store.spent)))

    def problem(self) -> str | None:
        """Why this box must not be used, in words; None if it may."""
        published = self.returns.box(self.station.id).cast
        if len(self.store.ballots) < published:
            return (
                f"This box holds {len(self.store.ballots)} ballots but has published {published}: "
                "its store is older than its log. Stop, keep the box, call the district."
            )
        if not self.store.is_balanced():
            return "Ballots and spent cards differ. Stop, keep the box, call the district."
        return None

    def _note(self, noticed: Noticed, pen: Pen, now_ms: int) -> Outcome:
        """Note what a peripheral showed. On a low battery no voter begins; one who did may end."""
        if FAMILY_OF[noticed] == "power":
            self._is_battery_low = noticed == "power-low"
        if self.returns.box(self.station.id).final:
            return Refused("not-now", "The log is sealed; nothing more is noted.")
        return self._notebook.write(noticed, pen, now_ms)

    def _begin(self, text: str, name: str) -> Outcome:
        state = self.returns.box(self.station.id)
        if problem := self.problem():
            return Refused("box-stopped", problem)
        if self._is_battery_low:
            return Refused(
                "battery-low",
                "This box may lose power soon and takes no new voter. Your card stays good; "
                "tell an officer to see to its power.",
            )
        if state.opened is None or state.returned is not None or self.counted is not None:
            return Refused("box-not-open", "This box is not open for voting.")
        card = self._open_card(text)
        if isinstance(card, Refused):
            return card
        spent = spent_hash(self.package.day, self.station.id, card.secret)
        if self.store.is_spent(spent):
            return Refused("card-spent", "This card has been used. It cannot vote again.")
        if self._taking.is_spending(spent):
            return Refused("card-spent", "This card is being taken back. It cannot vote any more.")
        if self.session and (self.session.spent != spent or self.session.storing is not None):
            return Refused("box-busy", "Another voter is at this box. Wait until they finish.")
        self.session = _Session(name, card, spent)
        contests = self.package.contests_of(card.rights)
        return BallotOffered(
            name,
            tuple(ContestOnBallot(c.id, c.name, c.latin, c.seats, c.code_digits) for c in contests),
        )

    def _open_card(self, text: str) -> Card | Refused:
        try:
            shown = open_card(text)
        except DecodeError as error:
            return Refused("card-unreadable", f"{error.problem.capitalize()}.")
        card = shown.card
        desk = self._desks.get(card.desk)
        if card.day != self.package.day or desk is None:
            return Refused("card-foreign", "This card is from another place or another day.")
        if origin_of(self.package.day, desk.id, 0) in self.package.revoked_at:
            # Its key may be a thief's: which cards it gave before that no box can tell.
            words = f"The authorities revoked {desk.id}, which made this card. Call an officer."
            return Refused("desk-revoked", words)
        if not is_card_signed(desk.key, shown.body, shown.signature):
            return Refused("card-forged", "This card was not made by a desk of this place.")
        if not self._is_seconded(shown):
            return Refused("card-forged", "No second desk of this place confirmed this card.")
        if card.box != self.station.id:
            return Refused("card-other-box", f"This card is for {card.box}. Please go there.")
        if not card.rights or not set(card.rights) <= set(self.package.elections_by_id):
            return Refused("card-foreign", "This card gives a right this election does not have.")
        return card

    def _is_seconded(self, shown: ShownCard) -> bool:
        """Does the card carry a second desk's signature just where the package asks for one?"""
        if self.package.rules.confirmations < 2:
            return shown.second is None
        card, second = shown.card, shown.second
        desk = self._desks.get(second.station) if second else None
        if second is None or desk is None or desk.id == card.desk:
            return False
        digest = commitment(card.secret)
        return is_seconding_signed(
            desk.key, card.day, card.box, card.rights, card.desk, digest, second.signature
        )

    def _take_back(self, request: int, text: str, pen: Pen) -> Outcome | None:
        """Spend a card that nobody voted with (see `sync.taking_back`)."""
        state = self.returns.box(self.station.id)
        if problem := self.problem():
            return Refused("box-stopped", problem)
        if state.opened is None or state.returned is not None or self.counted is not None:
            words = "Cards are taken back between the opening of the box and its count only."
            return Refused("box-not-open", words)
        card = self._open_card(text)
        if isinstance(card, Refused):
            return card
        spent = spent_hash(self.package.day, self.station.id, card.secret)
        in_use = self.session is not None and self.session.spent == spent
        return self._taking.begin(request, card, spent, self.store, in_use, pen)

    def _cast(
        self, request: int, name: str, keyed: dict[str, tuple[str, ...]], pen: Pen
    ) -> Outcome | None:
        session = self.session
        if session is None or session.name != name or session.storing is not None:
            return Refused("no-session", "This voting session is over. Show the card again.")
        if self.returns.box(self.station.id).returned is not None or self.counted is not None:
            return Refused("box-not-open", "This box has been counted. It takes no more ballots.")
        ballot = make_ballot(self.package.contests_of(session.card.rights), keyed)
        if isinstance(ballot, str):
            return Refused("ballot-wrong", ballot)
        session.storing = request
        plaintext = encode_ballot(ballot)
        pen.do(StoreBallot(name, session.card.desk, session.spent, plaintext))
        return None

    def _leave(self, name: str) -> Outcome:
        if self.session is None or self.session.name != name or self.session.storing is not None:
            return Refused("no-session", "This voting session is over already.")
        self.session = None
        return Done("Nothing was cast. The card can still be used.")

    def _propose(self, act: str, now_ms: int) -> Outcome:
        box, minute = self.station.id, minute_text(now_ms)
        if problem := self.problem():
            return Refused("box-stopped", problem)
        if act == "open" and self._is_possible(PollsOpened):
            return self._proposals.propose(PollsOpened(minute), f"Open {box}, which is empty.")
        if act == "close" and self._is_possible(PollsClosed):
            return self._proposals.propose(PollsClosed(minute), f"Close the door of {box}.")
        if act == "return" and self._is_possible(BoxReturned):
            words = f"Return of {box}: {len(self.store.ballots)} ballots."
            return self._proposals.propose(self._return(minute), words)
        if act == "final" and self._is_possible(LogFinal):
            return self._proposals.propose(LogFinal(minute), f"Seal the log of {box}.")
        return Refused("not-now", f"'{act[:20]}' is not possible: the box is {self.stage()}.")

    def _is_possible(self, act: type[Act]) -> bool:
        """May this act be written now? Asked when proposed and again when signed."""
        state = self.returns.box(self.station.id)
        if act is PollsOpened:
            return state.zero_returned and not state.opened
        if act is PollsClosed:
            return state.opened is not None and not state.closed
        if act is BoxReturned:
            return self.counted is not None and not state.returned
        return state.returned is not None and not state.final

    def _return(self, minute: str) -> BoxReturned:
        state = self.returns.box(self.station.id)
        assert self.counted is not None, "a return follows the count"
        assert state.opened is not None, "counted after opening"
        rows = sorted(self.store.spent_by_desk().items())
        returned = self.store.returned_by_desk()
        return BoxReturned(
            PERIOD,
            state.opened,
            state.closed or minute,
            len(self.store.ballots),
            spent_digest(self.store.spent),
            tuple(DeskSpent(desk, spent, returned[desk]) for desk, spent in rows),
            self.counted,
            paper_record=False,
        )

    def _submit(self, act: Act | Refused, pen: Pen) -> Outcome:
        if isinstance(act, Refused):
            return act
        if not self._is_possible(type(act)):
            return Refused("not-now", f"This is not possible any more: the box is {self.stage()}.")
        ref = pen.append(act)
        return Done(f"{act_words(act)} at {self.station.id}.", ref.index)

    def _count(self, secret: bytes, sealed: Iterable[bytes]) -> Outcome:
        if not self.returns.box(self.station.id).closed:
            return Refused("not-closed", "Ballots are opened only after the door is closed.")
        if self.session is not None:
            return Refused("box-busy", "A voter is still at the box. Wait until they finish.")
        ballots: list[Ballot] = []
        for data in sealed:
            try:
                ballots.append(decode_ballot(open_sealed(secret, data)))
            except VerifyError:
                return Refused("wrong-key", "These shares do not open this box.")
            except DecodeError as error:
                return Refused("ballot-damaged", f"{error} Call the district; nothing is lost.")
        self.counted = count(self.package, ballots)
        return Done(f"{len(ballots)} ballots opened and counted. Two officers approve the return.")

    def stage(self) -> str:
        """Where the box stands in its day, in one word."""
        state = self.returns.box(self.station.id)
        if state.final:
            return "final"
        if self.counted is not None and not state.returned:
            return "counted"
        return "draining" if state.stage == "closed" else state.stage
