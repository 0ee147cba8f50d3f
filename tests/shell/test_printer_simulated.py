"""The simulated printer's folder and its steering, beyond the contract."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PIL import Image

from hw.peripheral import StoppedError
from hw.printer import UnfinishedError
from hw.printer.drawing import draw
from hw.printer.simulated import SimulatedPrinter
from hw.printer.slip import Heading, Slip
from tests.peers.waiting import done, kept, steer, until

STUB = Slip("Stub 7", (Heading("Stub"),))


def with_printer(folder: Path, what: Callable[[SimulatedPrinter], Awaitable[None]]) -> None:
    async def go() -> None:
        printer = SimulatedPrinter(folder / "printer.sock")
        async with kept(printer):
            await what(printer)

    asyncio.run(go())


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "printer-paper").iterdir())


def test_slips_are_numbered_and_named_beside_the_socket(tmp_path: Path) -> None:
    async def what(printer: SimulatedPrinter) -> None:
        for title in ("Stub 7", "../../etc/passwd", "صورت‌جلسه ۳", "", "x" * 300):
            await printer.print(Slip(title, STUB.lines))
        answer = await steer(tmp_path / "printer.sock", do="list")
        assert answer == {"did": "list", "papers": names(tmp_path)}

    with_printer(tmp_path, what)
    assert names(tmp_path) == [
        "001-Stub-7.png",
        "002-etc-passwd.png",
        "003-صورت-جلسه-۳.png",
        "004-slip.png",
        f"005-{'x' * 40}.png",
    ]


def test_numbers_go_on_after_a_new_start(tmp_path: Path) -> None:
    async def what(printer: SimulatedPrinter) -> None:
        await printer.print(STUB)

    with_printer(tmp_path, what)
    with_printer(tmp_path, what)
    assert names(tmp_path) == ["001-Stub-7.png", "002-Stub-7.png"]


@pytest.mark.parametrize("fraction", [0, 0.4, 1])
def test_a_torn_slip_is_kept_as_torn_as_far_as_it_came(tmp_path: Path, fraction: float) -> None:
    whole = draw(STUB, 576)

    async def what(printer: SimulatedPrinter) -> None:
        socket = tmp_path / "printer.sock"
        await done(socket, do="cut_power_after", fraction=fraction)
        with pytest.raises(UnfinishedError):
            await printer.print(STUB)
        assert printer.state.standing == "unplugged"
        await done(socket, do="plug")
        await printer.print(STUB)

    with_printer(tmp_path, what)
    rows = round(whole.height * fraction)
    *torn, last = [tmp_path / "printer-paper" / name for name in names(tmp_path)]
    assert Image.open(last).tobytes() == whole.tobytes()
    assert [path.name for path in torn] == (["001-Stub-7-torn.png"] if rows else [])
    for path in torn:
        assert Image.open(path).tobytes() == whole.crop((0, 0, 576, rows)).tobytes()


@pytest.mark.parametrize(
    "command",
    [
        {"do": "fly"},
        {"do": "cut_power_after"},
        {"do": "cut_power_after", "fraction": 1.1},
        {"do": "cut_power_after", "fraction": float("nan")},
        {"do": "paper_low", "fraction": 0.5},
    ],
)
def test_a_command_that_makes_no_sense_changes_nothing(
    tmp_path: Path, command: dict[str, object]
) -> None:
    async def what(printer: SimulatedPrinter) -> None:
        answer = await steer(tmp_path / "printer.sock", **command)
        assert list(answer) == ["problem"]
        await printer.print(STUB)

    with_printer(tmp_path, what)
    assert names(tmp_path) == ["001-Stub-7.png"]


def test_a_file_in_the_folders_place_stops_the_printer_until_it_is_gone(tmp_path: Path) -> None:
    async def what(printer: SimulatedPrinter) -> None:
        printer.folder.write_text("no folder")
        with pytest.raises(StoppedError) as caught:
            await printer.print(STUB)
        assert not isinstance(caught.value, UnfinishedError)
        assert caught.value.words == (
            "This computer cannot use the printer (File exists). "
            "Look at its free disk space and at who may use the printer."
        )
        assert (printer.state.standing, printer.state.words) == ("stopped", caught.value.words)
        await done(tmp_path / "printer.sock", do="paper_out")
        await done(tmp_path / "printer.sock", do="paper_in")
        assert printer.state.standing == "stopped", "new paper does not mend the folder"
        printer.folder.unlink()
        await until(lambda: printer.state.standing == "ready")
        await printer.print(STUB)

    with_printer(tmp_path, what)
    assert names(tmp_path) == ["001-Stub-7.png"]


@pytest.mark.parametrize("fraction", [None, 0.4])
def test_a_full_disk_leaves_no_half_picture(tmp_path: Path, fraction: float | None) -> None:
    async def what(printer: SimulatedPrinter) -> None:
        await printer.print(STUB)
        if fraction is not None:
            await done(tmp_path / "printer.sock", do="paper_out", fraction=fraction)
        # As on a full disk: the file is made and takes nothing.
        (printer.folder / "part").symlink_to("/dev/full")
        with pytest.raises(StoppedError, match="No space left on device") as caught:
            await printer.print(STUB)
        assert not isinstance(caught.value, UnfinishedError)
        assert printer.state.standing == "stopped"
        await done(tmp_path / "printer.sock", do="paper_in")
        await until(lambda: printer.state.standing == "ready")

    with_printer(tmp_path, what)
    assert names(tmp_path) == ["001-Stub-7.png"]
