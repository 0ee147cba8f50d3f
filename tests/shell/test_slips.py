"""What stands on each paper, as a reader and a scanner find it."""

from pathlib import Path

import pytest
import zxingcpp
from msgspec.structs import replace
from PIL import Image, ImageChops

from hw.printer.drawing import draw
from hw.printer.measures import ROWS_MAX
from hw.printer.slip import Code, Heading, Pair, Slip, Text
from node.slips import (
    card_slip,
    check_list_slip,
    incident_slip,
    paper_record_slip,
    plain_test_slip,
    return_slips,
    stub_slip,
    zero_return_slips,
)
from simulations.sample_day import sample_day
from sync.card import Card, write_card
from sync.check_ins import CheckIn
from sync.entries import (
    BoxReturned,
    ContestReturn,
    DeskSpent,
    OptionVotes,
    VoterCheckedIn,
    ZeroReturned,
)
from sync.package import ContestOption, Package
from sync.position import Ref

PICTURE = Path(__file__).parent / "__snapshots__" / "voting-card.png"
WIDTH_DOTS = 576
DAY = sample_day()
PACKAGE = DAY.package
DESK, BOX = DAY.station("a-desk-1"), DAY.station("a-box-1")
MINUTE = "2026-11-27T05:12Z"
CARD = write_card(
    Card(PACKAGE.day, "a-box-1", ("parliament",), "a-desk-1", bytes(range(16))),
    DAY.signers["a-desk-1"],
)
RETURN = BoxReturned(
    1,
    MINUTE,
    MINUTE,
    4,
    bytes(32),
    (DeskSpent("a-desk-1", 3), DeskSpent("a-desk-2", 1)),
    (
        ContestReturn("parliament", 4, 1, False, (OptionVotes("11", 3), OptionVotes("12", 2))),
        ContestReturn("council", 2, 0, True, ()),
    ),
    paper_record=False,
)
WHERE = f"pollmesh/{PACKAGE.day}/a-box-1/0/9"
ROW = CheckIn(
    Ref("pollmesh/sample-1/a-desk-1/0", 5),
    "a-desk-1",
    bytes(32),
    VoterCheckedIn("ab" * 16, ("council",), "passport", "typed", MINUTE),
    1,
)

SLIPS: dict[str, Slip] = {
    "card": card_slip(PACKAGE, DESK, 7, "a-box-1", CARD),
    "stub": stub_slip(PACKAGE, DESK, 7, "a-box-1", MINUTE),
    "incident": incident_slip(PACKAGE, DESK, "برق رفت.\nA lamp fell.", MINUTE),
    "check-list": check_list_slip(PACKAGE, DESK, [(ROW, "سارا نمونه")], 0, 1, MINUTE),
    "zero-return": zero_return_slips(PACKAGE, BOX, ZeroReturned(0, 0, MINUTE))[0],
    "return": return_slips(PACKAGE, BOX, RETURN, WHERE, b"\xab" * 32)[0],
    "paper-record": paper_record_slip(
        PACKAGE, [(PACKAGE.contests_by_id["parliament"], ("11", "14"))]
    ),
    "test": plain_test_slip("a-desk-1"),
}


def codes(slip: Slip) -> list[str]:
    """What a scanner reads from the paper."""
    picture = draw(slip, WIDTH_DOTS).convert("L")
    return [found.text for found in zxingcpp.read_barcodes(picture)]


def pairs(slip: Slip) -> dict[str, str]:
    """Labels and values."""
    return {line.label: line.value for line in slip.lines if isinstance(line, Pair)}


def words(slip: Slip) -> str:
    """Everything on it that is read by people."""
    texts = [line.text for line in slip.lines if isinstance(line, Text)]
    return "\n".join([*texts, *(f"{a} {b}" for a, b in pairs(slip).items())])


@pytest.mark.parametrize("name", SLIPS)
def test_every_slip_fits_narrow_and_wide_paper_and_is_marked_on_a_training_day(name: str) -> None:
    slip = SLIPS[name]
    assert slip.watermark == ("TEST" if name == "test" else "TRAINING")
    for dots in (384, WIDTH_DOTS):
        assert draw(slip, dots).width == dots


def test_a_card_is_one_code_and_names_no_voter() -> None:
    slip = SLIPS["card"]
    assert codes(slip) == [CARD]
    assert pairs(slip) == {"صندوق / Box": "a-box-1", "برگه / Card": "a-desk-1 / 7"}


def test_a_card_looks_as_it_always_did() -> None:
    drawn = draw(SLIPS["card"], WIDTH_DOTS)
    if not PICTURE.exists():
        drawn.save(PICTURE)
        pytest.fail(f"{PICTURE} was missing and is written now: look at it, then keep it")
    with Image.open(PICTURE) as kept:
        assert kept.size == drawn.size
        assert ImageChops.difference(kept.convert("L"), drawn.convert("L")).getbbox() is None


def test_a_stub_says_what_two_officers_need() -> None:
    assert pairs(SLIPS["stub"]) == {
        "برگه / Card": "7",
        "میز / Desk": "a-desk-1",
        "صندوق / Box": "a-box-1",
        "پذیرش / Checked in": MINUTE,
    }
    assert codes(SLIPS["stub"]) == []


def test_a_return_shows_every_figure_of_its_entry_and_the_entry_itself() -> None:
    slip = SLIPS["return"]
    assert codes(slip) == [f"PMR1:{WHERE.upper()}:{'AB' * 32}"]
    shown = words(slip)
    for figure in ("11 نامزد 11 3", "12 نامزد 12 2", "Cards of a-desk-1 3", "Ballots cast 4"):
        assert figure in shown
    assert "Too few ballots to show" in shown
    assert "Not software independent" in shown


def test_a_zero_return_names_every_option_with_nothing() -> None:
    shown = pairs(SLIPS["zero-return"])
    options = [o for c in PACKAGE.contests_by_id.values() for o in c.options]
    assert [shown[f"{o.code} {o.name}"] for o in options] == ["0"] * len(options)


def test_a_paper_record_has_names_and_codes_and_nothing_else() -> None:
    slip = SLIPS["paper-record"]
    assert pairs(slip) == {"11": "نامزد 11", "14": "نامزد 14"}
    assert not any(ch in words(slip) for ch in (MINUTE, "a-box-1", PACKAGE.day))


def test_a_check_list_says_who_was_here_and_when() -> None:
    assert pairs(SLIPS["check-list"])["1 سارا نمونه"] == "05:12Z  no card"


def large(name: str) -> tuple[Package, BoxReturned]:
    """As many options as a province has, called `name` and a number, and a return of them all."""
    options = tuple(ContestOption(f"{n:06}", f"{name} {n}", "") for n in range(5_000))
    election = PACKAGE.elections[0]
    contest = replace(election.contests[0], code_digits=6, options=options, lists=())
    elections = (replace(election, contests=(contest,)), *PACKAGE.elections[1:])
    votes = tuple(OptionVotes(option.code, int(option.code)) for option in options)
    rows = (ContestReturn("parliament", 5_000, 0, False, votes), RETURN.contests[1])
    desks = tuple(DeskSpent(f"a-desk-{n}", n) for n in range(1, 500))
    return replace(PACKAGE, elections=elections), replace(RETURN, contests=rows, by_desk=desks)


@pytest.mark.parametrize(
    "name", ["نمونه", "سیده فاطمهٔ نمونه‌پور اصل", "n" * 200, "eleven " * 30], ids=range(4)
)
def test_a_return_of_a_whole_province_is_in_parts_that_fit_any_paper(name: str) -> None:
    package, entry = large(name)
    slips = return_slips(package, BOX, entry, WHERE, b"\xab" * 32)
    of = len(slips)
    assert [slip.title for slip in slips] == [f"return-{n}-of-{of}" for n in range(1, of + 1)]
    for number, slip in enumerate(slips, start=1):
        assert slip.lines[0] == Heading("صورت‌جلسهٔ شمارش")
        assert slip.watermark == "TRAINING"
        found = pairs(slip)
        assert found["صندوق / Box"] == "a-box-1"
        assert found["پایان / Closed"] == MINUTE
        assert found["بخش / Part"] == f"{number} of {of}"
        assert ("امضا / Signed:" in words(slip)) == (number == of)
        assert any(isinstance(line, Code) for line in slip.lines) == (number == of)
        assert words(slip).count("مجلس") <= 1
    every = [line for slip in slips for line in slip.lines if isinstance(line, Pair)]
    contest = package.contests_by_id["parliament"]
    figures = [Pair(f"{o.code} {o.name}", str(int(o.code))) for o in contest.options]
    known = set(figures)
    assert [pair for pair in every if pair in known] == figures
    cards = [pair for pair in every if "Cards of a-desk-" in pair.label]
    assert [pair.value for pair in cards] == [str(n) for n in range(1, 500)]
    largest = max(slips, key=lambda slip: len(words(slip)))
    for slip, dots in ((largest, 200), (largest, 576), (slips[-1], 200), (slips[-1], 1024)):
        assert draw(slip, dots).height <= ROWS_MAX


def test_each_part_of_a_long_contest_says_which_contest_it_is() -> None:
    package, entry = large("نمونه")
    slips = return_slips(package, BOX, entry, WHERE, bytes(32))
    assert len(slips) > 3
    for slip in slips:
        for number, line in enumerate(slip.lines):
            if isinstance(line, Pair) and "نمونه" in line.label:
                before = [one for one in slip.lines[:number] if isinstance(one, Text)]
                assert before[-1] == Text("مجلس")


def test_a_return_on_one_slip_has_no_part_and_one_code() -> None:
    (slip,) = return_slips(PACKAGE, BOX, RETURN, WHERE, bytes(32))
    assert slip.title == "return"
    assert "بخش / Part" not in pairs(slip)
