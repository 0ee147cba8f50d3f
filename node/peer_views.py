"""How peers and the network stand, in words that are true.

    connected       we talk
    apart           we did since this station started; `since_ms` says when that ended
    left            it was stopped properly, so nobody needs to look for a cable
    never seen      no link since this station started
    stranger        where it should be, somebody with another key answers
    other package   it serves another package, or says so

`why` says why there is no link or what the last round of calls found; `waiting_out` counts what the
peer lacks as far as we know, also while it is away, `waiting_in` what it has shown and we lack.
"""

from node.links import LEFT
from node.running import Running
from sync.session import Session
from sync.views import PeerView

NO_ADDRESS = (
    "Nobody has said where it is. Switch it on in this network, or set its address under peers in "
    "station.toml."
)


def peer_view(running: Running, peer: str) -> PeerView:
    """One station that this one should be linked with."""
    replica, state = running.replica, running.links.peers[peer]
    station = running.package.stations_by_id[peer]
    session = replica.sessions.get(peer)
    logs = replica.wanted_logs(station)
    words, why = _state(running, peer, session)
    away = replica.last_known.get(peer, {})
    return PeerView(
        peer,
        station.kind,
        words,
        state.since_ms,
        state.address,
        session.waiting_out(logs)
        if session and session.heads_heard
        else sum(max(0, log.sealed - away.get(log.origin, 0)) for log in logs),
        session.waiting_in(list(replica.logs.values())) if session else 0,
        why,
    )


def network_words(running: Running) -> tuple[str, ...]:
    """What is odd on this network: other packages announced here, multicast that does not work."""
    found = running.discovery
    if found is None:
        return ()
    return (*([found.problem] if found.problem else []), *sorted(found.others.values()))


def _state(running: Running, peer: str, session: Session | None) -> tuple[str, str]:
    replica, state = running.replica, running.links.peers[peer]
    if session is not None and session.is_talking:
        return "connected", "" if session.heads_heard else "Comparing logs."
    if peer in replica.other_package:
        return "other package", replica.other_package[peer]
    if state.has_left:
        return "left", LEFT if state.why == LEFT else f"{LEFT} {state.why}".strip()
    if state.ever:
        return "apart", state.why or "It fell silent: look for power, cable and network."
    if state.is_stranger:
        return "stranger", state.why
    if not running.links.addresses(peer):
        return "never seen", NO_ADDRESS
    return "never seen", state.why
