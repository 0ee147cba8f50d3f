"""`python -m tui desk|supervisor SOCKET`: start a screen on a node's socket."""

import argparse
import os
from pathlib import Path

from tui.client import NodeClient
from tui.desk_app import DeskApp
from tui.looks import settings_file
from tui.supervisor_screen import SupervisorApp
from tui.text_order import TEXT_ORDERS

SOCKET_NAME = "node.sock"
TEXT_ORDER_VARIABLE = "POLLMESH_TEXT_ORDER"


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and run the screen until the worker leaves it."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.text_order not in TEXT_ORDERS:
        parser.error(f"{TEXT_ORDER_VARIABLE} is '{chosen.text_order}': use visual or logical.")
    client = NodeClient(socket_of(Path(chosen.socket)))
    app_type = DeskApp if chosen.screen == "desk" else SupervisorApp
    app_type(client, chosen.text_order, settings=settings_file()).run()


def socket_of(path: Path) -> Path:
    """The socket itself; for a station's folder the one that its node keeps there."""
    return path / SOCKET_NAME if path.is_dir() else path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pollmesh",
        description="The screens of a polling station. They talk to the station's node only.",
    )
    parser.add_argument("screen", choices=("desk", "supervisor"))
    parser.add_argument("socket", metavar="STATION_FOLDER", help="the station's folder")
    parser.add_argument(
        "--text-order",
        choices=TEXT_ORDERS,
        default=os.environ.get(TEXT_ORDER_VARIABLE, "visual"),
        help="visual: this program orders Persian itself; logical: the terminal does",
    )
    return parser


if __name__ == "__main__":
    main()
