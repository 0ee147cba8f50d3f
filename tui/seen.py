"""What a program last saw of its node."""

from typing import Any, NamedTuple

from tui.client import NodeSilent


class Seen(NamedTuple):
    """The last view, when the screen's clock showed `at_s`, and why there is no newer one."""

    view: Any = None
    at_s: float = 0.0
    silent: NodeSilent | None = None
