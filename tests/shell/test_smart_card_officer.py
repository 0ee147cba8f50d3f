"""Officers' cards as they come: of other kinds, without a key, locked, with a button, worn out."""

from collections.abc import Callable

import pytest
from nacl.signing import SigningKey

from hw.peripheral import GarbledError, PeripheralError, RefusedError
from hw.smart_card.apdu import Channel
from hw.smart_card.officer_card import public_key, sign
from hw.smart_card.software_card import Command, OpenPgp, SoftwareCard, tlv

SEED = bytes(range(32))
KEY = SigningKey(SEED)
PUBLIC = bytes(KEY.verify_key)
PIN = "481516"
MESSAGE = b"open the box"
Done = tuple[bytes, bytes]


def channel(card: OpenPgp, is_t0: bool = False) -> Channel:
    return Channel(SoftwareCard(card, is_t0).transmit, is_t0)


class Odd(OpenPgp):
    """A card that gives its own answers to some instructions."""

    def __init__(self, **answers: Done) -> None:
        super().__init__(SEED, PIN)
        self._answers = {int(name.removeprefix("ins_"), 16): done for name, done in answers.items()}

    def do(self, command: Command) -> Done:
        return self._answers.get(command.ins) or super().do(command)


def words(kind: type[PeripheralError], act: Callable[[], object]) -> str:
    with pytest.raises(kind) as error:
        act()
    assert PIN not in f"{error.value!r} {error.value.__cause__!r}"
    return error.value.words


@pytest.mark.parametrize("is_t0", [False, True], ids=["T=1", "T=0"])
def test_a_card_signs_over_either_protocol(is_t0: bool) -> None:
    talk = channel(OpenPgp(SEED, PIN), is_t0)
    assert public_key(talk) == bytes(KEY.verify_key)
    assert sign(talk, PIN, MESSAGE, PUBLIC) == KEY.sign(MESSAGE).signature


@pytest.mark.parametrize(
    "algorithm",
    ["01 0800 0020 00", "13 2A8648CE3D030107", "12 2B060104019755010501", "16 2B656E", ""],
    ids=["RSA", "P-256", "X25519", "another EdDSA", "none"],
)
def test_a_key_of_another_kind_is_refused(algorithm: str) -> None:
    card = OpenPgp(SEED, PIN, bytes.fromhex(algorithm))
    for act in (
        lambda: public_key(channel(card)),
        lambda: sign(channel(card), PIN, MESSAGE, PUBLIC),
    ):
        assert words(RefusedError, act) == (
            "The key on this card is of another kind than Ed25519. "
            "Use the card that was made for this officer."
        )
    assert card.tries == 3


def test_attributes_that_say_how_a_key_is_imported_are_the_same_key() -> None:
    card = OpenPgp(SEED, PIN, bytes.fromhex("16 2B06010401DA470F01 FF"))
    assert sign(channel(card), PIN, MESSAGE, PUBLIC) == KEY.sign(MESSAGE).signature


def test_a_card_without_a_key_is_told() -> None:
    card = Odd(ins_47=(b"", b"\x6a\x88"))
    assert words(RefusedError, lambda: public_key(channel(card))) == (
        "There is no key on this card. Use the card made for this officer."
    )


def test_a_public_key_with_the_prefix_of_openpgp_is_the_same() -> None:
    key = tlv(0x7F49, tlv(0x86, b"\x40" + bytes(KEY.verify_key)))
    assert public_key(channel(Odd(ins_47=(key, b"\x90\x00")))) == bytes(KEY.verify_key)


@pytest.mark.parametrize("key", [b"", b"k" * 31, b"k" * 33, b"\x40" + b"k" * 33])
def test_a_public_key_of_another_length_is_not_taken(key: bytes) -> None:
    card = Odd(ins_47=(tlv(0x7F49, tlv(0x86, key)), b"\x90\x00"))
    assert words(GarbledError, lambda: public_key(channel(card))) == (
        "The card's public key cannot be read. Use another card."
    )


@pytest.mark.parametrize("signature", [b"", bytes(64), KEY.sign(b"other").signature, b"s" * 65])
def test_a_signature_that_does_not_hold_is_not_given_away(signature: bytes) -> None:
    card = Odd(ins_2a=(signature, b"\x90\x00"))
    assert words(GarbledError, lambda: sign(channel(card), PIN, MESSAGE, PUBLIC)) == (
        "The card's signature is wrong. Use another card."
    )


def test_a_card_that_waits_for_its_button_says_so() -> None:
    card = Odd(ins_2a=(b"", b"\x69\x85"))
    assert words(RefusedError, lambda: sign(channel(card), PIN, MESSAGE, PUBLIC)) == (
        "The card waits for its button. Sign again and press it."
    )


@pytest.mark.parametrize("status", [b"\x69\x82", b"\x63\xc2", b"\x6a\x80"])
def test_a_wrong_pin_is_told_whichever_way_the_card_says_it(status: bytes) -> None:
    card = Odd(ins_20=(b"", status))
    card.tries = 1
    assert words(RefusedError, lambda: sign(channel(card), PIN, MESSAGE, PUBLIC)) == (
        "The PIN is wrong: 1 try is left. Nothing was signed."
    )


def test_a_locked_card_is_not_even_asked() -> None:
    card = Odd(ins_20=(b"", b"\x90\x00"))
    card.tries = 0
    assert words(RefusedError, lambda: sign(channel(card), PIN, MESSAGE, PUBLIC)).startswith(
        "The card is locked after too many wrong PINs."
    )


def test_counters_that_cannot_be_read_spend_no_try() -> None:
    class Mute(OpenPgp):
        def _counters(self) -> bytes:
            return b"\0\x7f"

    card = Mute(SEED, PIN)
    assert words(GarbledError, lambda: sign(channel(card), "999999", MESSAGE, PUBLIC)) == (
        "The card does not say how many tries are left. Use another card."
    )
    assert card.tries == 3


@pytest.mark.parametrize("pin", ["", "12345", "1" * 128])
def test_a_pin_that_can_be_none_spends_no_try(pin: str) -> None:
    card = OpenPgp(SEED, PIN)
    assert words(RefusedError, lambda: sign(channel(card), pin, MESSAGE, PUBLIC)).startswith(
        "A PIN has"
    )
    assert card.tries == 3
