"""Stations as processes, and asking them exactly as their screens and pages do."""

import asyncio
import contextlib
import signal
from typing import Any

import aiohttp

from simulations.demo.setting import DemoError, Setting, environment, pollmesh

READY_TIMEOUT_S = 60
ASK_TIMEOUT_S = 30


class Stations:
    """Every process of the day."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    async def start(self, name: str) -> None:
        """Start one station; its words go to node.log in its folder."""
        folder = self.setting.folder(name)
        with (folder / "node.log").open("ab") as log:
            self._processes[name] = await asyncio.create_subprocess_exec(
                *pollmesh("station", "run", folder), env=environment(), stdout=log, stderr=log
            )

    async def wait_ready(self, name: str) -> None:
        """Until the station answers on its socket; DemoError with its last words if it ends."""
        async with asyncio.timeout(READY_TIMEOUT_S):
            while True:
                process = self._processes[name]
                if process.returncode is not None:
                    words = (self.setting.folder(name) / "node.log").read_text("utf-8")[-1500:]
                    raise DemoError(f"{name} ended by itself ({process.returncode}):\n{words}")
                with contextlib.suppress(aiohttp.ClientError, OSError):
                    await self.ask(name, "/status")
                    return
                await asyncio.sleep(0.1)

    async def kill(self, name: str) -> None:
        """SIGKILL: no goodbye, nothing flushed."""
        self._processes[name].kill()
        await self._processes[name].wait()

    async def stop(self) -> None:
        """End every process that the demo started."""
        for session in self._sessions.values():
            await session.close()
        for process in self._processes.values():
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
        for process in self._processes.values():
            try:
                async with asyncio.timeout(10):
                    await process.wait()
            except TimeoutError:
                process.kill()

    def alive(self) -> list[str]:
        """Stations whose process runs."""
        return [name for name, process in self._processes.items() if process.returncode is None]

    async def ask(self, name: str, path: str, body: object | None = None) -> Any:
        """Ask a station on its Unix socket; the answer as JSON."""
        socket = self.setting.folder(name) / "node.sock"
        if name not in self._sessions:
            connector = aiohttp.UnixConnector(str(socket))
            timeout = aiohttp.ClientTimeout(ASK_TIMEOUT_S)
            self._sessions[name] = aiohttp.ClientSession(connector=connector, timeout=timeout)
        return await _json(self._sessions[name], f"http://station{path}", body)

    async def page(self, box: str, path: str, body: object) -> Any:
        """Ask a box's page endpoint, as the voter's browser does."""
        key = f"{box} page"
        if key not in self._sessions:
            self._sessions[key] = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(30))
        url = f"http://127.0.0.1:{self.setting.page_ports[box]}{path}"
        return await _json(self._sessions[key], url, body)


async def _json(session: aiohttp.ClientSession, url: str, body: object | None) -> Any:
    method = "GET" if body is None else "POST"
    async with session.request(method, url, json=body) as response:
        if response.status != 200:
            raise DemoError(f"{url}: {response.status} {(await response.text())[:300]}")
        return await response.json()
