"""The link port's door: who has not shown a certificate yet waits here, and few may.

    accept -> handshake, 5 s at most -> the HTTP server
           -> closed at once and counted, when too many wait already

A connection costs a descriptor before it is known whose it is. Without a bound a stranger without
any key could take them all, and with them the station's screens, siblings and store. Addresses
where a peer is known to live have places of their own that no other address can take; everybody
else has less time for the handshake once half of the common places are taken.
"""

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Sequence

HANDSHAKE_S = 5.0
HANDSHAKE_PRESSED_S = 1.5
"""For an address that nobody knows, when half of the common places are taken."""

WAITING_MAX = 64
"""Connections at once whose handshake is not done, from addresses that nobody knows."""

WAITING_KNOWN_MAX = 32
"""The same from addresses where peers live; places of their own."""

WAITING_PER_ADDRESS_MAX = 32
"""Of these, from one address (IPv6: one /64, which is one household's)."""

BACKLOG = 256
ACCEPT_AGAIN_S = 0.1
"""How long to wait when the system gives no descriptor."""

Protocols = Callable[[], asyncio.BaseProtocol]


class Door:
    """Accepts connections and lets those in whose handshake holds."""

    def __init__(
        self,
        listening: Sequence[socket.socket],
        server: Protocols,
        context: ssl.SSLContext,
        crowded: Callable[[str], None],
        is_known: Callable[[str], bool] = lambda host: False,
    ) -> None:
        self._listening = listening
        self._server = server
        self._context = context
        self._crowded = crowded
        self._is_known = is_known
        self._waiting: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Accept until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                for one in self._listening:
                    group.create_task(self._accept(one))
        finally:
            for task in self._tasks:
                task.cancel()

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, address = await loop.sock_accept(listening)
            except OSError:
                # No descriptors or memory now, or the caller was gone already.
                await asyncio.sleep(ACCEPT_AGAIN_S)
                continue
            whose, is_known = _whose(address[0]), self._is_known(address[0])
            waiting, places = self._waiting[is_known], _places(is_known)
            if waiting.total() >= places or waiting[whose] >= WAITING_PER_ADDRESS_MAX:
                connection.close()
                self._crowded(address[0])
                continue
            is_pressed = not is_known and waiting.total() >= places // 2
            waiting[whose] += 1
            task = loop.create_task(
                self._let_in(
                    connection, whose, waiting, HANDSHAKE_PRESSED_S if is_pressed else HANDSHAKE_S
                )
            )
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _let_in(
        self, connection: socket.socket, whose: str, waiting: Counter[str], handshake_s: float
    ) -> None:
        """Shake hands; what fails is counted where the context was made."""
        loop = asyncio.get_running_loop()
        try:
            # From here on the transport owns the socket, and closes it when the handshake fails.
            with contextlib.suppress(OSError, TimeoutError):
                await loop.connect_accepted_socket(
                    self._server,
                    connection,
                    ssl=self._context,
                    ssl_handshake_timeout=handshake_s,
                )
        finally:
            waiting[whose] -= 1
            if not waiting[whose]:
                del waiting[whose]


async def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen on every address of `host`; OSError if one does not."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    listening: list[socket.socket] = []
    try:
        for family, _, _, _, address in dict.fromkeys(found):
            one = socket.socket(family, socket.SOCK_STREAM)
            listening.append(one)
            one.setblocking(False)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind(address)
            one.listen(BACKLOG)
    except OSError:
        for one in listening:
            one.close()
        raise
    return listening


def _places(is_known: bool) -> int:
    return WAITING_KNOWN_MAX if is_known else WAITING_MAX


def _whose(host: str) -> str:
    """The address that is counted: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if address.version == 4:
        return host
    return str(ipaddress.ip_network((int(address), 64), strict=False))
