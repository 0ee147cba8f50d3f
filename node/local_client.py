"""Asking a node on its Unix socket, for commands that run beside it on the same computer."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp

from node.station_files import station_problem
from sync.encoding import canonical
from sync.errors import MeshError

SOCKET_FILE = "node.sock"
TIMEOUT_S = 60


class NotRunningError(MeshError):
    """Nobody answers on the station's socket."""


def ask_node(folder: Path, path: str, body: Any = None, limit_s: float = TIMEOUT_S) -> bytes:
    """GET `path`, or POST `body` as JSON; the answer's bytes. MeshError if there is none."""
    return asyncio.run(_ask(folder / SOCKET_FILE, path, body, limit_s))


async def _ask(socket: Path, path: str, body: Any, limit_s: float) -> bytes:
    connector = aiohttp.UnixConnector(str(socket))
    timeout = aiohttp.ClientTimeout(limit_s)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        try:
            if body is None:
                response = await session.get(f"http://station{path}")
            else:
                response = await session.post(f"http://station{path}", data=canonical(body))
            data = await response.read()
        except (aiohttp.ClientConnectionError, OSError, TimeoutError):
            raise NotRunningError(
                station_problem(socket.parent)
                or f"The station in {socket.parent} does not answer. "
                f"Start it: pollmesh station run {socket.parent}"
            ) from None
    if response.status != 200:
        raise MeshError(f"The station answered {response.status}: {data.decode()[:200]}")
    return data
