"""From a log's bytes to what the folds take in: one rule for nodes and verifier."""

from sync.entries import (
    CardIssued,
    CheckInWithdrawn,
    Entry,
    LogBegan,
    Unreadable,
    VoterCheckedIn,
    read_entry,
)
from sync.package import Package, Station

OF_CHECK_INS = (VoterCheckedIn, CheckInWithdrawn, CardIssued)
"""What a revoked log says of check-ins is read all the same: a promise for one stays standing."""


def meaning(
    package: Package, station: Station, origin: str, index: int, data: bytes
) -> Entry | Unreadable:
    """The entry at this position; Unreadable where it cannot stand, and why."""
    entry = read_entry(data, station.kind, f"{origin} entry {index}")
    revoked_at = package.revoked_at.get(origin)
    if revoked_at is not None and index >= revoked_at and not isinstance(entry, OF_CHECK_INS):
        return Unreadable(f"the key was revoked at entry {revoked_at}; what follows is evidence")
    if isinstance(entry, LogBegan) and (index or entry.package != package.base_hash):
        return Unreadable("the log began under another package, or twice")
    if not index and not isinstance(entry, LogBegan):
        return Unreadable("the first entry of a log must say under which package it began")
    return entry
