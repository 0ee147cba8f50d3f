"""A station's own view of itself (`sync.views.StationView`), put together for its screens."""

from msgspec.structs import replace

from node.alarming import alarms_of
from node.clock import now_ms
from node.files import free_bytes
from node.health import needs_of
from node.peer_views import network_words, peer_view
from node.running import Running
from sync.alarms import words_of
from sync.book_words import paused_words, warnings
from sync.box import Box
from sync.desk import Desk
from sync.package import short_hash
from sync.province import first_of, polls_words
from sync.views import StationView


def station_view(running: Running) -> StationView:
    """Everything a screen always shows."""
    replica, links, package = running.replica, running.links, running.package
    station, role, now = running.station, running.role, now_ms()
    place = package.places_by_id.get(station.at)
    plugged = running.peripherals
    desk = role if isinstance(role, Desk) else None
    box = role if isinstance(role, Box) else None
    refusals = {**links.refused, **replica.refusals}
    view = StationView(
        station.id,
        station.kind,
        station.at,
        place.latin if place else station.at,
        package.day,
        package.training,
        short_hash(package.base_hash),
        replica.software,
        now,
        running.started_ms,
        _polls(running, box),
        _problem(running, box),
        tuple(peer_view(running, peer) for peer in sorted(links.peers)),
        running.runner.committed.get(replica.origin, (0, b""))[0],
        replica.single_copy(),
        *(_desk_figures(running) if desk else (0, 0)),
        len(box.store.ballots) if box and running.returns is None else _published(running, box),
        desk.outstanding() if desk else 0,
        len(desk.pending) if desk else 0,
        tuple(s.id for s in package.stations_at(station.at, "box")) if desk else (),
        dict(sorted(refusals.items())),
        replica.last_refusal or links.last_refused,
        _alarms(running),
        running.last_action,
        plugged.views() if plugged else (),
        plugged.queue.views() if plugged and plugged.queue else (),
        plugged.scans.number if plugged and desk else 0,
        plugged.finger_words if plugged else "",
        package.rules.fingerprint,
        free_bytes=free_bytes(running.folder),
        self_test=_self_test(running),
        clocks_compared=len(running.runner.clock_ahead_ms),
        network=network_words(running),
    )
    view = _with_book(running, view)
    return replace(view, needs=tuple(need.words for need in needs_of(view)))


def _with_book(running: Running, view: StationView) -> StationView:
    """Who is on, whether the screens are locked, and what the book of the place says."""
    check_ins, workers = running.check_ins, running.workers
    if check_ins is None or running.station.kind != "desk":
        return view
    return replace(
        view,
        worker=check_ins.book.worker(running.replica.origin),
        logins=workers is not None and workers.is_asked,
        locked=workers is not None and workers.is_locked(now_ms()),
        paused=paused_words(check_ins.book, running.station.at),
        book_warnings=first_of(warnings(check_ins, running.station.at)),
    )


def _self_test(running: Running) -> str:
    """How this station's last self-test ended, as its log says it."""
    is_box = running.station.kind == "box"
    folded = running.returns if is_box else running.check_ins
    return folded.noted.self_test(running.station.id) if folded else ""


def _polls(running: Running, box: Box | None) -> str:
    if box is not None:
        return box.stage()
    if running.check_ins is None or running.station.kind == "district":
        return "receiving"
    return polls_words(running.check_ins, running.replica.origin)


def _problem(running: Running, box: Box | None) -> str:
    if running.replica.is_stopped():
        return "This station's log was signed twice. It is frozen; call the district."
    if waits := running.replica.waits_for():
        return waits
    return (box.problem() or "") if box else ""


def _desk_figures(running: Running) -> tuple[int, int]:
    """Check-ins that stand and cards issued, at this desk."""
    assert running.check_ins is not None, "a desk folds check-ins"
    own = [c for c in running.check_ins.all() if c.desk == running.station.id]
    return sum(c.is_live for c in own), sum(c.card is not None for c in own)


def _published(running: Running, box: Box | None) -> int:
    """Ballots cast as far as the box has published: nobody learns more from a screen."""
    if box is None or running.returns is None:
        return 0
    return running.returns.box(running.station.id).cast


def _alarms(running: Running) -> tuple[str, ...]:
    found = list(words_of(*alarms_of(running)))
    if running.check_ins is not None:
        for double in running.check_ins.double_check_ins():
            where = " and ".join(f"{ref.origin} entry {ref.index}" for ref in double.refs)
            found.append(f"Double check-in for {double.right}: {where}")
        faults = running.check_ins.faults()
        found += [f"Fault of {f.origin} entry {f.index}: {f.words}" for f in faults]
    for log in running.replica.logs.values():
        if log.fork:
            found.insert(0, f"Fork: {log.origin} was signed with two histories")
    if running.replica.came_back:
        found.insert(
            0,
            f"{running.replica.came_back} entries of this station came back from others: its disk "
            "was older than its log. Find out why before going on.",
        )
    return first_of(tuple(found))
