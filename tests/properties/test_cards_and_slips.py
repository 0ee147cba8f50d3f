"""Cards and slips are read from scanners and paper: any text gives a card or a sentence."""

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.sample_day import sample_day
from sync.card import Card, Second, commitment, open_card, second_bytes, write_card
from sync.errors import DecodeError
from sync.void_slip import VoidSlip, open_slip, write_slip

DAY = sample_day()
BOX = DAY.signers["a-box-1"]
ONE, TWO = DAY.signers["a-desk-1"], DAY.signers["a-desk-2"]
secrets = st.binary(min_size=16, max_size=16)
base32 = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", max_size=700)
starts = st.sampled_from(["PM1:", "PM2:", "PMV1:", "pm2:", "PM3:", ""])


@given(starts, st.one_of(base32, st.text(max_size=700)))
def test_any_text_is_a_card_or_a_sentence(start: str, rest: str) -> None:
    for read in (open_card, lambda text: open_slip(DAY.package, text)):
        with contextlib.suppress(DecodeError):
            read(start + rest)


@given(secrets)
def test_a_slip_comes_back_in_any_case_and_every_flipped_bit_is_noticed(secret: bytes) -> None:
    slip = VoidSlip(DAY.package.day, "a-box-1", "a-desk-1", secret)
    text = write_slip(slip, BOX)
    assert open_slip(DAY.package, f" {text.lower()}\n") == slip
    assert slip.commitment == commitment(secret)
    blob = base64.b32decode(_padded(text.removeprefix("PMV1:")))
    for at in range(len(blob)):
        flipped = blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :]
        forged = "PMV1:" + base64.b32encode(flipped).decode().rstrip("=")
        with pytest.raises(DecodeError):
            open_slip(DAY.package, forged)


@given(secrets, st.lists(st.sampled_from(["parliament", "council"]), unique=True, min_size=1))
def test_a_card_with_two_signatures_comes_back_whole(secret: bytes, rights: list[str]) -> None:
    card = Card(DAY.package.day, "a-box-1", tuple(rights), "a-desk-1", secret)
    form = second_bytes(card.day, card.box, card.rights, card.desk, commitment(secret))
    second = Second("a-desk-2", TWO.sign("card-second", form))
    shown = open_card(write_card(card, ONE, second))
    assert (shown.card, shown.second) == (card, second)
    assert open_card(write_card(card, ONE)).second is None


def _padded(text: str) -> str:
    return text + "=" * (-len(text) % 8)
