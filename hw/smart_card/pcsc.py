"""Smart-card readers by PC/SC: whatever reader the service pcscd knows (CCID by USB, and more).

    settings: reader = "HID"        a part of its name; with none named there may be only one
    states:   ready                 values reader and card
              unplugged             no reader, or not the one named
              several               two readers and none named, or two that bear the name
              not-installed         pyscard is missing, or pcscd does not run

Each act holds the reader for itself and resets the card when it is over, so a PIN that was right
for one signature is good for no other program. Source: PC/SC part 5, pcsc-lite's API.
"""

import time
from pathlib import Path
from typing import Any, TypeVar

from hw.catalogue import Pcsc
from hw.peripheral import (
    GarbledError,
    NotInstalledError,
    PeripheralError,
    RefusedError,
    SeveralError,
    UnpluggedError,
)
from hw.smart_card.apdu import CardGoneError, Channel
from hw.smart_card.reader import (
    LIMITS,
    TURNED,
    CardKeeper,
    Conversation,
    Limits,
    Look,
    Tell,
    Work,
)

T = TypeVar("T")

SHARING_S = 3.0
"""How long we wait for another of our drivers that is busy with a card in the same reader."""

SHARING_STEP_S = 0.05
GONE_MS = 1000
"""pcscd looks for the card every 400 ms: after a failed command we wait for what it finds."""

NO_LIBRARY = "The smart-card library is not installed. Run: make hardware"
NO_SERVICE = (
    "The smart-card service (pcscd) is not running. Run: systemctl start pcscd "
    "(the Debian package is pcscd)"
)
READER_GONE = "The card reader was unplugged. Plug it in again."
SHARED = "Another program is using the card reader. Close it and try again."


class PcscReader(CardKeeper):
    """A reader behind pcscd. Two may share one reader: they wait for each other."""

    def __init__(
        self, settings: Pcsc, profile: Path | None, tell: Tell, limits: Limits = LIMITS
    ) -> None:
        super().__init__(profile, tell, limits)
        self._part = settings.reader
        self._context: Any = None
        self._reader = ""

    def _open(self) -> str:
        self._close()
        scard = _library()
        code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        _check(code)
        self._context = context
        code, names = scard.SCardListReaders(context, [])
        if not _is(code, "SCARD_E_NO_READERS_AVAILABLE"):
            _check(code)
        self._reader = choose(names, self._part)
        return self._reader

    def _look(self) -> Look:
        scard = _library()
        state = self._reader_state(0, scard.SCARD_STATE_UNAWARE)
        if state & (scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE):
            raise UnpluggedError(READER_GONE)
        if not state & scard.SCARD_STATE_PRESENT:
            return Look(None)
        # The upper half of the state counts what was put in and taken out (pcsc-lite).
        return Look(state >> 16, bool(state & scard.SCARD_STATE_MUTE))

    def _with_card(self, conversation: Conversation, work: Work[T]) -> T:
        scard = _library()
        card, protocol = self._connect(conversation)
        header = scard.SCARD_PCI_T0
        if protocol == scard.SCARD_PROTOCOL_T1:
            header = scard.SCARD_PCI_T1

        def transmit(command: bytes) -> bytes:
            code, answer = scard.SCardTransmit(card, header, list(command))
            # Some drivers report a card that left in the middle as an answer of nothing.
            if code != scard.SCARD_S_SUCCESS or len(answer) < 2:
                raise self._lost(code)
            return bytes(answer)

        at_the_end = scard.SCARD_RESET_CARD
        try:
            is_t0 = protocol == scard.SCARD_PROTOCOL_T0
            return work(conversation.begin(Channel(transmit, is_t0)))
        except CardGoneError:
            # pcscd that is told to reset a card just gone overlooks it when it comes back at once.
            at_the_end = scard.SCARD_LEAVE_CARD
            raise
        finally:
            scard.SCardDisconnect(card, at_the_end)

    def _connect(self, conversation: Conversation) -> tuple[Any, int]:
        scard = _library()
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        until = time.monotonic() + SHARING_S
        while True:
            code, card, protocol = scard.SCardConnect(
                self._context, self._reader, scard.SCARD_SHARE_EXCLUSIVE, protocols
            )
            is_shared = _is(code, "SCARD_E_SHARING_VIOLATION")
            if not is_shared or time.monotonic() > until or conversation.is_over:
                break
            time.sleep(SHARING_STEP_S)
        _check(code)
        return card, protocol

    def _lost(self, code: int) -> PeripheralError:
        """Why a command failed. A card pulled out shows at first as a bad line, so look again."""
        error = _problem(code)
        if isinstance(error, CardGoneError | NotInstalledError):
            return error
        present = _library().SCARD_STATE_PRESENT
        try:
            state = self._reader_state(GONE_MS, present)
        except PeripheralError as found:
            return found
        return error if state & present else CardGoneError()

    def _reader_state(self, wait_ms: int, known: int) -> int:
        scard = _library()
        code, states = scard.SCardGetStatusChange(self._context, wait_ms, [(self._reader, known)])
        if not _is(code, "SCARD_E_TIMEOUT"):
            _check(code)
        return int(states[0][1])

    def _close(self) -> None:
        if self._context is not None:
            _library().SCardReleaseContext(self._context)
            self._context = None


def choose(names: list[str], part: str) -> str:
    """The one reader whose name has `part` in it; PeripheralError in words if it is not one."""
    if part in names:
        return part
    found = [name for name in names if part in name]
    if len(found) == 1:
        return found[0]
    if found:
        raise SeveralError(
            f"{len(found)} card readers are plugged in: {_listed(found)}. "
            "Unplug all but one, or name one in the settings."
        )
    if names:
        raise UnpluggedError(
            f"The card reader {part!r} is not plugged in. Plug it in. (Here: {_listed(names)}.)"
        )
    raise UnpluggedError("No card reader is plugged in. Plug it in.")


def _listed(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _library() -> Any:
    """pyscard's plain bindings; they load where they are used, on the driver's thread."""
    try:
        from smartcard import scard
    except ImportError:
        raise NotInstalledError(NO_LIBRARY) from None
    return scard


def _is(code: int, name: str) -> bool:
    # As a signed or an unsigned number, depending on the build.
    return bool(code & 0xFFFFFFFF == getattr(_library(), name) & 0xFFFFFFFF)


def _check(code: int) -> None:
    if code:
        raise _problem(code)


def _problem(code: int) -> PeripheralError:
    """A result code of PC/SC in words."""
    for names, error in _PROBLEMS:
        if any(_is(code, name) for name in names):
            return error()
    return GarbledError(
        f"The card reader and the card do not understand each other ({code & 0xFFFFFFFF:08X}). "
        "Put the card in again."
    )


_PROBLEMS = (
    (
        ("SCARD_E_NO_SERVICE", "SCARD_E_SERVICE_STOPPED", "SCARD_E_INVALID_HANDLE"),
        lambda: NotInstalledError(NO_SERVICE),
    ),
    (
        ("SCARD_E_NO_SMARTCARD", "SCARD_W_REMOVED_CARD", "SCARD_W_RESET_CARD"),
        CardGoneError,
    ),
    (
        ("SCARD_E_UNKNOWN_READER", "SCARD_E_READER_UNAVAILABLE", "SCARD_E_NO_READERS_AVAILABLE"),
        lambda: UnpluggedError(READER_GONE),
    ),
    (
        ("SCARD_W_UNRESPONSIVE_CARD", "SCARD_W_UNPOWERED_CARD", "SCARD_W_UNSUPPORTED_CARD"),
        lambda: GarbledError(TURNED),
    ),
    (("SCARD_E_SHARING_VIOLATION",), lambda: RefusedError(SHARED)),
)
