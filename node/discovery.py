"""Finding siblings by multicast DNS: `_pollmesh._tcp`, one service a station.

    a-desk-1.1f3c9a2b._pollmesh._tcp.local.     TXT station=a-desk-1 package=1f3c9a2b

It only introduces. What a stranger announces is a hint: taken for stations this one would link with
anyway, bounded in number, and worth nothing until the TLS handshake shows the package's key.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence

from zeroconf import InterfaceChoice, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from node.links import Links
from sync.package import Package, Station

SERVICE = "_pollmesh._tcp.local."
RESOLVE_TIMEOUT_MS = 2_000
RESOLVING_MAX = 32


class Discovery:
    """Announces one station and hands the addresses of its siblings to its links."""

    def __init__(
        self, package: Package, station: Station, port: int, interfaces: Sequence[str], links: Links
    ) -> None:
        self._tag = package.base_hash.hex()[:8]
        self._station = station
        self._port = port
        self._interfaces = list(interfaces)
        self._links = links
        self._siblings = {s.id for s in package.stations_at(station.at)} - {station.id}
        self._resolving: set[asyncio.Task[None]] = set()
        self.seen: dict[str, str] = {}

    async def run(self) -> None:
        """Announce and browse until cancelled."""
        interfaces = self._interfaces or InterfaceChoice.All
        zeroconf = AsyncZeroconf(interfaces=interfaces)
        try:
            await zeroconf.async_register_service(self._service())
            browser = AsyncServiceBrowser(zeroconf.zeroconf, SERVICE, handlers=[self._changed])
            try:
                await asyncio.Event().wait()
            finally:
                await browser.async_cancel()
        finally:
            await zeroconf.async_unregister_all_services()
            await zeroconf.async_close()

    def _service(self) -> AsyncServiceInfo:
        name = f"{self._station.id}.{self._tag}"
        return AsyncServiceInfo(
            SERVICE,
            f"{name}.{SERVICE}",
            port=self._port,
            properties={"station": self._station.id, "package": self._tag},
            server=f"{name.replace('.', '-')}.local.",
            parsed_addresses=self._addresses(),
        )

    def _addresses(self) -> list[str]:
        if self._interfaces:
            return self._interfaces
        found = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None)}
        usable = [str(a) for a in found if not ipaddress.ip_address(a).is_loopback]
        return sorted(usable) or ["127.0.0.1"]

    def _changed(
        self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        station = name.removesuffix(f".{self._tag}.{SERVICE}")
        if state_change is ServiceStateChange.Removed or station not in self._siblings:
            return
        if len(self._resolving) < RESOLVING_MAX:
            task = asyncio.ensure_future(self._resolve(zeroconf, station, name))
            self._resolving.add(task)
            task.add_done_callback(self._resolving.discard)

    async def _resolve(self, zeroconf: Zeroconf, station: str, name: str) -> None:
        info = AsyncServiceInfo(SERVICE, name)
        if await info.async_request(zeroconf, RESOLVE_TIMEOUT_MS):
            for address in info.parsed_addresses():
                host = f"[{address}]" if ":" in address else address
                self.seen[station] = f"{host}:{info.port}"
                self._links.hear_hint(station, f"{host}:{info.port}")
