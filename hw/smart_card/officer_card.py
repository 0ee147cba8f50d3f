"""An officer's key on a card: the OpenPGP card application, version 3.4, with an Ed25519 key.

    SELECT                00 A4 04 00  D27600012401
    which key, tries      00 CA 00 6E  6E { 73 { C1 algorithm } },   00 CA 00 C4
    the public key        00 47 81 00  B6 00    -> 7F49 { 86 32 bytes }
    the PIN (PW1)         00 20 00 81  PIN
    the signature         00 2A 9E 9A  message  -> 64 bytes
    another PIN           00 24 00 81  old PIN, new PIN
    another key           00 20 00 83  admin PIN (PW3), 00 DA 00 C1  algorithm,
                          00 DB 3F FF  4D { B6 {}, 7F48 { 92 20 }, 5F48 { 32 bytes } }

The key never leaves the card, and the card counts wrong PINs: after three it is locked. The PIN is
in no error and is not kept. Every signature is checked with the public key before it counts.
Source: "Functional Specification of the OpenPGP application on ISO Smart Card Operating Systems",
version 3.4, 4.4 (key import: 4.4.3.12), 7.2.2, 7.2.3, 7.2.6, 7.2.8, 7.2.10, 7.2.14.
"""

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

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

PIN_BYTES_MIN = 6
PIN_BYTES_MAX = 127
MESSAGE_BYTES_MAX = DATA_BYTES_MAX
PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64

NO_OFFICER_CARD = "This is not an officer's card. Put in the card with the officer's key."
LOCKED_WORDS = (
    "The card is locked after too many wrong PINs. "
    "Another officer must stand in; the card can be unlocked with its reset code."
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


def sign(channel: Channel, pin: str, message: bytes) -> bytes:
    """The signature, 64 bytes, checked. RefusedError for a wrong PIN, with the tries left."""
    secret = pin.encode("utf-8")
    if not PIN_BYTES_MIN <= len(secret) <= PIN_BYTES_MAX:
        raise RefusedError(f"A PIN has at least {PIN_BYTES_MIN} digits. Nothing was tried.")
    if not 0 < len(message) <= MESSAGE_BYTES_MAX:
        raise RefusedError("This is too long for a card to sign. Nothing was signed.")
    key = public_key(channel)
    if _tries_left(channel) == 0:
        raise RefusedError(LOCKED_WORDS)
    status = channel.send(0x20, 0x00, 0x81, secret).status
    if status == LOCKED or status in WRONG_PIN:
        raise RefusedError(_wrong(_tries_left(channel)))
    if status != DONE:
        raise unexpected(status)
    answer = channel.send(0x2A, 0x9E, 0x9A, message, 0)
    if answer.status == CONDITIONS:
        raise RefusedError("The card waits for its button. Sign again and press it.")
    if answer.status != DONE:
        raise unexpected(answer.status)
    try:
        VerifyKey(key).verify(message, answer.data)
    except (BadSignatureError, ValueError):
        raise GarbledError("The card's signature is wrong. Use another card.") from None
    return answer.data


def change_pin(channel: Channel, old: str, new: str) -> None:
    """Another PIN for the officer's key. RefusedError for a wrong old one, with the tries left."""
    secrets = [pin.encode("utf-8") for pin in (old, new)]
    if not all(PIN_BYTES_MIN <= len(secret) <= PIN_BYTES_MAX for secret in secrets):
        raise RefusedError(f"A PIN has at least {PIN_BYTES_MIN} digits. Nothing was tried.")
    channel.select_application(APPLICATION, NO_OFFICER_CARD)
    status = channel.send(0x24, 0x00, 0x81, b"".join(secrets)).status
    if status == LOCKED or status in WRONG_PIN:
        raise RefusedError(_wrong(_tries_left(channel)))
    if status != DONE:
        raise unexpected(status)


def import_key(channel: Channel, admin_pin: str, seed: bytes) -> None:
    """Put an Ed25519 key onto the card, and look that the card now shows its public half."""
    channel.select_application(APPLICATION, NO_OFFICER_CARD)
    status = channel.send(0x20, 0x00, 0x83, admin_pin.encode("utf-8")).status
    if status == LOCKED or status in WRONG_PIN:
        raise RefusedError(
            "The card's admin PIN is wrong: few tries are left. Nothing was written."
        )
    if status != DONE:
        raise unexpected(status)
    template = bytes.fromhex("B600 7F48 02 9220 5F48 20") + seed
    for place, ins, data in (
        (0x00C1, 0xDA, ED25519),
        (0x3FFF, 0xDB, b"\x4d" + bytes([len(template)]) + template),
    ):
        status = channel.send(ins, place >> 8, place & 0xFF, data).status
        if status != DONE:
            raise unexpected(status)
    if public_key(channel) != bytes(SigningKey(seed).verify_key):
        raise GarbledError("The card shows another key than was written. Use another card.")


def _tries_left(channel: Channel) -> int:
    """PW status bytes (4.4.2, DO C4): seven, the fifth being PW1's counter."""
    status = channel.need(0xCA, 0x00, 0xC4, le=0)
    if len(status) != 7:
        raise GarbledError("The card does not say how many tries are left. Use another card.")
    return status[4]


def _wrong(left: int) -> str:
    if left == 0:
        return LOCKED_WORDS
    tries = "1 try is" if left == 1 else f"{left} tries are"
    return f"The PIN is wrong: {tries} left. Nothing was signed."
