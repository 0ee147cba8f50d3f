"""`pollmesh package`: making, signing, checking and reading a package."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from node.ceremony import load_public
from node.files import read_file, write_private
from node.package_files import (
    add_signature,
    check_folder,
    load_package,
    make_package,
    read_enrolments,
    signed_by,
    write_package,
)
from node.province import load_province
from node.randomness import random_code
from node.rejected import RollRejectedError
from node.roll_file import People, count_lines, first_day, read_roll
from node.terminal import (
    ORIGIN_UNKNOWN,
    fail,
    plain_errors,
    print_json,
    progress,
    read_pin,
    read_trust,
    say,
    tables,
)
from sync.key_file import KEY_FILE_BYTES_MAX, OpenedKey, open_key_file, read_key_file
from sync.package import AUTHORITY_KINDS, Election, Hours, Package, PollingPlace
from sync.package_rules import unsupported
from sync.signing import fingerprint

app = typer.Typer(no_args_is_help=True, help="Make, sign, check and read a package.")

PinFile = Annotated[
    Path | None, typer.Option(help="The holder's envelope, or a file with the PIN. Else asked.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Folder = Annotated[Path, typer.Argument(help="The package's folder.")]


@app.callback()
def package() -> None:
    """Make, sign, check and read a package."""


@app.command()
def new(
    folder: Folder,
    province: Annotated[Path, typer.Option(help="The province file (TOML).")],
    ceremony: Annotated[Path, typer.Option(help="The folder with the ceremony's public.json.")],
    enrolments: Annotated[Path, typer.Option(help="A folder of enrolments or of stations.")],
    roll: Annotated[
        Path, typer.Option(help="CSV: national_code,name,birth_year,home,rights[,standing].")
    ],
    roll_key: Annotated[Path, typer.Option(help="A keeper's roll key file.")],
    pin_file: PinFile = None,
    codes: Annotated[
        Path | None,
        typer.Option(
            help="Where the codes of spares are written; those of a file that is there are used."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Make package.json and roll.index from what was decided and collected."""
    with plain_errors():
        plan = load_province(province)
        public = load_public(ceremony)
        collected = read_enrolments(enrolments)
        key = open_key(roll_key, pin_file)
        people = read_people(roll, roll_secret(key), plan.places, plan.elections, plan.hours, json)
        called = [spare.id for spare in plan.spares if spare.code]
        if called and codes is None:
            fail("The province file names spares with a code: give --codes FILE for the codes.")
        given = read_codes(codes) if codes is not None and codes.exists() else {}
        secret_codes = {name: given.get(name) or random_code() for name in called}
        made = make_package(plan, public, collected, people, secret_codes)
        write_package(folder, made, people)
        if codes is not None and secret_codes != given:
            write_private(codes, codes_sheet(made.day, secret_codes).encode())
            say(f"{codes}: print each code, seal it in an envelope of its own, delete the file.")
        for warning in unsupported(made):
            say(f"Note: {warning}")
    barred = people.barred()
    if json:
        print_json(
            {"base_hash": made.base_hash.hex(), "people": len(people), "may_not_vote": barred}
        )
    else:
        typer.echo(f"base hash  {made.base_hash.hex()}")
    for standing, count in barred.items():
        say(f"{count} on the roll may not vote: {standing}.")
    voters = len(people) - sum(barred.values())
    say(f"{voters} voters. Next: both authorities run 'pollmesh package sign {folder}'.")


@app.command()
def sign(
    folder: Folder,
    key: Annotated[Path, typer.Option(help="The authority's key file.")],
    pin_file: PinFile = None,
) -> None:
    """Sign the package as one authority; compare the base hash with the other one aloud."""
    with plain_errors():
        made = load_package(folder)
        say(f"Signing {made.day}, base hash {made.base_hash.hex()}.")
        opened = open_key(key, pin_file)
        add_signature(folder, made, opened)
    typer.echo(f"base hash  {made.base_hash.hex()}")
    say(f"Signed by the {opened.holder.authority} authority.")


@app.command()
def verify(
    folder: Folder,
    trust: Annotated[
        list[str] | None,
        typer.Option(help="The ceremony sheet, or 'executive=FINGERPRINT' and the other. Repeat."),
    ] = None,
    json: Json = False,
) -> None:
    """Check everything. Exit 0: good and trusted; 3: consistent, origin unknown; 1: not good."""
    with plain_errors():
        checked = check_folder(folder, read_trust(trust) if trust else None)
    made = checked.package
    if json:
        print_json(
            {
                "base_hash": made.base_hash.hex(),
                "day": made.day,
                "training": made.training,
                "origin": checked.origin,
                "voters": checked.voters,
            }
        )
    else:
        typer.echo(f"base hash  {made.base_hash.hex()}")
        typer.echo(f"voters     {checked.voters}")
    if checked.origin == "unknown":
        fail(
            "Consistent, origin unknown: give --trust with the fingerprints of the ceremony sheet.",
            ORIGIN_UNKNOWN,
        )
    say("Good: both trusted authorities signed exactly this package, and the roll is its roll.")


@app.command()
def show(folder: Folder, json: Json = False) -> None:
    """Show what a package says, without checking who signed it."""
    with plain_errors():
        made = load_package(folder)
        signatures = signed_by(folder, made)
    if json:
        print_json({"base_hash": made.base_hash.hex(), "signed_by": signatures, "package": made})
        return
    typer.echo(f"base hash  {made.base_hash.hex()}")
    typer.echo(f"roll root  {made.roll.root.hex()}")
    console = tables()
    for table in _tables(made, signatures):
        console.print(table)


def codes_sheet(day: str, codes: dict[str, str]) -> str:
    """The codes of all spares, one a line."""
    lines = [f"{name}: {code}" for name, code in codes.items()]
    return "\n".join([f"Codes of the spares of {day}. Whoever has one can use it.", *lines, ""])


def read_codes(path: Path) -> dict[str, str]:
    """The codes of a sheet that was made before, for a package that is made again."""
    rows = (line.partition(": ") for line in path.read_text("utf-8").splitlines()[1:])
    return {name: code for name, _, code in rows if code}


def open_key(path: Path, pin_file: Path | None) -> OpenedKey:
    """Open a key file, asking for the PIN where no file holds it."""
    data = read_file(path, KEY_FILE_BYTES_MAX)
    title = read_key_file(data, str(path)).title
    return open_key_file(data, read_pin(pin_file, title), str(path))


def read_people(
    roll: Path,
    secret: bytes,
    places: Sequence[PollingPlace],
    elections: Sequence[Election],
    hours: Sequence[Hours],
    json: bool,
) -> People:
    """Everybody on the roll, with progress; with `json` rejected lines go to stdout as well."""
    homes, rights = tuple(place.id for place in places), tuple(one.id for one in elections)
    try:
        with progress("Reading the roll", count_lines(roll)) as advance:
            return read_roll(roll, secret, homes, rights, first_day(hours), advance)
    except RollRejectedError as error:
        if json:
            print_json(error.view)
        raise


def roll_secret(key: OpenedKey) -> bytes:
    """The roll key, or the end of the command if the file holds another key."""
    if key.holder.holds != "roll":
        fail(f"The {key.holder.holds} key of {key.holder.id} is no roll key. Use a keeper's.")
    return key.secret


def _tables(made: Package, signatures: list[str]) -> list[Table]:
    return [_head(made, signatures), _contests(made), _places(made), _stations(made)]


def _head(made: Package, signatures: list[str]) -> Table:
    table = Table(show_header=False)
    rules = made.rules
    for name, value in (
        ("day", f"{made.day}, {'TRAINING' if made.training else 'real'}"),
        *(("hours (UTC)", f"{period.opens} to {period.closes}") for period in made.hours),
        *((kind, fingerprint(made.authority(kind).key)) for kind in AUTHORITY_KINDS),
        ("signatures", ", ".join(signatures) or "none"),
        ("voters", f"{made.roll.voters}"),
        ("rules", f"fallback {rules.fallback}, confirmations {rules.confirmations}, k {rules.k}"),
        ("homes, restart", f"{rules.homes}, {rules.restart}"),
        ("check-ins a minute and desk, at most", str(rules.check_ins_per_minute)),
        ("fingerprint", rules.fingerprint),
        ("voters a companion may go with, at most", str(rules.companion_cap)),
    ):
        table.add_row(name, value)
    return table


def _contests(made: Package) -> Table:
    table = Table("election", "contest", "seats", "digits", "candidates", "lists")
    for election in made.elections:
        for c in election.contests:
            numbers = (c.seats, c.code_digits, len(c.options), len(c.lists))
            table.add_row(f"{election.id}", c.id, *(str(number) for number in numbers))
    return table


def _places(made: Package) -> Table:
    table = Table("place", "name", "district", "guards")
    for place in made.places:
        table.add_row(place.id, place.latin, place.district, " ".join(place.guards))
    return table


def _stations(made: Package) -> Table:
    table = Table("station", "kind", "at", "key fingerprint")
    for station in made.stations:
        table.add_row(station.id, station.kind, station.at, fingerprint(station.key))
    return table
