"""`pollmesh verify`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from node.terminal import fail, plain_errors, print_json, read_trust, say, tables

if TYPE_CHECKING:
    from node.verification import Verdict


def verify_command(
    folder: Annotated[Path, typer.Argument(help="What `pollmesh pull` wrote.")],
    trust: Annotated[
        list[str] | None,
        typer.Option(help="The ceremony sheet, or 'executive=FINGERPRINT' and the other. Repeat."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Recompute everything in a folder from signatures up: no network, no private key.

    Exit code: 0 verified, 1 something does not verify, 2 look into what is named,
    3 consistent but of unknown origin (no --trust).
    """
    from node.verification import verify_folder  # loads automerge: only when it runs

    if not (folder / "package.json").is_file():
        state = folder / "state"
        also = f" There is one in {state}." if (state / "package.json").is_file() else ""
        fail(f"{folder} holds no pulled state. Give the folder that 'pollmesh pull' wrote.{also}")
    if (folder / "station.toml").exists():
        fail(f"{folder} is a station's folder. Pull it first: pollmesh pull {folder} STATE")
    with plain_errors():
        verdict = verify_folder(folder, read_trust(trust) if trust else None)
    if json:
        print_json(verdict)
    else:
        _show(verdict)
    raise typer.Exit(verdict.exit_code)


def _show(verdict: "Verdict") -> None:
    console = tables()
    if verdict.summary:
        for contest in verdict.summary.view.contests:
            returned = f"{contest.boxes_returned} of {contest.boxes_expected} boxes"
            table = Table("code", "name", "votes", title=f"{contest.latin} ({returned})")
            for option in sorted(contest.options, key=lambda o: -o.votes):
                table.add_row(option.code, option.latin, str(option.votes))
            table.add_row("", "blank", str(contest.blank))
            console.print(table)
    console.print(f"base hash {verdict.package}")
    console.print(f"{verdict.logs} logs, {verdict.entries} entries")
    for words in verdict.look_into:
        say(f"LOOK INTO: {words}")
    for words in verdict.problems:
        say(f"WRONG: {words}")
    say(verdict.words)
