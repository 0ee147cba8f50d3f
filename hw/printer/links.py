"""The four roads to a printer: python-escpos opens the device, we send the bytes and read answers.

Everything here blocks and is called on one thread. What fails is a `PeripheralError` in words.
Loading python-escpos takes a second, so it is loaded on that thread too.
"""

import contextlib
import errno
import os
import shutil
import socket
import stat
import termios
from collections.abc import Iterator
from typing import Any, Protocol

from hw.catalogue import FilePrinter, NetworkPrinter, SerialPrinter, UsbPrinter
from hw.peripheral import (
    NotInstalledError,
    SeveralError,
    SlowError,
    StoppedError,
    UnpluggedError,
)
from hw.printer.words import FULL, GONE

PrinterSettings = NetworkPrinter | SerialPrinter | UsbPrinter | FilePrinter

CONNECT_S = 3.0
"""Far more than a local network needs, little enough for a worker who waits."""

TAKE_S = 10.0
"""A printer that takes nothing for so long is stuck; a band at 9600 baud takes two seconds."""

STALE_READS_MAX = 64
"""So many reads empty any printer's answers; one that goes on talking is garbled, not stale."""

_USB_PRINTER_CLASS = 7


class Link(Protocol):
    """A road to one printer."""

    keeps_open: bool
    """Stays open between jobs: a serial line that is opened anew resets some printers."""
    answers: bool
    """Can it say how it stands?"""

    def open(self) -> None:
        """UnpluggedError, SeveralError, NotInstalledError or StoppedError if it cannot be."""
        ...

    def send(self, data: bytes) -> None:
        """UnpluggedError if the printer is gone, SlowError if it takes no more."""
        ...

    def sync(self) -> None:
        """Until what was sent is out of our hands."""
        ...

    def receive(self, limit_s: float) -> bytes:
        """What has come, or comes within the limit; empty if nothing did. UnpluggedError."""
        ...

    def close(self) -> None:
        """Let go of the device; what was not sent yet is dropped."""
        ...


def link_for(settings: PrinterSettings) -> Link:
    """The road that the settings name; ValueError if they cannot be read."""
    match settings:
        case NetworkPrinter():
            return NetworkLink(settings)
        case SerialPrinter():
            return SerialLink(settings)
        case UsbPrinter():
            return UsbLink(settings)
        case FilePrinter():
            return FileLink(settings)


def drain(link: Link) -> None:
    """Drop answers that nobody waits for any more."""
    for _ in range(STALE_READS_MAX):
        if not link.receive(0.01):
            return


class NetworkLink:
    """TCP, one connection a job and one a look.

    Such a printer serves one connection at a time: kept open, it would shut out every other
    station, and one that was switched off would be noticed only by silence.
    """

    keeps_open = False
    answers = True

    def __init__(self, settings: NetworkPrinter) -> None:
        host, _, port = settings.address.rpartition(":")
        if not host or not port.isascii() or not port.isdigit():
            raise ValueError(f"a printer's address is host:port, not {settings.address!r}")
        self._host, self._port = host, int(port)
        self._printer: Any = None

    def open(self) -> None:
        escpos = _python_escpos()
        self._printer = escpos.printer.Network(self._host, self._port, timeout=CONNECT_S)
        try:
            self._printer.open()
        except escpos.exceptions.DeviceNotFoundError:
            raise UnpluggedError(
                f"No printer answers at {self._host}:{self._port}. Switch it on, look at its "
                "cable, and see whether another station is printing."
            ) from None
        # A question of three bytes must not wait until the picture before it is acknowledged.
        with _gone():
            self._printer.device.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data: bytes) -> None:
        self._printer.device.settimeout(TAKE_S)
        with _gone():
            self._printer._raw(data)

    def sync(self) -> None:
        """The printer's own answer says more."""

    def receive(self, limit_s: float) -> bytes:
        self._printer.device.settimeout(limit_s)
        with _gone():
            try:
                received: bytes = self._printer._read()
            except TimeoutError:
                return b""
        if not received:
            raise UnpluggedError("The printer ended the connection. Is it switched on?")
        return received

    def close(self) -> None:
        _close(self._printer)


class SerialLink:
    """A serial line. No flow control: up to 115200 baud a printer is faster than its line."""

    keeps_open = True
    answers = True

    def __init__(self, settings: SerialPrinter) -> None:
        self._settings = settings
        self._printer: Any = None

    def open(self) -> None:
        escpos = _python_escpos()
        self._printer = escpos.printer.Serial(self._settings.port, self._settings.baud)
        try:
            self._printer.open()
            self._printer.device.write_timeout = TAKE_S
            # No other program may print or read answers on this line meanwhile.
            self._printer.device.exclusive = True
        except (escpos.exceptions.DeviceNotFoundError, OSError, termios.error):
            raise UnpluggedError(
                f"No printer at {self._settings.port}. Plug it in and switch it on; "
                "no other program may use this port."
            ) from None

    def send(self, data: bytes) -> None:
        with _gone():
            self._printer._raw(data)

    def sync(self) -> None:
        """The printer's own answer says more."""

    def receive(self, limit_s: float) -> bytes:
        device = self._printer.device
        with _gone():
            # One byte in time, and then what else is there: a read of sixteen would wait for all.
            device.timeout = limit_s
            first: bytes = device.read(1)
            return first + (device.read(device.in_waiting) if first else b"")

    def close(self) -> None:
        # python-escpos waits on closing until all is sent, which a stuck printer never lets it,
        # and a line that is gone cannot.
        with contextlib.suppress(OSError, AttributeError, termios.error):
            device, self._printer.device = self._printer.device, None
            device.reset_output_buffer()
            device.close()


class UsbLink:
    """USB by libusb; the printer's own interface and endpoints are looked up, never guessed.

    `finding` goes to pyusb's `find`; tests pass a backend of their own by it.
    """

    keeps_open = True
    answers = True

    def __init__(self, settings: UsbPrinter, **finding: Any) -> None:
        self._ids = {
            "idVendor": int(settings.vendor, 16),
            "idProduct": int(settings.product, 16),
        }
        self._finding = finding
        self._printer: Any = None

    def open(self) -> None:
        escpos = _python_escpos()
        device = self._only_device()
        import usb.util

        try:
            interface, in_end, out_end = _usb_ends(device)
            self._printer = escpos.printer.Usb(
                usb_args={**self._finding, **self._ids},
                timeout=int(TAKE_S * 1000),
                in_ep=in_end,
                out_ep=out_end,
            )
            self._printer.open()
            # python-escpos only logs that the device may not be used, and goes on.
            usb.util.claim_interface(self._printer.device, interface)
        except (escpos.exceptions.DeviceNotFoundError, OSError) as error:
            cause = error if isinstance(error, OSError) else error.__context__
            raise _usb_problem(cause) from None

    def send(self, data: bytes) -> None:
        with _gone():
            self._printer._raw(data)

    def sync(self) -> None:
        """The printer's own answer says more."""

    def receive(self, limit_s: float) -> bytes:
        self._printer.device.default_timeout = max(1, int(limit_s * 1000))
        with _gone():
            try:
                return bytes(self._printer._read())
            except OSError as error:
                if error.errno == errno.ETIMEDOUT:
                    return b""
                raise

    def close(self) -> None:
        _close(self._printer)

    def _only_device(self) -> Any:
        try:
            import usb.core

            found = list(usb.core.find(find_all=True, **self._finding, **self._ids))
        except (ImportError, usb.core.NoBackendError):
            words = "This computer has no libusb. Install the package libusb-1.0-0."
            raise NotInstalledError(words) from None
        if not found:
            raise UnpluggedError("The USB printer is not there. Plug it in and switch it on.")
        if len(found) > 1:
            words = f"{len(found)} USB printers of this kind are plugged in. Leave only one."
            raise SeveralError(words)
        return found[0]


class FileLink:
    """A device file such as /dev/usb/lp0, or a plain file that jobs are added to.

    In /dev nothing is ever created: a plain file there would swallow slips unseen.
    """

    keeps_open = False
    answers = False

    def __init__(self, settings: FilePrinter) -> None:
        self._path = settings.path
        self._printer: Any = None

    def open(self) -> None:
        escpos = _python_escpos()
        self._printer = escpos.printer.File(self._path)
        create = 0 if os.path.realpath(self._path).startswith("/dev/") else os.O_CREAT
        with self._written():
            # python-escpos would empty a plain file; here each job is added to its end.
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | create, 0o600)
        self._printer.device = os.fdopen(handle, "wb")

    def send(self, data: bytes) -> None:
        with self._written():
            self._printer._raw(data)

    def sync(self) -> None:
        """Until a plain file is on its disk; a device has nothing to wait for."""
        handle = self._printer.device.fileno()
        if stat.S_ISREG(os.fstat(handle).st_mode):
            with self._written():
                os.fsync(handle)

    def receive(self, limit_s: float) -> bytes:
        raise AssertionError("a file answers nothing")

    def close(self) -> None:
        _close(self._printer)

    @contextlib.contextmanager
    def _written(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            words = f"{self._path} cannot be written ({error.strerror}). Is the printer plugged in?"
            raise UnpluggedError(words) from None


def _python_escpos() -> Any:
    import escpos.capabilities
    import escpos.exceptions
    import escpos.printer

    # It leaves a folder behind in every process: a cache that no later process finds.
    if "ESCPOS_CAPABILITIES_PICKLE_DIR" not in os.environ:
        shutil.rmtree(escpos.capabilities.pickle_dir, ignore_errors=True)
    return escpos


@contextlib.contextmanager
def _gone() -> Iterator[None]:
    """What any road says when the printer is lost, or takes nothing more."""
    try:
        yield
    except TimeoutError:
        raise SlowError(FULL) from None
    except (OSError, termios.error) as error:
        if type(error).__name__ in ("SerialTimeoutException", "USBTimeoutError"):
            raise SlowError(FULL) from None
        raise UnpluggedError(GONE) from None


def _close(printer: Any) -> None:
    # A device that is gone cannot be closed in order; there is nothing left to lose.
    with contextlib.suppress(Exception):
        if printer is not None:
            printer.close()


def _usb_ends(device: Any) -> tuple[int, int, int]:
    """The device's printer interface, and its bulk endpoints in and out."""
    import usb.util

    for interface in (interface for configuration in device for interface in configuration):
        if interface.bInterfaceClass != _USB_PRINTER_CLASS:
            continue
        bulk = [
            end.bEndpointAddress
            for end in interface
            if usb.util.endpoint_type(end.bmAttributes) == usb.util.ENDPOINT_TYPE_BULK
        ]
        ins = [end for end in bulk if end & usb.util.ENDPOINT_IN]
        outs = [end for end in bulk if not end & usb.util.ENDPOINT_IN]
        if ins and outs:
            return interface.bInterfaceNumber, ins[0], outs[0]
    raise StoppedError("This USB device is no printer that answers. Look at vendor and product.")


def _usb_problem(error: BaseException | None) -> StoppedError | UnpluggedError:
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM):
        return StoppedError("This program may not use the USB printer. A udev rule must allow it.")
    if isinstance(error, OSError) and error.errno == errno.EBUSY:
        return StoppedError("Another program holds the USB printer. Stop it.")
    return UnpluggedError("The USB printer went away. Look at its cable and its power.")
