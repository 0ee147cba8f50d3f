"""What every drive promises, asked of each: simulated, and a mounted drive (here a folder)."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

import pytest

from hw.catalogue import FolderDrive
from hw.drive import LABEL_FILE, Drive
from hw.drive.files import NEW_PREFIX
from hw.drive.folder import MountedDrive, write_label
from hw.drive.simulated import LABEL, SimulatedDrive
from hw.peripheral import RefusedError, State, StoppedError, UnpluggedError
from tests.peers.waiting import done, kept, until


class Rig(Protocol):
    """A drive, its folder and who handles it."""

    drive: Drive
    folder: Path

    async def pull(self) -> None: ...
    async def plug(self) -> None: ...
    async def wrong(self, label: str) -> None: ...


class SimulatedRig:
    def __init__(self, folder: Path) -> None:
        self._socket = folder / "drive.sock"
        self.drive = SimulatedDrive(self._socket)
        self.folder = folder / "drive-drive"

    async def pull(self) -> None:
        await done(self._socket, do="pull")

    async def plug(self) -> None:
        await done(self._socket, do="plug")

    async def wrong(self, label: str) -> None:
        await done(self._socket, do="wrong", label=label)


class FolderRig:
    """An unmounted drive leaves an empty folder behind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "media"
        self._away = folder / "away"
        self.folder.mkdir()
        write_label(self.folder, LABEL)
        settings = FolderDrive(str(self.folder), LABEL)
        self.drive = MountedDrive(settings, look_s=0.05, retry_s=0.05)

    async def pull(self) -> None:
        self.folder.rename(self._away)
        self.folder.mkdir()

    async def plug(self) -> None:
        if self._away.exists():
            self.folder.rmdir()
            self._away.rename(self.folder)
        write_label(self.folder, LABEL)

    async def wrong(self, label: str) -> None:
        write_label(self.folder, label)


Story = Callable[[Rig], Awaitable[None]]
Play = Callable[[Story], None]


@pytest.fixture(params=[SimulatedRig, FolderRig], ids=["simulated", "folder"])
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Play:
    """Plays a story with a drive that was found."""

    async def run(story: Story) -> None:
        rig: Rig = request.param(tmp_path)
        async with kept(rig.drive):
            await until(lambda: rig.drive.state.standing == "ready")
            await story(rig)

    return lambda story: asyncio.run(run(story))


def test_a_drive_that_is_there_is_ready_and_empty(play: Play) -> None:
    async def story(rig: Rig) -> None:
        assert rig.drive.state.words == "The drive simulated is there."
        assert dict(rig.drive.state.values)["files"] == "0"
        assert await rig.drive.names() == []
        assert json.loads((rig.folder / LABEL_FILE).read_bytes()) == {"label": LABEL}

    play(story)


@pytest.mark.parametrize(
    "data", [b"", b"x", bytes(range(256)) * 9000], ids=["empty", "one", "long"]
)
def test_what_is_written_is_read_back_whole(play: Play, data: bytes) -> None:
    async def story(rig: Rig) -> None:
        await rig.drive.write("return-a-box-1.json", data)
        assert await rig.drive.read("return-a-box-1.json") == data
        assert await rig.drive.names() == ["return-a-box-1.json"]
        assert sorted(path.name for path in rig.folder.iterdir()) == [
            LABEL_FILE,
            "return-a-box-1.json",
        ]

    play(story)


def test_a_file_written_again_is_replaced(play: Play) -> None:
    async def story(rig: Rig) -> None:
        await rig.drive.write("بسته ۱.json", b"first")
        await rig.drive.write("بسته ۱.json", b"second")
        assert await rig.drive.read("بسته ۱.json") == b"second"
        assert await rig.drive.names() == ["بسته ۱.json"]

    play(story)


@pytest.mark.parametrize(
    "name",
    [
        "", ".", "..", ".hidden", "a/b", "../a", "/etc/passwd", "a\\b", "a\x00b", "a\nb", "a:b",
        "x" * 201, "dot.", "blank ", LABEL_FILE, LABEL_FILE.upper(), NEW_PREFIX + "a",
    ],
)  # fmt: skip
def test_a_name_that_is_no_plain_file_name_is_refused(play: Play, name: str) -> None:
    async def story(rig: Rig) -> None:
        for asking in (rig.drive.write(name, b"x"), rig.drive.read(name)):
            with pytest.raises(RefusedError, match="no name for a file"):
                await asking
        assert [path.name for path in rig.folder.iterdir()] == [LABEL_FILE]

    play(story)


def test_a_file_that_is_not_there_is_refused_and_the_drive_stays_ready(play: Play) -> None:
    async def story(rig: Rig) -> None:
        with pytest.raises(RefusedError) as caught:
            await rig.drive.read("absent.json")
        assert caught.value.words == (
            "absent.json is not on the drive. Plug in the drive that has it."
        )
        assert rig.drive.state.standing == "ready"

    play(story)


def test_a_drive_pulled_out_is_unplugged_and_comes_back_with_its_files(play: Play) -> None:
    async def story(rig: Rig) -> None:
        await rig.drive.write("a.json", b"kept")
        await rig.pull()
        await until(lambda: rig.drive.state.standing == "unplugged")
        assert rig.drive.state.words.endswith(" is not there. Plug it in and mount it.")
        for asking in (rig.drive.names(), rig.drive.read("a.json"), rig.drive.write("b", b"")):
            with pytest.raises(UnpluggedError):
                await asking
        await rig.plug()
        await until(lambda: rig.drive.state.standing == "ready")
        assert await rig.drive.names() == ["a.json"]
        assert await rig.drive.read("a.json") == b"kept"

    play(story)


def test_a_drive_with_another_label_is_named_and_never_touched(play: Play) -> None:
    async def story(rig: Rig) -> None:
        await rig.wrong("b-executive")
        words = "This drive is labelled b-executive; plug in the one labelled simulated."
        await until(lambda: rig.drive.state.words == words)
        assert not rig.drive.state.is_usable
        with pytest.raises(UnpluggedError, match="b-executive"):
            await rig.drive.write("a.json", b"secret of another")
        assert [path.name for path in rig.folder.iterdir()] == [LABEL_FILE]
        await rig.plug()
        await until(lambda: rig.drive.state.standing == "ready")

    play(story)


def test_a_drive_without_a_label_says_which_one_is_expected(play: Play) -> None:
    async def story(rig: Rig) -> None:
        (rig.folder / "holiday.jpg").write_bytes(b"x")
        (rig.folder / LABEL_FILE).unlink()
        words = (
            "This drive has no label; the one labelled simulated is expected. "
            "Plug that in, or label this one."
        )
        await until(lambda: rig.drive.state.words == words)
        assert not rig.drive.state.is_usable

    play(story)


@pytest.mark.parametrize(
    "label",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"label": 7}',
        b'{"label": ""}',
        b'{"label": "a\\u001bb"}',
        b"[" * 4000,
    ],
)
def test_a_label_that_cannot_be_read_is_garbled(play: Play, label: bytes) -> None:
    async def story(rig: Rig) -> None:
        (rig.folder / LABEL_FILE).write_bytes(label)
        await until(lambda: rig.drive.state.standing == "garbled")
        assert rig.drive.state.words == (
            "The label of this drive cannot be read; simulated is expected. "
            "Plug that in, or label this one."
        )

    play(story)


@pytest.mark.parametrize("kind", ["pipe", "link", "folder", "long"])
def test_a_label_that_is_no_plain_file_makes_no_drive_to_be_used(play: Play, kind: str) -> None:
    async def story(rig: Rig) -> None:
        label = rig.folder / LABEL_FILE
        new = rig.folder / "new"
        match kind:
            case "pipe":
                os.mkfifo(new)
            case "link":
                (rig.folder / "true.json").write_bytes(label.read_bytes())
                new.symlink_to("true.json")
            case "folder":
                label.unlink()
                new.mkdir()
            case "long":
                new.write_bytes(label.read_bytes() + b" " * 5000)
        new.rename(label)
        words = (
            "The label of this drive cannot be read; simulated is expected. "
            "Plug that in, or label this one."
        )
        await until(lambda: rig.drive.state == State("stopped", words))
        assert not rig.drive.state.is_usable
        for asking in (rig.drive.names(), rig.drive.read("a.json"), rig.drive.write("a.json", b"")):
            with pytest.raises(StoppedError, match="cannot be read"):
                await asking
        assert not (rig.folder / "a.json").exists()
        if kind == "folder":
            label.rmdir()
        await rig.plug()
        await until(lambda: rig.drive.state.standing == "ready")

    play(story)


def test_links_folders_pipes_and_hidden_files_are_not_listed_or_opened(play: Play) -> None:
    async def story(rig: Rig) -> None:
        (rig.folder / "link").symlink_to("/etc/passwd")
        (rig.folder / "folder").mkdir()
        (rig.folder / ".Trash").write_bytes(b"")
        os.mkfifo(rig.folder / "pipe")
        assert await rig.drive.names() == []
        for name in ("link", "folder", "pipe"):
            with pytest.raises(RefusedError) as caught:
                await rig.drive.read(name)
            assert caught.value.words == (
                f"{name} on the drive is no plain file. Use another drive."
            )

    play(story)
