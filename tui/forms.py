"""What a person fills in, as data: one form a thing that can be written into the book.

    Form("queue", "People at the door", "/book/queue", (Field("waiting", "How many", "number"),))

A form is shown by `form_screen`, which sends `body_of(form, typed)` to the node and shows its
answer. The node decides; here is only what can be seen at once: what is missing, no number, too
long. Enter goes to the next field and never sends: F9 does.
"""

from typing import Literal, NamedTuple

from sync.entry_base import DOCUMENTS
from sync.text import ascii_digits

Kind = Literal["text", "number", "choice", "long", "pin", "slip"]
Body = dict[str, str | int | list[str]]

EVERYBODY_READS = "Everybody can read this log. Write no person's name or number."
TEXT_LETTERS_MAX = 1_500
"""Of an incident or complaint; the node takes no longer one."""


class Field(NamedTuple):
    """One line to fill in. `choices` are (value, words); `is_free` may stay empty."""

    name: str
    label: str
    kind: Kind = "text"
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    is_free: bool = False
    letters_max: int = 80


class Form(NamedTuple):
    """A form: where it goes, what is fixed in it, what is to be filled in, and what is at stake.

    `signed`: the node answers with an act that two officers sign. `confirmed`: the station's id is
    typed by hand before it is sent.
    """

    id: str
    title: str
    path: str
    fields: tuple[Field, ...]
    words: str = ""
    warning: str = ""
    signed: bool = False
    confirmed: bool = False


class Missing(NamedTuple):
    """What is wrong with a field before anybody is asked."""

    field: str
    words: str


def _documents() -> tuple[tuple[str, str], ...]:
    return tuple((d, d.replace("-", " ")) for d in DOCUMENTS)


INCIDENT = Form(
    "incident",
    "Incident or complaint",
    "/book/write",
    (
        Field(
            "about", "It is", "choice", "", (("incident", "incident"), ("complaint", "complaint"))
        ),
        Field(
            "by",
            "Told by",
            "choice",
            "",
            (
                ("worker", "worker"),
                ("officer", "officer"),
                ("observer", "observer"),
                ("voter", "voter"),
                ("other", "other"),
            ),
        ),
        Field("text", "What happened", "long", letters_max=TEXT_LETTERS_MAX),
    ),
    "A numbered slip with two lines to sign is printed where there is a printer.",
    EVERYBODY_READS,
)
PAUSE = Form(
    "pause",
    "Pause, evacuate or move",
    "/book/pause",
    (
        Field(
            "because",
            "Because of",
            "choice",
            "",
            (("pause", "pause"), ("evacuation", "evacuation"), ("moved", "move")),
        ),
        Field(
            "words",
            "In words",
            hint="smoke in the hall; moved to the gym",
            is_free=True,
            letters_max=200,
        ),
    ),
    "Nobody new is admitted at this place until two officers end it.",
    EVERYBODY_READS,
    confirmed=True,
)
RESUME = Form(
    "resume",
    "End the pause",
    "/book/resume",
    (Field("at", "Place is now at", hint="only after a move", is_free=True, letters_max=200),),
    "Two officers sign, one of each authority. Voters are admitted again afterwards.",
    signed=True,
)
OBSERVER = Form(
    "observer",
    "Sign an observer in",
    "/book/observer",
    (
        Field("observer", "Accreditation", hint="its number, such as obs-12"),
        Field("of", "Organisation", hint="as on the accreditation"),
    ),
    "By the number of the accreditation, never by name.",
)
QUEUE = Form(
    "queue",
    "People at the door",
    "/book/queue",
    (Field("waiting", "How many wait", "number", "0 if nobody", letters_max=6),),
    "Count who stands in the queue now. Whoever is in it at closing time may still vote.",
)
SEAL = Form(
    "seal",
    "A seal",
    "/book/seal",
    (
        Field("item", "On what", hint="a-box-1, transport case 2"),
        Field("number", "Seal number", letters_max=32),
        Field(
            "state",
            "The seal",
            "choice",
            "",
            (
                ("put-on", "is put on"),
                ("found-whole", "was found whole"),
                ("found-broken", "was found broken"),
                ("taken-off", "is taken off"),
            ),
        ),
    ),
    "Numbers are compared: one that does not fit is shown to everybody as amiss.",
)
CUSTODY = Form(
    "custody",
    "Hand an item over",
    "/book/custody",
    (
        Field("item", "What", hint="a-box-1, key drive 2"),
        Field("giver", "From", hint="officer, badge or station"),
        Field("taker", "To", hint="officer, badge or station"),
    ),
    "Two officers sign, one of each authority.",
    signed=True,
)
PAPER = Form(
    "paper",
    "Key in a line of paper",
    "/book/paper",
    (
        Field("sheet", "Sheet", "number", letters_max=6),
        Field("line", "Line", "number", letters_max=4),
        Field("code", "National code", letters_max=20),
        Field("document", "Document", "choice", "", _documents()),
    ),
    "A voter who was checked in on paper. Keyed twice, it is written once.",
)
COMPANION = Form(
    "companion",
    "A companion",
    "/book/companion",
    (
        Field("companion", "Companion's code", hint="national code", letters_max=20),
        Field(
            "because",
            "The voter",
            "choice",
            "",
            (("cannot-read", "cannot read"), ("disabled", "has a disability")),
        ),
    ),
    "Somebody goes in with this voter. The companion's own code is kept as a keyed code only.",
)
LOG_IN = Form(
    "log-in",
    "Take over this desk",
    "/workers/on",
    (
        Field("worker", "Badge"),
        Field("pin", "PIN of the day", "pin", letters_max=12),
    ),
    "Whoever is on goes off at the same moment.",
)
ENROL = Form(
    "enrol",
    "A worker's PIN of the day",
    "/workers/enrol",
    (
        Field("worker", "Badge", hint="w-17"),
        Field("pin", "PIN", "pin", "6 to 12 digits", letters_max=12),
        Field("again", "PIN again", "pin", letters_max=12),
    ),
    "The worker types a PIN that nobody else sees. It holds for this day at this desk.",
)
SHIFT_OVER = Form(
    "shift-over",
    "End the shift",
    "/workers/off",
    (),
    "The worker goes off. The desk stays locked until somebody logs in.",
    confirmed=True,
)
TURN_AWAY_REASONS: tuple[tuple[str, str], ...] = (
    ("not-on-roll", "not on the roll"),
    ("too-young", "too young"),
    ("deceased", "deceased on the roll"),
    ("other-place", "votes elsewhere"),
    ("nothing-owed", "has voted in everything"),
    ("bad-code", "code has a wrong digit"),
    ("defective-document", "document is defective"),
)
TURN_AWAY = Form(
    "turn-away",
    "Turn somebody away",
    "/turn-away",
    (
        Field("because", "Because", "choice", "", TURN_AWAY_REASONS),
        Field("document", "Document shown", "choice", "", _documents()),
    ),
    "Only the reason is counted: nobody is named. What to tell the person comes as the answer.",
)
VOID = Form(
    "void",
    "Void a check-in",
    "/voids/propose",
    (
        Field("slip", "Box's slip", "slip", "scan what the box printed", letters_max=2000),
        Field("slip-2", "Second slip", "slip", "only after a replaced card", (), True, 2000),
        Field(
            "because",
            "Because",
            "choice",
            "",
            (
                ("wrong-voter", "wrong voter"),
                ("voter-left", "voter left"),
                ("card-unusable", "card unusable"),
                ("entered-in-error", "entered in error"),
                ("other", "other"),
            ),
        ),
    ),
    "First the box takes the card back and prints a slip. Every card of this check-in needs its "
    "slip. Two officers sign, one of each authority.",
    signed=True,
    confirmed=True,
)

BOOK_FORMS: tuple[Form, ...] = (
    INCIDENT,
    PAUSE,
    RESUME,
    OBSERVER,
    QUEUE,
    SEAL,
    CUSTODY,
    PAPER,
)
"""In the order of their numbers on the page of new entries."""

FORMS: dict[str, Form] = {
    form.id: form for form in (*BOOK_FORMS, COMPANION, LOG_IN, ENROL, SHIFT_OVER, TURN_AWAY, VOID)
}


def body_of(form: Form, typed: dict[str, str], fixed: Body) -> Body | Missing:
    """What is sent, or the first field that cannot be right."""
    body: Body = dict(fixed)
    slips: list[str] = []
    for field in form.fields:
        value = typed.get(field.name, "").strip()
        if problem := _problem(field, value):
            return Missing(field.name, problem)
        if field.kind == "slip":
            slips.extend([value] if value else [])
        else:
            body[field.name] = int(ascii_digits(value)) if field.kind == "number" else value
    if slips:
        body["slips"] = slips
    if "again" in body and body.pop("again") != body["pin"]:
        return Missing("again", "The two PINs are not the same. Type the second one again.")
    return body


def _problem(field: Field, value: str) -> str:
    if not value:
        if field.is_free:
            return ""
        return f"{field.label}: choose one." if field.choices else f"{field.label}: fill this in."
    over = len(value) - field.letters_max
    if over > 0:
        return f"{field.label}: {over} letters too many."
    digits = ascii_digits(value)
    if field.kind == "number" and not (digits.isascii() and digits.isdigit()):
        return f"{field.label}: a number is needed."
    return ""
