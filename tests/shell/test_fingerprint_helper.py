"""The helper process: what it may not leave behind, and every way it can fail its driver.

Most of these run the real helper on the system's Python with libfprint's virtual device; where a
helper must misbehave, a shell script stands in its place.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hw.catalogue import Libfprint, make
from hw.fingerprint.libfprint import LibfprintReader
from hw.fingerprint.words import PROBLEMS
from hw.peripheral import PeripheralError
from tests.peers.finger import PYTHON, VirtualReader, helper_pids, needs_libfprint

FINGER = "finger-4711-of-nobody"
HELPER = Path(__file__).parents[2] / "hw" / "fingerprint" / "helper.py"
ANSWERS_LIST = """read _; echo '{"devices":[{"name":"R","driver":"d","id":"0","keeps":false}]}'"""
ANSWERS_OPEN = """read _; echo '{"opened":true,"touches":5}'"""

Condition = Callable[[], object]


async def until(condition: Condition) -> None:
    async with asyncio.timeout(15):
        while not condition():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def reader_on(
    python: Path | str, device: str = "", finger_s: float = 2.0
) -> AsyncIterator[LibfprintReader]:
    """A driver that runs, however it stands."""
    settings = Libfprint(python=str(python), device=device)
    reader = LibfprintReader(settings, finger_s=finger_s, retry_s=0.05)
    run = asyncio.create_task(reader.run())
    try:
        yield reader
    finally:
        run.cancel()
        await asyncio.wait({run})


async def ready(reader: LibfprintReader) -> None:
    await until(lambda: reader.state.standing == "ready")


async def problem(work: Awaitable[object]) -> tuple[type[PeripheralError], str]:
    with pytest.raises(PeripheralError) as caught:
        await work
    return type(caught.value), caught.value.words


def no_progress(done: int, needed: int) -> None:
    pass


def files_under(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if not path.is_socket()}


def memory_holds(pid: int, wanted: bytes) -> bool:
    """Look through all memory of a process; only root may, as the helper is not dumpable."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            span, rights, *_ = line.split()
            start, end = (int(part, 16) for part in span.split("-"))
            if not rights.startswith("rw"):
                continue
            memory.seek(start)
            if wanted in memory.read(end - start):
                return True
    return False


@needs_libfprint
def test_no_file_is_written_and_none_could_be(tmp_path: Path) -> None:
    async def go() -> None:
        home = tmp_path / "home"
        home.mkdir()
        device = VirtualReader(tmp_path)
        folders = " ".join(
            f"{name}='{home}'"
            for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
        )
        found = f"FP_VIRTUAL_DEVICE='{device.socket()}'"
        device.run_instead(f"cd '{home}'\nexport {folders} {found}\nexec {PYTHON} \"$@\"")
        before = files_under(tmp_path), files_under(HELPER.parent)
        async with reader_on(device.python) as reader:
            await ready(reader)
            (pid,) = helper_pids(tmp_path)
            limits = Path(f"/proc/{pid}/limits").read_text().splitlines()
            nothing = {line[:26].strip(): line[26:].split()[:2] for line in limits}
            assert nothing["Max file size"] == ["0", "0"]
            assert nothing["Max core file size"] == ["0", "0"]
            await device.send(*[f"SCAN {FINGER}"] * 6)
            await reader.enrol(no_progress)
            assert await reader.verify()
            await reader.forget()
        assert (files_under(tmp_path), files_under(HELPER.parent)) == before

    asyncio.run(go())


@needs_libfprint
def test_no_finger_passes_between_helper_and_driver(tmp_path: Path) -> None:
    async def go() -> None:
        device = VirtualReader(tmp_path)
        asked, answered = tmp_path / "asked", tmp_path / "answered"
        device.run_instead(
            f"export FP_VIRTUAL_DEVICE='{device.socket()}'\n"
            f"tee '{asked}' | {PYTHON} \"$@\" | tee '{answered}'"
        )
        async with reader_on(device.python) as reader:
            await ready(reader)
            await device.send(*[f"SCAN {FINGER}"] * 5, "RETRY 1", f"SCAN {FINGER}", "SCAN other")
            await reader.enrol(no_progress)
            assert [await reader.verify(), await reader.verify()] == [True, False]
            await reader.forget()
        lines = [json.loads(line) for line in answered.read_text().splitlines()]
        assert [set(line) for line in lines[:2]] == [{"devices"}, {"opened", "touches"}]
        assert lines[2:] == [
            *({"stage": stage, "of": 5} for stage in range(1, 6)),
            {"enrolled": True},
            {"retry": "short"},
            {"match": True},
            {"match": False},
            {"forgotten": True},
        ]
        assert [json.loads(line)["do"] for line in asked.read_text().splitlines()] == [
            *("list", "open", "enrol", "verify", "verify", "forget"),
        ]

    asyncio.run(go())


@needs_libfprint
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may look into the helper's memory")
def test_a_forgotten_finger_is_nowhere_in_the_helpers_memory(tmp_path: Path) -> None:
    async def go() -> None:
        device = VirtualReader(tmp_path)
        async with reader_on(device.python) as reader:
            await ready(reader)
            (pid,) = helper_pids(tmp_path)
            await device.send(*[f"SCAN {FINGER}"] * 6)
            await reader.enrol(no_progress)
            assert await reader.verify()
            # The virtual device itself keeps the last line it was fed, until a longer one.
            longer = "x" * 200
            await device.send(f"SCAN {longer}")
            assert not await reader.verify()
            assert memory_holds(pid, FINGER.encode())
            await reader.forget()
            assert not memory_holds(pid, FINGER.encode())
            assert helper_pids(tmp_path) == [pid]

    asyncio.run(go())


@needs_libfprint
def test_the_helper_ends_with_its_driver_however_that_ends(tmp_path: Path) -> None:
    async def go() -> None:
        device = VirtualReader(tmp_path)
        async with reader_on(device.python) as reader:
            await ready(reader)
            (pid,) = helper_pids(tmp_path)
            enrolling = asyncio.create_task(reader.enrol(no_progress))
            await device.send(f"SCAN {FINGER}")
        assert not Path(f"/proc/{pid}").exists()
        assert await problem(enrolling) == PROBLEMS["forgotten"]
        # A driver that is killed says nothing: its end of the pipe is closed, no more.
        process = await asyncio.create_subprocess_exec(
            *(device.python, "-I", "-B", str(HELPER)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b'{"do": "list"}\n{"do": "open", "number": 0}\n')
        for _ in range(2):
            await process.stdout.readline()
        await device.send("SLEEP 60000")
        process.stdin.write(b'{"do": "enrol"}\n')
        process.stdin.close()
        async with asyncio.timeout(5):
            assert await process.stdout.read() == b'{"cancelled": true}\n'
            assert await process.wait() == 0

    asyncio.run(go())


@needs_libfprint
def test_a_helper_killed_in_the_middle_is_told_and_starts_again(tmp_path: Path) -> None:
    async def go() -> None:
        device = VirtualReader(tmp_path)
        async with reader_on(device.python) as reader:
            await ready(reader)
            await device.send(*[f"SCAN {FINGER}"] * 5)
            await reader.enrol(no_progress)
            (pid,) = helper_pids(tmp_path)
            verifying = asyncio.create_task(reader.verify())
            await until(lambda: reader.state.words == "Put the finger on the reader.")
            os.kill(pid, signal.SIGKILL)
            assert await problem(verifying) == PROBLEMS["ended"]
            await until(lambda: reader.state.standing == "unplugged")
            await ready(reader)
            assert helper_pids(tmp_path) != [pid]
            assert await problem(reader.verify()) == PROBLEMS["nothing-taken"]

    asyncio.run(go())


@needs_libfprint
@pytest.mark.parametrize(
    ("code", "kind"), [(0, "failed"), (5, "failed"), (257, "hot"), (4, "busy")]
)
def test_a_device_that_reports_an_error_is_usable_again(
    tmp_path: Path, code: int, kind: str
) -> None:
    async def go() -> None:
        device = VirtualReader(tmp_path)
        async with reader_on(device.python) as reader:
            await ready(reader)
            await device.send(f"SCAN {FINGER}", f"ERROR {code}")
            assert await problem(reader.enrol(no_progress)) == PROBLEMS[kind]
            await ready(reader)
            await device.send(*[f"SCAN {FINGER}"] * 6)
            await reader.enrol(no_progress)
            assert await reader.verify()

    asyncio.run(go())


@needs_libfprint
@pytest.mark.parametrize(
    ("variables", "named", "standing", "words"),
    [
        (
            ("FP_VIRTUAL_DEVICE", "FP_VIRTUAL_IMAGE"),
            "",
            "several",
            "More than one fingerprint reader is plugged in: ",
        ),
        (("FP_VIRTUAL_DEVICE", "FP_VIRTUAL_IMAGE"), "Image device", "ready", "Ready for a finger."),
        (("FP_VIRTUAL_DEVICE",), "virtual_device", "ready", "Ready for a finger."),
        (
            ("FP_VIRTUAL_DEVICE",),
            "4500",
            "unplugged",
            "No fingerprint reader named “4500” is plugged in. Plug it in, or change its name in "
            "the settings.",
        ),
        (
            ("FP_VIRTUAL_DEVICE_STORAGE",),
            "",
            "unplugged",
            "The reader Virtual device with storage and identification for debugging stores "
            "fingers in itself, which is not allowed here. Plug in one that does not.",
        ),
        (("FP_VIRTUAL_DEVICE_STORAGE", "FP_VIRTUAL_DEVICE"), "", "ready", "Ready for a finger."),
        (
            ("NO_VARIABLE_OF_ITS",),
            "",
            "unplugged",
            "No fingerprint reader is plugged in. Plug it in.",
        ),
    ],
)
def test_the_one_reader_that_fits_is_used(
    tmp_path: Path, variables: tuple[str, ...], named: str, standing: str, words: str
) -> None:
    async def go() -> None:
        async with reader_on(VirtualReader(tmp_path, *variables).python, named) as reader:
            await until(lambda: reader.state.standing != "starting")
            assert (reader.state.standing, reader.state.words[: len(words)]) == (standing, words)
            if standing != "ready":
                assert await problem(reader.verify())

    asyncio.run(go())


@pytest.mark.parametrize("python", ["/nonexistent/python3", "/bin/false", sys.executable])
def test_a_computer_without_libfprint_says_what_to_install(python: str) -> None:
    async def go() -> None:
        async with reader_on(python) as reader:
            await until(lambda: reader.state.standing != "starting")
            assert (reader.state.standing, reader.state.words) == (
                "not-installed",
                "This computer lacks what drives a fingerprint reader. Install it: "
                "apt install gir1.2-fprint-2.0 python3-gi libfprint-2-2",
            )
            assert await problem(reader.enrol(no_progress)) == PROBLEMS["not-installed"]
            await reader.forget()

    asyncio.run(go())


@pytest.mark.parametrize(
    "script",
    [
        "echo 'no json'; cat >/dev/null",
        "head -c 100000 /dev/zero; cat >/dev/null",
        """echo '{"devices": "many"}'; cat >/dev/null""",
        """echo '{"template": "AAAA"}'; cat >/dev/null""",
        f"""{ANSWERS_LIST}; {ANSWERS_OPEN}; echo '{{"match": true}}'; cat >/dev/null""",
        f"""{ANSWERS_LIST}; {ANSWERS_OPEN}; echo '{{"stage": 1, "of": 5}}'; cat >/dev/null""",
    ],
    ids=["words", "no-end", "shape", "template", "unasked", "unasked-stage"],
)
def test_what_cannot_be_read_is_a_state_and_the_process_is_ended(
    tmp_path: Path, script: str
) -> None:
    async def go() -> None:
        device = VirtualReader(tmp_path)
        device.run_instead(script)
        async with reader_on(device.python) as reader:
            await until(lambda: reader.state.standing == "garbled")
            assert reader.state.words == PROBLEMS["garbled"][1]

    asyncio.run(go())


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ("""yes '{"stage": 1, "of": 5}'""", "garbled"),
        ("""echo '{"match": true}'; cat >/dev/null""", "garbled"),
        ("""echo '{"problem": "from-the-future"}'; cat >/dev/null""", "garbled"),
        ("exit 3", "ended"),
        ("cat >/dev/null", "slow"),
    ],
    ids=["flood", "wrong-answer", "unknown-problem", "gone", "silent"],
)
def test_a_helper_that_misbehaves_in_an_enrolment_is_told(
    tmp_path: Path, script: str, kind: str
) -> None:
    async def go() -> None:
        device = VirtualReader(tmp_path)
        device.run_instead(f"{ANSWERS_LIST}; {ANSWERS_OPEN}; read _; {script}")
        async with reader_on(device.python, finger_s=0.2) as reader:
            await ready(reader)
            assert await problem(reader.enrol(no_progress)) == PROBLEMS[kind]

    asyncio.run(go())


def test_a_helper_that_does_not_forget_is_ended(tmp_path: Path) -> None:
    async def go() -> None:
        device = VirtualReader(tmp_path)
        device.run_instead(f"{ANSWERS_LIST}; {ANSWERS_OPEN}; read _; echo '{{}}'; cat >/dev/null")
        ended = tmp_path / "ended"
        async with reader_on(device.python) as reader:
            await ready(reader)
            device.run_instead(f"touch '{ended}'; cat >/dev/null")
            await reader.forget()
            # The next one has started: the one before has ended.
            await until(ended.exists)

    asyncio.run(go())


def test_a_helper_given_up_at_any_step_of_its_start_is_not_left_running(tmp_path: Path) -> None:
    async def go() -> None:
        device = VirtualReader(tmp_path)
        device.run_instead("cat >/dev/null")
        for steps in range(12):
            reader = LibfprintReader(Libfprint(python=str(device.python)))
            run = asyncio.create_task(reader.run())
            for _ in range(steps):
                await asyncio.sleep(0)
            run.cancel()
            async with asyncio.timeout(15):
                await asyncio.wait({run})
            assert helper_pids(tmp_path) == []

    asyncio.run(go())


def test_the_catalogue_makes_both_drivers(tmp_path: Path) -> None:
    from hw.catalogue import Simulated
    from hw.fingerprint.simulated import SimulatedFingerReader

    made = [
        make("fingerprint", settings, tmp_path, print)
        for settings in (Libfprint(), Simulated(socket="finger.sock"))
    ]
    assert [type(reader) for reader in made] == [LibfprintReader, SimulatedFingerReader]
