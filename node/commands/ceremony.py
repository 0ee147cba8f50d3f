"""`pollmesh ceremony`: making the keys of a polling day."""

from pathlib import Path
from typing import Annotated

import typer

from node.ceremony import cost_of, draw_keys, sheet_text, write_ceremony
from node.files import is_empty
from node.province import load_province
from node.terminal import fail, plain_errors, print_json, progress
from sync.signing import fingerprint

app = typer.Typer(no_args_is_help=True, help="Make the keys of a polling day.")


@app.callback()
def ceremony() -> None:
    """Make the keys of a polling day."""


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="A new folder; it will hold every private key.")],
    province: Annotated[Path, typer.Option(help="The province file (TOML).")],
    demo: Annotated[
        bool, typer.Option("--demo", help="A training day: cheap PIN locks, package marked so.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object instead of the sheet.")] = (
        False
    ),
) -> None:
    """Make every key of the day but the stations' own, locked with PINs, and print the sheet.

    Run it on a computer without network, with both authorities present.
    """
    with plain_errors():
        if not is_empty(folder):
            fail(f"{folder}: not empty. A ceremony needs a folder of its own.")
        plan = load_province(province)
        keys = draw_keys(plan, training=demo)
        sheet = sheet_text(plan, keys)
        with progress("Locking keys", len(keys.held)) as advance:
            write_ceremony(folder, keys, sheet, cost_of(training=demo), advance)
    if not json:
        typer.echo(sheet)
        return
    print_json(
        {
            "day": plan.day,
            "training": demo,
            "folder": str(folder),
            **{authority.kind: fingerprint(authority.key) for authority in keys.public.authorities},
            "holders": [
                {"holder": held.holder.id, "name": held.name, "holds": held.holder.holds}
                for held in keys.held
            ],
        }
    )
