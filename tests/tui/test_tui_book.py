"""The book of the place: forms by keyboard alone, sections, filter, strikes, signing."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.command import CommandList
from textual.widgets import Input

from sync.encoding import canonical
from sync.entries import CustodyPassed, PlaceResumed
from sync.outcomes import ActProposed, Done, Refused
from sync.views import PrintAsked
from tests.tui.desks import Desk, at_the_desk
from tests.tui.examples import BOOK, CARD, CODE, MARYAM, PRINTER, STATION
from tests.tui.fake_node import FakeNode
from tests.tui.screens import until
from tui import book_rows
from tui.book_screen import BookScreen
from tui.choice import Choice
from tui.confirm_screen import ConfirmScreen
from tui.form_screen import FormScreen
from tui.forms import BOOK_FORMS, ENROL, FORMS, INCIDENT, PAPER, VOID, Missing, body_of
from tui.officers import NotSigned, read_proposal, wanted_of
from tui.sign_screen import SignScreen

ORIGIN = "pollmesh/khorshid-2026/a-desk-1/0"


async def _at(desk: Desk, page: type) -> None:
    await until(desk.pilot, lambda: isinstance(desk.app.screen, page), page.__name__)


async def _new(desk: Desk, number: int) -> None:
    await desk.press("f4")
    await _at(desk, BookScreen)
    await desk.press("f6", str(number))
    await _at(desk, FormScreen)


def test_an_incident_is_written_by_numbers_and_f9_alone(node: FakeNode) -> None:
    node.write_answers["/book/write"] = Done("Incident 3 is written. The slip is printed.", 41)

    async def story(desk: Desk) -> None:
        await _new(desk, 1)
        shown = " ".join(str(one.content) for one in desk.app.screen.query("Static"))
        assert "Write no person's name or number." in shown
        await desk.press("2", "enter", "4", "enter", *"The lamp fell.", "f9")
        await _at(desk, BookScreen)
        await desk.see("book-answer", "Incident 3 is written.")

    at_the_desk(node, story)
    (asked,) = [body for path, body in node.asked if path == "/book/write"]
    assert (asked.about, asked.by, asked.text) == ("complaint", "voter", "The lamp fell.")


def test_enter_only_goes_on_and_a_missing_field_is_named(node: FakeNode) -> None:
    async def story(desk: Desk) -> None:
        await _new(desk, 5)
        await desk.press(*"12", "enter", "enter", "enter")
        assert isinstance(desk.app.screen, FormScreen)
        desk.app.screen.query_one("#field-waiting", Input).value = "twelve"
        await desk.press("f9")
        await desk.see("form-answer", "How many wait: a number is needed.")
        desk.app.screen.query_one("#field-waiting", Input).value = "۱۲"
        await desk.press("f9")
        await _at(desk, BookScreen)

    at_the_desk(node, story)
    assert [(path, body.waiting) for path, body in node.asked] == [("/book/queue", 12)]


def test_a_refused_form_keeps_what_was_typed(node: FakeNode) -> None:
    node.write_answers["/book/observer"] = Refused("in-already", "obs-12 is signed in already.")

    async def story(desk: Desk) -> None:
        await _new(desk, 4)
        await desk.press(*"obs-12", "enter", *"Sample", "f9")
        await desk.see("form-answer", "Not written. obs-12 is signed in already.")
        assert desk.app.screen.query_one("#field-observer", Input).value == "obs-12"
        await desk.press("escape")
        await _at(desk, BookScreen)

    at_the_desk(node, story)


def test_a_pause_is_confirmed_by_the_stations_id(node: FakeNode) -> None:
    async def story(desk: Desk) -> None:
        await _new(desk, 2)
        await desk.press("2", "enter", *"smoke", "f9")
        await desk.see("form-answer", "Type a-desk-1 in the last field to confirm.")
        await desk.press(*"a-desk-1", "f9")
        await _at(desk, BookScreen)

    at_the_desk(node, story)
    (asked,) = [body for path, body in node.asked if path == "/book/pause"]
    assert (asked.because, asked.words) == ("evacuation", "smoke")


def test_an_end_of_a_pause_goes_to_the_page_where_two_officers_sign(node: FakeNode) -> None:
    act = PlaceResumed((), "the gym", "2026-11-27T09:00Z")
    entry = canonical(act).decode().replace('"ends":[]', '"ends":[{"origin":"o","index":1}]')
    node.write_answers["/book/resume"] = ActProposed("R-1", ORIGIN, entry, "Ends the pause.")

    async def story(desk: Desk) -> None:
        await _new(desk, 3)
        await desk.press(*"the gym", "f9")
        await _at(desk, SignScreen)
        assert "the gym" in desk.text("act-entry")
        await desk.press("escape")
        await desk.see("form-answer", "Nothing was signed.")

    at_the_desk(node, story)


def test_sections_are_chosen_by_number_and_filtered_by_words(node: FakeNode) -> None:
    async def story(desk: Desk) -> None:
        await desk.press("f4")
        await _at(desk, BookScreen)
        await desk.see("book-counts", "1 incident, 1 complaint, 2 companions, 1 observer in, queue")
        await desk.see("book-tabs", "[1 Written (3)]")
        await desk.press("3")
        await desk.see("book-detail", "771204 was found, 771203 was put on.")
        await desk.press("1", "f7", *"seal 7712")
        table = desk.app.screen.query_one("#book-lines")
        await until(desk.pilot, lambda: table.row_count == 1, "one line is left")
        assert desk.app.screen.stage == "lines"
        await desk.press("escape")
        await until(desk.pilot, lambda: table.row_count == 3, "all lines")
        node.book = replace(BOOK, paused="Paused since 08:12 (evacuation: smoke).")
        await desk.see("book-paused", "PAUSED: Paused since 08:12")

    at_the_desk(node, story)


def test_an_observer_leaves_and_a_line_of_paper_is_struck_by_a_typed_word(node: FakeNode) -> None:
    async def story(desk: Desk) -> None:
        await desk.press("f4")
        await _at(desk, BookScreen)
        await desk.press("2", "f8")
        await desk.see("book-answer", "It is written.")
        await desk.press("4", "f8")
        await _at(desk, ConfirmScreen)
        await desk.press("enter", *"yes", "enter")
        await _at(desk, ConfirmScreen)
        await desk.press(*"strike", "enter")
        await until(desk.pilot, lambda: len(node.asked) == 2, "struck")

    at_the_desk(node, story)
    (_, out), (path, strike) = node.asked
    assert out.observer == "obs-12"
    assert (path, strike.origin, strike.index) == ("/book/paper/strike", ORIGIN, 44)


def test_a_companion_goes_in_with_the_voter_in_sight(node: FakeNode) -> None:
    node.voters[CODE] = (MARYAM,)
    node.check_in_answers.append(CARD)

    async def story(desk: Desk) -> None:
        await desk.find(CODE)
        await desk.reach("person")
        await desk.press("1", "f9")
        await desk.reach("card")
        await desk.app.run_action("companion", desk.screen)
        await _at(desk, FormScreen)
        await desk.press(*"0499999999", "enter", "2", "f9")
        await until(desk.pilot, lambda: desk.app.screen is desk.screen, "back at the card")
        assert desk.screen.stage == "card"

    at_the_desk(node, story)
    (asked,) = [body for path, body in node.asked if path == "/book/companion"]
    assert (asked.voter, asked.because) == (MARYAM.voter, "disabled")


def test_every_form_sends_a_body_that_its_node_takes() -> None:
    typed = {"text": "x", "number": "7", "long": "x", "pin": "112233", "slip": "PMV1:x"}
    for form in (*BOOK_FORMS, *FORMS.values()):
        values = {
            one.name: one.choices[0][0] if one.choices else typed[one.kind] for one in form.fields
        }
        assert not isinstance(body_of(form, values, {}), Missing), form.id


@pytest.mark.parametrize(
    ("form", "typed", "missing"),
    [
        (INCIDENT, {}, Missing("about", "It is: choose one.")),
        (PAPER, {"sheet": "2", "line": "x"}, Missing("line", "Line: a number is needed.")),
        (VOID, {"slip": " "}, Missing("slip", "Box's slip: fill this in.")),
        (
            INCIDENT,
            {"about": "incident", "by": "worker", "text": "x" * 1501},
            Missing("text", "What happened: 1 letters too many."),
        ),
        (
            ENROL,
            {"worker": "w-1", "pin": "112233", "again": "112234"},
            Missing("again", "The two PINs are not the same. Type the second one again."),
        ),
    ],
)
def test_what_is_wrong_with_a_form_is_said_by_its_field(
    form: object, typed: dict[str, str], missing: Missing
) -> None:
    assert body_of(form, typed, {}) == missing  # type: ignore[arg-type]


def test_several_slips_go_as_a_list() -> None:
    typed = {"slip": "PMV1:a", "slip-2": "PMV1:b", "because": "other"}
    assert body_of(VOID, typed, {}) == {"slips": ["PMV1:a", "PMV1:b"], "because": "other"}
    assert body_of(VOID, {**typed, "slip-2": ""}, {}) == {"slips": ["PMV1:a"], "because": "other"}


def test_an_act_with_other_contents_than_were_typed_is_never_offered_for_signing() -> None:
    act = CustodyPassed("a-box-1", "a-desk-1", "a-executive", "2026-11-27T09:00Z")
    answer = ActProposed("C-1", ORIGIN, canonical(act).decode(), "Custody.")
    asked = {"item": "a-box-1", "giver": "a-desk-1", "taker": "a-executive"}
    proposal = read_proposal(answer, wanted_of("custody", dict(asked)), STATION)
    assert not isinstance(proposal, NotSigned)
    other = read_proposal(answer, wanted_of("custody", {**asked, "taker": "someone"}), STATION)
    assert isinstance(other, NotSigned)


def test_rows_and_details_of_the_book() -> None:
    assert book_rows.section_rows(BOOK, "paper")[0].cells == (
        "2",
        "7",
        " 00a1f0",
        "a-desk-1",
        "AMISS",
        "Also checked in at a-desk-2.",
    )
    assert book_rows.section_rows(BOOK, "observers")[0].cells[2] == "06:10"
    assert book_rows.detail(BOOK, "warnings", "0") == BOOK.warnings[0]
    for section in book_rows.SECTIONS:
        assert sum(column.width for column in book_rows.COLUMNS[section]) <= 77


def test_a_choice_is_made_by_arrows_or_number_and_none_is_made_for_anybody() -> None:
    choice = Choice("x", (("a", "one"), ("b", "two")))
    assert choice.value == ""


def test_closing_asks_for_the_queue_first(node: FakeNode, tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.press("f2", "2")
        await _at(desk, FormScreen)
        await desk.press(*"4", "f9")
        await desk.see("act-answer", "'close' is not possible now.")

    at_the_desk(node, story)
    assert [path for path, _ in node.asked] == ["/book/queue"]


def test_lists_and_minutes_are_printed_from_the_palette_where_there_is_a_printer(
    node: FakeNode,
) -> None:
    async def story(desk: Desk) -> None:
        assert "print_paper" not in {one.action for one in desk.screen.possible()}
        node.status = replace(STATION, peripherals=(PRINTER,))
        await until(
            desk.pilot,
            lambda: "print_paper" in {one.action for one in desk.screen.possible()},
            "a printer",
        )
        await desk.press("ctrl+p", *"minutes")
        found = desk.app.screen.query_one(CommandList)
        await until(desk.pilot, lambda: found.option_count == 1, "found")
        await desk.press("enter")
        await desk.see("answer", "It is in the print queue.")

    at_the_desk(node, story)
    assert node.asked == [("/print", PrintAsked("closing-minutes"))]
