"""`pollmesh station`: one computer's key, its package, and running it."""

from pathlib import Path
from typing import Annotated

import typer

from node.commands.package import open_key, roll_secret
from node.installation import check_for_station, install
from node.roll_file import count_lines, read_roll
from node.station_files import ENROLMENT_FILE, enrol
from node.terminal import plain_errors, progress, read_trust, say
from sync.signing import fingerprint

app = typer.Typer(no_args_is_help=True, help="Set up and run one station.")

Folder = Annotated[Path, typer.Argument(help="The station's folder.")]


@app.callback()
def station() -> None:
    """Set up and run one station."""


@app.command("enrol")
def enrol_command(
    folder: Folder,
    id: Annotated[str, typer.Option(help="The station's id in the province file.")],
) -> None:
    """Make this station's key; hand in the enrolment.json it writes."""
    with plain_errors():
        made = enrol(folder, id)
    typer.echo(f"{made.id}  {fingerprint(made.key)}")
    say(f"Hand in {folder / ENROLMENT_FILE}; station.key never leaves this computer.")


@app.command("install")
def install_command(
    folder: Folder,
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
) -> None:
    """Verify a package with fingerprints from outside, pin them, and install it here."""
    with plain_errors():
        pinned = read_trust(trust)
        made, own = check_for_station(folder, package, pinned)
        people, secret = None, None
        if own.kind == "desk" and roll is not None and roll_key is not None:
            secret = roll_secret(open_key(roll_key, pin_file))
            places, rights = tuple(made.places_by_id), tuple(made.elections_by_id)
            with progress("Reading the roll", count_lines(roll)) as advance:
                people = read_roll(roll, secret, places, rights, advance)
        with progress("Writing the roll", made.roll.voters if people else 0) as advance:
            install(folder, package, pinned, made, own, people, secret, advance)
    typer.echo(f"base hash  {made.base_hash.hex()}")
    say(f"'{own.id}' ({own.kind} at {own.at}) is ready for {made.day}.")


# Running a station: `run` and `status` belong below.
