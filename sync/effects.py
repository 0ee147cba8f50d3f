"""What goes into the replica and what comes out of it.

    effects = replica.handle(input, now_ms)

Inputs are frozen values; the shell performs the effects **in order**, and a `Persist` that fails
stops the node before anything after it is done: nothing is sent or answered that is not on disk.
"""

from dataclasses import dataclass

from sync.book_commands import BookCommand
from sync.card_entries import NotAdmitted, VoidReason
from sync.entry_base import Approval, Document, Finger, Means, Noticed
from sync.log import ForkProof, Stretch
from sync.orders import Order
from sync.outcomes import Outcome
from sync.self_test import Tested


@dataclass(frozen=True)
class PeerJoined:
    """A link to `peer` stands; its key was checked by the handshake."""

    peer: str


@dataclass(frozen=True)
class PeerLeft:
    """The link to `peer` is gone."""

    peer: str


@dataclass(frozen=True)
class FrameReceived:
    """One message from `peer`, as bytes."""

    peer: str
    data: bytes


@dataclass(frozen=True)
class Tick:
    """Time has passed."""


@dataclass(frozen=True)
class CheckInVoter:
    """A worker confirmed the person. `secret` (16 random bytes) is for the card.

    Without `rights` all of the voter's are meant. `defective`: the document had a defect.
    """

    voter: str
    document: Document
    means: Means
    box: str
    secret: bytes
    finger: Finger = "not-asked"
    rights: tuple[str, ...] = ()
    defective: bool = False


@dataclass(frozen=True)
class TurnAway:
    """A worker turns somebody away; nothing here says who it is."""

    because: NotAdmitted
    document: Document
    means: Means


@dataclass(frozen=True)
class GiveUpCheckIn:
    """The voter left before a card was issued: the own check-in is withdrawn."""

    voter: str


@dataclass(frozen=True)
class SecondCheckIn:
    """This desk's worker saw the person of another desk's check-in, and says yes or no."""

    origin: str
    index: int
    is_right: bool


@dataclass(frozen=True)
class ProposeVoid:
    """Officers want to void the check-in whose cards these slips say are back."""

    slips: tuple[str, ...]
    because: VoidReason


@dataclass(frozen=True)
class TakeBackCard:
    """Staff bring an unused card back to the box that it names."""

    card: str


@dataclass(frozen=True)
class TakeOrder:
    """An amendment or a call came by hand."""

    order: Order


@dataclass(frozen=True)
class NotePeripheral:
    """A peripheral of this station showed something others should know."""

    noticed: Noticed


@dataclass(frozen=True)
class NoteSelfTest:
    """This station tried itself: what passed, what failed."""

    passed: tuple[Tested, ...]
    failed: tuple[Tested, ...]


@dataclass(frozen=True)
class ConfirmCardTaken:
    """The worker saw the voter take card `number`; its secret is forgotten."""

    number: int


@dataclass(frozen=True)
class ProposeAct:
    """Officers want to do `act`: open, close, return or final."""

    act: str


@dataclass(frozen=True)
class SubmitAct:
    """The officers' signatures for an earlier proposal."""

    proposal: str
    approvals: tuple[Approval, ...]


@dataclass(frozen=True)
class BeginVoting:
    """A card was shown to the box. `session` is a fresh random name."""

    card: str
    session: str


@dataclass(frozen=True)
class CastBallot:
    """The voter confirmed twice: contest -> codes as keyed in; no codes means blank."""

    session: str
    choices: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class LeaveVoting:
    """The voter ends the session without casting."""

    session: str


@dataclass(frozen=True)
class EndVoting:
    """Staff end the session of a screen that died or was left; nothing is cast."""


@dataclass(frozen=True)
class BallotStored:
    """The shell's report on `StoreBallot`: done, or the problem in words."""

    session: str
    problem: str | None


@dataclass(frozen=True)
class CountBallots:
    """The opening key, put together from both officers' shares, and what the store holds."""

    opening_secret: bytes
    sealed: tuple[bytes, ...]


Command = (
    CheckInVoter
    | ConfirmCardTaken
    | ProposeAct
    | SubmitAct
    | BeginVoting
    | CastBallot
    | LeaveVoting
    | EndVoting
    | CountBallots
    | NotePeripheral
    | TakeOrder
    | NoteSelfTest
    | TurnAway
    | GiveUpCheckIn
    | SecondCheckIn
    | ProposeVoid
    | TakeBackCard
    | BookCommand
)


@dataclass(frozen=True)
class CommandGiven:
    """A command from a screen; `request` names the one who waits for the answer."""

    request: int
    command: Command


Input = PeerJoined | PeerLeft | FrameReceived | Tick | CommandGiven | BallotStored


@dataclass(frozen=True)
class Persist:
    """Write entries and checkpoints durably."""

    stretch: Stretch


@dataclass(frozen=True)
class PersistCosignature:
    """Keep one cosignature line for the log `origin` at `size`."""

    origin: str
    cosigner: str
    size: int
    line: str


@dataclass(frozen=True)
class PersistFork:
    """Keep a fork proof for good."""

    proof: ForkProof


@dataclass(frozen=True)
class PersistOrder:
    """Keep an amendment or a call for good."""

    order: Order


@dataclass(frozen=True)
class KeepSecret:
    """Keep a card's secret until the card is taken."""

    number: int
    secret: bytes


@dataclass(frozen=True)
class ForgetSecret:
    """Erase a card's secret."""

    number: int


@dataclass(frozen=True)
class Send:
    """Send one message."""

    peer: str
    data: bytes


@dataclass(frozen=True)
class SendEntries:
    """Send what the store holds of `origin` from `first` up to `end`, a tile at a time."""

    peer: str
    origin: str
    first: int
    end: int


@dataclass(frozen=True)
class Disconnect:
    """End the link to `peer`; `why` is shown."""

    peer: str
    why: str


@dataclass(frozen=True)
class Answer:
    """Answer a command."""

    request: int
    outcome: Outcome


@dataclass(frozen=True)
class StartAgain:
    """Start this station anew from its disk: orders it took change what it is built from."""

    why: str


@dataclass(frozen=True)
class StoreBallot:
    """Seal `plaintext` and store it together with the spent card, wholly or not at all.

    Without `plaintext` the card came back: it is spent, and no ballot goes in.
    """

    session: str
    desk: str
    spent: bytes
    plaintext: bytes | None


Effect = (
    Persist
    | PersistCosignature
    | PersistFork
    | PersistOrder
    | KeepSecret
    | ForgetSecret
    | Send
    | SendEntries
    | Disconnect
    | Answer
    | StoreBallot
    | StartAgain
)
