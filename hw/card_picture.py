"""A card as a picture: a QR code for a printer or a file, and the same for a terminal.

The text is shown exactly as given; error correction level M survives a fold or a smudge.
"""

import io

import segno

SCALE = 6
"""Printer dots a module: 3 cm at 203 dpi for the usual card."""


def card_png(text: str) -> bytes:
    """The QR code of `text` as PNG, black on white, with its quiet zone."""
    out = io.BytesIO()
    segno.make_qr(text, error="m").save(out, kind="png", scale=SCALE)
    return out.getvalue()


def card_text(text: str) -> str:
    """The QR code of `text` in half blocks, two rows of modules a line; light on dark."""
    rows = [list(row) for row in segno.make_qr(text, error="l").matrix_iter(border=1)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    glyphs = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return "\n".join(
        "".join(glyphs[bool(a), bool(b)] for a, b in zip(upper, lower, strict=True))
        for upper, lower in pairs
    )
