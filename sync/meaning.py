"""From a log's bytes to what the folds take in: one rule for nodes and verifier."""

from sync.entries import Entry, LogBegan, Unreadable, read_entry
from sync.package import Package, Station


def meaning(
    package: Package, station: Station, origin: str, index: int, data: bytes
) -> Entry | Unreadable:
    """The entry at this position; Unreadable where it cannot stand, and why."""
    entry = read_entry(data, station.kind, f"{origin} entry {index}")
    if isinstance(entry, LogBegan) and (index or entry.package != package.base_hash):
        return Unreadable("the log began under another package, or twice")
    if not index and not isinstance(entry, LogBegan):
        return Unreadable("the first entry of a log must say under which package it began")
    return entry
