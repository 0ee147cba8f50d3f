"""What is always in sight: the title bar above and the state of the day below.

Words first: a colour only repeats what the words say, so that the bars read the same without it.
"""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from sync.views import StationView
from tui import view_models
from tui.device_words import device_lines
from tui.seen import Seen
from tui.view_models import Line

TRAINING = "TRAINING DAY    nothing done here counts    TRAINING DAY"
DEVICE_LINES_MAX = 2
"""What the bar spends on devices; one line where something worse stands above them."""

TONES = ("plain", "good", "attention", "bad")
TONE_STYLES: dict[str, str] = {
    "plain": "",
    "good": "$text-success",
    "attention": "bold $text-warning",
    "bad": "bold $text-error",
}


class Words(Static):
    """A line of words in the colour of its tone, never read as markup."""

    def __init__(self, name: str, classes: str = "") -> None:
        super().__init__(id=name, classes=classes, markup=False)
        self._said: tuple[str | Line, ...] = ()
        self._hide_if_empty("")

    def write(self, text: str) -> None:
        """Show `text`. The same again costs nothing: the node is asked twice a second."""
        if self._said != (text,):
            self._said = (text,)
            self.update(text)
            self._hide_if_empty(text)

    def say(self, line: Line) -> None:
        """Show `line`."""
        if self._said == (line,):
            return
        self._said = (line,)
        self.update(line.text)
        self._hide_if_empty(line.text)
        for tone in TONES:
            self.set_class(line.tone == tone, tone)

    def _hide_if_empty(self, text: str) -> None:
        """An answer that was not given takes no room."""
        if self.has_class("answer"):
            self.display = bool(text)

    def say_all(self, lines: list[Line], styles: dict[str, str] | None = None) -> None:
        """Show several lines, each in its own tone; `styles` may give a tone another look."""
        if self._said == tuple(lines):
            return
        self._said = tuple(lines)
        looks = {**TONE_STYLES, **(styles or {})}
        self.update(
            Content("\n").join(Content.styled(line.text, looks[line.tone]) for line in lines)
        )


class TitleBar(Vertical):
    """Who this is, state of the polls, and the watermark of a training day; on every page."""

    def __init__(self) -> None:
        super().__init__(id="title-bar")

    def compose(self) -> ComposeResult:
        """Left and right half, watermark below."""
        with Horizontal(id="title"):
            yield Words("title-left")
            yield Words("title-right")
        yield Words("training")

    def on_mount(self) -> None:
        """Always as new as what was last seen."""
        self.watch(self.app, "seen", self._see)

    def _see(self, seen: Seen) -> None:
        left, right = view_models.title_words(seen.view, seen.silent is not None)
        self.query_one("#title-left", Words).write(left)
        self.query_one("#title-right", Words).write(right)
        mark = self.query_one("#training", Words)
        mark.write(TRAINING)
        mark.display = seen.view is not None and seen.view.training


class DayBar(Vertical):
    """The desk's state, three lines and, when something is wrong, more."""

    def compose(self) -> ComposeResult:
        """Problem, devices, links and copies, counts and package, last action."""
        yield Words("problem")
        yield Words("devices")
        yield Words("link")
        with Horizontal(classes="pair"):
            yield Words("copies")
            yield Words("package")
        with Horizontal(classes="pair"):
            yield Words("last")
            yield Words("work")

    def say(self, seen: Seen) -> None:
        """Fill it from what was last seen."""
        view: StationView | None = seen.view
        problems = view_models.problem_lines(view) if view else []
        if seen.silent is not None:
            problems = [f"NO NODE: {seen.silent.words}"]
        bar = self.query_one("#problem", Words)
        bar.display = bool(problems)
        bar.write("\n".join(problems))
        self._say_devices(view if seen.silent is None else None, bool(problems))
        if view is None or seen.silent is not None:
            self._say_unknown(view)
            return
        self.query_one("#link", Words).say(view_models.link_line(view))
        self.query_one("#copies", Words).say(view_models.copies_line(view))
        self.query_one("#package", Words).write(f"package {view.package}")
        self.query_one("#last", Words).write(f"last: {view.last_action or 'nothing yet'}")
        self.query_one("#work", Words).say(view_models.work_line(view))

    def _say_devices(self, view: StationView | None, is_crowded: bool) -> None:
        """What is wrong with devices; a single thing may take two lines."""
        lines_max = 1 if is_crowded else DEVICE_LINES_MAX
        lines = device_lines(view, lines_max) if view else []
        bar = self.query_one("#devices", Words)
        bar.display = bool(lines)
        bar.set_class(len(lines) == 1 and not is_crowded, "alone")
        bar.say_all(lines)

    def _say_unknown(self, view: StationView | None) -> None:
        """Nothing old is shown as if it were so now."""
        self.query_one("#work", Words).write("")
        if view is not None:
            self.query_one("#last", Words).write(f"last known: {view.last_action}")
        self.query_one("#link", Words).say(Line("links: not known", "attention"))
        self.query_one("#copies", Words).say(Line("copies: not known", "attention"))
