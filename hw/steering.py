"""How a simulated peripheral is steered: a Unix socket, one JSON object a line, one answer a line.

    -> {"do": "scan", "text": "9990000017"}
    <- {"did": "scan"}
    -> {"do": "fly"}
    <- {"problem": "a simulated scanner cannot fly"}

Only a training day takes simulated peripherals; the socket has mode 0600.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Steer = Callable[[dict[str, Any]], dict[str, Any] | None]
"""What a simulated device does with one command; ValueError in words if it cannot."""

LINE_BYTES_MAX = 64 * 1024


async def steered(socket: Path, steer: Steer) -> None:
    """Serve the steering socket until cancelled."""
    socket.unlink(missing_ok=True)
    writers: set[asyncio.StreamWriter] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        with contextlib.suppress(ConnectionError, ValueError):
            while line := await reader.readline():
                writer.write(json.dumps(_answer(steer, line)).encode() + b"\n")
                await writer.drain()
        writers.discard(writer)
        writer.close()

    server = await asyncio.start_unix_server(talk, socket, limit=LINE_BYTES_MAX)
    socket.chmod(0o600)
    try:
        await server.serve_forever()
    finally:
        for writer in writers:
            writer.close()
        socket.unlink(missing_ok=True)


def _answer(steer: Steer, line: bytes) -> dict[str, Any]:
    try:
        command = json.loads(line)
        if not isinstance(command, dict) or not isinstance(command.get("do"), str):
            raise ValueError('a command is an object with "do"')
        return {"did": command["do"], **(steer(command) or {})}
    except (ValueError, KeyError, TypeError) as error:
        return {"problem": str(error)}
