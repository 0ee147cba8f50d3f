"""What a keyboard-wedge scanner sends: its keys, as the kernel's `struct input_event`.

    keystrokes("A\\r")   shift down, a down, a up, shift up, Enter down, Enter up

Key numbers are those of linux/input-event-codes.h, written down here anew, so that a wrong number
in the driver does not agree with itself.
"""

import struct

ENTRY = struct.Struct("@llHHi")
SHIFT, CONTROL, ENTER = 42, 29, 28

KEYS = {
    "1": 2, "2": 3, "3": 4, "4": 5, "5": 6, "6": 7, "7": 8, "8": 9, "9": 10, "0": 11,
    "-": 12, "=": 13, "q": 16, "w": 17, "e": 18, "r": 19, "t": 20, "y": 21, "u": 22, "i": 23,
    "o": 24, "p": 25, "[": 26, "]": 27, "a": 30, "s": 31, "d": 32, "f": 33, "g": 34, "h": 35,
    "j": 36, "k": 37, "l": 38, ";": 39, "'": 40, "`": 41, "\\": 43, "z": 44, "x": 45, "c": 46,
    "v": 47, "b": 48, "n": 49, "m": 50, ",": 51, ".": 52, "/": 53, " ": 57,
}  # fmt: skip
SHIFTED = dict(zip('!@#$%^&*()_+{}:"~|<>?', "1234567890-=[];'`\\,./", strict=True))


def press(code: int, value: int) -> bytes:
    """One key down (1), held (2) or up (0), and the report that closes it."""
    return ENTRY.pack(0, 0, 1, code, value) + ENTRY.pack(0, 0, 0, 0, 0)


def stroke(code: int) -> bytes:
    """Down and up."""
    return press(code, 1) + press(code, 0)


def keystrokes(text: str) -> bytes:
    """The text typed on a US keyboard; CR is Enter, other controls are Control with a letter."""
    return b"".join(map(_typed, text))


def _typed(letter: str) -> bytes:
    if letter == "\r":
        return stroke(ENTER)
    if letter < " ":
        # Control with @, A to Z, [, \, ], ^, _ ; the last two need no shift for the kernel.
        key = KEYS[SHIFTED.get(chr(ord(letter) | 0x40).lower(), chr(ord(letter) | 0x40).lower())]
        return press(CONTROL, 1) + stroke(key) + press(CONTROL, 0)
    if letter.isupper() or letter in SHIFTED:
        key = KEYS[SHIFTED.get(letter, letter.lower())]
        return press(SHIFT, 1) + stroke(key) + press(SHIFT, 0)
    return stroke(KEYS[letter])
