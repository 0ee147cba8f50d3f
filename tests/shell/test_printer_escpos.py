"""The ESC/POS driver beyond the contract: cuts at any byte, odd printers, every kind of cable."""

import asyncio
import errno
import hashlib
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PIL import Image

from hw.catalogue import (
    FilePrinter,
    NetworkPrinter,
    PeripheralSettings,
    SerialPrinter,
    UsbPrinter,
    make,
)
from hw.peripheral import (
    GarbledError,
    PeripheralError,
    SlowError,
    StoppedError,
    UnpluggedError,
)
from hw.printer import UnfinishedError, commands, escpos, words
from hw.printer.drawing import draw
from hw.printer.escpos import EscposPrinter
from hw.printer.links import NetworkLink
from hw.printer.slip import Heading, Pair, Rule, Slip
from tests.peers.escpos_printer import EscposPrinter as Peer
from tests.peers.escpos_printer import PtyPrinter, TcpPrinter
from tests.peers.waiting import kept, until

STUB = Slip("Stub 7", (Heading("Stub"), Pair("صندوق", "a-box-1"), Rule()))
NEXT = Slip("Stub 8", (Heading("Next"),))


def picture(slip: Slip) -> bytes:
    return draw(slip, 576).tobytes()


def papers(peer: Peer) -> list[bytes]:
    return [Image.open(path).tobytes() for path in peer.papers]


def with_peer(folder: Path, what: Callable[[TcpPrinter], Awaitable[None]]) -> None:
    async def go() -> None:
        peer = TcpPrinter(folder / "paper")
        await peer.plug()
        try:
            await what(peer)
        finally:
            await peer.unplug()

    asyncio.run(go())


def driver_of(peer: TcpPrinter) -> EscposPrinter:
    return EscposPrinter(NetworkPrinter(f"127.0.0.1:{peer.port}"), poll_s=0.05)


@pytest.fixture(autouse=True)
def short_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The peer answers old questions at once; nobody needs to wait for more of them."""
    monkeypatch.setattr(escpos, "QUIET_S", 0.05)


@pytest.mark.parametrize("power", [True, False], ids=["power", "connection"])
def test_cut_off_after_any_byte_print_never_returns_without_the_whole_slip(
    tmp_path: Path, power: bool
) -> None:
    outcomes: set[str] = set()

    async def what(peer: TcpPrinter) -> None:
        await driver_of(peer).print(STUB)
        whole = peer.printer.taken
        # Within the questions, the zeros, the head of the first band, its dots, the end.
        head = len(commands.rest(576)) + 3 * 3 + len(commands.BEGIN + commands.ASK_IN_ORDER)
        ends = [2, 700, *range(head, head + 14, 2), *range(head + 14, whole - 20, 3_001)]
        ends += range(whole - 20, whole + 3, 4)
        for count in ends:
            before = len(peer.printer.papers)
            peer.printer.cut_after(count, power)
            driver = driver_of(peer)
            try:
                await driver.print(STUB)
                outcome = "printed"
            except UnfinishedError:
                outcome = "unfinished"
            except PeripheralError:
                outcome = "not begun"
            peer.printer.cut_after(None)
            new = papers(peer.printer)[before:]
            if outcome == "printed":
                assert new == [picture(STUB)], f"after {count} bytes"
            elif outcome == "not begun":
                assert new == [], f"after {count} bytes"
            outcomes.add(outcome)
            if outcome == "unfinished":
                await driver.print(NEXT)
                assert papers(peer.printer)[-1] == picture(NEXT), f"after {count} bytes"

    with_peer(tmp_path, what)
    assert outcomes == {"printed", "unfinished", "not begun"}


def test_print_waits_for_a_slow_printer_and_keeps_asking_whether_it_stopped(
    tmp_path: Path,
) -> None:
    async def what(peer: TcpPrinter) -> None:
        driver = driver_of(peer)
        await driver.print(NEXT)
        peer.printer.busy = True
        printing = asyncio.create_task(driver.print(STUB))
        asked = peer.printer.questions
        # Three before the slip; the others while the buffer is worked through.
        await until(lambda: peer.printer.questions >= asked + 6 or printing.done())
        assert not printing.done()
        assert papers(peer.printer) == [picture(NEXT)]
        peer.printer.busy = False
        peer.work()
        await printing
        assert papers(peer.printer) == [picture(NEXT), picture(STUB)]

    with_peer(tmp_path, what)


@pytest.mark.parametrize(
    ("said", "kind"), [("mute", SlowError), ("babbles", GarbledError), ("fault", StoppedError)]
)
def test_a_printer_that_fails_after_the_first_band_leaves_a_slip_to_look_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, kind: type[PeripheralError]
) -> None:
    monkeypatch.setattr(escpos, "ANSWER_S", 1.0)
    monkeypatch.setattr(escpos, "FINISH_S", 0.5)

    async def what(peer: TcpPrinter) -> None:
        driver = driver_of(peer)
        peer.printer.trouble_after(30, said)
        with pytest.raises(UnfinishedError) as caught:
            await driver.print(STUB)
        assert isinstance(caught.value.__cause__, kind)
        assert driver.state.standing == kind.standing
        assert driver.state.words == caught.value.words

    with_peer(tmp_path, what)


def test_a_late_answer_to_an_earlier_slip_does_not_pass_for_the_end_of_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(escpos, "FINISH_S", 1.0)
    monkeypatch.setattr(escpos, "QUIET_S", 0.5)

    async def what(peer: TcpPrinter) -> None:
        driver = driver_of(peer)
        rows = draw(STUB, 576).height
        peer.printer.trouble_after(30, "paper_out")
        with pytest.raises(UnfinishedError):
            await driver.print(STUB)
        # New paper: it is still busy when the next slip begins, then goes on with what it has and
        # answers for the old slip first. Within the new one it stops for good.
        peer.printer.mend()
        peer.printer.busy = peer.printer.hesitates = True
        printing = asyncio.create_task(driver.print(NEXT))
        await until(lambda: peer.printer.waiting.count(commands.ASK_IN_ORDER) == 2)
        peer.printer.trouble_after(rows - 30 + 40, "busy")
        peer.printer.busy = False
        peer.work()
        with pytest.raises(UnfinishedError) as caught:
            await printing
        assert isinstance(caught.value.__cause__, SlowError)
        assert papers(peer.printer) == [picture(STUB)]

    with_peer(tmp_path, what)


def test_a_thing_that_is_no_printer_is_garbled_and_is_sent_nothing_to_print(
    tmp_path: Path,
) -> None:
    async def what(peer: TcpPrinter) -> None:
        driver = driver_of(peer)
        peer.printer.babbles = True
        async with kept(driver):
            await until(lambda: driver.state.standing == "garbled")
            assert driver.state.words == words.NONSENSE
            with pytest.raises(GarbledError):
                await driver.print(STUB)
            peer.printer.mend()
            await until(lambda: driver.state.standing == "ready")
        assert papers(peer.printer) == []

    with_peer(tmp_path, what)


def test_two_stations_share_one_network_printer(tmp_path: Path) -> None:
    async def what(peer: TcpPrinter) -> None:
        one, other = driver_of(peer), driver_of(peer)
        async with kept(one), kept(other):
            await asyncio.gather(one.print(STUB), other.print(NEXT))
        assert sorted(papers(peer.printer)) == sorted([picture(STUB), picture(NEXT)])

    with_peer(tmp_path, what)


def test_a_print_that_nobody_waits_for_any_more_does_not_mix_with_the_next(tmp_path: Path) -> None:
    async def what(peer: TcpPrinter) -> None:
        driver = driver_of(peer)
        await driver.print(NEXT)
        taken, peer.printer.busy = peer.printer.taken, True
        printing = asyncio.create_task(driver.print(STUB))
        await until(lambda: peer.printer.taken > taken + 8_000)
        printing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await printing
        peer.printer.busy = False
        peer.work()
        await driver.print(NEXT)
        first, _, last = papers(peer.printer)
        assert first == last == picture(NEXT)

    with_peer(tmp_path, what)


def test_dots_that_read_as_commands_are_not_heard_by_the_printer(tmp_path: Path) -> None:
    noise = hashlib.shake_256(b"noise").digest(72 * 6_000)
    assert all(command in noise for command in (b"\x10\x04", b"\x10\x05", b"\x10\x14"))
    peer = Peer(tmp_path)
    asked = Image.frombytes("1", (576, 6_000), bytes(255 - byte for byte in noise))
    for band in commands.bands(asked):
        peer.feed(band)
    peer.feed(commands.CUT)
    assert (peer.heard, peer.questions) == ([], 0)
    (paper,) = papers(peer)
    changed = [(a, b) for a, b in zip(asked.tobytes(), paper, strict=True) if a != b]
    assert set(changed) == {(255 - 0x10, 255 - 0x18)}, "one dot more, and nothing less"


def test_a_width_that_is_no_whole_number_of_bytes_is_printed_whole(tmp_path: Path) -> None:
    asked = draw(STUB, 381)
    peer = Peer(tmp_path)
    for band in commands.bands(asked):
        peer.feed(band)
    peer.feed(commands.CUT)
    wide = Image.new("1", (576, asked.height), 255)
    wide.paste(asked, (0, 0))
    assert papers(peer) == [wide.tobytes()]


def test_a_file_is_added_to_and_says_that_it_does_not_know(tmp_path: Path) -> None:
    path = tmp_path / "slips.bin"
    driver = make("printer", FilePrinter(str(path)), tmp_path, lambda _: None)

    async def go() -> None:
        async with kept(driver):
            await until(lambda: driver.state.standing == "ready")
            assert driver.state.words == (
                f"Slips are written to {path}. "
                "It does not say whether they are printed: look at each."
            )
            await driver.print(STUB)
            await driver.print(NEXT)

    asyncio.run(go())
    peer = Peer(tmp_path / "paper")
    peer.feed(path.read_bytes())
    assert papers(peer) == [picture(STUB), picture(NEXT)]


def test_a_missing_device_file_is_said_and_never_created(tmp_path: Path) -> None:
    path = Path("/dev/shm") / f"no-printer-{os.getpid()}"
    driver = EscposPrinter(FilePrinter(str(path)))
    with pytest.raises(UnpluggedError) as caught:
        asyncio.run(driver.print(STUB))
    assert caught.value.words == (
        f"{path} cannot be written (No such file or directory). Is the printer plugged in?"
    )
    assert not path.exists()


def test_a_full_disk_is_said_and_nothing_counts_as_printed() -> None:
    driver = EscposPrinter(FilePrinter("/dev/full"))
    with pytest.raises(UnpluggedError) as caught:
        asyncio.run(driver.print(STUB))
    assert "No space left on device" in caught.value.words


class FailingLink(NetworkLink):
    """A computer that gives up after so many sendings, and works again when told to."""

    def __init__(self, peer: TcpPrinter, after: int) -> None:
        super().__init__(NetworkPrinter(f"127.0.0.1:{peer.port}"))
        self.after = after

    def send(self, data: bytes) -> None:
        self.after -= 1
        if self.after < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().send(data)


# The zeros, three questions and the reset come before the first band.
@pytest.mark.parametrize(("after", "on_paper"), [(0, False), (4, False), (9, True)])
def test_what_the_computer_refuses_is_said_and_ends_no_driver(
    tmp_path: Path, after: int, on_paper: bool
) -> None:
    async def what(peer: TcpPrinter) -> None:
        link = FailingLink(peer, after)
        driver = EscposPrinter(NetworkPrinter(f"127.0.0.1:{peer.port}"), link, poll_s=0.05)
        with pytest.raises(UnfinishedError if on_paper else StoppedError) as caught:
            await driver.print(STUB)
        assert isinstance(caught.value, UnfinishedError) == on_paper
        assert "This computer cannot use the printer (No space left on device)." in str(
            caught.value
        )
        assert driver.state.standing == caught.value.standing == "stopped"
        assert not driver.state.is_usable
        async with kept(driver):
            await until(lambda: "This computer" in driver.state.words)
            link.after = 1_000_000
            await until(lambda: driver.state.standing == "ready")
            await driver.print(NEXT)
        assert papers(peer.printer)[-1] == picture(NEXT)

    with_peer(tmp_path, what)


def test_a_folder_in_a_files_place_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnpluggedError, match="Is a directory"):
        asyncio.run(EscposPrinter(FilePrinter(str(tmp_path))).print(STUB))


def test_a_serial_port_that_another_program_holds_is_left_alone(tmp_path: Path) -> None:
    async def go() -> None:
        peer = PtyPrinter(tmp_path / "paper", tmp_path / "printer")
        await peer.plug()
        one, other = (EscposPrinter(SerialPrinter(str(peer.port)), poll_s=0.05) for _ in range(2))
        try:
            async with kept(one):
                await until(lambda: one.state.standing == "ready")
                with pytest.raises(UnpluggedError) as caught:
                    await other.print(STUB)
                assert caught.value.words.endswith("no other program may use this port.")
            await other.print(STUB)
            assert papers(peer.printer) == [picture(STUB)]
        finally:
            await peer.unplug()

    asyncio.run(go())


def test_every_kind_of_cable_is_made_by_its_settings(tmp_path: Path) -> None:
    settings = (
        NetworkPrinter("127.0.0.1:9100"),
        SerialPrinter("/dev/ttyUSB7"),
        UsbPrinter("04b8", "0e28"),
        FilePrinter(str(tmp_path / "slips.bin")),
    )
    for chosen in settings:
        assert PeripheralSettings(printer=chosen).named() == {"printer": chosen}
        made = make("printer", chosen, tmp_path, lambda _: None)
        assert isinstance(made, EscposPrinter)
        assert made.state.standing == "starting"


@pytest.mark.parametrize("address", ["printer", ":9100", "printer:", "printer:９１００"])
def test_an_address_that_cannot_be_read_is_said_at_once(address: str) -> None:
    with pytest.raises(ValueError, match="host:port"):
        NetworkLink(NetworkPrinter(address))


def test_the_peer_runs_by_itself_and_prints(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "tests.peers.escpos_printer", "--port", "0"]
    with subprocess.Popen(
        [*line, "--folder", str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            address = said.split(";")[0].removeprefix("listening on ")
            asyncio.run(EscposPrinter(NetworkPrinter(address)).print(STUB))
        finally:
            process.kill()
    assert [Image.open(path).tobytes() for path in tmp_path.glob("*.png")] == [picture(STUB)]
