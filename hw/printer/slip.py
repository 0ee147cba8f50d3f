"""A slip as data: what stands on it, line by line, top to bottom.

    Slip("Card 7", (Heading("Voting card"), Pair("Box", "a-box-1"), Code("PM1:…"), Text("…")))

Text is logical, in any script; the drawing shapes and orders it. Digits are printed as given.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Heading:
    """A large line."""

    text: str


@dataclass(frozen=True)
class Text:
    """A paragraph; breaks at blanks where the paper ends, and where the text has a newline."""

    text: str


@dataclass(frozen=True)
class Pair:
    """Label at the start of the line, value at its end."""

    label: str
    value: str


@dataclass(frozen=True)
class Code:
    """A QR code of `text`, as large as its paper allows up to `dots` wide."""

    text: str
    dots: int = 400


@dataclass(frozen=True)
class Rule:
    """A line across."""


Line = Heading | Text | Pair | Code | Rule


@dataclass(frozen=True)
class Slip:
    """One piece of paper. `title` names it in queues and file names; it is not printed itself.

    `watermark` stands across it in large letters ("TRAINING", "TEST"); empty for none.
    """

    title: str
    lines: tuple[Line, ...]
    watermark: str = ""
