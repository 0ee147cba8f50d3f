"""Cards without plastic, command by command: what a simulated reader holds, and what tests put in
a virtual PC/SC reader. The applications are those the drivers know, nothing more:

    identity   F0 "PMIDENT"    files 0101 and 0102, as config/identity-card.toml lays them out
    ballot     F0 "PMBALLOT"   file E101, writable
    officer    D27600012401    OpenPGP card 3.4: GET DATA 6E and C4, VERIFY, the Ed25519 key,
                               and who has the admin PIN or the reset code gives it new PINs
"""

from dataclasses import dataclass, field
from typing import Protocol

from nacl.signing import SigningKey

from hw.smart_card import ballot_card, officer_card

IDENTITY_APPLICATION = b"\xf0PMIDENT"
ATR_T1 = bytes.fromhex("3B80800101")
ATR_T0 = bytes.fromhex("3B00")
PIN_TRIES = 3
ADMIN_PIN = b"12345678"
"""As cards leave the factory (4.3.2)."""

PIN_BYTES_MIN = 6
ADMIN_PIN_BYTES_MIN = 8
RESET_CODE_BYTES_MIN = 8

DONE = b"\x90\x00"
NO_FILE = b"\x6a\x82"
NO_DATA = b"\x6a\x88"
NO_INSTRUCTION = b"\x6d\x00"
WRONG_PLACE = b"\x6b\x00"
BAD_LENGTH = b"\x67\x00"
NOT_ALLOWED = b"\x69\x82"
LOCKED = b"\x69\x83"


@dataclass(frozen=True)
class Command:
    """A short command, taken apart."""

    ins: int
    place: int
    data: bytes = field(repr=False)
    le: int | None

    @classmethod
    def parse(cls, raw: bytes) -> "Command | None":
        """None if it is no short command of class 00."""
        if len(raw) < 4 or raw[0] != 0:
            return None
        rest, data = raw[4:], b""
        if len(rest) > 1:
            data, rest = rest[1 : 1 + rest[0]], rest[1 + rest[0] :]
            if len(data) != raw[4] or len(rest) > 1:
                return None
        return cls(
            raw[1], int.from_bytes(raw[2:4], "big"), data, (rest[0] or 256) if rest else None
        )


class Application(Protocol):
    """One application of a card."""

    aid: bytes

    def begin(self) -> None:
        """It was selected."""
        ...

    def do(self, command: Command) -> tuple[bytes, bytes]:
        """Data and status word."""
        ...


class Files:
    """Transparent files, by identifier; `writable` or not."""

    def __init__(self, aid: bytes, files: dict[bytes, bytes], writable: bool = False) -> None:
        self.aid = aid
        self.files = {name: bytearray(content) for name, content in files.items()}
        self._writable = writable
        self._file: bytearray | None = None

    def begin(self) -> None:
        self._file = None

    def do(self, command: Command) -> tuple[bytes, bytes]:
        match command.ins:
            case 0xA4:
                self._file = self.files.get(command.data)
                return b"", NO_FILE if self._file is None else DONE
            case 0xB0 if self._file is not None:
                return self._read(self._file, command)
            case 0xD6 if self._file is not None:
                return b"", self._write(self._file, command)
        return b"", NO_INSTRUCTION if self._file is not None else b"\x69\x86"

    def _read(self, file: bytearray, command: Command) -> tuple[bytes, bytes]:
        if command.place >= len(file):
            return b"", WRONG_PLACE
        want = command.le or 256
        found = bytes(file[command.place : command.place + want])
        return found, DONE if len(found) == want else b"\x62\x82"

    def _write(self, file: bytearray, command: Command) -> bytes:
        if not self._writable:
            return NOT_ALLOWED
        if command.place + len(command.data) > len(file):
            return b"\x6a\x84"
        file[command.place : command.place + len(command.data)] = command.data
        return DONE


class OpenPgp:
    """The part of the OpenPGP card application that signs. The counter outlives a reset."""

    def __init__(
        self, seed: bytes, pin: str, algorithm: bytes = officer_card.ED25519, tries: int = PIN_TRIES
    ) -> None:
        self.aid = officer_card.APPLICATION
        self.tries = tries
        self.admin_tries = PIN_TRIES
        # Without a reset code there is no try at it (4.3.4).
        self.reset_tries = 0
        self._reset_code = b""
        self._admin_pin = ADMIN_PIN
        self._may_write = False
        self._key = SigningKey(seed)
        self._pin = pin.encode()
        self._algorithm = algorithm
        self._may_sign = False

    def begin(self) -> None:
        self._may_sign = self._may_write = False

    def do(self, command: Command) -> tuple[bytes, bytes]:
        match command.ins, command.place:
            case 0xCA, 0x006E:
                return self._about(), DONE
            case 0xCA, 0x00C4:
                return self._counters(), DONE
            case 0x47, 0x8100 if command.data == b"\xb6\x00":
                return tlv(0x7F49, tlv(0x86, bytes(self._key.verify_key))), DONE
            case 0x20, 0x0081:
                return b"", self._verify(command.data)
            case 0x20, 0x0083:
                return b"", self._verify_admin(command.data)
            case 0x24, 0x0081:
                return b"", self._change(command.data)
            case 0x24, 0x0083:
                return b"", self._change_admin(command.data)
            case 0x2C, 0x0081:
                return b"", self._reset_by_code(command.data)
            case 0x2C, 0x0281:
                return b"", self._reset(command.data) if self._may_write else NOT_ALLOWED
            case 0xDA, 0x00D3 if self._may_write:
                return b"", self._set_reset_code(command.data)
            case 0xDA, 0x00C1 if self._may_write:
                self._algorithm = command.data
                return b"", DONE
            case 0xDB, 0x3FFF if self._may_write:
                return b"", self._import(command.data)
            case 0x2A, 0x9E9A:
                return self._sign(command.data)
            case ((0xCA | 0x47), _):
                return b"", NO_DATA
            case ((0xDA | 0xDB), _):
                return b"", NOT_ALLOWED
        return b"", NO_INSTRUCTION

    def _about(self) -> bytes:
        # PW1 once for one signature, with a maximum of 127 bytes for each of three secrets.
        inner = tlv(0xC0, bytes(10)) + tlv(0xC1, self._algorithm) + tlv(0xC4, self._counters())
        identifier = self.aid + bytes.fromhex("0304FFFE000000010000")
        return tlv(0x6E, tlv(0x4F, identifier) + tlv(0x73, inner))

    def _counters(self) -> bytes:
        return bytes([0, 127, 127, 127, self.tries, self.reset_tries, self.admin_tries])

    def _verify(self, pin: bytes) -> bytes:
        if not self.tries:
            return LOCKED
        self._may_sign = pin == self._pin
        self.tries = PIN_TRIES if self._may_sign else self.tries - 1
        return DONE if self._may_sign else NOT_ALLOWED

    def _verify_admin(self, pin: bytes) -> bytes:
        if not self.admin_tries:
            return LOCKED
        self._may_write = pin == self._admin_pin
        self.admin_tries = PIN_TRIES if self._may_write else self.admin_tries - 1
        return DONE if self._may_write else NOT_ALLOWED

    def _change(self, pins: bytes) -> bytes:
        """Where the old PIN ends is where the present one does."""
        status, new = self._verify(pins[: len(self._pin)]), pins[len(self._pin) :]
        self._may_sign = False
        return self._reset(new) if status == DONE else status

    def _change_admin(self, pins: bytes) -> bytes:
        """The new PIN gives no right before it was tried."""
        present = len(self._admin_pin)
        status, new = self._verify_admin(pins[:present]), pins[present:]
        self._may_write = False
        if status == DONE and len(new) < ADMIN_PIN_BYTES_MIN:
            return BAD_LENGTH
        if status == DONE:
            self._admin_pin = new
        return status

    def _reset(self, pin: bytes) -> bytes:
        """A new PIN with all its tries."""
        if len(pin) < PIN_BYTES_MIN:
            return BAD_LENGTH
        self._pin, self.tries = pin, PIN_TRIES
        return DONE

    def _reset_by_code(self, data: bytes) -> bytes:
        """Code and new PIN; where the code ends is where the present one does."""
        size = len(self._reset_code)
        if not self.reset_tries:
            return LOCKED
        if data[:size] != self._reset_code:
            self.reset_tries -= 1
            return NOT_ALLOWED
        self.reset_tries = PIN_TRIES
        return self._reset(data[size:])

    def _set_reset_code(self, code: bytes) -> bytes:
        """Nothing, for none."""
        if code and len(code) < RESET_CODE_BYTES_MIN:
            return BAD_LENGTH
        self._reset_code, self.reset_tries = code, PIN_TRIES if code else 0
        return DONE

    def _import(self, data: bytes) -> bytes:
        head = bytes.fromhex("4D2A B600 7F48 02 9220 5F48 20")
        if not data.startswith(head) or len(data) != len(head) + 32:
            return b"\x6a\x80"
        self._key = SigningKey(data[len(head) :])
        return DONE

    def _sign(self, message: bytes) -> tuple[bytes, bytes]:
        if not self._may_sign:
            return b"", NOT_ALLOWED
        self._may_sign = False
        return self._key.sign(message).signature, DONE


class SoftwareCard:
    """A card with one application. With T=0 it speaks as such cards do: 61xx and 6Cxx."""

    def __init__(self, application: Application, is_t0: bool = False) -> None:
        self.application = application
        self.atr = ATR_T0 if is_t0 else ATR_T1
        self._is_t0 = is_t0
        self._selected = False
        self._waiting = b""
        self._status = DONE

    def reset(self) -> None:
        """As after power on."""
        self._selected = False
        self._waiting = b""
        self.application.begin()

    def transmit(self, raw: bytes) -> bytes:
        """The answer to one command."""
        command = Command.parse(raw)
        if command is None:
            return BAD_LENGTH
        if command.ins == 0xC0:
            return self._more(command.le or 256)
        data, status = self._do(command)
        if not self._is_t0:
            return data + status
        if command.data and data:
            self._waiting, self._status = data, status
            return bytes([0x61, min(len(data), 255)])
        if data and len(data) < (command.le or 256):
            # The whole is asked for again, with the length that is there.
            return bytes([0x6C, len(data)])
        return data + status

    def _do(self, command: Command) -> tuple[bytes, bytes]:
        if command.ins == 0xA4 and command.place >> 8 == 0x04:
            self._selected = self.application.aid.startswith(command.data)
            self.application.begin()
            return b"", DONE if self._selected else NO_FILE
        return self.application.do(command) if self._selected else (b"", NO_INSTRUCTION)

    def _more(self, want: int) -> bytes:
        now, self._waiting = self._waiting[:want], self._waiting[want:]
        return now + (
            bytes([0x61, min(len(self._waiting), 255)]) if self._waiting else self._status
        )


def identity_card(national_code: str, name: str) -> Files:
    """A card with the files of the default profile."""
    person = tlv(0x65, tlv(0x5F20, name.encode()))
    files = {b"\x01\x01": national_code.encode(), b"\x01\x02": person}
    return Files(IDENTITY_APPLICATION, files)


def blank_ballot_card() -> Files:
    """A ballot card as it comes from the box."""
    size = ballot_card.HEAD_BYTES + ballot_card.TEXT_LETTERS_MAX
    return Files(ballot_card.APPLICATION, {ballot_card.FILE: bytes(size)}, writable=True)


def tlv(tag: int, value: bytes) -> bytes:
    """One BER-TLV object, up to 64 kB."""
    size = len(value)
    length = bytes([size]) if size < 0x80 else b"\x82" + size.to_bytes(2, "big")
    return tag.to_bytes(2 if tag > 0xFF else 1, "big") + length + value
