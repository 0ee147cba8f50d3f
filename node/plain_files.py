"""Reading a folder that somebody else filled: plain files and folders only, and never too much.

A link could lead out of the folder, a pipe could keep its reader waiting for ever, and a name could
steer the terminal it is shown on.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePath

from sync.errors import DecodeError


def read_plain(path: Path, where: str, bytes_max: int) -> bytes:
    """A plain file of at most `bytes_max`; DecodeError names `where`. Never waits for a pipe."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise DecodeError(where, "the file is missing") from None
    except OSError as error:
        raise DecodeError(where, f"no plain file that can be read ({error.strerror})") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise DecodeError(where, "no plain file")
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(bytes_max + 1)
    if len(data) > bytes_max:
        raise DecodeError(where, f"longer than {bytes_max} bytes; this is another file")
    return data


def shown(name: str) -> str:
    """A name from outside as a screen can bear it: nothing that steers a terminal."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in name)


def strange(folder: Path, expected: set[str]) -> Iterator[str]:
    """Everything that is no expected plain file and no folder on the way to one, by name."""
    roads = {str(road) for name in expected for road in PurePath(name).parents}
    for path in sorted(everything(folder)):
        name, mode = str(path.relative_to(folder)), _mode(path)
        if stat.S_ISDIR(mode):
            if name not in roads:
                yield f"{shown(name)}: does not belong here"
        elif not stat.S_ISREG(mode):
            yield f"{shown(name)}: does not belong here: no plain file"
        elif name not in expected:
            yield f"{shown(name)}: does not belong here"


def everything(folder: Path) -> Iterator[Path]:
    """All that lies in a folder and its folders; links are not followed, errors are raised."""
    for path in folder.iterdir():
        yield path
        if is_folder(path):
            yield from everything(path)


def folders(path: Path) -> list[Path]:
    """The folders in a folder, sorted; none if it is no folder itself. Links are not followed."""
    return sorted(filter(is_folder, path.iterdir())) if is_folder(path) else []


def is_folder(path: Path) -> bool:
    """Is this a folder, and no link to one?"""
    return stat.S_ISDIR(_mode(path))


def is_plain_or_missing(path: Path) -> bool:
    """Is there a plain file, or nothing?"""
    mode = _mode(path)
    return not mode or stat.S_ISREG(mode)


def _mode(path: Path) -> int:
    """The mode of what lies there itself, 0 if nothing does."""
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return 0
