"""`pollmesh station run` and `pollmesh station status`.

What takes long to load is imported when a command runs, so that help and completion are quick.
"""

import asyncio
import contextlib
import fcntl
import signal
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.table import Table

from node.commands.station import Folder
from node.station_files import station_problem
from node.terminal import fail, plain_errors, say, tables
from sync.errors import MeshError
from sync.outcomes import Done, Refused
from sync.package import short_hash
from sync.views import PeerView, StationView

if TYPE_CHECKING:
    from node.running import Running

DISK_FAILED = 74
DEFECT = 70
"""sysexits.h: EX_IOERR and EX_SOFTWARE."""

LOCK_FILE = "node.lock"


def run_command(folder: Folder) -> None:
    """Run this station until it is stopped (Ctrl-C or SIGTERM)."""
    from node.running import assemble

    if problem := station_problem(folder):
        fail(problem)
    with plain_errors(), _only_one(folder):
        running = assemble(folder)
        base = short_hash(running.package.base_hash)
        say(f"{running.station.id} serves {running.package.day}, package {base}.")
        asyncio.run(_until_stopped(running, folder))


def status_command(
    folder: Folder,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Show how a running station stands; what needs attention comes last."""
    from node.local_client import ask_node

    with plain_errors():
        data = ask_node(folder, "/status")
    if json:
        typer.echo(data.decode())
        return
    view = msgspec.json.decode(data, type=StationView)
    _show(view)


def end_session_command(folder: Folder) -> None:
    """Boxes: end the session of a screen that died or was left. Nothing is cast."""
    from node.local_client import ask_node

    with plain_errors():
        outcome = msgspec.json.decode(ask_node(folder, "/end-session", {}), type=Done | Refused)
    if isinstance(outcome, Refused):
        fail(outcome.words)
    say(outcome.words)


async def _until_stopped(running: "Running", folder: Path) -> None:
    from node.serving import serve

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    serving = asyncio.create_task(serve(running))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        _explain(serving)
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving


def _explain(serving: "asyncio.Task[None]") -> None:
    """The node ended by itself: say why in words if we know it, else let it be seen whole."""
    error = serving.exception()
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    if isinstance(error, MeshError):
        fail(str(error), DISK_FAILED)
    if error is not None:
        # Not 1 or 2, which say that only people can put it right: this is started again.
        traceback.print_exception(error)
        raise SystemExit(DEFECT)


@contextlib.contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Two nodes on one folder would sign two histories: the second is refused."""
    with (folder / LOCK_FILE).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fail(f"The station in {folder} runs already. Stop that one first.")
        yield


def _show(view: StationView) -> None:
    console = tables()
    console.print(f"{view.station} ({view.kind}) at {view.place}, {view.day}")
    console.print(f"package {view.package}   polls {view.polls}   log {view.log_size} entries")
    table = Table("peer", "kind", "state", "to send", "to get", "why")
    for peer in view.peers:
        table.add_row(
            peer.station,
            peer.kind,
            _state(peer, view.now_ms),
            str(peer.waiting_out),
            str(peer.waiting_in),
            peer.why,
        )
    console.print(table)
    connected = sum(peer.state == "connected" for peer in view.peers)
    console.print(f"health: connected to {connected} of {len(view.peers)} stations")
    if view.single_copy:
        console.print(f"health: not yet on a second station: {view.single_copy} entries")
    if view.refusals:
        refused = ", ".join(f"{kind} {count}" for kind, count in view.refusals.items())
        console.print(f"health: refused so far: {refused}; last: {view.last_refusal}")
    for one in view.peripherals:
        if one.standing != "ready":
            console.print(f"health: {one.name} {one.standing}: {one.words}")
    for job in view.jobs:
        if job.state != "printed":
            console.print(f"health: {job.words}")
    for words in (*view.alarms, view.problem):
        if words:
            console.print(f"ALARM: {words}")


def _state(peer: PeerView, now_ms: int) -> str:
    minutes = max(0, now_ms - peer.since_ms) // 60_000
    return f"{peer.state} for {minutes} min" if minutes else peer.state
