"""One value, one spelling: what is encoded comes back, and no other bytes mean the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.encoding import canonical, decode
from sync.entries import (
    KINDS_OF,
    BoxReturned,
    CardIssued,
    CastCounted,
    CheckInWithdrawn,
    ContestReturn,
    DeskSpent,
    Entry,
    LogBegan,
    LogFinal,
    OptionVotes,
    PollsClosed,
    PollsOpened,
    PromiseMade,
    VoterCheckedIn,
    ZeroReturned,
    decode_entry,
    encode_entry,
    read_entry,
)
from sync.entry_base import Approval
from sync.errors import DecodeError
from sync.limits import ENTRY_BYTES_MAX, TILE_ENTRIES
from sync.message import Cosigned, Entries, Have, Heads, Hello, decode_message, encode_message
from sync.package import StationKind
from sync.tiles import pack_bundle, unpack_bundle

TEXT = st.text(st.characters(blacklist_categories=["Cs"]), max_size=20)
NUMBER = st.integers(0, 1_000_000_000)
HASH = st.binary(max_size=40)
HASH32 = st.binary(min_size=32, max_size=32)
ID = st.from_regex("[a-z0-9-]{1,32}", fullmatch=True)
CODE = st.from_regex("[0-9]{1,9}", fullmatch=True)
VOTER = st.from_regex("[0-9a-f]{32}", fullmatch=True)
ORIGIN = st.text("abc/-0", min_size=1, max_size=40)
MINUTE = st.just("2026-11-27T05:12Z")
SIGNATURE = st.binary(min_size=64, max_size=64)
APPROVALS = st.lists(st.builds(Approval, ID, SIGNATURE), max_size=2).map(tuple)
VOTES = st.lists(st.builds(OptionVotes, CODE, NUMBER), max_size=3).map(tuple)
CONTESTS = st.lists(
    st.builds(ContestReturn, ID, NUMBER, NUMBER, st.booleans(), VOTES), max_size=2
).map(tuple)
ENTRY: st.SearchStrategy[Entry] = st.one_of(
    st.builds(LogBegan, HASH32, TEXT),
    st.builds(PollsOpened, MINUTE, APPROVALS),
    st.builds(PollsClosed, MINUTE, APPROVALS),
    st.builds(LogFinal, MINUTE, APPROVALS),
    st.builds(
        VoterCheckedIn,
        VOTER,
        st.lists(ID, min_size=1, max_size=3).map(tuple),
        st.sampled_from(["passport", "national-card"]),
        st.sampled_from(["typed", "scanned"]),
        MINUTE,
    ),
    st.builds(PromiseMade, ORIGIN, NUMBER, HASH32),
    st.builds(CheckInWithdrawn, NUMBER, st.sampled_from(["no-quorum", "closed"])),
    st.builds(CardIssued, NUMBER, st.just("ordinary"), NUMBER, ID, HASH32),
    st.builds(ZeroReturned, NUMBER, NUMBER, MINUTE),
    st.builds(CastCounted, NUMBER, HASH32),
    st.builds(
        BoxReturned,
        NUMBER,
        MINUTE,
        MINUTE,
        NUMBER,
        HASH32,
        st.lists(st.builds(DeskSpent, ID, NUMBER), max_size=3).map(tuple),
        CONTESTS,
        st.booleans(),
        APPROVALS,
    ),
)
DIGEST = b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
GOOD = b'{"kind":"CastCounted","cast":20,"spent_digest":"%s"}' % DIGEST


def home_of(entry: Entry) -> StationKind:
    """A station kind in whose log this entry belongs."""
    return next(kind for kind, kinds in KINDS_OF.items() if isinstance(entry, kinds))


@given(ENTRY)
def test_an_entry_comes_back_as_it_was(entry: Entry) -> None:
    data = encode_entry(entry)
    assert decode_entry(data, home_of(entry), "here") == entry
    assert canonical(decode_entry(data, home_of(entry), "here")) == data


@given(ENTRY, st.integers(0, 1 << 16), st.integers(1, 255))
@settings(max_examples=300)
def test_no_other_bytes_mean_the_same_entry(entry: Entry, at: int, change: int) -> None:
    data = bytearray(encode_entry(entry))
    data[at % len(data)] ^= change
    found = read_entry(bytes(data), home_of(entry), "here")
    assert found != entry


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"kind":"CastCounted", "cast":20,"spent_digest":"%s"}' % DIGEST, "differs at byte 22"),
        (GOOD + b"\n", "differs at byte 94"),
        (b'{"cast":20,"kind":"CastCounted","spent_digest":"%s"}' % DIGEST, "not in canonical form"),
        (b'{"kind":"CastCounted","spent_digest":"%s","cast":20}' % DIGEST, "not in canonical form"),
        (
            GOOD.replace(b'"cast":20', b'"cast":20,"cast":20'),
            "'cast' stands twi",
        ),
        (b'{"kind":"CastCounted","cast":2e1,"spent_digest":"%s"}' % DIGEST, "got `float`"),
        (b'{"kind":"CastCounted","cast":20.0,"spent_digest":"%s"}' % DIGEST, "got `float`"),
        (GOOD.replace(b'"A', b'"\\u0041'), "not in canonical form"),
        (
            GOOD.replace(b"}", b',"more":1}'),
            "unknown field",
        ),
        (b'{"kind":"CastCounted","cast":20}', "missing required field `spent_digest`"),
        (b'{"kind":"CastCounted","cast":"20","spent_digest":"%s"}' % DIGEST, "Expected `int`"),
        (b'{"kind":"Unknown"}', "Invalid value 'Unknown'"),
        (b'{"cast":20}', "missing required field `kind`"),
        (b"[]", "Expected `object`"),
        (b"", "truncated"),
        (b"\xff", "malformed"),
    ],
)
def test_json_that_is_not_canonical_is_refused(data: bytes, words: str) -> None:
    assert decode_entry(GOOD, "box", "here") == CastCounted(20, bytes(range(32)))
    with pytest.raises(DecodeError, match=r"^here: ") as caught:
        decode_entry(data, "box", "here")
    assert words in str(caught.value)


def test_an_entry_has_its_place_and_its_size() -> None:
    with pytest.raises(DecodeError, match="CastCounted does not belong in the log of a desk"):
        decode_entry(GOOD, "desk", "here")
    signed = Approval("a-executive", bytes(64))
    long = canonical(PollsOpened("2026-11-27T05:12Z", (signed,) * (ENTRY_BYTES_MAX // 100)))
    with pytest.raises(DecodeError, match="at most 4096"):
        decode_entry(long, "desk", "here")


def test_a_default_is_never_left_out() -> None:
    with pytest.raises(DecodeError, match="not in canonical form"):
        decode(b'{"kind":"PollsOpened","minute":"2026-11-27T05:12Z"}', PollsOpened, "here")


AT = "2026-11-27T05:12Z"


@pytest.mark.parametrize(
    ("kind", "entry"),
    [
        ("desk", VoterCheckedIn("AB" * 16, ("council",), "passport", "typed", AT)),
        (
            "desk",
            VoterCheckedIn("ab" * 16 + "\n", ("a",), "passport", "typed", "2026-11-27T05:12Z"),
        ),
        ("desk", VoterCheckedIn("ab" * 15, ("council",), "passport", "typed", AT)),
        ("desk", VoterCheckedIn("ab" * 16, (), "passport", "typed", AT)),
        ("desk", VoterCheckedIn("ab" * 16, ("council",), "passport", "typed", "\x1b[2Jyesterday")),
        ("desk", CardIssued(1, "ordinary", -1, "a-box-1", bytes(32))),
        ("desk", CardIssued(1, "ordinary", 1, "a-box-1", bytes(31))),
        ("box", CastCounted(10**300, bytes(32))),
        ("box", CastCounted(-5, bytes(32))),
        ("box", PollsOpened("2026-11-27T05:12Z", (Approval("a", bytes(63)),))),
    ],
)
def test_a_field_outside_its_form_is_refused(kind: StationKind, entry: Entry) -> None:
    """A voter key has one spelling, a time one form, a number an end: others are no entry."""
    with pytest.raises(DecodeError, match=r"^here: Expected `"):
        decode_entry(canonical(entry), kind, "here")


@given(st.lists(st.binary(max_size=300), max_size=TILE_ENTRIES))
@settings(max_examples=50)
def test_a_bundle_comes_back_as_it_was(entries: list[bytes]) -> None:
    assert unpack_bundle(pack_bundle(entries), "here") == entries


@given(
    st.one_of(
        st.builds(Hello, NUMBER, TEXT, HASH),
        st.builds(Heads, st.lists(HASH, max_size=3).map(tuple)),
        st.builds(Entries, TEXT, NUMBER, HASH, HASH),
        st.builds(Have, TEXT, NUMBER),
        st.builds(Cosigned, TEXT, NUMBER, TEXT, TEXT),
    )
)
def test_a_message_comes_back_as_it_was(message: Hello | Heads | Entries | Have | Cosigned) -> None:
    assert decode_message(encode_message(message)) == message
