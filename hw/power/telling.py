"""What all power sources share: when a reading is told, and the words it stands with.

    on mains, no remark      ready      "Mains power is there. The battery holds 97 %."
    on mains, a remark       attention  "Mains power is there. The battery must be replaced."
    on battery               attention  "Running on battery: 50 %, about 12 minutes left. …"
    low                      attention  "The power is about to end: 9 %, about 4 minutes left. …"
    a UPS that switches off  attention  "The UPS is about to switch off, although mains is there. …"

A loose plug must not flood the log. Mains lost or back is told at once, and then not again for a
hold time; when that is over the truth of then is told. A reading that has become low never waits.

A source that has gone away is told as PowerUnknown once it has been away for a while, so that a
network that stumbles tells nothing; what comes after is told whatever was told before.
"""

import asyncio
from collections.abc import Callable

from hw.peripheral import RETRY_S, Keeper, Standing
from hw.power import PowerReading, PowerTold, PowerUnknown

HOLD_S = 10.0
"""After mains was told lost or back: a flapping plug makes six entries a minute, not hundreds."""

UNKNOWN_S = 10.0
"""Away for so long, a source is told as unknown: an upsd that is started anew takes some seconds,
and a station that was told "low" must not believe it for ever."""


def is_low(
    on_mains: bool,
    percent: int | None,
    minutes: int | None,
    low_percent: int,
    low_minutes: int,
) -> bool:
    """On battery, and at or below a threshold; what the source does not say is not low."""
    if on_mains:
        return False
    return (percent is not None and percent <= low_percent) or (
        minutes is not None and minutes <= low_minutes
    )


class PowerKeeper(Keeper):
    """A power source writes `_watch`, which calls `_take` with each reading it gets."""

    def __init__(
        self,
        tell: Callable[[PowerTold], None],
        hold_s: float = HOLD_S,
        unknown_s: float = UNKNOWN_S,
        retry_s: float = RETRY_S,
    ) -> None:
        super().__init__(retry_s)
        self._tell = tell
        self._hold_s = hold_s
        self._unknown_s = unknown_s
        self._unknown_soon: asyncio.TimerHandle | None = None
        self._reading: PowerReading | None = None
        self._told: PowerReading | None = None
        self._turned_at = float("-inf")

    @property
    def reading(self) -> PowerReading | None:
        """The reading of now; None while the source is away: an old one would mislead."""
        return self._reading

    async def run(self) -> None:
        """Until cancelled. Whoever ends it is not told that it ended."""
        try:
            await super().run()
        except asyncio.CancelledError:
            self._stop_waiting()
            raise

    async def _watch(self) -> None:
        raise NotImplementedError

    async def _serve(self) -> None:
        try:
            await self._watch()
        finally:
            self._lose()

    def _lose(self) -> None:
        """The source says nothing now."""
        self._reading = None
        if self._told is not None and self._unknown_soon is None:
            loop = asyncio.get_running_loop()
            self._unknown_soon = loop.call_later(self._unknown_s, self._tell_unknown)

    def _tell_unknown(self) -> None:
        self._unknown_soon = self._told = None
        self._tell(PowerUnknown())

    def _stop_waiting(self) -> None:
        if self._unknown_soon is not None:
            self._unknown_soon.cancel()
            self._unknown_soon = None

    def _take(self, reading: PowerReading, remark: str = "", is_ending: bool = False) -> None:
        """A reading just taken; `remark` is a sentence about what else somebody must look at.

        `is_ending`: the source is about to switch off, mains or not.
        """
        self._stop_waiting()
        self._reading = reading
        standing, words = _standing(reading, remark, is_ending)
        self._stand(standing, words, **_values(reading))
        if not self._is_due(reading):
            return
        if self._told is not None and reading.on_mains != self._told.on_mains:
            self._turned_at = asyncio.get_running_loop().time()
        self._told = reading
        self._tell(reading)

    def _is_due(self, reading: PowerReading) -> bool:
        told = self._told
        if told is None or (reading.is_low and not told.is_low):
            return True
        if reading.on_mains != told.on_mains:
            return asyncio.get_running_loop().time() - self._turned_at >= self._hold_s
        return reading != told


def _standing(reading: PowerReading, remark: str, is_ending: bool) -> tuple[Standing, str]:
    left = _left(reading)
    if is_ending:
        though = ", although mains is there" if reading.on_mains else ""
        words = f"The UPS is about to switch off{though}."
        return "attention", f"{words} Close down safely now. {remark}".strip()
    if reading.is_low:
        words = f"The power is about to end{': ' + left if left else ''}."
        return "attention", f"{words} Plug the mains in now, or close down safely. {remark}".strip()
    if not reading.on_mains:
        words = f"Running on battery{': ' + left if left else ''}."
        return "attention", f"{words} Look for what cut the mains. {remark}".strip()
    if remark:
        return "attention", f"Mains power is there. {remark}"
    holds = "" if reading.percent is None else f" The battery holds {reading.percent} %."
    return "ready", f"Mains power is there.{holds}"


def _left(reading: PowerReading) -> str:
    parts = []
    if reading.percent is not None:
        parts.append(f"{reading.percent} %")
    if reading.minutes_left is not None:
        unit = "minute" if reading.minutes_left == 1 else "minutes"
        parts.append(f"about {reading.minutes_left} {unit} left")
    return ", ".join(parts)


def _values(reading: PowerReading) -> dict[str, str]:
    values = {"power": "mains" if reading.on_mains else "battery"}
    if reading.percent is not None:
        values["charge"] = f"{reading.percent} %"
    if reading.minutes_left is not None:
        values["time left"] = f"{reading.minutes_left} min"
    return values
