"""Cards that are pulled, cut off or mad, command by command: a ballot is on them whole or not.

No reader is needed: the acts talk to a card in software, which does what the far end of any
reader would.
"""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.peripheral import GarbledError, PeripheralError
from hw.smart_card import OfficerCard, ballot_card, officer_card
from hw.smart_card.apdu import CardGoneError, Channel, tlv_value
from hw.smart_card.card_making import CardMaking
from hw.smart_card.identity import load_profile, read_identity
from hw.smart_card.software_card import SoftwareCard, blank_ballot_card, identity_card, tlv
from hw.smart_card.tray import Tray

TEXTS = st.text(st.characters(codec="ascii"), min_size=1, max_size=600)
PROFILE = load_profile(None)
LONGEST = "b" * 600
CARD = OfficerCard(b"\x09" * 32, "9876543210", "1029384756", "481516", "12345678")
ACTS: dict[str, Callable[[Channel], object]] = {
    "identity": lambda channel: read_identity(channel, PROFILE),
    "read": ballot_card.read_text,
    "write": lambda channel: ballot_card.write_text(channel, LONGEST),
    "clear": ballot_card.clear,
    "key": officer_card.public_key,
    "sign": lambda channel: officer_card.sign(channel, "481516", b"message", b"k" * 32),
    "make": lambda channel: CardMaking(CARD, lambda: None).make(channel),
}


class Cutter:
    """A ballot card whose reader goes away after so many commands."""

    def __init__(self) -> None:
        self.tray = Tray()
        self.tray.insert(SoftwareCard(blank_ballot_card()))
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


def cuts(cutter: Cutter, act: Callable[[Channel], object]) -> int:
    """How many commands the act takes, uncut."""
    act(cutter.channel())
    return cutter.commands


@settings(max_examples=25, deadline=None)
@given(old=TEXTS, new=TEXTS, late=st.booleans())
def test_writing_cut_after_any_command_leaves_nothing_or_the_whole(
    old: str, new: str, late: bool
) -> None:
    def write(channel: Channel) -> None:
        ballot_card.write_text(channel, new)

    length = cuts(Cutter(), write)
    for after in range(length):
        cutter = Cutter()
        # What an earlier ballot left in the file must not shine through.
        ballot_card.write_text(cutter.channel(), old)
        cutter.tray.card.application.files[ballot_card.FILE][:14] = bytes(14)
        with pytest.raises(CardGoneError):
            write(cutter.channel(after, late))
        assert ballot_card.read_text(cutter.channel()) in ("", new)
        # The same again is all that has to be done, whatever is on it.
        ballot_card.write_text(cutter.channel(), new)
        assert ballot_card.read_text(cutter.channel()) == new


@settings(max_examples=25, deadline=None)
@given(old=TEXTS, new=TEXTS, late=st.booleans())
def test_clearing_cut_after_any_command_leaves_the_whole_or_nothing(
    old: str, new: str, late: bool
) -> None:
    cutter = Cutter()
    ballot_card.write_text(cutter.channel(), old)
    for after in range(cuts(cutter, ballot_card.clear)):
        cutter = Cutter()
        ballot_card.write_text(cutter.channel(), old)
        with pytest.raises(CardGoneError):
            ballot_card.clear(cutter.channel(after, late))
        assert ballot_card.read_text(cutter.channel()) in ("", old)
        ballot_card.clear(cutter.channel())
        assert not any(cutter.tray.card.application.files[ballot_card.FILE])
        ballot_card.write_text(cutter.channel(), new)
        assert ballot_card.read_text(cutter.channel()) == new


@settings(max_examples=50, deadline=None)
@given(text=TEXTS, torn=st.integers(0, 13))
def test_a_head_that_is_torn_in_the_middle_reads_as_blank(text: str, torn: int) -> None:
    cutter = Cutter()
    ballot_card.write_text(cutter.channel(), text)
    cutter.tray.card.application.files[ballot_card.FILE][torn:14] = bytes(14 - torn)
    # The sum may end in zeros by itself: then nothing is torn.
    assert ballot_card.read_text(cutter.channel()) in ("", text)
    assert ballot_card.read_text(cutter.channel()) == "" or torn > 6


def test_a_card_that_forgets_what_is_written_is_found() -> None:
    class Forgetful(SoftwareCard):
        def transmit(self, raw: bytes) -> bytes:
            return b"\x90\x00" if raw[1] == 0xD6 else super().transmit(raw)

    with pytest.raises(GarbledError) as error:
        ballot_card.write_text(Channel(Forgetful(blank_ballot_card()).transmit), "a")
    assert error.value.words == "The card did not keep what was written on it. Use another card."
    full = Cutter()
    ballot_card.write_text(full.channel(), "a")
    with pytest.raises(GarbledError):
        ballot_card.clear(Channel(Forgetful(full.tray.card.application).transmit))


@settings(max_examples=60, deadline=None)
@given(answers=st.lists(st.binary(max_size=300), min_size=1), act=st.sampled_from(sorted(ACTS)))
def test_no_garbage_does_more_than_a_word_to_the_worker(answers: list[bytes], act: str) -> None:
    feed = iter(answers * 200)

    def transmit(command: bytes) -> bytes:
        try:
            return next(feed)
        except StopIteration:
            raise CardGoneError from None

    with pytest.raises(PeripheralError):
        ACTS[act](Channel(transmit))


@settings(max_examples=200, deadline=None)
@given(
    bodies=st.lists(st.binary(max_size=256), min_size=1, max_size=20),
    act=st.sampled_from([act for act in sorted(ACTS) if act not in ("read", "clear")]),
)
def test_garbage_with_a_good_status_does_no_more(bodies: list[bytes], act: str) -> None:
    feed = iter(bodies * 200)

    def transmit(command: bytes) -> bytes:
        return next(feed) + b"\x90\x00"

    with pytest.raises(PeripheralError):
        ACTS[act](Channel(transmit))


@given(data=st.binary(max_size=60), path=st.lists(st.sampled_from([0x65, 0x5F20, 0x73])))
def test_any_bytes_as_tlv_are_a_value_or_words(data: bytes, path: list[int]) -> None:
    try:
        value = tlv_value(data, tuple(path))
    except GarbledError:
        return
    assert value in data


@given(
    value=st.binary(max_size=400),
    before=st.binary(max_size=300),
    filling=st.sampled_from([b"", b"\0\0", b"\xff"]),
)
def test_a_value_is_found_at_its_path(value: bytes, before: bytes, filling: bytes) -> None:
    inner = filling + tlv(0x81, before) + filling + tlv(0x5F20, value) + filling
    assert tlv_value(tlv(0x42, before) + tlv(0x65, inner), (0x65, 0x5F20)) == value


def test_an_answer_without_end_is_left() -> None:
    commands = []

    def transmit(command: bytes) -> bytes:
        commands.append(command)
        return bytes(255) + b"\x61\xff"

    with pytest.raises(GarbledError) as error:
        Channel(transmit).send(0xCA, 0x00, 0x6E, le=0)
    assert error.value.words == "The card's answer has no end. Use another card."
    assert len(commands) == 17


def test_a_file_without_end_is_left_at_four_kilobytes() -> None:
    endless = Channel(lambda command: bytes(command[-1]) + b"\x90\x00")
    assert endless.read(0, 4096) == bytes(4096)


def test_a_wrong_length_is_asked_for_again_with_the_right_one() -> None:
    commands = []

    def transmit(command: bytes) -> bytes:
        commands.append(command.hex())
        return b"\x6c\x02" if command[-1] == 0 else b"ok\x90\x00"

    answer = Channel(transmit).send(0xCA, 0x00, 0x6E, le=0)
    assert (answer.data, answer.status) == (b"ok", 0x9000)
    assert commands == ["00ca006e00", "00ca006e02"]


def test_a_name_longer_than_one_answer_is_read_whole() -> None:
    name = "آ" * 120
    for is_t0 in (False, True):
        card = SoftwareCard(identity_card("9990000017", name), is_t0)
        identity = read_identity(Channel(card.transmit, is_t0), PROFILE)
        assert (identity.national_code, identity.name) == ("9990000017", name)
