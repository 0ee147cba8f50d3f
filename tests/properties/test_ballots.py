"""Ballots and the box's store: one size, one order, lists spelled out, nothing counted twice."""

import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.sample_day import sample_day
from sync.ballot import (
    Ballot,
    Choice,
    ballot_fits,
    choose,
    count,
    decode_ballot,
    encode_ballot,
    make_ballot,
)
from sync.entries import ContestReturn, OptionVotes
from sync.errors import DecodeError
from sync.limits import BALLOT_BYTES
from sync.sealed_set import SEALED_BYTES, SealedSet, decode_sealed_set, spent_digest

DAY = sample_day(k=2)
PARLIAMENT, COUNCIL = DAY.package.contests_by_id.values()
CODES = tuple(option.code for option in PARLIAMENT.options)
BALLOT = st.builds(
    lambda some, one: Ballot(
        (Choice("parliament", tuple(sorted(some))), Choice("council", tuple(one)))
    ),
    st.sets(st.sampled_from(CODES), max_size=2),
    st.sets(st.sampled_from("123"), max_size=1),
)


@given(BALLOT)
def test_every_ballot_has_one_size_and_comes_back(ballot: Ballot) -> None:
    data = encode_ballot(ballot)
    assert len(data) == BALLOT_BYTES
    assert decode_ballot(data) == ballot


def test_the_largest_ballot_of_the_day_fits() -> None:
    assert ballot_fits(DAY.package.contests_by_id.values())


@pytest.mark.parametrize(
    ("keyed", "chosen"),
    [
        ((), ()),
        (("12",), ("12",)),
        (("14", "11"), ("11", "14")),
        (("91",), ("11", "14")),
        (("11", "11"), ("11",)),
        (("91", "11", "14"), ("11", "14")),
        (
            ("91", "12"),
            "'Parliament': 3 names, at most 2 may be chosen.",
        ),
        (("11", "12", "13"), "'Parliament': 3 names, at most 2 may be chosen."),
        (("99",), "No candidate or list of 'Parliament' has the code 99."),
        (("1",), "No candidate or list of 'Parliament' has the code 1."),
        (("",), "No candidate or list of 'Parliament' has the code ."),
    ],
)
def test_what_keyed_codes_mean(keyed: tuple[str, ...], chosen: tuple[str, ...] | str) -> None:
    expected = chosen if isinstance(chosen, str) else Choice("parliament", chosen)
    assert choose(PARLIAMENT, keyed) == expected


@given(st.permutations(["14", "11"]))
def test_a_ballot_does_not_tell_in_which_order_codes_were_keyed(keyed: list[str]) -> None:
    ballot = make_ballot([PARLIAMENT], {"parliament": tuple(keyed)})
    assert ballot == Ballot((Choice("parliament", ("11", "14")),))


def test_counting_adds_up_and_knows_no_order() -> None:
    ballots = [
        Ballot((Choice("parliament", ("11", "14")), Choice("council", ()))),
        Ballot((Choice("parliament", ("11",)), Choice("council", ("2",)))),
        Ballot((Choice("council", ("2",)),)),
    ]
    expected = (
        ContestReturn(
            "parliament",
            2,
            0,
            False,
            tuple(OptionVotes(code, {"11": 2, "14": 1}.get(code, 0)) for code in CODES),
        ),
        ContestReturn(
            "council", 3, 1, False, (OptionVotes("1", 0), OptionVotes("2", 2), OptionVotes("3", 0))
        ),
    )
    assert count(DAY.package, ballots) == expected
    assert count(DAY.package, ballots[::-1]) == expected
    assert count(DAY.package, ballots[2:]) == (
        ContestReturn("parliament", 0, 0, False, tuple(OptionVotes(code, 0) for code in CODES)),
        ContestReturn("council", 1, 0, True, ()),
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * BALLOT_BYTES,
        b"\xff" * BALLOT_BYTES,
        encode_ballot(Ballot(()))[:-1],
        encode_ballot(Ballot(())) + b"\0",
        encode_ballot(Ballot(()))[:-1] + b"\1",
        (600).to_bytes(2, "big").ljust(BALLOT_BYTES, b" "),
    ],
)
def test_what_is_no_ballot_is_refused(data: bytes) -> None:
    with pytest.raises(DecodeError, match=r"^ballot"):
        decode_ballot(data)


DESKS = ("a-desk-1", "a-desk-2")
EMPTY = SealedSet("sample-1", "a-box-1", DESKS)
ROWS = [(DESKS[n % 2], bytes([n]) * 32, (bytes([255 - n]) * SEALED_BYTES)) for n in range(12)]


def filled(rows: list[tuple[str, bytes, bytes]]) -> SealedSet:
    """The store after these ballots were cast in this order."""
    store = EMPTY
    for row in rows:
        store = store.add(*row)
    return store


@given(st.randoms(use_true_random=False))
def test_the_same_ballots_in_any_order_are_the_same_bytes(dice: random.Random) -> None:
    shuffled = dice.sample(ROWS, len(ROWS))
    assert filled(shuffled).encode() == filled(ROWS).encode()
    assert spent_digest(filled(shuffled).spent) == spent_digest(filled(ROWS).spent)


def test_a_vote_put_in_twice_is_in_once() -> None:
    assert filled([*ROWS, *ROWS]) == filled(ROWS)
    assert filled(ROWS).spent_by_desk() == {"a-desk-1": 6, "a-desk-2": 6}


def test_the_store_comes_back_and_every_flipped_byte_is_noticed() -> None:
    data = filled(ROWS).encode()
    assert decode_sealed_set(data, "sample-1", "a-box-1", DESKS) == filled(ROWS)
    for at in range(0, len(data), 7):
        wrong = data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]
        with pytest.raises(DecodeError):
            decode_sealed_set(wrong, "sample-1", "a-box-1", DESKS)
    for at in range(0, len(data), 97):
        with pytest.raises(DecodeError):
            decode_sealed_set(data[:at], "sample-1", "a-box-1", DESKS)
    with pytest.raises(DecodeError, match="not the store of a-box-2"):
        decode_sealed_set(data, "sample-1", "a-box-2", DESKS)


@pytest.mark.parametrize("numbers", ["x 0", "-1 0", "0 0 0", "0", "1 1", "² 0", "9" * 5_000 + " 0"])
def test_a_store_whose_first_line_lies_is_refused(numbers: str) -> None:
    body = f"pollmesh/box-store/v2 sample-1 a-box-1 {numbers}\n".encode()
    with pytest.raises(DecodeError, match=r"^box store"):
        decode_sealed_set(body + hashlib.sha256(body).digest(), "sample-1", "a-box-1", DESKS)
