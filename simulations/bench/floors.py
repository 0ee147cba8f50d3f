"""What this machine can do at best, measured now: hash, verify, sync to disk, go there and back."""

import asyncio
import hashlib
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sync.signing import Signer, is_signed_raw

ROUNDS = 2_000


def per_second(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """How often `work` runs in a second."""
    began = time.perf_counter()
    for _ in range(rounds):
        work()
    return rounds / (time.perf_counter() - began)


def hashes_per_second() -> float:
    """SHA-256 of 200 bytes."""
    data = bytes(200)
    return per_second(lambda: hashlib.sha256(data).digest(), 200_000)


def verifies_per_second() -> float:
    """Ed25519 verifications of 200 bytes."""
    signer, data = Signer(bytes(32)), bytes(200)
    signature, public = signer.sign_raw(data), signer.public
    return per_second(lambda: is_signed_raw(public, data, signature))


def disk_sync_ms(folder: Path) -> float:
    """One append of 300 bytes and fdatasync, median of 200, in milliseconds."""
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        times = []
        for _ in range(200):
            began = time.perf_counter()
            os.write(file.fileno(), bytes(300))
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - began) * 1000)
    return sorted(times)[100]


async def round_trip_ms() -> float:
    """200 bytes over loopback TCP and back, median of 500, in milliseconds."""

    ended = asyncio.Event()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            writer.write(data)
        writer.close()
        ended.set()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
    times = []
    for _ in range(500):
        began = time.perf_counter()
        writer.write(bytes(200))
        await reader.readexactly(200)
        times.append((time.perf_counter() - began) * 1000)
    writer.close()
    await ended.wait()
    server.close()
    return sorted(times)[250]
