"""What a person can have done, once: footer, palette and help are read from one table a screen.

    Command("f9", "check_in", "Check in", "Check the voter in: this is written.", ("person",))
    Command("", "look('light')", "Look: light", "Dark words on a light screen.")

A command without a key is reached by the palette alone: what is rare belongs there. At most five
keys of a stage stand in the footer (more do not fit 80 columns); the help lists every command.
Where more would stand there, those that can wait (`yields`) give way; they work all the same.
Nothing that matters hangs on Enter: scanners end with Enter.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar, NamedTuple, TypeVar

from textual.await_complete import AwaitComplete
from textual.binding import ActiveBinding, Binding
from textual.screen import ModalScreen, Screen

FOOTER_KEYS_MAX = 5
WIDE_COLUMNS = 112
"""From this width on a screen has room for what is going on beside it."""

Answer = TypeVar("Answer")


class Command(NamedTuple):
    """One command: its key ("" for none), what it does, and in which stages it is possible.

    `id` is the screen's action with its parameters, `words` the name in footer, palette and help.
    No stages: always. `shown` in the footer while it is possible; `yields` its place to others.
    `by_key_only`: what it does counts, so that no Enter of a list ever does it.
    """

    key: str
    id: str
    words: str
    help: str
    stages: tuple[str, ...] = ()
    shown: bool = True
    yields: bool = False
    by_key_only: bool = False

    @property
    def key_name(self) -> str:
        """The key as people call it; empty if there is none."""
        if self.key in _NAMES or not self.key:
            return _NAMES.get(self.key, "")
        return self.key.upper() if self.key[0] == "f" else self.key

    @property
    def action(self) -> str:
        """The id without its parameters."""
        return self.id.split("(")[0]


_NAMES = {
    "escape": "Esc",
    "enter": "Enter",
    "ctrl+p": "Ctrl+P",
    "left": "Left",
    "right": "Right",
    "tab": "Tab",
}
_OF_WIDGETS = frozenset({"enter"})
"""Keys that widgets bind by themselves; they stand in a table to be explained."""

Table = tuple[Command, ...]
Bindings = list[Binding | tuple[str, str] | tuple[str, str, str]]
"""As Textual declares them; ours are all of the first kind."""


def bindings(table: Table) -> Bindings:
    """The table's keys as Textual wants them."""
    return [
        Binding(one.key, one.id, one.words, one.shown, one.key_name, priority=True)
        for one in table
        if one.key and one.key not in _OF_WIDGETS
    ]


def is_in_stage(command: Command, stage: str) -> bool:
    """May this be asked for in `stage`?"""
    return not command.stages or stage in command.stages


def works(table: Table, action: str, stage: str) -> bool:
    """Is this action possible in `stage`? Actions of no table always are."""
    known = [one for one in table if one.action == action]
    return not known or any(is_in_stage(one, stage) for one in known)


def in_footer(
    table: Table, stage: str, is_possible: Callable[[Command], bool] = lambda command: True
) -> list[Command]:
    """What the footer shows in `stage`, of that which is possible just now."""
    found = [
        one
        for one in table
        if one.shown and one.key and is_in_stage(one, stage) and is_possible(one)
    ]
    for one in [one for one in reversed(found) if one.yields]:
        if len(found) > FOOTER_KEYS_MAX:
            found.remove(one)
    return found


def matching(table: Table, text: str) -> list[Command]:
    """The commands whose key, words or help hold every word of `text`."""
    sought = text.casefold().split()
    return [
        one
        for one in table
        if all(word in f"{one.key_name} {one.words} {one.help}".casefold() for word in sought)
    ]


class CommandScreen(Screen[Answer]):
    """A screen that is driven by its table. Say `BINDINGS = bindings(TABLE)` beside the table."""

    TABLE: ClassVar[Table] = ()
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE_COLUMNS, "-wide")]

    @property
    def at_stage(self) -> str:
        """The stage this screen is in, for the table."""
        return str(getattr(self, "stage", ""))

    def has_use(self, action: str) -> bool:
        """Is there just now what this action is for? Screens say so; the stage is seen to."""
        return True

    def is_worth_a_place(self, action: str) -> bool:
        """Should it stand in the footer just now? It is possible all the same."""
        return True

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """An action is possible where its table says, and where it is of use."""
        return works(self.TABLE, action, self.at_stage) and self.has_use(action)

    def possible(self) -> list[Command]:
        """What the palette offers: what is possible now and does no harm by an Enter too many."""
        return [
            one
            for one in self.TABLE
            if one.key not in _OF_WIDGETS
            and not one.by_key_only
            and is_in_stage(one, self.at_stage)
            and self.has_use(one.action)
        ]

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """Of all keys that work now, those with a place in the footer are shown, in its order."""
        active = super().active_bindings
        found = in_footer(
            self.TABLE,
            self.at_stage,
            lambda one: one.key in active and self.is_worth_a_place(one.action),
        )
        keys = [one.key for one in found]
        ordered = [*keys, *(key for key in active if key not in keys)]
        return {
            key: active[key]._replace(binding=replace(active[key].binding, show=key in keys))
            for key in ordered
        }


class Page(CommandScreen[Answer], ModalScreen[Answer]):
    """A page that lies above the desk until it is left.

    An answer that comes behind it is shown nowhere: `is_left` is true from the first moment on.
    """

    is_left = False

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """See Screen."""
        self.is_left = True
        return super().dismiss(result)
