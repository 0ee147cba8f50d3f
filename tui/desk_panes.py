"""The desk's seven panes, one for each stage of a check-in. They show values and decide nothing.

The order of the stages stands in `desk_screen`.
"""

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Digits, Static

from sync.outcomes import CardReady, Refused, SecondAwaited
from sync.views import FoundVoter, StationView, VotersFound
from tui import view_models
from tui.bars import TONE_STYLES, Words
from tui.code_input import CodeInput
from tui.desk_devices import CardDevices, FingerLine
from tui.province_rows import Column, Row
from tui.tables import RowTable
from tui.view_models import Line

LABEL_CELLS = 12
CARD_WORDS_CELLS = 36
CODE_STYLE = "white on black"
"""A QR code is dark on light whatever the theme: the blocks drawn are the light modules."""

PERSON_ROWS = 16
CARD_ROWS, CARD_ROWS_WITH_DEVICES = 15, 20
"""What these panes need with a blank line between their lines."""

TITLE_BLANKS = 2

PERSON_COLUMNS = (
    Column("Name", 28, False, True),
    Column("Born", 6),
    Column("Home", 14),
    Column("Standing", 28, False, True),
)


class StartPane(Vertical):
    """Scan or type; words below say what was wrong with the last try."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(id="start")
        self._clock = clock

    def compose(self) -> ComposeResult:
        """Prompt, input, answer."""
        yield Static("Next voter", classes="title")
        yield Static("Scan the document, or type the national code or the start of a name. Enter.")
        yield CodeInput(self._clock)
        yield Words("answer")
        yield Words("to-second")

    def say(self, line: Line) -> None:
        """Answer to what was typed."""
        self.query_one("#answer", Words).say(line)

    def say_waiting(self, line: Line) -> None:
        """Whoever waits for this desk's second look."""
        self.query_one("#to-second", Words).say(line)


class ListPane(Vertical):
    """Several people: choose one with the arrows and Enter."""

    def compose(self) -> ComposeResult:
        """Head and table."""
        yield Static("Choose the voter", classes="title")
        yield Words("list-words")
        yield RowTable(PERSON_COLUMNS, "people")

    def show(self, found: VotersFound) -> None:
        """Fill the table; the cursor starts at the top."""
        words = found.words or f"{len(found.voters)} people found."
        if found.more:
            words += " There are more: Esc, then type more of the name."
        self.query_one("#list-words", Words).write(words)
        table = self.query_one(RowTable)
        rows = (view_models.voter_row(voter) for voter in found.voters)
        table.show([Row(str(number), cells) for number, cells in enumerate(rows)])
        table.move_cursor(row=0)
        table.focus()


class PersonPane(Vertical):
    """One person: compare, choose the document, then F9."""

    def compose(self) -> ComposeResult:
        """Facts on the left, documents on the right, what to do below."""
        yield Static("Is this the voter?", classes="title")
        with Horizontal(classes="columns"):
            yield Static(id="facts", markup=False)
            with Vertical(id="documents-side"):
                yield Static("Document shown (press its number)", classes="label")
                yield Words("documents")
        yield Words("standing")
        yield FingerLine()
        yield Words("person-hint")

    def on_resize(self) -> None:
        """Blank lines only where there is room."""
        _fit(self, PERSON_ROWS)

    def show(self, found: FoundVoter, document: str, box: str, defective: bool) -> None:
        """Show the person and what is chosen so far."""
        facts = [*view_models.voter_facts(found), ("Box", Line(view_models.box_words(box)))]
        if defective:
            facts.append(("Document", Line("HAS A DEFECT: separate path", "attention")))
        looks = {**TONE_STYLES, "plain": "bold"}
        rows = (
            Content.assemble(
                (label.ljust(LABEL_CELLS), "$text-muted"), (line.text, looks[line.tone])
            )
            for label, line in facts
        )
        self.query_one("#facts", Static).update(Content("\n").join(rows))
        self.query_one("#standing", Words).say(view_models.standing_line(found))
        self.query_one("#documents-side").display = found.may_check_in
        documents = self.query_one("#documents", Words)
        documents.say_all(view_models.document_lines(document), {"good": "bold reverse"})
        self.query_one("#person-hint", Words).say(_person_hint(found, document))


def _person_hint(found: FoundVoter, document: str) -> Line:
    if not found.may_check_in:
        away = view_models.because(found)
        hint = "F8 writes down why; Esc goes back." if away else "Esc goes back."
        return Line(f"CANNOT BE CHECKED IN HERE. {hint}", "bad")
    if not document:
        return Line("Compare name and birth year, then press 1 to 5 for the document.", "attention")
    return Line("F9 checks this voter in. Esc goes back; nothing is written yet.", "good")


class WaitingPane(Vertical):
    """The check-in is written and waits for its quorum."""

    def compose(self) -> ComposeResult:
        """Title and progress in words."""
        yield Static("Checking in ...", classes="title")
        yield Words("waiting-words")
        yield Static("Hand nothing out yet.", classes="label")

    def show(self, view: StationView | None, waited_s: float) -> None:
        """Say how far it is."""
        self.query_one("#waiting-words", Words).write(view_models.waiting_words(view, waited_s))


class AwaitedPane(Vertical):
    """Written, and another station looks at the voter too."""

    def compose(self) -> ComposeResult:
        """Title, name, where, what may be done meanwhile."""
        yield Static("SECOND CONFIRMATION AWAITED", classes="banner waits")
        yield Words("awaited-name")
        yield Words("awaited-words")
        yield Static(
            "Hand nothing out yet. The card comes here by itself when the other station agrees.",
            classes="label",
        )
        yield Static("Esc  next voter; F6 lists who waits.", classes="label")

    def show(self, awaited: SecondAwaited, found: FoundVoter) -> None:
        """Say who waits and where."""
        self.query_one("#awaited-name", Words).write(found.name)
        self.say(Line(awaited.words, "attention"))

    def say(self, line: Line) -> None:
        """What is so just now."""
        self.query_one("#awaited-words", Words).say(line)


class CardPane(Horizontal):
    """The card: number in large digits, its box, its QR code if it fits."""

    def compose(self) -> ComposeResult:
        """Words on the left, code on the right."""
        with Vertical(id="card-words"):
            yield Static("CARD READY", classes="banner good")
            with Horizontal(id="card-number"):
                yield Static("Card", classes="label")
                yield Digits("", id="number")
            yield Words("card-box")
            yield Words("card-hint")
            yield CardDevices()
            yield Words("card-code-hint")
            yield Static("Give the card to the voter, then press F8.", classes="label")
        yield Static(id="card-code", markup=False)

    def fit(self, has_devices: bool) -> None:
        """Blank lines only where there is room; devices have lines of their own."""
        _fit(self, CARD_ROWS_WITH_DEVICES if has_devices else CARD_ROWS)

    def show(self, card: CardReady, lines: list[str], hint: Line) -> None:
        """Show the card; `lines` is its code, empty while it is not there yet."""
        self.query_one("#number", Digits).update(str(card.number))
        self.query_one("#card-box", Words).write(f"for box  {card.box}")
        self.query_one("#card-hint", Words).say(hint)
        code = self.query_one("#card-code", Static)
        wide = bool(lines) and self.size.width >= len(lines[0]) + CARD_WORDS_CELLS
        code.display = wide and self.size.height >= len(lines)
        code.update(Content.styled("\n".join(lines), CODE_STYLE) if code.display else "")
        code_hint = self.query_one("#card-code-hint", Words)
        code_hint.display = bool(lines) and not code.display
        code_hint.write(view_models.code_hint(lines, *self.app.size))


def _fit(pane: Widget, rows: int) -> None:
    """Take away the blank lines around the title, then all, so that no words are cut off."""
    missing = rows - pane.size.height
    pane.set_class(missing > 0, "low")
    pane.set_class(missing > TITLE_BLANKS, "tight")


class RefusedPane(Vertical):
    """No card, and why."""

    def compose(self) -> ComposeResult:
        """Title, name, reason, what to do."""
        yield Words("refused-title", classes="banner bad")
        yield Words("refused-name")
        yield Words("refused-words")
        yield Words("refused-hint", classes="label")

    def show(self, refused: Refused, found: FoundVoter) -> None:
        """Say it in words."""
        self.query_one("#refused-title", Words).write(view_models.refusal_title(refused))
        self.query_one("#refused-name", Words).write(found.name)
        self.query_one("#refused-words", Words).write(refused.words)
        hint = "Esc  next voter."
        if view_models.may_retry(refused):
            hint = "F9  try the same voter again.   " + hint
        self.query_one("#refused-hint", Words).write(hint)
