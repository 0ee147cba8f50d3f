"""The drivers for slip printers: one that speaks ESC/POS, over TCP, serial, USB or into a file.

    wake      zeros, if a command may have been left half: they end it and print nothing
    look      DLE EOT 1, 2, 4: offline, cover, paper; a printer with a problem is sent nothing
    begin     reset; if an earlier job ended half, first cut off what it left on the roll
    picture   GS v 0 bands, and every few bands the question whether it stopped
    end       cut, then GS r 1: its answer comes only after everything before it
    look      again: paper that ended with the last line is a slip to look at

From the first band on nobody can take back what is on paper: whatever fails then is an
`UnfinishedError`. Before it any other `PeripheralError` says that nothing is printed.

Between jobs the printer is looked at every few seconds. A job and a look never overlap. A file
answers nothing: there a slip counts as printed when it is written, and the state says so.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, TypeVar

from hw.catalogue import FilePrinter
from hw.peripheral import (
    RETRY_S,
    GarbledError,
    Keeper,
    OneThread,
    PeripheralError,
    SlowError,
    StoppedError,
)
from hw.printer import commands, words
from hw.printer.commands import Condition
from hw.printer.drawing import draw
from hw.printer.links import TAKE_S, Link, PrinterSettings, drain, link_for
from hw.printer.slip import Slip

T = TypeVar("T")

POLL_S = 3.0
"""Between two looks: soon enough for a worker, seldom enough for a printer that many share."""

ANSWER_S = 3.0
"""A printer answers DLE EOT within a few hundredths of a second; cheap ones when it is its turn."""

FINISH_S = 15.0
"""After the last byte: for the cut, and for what a printer's buffer still holds."""

ROWS_A_SECOND_MIN = 200
"""25 mm of paper a second, as the slowest printers do; the time above comes on top."""

LOOK_EVERY_BANDS = 8
"""24 mm of paper between two questions whether the printer has stopped."""

PAUSE_S = 0.25
"""Between two such questions while the printer works its buffer through."""

QUIET_S = 0.5
"""Answers to old questions come one behind the other; after such a silence there are no more."""

STALE_ANSWERS_MAX = 8
"""Reads with answers to old jobs before one to the question: more is a thing that babbles."""

DRAW_S = 30.0
"""The longest slip takes a second or two; this thread may be busy with a slow printer first."""

_FILE = "Slips are written to {}. It does not say whether they are printed: look at each."


class EscposPrinter(Keeper):
    """One printer. See `hw.printer.Printer`."""

    def __init__(
        self, settings: PrinterSettings, link: Link | None = None, poll_s: float = POLL_S
    ) -> None:
        super().__init__(min(RETRY_S, poll_s))
        self._settings = settings
        self._link = link or link_for(settings)
        self._thread = OneThread("The printer")
        self._poll_s = poll_s
        self._one_at_a_time = asyncio.Lock()
        self._is_open = False
        self._is_served = False
        # This program may have died in the middle of a job.
        self._waits_for_rest = self._left_half = True
        self._in_order: int | None = None
        self._is_sending = False

    async def print(self, slip: Slip) -> None:
        """See `hw.printer.Printer`."""
        async with self._one_at_a_time:
            width = self._settings.width_dots
            picture = await self._do(DRAW_S, draw, slip, width)
            bands = await self._do(DRAW_S, lambda: list(commands.bands(picture)))
            try:
                self._show(await self._visit(lambda: self._job(bands)))
            except PeripheralError as error:
                self._stand(error.standing, error.words)
                raise

    async def _serve(self) -> None:
        self._is_served = True
        try:
            while True:
                async with self._one_at_a_time:
                    self._show(await self._visit(self._condition))
                await asyncio.sleep(self._poll_s)
        finally:
            self._is_served = False
            # A job that is under way closes the link itself when it ends.
            if not self._one_at_a_time.locked():
                await self._close()

    def _show(self, condition: Condition) -> None:
        if isinstance(self._settings, FilePrinter):
            self._stand("ready", _FILE.format(self._settings.path))
        elif condition.problem:
            self._stand("stopped", condition.problem)
        elif condition.is_paper_low:
            self._stand("attention", words.LOW, paper="low")
        else:
            self._stand("ready", words.READY, paper="in")

    async def _visit(self, work: Callable[[], Any]) -> Any:
        """Open the link if it is not open, do the work, and close it unless it is kept."""
        keeps = False
        try:
            if not self._is_open:
                self._is_open = True
                await self._do(TAKE_S + ANSWER_S, self._link.open)
            if self._link.answers:
                await self._do(ANSWER_S, drain, self._link)
            if self._waits_for_rest:
                await self._send(commands.rest(self._settings.width_dots))
            result = await work()
            self._waits_for_rest = False
            keeps = self._link.keeps_open and self._is_served
            return result
        except BaseException:
            self._waits_for_rest = True
            raise
        finally:
            if not keeps:
                await self._close()

    async def _close(self) -> None:
        if self._is_open:
            self._is_open = False
            # A stuck call leaves it open: it is dropped, and so closed, by the next opening.
            with contextlib.suppress(SlowError):
                await self._do(ANSWER_S, self._link.close)

    async def _job(self, bands: list[bytes]) -> Condition:
        """One slip onto paper. The link is open; the printer's state afterwards."""
        _go_on(await self._condition())
        await self._send(commands.BEGIN)
        if self._left_half:
            await self._part()
        self._left_half = True
        try:
            after = await self._slip(bands)
        except PeripheralError as error:
            raise words.unfinished(error) from error
        self._left_half = False
        return after

    async def _part(self) -> None:
        """Cut off what an earlier job left, and hear what it still has to say.

        A printer that ran out of paper goes on with that job when it has some again, and answers
        its last question then: that answer must not pass for the end of the slip to come.
        """
        if self._link.answers:
            await self._finish(rows=0)
            while self._in_order is not None:
                self._in_order = None
                await self._hear(QUIET_S)
        await self._send(commands.CUT)

    async def _slip(self, bands: list[bytes]) -> Condition:
        self._is_sending = True
        try:
            for number, band in enumerate(bands, start=1):
                await self._send(band)
                if self._link.answers and number % LOOK_EVERY_BANDS == 0:
                    _go_on(commands.stopped(await self._ask(commands.OFFLINE_CAUSE)))
            await self._send(commands.CUT)
            await self._do(TAKE_S, self._link.sync)
            if self._link.answers:
                await self._finish(len(bands) * commands.BAND_ROWS)
            after = await self._condition()
            _go_on(after)
            return after
        finally:
            self._is_sending = False

    async def _finish(self, rows: int) -> None:
        """Wait for the answer that comes after everything; an error says why none comes."""
        loop = asyncio.get_running_loop()
        self._in_order, self._is_sending = None, False
        await self._send(commands.ASK_IN_ORDER)
        end = loop.time() + FINISH_S + rows / ROWS_A_SECOND_MIN
        is_asked = False
        while self._in_order is None:
            cause = await self._hear(PAUSE_S)
            if cause is not None:
                is_asked = False
                _go_on(commands.stopped(cause))
            elif self._in_order is None and not is_asked:
                await self._send(commands.ask(commands.OFFLINE_CAUSE))
                is_asked = True
            if loop.time() > end:
                raise SlowError(words.UNSAID)
        if is_asked:
            # The open question's answer must not be taken for that of the next one.
            await self._hear(ANSWER_S)
        if commands.is_paper_out_in_order(self._in_order):
            raise StoppedError(words.PAPER_OUT)

    async def _condition(self) -> Condition:
        if not self._link.answers:
            return Condition()
        printer = await self._ask(commands.PRINTER)
        cause = await self._ask(commands.OFFLINE_CAUSE)
        paper = await self._ask(commands.PAPER)
        return commands.condition(printer, cause, paper)

    async def _ask(self, question: int) -> int:
        """The answer to DLE EOT; an answer to a job long given up may come before it."""
        await self._send(commands.ask(question))
        self._in_order = None
        for _ in range(STALE_ANSWERS_MAX):
            answer = await self._hear(ANSWER_S)
            if answer is not None:
                return answer
            if self._in_order is None:
                raise SlowError(words.SILENT)
            self._in_order = None
        raise GarbledError(words.NONSENSE)

    async def _hear(self, limit_s: float) -> int | None:
        """An answer to DLE EOT if one comes; one to GS r is kept. GarbledError for others."""
        at_once: int | None = None
        for byte in await self._do(limit_s + ANSWER_S, self._link.receive, limit_s):
            if commands.is_answer_at_once(byte) and at_once is None:
                at_once = byte
            elif commands.is_answer_in_order(byte) and not self._is_sending:
                self._in_order = byte
            else:
                raise GarbledError(words.NONSENSE)
        return at_once

    async def _send(self, data: bytes) -> None:
        await self._do(TAKE_S + ANSWER_S, self._link.send, data)

    async def _do(self, limit_s: float, work: Callable[..., T], *given: Any) -> T:
        """On the printer's thread; whatever the computer refuses becomes words too."""
        try:
            return await self._thread.do(limit_s, work, *given)
        except OSError as error:
            raise words.computer_failed(error) from None


def _go_on(condition: Condition) -> None:
    if condition.problem:
        raise StoppedError(condition.problem)
