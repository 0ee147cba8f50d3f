"""Keeping a peripheral running in a test, steering a simulated one, waiting for what must come."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from hw.peripheral import Peripheral

LIMIT_S = 15.0
"""A busy computer is slow; what takes longer than this has failed."""

LOOK_S = 0.01


async def until(condition: Callable[[], bool]) -> None:
    """Return once `condition` holds; TimeoutError if it never does."""
    async with asyncio.timeout(LIMIT_S):
        while not condition():
            await asyncio.sleep(LOOK_S)


@contextlib.asynccontextmanager
async def kept(peripheral: Peripheral) -> AsyncIterator[None]:
    """The peripheral runs inside the block; what it dies of fails the test."""
    running = asyncio.create_task(peripheral.run())
    try:
        yield
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def steer(path: Path, **command: Any) -> dict[str, Any]:
    """One command to a simulated peripheral, and its answer."""
    await until(path.exists)
    reader, writer = await asyncio.open_unix_connection(path)
    try:
        writer.write(json.dumps(command).encode() + b"\n")
        answer: dict[str, Any] = json.loads(await reader.readline())
        return answer
    finally:
        writer.close()


async def done(path: Path, **command: Any) -> None:
    """The same, for commands that a simulated peripheral must know."""
    answer = await steer(path, **command)
    assert "problem" not in answer, answer


def free_port() -> int:
    """A loopback TCP port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port
