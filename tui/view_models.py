"""What the desk's screen says about a `StationView`: words and rows, without any screen.

    link_line(view)  ->  Line("connected to 2 of 3, apart from a-desk-2 for 12 min", "attention")

Every line carries a tone; the screen gives the tone a colour, the words say the same without it.
Ages count from `now_ms` of the view, so that a screen needs no clock to agree with its node.
"""

from typing import Literal, NamedTuple

from sync.entry_base import DOCUMENTS, Means
from sync.outcomes import CardReady, Refused
from sync.text import ascii_digits, national_code_problem, normal
from sync.views import FoundVoter, PeerView, ProvinceView, StationView

Tone = Literal["plain", "good", "attention", "bad"]

HOUR_MS = 3_600_000
STALE_MS = 60_000
APART_NAMED_MAX = 2
"""More stations than this are counted, not named: the line must stay one line."""

PROBLEMS_SHOWN_MAX = 2
NAME_LETTERS_MIN = 2
NAME_LETTERS_MAX = 60
"""Longer than any name on a roll: what is longer is a document's code."""

ENTERED_LETTERS_MAX = 1200
"""Of one scan: a driving licence's code fits, and the node reads no longer ones."""

TOO_LONG = (
    f"This is longer than any code that is used here (over {ENTERED_LETTERS_MAX} letters). "
    "Scan one code at a time."
)
PASTED = "This was pasted, not scanned. Scan the document, or type the national code or a name."
ZONE_SIGNS = frozenset("<>")
"""Fillers of a machine-readable zone: the Persian keyboard layout gives ">" for "<"."""

CODE_DIGITS_IGNORED = str.maketrans("", "", " -\u200c\u200e\u200f")
RETRY_REASONS = frozenset({"no-quorum", "busy", "no-answer", "no-second", "second-silent"})
AWAY_REASONS = {"not-on-roll": "not-on-roll", "no-code": "bad-code"}
"""For a node's reason why nobody was found: the reason to turn somebody away."""

UNKNOWN_POLLS = "POLLS: NOT KNOWN"
POLLS_WORDS = {
    "not open": "POLLS NOT OPEN",
    "open": "POLLS OPEN",
    "closed": "POLLS CLOSED",
    "final": "LOG SEALED",
}


class Line(NamedTuple):
    """A line of words and how it is meant."""

    text: str
    tone: Tone = "plain"


class Typed(NamedTuple):
    """What stands in the one input: a code, the start of a name, a scan, or a problem in words."""

    code: str = ""
    name: str = ""
    problem: str = ""
    scan: str = ""
    is_bad_code: bool = False

    @property
    def sought(self) -> tuple[Literal["code", "name", "scan"], str]:
        """What a node is asked for."""
        if self.scan:
            return "scan", self.scan
        return ("code", self.code) if self.code else ("name", self.name)


def age_words(age_ms: int) -> str:
    """How long something has lasted: `12 s`, `3 min`, `2 h 05 min`."""
    seconds = max(0, age_ms) // 1000
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def heard_words(now_ms: int, heard_ms: int, has_ended: bool = False) -> str:
    """When a log last grew: an age, with a word once it is stale.

    A log that is sealed grows no more, and its silence is as it should be: `has_ended`.
    """
    if heard_ms <= 0:
        return "never"
    age_ms = now_ms - heard_ms
    age = f"{age_ms // HOUR_MS} h" if age_ms >= HOUR_MS else age_words(age_ms)
    if has_ended:
        return f"ended {age}"
    return f"stale {age}" if age_ms > STALE_MS else age


def polls_line(view: StationView) -> Line:
    """State of the polls."""
    words = POLLS_WORDS.get(view.polls, view.polls.upper())
    return Line(words, "good" if view.polls == "open" else "attention")


def title_words(view: StationView | ProvinceView | None, is_silent: bool) -> tuple[str, str]:
    """Which station this is and who is on, left; how the polls stand, right."""
    if view is None:
        return "pollmesh", UNKNOWN_POLLS
    if isinstance(view, ProvinceView):
        return f"{view.station}  {view.province}", f"{view.day}  supervisor"
    worker = f"  worker {view.worker}" if view.worker else ""
    polls = UNKNOWN_POLLS if is_silent else polls_line(view).text
    return f"{view.station}  {view.place}{worker}", polls


def link_line(view: StationView) -> Line:
    """Connected to whom, apart from whom, and since when."""
    if not view.peers:
        return Line("alone: the package names no other station here", "attention")
    up = [peer for peer in view.peers if peer.state == "connected"]
    down = [peer for peer in view.peers if peer.state != "connected"]
    siblings = f"connected to {len(up)} of {len(view.peers)} stations"
    if not down:
        latest_ms = max(peer.since_ms for peer in up)
        return Line(f"{siblings} for {age_words(view.now_ms - latest_ms)}", "good")
    if not up:
        siblings = f"APART: {siblings}"
    return Line(f"{siblings}, {_down_words(view, down)}", "attention")


def _down_words(view: StationView, down: list[PeerView]) -> str:
    if len(down) == 1 and down[0].state == "apart":
        return f"apart from {down[0].station} for {age_words(view.now_ms - down[0].since_ms)}"
    if len(down) > APART_NAMED_MAX:
        since_ms = min(peer.since_ms for peer in down)
        return f"apart from {len(down)}, the longest for {age_words(view.now_ms - since_ms)}"
    return "apart from " + ", ".join(_peer_words(view, peer) for peer in down)


def _peer_words(view: StationView, peer: PeerView) -> str:
    if peer.state == "apart":
        return f"{peer.station} ({age_words(view.now_ms - peer.since_ms)})"
    return f"{peer.station} ({peer.state})"


def copies_line(view: StationView) -> Line:
    """How many entries stand on this station alone."""
    if view.single_copy == 0:
        return Line("every entry is on a second station", "good")
    entries = "entry" if view.single_copy == 1 else "entries"
    return Line(f"{view.single_copy} {entries} not yet on a second station", "attention")


def work_line(view: StationView) -> Line:
    """The desk's own counts."""
    parts = [f"checked in {view.checked_in}", f"cards {view.issued}"]
    if view.pending:
        parts.append(f"waiting {view.pending}")
    if view.outstanding:
        parts.append(f"not taken {view.outstanding}")
    return Line(", ".join(parts))


def problem_lines(view: StationView) -> list[str]:
    """What is wrong, first things first; empty when nothing is."""
    found = [f"PROBLEM: {view.problem}"] if view.problem else []
    found += [f"PAUSED: {view.paused}"] if view.paused else []
    found += [f"ALARM: {alarm}" for alarm in view.alarms]
    found += [f"LOOK AT: {warning}" for warning in view.book_warnings]
    if len(found) > PROBLEMS_SHOWN_MAX:
        hidden = len(found) - PROBLEMS_SHOWN_MAX
        found[PROBLEMS_SHOWN_MAX - 1 :] = [f"{found[PROBLEMS_SHOWN_MAX - 1]}  (and {hidden} more)"]
    return found


def alarms(view: StationView) -> list[tuple[str, str]]:
    """Everything to be looked at, gravest first: what kind it is and its words."""
    found = [("PROBLEM", view.problem)] if view.problem else []
    found += [("PAUSED", view.paused)] if view.paused else []
    found += [("ALARM", words) for words in view.alarms]
    found += [("BOOK", words) for words in view.book_warnings]
    said = {words for _, words in found}
    return found + [("NEEDS", words) for words in view.needs if words not in said]


def needs_login(view: StationView) -> bool:
    """Is nobody on at a desk that asks for it, or was it left alone?"""
    return view.locked or (view.logins and not view.worker)


def lock_words(view: StationView) -> str:
    """Who may open it."""
    if view.worker:
        return f"{view.worker} was on. The same worker goes on, or another one takes over."
    return "Nobody is on at this desk. A worker logs in with badge and PIN of the day."


def looks_like_zone(text: str) -> bool:
    """Does it hold fillers, as the zone of an identity card or a passport does?"""
    return not ZONE_SIGNS.isdisjoint(text)


def read_entered(text: str, means: Means, is_pasted: bool) -> Typed:
    """Tell what a scanner typed from what a hand did.

    A scan holds digits, whatever document it is of, so that a name stays a name at any pace.
    """
    if len(text) > ENTERED_LETTERS_MAX:
        return Typed(problem=TOO_LONG)
    is_long = looks_like_zone(text) or "\n" in text or len(text) > NAME_LETTERS_MAX
    if is_pasted and is_long:
        return Typed(problem=PASTED)
    if is_long or (means == "scanned" and any(letter.isdecimal() for letter in text)):
        return Typed(scan=text)
    return read_typed(text)


def read_typed(text: str) -> Typed:
    """Tell a national code from the start of a name; digits of any script are accepted."""
    digits = ascii_digits(text).translate(CODE_DIGITS_IGNORED).strip()
    if not digits:
        return Typed(problem="Scan the document, or type the national code or a name.")
    if digits.isascii() and any(c.isdigit() for c in digits):
        problem = national_code_problem(digits)
        if problem:
            return Typed(problem=f"{problem} Type it again.", is_bad_code=len(digits) == 10)
        return Typed(code=digits)
    name = normal(text)
    if len(name) < NAME_LETTERS_MIN:
        return Typed(problem=f"Type at least {NAME_LETTERS_MIN} letters of the name.")
    return Typed(name=name)


def document_words(document: str) -> str:
    """A kind of document as people call it."""
    return document.replace("-", " ").capitalize()


def document_lines(chosen: str) -> list[Line]:
    """The five documents with their digit keys; the chosen one is marked by a word and a sign."""
    return [
        Line(f" {number}  (x) {document_words(document)}", "good")
        if document == chosen
        else Line(f" {number}  ( ) {document_words(document)}")
        for number, document in enumerate(DOCUMENTS, 1)
    ]


def voter_row(found: FoundVoter) -> tuple[str, str, str, str]:
    """One row of the list: name, birth year, home, standing."""
    return (found.name, str(found.birth_year), found.home, found.standing)


def voter_facts(found: FoundVoter) -> list[tuple[str, Line]]:
    """What the worker compares with the document and the face, label by label."""
    return [
        ("Name", Line(found.name)),
        ("Born", Line(str(found.birth_year))),
        ("Home", Line(found.home)),
        ("Votes in", Line(", ".join(found.rights) or "nothing")),
        *_partial(found),
    ]


def _partial(found: FoundVoter) -> list[tuple[str, Line]]:
    """Where only some rights are left, both halves are said."""
    if not found.used or not found.owed:
        return []
    return [
        ("Used", Line(", ".join(found.used), "bad")),
        ("Still owed", Line(", ".join(found.owed), "good")),
    ]


def because(found: FoundVoter) -> str:
    """Why this person is turned away, as the node calls it; empty if for no such reason."""
    return found.because


def rights_asked(found: FoundVoter) -> tuple[str, ...]:
    """The rights to check in for: none named means all, which is so unless some are used."""
    return found.owed if found.used else ()


def standing_line(found: FoundVoter) -> Line:
    """What the logs say of this voter; a sentence, so it has a line of its own."""
    return Line(found.standing, "good" if found.may_check_in else "bad")


def box_words(box: str) -> str:
    """The box a card will be for."""
    return box or "any (the desk chooses)"


def next_box(boxes: tuple[str, ...], box: str) -> str:
    """The choice after `box`; the empty one lets the desk choose."""
    choices = ("", *boxes)
    return choices[(choices.index(box) + 1) % len(choices)] if box in choices else ""


def to_second_line(count: int) -> Line:
    """Who waits for this desk's second look; empty if nobody does."""
    if not count:
        return Line("")
    people = "1 voter waits" if count == 1 else f"{count} voters wait"
    return Line(f"{people} for a second look by this desk: F6.", "attention")


def waiting_words(view: StationView | None, waited_s: float) -> str:
    """What is going on while a check-in waits."""
    if waited_s < 0.5 or view is None:
        return "Written into this station's log. Asking the guards for their promise."
    link = link_line(view).text
    return f"Waiting {waited_s:.0f} s for promises of a quorum. This station is {link}."


def card_hint(card: CardReady, has_printer: bool) -> Line:
    """What the worker does with the card."""
    if card.stub and has_printer:
        words = "STUB NEEDED: no other station holds this card yet. The printer prints it: keep it."
        return Line(f"{words} If none comes out, write {card.number} on one.", "attention")
    if card.stub:
        words = f"STUB NEEDED: no other station holds this card yet. Write {card.number} on a stub."
        return Line(words, "attention")
    return Line("A second station holds this card.", "good")


def refusal_title(refused: Refused) -> str:
    """The one line above the reason."""
    return "NO ANSWER" if refused.reason == "no-answer" else "NOT CHECKED IN"


def may_retry(refused: Refused) -> bool:
    """Is it worth trying the same voter again?"""
    return refused.reason in RETRY_REASONS


def code_hint(lines: list[str], width: int, height: int) -> str:
    """Where the QR code is, when it does not stand beside the words."""
    if not lines:
        return ""
    if len(lines) <= height and len(lines[0]) <= width:
        return "F7 shows the QR code alone."
    return (
        f"The QR code needs a window of {len(lines)} rows, this one has {height}: "
        "make it larger, or use the printed card."
    )


def code_lines(text: str) -> list[str]:
    """The lines of a QR code drawn with half blocks, without blank ones around it."""
    lines = text.rstrip("\n").split("\n")
    width = max((len(line) for line in lines), default=0)
    return [line.ljust(width) for line in lines if line.strip()]
