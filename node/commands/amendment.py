"""`pollmesh amendment`: what may still change on the day, made and signed by both authorities.

    pollmesh amendment new PACKAGE a1.json --reason "Queues." --hours OPENS..CLOSES
    pollmesh amendment sign a1.json --package PACKAGE --key EXECUTIVE.key
    pollmesh amendment sign a1.json --package PACKAGE --key SUPERVISORY.key
    pollmesh amendment give STATION_FOLDER a1.json

One station is enough: the others take it from there before they say anything else.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from node.clock import now_ms
from node.commands.package import Json, PinFile, open_key
from node.order_files import read_order, write_order
from node.package_files import check_folder, load_package
from node.terminal import fail, plain_errors, print_json, read_trust, say
from sync.encoding import canonical, decode
from sync.errors import PackageError, VerifyError
from sync.mesh_entries import SpareCalled
from sync.minutes import minute_text
from sync.note import NoteSignature, parse_note
from sync.orders import (
    Amendment,
    Change,
    HoursChanged,
    Order,
    Orders,
    SparePutToWork,
    StationRevoked,
    amendment_note,
    amendment_text,
    change_problem,
    sign_amendment,
)
from sync.outcomes import Done, Refused
from sync.package import Hours, Package

app = typer.Typer(no_args_is_help=True, help="Make, sign and hand out changes of the day.")
MINUTE = "%Y-%m-%dT%H:%MZ"

File = Annotated[Path, typer.Argument(help="The amendment's file.")]
PackageFolder = Annotated[Path, typer.Option(help="The package's folder.")]


@app.callback()
def amendment() -> None:
    """Make, sign and hand out changes of the day."""


@app.command()
def new(
    package: Annotated[Path, typer.Argument(help="The package's folder.")],
    file: File,
    reason: Annotated[str, typer.Option(help="Why, in words; everybody reads it.")],
    hours: Annotated[
        list[str] | None, typer.Option(help="The hours as they are now: OPENS..CLOSES. Repeat.")
    ] = None,
    spare: Annotated[
        list[str] | None, typer.Option(help="Put a spare to work: SPARE=PLACE. Repeat.")
    ] = None,
    revoke: Annotated[
        list[str] | None,
        typer.Option(help="Nothing counts in this log from entry SIZE on: STATION=SIZE. Repeat."),
    ] = None,
    after: Annotated[
        list[Path] | None, typer.Option(help="Every amendment before this one, signed. Repeat.")
    ] = None,
) -> None:
    """Write an amendment for both authorities to sign."""
    with plain_errors():
        made = load_package(package)
        orders = Orders(made)
        for path in after or ():
            orders = orders.take(read_order(path))
        changes = tuple(_changes(hours or [], spare or [], revoke or []))
        if not changes:
            fail("Nothing changes: give --hours, --spare or --revoke.")
        for change in changes:
            if problem := change_problem(orders.effective(), change):
                fail(f"This cannot be: {problem}.")
        last = orders.amendments[-1].digest if orders.amendments else made.base_hash
        number = len(orders.amendments) + 1
        amended = Amendment(
            made.day, made.base_hash, number, last, minute_text(now_ms()), reason, changes
        )
        data = canonical(amended)
        decode(data, Amendment, str(file))
        if file.exists():
            raise PackageError([f"{file}: is here already. Choose another name."])
        write_order(file, Order(data))
    typer.echo(f"amendment {number}  {amended.digest.hex()}")
    say(f"Next: both authorities run 'pollmesh amendment sign {file} --package {package}'.")


@app.command()
def sign(
    file: File,
    package: PackageFolder,
    key: Annotated[Path, typer.Option(help="The authority's key file.")],
    pin_file: PinFile = None,
) -> None:
    """Sign an amendment as one authority; compare its digest with the other one aloud."""
    with plain_errors():
        made, order = load_package(package), read_order(file)
        amended = decode(order.body, Amendment, str(file))
        say(f"Signing amendment {amended.number} of {amended.day}: {amended.reason}")
        for change in amended.changes:
            say(f"  {words_of(change)}")
        opened = open_key(key, pin_file)
        if opened.holder.authority is None:
            fail(f"{key}: is no authority's key.")
        line = sign_amendment(made, amended, opened.holder.authority, opened.signer)
        others = [one for one in _lines(order) if one.name != line.name]
        write_order(file, Order(order.body, amendment_note(amended, (*others, line))))
    typer.echo(f"amendment {amended.number}  {amended.digest.hex()}")
    say(f"Signed by the {opened.holder.authority} authority.")


@app.command()
def show(
    file: File,
    package: PackageFolder,
    trust: Annotated[
        list[str] | None, typer.Option(help="The ceremony sheet. Repeat for two lines.")
    ] = None,
    json: Json = False,
) -> None:
    """Show what an order says and whether it holds. Exit 0: it does; 1: it does not."""
    with plain_errors():
        made = check_folder(package, read_trust(trust) if trust else None, with_roll=False).package
        order = read_order(file)
        said = _read(order, file)
        problem = _problem(made, order, said)
    if json:
        print_json({"order": said, "holds": not problem, "problem": problem})
    elif isinstance(said, Amendment):
        typer.echo(f"amendment {said.number} of {said.day}, {said.minute}: {said.reason}")
        for change in said.changes:
            typer.echo(f"  {words_of(change)}")
    else:
        typer.echo(f"{said.spare} is called to {said.at}, {said.minute}")
    if problem:
        fail(f"It does not hold: {problem}.")
    say("It holds, as far as it can be seen without the amendments before it.")


@app.command()
def give(
    folder: Annotated[Path, typer.Argument(help="A station's folder on this computer.")],
    file: File,
) -> None:
    """Give an order to a station; the others take it from there."""
    with plain_errors():
        say(give_to(folder, read_order(file)))


def give_to(folder: Path, order: Order) -> str:
    """Hand an order to a station, running or not; its words. MeshError or exit if it refuses."""
    from node.local_client import ask_node
    from node.lock import is_locked

    if is_locked(folder):
        answer = msgspec.json.decode(ask_node(folder, "/orders", order), type=Done | Refused)
        if isinstance(answer, Refused):
            fail(answer.words)
        return answer.words
    return _keep(folder, order)


def _keep(folder: Path, order: Order) -> str:
    """Write an order into the store of a station that does not run."""
    from node.lock import only_one
    from node.store import STORE_FILE, Store
    from sync.effects import PersistOrder

    with only_one(folder):
        package = load_package(folder)
        store = Store(folder / STORE_FILE)
        try:
            known = store.orders()
            if order in known:
                return "This is in force here already."
            Orders(package).take_all(known).take(order)
            store.commit([PersistOrder(order)])
        finally:
            store.close()
    return "Taken. The station goes by it when it starts."


def words_of(change: Change) -> str:
    """One change in a worker's words."""
    match change:
        case HoursChanged(hours):
            return "hours are now " + ", ".join(f"{h.opens} to {h.closes}" for h in hours)
        case SparePutToWork(spare, at):
            return f"{spare} works at {at}"
        case StationRevoked(station, _, size):
            return f"nothing counts in the log of {station} from entry {size} on"
        case _:
            return f"{len(change.lines)} voters are added to the roll"


def _changes(hours: list[str], spares: list[str], revoked: list[str]) -> Iterator[Change]:
    if hours:
        yield HoursChanged(tuple(_hours(text) for text in hours))
    for text in spares:
        name, _, at = text.partition("=")
        yield SparePutToWork(name, at)
    for text in revoked:
        name, _, size = text.partition("=")
        if not size.isascii() or not size.isdigit():
            fail(f"--revoke {text}: write STATION=SIZE, the number of entries that still count.")
        yield StationRevoked(name, 0, int(size))


def _hours(text: str) -> Hours:
    opens, _, closes = text.partition("..")
    for minute in (opens, closes):
        try:
            datetime.strptime(minute, MINUTE).replace(tzinfo=UTC)
        except ValueError:
            fail(f"--hours {text}: write OPENS..CLOSES in UTC, like 2026-11-27T04:30Z.")
    return Hours(opens, closes)


def _lines(order: Order) -> tuple[NoteSignature, ...]:
    return parse_note(order.note, "signatures").signatures if order.note else ()


def _read(order: Order, file: Path) -> Amendment | SpareCalled:
    if b'"kind":"SpareCalled"' in order.body[:40]:
        return decode(order.body, SpareCalled, str(file))
    return decode(order.body, Amendment, str(file))


def _problem(package: Package, order: Order, said: Amendment | SpareCalled) -> str:
    """Why it does not hold by itself; an amendment may follow others that are not at hand."""
    try:
        if isinstance(said, Amendment) and said.number > 1:
            text = amendment_text(said)
            if not order.note.decode().startswith(text):
                return "the signatures are for another text"
            return ""
        Orders(package).take(order)
    except VerifyError as error:
        return str(error)
    return ""
