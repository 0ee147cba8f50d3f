"""Commands to a card and what it answers (ISO/IEC 7816-4, short form), and the TLV inside.

    -> 00 A4 04 00 06 D27600012401 00      class, instruction, P1, P2, Lc, data, Le
    <- 6F 08 84 06 D27600012401 90 00      data, then the status word

A card may say "61xx, fetch more" or "6Cxx, ask for xx": `Channel.send` follows both. Under the
protocol T=0 a command with data does not carry its Le; the card then says 61xx.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from hw.peripheral import GarbledError, RefusedError, SlowError, UnpluggedError

Transmit = Callable[[bytes], bytes]
"""Hands one command to the card and brings its answer; CardGoneError when the card is gone."""

DONE = 0x9000
END_OF_FILE = 0x6282
WRONG_LENGTH = 0x6700
BEYOND_THE_END = 0x6B00
NOT_FOUND = frozenset({0x6A82, 0x6A81, 0x6A86, 0x6D00, 0x6E00, 0x6999})
"""What cards answer to a SELECT of what they do not have."""

DATA_BYTES_MAX = 255
"""A short command's data: Lc is one byte."""

ANSWER_BYTES_MAX = 4096
"""The longest chained answer that is taken: no file we read is longer."""

STEP_BYTES = 224
"""Read or written at once: fits every card's buffer that takes short commands."""


class CardGoneError(UnpluggedError):
    """The card went away between two commands. Each act has words of its own for it."""


@dataclass(frozen=True)
class Answer:
    """Data and status word (SW1 SW2)."""

    data: bytes = field(repr=False)
    status: int


class Channel:
    """One conversation with a card. `abandoned` ends it before the next command."""

    def __init__(self, transmit: Transmit, is_t0: bool = False) -> None:
        self._transmit = transmit
        self._is_t0 = is_t0
        self.abandoned = False

    def send(self, ins: int, p1: int, p2: int, data: bytes = b"", le: int | None = None) -> Answer:
        """One command and its whole answer. `le`: bytes wanted, 0 for up to 256, None for none."""
        assert len(data) <= DATA_BYTES_MAX, "the caller cuts it"
        head = bytes([0, ins, p1, p2])
        body = bytes([len(data)]) + data if data else b""
        tail = b"" if le is None or (data and self._is_t0) else bytes([le % 256])
        answer = self._exchange(head + body + tail)
        if answer.status >> 8 == 0x6C and not data:
            answer = self._exchange(head + bytes([answer.status & 0xFF]))
        found = answer.data
        while answer.status >> 8 == 0x61:
            answer = self._exchange(bytes([0, 0xC0, 0, 0, answer.status & 0xFF]))
            found += answer.data
            if not answer.data or len(found) > ANSWER_BYTES_MAX:
                raise GarbledError("The card's answer has no end. Use another card.")
        return Answer(found, answer.status)

    def need(self, ins: int, p1: int, p2: int, data: bytes = b"", le: int | None = None) -> bytes:
        """The data of a command that must succeed; GarbledError otherwise."""
        answer = self.send(ins, p1, p2, data, le)
        if answer.status != DONE:
            raise unexpected(answer.status)
        return answer.data

    def select_application(self, aid: bytes, if_absent: str) -> None:
        """SELECT by name; RefusedError with `if_absent` when the card has no such application."""
        self._select(self.send(0xA4, 0x04, 0x00, aid, 0), if_absent)

    def select_file(self, file: bytes, if_absent: str) -> None:
        """SELECT by file identifier, two bytes."""
        self._select(self.send(0xA4, 0x00, 0x0C, file), if_absent)

    def read(self, offset: int, length: int) -> bytes:
        """READ BINARY of the selected file: at most `length` bytes, fewer where the file ends."""
        found = b""
        while len(found) < length:
            place = offset + len(found)
            want = min(STEP_BYTES, length - len(found))
            answer = self.send(0xB0, place >> 8, place & 0xFF, le=want)
            if answer.status == BEYOND_THE_END or (answer.status == WRONG_LENGTH and found):
                break
            if answer.status not in (DONE, END_OF_FILE):
                raise unexpected(answer.status)
            if len(answer.data) > want:
                raise GarbledError("The card answered more than was asked. Use another card.")
            found += answer.data
            if len(answer.data) < want:
                break
        return found

    def update(self, offset: int, data: bytes) -> None:
        """UPDATE BINARY of the selected file; RefusedError when the card does not take it."""
        for start in range(0, len(data), STEP_BYTES):
            place = offset + start
            answer = self.send(0xD6, place >> 8, place & 0xFF, data[start : start + STEP_BYTES])
            if answer.status != DONE:
                raise RefusedError(
                    f"The card cannot be written (it answered {answer.status:04X}): "
                    "it is locked or too small. Use another card."
                )

    @staticmethod
    def _select(answer: Answer, if_absent: str) -> None:
        if answer.status in NOT_FOUND:
            raise RefusedError(if_absent)
        if answer.status != DONE:
            raise unexpected(answer.status)

    def _exchange(self, command: bytes) -> Answer:
        if self.abandoned:
            # Whoever asked has given up: what goes on now would surprise them later.
            raise SlowError("The card answered too late. Put it in again.")
        raw = self._transmit(command)
        # ISO/IEC 7816-4, 5.3.4: SW1 is 61 to 6F or 90 to 9F, and nothing else.
        is_status = len(raw) >= 2 and raw[-2] >> 4 in (6, 9) and raw[-2] != 0x60
        if not is_status or len(raw) > 256 + 2:
            raise GarbledError(
                "What the card says cannot be read. Wipe its contacts and put it in again."
            )
        return Answer(raw[:-2], int.from_bytes(raw[-2:], "big"))


def unexpected(status: int) -> GarbledError:
    """For a status word that nothing here expects."""
    return GarbledError(
        f"The card gave an answer that is not understood ({status:04X}). "
        "Put it in again, or use another card."
    )


def tlv_value(data: bytes, path: tuple[int, ...]) -> bytes:
    """The value at a path of BER-TLV tags, e.g. (0x65, 0x5F20); GarbledError if it is not there.

    Tags of up to two bytes, lengths of up to 65535 (ISO/IEC 7816-4, 5.2.2). Filling bytes 00 and
    FF between the objects are skipped.
    """
    for tag in path:
        data = _one_value(data, tag)
    return data


def _one_value(data: bytes, wanted: int) -> bytes:
    place = 0
    while place < len(data):
        if data[place] in (0x00, 0xFF):
            place += 1
            continue
        tag_bytes = 2 if data[place] & 0x1F == 0x1F else 1
        tag = int.from_bytes(data[place : place + tag_bytes], "big")
        place += tag_bytes
        length, place = _length(data, place)
        if place + length > len(data):
            break
        if tag == wanted:
            return data[place : place + length]
        place += length
    raise GarbledError("The card lacks what is looked for on it. Use another card.")


def _length(data: bytes, place: int) -> tuple[int, int]:
    """A BER length, and the place after it; beyond the data when it is cut off."""
    first = data[place] if place < len(data) else 0xFF
    if first < 0x80:
        return first, place + 1
    wide = {0x81: 1, 0x82: 2}.get(first)
    if wide is None or place + 1 + wide > len(data):
        return len(data), place + 1
    return int.from_bytes(data[place + 1 : place + 1 + wide], "big"), place + 1 + wide
