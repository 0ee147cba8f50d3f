"""Second confirmations, cards that are out, voids: at the desk's screen, answers by heart."""

from msgspec.structs import replace

from sync.card_views import (
    AdmissionCounts,
    CardList,
    CardRow,
    SecondList,
    TurnAwayAsked,
    VoidAsked,
    WaitingList,
)
from sync.outcomes import ActProposed, Done, SecondAwaited
from sync.views import CheckInAsked
from tests.tui.desks import Desk, at_the_desk
from tests.tui.examples import (
    CARD,
    CARD_UNKNOWN,
    CODE,
    MARYAM,
    OWN_WAITING,
    PRINTER,
    STATION,
    TO_SECOND,
)
from tests.tui.fake_node import FakeNode
from tests.tui.screens import until
from tui.cards_screen import CardsScreen
from tui.code_screen import CodeScreen
from tui.confirm_screen import ConfirmScreen
from tui.form_screen import FormScreen
from tui.tables import RowTable
from tui.waiting_screen import WaitingScreen

AWAITED = SecondAwaited(12, ("a-desk-2",), "Waits for second confirmation at a-desk-2.")
OUT = CardList(
    (
        CardRow(41, "a-box-1", "2026-11-27T05:10Z"),
        CardRow(42, "a-box-2", "2026-11-27T05:12Z"),
    )
)


async def _at(desk: Desk, page: type) -> None:
    await until(desk.pilot, lambda: isinstance(desk.app.screen, page), page.__name__)


async def _awaited(desk: Desk) -> None:
    await desk.find(CODE)
    await desk.reach("person")
    await desk.press("1", "f9")
    await desk.reach("awaited")


def _rows(desk: Desk, name: str) -> list[list[str]]:
    table = desk.app.screen.query_one(f"#{name}", RowTable)
    return [[str(cell).strip() for cell in table.get_row_at(n)] for n in range(table.row_count)]


def test_the_card_comes_by_itself_when_the_second_station_has_looked(node: FakeNode) -> None:
    node.voters[CODE] = (MARYAM,)
    node.check_in_answers.extend([AWAITED, CARD])
    node.waiting = WaitingList((OWN_WAITING,))

    async def story(desk: Desk) -> None:
        await _awaited(desk)
        await desk.see("awaited-words", "Waits for second confirmation at a-desk-2.")
        assert desk.footer()[:3] == ["f1", "escape", "f6"]
        node.waiting = WaitingList((replace(OWN_WAITING, ready=True),))
        await desk.reach("card")

    at_the_desk(node, story)
    assert node.checked_in[0] == node.checked_in[1]
    assert len(node.checked_in) == 2


def test_only_what_is_owed_is_checked_in_and_what_is_used_is_said(node: FakeNode) -> None:
    half = replace(MARYAM, used=("parliament",), owed=("city-council",))
    node.voters[CODE] = (half,)
    node.check_in_answers.append(CARD)

    async def story(desk: Desk) -> None:
        await desk.find(CODE)
        await desk.reach("person")
        facts = desk.text("facts")
        assert "Used        parliament" in facts
        assert "Still owed  city-council" in facts
        await desk.press("1", "f9")
        await desk.reach("card")

    at_the_desk(node, story)
    (asked,) = node.checked_in
    assert asked.rights == ("city-council",)


def test_somebody_who_may_not_vote_is_turned_away_with_the_reason_filled_in(
    node: FakeNode,
) -> None:
    words = "Too young on polling day."
    young = replace(MARYAM, may_check_in=False, because="too-young", standing=words)
    node.voters[CODE] = (young,)

    async def story(desk: Desk) -> None:
        await desk.find(CODE)
        await desk.reach("person")
        await desk.see("person-hint", "CANNOT BE CHECKED IN HERE. F8 writes down why")
        assert desk.footer() == ["f1", "escape", "f8", "ctrl+p", "f10"]
        await desk.press("f8")
        await _at(desk, FormScreen)
        await desk.press("tab", "3", "f9")
        await desk.reach("start")

    at_the_desk(node, story)
    ((_, asked),) = node.asked
    assert asked == TurnAwayAsked("too-young", "passport", "typed")


def test_what_the_other_desk_refused_is_said_where_the_voter_waits(node: FakeNode) -> None:
    node.voters[CODE] = (MARYAM,)
    node.check_in_answers.append(AWAITED)
    node.waiting = WaitingList((OWN_WAITING,))

    async def story(desk: Desk) -> None:
        await _awaited(desk)
        refused = replace(OWN_WAITING, words="a-desk-2 did not confirm: withdrawn.")
        node.waiting = WaitingList((refused,))
        await desk.see("awaited-words", "a-desk-2 did not confirm: withdrawn.")
        await desk.press("escape")
        await desk.reach("start")

    at_the_desk(node, story)


def test_others_are_served_meanwhile_and_the_card_is_fetched_from_the_list(node: FakeNode) -> None:
    node.voters[CODE] = (MARYAM,)
    node.check_in_answers.extend([AWAITED, CARD])
    node.waiting = WaitingList((OWN_WAITING,))

    async def story(desk: Desk) -> None:
        await _awaited(desk)
        await desk.press("escape")
        await desk.reach("start")
        await desk.press("f6")
        await _at(desk, WaitingScreen)
        await until(desk.pilot, lambda: desk.app.screen.stage == "own", "the list with somebody")
        assert "f9" not in desk.footer()
        node.waiting = WaitingList((replace(OWN_WAITING, ready=True),))
        await until(desk.pilot, lambda: "f9" in desk.footer(), "ready")
        assert _rows(desk, "own-list")[0][3] == "READY"
        await desk.press("f9")
        await desk.reach("card")

    at_the_desk(node, story)
    assert len(node.checked_in) == 2


def test_a_voter_who_left_without_a_card_is_withdrawn_by_a_typed_word(node: FakeNode) -> None:
    node.waiting = WaitingList((OWN_WAITING,))

    async def story(desk: Desk) -> None:
        await desk.press("f6")
        await _at(desk, WaitingScreen)
        await until(desk.pilot, lambda: desk.app.screen.stage == "own", "the list with somebody")
        await desk.press("f8")
        await _at(desk, ConfirmScreen)
        await desk.press("enter", "enter")
        await _at(desk, ConfirmScreen)
        await desk.press(*"left", "enter")
        await desk.see("waiting-answer", "It is written.")

    at_the_desk(node, story)
    ((path, body),) = node.asked
    assert (path, body.voter) == ("/check-ins/give-up", MARYAM.voter)


def test_whoever_waits_for_this_desk_is_announced_compared_and_confirmed(node: FakeNode) -> None:
    node.to_second = SecondList((TO_SECOND,))

    async def story(desk: Desk) -> None:
        await desk.see("to-second", "1 voter waits for a second look by this desk: F6.")
        await until(desk.pilot, lambda: "f6" in desk.footer(), "in the footer")
        await desk.press("f6")
        await _at(desk, WaitingScreen)
        await desk.see("second-detail", "born 1342")
        await desk.see("second-detail", "THE DOCUMENT HAS A DEFECT")
        await desk.press("enter", "enter")
        assert node.asked == []
        await desk.press("f9")
        await desk.see("waiting-answer", "It is written.")
        node.to_second = SecondList(())
        await desk.see("second-detail", "No other desk waits for this station.")

    at_the_desk(node, story)
    ((path, body),) = node.asked
    assert (path, body.origin, body.index) == ("/second", TO_SECOND.origin, 31)


def test_what_is_not_right_is_refused_by_a_typed_word(node: FakeNode) -> None:
    node.to_second = SecondList((TO_SECOND,))

    async def story(desk: Desk) -> None:
        await desk.press("f6")
        await _at(desk, WaitingScreen)
        await desk.see("second-detail", "born 1342")
        await desk.press("f8")
        await _at(desk, ConfirmScreen)
        await desk.press(*"refuse", "enter")
        await desk.see("waiting-answer", "It is written.")

    at_the_desk(node, story)
    ((path, body),) = node.asked
    assert (path, body.origin, body.index) == ("/second/refuse", TO_SECOND.origin, 31)


def test_cards_that_are_out_are_listed_taken_shown_and_printed_again(node: FakeNode) -> None:
    node.cards_out = OUT
    node.counts = AdmissionCounts({"too-young": 2}, 1)
    node.status = replace(STATION, outstanding=2, peripherals=(PRINTER,), jobs=(CARD_UNKNOWN,))

    async def story(desk: Desk) -> None:
        assert "f5" in desk.footer()
        await desk.press("f5")
        await _at(desk, CardsScreen)
        await until(desk.pilot, lambda: len(_rows(desk, "card-list")) == 2, "two cards")
        assert _rows(desk, "card-list") == [
            ["41", "a-box-1", "05:10", "-"],
            ["42", "a-box-2", "05:12", "unknown"],
        ]
        await desk.see("counts", "Turned away here: too young 2")
        await desk.see("counts", "without a defect 1.5 (40 voters), with one 4.0 (3 voters)")
        await desk.press("down", "f5")
        await desk.see("cards-answer", "print queue")
        await desk.press("f7")
        await _at(desk, CodeScreen)
        await desk.press("escape", "f8")
        await desk.see("cards-answer", "Card 42 taken.")

    at_the_desk(node, story)
    assert node.taken == [42]
    assert node.asked == [("/print/again", {"number": 7})]


def test_a_void_needs_the_boxs_slip_a_reason_the_station_and_two_officers(node: FakeNode) -> None:
    node.write_answers["/voids/propose"] = ActProposed("V-1", "pollmesh/x/y/0", "{}", "Void 42.")

    async def story(desk: Desk) -> None:
        await desk.press("f5")
        await _at(desk, CardsScreen)
        await desk.press("f6")
        await _at(desk, FormScreen)
        await desk.press(*"PMV1:abc", "enter", "enter", "2", "f9")
        await desk.see("form-answer", "Type a-desk-1 in the last field to confirm.")
        await desk.press(*"a-desk-1", "f9")
        await desk.see("form-answer", "Sign nothing; call the district.")

    at_the_desk(node, story)
    assert node.asked == [("/voids/propose", VoidAsked(("PMV1:abc",), "voter-left"))]


def test_somebody_not_on_the_roll_is_turned_away_with_a_counted_reason(node: FakeNode) -> None:
    node.refuse_find = ("not-on-roll", "This national code is not on the roll.")
    node.write_answers["/turn-away"] = Done("Send the person to the district office.", 5)

    async def story(desk: Desk) -> None:
        await desk.find(CODE)
        await desk.see("answer", "not on the roll")
        await until(desk.pilot, lambda: "f8" in desk.footer(), "in the footer")
        await desk.press("f8")
        await _at(desk, FormScreen)
        await desk.press("tab", "1", "f9")
        await desk.see("answer", "Send the person to the district office.")
        assert "f8" not in desk.footer()

    at_the_desk(node, story)
    (asked,) = node.asked
    assert asked == ("/turn-away", TurnAwayAsked("not-on-roll", "national-card", "typed"))


def test_a_code_with_a_wrong_digit_can_be_counted_too(node: FakeNode) -> None:
    async def story(desk: Desk) -> None:
        await desk.find(CODE[:9] + str((int(CODE[9]) + 1) % 10))
        await until(desk.pilot, lambda: "f8" in desk.footer(), "in the footer")
        await desk.find("99912")
        await until(desk.pilot, lambda: "f8" not in desk.footer(), "only half a code")

    at_the_desk(node, story)


def test_a_document_with_a_defect_is_marked_and_asked_with(node: FakeNode) -> None:
    node.voters[CODE] = (MARYAM,)
    node.check_in_answers.append(CARD)

    async def story(desk: Desk) -> None:
        await desk.find(CODE)
        await desk.reach("person")
        await desk.press("2", "f5")
        await desk.see("facts", "HAS A DEFECT: separate path")
        await desk.press("f9")
        await desk.reach("card")

    at_the_desk(node, story)
    assert node.checked_in == [
        CheckInAsked(MARYAM.voter, "birth-certificate", "typed", defective=True)
    ]
    assert [path for path, _ in node.asked] == ["/book/defective"]
