"""The print queue: power cuts, empty rolls, crashes; never two cards, never one unknown unsaid."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from hw.printer.simulated import SimulatedPrinter
from hw.printer.slip import Code, Heading, Slip
from node.printing import ASKED_JOBS_MAX, PrintQueue
from node.store_file import StoreError
from node.store_jobs import Job, Jobs
from sync.outcomes import Done, Refused
from tests.peers.waiting import steer

UNKNOWN = "It may be on paper or not: look, then print it again or drop it."


async def on_disk(work: Callable[..., Any], *values: Any) -> Any:
    """As the node does it, on a thread."""
    return await asyncio.to_thread(work, *values)


async def slip_of(job: Job) -> Slip | str:
    """A code that follows from what the job is about, as a card's does from its secret."""
    match job.about:
        case "gone":
            return "It cannot be made any more."
        case "defect":
            raise AssertionError
        case "endless":
            return Slip("endless", tuple(Heading("long") for _ in range(10_000)))
        case "slow":
            await asyncio.sleep(0.2)
    return Slip(f"{job.what}-{job.about}", (Heading(job.what), Code(f"SAME-{job.about}")))


class Place:
    """A queue and a simulated printer in one folder, both running."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "printer.sock"
        self.printer = SimulatedPrinter(self.socket)
        self.jobs = Jobs(folder / "jobs.db")
        self.queue = PrintQueue(self.jobs, self.printer, slip_of, on_disk)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for something to be so."""
        async with asyncio.timeout(10):
            while not holds():
                await asyncio.sleep(0.02)

    def states(self) -> list[tuple[str, str, str]]:
        return [(job.what, job.about, job.state) for job in self.queue.views()]

    def codes(self) -> list[str]:
        """What a scanner reads from each whole paper, in the order of printing."""
        papers = sorted((self.folder / "printer-paper").glob("*.png"))
        whole = [path for path in papers if "torn" not in path.name]
        return [zxingcpp.read_barcodes(Image.open(p).convert("L"))[0].text for p in whole]


def play(folder: Path, story: Callable[[Place], Awaitable[None]]) -> None:
    """Run a story beside a running queue and printer."""

    async def run() -> None:
        place = Place(folder)
        printing = asyncio.create_task(place.printer.run())
        queueing = asyncio.create_task(place.queue.run())
        try:
            await place.until(place.socket.exists)
            await story(place)
        finally:
            for task in (queueing, printing):
                task.cancel()
            await asyncio.gather(queueing, printing, return_exceptions=True)
            place.jobs.close()

    asyncio.run(run())


def test_papers_come_out_in_order_and_only_cards_stay_listed(tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        assert await place.queue.add("card", "7") == Done("Card 7 is in the print queue.")
        await place.queue.add("stub", "7")
        await place.queue.add("card", "8")
        await place.until(lambda: len(place.codes()) == 3 and len(place.states()) == 2)
        assert place.states() == [("card", "7", "printed"), ("card", "8", "printed")]
        assert place.codes() == ["SAME-7", "SAME-7", "SAME-8"]

    play(tmp_path, story)


def test_without_paper_it_waits_and_goes_on_by_itself(tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        await steer(place.socket, do="paper_out")
        await place.queue.add("card", "7")
        await place.until(lambda: "paper" in place.queue.views()[0].words)
        assert place.states() == [("card", "7", "waiting")]
        await steer(place.socket, do="paper_in")
        await place.until(lambda: place.states() == [("card", "7", "printed")])
        assert place.codes() == ["SAME-7"]

    play(tmp_path, story)


@pytest.mark.parametrize("fraction", [0.0, 0.05, 0.5, 0.99, 1.0])
def test_a_power_cut_in_a_card_asks_a_person_and_prints_the_same_card_again(
    tmp_path: Path, fraction: float
) -> None:
    async def story(place: Place) -> None:
        await steer(place.socket, do="cut_power_after", fraction=fraction)
        await place.queue.add("card", "7")
        await place.until(lambda: place.states() == [("card", "7", "unknown")])
        await steer(place.socket, do="plug")
        await place.until(lambda: place.printer.state.is_usable)
        await asyncio.sleep(0.2)
        (view,) = place.queue.views()
        assert view.state == "unknown", "it is never printed again by itself"
        assert view.words.endswith(UNKNOWN)
        assert await place.queue.again(view.number) == Done("Card 7 is in the print queue again.")
        await place.until(lambda: place.states() == [("card", "7", "printed")])
        assert set(place.codes()) == {"SAME-7"}

    play(tmp_path, story)


def test_a_crash_while_printing_is_unknown_after_the_start(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path / "jobs.db")
    first, second = jobs.add("card", "7"), jobs.add("card", "8")
    jobs.set_state(first.number, "printing")
    jobs.close()

    async def story(place: Place) -> None:
        await place.until(lambda: ("card", "8", "printed") in place.states())
        assert place.states() == [("card", "7", "unknown"), ("card", "8", "printed")]
        assert place.codes() == ["SAME-8"]
        assert await place.queue.drop(second.number) == Done("Card 8 is out of the print queue.")
        assert await place.queue.drop(first.number) == Done("Card 7 is out of the print queue.")

    play(tmp_path, story)
    after = Jobs(tmp_path / "jobs.db")
    assert after.found() == []
    after.close()


def test_a_paper_is_marked_on_disk_before_its_first_byte(tmp_path: Path) -> None:
    seen: list[str] = []

    async def story(place: Place) -> None:
        print_slip = place.printer.print

        async def look_first(slip: Slip) -> None:
            other = sqlite3.connect(tmp_path / "jobs.db")
            seen.extend(row[0] for row in other.execute("SELECT state FROM jobs"))
            other.close()
            await print_slip(slip)

        place.printer.print = look_first  # type: ignore[method-assign]
        await place.queue.add("card", "7")
        await place.until(lambda: place.states() == [("card", "7", "printed")])

    play(tmp_path, story)
    assert seen == ["printing"]


def test_only_what_is_unknown_or_printed_is_printed_again(tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        await steer(place.socket, do="paper_out")
        await place.queue.add("card", "7")
        (view,) = place.queue.views()
        refused = Refused("no-job", "This paper does not wait for a decision.")
        assert await place.queue.again(view.number) == refused
        assert await place.queue.again(99) == refused

    play(tmp_path, story)


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ("gone", "It cannot be made any more. Drop it."),
        ("defect", "This paper cannot be made (AssertionError). Report this defect. Drop it."),
        ("endless", "Drop it."),
    ],
)
def test_what_cannot_be_printed_says_so_and_blocks_nothing_behind_it(
    tmp_path: Path, about: str, words: str
) -> None:
    async def story(place: Place) -> None:
        await place.queue.add("incident", about)
        await place.queue.add("card", "8")
        await place.until(lambda: ("card", "8", "printed") in place.states())
        failed = place.queue.views()[0]
        assert (failed.about, failed.state) == (about, "failed")
        assert failed.words.startswith("The incident is not printed: ")
        assert failed.words.endswith(words)
        assert isinstance(await place.queue.drop(failed.number), Done)

    play(tmp_path, story)


def test_a_card_asked_for_by_four_screens_at_once_is_one_paper(tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        answers = await asyncio.gather(*(place.queue.add("card", "7") for _ in range(4)))
        assert answers == [Done("Card 7 is in the print queue.")] * 4
        await place.until(lambda: place.states() == [("card", "7", "printed")])
        assert await place.queue.add("card", "7") == Done("Card 7 is in the print queue.")
        await asyncio.sleep(0.1)
        assert place.codes() == ["SAME-7"], "what is printed is not printed again by itself"
        assert await place.queue.add("card", "7", asked=True) == Done(
            "Card 7 is in the print queue."
        )
        await place.until(lambda: place.codes() == ["SAME-7", "SAME-7"])

    play(tmp_path, story)


def test_a_card_taken_while_it_is_printed_leaves_the_list_when_it_is_out(tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        go_on = asyncio.Event()
        print_slip = place.printer.print

        async def held(slip: Slip) -> None:
            await go_on.wait()
            await print_slip(slip)

        place.printer.print = held  # type: ignore[method-assign]
        await place.queue.add("card", "7")
        await place.until(lambda: place.states() == [("card", "7", "printing")])
        (view,) = place.queue.views()
        assert isinstance(await place.queue.drop(view.number), Refused), "not while it prints"
        await place.queue.card_taken(7)
        go_on.set()
        await place.until(lambda: place.states() == [])

    play(tmp_path, story)
    after = Jobs(tmp_path / "jobs.db")
    assert after.found() == []
    after.close()


def test_a_paper_dropped_while_it_is_being_made_is_not_printed(tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        await steer(place.socket, do="unplug")
        await place.until(lambda: not place.printer.state.is_usable)
        await place.queue.add("incident", "slow")
        await steer(place.socket, do="plug")
        (view,) = place.queue.views()
        answer = await place.queue.drop(view.number)
        await asyncio.sleep(0.3)
        assert isinstance(answer, Done) == (place.codes() == [])
        await place.until(lambda: place.states() == [])

    play(tmp_path, story)


def test_a_printer_whose_driver_fails_is_no_end_of_the_queue(tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        print_slip, fails = place.printer.print, [True]

        async def broken(slip: Slip) -> None:
            if fails.pop() if fails else False:
                raise ZeroDivisionError
            await print_slip(slip)

        place.printer.print = broken  # type: ignore[method-assign]
        await place.queue.add("card", "7")
        await place.queue.add("card", "8")
        await place.until(lambda: ("card", "8", "printed") in place.states())
        first = place.queue.views()[0]
        assert first.state == "unknown"
        assert first.words == (
            f"Card 7: The printer's driver failed (ZeroDivisionError). {UNKNOWN}"
        )

    play(tmp_path, story)


def test_cards_taken_just_before_a_crash_are_not_in_the_list_after_it(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path / "jobs.db")
    jobs.set_state(jobs.add("card", "gone").number, "printed")
    jobs.close()

    async def story(place: Place) -> None:
        await place.until(lambda: place.states() == [])

    play(tmp_path, story)


def test_what_a_worker_typed_is_not_in_the_files_once_it_is_printed(tmp_path: Path) -> None:
    secret = "seen only on paper"

    async def story(place: Place) -> None:
        await place.queue.add("incident", secret)
        await place.until(lambda: place.states() == [])
        for path in tmp_path.glob("jobs.db*"):
            assert secret.encode() not in path.read_bytes(), path

    play(tmp_path, story)


def test_a_queue_has_an_end(tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        await steer(place.socket, do="paper_out")
        for number in range(ASKED_JOBS_MAX):
            assert isinstance(await place.queue.add("incident", str(number), asked=True), Done)
        assert await place.queue.add("incident", "one more", asked=True) == Refused(
            "queue-full", f"{ASKED_JOBS_MAX} papers wait to be printed. Look at the printer first."
        )
        assert isinstance(await place.queue.add("card", "7"), Done), "a card is never turned away"

    play(tmp_path, story)


def test_a_damaged_queue_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "jobs.db").write_bytes(b"no database at all, but long enough" * 100)
    with pytest.raises(StoreError) as told:
        Jobs(tmp_path / "jobs.db")
    assert str(tmp_path / "jobs.db") in str(told.value)
