"""Which slips a paper takes, and which one a job names, asked of stations that run."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from hw.printer.slip import Pair, Slip
from node.links import Links
from node.paper import TEXT_LETTERS_MAX, parts_of, slip_of
from node.runner import Runner
from node.running import Running
from node.station_files import StationSettings
from node.store import Store
from node.store_jobs import Job
from simulations.sample_day import SampleDay, sample_day
from sync.box import Box
from sync.orders import Orders
from sync.package import ContestOption
from sync.replica import Replica
from sync.returns import Returns
from sync.sealed_set import SealedSet
from tests.peers.siblings import siblings_hold_nothing
from tests.shell.test_before_disk import OpenDesk, with_desk

BOX = "a-box-1"
OPTIONS = 5_000
LONG = "7" * 5_000


def large_day() -> SampleDay:
    """As many options as a province has, all in one contest."""
    day = sample_day()
    election = day.package.elections[0]
    options = tuple(
        ContestOption(f"{number:04}", f"نامزد نمونه {number}", f"Candidate {number}")
        for number in range(OPTIONS)
    )
    contest = replace(election.contests[0], code_digits=4, options=options, lists=())
    elections = (replace(election, contests=(contest,)), *day.package.elections[1:])
    package = replace(day.package, elections=elections)
    return SampleDay(package, day.roll, day.signers, day.opening, day.voters)


def with_box(folder: Path, day: SampleDay, what: Callable[[Running], Awaitable[None]]) -> None:
    """A box that has begun its log: it holds the zero return."""

    async def go() -> None:
        package, station, signer = day.package, day.station(BOX), day.signers[BOX]
        replica, returns = Replica(Orders(package), station, signer, "test"), Returns(package)
        sealed = SealedSet(package.day, BOX, ("a-desk-1", "a-desk-2"))
        replica.take_role(Box(package, station, returns, replica.origin, sealed, signer))
        siblings_hold_nothing(replica)
        store = Store(folder / "log.db")
        runner = Runner(replica, store)
        links = Links(package, station, signer.seed, runner, store)
        running = Running(
            *(folder, StationSettings(BOX), package, station, replica, runner, links, store, 0),
            *(None, returns, None, b"", {}),
        )
        loop = asyncio.create_task(runner.run())
        try:
            async with asyncio.timeout(15):
                while runner.committed.get(replica.origin, (0, b""))[0] < 2:
                    await asyncio.sleep(0.01)
                await what(running)
        finally:
            loop.cancel()
            await asyncio.gather(loop, return_exceptions=True)
            await runner.on_disk(store.close)

    asyncio.run(go())


async def slip(what: str, about: str, running: Running) -> Slip:
    """It must be made."""
    made = await slip_of(Job(0, what, about, "waiting"), running)
    assert isinstance(made, Slip), made
    return made


async def refused(what: str, about: str, running: Running) -> str:
    """It must not be made."""
    made = await slip_of(Job(0, what, about, "waiting"), running)
    assert isinstance(made, str), made
    return made


def test_the_parts_of_a_zero_return_name_every_option_of_a_province_once(tmp_path: Path) -> None:
    async def what(running: Running) -> None:
        parts = await parts_of("zero-return", "", running)
        assert parts == [str(number) for number in range(len(parts))]
        assert len(parts) > 1
        slips = [await slip("zero-return", about, running) for about in parts]
        assert [one.title for one in slips] == [
            f"zero-return-{number}-of-{len(parts)}" for number in range(1, len(parts) + 1)
        ]
        pairs = [line for one in slips for line in one.lines if isinstance(line, Pair)]
        named = [pair for pair in pairs if pair.label.partition(" ")[2].startswith("نامزد نمونه")]
        contest = running.package.contests_by_id["parliament"]
        assert named == [Pair(f"{o.code} {o.name}", "0") for o in contest.options]
        assert await slip("zero-return", "", running) == slips[0]
        assert await slip("zero-return", "۰۲", running) == slips[2]
        assert await parts_of("zero-return", "۰۲", running) == ["2"]
        over = await refused("zero-return", str(len(parts)), running)
        last = len(parts) - 1
        assert over == f"This paper has no part '{len(parts)}'. Its parts are 0 to {last}."

    with_box(tmp_path, large_day(), what)


@pytest.mark.parametrize("about", [LONG, "-1", "x", "²", "๗", "1" * 10, "\ud800"])
def test_what_is_no_number_is_answered_in_words(tmp_path: Path, about: str) -> None:
    async def what(running: Running) -> None:
        for paper in ("card", "stub", "check-list", "zero-return", "return"):
            words = await refused(paper, about, running)
            assert len(words) < 100
            assert await parts_of(paper, about, running) == (
                ["0"] if paper == "check-list" else [about]
            )

    with_box(tmp_path, sample_day(), what)


def test_a_paper_that_cannot_be_made_has_one_part_that_says_why(tmp_path: Path) -> None:
    async def what(running: Running) -> None:
        for paper, words in {
            "return": "This box has not returned yet.",
            "check-list": "Nobody is checked in here yet.",
        }.items():
            (part,) = await parts_of(paper, "", running)
            assert await refused(paper, part, running) == words
        assert await parts_of("incident", "007 lamps fell", running) == ["007 lamps fell"]
        assert await parts_of("zero-return", "", running) == ["0"]
        assert (await slip("zero-return", "", running)).title == "zero-return"

    with_box(tmp_path, sample_day(), what)


def test_an_incident_of_too_many_lines_is_refused_before_it_is_queued(tmp_path: Path) -> None:
    async def what(running: Running) -> None:
        lines = "x\n" * (TEXT_LETTERS_MAX // 2)
        assert await refused("incident", lines, running) == (
            "This has too many lines for one slip. Make it two."
        )
        # The longest text in words of the worst length for the narrowest paper.
        await slip("incident", ("eleven " * TEXT_LETTERS_MAX)[:TEXT_LETTERS_MAX], running)

    with_box(tmp_path, sample_day(), what)


def test_a_card_has_one_number_however_it_is_written(tmp_path: Path) -> None:
    async def what(desk: OpenDesk) -> None:
        await desk.open()
        ready = await desk.check_in()
        number, running = ready["number"], desk.running
        card = await slip("card", str(number), running)
        persian = str(number).translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
        for written in (f"00{number}", persian, f"٠{persian}"):
            assert await slip("card", written, running) == card
            assert await parts_of("card", written, running) == [str(number)]
            assert await parts_of("stub", written, running) == [str(number)]
        assert (await slip("stub", persian, running)).title == f"stub-{number}"
        assert await parts_of("check-list", "", running) == ["0"]
        assert (await slip("check-list", "۰", running)).title == "check-list-1"
        assert await refused("check-list", "1", running) == (
            "The check-list has no line '1'. Its lines are 0 to 0."
        )

    with_desk(tmp_path, what)
