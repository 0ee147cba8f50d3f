"""`pollmesh pull`."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from node.certificates import make_certificate
from node.files import read_file
from node.package_files import ROLL_FILE, check_folder
from node.station_files import station_problem
from node.terminal import fail, plain_errors, print_json, progress, read_pin, read_trust, say
from sync.key_file import KEY_FILE_BYTES_MAX, open_key_file, read_key_file
from sync.package import short_hash
from sync.trust import Trust

if TYPE_CHECKING:
    from node.pulling import Source
    from node.state_folder import State


def pull_command(
    source: Annotated[
        str, typer.Argument(help="A station's folder, or d-north@host:port; any station.")
    ],
    folder: Annotated[Path, typer.Argument(help="Where the state goes.")] = Path("state"),
    trust: Annotated[
        list[str] | None, typer.Option(help="The ceremony sheet, or 'executive=…'. Repeat.")
    ] = None,
    package: Annotated[
        Path | None, typer.Option(help="The package's folder: for pins (host:port), a box's roll.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="host:port: a supervisor's key file.")] = None,
    pin_file: Annotated[Path | None, typer.Option(help="The supervisor's envelope.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Fetch merged state into a folder, verified on the way; then check it with `verify`.

    A state that lies there already is replaced by one that continues it, and by nothing else.
    """
    with plain_errors():
        pinned = read_trust(trust) if trust else None
        state = asyncio.run(_pull(source, folder, pinned, package, key, pin_file))
    if json:
        print_json(
            {
                "folder": str(folder),
                "package": state.package.base_hash.hex(),
                "logs": len(state.logs),
                "entries": state.entry_count,
            }
        )
        return
    say(
        f"{len(state.logs)} logs, {state.entry_count} entries, package "
        f"{short_hash(state.package.base_hash)}, in {folder}."
    )


async def _pull(
    source: str,
    folder: Path,
    trust: Trust | None,
    package: Path | None,
    key: Path | None,
    pin_file: Path | None,
) -> "State":
    from node.pulling import pull  # loads aiohttp and automerge: only when it runs

    found = _source(source, trust, package, key, pin_file)
    with progress("Fetching entries", 0) as advance:
        return await pull(found, folder, trust, advance)


def _source(
    text: str, trust: Trust | None, package: Path | None, key: Path | None, pin_file: Path | None
) -> "Source":
    from node.pulling import local_source, remote_source

    if "@" not in text:
        if problem := station_problem(Path(text)):
            fail(problem)
        return local_source(Path(text), None if has_roll(Path(text)) else package)
    if package is None or key is None or trust is None:
        fail("A distant station needs --package, --trust and --key: whom to ask, and who asks.")
    data = read_file(key, KEY_FILE_BYTES_MAX)
    pin = read_pin(pin_file, read_key_file(data, str(key)).title)
    opened = open_key_file(data, pin, str(key))
    if opened.holder.holds != "supervisor":
        fail(
            f"{key}: this is the {opened.holder.holds} key of {opened.holder.id}. Only a "
            "supervisor's key pulls."
        )
    seed = opened.signer.seed
    pins = check_folder(package, trust).package
    return remote_source(text, pins, seed, make_certificate(seed, opened.holder.id), package)


def has_roll(folder: Path) -> bool:
    """Does this station's folder hold a roll? A box has none."""
    return (folder / ROLL_FILE).exists()
