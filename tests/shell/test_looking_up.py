"""A desk's roll through its own socket: look-ups are counted, who may not vote is told apart."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec.structs import replace

from node.roll_file import People
from node.store_roll import RollStore
from simulations.sample_day import SampleDay, sample_day
from sync.alarms import RUN_LEAST
from sync.roll import RollLine
from tests.shell.test_before_disk import OpenDesk, desk_at

VOTERS = 40


def listed_day(folder: Path) -> SampleDay:
    """A day of one desk, whose registry lists the voters of its place by voter key."""
    day = sample_day(desks=1, voters=VOTERS, barred=1)
    stations = tuple(replace(s, certificate=s.id.encode()) for s in day.package.stations)
    package = replace(day.package, stations=stations)
    keys = sorted((*day.voters["a"], *(v for barred in day.barred.values() for v in barred)))
    lines = [line for voter in keys if isinstance(line := day.roll.find(voter), RollLine)]
    people = People.of(
        (line, f"نام {line.standing or number}", 1980, number if line.may_vote else 0)
        for number, line in enumerate(lines, start=1)
    )
    RollStore.build(folder / "roll.db", people, "a", lambda steps: None)
    return SampleDay(package, day.roll, day.signers, day.opening, day.voters, day.barred)


def at_desk(folder: Path, part: Callable[[OpenDesk], Awaitable[None]]) -> None:
    """Run `part` at the open desk of that day."""

    async def run() -> None:
        async with asyncio.timeout(60), desk_at(folder, listed_day(folder)) as desk:
            await desk.open()
            await part(desk)

    asyncio.run(run())


def test_look_ups_are_counted_by_code_and_by_name_and_nothing_else_is_kept(tmp_path: Path) -> None:
    async def part(desk: OpenDesk) -> None:
        for body in (
            {"name": "نام 7"},
            {"name": "nobody"},
            {"name": "ن"},
            {"code": "9990000018"},
            {"code": "۹۹۹۰۰۰۰۰۲۶"},
            {"code": "1234"},
            {"scan": "no code at all"},
        ):
            await desk.post("/voters/find", body)
        assert vars(desk.running.look_ups) == {"by_code": 3, "by_name": 2}

    at_desk(tmp_path, part)


def test_who_may_not_vote_is_found_and_the_desk_says_why(tmp_path: Path) -> None:
    async def part(desk: OpenDesk) -> None:
        found = {}
        for standing in ("too-young", "deceased"):
            answer = await desk.post("/voters/find", {"name": f"نام {standing}"})
            (row,) = answer["voters"]
            assert row["voter"] == desk.day.barred[standing][0]  # type: ignore[index]
            found[standing] = (row["standing"], row["may_check_in"], row["rights"])
        assert found == {
            "too-young": ("On the roll as too young to vote on this day.", False, []),
            "deceased": (
                "On the roll as deceased. Compare the document with the person.",
                False,
                [],
            ),
        }

    at_desk(tmp_path, part)


def test_a_desk_shows_an_alarm_when_voters_come_as_the_registry_lists_them(tmp_path: Path) -> None:
    async def part(desk: OpenDesk) -> None:
        for voter in sorted(desk.day.voters["a"])[:RUN_LEAST]:
            assert not [words for words in (await desk.status()).alarms if "order" in words]
            body = {"voter": voter, "document": "passport", "means": "typed"}
            ready = await desk.post("/check-in", body)
            assert ready["kind"] == "CardReady", ready
        (alarm,) = [words for words in (await desk.status()).alarms if "order" in words]
        assert alarm.startswith(
            f"a-desk-1: {RUN_LEAST} check-ins one after the other in the order of the registry's "
            "file, to "
        )

    at_desk(tmp_path, part)
