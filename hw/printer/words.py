"""What every printer's driver says in the same words."""

from hw.peripheral import PeripheralError, StoppedError
from hw.printer import UnfinishedError

READY = "Ready to print."
LOW = "The paper is nearly out; it still prints. Have a new roll ready."
COVER_OPEN = "The printer's cover is open. Close it."
PAPER_OUT = "The printer is out of paper. Put in a new roll."
FAULT = "The printer reports a fault. Look for jammed paper; switch it off and on."
OFFLINE = "The printer is offline. Look at its lamps; press its feed button."
GONE = "The printer is gone. Look at its cable and its power."
SILENT = "The printer does not answer. Look at it; switch it off and on."
FULL = "The printer takes no more. Look at its paper and its cover."
UNSAID = "The printer did not say in time that the slip is finished."
NONSENSE = (
    "What answers there does not answer as a printer does. Look at which device it is, at its "
    "language setting (ESC/POS) and, if serial, at its speed."
)


def computer_failed(error: OSError) -> StoppedError:
    """The computer, not the printer, said no: a full disk, a lack of permission."""
    cause = error.strerror or type(error).__name__
    return StoppedError(
        f"This computer cannot use the printer ({cause}). "
        "Look at its free disk space and at who may use the printer."
    )


def unfinished(cause: PeripheralError) -> UnfinishedError:
    """Printing began and cannot be shown to have ended; the printer stands as `cause` says."""
    error = UnfinishedError(
        f"Printing was cut off: all, a part or nothing of it is on paper. {cause.words} "
        "Look at the paper before anything is printed again."
    )
    error.standing = cause.standing
    return error
