"""A UPS behind upsd, the server of Network UPS Tools: asked over TCP, every two seconds.

    -> LIST VAR box
    <- VAR box ups.status "OB LB"
    <- VAR box battery.charge "50"         percent
    <- VAR box battery.runtime "720"       seconds

    ups = "box@127.0.0.1:3493"             the settings: one UPS by its name
    ups = "@127.0.0.1:3493"                the only one there is; two are a state with words

Sources: RFC 9271 (the protocol and the words of ups.status), NUT's docs/nut-names.txt.
`aionut` speaks the protocol; here is what the answers mean.
"""

import asyncio
import math
import re
from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeVar

from aionut import (
    AIONUTClient,
    NUTCommandError,
    NUTConnectionClosedError,
    NUTError,
    NUTOSError,
    NUTTimeoutError,
)

from hw.catalogue import UPS_FORM, Nut
from hw.peripheral import (
    GarbledError,
    PeripheralError,
    RefusedError,
    SeveralError,
    SlowError,
    UnpluggedError,
)
from hw.power import PowerReading, PowerTold
from hw.power.telling import HOLD_S, UNKNOWN_S, PowerKeeper, is_low

T = TypeVar("T")

POLL_S = 2.0
"""Between two questions. upsd itself hears from its driver every two seconds by default."""

ANSWER_S = 3.0
"""For one answer; upsd answers from memory. aionut asks twice before it gives up."""

MINUTES_MAX = 24 * 60
"""More is shown as a day: idle UPSes report runtimes of weeks."""

_REMARKS = {
    "OFF": "The UPS has switched its sockets off: switch it on.",
    "RB": "The battery of the UPS must be replaced.",
    "OVER": "The UPS is overloaded: unplug something from it.",
    "BYPASS": "The UPS is in bypass and does not protect: look at its panel.",
    "ALARM": "The UPS signals an alarm: look at its panel.",
}
"""Words of ups.status that a worker can do something about."""


class _Server(NamedTuple):
    name: str
    host: str
    port: int


class NutPower(PowerKeeper):
    """The UPS of the settings, polled."""

    def __init__(
        self,
        settings: Nut,
        tell: Callable[[PowerTold], None],
        poll_s: float = POLL_S,
        hold_s: float = HOLD_S,
        unknown_s: float = UNKNOWN_S,
    ) -> None:
        super().__init__(tell, hold_s, unknown_s)
        self._settings = settings
        self._poll_s = poll_s

    async def _watch(self) -> None:
        name, host, port = _server(self._settings.ups)
        upsd = AIONUTClient(host, port, timeout=ANSWER_S)
        try:
            name = name or await self._only(upsd)
            while True:
                variables = await self._ask(upsd.list_vars(name))
                if "WAIT" in variables.get("ups.status", "").split():
                    self._lose()
                    self._stand("starting", "upsd is waiting for its first word from the UPS.")
                else:
                    self._take(*self._read(variables))
                await asyncio.sleep(self._poll_s)
        finally:
            upsd.shutdown()

    async def _only(self, upsd: AIONUTClient) -> str:
        names = sorted(await self._ask(upsd.list_ups()))
        if not names:
            raise UnpluggedError("upsd runs but knows no UPS. Add the UPS to its ups.conf.")
        if len(names) > 1:
            raise SeveralError(
                f"There are {len(names)} UPSes: {', '.join(name[:32] for name in names[:5])}. "
                "Name the one of this station in station.toml."
            )
        return names[0]

    async def _ask(self, asking: Awaitable[T]) -> T:
        """The answer of upsd; what goes wrong becomes a state with words."""
        try:
            return await asking
        except NUTCommandError as error:
            raise _refused(str(error), self._settings.ups) from None
        except NUTTimeoutError:
            raise SlowError("upsd does not answer. Look at the computer it runs on.") from None
        except (NUTOSError, NUTConnectionClosedError, asyncio.IncompleteReadError):
            raise UnpluggedError(
                f"No upsd at {self._settings.ups.partition('@')[2]}. "
                "Start nut-server, or look at the network cable."
            ) from None
        except (NUTError, asyncio.LimitOverrunError, ValueError, IndexError):
            raise GarbledError(
                "What answers in place of upsd cannot be understood. Look at the address of "
                "the UPS in station.toml."
            ) from None

    def _read(self, variables: dict[str, str]) -> tuple[PowerReading, str, bool]:
        """The reading, a remark for the worker, and whether the UPS is about to switch off."""
        status = variables.get("ups.status", "").split()
        if not {"OL", "OB"} & set(status):
            if "OFF" in status:
                raise RefusedError(_REMARKS["OFF"])
            raise GarbledError(
                "The UPS does not say whether it is on mains or on battery. Restart nut-driver."
            )
        percent = _number(variables, "battery.charge", 100)
        seconds = _number(variables, "battery.runtime", math.inf)
        minutes = None if seconds is None else int(min(seconds // 60, MINUTES_MAX))
        whole = None if percent is None else int(percent)
        on_mains = "OB" not in status
        low = is_low(
            on_mains, whole, minutes, self._settings.low_percent, self._settings.low_minutes
        )
        # Forced shutdown, on mains too: the UPS is about to cut what hangs on it.
        is_ending = "FSD" in status
        low = low or ("LB" in status and not on_mains) or is_ending
        remark = next((_REMARKS[word] for word in _REMARKS if word in status), "")
        return PowerReading(on_mains, whole, minutes, low), remark, is_ending


def _server(ups: str) -> _Server:
    found = re.fullmatch(UPS_FORM, ups)
    if found is None:
        raise UnpluggedError(
            "The UPS in station.toml is not written as name@host:port. Correct it there."
        )
    return _Server(found["name"], found["host"].strip("[]"), int(found["port"]))


def _refused(said: str, ups: str) -> PeripheralError:
    """upsd answered ERR, with a reason of RFC 9271."""
    if "DATA-STALE" in said:
        return UnpluggedError("The UPS no longer speaks to upsd. Look at the cable of the UPS.")
    if "DRIVER-NOT-CONNECTED" in said:
        return UnpluggedError("The driver of the UPS does not run. Restart nut-driver.")
    if "UNKNOWN-UPS" in said:
        return UnpluggedError(
            f"upsd knows no UPS called {ups.partition('@')[0]}. "
            "Correct the name in station.toml or in ups.conf."
        )
    if "ACCESS-DENIED" in said:
        return UnpluggedError("upsd does not let this computer ask. Allow it in upsd.conf.")
    return GarbledError("upsd refuses to tell how the UPS stands. Look at its log.")


def _number(variables: dict[str, str], name: str, most: float) -> float | None:
    """A value of the UPS, 0 to `most`; None if it does not say."""
    text = variables.get(name)
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= most or math.isinf(value):
        raise GarbledError(
            f"The UPS reports a {name} that cannot be. Look at the settings of its driver."
        )
    return value
