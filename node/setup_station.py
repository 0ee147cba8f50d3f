"""The station that the setup wizard looks at: asked on its socket, or started for as long as it is
open, so that joining the others can be watched.

A station started here is a process of its own, the same that `pollmesh station run FOLDER` starts.
"""

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

import aiohttp
import msgspec

from node.local_client import SOCKET_FILE
from node.station_files import read_settings
from sync.encoding import canonical
from sync.errors import MeshError
from sync.outcomes import Done, Refused
from sync.setup_views import ClockView, JoinView
from sync.views import StationView

QUICK_S = 2.0
TEST_S = 120.0
STOP_S = 15.0
CLOCK_ALARM = "The clock of "
WORDS_LETTERS_MAX = 400
_NOTE_BYTES = 4000


def own_environment() -> dict[str, str]:
    """This process's environment, in which the project's own programs are found."""
    root = str(Path(__file__).resolve().parent.parent)
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


class SetupStation:
    """One folder's station, running or not."""

    def __init__(self, folder: Path, notes: Path) -> None:
        self.folder = folder
        self._notes = notes
        self._process: asyncio.subprocess.Process | None = None

    async def status(self) -> StationView | None:
        """What the running station says of itself; None if none runs."""
        data = await self._ask("GET", "/status", None, QUICK_S)
        try:
            return msgspec.json.decode(data, type=StationView) if data else None
        except msgspec.DecodeError:
            return None

    async def test(self, kind: str) -> Done | Refused:
        """Let the running station try one of its peripherals."""
        data = await self._ask("POST", "/hardware/test", {"name": kind}, TEST_S)
        if not data:
            return Refused("no-answer", "The station stopped answering. Start it and try again.")
        return msgspec.json.decode(data, type=Done | Refused)

    async def start(self) -> Done | Refused:
        """Run the station until `stop`."""
        if self._process is not None and self._process.returncode is None:
            return Refused("running", "The station was started here already.")
        if await self.status() is not None:
            return Refused("running", "The station runs already.")
        with self._notes.open("wb") as notes:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "node", "station", "run", str(self.folder)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=notes,
                env=own_environment(),
                start_new_session=True,
            )
        return Done("The station is starting. It stops when setup is left.")

    async def stop(self) -> Done | Refused:
        """End a station that was started here; no other."""
        process = self._process
        if process is None or process.returncode is not None:
            return Refused("not-ours", "No station was started here. Whoever started it stops it.")
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), STOP_S)
        except TimeoutError:
            process.kill()
            await process.wait()
        self._process = None
        return Done("The station is stopped.")

    def join_view(self, status: StationView | None) -> JoinView:
        """The station among the others."""
        addresses: tuple[str, ...] = ()
        with contextlib.suppress(MeshError, OSError):
            addresses = tuple(
                f"{name} {address}" for name, address in read_settings(self.folder).peers
            )
        is_own = self._process is not None and self._process.returncode is None
        peers = status.peers if status else ()
        return JoinView(status is not None, is_own, peers, addresses, self._words())

    def _words(self) -> str:
        """Why a station that was started here has ended; empty if it has not."""
        if self._process is None or self._process.returncode in (None, 0, -signal.SIGTERM):
            return ""
        said = self._notes.read_bytes()[-_NOTE_BYTES:].decode(errors="replace").strip()
        last = said.splitlines()[-1] if said else f"It ended with {self._process.returncode}."
        return last[:WORDS_LETTERS_MAX]

    async def _ask(self, method: str, path: str, body: object, limit_s: float) -> bytes:
        """The answer's bytes; none if nobody answers well."""
        socket = self.folder / SOCKET_FILE
        if not socket.exists():
            return b""
        connector = aiohttp.UnixConnector(str(socket))
        timeout = aiohttp.ClientTimeout(limit_s)
        data = None if body is None else canonical(body)
        try:
            async with (
                aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
                session.request(method, f"http://station{path}", data=data) as response,
            ):
                return await response.read() if response.status == 200 else b""
        except (TimeoutError, aiohttp.ClientError, OSError):
            return b""


def clock_view(now_ms: int, source: str, status: StationView | None) -> ClockView:
    """The clock, with what the running station has noticed about others'."""
    alarms = status.alarms if status else ()
    return ClockView(now_ms, source, tuple(a for a in alarms if a.startswith(CLOCK_ALARM)))


async def clock_source() -> str:
    """Does a time server set this computer's clock? yes, no or unknown."""
    try:
        process = await asyncio.create_subprocess_exec(
            *("timedatectl", "show", "--property=NTPSynchronized", "--value"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return "unknown"
    try:
        out, _ = await asyncio.wait_for(process.communicate(), QUICK_S)
    except TimeoutError:
        process.kill()
        await process.wait()
        return "unknown"
    return {b"yes": "yes", b"no": "no"}.get(out.strip(), "unknown")
