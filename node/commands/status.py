"""`pollmesh station status`: how one station stands, in a page; what needs a hand comes last.

Ends with 0 if nothing needs a hand, 2 if something does, 1 if the node does not run. Without a node
it says so, and what the folder shows.
"""

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from node.commands.station import Folder
from node.station_files import station_problem
from node.terminal import FAILED, counted, fail, plain_errors, plain_table, put, tables
from sync.minutes import minute_text
from sync.views import PeerView, StationView

if TYPE_CHECKING:
    from node.folder_view import FolderView

NEEDS_A_HAND = 2
ANSWER_S = 15
"""A node that is well answers at once."""


def status_command(
    folder: Folder,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Show how a station stands, running or not; what needs a hand comes last.

    Ends with 0 if it is healthy, 2 if something needs a hand, 1 if its node does not run.
    """
    from node.folder_view import look_at
    from node.local_client import NotRunningError, ask_node

    with plain_errors():
        if problem := station_problem(folder):
            fail(problem)
        try:
            view = msgspec.json.decode(
                ask_node(folder, "/status", limit_s=ANSWER_S), type=StationView
            )
        except NotRunningError:
            found = look_at(folder)
            _tell_folder(found, folder, json)
            raise typer.Exit(FAILED) from None
    if json:
        shown = {"running": True, "healthy": not view.needs, **msgspec.to_builtins(view)}
        typer.echo(msgspec.json.encode(shown).decode())
    else:
        show(view, tables())
    raise typer.Exit(NEEDS_A_HAND if view.needs else 0)


def show(view: StationView, console: Console) -> None:
    """The page, at most 80 columns wide where ids are as long as usual."""
    _heading(view, console)
    put(console, _facts(view))
    for table in (_stations(view), _devices(view)):
        if table.row_count:
            console.print()
            put(console, table)
    console.print()
    if not view.needs:
        console.print("healthy")
        return
    needs = plain_table("", "")
    for words in view.needs:
        needs.add_row("!", words)
    put(console, needs)
    console.print(f"needs a hand: {counted(len(view.needs), 'thing')}, above behind a !")


def _heading(view: StationView, console: Console) -> None:
    if view.training:
        console.print("TRAINING DAY: nothing done here counts")
    console.print(f"{view.station}  {view.kind} at {view.place} ({view.at})")
    console.print(f"{view.day}, package {view.package}, {view.software}")
    console.print()


def _facts(view: StationView) -> Table:
    table = plain_table("", "")
    polls = [f"polls {view.polls}"]
    if view.kind == "desk":
        polls += [f"{view.checked_in} checked in", f"{view.issued} cards issued"]
        polls += [f"{view.outstanding} not taken yet"] if view.outstanding else []
        polls += [f"{view.pending} wait for an answer"] if view.pending else []
    if view.kind == "box":
        polls.append(f"{view.cast} cast as published")
    table.add_row("polls", ", ".join(polls).removeprefix("polls "))
    alone = f", {view.single_copy} on no second station yet" if view.single_copy else ""
    table.add_row("own log", f"{counted(view.log_size, 'entry')}{alone}")
    running = f"running for {_minutes(view.now_ms - view.started_ms)}"
    clocks = (
        f"{view.clocks_compared} stations' clocks compared"
        if view.clocks_compared
        else ("no other clock compared yet")
    )
    table.add_row("clock", f"{minute_text(view.now_ms)}, {clocks}; {running}")
    free = f"{view.free_bytes / 1e9:.1f} GB free" if view.free_bytes >= 0 else "not known"
    table.add_row("disk", free)
    table.add_row("self-test", view.self_test or "none yet: pollmesh doctor FOLDER")
    for words in view.network:
        table.add_row("network", words)
    if view.refusals:
        refused = ", ".join(f"{kind} {count}" for kind, count in view.refusals.items())
        table.add_row("refused", f"{refused}; last: {view.last_refusal}")
    return table


def _stations(view: StationView) -> Table:
    amounts = ("to send", "to get")
    table = plain_table("station", "kind", "state", *amounts, "address, why", right=amounts)
    for peer in view.peers:
        table.add_row(
            peer.station,
            peer.kind,
            _state(peer, view.now_ms),
            str(peer.waiting_out),
            str(peer.waiting_in),
            ", ".join(filter(None, (peer.address, peer.why))),
        )
    return table


def _devices(view: StationView) -> Table:
    table = plain_table("device", "driver", "stands", "words")
    for one in view.peripherals:
        table.add_row(one.name, one.driver, one.standing, one.words)
    return table


def _state(peer: PeerView, now_ms: int) -> str:
    """With how long that is so, once it is a minute."""
    span_ms = now_ms - peer.since_ms
    return f"{peer.state} {_minutes(span_ms)}" if span_ms >= 60_000 else peer.state


def _minutes(span_ms: int) -> str:
    hours, minutes = divmod(max(0, span_ms) // 60_000, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _tell_folder(found: "FolderView", folder: object, json: bool) -> None:
    if json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    console = tables()
    if found.training:
        console.print("TRAINING DAY: nothing done here counts")
    console.print(f"{found.station}  {found.kind}".rstrip())
    if found.day:
        console.print(f"{found.day}, package {found.package}")
        console.print()
        table = plain_table("", "")
        table.add_row("polls", ", ".join(found.acts) or "not opened")
        others = len(found.holds) - bool(found.log_size)
        table.add_row(
            "own log", f"{counted(found.log_size, 'entry')}; {counted(others, 'log')} of others"
        )
        table.add_row("disk", f"{found.free_bytes / 1e9:.1f} GB free")
        table.add_row("self-test", found.self_test or "none yet")
        put(console, table)
        console.print()
    if found.problem:
        console.print(f"! {found.problem}")
    if found.running:
        console.print(
            "needs a hand: its node runs but does not answer. Stop it and start it again."
        )
    else:
        words = "needs a hand: its node does not run. Start it: pollmesh station run"
        console.print(f"{words} {folder}", soft_wrap=True)
