"""What people call the ids that a node speaks of: documents, states of polls, boxes and links.

    named("national-card")    National card
    named("returned")         returned, in the language of the screen

An id that is not in the table is shown as it is; screens decide on ids, never on these words.
"""

from tui.words import _

NAMES = {
    "national-card": _("National card"),
    "birth-certificate": _("Birth certificate"),
    "passport": _("Passport"),
    "driving-licence": _("Driving licence"),
    "military-card": _("Military card"),
    "not open": _("not open"),
    "open": _("open"),
    "closed": _("closed"),
    "final": _("final"),
    "unready": _("unready"),
    "ready": _("ready"),
    "voting": _("voting"),
    "sealed": _("sealed"),
    "counted": _("counted"),
    "returned": _("returned"),
    "receiving": _("receiving"),
    "connected": _("connected"),
    "apart": _("apart"),
    "left": _("left"),
    "stranger": _("stranger"),
    "never seen": _("never seen"),
    "other package": _("other package"),
    "dark": _("dark"),
    "light": _("light"),
    "contrast": _("high contrast"),
    "typed": _("typed"),
    "scanned": _("scanned"),
}


def named(name: str) -> str:
    """The id as people call it."""
    return NAMES.get(name, name)
