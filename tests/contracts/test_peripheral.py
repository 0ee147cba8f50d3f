"""What every driver stands on: the loop that comes back, and the one thread that may get stuck."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from hw.peripheral import (
    GarbledError,
    Keeper,
    NotInstalledError,
    OneThread,
    PeripheralError,
    RefusedError,
    SeveralError,
    SlowError,
    State,
    UnpluggedError,
)

LIMIT_S = 5


class Cable(Keeper):
    """A driver whose device is a queue: an error takes it away, and then it is found again."""

    def __init__(self) -> None:
        super().__init__(retry_s=0.01)
        self.ends: asyncio.Queue[Exception] = asyncio.Queue()
        self.opened = 0
        self.closed = 0

    async def _serve(self) -> None:
        self.opened += 1
        self._stand("ready", "It works.", serial="1")
        try:
            raise await self.ends.get()
        finally:
            self.closed += 1


@asynccontextmanager
async def kept(driver: Cable) -> AsyncIterator["asyncio.Task[None]"]:
    run = asyncio.create_task(driver.run())
    try:
        yield run
    finally:
        run.cancel()
        await asyncio.wait({run})


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not condition():
            await asyncio.sleep(0.001)


def run_for_a_while(work: Callable[[], Awaitable[None]]) -> None:
    async def go() -> None:
        async with asyncio.timeout(4 * LIMIT_S):
            await work()

    asyncio.run(go())


@pytest.mark.parametrize(
    ("error", "standing"),
    [
        (UnpluggedError, "unplugged"),
        (SeveralError, "several"),
        (SlowError, "slow"),
        (GarbledError, "garbled"),
        (NotInstalledError, "not-installed"),
        (RefusedError, "attention"),
    ],
)
def test_every_loss_is_a_state_with_words_and_the_device_comes_back(
    error: type[PeripheralError], standing: str
) -> None:
    async def work() -> None:
        driver = Cable()
        assert driver.state == State("starting", "Looking for the device.")
        seen: list[State] = []
        stand = driver._stand

        def stand_and_note(*words: Any, **values: str) -> None:
            stand(*words, **values)
            seen.append(driver.state)

        driver._stand = stand_and_note  # type: ignore[method-assign]
        async with kept(driver):
            await driver.ends.put(error("It is so. Do this."))
            await until(lambda: driver.opened == 2)
        ready = State("ready", "It works.", (("serial", "1"),))
        assert seen == [ready, State(standing, "It is so. Do this."), ready]
        assert (driver.opened, driver.closed) == (2, 2)

    run_for_a_while(work)


def test_only_ready_and_attention_are_usable() -> None:
    standings = (
        *("starting", "ready", "attention", "unplugged"),
        *("several", "slow", "garbled", "not-installed"),
    )
    usable = [standing for standing in standings if State(standing, "").is_usable]
    assert usable == ["ready", "attention"]


def test_a_driver_that_is_cancelled_lets_go_of_its_device() -> None:
    async def work() -> None:
        driver = Cable()
        async with kept(driver) as run:
            await until(lambda: driver.opened == 1)
        assert run.cancelled()
        assert driver.closed == 1

    run_for_a_while(work)


def test_a_defect_of_ours_ends_the_driver_and_is_not_taken_for_a_state() -> None:
    async def work() -> None:
        driver = Cable()
        async with kept(driver) as run:
            await driver.ends.put(ZeroDivisionError())
            with pytest.raises(ZeroDivisionError):
                await run

    run_for_a_while(work)


def test_calls_run_one_after_the_other_on_one_thread() -> None:
    async def work() -> None:
        thread = OneThread("The card reader")
        order: list[int] = []

        def call(number: int) -> tuple[int, str]:
            order.append(number)
            return number, threading.current_thread().name

        answers = await asyncio.gather(*(thread.do(LIMIT_S, call, n) for n in range(20)))
        assert answers == [(n, "The card reader") for n in range(20)]
        assert order == list(range(20))
        thread.close()

    run_for_a_while(work)


def test_an_exception_passes_to_whoever_called_and_the_thread_goes_on() -> None:
    async def work() -> None:
        thread = OneThread("The card reader")

        def refuse() -> None:
            raise RefusedError("The card is full.")

        for _ in range(2):
            with pytest.raises(RefusedError, match=r"^The card is full\.$"):
                await thread.do(LIMIT_S, refuse)
        assert await thread.do(LIMIT_S, len, "abc") == 3
        thread.close()

    run_for_a_while(work)


def test_a_timeout_of_the_device_itself_is_its_answer_and_nothing_is_overdue() -> None:
    async def work() -> None:
        thread = OneThread("The printer")

        def wait_for_paper() -> None:
            raise TimeoutError("no paper")

        with pytest.raises(TimeoutError, match="no paper"):
            await thread.do(LIMIT_S, wait_for_paper)
        assert await thread.do(LIMIT_S, len, "abc") == 3
        thread.close()

    run_for_a_while(work)


@pytest.mark.parametrize("error", [StopIteration, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_even_an_unusual_exception_does_not_end_the_thread(error: type[BaseException]) -> None:
    async def work() -> None:
        thread = OneThread("The card reader")

        def fail() -> None:
            raise error

        with pytest.raises(RuntimeError, match="The card reader"):
            await thread.do(LIMIT_S, fail)
        assert await thread.do(LIMIT_S, len, "abc") == 3
        thread.close()

    run_for_a_while(work)


def test_a_stuck_call_costs_one_thread_and_others_hear_so_at_once() -> None:
    async def work() -> None:
        thread, stuck = OneThread("The card reader"), threading.Event()
        begun = [one.ident for one in threading.enumerate()]
        with pytest.raises(SlowError) as caught:
            await thread.do(0.05, stuck.wait)
        assert caught.value.words == (
            "The card reader did not answer within 0.05 s. Look at its cable."
        )
        for _ in range(50):
            with pytest.raises(SlowError, match="still has not answered"):
                async with asyncio.timeout(0.5):
                    await thread.do(60, len, "abc")
        names = [one.name for one in threading.enumerate() if one.ident not in begun]
        assert names == ["The card reader"]
        stuck.set()
        await until(lambda: not thread._overdue)
        assert await thread.do(LIMIT_S, len, "abc") == 3
        thread.close()

    run_for_a_while(work)


def test_a_call_that_waited_behind_a_stuck_one_is_not_done_late() -> None:
    async def work() -> None:
        thread, stuck = OneThread("The printer"), threading.Event()
        done: list[str] = []
        first = asyncio.create_task(thread.do(0.2, stuck.wait))
        second = asyncio.create_task(thread.do(0.05, done.append, "a page nobody waits for"))
        third = asyncio.create_task(thread.do(LIMIT_S, done.append, "a page given up"))
        await asyncio.wait({first, second})
        third.cancel()
        await asyncio.wait({third})
        assert [type(task.exception()) for task in (first, second)] == [SlowError, SlowError]
        stuck.set()
        await until(lambda: not thread._overdue)
        assert await thread.do(LIMIT_S, len, "abc") == 3
        assert done == []
        thread.close()

    run_for_a_while(work)


def test_a_caller_that_gives_up_leaves_a_stuck_call_overdue_for_the_next() -> None:
    async def work() -> None:
        thread, stuck, begun = OneThread("The card reader"), threading.Event(), threading.Event()
        given_up = asyncio.create_task(thread.do(LIMIT_S, lambda: begun.set() or stuck.wait()))
        await until(begun.is_set)
        given_up.cancel()
        await asyncio.wait({given_up})
        with pytest.raises(SlowError):
            await thread.do(0.05, len, "abc")
        stuck.set()
        await until(lambda: not thread._overdue)
        assert await thread.do(LIMIT_S, len, "abc") == 3
        thread.close()

    run_for_a_while(work)


def test_a_stuck_call_never_blocks_the_loop() -> None:
    async def work() -> None:
        thread, stuck = OneThread("The card reader"), threading.Event()
        call = asyncio.create_task(thread.do(LIMIT_S, stuck.wait))
        loop, ticks = asyncio.get_running_loop(), []
        for _ in range(20):
            before = loop.time()
            await asyncio.sleep(0.005)
            ticks.append(loop.time() - before)
        assert sorted(ticks)[10] < 0.1
        assert not call.done()
        stuck.set()
        assert await call
        thread.close()

    run_for_a_while(work)


def test_a_closed_thread_ends_once_idle_and_begins_anew_when_called() -> None:
    async def work() -> None:
        thread = OneThread("The closed reader")

        def living() -> int:
            return sum(one.name == "The closed reader" for one in threading.enumerate())

        thread.close()
        assert living() == 0
        assert await thread.do(LIMIT_S, len, "abc") == 3
        assert living() == 1
        thread.close()
        assert await thread.do(LIMIT_S, len, "ab") == 2
        await until(lambda: living() == 1)
        assert await thread.do(LIMIT_S, len, "a") == 1
        thread.close()
        await until(lambda: living() == 0)

    run_for_a_while(work)


def test_a_thread_closed_while_stuck_ends_when_the_call_comes_back() -> None:
    async def work() -> None:
        thread, stuck = OneThread("The stuck reader"), threading.Event()
        with pytest.raises(SlowError):
            await thread.do(0.02, stuck.wait)
        thread.close()
        stuck.set()
        await until(lambda: all(one.name != "The stuck reader" for one in threading.enumerate()))

    run_for_a_while(work)


def test_a_loop_that_ended_first_does_not_hurt_the_thread() -> None:
    thread, stuck, hurt = OneThread("The late reader"), threading.Event(), []
    hook, threading.excepthook = threading.excepthook, hurt.append  # type: ignore[assignment]

    async def give_up() -> None:
        with pytest.raises(SlowError):
            await thread.do(0.02, stuck.wait)

    try:
        asyncio.run(give_up())
        stuck.set()
        thread.close()
        for one in threading.enumerate():
            if one.name == "The late reader":
                one.join(LIMIT_S)
                assert not one.is_alive()
    finally:
        threading.excepthook = hook
    assert hurt == []
