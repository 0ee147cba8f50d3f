"""`pollmesh station`: one computer's key and its package; `serve` adds running it.

Several stations can be prepared at once: `enrol STATIONS --id A --id B` makes STATIONS/A and so on,
`install STATIONS --all` installs on every station below, reading the roll once.
"""

from pathlib import Path
from typing import Annotated

import typer

from node.commands.package import Json, open_key, read_people, roll_secret
from node.station_files import ENROLMENT_FILE, KEY_FILE, check_enrollable, enrol, read_station_key
from node.terminal import fail, plain_errors, print_json, progress, read_trust, say
from node.training import default_folder, mark
from sync.signing import fingerprint

app = typer.Typer(no_args_is_help=True, help="Set up and run one station.")

Folder = Annotated[Path, typer.Argument(help="The station's folder.")]


@app.callback()
def station() -> None:
    """Set up and run one station."""


@app.command("enrol")
def enrol_command(
    id: Annotated[list[str], typer.Option(help="The station's id in the province file. Repeat.")],
    folder: Annotated[
        Path | None,
        typer.Argument(help="The station's folder; of all, if several. Else named after the id."),
    ] = None,
    training: Annotated[
        bool, typer.Option("--training", help="For training days only; marks the folder so.")
    ] = False,
) -> None:
    """Make this station's key; hand in the enrolment.json it writes."""
    with plain_errors():
        folder = folder or default_folder(id, training)
        folders = {name: folder / name for name in id} if len(id) > 1 else {id[0]: folder}
        check_enrollable(folders)
        for name, own in folders.items():
            made = enrol(own, name)
            if training:
                mark(own, training)
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
    json: Json = False,
) -> None:
    """Verify a package with fingerprints from outside, pin them, and install it here."""
    from node.installation import install, station_for  # loads the database library
    from node.package_files import check_folder, check_people
    from node.roll_file import People

    folders = sorted(path.parent for path in folder.glob(f"*/{KEY_FILE}")) if all_ else [folder]
    if not folders:
        fail(f"{folder}: no station is enrolled here. Run 'pollmesh station enrol' first.")
    people: People | None = None
    secret = index = None
    with plain_errors():
        pinned = read_trust(trust)
        made = check_folder(package, pinned, with_roll=roll is None or roll_key is None).package
        blank = [own for own in folders if read_station_key(own).id in made.spares_by_id]
        for own in blank:
            say(f"{own} is a spare: it stays blank until 'pollmesh station adopt' fills it.")
        checked = [(own, station_for(own, package, made)) for own in folders if own not in blank]
        if roll is not None and roll_key is not None:
            secret = roll_secret(open_key(roll_key, pin_file))
            people = read_people(roll, secret, made.places, made.elections, made.hours, json)
            index = check_people(people, made, "roll")
        for own, this in checked:
            with progress("Writing the roll", made.roll.voters if people else 0) as advance:
                install(own, package, pinned, made, this, people, secret, advance, index)
            say(f"'{this.id}' ({this.kind} at {this.at}) is ready for {made.day}.")
    if json:
        print_json(
            {
                "base_hash": made.base_hash.hex(),
                "stations": [this.id for _, this in checked],
                "people": made.roll.voters,
            }
        )
        return
    typer.echo(f"base hash  {made.base_hash.hex()}")
