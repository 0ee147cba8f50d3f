"""Orders as files: what authorities make, what goes by hand, what lies in pulled state.

amendment.json          {"body":"…","note":"…"}: one order (`sync.orders`), bytes in base64

orders/1.json           in pulled state: the orders that the source goes by, as they came there
orders/2.json
"""

from collections.abc import Iterator
from pathlib import Path

from node.plain_files import is_folder, read_plain, shown
from sync.encoding import canonical, decode
from sync.errors import DecodeError, MeshError, PackageError
from sync.limits import AMENDMENTS_MAX, NOTE_BYTES_MAX, ORDER_BYTES_MAX
from sync.mesh_entries import AmendmentTaken
from sync.orders import Order, Orders
from sync.package import Package
from sync.position import Fault

ORDERS = "orders"
_TAKEN = b'{"kind":"AmendmentTaken",'
ORDER_FILE_BYTES_MAX = 2 * (ORDER_BYTES_MAX + NOTE_BYTES_MAX)
"""Base64 and a little JSON around it."""

ORDERS_MAX = AMENDMENTS_MAX + 1_000
"""Amendments and called spares of one day."""


def read_order(path: Path, where: str = "") -> Order:
    """One order from its file; MeshError if it is none. Whether it holds `Orders.take` says."""
    where = where or str(path)
    return decode(read_plain(path, where, ORDER_FILE_BYTES_MAX), Order, where)


def write_order(path: Path, order: Order) -> None:
    """One order into a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(canonical(order))


def write_orders(folder: Path, orders: tuple[Order, ...]) -> None:
    """All orders of a state, in the order in which they came."""
    for number, order in enumerate(orders, start=1):
        write_order(folder / order_name(number), order)


def order_name(number: int) -> str:
    """The file of the order with this number, counted from 1."""
    return f"{ORDERS}/{number}.json"


def read_orders(folder: Path, package: Package) -> tuple[Orders, list[str]]:
    """The orders of a state and what is wrong with their files; each must hold by itself."""
    orders, problems = Orders(package), []
    for name in _names(folder):
        try:
            orders = orders.take(read_order(folder / name, name))
        except MeshError as error:
            problems.append(f"{shown(name)}: {error}")
    return orders, problems


def check_orders(package: Package, given: tuple[Order, ...], where: str) -> Orders:
    """Orders that a source sent; PackageError if one of them does not hold."""
    orders = Orders(package)
    for number, order in enumerate(given, start=1):
        try:
            orders = orders.take(order)
        except MeshError as error:
            raise PackageError([f"{where}: order {number}: {error}"]) from None
    return orders


def withheld(orders: Orders, origin: str, entries: list[bytes]) -> Iterator[Fault]:
    """Amendments that a log acknowledges and these orders lack."""
    held = {amendment.number: amendment.digest for amendment in orders.amendments}
    for index, data in enumerate(entries):
        if not data.startswith(_TAKEN):
            continue
        try:
            taken = decode(data, AmendmentTaken, "entry")
        except DecodeError:
            continue  # no entry at all, which the fold tells
        if held.get(taken.number) != taken.digest:
            words = (
                f"goes by an amendment {taken.number} that is not in {ORDERS}/: it was left out, "
                "or this station lies. Compare with another source"
            )
            yield Fault(origin, index, words)


def _names(folder: Path) -> Iterator[str]:
    if not is_folder(folder / ORDERS):
        return
    for number in range(1, ORDERS_MAX + 1):
        if not (folder / order_name(number)).exists():
            return
        yield order_name(number)
