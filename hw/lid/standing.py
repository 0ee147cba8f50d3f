"""What every lid driver shares: how frames become a standing, and when it is told.

    the lid    open, closed  by its switch
               silent        no good frame for `silence_s`, whatever the reason: a cable pulled out,
                             too; told once, for lid and seal
    the seal   seal-broken   told once at once, and once more after each silence. It stays: a later
                             "intact" is no proof, so only a driver started anew (by people who
                             have looked at the seal) believes it

How the lid stands is told when it first is known and at each change, whatever the seal is. A
chattering switch is told at most once in `hold_s`; a lid that was open in between is told as open
all the same. What a worker reads begins with a broken seal, whatever else is so.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from hw.lid import LidChanged, LidStanding
from hw.lid.frames import Frame
from hw.peripheral import RETRY_S, Keeper, Standing

HOLD_S = 1.0
"""Between two tellings of the lid switch."""

LINES_JUDGED = 10
"""The last lines by which the line itself is judged."""

DAMAGED_MANY = 5
"""So many of them damaged are a bad cable or a wrong speed, not one spark."""

BROKEN = "The seal was broken. Guard the box and call the supervisor."
OPEN = "The lid is open. Close it, or write down why it is open."


class LidKeeper(Keeper):
    """A lid driver writes `_serve`, which hands over each line by `_heard`."""

    def __init__(
        self,
        tell: Callable[[LidChanged], None],
        silence_s: float,
        hold_s: float = HOLD_S,
        retry_s: float = RETRY_S,
    ) -> None:
        super().__init__(retry_s)
        self._tell = tell
        self._silence_s = silence_s
        self._hold_s = hold_s
        self._told: LidStanding | None = None
        self._told_at = self._heard_at = 0.0
        self._is_connected = self._is_broken = self._is_broken_told = self._was_open = False
        self._last: Frame | None = None
        self._judged: deque[bool] = deque(maxlen=LINES_JUDGED)
        self._damaged = 0

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(super().run())
            group.create_task(self._watch_silence())

    def _listen(self) -> None:
        """The line is open: nothing was heard on it yet."""
        self._is_connected, self._last = True, None
        self._judged.clear()
        if self._told == "silent":
            self._stand_silent()
        else:
            self._stand("starting", "Listening for the lid board.")

    def _heard(self, frame: Frame | None) -> None:
        """One line; None if it was damaged."""
        if frame is not None and self._last is not None and frame.number == self._last.number:
            return
        self._judged.append(frame is not None)
        if frame is None:
            self._damaged += 1
        else:
            self._heard_at = asyncio.get_running_loop().time()
            self._last = frame
            self._judge(frame)
        self._show()

    def _judge(self, frame: Frame) -> None:
        self._is_broken |= frame.is_broken
        if self._is_broken and not self._is_broken_told:
            self._is_broken_told = True
            self._tell(LidChanged("seal-broken"))
        self._was_open |= frame.is_open and self._told == "closed"
        rests = self._heard_at - self._told_at >= self._hold_s
        if rests or self._told in (None, "silent"):
            self._change("open" if frame.is_open or self._was_open else "closed")
            self._was_open = False

    def _stand(self, standing: Standing, words: str, **values: str) -> None:
        super()._stand(standing, f"{BROKEN} {words}" if self._is_broken else words, **values)

    def _change(self, standing: LidStanding) -> None:
        if standing != self._told:
            self._told, self._told_at = standing, asyncio.get_running_loop().time()
            self._tell(LidChanged(standing))

    def _show(self) -> None:
        if self._judged.count(False) >= DAMAGED_MANY:
            words = "Much of what the lid board sends is damaged. Look at its cable and its speed."
            self._stand("garbled", words, **self._values())
        elif self._last is not None and self._told != "silent":
            if self._last.is_open:
                self._stand("attention", OPEN, **self._values())
            elif self._is_broken:
                self._stand("attention", "The lid is closed.", **self._values())
            else:
                self._stand("ready", "The lid is closed and its seal is whole.", **self._values())

    def _values(self) -> dict[str, str]:
        values = {"damaged lines": str(self._damaged)}
        if self._last is not None:
            values["lid"] = "open" if self._last.is_open else "closed"
            values["seal"] = "broken" if self._is_broken else "whole"
        return values

    async def _watch_silence(self) -> None:
        # After a stall of this program the loop hands over what came in before it wakes sleepers,
        # so silence is the board's and not ours.
        loop = asyncio.get_running_loop()
        self._heard_at = loop.time()
        while True:
            left = self._heard_at + self._silence_s - loop.time()
            await asyncio.sleep(left if left > 0 else self._silence_s)
            if loop.time() - self._heard_at >= self._silence_s:
                self._change("silent")
                self._is_broken_told = False
                if self._is_connected and self._judged.count(False) < DAMAGED_MANY:
                    self._stand_silent()

    def _stand_silent(self) -> None:
        words = f"The lid board has been silent for over {self._silence_s:g} s."
        self._stand("slow", f"{words} Look at the box, then at the cable.")
