"""Siblings that are not there, for a station that runs alone in a test.

A station writes only after its siblings have shown what they hold of its log (`sync.reentry`).
Where a test starts one station of a place, this stands in for them and says that they hold nothing:
true on a first start, a thief's lie on a later one.
"""

from sync.replica import Replica


def siblings_hold_nothing(replica: Replica) -> None:
    """Everybody has shown an empty copy; the station enters with its next input."""
    reentry = replica.reentry
    for name in (*reentry.beside, *reentry.guarded):
        if name in reentry.boxes:
            reentry.cards_agree[name] = True
        else:
            reentry.shown[name] = 0
