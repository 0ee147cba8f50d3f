"""`pollmesh setup`: the wizard. This process does the work and answers; the screen is another
program, started on this terminal, that reaches it by a socket only the same user can open.
"""

import asyncio
import signal
import sys
import tempfile
from pathlib import Path

import typer
from aiohttp import web

from node.commands.station import Folder
from node.commands.station import app as station_app
from node.terminal import fail, plain_errors

SOCKET_FILE = "setup.sock"


def setup_command(folder: Folder) -> None:
    """Set a station up, or look at how it is set up: language, station, peripherals, clock, join.

    It can be run again at any time and changes only what is chosen. The folder may be a new one.
    """
    if folder.exists() and not folder.is_dir():
        fail(f"{folder} is a file. Give the station's folder; it may be a new one.")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        fail(
            "This screen needs a terminal. Without one: pollmesh station enrol, station install, "
            "hardware list; settings are in station.toml."
        )
    with plain_errors():
        raise typer.Exit(asyncio.run(_serve_screen(folder)))


async def _serve_screen(folder: Path) -> int:
    """Answer the screen until it ends; its exit code."""
    from node.setup_api import SetupApi  # loads the database library
    from node.setup_station import own_environment

    # Ctrl-C belongs to the screen.
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, lambda: None)
    with tempfile.TemporaryDirectory(prefix="pollmesh-setup-") as work:
        api = SetupApi(folder, Path(work), _can_adopt())
        runner = web.AppRunner(api.app(), access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            socket = Path(work) / SOCKET_FILE
            await web.UnixSite(runner, str(socket)).start()
            socket.chmod(0o600)
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tui.setup_app", str(socket)), env=own_environment()
            )
            return await process.wait()
        finally:
            await api.close()
            await runner.cleanup()


def _can_adopt() -> bool:
    """Has this version a command that fills a spare from its siblings?"""
    return any(command.name == "adopt" for command in station_app.registered_commands)
