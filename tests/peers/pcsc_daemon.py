"""A pcscd of the tests' own, with vpcd's two-slot readers on free ports; the system's is not met.

pcscd takes its socket from whoever started it, as systemd would hand it over (LISTEN_FDS), and
libpcsclite finds that socket by PCSCLITE_CSOCK_NAME. The library reads this name once a process,
so one process of tests has one socket path; the daemon behind it may stop and start.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import pytest

VPCD = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
READER = "Virtual PCD 00 00"
OTHER_READER = "Virtual PCD 00 01"
STOP_S = 3
HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execvp("pcscd", ["pcscd", "--foreground", "--config", sys.argv[2]])
"""
"""File 3 is the socket, and LISTEN_PID is who may take it: sd_listen_fds(3)."""


def absent() -> str | None:
    """Why there can be no pcscd here; None if there can."""
    if shutil.which("pcscd", path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None:
        return "needs pcscd (Debian: pcscd)"
    if not VPCD.exists():
        return "needs a virtual reader (Debian: vsmartcard-vpcd)"
    if os.geteuid() != 0:
        return "pcscd needs root"
    if find_spec("smartcard") is None:
        return "needs pyscard: make hardware"
    return None


@cache
def _kept_folder() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="pcsc-")


def _folder() -> Path:
    """One for this process of tests, short enough for a socket's name; gone when it ends."""
    return Path(_kept_folder().name)


class PcscDaemon:
    """pcscd with one vpcd reader of two slots, or with no reader."""

    def __init__(self) -> None:
        self.ports = _two_free_ports()
        self._socket = _folder() / "comm"
        self._process: subprocess.Popen[bytes] | None = None
        os.environ["PCSCLITE_CSOCK_NAME"] = str(self._socket)

    def start(self, has_reader: bool = True) -> None:
        """Start it, if it does not run."""
        if self._process is not None:
            return
        config = _folder() / "readers"
        config.mkdir(exist_ok=True)
        port = f"{self.ports[0]:#x}"
        lines = (
            'FRIENDLYNAME "Virtual PCD"',
            f"DEVICENAME /dev/null:{port}",
            f"LIBPATH {VPCD}",
            f"CHANNELID {port}",
        )
        (config / "vpcd").write_text("\n".join(lines) + "\n" if has_reader else "")
        self._socket.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(self._socket))
            listening.listen(16)
            self._process = subprocess.Popen(
                [sys.executable, "-ISc", HAND_OVER, str(listening.fileno()), str(config)],
                pass_fds=[listening.fileno()],
                env={**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin"},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, if it runs."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def pause(self) -> None:
        """It hangs."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """It does not hang any more."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def pcsc_daemon() -> Iterator[PcscDaemon]:
    """A daemon that runs, and ends with the block; the test is skipped where there is none."""
    if reason := absent():
        pytest.skip(reason)
    daemon = PcscDaemon()
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.stop()


PAIRS = count()
"""Every daemon of this process takes other ports: those of the one before may still close."""


def _two_free_ports() -> tuple[int, int]:
    """vpcd's second slot listens on the port after the first's.

    Below the ports that the system gives away, and apart from those of a process beside this one,
    which must not take them while a daemon is stopped for a while.
    """
    mine = 20000 + os.getpid() % 60 * 200
    for _ in range(100):
        first = mine + next(PAIRS) % 100 * 2
        with socket.socket() as one, socket.socket() as two, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", first))
            two.bind(("127.0.0.1", first + 1))
            return first, first + 1
    raise AssertionError("no two free ports")
