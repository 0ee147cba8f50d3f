"""One contract for every printer driver: `print` returns only for a slip that is whole on paper.

The rigs: the network driver with an ESC/POS printer on TCP, the serial driver with one on a pty,
and the simulated one steered by its socket. The same tests run on all three.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PIL import Image

from hw.catalogue import NetworkPrinter, SerialPrinter, Simulated, make
from hw.peripheral import PeripheralError, SlowError, State, StoppedError, UnpluggedError
from hw.printer import CannotDrawError, Printer, UnfinishedError, escpos, words
from hw.printer.drawing import draw
from hw.printer.escpos import EscposPrinter
from hw.printer.slip import Heading, Pair, Slip, Text
from tests.peers.escpos_printer import PtyPrinter, TcpPrinter
from tests.peers.waiting import done, kept, until

STUB = Slip("Stub 7", (Heading("Stub"), Pair("Box", "a-box-1"), Pair("Card", "7")))
RETURN = Slip("Return", (Heading("صورت‌جلسه"), Pair("مریم کریمی‌پور", "۱۲۳"), Text("امضا " * 40)))
TROUBLES = {
    "paper_out": (StoppedError, words.PAPER_OUT),
    "cover_open": (StoppedError, words.COVER_OPEN),
    "unplug": (UnpluggedError, None),
    "slow": (SlowError, words.SILENT),
}


def picture(slip: Slip) -> bytes:
    return draw(slip, 576).tobytes()


class PeerRig:
    """A driver of ours and an ESC/POS printer on the other side of its cable."""

    def __init__(self, peer: TcpPrinter | PtyPrinter, driver: Callable[[], Printer]) -> None:
        self.peer, self._driver = peer, driver

    async def start(self) -> None:
        await self.peer.plug()
        self.driver = self._driver()

    async def stop(self) -> None:
        await self.peer.unplug()

    async def trouble(self, what: str) -> None:
        if what == "unplug":
            await self.peer.unplug()
        else:
            setattr(self.peer.printer, "mute" if what == "slow" else what, True)

    async def trouble_within(self, what: str) -> None:
        if what == "unplug":
            self.peer.printer.cut_after(9_000)
        else:
            self.peer.printer.trouble_after(70, what)

    async def mend(self, what: str) -> None:
        self.peer.printer.mend()
        if what == "unplug":
            await self.peer.unplug()
            await self.peer.plug()
        self.peer.work()

    def papers(self) -> list[bytes]:
        return [Image.open(path).tobytes() for path in self.peer.printer.papers]


class NetworkRig(PeerRig):
    def __init__(self, folder: Path) -> None:
        peer = TcpPrinter(folder / "paper")
        super().__init__(
            peer,
            lambda: EscposPrinter(NetworkPrinter(f"127.0.0.1:{peer.port}"), poll_s=0.05),
        )


class SerialRig(PeerRig):
    def __init__(self, folder: Path) -> None:
        peer = PtyPrinter(folder / "paper", folder / "printer")
        super().__init__(
            peer, lambda: EscposPrinter(SerialPrinter(str(folder / "printer")), poll_s=0.05)
        )


class SimulatedRig:
    VERBS = {"cover_open": ("open_cover", "close_cover"), "paper_out": ("paper_out", "paper_in")}

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def start(self) -> None:
        self.driver = make("printer", Simulated("printer.sock"), self.folder, lambda _: None)

    async def stop(self) -> None:
        """It holds nothing."""

    async def trouble(self, what: str) -> None:
        await self._steer(do=self.VERBS.get(what, (what,))[0])

    async def trouble_within(self, what: str) -> None:
        verb = "cut_power_after" if what == "unplug" else self.VERBS[what][0]
        await self._steer(do=verb, fraction=0.4)

    async def mend(self, what: str) -> None:
        await self._steer(do=self.VERBS.get(what, ("", "plug"))[1])

    def papers(self) -> list[bytes]:
        paths = sorted((self.folder / "printer-paper").glob("*.png"))
        return [Image.open(path).tobytes() for path in paths]

    async def _steer(self, **command: object) -> None:
        await done(self.folder / "printer.sock", **command)


Rig = NetworkRig | SerialRig | SimulatedRig


@pytest.fixture(
    params=[NetworkRig, SerialRig, SimulatedRig], ids=["network", "serial", "simulated"]
)
def rig(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    # Long enough for a busy computer, and a silent printer does not cost the tests ten seconds.
    monkeypatch.setattr(escpos, "ANSWER_S", 1.0)
    made: Rig = request.param(tmp_path)
    return made


def hold(rig: Rig, what: Callable[[], Awaitable[None]]) -> None:
    """Run the test with the driver running and ready."""

    async def go() -> None:
        await rig.start()
        try:
            async with kept(rig.driver):
                await until(lambda: rig.driver.state.standing == "ready")
                await what()
        finally:
            await rig.stop()

    asyncio.run(go())


def test_when_print_returns_the_whole_slip_is_on_paper(rig: Rig) -> None:
    async def what() -> None:
        await rig.driver.print(STUB)
        assert rig.papers() == [picture(STUB)]
        await rig.driver.print(RETURN)
        assert rig.papers() == [picture(STUB), picture(RETURN)]
        assert rig.driver.state.values == (("paper", "in"),)

    hold(rig, what)


def test_two_slips_asked_for_at_once_come_out_one_after_the_other(rig: Rig) -> None:
    async def what() -> None:
        await asyncio.gather(*(rig.driver.print(slip) for slip in (STUB, RETURN, STUB)))
        assert rig.papers() == [picture(STUB), picture(RETURN), picture(STUB)]

    hold(rig, what)


@pytest.mark.parametrize("what", TROUBLES)
def test_before_a_slip_trouble_is_said_and_nothing_is_printed(rig: Rig, what: str) -> None:
    kind, said = TROUBLES[what]

    async def act() -> None:
        await rig.trouble(what)
        with pytest.raises(kind) as caught:
            await rig.driver.print(STUB)
        assert not isinstance(caught.value, UnfinishedError)
        assert said in (None, caught.value.words)
        await until(lambda: rig.driver.state == State(kind.standing, caught.value.words))
        await rig.mend(what)
        await until(lambda: rig.driver.state.standing == "ready")
        await rig.driver.print(RETURN)
        assert rig.papers() == [picture(RETURN)]

    hold(rig, act)


@pytest.mark.parametrize("what", ["paper_out", "cover_open", "unplug"])
def test_trouble_within_a_slip_says_that_somebody_must_look(rig: Rig, what: str) -> None:
    async def act() -> None:
        await rig.trouble_within(what)
        with pytest.raises(UnfinishedError) as caught:
            await rig.driver.print(RETURN)
        assert caught.value.words.startswith("Printing was cut off: ")
        assert caught.value.standing == TROUBLES[what][0].standing
        assert TROUBLES[what][1] is None or TROUBLES[what][1] in caught.value.words
        await rig.mend(what)
        await until(lambda: rig.driver.state.standing == "ready")
        await rig.driver.print(STUB)
        *before, last = rig.papers()
        assert last == picture(STUB), "the next slip is whole, and on paper of its own"
        assert len(before) == 1, "what the first one left is one piece, cut off before the next"

    hold(rig, act)


def test_with_little_paper_left_it_prints_and_says_so(rig: Rig) -> None:
    async def what() -> None:
        await rig.trouble("paper_low")
        await until(lambda: rig.driver.state == State("attention", words.LOW, (("paper", "low"),)))
        assert rig.driver.state.is_usable
        await rig.driver.print(STUB)
        assert rig.papers() == [picture(STUB)]
        await rig.mend("paper_out")
        await until(lambda: rig.driver.state.standing == "ready")

    hold(rig, what)


def test_trouble_between_slips_is_noticed_without_printing(rig: Rig) -> None:
    async def what() -> None:
        for trouble, (kind, said) in TROUBLES.items():
            await rig.trouble(trouble)
            await until(lambda kind=kind: rig.driver.state.standing == kind.standing)
            assert said in (None, rig.driver.state.words)
            await rig.mend(trouble)
            await until(lambda: rig.driver.state.standing == "ready")

    hold(rig, what)


def test_a_slip_that_does_not_fit_is_refused_and_the_printer_stays_ready(rig: Rig) -> None:
    async def what() -> None:
        with pytest.raises(CannotDrawError):
            await rig.driver.print(Slip("Long", (Text("word " * 5_000),)))
        assert rig.driver.state.standing == "ready"
        assert rig.papers() == []

    hold(rig, what)


def test_nothing_of_a_slip_stands_in_what_a_driver_says(rig: Rig) -> None:
    secret = Slip("Card of 9990000017", (Heading("9990000017"), *RETURN.lines))

    async def what() -> None:
        await rig.trouble_within("unplug")
        with pytest.raises(PeripheralError) as caught:
            await rig.driver.print(secret)
        assert "9990000017" not in f"{caught.value!r} {rig.driver.state} {rig.driver!r}"

    hold(rig, what)
