"""A worker's day at the desk's screen, by keyboard alone, against a node with answers by heart."""

from msgspec.structs import replace
from textual.containers import VerticalScroll
from textual.widgets import Input, Static

from sync.views import CheckInAsked
from tests.tui.desks import Desk, at_the_desk
from tests.tui.examples import (
    ALREADY,
    CARD,
    CODE,
    KARIM,
    KARIM_DONE,
    MARYAM,
    NO_QUORUM,
    STATION,
    STUB_CARD,
    WRONG_CODE,
)
from tests.tui.fake_node import FakeNode
from tests.tui.screens import until
from tui.command_tables import DESK


def test_a_voter_is_found_by_code_checked_in_and_given_a_card(node: FakeNode) -> None:
    node.voters[CODE] = (MARYAM,)
    node.check_in_answers.append(CARD)

    async def story(desk: Desk) -> None:
        await desk.press(*CODE, "enter")
        await desk.reach("person")
        facts = desk.text("facts")
        assert all(part in facts for part in (MARYAM.name, "1360", "parliament"))
        await desk.press("2", "f9")
        await desk.reach("card")
        await desk.see("card-box", "a-box-1")
        await desk.see("card-hint", "A second station holds this card.")
        await desk.press("f8")
        await desk.reach("start")
        await desk.see("answer", "Card 42 taken.")
        assert desk.screen.query_one("#code", Input).value == ""

    at_the_desk(node, story, clock=lambda: 0.0)
    assert node.finds == [{"scan": CODE}]
    assert node.checked_in == [CheckInAsked(MARYAM.voter, "birth-certificate", "scanned", "")]
    assert node.taken == [42]


def test_persian_digits_typed_by_hand_are_a_code_and_said_to_be_typed(node: FakeNode) -> None:
    node.voters[CODE] = (MARYAM,)
    node.check_in_answers.append(CARD)
    seconds = iter(range(1_000_000))

    async def story(desk: Desk) -> None:
        await desk.press(*CODE.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")), "enter")
        await desk.reach("person")
        await desk.press("1", "f6", "f9")
        await desk.reach("card")

    at_the_desk(node, story, clock=lambda: float(next(seconds)))
    assert node.finds == [{"code": CODE}]
    assert node.checked_in == [CheckInAsked(MARYAM.voter, "national-card", "typed", "a-box-1")]


def test_a_name_lists_people_and_the_arrows_choose_one(node: FakeNode) -> None:
    node.voters["کریم"] = (KARIM, KARIM_DONE)

    async def story(desk: Desk) -> None:
        await desk.find("كريم")  # typed with Arabic letters
        await desk.reach("list")
        await desk.press("down", "enter")
        await desk.reach("person")
        await desk.see("standing", "has a card")
        await desk.see("person-hint", "CANNOT BE CHECKED IN HERE")
        await desk.press("1", "f9")
        assert desk.screen.stage == "person"
        await desk.press("escape")
        await desk.reach("start")

    at_the_desk(node, story)
    assert node.finds == [{"name": "کریم"}]
    assert node.checked_in == []


def test_a_wrong_check_digit_is_explained_without_asking_the_node(node: FakeNode) -> None:
    async def story(desk: Desk) -> None:
        await desk.find(WRONG_CODE)
        await desk.see("answer", "The last digit does not fit the others")
        await desk.find("99912")
        await desk.see("answer", "ten digits; this one has 5")
        await desk.find("999999999a")
        await desk.see("answer", "digits only")

    at_the_desk(node, story)
    assert node.finds == []


def test_a_second_check_in_is_refused_in_words_and_cannot_be_tried_again(node: FakeNode) -> None:
    node.voters[CODE] = (MARYAM,)
    node.check_in_answers.append(ALREADY)

    async def story(desk: Desk) -> None:
        await desk.find(CODE)
        await desk.reach("person")
        await desk.press("1", "f9")
        await desk.reach("refused")
        await desk.see("refused-title", "NOT CHECKED IN")
        await desk.see("refused-words", "Already checked in at a-desk-2")
        await desk.press("f9", "f8")
        assert desk.screen.stage == "refused"
        await desk.press("escape")
        await desk.reach("start")

    at_the_desk(node, story)
    assert len(node.checked_in) == 1


def test_without_a_quorum_the_same_voter_can_be_tried_again(node: FakeNode) -> None:
    node.voters[CODE] = (MARYAM,)
    node.check_in_answers.extend([NO_QUORUM, STUB_CARD])

    async def story(desk: Desk) -> None:
        await desk.find(CODE)
        await desk.reach("person")
        await desk.press("1", "f9")
        await desk.reach("refused")
        await desk.see("refused-hint", "F9  try the same voter again")
        await desk.press("f9")
        await desk.reach("card")
        await desk.see("card-hint", "Write 43 on a stub")

    at_the_desk(node, story)
    assert len(node.checked_in) == 2


def test_while_a_check_in_waits_the_screen_says_so_and_nothing_else_works(node: FakeNode) -> None:
    node.voters[CODE] = (MARYAM,)
    node.check_in_answers.append(CARD)
    node.let_check_in_go.clear()
    now = [0.0]

    async def story(desk: Desk) -> None:
        await desk.find(CODE)
        await desk.reach("person")
        await desk.press("1", "f9")
        await desk.reach("waiting")
        now[0] = 3.0
        await desk.see("waiting-words", "Waiting 3 s for promises of a quorum.")
        await desk.press("escape", "f8", "f2", "f9", "1", "enter")
        assert desk.screen.stage == "waiting"
        node.let_check_in_go.set()
        await desk.reach("card")

    at_the_desk(node, story, clock=lambda: now[0])
    assert len(node.checked_in) == 1


def test_enter_never_checks_anybody_in(node: FakeNode) -> None:
    node.voters[CODE] = (MARYAM,)

    async def story(desk: Desk) -> None:
        await desk.find(CODE)
        await desk.reach("person")
        await desk.press("enter", "1", "enter", "enter", "space")
        assert desk.screen.stage == "person"

    at_the_desk(node, story)
    assert node.checked_in == []


def test_f9_without_a_document_asks_for_one(node: FakeNode) -> None:
    node.voters[CODE] = (MARYAM,)

    async def story(desk: Desk) -> None:
        await desk.find(CODE)
        await desk.reach("person")
        await desk.press("f9")
        assert desk.screen.stage == "person"

    at_the_desk(node, story)
    assert node.checked_in == []


def test_a_node_that_goes_and_comes_back_is_said_in_words_and_found_again(node: FakeNode) -> None:
    async def story(desk: Desk) -> None:
        await desk.see("link", "connected to 2 of 3 stations, apart from a-desk-3 for 12 min")
        node.stop()
        await desk.see("problem", "NO NODE: The node of this station does not answer.")
        await desk.see("link", "links: not known")
        await desk.see("title-right", "POLLS: NOT KNOWN")
        await desk.find(CODE)
        await desk.see("answer", "The node of this station does not answer.")
        node.status = replace(STATION, last_action="restarted", single_copy=0)
        node.start()
        await desk.see("last", "last: restarted")
        await desk.see("copies", "every entry is on a second station")
        assert not desk.screen.query_one("#problem").display

    at_the_desk(node, story)


def test_a_node_lost_during_a_check_in_says_that_it_can_be_taken_up_again(node: FakeNode) -> None:
    node.voters[CODE] = (MARYAM,)
    node.let_check_in_go.clear()

    async def story(desk: Desk) -> None:
        await desk.find(CODE)
        await desk.reach("person")
        await desk.press("1", "f9")
        await until(desk.pilot, lambda: bool(node.checked_in), "the node was asked")
        node.stop()
        await desk.reach("refused")
        await desk.see("refused-title", "NO ANSWER")
        await desk.see("refused-words", "the same check-in goes on, none is added")

    at_the_desk(node, story)


def test_state_of_the_day_and_training_are_always_in_sight(node: FakeNode) -> None:
    node.status = replace(STATION, alarms=("One.", "Two."), problem="Disk is nearly full.")

    async def story(desk: Desk) -> None:
        await desk.see("problem", "PROBLEM: Disk is nearly full.\nALARM: One.  (and 1 more)")
        assert desk.text("title-left") == "a-desk-1  Golestan School"
        assert desk.text("title-right") == "POLLS OPEN"
        assert desk.text("package") == "package bcdc9d4e 13f0a7c2"
        assert desk.text("copies") == "3 entries not yet on a second station"
        assert desk.text("last") == "last: card 41 taken"
        assert "TRAINING" in desk.text("training")

    at_the_desk(node, story)


def test_help_lists_the_footers_keys_and_can_be_searched(node: FakeNode) -> None:
    async def story(desk: Desk) -> None:
        await desk.press("f1")
        keys = desk.app.screen.query_one("#keys", Static)
        assert all(key.help in str(keys.content) for key in DESK)
        await desk.press(*"officers")
        assert "F2" in str(keys.content)
        assert "F8" not in str(keys.content)
        await desk.press("escape")
        assert desk.app.screen is desk.screen

    at_the_desk(node, story)


def test_a_help_longer_than_the_window_is_scrolled_by_arrows(node: FakeNode) -> None:
    async def story(desk: Desk) -> None:
        await desk.press("f1")
        keys = desk.app.screen.query_one(VerticalScroll)
        assert keys.max_scroll_y > 0
        await desk.press("down", *["pagedown"] * 3)
        assert keys.scroll_y == keys.max_scroll_y
        await desk.press("pageup", *"f10")
        assert keys.max_scroll_y == 0

    at_the_desk(node, story)


def test_leaving_asks_first_and_only_y_leaves(node: FakeNode) -> None:
    async def story(desk: Desk) -> None:
        await desk.press("f10", "enter", "n")
        assert desk.app.screen is desk.screen
        await desk.press("ctrl+q")
        assert desk.app.screen is not desk.screen
        await desk.press("y")
        assert desk.app.return_code == 0

    at_the_desk(node, story)


def test_f7_says_how_large_the_window_must_be_for_the_code(node: FakeNode) -> None:
    node.voters[CODE] = (MARYAM,)
    node.check_in_answers.append(CARD)

    async def story(desk: Desk) -> None:
        await desk.find(CODE)
        await desk.reach("person")
        await desk.press("1", "f9")
        await desk.reach("card")
        await desk.pilot.resize_terminal(80, 22)
        await desk.see("card-code-hint", "needs a window of 24 rows, this one has 22")
        await desk.press("f7")
        drawn = desk.app.screen.query_one("#whole-code", Static)
        assert "the code needs 24 rows of 47" in str(drawn.content)
        await desk.pilot.resize_terminal(80, 24)
        await until(desk.pilot, lambda: "▀▀▀▀▀▀▀" in str(drawn.content), "the code is drawn")

    at_the_desk(node, story)
