"""`pollmesh ceremony`: making the keys of a polling day."""

from pathlib import Path
from typing import Annotated

import typer

from node.ceremony import cost_of, draw_keys, sheet_text, write_ceremony
from node.files import is_empty, read_file
from node.province import load_province
from node.terminal import fail, plain_errors, print_json, progress, read_pin, say
from sync.key_file import KEY_FILE_BYTES_MAX, open_key_file, read_key_file
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


@app.command()
def card(
    key: Annotated[Path, typer.Argument(help="An officer's key file.")],
    reader: Annotated[str, typer.Option(help="A part of the reader's name, or 'any'.")] = "any",
    pin_file: Annotated[Path | None, typer.Option(help="The officer's envelope. Else asked.")] = (
        None
    ),
    card_pin_file: Annotated[
        Path | None, typer.Option(help="The PIN the card has now (new cards: 123456). Else asked.")
    ] = None,
    admin_pin_file: Annotated[
        Path | None,
        typer.Option(help="The admin PIN it has now (new cards: 12345678). Else asked."),
    ] = None,
    admin_envelope: Annotated[
        Path | None,
        typer.Option(help="A new file for the card's new admin PIN. Else it is shown, once."),
    ] = None,
) -> None:
    """Put an officer's key onto a smart card (OpenPGP card 3.4), with the envelope's PIN.

    The key cannot be read out again. Afterwards `act --card` signs with it. The card gets a new
    admin PIN too: with the factory's, whoever holds the card could give it a PIN of their own.
    Broken off anywhere, the same command finishes the card.
    """
    from node.admin_envelope import AdminEnvelope
    from node.officer_card import CardPins, make_officer_card  # loads the card library

    with plain_errors():
        data = read_file(key, KEY_FILE_BYTES_MAX)
        title = read_key_file(data, str(key)).title
        pin = read_pin(pin_file, title)
        opened = open_key_file(data, pin, str(key))
        if opened.holder.holds != "officer":
            fail(f"{key}: this is the {title}. Only officers' keys go onto cards.")
        envelope = AdminEnvelope(admin_envelope, opened.holder.id)
        now = CardPins(
            read_pin(card_pin_file, "card as it is now"),
            read_pin(admin_pin_file, "card's administration as it is now"),
        )
        make_officer_card(reader, opened, pin, now, envelope)
        where = envelope.finish()
    say(
        f"The {title} is on the card; its PIN is the envelope's. The card's new admin PIN is "
        f"{where}: keep it apart from the card. Lock the key file away, but bring it at the end "
        "of the day: opening a box's ballots needs the key file, which no card replaces."
    )
