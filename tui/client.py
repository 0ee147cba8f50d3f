"""The one way to the node: HTTP over its Unix socket, answers decoded into `sync` values.

A node that does not answer is a value too (`NodeSilent`, with words), because it is an ordinary
state of a station: it restarts, and the screen waits and goes on by itself.
"""

from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import msgspec
from msgspec import Struct

from sync.encoding import canonical
from sync.outcomes import ActProposed, CardReady, Done, Refused
from sync.views import ActSubmitted, CheckInAsked, ProvinceView, StationView, VotersFound

T = TypeVar("T")

QUICK_S = 5.0
"""For questions that a node answers out of its memory."""

CHECK_IN_S = 120.0
"""A check-in waits for promises; the package's own limit is shorter."""

SILENT = (
    "The node of this station does not answer. It may be restarting; this screen goes on by "
    "itself when it is back. If it stays away, start it: pollmesh station run FOLDER"
)
CHECK_IN_LOST = (
    "The node stopped answering during the check-in, which may or may not be written. When it is "
    "back, look this voter up and check in again: the same check-in goes on, none is added."
)
UNREADABLE = (
    "The node answered something this screen cannot read. Screen and node may be of different "
    "versions: start both from the same installation."
)


class NodeSilent(Struct, frozen=True):
    """No answer, or none that can be read; `words` say what to do."""

    words: str


class NodeClient:
    """Asks one node. Every method answers a value and never raises for a lost node."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self._session: aiohttp.ClientSession | None = None

    async def status(self) -> StationView | NodeSilent:
        """The station's own state."""
        return await self._ask("GET", "/status", StationView)

    async def figures(self) -> ProvinceView | NodeSilent:
        """What a district station knows of its province."""
        return await self._ask("GET", "/figures", ProvinceView)

    async def find_code(self, code: str) -> VotersFound | Refused | NodeSilent:
        """Look up a national code of ten ASCII digits."""
        return await self._ask("POST", "/voters/find", VotersFound | Refused, {"code": code})

    async def find_name(self, name: str) -> VotersFound | Refused | NodeSilent:
        """Look up people whose name begins so."""
        return await self._ask("POST", "/voters/find", VotersFound | Refused, {"name": name})

    async def check_in(self, asked: CheckInAsked) -> CardReady | Refused | NodeSilent:
        """Check a voter in and wait for the card or the reason why there is none."""
        kind = CardReady | Refused
        answer = await self._ask("POST", "/check-in", kind, asked, CHECK_IN_S)
        return NodeSilent(CHECK_IN_LOST) if isinstance(answer, NodeSilent) else answer

    async def card_taken(self, number: int) -> Done | Refused | NodeSilent:
        """The voter has the card: its secret may be forgotten."""
        return await self._ask("POST", "/card-taken", Done | Refused, {"number": number})

    async def card_text(self, number: int) -> str | NodeSilent:
        """The card's QR code drawn with half blocks, as it stands on a dark screen."""
        status, body = await self._exchange("GET", f"/cards/{number}.txt", None, QUICK_S)
        if status != 200:
            return NodeSilent(SILENT if status == 0 else UNREADABLE)
        return body.decode(errors="replace")

    async def propose(self, act: str) -> ActProposed | Refused | NodeSilent:
        """Ask for the exact entry of an act: open, close or final."""
        return await self._ask("POST", "/acts/propose", ActProposed | Refused, {"act": act})

    async def submit(self, signed: ActSubmitted) -> Done | Refused | NodeSilent:
        """Hand in two officers' signatures."""
        return await self._ask("POST", "/acts/submit", Done | Refused, signed)

    async def close(self) -> None:
        """Let go of the socket."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _ask(
        self, method: str, path: str, kind: Any, body: Any = None, limit_s: float = QUICK_S
    ) -> Any:
        status, data = await self._exchange(method, path, body, limit_s)
        if status == 0:
            return NodeSilent(SILENT)
        try:
            return msgspec.json.decode(data, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return NodeSilent(UNREADABLE)

    async def _exchange(
        self, method: str, path: str, body: Any, limit_s: float
    ) -> tuple[int, bytes]:
        """One request; status 0 stands for no answer at all."""
        if self._session is None:
            connector = aiohttp.UnixConnector(path=str(self.socket))
            self._session = aiohttp.ClientSession("http://node", connector=connector)
        data = None if body is None else canonical(body)
        headers = {"Content-Type": "application/json"}
        timeout = aiohttp.ClientTimeout(total=limit_s)
        try:
            async with self._session.request(
                method, path, data=data, headers=headers, timeout=timeout
            ) as response:
                return response.status, await response.read()
        except (TimeoutError, aiohttp.ClientError, OSError):
            return 0, b""
