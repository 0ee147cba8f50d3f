"""Slip printers: cards, stubs, slips and returns on a roll of paper.

    slip.py        a slip as data: headings, text, pairs, codes
    measures.py    how much paper it takes; a long one in parts
    drawing.py     a slip as a picture, Persian shaped and ordered right
    escpos.py      the drivers: ESC/POS over TCP, serial, USB, or into a file
    commands.py       its commands and answers; links.py the cables; script.py order of letters
    words.py          every sentence a printer says
    simulated.py   pictures into a folder, steered by a socket

Everything is printed as a picture, never with a printer's own code pages: what the picture shows
is what the paper shows, on any printer.
"""

from typing import Protocol

from hw.peripheral import Peripheral, RefusedError
from hw.printer.slip import Slip


class CannotDrawError(RefusedError):
    """This slip can never be printed on this paper: nothing was, and trying again is in vain."""


class UnfinishedError(RefusedError):
    """Printing was cut off: a part, or all of it, may be on paper. Somebody must look."""


class Printer(Peripheral, Protocol):
    """One printer."""

    async def print(self, slip: Slip) -> None:
        """Return once the printer says that the slip is printed and cut.

        UnfinishedError if some of it may be on paper; any other PeripheralError if nothing is:
        CannotDrawError if it never can be, the others if it may be tried again.
        """
        ...
