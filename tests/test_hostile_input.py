"""Everything that comes from outside may be hostile: it is refused in words, and the day goes on.

Every decoder is fed truncated, oversized, bit-flipped, wrong-type and deeply nested input and may
raise `DecodeError` or `VerifyError` only. A replica is fed twenty thousand mutated frames by a peer
with a good key: it must not crash, change what it says, or grow.
"""

import random
from collections.abc import Callable, Iterator

import msgspec
import pytest

from simulations.sample_day import sample_day
from simulations.world import World
from sync.ballot import Ballot, Choice, decode_ballot, encode_ballot
from sync.card import Card, read_card, write_card
from sync.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint, sign_checkpoint
from sync.effects import FrameReceived
from sync.encoding import canonical
from sync.entries import PromiseMade, decode_entry, encode_entry, read_entry
from sync.errors import DecodeError, MeshError, PackageError, VerifyError
from sync.limits import (
    ENTRY_BYTES_MAX,
    FRAME_BYTES_MAX,
    NOTE_BYTES_MAX,
    PACKAGE_BYTES_MAX,
    TILE_ENTRIES,
)
from sync.log import ForkProof, Log, verify_fork
from sync.mesh_entries import SpareCalled
from sync.message import (
    Bye,
    CardsIssued,
    Cosigned,
    Entries,
    Forked,
    Heads,
    Hello,
    Ordered,
    decode_message,
    encode_message,
)
from sync.note import parse_key, parse_note
from sync.orders import Amendment, Order, Orders, StationRevoked
from sync.outcomes import CardReady
from sync.package_rules import read_package
from sync.roll import decode_roll
from sync.sealed_set import SealedSet, decode_sealed_set
from sync.sealing import open_sealed
from sync.shares import decode_share
from sync.signing import Signer
from sync.tiles import pack_bundle, unpack_bundle

SIGNER = Signer(b"\x01" * 32)
ORIGIN = "pollmesh/sample-1/a-desk-1/0"
NOTE = sign_checkpoint(Checkpoint(ORIGIN, 3, b"\x05" * 32), SIGNER)
CARD = write_card(Card("d", "b", ("r",), "k", b"\x02" * 16), SIGNER).encode()
ENTRY = encode_entry(PromiseMade(ORIGIN, 1, b"\x03" * 32))
STORE = SealedSet("d", "b", ("k",)).add("k", b"\1" * 32, b"\2" * 560).encode()
FRAME = encode_message(Entries(ORIGIN, 0, pack_bundle([ENTRY]), NOTE))


def text(data: bytes) -> str:
    """Bytes as whatever text they are."""
    return data.decode("utf-8", "replace")


DECODERS: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    "entry of a desk": (lambda data: decode_entry(data, "desk", "here"), ENTRY),
    "note": (parse_note, NOTE),
    "checkpoint": (parse_checkpoint, NOTE),
    "signed checkpoint": (lambda data: open_checkpoint(data, SIGNER.public), NOTE),
    "frame": (decode_message, FRAME),
    "bundle": (lambda data: unpack_bundle(data, "here"), pack_bundle([ENTRY, b"", ENTRY])),
    "card": (lambda data: read_card(text(data)), CARD),
    "verifier key": (
        lambda data: parse_key(text(data)),
        b"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ),
    "ballot": (decode_ballot, encode_ballot(Ballot((Choice("c", ("1",)),)))),
    "sealed ballot": (lambda data: open_sealed(b"\4" * 32, data), b"\5" * 560),
    "box store": (lambda data: decode_sealed_set(data, "d", "b", ("k",)), STORE),
    "roll": (
        lambda data: decode_roll(data, "roll"),
        b'["%s","a",["r"]]\n["%s","a",["r"]]\n' % (b"00" * 16, b"01" * 16),
    ),
    "share": (
        lambda data: decode_share(data, "share"),
        b'{"box":"b","authority":"executive","officer":"o","sealed":"AAEC"}',
    ),
    "package": (lambda data: read_package(data, "p"), b'{"format":"pollmesh/package/v1","day":1}'),
}


def mutations(good: bytes, dice: random.Random) -> Iterator[bytes]:
    """Bytes near `good`: cut off, prolonged, bits turned, pieces doubled, and plain nonsense."""
    for size in range(0, len(good), max(1, len(good) // 60)):
        yield good[:size]
        yield good[size:]
    for _ in range(200):
        at, bit = dice.randrange(len(good)), 1 << dice.randrange(8)
        yield good[:at] + bytes([good[at] ^ bit]) + good[at + 1 :]
        end = dice.randrange(at, len(good)) + 1
        yield good[:end] + good[at:end] + good[end:]
        yield good[:at] + dice.randbytes(dice.randrange(6)) + good[end:]
    yield from (dice.randbytes(size) for size in range(64))
    yield from (b"", b"\0", b"\n", b"\n\n", b"\xff" * 100, "—".encode() * 9, b"null", b"0", b'""')
    yield from (b"[" * 100_000, b'{"a":' * 50_000, b"\x91" * 100_000, b"\x81\xa1m" * 50_000)
    yield b'{"kind":' + b"[" * 3_000 + b"]" * 3_000 + b"}"
    yield good + b"\0" * 70_000


@pytest.mark.parametrize("name", DECODERS)
def test_a_decoder_refuses_in_words_or_reads(name: str) -> None:
    decoder, good = DECODERS[name]
    refused: list[str] = []
    for data in mutations(good, random.Random(name)):
        try:
            decoder(data)
        except (DecodeError, VerifyError, PackageError) as error:
            refused.append(str(error))
    assert len(refused) > 100
    assert all(refused)
    assert max(map(len, refused)) < 2_000, "words for a person, not the input once more"


def test_an_entry_under_a_good_signature_never_raises() -> None:
    for data in mutations(ENTRY, random.Random(2)):
        read_entry(data, "desk", "here")


@pytest.mark.parametrize(
    ("decoder", "data"),
    [
        (decode_message, b"\0" * (FRAME_BYTES_MAX + 1)),
        (parse_note, b"x" * (NOTE_BYTES_MAX + 1)),
        (lambda data: read_package(data, "p"), b" " * (PACKAGE_BYTES_MAX + 1)),
        (lambda data: unpack_bundle(data, "here"), b"\0\0" * (TILE_ENTRIES + 1)),
        (
            lambda data: decode_entry(data, "desk", "here"),
            b'{"kind":"LogBegan","package":"","software":"' + b"x" * ENTRY_BYTES_MAX + b'"}',
        ),
        (lambda data: read_card(text(data)), b"PM1:" + b"A" * 600),
    ],
    ids=["frame", "note", "package", "bundle", "entry", "card"],
)
def test_what_is_too_large_is_refused_with_its_limit(
    decoder: Callable[[bytes], object], data: bytes
) -> None:
    with pytest.raises((DecodeError, PackageError)):
        decoder(data)


@pytest.mark.parametrize(
    "message",
    [
        {"m": "have", "origin": 3, "size": 1},
        {"m": "have", "origin": ORIGIN, "size": "many"},
        {"m": "have", "origin": ORIGIN},
        {"m": "have", "origin": ORIGIN, "size": 1, "more": 1},
        {"m": "heads", "notes": [1, 2]},
        {"m": "heads", "notes": {}},
        {"m": "entries", "origin": ORIGIN, "first": 1.5, "bundle": b"", "note": b""},
        {"m": "forked", "proof": {"origin": ORIGIN}},
        {"m": "nothing"},
        {"m": 7},
        {},
        [],
        None,
        7,
    ],
)
def test_a_frame_of_wrong_types_is_refused(message: object) -> None:
    with pytest.raises(DecodeError, match=r"^frame: "):
        decode_message(msgspec.msgpack.encode(message))


def test_a_fork_proof_of_any_shape_condemns_no_honest_log() -> None:
    log, notes = Log(ORIGIN, "a-desk-1", 0, SIGNER.public), []
    for number in range(9):
        log.append(b"%d" % number)
        log.seal(SIGNER)
        notes.append(log.note)
    dice = random.Random(3)
    for _ in range(2_000):
        first, second = dice.choice(notes), dice.choice(notes)
        old = open_checkpoint(first, SIGNER.public).size
        new = open_checkpoint(second, SIGNER.public).size
        honest = log.tree.consistency_proof(min(old, new), max(old, new))
        proof = [h if dice.random() < 0.7 else dice.randbytes(dice.randrange(70)) for h in honest]
        root = dice.choice([log.tree.root(old), log.tree.root(new), dice.randbytes(32), b""])
        with pytest.raises(MeshError):
            verify_fork(ForkProof(ORIGIN, first, second, root, tuple(proof)), SIGNER.public)


# --- a peer with a good key that sends anything


MADE_UP = SpareCalled("spare-1", "a", "MADE-UP-CODE", "2026-11-27T05:00Z")
UNSIGNED = Amendment(
    *("sample-1", b"", 1, b"", "2026-11-27T05:00Z", "Nobody signed this."),
    (StationRevoked("a-desk-1", 0, 0),),
)


def hostile_frames(world: World, count: int, dice: random.Random) -> Iterator[bytes]:
    """Frames of every kind: true ones turned, doubled and cut, and forged ones of right shape."""
    desk = world.disk("a-desk-2")
    logs = list(desk.logs)
    true = [
        frame for origin in logs for frame in desk.frames(origin, 0, len(desk.logs[origin].entries))
    ]
    notes = [log.note for log in desk.logs.values()]
    package, digest = world.day.package.base_hash, Orders(world.day.package).digest
    for _ in range(count):
        origin = dice.choice([*logs, "pollmesh/sample-1/a-box-9/0", "pollmesh/x/y/1", "", "/" * 9])
        size = dice.choice([0, 1, 5, -1, 1 << 62, dice.randrange(40)])
        note = bytearray(dice.choice(notes))
        note[dice.randrange(len(note))] ^= dice.choice([0, 1, 128])
        forged = ForkProof(origin, bytes(note), dice.choice(notes), dice.randbytes(32), (b"x",))
        kind = dice.randrange(10)
        if kind == 0:
            yield dice.randbytes(dice.randrange(200))
        elif kind == 1:
            data = bytearray(dice.choice(true))
            data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
            yield bytes(data)
        elif kind == 2:
            data = bytearray(dice.choice(true))
            yield bytes(data[: dice.randrange(len(data))])
        elif kind == 3:
            yield encode_message(Heads((bytes(note),) * dice.randrange(3)))
        elif kind == 4:
            yield encode_message(Entries(origin, size, dice.randbytes(50), bytes(note)))
        elif kind == 5:
            line = dice.choice(["", "x\n", "— a b\n", text(bytes(note)).rpartition("\n\n")[2]])
            yield encode_message(Cosigned(origin, size, dice.choice(["a-desk-2", "x"]), line))
        elif kind == 6:
            yield encode_message(Forked(forged))
        elif kind == 7:
            name, orders = dice.choice(["a-desk-2", "x"]), dice.choice([digest, dice.randbytes(32)])
            yield encode_message(Hello(dice.choice([1, 2]), name, package, orders))
        elif kind == 8:
            body = dice.choice([dice.randbytes(50), canonical(MADE_UP), canonical(UNSIGNED)])
            yield encode_message(Ordered((Order(body, dice.choice([b"", bytes(note)])),)))
            yield encode_message(CardsIssued(size))
        else:
            yield encode_message(
                dice.choice([Bye("x" * 5_000), Bye("other package" + "y" * 5_000)])
            )


def test_twenty_thousand_hostile_frames_change_nothing() -> None:
    world = World(sample_day(desks=3, voters=12))
    world.open_polls()
    voters = world.day.voters["a"]
    for voter in voters[:4]:
        assert isinstance(world.desk("a-desk-2").check_in(voter), CardReady)
    world.advance(12_000)
    world.run_until_quiet()
    replica = world.replica("a-desk-1")
    before = _all_that_is_said(world)
    answers_max = 0
    for data in hostile_frames(world, 20_000, random.Random(4)):
        now_ms = 1_795_753_800_000 + world.now_ms
        effects = replica.handle(FrameReceived("a-desk-2", data), now_ms)
        answers_max = max(answers_max, len(effects))
    assert _all_that_is_said(world) == before
    assert answers_max < 50, "one frame is never answered by a flood"
    assert set(replica.refusals) <= {"malformed", "foreign", "unsigned", "other package"}
    assert sum(replica.refusals.values()) > 5_000
    assert len(replica.last_refusal) < 2_000
    assert all(len(words) <= 400 for words in replica.other_package.values())
    for session in replica.sessions.values():
        for table in (session.known, session.heads, session.sent, session.lacking_since):
            assert set(table) <= set(replica.logs)
        assert len(session.forks_told) <= len(replica.logs)
        assert len(session.cosigned) <= len(replica.logs) ** 2
    world.network.reset()
    world.run_until_quiet()
    assert isinstance(world.desk("a-desk-1").check_in(voters[5]), CardReady), "the day goes on"


def _all_that_is_said(world: World) -> object:
    replica, check_ins = world.replica("a-desk-1"), world.check_ins("a-desk-1")
    return (
        sorted((o, log.size, log.sealed, log.note, log.fork) for o, log in replica.logs.items()),
        sorted((c.ref, c.is_live, check_ins.is_confirmed(c), c.card) for c in check_ins.all()),
        check_ins.faults(),
        {origin: dict(lines) for origin, lines in replica.cosigning.kept.items()},
        set(replica.sessions),
    )
