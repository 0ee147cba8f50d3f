"""Calling peers: all addresses of a station beside each other, again and again, with pauses.

    no link   dial every address, 0.3 s apart -> a link | nobody: pause 0.2, 0.5, 1, 2, 3, 3 … s
    a link    wait until it ends; one that stood for a while is dialled again at once

A new address ends a pause. Whoever's id is lower dials first; the other waits a moment before.
"""

import asyncio
import contextlib
import ssl
from typing import TYPE_CHECKING

import aiohttp

from sync.limits import FRAME_BYTES_MAX

if TYPE_CHECKING:
    from node.links import Links

HEARTBEAT_S = 4.0
"""A peer that answers no ping for half of that more has fallen silent."""

DIAL_TIMEOUT_S = 5.0
DIAL_STAGGER_S = 0.3
BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 3.0)
SECOND_DIALLER_WAIT_S = 1.5
SETTLED_S = 5.0
"""A link that stood for so long was a good one; one that ends sooner is no reason to hurry."""

WHYS_MAX = 3
"""Reasons shown why no address of a station answers."""

Socket = aiohttp.ClientWebSocketResponse


class Dialling:
    """Keeps one link to one peer, for `node.links`."""

    def __init__(self, links: "Links", peer: str) -> None:
        self.wake = asyncio.Event()
        self.lasted_s = 0.0
        self._links = links
        self._peer = peer
        self._whys: dict[str, str] = {}

    async def run(self) -> None:
        """Until cancelled."""
        links, peer = self._links, self._peer
        context, tries = links.client_context(peer), 0
        async with aiohttp.ClientSession() as session:
            while True:
                self.wake.clear()
                if links.station.id > peer and not tries:
                    await self._pause(SECOND_DIALLER_WAIT_S)
                    self.wake.clear()
                if not links.is_linked(peer) and (found := await self._reach(session, context)):
                    self.lasted_s = 0.0
                    await links.dialled(peer, *found)
                elif links.is_linked(peer):
                    while links.is_linked(peer):
                        await self.wake.wait()
                        self.wake.clear()
                else:
                    tries += 1
                    await self._pause(BACKOFF_S[min(tries, len(BACKOFF_S)) - 1])
                    continue
                tries = 0 if self.lasted_s >= SETTLED_S else tries + 1
                self.wake.clear()
                if tries:
                    await self._pause(BACKOFF_S[min(tries, len(BACKOFF_S)) - 1])

    async def _reach(
        self, session: aiohttp.ClientSession, context: ssl.SSLContext
    ) -> tuple[str, Socket] | None:
        """The first address that answers, and its socket; None if nobody does."""
        left = self._links.addresses(self._peer)
        trying: set[asyncio.Task[tuple[str, Socket] | None]] = set()
        self._whys = {}
        try:
            while (left or trying) and not self._links.is_linked(self._peer):
                if left:
                    trying.add(asyncio.create_task(self._try(session, left.pop(0), context)))
                done, trying = await asyncio.wait(
                    trying,
                    timeout=DIAL_STAGGER_S if left else None,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                for found in (task.result() for task in done):
                    if found is not None:
                        return found
        finally:
            for task in trying:
                task.cancel()
        return None

    async def _try(
        self, session: aiohttp.ClientSession, address: str, context: ssl.SSLContext
    ) -> tuple[str, Socket] | None:
        """Dial one address; None, with the reason noted, if there was no link."""
        try:
            async with asyncio.timeout(DIAL_TIMEOUT_S):
                socket = await session.ws_connect(
                    f"https://{address}/link",
                    ssl=context,
                    heartbeat=HEARTBEAT_S,
                    max_msg_size=FRAME_BYTES_MAX + 1,
                )
        except aiohttp.ClientConnectorCertificateError:
            self._note(address, "another key answers at", is_stranger=True)
        except aiohttp.ClientSSLError as error:
            wrong = "CERTIFICATE_VERIFY_FAILED" in str(error)
            words = "another key answers at" if wrong else "no TLS link at"
            self._note(address, words, is_stranger=wrong)
        except aiohttp.WSServerHandshakeError as error:
            self._note(address, f"the link was refused ({error.status}) at")
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            self._note(address, "no answer at")
        else:
            return address, socket
        return None

    def _note(self, address: str, words: str, is_stranger: bool = False) -> None:
        """Why there was no link; the reasons of the last round are shown together."""
        links, state = self._links, self._links.peers[self._peer]
        self._whys[address] = words
        if is_stranger:
            links.refused["wrong pin"] += 1
            links.last_refused = f"{self._peer}: {words} {address}"
        if not state.connected:
            state.is_stranger = "another key answers at" in self._whys.values()
            shown = list(self._whys.items())[:WHYS_MAX]
            state.why = "; ".join(f"{why} {at}" for at, why in shown)

    async def _pause(self, seconds: float) -> None:
        """Wait, but not longer than until something is new."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.wake.wait()
