"""Readiness and watchdog, told to systemd: a datagram to the Unix socket that it names.

    READY=1                  the station serves: `systemctl start` returns
    STATUS=Box a-box-1       one line for `systemctl status`
    WATCHDOG=1               alive; when none comes for WatchdogSec, systemd starts it anew
    STOPPING=1               it is ending on purpose

Run by hand, no socket is named, and nothing is sent. A socket that does not take the datagram is
no reason to stop a station: systemd notices silence by itself.

Sources: sd_notify(3), sd_watchdog_enabled(3), systemd.service(5) for WatchdogSec.
"""

import asyncio
import os
import socket
from collections.abc import Callable

MESSAGE_BYTES_MAX = 2048
"""A status is a line; systemd itself takes up to 4096 bytes."""


def notify(message: str) -> bool:
    """Send one message, lines of KEY=value. True if the system took it."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if not path.startswith(("/", "@")):
        return False
    # "@" stands for the zero byte of a name that is in no folder.
    address = "\0" + path[1:] if path.startswith("@") else path
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sending:
            sending.setblocking(False)
            sending.sendto(_cut(message), address)
    except OSError:
        return False
    return True


def ready(status: str) -> bool:
    """The station serves; `status` says what it is."""
    return notify(f"READY=1\nSTATUS={_line(status)}")


def say_status(status: str) -> bool:
    """One line for whoever asks systemd."""
    return notify(f"STATUS={_line(status)}")


def stopping() -> bool:
    """The station is ending on purpose."""
    return notify("STOPPING=1")


def watchdog_interval_s() -> float | None:
    """How long systemd waits for a sign of life; None if it does not watch this process."""
    told, pid = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not (told.isascii() and told.isdecimal() and int(told) > 0):
        return None
    if pid and pid != str(os.getpid()):
        return None
    return int(told) / 1_000_000


async def keep_watchdog(alive: Callable[[], bool]) -> None:
    """Until cancelled: a sign of life twice an interval, while `alive()` says so.

    Returns at once if systemd does not watch. That it runs at all shows that the loop turns;
    `alive` is for what the loop cannot show.
    """
    interval_s = watchdog_interval_s()
    if interval_s is None:
        return
    while True:
        if alive():
            notify("WATCHDOG=1")
        await asyncio.sleep(interval_s / 2)


def _cut(message: str) -> bytes:
    """systemd takes no half letters."""
    return message.encode()[:MESSAGE_BYTES_MAX].decode(errors="ignore").encode()


def _line(text: str) -> str:
    """A newline would begin another KEY=value."""
    return " ".join(text.split())
