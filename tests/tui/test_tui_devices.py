"""Devices at the desk: the bar, the page under F3, a card's paper, the smart card, a finger."""

import pytest
from msgspec.structs import replace
from textual.widgets import Static, TextArea

from sync.outcomes import Done, Refused
from sync.views import CheckInAsked, FingerRead, JobView, PrintAsked, StationView
from tests.tui.desks import Desk, at_the_desk
from tests.tui.examples import (
    BALLOT_WRITER,
    CARD,
    CARD_UNKNOWN,
    CLOCK,
    CODE,
    FINGER_READER,
    KARIM_DONE,
    MARYAM,
    PAPER_OUT,
    POWER,
    PRINTER,
    PRINTER_GONE,
    SCANNER,
    STATION,
    STUB_CARD,
    STUB_WAITING,
)
from tests.tui.fake_node import FakeNode
from tests.tui.screens import until
from tui import device_words
from tui.command_tables import DESK, DEVICES, DEVICES_STAGES, STAGES
from tui.commands import FOOTER_KEYS_MAX, in_footer
from tui.devices_screen import INCIDENT_LETTERS_MAX, NO_PAPERS
from tui.view_models import Line, card_hint

GONE_LINE = (
    "PRINTER unplugged: The printer does not answer. Look at its cable and whether it is on."
)
POWER_LINE = "Power: On battery for about 42 more minutes. Find out why the mains are away."


def _station(*peripherals: object, **changes: object) -> StationView:
    return replace(STATION, peripherals=peripherals, **changes)


async def _at_person(desk: Desk) -> None:
    await desk.find(CODE)
    await desk.reach("person")


async def _at_card(desk: Desk) -> None:
    await _at_person(desk)
    await desk.press("1", "f9")
    await desk.reach("card")


# --- the bar


def test_devices_that_work_are_not_spoken_of() -> None:
    starting = replace(PRINTER, standing="starting")
    assert device_words.device_lines(_station(SCANNER, starting), 2) == []


def test_what_fails_stands_before_what_needs_a_look() -> None:
    lines = device_words.device_lines(_station(POWER, SCANNER, PRINTER_GONE), 2)
    assert lines == [Line(GONE_LINE, "bad"), Line(POWER_LINE, "attention")]


def test_more_than_fit_are_counted_and_named() -> None:
    view = _station(POWER, CLOCK, PRINTER_GONE)
    assert device_words.device_lines(view, 2) == [
        Line(f"CLOCK slow: {CLOCK.words}", "bad"),
        Line("and 2 more: F3 (printer unplugged, power needs a look)", "bad"),
    ]
    assert device_words.device_lines(view, 1) == [
        Line("3 devices: F3 (clock slow, printer unplugged, power needs a look)", "bad")
    ]


def test_the_bar_tells_of_devices_and_stays_small_beside_other_problems(node: FakeNode) -> None:
    node.status = _station(PRINTER_GONE, POWER)

    async def story(desk: Desk) -> None:
        await desk.see("devices", f"{GONE_LINE}\n{POWER_LINE}")
        assert desk.screen.query_one("#devices").size.height == 2
        node.status = _station(PRINTER_GONE, POWER, problem="One. " * 40, alarms=("Two.",))
        await desk.see("devices", "2 devices: F3 (printer unplugged, power needs a look)")
        heights = [desk.screen.query_one(f"#{name}").size.height for name in ("problem", "devices")]
        assert heights == [3, 1]
        node.status = _station(PRINTER, SCANNER)
        devices = desk.screen.query_one("#devices")
        await until(desk.pilot, lambda: not devices.display, "all is well")
        node.status = _station(PRINTER_GONE)
        await until(desk.pilot, lambda: devices.display, "it is away")
        node.stop()
        await desk.see("problem", "NO NODE")
        assert not devices.display

    at_the_desk(node, story)


# --- the page


def test_the_page_shows_devices_with_values_and_follows_them(node: FakeNode) -> None:
    node.status = _station(SCANNER, PAPER_OUT)

    async def story(desk: Desk) -> None:
        await desk.press("f3")
        await desk.see("device-detail", "Ready: scan a code. (port /dev/ttyACM0)")
        await desk.press("down")
        await desk.see("device-detail", "The printer is out of paper. Put in a new roll.")
        node.status = _station(SCANNER, PRINTER)
        await desk.see("device-detail", "Ready to print. (paper in)")
        node.stop()
        await desk.see("device-detail", "NO NODE: The node of this station does not answer.")
        await desk.press("escape")
        assert desk.app.screen is desk.screen

    at_the_desk(node, story)


def test_a_device_is_tried_and_the_answer_is_shown(node: FakeNode) -> None:
    node.status = _station(SCANNER)
    node.let_test_go.clear()
    now = [0.0]

    async def story(desk: Desk) -> None:
        await desk.press("f3", "enter")
        assert node.asked == []
        await desk.press("f4")
        await desk.see("device-answer", "Testing the scanner, 0 s. Scan any code now.")
        now[0] = 9.0
        await desk.see("device-answer", "Testing the scanner, 9 s.")
        await desk.press("f4")
        node.let_test_go.set()
        await desk.see("device-answer", "scanner: read 10 characters.")

    at_the_desk(node, story, clock=lambda: now[0])
    assert node.asked == [("/hardware/test", {"name": "scanner"})]


def test_a_test_that_outlives_the_page_is_told_on_the_desk(node: FakeNode) -> None:
    node.status = _station(SCANNER)
    node.let_test_go.clear()
    node.test_answer = Refused("slow", "scanner: nothing came within 30 s. Try again.")

    async def story(desk: Desk) -> None:
        await desk.press("f3", "f4")
        await until(desk.pilot, lambda: bool(node.asked), "asked")
        await desk.press("escape")
        assert desk.app.screen is desk.screen
        assert "its answer is told here" in desk.told()[0]
        await desk.press("f3", "f4")
        await desk.see("device-answer", "Testing the scanner")
        await desk.press("escape")
        node.let_test_go.set()
        words = "scanner: nothing came within 30 s. Try again."
        await until(desk.pilot, lambda: words in desk.told(), "it is told")

    at_the_desk(node, story)
    assert len(node.asked) == 1


def test_a_paper_is_printed_again_or_dropped_by_hand_alone(node: FakeNode) -> None:
    node.status = _station(PRINTER, jobs=(CARD_UNKNOWN, STUB_WAITING))

    async def story(desk: Desk) -> None:
        await desk.press("f3", "tab")
        await desk.see("job-detail", "Look at the paper, then print it again or drop it.")
        await desk.press("enter", "space")
        assert node.asked == []
        await desk.press("f5")
        await desk.see("device-answer", "It is in the print queue.")
        await desk.press("down", "f5", "f8")
        await until(desk.pilot, lambda: len(node.asked) == 2, "dropped")
        node.status = _station(PRINTER, jobs=(replace(STUB_WAITING, state="printing"),))
        await until(desk.pilot, lambda: desk.footer() == ["f1", "escape"], "nothing to decide")
        await desk.press("f8")
        node.status = _station(PRINTER)
        await desk.see("job-detail", NO_PAPERS)

    at_the_desk(node, story)
    assert node.asked == [("/print/again", {"number": 7}), ("/print/drop", {"number": 8})]


def test_a_check_list_and_an_incident_slip_are_printed(node: FakeNode) -> None:
    node.status = _station(PRINTER)

    async def story(desk: Desk) -> None:
        await desk.press("f3", "f6")
        await until(desk.pilot, lambda: len(node.asked) == 1, "check-list")
        await desk.press("f7", "f9")
        await desk.see("device-answer", "Write what happened first.")
        await desk.press(*"The lamp", "enter", *"fell.", "f9")
        await until(desk.pilot, lambda: len(node.asked) == 2, "incident")
        await desk.see("device-answer", "It is in the print queue.")
        await desk.press("f7")
        text = desk.app.screen.query_one("#incident-text", TextArea)
        assert text.text == ""
        text.text = "x" * (INCIDENT_LETTERS_MAX + 3)
        await desk.press("f9")
        await desk.see("device-answer", "3 letters too many for one slip. Shorten it.")
        node.print_answer = Refused("queue-full", "200 papers wait to be printed.")
        text.text = "x" * INCIDENT_LETTERS_MAX
        await desk.press("f9")
        await desk.see("device-answer", "200 papers wait")
        assert len(text.text) == INCIDENT_LETTERS_MAX
        await desk.press("escape", "escape")
        assert desk.app.screen is desk.screen

    at_the_desk(node, story)
    assert node.asked == [
        ("/print", PrintAsked("check-list")),
        ("/print", PrintAsked("incident", "The lamp\nfell.")),
        ("/print", PrintAsked("incident", "x" * INCIDENT_LETTERS_MAX)),
    ]


def test_without_a_printer_the_page_has_no_papers(node: FakeNode) -> None:
    node.status = _station(SCANNER)

    async def story(desk: Desk) -> None:
        await desk.press("f3")
        await desk.see("device-detail", "Ready")
        assert desk.footer() == ["f1", "escape", "f4"]
        assert not desk.app.screen.query_one("#papers").display
        await desk.press("tab", "f6", "f7")
        assert node.asked == []

    at_the_desk(node, story)


def test_the_pages_help_is_its_own_and_can_be_searched(node: FakeNode) -> None:
    node.status = _station(SCANNER)

    async def story(desk: Desk) -> None:
        await desk.press("f3", "f1")
        keys = desk.app.screen.query_one("#keys", Static)
        assert all(key.help in str(keys.content) for key in DEVICES)
        await desk.press(*"queue")
        assert "F8" in str(keys.content)
        assert "F4" not in str(keys.content)

    at_the_desk(node, story)


def test_an_incidents_text_is_not_shown_in_the_queue() -> None:
    job = JobView(3, "incident", "The lamp fell.", "waiting", "The incident waits.")
    assert device_words.job_row(job).cells == ("Incident slip", "waiting", "The incident waits.")


# --- keys


def test_the_footer_never_shows_more_than_five_keys_whatever_is_plugged_in(node: FakeNode) -> None:
    for stage in STAGES:
        found = in_footer(DESK, stage)
        assert len(found) <= FOOTER_KEYS_MAX
        needed = [k for k in DESK if k.shown and k.key and not k.yields]
        assert {k for k in needed if not k.stages or stage in k.stages} <= set(found)
    for name in DEVICES_STAGES:
        assert len(in_footer(DEVICES, name)) <= FOOTER_KEYS_MAX
    node.voters[CODE] = (MARYAM,)
    node.check_in_answers.append(CARD)
    printed = replace(CARD_UNKNOWN, state="printed")
    devices = (SCANNER, FINGER_READER, BALLOT_WRITER, PRINTER)
    node.status = _station(*devices, jobs=(printed,), fingerprint="ask")

    async def story(desk: Desk) -> None:
        assert desk.footer() == ["f1", "f4", "ctrl+p", "f2", "f3"]
        await _at_person(desk)
        assert desk.footer() == ["f1", "escape", "f4", "f5", "f9"]
        await desk.press("1", "f9")
        await desk.reach("card")
        assert desk.footer() == ["f1", "f4", "f5", "f7", "f8"]
        await desk.press("f3")
        assert desk.app.screen is not desk.screen

    at_the_desk(node, story)


def test_a_station_without_devices_has_no_keys_for_them(node: FakeNode) -> None:
    node.voters[CODE] = (MARYAM,)
    node.check_in_answers.append(CARD)

    async def story(desk: Desk) -> None:
        assert desk.footer() == ["f1", "f4", "ctrl+p", "f2", "f10"]
        await _at_person(desk)
        assert desk.footer() == ["f1", "escape", "f5", "f6", "f9"]
        await desk.press("f3", "f4", "1", "f9")
        await desk.reach("card")
        assert desk.footer() == ["f1", "f7", "f8", "ctrl+p", "f10"]
        await desk.press("f4", "f5")
        assert not desk.screen.query_one("#finger").display

    at_the_desk(node, story)
    assert node.asked == []


# --- a card on paper


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("waiting", "Paper: waiting for the printer. Card 42 waits."),
        ("printing", "Paper: being printed."),
        ("printed", "Paper: printed. F5 prints the same card again."),
        ("unknown", "it may be on paper or not: look. F5 prints the same card again."),
    ],
)
def test_how_far_the_paper_is_stands_beside_its_card(state: str, words: str) -> None:
    job = replace(CARD_UNKNOWN, state=state, words="Card 42 waits.")
    view = _station(PRINTER, jobs=(STUB_WAITING, job))
    assert words in device_words.card_paper_line(device_words.card_job(view, CARD)).text
    assert device_words.card_paper_line(device_words.card_job(view, STUB_CARD)) == Line("")


def test_a_card_whose_print_is_unknown_is_printed_again_by_f5_alone(node: FakeNode) -> None:
    node.voters[CODE] = (MARYAM,)
    node.check_in_answers.append(CARD)
    node.status = _station(PRINTER, jobs=(replace(CARD_UNKNOWN, state="waiting"),))

    async def story(desk: Desk) -> None:
        await _at_card(desk)
        await desk.see("card-paper", "Paper: waiting for the printer.")
        await desk.press("f5", "enter")
        assert node.asked == []
        node.status = _station(PRINTER, jobs=(CARD_UNKNOWN,))
        await desk.see("card-paper", "PAPER NOT KNOWN")
        await desk.press("f5")
        await until(desk.pilot, lambda: bool(node.asked), "asked")
        node.print_answer = Refused("no-job", "This paper does not wait for a decision.")
        await desk.press("f5")
        words = "This paper does not wait for a decision."
        await until(desk.pilot, lambda: words in desk.told(), "told")

    at_the_desk(node, story)
    assert node.asked == [("/print/again", {"number": 7})] * 2


def test_a_stub_that_the_printer_prints_is_said_to_be() -> None:
    assert "The printer prints it: keep it." in card_hint(STUB_CARD, True).text
    assert "Write 43 on a stub." in card_hint(STUB_CARD, False).text
    assert card_hint(CARD, True) == card_hint(CARD, False)


# --- a smart card


def test_the_card_is_written_onto_the_smart_card(node: FakeNode) -> None:
    node.voters[CODE] = (MARYAM,)
    node.check_in_answers.extend([CARD, STUB_CARD])
    node.status = _station(BALLOT_WRITER)
    node.write_answer = Refused("not-written", "The card was taken out. Put it in again.")
    node.let_write_go.clear()

    async def story(desk: Desk) -> None:
        await _at_card(desk)
        assert not desk.screen.query_one("#card-chip").display
        await desk.press("f4")
        await desk.see("card-chip", "Smart card: being written. Leave it in the writer.")
        await desk.press("f4", "f8")
        assert desk.screen.stage == "card"
        assert desk.told() == ["Wait until the smart card is written."]
        node.let_write_go.set()
        await desk.see("card-chip", "Smart card: The card was taken out. Put it in again.")
        node.write_answer = Done("The card is written and read back. Give it to the voter.")
        await desk.press("f4")
        await desk.see("card-chip", "The card is written and read back.")
        await desk.press("f8")
        await desk.reach("start")
        await _at_card(desk)
        assert not desk.screen.query_one("#card-chip").display

    at_the_desk(node, story)
    assert node.asked == [("/cards/write", {"number": 42})] * 2
    assert node.taken == [42]


# --- a finger


def test_a_finger_is_compared_and_the_check_in_needs_nothing_of_it(node: FakeNode) -> None:
    node.voters[CODE] = (MARYAM,)
    node.check_in_answers.append(CARD)
    node.status = _station(FINGER_READER, fingerprint="ask")
    node.finger_answer = FingerRead("not-matched", "The finger does not match; you decide.")
    node.let_finger_go.clear()

    async def story(desk: Desk) -> None:
        await _at_person(desk)
        await desk.see("finger", device_words.FINGER_HINT)
        await desk.press("1", "f4", "f4")
        await desk.see("finger", device_words.FINGER_BEGUN)
        node.status = replace(node.status, finger="Touch the reader: 2 of 5 done.")
        await desk.see("finger", "Fingerprint: Touch the reader: 2 of 5 done.")
        node.let_finger_go.set()
        await desk.see("finger", "FINGER NOT MATCHED. This proves nothing by itself: you decide.")
        assert desk.screen.query_one("#finger").has_class("attention")
        assert desk.screen.stage == "person"
        await desk.press("f9")
        await desk.reach("card")

    at_the_desk(node, story)
    assert node.asked == [("/finger", {"voter": MARYAM.voter})]
    assert node.checked_in == [CheckInAsked(MARYAM.voter, "national-card", "typed", "")]


def test_a_match_promises_nothing_and_an_absent_reader_stops_nothing() -> None:
    matched = device_words.finger_line(FingerRead("matched", "The finger matches."), "", False)
    assert matched.tone == "good"
    assert "Whose it is, the document says." in matched.text
    away = Refused("device-absent", "The reader is away.")
    assert device_words.finger_line(away, "", False) == Line(
        "FINGER NOT COMPARED: The reader is away. F9 checks in all the same.", "attention"
    )


def test_a_finger_of_somebody_who_has_gone_is_shown_to_nobody(node: FakeNode) -> None:
    node.voters[CODE] = (MARYAM,)
    node.voters["کریم"] = (replace(KARIM_DONE, may_check_in=True),)
    node.status = _station(FINGER_READER, fingerprint="ask")
    node.let_finger_go.clear()

    async def story(desk: Desk) -> None:
        await _at_person(desk)
        await desk.press("f4")
        await until(desk.pilot, lambda: bool(node.asked), "asked")
        await desk.press("escape")
        await desk.find("کریم")
        await desk.reach("person")
        node.let_finger_go.set()
        await desk.pilot.pause(0.3)
        assert desk.text("finger") == device_words.FINGER_HINT

    at_the_desk(node, story)
