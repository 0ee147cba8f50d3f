"""Private keys off the station: locked with a PIN, or useless without the other half."""

import pytest

from node.randomness import seal
from sync.errors import DecodeError, KeyFileError, VerifyError
from sync.key_file import (
    DEMO,
    REAL,
    Cost,
    Holder,
    OpenedKey,
    open_key_file,
    read_key_file,
    seal_key_file,
)
from sync.sealing import box_public, officer_box_key, officer_box_secret, open_sealed
from sync.shares import Share, decode_share, encode_share, join, open_share, split
from sync.signing import Signer

OFFICER = Signer(b"o" * 32)
HOLDER = Holder("officer", "a-executive", "executive", OFFICER.public)
LOCKED = seal_key_file(HOLDER, OFFICER.seed, "12345-67890", b"s" * 16, b"n" * 24, DEMO)


def test_a_key_file_opens_with_its_pin_however_it_is_typed():
    opened = OpenedKey(HOLDER, OFFICER.seed)
    for pin in ("12345-67890", "1234567890", "12345 67890", "۱۲۳۴۵۶۷۸۹۰"):
        assert open_key_file(LOCKED, pin, "key.json") == opened
    assert opened.signer.public == OFFICER.public


def test_a_key_file_shows_whose_it_is_but_not_the_secret():
    assert read_key_file(LOCKED, "key.json").title == "officer key of a-executive"
    assert OFFICER.seed not in LOCKED


def test_a_wrong_pin_is_told_in_words():
    with pytest.raises(KeyFileError) as caught:
        open_key_file(LOCKED, "00000-00000", "key.json")
    assert str(caught.value) == (
        "That PIN does not open the officer key of a-executive (key.json). "
        "Type the PIN of that holder's envelope again."
    )


def test_a_key_file_under_another_name_does_not_open():
    renamed = LOCKED.replace(b"a-executive", b"b-executive")
    with pytest.raises(KeyFileError, match="does not open the officer key of b-executive"):
        open_key_file(renamed, "12345-67890", "key.json")


def test_a_key_file_that_asks_for_all_memory_is_refused():
    greedy = LOCKED.replace(b'"memory":8388608', b'"memory":8589934592')
    with pytest.raises(KeyFileError) as caught:
        open_key_file(greedy, "12345-67890", "key.json")
    assert str(caught.value) == (
        "key.json: kdf: 1 passes and 8589934592 bytes of memory are outside what is accepted. "
        "This key file is not from a pollmesh ceremony."
    )


def test_a_real_day_costs_far_more_a_try_than_a_training_day():
    assert Cost(3, 256 * 1024 * 1024) == REAL
    assert REAL.ops * REAL.memory > 50 * DEMO.ops * DEMO.memory


@pytest.mark.parametrize("data", [b"", b"{}", LOCKED + b"\n", LOCKED[:-1], b"x" * 5000])
def test_what_is_no_key_file_is_refused_by_name(data):
    with pytest.raises(KeyFileError, match=r"^key\.json: "):
        open_key_file(data, "12345-67890", "key.json")


def test_a_box_opens_with_both_halves_and_with_no_other_pair():
    secret = b"x" * 32
    executive, supervisory = split(secret, b"r" * 32)
    public = box_public(secret)
    assert join(executive, supervisory, public, "a-box-1") == secret
    with pytest.raises(VerifyError) as caught:
        join(executive, executive, public, "a-box-1")
    assert str(caught.value) == (
        "a-box-1: these two shares do not make its key; use shares of one day"
    )


def test_a_share_opens_for_the_officer_it_was_sealed_to_only():
    half = b"h" * 32
    sealed = seal(officer_box_key(OFFICER.public), half)
    share = Share("a-box-1", "executive", "a-executive", sealed)
    assert decode_share(encode_share(share), "share.json") == share
    assert open_share(share, OFFICER) == half
    with pytest.raises(VerifyError) as caught:
        open_share(share, Signer(b"q" * 32))
    assert str(caught.value) == (
        "share of a-executive for a-box-1: this key does not open it, or it is damaged"
    )


def test_the_sealing_key_of_a_person_follows_from_the_signing_key():
    assert officer_box_key(OFFICER.public) == box_public(officer_box_secret(OFFICER.seed))


def test_a_seal_that_was_touched_does_not_open():
    sealed = bytearray(seal(box_public(b"x" * 32), b"ballot"))
    assert open_sealed(b"x" * 32, bytes(sealed)) == b"ballot"
    sealed[-1] ^= 1
    with pytest.raises(VerifyError):
        open_sealed(b"x" * 32, bytes(sealed))


def test_bytes_that_are_no_key_have_no_sealing_key():
    with pytest.raises(DecodeError):
        officer_box_key(b"short")
