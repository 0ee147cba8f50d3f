"""`pollmesh doctor`: one station looked at from its package to its peers, line by line."""

from typing import Annotated

import msgspec
import typer

from node.commands.station import Folder
from node.finding import SHOWN, exit_code
from node.station_files import station_problem
from node.terminal import fail, plain_errors, plain_table, put, tables


def doctor_command(
    folder: Folder,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Look at a station, its node running or not; each line that is not well says what to do.

    A running node also makes its self-test and writes it into its log. Ends with 0 if all is well,
    1 if something is broken, 2 if somebody should look.
    """
    from node.doctor import examine

    with plain_errors():
        if problem := station_problem(folder):
            fail(problem)
        found = examine(folder)
    code = exit_code(found.findings)
    if json:
        shown = {"exit_code": code, **msgspec.to_builtins(found)}
        typer.echo(msgspec.json.encode(shown).decode())
        raise typer.Exit(code)
    console = tables()
    console.print(f"{found.station} in {folder}", soft_wrap=True)
    console.print()
    table = plain_table("", "", "")
    for one in found.findings:
        table.add_row(
            SHOWN[one.mark], one.name, f"{one.words}\n-> {one.todo}" if one.todo else one.words
        )
    put(console, table)
    console.print()
    if found.entry >= 0:
        console.print(f"The self-test stands in this station's log as entry {found.entry}.")
    marks = [one.mark for one in found.findings]
    console.print(
        f"{marks.count('ok')} ok, {marks.count('look')} to look at, {marks.count('broken')} broken"
    )
    raise typer.Exit(code)
