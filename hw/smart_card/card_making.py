"""Making an officer's card: its PINs become new, then the key comes onto it.

    the admin PIN it has    00 20 00 83  PIN             both are tried before anything is written
    the PIN it has          00 20 00 81  PIN
    Ed25519                 00 DA 00 C1  attributes      if the card's are others
    a new admin PIN (PW3)   00 24 00 83  now, new;       then 00 20 00 83  new
    no reset code           00 DA 00 D3  (nothing)       if it has one
    a new PIN (PW1)         00 2C 02 81  new             by the right of the admin PIN
    the key                 00 DB 3F FF  4D { B6 {}, 7F48 { 92 20 }, 5F48 { 32 bytes } }

The key is last, so it is never on a card whose PINs others know: who has the admin PIN, or a reset
code, can give the card a PIN of his own and sign. Each step can be done again; broken off anywhere,
the card is finished by doing it all again, and `CardMaking.stands` says so.
Source: OpenPGP card 3.4, 4.3.4 (a new card has no reset code), 4.4.1 (D3), 4.4.3.9, 4.4.3.12,
7.2.2, 7.2.3 (CHANGE REFERENCE DATA), 7.2.4 (RESET RETRY COUNTER), 7.2.8 (PUT DATA).
"""

from collections.abc import Callable

from nacl.signing import SigningKey

from hw.peripheral import GarbledError, RefusedError
from hw.smart_card import OfficerCard
from hw.smart_card.apdu import DONE, Channel, tlv_value, unexpected
from hw.smart_card.officer_card import (
    ADMIN,
    ADMIN_PIN_BYTES_MIN,
    APPLICATION,
    ED25519,
    LOCKED,
    NO_OFFICER_CARD,
    USER,
    WRONG_PIN,
    counters,
    pin_bytes,
    public_key,
    tries,
)

AS_BEFORE = "Nothing was written."
NO_KEY_YET = "No key was written, and its PINs are as before. Run the same command again."
ADMIN_PIN_NEW = (
    "No key was written. Its PIN is as before; its admin PIN may be the new one. "
    "Run the same command again."
)
PIN_NEW = (
    "No key was written. Its admin PIN is the new one, and its PIN may be the envelope's. "
    "Run the same command again."
)
KEY_PERHAPS = (
    "Its PIN and its admin PIN are the new ones; the officer's key may not be on it. "
    "Run the same command again."
)


class CardMaking:
    """One try at making a card. `stands`: how the card stands, at any moment, for the worker."""

    def __init__(self, card: OfficerCard, hand_out: Callable[[], None]) -> None:
        self.stands = AS_BEFORE
        self._card = card
        self._hand_out = hand_out

    def make(self, channel: Channel) -> None:
        """All of it, in one conversation: no other card can come between."""
        card = self._card
        pin = pin_bytes(card.pin)
        admin_now = pin_bytes(card.admin_pin_now, ADMIN_PIN_BYTES_MIN, "An admin PIN")
        admin = pin_bytes(card.admin_pin, ADMIN_PIN_BYTES_MIN, "An admin PIN")
        channel.select_application(APPLICATION, NO_OFFICER_CARD)
        has_new_admin = card.has_begun and self._is_admin_new(channel, admin)
        if not has_new_admin:
            _verify_admin(channel, admin_now)
            _verify_user(channel, pin_bytes(card.pin_now))
        self._make_ed25519(channel)
        self._hand_out()
        if not has_new_admin:
            self.stands = ADMIN_PIN_NEW
            _do(channel, 0x24, ADMIN, admin_now + admin)
            # A change may take the right away that the PIN before it gave.
            _do(channel, 0x20, ADMIN, admin)
        self.stands = PIN_NEW
        if counters(channel).reset_code:
            _do(channel, 0xDA, 0x00D3)
        _do(channel, 0x2C, 0x0200 | USER, pin)
        self.stands = KEY_PERHAPS
        template = bytes.fromhex("B600 7F48 02 9220 5F48 20") + card.seed
        _do(channel, 0xDB, 0x3FFF, b"\x4d" + bytes([len(template)]) + template)
        self._look(channel)

    def _is_admin_new(self, channel: Channel, admin: bytes) -> bool:
        """Did the card take its new admin PIN before it broke off? It costs a try if not."""
        # The last try is for the PIN that whoever stands here gives.
        return counters(channel).admin > 1 and channel.send(0x20, 0, ADMIN, admin).status == DONE

    def _make_ed25519(self, channel: Channel) -> None:
        about = channel.need(0xCA, 0x00, 0x6E, le=0)
        if tlv_value(about, (0x6E, 0x73, 0xC1)).removesuffix(b"\xff") == ED25519:
            return
        # A key of another kind is gone with this; it was not the officer's.
        self.stands = NO_KEY_YET
        if channel.send(0xDA, 0x00, 0xC1, ED25519).status != DONE:
            raise RefusedError("This card takes no Ed25519 key. Use another card.")

    def _look(self, channel: Channel) -> None:
        """Does the card hold what was written?"""
        if public_key(channel) != bytes(SigningKey(self._card.seed).verify_key):
            raise GarbledError("The card shows another key than was written. Use another card.")
        if counters(channel).reset_code:
            raise GarbledError("The card did not give up its reset code. Use another card.")


def _verify_admin(channel: Channel, pin: bytes) -> None:
    status = channel.send(0x20, 0x00, ADMIN, pin).status
    if status == LOCKED or status in WRONG_PIN:
        left = counters(channel).admin
        raise RefusedError(
            f"The card's admin PIN is wrong: {tries(left)} left."
            if left
            else "The card's admin PIN is locked after too many wrong ones. Use another card."
        )
    if status != DONE:
        raise unexpected(status)


def _verify_user(channel: Channel, pin: bytes) -> None:
    if counters(channel).user == 0:
        # Locked, it is no PIN any more; the admin PIN, which was right, gives the new one.
        return
    status = channel.send(0x20, 0x00, USER, pin).status
    if status == LOCKED or status in WRONG_PIN:
        left = counters(channel).user
        raise RefusedError(f"The PIN that the card has now is wrong: {tries(left)} left.")
    if status != DONE:
        raise unexpected(status)


def _do(channel: Channel, ins: int, place: int, data: bytes = b"") -> None:
    status = channel.send(ins, place >> 8, place & 0xFF, data).status
    if status != DONE:
        raise unexpected(status)
