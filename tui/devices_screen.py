"""The devices' page: how each stands, a test of one, the print queue and slips.

    devices   F4  -> the chosen device is tried; up to two minutes, and Esc does not stop it
    devices   F6  -> the check-list goes into the print queue
    devices   F7  -> incident: write, F9 puts it into the print queue
    jobs      F5, F8  -> the chosen paper is printed again, or dropped

Enter does nothing here but a new line in the incident. Without a printer there are no papers.
"""

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.reactive import reactive
from textual.widgets import ContentSwitcher, Footer, Static, TextArea

from sync.outcomes import Done
from sync.views import JobView, PeripheralView, StationView
from tui import device_words
from tui.bars import TitleBar, Words
from tui.command_tables import DEVICES, DevicesStage
from tui.commands import Page, bindings
from tui.node_app import NodeApp
from tui.seen import Seen
from tui.tables import RowTable
from tui.view_models import Line

INCIDENT_LETTERS_MAX = 2_000
"""The node prints no longer text: two pages of handwriting."""

NO_DEVICES = "No device is set up at this station (station.toml)."
NO_PAPERS = "No paper waits."


@dataclass
class Trial:
    """Which device is being tried, and since when; it outlives the page."""

    name: str = ""
    asked_s: float = 0.0


class DevicesScreen(Page[None]):
    """One page between the title and a footer of its own."""

    TABLE = DEVICES
    BINDINGS = bindings(TABLE)
    AUTO_FOCUS = "#devices-table"
    app: NodeApp

    stage: reactive[DevicesStage] = reactive("devices", init=False)

    def __init__(self, trial: Trial) -> None:
        super().__init__()
        self._trial = trial

    def compose(self) -> ComposeResult:
        """Two tables, or the text of an incident; the answer to what was asked below."""
        yield TitleBar()
        with Vertical(classes="page"):
            with ContentSwitcher(initial="device-lists"):
                with Vertical(id="device-lists"):
                    yield Static("Devices", classes="head")
                    yield RowTable(device_words.DEVICE_COLUMNS, "devices-table")
                    yield Words("device-detail")
                    with Vertical(id="papers"):
                        yield Static("Print queue  (Tab: there and back)", classes="head")
                        yield RowTable(device_words.JOB_COLUMNS, "jobs-table")
                        yield Words("job-detail")
                with Vertical(id="incident"):
                    yield Static("Incident slip", classes="head")
                    yield Static("What happened, when, who saw it. Nothing of it goes to the log.")
                    yield TextArea(id="incident-text")
            yield Words("device-answer")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Stay as new as the bar."""
        self.query_one("#jobs-table", RowTable).show_cursor = False
        self.watch(self.app, "seen", self._show_seen)

    def has_use(self, action: str) -> bool:
        """Is there what this command is for?"""
        match action:
            case "test":
                return not self._trial.name and self._device is not None
            case "other_table" | "check_list" | "incident":
                return device_words.has(self._view, "printer")
            case "print_again":
                return device_words.may_print_again(self._job)
            case "drop":
                return device_words.may_drop(self._job)
        return True

    def watch_stage(self, stage: DevicesStage) -> None:
        """The keyboard goes to what the stage is about."""
        is_incident = stage == "incident"
        switcher = self.query_one(ContentSwitcher)
        switcher.current = "incident" if is_incident else "device-lists"
        for name in ("devices", "jobs"):
            self.query_one(f"#{name}-table", RowTable).show_cursor = stage == name
        focused = "#incident-text" if is_incident else f"#{stage}-table"
        self.set_focus(self.query_one(focused))
        self._show_details()
        self.refresh_bindings()

    def on_data_table_row_highlighted(self) -> None:
        """Another row is under the cursor."""
        self._show_details()
        self.refresh_bindings()

    def action_leave(self) -> None:
        """Esc: out of the incident, then out of the page. A test goes on and is told later."""
        if self.stage == "incident":
            self.stage = "devices"
            return
        if self._trial.name:
            name = device_words.device_name(self._trial.name)
            self.app.notify(f"The test of the {name} goes on; its answer is told here.")
        self.dismiss()

    def action_other_table(self) -> None:
        """Tab."""
        self.stage = "jobs" if self.stage == "devices" else "devices"

    def action_test(self) -> None:
        """F4: try the chosen device. The worker is the program's, so that Esc does not lose it."""
        one = self._device
        if one is not None:
            self._trial.name, self._trial.asked_s = one.name, self.app.clock()
            self._say_testing()
            self.refresh_bindings()
            self.app.run_worker(self._test(one.name), group="device-test")

    def action_check_list(self) -> None:
        """F6."""
        self.run_worker(self._print("check-list", ""), group="print")

    def action_incident(self) -> None:
        """F7: begin to write, or go on."""
        self.stage = "incident"

    def action_print_incident(self) -> None:
        """F9: behind the last letters that were typed."""
        self.query_one("#incident-text", TextArea).call_later(self._print_incident)

    def _print_incident(self) -> None:
        """The text into the print queue, if it is not too long."""
        text = self.query_one("#incident-text", TextArea).text.strip()
        over = len(text) - INCIDENT_LETTERS_MAX
        if over > 0:
            self._say(Line(f"{over} letters too many for one slip. Shorten it.", "bad"))
        elif not text:
            self._say(Line("Write what happened first.", "attention"))
        else:
            self.run_worker(self._print("incident", text), group="print", exclusive=True)

    def action_print_again(self) -> None:
        """F5: the chosen paper once more."""
        if self._job is not None:
            self.run_worker(self._decide(self._job, is_again=True), group="print")

    def action_drop(self) -> None:
        """F8: the chosen paper out of the queue."""
        if self._job is not None:
            self.run_worker(self._decide(self._job, is_again=False), group="print")

    async def _test(self, name: str) -> None:
        answer = await self.app.client.test_device(name)
        self._trial.name = ""
        line = device_words.answer_line(answer)
        if self.is_attached and not self.is_left:
            self._say(line)
            self.refresh_bindings()
        else:
            is_good = isinstance(answer, Done)
            self.app.notify(line.text, severity="information" if is_good else "warning")

    async def _print(self, what: str, about: str) -> None:
        answer = await self.app.client.print_paper(what, about)
        if self.is_left:
            return
        self._say(device_words.answer_line(answer))
        if isinstance(answer, Done) and self.stage == "incident":
            self.query_one("#incident-text", TextArea).text = ""
            self.stage = "devices"

    async def _decide(self, job: JobView, is_again: bool) -> None:
        client = self.app.client
        decide = client.print_again if is_again else client.print_drop
        answer = await decide(job.number)
        if not self.is_left:
            self._say(device_words.answer_line(answer))

    @property
    def _view(self) -> StationView | None:
        view: StationView | None = self.app.seen.view
        return view

    @property
    def _device(self) -> PeripheralView | None:
        """The device under the cursor."""
        key = self.query_one("#devices-table", RowTable).cursor_key
        found = self._view.peripherals if self._view else ()
        return next((one for one in found if one.name == key), None)

    @property
    def _job(self) -> JobView | None:
        """The paper under the cursor."""
        key = self.query_one("#jobs-table", RowTable).cursor_key
        found = self._view.jobs if self._view else ()
        return next((job for job in found if str(job.number) == key), None)

    def _show_seen(self, seen: Seen) -> None:
        view: StationView | None = seen.view
        if view is None or self.is_left:
            return
        devices = self.query_one("#devices-table", RowTable)
        devices.show([device_words.device_row(one) for one in view.peripherals])
        jobs = self.query_one("#jobs-table", RowTable)
        jobs.show([device_words.job_row(job) for job in view.jobs])
        self.query_one("#papers").display = device_words.has(view, "printer")
        self._show_details()
        self.refresh_bindings()
        if self._trial.name:
            self._say_testing()

    def _show_details(self) -> None:
        one, job = self._device, self._job
        detail = device_words.device_detail(one) if one else Line(NO_DEVICES)
        if self.app.seen.silent is not None:
            detail = Line(f"NO NODE: {self.app.seen.silent.words}", "bad")
        self.query_one("#device-detail", Words).say(detail)
        paper = device_words.job_detail(job) if job else Line(NO_PAPERS)
        self.query_one("#job-detail", Words).say(paper)

    def _say_testing(self) -> None:
        waited_s = self.app.clock() - self._trial.asked_s
        self._say(Line(device_words.test_words(self._trial.name, waited_s), "attention"))

    def _say(self, line: Line) -> None:
        self.query_one("#device-answer", Words).say(line)
