"""The files in the root of a mounted drive: read bounded, written wholly or not at all.

    pollmesh-drive.json          whose drive it is: {"label": "a-executive"}
    return-a-box-1.json          a file of ours
    .pollmesh-new-return-…       one that is being written: never listed, and left over by a crash

Writing: a new name, sync, read back from the drive, rename, sync of the folder. Everything goes
through one open folder, so that what is pulled out in the middle is never continued on the disk
below the mount point.

What stands on a drive was perhaps put there by somebody else: links, pipes and devices are not
opened, and nothing is read beyond its limit.
"""

import errno
import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hw.drive import LABEL_FILE
from hw.peripheral import (
    GarbledError,
    PeripheralError,
    RefusedError,
    StoppedError,
    UnpluggedError,
)

FILE_BYTES_MAX = 256 * 1024 * 1024
"""A file goes through memory; the largest package of a province is well below."""

NAME_BYTES_MAX = 200
"""With the prefix of a new file still within the 255 that every file system takes."""

FILES_MAX = 10_000
"""Names looked at in a drive's root: a stranger's drive may hold anything."""

LABEL_BYTES_MAX = 4096
LABEL_LETTERS_MAX = 64

CHUNK_BYTES = 1024 * 1024
NEW_PREFIX = ".pollmesh-new-"

_NAME = re.compile(r"[^.\x00-\x1f\x7f/\\:*?\"<>|][^\x00-\x1f\x7f/\\:*?\"<>|]*")
"""One folder's file, not hidden, in letters that FAT and exFAT take as well."""

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_GONE = (errno.EIO, errno.ENODEV, errno.ENXIO, errno.ENOENT, errno.ESTALE, errno.ENOTDIR)


def is_plain_name(name: str) -> bool:
    """Is it a file's name in the root of a drive, on every file system, and not our label?"""
    return (
        _NAME.fullmatch(name) is not None
        and len(name.encode(errors="replace")) <= NAME_BYTES_MAX
        and name[-1] not in ". "
        # FAT does not tell capitals from small letters.
        and name.casefold() != LABEL_FILE
    )


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """The drive's root as an open folder; every OSError inside becomes words."""
    folder = -1
    try:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        yield folder
    except OSError as error:
        raise problem(error, path) from None
    finally:
        if folder >= 0:
            os.close(folder)


def problem(error: OSError, path: Path) -> PeripheralError:
    """What the system's error means for who stands before the drive."""
    if error.errno in _GONE:
        return _away(path)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return RefusedError("The drive is full. Nothing was written: use another, or make room.")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return RefusedError("The drive cannot be written or read: look for its write protection.")
    return RefusedError(f"The drive failed: {error.strerror or 'unknown error'}. Use another.")


def check_label(folder: int, path: Path, label: str) -> None:
    """Is it the drive that is meant?"""
    with os.scandir(folder) as entries:
        if next(entries, None) is None:
            raise _away(path)
    try:
        text = read_file(folder, LABEL_FILE, LABEL_BYTES_MAX)
    except FileNotFoundError:
        raise UnpluggedError(
            f"This drive has no label; the one labelled {label} is expected. "
            "Plug that in, or label this one."
        ) from None
    except (RefusedError, OSError) as error:
        if isinstance(error, OSError) and error.errno in _GONE:
            raise
        # A link, a pipe, a folder in its place; too long; without the right to read it.
        raise StoppedError(_unreadable(label)) from None
    found = _label(text)
    if found is None:
        raise GarbledError(_unreadable(label))
    if found != label:
        raise UnpluggedError(f"This drive is labelled {found}; plug in the one labelled {label}.")


def _unreadable(label: str) -> str:
    return (
        f"The label of this drive cannot be read; {label} is expected. "
        "Plug that in, or label this one."
    )


def _label(text: bytes) -> str | None:
    try:
        found = json.loads(text)["label"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return found if is_label(found) else None


def is_label(label: object) -> bool:
    """Can it be a drive's label?"""
    return isinstance(label, str) and 0 < len(label) <= LABEL_LETTERS_MAX and label.isprintable()


def names_in(folder: int) -> list[str]:
    """The plain files, sorted; links, folders and hidden files are left out."""
    names: list[str] = []
    with os.scandir(folder) as entries:
        for count, entry in enumerate(entries):
            if count == FILES_MAX:
                raise RefusedError(f"The drive holds over {FILES_MAX} files. Use an empty one.")
            if is_plain_name(entry.name) and entry.is_file(follow_symlinks=False):
                names.append(entry.name)
    return sorted(names)


def read_file(folder: int, name: str, most: int) -> bytes:
    """A file of at most `most` bytes, whole. FileNotFoundError if there is none of that name."""
    try:
        file = os.open(name, _READ, dir_fd=folder)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENXIO):
            raise
        raise _no_file(name) from None
    try:
        standing = os.fstat(file)
        if not stat.S_ISREG(standing.st_mode):
            raise _no_file(name)
        if standing.st_size > most:
            raise _too_big(name, most)
        data = _all(file, most + 1)
    finally:
        os.close(file)
    if len(data) > most:
        raise _too_big(name, most)
    return data


def size_of(folder: int, name: str) -> int:
    """Of a file, in bytes; RefusedError if there is none of that name."""
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_size
    except FileNotFoundError:
        raise RefusedError(f"{name} is not on the drive. Plug in the drive that has it.") from None


def write_file(folder: int, path: Path, name: str, data: bytes) -> None:
    """The file `name`, wholly or not at all; an older one of that name is replaced.

    `path` is where `folder` was opened: before anything becomes visible it must still be there.
    """
    if len(data) > FILE_BYTES_MAX:
        raise _too_big(name, FILE_BYTES_MAX)
    remove_left_over(folder)
    new = NEW_PREFIX + name
    try:
        _write_new(folder, new, data)
        _look_still_there(folder, path)
        os.rename(new, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        remove_left_over(folder)
        raise
    _sync_folder(folder)
    _look_still_there(folder, path)


def remove_left_over(folder: int) -> None:
    """What a write that was cut off left behind; on a drive that cannot be written it stays."""
    try:
        with os.scandir(folder) as entries:
            left = [entry.name for entry in entries if entry.name.startswith(NEW_PREFIX)]
        for name in left:
            os.unlink(name, dir_fd=folder)
    except OSError:
        # It is never listed, so it only takes room; the write itself says what is wrong.
        return


def _write_new(folder: int, new: str, data: bytes) -> None:
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    file = os.open(new, flags, 0o600, dir_fd=folder)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(file, rest[:CHUNK_BYTES]) :]
        os.fsync(file)
        # What is still in memory would only prove that memory works.
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.lseek(file, 0, os.SEEK_SET)
        if _all(file, len(data) + 1) != data:
            raise GarbledError("The drive did not keep what was written. Use another drive.")
    finally:
        os.close(file)


def _all(file: int, most: int) -> bytes:
    parts: list[bytes] = []
    left = most
    while left > 0 and (part := os.read(file, min(left, CHUNK_BYTES))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _sync_folder(folder: int) -> None:
    try:
        os.fsync(folder)
    except OSError as error:
        # Some file systems have no such thing for folders, and say so.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise


def _look_still_there(folder: int, path: Path) -> None:
    if not os.path.samestat(os.fstat(folder), os.stat(path)):
        raise UnpluggedError(
            f"The drive at {path} was pulled out in the middle. Plug it in and write again."
        )


def _away(path: Path) -> UnpluggedError:
    return UnpluggedError(f"The drive at {path} is not there. Plug it in and mount it.")


def _no_file(name: str) -> RefusedError:
    return RefusedError(f"{name} on the drive is no plain file. Use another drive.")


def _too_big(name: str, most: int) -> RefusedError:
    return RefusedError(f"{name} is larger than {most // 1024} KiB, which is the most.")
