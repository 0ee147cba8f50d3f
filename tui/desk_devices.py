"""What devices do for the voter at the desk: a finger, the card's paper, the smart card, scans.

Each line asks its device by itself and says what came out; the stages of a check-in go on without
it. An answer for a voter who has gone is shown to nobody.
"""

import asyncio
from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical

from sync.outcomes import CardReady, Refused
from sync.views import FingerRead, JobView, ScanView, StationView
from tui import device_words
from tui.bars import Words
from tui.client import NodeSilent
from tui.node_app import NodeApp
from tui.view_models import Line

SCAN_AGAIN_S = 1.0
"""Before a node that is silent, or has no scanner, is asked again for scans."""

WRITING = Line("Smart card: being written. Leave it in the writer.", "attention")


class FingerLine(Words):
    """How far the fingerprint of the person in sight is; not there where the day asks for none."""

    app: NodeApp

    def __init__(self) -> None:
        super().__init__("finger")
        self._voter = ""
        self._is_asked = False
        self._answer: FingerRead | Refused | NodeSilent | None = None

    def begin(self, voter: str) -> None:
        """Another person."""
        self._voter, self._is_asked, self._answer = voter, False, None
        self.see(self.app.seen.view)

    def see(self, view: StationView | None) -> None:
        """The node's words change while the finger is on the reader."""
        self.display = view is not None and view.fingerprint == "ask"
        live = view.finger if view else ""
        self.say(device_words.finger_line(self._answer, live, self._is_asked))

    def compare(self) -> None:
        """Ask for the finger, once at a time."""
        if not self._is_asked:
            self._is_asked = True
            self.see(self.app.seen.view)
            self.run_worker(self._compare(self._voter), exclusive=True)

    async def _compare(self, voter: str) -> None:
        answer = await self.app.client.compare_finger(voter)
        if self._voter == voter:
            self._is_asked, self._answer = False, answer
            self.see(self.app.seen.view)


class CardDevices(Vertical):
    """How far printer and writer are with the card in sight."""

    app: NodeApp

    def __init__(self) -> None:
        super().__init__(id="card-devices")
        self.is_writing = False
        self._card: CardReady | None = None
        self._chip = Line("")

    def compose(self) -> ComposeResult:
        """Paper, smart card."""
        yield Words("card-paper")
        yield Words("card-chip")

    @property
    def job(self) -> JobView | None:
        """The card's paper in the print queue."""
        return device_words.card_job(self.app.seen.view, self._card)

    def begin(self, card: CardReady) -> None:
        """Another card."""
        self._card, self._chip, self.is_writing = card, Line(""), False
        self.see()

    def see(self) -> None:
        """Empty lines take no room."""
        paper = device_words.card_paper_line(self.job)
        for name, line in (("#card-paper", paper), ("#card-chip", self._chip)):
            words = self.query_one(name, Words)
            words.display = bool(line.text)
            words.say(line)

    def print_again(self) -> None:
        """The same card once more, where a person decided so."""
        if self.job is not None and device_words.may_print_again(self.job):
            self.run_worker(self._print_again(self.job), exclusive=True, group="print")

    def write(self) -> None:
        """The card onto the smart card in the writer."""
        if self._card is not None and not self.is_writing:
            self.is_writing, self._chip = True, WRITING
            self.see()
            self.run_worker(self._write(self._card), group="write")

    async def _print_again(self, job: JobView) -> None:
        answer = await self.app.client.print_again(job.number)
        if isinstance(answer, Refused | NodeSilent):
            self.app.notify(answer.words, severity="error")

    async def _write(self, card: CardReady) -> None:
        answer = await self.app.client.write_card(card.number)
        if self._card is card:
            said = device_words.answer_line(answer)
            self.is_writing, self._chip = False, Line(f"Smart card: {said.text}", said.tone)
            self.see()
            self.screen.refresh_bindings()


async def take_scans(app: NodeApp, use: Callable[[ScanView], None]) -> None:
    """Wait for one scan after the other, for ever, while the station has something that scans."""
    after: int | None = None
    while True:
        view = app.seen.view
        if device_words.has(view, *device_words.SCANS_COME_FROM):
            # What was scanned before this screen was there is for nobody.
            after = view.scans if after is None else after
            scan = await app.client.next_scan(after)
            if isinstance(scan, ScanView):
                after = scan.number
                use(scan)
            if not isinstance(scan, NodeSilent):
                continue
        await asyncio.sleep(SCAN_AGAIN_S)
