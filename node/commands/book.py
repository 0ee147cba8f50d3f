"""`pollmesh station book`: what a place wrote down besides check-ins, as its desk knows it."""

from typing import Annotated

import msgspec
import typer
from rich.table import Table

from node.commands.station import Folder
from node.terminal import fail, plain_errors, tables
from sync.book_views import BookView
from sync.outcomes import Refused


def book_command(
    folder: Folder,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Show the book of the place: incidents, pauses, companions, seals, observers, paper."""
    from node.local_client import ask_node  # loads aiohttp: only when a command runs

    with plain_errors():
        data = ask_node(folder, "/book")
        refused = _refused(data)
        if refused is not None:
            fail(refused.words)
        if json:
            typer.echo(data.decode())
            return
        _show(msgspec.json.decode(data, type=BookView))


def _refused(data: bytes) -> Refused | None:
    """The desk's no, if it is locked."""
    try:
        return msgspec.json.decode(data, type=Refused)
    except msgspec.ValidationError:
        return None


def _show(view: BookView) -> None:
    console, counts = tables(), view.counts
    console.print(f"The book of {view.place}, as {view.station} knows it")
    table = Table("minute", "station", "what", "words")
    for line in reversed(view.lines):
        table.add_row(line.minute, line.station, line.what, line.words)
    console.print(table)
    if view.more:
        console.print("Older lines are in the logs.")
    console.print(
        f"incidents {counts.incidents}   complaints {counts.complaints}   pauses {counts.pauses}   "
        f"companions {counts.companions}   keyed from paper {counts.paper_keyed}"
    )
    queue = "nobody counted" if counts.queue < 0 else str(counts.queue)
    console.print(f"observers in {counts.observers_in}   queue at the door: {queue}")
    console.print(
        f"look-ups {counts.look_ups}   cases {counts.cases} in {counts.case_minutes} min   "
        f"with a defective document {counts.defective_cases} in "
        f"{counts.defective_case_minutes} min"
    )
    for words in (view.paused, *view.warnings):
        if words:
            console.print(f"LOOK: {words}")
