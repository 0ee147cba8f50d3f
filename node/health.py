"""What needs a hand at a station, from its own view of itself; nothing means healthy.

    needs_of(view) -> [Need("peripheral", "printer unplugged: Look at its cable."), …]

Being apart for a moment is normal and needs nobody; a kind is a stable word for logs and sorting,
the words are for people: what is so, then what to do.
"""

from typing import NamedTuple

from sync.views import PeerView, StationView

APART_LOOK_MS = 10 * 60_000
"""A station that was away for so long did not just restart."""

FREE_LOOK_BYTES = 1024**3
"""A day is some hundred megabytes; below this somebody should look, and has time to."""

OUT_OF_USE = ("attention", "stopped", "unplugged", "several", "slow", "garbled", "not-installed")


class Need(NamedTuple):
    """One thing that needs a hand."""

    kind: str
    words: str


def needs_of(view: StationView) -> list[Need]:
    """The worst first."""
    found = [Need("stopped", view.problem)] if view.problem else []
    found += [Need("alarm", words) for words in view.alarms]
    found += [
        Need("package", f"{peer.station} serves another package. {peer.why}")
        for peer in view.peers
        if peer.state == "other package"
    ]
    found += [
        Need("stranger", f"{peer.station}: {peer.why}")
        for peer in view.peers
        if peer.state == "stranger"
    ]
    found += _apart(view)
    found += [
        Need("device", f"{one.name} {one.standing}: {one.words}")
        for one in view.peripherals
        if one.standing in OUT_OF_USE
    ]
    found += [Need("paper", job.words) for job in view.jobs if job.state in ("unknown", "failed")]
    if 0 <= view.free_bytes < FREE_LOOK_BYTES:
        megabytes = view.free_bytes // 1_000_000
        words = f"Only {megabytes} MB free on this disk. Remove what does not belong to pollmesh."
        found.append(Need("disk", words))
    if view.self_test.startswith("failed"):
        words = f"The last self-test {view.self_test}. Run: pollmesh doctor FOLDER"
        found.append(Need("self-test", words))
    return found


def _apart(view: StationView) -> list[Need]:
    """Stations that were away for long, in one line if that is all of them."""
    if view.polls == "final":
        return []
    away = [
        peer
        for peer in view.peers
        if peer.state in ("apart", "never seen") and view.now_ms - peer.since_ms > APART_LOOK_MS
    ]
    if away and len(away) == len(view.peers):
        minutes = min(_minutes(view, peer) for peer in away)
        return [
            Need(
                "apart",
                f"Apart from all {len(away)} stations for {minutes} min. The place goes on; look "
                "at the cables, the switch and the port in station.toml.",
            )
        ]
    return [
        Need(
            "apart",
            f"{peer.station}: {peer.state} for {_minutes(view, peer)} min. "
            + (_sentence(peer.why) or "Is it on? Look at its cable."),
        )
        for peer in away
    ]


def _minutes(view: StationView, peer: PeerView) -> int:
    return (view.now_ms - peer.since_ms) // 60_000


def _sentence(words: str) -> str:
    """Words that were a remark, as a sentence."""
    return f"{words[0].upper()}{words[1:].rstrip('.')}." if words else ""
