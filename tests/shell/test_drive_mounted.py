"""Real mounts: a full drive, a write-protected one, one pulled out or a program killed midway."""

import asyncio
import ctypes
import errno
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from hw.catalogue import FolderDrive
from hw.drive import LABEL_FILE, files
from hw.drive.files import NEW_PREFIX
from hw.drive.folder import MountedDrive, write_label
from hw.peripheral import GarbledError, RefusedError, State, UnpluggedError
from tests.peers.waiting import kept, until

LABEL = "a-executive"
DETACH = 2
"""MNT_DETACH of umount2(2): gone from the folder tree at once, whoever still uses it."""


def may_mount() -> bool:
    """Root in a container may still not."""
    if os.geteuid() != 0:
        return False
    with tempfile.TemporaryDirectory() as folder:
        if subprocess.run(["mount", "-t", "tmpfs", "none", folder], check=False).returncode:
            return False
        subprocess.run(["umount", folder], check=True)
    return True


@pytest.fixture(scope="module")
def mounting() -> None:
    if not may_mount():
        pytest.skip("needs root and the permission to mount")


Mount = Callable[..., Path]


@pytest.fixture
def mount(mounting: None, tmp_path: Path) -> Iterator[Mount]:
    """`mount(name, *words)` mounts at a folder of that name; all is unmounted at the end."""
    with ExitStack() as stack:

        def do(name: str, *words: str) -> Path:
            folder = tmp_path / name
            folder.mkdir(exist_ok=True)
            subprocess.run(["mount", *words, str(folder)], check=True)
            stack.callback(subprocess.run, ["umount", "-l", folder], stderr=subprocess.DEVNULL)
            return folder

        yield do


def tmpfs(mount: Mount, size: str = "64k") -> Path:
    """A small drive with our label."""
    folder = mount("stick", "-t", "tmpfs", "-o", f"size={size}", "none")
    write_label(folder, LABEL)
    return folder


def drive_at(folder: Path) -> MountedDrive:
    return MountedDrive(FolderDrive(str(folder), LABEL), look_s=0.02, retry_s=0.02)


def test_a_full_drive_refuses_and_shows_nothing_half_written(mount: Mount) -> None:
    folder = tmpfs(mount)
    drive = drive_at(folder)

    async def story() -> None:
        async with kept(drive):
            await until(lambda: drive.state.standing == "ready")
            await drive.write("small.json", b"kept")
            with pytest.raises(RefusedError) as caught:
                await drive.write("large.json", b"x" * 100_000)
            assert caught.value.words == (
                "The drive is full. Nothing was written: use another, or make room."
            )
            with pytest.raises(RefusedError):
                await drive.write("small.json", b"y" * 100_000)
            assert sorted(os.listdir(folder)) == [LABEL_FILE, "small.json"]
            assert await drive.read("small.json") == b"kept"
            assert drive.state.standing == "ready"

    asyncio.run(story())


def test_a_drive_without_any_room_asks_for_attention(mount: Mount) -> None:
    folder = tmpfs(mount, "16k")
    with open(folder / "filler", "wb", 0) as filler, suppress(OSError):
        while True:
            filler.write(b"x" * 1024)
    drive = drive_at(folder)

    async def story() -> None:
        async with kept(drive):
            await until(lambda: drive.state.standing == "attention")
            assert drive.state.words == (
                "The drive a-executive is full. Use another, or make room."
            )

    asyncio.run(story())


def test_a_write_protected_drive_can_be_read_but_refuses_a_write(mount: Mount) -> None:
    folder = tmpfs(mount)
    (folder / "a.json").write_bytes(b"kept")
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
    drive = drive_at(folder)

    async def story() -> None:
        async with kept(drive):
            await until(lambda: drive.state.standing == "attention")
            assert drive.state.words == (
                "The drive a-executive is write-protected: it can only be read."
            )
            assert await drive.read("a.json") == b"kept"
            with pytest.raises(RefusedError, match="write protection"):
                await drive.write("a.json", b"new")
            assert await drive.read("a.json") == b"kept"

    asyncio.run(story())


def test_a_drive_pulled_out_in_the_middle_of_a_write_has_all_or_nothing(
    mount: Mount, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The stick itself stays mounted elsewhere, so that it can be looked at and plugged in again.
    stick = tmpfs(mount)
    slot = mount("slot", "--bind", str(stick))
    drive = drive_at(slot)
    umount2 = ctypes.CDLL(None, use_errno=True).umount2
    pulled = threading.Event()
    sync = os.fsync

    def slowly(file: int) -> None:
        # A stick so slow that there is time to pull it out.
        assert pulled.wait(10)
        sync(file)

    monkeypatch.setattr(os, "fsync", slowly)

    async def story() -> None:
        async with kept(drive):
            await until(lambda: drive.state.standing == "ready")
            writing = asyncio.create_task(drive.write("a.json", b"whole"))
            await until(lambda: (stick / (NEW_PREFIX + "a.json")).exists())
            assert umount2(os.fsencode(slot), DETACH) == 0
            pulled.set()
            with pytest.raises(UnpluggedError, match="pulled out in the middle"):
                await writing
            assert os.listdir(slot) == [], "nothing goes to the disk below the mount point"
            assert os.listdir(stick) == [LABEL_FILE]
            await until(lambda: drive.state.standing == "unplugged")
            mount("slot", "--bind", str(stick))
            await until(lambda: drive.state.standing == "ready")
            await drive.write("a.json", b"whole")
            assert await drive.read("a.json") == b"whole"

    asyncio.run(story())


def test_a_program_killed_in_the_middle_of_a_write_leaves_nothing_to_be_seen(
    tmp_path: Path,
) -> None:
    write_label(tmp_path, LABEL)
    (tmp_path / "a.json").write_bytes(b"old")
    program = (
        "import sys; from pathlib import Path; from hw.drive import files\n"
        "path = Path(sys.argv[1])\n"
        "with files.opened(path) as root:\n"
        "    while True: files.write_file(root, path, 'a.json', b'new' * 20_000_000)\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)])
    new = tmp_path / (NEW_PREFIX + "a.json")

    async def story() -> None:
        try:
            # Some bytes are there and not all: in the middle.
            await until(lambda: new.exists() and 0 < new.stat().st_size < 60_000_000)
        finally:
            writer.send_signal(signal.SIGKILL)
            writer.wait()
        drive = drive_at(tmp_path)
        assert await drive.names() == ["a.json"]
        assert await drive.read("a.json") in (b"old", b"new" * 20_000_000)
        async with kept(drive):
            await until(lambda: drive.state.standing == "ready")
            assert sorted(os.listdir(tmp_path)) == ["a.json", LABEL_FILE]

    asyncio.run(story())


def test_a_file_beyond_the_limit_is_refused_both_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "FILE_BYTES_MAX", 2048)
    write_label(tmp_path, LABEL)
    drive = drive_at(tmp_path)

    async def story() -> None:
        await drive.write("just.json", b"x" * 2048)
        assert await drive.read("just.json") == b"x" * 2048
        with pytest.raises(RefusedError) as caught:
            await drive.write("over.json", b"x" * 2049)
        assert caught.value.words == "over.json is larger than 2 KiB, which is the most."
        (tmp_path / "over.json").write_bytes(b"x" * 2049)
        with pytest.raises(RefusedError, match="larger than 2 KiB"):
            await drive.read("over.json")

    asyncio.run(story())


def test_a_strangers_drive_with_endless_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "FILES_MAX", 3)
    write_label(tmp_path, LABEL)
    for number in range(3):
        (tmp_path / f"{number}").touch()
    drive = drive_at(tmp_path)

    async def story() -> None:
        async with kept(drive):
            await until(lambda: drive.state.standing != "starting")
            assert drive.state == State(
                "stopped", "The drive holds over 3 files. Use an empty one."
            )
            with pytest.raises(RefusedError, match="holds over 3 files"):
                await drive.names()

    asyncio.run(story())


def test_a_mount_point_that_leads_to_itself_is_no_drive_to_be_used(tmp_path: Path) -> None:
    folder = tmp_path / "loop"
    folder.symlink_to("loop")
    drive = drive_at(folder)

    async def story() -> None:
        async with kept(drive):
            await until(lambda: drive.state.standing == "stopped")
            assert drive.state.words.startswith("The drive failed: ")

    asyncio.run(story())


def test_a_drive_that_does_not_keep_what_is_written_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_label(tmp_path, LABEL)
    sync = os.fsync

    def forget(file: int) -> None:
        # What a counterfeit stick does: takes everything, keeps less.
        sync(file)
        if os.readlink(f"/proc/self/fd/{file}").endswith("a.json"):
            os.pwrite(file, b"\0", 3)

    monkeypatch.setattr(os, "fsync", forget)
    with pytest.raises(GarbledError, match="did not keep what was written"):
        asyncio.run(drive_at(tmp_path).write("a.json", b"whole"))
    assert os.listdir(tmp_path) == [LABEL_FILE]


def test_a_file_is_synced_before_it_is_renamed_and_its_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_label(tmp_path, LABEL)
    done: list[str] = []
    sync, rename = os.fsync, os.rename

    def noted_sync(file: int) -> None:
        done.append("sync " + Path(os.readlink(f"/proc/self/fd/{file}")).name)
        sync(file)

    def noted_rename(old: str, new: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
        done.append(f"rename {old} {new}")
        rename(old, new, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(os, "rename", noted_rename)
    asyncio.run(drive_at(tmp_path).write("a.json", b"whole"))
    assert done == [
        f"sync {NEW_PREFIX}a.json",
        f"rename {NEW_PREFIX}a.json a.json",
        f"sync {tmp_path.name}",
    ]


def test_a_label_that_cannot_be_is_refused(tmp_path: Path) -> None:
    for label in ("", "x" * 65, "a\nb"):
        with pytest.raises(RefusedError, match="printable letters"):
            write_label(tmp_path, label)
    with pytest.raises(UnpluggedError, match="is not there"):
        write_label(tmp_path / "absent", LABEL)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("number", [errno.EIO, errno.ENODEV, errno.ENXIO, errno.ENOENT])
def test_what_the_system_says_of_a_drive_that_went_away_means_unplugged(number: int) -> None:
    error = files.problem(OSError(number, os.strerror(number)), Path("/media/x"))
    assert isinstance(error, UnpluggedError)
    assert error.words == "The drive at /media/x is not there. Plug it in and mount it."
