"""Looks at the running station every few seconds and tells its journal, and systemd, what changed.

    links made and lost, polls, refusals counted, devices, papers, what needs a hand; how it stands
    every five minutes

`changes(before, after)` is all of the rule: two views of the station -> events. A box's views hold
nothing about when somebody voted, and its readers' standings are told as usable or not.
"""

import asyncio
from collections.abc import Iterator

from node.health import needs_of
from node.journal import Journal, Value
from node.notify import say_status
from node.running import Running
from node.status import station_view
from sync.views import StationView

LOOK_S = 5.0
DISTRICT_LOOK_S = 10.0
"""A district folds a province: its view takes longer to make, and changes slower."""

STANDING_EVERY_MS = 5 * 60_000

START_MS = 20_000
"""A station that just started may wait so long for its siblings without anybody being told."""

Event = tuple[str, dict[str, Value]]

_AWAY = ("unplugged", "several", "stopped", "not-installed")
_READERS = ("scanner", "ballot-card")


async def watch(running: Running, journal: Journal) -> None:
    """Until cancelled."""
    before: StationView | None = None
    told_ms, line = 0, ""
    look_s = DISTRICT_LOOK_S if running.station.kind == "district" else LOOK_S
    while True:
        try:
            after = station_view(running)
        except Exception as error:
            # Telling how it stands is never a reason to stop serving.
            journal.defect(error)
            await asyncio.sleep(look_s)
            continue
        for event, values in changes(before, after):
            journal.tell(event, **values)
        if after.now_ms - told_ms >= STANDING_EVERY_MS or after.now_ms < told_ms:
            told_ms = after.now_ms
            journal.tell("standing", **standing(after))
        # At the first look systemd was just told that the station is ready.
        if before is not None and line != status_line(after):
            line = status_line(after)
            say_status(line)
        before = after
        await asyncio.sleep(look_s)


def changes(before: StationView | None, after: StationView) -> Iterator[Event]:
    """What to tell between two looks; at the first, everything that is not as it should be."""
    yield from _links(before, after)
    if before is None or before.polls != after.polls:
        yield "polls", {"polls": after.polls}
    if _is_stopped(after) and not (before and _is_stopped(before)):
        yield "stopped", {}
    for kind, count in after.refusals.items():
        if count != (before.refusals.get(kind, 0) if before else 0):
            yield "refused", {"kind": kind, "count": count}
    old = _devices(before) if before else {}
    for name, stands in _devices(after).items():
        if old.get(name) != stands:
            yield "device", {"name": name, "standing": stands}
    papers = _papers(after)
    if papers and papers != (_papers(before) if before else 0):
        yield "paper", {"count": papers}
    yield from _needs(before, after)


def standing(view: StationView) -> dict[str, Value]:
    """Figures of how the station stands; none is about a voter or a ballot."""
    return {
        "connected": sum(peer.state == "connected" for peer in view.peers),
        "peers": len(view.peers),
        "entries": view.log_size,
        "waiting": sum(peer.waiting_out for peer in view.peers),
        "free_mb": view.free_bytes // 1_000_000,
    }


def status_line(view: StationView) -> str:
    """One line for `systemctl status`."""
    connected = sum(peer.state == "connected" for peer in view.peers)
    needs = len(needs_of(view))
    verdict = f"needs a hand ({needs})" if needs else "healthy"
    training = "TRAINING, " if view.training else ""
    return (
        f"{training}{view.station} serves {view.day}: polls {view.polls}, "
        f"{connected} of {len(view.peers)} stations linked, {verdict}"
    )


def _links(before: StationView | None, after: StationView) -> Iterator[Event]:
    known = {peer.station: peer for peer in before.peers} if before else {}
    names = {
        "connected": "linked",
        "other package": "other-package",
        "left": "left",
        "stranger": "stranger",
    }
    for peer in after.peers:
        old = known.get(peer.station)
        is_new = old is None or (old.state, old.since_ms) != (peer.state, peer.since_ms)
        if is_new and (old is not None or peer.state in names):
            yield names.get(peer.state, "apart"), {"peer": peer.station}


def _needs(before: StationView | None, after: StationView) -> Iterator[Event]:
    now = _kinds(after)
    then = _kinds(before) if before else None
    if now != then:
        yield ("needs", {"kinds": ", ".join(now)}) if now else ("healthy", {})


def _kinds(view: StationView) -> list[str]:
    """Kinds of what needs a hand; of a box without its devices, which are told one by one."""
    kinds = {need.kind for need in needs_of(view)}
    kinds -= {"device"} if view.kind == "box" else set()
    return sorted(kinds if _is_stopped(view) else kinds - {"stopped"})


def _is_stopped(view: StationView) -> bool:
    """Does it write nothing? In its first moments it compares its log with others', as it must."""
    return bool(view.problem) and view.now_ms - view.started_ms > START_MS


def _devices(view: StationView) -> dict[str, str]:
    """A box's readers are told as usable or not: anything finer says when a card was shown."""
    found = {}
    for one in view.peripherals:
        is_reader = view.kind == "box" and one.name in _READERS
        stands: str = one.standing
        if is_reader:
            stands = one.standing if one.standing in _AWAY else "usable"
        found[one.name] = stands
    return found


def _papers(view: StationView) -> int:
    return sum(job.state in ("unknown", "failed") for job in view.jobs)
