"""One thing that was tried, how it stands and what to do about it.

    ok      space     12.1 GB free
    look    peers     a-desk-3 does not answer at 10.0.0.3:7420. Is it on? Look at its cable.
    BROKEN  keys      station.key is not the key that the package names. Find the folder that …

The word stands beside every mark, so that nothing rests on colour.
"""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

Mark = Literal["ok", "look", "broken"]
SHOWN: dict[Mark, str] = {"ok": "ok", "look": "look", "broken": "BROKEN"}

WELL, BROKEN, LOOK = 0, 1, 2
"""Exit codes, as those of `verify`: all well; something is broken; somebody should look."""


class Finding(Struct, frozen=True):
    """One line. `todo` says what to do; it is empty for what is well."""

    name: str
    mark: Mark
    words: str
    todo: str = ""


def exit_code(findings: Iterable[Finding]) -> int:
    """The worst mark as an exit code."""
    marks = {finding.mark for finding in findings}
    if "broken" in marks:
        return BROKEN
    return LOOK if "look" in marks else WELL
