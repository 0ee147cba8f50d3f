"""Finding siblings by multicast DNS: `_pollmesh._tcp`, one service a station.

    a-desk-1-1f3c9a2b._pollmesh._tcp.local.     TXT station=a-desk-1 package=1f3c9a2b

It only introduces. What a stranger announces is a hint: taken for stations this one would link with
anyway, bounded in number, and worth nothing until the TLS handshake shows the package's key.

Multicast DNS by itself does not heal: stations that were apart when they started, or whose address
changed, would not be found again. So while a sibling is missing this one asks and announces anew,
with growing pauses; and when this computer's addresses change, all of it begins again on the new
ones. Announcements are not probed for doubles: a stranger who takes our name must not silence us.
"""

import asyncio
import contextlib
import ipaddress
from collections.abc import Iterator, Sequence
from itertools import chain, repeat

import ifaddr
from zeroconf import Error as ZeroconfError
from zeroconf import ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from node.links import Links
from sync.package import Package, Station

SERVICE = "_pollmesh._tcp.local."
RESOLVE_TIMEOUT_MS = 2_000
RESOLVING_MAX = 32
LOOK_S = 1.0
"""How often this computer's addresses are looked at; new ones count when seen twice."""

REBROWSE_S = (2.0, 3.0, 5.0, 10.0, 20.0, 30.0)
"""Pauses between two questions while a sibling is missing; the last one goes on."""

OTHERS_MAX = 16
"""Announcements of other packages that are kept to be shown."""

SHOWN_LETTERS_MAX = 80


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
        self._resolving: set[asyncio.Task[None]] = set()
        self.others: dict[str, str] = {}
        """Stations of other packages that announce themselves here: name -> package."""
        self.problem = ""
        """Why multicast DNS does not work here, in words; empty when it does."""

    async def run(self) -> None:
        """Announce and browse until cancelled; on new addresses all over again."""
        while True:
            addresses = self._addresses()
            try:
                zeroconf = AsyncZeroconf(interfaces=addresses)
            except (OSError, ZeroconfError) as error:
                self.problem = f"Multicast DNS does not work here: {error}. Set peers by address."
                await asyncio.sleep(REBROWSE_S[1])
                continue
            try:
                await self._on_these(zeroconf, addresses)
            except (OSError, ZeroconfError) as error:
                self.problem = f"Multicast DNS does not work here: {error}. Set peers by address."
                await asyncio.sleep(REBROWSE_S[1])
            finally:
                with contextlib.suppress(OSError, ZeroconfError):
                    await zeroconf.async_unregister_all_services()
                await zeroconf.async_close()

    async def _on_these(self, zeroconf: AsyncZeroconf, addresses: list[str]) -> None:
        """Announce and browse on these addresses until they have changed."""
        service = self._service(addresses)
        await zeroconf.async_register_service(service, cooperating_responders=True)
        self.problem = ""
        browser = self._browser(zeroconf)
        loop = asyncio.get_running_loop()
        pauses: Iterator[float] = iter(())
        missing_before = 0
        again_s = loop.time()
        changed_to: list[str] = []
        try:
            while True:
                await asyncio.sleep(LOOK_S)
                now = self._addresses()
                if now != addresses and now == changed_to:
                    return
                changed_to = now
                missing = self._links.missing()
                if missing > missing_before:
                    pauses = chain(REBROWSE_S, repeat(REBROWSE_S[-1]))
                    again_s = loop.time() + next(pauses)
                missing_before = missing
                if missing and loop.time() >= again_s:
                    again_s = loop.time() + next(pauses)
                    await browser.async_cancel()
                    browser = self._browser(zeroconf)
                    await zeroconf.async_update_service(service)
        finally:
            await browser.async_cancel()

    def _browser(self, zeroconf: AsyncZeroconf) -> AsyncServiceBrowser:
        return AsyncServiceBrowser(zeroconf.zeroconf, SERVICE, handlers=[self._changed])

    def _service(self, addresses: list[str]) -> AsyncServiceInfo:
        name = f"{self._station.id}-{self._tag}"  # no dot: other daemons would not take it
        return AsyncServiceInfo(
            SERVICE,
            f"{name}.{SERVICE}",
            port=self._port,
            properties={"station": self._station.id, "package": self._tag},
            server=f"{name}.local.",
            parsed_addresses=addresses,
        )

    def _addresses(self) -> list[str]:
        """Where others on this network reach us: set by people, or every IPv4 address we have."""
        if self._interfaces:
            return self._interfaces
        found = {
            str(ip.ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4
        }
        usable = [one for one in found if not ipaddress.ip_address(one).is_loopback]
        return sorted(usable) or ["127.0.0.1"]

    def _changed(
        self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        station, _, tag = name.removesuffix(f".{SERVICE}").rpartition("-")
        if tag != self._tag:
            self._note_other(name, station, tag, state_change is ServiceStateChange.Removed)
            return
        if state_change is ServiceStateChange.Removed or station not in self._links.peers:
            return
        if len(self._resolving) < RESOLVING_MAX:
            task = asyncio.ensure_future(self._resolve(zeroconf, station, name))
            self._resolving.add(task)
            task.add_done_callback(self._resolving.discard)

    def _note_other(self, name: str, station: str, tag: str, is_gone: bool) -> None:
        if is_gone:
            self.others.pop(name, None)
        elif len(self.others) < OTHERS_MAX or name in self.others:
            shown = f"{station or 'a station'} announces package {tag}"
            self.others[name] = "".join(c for c in shown if c.isprintable())[:SHOWN_LETTERS_MAX]

    async def _resolve(self, zeroconf: Zeroconf, station: str, name: str) -> None:
        info = AsyncServiceInfo(SERVICE, name)
        if not await info.async_request(zeroconf, RESOLVE_TIMEOUT_MS):
            return
        for address in info.parsed_addresses():
            if address.startswith("fe80"):
                continue  # without its interface's name it leads nowhere
            host = f"[{address}]" if ":" in address else address
            self._links.hear_hint(station, f"{host}:{info.port}")
