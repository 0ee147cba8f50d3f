"""The command line's manners: data on stdout, words on stderr, one sentence for a failure.

with plain_errors():                    # a missing file is a sentence, not a traceback
    with progress("Locking keys", 24) as advance:
        ...
        advance()
"""

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from sync.errors import MeshError
from sync.trust import Trust, parse_trust

FAILED = 1
ORIGIN_UNKNOWN = 3

Advance = Callable[[int], None]

_FINGERPRINT = re.compile(r"\s*(executive|supervisory)\s*[:=]", re.IGNORECASE)


def say(message: str) -> None:
    """A sentence for the person at the terminal."""
    typer.echo(message, err=True)


def fail(message: str, code: int = FAILED) -> NoReturn:
    """Say why and end the command."""
    say(message)
    raise typer.Exit(code)


def print_json(value: Any) -> None:
    """One object on one line of stdout."""
    typer.echo(msgspec.json.encode(value).decode())


def tables() -> Console:
    """Where tables go: stdout."""
    return Console(highlight=False, markup=False)


def plain_table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """Columns without frames: what is copied from a terminal stays readable. No names: no head."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=any(columns))
    for name in columns:
        table.add_column(name, justify="right" if name in right else "left", overflow="fold")
    return table


def put(console: Console, table: Table) -> None:
    """Print a table without blanks at the ends of its lines."""
    with console.capture() as caught:
        console.print(table)
    lines = caught.get().splitlines()
    console.print("\n".join(line.rstrip() for line in lines), soft_wrap=True)


def counted(count: int, what: str) -> str:
    """ "1 entry", "2 entries": a count with its word."""
    if count == 1:
        return f"1 {what}"
    return f"{count} {what[:-1]}ies" if what.endswith("y") else f"{count} {what}s"


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what can go wrong with files and formats into sentences and exit code 1."""
    try:
        yield
    except MeshError as error:
        fail(str(error))
    except UnicodeDecodeError as error:
        fail(f"not UTF-8 text at byte {error.start}: choose the right file, or save it as UTF-8.")
    except OSError as error:
        name = error.filename if isinstance(error.filename, str | os.PathLike) else ""
        reason = (error.strerror or str(error)).lower()
        fail(f"{os.fspath(name) or 'file'}: {reason}. Check the path and its permissions.")


@contextmanager
def progress(label: str, total: int) -> Iterator[Advance]:
    """A bar on stderr; call the value with how many steps were done. Silent without a terminal."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(label, total=total)
        yield lambda steps: bar.advance(task, steps)


def read_pin(pin_file: Path | None, whose: str) -> str:
    """The PIN from a file (an envelope, or a bare PIN), or typed without echo."""
    if pin_file is None and not sys.stdin.isatty():
        fail(f"There is no terminal to ask for the PIN of the {whose}. Give --pin-file.")
    if pin_file is None:
        return str(typer.prompt(f"PIN for the {whose}", hide_input=True, err=True))
    lines = [line.strip() for line in pin_file.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        if line.startswith("PIN:"):
            return line.removeprefix("PIN:").strip()
    filled = [line for line in lines if line]
    if len(filled) != 1:
        fail(f"{pin_file}: no PIN. The file has one line 'PIN: …' or nothing but the PIN.")
    return filled[0]


def read_trust(values: list[str]) -> Trust:
    """Fingerprints from `--trust`: each value is `executive=…` or the path of a ceremony sheet."""
    return parse_trust(
        value if _FINGERPRINT.match(value) else Path(value).read_text(encoding="utf-8")
        for value in values
    )
