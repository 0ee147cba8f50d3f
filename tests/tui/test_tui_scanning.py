"""Scanners at the desk: those that are keyboards, and those that the node reads itself."""

import pytest
from msgspec.structs import replace
from textual import events
from textual.widgets import Input

from sync.views import CheckInAsked, ScanView
from tests.tui.desks import Desk, at_the_desk
from tests.tui.examples import (
    CARD,
    CODE,
    IDENTITY_READER,
    KARIM,
    KARIM_DONE,
    MARYAM,
    PRINTER,
    SCANNER,
    STATION,
)
from tests.tui.fake_node import FakeNode
from tests.tui.screens import until
from tui import code_input, view_models
from tui.desk_screen import NOT_USED, NOT_USED_IN_LIST, NOT_USED_ON_PAGE
from tui.typing_pace import Burst, TypingPace
from tui.view_models import ENTERED_LETTERS_MAX, PASTED, TOO_LONG, Typed

ZONE = (
    "I<IRNB123456785<<<<<<<<<<<<<<<",
    "8503069F3103067IRN9990000018<6",
    "NEMOONEH<<MARYAM<SARA<<<<<<<<<",
)
ON_PERSIAN_LAYOUT = str.maketrans("0123456789<", "۰۱۲۳۴۵۶۷۸۹>")


def _with_scanner(node: FakeNode) -> None:
    node.status = replace(STATION, peripherals=(SCANNER,))


def test_a_zone_of_three_lines_is_one_scan_and_names_its_document(node: FakeNode) -> None:
    node.voters["\n".join(ZONE)] = (MARYAM,)
    node.find_document = "national-card"
    node.check_in_answers.append(CARD)

    async def story(desk: Desk) -> None:
        await desk.scan(*ZONE)
        await desk.reach("person")
        assert desk.screen.document == "national-card"
        await desk.press("f9")
        await desk.reach("card")

    at_the_desk(node, story, clock=lambda: 0.0)
    assert node.finds == [{"scan": "\n".join(ZONE)}]
    assert node.checked_in == [CheckInAsked(MARYAM.voter, "national-card", "scanned", "")]


def test_half_a_zone_is_not_looked_up_while_more_comes(
    node: FakeNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Longer than a busy computer needs between two steps of this test.
    monkeypatch.setattr(code_input, "SCAN_QUIET_S", 3.0)

    async def story(desk: Desk) -> None:
        await desk.scan(*ZONE[:2])
        await desk.see("answer", "Scanning ...")
        assert node.finds == []
        await desk.scan(ZONE[2])
        await until(desk.pilot, lambda: bool(node.finds), "the node was asked")
        await desk.see("answer", "Nobody on the roll fits.")

    at_the_desk(node, story)
    assert node.finds == [{"scan": "\n".join(ZONE)}]


def test_a_zone_typed_too_slowly_for_a_scanner_is_collected_but_called_typed(
    node: FakeNode,
) -> None:
    node.voters["\n".join(ZONE)] = (MARYAM,)
    seconds = iter(range(1_000_000))

    async def story(desk: Desk) -> None:
        await desk.scan(*ZONE)
        await desk.reach("person")
        assert desk.screen.means == "typed"

    at_the_desk(node, story, clock=lambda: float(next(seconds)))
    assert node.finds == [{"scan": "\n".join(ZONE)}]


def test_what_a_scanner_typed_goes_to_the_node_letter_for_letter(node: FakeNode) -> None:
    persian = CODE.translate(ON_PERSIAN_LAYOUT)
    zone = ZONE[1].translate(ON_PERSIAN_LAYOUT) + "\u200c"
    typed = [f"]Q3{CODE}", persian, f"]C1{persian}", zone, "@"]

    async def story(desk: Desk) -> None:
        for at, text in enumerate(typed, start=1):
            desk.screen.query_one("#code", Input).value = ""
            await desk.scan(*(("@", "DAQ1234") if text == "@" else (text,)))
            await until(desk.pilot, lambda at=at: len(node.finds) == at, text)  # type: ignore[misc]
            await desk.see("answer", "Nobody on the roll fits.")

    at_the_desk(node, story, clock=lambda: 0.0)
    assert node.finds == [{"scan": text} for text in (*typed[:-1], "@\nDAQ1234")]


def test_a_name_is_a_name_at_any_pace(node: FakeNode) -> None:
    node.voters["نیک\u200cپور"] = (KARIM,)

    async def story(desk: Desk) -> None:
        await desk.scan("نیک\u200cپور")
        await desk.reach("person")
        assert desk.screen.means == "typed"

    at_the_desk(node, story, clock=lambda: 0.0)
    assert node.finds == [{"name": "نیک\u200cپور"}]


def test_pasted_text_is_no_scan_and_too_long_a_text_is_said_to_be(node: FakeNode) -> None:
    async def story(desk: Desk) -> None:
        field = desk.screen.query_one("#code", Input)
        desk.app.post_message(events.Paste(ZONE[1]))
        await until(desk.pilot, lambda: field.value == ZONE[1], "pasted")
        await desk.press("enter")
        await desk.see("answer", PASTED)
        await desk.find("9" * (ENTERED_LETTERS_MAX + 30))
        await desk.see("answer", TOO_LONG)
        await desk.find("99912")
        await desk.see("answer", "ten digits; this one has 5")
        await desk.scan(*[ZONE[0]] * 60)
        await desk.see("answer", TOO_LONG)

    at_the_desk(node, story)
    assert node.finds == []


def test_a_keyboard_scan_on_the_person_pane_chooses_no_document(node: FakeNode) -> None:
    node.voters[CODE] = (MARYAM,)
    now = [0.0]

    async def story(desk: Desk) -> None:
        await desk.find(CODE)
        await desk.reach("person")
        await desk.press("3")
        await until(desk.pilot, lambda: desk.screen.document == "passport", "chosen")
        for digits in ("9990012345", "1239990000"):
            now[0] += 1.0
            await desk.scan(digits)
            assert desk.screen.document == "passport"
        assert desk.told() == [NOT_USED, NOT_USED]
        assert desk.screen.stage == "person"

    at_the_desk(node, story, clock=lambda: now[0])
    assert node.checked_in == []


def test_a_keyboard_scan_in_the_list_chooses_nobody(node: FakeNode) -> None:
    node.voters["کریم"] = (KARIM, KARIM_DONE)

    async def story(desk: Desk) -> None:
        await desk.find("کریم")
        await desk.reach("list")
        await desk.scan(CODE)
        await until(desk.pilot, lambda: desk.told() == [NOT_USED_IN_LIST], "it is told")
        assert desk.screen.stage == "list"

    at_the_desk(node, story, clock=lambda: 0.0)


def test_a_scan_of_the_nodes_own_scanner_finds_the_voter(node: FakeNode) -> None:
    _with_scanner(node)
    node.voters[CODE] = (MARYAM,)
    node.check_in_answers.append(CARD)

    async def story(desk: Desk) -> None:
        node.scans.append(ScanView(1, CODE, "passport", ""))
        await desk.reach("person")
        assert desk.screen.document == "passport"
        await desk.press("f9")
        await desk.reach("card")
        assert desk.told() == []

    at_the_desk(node, story)
    assert node.finds == [{"code": CODE}]
    assert node.checked_in == [CheckInAsked(MARYAM.voter, "passport", "scanned", "")]


def test_a_document_of_no_known_kind_is_not_chosen(node: FakeNode) -> None:
    _with_scanner(node)
    node.voters[CODE] = (MARYAM,)

    async def story(desk: Desk) -> None:
        node.scans.append(ScanView(1, CODE, "library-card", ""))
        await desk.reach("person")
        assert desk.screen.document == ""

    at_the_desk(node, story)


def test_a_scan_in_the_list_is_the_next_voter(node: FakeNode) -> None:
    node.status = replace(STATION, peripherals=(IDENTITY_READER,))
    node.voters["کریم"] = (KARIM, KARIM_DONE)
    node.voters[CODE] = (MARYAM,)

    async def story(desk: Desk) -> None:
        await desk.find("کریم")
        await desk.reach("list")
        node.scans.append(ScanView(1, CODE, "national-card", ""))
        await desk.reach("person")
        assert desk.screen.found == MARYAM

    at_the_desk(node, story)


def test_a_scan_without_a_code_is_said_in_words(node: FakeNode) -> None:
    _with_scanner(node)

    async def story(desk: Desk) -> None:
        node.scans.append(ScanView(1, "", "", "This is a voting card. Show it at the box."))
        await desk.see("answer", "This is a voting card. Show it at the box.")

    at_the_desk(node, story)
    assert node.finds == []


def test_a_scan_while_another_voter_is_served_is_told_and_dropped(node: FakeNode) -> None:
    _with_scanner(node)
    node.voters[CODE] = (MARYAM,)

    async def story(desk: Desk) -> None:
        await desk.find(CODE)
        await desk.reach("person")
        node.scans.append(ScanView(1, CODE, "passport", ""))
        await until(desk.pilot, lambda: desk.told() == [NOT_USED], "it is told")
        assert (desk.screen.stage, desk.screen.document) == ("person", "")
        await desk.press("escape", "f1")
        node.scans.append(ScanView(2, CODE, "passport", ""))
        await until(desk.pilot, lambda: NOT_USED_ON_PAGE in desk.told(), "it is told")
        assert desk.screen.stage == "start"
        assert not any(CODE in words for words in desk.told())

    at_the_desk(node, story)
    assert node.finds == [{"code": CODE}]


def test_nobody_asks_for_scans_where_nothing_scans(node: FakeNode) -> None:
    node.status = replace(STATION, peripherals=(PRINTER,))

    async def story(desk: Desk) -> None:
        await desk.pilot.pause(0.3)
        assert node.scan_polls == 0

    at_the_desk(node, story)


def test_scans_are_asked_for_again_when_the_node_is_back(node: FakeNode) -> None:
    _with_scanner(node)
    node.voters[CODE] = (MARYAM,)

    async def story(desk: Desk) -> None:
        await until(desk.pilot, lambda: node.scan_polls > 0, "asked")
        node.stop()
        await desk.see("problem", "NO NODE")
        node.scans.append(ScanView(1, CODE, "passport", ""))
        node.start()
        await desk.reach("person")

    at_the_desk(node, story)


def test_what_was_entered_is_told_apart() -> None:
    read = view_models.read_entered
    assert read(CODE, "scanned", False) == Typed(scan=CODE)
    assert read(CODE, "typed", False) == Typed(code=CODE)
    assert read(CODE, "typed", True) == Typed(code=CODE)
    assert read("مریم", "scanned", False) == Typed(name="مریم")
    assert read(ZONE[2], "typed", False) == Typed(scan=ZONE[2])
    assert read("م" * 61, "typed", False) == Typed(scan="م" * 61)
    assert read("م" * 60, "typed", False) == Typed(name="م" * 60)
    assert read("a\nb", "typed", True) == Typed(problem=PASTED)
    assert read("9" * 1201, "scanned", False) == Typed(problem=TOO_LONG)


def test_one_letter_with_enter_right_behind_it_is_a_scanners() -> None:
    pace = TypingPace()
    pace.character(1.0)
    assert pace.is_lone_scanned(1.02)
    assert not pace.is_lone_scanned(1.06)
    pace.corrected()
    assert not pace.is_lone_scanned(1.02)


def test_a_burst_begins_with_its_second_character() -> None:
    burst = Burst()
    assert [burst.character(s) for s in (1.0, 1.02, 1.04, 1.2)] == [False, True, True, False]
    burst.clear()
    assert not burst.is_going_on(1.2)
