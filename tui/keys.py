"""Every key of every screen, once: bindings, footer and help are read from these tables.

At most five keys of a stage stand in the footer (more do not fit 80 columns); the help lists all.
Where more would work, those that can wait (`yields`) give way; they work all the same. Nothing that
matters hangs on Enter: scanners end with Enter, so a voter is checked in by F9 and a card is given
out by F8.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

from textual.binding import Binding

from sync.entry_base import DOCUMENTS

Stage = Literal["start", "list", "person", "waiting", "card", "refused"]
STAGES: tuple[Stage, ...] = ("start", "list", "person", "waiting", "card", "refused")
FOOTER_KEYS_MAX = 5


class Key(NamedTuple):
    """One key: what it does, how footer and help call it, and in which stages it works.

    No stages: always. `shown` in the footer while it works; `yields` its place there to others.
    """

    key: str
    action: str
    label: str
    help: str
    stages: tuple[str, ...] = ()
    shown: bool = True
    yields: bool = False

    @property
    def name(self) -> str:
        """The key as people call it."""
        return _NAMES.get(self.key, self.key.upper() if self.key[0] == "f" else self.key)


_NAMES = {
    "escape": "Esc",
    "enter": "Enter",
    "ctrl+p": "Ctrl+P",
    "left": "Left",
    "right": "Right",
    "tab": "Tab",
}

_HELP = Key("f1", "app.help", "Help", "This list. Type to search it.")
_QUIT = Key("f10", "app.ask_quit", "Quit", "Leave after a question; the node goes on.", yields=True)
_PALETTE = Key(
    "ctrl+p", "command_palette", "Palette", "All commands: theme, screenshot.", shown=False
)

DESK_KEYS: tuple[Key, ...] = (
    _HELP,
    Key("f2", "officers", "Officers", "Open or close the polls, seal the log.", ("start",)),
    Key(
        "escape",
        "back",
        "Back",
        "Back to the start; nothing is written.",
        ("list", "person", "refused"),
    ),
    Key(
        "enter",
        "look_up",
        "Find",
        "Look up what was typed; in the list: choose.",
        ("start", "list"),
        shown=False,
    ),
    *(
        Key(
            str(number),
            f"document('{document}')",
            document.replace("-", " ").capitalize(),
            f"The voter shows: {document.replace('-', ' ')}.",
            ("person",),
            shown=False,
        )
        for number, document in enumerate(DOCUMENTS, 1)
    ),
    Key("f4", "finger", "Finger", "Compare a finger; check in with or without.", ("person",)),
    Key("f6", "next_box", "Box", "Change the box the card is for.", ("person",)),
    Key(
        "f9",
        "check_in",
        "Check in",
        "Check the voter in: this is written in the log.",
        ("person", "refused"),
    ),
    Key("f4", "write_card", "Write card", "Write the card onto the smart card.", ("card",)),
    Key("f5", "print_again", "Print again", "Print the same card again.", ("card",)),
    Key("f7", "show_code", "QR code", "The card's QR code alone.", ("card",)),
    Key("f8", "card_taken", "Card taken", "The voter has the card: next voter.", ("card",)),
    Key("f3", "devices", "Devices", "Devices, the print queue, slips.", yields=True),
    _PALETTE,
    _QUIT,
)

OFFICERS_KEYS: tuple[Key, ...] = (
    Key("escape", "leave", "Back", "Leave the officers' page; nothing is signed."),
    Key("f9", "sign", "Sign and submit", "Sign the entry shown with both keys.", ("sign",)),
)

DevicesStage = Literal["devices", "jobs", "incident"]
DEVICES_STAGES: tuple[DevicesStage, ...] = ("devices", "jobs", "incident")

DEVICES_KEYS: tuple[Key, ...] = (
    Key("f1", "help", "Help", "This list. Type to search it."),
    Key("escape", "leave", "Back", "Back; nothing is printed. A test goes on."),
    Key("f4", "test", "Test", "Try the device under the cursor.", ("devices",)),
    Key(
        "tab",
        "other_table",
        "Other list",
        "To the print queue and back.",
        ("devices", "jobs"),
        shown=False,
    ),
    Key("f5", "print_again", "Print again", "Print the same paper again.", ("jobs",)),
    Key("f8", "drop", "Drop", "Take the paper out of the queue.", ("jobs",)),
    Key("f6", "check_list", "Check-list", "Print who was checked in here.", ("devices",)),
    Key("f7", "incident", "Incident", "Write and print an incident slip.", ("devices",)),
    Key("f9", "print_incident", "Print", "Print the incident slip.", ("incident",)),
)

SUPERVISOR_KEYS: tuple[Key, ...] = (
    _HELP,
    Key("1", "pane('places')", "Places", "Turnout and missing boxes, place by place.", shown=False),
    Key("2", "pane('stations')", "Stations", "Every desk and box.", shown=False),
    Key("3", "pane('results')", "Results", "Votes of the boxes that have returned.", shown=False),
    Key("4", "pane('alarms')", "Alarms", "Forks, double check-ins, faults.", shown=False),
    Key("left", "contest(-1)", "Previous", "Results: the contest before.", ("results",)),
    Key("right", "contest(1)", "Next contest", "Results: the next contest.", ("results",)),
    _PALETTE,
    _QUIT,
)


def bindings(keys: tuple[Key, ...]) -> list[Binding]:
    """The table as Textual wants it. Enter and Ctrl+P are bound by the widgets themselves."""
    return [
        Binding(key.key, key.action, key.label, show=key.shown, key_display=key.name, priority=True)
        for key in keys
        if key.key not in ("enter", "ctrl+p")
    ]


def works(keys: tuple[Key, ...], action: str, parameters: tuple[object, ...], stage: str) -> bool:
    """Does this action have a key that works in `stage`? Actions of no table always work."""
    known = [key for key in keys if key.action.split("(")[0] == action]
    return not known or any(not key.stages or stage in key.stages for key in known)


def in_footer(
    keys: tuple[Key, ...], stage: str, is_possible: Callable[[Key], bool] = lambda key: True
) -> list[Key]:
    """The keys that the footer shows in `stage`, of those that are possible just now."""
    found = [
        key
        for key in keys
        if key.shown and (not key.stages or stage in key.stages) and is_possible(key)
    ]
    for key in [key for key in reversed(found) if key.yields]:
        if len(found) > FOOTER_KEYS_MAX:
            found.remove(key)
    return found


def matching(keys: tuple[Key, ...], text: str) -> list[Key]:
    """The keys whose name, label or help holds every word of `text`."""
    words = text.casefold().split()
    return [
        key
        for key in keys
        if all(word in f"{key.name} {key.label} {key.help}".casefold() for word in words)
    ]
