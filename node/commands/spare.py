"""`pollmesh station adopt`: a spare takes the place of a broken desk, filled by a sibling.

With the code from the sealed envelope and two officers of the place, so that no authority need be
reached; or with an amendment that the authorities signed.
"""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from node.clock import now_ms
from node.commands.act import open_officer_keys
from node.commands.station import Folder
from node.order_files import read_order
from node.station_files import read_station_key
from node.terminal import fail, plain_errors, progress, read_trust, say
from sync.checkpoint import origin_of
from sync.encoding import canonical
from sync.mesh_entries import SpareCalled
from sync.minutes import minute_text
from sync.officers import approve
from sync.orders import Order


def adopt_command(
    folder: Folder,
    source: Annotated[str, typer.Option("--from", help="A desk of the place: HOST:PORT.")],
    trust: Annotated[
        list[str],
        typer.Option(help="The ceremony sheet, or 'executive=FINGERPRINT' and the other. Repeat."),
    ],
    at: Annotated[str, typer.Option(help="The place, with --code-file and --key twice.")] = "",
    code_file: Annotated[
        Path | None, typer.Option(help="A file with the envelope's code. Else asked, with --at.")
    ] = None,
    day: Annotated[str, typer.Option(help="The polling day, as on the ceremony sheet.")] = "",
    key: Annotated[
        list[Path] | None, typer.Option(help="The two officers' key files, one of each authority.")
    ] = None,
    pin_file: Annotated[list[Path] | None, typer.Option(help="The officers' envelopes.")] = None,
    amendment: Annotated[
        Path | None, typer.Option(help="Instead of code and keys: the signed amendment.")
    ] = None,
) -> None:
    """Turn a blank spare into a desk of this place, with everything its sibling has."""
    from node.adopting import adopt  # loads the network library

    with plain_errors():
        pinned = read_trust(trust)
        if amendment is not None:
            order = read_order(amendment)
        else:
            if not at or not day or len(key or []) != 2:
                fail("Give --amendment FILE; or --at PLACE, --day DAY and --key FILE twice.")
            order = _called(folder, day, at, code_file, key or [], pin_file or [])
        with progress("Taking over from the sibling", 0) as advance:
            package = asyncio.run(adopt(folder, source, pinned, order, advance))
    name = read_station_key(folder).id
    place = package.stations_by_id[name].at
    say(f"'{name}' is a desk of {place} now. Start it: pollmesh station run {folder}")


def _called(
    folder: Path,
    day: str,
    at: str,
    code_file: Path | None,
    keys: list[Path],
    pin_files: list[Path],
) -> Order:
    """The call, signed by both officers."""
    name = read_station_key(folder).id
    if code_file is not None:
        text = code_file.read_text(encoding="utf-8")
    else:
        text = typer.prompt(f"Code of {name}, from its envelope", err=True)
    # The whole printed line may be in the file: "spare-1: 7K2M-…".
    code = text.strip().rpartition(" ")[2].upper()
    call = SpareCalled(name, at, code, minute_text(now_ms()))
    origin = origin_of(day, name, 0)
    approvals = tuple(
        approve(origin, call, opened.holder.id, opened.signer)
        for opened in open_officer_keys(keys, pin_files)
    )
    return Order(canonical(SpareCalled(name, at, code, call.minute, approvals)))
