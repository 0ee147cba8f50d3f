"""What the desk's screen says about devices, papers and fingers: words and rows, no screen.

    device_lines(view, 2)  ->  [Line("PRINTER unplugged: Plug its cable in.", "bad"),
                                Line("and 2 more: F3 (clock slow, lid board slow)", "bad")]

A device that works without fault is not spoken of. What identifies a person is never in here.
"""

from sync.outcomes import CardReady, Refused
from sync.views import FingerRead, JobView, PeripheralView, StationView
from tui.client import NodeSilent
from tui.province_rows import Column, Row
from tui.view_models import Line, Tone

DEVICE_NAMES = {
    "identity-card": "identity card reader",
    "ballot-card": "ballot card writer",
    "fingerprint": "fingerprint reader",
    "lid": "lid board",
}
"""As people call them; the others are called what the settings call them."""

STANDING_WORDS = {
    "attention": "needs a look",
    "several": "more than one",
    "garbled": "not understood",
    "not-installed": "not installed",
}
WELL = frozenset({"ready", "starting"})

SCANS_COME_FROM = frozenset({"scanner", "identity-card"})

TEST_HINTS = {
    "identity-card": "Put an identity card into the reader.",
    "ballot-card": "Put a blank ballot card into the writer.",
    "scanner": "Scan any code now.",
    "fingerprint": "Touch the reader with one finger, again and again until it is done.",
    "lid": "Open the lid, or close it, now.",
    "printer": "Look at the slip that comes out.",
}
"""What a person does for a test."""

PAPER_NAMES = {"card": "Card {}", "stub": "Stub of card {}", "check-list": "Check-list"}
AGAIN_STATES = frozenset({"printed", "unknown", "failed"})

DEVICE_COLUMNS = (
    Column("Device", 22),
    Column("Driver", 11),
    Column("State", 15),
    Column("Shows", 27, False, True),
)
JOB_COLUMNS = (Column("Paper", 22), Column("State", 11), Column("Words", 42, False, True))

FINGER_HINT = "Fingerprint: F4 compares a finger. F9 checks in with or without it."
FINGER_BEGUN = "Fingerprint: the reader is being asked."
FINGER_FOUND: dict[str, Line] = {
    "matched": Line(
        "FINGER MATCHED: the same finger touched each time. Whose it is, the document says.",
        "good",
    ),
    "not-matched": Line(
        "FINGER NOT MATCHED. This proves nothing by itself: you decide. F9 checks in all the same.",
        "attention",
    ),
}
FINGER_ABSENT = "FINGER NOT COMPARED: {} F9 checks in all the same."


def has(view: StationView | None, *names: str) -> bool:
    """Is one of these peripherals set up at this station?"""
    return view is not None and any(one.name in names for one in view.peripherals)


def device_name(name: str) -> str:
    """A peripheral as people call it."""
    return DEVICE_NAMES.get(name, name)


def standing_words(standing: str) -> str:
    """How it stands, in a word or two."""
    return STANDING_WORDS.get(standing, standing)


def device_lines(view: StationView, lines_max: int) -> list[Line]:
    """What is to be looked at, worst first, in at most `lines_max` lines; none when all is well."""
    found = sorted(
        (one for one in view.peripherals if one.standing not in WELL),
        key=lambda one: one.standing == "attention",
    )
    if len(found) <= lines_max:
        return [_device_line(one) for one in found]
    shown, rest = found[: lines_max - 1], found[lines_max - 1 :]
    names = ", ".join(_short(one) for one in rest)
    is_bad = any(one.standing != "attention" for one in rest)
    words = f"and {len(rest)} more: F3 ({names})" if shown else f"{len(rest)} devices: F3 ({names})"
    last = Line(words, "bad" if is_bad else "attention")
    return [*map(_device_line, shown), last]


def _device_line(one: PeripheralView) -> Line:
    name = device_name(one.name)
    if one.standing == "attention":
        return Line(f"{name.capitalize()}: {one.words}", "attention")
    return Line(f"{name.upper()} {standing_words(one.standing)}: {one.words}", "bad")


def _short(one: PeripheralView) -> str:
    return f"{device_name(one.name)} {standing_words(one.standing)}"


def device_row(one: PeripheralView) -> Row:
    """One row of the table."""
    cells = (device_name(one.name), one.driver, standing_words(one.standing), _values(one) or "-")
    return Row(one.name, cells)


def device_detail(one: PeripheralView) -> Line:
    """The chosen device in full."""
    tone: Tone = "attention"
    if one.standing in WELL:
        tone = "good" if one.standing == "ready" else "plain"
    elif one.standing != "attention":
        tone = "bad"
    values = _values(one)
    return Line(f"{one.words} ({values})" if values else one.words, tone)


def _values(one: PeripheralView) -> str:
    return ", ".join(f"{label} {text}" for label, text in one.values)


def paper_name(job: JobView) -> str:
    """What is to be on the paper; never the text of an incident."""
    plain = job.what.replace("-", " ").capitalize() + " slip"
    return PAPER_NAMES.get(job.what, plain).format(job.about)


def job_row(job: JobView) -> Row:
    """One row of the print queue."""
    return Row(str(job.number), (paper_name(job), job.state, job.words))


def job_detail(job: JobView) -> Line:
    """The chosen paper in full."""
    return Line(job.words, "attention" if job.state in ("unknown", "failed") else "plain")


def may_print_again(job: JobView | None) -> bool:
    """Only what is, may be, or never came on paper: everything else is printed by itself."""
    return job is not None and job.state in AGAIN_STATES


def may_drop(job: JobView | None) -> bool:
    """Not while the printer is at it."""
    return job is not None and job.state != "printing"


def card_job(view: StationView | None, card: CardReady | None) -> JobView | None:
    """The paper of this card, if it is in the queue."""
    if view is None or card is None:
        return None
    about = str(card.number)
    return next((j for j in view.jobs if (j.what, j.about) == ("card", about)), None)


def card_paper_line(job: JobView | None) -> Line:
    """How far the card's paper is; empty without one."""
    if job is None:
        return Line("")
    match job.state:
        case "printing":
            return Line("Paper: being printed.")
        case "failed":
            return Line(job.words, "bad")
        case "printed":
            return Line("Paper: printed. F5 prints the same card again.", "good")
        case "unknown":
            words = (
                "PAPER NOT KNOWN: it may be on paper or not: look. F5 prints the same card again."
            )
            return Line(words, "attention")
    return Line(f"Paper: waiting for the printer. {job.words}".strip(), "attention")


def finger_line(
    answer: FingerRead | Refused | NodeSilent | None, live: str, is_asked: bool
) -> Line:
    """How far a fingerprint is. It never says who somebody is, and nothing waits for it."""
    if is_asked:
        return Line(f"Fingerprint: {live}" if live else FINGER_BEGUN)
    if answer is None:
        return Line(FINGER_HINT)
    if isinstance(answer, FingerRead):
        return FINGER_FOUND.get(answer.finger, Line(answer.words, "attention"))
    return Line(FINGER_ABSENT.format(answer.words), "attention")


def answer_line(answer: object) -> Line:
    """What a node answered to something asked of a device or a printer."""
    words = str(getattr(answer, "words", ""))
    return Line(words, "bad" if isinstance(answer, Refused | NodeSilent) else "good")


def test_words(name: str, waited_s: float) -> str:
    """What is going on while a device is tried."""
    hint = TEST_HINTS.get(name, "")
    return f"Testing the {device_name(name)}, {waited_s:.0f} s. {hint}".strip()
