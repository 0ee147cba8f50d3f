"""`pollmesh station`: one computer's key and its package; `serve` adds running it.

Several stations can be prepared at once: `enrol STATIONS --id A --id B` makes STATIONS/A and so on,
`install STATIONS --all` installs on every station below, reading the roll once.
"""

from pathlib import Path
from typing import Annotated

import typer

from node.commands.package import open_key, roll_secret
from node.station_files import ENROLMENT_FILE, KEY_FILE, check_enrollable, enrol
from node.terminal import fail, plain_errors, progress, read_trust, say
from sync.signing import fingerprint

app = typer.Typer(no_args_is_help=True, help="Set up and run one station.")

Folder = Annotated[Path, typer.Argument(help="The station's folder.")]


@app.callback()
def station() -> None:
    """Set up and run one station."""


@app.command("enrol")
def enrol_command(
    folder: Annotated[Path, typer.Argument(help="The station's folder; of all, if several.")],
    id: Annotated[list[str], typer.Option(help="The station's id in the province file. Repeat.")],
) -> None:
    """Make this station's key; hand in the enrolment.json it writes."""
    with plain_errors():
        folders = {name: folder / name for name in id} if len(id) > 1 else {id[0]: folder}
        check_enrollable(folders)
        for name, own in folders.items():
            made = enrol(own, name)
            typer.echo(f"{made.id}  {fingerprint(made.key)}")
            say(f"Hand in {own / ENROLMENT_FILE}; {KEY_FILE} never leaves this computer.")


@app.command("install")
def install_command(
    folder: Annotated[Path, typer.Argument(help="The station's folder; with --all, of several.")],
    package: Annotated[Path, typer.Option(help="The package's folder.")],
    trust: Annotated[
        list[str],
        typer.Option(help="The ceremony sheet, or 'executive=FINGERPRINT' and the other. Repeat."),
    ],
    roll: Annotated[Path | None, typer.Option(help="Desks: roll.csv.")] = None,
    roll_key: Annotated[Path | None, typer.Option(help="Desks: a keeper's roll key file.")] = None,
    pin_file: Annotated[Path | None, typer.Option(help="The keeper's envelope. Else asked.")] = (
        None
    ),
    all_: Annotated[bool, typer.Option("--all", help="Every station in the folder.")] = False,
) -> None:
    """Verify a package with fingerprints from outside, pin them, and install it here."""
    from node.installation import check_for_station, install  # loads the database library
    from node.roll_file import PersonLine, count_lines, read_roll

    folders = sorted(path.parent for path in folder.glob(f"*/{KEY_FILE}")) if all_ else [folder]
    if not folders:
        fail(f"{folder}: no station is enrolled here. Run 'pollmesh station enrol' first.")
    people: list[PersonLine] | None = None
    secret: bytes | None = None
    with plain_errors():
        pinned = read_trust(trust)
        checked = [(own, *check_for_station(own, package, pinned)) for own in folders]
        made = checked[0][1]
        if roll is not None and roll_key is not None:
            secret = roll_secret(open_key(roll_key, pin_file))
            places, rights = tuple(made.places_by_id), tuple(made.elections_by_id)
            with progress("Reading the roll", count_lines(roll)) as advance:
                people = read_roll(roll, secret, places, rights, advance)
        for own, _, this in checked:
            with progress("Writing the roll", made.roll.voters if people else 0) as advance:
                install(own, package, pinned, made, this, people, secret, advance)
            say(f"'{this.id}' ({this.kind} at {this.at}) is ready for {made.day}.")
    typer.echo(f"base hash  {made.base_hash.hex()}")
