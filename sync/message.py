"""What peers say to each other: MessagePack structs, one a frame, tagged by their first letter.

    Hello         who I am, which package I serve and by which orders
    Ordered       my orders, when yours are others: they travel before anything else
    Heads         my newest signed checkpoint of every log you want
    Entries       a stretch of one log, up to a checkpoint, inside one tile
    Have          I hold this log durably up to here: an acknowledgement, and news for others
    Want          I lack this log from here on: send it, whoever wrote it
    Cosigned      a cosignature over a log's checkpoint at this size
    Forked        a fork proof
    CardsIssued   how many cards my log shows for you: a desk that comes back asks a box
    CardsKnown    whether that is all I have spent of you
    Bye           I end this, and why

`bundle` is a C2SP entry bundle (`sync.tiles`). The shell may compress whole frames on their way.
"""

import msgspec
from msgspec import Struct

from sync.errors import DecodeError
from sync.limits import FRAME_BYTES_MAX
from sync.log import ForkProof
from sync.orders import Order

PROTOCOL = 2


class _Message(Struct, frozen=True, forbid_unknown_fields=True, tag_field="m", tag=True):
    """Common form of every message."""


class Hello(_Message, frozen=True, tag="hello"):
    """First message of both sides."""

    protocol: int
    station: str
    package: bytes
    orders: bytes


class Ordered(_Message, frozen=True, tag="ordered"):
    """Orders by which the sender goes: amendments and called spares (`sync.orders`)."""

    orders: tuple[Order, ...]


class Heads(_Message, frozen=True, tag="heads"):
    """Signed checkpoints, newest of each log."""

    notes: tuple[bytes, ...]


class Entries(_Message, frozen=True, tag="entries"):
    """Entries [first, size of checkpoint) of a log, as one bundle."""

    origin: str
    first: int
    bundle: bytes
    note: bytes


class Have(_Message, frozen=True, tag="have"):
    """Durable up to `size`."""

    origin: str
    size: int


class Want(_Message, frozen=True, tag="want"):
    """Durable up to `size`; what follows is asked for."""

    origin: str
    size: int


class Cosigned(_Message, frozen=True, tag="cosigned"):
    """A cosignature line (`sync.checkpoint`) by a station, over `origin` at `size`."""

    origin: str
    size: int
    cosigner: str
    line: str


class Forked(_Message, frozen=True, tag="forked"):
    """Proof that a log's author signed two histories."""

    proof: ForkProof


class CardsIssued(_Message, frozen=True, tag="cards"):
    """A desk's log shows `count` cards for the box that is asked."""

    count: int


class CardsKnown(_Message, frozen=True, tag="known"):
    """The box has spent no more than that; false: the desk's log lacks something."""

    all: bool


class Bye(_Message, frozen=True, tag="bye"):
    """The link ends; `why` is shown to workers."""

    why: str


Message = (
    Hello
    | Ordered
    | Heads
    | Entries
    | Have
    | Want
    | Cosigned
    | Forked
    | CardsIssued
    | CardsKnown
    | Bye
)

_decoder = msgspec.msgpack.Decoder(Message)
_encoder = msgspec.msgpack.Encoder()


def encode_message(message: Message) -> bytes:
    """One frame."""
    return _encoder.encode(message)


def decode_message(data: bytes) -> Message:
    """Read one frame; DecodeError says what is wrong with it."""
    if len(data) > FRAME_BYTES_MAX:
        raise DecodeError("frame", f"{len(data)} bytes, at most {FRAME_BYTES_MAX} are allowed")
    try:
        return _decoder.decode(data)  # type: ignore[no-any-return]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError("frame", str(error)) from None
