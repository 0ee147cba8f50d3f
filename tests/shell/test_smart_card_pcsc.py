"""PC/SC as it is: no library, no service, a service that dies or hangs, others at the reader."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from hw.catalogue import Pcsc
from hw.peripheral import NotInstalledError, PeripheralError, RefusedError, SeveralError, SlowError
from hw.peripheral import UnpluggedError as Unplugged
from hw.smart_card import CardInserted, CardRemoved, Identity, pcsc
from hw.smart_card.pcsc import PcscReader, choose
from hw.smart_card.software_card import OpenPgp, SoftwareCard, blank_ballot_card, identity_card
from tests.peers.card_rigs import QUICK, PcscRig, pcsc_rig
from tests.peers.pcsc_daemon import READER, pcsc_daemon
from tests.peers.virtual_card import VirtualSlot
from tests.peers.waiting import done, kept, until

pytestmark = pytest.mark.xdist_group("pcscd")

VOTER = {"card": "identity", "national_code": "9990000017", "name": "نیما آزمون"}
PIN = "481516"
ELEVEN = bytes(SigningKey(bytes.fromhex("11" * 32)).verify_key)
SERVICE = (
    "The smart-card service (pcscd) is not running. Run: systemctl start pcscd "
    "(the Debian package is pcscd)"
)


def lived(folder: Path, day: Callable[[PcscRig], Awaitable[None]], **limits: float) -> None:
    async def whole() -> None:
        async with asyncio.timeout(60), pcsc_rig(folder, **limits) as rig:
            await day(rig)

    asyncio.run(whole())


def test_a_service_that_does_not_run_is_told_and_awaited(tmp_path: Path) -> None:
    async def day(rig: PcscRig) -> None:
        rig.daemon.stop()
        assert await rig.stands("not-installed") == SERVICE
        with pytest.raises(NotInstalledError) as error:
            await rig.reader.identity()
        assert error.value.words == SERVICE
        rig.daemon.start()
        assert await rig.stands("ready") == "Ready: put a card in."
        await rig.insert(**VOTER)
        assert await rig.reader.identity() == Identity("9990000017", "نیما آزمون")

    lived(tmp_path, day)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_service_that_dies_in_the_middle_of_an_act_is_told(
    tmp_path: Path, how: signal.Signals
) -> None:
    async def day(rig: PcscRig) -> None:
        await rig.insert(card="ballot")
        await rig.steer(do="slow", seconds=0.2)
        act = asyncio.create_task(rig.reader.write_ballot_card("a ballot"))
        await until(lambda: rig.slot.commands > 2)
        await asyncio.to_thread(rig.daemon.stop, how)
        with pytest.raises(PeripheralError) as error:
            await act
        assert error.value.words == SERVICE
        assert await rig.stands("not-installed") == SERVICE
        assert rig.told == [CardInserted(), CardRemoved()]
        rig.daemon.start()
        await until(lambda: dict(rig.reader.state.values).get("card") == "in")
        await rig.steer(do="heal")
        assert await rig.reader.read_ballot_card() == ""
        await rig.reader.write_ballot_card("a ballot")
        assert await rig.reader.read_ballot_card() == "a ballot"

    lived(tmp_path, day)


def test_a_service_that_hangs_is_slow_and_comes_back(tmp_path: Path) -> None:
    async def day(rig: PcscRig) -> None:
        rig.daemon.pause()
        try:
            assert await rig.stands("slow")
            with pytest.raises(SlowError):
                await rig.reader.identity()
        finally:
            rig.daemon.go_on()
        assert await rig.stands("ready") == "Ready: put a card in."

    lived(tmp_path, day, look_s=0.5)


def test_a_missing_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "smartcard", None)

    async def day() -> None:
        reader = PcscReader(Pcsc(), None, print, QUICK)
        async with kept(reader):
            await until(lambda: reader.state.standing == "not-installed")
        assert reader.state.words == ("The smart-card library is not installed. Run: make hardware")

    asyncio.run(day())


def test_two_readers_and_none_named_are_both_told() -> None:
    async def day() -> None:
        with pcsc_daemon():
            reader = PcscReader(Pcsc(), None, print, QUICK)
            async with kept(reader):
                await until(lambda: reader.state.standing == "several")
            assert reader.state.words == (
                "2 card readers are plugged in: 'Virtual PCD 00 00', 'Virtual PCD 00 01'. "
                "Unplug all but one, or name one in the settings."
            )

    asyncio.run(day())


def test_a_reader_is_chosen_by_a_part_of_its_name() -> None:
    names = ["HID Omnikey 3121 00 00", "ACS ACR39U 01 00", "ACS ACR39U 01 00 B"]
    assert choose(names, "Omnikey") == "HID Omnikey 3121 00 00"
    assert choose(names, "ACS ACR39U 01 00") == "ACS ACR39U 01 00"
    assert choose(names[:1], "") == "HID Omnikey 3121 00 00"
    with pytest.raises(SeveralError) as several:
        choose(names, "ACR39U")
    assert several.value.words == (
        "2 card readers are plugged in: 'ACS ACR39U 01 00', 'ACS ACR39U 01 00 B'. "
        "Unplug all but one, or name one in the settings."
    )
    with pytest.raises(Unplugged) as absent:
        choose(names[:1], "Gemalto")
    assert absent.value.words == (
        "The card reader 'Gemalto' is not plugged in. Plug it in. (Here: 'HID Omnikey 3121 00 00'.)"
    )
    with pytest.raises(Unplugged) as none:
        choose([], "")
    assert none.value.words == "No card reader is plugged in. Plug it in."


def test_a_card_of_the_older_protocol_does_every_act(tmp_path: Path) -> None:
    async def day(rig: PcscRig) -> None:
        async def insert(application: object) -> None:
            await rig.remove()
            rig.slot.tray.insert(SoftwareCard(application, is_t0=True))
            await until(lambda: dict(rig.reader.state.values).get("card") == "in")

        await insert(identity_card("9990000017", "ن" * 120))
        assert await rig.reader.identity() == Identity("9990000017", "ن" * 120)
        await insert(blank_ballot_card())
        await rig.reader.write_ballot_card("b" * 600)
        assert await rig.reader.read_ballot_card() == "b" * 600
        await rig.reader.clear_ballot_card()
        assert await rig.reader.read_ballot_card() == ""
        await insert(OpenPgp(bytes(32), PIN))
        key = await rig.reader.officer_key()
        assert len(await rig.reader.sign(PIN, b"message", key)) == 64

    lived(tmp_path, day)


class OtherProgram:
    """Another program that shares the card, as a key manager would. It blocks."""

    def __init__(self) -> None:
        from smartcard import scard

        self._scard = scard
        _, self._context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        code, self._card, _ = scard.SCardConnect(
            self._context, READER, scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_T1
        )
        assert code == 0

    def transmit(self, command: str) -> bytes:
        code, answer = self._scard.SCardTransmit(
            self._card, self._scard.SCARD_PCI_T1, list(bytes.fromhex(command))
        )
        assert code == 0
        return bytes(answer)

    def end(self) -> None:
        self._scard.SCardDisconnect(self._card, self._scard.SCARD_LEAVE_CARD)
        self._scard.SCardReleaseContext(self._context)


def test_another_program_at_the_card_is_told_and_awaited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pcsc, "SHARING_S", 0.2)

    async def day(rig: PcscRig) -> None:
        await rig.insert(**VOTER)
        other = await asyncio.to_thread(OtherProgram)
        with pytest.raises(RefusedError) as error:
            await rig.reader.identity()
        assert error.value.words == (
            "Another program is using the card reader. Close it and try again."
        )
        await asyncio.to_thread(other.end)
        assert await rig.reader.identity() == Identity("9990000017", "نیما آزمون")

    lived(tmp_path, day)


def test_two_drivers_at_one_reader_take_turns(tmp_path: Path) -> None:
    async def day(rig: PcscRig) -> None:
        told: list[object] = []
        second = PcscReader(Pcsc(reader=READER), None, told.append, QUICK)
        await rig.insert(**VOTER)
        await rig.steer(do="slow", seconds=0.05)
        async with kept(second):
            await until(lambda: dict(second.state.values).get("card") == "in")
            found = await asyncio.gather(*(r.identity() for r in (rig.reader, second) * 2))
        assert found == [Identity("9990000017", "نیما آزمون")] * 4
        assert told == [CardInserted(), CardRemoved()]
        assert rig.told == [CardInserted()]

    lived(tmp_path, day)


def test_a_pin_that_was_right_is_good_for_no_other_program(tmp_path: Path) -> None:
    async def day(rig: PcscRig) -> None:
        await rig.insert(card="officer", seed="11" * 32, pin=PIN)
        await rig.reader.sign(PIN, b"message", ELEVEN)
        other = await asyncio.to_thread(OtherProgram)
        # Not even the application is still selected.
        assert await asyncio.to_thread(other.transmit, "002A9E9A017800") == b"\x6d\x00"
        await asyncio.to_thread(other.transmit, "00A4040006D2760001240100")
        assert await asyncio.to_thread(other.transmit, "002A9E9A017800") == b"\x69\x82"
        await asyncio.to_thread(other.end)

    lived(tmp_path, day)


def test_a_virtual_card_can_be_steered_by_hand(tmp_path: Path) -> None:
    async def day(rig: PcscRig) -> None:
        path = tmp_path / "hand.sock"
        line = ("-m", "tests.peers.virtual_card", str(path), str(rig.daemon.ports[0]))
        card = await asyncio.create_subprocess_exec(sys.executable, *line)
        try:
            await done(path, do="insert", **VOTER)
            await until(lambda: dict(rig.reader.state.values).get("card") == "in")
            assert await rig.reader.identity() == Identity("9990000017", "نیما آزمون")
        finally:
            card.terminate()
            await card.wait()

    lived(tmp_path, day)


def test_nothing_of_a_person_or_a_pin_shows(tmp_path: Path) -> None:
    async def day(rig: PcscRig) -> None:
        await rig.insert(**VOTER)
        await rig.reader.identity()
        shown = f"{rig.reader!r} {rig.reader.state} {rig.told} {await rig.reader.identity()!r}"
        await rig.insert(card="officer", seed="11" * 32, pin=PIN)
        await rig.reader.sign(PIN, b"message", ELEVEN)
        with pytest.raises(RefusedError) as error:
            await rig.reader.sign("090909", b"message", ELEVEN)
        shown += f"{rig.reader!r} {rig.reader.state} {error.value!r} {error.value.__context__!r}"
        for secret in ("9990000017", "نیما", "11" * 32, PIN, "090909"):
            assert secret not in shown

    lived(tmp_path, day)


def test_the_virtual_slot_finds_its_service_again(tmp_path: Path) -> None:
    async def day(rig: PcscRig) -> None:
        assert isinstance(rig.slot, VirtualSlot)
        await rig.insert(**VOTER)
        for _ in range(2):
            rig.daemon.stop()
            await rig.stands("not-installed")
            rig.daemon.start()
            await until(lambda: dict(rig.reader.state.values).get("card") == "in")
        assert await rig.reader.identity() == Identity("9990000017", "نیما آزمون")

    lived(tmp_path, day)
