"""The new admin PIN of an officer's card, on its way to whoever keeps it: a file or the terminal.

    admin.txt.unfinished    written before the card takes the PIN: no power cut loses it
    admin.txt               the same file, once the card is finished

    c-executive: admin PIN of the smart card
    PIN: 48213-90571

A file that is still unfinished belongs to a card that broke off: its PIN is used again.
"""

from pathlib import Path

import typer

from node.files import sync_folder, write_private
from node.randomness import random_pin
from node.terminal import read_pin
from sync.errors import KeyFileError


class AdminEnvelope:
    """One card's. `pin`: as printed; `has_begun`: a card may have it already."""

    def __init__(self, path: Path | None, officer: str) -> None:
        if path is not None and path.exists():
            raise KeyFileError(
                f"{path}: this file exists and stays as it is. "
                "Name a new file for the card's admin PIN. Nothing was written."
            )
        self._path = path
        self._part = path and path.with_name(f"{path.name}.unfinished")
        self._officer = officer
        self.has_begun = self._part is not None and self._part.exists()
        self.pin = read_pin(self._part, "") if self.has_begun else random_pin()
        self.is_out = False

    def hand_out(self) -> None:
        """Into the file, or onto the terminal, before any card has it."""
        text = f"{self._officer}: admin PIN of the smart card\nPIN: {self.pin}\n"
        if self._part is None:
            typer.echo(text, nl=False)
        elif not self.has_begun:
            write_private(self._part, text.encode())
        self.is_out = True

    def finish(self) -> str:
        """The card has the PIN; where it is, in words."""
        if self._path is None or self._part is None:
            return "shown above"
        self._part.replace(self._path)
        sync_folder(self._path.parent)
        return f"in {self._path}"

    @property
    def hint(self) -> str:
        """For who runs the command again after it broke off."""
        if self._path is not None or not self.is_out:
            return ""
        return (
            " Where the PINs given before are refused, the card has the new ones: "
            "the admin PIN shown above, and the envelope's PIN."
        )
