"""A return that does not add up is shown as a fault and never counted."""

import pytest
from msgspec.structs import replace

from simulations.sample_day import SampleDay
from sync.check_ins import CheckIns
from sync.entries import (
    Act,
    BoxReturned,
    CastCounted,
    ContestReturn,
    DeskSpent,
    Entry,
    LogFinal,
    OptionVotes,
    PollsClosed,
    PollsOpened,
    ZeroReturned,
)
from sync.officers import approve
from sync.position import Fault, Ref
from sync.returns import Returns, return_problem

ORIGIN = "pollmesh/sample-1/a-box-1/0"
OPENED, CLOSED = "2026-11-27T04:30Z", "2026-11-27T14:30Z"
PARLIAMENT = ContestReturn(
    "parliament",
    10,
    2,
    False,
    tuple(
        OptionVotes(code, votes)
        for code, votes in zip(
            ("11", "12", "13", "14", "15", "16"), (8, 4, 0, 2, 0, 1), strict=True
        )
    ),
)
COUNCIL = ContestReturn(
    "council", 12, 1, False, (OptionVotes("1", 6), OptionVotes("2", 5), OptionVotes("3", 0))
)
GOOD = BoxReturned(
    1,
    OPENED,
    CLOSED,
    12,
    b"\0" * 32,
    (DeskSpent("a-desk-1", 9), DeskSpent("a-desk-2", 3)),
    (PARLIAMENT, COUNCIL),
    False,
)


def votes(row: ContestReturn, **numbers: int) -> ContestReturn:
    """The same contest with some options' votes changed, `c11=5` for code 11."""
    changed = {name[1:]: number for name, number in numbers.items()}
    return replace(
        row, votes=tuple(OptionVotes(v.code, changed.get(v.code, v.votes)) for v in row.votes)
    )


def with_contest(row: ContestReturn) -> BoxReturned:
    """The good return with one contest exchanged."""
    return replace(
        GOOD, contests=tuple(row if c.contest == row.contest else c for c in GOOD.contests)
    )


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (
            replace(GOOD, cast=13),
            "the cards spent by desk do not sum to the ballots cast",
        ),
        (replace(GOOD, contests=(COUNCIL,)), "the contests are not those of the package"),
        (
            replace(GOOD, contests=(COUNCIL, PARLIAMENT)),
            "the contests are not those of the package",
        ),
        (
            with_contest(replace(COUNCIL, ballots=13)),
            "council: more ballots than were cast, or a negative number",
        ),
        (
            with_contest(replace(COUNCIL, blank=-1)),
            "council: more ballots than were cast, or a negative number",
        ),
        (
            with_contest(replace(COUNCIL, blank=13)),
            "council: an option has more votes than there are ballots",
        ),
        (
            with_contest(votes(COUNCIL, c1=12)),
            "council: an option has more votes than there are ballots",
        ),
        (
            with_contest(votes(COUNCIL, c3=-1)),
            "council: an option has more votes than there are ballots",
        ),
        (
            with_contest(votes(COUNCIL, c3=1)),
            "council: the votes do not fit the number of ballots with a choice",
        ),
        (
            with_contest(votes(COUNCIL, c1=5)),
            "council: the votes do not fit the number of ballots with a choice",
        ),
        (
            with_contest(votes(PARLIAMENT, c12=8)),
            "parliament: the votes do not fit the number of ballots with a choice",
        ),
        (
            with_contest(replace(COUNCIL, votes=COUNCIL.votes[:2])),
            "council: the options are not those of the contest",
        ),
        (
            with_contest(replace(COUNCIL, withheld=True)),
            "council: withheld must be said exactly where fewer than k=3 were cast",
        ),
        (
            with_contest(ContestReturn("council", 2, 0, True, (OptionVotes("1", 2),))),
            "council: figures shown although withheld",
        ),
        (
            with_contest(ContestReturn("council", 2, 0, False, COUNCIL.votes)),
            "council: withheld must be said exactly where fewer than k=3 were cast",
        ),
    ],
)
def test_a_return_that_does_not_add_up_says_where(
    day: SampleDay, wrong: BoxReturned, words: str
) -> None:
    assert return_problem(day.package, wrong) == words


def test_a_good_return_and_an_empty_one_add_up(day: SampleDay) -> None:
    assert return_problem(day.package, GOOD) is None
    zero = tuple(
        replace(c, ballots=0, blank=0, votes=tuple(replace(v, votes=0) for v in c.votes))
        for c in GOOD.contests
    )
    empty = replace(GOOD, cast=0, by_desk=(DeskSpent("a-desk-1", 0),), contests=zero)
    assert return_problem(day.package, empty) is None


def folded(day: SampleDay, *entries: Entry) -> Returns:
    """What a log of these entries comes to; acts are signed by both officers."""
    returns = Returns(day.package)
    for index, entry in enumerate(entries):
        if isinstance(entry, Act):
            approvals = tuple(
                approve(ORIGIN, entry, name, day.signers[name])
                for name in ("a-executive", "a-supervisory")
            )
            entry = replace(entry, approvals=approvals)
        returns.fold(day.station("a-box-1"), Ref(ORIGIN, index), entry)
    return returns


ZERO, OPEN, CLOSE = ZeroReturned(0, 0, OPENED), PollsOpened(OPENED), PollsClosed(CLOSED)


def test_a_whole_day_of_a_box_stands(day: SampleDay) -> None:
    returns = folded(day, ZERO, OPEN, CastCounted(8, b""), CLOSE, GOOD, LogFinal(CLOSED))
    state = returns.box("a-box-1")
    assert returns.faults() == []
    assert (state.cast, state.stage, state.final, state.returned_at) == (
        12,
        "returned",
        True,
        Ref(ORIGIN, 4),
    )


@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        (
            (ZERO, OPEN, GOOD),
            "a return that does not stand: "
            "a return without zero return, opening and closing before it",
        ),
        (
            (ZERO, OPEN, CLOSE, GOOD, GOOD),
            "a return that does not stand: a second return, or a period that never was",
        ),
        (
            (ZERO, OPEN, CastCounted(13, b""), CLOSE, GOOD),
            "a return that does not stand: fewer ballots than were published as cast",
        ),
        ((OPEN,), "opened without a zero return"),
        ((ZERO, OPEN, ZERO), "a zero return that is not zero, or after the opening"),
        ((ZeroReturned(1, 1, OPENED),), "a zero return that is not zero, or after the opening"),
        (
            (ZERO, OPEN, CastCounted(8, b""), CastCounted(8, b"")),
            "the number of ballots cast did not grow",
        ),
        (
            (ZERO, OPEN, CLOSE, GOOD, LogFinal(CLOSED), CastCounted(13, b"")),
            "CastCounted after the log was final",
        ),
    ],
)
def test_what_a_box_must_not_write_is_a_fault(
    day: SampleDay, entries: tuple[Entry, ...], fault: str
) -> None:
    assert folded(day, *entries).faults() == [Fault(ORIGIN, len(entries) - 1, fault)]


def test_a_return_without_its_officers_is_not_counted(day: SampleDay) -> None:
    returns = folded(day, ZERO, OPEN, CLOSE)
    returns.fold(day.station("a-box-1"), Ref(ORIGIN, 3), GOOD)
    assert returns.box("a-box-1").returned is None
    assert [fault.words for fault in returns.faults()] == [
        "BoxReturned does not stand: Two officers are needed, one of each authority; "
        "signed by: none."
    ]


def test_a_desk_and_a_box_keep_two_folds(day: SampleDay) -> None:
    assert CheckIns(day.package, day.roll).faults() == Returns(day.package).faults() == []
