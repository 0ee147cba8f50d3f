"""The driver's side of the talk with the helper: a process, and one exchange at a time.

    await conversation.ask("enrol", 30.0, told)     # -> Answer(enrolled=True); told: every stage

An exchange given up by its caller is settled in the background: the helper is told to cancel, and
its last answer is waited for. A helper that does not give it in time is ended, its finger with it.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec

from hw.fingerprint.words import error_for
from hw.peripheral import PeripheralError

HELPER = Path(__file__).with_name("helper.py")

LINE_BYTES_MAX = 16 * 1024
"""The longest line is the list of devices, some hundred bytes each."""

ACTS = ("enrol", "verify")
"""What waits for a finger, and can be cancelled."""

ANSWER_S = 10.0
"""For an answer that waits for no finger: to begin, to list, to open the device, to forget."""

SETTLE_S = 3.0
"""For a device to give up an act."""

END_S = 3.0
"""For the helper to end by itself; it needs two seconds at most."""

ANSWERS_MAX = 64
"""Answers in one act: a stage for each touch, of which no device wants more than twenty, and five
retries."""


class FoundDevice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A device as the helper lists it; `keeps` means it stores fingers in itself."""

    name: str
    driver: str
    id: str
    keeps: bool


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the helper: see its docstring."""

    devices: list[FoundDevice] | None = None
    opened: bool = False
    touches: int = 0
    stage: int = 0
    of: int = 0
    retry: str = ""
    enrolled: bool = False
    match: bool | None = None
    forgotten: bool = False
    cancelled: bool = False
    problem: str = ""
    ends: bool = False

    @property
    def is_last(self) -> bool:
        """Does it end an exchange?"""
        return not self.stage and not self.retry


Told = Callable[[Answer], None]


def ignored(answer: Answer) -> None:
    """For an exchange whose stages interest nobody."""


class Conversation:
    """One helper process; when it ends, `ended` says why, and every exchange with it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._answers: asyncio.Queue[Answer | None] = asyncio.Queue()
        self._expects = False
        self._free = asyncio.Event()
        self._free.set()
        self._settling: asyncio.Task[None] | None = None
        self._listening = asyncio.create_task(self._listen())

    @property
    def is_asked(self) -> bool:
        """Does an exchange go on?"""
        return not self._free.is_set()

    async def ended(self) -> None:
        """Wait for the end; a PeripheralError says why."""
        raise await asyncio.shield(self._listening)

    async def ask(self, what: str, limit_s: float, told: Told = ignored, **given: int) -> Answer:
        """One exchange to its last answer; `limit_s` is for each answer, not for all of them.

        RefusedError while another exchange goes on, SlowError after `limit_s` of silence, else
        the error of the helper's problem or of its end.
        """
        if self.is_asked:
            raise error_for("acting")
        self._free.clear()
        try:
            await self._settled()
            self._ask(do=what, **given)
            answer = await self._heard(what, limit_s, told)
        finally:
            self._free.set()
        if answer.ends:
            # The state is told first: whoever hears the error finds the reader gone.
            await asyncio.wait({self._listening})
        if answer.problem:
            raise error_for(answer.problem)
        return answer

    async def cancel_all(self) -> None:
        """End what goes on; its caller gets an error."""
        if self.is_asked:
            self._send(do="cancel")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SETTLE_S):
                    await self._free.wait()

    def kill(self) -> None:
        """End the process now, and whatever it holds."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def close(self) -> None:
        """Let the helper put its device to rest and end; kill it when that takes too long."""
        if self._settling is not None:
            self._settling.cancel()
        try:
            async with asyncio.timeout(END_S):
                await self._finish()
        except TimeoutError:
            self.kill()
            # One stuck in the kernel is waited for: another would be stuck beside it.
            await self._finish()
        finally:
            self.kill()

    async def _finish(self) -> None:
        """Close its input, hear it to the end, and wait for it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        await asyncio.wait({self._listening})
        stream = self._process.stdout
        while stream is not None and await stream.read(LINE_BYTES_MAX):
            pass
        await self._process.wait()
        if self._process.stdin is not None:
            # What was not read any more is lost, which is no news by now.
            with contextlib.suppress(OSError):
                await self._process.stdin.wait_closed()

    def _ask(self, **command: str | int) -> None:
        self._expects = True
        self._send(**command)

    def _send(self, **command: str | int) -> None:
        if self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(msgspec.json.encode(command) + b"\n")

    async def _heard(self, what: str, limit_s: float, told: Told) -> Answer:
        """The last answer to `what`. However the caller gives up, the exchange is settled."""
        answer = Answer(stage=1)
        try:
            for _ in range(ANSWERS_MAX):
                async with asyncio.timeout(limit_s):
                    answer = await self._next()
                if answer.is_last:
                    return answer
                told(answer)
            self.kill()
            raise error_for("garbled")
        except TimeoutError:
            raise error_for("slow" if what in ACTS else "stuck") from None
        finally:
            if not answer.is_last and not self._listening.done():
                self._settling = asyncio.create_task(self._settle(what))

    async def _next(self) -> Answer:
        """The next answer, or the reason why there will be none."""
        answer = await self._answers.get()
        if answer is None:
            # It was the last, for whoever comes next too.
            self._answers.put_nowait(None)
            raise await asyncio.shield(self._listening)
        return answer

    async def _settle(self, what: str) -> None:
        """Take the answers of an exchange that was given up; keep no finger of it."""
        if what not in ACTS:
            self.kill()
            return
        self._send(do="cancel")
        try:
            async with asyncio.timeout(SETTLE_S):
                while not (answer := await self._next()).is_last:
                    pass
                if what == "enrol" and answer.enrolled:
                    # The last touch and the wish to cancel met on the way.
                    self._ask(do="forget")
                    await self._next()
        except TimeoutError:
            self.kill()
        except PeripheralError:
            pass

    async def _settled(self) -> None:
        if self._settling is not None:
            await asyncio.wait({self._settling})
            self._settling = None

    async def _listen(self) -> PeripheralError:
        """Every line of the helper, until it ends; the error says why it did."""
        stream, kind = self._process.stdout, "ended"
        assert stream is not None
        heard_any = False
        try:
            while line := await stream.readline():
                heard_any = True
                answer = msgspec.json.decode(line, type=Answer)
                if not self._expects and not answer.ends:
                    # Only the loss of the device may come unasked.
                    kind = "garbled"
                    break
                self._expects = self._expects and not answer.is_last
                self._answers.put_nowait(answer)
                if answer.ends or self._answers.qsize() > ANSWERS_MAX:
                    kind = answer.problem or "garbled"
                    break
        except ValueError:
            # msgspec's errors and a line too long are both of this kind.
            kind = "garbled"
        finally:
            self._answers.put_nowait(None)
        if kind == "garbled":
            self.kill()
        # A system's Python that cannot even begin says nothing.
        return error_for("not-installed" if kind == "ended" and not heard_any else kind)


@contextlib.asynccontextmanager
async def conversation(python: str) -> AsyncIterator[Conversation]:
    """Start the helper on this Python; at the end of the block it has ended.

    NotInstalledError when the Python is not there.
    """
    talk = Conversation(await _started(python))
    try:
        yield talk
    finally:
        await talk.close()


async def _started(python: str) -> asyncio.subprocess.Process:
    """The helper's process. A caller that gives up in the middle of its start leaves none."""
    # Debug messages of libfprint speak of fingers. Freed memory is overwritten (glibc's tunables);
    # its caches for a thread, and slices of old GLibs, would not be.
    environment = {k: v for k, v in os.environ.items() if k != "G_MESSAGES_DEBUG"}
    environment["G_SLICE"] = "always-malloc"
    environment["GLIBC_TUNABLES"] = "glibc.malloc.tcache_count=0:glibc.malloc.perturb=165"
    starting = asyncio.create_task(
        asyncio.create_subprocess_exec(
            *(python, "-I", "-B", str(HELPER)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=LINE_BYTES_MAX,
            env=environment,
            # Its own group: ended whole, and not by a Ctrl-C that is meant for the station.
            start_new_session=True,
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        # Cancelled itself, asyncio would wait for pipes that nobody closes; a start takes some
        # milliseconds, so it is let through and ended properly.
        await asyncio.wait({starting})
        if starting.exception() is None:
            await Conversation(starting.result()).close()
        raise
    except OSError:
        raise error_for("not-installed") from None
