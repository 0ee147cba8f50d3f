"""What the lid board says: one line of ASCII a frame, at every change and at least once a second.

    $LID,<number>,<open|closed>,<intact|broken>*<check>\\r\\n
    $LID,41,closed,intact*7F

number   0 to 9999, one more with each frame, then 0 again: a line that repeats the last
         number is an echo or a stuck board, not a sign of life
open     the lid switch; broken: the seal loop was cut. The board keeps "broken" while it has
         power; the driver keeps it as long as it runs
check    exclusive or of all bytes between "$" and "*", two capital hexadecimal digits

A frame that differs in any byte is none. The board waits until its switch rests before it speaks
of a change. The form and the check are those of NMEA 0183, so any
terminal program can watch a board.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import xor

FRAME_BYTES_MAX = 82
"""With its "$" and line ending, as in NMEA 0183; a line that grows longer is thrown away."""

NUMBER_MAX = 9999

_FRAME = re.compile(
    rb"\$(?P<body>LID,(?P<number>0|[1-9][0-9]{0,3}),(?P<lid>open|closed),(?P<seal>intact|broken))"
    rb"\*(?P<check>[0-9A-F]{2})\r\n"
)


@dataclass(frozen=True)
class Frame:
    """How lid and seal stand, by the board."""

    number: int
    is_open: bool
    is_broken: bool


def frame_bytes(frame: Frame) -> bytes:
    """As it goes over the line."""
    lid = "open" if frame.is_open else "closed"
    seal = "broken" if frame.is_broken else "intact"
    body = f"LID,{frame.number},{lid},{seal}".encode()
    return b"$%s*%02X\r\n" % (body, _check(body))


def read_frame(line: bytes) -> Frame | None:
    """The frame at the end of one line; None if it is damaged or not ours.

    Noise may stand before the frame: each begins anew at its "$".
    """
    found = _FRAME.fullmatch(line, max(line.rfind(b"$"), 0))
    if found is None or int(found["check"], 16) != _check(found["body"]):
        return None
    return Frame(int(found["number"]), found["lid"] == b"open", found["seal"] == b"broken")


class Lines:
    """Cuts what a serial line brings into lines; holds at most a frame's bytes between two."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The lines that are whole now; noise without an end comes in pieces that are no frames."""
        self._held += data
        while (end := self._held.find(b"\n")) >= 0:
            yield bytes(self._held[: end + 1])
            del self._held[: end + 1]
        if len(self._held) > FRAME_BYTES_MAX:
            yield bytes(self._held)
            self._held.clear()


def _check(body: bytes) -> int:
    return reduce(xor, body, 0)
