"""What a running station tells on stderr: an object a line for journald, plain words on a terminal.

    {"at":"2026-11-27T05:12:33Z","level":"info","station":"a-desk-1","event":"linked",
     "peer":"a-desk-2","words":"linked with a-desk-2"}                       (one line)
    05:12:33  linked with a-desk-2                                           (a terminal)

Event names are stable; `EVENTS` is all of them. **Nothing about a person can stand here**: nobody
logs a check-in, a look-up, a card or a ballot; and in every value long runs of digits or hex become
"?", letters that are not ASCII "_". Exceptions are told by their type and where they were raised,
without their message, which may hold what was being handled.

Lines are bounded in rate, each event apart; what was left out is counted and told. They are written
by a thread of its own: a pipe that nobody reads never stops a station.
"""

import logging
import os
import queue
import re
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from node.clock import now_ms

Level = Literal["info", "warning", "error"]
Value = int | str

EVENTS: dict[str, tuple[Level, str]] = {
    "started": ("info", "started: {kind} of {day}, package {package}, {entries} entries"),
    "training": ("warning", "TRAINING DAY: nothing done here counts"),
    "ready": ("info", "serving on port {port}"),
    "stopping": ("info", "stopping as asked"),
    "starts-again": ("info", "starts again: {because}"),
    "ended": ("error", "ended: {because}"),
    "defect": ("error", "a defect: {error} at {where}. Report it"),
    "linked": ("info", "linked with {peer}"),
    "apart": ("warning", "apart from {peer}"),
    "left": ("info", "{peer} was stopped there"),
    "stranger": ("error", "another key answers where {peer} should be"),
    "other-package": ("error", "{peer} serves another package"),
    "refused": ("warning", "refused {count} times: {kind}"),
    "polls": ("info", "polls: {polls}"),
    "stopped": ("error", "this station writes nothing now: its status says why"),
    "device": ("info", "device {name}: {standing}"),
    "paper": ("warning", "{count} papers need a hand"),
    "needs": ("warning", "needs a hand: {kinds}"),
    "healthy": ("info", "healthy"),
    "standing": (
        "info",
        "{connected} of {peers} stations linked, {entries} entries, {waiting} waiting, "
        "{free_mb} MB free",
    ),
    "self-test": ("info", "self-test: {passed} passed, {failed} failed"),
    "complaint": ("warning", "{library}: {error} at {where}"),
    "left-out": ("warning", "{count} lines of {of} were left out"),
}
"""Event -> level and words. Whoever watches logs may rely on these names and their fields."""

_ROOT = str(Path(__file__).resolve().parent.parent)

BURST = 20
"""Lines of one event at once; then one more every PER_LINE_MS."""

PER_LINE_MS = 5_000
QUEUE_MAX = 1_000
"""Lines that wait for a reader of stderr; more are left out."""

TEXT_LETTERS_MAX = 400
CLOSE_S = 1.0

_STRANGE = re.compile(r"[^A-Za-z0-9 .,:;_/<>()'=+?-]")
_TELLING = re.compile(
    r"[0-9]{9,}|[0-9]{5}-[0-9]{5}|[0-9a-fA-F]{16,}|PM[0-9]:[A-Z2-7]*|[A-Z2-7]{24,}"
)
"""Runs that a national code, a PIN, a voter key, a secret or a card would have."""


def plain(value: Value) -> Value:
    """`value` without what could tell of a person or a secret."""
    if isinstance(value, int):
        return value if abs(value) < 1_000_000_000 else "?"
    # Redacted before it is cut: half of a secret would not look like one.
    return _STRANGE.sub("_", _TELLING.sub("?", value))[:TEXT_LETTERS_MAX]


class Journal:
    """Takes events of one station; `tell` never blocks and never raises."""

    def __init__(self, station: str, write: Callable[[bytes], object], is_terminal: bool) -> None:
        self.station = station
        self._write = write
        self._is_terminal = is_terminal
        self._lines: queue.Queue[bytes | None] = queue.Queue(QUEUE_MAX)
        self._room: dict[str, tuple[float, int]] = {}
        self._left_out: Counter[str] = Counter()
        self._told_ms = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    @classmethod
    def on_stderr(cls, station: str) -> "Journal":
        """The journal of a process."""
        return cls(station, _to_stderr, sys.stderr.isatty())

    def tell(self, event: str, **values: Value) -> None:
        """Tell one event of `EVENTS` with the fields that its words name."""
        with self._lock:
            now = now_ms()
            if not self._has_room(event, now):
                self._left_out[event] += 1
                return
            for name, count in list(self._left_out.items()):
                if self._has_room("left-out", now):
                    del self._left_out[name]
                    self._put("left-out", {"count": count, "of": name}, now)
            self._put(event, values, now)

    def defect(self, error: BaseException) -> None:
        """An exception of our own: its type, and where it was raised."""
        self.tell("defect", error=type(error).__name__, where=where_of(error))

    def close(self) -> None:
        """Write what waits, for a moment at most."""
        try:
            self._lines.put(None, timeout=CLOSE_S)
        except queue.Full:
            return
        self._thread.join(CLOSE_S)

    def _put(self, event: str, values: dict[str, Value], now: int) -> None:
        line = self._line(event, {name: plain(value) for name, value in values.items()}, now)
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            self._left_out[event] += 1

    def _line(self, event: str, values: dict[str, Value], now: int) -> bytes:
        level, words = EVENTS[event]
        words = words.format(**values)
        at = datetime.fromtimestamp(now // 1000, UTC)
        if self._is_terminal:
            mark = {"info": " ", "warning": "!", "error": "X"}[level]
            return f"{at:%H:%M:%S} {mark} {words}\n".encode()
        told: dict[str, Value] = {"at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "level": level}
        told |= {"station": self.station, "event": event, **values, "words": words}
        return msgspec.json.encode(told) + b"\n"

    def _has_room(self, event: str, now: int) -> bool:
        room, since = self._room.get(event, (float(BURST), now))
        room = min(BURST, room + max(0, now - since) / PER_LINE_MS)
        self._room[event] = (room - 1 if room >= 1 else room, now)
        return room >= 1

    def _run(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                self._write(line)
            except (OSError, ValueError):
                continue  # nobody reads any more; the station goes on


class JournalHandler(logging.Handler):
    """What libraries say by `logging`: who, and the type of what was raised; never their text."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(logging.WARNING)
        self._journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        """Tell it as a complaint."""
        error = record.exc_info[1] if record.exc_info else None
        self._journal.tell(
            "complaint",
            library=record.name,
            error=type(error).__name__ if error else record.levelname.lower(),
            where=where_of(error) if error else f"{record.module}:{record.lineno}",
        )


def where_of(error: BaseException) -> str:
    """The innermost place of ours that an exception came through, e.g. `runner.py:102 run`."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "nowhere"
    ours = [
        one for one in frames if one.filename.startswith(_ROOT) and "/.venv/" not in one.filename
    ]
    last = (ours or frames)[-1]
    return f"{Path(last.filename).name}:{last.lineno} {last.name}"


def _to_stderr(line: bytes) -> None:
    while line:
        line = line[os.write(2, line) :]
