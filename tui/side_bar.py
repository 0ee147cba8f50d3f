"""What goes on beside the voter: shown where the window is wide, from the same words as the bars.

STATIONS          CARDS NOT TAKEN      DEVICES        LOOK AT
"""

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from sync.views import PeerView, StationView
from tui import device_words, view_models
from tui.bars import Words
from tui.seen import Seen
from tui.view_models import Line, age_words

PEERS_SHOWN_MAX = 10
ALARMS_SHOWN_MAX = 4


class SideBar(VerticalScroll, can_focus=False):
    """Four groups of lines; a group without lines is not there."""

    def compose(self) -> ComposeResult:
        """Head and lines of each."""
        for name, head in (
            ("side-work", "Today at this desk"),
            ("side-peers", "Stations"),
            ("side-devices", "Devices"),
            ("side-alarms", "Look at"),
        ):
            yield Static(head, id=f"{name}-head", classes="head")
            yield Words(name)

    def on_mount(self) -> None:
        """Stay as new as the bars."""
        self.watch(self.app, "seen", self._see)

    def _see(self, seen: Seen) -> None:
        view: StationView | None = seen.view
        if view is None:
            return
        is_known = seen.silent is None
        self._fill("side-work", work_lines(view))
        self._fill("side-peers", peer_lines(view) if is_known else [Line("not known", "attention")])
        self._fill("side-devices", device_lines(view) if is_known else [])
        self._fill("side-alarms", alarm_lines(view))

    def _fill(self, name: str, lines: list[Line]) -> None:
        self.query_one(f"#{name}-head").display = bool(lines)
        words = self.query_one(f"#{name}", Words)
        words.display = bool(lines)
        words.say_all(lines)


def work_lines(view: StationView) -> list[Line]:
    """The desk's own figures, a line each."""
    lines = [Line(_figure("checked in", view.checked_in)), Line(_figure("cards", view.issued))]
    if view.outstanding:
        lines.append(Line(_figure("not taken (F5)", view.outstanding), "attention"))
    if view.pending:
        lines.append(Line(_figure("waiting (F6)", view.pending), "attention"))
    return lines


def _figure(words: str, count: int) -> str:
    return f"{words:<22} {count:>6}"


def peer_lines(view: StationView) -> list[Line]:
    """Every station and for how long it has been so."""
    lines = [_peer_line(view, peer) for peer in view.peers[:PEERS_SHOWN_MAX]]
    hidden = len(view.peers) - len(lines)
    return [*lines, Line(f"and {hidden} more")] if hidden > 0 else lines


def _peer_line(view: StationView, peer: PeerView) -> Line:
    is_up = peer.state == "connected"
    mark = "+" if is_up else "-"
    since = age_words(view.now_ms - peer.since_ms) if peer.since_ms else ""
    waiting = f", {peer.waiting_out} to send" if peer.waiting_out else ""
    text = f"{mark} {peer.station:<12} {peer.state} {since}{waiting}".rstrip()
    return Line(text, "plain" if is_up else "attention")


def device_lines(view: StationView) -> list[Line]:
    """Every device by its standing."""
    return [
        Line(
            f"{'+' if one.standing in device_words.WELL else '-'} "
            f"{device_words.device_name(one.name):<22} {device_words.standing_words(one.standing)}",
            "plain" if one.standing in device_words.WELL else "attention",
        )
        for one in view.peripherals
    ]


def alarm_lines(view: StationView) -> list[Line]:
    """The first of them; the rest by F7."""
    found = view_models.alarms(view)
    lines = [Line(f"! {kind}: {words}", "bad") for kind, words in found[:ALARMS_SHOWN_MAX]]
    hidden = len(found) - len(lines)
    return [*lines, Line(f"and {hidden} more: F7", "bad")] if hidden > 0 else lines
