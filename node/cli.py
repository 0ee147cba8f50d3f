"""The one command, `pollmesh`. Every sub-command teaches itself: `pollmesh COMMAND --help`.

Screens and the demo are programs of their own folders and are started as such: a node's code knows
neither.
"""

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from node.commands import (
    act,
    amendment,
    book,
    ceremony,
    doctor,
    hardware,
    package,
    pull,
    serve,
    setup,
    spare,
    station,
    status,
    take_back,
    verify,
)
from node.station_files import station_problem
from node.terminal import fail

app = typer.Typer(
    name="pollmesh",
    no_args_is_help=True,
    rich_markup_mode="rich",
    # A traceback never shows values: they may be keys or persons.
    pretty_exceptions_show_locals=False,
    help="Check voters in, take ballots, count and report: with the network up, down or split.",
    epilog="First steps: pollmesh demo, then pollmesh verify FOLDER --trust SHEET.",
)
app.add_typer(ceremony.app, name="ceremony")
app.add_typer(package.app, name="package")
app.add_typer(station.app, name="station")
app.add_typer(hardware.app, name="hardware")
app.add_typer(amendment.app, name="amendment")
app.command("act")(act.act_command)
app.command("pull")(pull.pull_command)
app.command("verify")(verify.verify_command)
app.command("setup")(setup.setup_command)
app.command("doctor")(doctor.doctor_command)
station.app.command("run")(serve.run_command)
station.app.command("status")(status.status_command)
station.app.command("end-session")(serve.end_session_command)
station.app.command("book")(book.book_command)
station.app.command("take-back")(take_back.take_back_command)
station.app.command("adopt")(spare.adopt_command)

_REST = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


@app.command("desk", context_settings=_REST)
def desk(context: typer.Context) -> None:
    """The desk's terminal screen: pollmesh desk STATION_FOLDER."""
    _screen("desk", context.args)


@app.command("supervisor", context_settings=_REST)
def supervisor(context: typer.Context) -> None:
    """The supervisor's terminal screen: pollmesh supervisor STATION_FOLDER."""
    _screen("supervisor", context.args)


@app.command("demo", context_settings=_REST)
def demo(context: typer.Context) -> None:
    """A whole voting day of a small province on this computer: pollmesh demo --help."""
    _become("simulations.demo", *context.args)


@app.command("version")
def version(
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Show the version."""
    from importlib.metadata import version as of

    typer.echo(f'{{"pollmesh":"{of("pollmesh")}"}}' if json else f"pollmesh {of('pollmesh')}")


def main() -> None:
    """Entry point."""
    app()


def _screen(name: str, arguments: list[str]) -> NoReturn:
    """Open a screen on a station's folder, once it is one and there is a terminal to show it."""
    asks = any(word in ("-h", "--help") for word in arguments)
    folder = next((Path(word) for word in arguments if not word.startswith("-")), None)
    if folder is not None and not asks:
        if folder.is_dir() or not folder.exists():
            problem = station_problem(folder)
            if problem:
                fail(problem)
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            fail("This screen needs a terminal. Without one: pollmesh station status FOLDER --json")
    _become("tui", name, *arguments)


def _become(module: str, *arguments: str) -> NoReturn:
    """Replace this process by another program of the project."""
    root = str(Path(__file__).resolve().parent.parent)
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, "-m", module, *arguments], environment)
