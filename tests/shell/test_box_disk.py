"""A box and its disk: a vote is in with its card or not at all, and a lost file stops the box."""

import asyncio
import errno
import os
import stat
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import node.ballot_store
import node.files
from node.ballot_store import BallotWriter, load_ballots
from node.randomness import seal
from node.runner import Runner
from node.store import Store, StoreError
from simulations.sample_day import SampleDay, sample_day
from sync.box import Box
from sync.card import Card, write_card
from sync.effects import (
    BeginVoting,
    CastBallot,
    ProposeAct,
    SendEntries,
    SubmitAct,
    TakeBackCard,
)
from sync.encoding import decode
from sync.entries import Entry, PollsOpened
from sync.officers import approve
from sync.orders import Orders
from sync.outcomes import (
    ActProposed,
    BallotCast,
    BallotOffered,
    CardTakenBack,
    Done,
    Outcome,
    Refused,
)
from sync.replica import Replica
from sync.returns import Returns
from sync.sealed_set import SealedSet
from tests.peers.siblings import siblings_hold_nothing

BOX, DESKS = "a-box-1", ("a-desk-1", "a-desk-2")
CAST = BallotCast("Your vote is in the box. Return the card.")
SPENT = Refused("card-spent", "This card has been used. It cannot vote again.")
BLANK = (("parliament", ()), ("council", ()))


class NoLinks:
    """The box stands alone: what would go to other stations is dropped."""

    def send(self, peer: str, data: bytes) -> None: ...

    def send_entries(self, effect: SendEntries) -> None: ...

    def disconnect(self, peer: str, why: str) -> None: ...


@dataclass
class RunningBox:
    """A box at work on one folder."""

    day: SampleDay
    folder: Path
    runner: Runner
    box: Box
    store: Store
    loop: "asyncio.Task[None]"

    def card(self, number: int) -> str:
        """A card for both contests."""
        secret = number.to_bytes(16, "big")
        card = Card(self.day.package.day, BOX, ("parliament", "council"), "a-desk-1", secret)
        return write_card(card, self.day.signers["a-desk-1"])

    async def show(self, number: int) -> Outcome:
        """A voter shows card `number`."""
        return await self.runner.ask(BeginVoting(self.card(number), f"session {number}"))

    async def cast(self, number: int) -> Outcome:
        """The voter of card `number` confirms twice."""
        return await self.runner.ask(CastBallot(f"session {number}", BLANK))

    async def vote(self, number: int) -> Outcome:
        """Show the card and cast."""
        offered = await self.show(number)
        return await self.cast(number) if isinstance(offered, BallotOffered) else offered

    async def open(self) -> None:
        """Both officers open the box."""
        shown = await self.runner.ask(ProposeAct("open"))
        assert isinstance(shown, ActProposed), shown
        act = decode(shown.entry.encode(), Entry, "the opening")  # type: ignore[arg-type]
        assert isinstance(act, PollsOpened)
        names = ("a-executive", "a-supervisory")
        signers = self.day.signers
        approvals = tuple(approve(shown.origin, act, n, signers[n]) for n in names)
        assert isinstance(await self.runner.ask(SubmitAct(shown.proposal, approvals)), Done)


def start(folder: Path) -> RunningBox:
    """Start the box from its folder as a node does."""
    day = sample_day()
    package, station = day.package, day.station(BOX)
    store = Store(folder / "log.db")
    try:
        ballots = load_ballots(folder, package.day, BOX, DESKS, store.ballots_stored())
    except StoreError:
        store.close()
        raise
    replica = Replica(Orders(package), station, day.signers[BOX], "test")
    box = Box(package, station, Returns(package), replica.origin, ballots, day.signers[BOX])
    replica.take_role(box)
    for origin, entries, note in store.logs():
        replica.restore(origin, entries, note)
    siblings_hold_nothing(replica)
    runner = Runner(replica, store)
    runner.outlet = NoLinks()
    runner.store_ballot = BallotWriter(folder, runner, store, box).store
    return RunningBox(day, folder, runner, box, store, asyncio.create_task(runner.run()))


async def stop(box: RunningBox) -> None:
    """Power off."""
    box.loop.cancel()
    await asyncio.gather(box.loop, return_exceptions=True)
    box.store.close()


def with_box(folder: Path, *parts: Callable[[RunningBox], Awaitable[None]]) -> None:
    """Run each part with a box started anew on the same folder."""

    async def run() -> None:
        for part in parts:
            box = start(folder)
            try:
                await part(box)
            finally:
                await stop(box)

    asyncio.run(run())


async def one_vote(box: RunningBox) -> None:
    """The box is opened and the first voter votes."""
    await box.open()
    assert await box.vote(1) == CAST


def held(folder: Path) -> bytes:
    """The file of ballots; nothing if there is none."""
    path = folder / "box.store"
    return path.read_bytes() if path.exists() else b""


# --- starting


def ballots(count: int) -> SealedSet:
    """So many ballots with their cards."""
    day = sample_day()
    store = SealedSet(day.package.day, BOX, DESKS)
    for number in range(count):
        sealed = seal(day.station(BOX).opening_key, bytes(512))
        store = store.add("a-desk-1", bytes([number]) * 32, sealed)
    return store


def test_a_box_starts_empty_where_nothing_was_ever_stored(tmp_path: Path) -> None:
    assert load_ballots(tmp_path, "sample-1", BOX, DESKS, 0) == ballots(0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("remembered", [0, 1, 2])
def test_a_box_starts_with_what_it_remembers_or_one_more(tmp_path: Path, remembered: int) -> None:
    store = ballots(2)
    (tmp_path / "box.store").write_bytes(store.encode())
    assert load_ballots(tmp_path, "sample-1", BOX, DESKS, remembered) == store


@pytest.mark.parametrize("count", [None, 0, 2], ids=["lost", "empty", "older"])
def test_a_box_whose_ballots_are_lost_or_older_does_not_start(
    tmp_path: Path, count: int | None
) -> None:
    path = tmp_path / "box.store"
    if count is not None:
        path.write_bytes(ballots(count).encode())
    with pytest.raises(StoreError) as caught:
        load_ballots(tmp_path, "sample-1", BOX, DESKS, 3)
    assert str(caught.value) == (
        f"{path}: {count or 0} cards spent, but 3 were here before: this file is lost or older. "
        "Stop, keep this box, call the district."
    )


DAMAGE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "one bit": (
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        "box store: the checksum does not hold: the file is damaged",
    ),
    "cut off": (
        lambda data: data[: len(data) // 2],
        "box store: the checksum does not hold: the file is damaged",
    ),
    "nothing in it": (
        lambda data: b"",
        "box store: the checksum does not hold: the file is damaged",
    ),
    "another box's": (
        lambda data: SealedSet("sample-1", "b-box-1", DESKS).encode(),
        "box store: not the store of a-box-1 for sample-1: "
        "['pollmesh/box-store/v2', 'sample-1', 'b-box-1']",
    ),
    "another day's": (
        lambda data: SealedSet("sample-2", BOX, DESKS).encode(),
        "box store: not the store of a-box-1 for sample-1: "
        "['pollmesh/box-store/v2', 'sample-2', 'a-box-1']",
    ),
}


@pytest.mark.parametrize("remembered", [0, 2])
@pytest.mark.parametrize(("spoil", "words"), DAMAGE.values(), ids=DAMAGE)
def test_a_box_with_a_damaged_file_does_not_start(
    tmp_path: Path, spoil: Callable[[bytes], bytes], words: str, remembered: int
) -> None:
    path = tmp_path / "box.store"
    path.write_bytes(spoil(ballots(2).encode()))
    with pytest.raises(StoreError) as caught:
        load_ballots(tmp_path, "sample-1", BOX, DESKS, remembered)
    assert str(caught.value) == f"{path}: {words}. Stop, keep this box, call the district."


def test_a_box_whose_file_cannot_be_read_does_not_start(tmp_path: Path) -> None:
    path = tmp_path / "box.store"
    path.mkdir()
    with pytest.raises(StoreError) as caught:
        load_ballots(tmp_path, "sample-1", BOX, DESKS, 0)
    assert str(caught.value) == f"{path}: Is a directory. Stop, keep this box, call the district."


def test_a_box_whose_file_is_taken_away_overnight_says_so(tmp_path: Path) -> None:
    with_box(tmp_path, one_vote)
    (tmp_path / "box.store").unlink()
    with pytest.raises(StoreError, match="0 cards spent, but 1 were here before"):
        asyncio.run(_start_only(tmp_path))


def test_a_box_whose_file_is_put_back_older_says_so(tmp_path: Path) -> None:
    with_box(tmp_path, one_vote)
    old = held(tmp_path)

    async def another(box: RunningBox) -> None:
        assert await box.vote(2) == CAST

    with_box(tmp_path, another)
    (tmp_path / "box.store").write_bytes(old)
    with pytest.raises(StoreError, match="1 cards spent, but 2 were here before"):
        asyncio.run(_start_only(tmp_path))


async def _start_only(folder: Path) -> None:
    start(folder)


# --- storing


def test_a_vote_is_on_disk_before_the_voter_is_told_and_survives_a_restart(tmp_path: Path) -> None:
    async def restarted(box: RunningBox) -> None:
        assert len(box.box.store.ballots) == len(box.box.store.spent) == 1
        assert box.store.ballots_stored() == 1
        assert await box.show(1) == SPENT
        assert await box.vote(2) == CAST

    with_box(tmp_path, one_vote, restarted)
    path = tmp_path / "box.store"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(load_ballots(tmp_path, "sample-1", BOX, DESKS, 2).ballots) == 2


def refusing(code: int) -> Callable[[Path, bytes], None]:
    """A disk that does not take the file."""

    def write(path: Path, data: bytes) -> None:
        raise OSError(code, os.strerror(code))

    return write


@pytest.mark.parametrize("votes_before", [0, 1])
@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "No space left on device"),
        (errno.EIO, "Input/output error"),
        (errno.EROFS, "Read-only file system"),
    ],
    ids=["full", "broken", "read-only"],
)
def test_a_disk_that_takes_no_vote_casts_none_and_the_card_stays_good(
    tmp_path: Path,
    code: int,
    words: str,
    votes_before: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def part(box: RunningBox) -> None:
        await box.open()
        for number in range(votes_before):
            assert await box.vote(100 + number) == CAST
        before = (held(tmp_path), box.box.store, box.store.ballots_stored())
        with monkeypatch.context() as patch:
            patch.setattr(node.ballot_store, "write_private", refusing(code))
            for _ in range(3):
                assert await box.vote(1) == Refused(
                    "not-stored",
                    f"The vote was NOT cast: the disk says '{words}'. "
                    "The card is still good. Call an officer.",
                )
                assert (held(tmp_path), box.box.store, box.store.ballots_stored()) == before
        assert not box.loop.done(), "the box goes on"
        assert await box.cast(1) == CAST, "the same session, once the disk takes it"
        assert len(box.box.store.ballots) == len(box.box.store.spent) == votes_before + 1
        assert await box.show(1) == SPENT

    with_box(tmp_path, part)


def test_a_card_is_taken_back_on_disk_before_its_slip_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slips = []

    async def first_day(box: RunningBox) -> None:
        await one_vote(box)
        before = (held(tmp_path), box.box.store, box.store.ballots_stored())
        with monkeypatch.context() as patch:
            patch.setattr(node.ballot_store, "write_private", refusing(errno.ENOSPC))
            assert await box.runner.ask(TakeBackCard(box.card(2))) == Refused(
                "not-stored",
                "The card was NOT taken back: the disk says 'No space left on device'. "
                "The card is still good. Call an officer.",
            )
        assert (held(tmp_path), box.box.store, box.store.ballots_stored()) == before
        outcome = await box.runner.ask(TakeBackCard(box.card(2)))
        assert isinstance(outcome, CardTakenBack)
        slips.append(outcome.slip)
        stored = load_ballots(tmp_path, "sample-1", BOX, DESKS, box.store.ballots_stored())
        assert (len(stored.ballots), len(stored.spent), len(stored.returned)) == (1, 2, 1)

    async def restarted(box: RunningBox) -> None:
        assert await box.show(2) == SPENT
        outcome = await box.runner.ask(TakeBackCard(box.card(2)))
        assert isinstance(outcome, CardTakenBack)
        assert outcome.slip == slips[0]
        assert await box.vote(3) == CAST

    with_box(tmp_path, first_day, restarted)
    older = SealedSet("sample-1", BOX, DESKS)
    (tmp_path / "box.store").write_bytes(older.encode())
    with pytest.raises(StoreError, match="0 cards spent, but 3 were here before"):
        with_box(tmp_path, one_vote)


def test_a_disk_that_fails_while_writing_leaves_the_old_file_and_no_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def part(box: RunningBox) -> None:
        await one_vote(box)
        before = held(tmp_path)
        with monkeypatch.context() as patch:

            def full(descriptor: int) -> None:
                raise OSError(errno.ENOSPC, "No space left on device")

            patch.setattr(node.files.os, "fsync", full)
            refused = await box.vote(2)
        assert isinstance(refused, Refused)
        assert refused.reason == "not-stored"
        assert held(tmp_path) == before
        assert sorted(p.name for p in tmp_path.iterdir() if "box" in p.name) == ["box.store"]
        assert await box.cast(2) == CAST

    with_box(tmp_path, part)


def test_a_disk_that_fails_after_the_vote_is_in_place_ends_the_box_and_the_card_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def part(box: RunningBox) -> None:
        await one_vote(box)
        assert isinstance(await box.show(2), BallotOffered)

        def broken(folder: Path) -> None:
            raise OSError(errno.EIO, "Input/output error")

        monkeypatch.setattr(node.files, "sync_folder", broken)
        asked = asyncio.create_task(box.cast(2))
        await asyncio.wait({asked, box.loop}, return_when=asyncio.FIRST_COMPLETED)
        assert not asked.done(), "the voter is told nothing that may be wrong"
        asked.cancel()
        with pytest.raises(StoreError) as caught:
            box.loop.result()
        assert str(caught.value) == (
            f"{tmp_path / 'box.store'}: the disk failed in the middle of a vote (Input/output "
            "error). Start the box again: the voter's card tells whether the vote is in."
        )
        monkeypatch.undo()

    async def restarted(box: RunningBox) -> None:
        assert len(box.box.store.ballots) == 2
        assert await box.show(2) == SPENT

    with_box(tmp_path, part, restarted)


def test_a_disk_that_cannot_even_be_read_after_a_failed_vote_ends_the_box_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def part(box: RunningBox) -> None:
        await one_vote(box)
        assert isinstance(await box.show(2), BallotOffered)

        def dead(path: Path) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

        with monkeypatch.context() as patch:
            patch.setattr(node.ballot_store, "write_private", refusing(errno.EIO))
            patch.setattr(Path, "read_bytes", dead)
            asked = asyncio.create_task(box.cast(2))
            await asyncio.wait({asked, box.loop}, return_when=asyncio.FIRST_COMPLETED)
        assert not asked.done()
        asked.cancel()
        with pytest.raises(StoreError, match="the disk failed in the middle of a vote"):
            box.loop.result()

    with_box(tmp_path, part)


def test_a_memory_that_fails_after_the_vote_is_in_place_ends_the_box_and_counts_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def part(box: RunningBox) -> None:
        await box.open()
        assert isinstance(await box.show(1), BallotOffered)

        def full(stored: int) -> None:
            raise StoreError("log.db: database or disk is full.")

        monkeypatch.setattr(box.store, "remember_ballots", full)
        asked = asyncio.create_task(box.cast(1))
        await asyncio.wait({asked, box.loop}, return_when=asyncio.FIRST_COMPLETED)
        assert not asked.done()
        asked.cancel()
        with pytest.raises(StoreError, match="disk is full"):
            box.loop.result()

    async def restarted(box: RunningBox) -> None:
        assert (len(box.box.store.ballots), box.store.ballots_stored()) == (1, 0)
        assert await box.show(1) == SPENT
        assert await box.vote(2) == CAST
        assert (len(box.box.store.ballots), box.store.ballots_stored()) == (2, 2)

    with_box(tmp_path, part, restarted)
