"""A keyboard-wedge scanner read from its input device, so that its keys do not reach the screen.

    driver = "evdev"
    device = "/dev/input/by-id/usb-…-event-kbd"
    layout = "us"                     the scanner's own keyboard setting; there is only this one

The kernel sends `struct input_event` (linux/input.h): two longs of time, type, code, value; 24
bytes on 64 bits. Enter ends a code. Control with a letter is that control character, as scanners
send the separators in a document; a text with line breaks needs a scanner that is set to send
Control-J for them, because its Enter ends the code.
"""

import asyncio
import errno
import fcntl
import os
import struct
from collections.abc import Callable

from hw.catalogue import EvdevScanner, Tell
from hw.peripheral import NotInstalledError, PeripheralError, UnpluggedError
from hw.scanner.keeping import READY, ScannerKeeper

INPUT_EVENT = struct.Struct("@llHHi")
"""struct input_event: seconds, microseconds, type, code, value."""

AT_ONCE = 64
"""Entries read in one go; what is left waits in the kernel, and other devices have their turn."""

EVIOCGRAB = 0x40044590
"""_IOW('E', 0x90, int): from now on keys come to us alone (linux/input.h)."""

ENTER = b"\r"
NOTHING_READABLE = b"\xff"
"""Stands for a key without a character. No UTF-8 has it, so the whole code is refused."""

_EV_SYN, _EV_KEY, _SYN_DROPPED = 0, 1, 3
_RELEASED, _PRESSED = 0, 1
_ENTERS = {28, 96}
_SHIFTS, _CONTROLS, _ALTS = {42, 54}, {29, 97}, {56, 100}
_SILENT = {58, 69, 70, 125, 126, 127}
"""Caps, Num and Scroll Lock, Super and Menu: a scanner sends them before or after a code."""

NOT_ALONE = (
    "The scanner works, but what it reads also reaches the screen as typing. "
    "Ask a technician for the right to hold the device alone."
)


def _us_keys() -> dict[int, tuple[str, str]]:
    """Key code -> character alone and with shift: linux/input-event-codes.h, US layout."""
    rows = (
        (2, "1234567890-=", "!@#$%^&*()_+"),
        (15, "\tqwertyuiop[]", "\tQWERTYUIOP{}"),
        (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
        (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
        (55, "*", "*"),
        (57, " ", " "),
        (71, "789-456+1230.", "789-456+1230."),
        (98, "/", "/"),
    )
    return {
        first + place: pair
        for first, plain, shifted in rows
        for place, pair in enumerate(zip(plain, shifted, strict=True))
    }


US_KEYS = _us_keys()


class Keys:
    """Turns entries of the input device into what was typed."""

    def __init__(self) -> None:
        self._down: set[int] = set()
        self._rest = b""

    def typed(self, data: bytes) -> bytes:
        """UTF-8, Enter as CR. An entry that came in part waits for its other part."""
        data = self._rest + data
        whole = len(data) - len(data) % INPUT_EVENT.size
        self._rest = data[whole:]
        entries = INPUT_EVENT.iter_unpack(data[:whole])
        return b"".join(self._one(kind, code, value) for _, _, kind, code, value in entries)

    def _one(self, kind: int, code: int, value: int) -> bytes:
        if kind == _EV_SYN and code == _SYN_DROPPED:
            # The kernel's queue was full: keys are missing, and shift may be up or down.
            self._down.clear()
            return NOTHING_READABLE
        if kind != _EV_KEY:
            return b""
        if code in _SHIFTS | _CONTROLS | _ALTS:
            (self._down.discard if value == _RELEASED else self._down.add)(code)
            return b""
        if value != _PRESSED or code in _SILENT:
            return b""
        return ENTER if code in _ENTERS else self._character(code)

    def _character(self, code: int) -> bytes:
        if code not in US_KEYS or self._down & _ALTS:
            return NOTHING_READABLE
        plain, shifted = US_KEYS[code]
        if self._down & _CONTROLS:
            return bytes([ord(shifted) & 0x1F])
        return (shifted if self._down & _SHIFTS else plain).encode()


class EvdevScannerDriver(ScannerKeeper):
    """Tells a `Scanned` for each code; keeps the device and finds it again."""

    def __init__(self, settings: EvdevScanner, tell: Tell) -> None:
        super().__init__(settings.device, ENTER, tell)
        self._layout = settings.layout

    async def _serve(self) -> None:
        if self._layout != "us":
            raise NotInstalledError(
                'Only the keyboard layout "us" is known. Set the scanner to it, and the settings.'
            )
        device = _opened(self._port)
        loop = asyncio.get_running_loop()
        keys, gone = Keys(), asyncio.Event()

        def come() -> None:
            try:
                data = os.read(device, AT_ONCE * INPUT_EVENT.size)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if data:
                self._feed(keys.typed(data))
            else:
                loop.remove_reader(device)
                gone.set()

        try:
            self._begin()
            self._hold_alone(device)
            _watch(self._port, device, come)
            await self._until_gone(gone)
        finally:
            self._drop_half()
            loop.remove_reader(device)
            os.close(device)

    def _hold_alone(self, device: int) -> None:
        try:
            fcntl.ioctl(device, EVIOCGRAB, 1)
        except OSError as error:
            if error.errno == errno.EBUSY:
                raise _held(self._port) from None
            self._stand("attention", NOT_ALONE)
        else:
            self._stand("ready", READY)


def _opened(device: str) -> int:
    try:
        return os.open(device, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _why(device, error) from None


def _watch(path: str, device: int, come: Callable[[], None]) -> None:
    try:
        asyncio.get_running_loop().add_reader(device, come)
    except PermissionError:
        # What epoll does not take is a plain file.
        raise NotInstalledError(f"{path} is no input device. Correct the settings.") from None


def _held(device: str) -> PeripheralError:
    return UnpluggedError(f"Another program holds the scanner at {device}. End that program.")


def _why(device: str, error: OSError) -> PeripheralError:
    match error.errno:
        case errno.ENOENT | errno.ENXIO | errno.ENODEV:
            return UnpluggedError(f"There is no scanner at {device}. Plug it in.")
        case errno.EBUSY:
            return _held(device)
        case errno.EACCES | errno.EPERM:
            return NotInstalledError(
                f"This program may not read {device}. Put its user into the group that owns the "
                "device (input)."
            )
    return NotInstalledError(f"{device} is no input device. Correct the settings.")
