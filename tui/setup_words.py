"""What the setup wizard says about a `SetupView`: words and rows, without any screen.

Every step shows what is so now. Words that come from the work behind the screen are English and go
through `words.said`.
"""

from typing import Literal

from sync.setup_views import IdentityView, KindView, SetupView, WorkView
from tui.jalali import beside_utc
from tui.province_rows import Column, Row
from tui.spoken import Spoken
from tui.view_models import Line, age_words
from tui.words import LANGUAGE_NAMES, _, ngettext, said

Step = Literal["replace", "language", "order", "station", "peripherals", "clock", "join"]
STEPS: tuple[Step, ...] = (
    "replace",
    "language",
    "order",
    "station",
    "peripherals",
    "clock",
    "join",
)

STEP_WORDS: dict[Step, str] = {
    "replace": _("Replace a broken station"),
    "language": _("Language"),
    "order": _("Text order"),
    "station": _("Station"),
    "peripherals": _("Peripherals"),
    "clock": _("Clock"),
    "join": _("Join the others"),
}
BOTH_LANGUAGES = "Language / زبان"
"""Whoever cannot read the one finds the other."""

ORDER_WORDS = {
    "visual": _("this program orders it"),
    "logical": _("the terminal orders it"),
}
STANDING_WORDS = {
    "starting": _("starting"),
    "ready": _("ready"),
    "attention": _("attention"),
    "stopped": _("stopped"),
    "unplugged": _("unplugged"),
    "several": _("several"),
    "slow": _("slow"),
    "garbled": _("garbled"),
    "not-installed": _("not installed"),
}
KIND_WORDS = {
    "identity-card": _("identity card reader"),
    "ballot-card": _("ballot card writer"),
    "scanner": _("scanner"),
    "fingerprint": _("fingerprint reader"),
    "printer": _("printer"),
    "power": _("power supply"),
    "lid": _("lid and seal"),
    "clock": _("clock receiver"),
    "drive": _("removable drive"),
}
STATE_WORDS = {
    "connected": _("connected"),
    "apart": _("apart"),
    "left": _("left"),
    "stranger": _("stranger"),
    "never seen": _("never seen"),
    "other package": _("other package"),
}
STATION_KIND_WORDS = {"desk": _("desk"), "box": _("ballot box"), "district": _("district")}

STEP_COLUMNS = (Column(_("Step"), 26), Column(_("Now"), 50))
KIND_COLUMNS = (
    Column(_("Device"), 22),
    Column(_("Driver"), 11),
    Column(_("Stands"), 12),
    Column(_("Shows"), 31),
)
PEER_COLUMNS = (
    Column(_("Station"), 14),
    Column(_("Kind"), 12),
    Column(_("State"), 16),
    Column(_("For"), 12, True),
    Column(" " + _("Address"), 22),
)
CHOICE_COLUMNS = (Column(_("Station"), 34),)
LANGUAGE_COLUMNS = (Column(BOTH_LANGUAGES, 34),)


def step_rows(view: SetupView, spoken: Spoken) -> list[Row]:
    """The first page: every step and what is so now."""
    now = {
        "replace": _("a spare takes the place of a dead one"),
        "language": LANGUAGE_NAMES[spoken.language],
        "order": order_words(spoken),
        "station": station_words(view.identity),
        "peripherals": peripheral_words(view.kinds),
        "clock": beside_utc(view.clock.now_ms),
        "join": join_words(view),
    }
    return [
        Row(step, (BOTH_LANGUAGES if step == "language" else STEP_WORDS[step], now[step]))
        for step in STEPS
    ]


def order_words(spoken: Spoken) -> str:
    """Which order is set, and whether anybody was asked."""
    words = ORDER_WORDS[spoken.text_order]
    return words if spoken.is_chosen else _("{order}; not checked yet").format(order=words)


def station_words(identity: IdentityView) -> str:
    """Which station this is, in half a line."""
    if identity.problem:
        return _("cannot be read; open this step")
    if identity.choices:
        count = len(identity.choices)
        words = ngettext("{count} station here; choose", "{count} stations here; choose", count)
        return words.format(count=count)
    if identity.stage == "none":
        return _("none yet")
    if identity.stage == "enrolled":
        return _("{station}, no package yet").format(station=identity.station)
    kind = STATION_KIND_WORDS.get(identity.kind, identity.kind)
    return _("{station}, {kind}, {day}").format(
        station=identity.station, kind=kind, day=identity.day
    )


def station_lines(view: SetupView) -> list[Line]:
    """Everything that is known of this station."""
    one = view.identity
    lines = [Line(_("Folder: {folder}").format(folder=view.folder))]
    if one.problem:
        return [*lines, Line(said(one.problem), "bad")]
    if one.stage == "none":
        words = _("No station is set up in this folder.")
        if one.choices:
            words = _("Several stations are set up in this folder. Choose one.")
        return [*lines, Line(words, "attention")]
    lines.append(Line(_("Station: {station}").format(station=one.station)))
    lines.append(Line(_("Fingerprint of its key: {mark}").format(mark=one.fingerprint)))
    if one.stage == "enrolled":
        words = _(
            "It has a key and no package. Hand in {folder}/enrolment.json; when you have the "
            "package and the ceremony's printed sheet, install them here."
        )
        return [*lines, Line(words.format(folder=view.folder), "attention")]
    kind = STATION_KIND_WORDS.get(one.kind, one.kind)
    place = one.place_name or one.place
    lines.append(Line(_("It is a {kind} at {place}.").format(kind=kind, place=place)))
    words = _("Package {package} for {day} is installed.")
    lines.append(Line(words.format(package=one.package, day=one.day), "good"))
    if one.training:
        lines.append(Line(_("A training day: nothing done here counts."), "attention"))
    return lines


def work_line(work: WorkView | None) -> Line:
    """How far an installation is."""
    if work is None:
        return Line("")
    if work.is_over:
        return Line(said(work.words), "good" if work.is_good else "bad")
    if not work.total:
        return Line(_("{what} ...").format(what=said(work.label)))
    percent = 100 * min(work.done, work.total) // work.total
    words = _("{what}: {done} of {total} ({percent} %)")
    return Line(
        words.format(what=said(work.label), done=work.done, total=work.total, percent=percent)
    )


def adoption_lines(view: SetupView) -> list[Line]:
    """What comes after the package is on a spare: filling it from the stations beside it.

    The command that does it is `pollmesh station adopt`; where this version has none, that is said.
    """
    if view.identity.stage != "installed":
        return [
            Line(_("First the package comes onto this computer, in the step Station."), "attention")
        ]
    if view.can_adopt:
        words = _("Leave setup and let this spare fill itself from the stations beside it:")
        return [Line(words, "attention"), Line(f"pollmesh station adopt {view.folder}")]
    words = _(
        "This version has no command that fills a spare from the stations beside it. Call the "
        "district before this computer serves voters."
    )
    return [Line(words, "bad")]


def replace_lines(view: SetupView) -> list[Line]:
    """How a broken station is replaced, step by step, and where this computer stands."""
    lines = [
        _("1  Take the spare computer. Leave the broken one as it is and switch it off."),
        _("2  Step Station: the spare's folder, the package and the printed sheet."),
        _("3  The spare fills itself from the stations beside it."),
        _("4  Steps Peripherals, Clock and Join: look at each, then open the desk."),
    ]
    rule = _(
        "A station never goes on under another one's key: the spare has a key of its own, and "
        "the package or an amendment puts it to work."
    )
    return [
        *(Line(line) for line in lines),
        Line(""),
        Line(rule),
        Line(""),
        Line(_("This computer: {now}.").format(now=station_words(view.identity))),
        *adoption_lines(view),
    ]


def peripheral_words(kinds: tuple[KindView, ...]) -> str:
    """How many devices are set up, and which needs a hand."""
    used = [kind for kind in kinds if kind.driver]
    if not used:
        return _("none set up")
    waiting = [kind for kind in used if kind.live is None or kind.live.standing != "ready"]
    words = ngettext("{count} set up", "{count} set up", len(used)).format(count=len(used))
    if not waiting:
        return _("{set_up}, all ready").format(set_up=words)
    first = waiting[0]
    standing = STANDING_WORDS.get(first.live.standing if first.live else "starting", "")
    return _("{set_up}; {device}: {standing}").format(
        set_up=words, device=KIND_WORDS[first.kind], standing=standing
    )


def kind_rows(kinds: tuple[KindView, ...]) -> list[Row]:
    """Every kind of peripheral with its live values."""
    return [Row(kind.kind, _kind_cells(kind)) for kind in kinds]


def _kind_cells(kind: KindView) -> tuple[str, str, str, str]:
    if not kind.driver:
        return (KIND_WORDS[kind.kind], _("not used"), "", "")
    live = kind.live
    standing = STANDING_WORDS.get(live.standing, live.standing) if live else ""
    shows = ", ".join(f"{said(label)} {said(text)}" for label, text in live.values) if live else ""
    return (KIND_WORDS[kind.kind], kind.driver, standing, shows)


def live_lines(kind: KindView) -> list[Line]:
    """How a peripheral stands, in words and values."""
    if kind.live is None:
        return [Line(_("Not used now.") if not kind.driver else _("Starting."))]
    tone: Literal["good", "attention"] = "good" if kind.live.standing == "ready" else "attention"
    return [
        Line(said(kind.live.words), tone),
        *(Line(f"{said(label)}  {said(text)}") for label, text in kind.live.values),
    ]


def clock_lines(view: SetupView) -> list[Line]:
    """The clock, who sets it, and what the others' clocks say."""
    clock = view.clock
    source = {
        "yes": Line(_("A time server sets this clock."), "good"),
        "no": Line(_("No time server sets this clock; a watch is the only check."), "attention"),
    }.get(clock.source, Line(_("Whether a time server sets this clock is not known.")))
    lines = [source]
    if not view.join.is_running:
        words = _("The station does not run, so that other stations' clocks are not known.")
        return [*lines, Line(words)]
    if clock.alarms:
        return [*lines, *(Line(said(alarm), "bad") for alarm in clock.alarms)]
    up = sum(peer.state == "connected" for peer in view.join.peers)
    words = ngettext(
        "{count} station is connected; its clock is not ahead of this one by a minute.",
        "{count} stations are connected; no clock is ahead of this one by a minute.",
        up,
    )
    return [*lines, Line(words.format(count=up), "good" if up else "attention")]


def join_words(view: SetupView) -> str:
    """In half a line."""
    if not view.join.is_running:
        return _("the station does not run")
    up = sum(peer.state == "connected" for peer in view.join.peers)
    return _("connected to {up} of {all}").format(up=up, all=len(view.join.peers))


def join_lines(view: SetupView) -> list[Line]:
    """Above the table of peers."""
    join = view.join
    if not join.is_running:
        lines = [
            Line(_("The station does not run. F9 starts it while setup is open."), "attention")
        ]
        return [*lines, Line(said(join.words), "bad")] if join.words else lines
    lines = [Line(join_words(view), "good")]
    if join.is_own:
        words = _("It was started here and stops when setup is left. For the day, start it so:")
        lines += [Line(words, "attention"), Line(f"pollmesh station run {view.folder}")]
    return lines


def peer_rows(view: SetupView) -> list[Row]:
    """Every other station, and since when it is so."""
    return [
        Row(
            peer.station,
            (
                peer.station,
                STATION_KIND_WORDS.get(peer.kind, peer.kind),
                STATE_WORDS.get(peer.state, peer.state),
                age_words(view.clock.now_ms - peer.since_ms) if peer.since_ms else "",
                f" {peer.address}",
            ),
        )
        for peer in view.join.peers
    ]
