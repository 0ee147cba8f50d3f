"""A station whose key somebody misuses: what it says is proved, named or refused, never counted."""

from collections.abc import Callable, Iterator, Sequence

import msgspec
import pytest
from msgspec.structs import replace

import sync.exchange
from simulations.sample_day import SampleDay, sample_day
from simulations.world import MORNING_MS, World
from sync.card import commitment
from sync.checkpoint import Checkpoint, cosign, cosigner_key, sign_checkpoint
from sync.cosigning import Cosigning
from sync.district import District
from sync.effects import Disconnect, FrameReceived, PeerJoined
from sync.encoding import canonical
from sync.entries import (
    BoxReturned,
    CardIssued,
    CastCounted,
    CheckInWithdrawn,
    ContestReturn,
    DeskSpent,
    Entry,
    OptionVotes,
    PollsClosed,
    PollsOpened,
    VoterCheckedIn,
    ZeroReturned,
)
from sync.entry_base import CardKind
from sync.limits import COSIGN_EVERY_MS, HEADS_PER_FRAME_MAX, WHY_LETTERS_MAX
from sync.log import Log, verify_fork
from sync.message import (
    PROTOCOL,
    Bye,
    Cosigned,
    Entries,
    Forked,
    Have,
    Heads,
    Hello,
    Message,
    decode_message,
    encode_message,
)
from sync.officers import approve
from sync.orders import Orders
from sync.outcomes import CardReady, Refused
from sync.outgoing import Outgoing
from sync.position import Fault
from sync.province import LINES_MAX, Province
from sync.tiles import pack_bundle
from sync.views import ProvinceView

DESK_1, DESK_2 = "pollmesh/sample-1/a-desk-1/0", "pollmesh/sample-1/a-desk-2/0"
BOX = "pollmesh/sample-1/a-box-1/0"
MINUTE, CLOSED = "2026-11-27T05:00Z", "2026-11-27T14:30Z"
NOT_ON_ROLL = Refused("not-on-roll", "This national code is not on the roll. Check it again.")


class Liar:
    """Somebody with the key of one station, who says to each peer what he likes.

    The honest station is switched off; its log goes on as the liar writes it.
    """

    def __init__(self, world: World, name: str) -> None:
        world.crash(name)
        self.world, self.name = world, name
        self.origin = f"pollmesh/{world.day.package.day}/{name}/0"
        self.held = list(world.disk(name).logs[self.origin].entries)
        self.heard: list[tuple[str, Message]] = []
        carry = world.network.send

        def send(sender: str, peer: str, data: bytes) -> None:
            if peer == name:
                self.heard.append((sender, decode_message(data)))
            carry(sender, peer, data)

        world.network.send = send  # type: ignore[method-assign]

    def link(self, *peers: str) -> None:
        """Greet these stations as the honest one would."""
        package = self.world.day.package
        for peer in peers:
            self.world.give(peer, PeerJoined(self.name))
            self.say(peer, Hello(PROTOCOL, self.name, package.base_hash, Orders(package).digest))
            self.say(peer, Heads(()))

    def say(self, peer: str, message: Message) -> None:
        """One message to one station."""
        self.say_bytes(peer, encode_message(message))

    def say_bytes(self, peer: str, data: bytes) -> None:
        """One frame to one station."""
        self.world.give(peer, FrameReceived(self.name, data))

    def signed(self, *entries: bytes) -> Log:
        """The log held so far and then these entries, signed at its end."""
        log = Log(self.origin, self.name, 0, self.world.day.station(self.name).key)
        for entry in (*self.held, *entries):
            log.append(entry)
        log.seal(self.world.day.signers[self.name])
        return log

    def stretch(self, *entries: Entry | bytes) -> Entries:
        """These entries as a message that follows what every peer holds."""
        fresh = [e if isinstance(e, bytes) else canonical(e) for e in entries]
        note = self.signed(*fresh).note
        return Entries(self.origin, len(self.held), pack_bundle(fresh), note)

    def writes(self, peers: Sequence[str], *entries: Entry | bytes) -> None:
        """Write these entries and show them to `peers`; further ones follow them."""
        message = self.stretch(*entries)
        for peer in peers:
            self.say(peer, message)
        self.held += [e if isinstance(e, bytes) else canonical(e) for e in entries]

    def answers(self, peer: str, kind: type[Message]) -> list[Message]:
        """What `peer` said back, of one kind."""
        return [
            message for sender, message in self.heard if (sender, type(message)) == (peer, kind)
        ]


@pytest.fixture
def open_world(day: SampleDay) -> World:
    """Polls are open; nobody stops a test because somebody lied in it."""
    world = World(day, watched=False)
    world.open_polls()
    return world


def checked_in(voter: str, *rights: str) -> VoterCheckedIn:
    """A check-in as a desk writes it."""
    return VoterCheckedIn(voter, rights or ("parliament", "council"), "passport", "typed", MINUTE)


def carded(check_in: int, number: int, kind: CardKind = "ordinary") -> CardIssued:
    """A card for the check-in at this index."""
    return CardIssued(check_in, kind, number, "a-box-1", commitment(bytes([number]) * 16))


def province_of(world: World) -> ProvinceView:
    """What the district shows supervisors."""
    replica = world.replica("north-1")
    role = replica.role
    assert isinstance(role, District)
    homes = {place: len(voters) for place, voters in world.day.voters.items()}
    lines = replica.cosigning.kept
    province = Province(
        world.day.package, role.check_ins, role.returns, homes, replica.logs, lines, {}
    )
    return province.view("north-1", 0)


# --- voters under another spelling


SPELLINGS: dict[str, Callable[[str], str]] = {
    "capitals": str.upper,
    "one capital": lambda v: v.replace(max(v), max(v).upper(), 1),
    "a blank before": lambda v: f" {v}",
    "a blank after": lambda v: f"{v} ",
    "a blank inside": lambda v: f"{v[:16]} {v[16:]}",
    "a newline after": lambda v: f"{v}\n",
    "one letter less": lambda v: v[:-1],
    "one letter more": lambda v: f"{v}0",
    "nothing": lambda v: "",
}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_a_desk_gives_no_second_card_to_a_voter_under_another_spelling(
    world: World, voter: str, spell: Callable[[str], str]
) -> None:
    assert isinstance(world.desk("a-desk-1").check_in(voter), CardReady)
    for desk in ("a-desk-1", "a-desk-2"):
        assert world.desk(desk).check_in(spell(voter)) == NOT_ON_ROLL
    assert len(world.checkers.check_ins) == len(world.checkers.cards) == 1


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_a_check_in_under_another_spelling_in_a_signed_log_is_a_fault_and_never_counted(
    open_world: World, voter: str, spell: Callable[[str], str]
) -> None:
    world, liar = open_world, Liar(open_world, "a-desk-2")
    liar.link("a-desk-1", "north-1")
    liar.writes(("a-desk-1", "north-1"), checked_in(spell(voter)), carded(2, 1))
    for name in ("a-desk-1", "north-1"):
        faults = world.check_ins(name).faults()
        assert [(fault.origin, fault.index) for fault in faults] == [(DESK_2, 2), (DESK_2, 3)]
        assert faults[0].words.startswith("this is no entry: ")
        assert faults[1].words == "a card for no check-in of this log"
        assert list(world.check_ins(name).all()) == []
    view = province_of(world)
    assert (view.places[0].checked_in, view.places[0].issued) == (0, 0)


# --- cards that no desk may give


@pytest.mark.parametrize("kind", ["provisional", "at-risk"])
def test_a_card_of_a_kind_that_the_day_does_not_give_is_a_fault(
    open_world: World, voter: str, kind: CardKind
) -> None:
    world, liar = open_world, Liar(open_world, "a-desk-2")
    liar.link("a-desk-1", "north-1")
    liar.writes(("a-desk-1", "north-1"), checked_in(voter), carded(2, 1, kind))
    words = f"a card of a kind that this day does not give: {kind}"
    for name in ("a-desk-1", "north-1"):
        assert world.check_ins(name).faults() == [Fault(DESK_2, 3, words)]
    alarm = f"Fault: {DESK_2} entry 3: {words}"
    assert province_of(world).alarms == (alarm,)
    assert world.check_ins("north-1").unsupported_cards() == [
        Fault(DESK_2, 3, "a card of a-desk-2 without a quorum")
    ]


@pytest.mark.parametrize("voter_has_quorum", [True, False], ids=["quorum", "no quorum"])
def test_a_second_card_of_one_voter_is_named_with_or_without_a_quorum(
    open_world: World, day: SampleDay, voter_has_quorum: bool
) -> None:
    world = open_world
    voter = day.voters["a"][1]
    if voter_has_quorum:
        assert isinstance(world.desk("a-desk-1").check_in(voter), CardReady)
        world.run_until_quiet()
        first = (DESK_1, next(c.ref.index for c in world.check_ins("north-1").of(voter)))
    liar = Liar(world, "a-desk-2")
    liar.link("a-desk-1", "north-1")
    start = len(liar.held)
    liar.writes(("a-desk-1", "north-1"), checked_in(voter), carded(start, 1))
    if not voter_has_quorum:
        first = (DESK_2, start)
        start = len(liar.held)
        liar.writes(("a-desk-1", "north-1"), checked_in(voter), carded(start, 2))
    where = f"{first[0]} entry {first[1]} and {DESK_2} entry {start}"
    for name in ("a-desk-1", "north-1"):
        doubles = world.check_ins(name).double_check_ins()
        assert [(d.voter, d.right) for d in doubles] == [(voter, "council"), (voter, "parliament")]
        assert {tuple((r.origin, r.index) for r in d.refs) for d in doubles} == {
            (first, (DESK_2, start))
        }
    view = province_of(world)
    assert view.double_check_ins == tuple(
        f"voter {voter[:8]}, {right}: {where}" for right in ("council", "parliament")
    )
    assert view.alarms == tuple(f"Double check-in: {words}" for words in view.double_check_ins)


@pytest.mark.parametrize(
    ("second", "fault"),
    [
        ((CheckInWithdrawn(4, "closed"), carded(4, 2)), (6, "a card beside a withdrawal")),
        ((carded(4, 1),), (5, "the card number 1 a second time")),
    ],
    ids=["withdrawn before the card", "under the number of the first"],
)
def test_a_second_card_is_named_however_the_desk_dresses_it(
    open_world: World, voter: str, second: tuple[Entry, ...], fault: tuple[int, str]
) -> None:
    world, liar = open_world, Liar(open_world, "a-desk-2")
    liar.link("north-1")
    liar.writes(("north-1",), checked_in(voter), carded(2, 1), checked_in(voter), *second)
    view = province_of(world)
    assert view.double_check_ins == tuple(
        f"voter {voter[:8]}, {right}: {DESK_2} entry 2 and {DESK_2} entry 4"
        for right in ("council", "parliament")
    )
    assert view.faults == (f"{DESK_2} entry {fault[0]}: {fault[1]}",)


def test_a_desk_refuses_who_has_a_card_of_a_lying_desk(open_world: World, voter: str) -> None:
    world, liar = open_world, Liar(open_world, "a-desk-2")
    liar.link("a-desk-1")
    liar.writes(("a-desk-1",), checked_in(voter), carded(2, 1))
    assert world.desk("a-desk-1").check_in(voter) == Refused(
        "already-checked-in",
        f"Already checked in at a-desk-2 at {MINUTE}: the voter has a card.",
    )


# --- two histories


def silent(*ignored: object) -> Iterator[object]:
    """Say nothing."""
    return iter(())


@pytest.mark.parametrize("road", ["both roads", "heads alone", "cosignatures alone"])
def test_two_histories_shown_to_two_stations_are_proved_and_frozen_in_bounded_time(
    open_world: World, day: SampleDay, road: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if road == "heads alone":
        monkeypatch.setattr(Cosigning, "push", silent)
    if road == "cosignatures alone":
        monkeypatch.setattr(Outgoing, "heads", silent)
    world, liar = open_world, Liar(open_world, "a-desk-2")
    honest = ("a-desk-1", "north-1")
    liar.link(*honest)
    for name, voter in zip(honest, day.voters["a"], strict=False):
        liar.say(name, liar.stretch(checked_in(voter, "council")))
    assert {len(world.disk(name).logs[DESK_2].entries) for name in honest} == {3}
    assert len({world.disk(name).logs[DESK_2].note for name in honest}) == 2
    world.advance(2 * COSIGN_EVERY_MS)
    for name in honest:
        proof = world.disk(name).forks[DESK_2]
        assert world.replica(name).logs[DESK_2].fork == proof
        verify_fork(proof, day.station("a-desk-2").key)
        liar.say(name, liar.stretch(checked_in(day.voters["a"][0], "council"), b"more"))
        assert len(world.disk(name).logs[DESK_2].entries) == 3, "frozen"
    alarm = f"Fork: {DESK_2} was signed with two histories"
    assert province_of(world).forks == (DESK_2,)
    assert alarm in province_of(world).alarms


def test_other_entries_of_the_size_already_held_are_a_fork_at_once(
    open_world: World, day: SampleDay
) -> None:
    world, liar = open_world, Liar(open_world, "a-desk-2")
    liar.link("a-desk-1")
    one, other = (liar.stretch(checked_in(voter, "council")) for voter in day.voters["a"][:2])
    liar.say("a-desk-1", one)
    assert world.disk("a-desk-1").forks == {}
    liar.say("a-desk-1", other)
    proof = world.disk("a-desk-1").forks[DESK_2]
    assert {proof.first, proof.second} == {one.note, other.note}
    verify_fork(proof, day.station("a-desk-2").key)


def test_other_entries_of_a_size_passed_long_ago_are_a_fork_at_once(
    open_world: World, day: SampleDay
) -> None:
    world, liar = open_world, Liar(open_world, "a-desk-2")
    liar.link("a-desk-1")
    other = liar.stretch(checked_in(day.voters["a"][1], "council"))
    liar.writes(("a-desk-1",), checked_in(day.voters["a"][0], "council"), carded(2, 1))
    liar.say("a-desk-1", other)
    proof = world.disk("a-desk-1").forks[DESK_2]
    assert proof.first == other.note
    verify_fork(proof, day.station("a-desk-2").key)


def test_what_a_station_signed_for_another_day_condemns_nothing(
    open_world: World, day: SampleDay
) -> None:
    """A training day with the same keys has other logs of the same stations."""
    world, liar = open_world, Liar(open_world, "a-desk-1")
    signer = day.signers["a-desk-2"]
    training = Checkpoint("pollmesh/training-day/a-desk-2/0", 1, b"\x05" * 32)
    liar.link("north-1")
    liar.say("north-1", Entries(DESK_2, 0, pack_bundle([b"x"]), sign_checkpoint(training, signer)))
    assert world.disk("north-1").forks == {}
    assert world.replica("north-1").logs[DESK_2].fork is None
    assert world.replica("north-1").refusals == {"unsigned": 1}


def test_a_cosignature_that_does_not_fit_is_answered_with_the_own_head(
    open_world: World, day: SampleDay
) -> None:
    world, liar = open_world, Liar(open_world, "a-desk-2")
    liar.link("north-1")
    liar.heard.clear()
    key = cosigner_key(day.package.day, "a-desk-2", day.station("a-desk-2").key)
    seen = Checkpoint(DESK_1, 2, b"\x07" * 32)
    line = cosign(seen, key, day.signers["a-desk-2"], 1_795_000_000).line()
    liar.say("north-1", Cosigned(DESK_1, 2, "a-desk-2", line))
    assert liar.answers("north-1", Heads) == [Heads((world.disk("north-1").logs[DESK_1].note,))]
    assert world.replica("north-1").refusals == {"unsigned": 1}


def test_heads_are_shown_again_only_when_they_moved(open_world: World, voter: str) -> None:
    world, liar = open_world, Liar(open_world, "a-desk-2")
    liar.link("a-desk-1")
    world.advance(COSIGN_EVERY_MS)
    liar.heard.clear()
    world.advance(3 * COSIGN_EVERY_MS)
    assert liar.answers("a-desk-1", Heads) == []
    liar.writes(("a-desk-1",), checked_in(voter, "council"))
    world.advance(COSIGN_EVERY_MS)
    notes = [note for heads in liar.answers("a-desk-1", Heads) for note in heads.notes]  # type: ignore[union-attr]
    assert sorted(notes) == sorted(
        world.disk("a-desk-1").logs[origin].note for origin in (DESK_1, DESK_2)
    ), "the lie, and the promise it brought"


# --- checkpoints in bulk


def test_heads_with_too_many_or_doubled_checkpoints_end_the_link(
    open_world: World, day: SampleDay
) -> None:
    world, note = open_world, open_world.disk("north-1").logs[DESK_1].note
    liar = Liar(world, "a-desk-2")
    liar.link("north-1")
    liar.heard.clear()
    liar.say("north-1", Heads((note,) * (HEADS_PER_FRAME_MAX + 1)))
    liar.say("north-1", Heads((note, note)))
    doubled = f"two checkpoints of {DESK_1} in one message"
    assert liar.answers("north-1", Bye) == [
        Bye(f"{HEADS_PER_FRAME_MAX + 1} checkpoints in one message"),
        Bye(doubled),
    ]
    assert world.replica("north-1").refusals == {"foreign": 2}
    assert world.replica("north-1").last_refusal == f"a-desk-2: {doubled}"


def test_checkpoints_that_are_known_cost_no_signature(
    open_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, liar = open_world, Liar(open_world, "a-desk-2")
    liar.link("north-1")
    verified = []

    def count(note: bytes, public: bytes) -> Checkpoint:
        verified.append(note)
        return opened(note, public)

    opened = sync.exchange.open_checkpoint
    monkeypatch.setattr("sync.exchange.open_checkpoint", count)
    monkeypatch.setattr("sync.log.open_checkpoint", count)
    known = {log.note for log in world.disk("north-1").logs.values()}
    for _ in range(100):
        liar.say("north-1", Heads(tuple(known)))
    logs = world.replica("north-1").logs.values()
    assert [log.contradicts(log.note) for log in logs] == [None] * len(known)
    assert verified == []
    news = liar.stretch(checked_in("00" * 16, "council")).note
    liar.say("north-1", Heads((news,)))
    assert verified == [news]


def test_a_station_that_holds_more_logs_than_fit_shows_its_heads_in_parts(
    open_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.exchange.HEADS_PER_FRAME_MAX", 2)
    monkeypatch.setattr("sync.outgoing.HEADS_PER_FRAME_MAX", 2)
    world, liar = open_world, Liar(open_world, "a-desk-2")
    liar.link("a-desk-1")
    liar.heard.clear()
    world.advance(COSIGN_EVERY_MS)
    parts = [len(heads.notes) for heads in liar.answers("a-desk-1", Heads)]  # type: ignore[union-attr]
    logs = world.replica("a-desk-1").wanted_logs(world.day.station("a-desk-2"))
    assert sorted(log.station for log in logs) == ["a-box-1", "a-desk-1", "a-desk-2"]
    assert parts == [2, 1]


# --- copies that are none


def test_a_box_that_claims_a_desks_log_is_no_second_copy(open_world: World, voter: str) -> None:
    world, liar = open_world, Liar(open_world, "a-box-1")
    world.part({"a-desk-1", "a-desk-2"}, {"north-1"})
    liar.link("a-desk-1")
    request = world.desk("a-desk-1").ask(voter)
    while not any(c.card for c in world.check_ins("a-desk-1").all()) and not request.is_over:
        world.advance(1)
    world.crash("a-desk-2")
    liar.say("a-desk-1", Have(DESK_1, 1_000_000))
    liar.say("a-desk-1", Heads((world.disk("a-desk-1").logs[DESK_1].note,)))
    assert "a-box-1" not in world.replica("a-desk-1").holders
    assert not request.is_over
    world.run_until_answered(request)
    outcome = request.outcome
    assert isinstance(outcome, CardReady), outcome
    assert outcome.stub
    assert outcome.words == (
        "Checked in. Card 1 for a-box-1. No other station holds it yet: keep the number on a stub."
    )


# --- words without end


def test_words_of_a_peer_are_cut(open_world: World) -> None:
    world, liar = open_world, Liar(open_world, "a-desk-2")
    liar.link("a-desk-1", "north-1")
    liar.heard.clear()
    desk, cut = world.replica("a-desk-1"), "other package: " + "x" * (WHY_LETTERS_MAX - 15)
    frame = encode_message(Bye("other package: " + "x" * 5_000))
    effects = desk.handle(FrameReceived("a-desk-2", frame), MORNING_MS + world.now_ms)
    assert effects == [Disconnect("a-desk-2", cut)]
    assert desk.other_package["a-desk-2"] == cut
    liar.say_bytes("north-1", msgspec.msgpack.encode({"m": "have", "z" * 5_000: 1}))
    (bye,) = liar.answers("north-1", Bye)
    assert isinstance(bye, Bye)
    assert len(bye.why) == WHY_LETTERS_MAX
    assert world.replica("north-1").last_refusal == f"a-desk-2: {bye.why}"


def test_a_screen_lists_fifty_faults_and_says_how_many_more(open_world: World) -> None:
    world, liar = open_world, Liar(open_world, "a-desk-2")
    liar.link("north-1")
    liar.writes(("north-1",), *(b"no entry %d" % number for number in range(LINES_MAX + 7)))
    view = province_of(world)
    assert len(view.faults) == LINES_MAX + 7
    assert len(view.alarms) == LINES_MAX + 1
    assert view.alarms[:LINES_MAX] == tuple(f"Fault: {words}" for words in view.faults[:LINES_MAX])
    assert view.alarms[LINES_MAX] == "and 7 more of the same kind"


# --- a box that returns what was not cast


def votes(contest: str, numbers: dict[str, int], ballots: int, blank: int = 0) -> ContestReturn:
    """One contest's figures."""
    rows = tuple(OptionVotes(code, number) for code, number in numbers.items())
    return ContestReturn(contest, ballots, blank, False, rows)


def parliament(ballots: int) -> ContestReturn:
    """So many ballots, all for the first candidate."""
    codes = ("11", "12", "13", "14", "15", "16")
    return votes("parliament", {c: ballots if c == "11" else 0 for c in codes}, ballots)


def council(ballots: int) -> ContestReturn:
    """So many ballots, all for the first candidate."""
    return votes("council", {c: ballots if c == "1" else 0 for c in "123"}, ballots)


def returned(cast: int, *contests: ContestReturn) -> BoxReturned:
    """A return of cards of the first desk."""
    desks = (DeskSpent("a-desk-1", cast), DeskSpent("a-desk-2", 0))
    opened = "2026-11-27T04:30Z"
    return BoxReturned(1, opened, CLOSED, cast, b"\0" * 32, desks, contests, paper_record=False)


def approved(day: SampleDay, act: PollsClosed | PollsOpened | BoxReturned) -> Entry:
    """The act with the signatures of both officers of the place."""
    names = ("a-executive", "a-supervisory")
    return replace(act, approvals=tuple(approve(BOX, act, n, day.signers[n]) for n in names))


@pytest.fixture
def ballots_day() -> SampleDay:
    """Seven voters: six with both rights, one for the council only."""
    return sample_day(desks=2, voters=7)


@pytest.fixture
def lying_box(ballots_day: SampleDay) -> Liar:
    """All seven voters have cards of the first desk; then the box's key is misused."""
    world = World(ballots_day, watched=False)
    world.open_polls()
    for voter in ballots_day.voters["a"]:
        assert isinstance(world.desk("a-desk-1").check_in(voter), CardReady)
    world.run_until_quiet()
    liar = Liar(world, "a-box-1")
    liar.link("north-1")
    return liar


def returns(liar: Liar, act: BoxReturned) -> ProvinceView:
    """The box closes and returns `act` under its officers' signatures; what supervisors see."""
    day = liar.world.day
    liar.writes(("north-1",), approved(day, PollsClosed(CLOSED)), approved(day, act))
    return province_of(liar.world)


def test_an_honest_return_raises_no_alarm(lying_box: Liar) -> None:
    view = returns(lying_box, returned(7, parliament(6), council(7)))
    assert (view.alarms, view.faults) == ((), ())
    assert [(c.contest, c.ballots) for c in view.contests] == [("parliament", 6), ("council", 7)]


def misfit(ballots: int, right: str, cards: int, cast: int, least: int) -> str:
    """The alarm about one contest of the box."""
    return (
        f"a-box-1: {ballots} ballots for {right}, where {cards} cards gave that right and {cast} "
        f"ballots were cast: between {least} and {cards} fit"
    )


ONE_MORE = (
    "a-box-1 and a-desk-1: 8 cards spent, 7 issued (the desk's log is not complete yet)",
    "a-box-1: 8 ballots cast, where the whole roll has 7 voters",
    misfit(7, "parliament", 6, 8, 7),
    misfit(8, "council", 7, 8, 8),
)


@pytest.mark.parametrize(
    ("act", "alarms"),
    [
        (returned(7, parliament(6), council(0)), (misfit(0, "council", 7, 7, 7),)),
        (returned(7, parliament(0), council(7)), (misfit(0, "parliament", 6, 7, 6),)),
        (returned(7, parliament(7), council(7)), (misfit(7, "parliament", 6, 7, 6),)),
        (returned(8, parliament(7), council(8)), ONE_MORE),
    ],
    ids=["one contest dropped", "the other dropped", "ballots without the right", "one more cast"],
)
def test_a_return_that_does_not_fit_the_cards_is_named(
    lying_box: Liar, act: BoxReturned, alarms: tuple[str, ...]
) -> None:
    assert returns(lying_box, act).alarms == alarms


GOOD = returned(7, parliament(6), council(7))
STANDS_NOT = "a return that does not stand: "


@pytest.mark.parametrize(
    ("act", "fault"),
    [
        (replace(GOOD, opened=MINUTE), "other times of opening and closing than the log's"),
        (replace(GOOD, closed=MINUTE), "other times of opening and closing than the log's"),
        (replace(GOOD, period=0), "a second return, or a period that never was"),
        (replace(GOOD, period=2), "a second return, or a period that never was"),
        (
            replace(GOOD, by_desk=(DeskSpent("a-desk-1", 4), DeskSpent("a-desk-1", 3))),
            "a desk stands twice among the cards spent",
        ),
    ],
    ids=["other opening", "other closing", "period 0", "period 2", "a desk twice"],
)
def test_a_return_signed_again_with_other_words_is_a_fault_and_not_counted(
    lying_box: Liar, act: BoxReturned, fault: str
) -> None:
    view = returns(lying_box, act)
    index = len(lying_box.held) - 1
    assert view.faults == (f"{BOX} entry {index}: {STANDS_NOT}{fault}",)
    assert view.alarms == (f"Fault: {view.faults[0]}",)
    assert view.places[0].boxes_missing == ("a-box-1",)
    assert [c.ballots for c in view.contests] == [0, 0]


@pytest.mark.parametrize("cast", [-1, 10**9 + 1, 10**40])
def test_a_return_or_count_of_an_impossible_number_is_no_entry(lying_box: Liar, cast: int) -> None:
    day = lying_box.world.day
    act = canonical(approved(day, GOOD))
    number = str(cast).encode()
    lying_box.writes(
        ("north-1",),
        b'{"kind":"CastCounted","cast":%s,"spent_digest":"%s="}' % (number, b"A" * 43),
        approved(day, PollsClosed(CLOSED)),
        act.replace(b'"cast":7', b'"cast":' + number),
    )
    view, last = province_of(lying_box.world), len(lying_box.held) - 1
    assert [words.split(": ")[:2] for words in view.faults] == [
        [f"{BOX} entry {last - 2}", "this is no entry"],
        [f"{BOX} entry {last}", "this is no entry"],
    ]
    assert (view.places[0].cast, view.places[0].boxes_missing) == (0, ("a-box-1",))


def test_a_count_of_more_ballots_than_there_are_voters_is_named(lying_box: Liar) -> None:
    lying_box.writes(("north-1",), CastCounted(900_000_000, b"\0" * 32))
    assert province_of(lying_box.world).alarms == (
        "a-box-1: 900000000 ballots cast, where the whole roll has 7 voters",
    )


def test_a_return_without_a_zero_return_before_it_is_a_fault(ballots_day: SampleDay) -> None:
    world = World(ballots_day, watched=False)
    world.run_until_quiet()
    liar = Liar(world, "a-box-1")
    assert liar.held[1] == canonical(ZeroReturned(0, 0, "2026-11-27T04:30Z"))
    world.crash("north-1")
    world.disk("north-1").logs.pop(BOX)
    world.restart("north-1")
    del liar.held[1:]
    other = Liar(world, "a-box-1") if world.is_up("a-box-1") else liar
    other.link("north-1")
    empty = returned(0, parliament(0), council(0))
    fresh = [
        canonical(approved(ballots_day, act))
        for act in (PollsOpened("2026-11-27T04:30Z"), PollsClosed(CLOSED), empty)
    ]
    log = other.signed(*fresh)
    other.say("north-1", Entries(BOX, 0, pack_bundle([*other.held, *fresh]), log.note))
    assert province_of(world).faults == (
        f"{BOX} entry 1: opened without a zero return",
        f"{BOX} entry 3: {STANDS_NOT}a return without zero return, opening and closing before it",
    )


def test_what_a_fork_proof_must_show_is_checked(open_world: World, day: SampleDay) -> None:
    """A liar who sends a made-up proof condemns nobody."""
    world, liar = open_world, Liar(open_world, "a-desk-2")
    liar.link("north-1")
    one, other = (liar.stretch(checked_in(v, "council")) for v in day.voters["a"][:2])
    log = liar.signed(canonical(checked_in(day.voters["a"][0], "council")))
    proof = log.contradicts(other.note)
    assert proof is not None
    assert proof.second == one.note
    liar.say("north-1", Forked(replace(proof, origin=DESK_1)))
    liar.say("north-1", Forked(replace(proof, first=proof.second)))
    assert world.disk("north-1").forks == {}
    assert world.replica("north-1").refusals == {"unsigned": 2}
    liar.say("north-1", Forked(proof))
    assert set(world.disk("north-1").forks) == {DESK_2}
