"""The setup wizard on a true station: package installed with progress, siblings appearing live."""

import asyncio
import shutil
from pathlib import Path

import pytest

from node.terminal import read_pin
from simulations.demo.setting import Setting, pollmesh
from tests.conftest import run_pollmesh
from tests.tui.screens import until
from tests.tui.wizard import Wizard, wizard

pytestmark = [pytest.mark.xdist_group("province"), pytest.mark.timeout(180)]

GONE = ("left", "apart")
"""Whether its goodbye is heard is a matter of milliseconds."""

INSTALL_STEPS = 6000
"""Of 10 ms: installing loads the whole program and opens a key that is slow on purpose."""


async def long_until(seen: Wizard, true, what: str) -> None:
    for _ in range(INSTALL_STEPS):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"never: {what}; {seen.text('work')} {seen.text('now')}")


def is_over(seen: Wizard) -> bool:
    work = seen.app.seen.work
    return work is not None and work.is_over


def test_a_desk_is_installed_and_sees_its_sibling_appear(province: Setting, tmp_path: Path) -> None:
    desk, sibling = "a-desk-1", "a-desk-2"
    folder = tmp_path / "station"
    folder.mkdir()
    for name in ("station.key", "enrolment.json", "station.toml"):
        shutil.copy(province.folder(desk) / name, folder / name)
    other = tmp_path / "other"
    shutil.copytree(province.folder(sibling), other)
    keeper = "registrar-executive"
    typed = {
        "package": str(province.package),
        "sheet": str(province.sheet),
        "roll": str(province.root / "roll.csv"),
        "roll_key": str(province.key(keeper, "roll")),
    }

    async def story(seen: Wizard) -> None:
        await seen.open("station")
        await seen.see("now", "It has a key and no package.")
        for name, text in typed.items():
            await seen.type(name, text)
        await seen.type("pin", "not the pin")
        await seen.press("f9")
        await long_until(seen, lambda: is_over(seen), "a wrong PIN is said")
        assert not seen.app.seen.work.is_good
        assert not (folder / "package.json").exists()
        await seen.type("pin", read_pin(province.envelope(keeper), "keeper"))
        await seen.press("f9")
        await long_until(seen, lambda: seen.app.seen.identity.stage == "installed", "installed")
        await seen.see("work", f"'{desk}' (desk at a) is ready for")
        await seen.see("now", "It is a desk at ")
        await seen.press("f8", "f8", "f8")
        await seen.see("now", "F9 starts it while setup is open.")
        await seen.press("f9")
        await long_until(seen, lambda: seen.app.seen.join.is_running, "the station runs")

        def states() -> dict[str, str]:
            return {row[0]: row[2] for row in seen.rows()}

        await until(seen.pilot, lambda: states().get(sibling, "connected") != "connected", "alone")
        process = await asyncio.create_subprocess_exec(*pollmesh("station", "run", other))
        try:
            await long_until(seen, lambda: states()[sibling] == "connected", "it appears")
        finally:
            process.terminate()
            await process.wait()
        await long_until(seen, lambda: states()[sibling] in GONE, "it was stopped")
        await seen.press("f6")
        await seen.see("now", "The station does not run.")

    async def main() -> None:
        async with wizard(folder, tmp_path / "w") as seen:
            await story(seen)

    asyncio.run(main())
    status = run_pollmesh("station", "status", folder)
    assert status.returncode == 1, "what setup started it stopped"


def test_setup_needs_a_terminal_and_a_folder(tmp_path: Path) -> None:
    done = run_pollmesh("setup", tmp_path / "new")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip() == (
        "This screen needs a terminal. Without one: pollmesh station enrol, station install, "
        "hardware list; settings are in station.toml."
    )
    assert not (tmp_path / "new").exists()
    (tmp_path / "file").touch()
    done = run_pollmesh("setup", tmp_path / "file")
    assert done.stderr.strip() == (
        f"{tmp_path / 'file'} is a file. Give the station's folder; it may be a new one."
    )
