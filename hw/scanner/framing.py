r"""Where one code ends and the next begins, on a line that knows no packets.

    9990000017\r\nPM1:AB…\r\n    two codes, each closed by the scanner's ending
    9990000017 <quiet>           one code of a scanner that was never given an ending

What cannot be a code becomes a `Trouble` with words; the next code is read as if nothing had been.
No clock and no device here: the driver says when it was quiet.

Is quiet safe as an ending? A packet may come late, and then a half would pass for a whole. So it
ends a code only while no ending was seen since the scanner was plugged in: after the first one, a
code without it is a half, and is dropped. What remains is the very first code of a line that halts
in the middle; there a national code, a document and a card still carry their own checks.
"""

from dataclasses import dataclass

CODE_MAX = 1_200
"""Bytes of one code. The PDF417 text of a driving licence fits; nothing used here is longer."""

QUIET_S = 0.08
"""Longer than a scanner is silent inside a code. USB carries a packet each millisecond, a serial
converter holds bytes back for 16 ms, and at 9,600 baud 80 ms are the time of 76 bytes."""

HALF_S = 2.0
"""How long the rest of a code is waited for: from a scanner that is known to send an ending, and
of a code that is too long already."""

FRAMING = "\r\n\x00\x02\x03"
"""What scanners put around a code: line ends, STX and ETX, fillers."""

_CONTROLS = set("\t\n\r\x04\x1c\x1d\x1e\x1f")
"""Separators inside documents (AAMVA, ISO/IEC 15434). Other controls are noise."""

TOO_LONG = "A code was longer than any that is used here, and was not taken. Scan one at a time."
GARBLED = (
    "The scanner sent what is no text. Scan again. If it stays so, check the scanner's settings: "
    "speed, character set, keyboard."
)
HALF = "A code came only in part, and was not taken. Scan it again."


@dataclass(frozen=True)
class Trouble:
    """What came was no code; words for the worker, never what came."""

    words: str


Found = str | Trouble


class Framer:
    """Cuts what comes into codes. It holds at most CODE_MAX bytes and an ending."""

    def __init__(self, ending: bytes) -> None:
        self._ending = ending
        self._held = bytearray()
        self._is_skipping = False
        self._ending_seen = False

    @property
    def is_holding(self) -> bool:
        """Has something come that is not a whole code yet?"""
        return bool(self._held) or self._is_skipping

    @property
    def patience_s(self) -> float:
        """After so many seconds without a byte, `quiet` is to be called."""
        # The rest of what is too long is no code either, however it falters.
        return HALF_S if self._ending_seen or self._is_skipping else QUIET_S

    def take(self, data: bytes) -> list[Found]:
        """What these bytes complete, in order."""
        found: list[Found] = []
        self._held += data
        while self._ending and (cut := self._held.find(self._ending)) >= 0:
            piece = bytes(self._held[:cut])
            del self._held[: cut + len(self._ending)]
            self._ending_seen = True
            if not self._is_skipping:
                found += _code(piece)
            self._is_skipping = False
        if len(self._held) >= CODE_MAX + max(1, len(self._ending)):
            if not self._is_skipping:
                found.append(Trouble(TOO_LONG))
            self._is_skipping = True
        if self._is_skipping:
            # The last bytes may be the first of the ending.
            del self._held[: len(self._held) - max(0, len(self._ending) - 1)]
        return found

    def quiet(self) -> list[Found]:
        """Nothing came for `patience_s`: what is held is whole, or will never be."""
        piece, skipped = bytes(self._held), self._is_skipping
        self.forget()
        if skipped or not piece.strip(FRAMING.encode()):
            return []
        return [Trouble(HALF)] if self._ending_seen else _code(piece)

    def forget(self) -> None:
        """Drop what is held."""
        self._held.clear()
        self._is_skipping = False

    def begin(self) -> None:
        """The scanner was plugged in anew: it may be another one, with another ending."""
        self.forget()
        self._ending_seen = False


def _code(piece: bytes) -> list[Found]:
    """None or one: framing alone is no code."""
    if len(piece) > CODE_MAX:
        return [Trouble(TOO_LONG)]
    try:
        text = piece.decode().strip(FRAMING)
    except UnicodeDecodeError:
        return [Trouble(GARBLED)]
    if any(c < " " and c not in _CONTROLS for c in text) or "\x7f" in text:
        return [Trouble(GARBLED)]
    return [text] if text else []
