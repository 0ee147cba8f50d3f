"""What a station's folder shows when its node does not run; read only, nothing is changed.

    look_at(folder) -> FolderView(station="a-desk-1", …, acts=("opened 2026-11-27T05:12Z",), …)

Approvals are not judged here: this says what stands in the own log, the node decides what it means.
"""

import shutil
from pathlib import Path

from msgspec import Struct

from node.checks import package_of
from node.lock import is_locked
from node.station_files import read_settings
from node.store_check import log_entries, log_sizes
from sync.entries import BoxReturned, LogFinal, PollsClosed, PollsOpened, read_entry
from sync.errors import MeshError
from sync.package import short_hash
from sync.self_test import SelfTested, self_test_words

LOG_FILE = "log.db"


class FolderView(Struct, frozen=True):
    """A station that does not run, as its folder shows it. Empty where nothing is installed.

    `holds` is log -> entries; `acts` what officers did here, in order; `problem` what is wrong.
    """

    running: bool
    answers: bool
    station: str
    kind: str = ""
    day: str = ""
    training: bool = False
    package: str = ""
    acts: tuple[str, ...] = ()
    self_test: str = ""
    log_size: int = 0
    holds: dict[str, int] = {}
    free_bytes: int = -1
    problem: str = ""


def look_at(folder: Path) -> FolderView:
    """The folder of a station whose node does not answer; MeshError if its settings are unread."""
    settings = read_settings(folder)
    running, free = is_locked(folder), shutil.disk_usage(folder).free
    try:
        package = package_of(folder)
        station = package.stations_by_id.get(settings.id)
        sizes = log_sizes(folder / LOG_FILE) if (folder / LOG_FILE).exists() else {}
        own = f"pollmesh/{package.day}/{settings.id}/"
        origin = max((one for one in sizes if one.startswith(own)), default="")
        kind = station.kind if station else "desk"
        entries: list[object] = []
        if origin:
            entries = [
                read_entry(data, kind, origin) for data in log_entries(folder / LOG_FILE, origin)
            ]
    except (MeshError, OSError) as error:
        words = " ".join(str(error).split())
        return FolderView(running, False, settings.id, free_bytes=free, problem=words)
    tested = [entry for entry in entries if isinstance(entry, SelfTested)]
    return FolderView(
        running,
        False,
        settings.id,
        kind if station else "",
        package.day,
        package.training,
        short_hash(package.base_hash),
        tuple(words for entry in entries if (words := _act(entry))),
        self_test_words(tested[-1] if tested else None),
        sizes.get(origin, 0),
        sizes,
        free,
        "" if station else f"'{settings.id}' is not in the installed package",
    )


def _act(entry: object) -> str:
    match entry:
        case PollsOpened(minute):
            return f"opened {minute}"
        case PollsClosed(minute):
            return f"closed {minute}"
        case BoxReturned():
            return "returned"
        case LogFinal(minute):
            return f"sealed {minute}"
    return ""
