"""Real upsd with real dummy-ups drivers, on a loopback port, in a folder of its own.

Each UPS is a file of variables that dummy-ups reads at start; `say` changes them over upsd's SET.
"""

import asyncio
import contextlib
import getpass
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.peers.waiting import LIMIT_S, free_port, until

PROGRAMS = Path("/lib/nut")
"""Debian's /usr/sbin/upsd is a script that asks /etc/nut whether it may."""

WHY_NOT = (
    None
    if all((PROGRAMS / name).exists() for name in ("upsd", "dummy-ups"))
    else "needs nut-server and nut-client of Debian"
)

_FULL = {"ups.status": "OL", "battery.charge": "100", "battery.runtime": "3600"}
_STALE_S = 2

DRIVER_S = 2.5
"""dummy-ups takes up a SET once a second."""


class NutServer:
    """upsd and one dummy-ups for each name."""

    def __init__(self, folder: Path, names: tuple[str, ...]) -> None:
        self.names = names
        self.port = free_port()
        self._folder = folder
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._write_configuration()

    @property
    def address(self) -> str:
        """As the settings want it after the @."""
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Every driver, then upsd."""
        for name in self.names:
            await self.start_driver(name)
        await self.start_upsd()

    @property
    def is_running(self) -> bool:
        """Is upsd?"""
        return "upsd" in self._processes

    async def start_upsd(self) -> None:
        """upsd alone; returns when every UPS of a running driver has said something."""
        self._start("upsd", "upsd")
        for name in self.names:
            if name in self._processes:
                await until(lambda name=name: self._value(name, "ups.status") not in ("", "WAIT"))

    async def start_driver(self, name: str) -> None:
        """One driver; returns when it listens for upsd."""
        (self._folder / f"dummy-ups-{name}").unlink(missing_ok=True)
        self._start(name, "dummy-ups", "-a", name, "-i", "1")
        await until((self._folder / f"dummy-ups-{name}").exists)

    def freeze_driver(self, name: str) -> None:
        """The driver still runs but says nothing, as when it waits for a cable."""
        self._processes[name].send_signal(signal.SIGSTOP)

    def thaw_driver(self, name: str) -> None:
        """It speaks again."""
        self._processes[name].send_signal(signal.SIGCONT)

    async def say(self, name: str, **variables: object) -> None:
        """Variables of one UPS, `ups_status="OB LB"` for ups.status; returns when upsd tells them.

        A driver that has just met its upsd may lose a SET, so it is repeated.
        """
        wanted = {key.replace("_", "."): str(value) for key, value in variables.items()}
        async with asyncio.timeout(LIMIT_S):
            while missing := {k: v for k, v in wanted.items() if self._value(name, k) != v}:
                for variable, value in missing.items():
                    self._set(name, variable, value)
                await self._told(name, missing)

    async def _told(self, name: str, wanted: dict[str, str]) -> None:
        """Until upsd tells them, or the driver should have come round to it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRIVER_S):
                while any(self._value(name, key) != value for key, value in wanted.items()):
                    await asyncio.sleep(0.05)

    def _set(self, name: str, variable: str, value: str) -> None:
        address = f"{name}@{self.address}"
        subprocess.run(
            ["upsrw", "-s", f"{variable}={value}", "-u", "steer", "-p", "steer", address],
            env=self._environment(),
            check=False,
            capture_output=True,
            timeout=10,
        )

    def stop(self, name: str = "upsd") -> None:
        """End upsd, or one driver."""
        process = self._processes.pop(name)
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(10)

    def stop_all(self) -> None:
        """End whatever runs."""
        for name in list(self._processes):
            self.stop(name)

    def _value(self, name: str, variable: str) -> str:
        """A variable as upsc prints it; empty if upsd does not tell."""
        done = subprocess.run(
            ["upsc", f"{name}@{self.address}", variable],
            env=self._environment(),
            check=False,
            capture_output=True,
            text=True,
            timeout=10,
        )
        return done.stdout.strip()

    def _start(self, key: str, program: str, *words: str) -> None:
        with open(self._folder / f"{key}.log", "ab") as log:
            self._processes[key] = subprocess.Popen(
                # -D stays in the foreground and logs.
                [str(PROGRAMS / program), *words, "-u", getpass.getuser(), "-F", "-D"],
                env=self._environment(),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )

    def _environment(self) -> dict[str, str]:
        names = ("NUT_CONFPATH", "NUT_STATEPATH", "NUT_PIDPATH", "NUT_ALTPIDPATH")
        return {**os.environ, **dict.fromkeys(names, str(self._folder))}

    def _write_configuration(self) -> None:
        sections = ["maxretry = 1"]
        for name in self.names:
            sections.append(f"[{name}]\ndriver = dummy-ups\nport = {name}.dev\nmode = dummy-once")
            lines = [f"{variable}: {value}" for variable, value in _FULL.items()]
            self._write(f"{name}.dev", "\n".join(lines))
        self._write("ups.conf", "\n".join(sections))
        self._write("upsd.conf", f"LISTEN 127.0.0.1 {self.port}\nMAXAGE {_STALE_S}")
        self._write("upsd.users", "[steer]\npassword = steer\nactions = SET")

    def _write(self, name: str, text: str) -> None:
        path = self._folder / name
        path.write_text(text + "\n")
        path.chmod(0o600)


@contextlib.contextmanager
def nut_server(*names: str) -> Iterator[NutServer]:
    """Not started; everything that was started is ended at the end.

    In /tmp itself: the path of a driver's Unix socket must stay short.
    """
    with tempfile.TemporaryDirectory(prefix="nut-") as folder:
        server = NutServer(Path(folder), names)
        try:
            yield server
        finally:
            server.stop_all()
