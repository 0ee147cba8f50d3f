"""`pollmesh station run`: one station until it is stopped.

What takes long to load is imported when a command runs, so that help and completion are quick.
"""

import asyncio
import contextlib
import logging
import signal
import sys
import traceback
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from node.commands.station import Folder
from node.lock import only_one
from node.station_files import station_problem
from node.terminal import fail, plain_errors, say
from sync.errors import MeshError
from sync.outcomes import Done, Refused
from sync.package import short_hash

if TYPE_CHECKING:
    from node.journal import Journal
    from node.running import Running

DISK_FAILED = 74
DEFECT = 70
"""sysexits.h: EX_IOERR and EX_SOFTWARE."""


def run_command(folder: Folder) -> None:
    """Run this station until it is stopped (Ctrl-C or SIGTERM)."""
    from node.running import assemble

    if problem := station_problem(folder):
        fail(problem)
    with plain_errors(), only_one(folder):
        goes_on, ended_at = True, b""
        while goes_on:
            running = assemble(folder)
            running.replica.resume(ended_at)
            with _journal_of(running) as journal, contextlib.closing(running):
                goes_on = asyncio.run(_until_stopped(running, journal))
                ended_at = running.replica.own.note if running.replica.has_entered else b""


def end_session_command(folder: Folder) -> None:
    """Boxes: end the session of a screen that died or was left. Nothing is cast."""
    from node.local_client import ask_node

    with plain_errors():
        outcome = msgspec.json.decode(ask_node(folder, "/end-session", {}), type=Done | Refused)
    if isinstance(outcome, Refused):
        fail(outcome.words)
    say(outcome.words)


@contextlib.contextmanager
def _journal_of(running: "Running") -> Iterator["Journal"]:
    """The station's journal on stderr; libraries' complaints go there too, without their text."""
    from node.journal import Journal, JournalHandler

    package = running.package
    journal = Journal.on_stderr(running.station.id)
    handler = JournalHandler(journal)
    logging.getLogger().addHandler(handler)
    journal.tell(
        "started",
        kind=running.station.kind,
        day=package.day,
        package=short_hash(package.base_hash),
        entries=running.replica.own.sealed,
    )
    if package.training:
        journal.tell("training")
    try:
        yield journal
    finally:
        logging.getLogger().removeHandler(handler)
        journal.close()


async def _until_stopped(running: "Running", journal: "Journal") -> bool:
    """Serve; true if the station is to begin again from its folder."""
    from node.serving import serve

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    serving = asyncio.create_task(serve(running, journal))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        return _explain(serving, journal)
    journal.tell("stopping")
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving
    return False


def _explain(serving: "asyncio.Task[None]", journal: "Journal") -> bool:
    """The node ended by itself: say why in words if we know it, else where it happened.

    What an unknown error says may hold what was being handled: only a person at a terminal sees it.
    """
    from node.runner import StartsAgainError

    error = serving.exception()
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    if isinstance(error, StartsAgainError):
        journal.tell("starts-again", because=str(error))
        return True
    if isinstance(error, MeshError):
        journal.tell("ended", because=str(error))
        raise SystemExit(DISK_FAILED)
    if error is not None:
        journal.defect(error)
        if sys.stderr.isatty():
            traceback.print_exception(error)
        # Not 1 or 2, which say that only people can put it right: this is started again.
        raise SystemExit(DEFECT)
    return False
