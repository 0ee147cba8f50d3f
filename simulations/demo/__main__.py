"""`pollmesh demo`."""

import asyncio
import contextlib
import json
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from simulations.demo.day import Day
from simulations.demo.report import failures, show, show_hint, show_ways, summary
from simulations.demo.setting import (
    PROVINCE,
    DemoError,
    Setting,
    draw,
    enrol_stations,
    hold_ceremony,
    install_stations,
    make_package,
)
from simulations.demo.stations import Stations
from simulations.demo.voters import contests_of, draw_visits

VOTERS_MIN, VOTERS_MAX = 20, 20_000
CUT_PLACE = "a"


class Progresses:
    """One bar a step; plain lines where there is no terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            TextColumn("{task.description:<34}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, int] = {}

    def __enter__(self) -> "Progresses":
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def tell(self, step: str, done: int, of: int) -> None:
        """Show that `done` of `of` are done in `step`."""
        if step not in self._tasks:
            self._tasks[step] = self._bars.add_task(step, total=of)
            if not self._console.is_terminal:
                self._console.print(f"{step} ...")
        self._bars.update(self._tasks[step], completed=done, total=of)  # type: ignore[arg-type]


def demo(
    voters: Annotated[
        int, typer.Option(min=VOTERS_MIN, max=VOTERS_MAX, help="Voters on the roll; all come.")
    ] = 200,
    seed: Annotated[int, typer.Option(help="Names, choices and order follow from it.")] = 1,
    json_: Annotated[
        bool, typer.Option("--json", help="One JSON object as the last line.")
    ] = False,
    keep: Annotated[
        Path | None, typer.Option(help="Keep every file of the day in this new folder.")
    ] = None,
    ui: Annotated[
        bool, typer.Option("--ui", help="Leave the stations running and say how to open screens.")
    ] = False,
    peripherals: Annotated[
        bool,
        typer.Option(
            "--peripherals",
            help="With simulated scanners, printers, lids and power; cards on paper.",
        ),
    ] = False,
) -> None:
    """A whole voting day of a small province on this computer, every station a real process.

    Exit code 0 only if what was counted equals what was cast, option by option, every second vote
    was refused, and verification passes.
    """
    if keep is not None and keep.exists() and any(keep.iterdir()):
        typer.echo(f"{keep} is not empty. Choose a new folder.", err=True)
        raise typer.Exit(2)
    root = (keep or Path(tempfile.mkdtemp(prefix="pollmesh-demo-"))).absolute()
    try:
        setting = draw(root, voters, seed, peripherals)
        code = asyncio.run(_demo(setting, seed, json_, ui, kept=keep is not None))
    except KeyboardInterrupt:
        left = "" if keep is None else f"; files stay in {root}"
        typer.echo(f"Stopped: every station of the demo has ended{left}.", err=True)
        code = 130
    finally:
        if keep is None:
            shutil.rmtree(root, ignore_errors=True)
    raise typer.Exit(code)


async def _demo(setting: Setting, seed: int, as_json: bool, ui: bool, kept: bool) -> int:
    console = Console(stderr=as_json, highlight=False)
    began = time.monotonic()
    day: Day | None = None
    try:
        with Progresses(console) as progresses:
            await _prepare(setting, progresses)
            visits = draw_visits(setting.voters, contests_of(PROVINCE), seed)
            day = Day(setting, visits, progresses.tell)
            await day.start()
            await day.open()
            await day.vote()
            await day.close()
            await day.pull_and_verify()
        seconds = time.monotonic() - began
        wrong = failures(day.result)
        show(console, day.result, setting, seconds)
        for words in wrong:
            console.print(f"FAILED: {words}")
        if ui:
            await _stay(console, setting, day.stations)
        elif kept:
            show_ways(console, setting, running=False)
        else:
            show_hint(console)
        if as_json:
            print(json.dumps(summary(day.result, setting, seconds, seed), ensure_ascii=False))
        return 1 if wrong else 0
    except (DemoError, ExceptionGroup) as error:
        console.print(f"FAILED: {_words(error)}", markup=False)
        return 1
    finally:
        if day is not None:
            await day.stop()


async def _prepare(setting: Setting, progresses: Progresses) -> None:
    steps = (
        hold_ceremony(setting),
        enrol_stations(setting),
        make_package(setting),
        install_stations(setting, CUT_PLACE),
    )
    for number, step in enumerate(steps):
        progresses.tell("Ceremony, package, installation", number, len(steps))
        await step
    progresses.tell("Ceremony, package, installation", len(steps), len(steps))


async def _stay(console: Console, setting: Setting, stations: Stations) -> None:
    """Until Ctrl-C."""
    show_ways(console, setting, running=True)
    console.print(f"{len(stations.alive())} stations are running. Ctrl-C ends the demo.")
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await stop.wait()


def _words(error: BaseException) -> str:
    """The first plain reason inside nested groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error) or type(error).__name__


def main(arguments: list[str] | None = None) -> None:
    """Run `demo` with these arguments."""
    app = typer.Typer(add_completion=False)
    app.command("demo")(demo)
    with contextlib.suppress(BrokenPipeError):
        app(arguments if arguments is not None else sys.argv[1:], prog_name="pollmesh demo")


if __name__ == "__main__":
    main()
