"""A roll on its way to a desk, by the real commands: whole or not at all, whatever happens."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from node.commands import ceremony, package, station
from node.installation import load_trust
from node.package_files import load_package
from node.store_roll import RollStore
from simulations.voters import bar, make_voters, places_and_rights, write_roll
from sync.roll import roll_root
from tests.shell.test_ceremony_files import PROVINCE, STATIONS, Day, run

ROOT = Path(__file__).parents[2]
VOTERS, BARRED = 30_000, 31
DESK = "a-desk-1"


class RollDay(Day):
    """The example day without its spare, whose codes have nothing to do with the roll."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.province = root / "province.toml"
        text = PROVINCE.read_text("utf-8").replace('[[spares]]\nid = "spare-1"\ncode = true\n', "")
        self.province.write_text(text, "utf-8")

    def new_words(self, folder: Path, roll: Path | None = None) -> tuple[object, ...]:
        """`package new` into `folder`."""
        return (
            *("new", folder, "--province", self.province, "--ceremony", self.ceremony),
            *("--enrolments", self.stations, *self.roll_options(roll)),
        )


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> RollDay:
    """A signed package with a roll of some length; nothing is installed yet."""
    made = RollDay(tmp_path_factory.mktemp("roll-day"))
    homes, rights = places_and_rights(PROVINCE)
    write_roll(made.roll, bar(make_voters(VOTERS, 7, homes, rights), BARRED))
    run(ceremony.app, "new", made.ceremony, "--province", made.province, "--demo")
    words = [word for name in STATIONS for word in ("--id", name)]
    run(station.app, "enrol", made.stations, *words)
    run(package.app, *made.new_words(made.package))
    made.sign(made.package, "executive")
    made.sign(made.package, "supervisory")
    return made


def install_words(day: RollDay, folder: Path) -> list[str]:
    words = ("install", folder, "--package", day.package, "--trust", day.sheet)
    return [str(word) for word in (*words, *day.roll_options())]


def fresh(day: RollDay, folder: Path) -> Path:
    """A copy of the enrolled desk, nothing installed."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in (day.stations / DESK).iterdir():
        if path.name in ("station.key", "station.toml", "enrolment.json"):
            (folder / path.name).write_bytes(path.read_bytes())
            (folder / path.name).chmod(0o600)
    return folder


def is_whole(day: RollDay, folder: Path) -> bool:
    """Installed as the package says; a folder without a package is not installed at all."""
    if not (folder / "package.json").exists():
        return False
    made = load_package(folder)
    load_trust(folder)
    roll = RollStore.open(folder / "roll.db")
    assert (roll.count(), roll_root(roll.lines())) == (VOTERS, made.roll.root)
    roll.close()
    return True


def test_a_package_counts_who_may_not_vote_and_a_desk_knows_why(
    day: RollDay, tmp_path: Path
) -> None:
    result = run(package.app, *day.new_words(tmp_path / "p"), "--json")
    said = json.loads(result.stdout)
    assert (said["people"], said["may_not_vote"]) == (VOTERS, {"too-young": 16, "deceased": 15})
    assert said["base_hash"] == load_package(day.package).base_hash.hex()
    folder = fresh(day, tmp_path / "desk")
    said = json.loads(run(station.app, *install_words(day, folder), "--json").stdout)
    assert (said["stations"], said["people"]) == ([DESK], VOTERS)
    roll = RollStore.open(folder / "roll.db")
    barred = [line for line in roll.lines() if not line.may_vote]
    assert {line.rights for line in barred} == {()}
    assert sorted(line.standing for line in barred) == ["deceased"] * 15 + ["too-young"] * 16
    for line in barred:
        person = roll.person(line.voter)
        assert person is not None
        assert (person.standing, roll.ordinal(line.voter)) == (line.standing, None)
    mine = [line.voter for line in roll.lines() if line.home == "a" and line.may_vote]
    assert sorted(roll.ordinal(v) or 0 for v in mine) == list(range(1, len(mine) + 1))
    roll.close()


def test_rejected_lines_are_one_json_object_and_nothing_is_installed(
    day: RollDay, tmp_path: Path
) -> None:
    roll = tmp_path / "roll.csv"
    lines = day.roll.read_text("utf-8").splitlines(keepends=True)
    lines[7] = lines[7].replace("999", "99x", 1)
    roll.write_text("".join(lines), "utf-8")
    folder = fresh(day, tmp_path / "desk")
    words = ("install", folder, "--package", day.package, "--trust", day.sheet, "--json")
    result = run(station.app, *words, *day.roll_options(roll), code=1)
    assert json.loads(result.stdout) == {
        "rejected": 1,
        "rejected_file": f"{roll}.rejected",
        "first": [[8, "A national code has digits only."]],
    }
    assert not (folder / "roll.db").exists()
    assert not is_whole(day, folder)


def test_another_roll_than_the_packages_is_refused(day: RollDay, tmp_path: Path) -> None:
    roll = tmp_path / "roll.csv"
    roll.write_text("".join(day.roll.read_text("utf-8").splitlines(keepends=True)[:-1]), "utf-8")
    folder = fresh(day, tmp_path / "desk")
    words = ("install", folder, "--package", day.package, "--trust", day.sheet)
    result = run(station.app, *words, *day.roll_options(roll), code=1)
    assert f"roll: roll.voters: {VOTERS - 1} voters, the package says {VOTERS}." in result.stderr
    assert not (folder / "roll.db").exists()


@pytest.mark.parametrize("before", ["nothing", "the same day"])
def test_an_import_killed_at_any_moment_leaves_what_was_there(
    day: RollDay, tmp_path: Path, before: str
) -> None:
    folder = fresh(day, tmp_path / "desk")
    installed = before == "the same day"
    if installed:
        run(station.app, *install_words(day, folder))
    marks = (".roll.db.part", "half of .roll.db.part", "roll-key.sealed", "roll.index")
    for mark in marks:
        command = [sys.executable, "-m", "node", "station", *install_words(day, folder)]
        ages = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)
        try:
            while process.poll() is None and not has_come_to(folder, mark, ages):
                time.sleep(0.001)
            process.send_signal(signal.SIGKILL)
        finally:
            process.kill()
            process.communicate()
        assert process.returncode == -signal.SIGKILL, f"it had ended before {mark}"
        assert is_whole(day, folder) is installed
    run(station.app, *install_words(day, folder))
    assert is_whole(day, folder)
    assert [path.name for path in folder.iterdir() if ".part" in path.name] == []


def has_come_to(folder: Path, mark: str, ages: dict[str, int]) -> bool:
    """Has the import written this file since?"""
    path = folder / mark.removeprefix("half of ")
    try:
        stat = path.stat()
    except FileNotFoundError:
        return False
    if mark.startswith("half of "):
        return stat.st_size > 1_000_000
    return stat.st_mtime_ns != ages.get(mark)


@pytest.fixture
def small_drive(tmp_path: Path) -> Iterator[Path]:
    """A real drive of two megabytes."""
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    words = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(words, check=False, capture_output=True).returncode:
        pytest.skip("needs root and the permission to mount")
    with ExitStack() as stack:
        stack.callback(subprocess.run, ["umount", "-l", str(folder)], check=False)
        yield folder


def test_a_full_disk_is_a_sentence_and_leaves_nothing_half(day: RollDay, small_drive: Path) -> None:
    folder = fresh(day, small_drive / "desk")
    result = run(station.app, *install_words(day, folder), code=1)
    assert result.stderr == (
        f"{folder}/roll.db: the disk is full; free some space and try again. The roll was not "
        "written; what was there still is.\n"
    )
    assert sorted(path.name for path in folder.iterdir()) == [
        "enrolment.json",
        "station.key",
        "station.toml",
    ]


def test_a_drive_without_room_for_the_rejected_lines_still_says_the_first(
    day: RollDay, small_drive: Path
) -> None:
    roll = small_drive / "roll.csv"
    header, *rows = day.roll.read_text("utf-8").splitlines(keepends=True)
    bad = [row.replace("999", "99x", 1) for row in rows[:12_000]]
    roll.write_text(header + "".join(bad), "utf-8")
    (small_drive / "filler").write_bytes(b"x" * 1_200_000)
    result = run(package.app, *day.new_words(small_drive / "p", roll), code=1)
    lines = result.stderr.splitlines()
    assert lines[0] == f"{roll}: line 2: A national code has digits only."
    assert lines[-1] == (
        f"{roll}: 12000 lines rejected, nobody was taken. No file of them could be written."
    )
    assert not Path(f"{roll}.rejected").exists()
