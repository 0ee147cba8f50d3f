"""How a simulated peripheral is steered: a Unix socket, one JSON object a line, one answer a line.

    -> {"do": "scan", "text": "9990000018"}
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
    """Serve the steering socket until cancelled. A socket left over is replaced.

    OSError when something else stands in its place.
    """
    writers: set[asyncio.StreamWriter] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                line = await _line(reader)
                writer.write(json.dumps(_answer(steer, line)).encode() + b"\n")
                await writer.drain()
        writers.discard(writer)
        writer.close()

    server = await asyncio.start_unix_server(talk, socket, limit=LINE_BYTES_MAX)
    socket.chmod(0o600)
    try:
        # Not serve_forever: from Python 3.12 on it waits for connections that only we close.
        await asyncio.Event().wait()
    finally:
        server.close()
        for writer in writers:
            writer.close()
        socket.unlink(missing_ok=True)


async def _line(reader: asyncio.StreamReader) -> bytes | None:
    """The next line; None for one that is too long, of which nothing is kept."""
    fits = True
    while True:
        try:
            line = await reader.readuntil(b"\n")
        except asyncio.LimitOverrunError as error:
            fits = False
            await reader.readexactly(error.consumed)
        else:
            return line if fits else None


def _answer(steer: Steer, line: bytes | None) -> dict[str, Any]:
    if line is None:
        return {"problem": f"a command has at most {LINE_BYTES_MAX} bytes"}
    try:
        command = json.loads(line)
        if not isinstance(command, dict) or not isinstance(command.get("do"), str):
            raise ValueError('a command is an object with "do"')
        return {"did": command["do"], **(steer(command) or {})}
    except KeyError as error:
        return {"problem": f"{error.args[0]} is missing"}
    except (ValueError, TypeError, ArithmeticError, RecursionError) as error:
        return {"problem": str(error)}
