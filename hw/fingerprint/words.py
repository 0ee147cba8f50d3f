"""What a fingerprint reader tells a worker: the same words whichever driver speaks.

    error_for("removed")  ->  UnpluggedError("The fingerprint reader was pulled out. …")

A kind is a short word that a reader's own messages were reduced to; what a reader says in its own
words is shown to nobody.
"""

from hw.peripheral import (
    GarbledError,
    NotInstalledError,
    PeripheralError,
    RefusedError,
    SeveralError,
    SlowError,
    State,
    UnpluggedError,
)

READY = "Ready for a finger."
AWAY = "No fingerprint reader is plugged in. Plug it in."
TOUCH = "Put the finger on the reader."
AGAIN = "Lift the finger and put the same finger on the reader again."

RETRY = {
    "again": "That touch could not be read. Lift the finger and try again.",
    "short": "That touch was too short. Hold the finger still for a second.",
    "centre": "The finger was not in the middle. Put it on the middle of the reader.",
    "lift": "Lift the finger first, then put it on the reader again.",
}
"""A touch that could not be read, and what to do."""

NOT_INSTALLED = (
    "This computer lacks what drives a fingerprint reader. Install it: "
    "apt install gir1.2-fprint-2.0 python3-gi libfprint-2-2"
)

PROBLEMS: dict[str, tuple[type[PeripheralError], str]] = {
    "removed": (
        UnpluggedError,
        "The fingerprint reader was pulled out, and no finger is kept. Plug it in and begin again.",
    ),
    "ended": (
        UnpluggedError,
        "The fingerprint reader's program ended, and no finger is kept. It starts again by "
        "itself; then begin again.",
    ),
    "closed": (
        UnpluggedError,
        "The fingerprint reader cannot be opened. Close other programs that use it; then unplug "
        "it and plug it in again.",
    ),
    "slow": (SlowError, "No finger came in time. Begin again when the person is ready."),
    "stuck": (SlowError, "The fingerprint reader does not answer. It is started again by itself."),
    "garbled": (
        GarbledError,
        "The fingerprint reader said what cannot be read, and no finger is kept. It is started "
        "again by itself; then begin again.",
    ),
    "not-installed": (NotInstalledError, NOT_INSTALLED),
    "nothing-taken": (
        RefusedError,
        "No finger has been taken in this session. Take the finger first.",
    ),
    "acting": (RefusedError, "The reader waits for another finger. Wait until that is done."),
    "busy": (RefusedError, "The fingerprint reader is busy. Wait a moment and begin again."),
    "hot": (RefusedError, "The fingerprint reader is too hot. Let it rest for some minutes."),
    "unreadable": (
        RefusedError,
        "The finger could not be read in several touches. Wipe the glass and dry the finger, or "
        "use another finger.",
    ),
    "forgotten": (RefusedError, "The session was ended, and no finger is kept. Begin again."),
    "failed": (
        UnpluggedError,
        "The fingerprint reader failed, and no finger is kept. It is started again by itself; "
        "then begin again.",
    ),
}


def error_for(kind: str) -> PeripheralError:
    """The error of this kind; a kind nobody knows is one that cannot be read."""
    error, words = PROBLEMS.get(kind, PROBLEMS["garbled"])
    return error(words)


def error_of(state: State) -> PeripheralError:
    """The error that a reader's state is to whoever asks it for a finger."""
    kinds = (SeveralError, SlowError, GarbledError, NotInstalledError, UnpluggedError)
    for kind in kinds:
        if kind.standing == state.standing:
            return kind(state.words)
    return UnpluggedError(state.words + " Wait a moment.")
