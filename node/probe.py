"""Asking other stations who they are, with this station's own key: for `pollmesh doctor`.

    probe(package, key, "a-desk-2", ["10.0.0.2:7420"])
    -> Probed("a-desk-2", "10.0.0.2:7420", answer_ms=4, ahead_ms=-120, problem="")

It works whether this station's node runs or not, and makes no link. The clock is compared by asking
for the other's in one round trip; half of the trip is what it may be wrong by.
"""

import asyncio
import ssl
from collections.abc import Iterable

import aiohttp
import msgspec

from node.certificates import certificate_pem, load_identity, pinned_tls
from node.clock import now_ms
from node.log_api import Hello
from node.station_files import StationKey
from sync.package import Package, short_hash

PROBE_S = 4.0
"""How long one address may take to answer."""

PROBES_MAX = 16
"""Stations that are asked at once."""

ADDRESSES_MAX = 4
"""Addresses of one station that are tried, best first."""

HELLO_BYTES_MAX = 4 * 1024


class Probed(msgspec.Struct, frozen=True):
    """What came of asking one station; `problem` is empty if it answered as it should."""

    station: str
    address: str
    answer_ms: int
    ahead_ms: int
    problem: str


async def probe_all(
    package: Package, key: StationKey, addresses: dict[str, list[str]]
) -> list[Probed]:
    """Ask each station at its addresses, several at once; in the order given."""
    several = asyncio.Semaphore(PROBES_MAX)

    async def one(station: str, known: list[str]) -> Probed:
        async with several:
            return await probe(package, key, station, known)

    return list(await asyncio.gather(*(one(name, known) for name, known in addresses.items())))


async def probe(package: Package, key: StationKey, station: str, known: Iterable[str]) -> Probed:
    """Ask one station; the first address that answers as it should, or what the last one did."""
    pinned = package.stations_by_id[station].certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=certificate_pem(pinned))
    context.sslobject_class = pinned_tls(pinned)
    load_identity(context, bytes.fromhex(key.seed), key.certificate)
    last = Probed(station, "", 0, 0, "no address is known")
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:
        for address in list(known)[:ADDRESSES_MAX]:
            last = await _ask(session, package, station, address)
            if not last.problem:
                break
    return last


async def _ask(
    session: aiohttp.ClientSession, package: Package, station: str, address: str
) -> Probed:
    try:
        async with asyncio.timeout(PROBE_S):
            # The first answer pays for the handshake; the second is the one that is timed.
            await _hello(session, address)
            before = now_ms()
            hello = await _hello(session, address)
            after = now_ms()
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError, msgspec.DecodeError) as error:
        return Probed(station, address, 0, 0, _problem(error))
    if hello.package != package.base_hash:
        words = f"serves another package, {short_hash(hello.package)}"
        return Probed(station, address, after - before, 0, words)
    ahead_ms = hello.now_ms - (before + after) // 2
    return Probed(station, address, after - before, ahead_ms, "")


async def _hello(session: aiohttp.ClientSession, address: str) -> Hello:
    async with session.get(f"https://{address}/hello", allow_redirects=False) as answer:
        if answer.status != 200:
            raise ValueError(f"answered {answer.status}")
        data = await answer.content.read(HELLO_BYTES_MAX)
    return msgspec.json.decode(data, type=Hello)


def _problem(error: Exception) -> str:
    words = str(error)
    if isinstance(error, TimeoutError):
        return f"no answer within {PROBE_S:.0f} s"
    if "CERTIFICATE_VERIFY_FAILED" in words:
        return "another key answers there"
    if "ALERT" in words.upper():
        return "refused this station's key: it serves another package"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "no answer"
    if isinstance(error, ValueError):
        return words[:80]
    return "the connection was closed"
