"""What any card reader does: a simulated one, and PC/SC with a virtual card behind a real pcscd."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from nacl.signing import SigningKey

from hw.peripheral import GarbledError, RefusedError, SeveralError, SlowError, UnpluggedError
from hw.smart_card import CardInserted, CardReader, CardRemoved, Identity, OfficerCard
from tests.peers.card_rigs import Rig, pcsc_rig, simulated_rig
from tests.peers.waiting import until

NAME = "مریم آزمون‌پور"
VOTER = {"card": "identity", "national_code": "9990000017", "name": NAME}
BLANK = {"card": "ballot", "text": ""}
FULL = {"card": "ballot", "text": "PB1|" + "7" * 596}
PIN = "481516"
KEY = SigningKey(bytes(range(32)))
PUBLIC = bytes(KEY.verify_key)
NEW_KEY = SigningKey(b"\x09" * 32)
NEW_CARD = OfficerCard(bytes(NEW_KEY), "9876543210", "1029384756", PIN, "12345678")
OFFICER = {"card": "officer", "seed": bytes(KEY).hex(), "pin": PIN}
LOCKED = (
    "The card is locked after too many wrong PINs. Sign with the key file, or another officer "
    "must stand in; whoever has the card's admin PIN unlocks it with: pollmesh ceremony card"
)

Place = Callable[..., AbstractAsyncContextManager[Rig]]
Day = Callable[[Rig], Awaitable[None]]


@pytest.fixture(
    params=[
        pytest.param(simulated_rig, id="simulated"),
        pytest.param(pcsc_rig, id="pcsc", marks=pytest.mark.xdist_group("pcscd")),
    ]
)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return partial(request.param, tmp_path)


def lived(place: Place, day: Day, **limits: float) -> None:
    """One day with a reader that is ready."""

    async def whole() -> None:
        async with asyncio.timeout(60), place(**limits) as rig:
            await day(rig)

    asyncio.run(whole())


def test_an_identity_card_says_its_code_and_name(place: Place) -> None:
    async def day(rig: Rig) -> None:
        await rig.insert(**VOTER)
        assert await rig.reader.identity() == Identity("9990000017", NAME)
        await rig.insert(**VOTER | {"national_code": "99900O0017"})
        with pytest.raises(GarbledError) as error:
            await rig.reader.identity()
        assert error.value.words == (
            "The card's national code is not ten digits. Type the code by hand."
        )

    lived(place, day)


def test_a_ballot_card_is_written_once_read_and_cleared(place: Place) -> None:
    async def day(rig: Rig) -> None:
        await rig.insert(**BLANK)
        assert await rig.reader.read_ballot_card() == ""
        await rig.reader.write_ballot_card(FULL["text"])
        assert await rig.reader.read_ballot_card() == FULL["text"]
        assert await rig.steer(do="look") | {"did": "look"} == {"did": "look", **FULL}
        with pytest.raises(RefusedError) as error:
            await rig.reader.write_ballot_card("another")
        assert error.value.words == (
            "This card holds a ballot already. Nothing was written. Use another card; "
            "this one can be cleared with: pollmesh hardware clear STATION"
        )
        assert await rig.reader.read_ballot_card() == FULL["text"]
        await rig.reader.clear_ballot_card()
        assert await rig.reader.read_ballot_card() == ""
        await rig.reader.write_ballot_card("another")
        assert await rig.reader.read_ballot_card() == "another"

    lived(place, day)


def test_what_does_not_fit_on_a_ballot_card_is_refused_before_anything_is_written(
    place: Place,
) -> None:
    async def day(rig: Rig) -> None:
        await rig.insert(**BLANK)
        for text in ("", "7" * 601, "رأی"):
            with pytest.raises(RefusedError) as error:
                await rig.reader.write_ballot_card(text)
            assert error.value.words == (
                "This does not fit on a ballot card: 1 to 600 plain letters do. "
                "Nothing was written."
            )
        assert await rig.reader.read_ballot_card() == ""

    lived(place, day)


def test_an_officers_card_signs_with_its_pin(place: Place) -> None:
    async def day(rig: Rig) -> None:
        await rig.insert(**OFFICER)
        assert await rig.reader.officer_key() == bytes(KEY.verify_key)
        for message in (b"open the box", b"m" * 254):
            signature = await rig.reader.sign(PIN, message, PUBLIC)
            assert signature == KEY.sign(message).signature
        with pytest.raises(RefusedError) as error:
            await rig.reader.sign(PIN, b"m" * 256, PUBLIC)
        assert error.value.words == "This is too long for a card to sign. Nothing was signed."

    lived(place, day)


def test_wrong_pins_are_counted_by_the_card_and_the_third_locks_it(place: Place) -> None:
    async def day(rig: Rig) -> None:
        async def refused(pin: str) -> str:
            with pytest.raises(RefusedError) as error:
                await rig.reader.sign(pin, b"x", PUBLIC)
            assert pin not in repr(error.value)
            return error.value.words

        wrong = "The PIN is wrong: {} left. Nothing was signed."
        await rig.insert(**OFFICER)
        assert await refused("12") == "A PIN has at least 6 digits. Nothing was tried."
        assert await refused("999999") == wrong.format("2 tries are")
        await rig.reader.sign(PIN, b"right again: all three tries are back", PUBLIC)
        assert await refused("999999") == wrong.format("2 tries are")
        # Out and in again does not give a try back.
        await rig.remove()
        await rig.put_back()
        assert await refused("999998") == wrong.format("1 try is")
        assert await refused("999997") == LOCKED
        assert await refused(PIN) == LOCKED
        assert await rig.reader.officer_key() == bytes(KEY.verify_key)

    lived(place, day)


def test_a_card_of_another_kind_is_refused_in_words(place: Place) -> None:
    async def day(rig: Rig) -> None:
        await rig.insert(**VOTER)
        for act, words in (
            (rig.reader.read_ballot_card, "This is not a ballot card. Take one from the box of "),
            (rig.reader.clear_ballot_card, "This is not a ballot card. Take one from the box of "),
            (rig.reader.officer_key, "This is not an officer's card. Put in the card with the "),
        ):
            with pytest.raises(RefusedError) as error:
                await act()
            assert error.value.words.startswith(words)
        await rig.insert(**BLANK)
        with pytest.raises(RefusedError) as error:
            await rig.reader.identity()
        assert error.value.words == (
            "This is not an identity card that is known here. Use another card, or type the code."
        )

    lived(place, day)


def test_cards_that_come_and_go_are_told(place: Place) -> None:
    async def day(rig: Rig) -> None:
        assert rig.reader.state.words == "Ready: put a card in."
        with pytest.raises(UnpluggedError) as error:
            await rig.reader.identity()
        assert error.value.words == "There is no card in the reader. Put one in."
        await rig.insert(**VOTER)
        assert rig.reader.state.words == "Ready: a card is in the reader."
        await rig.reader.identity()
        await rig.remove()
        await rig.insert(**BLANK)
        assert rig.told == [CardInserted(), CardRemoved(), CardInserted()]

    lived(place, day)


def write(reader: CardReader) -> Awaitable[Any]:
    return reader.write_ballot_card("a ballot")


def sign(reader: CardReader) -> Awaitable[Any]:
    return reader.sign(PIN, b"open the box", PUBLIC)


IN_THE_MIDDLE = {
    "reading an identity": (
        VOTER,
        lambda reader: reader.identity(),
        "The card was taken out before it was read. Put it back.",
    ),
    "reading a ballot": (
        FULL,
        lambda reader: reader.read_ballot_card(),
        "The ballot card was taken out before it was read. Put it back.",
    ),
    "writing a ballot": (
        BLANK,
        write,
        "The ballot card was taken out while it was written. "
        "Put it back and write it again, or use another card.",
    ),
    "clearing a ballot": (
        FULL,
        lambda reader: reader.clear_ballot_card(),
        "The ballot card was taken out while it was cleared. Put it back and clear it again.",
    ),
    "reading an officer's key": (
        OFFICER,
        lambda reader: reader.officer_key(),
        "The officer's card was taken out before it was read. Put it back.",
    ),
    "signing": (
        OFFICER,
        sign,
        "The officer's card was taken out before it had signed. Nothing was signed. "
        "Put it back and enter the PIN again.",
    ),
}


@pytest.mark.parametrize("act", IN_THE_MIDDLE)
def test_a_card_taken_out_in_the_middle_does_its_act_when_it_is_put_back(
    place: Place, act: str
) -> None:
    card, does, words = IN_THE_MIDDLE[act]

    async def day(rig: Rig) -> None:
        await rig.insert(**card)
        for after in (0, 2):
            await rig.steer(do="vanish", after=after)
            with pytest.raises(UnpluggedError) as error:
                await does(rig.reader)
            assert error.value.words == words
            await rig.put_back()
        await does(rig.reader)

    lived(place, day)


def test_a_ballot_card_taken_out_while_written_holds_nothing_and_takes_another(
    place: Place,
) -> None:
    async def day(rig: Rig) -> None:
        await rig.insert(**BLANK)
        # Two thirds of the body are on the card.
        await rig.steer(do="vanish", after=5)
        with pytest.raises(UnpluggedError):
            await rig.reader.write_ballot_card(FULL["text"])
        await rig.put_back()
        assert await rig.reader.read_ballot_card() == ""
        await rig.reader.write_ballot_card("the second")
        assert await rig.reader.read_ballot_card() == "the second"

    lived(place, day)


def test_a_reader_unplugged_comes_back_by_itself_with_its_card(place: Place) -> None:
    async def day(rig: Rig) -> None:
        await rig.insert(**VOTER)
        await rig.unplug()
        assert "lug it in" in await rig.stands("unplugged")
        assert rig.told == [CardInserted(), CardRemoved()]
        with pytest.raises(UnpluggedError) as error:
            await rig.reader.identity()
        assert error.value.words == rig.reader.state.words
        await rig.plug()
        await rig.stands("ready")
        await until(lambda: rig.told[-1] == CardInserted())
        assert rig.told == [CardInserted(), CardRemoved(), CardInserted()]
        assert await rig.reader.identity() == Identity("9990000017", NAME)

    lived(place, day)


def test_two_readers_and_none_named_is_a_state_of_its_own(place: Place) -> None:
    async def day(rig: Rig) -> None:
        await rig.show_two()
        words = await rig.stands("several")
        assert words.startswith("2 card readers are plugged in: '")
        assert words.endswith("'. Unplug all but one, or name one in the settings.")
        with pytest.raises(SeveralError):
            await rig.reader.identity()

    lived(place, day)


def test_a_slow_card_is_given_up_and_the_reader_is_ready_once_it_has_answered(
    place: Place,
) -> None:
    async def day(rig: Rig) -> None:
        await rig.insert(**BLANK)
        await rig.steer(do="slow", seconds=1.6)
        with pytest.raises(SlowError) as error:
            await rig.reader.write_ballot_card("never")
        assert error.value.words == (
            "The card reader did not answer within 0.8 s. Look at its cable."
        )
        assert await rig.stands("slow")
        with pytest.raises(SlowError):
            await rig.reader.read_ballot_card()
        await rig.steer(do="heal")
        await rig.stands("ready")
        # What was given up has stopped: it is not written behind anybody's back.
        assert await rig.reader.read_ballot_card() == ""

    lived(place, day, write_s=0.8)


def test_a_card_that_talks_garbage_is_said_to(place: Place) -> None:
    async def day(rig: Rig) -> None:
        await rig.insert(**FULL)
        await rig.steer(do="garble")
        with pytest.raises(GarbledError) as error:
            await rig.reader.read_ballot_card()
        assert error.value.words == (
            "What the card says cannot be read. Wipe its contacts and put it in again."
        )
        await rig.remove()
        await rig.put_back()
        assert await rig.reader.read_ballot_card() == FULL["text"]

    lived(place, day)


def test_several_who_ask_at_once_are_answered_one_after_the_other(place: Place) -> None:
    async def day(rig: Rig) -> None:
        await rig.insert(**BLANK)
        texts = [f"ballot {number}" for number in range(5)]
        done = await asyncio.gather(
            *(rig.reader.write_ballot_card(text) for text in texts), return_exceptions=True
        )
        assert [type(outcome) for outcome in done] == [type(None)] + [RefusedError] * 4
        assert await rig.reader.read_ballot_card() == "ballot 0"

    lived(place, day)


def test_an_officers_card_that_was_changed_for_another_gets_no_pin(place: Place) -> None:
    async def day(rig: Rig) -> None:
        await rig.insert(**OFFICER)
        shown = await rig.reader.officer_key()
        await rig.insert(**OFFICER | {"seed": "09" * 32})
        with pytest.raises(RefusedError) as error:
            await rig.reader.sign("999999", b"open the box", shown)
        assert error.value.words == (
            "This is another card than the one that was shown. No PIN was tried and nothing was "
            "signed. Put the right card in and begin again."
        )
        assert await rig.steer(do="look") | {"did": "look"} == {
            "did": "look",
            "card": "officer",
            "tries": 3,
        }

    lived(place, day)


def test_an_officers_key_goes_onto_a_card_and_opens_with_its_new_pin(place: Place) -> None:
    handed_out: list[str] = []

    async def day(rig: Rig) -> None:
        await rig.insert(**OFFICER)
        for wrong, words in (
            ({"admin_pin_now": "00000000"}, "The card's admin PIN is wrong: 2 tries are left."),
            ({"pin_now": "000000"}, "The PIN that the card has now is wrong: 2 tries are left."),
        ):
            with pytest.raises(RefusedError) as error:
                await rig.reader.make_officer_card(
                    replace(NEW_CARD, **wrong), lambda: handed_out.append("too early")
                )
            assert error.value.words == f"{words} Nothing was written."
        assert await rig.reader.officer_key() == PUBLIC
        await rig.reader.make_officer_card(NEW_CARD, lambda: handed_out.append("once"))
        assert handed_out == ["once"]
        key = await rig.reader.officer_key()
        assert key == bytes(NEW_KEY.verify_key)
        signature = await rig.reader.sign("9876543210", b"an act", key)
        assert signature == NEW_KEY.sign(b"an act").signature

    lived(place, day)


@pytest.mark.parametrize("after", range(0, 12, 2))
def test_a_card_taken_out_while_it_is_made_is_finished_afterwards(place: Place, after: int) -> None:
    async def day(rig: Rig) -> None:
        await rig.insert(**OFFICER)
        await rig.steer(do="vanish", after=after)
        with pytest.raises(UnpluggedError) as error:
            await rig.reader.make_officer_card(NEW_CARD, lambda: None)
        assert error.value.words.startswith(
            "The officer's card was taken out before it was finished. Put it back. "
        )
        await rig.put_back()
        await rig.reader.make_officer_card(replace(NEW_CARD, has_begun=True), lambda: None)
        key = await rig.reader.officer_key()
        assert key == bytes(NEW_KEY.verify_key)
        signature = await rig.reader.sign("9876543210", b"an act", key)
        assert signature == NEW_KEY.sign(b"an act").signature

    lived(place, day)


def test_what_stops_the_handing_out_of_the_admin_pin_stops_before_the_card_has_it(
    place: Place,
) -> None:
    def fail() -> None:
        raise OSError("the disk is full")

    async def day(rig: Rig) -> None:
        await rig.insert(**OFFICER)
        with pytest.raises(OSError, match="the disk is full"):
            await rig.reader.make_officer_card(NEW_CARD, fail)
        assert len(await rig.reader.sign(PIN, b"as before", PUBLIC)) == 64

    lived(place, day)


def test_a_ballot_card_that_holds_just_this_is_written(place: Place) -> None:
    async def day(rig: Rig) -> None:
        await rig.insert(**BLANK)
        # The head is written and not yet read back: the card is full, and nobody was told.
        await rig.steer(do="vanish", after=6)
        with pytest.raises(UnpluggedError):
            await rig.reader.write_ballot_card("a ballot")
        await rig.put_back()
        assert await rig.reader.read_ballot_card() == "a ballot"
        await rig.reader.write_ballot_card("a ballot")
        with pytest.raises(RefusedError, match="This card holds a ballot already"):
            await rig.reader.write_ballot_card("a ballot of another")
        assert await rig.reader.read_ballot_card() == "a ballot"

    lived(place, day)
