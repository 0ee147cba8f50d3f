"""One form on a page: fields below each other, F9 sends, the node's words answer.

any   Esc -> the page before; nothing is written
any   F9  -> sent: Done leaves with the words, Refused stays with what was typed
             an act to sign -> the page where two officers sign
"""

from textual.app import ComposeResult
from textual.containers import Grid, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Footer, Input, Static, TextArea

from sync.outcomes import ActProposed, Done
from sync.views import StationView
from tui.bars import TitleBar, Words
from tui.choice import Choice
from tui.command_tables import FORM
from tui.commands import Page, bindings
from tui.forms import Body, Field, Form, Missing, body_of
from tui.node_app import NodeApp
from tui.officers import NotSigned, read_proposal, wanted_of
from tui.sign_screen import SignScreen
from tui.view_models import Line


class FormScreen(Page[str]):
    """Gives back the words of what was done, empty if nothing was."""

    TABLE = FORM
    BINDINGS = bindings(TABLE)
    AUTO_FOCUS = ".field"
    app: NodeApp

    def __init__(
        self,
        form: Form,
        fixed: Body | None = None,
        filled: dict[str, str] | None = None,
        about: str = "",
    ) -> None:
        """`fixed` goes with every body, `filled` stands in the fields, `about` in the title."""
        super().__init__()
        self._form, self._fixed, self._filled = form, fixed or {}, filled or {}
        self._about = about
        self._is_sending = False

    def compose(self) -> ComposeResult:
        """Title, what it is for, the fields, the answer."""
        yield TitleBar()
        with Vertical(classes="page"):
            title = f"{self._form.title}: {self._about}" if self._about else self._form.title
            yield Static(title, classes="title", markup=False)
            with VerticalScroll(can_focus=False, classes="form"):
                yield Static(self._form.words, classes="form-words")
                if self._form.warning:
                    yield Static(f"! {self._form.warning}", classes="attention")
                with Grid(classes="fields"):
                    for field in self._form.fields:
                        yield Static(field.label, classes="label")
                        yield self._widget(field)
                    if self._form.confirmed:
                        yield Static("This desk's id", classes="label")
                        yield Input(
                            id="confirm",
                            placeholder=self._confirm_hint(),
                            compact=True,
                            classes="field",
                        )
            yield Words("form-answer")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Say how it goes on."""
        words = "F9 asks for the act to sign." if self._form.signed else "F9 writes it."
        self._say(Line(f"{words} Esc leaves; nothing is written."))

    def has_use(self, action: str) -> bool:
        """Once at a time."""
        return action != "send" or not self._is_sending

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter, a hand's or a scanner's: to the next field."""
        event.stop()
        self.focus_next()

    def action_leave(self) -> None:
        """Esc."""
        self.dismiss("")

    def action_send(self) -> None:
        """F9: behind the last letters that were typed."""
        self.call_later(self._send)

    def _send(self) -> None:
        typed = {field.name: self._value(field) for field in self._form.fields}
        body = body_of(self._form, typed, self._fixed)
        if isinstance(body, Missing):
            self._say(Line(body.words, "attention"))
            self.query_one(f"#field-{body.field}").focus()
        elif self._form.confirmed and not self._is_confirmed():
            self._say(Line(f"Type {self._station} in the last field to confirm.", "attention"))
            self.query_one("#confirm").focus()
        elif not self._is_sending:
            self._is_sending = True
            self._say(Line("Writing ..."))
            self.run_worker(self._ask(body), group="send")

    async def _ask(self, body: Body) -> None:
        answer = await self.app.client.write(self._form.path, body)
        if self.is_left:
            # Whoever left before the answer came is told it all the same.
            self.app.notify(answer.words)
            return
        self._is_sending = False
        for pin in self.query(".pin").results(Input):
            pin.value = ""
        if isinstance(answer, ActProposed):
            await self._sign(answer, body)
        elif isinstance(answer, Done):
            self.dismiss(answer.words)
        else:
            self._say(Line(f"Not written. {answer.words}", "bad"))

    async def _sign(self, answer: ActProposed, body: Body) -> None:
        view: StationView | None = self.app.seen.view
        assert view is not None, "who has proposed an act has been seen"
        proposal = read_proposal(answer, wanted_of(self._form.id, body), view)
        if isinstance(proposal, NotSigned):
            self._say(Line(proposal.words, "bad"))
            return
        self._say(Line("Two officers sign."))
        await self.app.push_screen(SignScreen(proposal), self._signed)

    def _signed(self, words: str | None) -> None:
        if words:
            self.dismiss(words)
        else:
            self._say(Line("Nothing was signed. F9 asks again; Esc leaves.", "attention"))

    @property
    def _station(self) -> str:
        view: StationView | None = self.app.seen.view
        return view.station if view else ""

    def _confirm_hint(self) -> str:
        return f"type {self._station} to confirm"

    def _is_confirmed(self) -> bool:
        return bool(self._station) and self.query_one("#confirm", Input).value.strip() == (
            self._station
        )

    def _widget(self, field: Field) -> Widget:
        name, value = f"field-{field.name}", self._filled.get(field.name, "")
        if field.kind == "choice":
            return _with(Choice(name, field.choices, value), "field")
        if field.kind == "long":
            area = TextArea(value, id=name, classes="field", tab_behavior="focus")
            return area
        return Input(
            value,
            id=name,
            placeholder=field.hint,
            password=field.kind == "pin",
            compact=True,
            max_length=field.letters_max + 1,
            classes="field pin" if field.kind == "pin" else "field",
        )

    def _value(self, field: Field) -> str:
        widget = self.query_one(f"#field-{field.name}")
        if isinstance(widget, TextArea):
            return widget.text
        assert isinstance(widget, Input | Choice), "the two other kinds"
        return widget.value

    def _say(self, line: Line) -> None:
        self.query_one("#form-answer", Words).say(line)


def _with(widget: Widget, name: str) -> Widget:
    widget.add_class(name)
    return widget
