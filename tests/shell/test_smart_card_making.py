"""Making an officer's card: cut anywhere, refused anywhere, and attacked afterwards."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from nacl.signing import SigningKey

from hw.peripheral import GarbledError, PeripheralError, RefusedError
from hw.smart_card import Identity, OfficerCard, officer_card
from hw.smart_card.apdu import Answer, CardGoneError, Channel
from hw.smart_card.card_making import CardMaking
from hw.smart_card.software_card import ADMIN_PIN, Command, OpenPgp, SoftwareCard
from hw.smart_card.tray import Tray

SEED = b"\x09" * 32
PUBLIC = bytes(SigningKey(SEED).verify_key)
OLD_PIN, NEW_PIN, NEW_ADMIN = "123456", "9876543210", "1029384756"
CARD = OfficerCard(SEED, NEW_PIN, NEW_ADMIN, OLD_PIN, ADMIN_PIN.decode())
RSA = bytes.fromhex("01 0800 0020 00")
RESET_CODE = b"87654321"
OK, NOT_ALLOWED, LOCKED = 0x9000, 0x6982, 0x6983


def factory_card() -> OpenPgp:
    """As it comes: for RSA, with the factory's PINs; and, the worst case, with a reset code."""
    card = OpenPgp(b"\x11" * 32, OLD_PIN, RSA)
    talk = attacker(card)
    assert talk.send(0x20, 0, 0x83, ADMIN_PIN).status == OK
    assert talk.send(0xDA, 0, 0xD3, RESET_CODE).status == OK
    return card


def attacker(card: OpenPgp) -> Channel:
    """Whoever holds the card, at a reader of their own."""
    talk = Channel(SoftwareCard(card).transmit)
    talk.select_application(officer_card.APPLICATION, "")
    return talk


class Cutter:
    """A reader that goes away after so many commands."""

    def __init__(self, application: OpenPgp) -> None:
        self.tray = Tray()
        self.tray.insert(SoftwareCard(application))
        self.commands = 0

    def channel(self, cut_after: int | None = None, late: bool = False) -> Channel:
        """A new conversation, after the card was put back."""
        self.tray.steer({"do": "put-back"})
        self.commands = 0
        if cut_after is not None:
            self.tray.steer({"do": "vanish", "after": cut_after, "late": late})
        return Channel(self._transmit)

    def _transmit(self, command: bytes) -> bytes:
        self.commands += 1
        answer = self.tray.exchange(command)
        if answer is None:
            raise CardGoneError
        return answer


def made(card: OpenPgp, wanted: OfficerCard = CARD) -> Callable[[], object]:
    making = CardMaking(wanted, lambda: None)
    return lambda: making.make(Channel(SoftwareCard(card).transmit))


def holds_key(card: OpenPgp) -> bool:
    """Does it hold the officer's key?"""
    try:
        return officer_card.public_key(attacker(card)) == PUBLIC
    except RefusedError:
        return False


def opens(card: OpenPgp, which: int, pin: str) -> bool:
    return attacker(card).send(0x20, 0, which, pin.encode()).status == OK


def test_who_holds_the_finished_card_and_knows_the_factory_can_do_nothing_with_it() -> None:
    card = factory_card()
    made(card)()
    talk = attacker(card)
    # The factory's admin PIN is none, so it gives no right to a new PIN or to another key.
    assert talk.send(0x20, 0, 0x83, ADMIN_PIN) == Answer(b"", NOT_ALLOWED)
    assert talk.send(0x2C, 0x02, 0x81, b"000000") == Answer(b"", NOT_ALLOWED)
    template = bytes.fromhex("4D2A B600 7F48 02 9220 5F48 20") + b"\x66" * 32
    assert talk.send(0xDB, 0x3F, 0xFF, template) == Answer(b"", NOT_ALLOWED)
    assert talk.send(0xDA, 0x00, 0xD3, b"00000000") == Answer(b"", NOT_ALLOWED)
    # The reset code is gone.
    assert talk.send(0x2C, 0x00, 0x81, RESET_CODE + b"000000") == Answer(b"", LOCKED)
    assert talk.send(0x2C, 0x00, 0x81, b"000000") == Answer(b"", LOCKED)
    assert not opens(card, 0x81, OLD_PIN)
    assert not opens(card, 0x81, "000000")
    assert opens(card, 0x83, NEW_ADMIN)
    message = b"open the box"
    signature = officer_card.sign(attacker(card), NEW_PIN, message, PUBLIC)
    assert signature == SigningKey(SEED).sign(message).signature


def test_the_attack_works_on_a_card_with_the_factorys_admin_pin() -> None:
    """What the test before would miss if the software card forbade too much."""
    card = factory_card()
    talk = attacker(card)
    assert talk.send(0x2C, 0x00, 0x81, RESET_CODE + b"000000").status == OK
    assert opens(card, 0x81, "000000")
    assert talk.send(0x20, 0, 0x83, ADMIN_PIN).status == OK
    assert talk.send(0x2C, 0x02, 0x81, b"111111").status == OK
    assert opens(card, 0x81, "111111")


def uncut() -> int:
    cutter = Cutter(factory_card())
    CardMaking(CARD, lambda: None).make(cutter.channel())
    return cutter.commands


@pytest.mark.parametrize("late", [False, True], ids=["not done", "done, unheard"])
def test_cut_after_any_command_the_key_is_behind_new_pins_and_the_same_again_finishes(
    late: bool,
) -> None:
    said: list[str] = []
    for after in range(uncut()):
        card = factory_card()
        cutter = Cutter(card)
        out: list[str] = []
        making = CardMaking(CARD, lambda out=out: out.append("out"))
        with pytest.raises(CardGoneError):
            making.make(cutter.channel(after, late))
        said.append(making.stands)
        has_old = (opens(card, 0x81, OLD_PIN), opens(card, 0x83, ADMIN_PIN.decode()))
        # Handed out before the card has it, and the key never behind a PIN that others know.
        assert out or has_old[1]
        assert has_old == (False, False) or not holds_key(card)
        if making.stands in (said[0], "Nothing was written."):
            assert has_old == (True, True)
        card.tries = card.admin_tries = 3
        CardMaking(replace(CARD, has_begun=bool(out)), lambda: None).make(cutter.channel())
        assert holds_key(card)
        assert opens(card, 0x81, NEW_PIN)
        assert opens(card, 0x83, NEW_ADMIN)
        assert card.reset_tries == 0
    assert list(dict.fromkeys(said)) == [
        "Nothing was written.",
        "No key was written, and its PINs are as before. Run the same command again.",
        "No key was written. Its PIN is as before; its admin PIN may be the new one. "
        "Run the same command again.",
        "No key was written. Its admin PIN is the new one, and its PIN may be the envelope's. "
        "Run the same command again.",
        "Its PIN and its admin PIN are the new ones; the officer's key may not be on it. "
        "Run the same command again.",
    ]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"pin_now": "654321"}, "The PIN that the card has now is wrong: 2 tries are left."),
        ({"admin_pin_now": "87654321"}, "The card's admin PIN is wrong: 2 tries are left."),
        ({"admin_pin_now": "123456"}, "An admin PIN has at least 8 digits. Nothing was tried."),
        ({"pin": "12"}, "A PIN has at least 6 digits. Nothing was tried."),
    ],
)
def test_a_wrong_present_pin_leaves_the_card_as_it_was(wrong: dict[str, str], words: str) -> None:
    card = factory_card()
    written: list[int] = []

    def transmit(command: bytes, software: SoftwareCard = SoftwareCard(card)) -> bytes:
        written.append(command[1]) if command[1] in (0x24, 0x2C, 0xDA, 0xDB) else None
        return software.transmit(command)

    making = CardMaking(replace(CARD, **wrong), lambda: written.append(0))
    with pytest.raises(RefusedError) as error:
        making.make(Channel(transmit))
    assert error.value.words == words
    assert (making.stands, written) == ("Nothing was written.", [])
    assert not holds_key(card)


def test_the_third_wrong_admin_pin_is_said_to_lock() -> None:
    card = factory_card()
    card.admin_tries = 1
    with pytest.raises(RefusedError) as error:
        made(card, replace(CARD, admin_pin_now="87654321"))()
    assert error.value.words == (
        "The card's admin PIN is locked after too many wrong ones. Use another card."
    )


def test_the_last_try_at_the_admin_pin_is_for_the_one_that_is_given() -> None:
    card = factory_card()
    card.admin_tries = 1
    made(card, replace(CARD, has_begun=True))()
    assert opens(card, 0x83, NEW_ADMIN)


def test_a_card_that_its_officer_locked_is_made_again_with_its_admin_pin() -> None:
    card = factory_card()
    made(card)()
    for _ in range(3):
        opens(card, 0x81, "000000")
    with pytest.raises(RefusedError, match="unlocks it with: pollmesh ceremony card"):
        officer_card.sign(attacker(card), NEW_PIN, b"act", PUBLIC)
    again = OfficerCard(SEED, NEW_PIN, "5647382910", NEW_PIN, NEW_ADMIN)
    made(card, again)()
    assert len(officer_card.sign(attacker(card), NEW_PIN, b"act", PUBLIC)) == 64
    assert opens(card, 0x83, "5647382910")


class Refusing(OpenPgp):
    """A card that does not do one instruction."""

    def __init__(self, ins: int, place: int, answer: bytes) -> None:
        super().__init__(b"\x11" * 32, OLD_PIN, RSA)
        self._refused, self._answer = (ins, place), answer

    def do(self, command: Command) -> tuple[bytes, bytes]:
        if (command.ins, command.place) == self._refused:
            return b"", self._answer
        return super().do(command)


@pytest.mark.parametrize(
    ("ins", "place", "kind", "words"),
    [
        (0xDA, 0x00C1, RefusedError, "This card takes no Ed25519 key. Use another card."),
        (0x24, 0x0083, GarbledError, "The card gave an answer that is not understood (6A80). "),
        (0x2C, 0x0281, GarbledError, "The card gave an answer that is not understood (6A80). "),
        (0xDB, 0x3FFF, GarbledError, "The card gave an answer that is not understood (6A80). "),
    ],
)
def test_a_card_that_refuses_a_step_holds_no_key(
    ins: int, place: int, kind: type[PeripheralError], words: str
) -> None:
    card = Refusing(ins, place, b"\x6a\x80")
    with pytest.raises(kind) as error:
        made(card)()
    assert error.value.words.startswith(words)
    assert not holds_key(card)


def test_nothing_that_holds_a_secret_shows_it() -> None:
    shown = repr(
        [
            CARD,
            Identity("9990000017", "نیما آزمون"),
            Answer(b"9990000017", OK),
            Command.parse(bytes.fromhex("0020008106") + OLD_PIN.encode()),
        ]
    )
    for secret in ("\\t", NEW_PIN, NEW_ADMIN, OLD_PIN, "12345678", "9990000017", "نیما"):
        assert secret not in shown
