"""An officer's key on a card: the OpenPGP card application, version 3.4, with an Ed25519 key.

    SELECT                00 A4 04 00  D27600012401
    which key, tries      00 CA 00 6E  6E { 73 { C1 algorithm } },   00 CA 00 C4
    the public key        00 47 81 00  B6 00    -> 7F49 { 86 32 bytes }
    the PIN (PW1)         00 20 00 81  PIN
    the signature         00 2A 9E 9A  message  -> 64 bytes

The key never leaves the card, and the card counts wrong PINs: after three it is locked. The PIN is
in no error, is not kept, and reaches no card but the one that was shown. Every signature is checked
with the public key before it counts. How a card gets key and PINs: card_making.py.
Source: "Functional Specification of the OpenPGP application on ISO Smart Card Operating Systems",
version 3.4, 4.4, 7.2.2, 7.2.6, 7.2.10, 7.2.14.
"""

from typing import NamedTuple

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from hw.peripheral import GarbledError, RefusedError
from hw.smart_card.apdu import DATA_BYTES_MAX, DONE, Channel, tlv_value, unexpected

APPLICATION = bytes.fromhex("D27600012401")
ED25519 = bytes.fromhex("16 2B06010401DA470F01")
"""Algorithm attributes (4.4.3.9): EdDSA, and the curve's OID 1.3.6.1.4.1.11591.15.1."""

NO_KEY = frozenset({0x6A88, 0x6A80, 0x6A82})
WRONG_PIN = frozenset({0x6982, 0x6A80, 0x6700, *range(0x63C0, 0x63D0)})
LOCKED = 0x6983
CONDITIONS = 0x6985
"""The key needs its button pressed, and nobody did."""

USER, ADMIN = 0x81, 0x83
"""PW1 as it signs, and PW3, as commands name them."""

PIN_BYTES_MIN = 6
ADMIN_PIN_BYTES_MIN = 8
PIN_BYTES_MAX = 127
MESSAGE_BYTES_MAX = DATA_BYTES_MAX
PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64

NO_OFFICER_CARD = "This is not an officer's card. Put in the card with the officer's key."
LOCKED_WORDS = (
    "The card is locked after too many wrong PINs. Sign with the key file, or another officer "
    "must stand in; whoever has the card's admin PIN unlocks it with: pollmesh ceremony card"
)


def public_key(channel: Channel) -> bytes:
    """The signature key's public half, 32 bytes."""
    channel.select_application(APPLICATION, NO_OFFICER_CARD)
    attributes = tlv_value(channel.need(0xCA, 0x00, 0x6E, le=0), (0x6E, 0x73, 0xC1))
    # An FF at the end only says how a key is imported.
    if attributes.removesuffix(b"\xff") != ED25519:
        raise RefusedError(
            "The key on this card is of another kind than Ed25519. "
            "Use the card that was made for this officer."
        )
    answer = channel.send(0x47, 0x81, 0x00, bytes.fromhex("B600"), 0)
    if answer.status in NO_KEY:
        raise RefusedError("There is no key on this card. Use the card made for this officer.")
    if answer.status != DONE:
        raise unexpected(answer.status)
    key = tlv_value(answer.data, (0x7F49, 0x86))
    if len(key) == PUBLIC_KEY_BYTES + 1:
        # Some cards put 40 before it, as OpenPGP itself does (RFC 9580, 11.2.2).
        key = key.removeprefix(b"\x40")
    if len(key) != PUBLIC_KEY_BYTES:
        raise GarbledError("The card's public key cannot be read. Use another card.")
    return key


def sign(channel: Channel, pin: str, message: bytes, expected: bytes) -> bytes:
    """The signature, 64 bytes, checked. RefusedError for a wrong PIN, with the tries left.

    `expected` is the public key of the card that was shown: another card gets no PIN.
    """
    secret = pin_bytes(pin)
    if not 0 < len(message) <= MESSAGE_BYTES_MAX:
        raise RefusedError("This is too long for a card to sign. Nothing was signed.")
    if public_key(channel) != expected:
        raise RefusedError(
            "This is another card than the one that was shown. No PIN was tried and nothing was "
            "signed. Put the right card in and begin again."
        )
    if counters(channel).user == 0:
        raise RefusedError(LOCKED_WORDS)
    status = channel.send(0x20, 0x00, USER, secret).status
    if status == LOCKED or status in WRONG_PIN:
        left = counters(channel).user
        words = f"The PIN is wrong: {tries(left)} left. Nothing was signed."
        raise RefusedError(words if left else LOCKED_WORDS)
    if status != DONE:
        raise unexpected(status)
    answer = channel.send(0x2A, 0x9E, 0x9A, message, 0)
    if answer.status == CONDITIONS:
        raise RefusedError("The card waits for its button. Sign again and press it.")
    if answer.status != DONE:
        raise unexpected(answer.status)
    try:
        VerifyKey(expected).verify(message, answer.data)
    except (BadSignatureError, ValueError):
        raise GarbledError("The card's signature is wrong. Use another card.") from None
    return answer.data


class Counters(NamedTuple):
    """Tries left. A reset code that is not set has none."""

    user: int
    reset_code: int
    admin: int


def counters(channel: Channel) -> Counters:
    """The end of the PW status bytes (4.4.2, DO C4), which are seven."""
    status = channel.need(0xCA, 0x00, 0xC4, le=0)
    if len(status) != 7:
        raise GarbledError("The card does not say how many tries are left. Use another card.")
    return Counters(*status[4:])


def tries(left: int) -> str:
    """In words."""
    return "1 try is" if left == 1 else f"{left} tries are"


def pin_bytes(pin: str, least: int = PIN_BYTES_MIN, whose: str = "A PIN") -> bytes:
    """A PIN as it goes to the card; RefusedError if it can be none."""
    secret = pin.encode("utf-8")
    if not least <= len(secret) <= PIN_BYTES_MAX:
        raise RefusedError(f"{whose} has at least {least} digits. Nothing was tried.")
    return secret
