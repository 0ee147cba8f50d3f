"""Links to other stations: TLS 1.3, mutual, each side pinned to the key in the package.

A link is one WebSocket at `/link`, carrying one message a binary frame: a byte 0 and the message,
or a byte 1 and the message in zstd. Whoever's id is lower dials first; the other dials too when it
hears nothing, for links that work one way only. Of two links between the same stations the one
dialled by the lower id stays.

Strangers (no certificate of this package) fail in the handshake and are counted; a known station
under a wrong pin likewise. Anything after that is judged by `sync.replica`.

Peers are called by `node.dialling`, at the addresses that `node.addresses` keeps. A station that is
stopped says so before it ends: it has left. One that merely falls silent is apart, after a missed
heartbeat.
"""

import asyncio
import contextlib
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp
import zstandard
from aiohttp import WSMsgType, web

from node.addresses import Addresses
from node.certificates import certificate_pem, load_identity, pinned_tls
from node.clock import now_ms
from node.dialling import HEARTBEAT_S, Dialling
from node.runner import Runner
from node.store import Store
from sync.effects import FrameReceived, PeerJoined, PeerLeft, SendEntries
from sync.interest import should_link
from sync.limits import FRAME_BYTES_MAX
from sync.message import Bye, encode_message
from sync.package import Package, Station

OUTBOX_MAX = 2048
OUTBOX_BYTES_MAX = 8 * 1024 * 1024
"""What waits for one peer; entries wait in the store, not here."""

LEAVE_S = 1.0
"""How long a station that stops waits for its goodbyes to be heard."""

LEFT = "It was stopped there."

COMPRESS_FROM_BYTES = 512

Connection = web.WebSocketResponse | aiohttp.ClientWebSocketResponse


def pack_frame(message: bytes) -> bytes:
    """A message as it goes over the wire."""
    if len(message) < COMPRESS_FROM_BYTES:
        return b"\0" + message
    return b"\1" + zstandard.compress(message, 1)


def unpack_frame(frame: bytes) -> bytes | None:
    """The message in a frame; None if it is no frame or unpacks to more than is allowed."""
    if frame[:1] == b"\0":
        return frame[1:]
    try:
        size = zstandard.frame_content_size(frame[1:])
        if frame[:1] != b"\1" or not 0 <= size <= FRAME_BYTES_MAX:
            return None
        return zstandard.decompress(frame[1:])
    except zstandard.ZstdError:
        return None


@dataclass
class _Link:
    """One live connection to a station."""

    peer: str
    dialler: str
    address: str
    connection: Connection
    outbox: asyncio.Queue[bytes | SendEntries] = field(
        default_factory=lambda: asyncio.Queue(OUTBOX_MAX)
    )
    why: str = ""
    outbox_bytes: int = 0


@dataclass
class PeerState:
    """What screens show of a peer, connected or not."""

    since_ms: int
    connected: bool = False
    ever: bool = False
    has_left: bool = False
    is_stranger: bool = False
    address: str = ""
    why: str = ""


class Links:
    """Every link of one station; the runner's outlet."""

    def __init__(
        self, package: Package, station: Station, seed: bytes, runner: Runner, store: Store
    ) -> None:
        self.package = package
        self.station = station
        self.refused: Counter[str] = Counter()
        self.last_refused = ""
        self.peers = {
            s.id: PeerState(now_ms()) for s in package.stations if should_link(package, station, s)
        }
        self._addresses = Addresses(self.peers)
        self.seed = seed
        self._runner = runner
        self._store = store
        self._links: dict[str, _Link] = {}
        self._is_leaving = False
        self._spares = {
            s.id: PeerState(now_ms()) for s in package.spares if s.id not in package.stations_by_id
        }
        """A spare that was called brings the order itself, so it may knock before we know of it."""
        ids = {s.certificate: s.id for s in package.spares}
        self._by_certificate = ids | {s.certificate: s.id for s in package.stations}
        self._dialling = {peer: Dialling(self, peer) for peer in self.peers}

    # --- outlet (see node.runner.Outlet)

    def send(self, peer: str, data: bytes) -> None:
        """Queue a frame; a peer that does not keep up loses its link, never its entries."""
        self._queue(peer, pack_frame(data))

    def send_entries(self, effect: SendEntries) -> None:
        """Queue a stretch; it is read from the store when its turn comes."""
        self._queue(effect.peer, effect)

    def disconnect(self, peer: str, why: str) -> None:
        """End the link to `peer` once what is queued is out."""
        link = self._links.get(peer)
        if link is not None:
            link.why = why
            self._queue(peer, b"")

    # --- addresses

    def learn_address(self, station: str, address: str) -> None:
        """An address set by people or remembered from before: always tried, and tried first."""
        if self._addresses.learn(station, address):
            self._dialling[station].wake.set()

    def hear_hint(self, station: str, address: str) -> None:
        """Somebody says that `station` is there; dialled at once if it is new."""
        if self._addresses.hear_hint(station, address):
            self._dialling[station].wake.set()

    def addresses(self, station: str) -> list[str]:
        """Where to look for `station`, best first."""
        return self._addresses.of(station)

    def is_known_host(self, host: str) -> bool:
        """Does somebody of this package live there, as far as we know ourselves?"""
        return self._addresses.is_known_host(host)

    def missing(self) -> int:
        """Peers at our own place that no link stands with."""
        place = {s.id for s in self.package.stations_at(self.station.at)}
        return sum(not state.connected for peer, state in self.peers.items() if peer in place)

    # --- serving

    def refuse_crowd(self, host: str) -> None:
        """Count a connection closed at the door: too many others have not shown who they are."""
        self.refused["crowded"] += 1
        self.last_refused = f"{host}: too many connections that do not say who they are"

    def server_context(self, others: tuple[bytes, ...] = ()) -> ssl.SSLContext:
        """TLS 1.3 that takes only certificates of the package's stations (and `others`)."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._restrict(context, (*self._by_certificate, *others))
        context.sslobject_class = _watched(self._count_stranger)
        return context

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """The handler of `/link`."""
        station = self._by_certificate.get(peer_certificate(request))
        if station is None or station not in self.peers | self._spares:
            self.refused["no link"] += 1
            self.last_refused = f"{station or 'a supervisor'} asked for a link"
            raise web.HTTPForbidden(text="This station keeps no link with you.")
        if self._is_leaving:
            raise web.HTTPServiceUnavailable(text="This station is being stopped.")
        socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT_S, max_msg_size=FRAME_BYTES_MAX + 1, compress=False
        )
        await socket.prepare(request)
        self._addresses.called_from(station, request.remote or "")
        await self._serve(_Link(station, station, request.remote or "", socket))
        return socket

    # --- dialling

    async def dial_all(self) -> None:
        """Keep a link to every peer; runs until cancelled, then says goodbye to all."""
        dialling = [asyncio.create_task(one.run()) for one in self._dialling.values()]
        try:
            done, _ = await asyncio.wait(dialling, return_when=asyncio.FIRST_EXCEPTION)
            for ended in done:
                ended.result()
        finally:
            self._is_leaving = True
            await self._say_goodbye()
            for task in dialling:
                task.cancel()
            await asyncio.gather(*dialling, return_exceptions=True)

    async def _say_goodbye(self) -> None:
        """Tell every peer that this station was stopped; they end the links."""
        # Whoever closes first may have its last words lost with the connection; so they close.
        for peer in list(self._links):
            self._queue(peer, pack_frame(encode_message(Bye(LEFT))))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_S):
                while self._links:
                    await asyncio.sleep(LEAVE_S / 20)

    def is_linked(self, peer: str) -> bool:
        """Does a link to `peer` stand?"""
        return peer in self._links

    def client_context(self, peer: str) -> ssl.SSLContext:
        """TLS 1.3 that takes only the certificate of `peer`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        pinned = self.package.stations_by_id[peer].certificate
        self._restrict(context, (pinned,))
        context.sslobject_class = pinned_tls(pinned)
        return context

    async def dialled(
        self, peer: str, address: str, connection: aiohttp.ClientWebSocketResponse
    ) -> None:
        """`peer` answered at `address`: remember that, and serve the link to its end."""
        if self._addresses.reached(peer, address):
            with contextlib.suppress(Exception):
                await self._runner.on_disk(self._store.remember_address, peer, address)
        await self._serve(_Link(peer, self.station.id, address, connection))

    # --- one link

    async def _serve(self, link: _Link) -> bool:
        """Carry frames both ways until the link ends; False if another link is preferred."""
        old = self._links.get(link.peer)
        first = min(self.station.id, link.peer)
        if old is not None and old.dialler == first != link.dialler:
            await link.connection.close()
            return False
        self._links[link.peer] = link
        began_s = asyncio.get_running_loop().time()
        if old is not None:
            await self._runner.put(PeerLeft(link.peer))
            await old.connection.close()
        self._show(link, connected=True)
        await self._runner.put(PeerJoined(link.peer))
        writer = asyncio.create_task(self._write(link))
        try:
            await self._read(link)
        finally:
            writer.cancel()
            if self._links.get(link.peer) is link:
                del self._links[link.peer]
                self._show(link, connected=False)
                if dialling := self._dialling.get(link.peer):
                    dialling.lasted_s = asyncio.get_running_loop().time() - began_s
                    dialling.wake.set()
                await self._runner.put(PeerLeft(link.peer))
            with contextlib.suppress(Exception):
                await link.connection.close()
        return True

    async def _read(self, link: _Link) -> None:
        async for frame in link.connection:
            if frame.type is not WSMsgType.BINARY:
                self._refuse_frame(link, "a frame that is not binary")
                return
            message = unpack_frame(frame.data)
            if message is None:
                self._refuse_frame(link, "a frame that cannot be unpacked, or is too large")
                return
            if self._links.get(link.peer) is link:
                await self._runner.put(FrameReceived(link.peer, message))
        if link.connection.close_code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG:
            self._refuse_frame(link, "an oversized frame")

    async def _write(self, link: _Link) -> None:
        with contextlib.suppress(ConnectionError, aiohttp.ClientError):
            while True:
                item = await link.outbox.get()
                link.outbox_bytes -= _weight(item)
                if isinstance(item, SendEntries):
                    await self._write_entries(link, item)
                elif item:
                    await link.connection.send_bytes(item)
                else:
                    await link.connection.close()
                    return

    async def _write_entries(self, link: _Link, item: SendEntries) -> None:
        first = item.first
        while first < item.end:
            entries = await self._runner.on_disk(self._store.stretch, item.origin, first)
            if entries is None:
                return
            await link.connection.send_bytes(pack_frame(encode_message(entries)))
            first = _end_of(entries.note)

    def _queue(self, peer: str, item: bytes | SendEntries) -> None:
        link = self._links.get(peer)
        if link is None:
            return
        if link.outbox.full() or link.outbox_bytes + _weight(item) > OUTBOX_BYTES_MAX:
            link.why = "did not keep up"
            asyncio.get_running_loop().create_task(link.connection.close())
            return
        link.outbox_bytes += _weight(item)
        link.outbox.put_nowait(item)

    def _show(self, link: _Link, connected: bool) -> None:
        state = self.peers.get(link.peer) or self._spares[link.peer]
        state.since_ms, state.connected = now_ms(), connected
        state.ever = state.ever or connected
        state.has_left = not connected and link.why == LEFT
        state.is_stranger = False
        state.address, state.why = link.address, "" if connected else link.why

    def _refuse_frame(self, link: _Link, words: str) -> None:
        link.why = words
        self.refused["bad frame"] += 1
        self.last_refused = f"{link.peer}: {words}"

    def _count_stranger(self, words: str) -> None:
        self.refused["stranger"] += 1
        self.last_refused = f"a stranger: {words}"

    def _restrict(self, context: ssl.SSLContext, trusted: tuple[bytes, ...]) -> None:
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata="".join(map(certificate_pem, trusted)))
        load_identity(context, self.seed, self.station.certificate)


def peer_certificate(request: web.Request) -> bytes:
    """The certificate the other side showed, DER."""
    transport = request.transport
    tls = transport.get_extra_info("ssl_object") if transport else None
    return tls.getpeercert(binary_form=True) or b"" if tls else b""


def _watched(count: Callable[[str], None]) -> type[ssl.SSLObject]:
    """An SSLObject that tells when a handshake fails; asyncio itself says nothing."""

    class WatchedTLS(ssl.SSLObject):
        def do_handshake(self) -> None:
            try:
                super().do_handshake()
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise
            except ssl.SSLError as error:
                count(error.reason or "no TLS")
                raise

    return WatchedTLS


def _weight(item: bytes | SendEntries) -> int:
    """Bytes that wait in an outbox; a stretch waits in the store."""
    return len(item) if isinstance(item, bytes) else 0


def _end_of(note: bytes) -> int:
    return int(note.split(b"\n", 2)[1])
