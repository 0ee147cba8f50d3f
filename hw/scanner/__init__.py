"""Scanners: what a document's or a card's code says, as text.

    serial.py      a scanner on a serial line (USB CDC, RS-232)
    evdev.py       a keyboard-wedge scanner read from its input device, apart from the keyboard
    reading.py     what the text is: a national code, a machine-readable zone, a card
    simulated.py   no scanner: texts come by a socket
    framing.py     where one code ends; keeping.py  what the drivers share
    mrz.py, licence.py, national_code.py, persian_keys.py   what reading.py knows

A keyboard-wedge scanner needs none of these: it types into the terminal screens.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Scanned:
    """One code was read. `text` is what the scanner sent, without its framing."""

    text: str = field(repr=False)
