"""The wizard's pages on which something is typed: the station, and each peripheral."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import DataTable, Input, Static

from sync.outcomes import Done
from sync.setup_views import DriverView, InstallAsked, KindView, PeripheralAsked, SetupView
from tui import setup_words
from tui.bars import Words
from tui.commands import Command, bindings
from tui.province_rows import Row
from tui.setup_pages import PAGE, SetupPage
from tui.tables import RowTable
from tui.view_models import Line
from tui.words import _, said

INSTALL_FIELDS = (
    ("package", _("Package folder")),
    ("sheet", _("Ceremony sheet")),
    ("roll", _("Roll (desks)")),
    ("roll_key", _("Roll key (desks)")),
    ("pin", _("Its PIN (desks)")),
)


class Field(Horizontal):
    """A label and what is typed; the label never stands in the line of the typed text."""

    def __init__(self, name: str, label: str, value: str = "", *, is_secret: bool = False) -> None:
        super().__init__(classes="field")
        self._name, self._label, self._value = name, label, value
        self._is_secret = is_secret

    def compose(self) -> ComposeResult:
        """Side by side."""
        yield Static(self._label, classes="field-label", markup=False)
        yield Input(self._value, id=f"in-{self._name}", compact=True, password=self._is_secret)


class StationPage(SetupPage):
    """Which station this is: pick one, make its key, install its package."""

    step = "station"
    TABLE = (
        *PAGE,
        Command("f9", "do", _("Do it"), _("Choose, make the key or install: what the page says.")),
    )
    BINDINGS = bindings(TABLE)

    def compose_step(self) -> ComposeResult:
        """Three forms, of which the one that fits is in sight."""
        with Vertical(id="pick"):
            yield RowTable(setup_words.CHOICE_COLUMNS, "choice-table")
        with Vertical(id="enrol"):
            yield Static(_("The station's id, as the province file names it:"), classes="label")
            yield Field("station", _("Id"))
        with Vertical(id="install"):
            for name, label in INSTALL_FIELDS:
                yield Field(name, label, is_secret=name == "pin")
        yield Words("work")
        yield Words("adoption")

    def on_mount(self) -> None:
        """No form before it is known which one."""
        self._form = ""
        super().on_mount()

    def lines(self, view: SetupView) -> list[Line]:
        """Everything known of it."""
        return setup_words.station_lines(view)

    def see(self, view: SetupView) -> None:
        """The form that fits, and how far an installation is."""
        identity = view.identity
        form = {"enrolled": "install", "installed": ""}.get(identity.stage, "enrol")
        form = "pick" if identity.choices and identity.stage == "none" else form
        if identity.problem:
            form = ""
        self.query_one(RowTable).show([Row(name, (name,)) for name in identity.choices])
        self.query_one("#work", Words).say(setup_words.work_line(view.work))
        adoption = self.query_one("#adoption", Words)
        adoption.display = self.app.is_spare
        adoption.say_all(setup_words.adoption_lines(view))
        if form != self._form or not self.focused:
            self._form = form
            for name in ("pick", "enrol", "install"):
                self.query_one(f"#{name}").display = name == form
            first = {"pick": "#choice-table", "enrol": "#in-station", "install": "#in-package"}
            self.set_focus(self.query_one(first[form]) if form else None)

    def action_do(self) -> None:
        """F9."""
        self.run_worker(self._do(), exclusive=True)

    @on(DataTable.RowSelected)
    def picked(self) -> None:
        """Enter in the list of stations."""
        self.action_do()

    @on(Input.Submitted)
    def typed(self) -> None:
        """Enter goes on to the next field; only F9 does anything."""
        self.focus_next()

    async def _do(self) -> None:
        client = self.app.client
        match self._form:
            case "pick":
                self.answered(await client.pick(self.query_one(RowTable).cursor_key))
            case "enrol":
                self.answered(await client.enrol(self._typed("station")))
            case "install":
                values = {name: self._typed(name) for name, _label in INSTALL_FIELDS}
                if not (values["package"] and values["sheet"]):
                    words = _("Type the package's folder and the sheet's file first.")
                    self.answer(Line(words, "attention"))
                    return
                self.answered(await client.install(InstallAsked(**values)))
                self.query_one("#in-pin", Input).value = ""
            case _:
                self.answer(Line(_("There is nothing to do here: it is set up."), "good"))

    def _typed(self, name: str) -> str:
        return self.query_one(f"#in-{name}", Input).value.strip()


class PeripheralsPage(SetupPage):
    """Every kind of device with what it shows right now."""

    step = "peripherals"
    TABLE = (
        *PAGE,
        Command("enter", "open", _("Open"), _("Set up the device under the cursor."), shown=False),
        Command("f4", "test", _("Test"), _("Try the device under the cursor.")),
    )
    BINDINGS = bindings(TABLE)

    def lines(self, view: SetupView) -> list[Line]:
        """Where it is written."""
        if view.identity.stage == "none":
            return [Line(_("First this folder becomes a station, in the step Station."), "bad")]
        words = _("What is plugged in, live. Enter sets one up; nothing is chosen by itself.")
        return [Line(words)]

    def compose_step(self) -> ComposeResult:
        """A row a kind."""
        yield RowTable(setup_words.KIND_COLUMNS, "kind-table")
        yield Words("live")

    def on_mount(self) -> None:
        """The table has the keyboard."""
        super().on_mount()
        self.query_one(RowTable).focus()

    def see(self, view: SetupView) -> None:
        """Live values."""
        self.query_one(RowTable).show(setup_words.kind_rows(view.kinds))
        self._show_live()

    @on(DataTable.RowHighlighted)
    def _show_live(self) -> None:
        kind = self._kind()
        if kind is not None:
            self.query_one("#live", Words).say_all(setup_words.live_lines(kind))

    @on(DataTable.RowSelected)
    async def opened(self) -> None:
        """Enter."""
        view: SetupView | None = self.app.seen
        kind = self._kind()
        if view is not None and view.identity.stage != "none" and kind is not None:
            await self.app.push_screen(PeripheralPage(kind))

    def action_test(self) -> None:
        """F4."""
        kind = self._kind()
        if kind is not None:
            self.answer(Line(_("Testing. It may wait for your hand.")))
            self.run_worker(self._test(kind.kind), group="test", exclusive=True)

    async def _test(self, kind: str) -> None:
        self.answered(await self.app.client.test(kind))

    def _kind(self) -> KindView | None:
        view: SetupView | None = self.app.seen
        key = self.query_one(RowTable).cursor_key
        return next((one for one in (view.kinds if view else ()) if one.kind == key), None)


class PeripheralPage(SetupPage):
    """One kind: its driver and what that driver needs, with live values below."""

    step = "peripherals"
    TABLE = (
        *PAGE[:2],
        Command("f6", "other", _("Other driver"), _("The next driver of this kind, or none.")),
        Command("f4", "test", _("Test"), _("Try the device as it is written.")),
        Command("f9", "write", _("Write"), _("Write it into the station's settings.")),
    )
    BINDINGS = bindings(TABLE)

    def __init__(self, kind: KindView) -> None:
        super().__init__()
        self._kind = kind
        self._driver = kind.driver

    def compose_step(self) -> ComposeResult:
        """Fields of the driver, then how it stands."""
        yield Words("driver")
        yield Vertical(id="fields")
        yield Words("live")

    async def on_mount(self) -> None:
        """Show the driver that is set."""
        super().on_mount()
        await self._show_driver()

    def lines(self, view: SetupView) -> list[Line]:
        """Which kind."""
        return [Line(_("Device: {kind}").format(kind=setup_words.KIND_WORDS[self._kind.kind]))]

    def see(self, view: SetupView) -> None:
        """Live values of what is written."""
        self._kind = next(one for one in view.kinds if one.kind == self._kind.kind)
        self.query_one("#live", Words).say_all(setup_words.live_lines(self._kind))

    async def action_other(self) -> None:
        """F6."""
        names = ("", *(one.driver for one in self._kind.drivers))
        at = names.index(self._driver) if self._driver in names else 0
        self._driver = names[(at + 1) % len(names)]
        await self._show_driver()

    @on(Input.Submitted)
    def typed(self) -> None:
        """Enter goes on to the next field; only F9 writes."""
        self.focus_next()

    def action_write(self) -> None:
        """F9."""
        values = {
            field.key: self.query_one(f"#in-{field.key}", Input).value
            for field in self._view().fields
        }
        asked = PeripheralAsked(self._kind.kind, self._driver, values)
        self.run_worker(self._write(asked), group="write", exclusive=True)

    def action_test(self) -> None:
        """F4."""
        self.answer(Line(_("Testing. It may wait for your hand.")))
        self.run_worker(self._test(), group="test", exclusive=True)

    async def _write(self, asked: PeripheralAsked) -> None:
        answer = await self.app.client.set_peripheral(asked)
        self.answered(answer)
        if isinstance(answer, Done):
            await self.app.look()

    async def _test(self) -> None:
        self.answered(await self.app.client.test(self._kind.kind))

    def _view(self) -> DriverView:
        known = (one for one in self._kind.drivers if one.driver == self._driver)
        return next(known, DriverView("", ()))

    async def _show_driver(self) -> None:
        names = ", ".join(one.driver for one in self._kind.drivers)
        driver = self._driver or _("none")
        words = _("Driver: {driver}").format(driver=driver)
        others = _("F6 changes it. There are: {names}.").format(names=names)
        self.query_one("#driver", Words).say_all([Line(words, "good"), Line(others)])
        fields = self.query_one("#fields", Vertical)
        await fields.remove_children()
        for field in self._view().fields:
            await fields.mount(Field(field.key, field.key, field.value))
            if field.form:
                await fields.mount(Static(said(field.form), classes="form", markup=False))
        inputs = self.query(Input)
        self.set_focus(inputs.first() if inputs else None)
