"""The real avahi-daemon on one computer of a test's network, with a message bus of its own.

    with avahi(net, "printer", folder) as daemon:
        daemon.browse()                          what avahi-browse lists of _pollmesh._tcp
        daemon.publish("a-desk-2-1f3c9a2b", 7420, "station=a-desk-2")

Bus, daemon and their files live in `folder`; they are started here and only they are ended.
"""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.peers.lan import Lan

START_S = 20
_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/>
<allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>
"""
_DAEMON = """[server]
host-name=elsewhere
use-ipv4=yes
use-ipv6=no
allow-interfaces=e0
enable-dbus=yes
[publish]
publish-workstation=no
[rlimits]
"""


class Avahi:
    """One avahi-daemon and its tools."""

    def __init__(self, net: Lan, name: str, folder: Path) -> None:
        bus = folder / "bus"
        self._inside = ("ip", "netns", "exec", net.namespace(name))
        self._environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={bus}"}
        self._running: list[subprocess.Popen[bytes]] = []
        self._bus = bus

    def start(self, folder: Path) -> None:
        """Start bus and daemon and wait until they answer."""
        bus = self._bus
        (folder / "bus.conf").write_text(_BUS.format(path=bus), "utf-8")
        (folder / "avahi.conf").write_text(_DAEMON, "utf-8")
        Path("/run/avahi-daemon").mkdir(exist_ok=True)
        self._start("dbus-daemon", f"--config-file={folder / 'bus.conf'}", "--nofork")
        _until(bus.exists)
        self._start(
            *("avahi-daemon", f"--file={folder / 'avahi.conf'}", "--no-drop-root"),
            *("--no-rlimits", "--no-chroot"),
        )
        _until(lambda: self._tool("avahi-browse", "-t", "_none._tcp").returncode == 0)

    def browse(self) -> list[list[str]]:
        """Every resolved `_pollmesh._tcp` service: the fields of avahi-browse's parsable lines."""
        listed = self._tool("avahi-browse", "-rtp", "_pollmesh._tcp").stdout
        lines = (line.split(";") for line in listed.splitlines())
        return [fields for fields in lines if fields[0] == "="]

    def publish(self, name: str, port: int, *texts: str) -> None:
        """Announce a service until the end."""
        self._start("avahi-publish-service", name, "_pollmesh._tcp", str(port), *texts)

    def close(self) -> None:
        """End what was started here."""
        for process in reversed(self._running):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self, *words: str) -> None:
        quiet = subprocess.DEVNULL
        self._running.append(
            subprocess.Popen(
                [*self._inside, *words], env=self._environment, stdout=quiet, stderr=quiet
            )
        )

    def _tool(self, *words: str) -> "subprocess.CompletedProcess[str]":
        line = [*self._inside, *words]
        return subprocess.run(
            line, env=self._environment, capture_output=True, text=True, timeout=30, check=False
        )


@contextlib.contextmanager
def avahi(net: Lan, name: str, folder: Path) -> Iterator[Avahi]:
    """A running daemon on a computer of `net`; skips the test where it is not installed."""
    tools = ("dbus-daemon", "avahi-daemon", "avahi-browse", "avahi-publish-service")
    if missing := [tool for tool in tools if shutil.which(tool) is None]:
        pytest.skip(f"{', '.join(missing)} not installed: no real multicast DNS daemon")
    daemon = Avahi(net, name, folder)
    try:
        daemon.start(folder)
        yield daemon
    finally:
        daemon.close()


def _until(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + START_S
    while not condition():
        assert time.monotonic() < deadline_s, "the daemon did not start"
        time.sleep(0.05)
