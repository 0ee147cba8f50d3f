"""The one way to the node: HTTP over its Unix socket, answers decoded into `sync` values.

A node that does not answer is a value too (`NodeSilent`, with words), because it is an ordinary
state of a station: it restarts, and the screen waits and goes on by itself.
"""

from pathlib import Path
from typing import Any, Literal

import aiohttp
import msgspec
from msgspec import Struct

from sync.book_views import BookView
from sync.card_views import (
    AdmissionCounts,
    CardList,
    SecondList,
    WaitingList,
)
from sync.encoding import canonical
from sync.outcomes import ActProposed, CardReady, Done, Refused, SecondAwaited
from sync.views import (
    ActSubmitted,
    CheckInAsked,
    FingerRead,
    PrintAsked,
    ProvinceView,
    ScanView,
    StationView,
    VotersFound,
)

Sought = Literal["code", "name", "scan"]

QUICK_S = 5.0
"""For questions that a node answers out of its memory."""

CHECK_IN_S = 120.0
"""A check-in waits for promises; the package's own limit is shorter."""

SCAN_S = 30.0
"""The node holds this question for 20 s, so that a scan is told at once."""

FINGER_S = 120.0
"""A finger is touched several times, by a person who may need it explained."""

WRITE_S = 30.0
"""Writing a smart card and reading it back."""

TEST_S = 120.0
"""A test waits for a hand: a code to scan, a finger, a page to come out."""

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
        self._is_closed = False

    async def status(self) -> StationView | NodeSilent:
        """The station's own state."""
        return await self._ask("GET", "/status", StationView)

    async def figures(self) -> ProvinceView | NodeSilent:
        """What a district station knows of its province."""
        return await self._ask("GET", "/figures", ProvinceView)

    async def find(self, what: Sought, text: str) -> VotersFound | Refused | NodeSilent:
        """Look up a national code, the start of a name, or what a scanner typed, as it came."""
        return await self._ask("POST", "/voters/find", VotersFound | Refused, {what: text})

    async def next_scan(self, after: int) -> ScanView | NodeSilent | None:
        """Wait for the scan after number `after`; None if nothing came for a while."""
        status, data = await self._exchange("GET", f"/scan?after={after}", None, SCAN_S)
        return None if status == 204 else _decoded(status, data, ScanView)

    async def compare_finger(self, voter: str) -> FingerRead | Refused | NodeSilent:
        """Let the voter touch the reader; what came out goes with the check-in, by the node."""
        body = {"voter": voter}
        return await self._ask("POST", "/finger", FingerRead | Refused, body, FINGER_S)

    async def write_card(self, number: int) -> Done | Refused | NodeSilent:
        """Write the card onto the smart card that lies in the writer."""
        body = {"number": number}
        return await self._ask("POST", "/cards/write", Done | Refused, body, WRITE_S)

    async def print_paper(self, what: str, about: str = "") -> Done | Refused | NodeSilent:
        """Put a paper into the print queue: "check-list", or "incident" with its text."""
        return await self._ask("POST", "/print", Done | Refused, PrintAsked(what, about))

    async def print_again(self, job: int) -> Done | Refused | NodeSilent:
        """Print a job's paper once more, the same one."""
        return await self._ask("POST", "/print/again", Done | Refused, {"number": job})

    async def print_drop(self, job: int) -> Done | Refused | NodeSilent:
        """Take a job out of the print queue."""
        return await self._ask("POST", "/print/drop", Done | Refused, {"number": job})

    async def test_device(self, name: str) -> Done | Refused | NodeSilent:
        """Try one peripheral, by its name in the settings."""
        return await self._ask("POST", "/hardware/test", Done | Refused, {"name": name}, TEST_S)

    async def check_in(
        self, asked: CheckInAsked
    ) -> CardReady | SecondAwaited | Refused | NodeSilent:
        """Check a voter in and wait for the card or the reason why there is none."""
        kind = CardReady | SecondAwaited | Refused
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

    async def write(
        self, path: str, body: dict[str, Any]
    ) -> Done | ActProposed | Refused | NodeSilent:
        """Hand in a form; the answer to an officers' one is the act to sign."""
        return await self._ask("POST", path, Done | ActProposed | Refused, body)

    async def book(self) -> BookView | NodeSilent:
        """The book of the place."""
        return await self._ask("GET", "/book", BookView)

    async def waiting(self) -> WaitingList | NodeSilent:
        """This desk's check-ins that have no card yet."""
        return await self._ask("GET", "/check-ins/waiting", WaitingList)

    async def to_second(self) -> SecondList | NodeSilent:
        """Check-ins of the place's other desks that wait for this station."""
        return await self._ask("GET", "/second", SecondList)

    async def cards_out(self) -> CardList | NodeSilent:
        """Cards that were issued and are not confirmed as taken."""
        return await self._ask("GET", "/cards", CardList)

    async def counts(self) -> AdmissionCounts | NodeSilent:
        """Who was not admitted, and how long voters took."""
        return await self._ask("GET", "/counts", AdmissionCounts)

    async def submit(self, signed: ActSubmitted) -> Done | Refused | NodeSilent:
        """Hand in two officers' signatures."""
        return await self._ask("POST", "/acts/submit", Done | Refused, signed)

    async def close(self) -> None:
        """Let go of the socket."""
        self._is_closed = True
        if self._session is not None:
            await self._session.close()

    async def _ask(
        self, method: str, path: str, kind: Any, body: Any = None, limit_s: float = QUICK_S
    ) -> Any:
        return _decoded(*await self._exchange(method, path, body, limit_s), kind)

    async def _exchange(
        self, method: str, path: str, body: Any, limit_s: float
    ) -> tuple[int, bytes]:
        """One request; status 0 stands for no answer at all."""
        if self._is_closed:
            # The screen ends, and this question came too late.
            return 0, b""
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


def _decoded(status: int, data: bytes, kind: Any) -> Any:
    """The answer as a value."""
    if status == 0:
        return NodeSilent(SILENT)
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return NodeSilent(UNREADABLE)
