"""The book of the place: companions, incidents, pauses, workers, observers, seals, paper, sums."""

import random
from itertools import permutations

import pytest

from simulations.sample_day import SampleDay, sample_day
from simulations.world import World
from sync.book_commands import (
    AdmitCompanion,
    BookCommand,
    ComeOn,
    CountQueue,
    GoOff,
    KeyPaperLine,
    NoteCounts,
    NoteSeal,
    PausePlace,
    ProposeCustody,
    ProposeResume,
    SignObserverIn,
    SignObserverOut,
    StrikePaperLine,
    WriteDown,
)
from sync.book_entries import (
    BOOK_KINDS,
    TEXT_LETTERS_MAX,
    Cited,
    CompanionAdmitted,
    DeskCounted,
    PaperCheckInKeyed,
    PlacePaused,
    PlaceResumed,
    QueueCounted,
    SealNoted,
    WorkerCameOn,
    WorkerWentOff,
    WrittenDown,
)
from sync.book_views import PlaceBook
from sync.book_words import book_view, entry_words, place_book, warnings
from sync.check_ins import CheckIns
from sync.encoding import canonical
from sync.entries import LogFinal, PollsOpened, decode_entry, read_entry
from sync.errors import DecodeError
from sync.merkle import leaf_hash
from sync.officers import approve
from sync.outcomes import ActProposed, CardReady, Done, Outcome, Refused
from sync.position import Fault, Ref
from tests.vectors.book_goldens import BOOK_ENTRIES

MINUTE = "2026-11-27T04:30Z"
DESK_1, DESK_2 = "pollmesh/sample-1/a-desk-1/0", "pollmesh/sample-1/a-desk-2/0"
COMPANION = "c0" * 16
TEN_MINUTES_MS = 600_000


def ask(world: World, command: BookCommand, desk: str = "a-desk-1") -> Outcome | None:
    """The desk's answer to one book command."""
    request = world.ask(desk, command)
    world.run_until_answered(request)
    return request.outcome


def done(world: World, command: BookCommand, desk: str = "a-desk-1") -> str:
    """Its words; it must be done."""
    outcome = ask(world, command, desk)
    assert isinstance(outcome, Done), outcome
    return outcome.words


def refused(world: World, command: BookCommand, desk: str = "a-desk-1") -> tuple[str, str]:
    """Reason and words; it must be refused."""
    outcome = ask(world, command, desk)
    assert isinstance(outcome, Refused), outcome
    return outcome.reason, outcome.words


def signed(world: World, command: BookCommand, *officers: str, desk: str = "a-desk-1") -> object:
    """Propose an act of the book, have these officers sign it (both, if none is named)."""
    shown = ask(world, command, desk)
    assert isinstance(shown, ActProposed), shown
    staff = world.officers("a")
    return staff.submit(desk, staff.sign(shown, *officers))


def counts(world: World, station: str = "a-desk-1") -> PlaceBook:
    """Place a's book in numbers, as one station knows it."""
    return place_book(world.check_ins(station), "a")


def looked_into(world: World, station: str = "a-desk-1") -> tuple[str, ...]:
    """What one station says somebody should look at."""
    return warnings(world.check_ins(station), "a")


def checked_in(world: World, voters: tuple[str, ...], desk: str = "a-desk-1") -> None:
    """These voters get cards at this desk."""
    for voter in voters:
        assert isinstance(world.desk(desk).check_in(voter), CardReady)


def apart(world: World) -> None:
    """Every station is alone."""
    world.part(*({name} for name in world.computers))


def test_a_companion_goes_with_a_voter_of_this_desk_and_only_one(world: World, voter: str) -> None:
    command = AdmitCompanion(voter, COMPANION, "cannot-read")
    assert refused(world, command) == (
        "not-checked-in",
        "This voter is not checked in at this desk. Check the voter in first.",
    )
    checked_in(world, (voter,))
    assert done(world, command) == "Written: the companion may go in, with voter 1 of 2."
    assert refused(world, command) == (
        "has-companion",
        "This voter has a companion already. One is allowed.",
    )
    assert refused(world, command, "a-desk-2")[0] == "not-checked-in"
    assert counts(world).companions == 1
    assert looked_into(world) == ()


def test_a_companion_is_refused_beyond_the_cap_counted_over_all_desks(
    world: World, day: SampleDay
) -> None:
    first, second, third = day.voters["a"][:3]
    checked_in(world, (first, third))
    checked_in(world, (second,), "a-desk-2")
    done(world, AdmitCompanion(first, COMPANION, "disabled"))
    done(world, AdmitCompanion(second, COMPANION, "disabled"), "a-desk-2")
    world.run_until_quiet()
    assert refused(world, AdmitCompanion(third, COMPANION, "disabled")) == (
        "companion-cap",
        "This companion has gone with 2 voters; 2 are allowed. "
        "The voter may choose another person.",
    )
    done(world, AdmitCompanion(third, "d1" * 16, "disabled"))


def test_a_companion_over_the_cap_at_desks_that_were_apart_is_named_everywhere(
    world: World, day: SampleDay
) -> None:
    first, second, third = day.voters["a"][:3]
    checked_in(world, (first, second))
    checked_in(world, (third,), "a-desk-2")
    apart(world)
    for voter in (first, second):
        done(world, AdmitCompanion(voter, COMPANION, "disabled"))
    done(world, AdmitCompanion(third, COMPANION, "disabled"), "a-desk-2")
    world.rejoin()
    world.run_until_quiet()
    told = {looked_into(world, name) for name in ("a-desk-1", "a-desk-2", "north-1")}
    (words,) = told.pop()
    assert not told, "everybody says the same"
    assert words.startswith("Companion c0c0c0c0 went with 3 voters: a-desk-1 entry ")
    assert counts(world, "north-1").companions_over_cap == 1
    assert not world.check_ins("north-1").faults(), "nobody lied"


def test_incidents_and_complaints_are_numbered_at_their_desk_in_one_spelling(
    world: World,
) -> None:
    first = WriteDown("incident", "worker", "  برق   رفت ۲ دقيقه\n")
    assert done(world, first) == "Incident 1 is written at a-desk-1."
    second = WriteDown("complaint", "voter", "The queue was long.")
    assert done(world, second) == "Complaint 2 is written at a-desk-1."
    assert done(world, second, "a-desk-2") == "Complaint 1 is written at a-desk-2."
    world.run_until_quiet()
    book = world.check_ins("north-1").book
    assert book.written(DESK_1, 1) == WrittenDown(
        1, "incident", "worker", "برق رفت 2 دقیقه", MINUTE
    )
    assert (counts(world, "north-1").incidents, counts(world, "north-1").complaints) == (1, 2)


@pytest.mark.parametrize(
    ("text", "reason", "words"),
    [
        (" \n ", "no-text", "Write what happened."),
        (
            "x" * (TEXT_LETTERS_MAX + 1),
            "too-long",
            "This is too long: 1501 letters, at most 1500. Write two.",
        ),
        ("ش" * 1_500 + "", "", ""),
        ("😀" * 1_000, "no-text", "This is too long for one entry. Write two."),
        ('"' * 1_500, "", ""),
        (
            "a\x1b[2Jb",
            "no-text",
            "This holds a character that cannot be printed (U+001B). Type it again.",
        ),
        (
            "a\ud800b",
            "no-text",
            "This holds a character that cannot be printed (U+D800). Type it again.",
        ),
    ],
    ids=range(7),
)
def test_a_text_fits_an_entry_and_can_be_printed_or_is_refused(
    world: World, text: str, reason: str, words: str
) -> None:
    command = WriteDown("incident", "worker", text)
    if reason:
        assert refused(world, command) == (reason, words)
    else:
        assert done(world, command) == "Incident 1 is written at a-desk-1."


def test_while_the_place_is_paused_no_desk_admits_anybody_new(world: World, day: SampleDay) -> None:
    inside, new = day.voters["a"][:2]
    checked_in(world, (inside,))
    said = done(world, PausePlace("evacuation", "smoke in the hall"))
    assert said == "Paused: no desk of this place admits anybody new. Two officers go on."
    world.run_until_quiet()
    told = Refused(
        "paused",
        "Paused since 2026-11-27T04:30Z (evacuation: smoke in the hall), written at a-desk-1. "
        "Nobody new is admitted until two officers go on (the book, Resume). "
        "Whoever waits for a card is still served.",
    )
    assert [world.desk(d).check_in(new) for d in ("a-desk-1", "a-desk-2")] == [told, told]
    assert isinstance(world.desk("a-desk-1").check_in(inside), CardReady), "the card, once more"
    again = PausePlace("pause", "")
    assert refused(world, again, "a-desk-2")[0] == "paused"


def test_who_waits_for_promises_when_the_place_pauses_gets_the_card(
    world: World, voter: str
) -> None:
    waiting = world.desk("a-desk-1").ask(voter)
    assert not waiting.is_over
    done(world, PausePlace("pause", ""), "a-desk-2")
    world.run_until_answered(waiting)
    assert isinstance(waiting.outcome, CardReady)


def test_two_officers_go_on_and_one_cannot(world: World, voter: str) -> None:
    assert refused(world, ProposeResume("")) == (
        "not-paused",
        "The place is not paused (any more).",
    )
    done(world, PausePlace("moved", "the roof leaks"))
    assert refused(world, ProposeResume(" ")) == (
        "no-text",
        "The place moved: write where it is now.",
    )
    assert signed(world, ProposeResume("the school"), "a-executive") == Refused(
        "not-approved",
        "Two officers are needed, one of each authority; signed by: executive.",
    )
    assert isinstance(signed(world, ProposeResume("the school")), Done)
    world.run_until_quiet()
    assert [len(world.check_ins(d).book.pauses("a")) for d in ("a-desk-1", "north-1")] == [0, 0]
    checked_in(world, (voter,), "a-desk-2")
    assert (counts(world).pauses, counts(world).paused) == (1, "")


def test_going_on_ends_the_pauses_that_were_known_and_no_other(world: World) -> None:
    apart(world)
    done(world, PausePlace("pause", "lunch"))
    done(world, PausePlace("evacuation", "smoke"), "a-desk-2")
    assert isinstance(signed(world, ProposeResume("")), Done)
    world.rejoin()
    world.run_until_quiet()
    for station in ("a-desk-1", "a-desk-2", "north-1"):
        assert counts(world, station).paused == (
            "Paused since 2026-11-27T04:30Z (evacuation: smoke), written at a-desk-2."
        )
    assert isinstance(signed(world, ProposeResume("")), Done)
    assert counts(world).paused == ""


def test_one_act_ends_however_many_pauses_a_desk_has_written() -> None:
    day = sample_day()
    many = [PlacePaused("pause", "", MINUTE) for _ in range(300)]
    logs = {
        DESK_1: written(day, DESK_1, *many),
        DESK_2: written(day, DESK_2, resumed(day, DESK_2, Cited(DESK_1, 299))),
    }
    for seed in range(5):
        (left,) = folded(day, logs, random.Random(seed)).book.pauses("a")
        assert left.ref == Ref(DESK_1, 300)


def test_an_act_that_others_have_done_meanwhile_is_not_done_twice(world: World) -> None:
    done(world, PausePlace("pause", ""))
    world.run_until_quiet()
    staff, command = world.officers("a"), ProposeResume("")
    shown = [ask(world, command, desk) for desk in ("a-desk-1", "a-desk-2")]
    one, other = [staff.sign(s) for s in shown if isinstance(s, ActProposed)]
    assert isinstance(staff.submit("a-desk-1", one), Done)
    world.run_until_quiet()
    assert staff.submit("a-desk-2", other) == Refused(
        "not-paused", "The place is not paused (any more)."
    )


def test_a_shift_changes_and_the_log_says_who_was_on(world: World) -> None:
    assert refused(world, GoOff()) == ("nobody-on", "Nobody is on at this desk.")
    assert done(world, ComeOn("w-17")) == "Worker w-17 is on at a-desk-1."
    assert done(world, ComeOn("w-17")) == "Worker w-17 is on."
    assert done(world, ComeOn("w-18")) == "Worker w-18 is on at a-desk-1. w-17 went off."
    assert done(world, GoOff()) == "Worker w-18 went off."
    assert refused(world, ComeOn("Zahra")) == (
        "no-id",
        "'Zahra' is no id (1 to 32 of a-z, 0-9 and hyphen). Type the number on your badge.",
    )
    facts = [fact.entry for fact in world.check_ins("a-desk-1").book.facts("a")]
    assert facts == [
        WorkerCameOn("w-17", MINUTE),
        WorkerWentOff("w-17", "relieved", MINUTE),
        WorkerCameOn("w-18", MINUTE),
        WorkerWentOff("w-18", "shift-over", MINUTE),
    ]


def test_an_observer_signs_in_at_one_desk_and_out_at_another(world: World) -> None:
    signs_in = SignObserverIn("o-4", "City observers")
    assert done(world, signs_in) == "Observer o-4 is signed in."
    world.run_until_quiet()
    assert refused(world, signs_in, "a-desk-2")[0] == "signed-in"
    assert counts(world, "north-1").observers_in == 1
    world.advance(60_000)
    assert done(world, SignObserverOut("o-4"), "a-desk-2") == "Observer o-4 is signed out."
    world.run_until_quiet()
    assert counts(world).observers_in == 0
    assert refused(world, SignObserverOut("o-4"))[0] == "not-signed-in"


def test_the_queue_at_the_door_is_what_was_counted_last(world: World) -> None:
    assert counts(world).queue == -1
    done(world, CountQueue(31))
    world.advance(60_000)
    done(world, CountQueue(14), "a-desk-2")
    world.run_until_quiet()
    assert {counts(world, s).queue for s in ("a-desk-1", "a-desk-2", "north-1")} == {14}
    assert refused(world, CountQueue(-1))[0] == "no-number"


def test_a_seal_with_another_number_than_the_one_put_on_is_told(world: World) -> None:
    done(world, NoteSeal("a-box-1", "771203", "put-on"))
    assert done(world, NoteSeal("a-box-1", "۷۷۱۲۰۳", "found-whole")) == (
        "Written: seal 771203 of a-box-1, found-whole."
    )
    assert looked_into(world) == ()
    assert done(world, NoteSeal("a-box-1", "771208", "found-whole")) == (
        "Written: seal 771208 of a-box-1, found-whole. Look into it: 771203 had been put on."
    )
    done(world, NoteSeal("bag 1", "771203", "put-on"))
    assert looked_into(world) == (
        "a-box-1: seal 771208 was found at 2026-11-27T04:30Z by a-desk-1, where 771203 had been "
        "put on",
        "a-box-1: seal 771203 is on a-box-1 and on bag 1",
        "bag 1: seal 771203 is on bag 1 and on a-box-1",
    )
    assert counts(world).seals_amiss == 2
    assert refused(world, NoteSeal("bag", "no. 7", "put-on"))[0] == "no-seal"


def test_a_seal_that_was_taken_off_is_off(world: World) -> None:
    for number, state in (("7", "put-on"), ("7", "taken-off"), ("8", "put-on")):
        done(world, NoteSeal("a-box-1", number, state))  # type: ignore[arg-type]
    (seal,) = world.check_ins("a-desk-1").book.seals("a")
    assert (seal.item, seal.numbers, seal.amiss) == ("a-box-1", ["8"], [])


def test_an_item_passes_from_hand_to_hand_before_two_officers(world: World) -> None:
    command = ProposeCustody("box of spare cards", "a-executive", "w-17")
    shown = ask(world, command)
    assert isinstance(shown, ActProposed)
    assert shown.words == "box of spare cards goes from a-executive to w-17."
    assert signed(world, command, "a-supervisory") == Refused(
        "not-approved",
        "Two officers are needed, one of each authority; signed by: supervisory.",
    )
    assert isinstance(signed(world, command), Done)
    lines = [line.words for line in book_view(world.check_ins("a-desk-1"), "a", "a").lines]
    assert lines == ["box of spare cards went from a-executive to w-17."]
    same = ProposeCustody("bag", "w-17", "w-17")
    assert refused(world, same)[0] == "same-keeper"


def test_a_line_of_paper_is_keyed_in_once_whoever_keys_it(world: World, day: SampleDay) -> None:
    first, second = day.voters["a"][:2]
    assert done(world, KeyPaperLine(2, 7, first, "passport")) == "Sheet 2 line 7 is keyed in."
    world.run_until_quiet()
    for desk in ("a-desk-1", "a-desk-2"):
        assert refused(world, KeyPaperLine(2, 7, first, "passport"), desk) == (
            "keyed-already",
            "Sheet 2 line 7 was keyed in at a-desk-1 at 2026-11-27T04:30Z, for this voter. "
            "Strike that entry first if it is wrong.",
        )
    assert "for another voter" in refused(world, KeyPaperLine(2, 7, second, "passport"))[1]
    assert refused(world, KeyPaperLine(2, 8, "00" * 16, "passport"))[0] == "not-on-roll"
    assert refused(world, KeyPaperLine(0, 8, second, "passport"))[0] == "no-line"
    assert counts(world, "north-1").paper_keyed == 1


def test_a_voter_on_paper_and_checked_in_is_told_and_listed(world: World, day: SampleDay) -> None:
    first, second = day.voters["a"][:2]
    checked_in(world, (first,), "a-desk-2")
    world.run_until_quiet()
    assert done(world, KeyPaperLine(1, 1, first, "passport")) == (
        "Sheet 1 line 1 is keyed in. Sheet 1 line 1: this voter is also checked in at a-desk-2 "
        "at 2026-11-27T04:30Z. Call the officers."
    )
    done(world, KeyPaperLine(1, 2, second, "passport"))
    assert done(world, KeyPaperLine(1, 3, second, "passport")) == (
        "Sheet 1 line 3 is keyed in. Sheet 1 line 3: this voter also stands on sheet 1 line 2, "
        "keyed in at a-desk-1. Call the officers."
    )
    world.run_until_quiet()
    assert looked_into(world, "north-1") == (
        "Sheet 1 line 1: this voter is also checked in at a-desk-2 at 2026-11-27T04:30Z.",
        "Sheet 1 line 2: this voter also stands on sheet 1 line 3, keyed in at a-desk-1.",
        "Sheet 1 line 3: this voter also stands on sheet 1 line 2, keyed in at a-desk-1.",
    )
    assert counts(world, "north-1").paper_amiss == 3


def test_who_was_admitted_on_paper_is_not_checked_in_again_unless_the_line_is_struck(
    world: World, voter: str
) -> None:
    done(world, KeyPaperLine(3, 9, voter, "passport"))
    world.run_until_quiet()
    assert world.desk("a-desk-2").check_in(voter) == Refused(
        "on-paper",
        "This voter was checked in on paper: sheet 3 line 9, keyed in at a-desk-1. If that line "
        "was keyed in wrongly, strike it in the book first; else call the officers.",
    )
    (line,) = book_view(world.check_ins("a-desk-2"), "a-desk-2", "a").paper
    strike = StrikePaperLine(line.origin, line.index)
    assert done(world, strike, "a-desk-2") == "Struck: sheet 3 line 9. Key it in anew."
    assert refused(world, strike, "a-desk-2")[0] == "no-line"
    checked_in(world, (voter,), "a-desk-2")


def test_one_line_keyed_at_two_desks_apart_for_two_voters_is_listed_alike(
    world: World, day: SampleDay
) -> None:
    apart(world)
    for voter, desk in zip(day.voters["a"], ("a-desk-1", "a-desk-2"), strict=False):
        done(world, KeyPaperLine(4, 4, voter, "passport"), desk)
    world.rejoin()
    world.run_until_quiet()
    assert [looked_into(world, s) for s in ("a-desk-1", "a-desk-2", "north-1")] == [
        (
            "Sheet 4 line 4: keyed in at a-desk-2 for another voter too.",
            "Sheet 4 line 4: keyed in at a-desk-1 for another voter too.",
        )
    ] * 3


def test_sums_are_written_every_ten_minutes_when_they_grew_and_at_closing(world: World) -> None:
    grown = NoteCounts(3, 1, 2, 5, 0, 0)
    assert done(world, NoteCounts(0, 0, 0, 0, 0, 0)) == "No new sums."
    assert done(world, grown) == "The sums are written later."
    world.advance(TEN_MINUTES_MS)
    assert done(world, grown) == "The sums are written."
    assert done(world, grown) == "No new sums."
    assert done(world, NoteCounts(4, 1, 3, 6, 0, 0)) == "The sums are written later."
    last = NoteCounts(4, 1, 3, 6, 1, 9, at_once=True)
    assert done(world, last) == "The sums are written."
    assert world.check_ins("a-desk-1").book.counted(DESK_1) == DeskCounted(
        4, 1, 3, 6, 1, 9, "2026-11-27T04:40Z"
    )


def test_sums_go_on_where_the_log_left_them_after_a_restart(world: World) -> None:
    done(world, NoteCounts(3, 1, 2, 5, 1, 4, at_once=True))
    world.run_until_quiet()
    world.crash("a-desk-1")
    world.restart("a-desk-1")
    world.run_until_quiet()
    done(world, NoteCounts(10, 0, 1, 2, 0, 0, at_once=True))
    world.run_until_quiet()
    for station in ("a-desk-1", "north-1"):
        found = counts(world, station)
        assert (found.look_ups, found.cases, found.case_minutes) == (14, 3, 7)
        assert (found.defective_cases, found.defective_case_minutes) == (1, 4)


def test_nothing_is_written_after_the_log_is_final(world: World, voter: str) -> None:
    done(world, PausePlace("pause", ""))
    shown = ask(world, ProposeResume(""))
    assert isinstance(shown, ActProposed)
    staff = world.officers("a")
    submit = staff.sign(shown)
    for act in ("close", "final"):
        assert isinstance(staff.act("a-desk-1", act), Done)
    size = len(world.checkers.written_by[DESK_1])
    final = Refused("final", "This desk's log is sealed. Nothing more is written here.")
    for command in (
        WriteDown("incident", "worker", "late"),
        PausePlace("pause", ""),
        ProposeResume(""),
        ComeOn("w-1"),
        CountQueue(0),
        NoteCounts(1, 0, 0, 0, 0, 0, at_once=True),
        KeyPaperLine(1, 1, voter, "passport"),
        ProposeCustody("bag", "w-1", "w-2"),
    ):
        assert ask(world, command) == final
    assert staff.submit("a-desk-1", submit) == final
    assert len(world.checkers.written_by[DESK_1]) == size


@pytest.mark.parametrize("entry", [entry for _, entry, _ in BOOK_ENTRIES], ids=repr)
def test_no_box_takes_an_entry_of_the_book(entry: object) -> None:
    with pytest.raises(DecodeError, match="does not belong in the log of a box"):
        decode_entry(canonical(entry), "box", "a box")


def test_no_box_holds_what_desks_wrote(world: World) -> None:
    done(world, WriteDown("incident", "worker", "smoke"))
    world.run_until_quiet()
    assert [o for o in world.disk("a-box-1").logs if "desk" in o] == []


def test_every_kind_of_the_book_is_said_in_words() -> None:
    kinds = {type(entry) for _, entry, _ in BOOK_ENTRIES}
    assert kinds == set(BOOK_KINDS)
    for _, entry, _ in BOOK_ENTRIES:
        assert entry_words(entry)  # type: ignore[arg-type]


def written(day: SampleDay, origin: str, *entries: object) -> list[bytes]:
    """A log that two officers opened, with these entries after it."""
    act = PollsOpened(MINUTE)
    names = ("a-executive", "a-supervisory")
    approvals = tuple(approve(origin, act, name, day.signers[name]) for name in names)
    return [canonical(entry) for entry in (PollsOpened(MINUTE, approvals), *entries)]


def folded(day: SampleDay, logs: dict[str, list[bytes]], dice: random.Random) -> CheckIns:
    """Fold these logs, each in its order, mixed at random."""
    check_ins, at = CheckIns(day.package, day.roll), dict.fromkeys(logs, 0)
    while at:
        origin = dice.choice(sorted(at))
        if at[origin] == len(logs[origin]):
            del at[origin]
            continue
        data, station = logs[origin][at[origin]], day.station(origin.split("/")[2])
        entry = read_entry(data, station.kind, origin)
        check_ins.fold(station, Ref(origin, at[origin]), leaf_hash(data), entry)
        at[origin] += 1
    return check_ins


def resumed(day: SampleDay, origin: str, *ends: Cited) -> PlaceResumed:
    """Both officers end these pauses in the log `origin`."""
    act = PlaceResumed(ends, "", MINUTE)
    names = ("a-executive", "a-supervisory")
    approvals = tuple(approve(origin, act, name, day.signers[name]) for name in names)
    return PlaceResumed(ends, "", MINUTE, approvals)


def a_bad_book(day: SampleDay) -> dict[str, list[bytes]]:
    """Two desks that wrote much, at odds with each other."""
    first, second = day.voters["a"][:2]
    return {
        DESK_1: written(
            day,
            DESK_1,
            PlacePaused("pause", "", MINUTE),
            SealNoted("bag", "7", "put-on", "2026-11-27T05:00Z"),
            PaperCheckInKeyed(1, 1, first, "passport", MINUTE),
            resumed(day, DESK_1, Cited(DESK_2, 1)),
            QueueCounted(3, "2026-11-27T14:30Z"),
        ),
        DESK_2: written(
            day,
            DESK_2,
            PlacePaused("evacuation", "smoke", MINUTE),
            SealNoted("bag", "8", "found-whole", "2026-11-27T05:01Z"),
            PaperCheckInKeyed(1, 1, second, "passport", MINUTE),
            PaperCheckInKeyed(1, 2, first, "passport", MINUTE),
            QueueCounted(5, "2026-11-27T14:30Z"),
        ),
    }


def test_any_mixture_of_the_logs_gives_the_same_book() -> None:
    day = sample_day()
    logs = a_bad_book(day)
    books = [folded(day, logs, random.Random(seed)) for seed in range(40)]
    said = [book_view(one, "a-desk-1", "a") for one in books]
    assert said == [said[0]] * 40
    assert [one.faults() for one in books] == [[]] * 40
    assert said[0].paused == "Paused since 2026-11-27T04:30Z (pause), written at a-desk-1."
    assert said[0].counts.queue == 5
    assert said[0].warnings == (
        "bag: seal 8 was found at 2026-11-27T05:01Z by a-desk-2, where 7 had been put on",
        "Sheet 1 line 1: this voter also stands on sheet 1 line 2, keyed in at a-desk-2.",
        "Sheet 1 line 1: keyed in at a-desk-2 for another voter too.",
        "Sheet 1 line 1: keyed in at a-desk-1 for another voter too.",
        "Sheet 1 line 2: this voter also stands on sheet 1 line 1, keyed in at a-desk-1.",
    )


def test_what_a_desk_may_not_write_is_a_fault_and_does_not_stand() -> None:
    day = sample_day()
    stranger, other = "00" * 16, "ab" * 32
    assert len(other) > len(stranger)
    logs = {
        DESK_1: written(
            day,
            DESK_1,
            CompanionAdmitted(9, COMPANION, "disabled", MINUTE),
            WrittenDown(2, "incident", "worker", "out of turn", MINUTE),
            WrittenDown(1, "incident", "worker", "a\x07b", MINUTE),
            WrittenDown(1, "incident", "worker", "كتاب", MINUTE),
            WorkerCameOn("w-1", MINUTE),
            WorkerCameOn("w-2", MINUTE),
            WorkerWentOff("w-2", "shift-over", MINUTE),
            PaperCheckInKeyed(1, 1, stranger, "passport", MINUTE),
            PlaceResumed((Cited(DESK_1, 1),), "", MINUTE),
            DeskCounted(5, 0, 0, 0, 0, 0, MINUTE),
            DeskCounted(4, 0, 0, 0, 0, 0, MINUTE),
        )
    }
    check_ins = folded(day, logs, random.Random(1))
    assert check_ins.faults() == [
        Fault(DESK_1, 1, "a companion for no check-in of this log"),
        Fault(DESK_1, 2, "an incident or complaint with a number out of turn"),
        Fault(DESK_1, 3, "a text that cannot stand in a log"),
        Fault(DESK_1, 4, "a text that cannot stand in a log"),
        Fault(DESK_1, 6, "a worker came on before the other went off"),
        Fault(DESK_1, 7, "a worker went off who was not on"),
        Fault(DESK_1, 8, "a line of paper for somebody who is not on the roll"),
        Fault(
            DESK_1,
            9,
            "PlaceResumed does not stand: Two officers are needed, one of each authority; "
            "signed by: none.",
        ),
        Fault(DESK_1, 11, "sums that became smaller"),
    ]
    kept = [fact.entry for fact in check_ins.book.facts("a")]
    assert kept == [WorkerCameOn("w-1", MINUTE), DeskCounted(5, 0, 0, 0, 0, 0, MINUTE)]


def test_what_follows_the_sealing_of_a_log_is_a_fault() -> None:
    day = sample_day()
    act = LogFinal(MINUTE)
    names = ("a-executive", "a-supervisory")
    approvals = tuple(approve(DESK_1, act, name, day.signers[name]) for name in names)
    late = WrittenDown(1, "incident", "worker", "late", MINUTE)
    logs = {DESK_1: written(day, DESK_1, LogFinal(MINUTE, approvals), late)}
    check_ins = folded(day, logs, random.Random(1))
    assert check_ins.faults() == [Fault(DESK_1, 2, "WrittenDown after the log was final")]
    assert check_ins.book.facts("a") == []


def test_officers_of_one_place_end_no_pause_of_another() -> None:
    day = sample_day(places=2)
    origin = "pollmesh/sample-1/b-desk-1/0"
    act = PlaceResumed((Cited(DESK_1, 1),), "", MINUTE)
    names = ("b-executive", "b-supervisory")
    approvals = tuple(approve(origin, act, name, day.signers[name]) for name in names)
    logs = {
        DESK_1: written(day, DESK_1, PlacePaused("pause", "", MINUTE)),
        origin: [canonical(PlaceResumed(act.ends, "", MINUTE, approvals))],
    }
    for order in permutations(logs):
        check_ins = folded(day, {name: logs[name] for name in order}, random.Random(0))
        assert len(check_ins.book.pauses("a")) == 1
        assert check_ins.faults() == []
