"""The tables of commands, a screen each. How they are read stands in `commands`."""

from typing import Literal, get_args

from sync.entry_base import DOCUMENTS
from tui.book_rows import SECTION_WORDS, SECTIONS
from tui.commands import Command, Table
from tui.forms import BOOK_FORMS

Stage = Literal["start", "list", "person", "waiting", "awaited", "card", "refused"]
STAGES: tuple[Stage, ...] = get_args(Stage)
_AWAY_STAGES = ("start", "person")
_FREE_STAGES = ("start", "awaited")
_VOTER_STAGES = ("person", "card")
_ROW_STAGES = ("places", "stations")

_HELP = Command("f1", "app.help", "Help", "This list. Type to search it.")
_PALETTE = Command("ctrl+p", "app.command_palette", "All", "Every command; type words to find one.")
_LOOKS: Table = (
    Command("", "app.look('dark')", "Look: dark", "Light words on a dark screen."),
    Command("", "app.look('light')", "Look: light", "Dark words on a light screen."),
    Command("", "app.look('contrast')", "Look: high contrast", "White, yellow and red on black."),
)
_QUIT = Command(
    "f10", "app.ask_quit", "Quit", "Leave after a question; the node goes on.", yields=True
)
_EVERYWHERE: Table = (_PALETTE._replace(shown=False), *_LOOKS, _QUIT._replace(shown=False))
"""On pages, which have keys of their own for the footer."""

_FORM_HELP = {
    "incident": "What happened, or what is complained of",
    "pause": "Nobody new is admitted: fire, crowd, a move.",
    "resume": "Two officers sign; voters come in again.",
    "observer": "By the number of the accreditation.",
    "queue": "Count the queue; asked before closing too.",
    "seal": "Numbers of seals: put on, found, taken off.",
    "custody": "A box or a key drive changes hands.",
    "paper": "A check-in made on paper while all was dark.",
}
BOOK_FORM_COMMANDS: Table = tuple(
    Command("", f"form('{form.id}')", form.title, _FORM_HELP[form.id]) for form in BOOK_FORMS
)

_PAPERS: Table = tuple(
    Command("", f"print_paper('{what}')", words, help_words, ("start",))
    for what, words, help_words in (
        ("voter-list", "Print the voter list", "Every voter by sheet and line; who came."),
        ("check-list", "Print the check-list", "Who was checked in here, as of now."),
        ("closing-minutes", "Print the minutes", "The page of the place as of now, to sign."),
    )
)

DESK: Table = (
    _HELP,
    Command(
        "escape",
        "back",
        "Back",
        "Back to the start; nothing is written.",
        ("list", "person", "awaited", "refused"),
    ),
    Command(
        "enter",
        "look_up",
        "Find",
        "Look up what was typed; in the list: choose.",
        ("start", "list"),
        shown=False,
    ),
    *(
        Command(
            str(number),
            f"document('{document}')",
            document.replace("-", " ").capitalize(),
            f"The voter shows: {document.replace('-', ' ')}.",
            ("person",),
            shown=False,
        )
        for number, document in enumerate(DOCUMENTS, 1)
    ),
    Command("f4", "finger", "Finger", "Compare a finger; check in with or without.", ("person",)),
    Command(
        "f5",
        "defective",
        "Defect",
        "The document has a defect: counted apart.",
        ("person",),
        yields=True,
    ),
    Command("f6", "next_box", "Box", "Change the box the card is for.", ("person",), yields=True),
    Command(
        "f8",
        "turn_away",
        "Turn away",
        "Count why somebody is not admitted.",
        _AWAY_STAGES,
        yields=True,
    ),
    Command(
        "f9",
        "check_in",
        "Check in",
        "Check the voter in: written in the log.",
        ("person", "refused"),
        by_key_only=True,
    ),
    Command("f4", "write_card", "Write card", "Write the card onto the smart card.", ("card",)),
    Command("f5", "print_again", "Print again", "Print the same card again.", ("card",)),
    Command("f7", "show_code", "QR code", "The card's QR code alone.", ("card",)),
    Command(
        "f8",
        "card_taken",
        "Card taken",
        "The voter has the card: next voter.",
        ("card",),
        by_key_only=True,
    ),
    Command("f5", "cards", "Cards", "Cards not taken, print again, void.", ("start",), yields=True),
    Command(
        "f6",
        "waiting",
        "Waiting",
        "Second confirmations, ours and others'.",
        _FREE_STAGES,
        yields=True,
    ),
    Command("f7", "alarms", "Alarms", "What is wrong, in full.", ("start",), yields=True),
    Command("f4", "book", "Book", "Incidents, observers, seals, queue, paper.", ("start",)),
    _PALETTE._replace(yields=True),
    Command(
        "f2",
        "officers",
        "Officers",
        "Open or close the polls, seal the log.",
        ("start",),
        yields=True,
    ),
    Command("f3", "devices", "Devices", "Devices, the print queue, slips.", yields=True),
    Command("", "companion", "A companion", "Somebody goes in with this voter.", _VOTER_STAGES),
    *(one._replace(stages=("start",)) for one in BOOK_FORM_COMMANDS),
    *_PAPERS,
    Command("", "take_over", "Take over", "Another worker logs in here: shift change.", ("start",)),
    Command("", "shift_over", "End the shift", "The worker goes off; the desk locks.", ("start",)),
    Command("", "form('enrol')", "New badge", "Choose a worker's PIN of the day.", ("start",)),
    Command("", "lock", "Lock", "Lock this desk now."),
    *_LOOKS,
    _QUIT,
)

OFFICERS: Table = (
    _HELP,
    Command("escape", "leave", "Back", "Leave the officers' page; nothing is signed."),
    Command("f5", "other_keys", "Files or cards", "Sign with key files, or with smart cards."),
    *_EVERYWHERE,
)

SIGN: Table = (
    _HELP,
    Command("escape", "leave", "Back", "Leave this page; nothing is signed."),
    Command(
        "f9",
        "sign",
        "Sign and submit",
        "Sign the entry shown with both keys.",
        by_key_only=True,
    ),
    *_EVERYWHERE,
)

FORM: Table = (
    _HELP,
    Command("escape", "leave", "Back", "Leave this page; nothing is written."),
    Command("f9", "send", "Write", "Hand in what is filled in.", by_key_only=True),
    Command("enter", "next", "Next field", "Goes to the next field; it never sends.", (), False),
    *_EVERYWHERE,
)

BOOK: Table = (
    _HELP,
    Command("escape", "leave", "Back", "Out of the filter, then back to the desk."),
    Command("f6", "new", "New entry", "Choose what is written, by number."),
    Command("f7", "filter", "Filter", "Keep the rows that hold some words."),
    *(
        Command(
            str(number),
            f"section('{section}')",
            f"Section: {SECTION_WORDS[section].lower()}",
            "Show this section of the book.",
            shown=False,
        )
        for number, section in enumerate(SECTIONS, 1)
    ),
    Command(
        "f8",
        "observer_out",
        "Goes",
        "The observer chosen leaves.",
        ("observers",),
        by_key_only=True,
    ),
    Command(
        "f8",
        "strike",
        "Strike",
        "The line of paper was keyed wrongly.",
        ("paper",),
        by_key_only=True,
    ),
    *BOOK_FORM_COMMANDS,
    *_EVERYWHERE,
)

NEW_ENTRY: Table = (
    _HELP,
    Command("escape", "leave", "Back", "Back to the book; nothing is written."),
    *(
        one._replace(key=str(number), shown=False)
        for number, one in enumerate(BOOK_FORM_COMMANDS, 1)
    ),
    *_EVERYWHERE,
)

WAITING: Table = (
    _HELP,
    Command("escape", "leave", "Back", "Back to the desk; everything stays as it is."),
    Command("tab", "other_list", "Other list", "To the other list and back.", (), False),
    Command(
        "f9",
        "second",
        "Confirm",
        "I saw the person and the document.",
        ("second",),
        by_key_only=True,
    ),
    Command(
        "f8",
        "refuse",
        "Not right",
        "It is not right: that desk withdraws.",
        ("second",),
        by_key_only=True,
    ),
    Command(
        "f9",
        "card",
        "Get the card",
        "The card of the voter chosen, once ready.",
        ("own",),
        by_key_only=True,
    ),
    Command(
        "f8",
        "give_up",
        "Voter left",
        "Withdraw: the voter left without a card.",
        ("own",),
        by_key_only=True,
    ),
    *_EVERYWHERE,
)

CARDS: Table = (
    _HELP,
    Command("escape", "leave", "Back", "Back to the desk."),
    Command("f5", "print_again", "Print again", "Print the same card again."),
    Command("f7", "show_code", "QR code", "The card's QR code alone.", shown=False),
    Command("f8", "taken", "Card taken", "The voter has the card.", by_key_only=True),
    Command("f6", "void", "Void", "Void a check-in: slip and two officers."),
    *_EVERYWHERE,
)

ALARMS: Table = (
    _HELP,
    Command("escape", "leave", "Back", "Back to the desk."),
    Command("f7", "filter", "Filter", "Keep the lines that hold some words."),
    *_EVERYWHERE,
)

LOCK: Table = (
    _HELP,
    Command("f2", "officers", "Officers", "Open or close the polls, seal the log."),
    Command("f4", "enrol", "New badge", "Choose a worker's PIN of the day."),
    *_LOOKS,
    _QUIT,
)

DevicesStage = Literal["devices", "jobs", "incident"]
DEVICES_STAGES: tuple[DevicesStage, ...] = ("devices", "jobs", "incident")

DEVICES: Table = (
    _HELP,
    Command("escape", "leave", "Back", "Back; nothing is printed. A test goes on."),
    Command("f4", "test", "Test", "Try the device under the cursor.", ("devices",)),
    Command(
        "tab",
        "other_table",
        "Other list",
        "To the print queue and back.",
        ("devices", "jobs"),
        shown=False,
    ),
    Command("f5", "print_again", "Print again", "Print the same paper again.", ("jobs",)),
    Command("f8", "drop", "Drop", "Take the paper out of the queue.", ("jobs",), by_key_only=True),
    Command("f6", "check_list", "Check-list", "Print who was checked in here.", ("devices",)),
    Command("f7", "incident", "Incident", "Write and print an incident slip.", ("devices",)),
    Command("f9", "print_incident", "Print", "Print the incident slip.", ("incident",)),
    *_EVERYWHERE,
)

SUPERVISOR: Table = (
    _HELP,
    Command("1", "pane('places')", "Places", "Turnout and missing boxes by place.", (), False),
    Command("2", "pane('stations')", "Stations", "Every desk and box.", (), False),
    Command("3", "pane('results')", "Results", "Votes of the boxes that returned.", (), False),
    Command("4", "pane('alarms')", "Alarms", "Forks, double check-ins, faults.", (), False),
    Command("f7", "filter", "Filter", "Keep the rows that hold some words.", _ROW_STAGES),
    Command("escape", "leave_filter", "All rows", "Out of the filter.", _ROW_STAGES),
    Command("left", "contest(-1)", "Previous", "Results: the contest before.", ("results",)),
    Command("right", "contest(1)", "Next contest", "Results: the next contest.", ("results",)),
    _PALETTE,
    *_LOOKS,
    _QUIT,
)
