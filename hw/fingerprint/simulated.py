"""Fingers by a steering socket, for training days and for tests of the screens.

    -> {"do": "touch", "finger": "left"}     a finger is put on the glass
    -> {"do": "retry", "kind": "short"}      a touch that cannot be read: again, short, centre, lift
    -> {"do": "unplug"}, {"do": "plug"}      the reader goes away, and comes back
    -> {"do": "slow"}                        the touch asked for next never comes; told at once
    -> {"do": "garble"}                      the reader talks nonsense once, and starts anew
    <- {"did": "touch"}

Touches may be steered before they are asked for: some wait, as in libfprint's virtual device. The
one finger taken lives in a variable, as a template lives in the helper.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hw.fingerprint import Progress
from hw.fingerprint.libfprint import FINGER_S
from hw.fingerprint.words import AGAIN, AWAY, READY, RETRY, TOUCH, error_for, error_of
from hw.peripheral import Keeper, UnpluggedError
from hw.steering import steered

TOUCHES = 5
"""Touches of one finger for an enrolment, as most readers want."""

RETRIES_MAX = 5
"""Touches that cannot be read, in one act; the same as the real driver's."""

WAITING_MAX = 16
"""Touches steered before they are asked for."""

FINGER_LETTERS_MAX = 40
"""A finger's name, such as "left-thumb"."""

LOOK_AGAIN_S = 0.2
"""Between two looks for a reader that was unplugged, here by a variable."""


Glass = asyncio.Queue[tuple[str, str]]
"""("touch", finger), ("retry", kind) or ("problem", kind), as they come; a new one a session."""


class SimulatedFingerReader(Keeper):
    """A `FingerReader` without a reader."""

    def __init__(
        self, socket: Path, *, finger_s: float = FINGER_S, retry_s: float = LOOK_AGAIN_S
    ) -> None:
        super().__init__(retry_s)
        self._socket = socket
        self._finger_s = finger_s
        self._is_plugged = True
        self._is_ready = False
        self._is_acting = False
        self._lost = asyncio.Event()
        self._loss = "removed"
        self._template: str | None = None
        self._glass: Glass = asyncio.Queue()

    async def run(self) -> None:
        """Until cancelled; the steering goes on while the reader is unplugged."""
        async with asyncio.TaskGroup() as group:
            group.create_task(steered(self._socket, self._steer))
            group.create_task(super().run())

    async def enrol(self, progress: Progress) -> None:
        """Take one finger, over several touches; `progress` hears each, good or not."""
        with self._acting() as glass:
            self._template = None
            first, done, retries = "", 0, 0
            while done < TOUCHES:
                kind, value = await self._touch(glass)
                if kind == "touch" and first in ("", value):
                    first, done = value, done + 1
                    self._say(AGAIN)
                else:
                    # A finger other than the first is no touch of it.
                    retries = self._retried(retries, value if kind == "retry" else "again")
                progress(done, TOUCHES)
            if glass is not self._glass:
                raise error_for(self._loss)
            self._template = first

    async def verify(self) -> bool:
        """One touch: is it the finger taken by `enrol`?"""
        with self._acting() as glass:
            if self._template is None:
                raise error_for("nothing-taken")
            retries = 0
            while True:
                kind, value = await self._touch(glass)
                if kind == "touch":
                    return value == self._template
                retries = self._retried(retries, value)

    async def forget(self) -> None:
        """The finger is gone; an act that goes on ends, with an error to its caller."""
        self._wipe("forgotten")

    async def _serve(self) -> None:
        if not self._is_plugged:
            raise UnpluggedError(AWAY)
        self._lost.clear()
        self._is_ready = True
        self._say(READY)
        try:
            await self._lost.wait()
        finally:
            self._is_ready = False
        raise error_for(self._loss)

    @contextlib.contextmanager
    def _acting(self) -> Iterator[Glass]:
        """One act at a time, with its words on the screen."""
        if not self._is_ready:
            raise error_of(self.state)
        if self._is_acting:
            raise error_for("acting")
        self._is_acting = True
        self._say(TOUCH)
        try:
            yield self._glass
        finally:
            self._is_acting = False
            self._say(READY)

    async def _touch(self, glass: Glass) -> tuple[str, str]:
        try:
            async with asyncio.timeout(self._finger_s):
                kind, value = await glass.get()
        except TimeoutError:
            raise error_for("slow") from None
        if kind == "problem":
            raise error_for(value)
        return kind, value

    def _retried(self, retries: int, kind: str) -> int:
        if retries == RETRIES_MAX:
            raise error_for("unreadable")
        self._say(RETRY[kind])
        return retries + 1

    def _steer(self, command: dict[str, Any]) -> None:
        match command:
            case {"do": "touch", "finger": str(finger)} if 0 < len(finger) <= FINGER_LETTERS_MAX:
                self._put("touch", finger)
            case {"do": "touch"}:
                raise ValueError(f"a touch names its finger, in {FINGER_LETTERS_MAX} letters")
            case {"do": "retry"}:
                kind = command.get("kind", "again")
                if kind not in RETRY:
                    raise ValueError(f"a retry is one of: {', '.join(RETRY)}")
                self._put("retry", kind)
            case {"do": "slow"}:
                self._put("problem", "slow")
            case {"do": "garble"}:
                self._lose("garbled")
            case {"do": "unplug"}:
                self._is_plugged = False
                self._lose("removed")
            case {"do": "plug"}:
                self._is_plugged = True
            case {"do": what}:
                raise ValueError(f"a simulated fingerprint reader cannot {what}")

    def _put(self, kind: str, value: str) -> None:
        if not self._is_ready:
            raise ValueError("the reader is not plugged in")
        if self._glass.qsize() >= WAITING_MAX:
            raise ValueError("too many touches wait already")
        self._glass.put_nowait((kind, value))

    def _lose(self, kind: str) -> None:
        """The reader goes, and the finger with it."""
        self._wipe(kind)
        if self._is_ready:
            self._is_ready = False
            error = error_for(kind)
            self._stand(error.standing, error.words)
            self._lost.set()

    def _wipe(self, kind: str) -> None:
        """No finger and no touch is left; an act that goes on hears why."""
        self._template, self._loss = None, kind
        over, self._glass = self._glass, asyncio.Queue()
        # Touches of before may wait in it still: the act takes those first, and keeps nothing.
        over.put_nowait(("problem", kind))

    def _say(self, words: str) -> None:
        if self._is_ready:
            self._stand(
                "ready", words, device="Simulated", driver="simulated", touches=f"{TOUCHES}"
            )
