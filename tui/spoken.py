"""Language and text order of this account's screens, kept beside their look (`tui.looks`).

    {"look":"light","language":"fa","text_order":"visual"}     ~/.config/pollmesh/screen.json

Both are asked by `pollmesh setup`; the environment and the command line come before the file:

    spoken = chosen(read_spoken(settings_file()), os.environ)
    words.use(spoken.language)              before a screen is imported
"""

from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import msgspec

from tui.looks import SETTINGS_BYTES_MAX, ScreenSettings
from tui.text_order import Base, TextOrder
from tui.words import LANGUAGES, Language

LANGUAGE_VARIABLE = "POLLMESH_LANGUAGE"
TEXT_ORDER_VARIABLE = "POLLMESH_TEXT_ORDER"


class Spoken(ScreenSettings, frozen=True):
    """`is_chosen`: a person has answered which order reads right on this terminal."""

    language: Language = "en"
    text_order: TextOrder = "visual"
    is_chosen: bool = False

    @property
    def base(self) -> Base:
        """The side at which a line of these screens begins, for `text_order.order_filter`."""
        return "R" if self.language == "fa" else ""


def read_spoken(path: Path | None) -> Spoken:
    """What was chosen; the default where nothing, or nothing readable, stands there."""
    try:
        data = path.read_bytes()[:SETTINGS_BYTES_MAX] if path else b"{}"
        return msgspec.json.decode(data, type=Spoken)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return Spoken()


def chosen(kept: Spoken, environment: Mapping[str, str]) -> Spoken:
    """What holds for this run. A word in the environment that is none of ours is passed over."""
    language = environment.get(LANGUAGE_VARIABLE, "")
    order = environment.get(TEXT_ORDER_VARIABLE, "")
    found = kept
    if language in LANGUAGES:
        found = msgspec.structs.replace(found, language=language)
    if order in get_args(TextOrder):
        found = msgspec.structs.replace(found, text_order=order)
    return found
