"""Our key tables against the computer's own: libxkbcommon with Debian's xkb-data."""

import ctypes
import ctypes.util
from pathlib import Path

import pytest

from hw.scanner.evdev import US_KEYS
from hw.scanner.persian_keys import PERSIAN_KEYS, from_persian_layout

XKB_LIBRARY = ctypes.util.find_library("xkbcommon")
EVDEV_TO_XKB = 8
"""An xkb key code is the kernel's plus eight."""

NO_NUM_LOCK = {*range(71, 74), *range(75, 78), *range(79, 84)}
"""Keypad keys whose first level moves the cursor, the second is the digit."""

pytestmark = pytest.mark.skipif(
    XKB_LIBRARY is None or not Path("/usr/share/X11/xkb/symbols/ir").exists(),
    reason="needs Debian's libxkbcommon0 and xkb-data",
)


class _Names(ctypes.Structure):
    _fields_ = [(name, ctypes.c_char_p) for name in ("rules", "model", "layout", "variant", "opt")]


def layout(name: str) -> dict[int, tuple[str, str]]:
    """Kernel key code -> what the layout gives alone and with shift, as xkb says."""
    xkb = ctypes.CDLL(XKB_LIBRARY)
    xkb.xkb_context_new.restype = ctypes.c_void_p
    xkb.xkb_keymap_new_from_names.restype = ctypes.c_void_p
    context = ctypes.c_void_p(xkb.xkb_context_new(0))
    names = _Names(b"evdev", b"pc105", name.encode(), b"", b"")
    keymap = ctypes.c_void_p(xkb.xkb_keymap_new_from_names(context, ctypes.byref(names), 0))
    assert keymap, "xkb knows the layout"

    def character(code: int, level: int) -> str:
        symbols = ctypes.POINTER(ctypes.c_uint32)()
        code += EVDEV_TO_XKB
        count = xkb.xkb_keymap_key_get_syms_by_level(keymap, code, 0, level, ctypes.byref(symbols))
        return chr(xkb.xkb_keysym_to_utf32(symbols[0])) if count == 1 else ""

    try:
        return {code: (character(code, 0), character(code, 1)) for code in US_KEYS}
    finally:
        xkb.xkb_keymap_unref(keymap)
        xkb.xkb_context_unref(context)


def test_our_us_keys_are_those_of_xkb():
    us = layout("us")
    for code, (plain, shifted) in US_KEYS.items():
        if code in NO_NUM_LOCK:
            assert us[code][1] == plain, code
        elif plain != "\t":
            assert (plain, shifted) == (us[code][0], us[code][1] or plain), code


def test_our_persian_keys_are_those_of_xkb():
    us, ir = layout("us"), layout("ir")
    typing = [code for code in us if code < 55 and us[code][0] != "\t"]
    xkb = {us[code][level]: ir[code][level] for code in typing for level in (0, 1)}
    assert xkb == PERSIAN_KEYS


def test_the_space_bar_is_the_only_key_that_hides_behind_another():
    given = list(PERSIAN_KEYS.values())
    assert len(given) == len(set(given))
    assert layout("ir")[57] == (" ", "\u200c")
    assert from_persian_layout("\u200c") == "B"
