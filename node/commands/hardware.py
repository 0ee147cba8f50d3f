"""`pollmesh hardware`: what is plugged into a station, and trying it.

A running station is asked on its socket; without one, the settings are read and the devices opened
here for as long as the command takes.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer
from rich.table import Table

from node.commands.station import Folder
from node.station_files import StationSettings, read_settings, station_problem
from node.terminal import fail, plain_errors, say, tables
from sync.errors import MeshError
from sync.outcomes import Done, Refused
from sync.views import PeripheralView, PrintAsked, StationView

if TYPE_CHECKING:
    from hw.peripheral import Peripheral

SETTLE_S = 4.0
"""How long the devices may take to show how they stand, when no station runs."""

app = typer.Typer(
    no_args_is_help=True, help="Readers, scanners, printers and sensors of a station."
)


@app.callback()
def hardware() -> None:
    """Readers, scanners, printers and sensors of a station."""


@app.command("list")
def list_command(
    folder: Folder,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Show every peripheral of the settings, how it stands and what it shows right now."""
    with plain_errors():
        found = _from_station(folder)
        if found is None:
            found = asyncio.run(look(_settings(folder), folder))
    if json:
        typer.echo(msgspec.json.encode({"peripherals": found}).decode())
        return
    if not found:
        say(f"{folder / 'station.toml'} names no peripherals; its comments show the form.")
        return
    table = Table("name", "driver", "stands", "shows", "words")
    for one in found:
        shows = "\n".join(f"{label}: {text}" for label, text in one.values)
        table.add_row(one.name, one.driver, one.standing, shows, one.words)
    tables().print(table)


@app.command("test")
def try_command(
    folder: Folder,
    name: Annotated[str | None, typer.Argument(help="As in station.toml; none: all.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Try one peripheral, or all: print a test slip, read a card, scan a code. 1 if one fails."""
    from node.try_out import NEEDS_A_HAND

    results: dict[str, Done | Refused] = {}
    with plain_errors():
        settings = _settings(folder)
        known = list(settings.peripherals.named())
        if name is not None and name not in known:
            listed = ", ".join(known) or "none"
            fail(f"There is no '{name}' in {folder / 'station.toml'}. It names: {listed}.")
        running = _from_station(folder) is not None
        for one in [name] if name else known:
            if one in NEEDS_A_HAND:
                say(f"{one}: {NEEDS_A_HAND[one]}")
            if running:
                results[one] = _test_in_station(folder, one)
            else:
                results[one] = asyncio.run(_test_here(settings, folder, one))
            say(("ok    " if isinstance(results[one], Done) else "FAILS ") + results[one].words)
    if json:
        typer.echo(msgspec.json.encode({"tests": results}).decode())
    if not results:
        fail(f"{folder / 'station.toml'} names no peripherals; its comments show the form.")
    if any(isinstance(result, Refused) for result in results.values()):
        raise typer.Exit(1)


@app.command("clear")
def clear_command(folder: Folder) -> None:
    """Make the ballot card in the reader of a running station blank, whatever it holds."""
    from node.local_client import ask_node

    with plain_errors():
        answer = ask_node(folder, "/cards/clear", {})
    _say_answer(answer)


@app.command("print")
def print_command(
    folder: Folder,
    what: Annotated[
        str,
        typer.Argument(
            help="check-list, incident, card, stub, zero-return, return, paper-record or test."
        ),
    ],
    about: Annotated[
        str, typer.Option(help="The card's number. What happened (incident) is read from stdin.")
    ] = "",
) -> None:
    """Put a paper into the print queue of a running station."""
    from node.local_client import ask_node

    with plain_errors():
        if what == "incident":
            # Not on the command line, where every other user of this computer could read it.
            about = typer.get_text_stream("stdin").read()
        answer = ask_node(folder, "/print", PrintAsked(what, about))
    _say_answer(answer)


@app.command("label")
def label_command(
    folder: Annotated[Path, typer.Argument(help="Where the removable drive is mounted.")],
    label: Annotated[str, typer.Argument(help="Whose it is, e.g. a-executive.")],
) -> None:
    """Label a removable drive, so that a station can tell a wrong one."""
    from hw.drive.folder import write_label
    from hw.peripheral import PeripheralError

    try:
        write_label(folder, label)
    except PeripheralError as error:
        fail(error.words)
    say(f"The drive at {folder} is labelled {label}.")


def _say_answer(answer: bytes) -> None:
    """What the station said; end here if it refused."""
    outcome = msgspec.json.decode(answer, type=Done | Refused)
    if isinstance(outcome, Refused):
        fail(outcome.words)
    say(outcome.words)


def _settings(folder: Path) -> StationSettings:
    if problem := station_problem(folder):
        fail(problem)
    return read_settings(folder)


def _from_station(folder: Path) -> tuple[PeripheralView, ...] | None:
    """What the running station says; None if none runs."""
    from node.local_client import SOCKET_FILE, ask_node

    if not (folder / SOCKET_FILE).exists():
        return None
    try:
        data = ask_node(folder, "/status")
    except MeshError:
        return None
    return msgspec.json.decode(data, type=StationView).peripherals


def _test_in_station(folder: Path, name: str) -> Done | Refused:
    from node.local_client import ask_node

    answer = ask_node(folder, "/hardware/test", {"name": name}, limit_s=120)
    return msgspec.json.decode(answer, type=Done | Refused)


@contextlib.asynccontextmanager
async def _opened(
    settings: StationSettings, folder: Path, names: list[str]
) -> AsyncIterator[tuple[dict[str, "Peripheral"], "asyncio.Queue[Any]"]]:
    from hw.catalogue import make

    heard: asyncio.Queue[Any] = asyncio.Queue()
    drivers = settings.peripherals.named()
    made = {name: make(name, drivers[name], folder, heard.put_nowait) for name in names}
    tasks = [asyncio.create_task(one.run()) for one in made.values()]
    try:
        yield made, heard
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def look(settings: StationSettings, folder: Path) -> tuple[PeripheralView, ...]:
    """How the devices of the settings stand, opened here for a moment; for no node to be using."""
    from hw.catalogue import driver_name

    drivers = settings.peripherals.named()
    async with _opened(settings, folder, list(drivers)) as (made, _):
        for _turn in range(int(SETTLE_S / 0.1)):
            if all(one.state.standing != "starting" for one in made.values()):
                break
            await asyncio.sleep(0.1)
        return tuple(
            PeripheralView(
                name,
                driver_name(drivers[name]),
                one.state.standing,
                one.state.words,
                one.state.values,
            )
            for name, one in made.items()
        )


async def _test_here(settings: StationSettings, folder: Path, name: str) -> Done | Refused:
    from node.slips import plain_test_slip
    from node.try_out import try_out

    async with _opened(settings, folder, [name]) as (made, heard):
        return await try_out(name, made[name], heard, plain_test_slip(settings.id))
