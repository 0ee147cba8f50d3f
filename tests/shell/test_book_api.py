"""The book of the place as a desk's screen reaches it: paths, refusals, the lock, PINs, papers."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp.test_utils import TestClient, TestServer
from msgspec.structs import replace

from hw.printer.slip import Pair, Slip, Text
from node import book_api, status
from node.clock import now_ms
from node.local_api import local_app
from node.paper import parts_of, slip_of
from node.station_files import StationSettings
from node.store_jobs import Job
from node.workers import WAIT_MS, WORKERS_FILE, Workers
from simulations.sample_day import SampleDay, sample_day, secret_of
from sync.book_views import BookView
from sync.encoding import decode
from sync.entries import Act
from sync.officers import approve
from sync.roll import voter_key
from sync.text import with_check_digit
from tests.shell.test_before_disk import DESK, HeldStore, OpenDesk, assemble

PIN = "482135"
COMPANION = with_check_digit("999000777")
CODE = with_check_digit("999000000")
VOTER = voter_key(secret_of(1, "roll key"), CODE)
LOCKED = {
    "kind": "Refused",
    "reason": "locked",
    "words": "This desk is locked. Log in with your badge number and PIN.",
}


def day_of_twelve() -> SampleDay:
    """One desk; among the voters is the one of `CODE`, the only code with a right check digit."""
    day = sample_day(desks=1, voters=12)
    stations = tuple(replace(s, certificate=s.id.encode()) for s in day.package.stations)
    package = replace(day.package, stations=stations)
    assert VOTER in day.voters["a"]
    return replace_package(day, package)


def replace_package(day: SampleDay, package: Any) -> SampleDay:
    return SampleDay(package, day.roll, day.signers, day.opening, day.voters)


class Clock:
    """The time that the lock goes by; the rest of the desk has the true one."""

    def __init__(self) -> None:
        self.ahead_ms = 0

    def __call__(self) -> int:
        return now_ms() + self.ahead_ms


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(book_api, "now_ms", found)
    monkeypatch.setattr(status, "now_ms", found)
    return found


@asynccontextmanager
async def desk_at(folder: Path, settings: StationSettings) -> AsyncIterator[OpenDesk]:
    day = day_of_twelve()
    running = assemble(folder, day)
    running.settings = settings
    store = running.store
    assert isinstance(store, HeldStore)
    loop = asyncio.create_task(running.runner.run())
    async with TestClient(TestServer(local_app(running))) as client:
        try:
            yield OpenDesk(day, running, store, client, VOTER)
        finally:
            loop.cancel()
            await asyncio.gather(loop, return_exceptions=True)
            await running.runner.on_disk(store.close)
            assert running.roll is not None
            running.roll.close()


def with_desk(
    folder: Path, *parts: Callable[[OpenDesk], Awaitable[None]], login: bool = False
) -> None:
    """Run each part with the desk started anew on the same folder."""
    settings = StationSettings(DESK, worker_login=login, lock_after_s=60)

    async def run() -> None:
        async with asyncio.timeout(60):
            for part in parts:
                async with desk_at(folder, settings) as desk:
                    await part(desk)

    asyncio.run(run())


async def done(desk: OpenDesk, path: str, body: object) -> str:
    """Its words; it must be done."""
    answer = await desk.post(path, body)
    assert answer["kind"] == "Done", answer
    return str(answer["words"])


async def refused(desk: OpenDesk, path: str, body: object) -> str:
    """The reason; it must be refused, in words."""
    answer = await desk.post(path, body)
    assert answer["kind"] == "Refused", answer
    assert answer["words"].endswith(".")
    return str(answer["reason"])


async def book(desk: OpenDesk) -> BookView:
    """What a screen is shown."""
    return msgspec.json.decode((await desk.get("/book"))[1], type=BookView)


async def signed(desk: OpenDesk, path: str, body: object) -> dict[str, Any]:
    """Propose, have both officers sign, hand in."""
    shown = await desk.post(path, body)
    assert shown["kind"] == "ActProposed", shown
    act = decode(shown["entry"].encode(), Act, "the act")  # type: ignore[arg-type]
    names = ("a-executive", "a-supervisory")
    approvals = [approve(shown["origin"], act, name, desk.day.signers[name]) for name in names]
    body = {"proposal": shown["proposal"], "approvals": msgspec.to_builtins(approvals)}
    return await desk.post("/acts/submit", body)


async def slip(desk: OpenDesk, what: str, about: str = "") -> Slip:
    """The paper; it must be made."""
    made = await slip_of(Job(0, what, about, "waiting"), desk.running)
    assert isinstance(made, Slip), made
    return made


def pairs(made: Slip) -> dict[str, str]:
    return {line.label: line.value for line in made.lines if isinstance(line, Pair)}


def test_everything_of_the_book_is_written_over_the_socket_and_read_again(tmp_path: Path) -> None:
    async def write(desk: OpenDesk) -> None:
        await desk.open()
        assert (await desk.check_in())["kind"] == "CardReady"
        told = {"about": "incident", "by": "worker", "text": "برق رفت"}
        assert await done(desk, "/book/write", told) == "Incident 1 is written at a-desk-1."
        goes = {"voter": VOTER, "companion": COMPANION, "because": "disabled"}
        await done(desk, "/book/companion", goes)
        await done(desk, "/book/observer", {"observer": "o-4", "of": "City observers"})
        await done(desk, "/book/observer/out", {"observer": "o-4"})
        await done(desk, "/book/queue", {"waiting": 14})
        await done(desk, "/book/seal", {"item": "a-box-1", "number": "77", "state": "put-on"})
        await done(
            desk, "/book/paper", {"sheet": 2, "line": 2, "code": CODE, "document": "passport"}
        )
        await done(desk, "/book/pause", {"because": "pause", "words": "lunch"})
        assert (await signed(desk, "/book/resume", {"at": ""}))["kind"] == "Done"
        item = {"item": "bag 1", "giver": "a-executive", "taker": "w-17"}
        assert (await signed(desk, "/book/custody", item))["kind"] == "Done"

    async def read(desk: OpenDesk) -> None:
        view = await book(desk)
        assert [line.what for line in reversed(view.lines)] == [
            *("written", "companion", "observer", "observer", "queue", "seal", "paper"),
            *("pause", "resume", "custody"),
        ]
        assert (view.station, view.place, view.paused, view.companion_cap) == (DESK, "a", "", 2)
        counts = view.counts
        assert (counts.incidents, counts.companions, counts.queue, counts.pauses) == (1, 1, 14, 1)
        assert [(s.item, s.numbers, s.amiss) for s in view.seals] == [("a-box-1", ("77",), False)]
        (line,) = view.paper
        assert (line.sheet, line.line, line.voter, line.amiss) == (2, 2, VOTER[:16], True)
        shown = await desk.status()
        assert shown.book_warnings == view.warnings
        assert "this voter is also checked in at a-desk-1" in view.warnings[0]
        assert (shown.worker, shown.logins, shown.locked, shown.paused) == ("", False, False, "")
        strike = {"origin": line.origin, "index": line.index}
        assert await done(desk, "/book/paper/strike", strike) == (
            "Struck: sheet 2 line 2. Key it in anew."
        )
        assert (await book(desk)).warnings == ()

    with_desk(tmp_path, write, read)


def test_no_companion_is_named_in_the_log_or_on_a_screen(tmp_path: Path) -> None:
    async def what(desk: OpenDesk) -> None:
        await desk.open()
        await desk.check_in()
        wrong = COMPANION[:9] + str((int(COMPANION[9]) + 1) % 10)
        goes = {"voter": VOTER, "companion": wrong, "because": "disabled"}
        assert await refused(desk, "/book/companion", goes) == "no-code"
        assert await refused(desk, "/book/companion", goes | {"companion": CODE}) == "same-person"
        await done(desk, "/book/companion", goes | {"companion": COMPANION})
        origin = desk.running.replica.origin
        size, _ = desk.running.runner.committed[origin]
        entries = await desk.running.runner.on_disk(desk.store.entries, origin, 0, size)
        (entry,) = [json.loads(e) for e in entries if b"CompanionAdmitted" in e]
        assert entry["companion"] != voter_key(desk.running.roll_key, COMPANION)
        for data in (*entries, (await desk.get("/book"))[1], (await desk.get("/status"))[1]):
            assert COMPANION.encode() not in data

    with_desk(tmp_path, what)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/book/write", {"about": "gossip", "by": "worker", "text": "x"}),
        ("/book/write", {"about": "incident", "by": "worker", "text": "x", "name": "x"}),
        ("/book/queue", {"waiting": "many"}),
        ("/book/pause", {"because": "tea"}),
        ("/book/seal", {"item": "x", "number": "1", "state": "lost"}),
        ("/book/paper", {"sheet": 1, "line": 1, "code": CODE, "document": "library-card"}),
        ("/workers/on", {"worker": "w-1", "pin": "1" * 65}),
        ("/workers/lock", {"now": True}),
    ],
)
def test_a_body_that_does_not_fit_is_answered_with_a_sentence(
    tmp_path: Path, path: str, body: object
) -> None:
    async def what(desk: OpenDesk) -> None:
        async with desk.client.post(path, json=body) as response:
            assert response.status == 400
            assert (await response.text()).startswith("This request cannot be read: ")
        assert (await book(desk)).lines == ()

    with_desk(tmp_path, what)


def test_a_paused_place_is_told_on_the_status_and_refuses_check_ins(tmp_path: Path) -> None:
    async def what(desk: OpenDesk) -> None:
        await desk.open()
        await done(desk, "/book/pause", {"because": "evacuation", "words": "smoke"})
        answer = await desk.check_in()
        assert (answer["kind"], answer["reason"]) == ("Refused", "paused")
        assert "(evacuation: smoke), written at a-desk-1." in (await desk.status()).paused
        assert await refused(desk, "/book/resume", {"at": "x" * 201}) == "too-long"
        assert (await signed(desk, "/book/resume", {"at": ""}))["kind"] == "Done"
        assert (await desk.check_in())["kind"] == "CardReady"

    with_desk(tmp_path, what)


def test_a_station_without_logins_is_never_locked(tmp_path: Path) -> None:
    async def what(desk: OpenDesk) -> None:
        for path, body in {
            "/workers/enrol": {"worker": "w-1", "pin": PIN},
            "/workers/on": {"worker": "w-1", "pin": PIN},
            "/workers/lock": {},
        }.items():
            assert await refused(desk, path, body) == "not-asked"
        assert (await desk.status()).locked is False
        assert await refused(desk, "/workers/off", {}) == "nobody-on"

    with_desk(tmp_path, what)


def test_a_locked_desk_answers_nothing_of_voters_until_a_worker_logs_in(tmp_path: Path) -> None:
    async def what(desk: OpenDesk) -> None:
        await desk.open()
        view = await desk.status()
        assert (view.logins, view.locked, view.worker) == (True, True, "")
        for path, body in {
            "/voters/find": {"code": CODE},
            "/check-in": {"voter": VOTER, "document": "passport", "means": "typed"},
            "/card-taken": {"number": 1},
            "/finger": {"voter": VOTER},
            "/cards/write": {"number": 1},
            "/print": {"what": "voter-list"},
            "/book/write": {"about": "incident", "by": "worker", "text": "x"},
            "/book/pause": {"because": "pause"},
            "/book/paper": {"sheet": 1, "line": 1, "code": CODE, "document": "passport"},
        }.items():
            assert await desk.post(path, body) == LOCKED, path
        assert json.loads((await desk.get("/book"))[1]) == LOCKED
        assert await refused(desk, "/book/resume", {"at": ""}) == "not-paused", "officers may ask"
        assert await desk.get("/cards/1.txt") == (403, LOCKED["words"].encode())
        on = {"worker": "w-17", "pin": PIN}
        assert await refused(desk, "/workers/on", on) == "no-worker"
        await done(desk, "/workers/enrol", on)
        assert await desk.post("/book/pause", {"because": "pause"}) == LOCKED, "a PIN is no login"
        assert await done(desk, "/workers/on", on) == "Worker w-17 is on at a-desk-1."
        view = await desk.status()
        assert (view.locked, view.worker) == (False, "w-17")
        assert (await desk.check_in())["kind"] == "CardReady"

    with_desk(tmp_path, what, login=True)


def test_a_desk_locks_when_nobody_asks_for_anything_and_the_pin_opens_it(
    tmp_path: Path, clock: Clock
) -> None:
    async def what(desk: OpenDesk) -> None:
        on = {"worker": "w-17", "pin": PIN}
        await done(desk, "/workers/enrol", on)
        await done(desk, "/workers/on", on)
        clock.ahead_ms += 50_000
        assert await done(desk, "/workers/here", {}) == "The desk stays open."
        clock.ahead_ms += 50_000
        assert (await desk.status()).locked is False
        await done(desk, "/book/queue", {"waiting": 3})
        clock.ahead_ms += 60_000
        view = await desk.status()
        assert (view.locked, view.worker) == (True, "w-17"), "the shift goes on"
        assert await refused(desk, "/workers/here", {}) == "locked"
        assert await done(desk, "/workers/on", on) == "Worker w-17 is on."
        assert await done(desk, "/workers/lock", {}) == (
            "Locked. Your badge number and PIN open it again."
        )
        assert (await desk.status()).locked is True

    with_desk(tmp_path, what, login=True)


def test_a_question_for_a_scan_is_held_while_the_desk_is_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def what(desk: OpenDesk) -> None:
        monkeypatch.setattr(book_api, "SCAN_HELD_S", 0.05)
        assert await desk.get("/scan?after=0") == (204, b"")
        monkeypatch.setattr(book_api, "SCAN_HELD_S", 30.0)
        await done(desk, "/workers/enrol", {"worker": "w-17", "pin": PIN})
        waiting = asyncio.create_task(desk.get("/scan?after=x"))
        await done(desk, "/workers/on", {"worker": "w-17", "pin": PIN})
        assert (await waiting)[0] == 400, "it was let through, and is no number"

    with_desk(tmp_path, what, login=True)


def test_a_colleague_takes_over_and_the_one_before_goes_off(tmp_path: Path) -> None:
    async def what(desk: OpenDesk) -> None:
        first, second = {"worker": "w-17", "pin": PIN}, {"worker": "w-18", "pin": "902817"}
        await done(desk, "/workers/enrol", first)
        assert await refused(desk, "/workers/enrol", second) == "locked", "nobody vouches"
        await done(desk, "/workers/on", first)
        await done(desk, "/workers/enrol", second)
        await done(desk, "/workers/lock", {})
        assert await done(desk, "/workers/on", second) == (
            "Worker w-18 is on at a-desk-1. w-17 went off."
        )
        assert await done(desk, "/workers/off", {}) == "Worker w-18 went off."
        view = await desk.status()
        assert (view.locked, view.worker) == (True, "")
        assert await desk.post("/workers/off", {}) == LOCKED

    with_desk(tmp_path, what, login=True)


def test_five_wrong_pins_make_everybody_wait_a_minute(tmp_path: Path, clock: Clock) -> None:
    async def what(desk: OpenDesk) -> None:
        on = {"worker": "w-17", "pin": PIN}
        await done(desk, "/workers/enrol", on)
        wrong = [await refused(desk, "/workers/on", on | {"pin": "111222"}) for _ in range(5)]
        assert wrong == ["wrong-pin"] * 5
        answer = await desk.post("/workers/on", on)
        assert answer["words"] == "5 PINs were wrong. Wait 60 seconds."
        clock.ahead_ms += WAIT_MS
        assert await refused(desk, "/workers/on", on | {"pin": "111222"}) == "wrong-pin"
        assert await refused(desk, "/workers/on", on) == "wait", "one more wrong one, one more wait"
        clock.ahead_ms += WAIT_MS
        await done(desk, "/workers/on", on | {"pin": "۴۸۲۱۳۵"})

    with_desk(tmp_path, what, login=True)


def test_tries_at_the_same_time_are_counted_one_by_one(tmp_path: Path) -> None:
    async def what(desk: OpenDesk) -> None:
        await done(desk, "/workers/enrol", {"worker": "w-17", "pin": PIN})
        tries = [{"worker": "w-17", "pin": f"00000{n}"} for n in range(1, 9)]
        told = await asyncio.gather(*(refused(desk, "/workers/on", one) for one in tries))
        assert sorted(told) == ["wait"] * 3 + ["wrong-pin"] * 5

    with_desk(tmp_path, what, login=True)


@pytest.mark.parametrize("pin", ["12345", "1234567890123", "111111", "abcdef", "", "-12345"])
def test_a_pin_is_six_to_twelve_digits(tmp_path: Path, pin: str) -> None:
    async def what(desk: OpenDesk) -> None:
        assert await refused(desk, "/workers/enrol", {"worker": "w-1", "pin": pin}) == "no-pin"
        assert not (tmp_path / WORKERS_FILE).exists()

    with_desk(tmp_path, what, login=True)


def test_a_pin_is_kept_as_a_hash_that_only_this_user_can_read(tmp_path: Path) -> None:
    async def enrol(desk: OpenDesk) -> None:
        await done(desk, "/workers/enrol", {"worker": "w-17", "pin": PIN})
        text = (tmp_path / WORKERS_FILE).read_text("utf-8")
        assert PIN not in text
        assert '"worker":"w-17"' in text
        assert stat.S_IMODE((tmp_path / WORKERS_FILE).stat().st_mode) == 0o600

    async def again(desk: OpenDesk) -> None:
        assert (await desk.status()).locked is True, "a start locks"
        await done(desk, "/workers/on", {"worker": "w-17", "pin": PIN})

    with_desk(tmp_path, enrol, again, login=True)


@pytest.mark.parametrize("data", [b"", b"{}", b"no json", b"x" * 70_000])
def test_a_damaged_file_of_workers_never_opens_the_desk(tmp_path: Path, data: bytes) -> None:
    (tmp_path / WORKERS_FILE).write_bytes(data)
    workers = Workers(tmp_path, StationSettings(DESK, worker_login=True))
    assert workers.is_locked(0)
    for answer in (
        asyncio.run(workers.check("w-1", PIN, 0)),
        asyncio.run(workers.enrol("w-1", PIN, 0)),
    ):
        assert answer is not None
        assert (answer.kind if hasattr(answer, "kind") else type(answer).__name__) == "Refused"
        assert "choose PINs anew." in answer.words
    assert (tmp_path / WORKERS_FILE).read_bytes() == data


def test_cases_and_defective_documents_are_counted_and_timed_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def what(desk: OpenDesk) -> None:
        clock = Clock()
        monkeypatch.setattr("node.local_api.now_ms", clock)
        await desk.open()
        assert await refused(desk, "/book/defective", {"voter": VOTER}) == "no-case"
        await desk.post("/voters/find", {"code": CODE})
        await done(desk, "/book/defective", {"voter": VOTER})
        clock.ahead_ms += 9 * 60_000
        assert (await desk.check_in())["kind"] == "CardReady"
        await desk.post("/voters/find", {"code": CODE})
        clock.ahead_ms += 2 * 60_000
        await desk.check_in()
        assert (await book(desk)).counts.cases == 0, "sums are not written one by one"
        shown = await desk.post("/acts/propose", {"act": "close"})
        act = decode(shown["entry"].encode(), Act, "the act")  # type: ignore[arg-type]
        names = ("a-executive", "a-supervisory")
        both = [approve(shown["origin"], act, name, desk.day.signers[name]) for name in names]
        body = {"proposal": shown["proposal"], "approvals": msgspec.to_builtins(both)}
        assert (await desk.post("/acts/submit", body))["kind"] == "Done"
        counts = (await book(desk)).counts
        assert (counts.cases, counts.case_minutes) == (1, 2)
        assert (counts.defective_cases, counts.defective_case_minutes) == (1, 9)

    with_desk(tmp_path, what)


def test_an_incident_is_printed_with_its_number_and_text(tmp_path: Path) -> None:
    async def what(desk: OpenDesk) -> None:
        told = {"about": "complaint", "by": "voter", "text": "The queue was long."}
        await done(desk, "/book/write", told)
        made = await slip(desk, "written", "۰۰۱")
        assert made.title == "complaint-1"
        assert pairs(made)["شماره / Number"] == "a-desk-1 / 1"
        assert Text("The queue was long.") in made.lines
        assert await parts_of("written", "۰۰۱", desk.running) == ["1"]
        assert await slip_of(Job(0, "written", "2", "waiting"), desk.running) == (
            "This desk has written down no such thing; its last number is 1."
        )

    with_desk(tmp_path, what)


@pytest.mark.parametrize("text", ["ش" * 1_500, ("eleven " * 300)[:1_500], "x " * 750], ids=range(3))
def test_the_longest_text_fits_on_one_slip(tmp_path: Path, text: str) -> None:
    async def what(desk: OpenDesk) -> None:
        await done(desk, "/book/write", {"about": "incident", "by": "worker", "text": text})
        assert (await slip(desk, "written", "1")).title == "incident-1"

    with_desk(tmp_path, what)


def test_the_closing_minutes_say_what_the_place_knows(tmp_path: Path) -> None:
    async def what(desk: OpenDesk) -> None:
        await desk.open()
        await desk.check_in()
        await done(desk, "/book/queue", {"waiting": 14})
        await done(desk, "/book/seal", {"item": "a-box-1", "number": "77", "state": "put-on"})
        await done(desk, "/book/seal", {"item": "a-box-1", "number": "78", "state": "found-whole"})
        await done(desk, "/book/observer", {"observer": "o-4", "of": "City observers"})
        made = await slip(desk, "closing-minutes")
        found = pairs(made)
        assert found["صف / Queue at the door"] == "14"
        assert found[DESK] == "open, 1 checked in, 1 cards"
        assert (found["a-box-1"], found["o-4"]) == ("77", "City observers")
        texts = [line.text for line in made.lines if isinstance(line, Text)]
        assert any(t.startswith("a-box-1: seal 78 was found") for t in texts)
        assert await parts_of("closing-minutes", "", desk.running) == ["0"]

    with_desk(tmp_path, what)


def test_the_voter_list_marks_who_is_checked_in_and_keeps_its_lines(tmp_path: Path) -> None:
    async def what(desk: OpenDesk) -> None:
        await desk.open()
        assert await parts_of("voter-list", "", desk.running) == ["1"]
        before = await slip(desk, "voter-list")
        assert (before.title, pairs(before)["برگ / Sheet"]) == ("voter-list-1", "1 of 1")
        rows = list(pairs(before).items())[2:]
        assert [value for _, value in rows] == ["[ ]"] * 12
        assert [label.split()[0] for label, _ in rows] == [str(n) for n in range(1, 13)]
        await desk.check_in()
        after = list(pairs(await slip(desk, "voter-list", "1")).items())[2:]
        assert [label for label, _ in after] == [label for label, _ in rows], "the same lines"
        (mark,) = [value for _, value in after if value != "[ ]"]
        assert mark.startswith("[x] ")
        assert mark.endswith("Z a-desk-1")
        assert await slip_of(Job(0, "voter-list", "2", "waiting"), desk.running) == (
            "The voter list has no such sheet. Its sheets are 1 to 1."
        )

    with_desk(tmp_path, what)


def test_a_line_of_the_printed_list_is_keyed_in_by_its_numbers_alone(tmp_path: Path) -> None:
    async def what(desk: OpenDesk) -> None:
        roll = desk.running.roll
        assert roll is not None
        people = [voter for voter, _ in roll.page(0, 40)]
        own = people.index(VOTER) + 1
        line = {"sheet": 1, "line": own, "document": "passport"}
        other = line | {"line": own % 12 + 1, "code": CODE}
        answer = await desk.post("/book/paper", other)
        assert answer["words"] == (
            f"On the printed voter list, sheet 1 line {own % 12 + 1} is another person. Compare "
            "both numbers; sheets written by hand are numbered from 2 on."
        )
        assert await refused(desk, "/book/paper", line | {"line": 13}) == "no-code"
        assert await refused(desk, "/book/paper", line | {"line": 41, "code": CODE}) == "other-line"
        assert await refused(desk, "/book/paper", line | {"sheet": 2}) == "no-code"
        assert await done(desk, "/book/paper", line) == f"Sheet 1 line {own} is keyed in."
        found = desk.running.check_ins
        assert found is not None
        assert [fact.ref.index for fact in found.book.on_paper(VOTER)] == [1]
        assert await refused(desk, "/book/paper", line | {"code": CODE}) == "keyed-already"
        marks = pairs(await slip(desk, "voter-list", "1"))
        assert [mark for mark in marks.values() if "paper" in mark] == [f"[x] paper 1/{own}"]

    with_desk(tmp_path, what)
