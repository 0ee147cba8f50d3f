"""Files as the shell writes them: whole or not at all, and private where they hold secrets.

A file is written beside its name, synced, renamed, and the directory synced: after a power cut
there is the old one or the new one.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from shutil import disk_usage

from sync.errors import DecodeError

PRIVATE = 0o600
PUBLIC = 0o644


def write_file(path: Path, data: bytes, mode: int = PUBLIC) -> None:
    """Write `data` to `path` atomically and durably, with exactly this mode."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_private(path: Path, data: bytes) -> None:
    """`write_file` that nobody but the owner can read."""
    write_file(path, data, PRIVATE)


def private_folder(path: Path) -> Path:
    """Make a folder (and its parents) that nobody but the owner can enter."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)
    path.chmod(0o700)
    return path


def free_bytes(folder: Path) -> int:
    """Room on the disk of this folder; -1 if it does not say."""
    try:
        return disk_usage(folder).free
    except OSError:
        return -1


def sync_folder(path: Path) -> None:
    """Make names in `path` durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Make the content of `path` durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_file(path: Path, bytes_max: int) -> bytes:
    """The content of `path`; DecodeError if it is longer than anything that belongs there."""
    with path.open("rb") as file:
        data = file.read(bytes_max + 1)
    if len(data) > bytes_max:
        raise DecodeError(str(path), f"longer than {bytes_max} bytes; this is another file")
    return data


def is_empty(folder: Path, but: Sequence[str] = ()) -> bool:
    """Does `folder` not exist, or hold nothing (but these names)?"""
    return not folder.exists() or all(entry.name in but for entry in folder.iterdir())
