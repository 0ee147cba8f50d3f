"""A local network of real computers, as far as the kernel goes: one namespace each, on one bridge.

    with lan() as net:                       # skips the test where that cannot be had
        net.join("b-desk-1", "10.77.0.1")
        net.drop("b-desk-1", "b-desk-2")     # frames from the one to the other vanish
        net.unplug("b-desk-1"), net.plug("b-desk-1"), net.move("b-desk-1", "10.77.0.99")
        net.block_multicast(), net.heal()

The bridge has a namespace of its own, so nothing here touches the machine's own network. Stations
run in these namespaces as real processes (`LanStations`); their folders are shared, so their
screens' sockets are reached as always.
"""

import asyncio
import contextlib
import os
import shutil
import subprocess
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simulations.demo.setting import Setting, environment, pollmesh
from simulations.demo.stations import Stations

PORT = 7420
LOOK_S = 0.1
START_S = 200


class Lan:
    """Namespaces on one bridge. Names of stations are names of computers."""

    def __init__(self) -> None:
        self._tag = f"pm{os.getpid()}"
        self._hub = f"{self._tag}-hub"
        self._numbers: dict[str, int] = {}
        self.addresses: dict[str, str] = {}
        _run("ip", "netns", "add", self._hub)
        self._in_hub("ip", "link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
        self._in_hub("ip", "link", "set", "br0", "up")
        self.heal()

    def namespace(self, name: str) -> str:
        """The namespace of a computer."""
        return f"{self._tag}-{self._numbers[name]}"

    def join(self, name: str, address: str) -> None:
        """A computer with one cable to the bridge."""
        number = self._numbers[name] = len(self._numbers) + 1
        space, port = self.namespace(name), f"v{number}"
        _run("ip", "netns", "add", space)
        self._in_hub(
            *("ip", "link", "add", port, "type", "veth"),
            *("peer", "name", "e0", "netns", space),
        )
        self._in_hub("ip", "link", "set", port, "master", "br0", "up")
        self.on(name, "ip", "link", "set", "lo", "up")
        self.on(name, "ip", "link", "set", "e0", "up")
        self.addresses[name] = address
        self._address(name, "add")

    def on(self, name: str, *words: str) -> str:
        """Run a command on a computer; its stdout."""
        return _run("ip", "netns", "exec", self.namespace(name), *words)

    def move(self, name: str, address: str) -> None:
        """The computer has another address from now on, and not the one before."""
        self._address(name, "del")
        self.addresses[name] = address
        self._address(name, "add")

    def unplug(self, name: str) -> None:
        """Its cable is out."""
        self._in_hub("ip", "link", "set", f"v{self._numbers[name]}", "down")

    def plug(self, name: str) -> None:
        """Its cable is in again."""
        self._in_hub("ip", "link", "set", f"v{self._numbers[name]}", "up")

    def drop(self, sender: str, receiver: str) -> None:
        """Nothing passes from the one to the other any more; the other way it does."""
        near, far = self._numbers[sender], self._numbers[receiver]
        self._rule(f'iifname "v{near}" oifname "v{far}" drop')

    def lose(self, percent: int) -> None:
        """So many of all frames are lost, each way."""
        self._rule(f"numgen random mod 100 < {percent} drop")

    def block_multicast(self) -> None:
        """Multicast DNS passes no more; everything else does."""
        self._rule("ether type ip udp dport 5353 drop")

    def heal(self) -> None:
        """No frame is lost any more."""
        chain = "{ type filter hook forward priority 0; policy accept;\n}"
        self._in_hub("nft", "flush", "ruleset")
        self._in_hub("nft", f"table bridge lan {{ chain pass {chain}\n}}")

    def close(self) -> None:
        """Remove every namespace, and with them all interfaces."""
        for name in self._numbers:
            _run("ip", "netns", "del", self.namespace(name))
        _run("ip", "netns", "del", self._hub)

    def _address(self, name: str, what: str) -> None:
        self.on(name, "ip", "addr", what, f"{self.addresses[name]}/16", "dev", "e0")
        if what == "add":
            self.on(name, "ip", "route", "replace", "224.0.0.0/4", "dev", "e0")

    def _rule(self, words: str) -> None:
        self._in_hub("nft", f"add rule bridge lan pass {words}")

    def _in_hub(self, *words: str) -> str:
        return _run("ip", "netns", "exec", self._hub, *words)


@contextlib.contextmanager
def lan() -> Iterator[Lan]:
    """A network; skips the test where namespaces cannot be made."""
    if missing := [tool for tool in ("ip", "nft") if shutil.which(tool) is None]:
        pytest.skip(f"{' and '.join(missing)} not installed: no network of namespaces")
    if os.geteuid() != 0:
        pytest.skip("not root: no network of namespaces")
    try:
        net = Lan()
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no network of namespaces here: {error.stderr.strip()[:200]}")
    try:
        yield net
    finally:
        net.close()


class LanStations(Stations):
    """Stations of one province as processes, each on its own computer of a network."""

    def __init__(self, setting: Setting, net: Lan, names: Iterable[str]) -> None:
        super().__init__(setting)
        self.net = net
        self.names = list(names)
        for number, name in enumerate(self.names, start=1):
            net.join(name, f"10.77.0.{number}")
            self.settle(name)
            for file in setting.folder(name).glob("log.db*"):
                file.unlink()

    def settle(self, name: str, peers: Iterable[str] = ()) -> None:
        """Settings of a computer on a network: every interface, multicast DNS, these peers."""
        known = ", ".join(f'["{peer}", "{self.net.addresses[peer]}:{PORT}"]' for peer in peers)
        lines = [f'id = "{name}"', f"port = {PORT}", f"peers = [{known}]", "mdns = true"]
        lines += [f"page_port = {self.setting.page_ports.get(name, 0)}"]
        (self.setting.folder(name) / "station.toml").write_text("\n".join(lines) + "\n", "utf-8")

    async def start(self, name: str) -> None:
        folder = self.setting.folder(name)
        line = ["ip", "netns", "exec", self.net.namespace(name)]
        with (folder / "node.log").open("ab") as log:
            self._processes[name] = await asyncio.create_subprocess_exec(
                *line,
                *pollmesh("station", "run", folder),
                env=environment(),
                stdout=log,
                stderr=log,
            )

    async def start_all(self) -> None:
        """Start all, in the order of their names here, and wait until they answer."""
        for name in self.names:
            await self.start(name)
        async with asyncio.timeout(START_S):
            for name in self.names:
                while True:
                    try:
                        await self.wait_ready(name)
                        break
                    except TimeoutError:  # many at once on a busy computer
                        await asyncio.sleep(LOOK_S)

    async def peers(self, name: str) -> dict[str, dict[str, Any]]:
        """What a station's screen says of the others here."""
        status = await self.ask(name, "/status")
        return {p["station"]: p for p in status["peers"] if p["station"] in self.names}

    async def states(self, name: str) -> dict[str, str]:
        """The state of each of the others here."""
        return {peer: view["state"] for peer, view in (await self.peers(name)).items()}

    async def until(self, condition: Callable[[], Awaitable[bool]], limit_s: float = 40) -> float:
        """Wait until it holds; how many seconds that took. TimeoutError if it never does."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        async with asyncio.timeout(limit_s):
            while not await condition():
                await asyncio.sleep(LOOK_S)
        return loop.time() - began_s

    async def are_linked(self, *names: str) -> bool:
        """Are all these (none given: all) connected with each other?"""
        names = names or tuple(self.names)
        for name in names:
            states = await self.states(name)
            if any(states[other] != "connected" for other in names if other != name):
                return False
        return True

    async def have_converged(self) -> bool:
        """Are all connected, and is nothing waiting either way?"""
        for name in self.names:
            for view in (await self.peers(name)).values():
                if view["state"] != "connected" or view["waiting_in"] or view["waiting_out"]:
                    return False
        return True

    def pid(self, name: str) -> int:
        """The process of a station."""
        return self._processes[name].pid

    def cpu_s(self, name: str) -> float:
        """Seconds of computing that a station's process has used."""
        fields = Path(f"/proc/{self.pid(name)}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _run(*words: str) -> str:
    done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=20)
    return done.stdout
