"""Training days keep to themselves: a folder, a key and a package are for one kind of day."""

import shutil
import subprocess
import sys

import pytest
from msgspec.structs import replace

from node.installation import check_for_station, install
from node.slips import plain_test_slip
from node.station_files import enrol
from node.training import REAL_FILE, TRAINING_FILE, default_folder, mark, training_problem
from simulations.demo.setting import environment
from sync.encoding import canonical
from sync.errors import PackageError
from tests.conftest import run_pollmesh
from tests.shell.fake_district import PollingDay

BOX = "a-box-1"


class Day:
    """A package of one kind, signed, for a box that enrolled in `folder`."""

    def __init__(self, folder, source, training):
        self.folder, self.source = folder, source
        enrolled = enrol(folder, BOX) if not folder.exists() else None
        self.day = PollingDay()
        key = enrolled or self.kept
        stations = tuple(
            replace(s, key=key.key, certificate=key.certificate) if s.id == BOX else s
            for s in self.day.package.stations
        )
        self.day.package = replace(self.day.package, stations=stations, training=training)
        Day.kept = key
        source.mkdir()
        (source / "package.json").write_bytes(canonical(self.day.package))
        (source / "package.note").write_bytes(self.day.sign())
        (source / "roll.index").write_bytes(self.day.roll)

    def install(self):
        """Install the package in the folder."""
        trust = self.day.trust
        package, station = check_for_station(self.folder, self.source, trust)
        install(self.folder, self.source, trust, package, station, None, None, lambda steps: None)


@pytest.mark.parametrize(
    ("first", "name", "other", "words"),
    [
        (
            True,
            TRAINING_FILE,
            REAL_FILE,
            "is for training days (TRAINING.txt), this package is for a real one. "
            "Its key was used where nothing counts: enrol in a folder of its own.",
        ),
        (
            False,
            REAL_FILE,
            TRAINING_FILE,
            "is for real days (REAL-DAY.txt), this package is for training. "
            "Enrol in a folder of its own: pollmesh station enrol --training.",
        ),
    ],
)
def test_a_folder_that_served_one_kind_of_day_never_takes_the_other(
    tmp_path, first, name, other, words
):
    folder = tmp_path / "station"
    Day(folder, tmp_path / "first", first).install()
    assert ((folder / name).exists(), (folder / other).exists()) == (True, False)
    # The mark outlives the package: removing what was installed makes no clean folder of it.
    for file in ("package.json", "package.note", "trust.json"):
        (folder / file).unlink()
    with pytest.raises(PackageError) as refused:
        Day(folder, tmp_path / "second", not first).install()
    assert str(refused.value) == f"{folder} {words}"
    assert not (folder / "package.json").exists()


def test_a_folder_enrolled_for_training_takes_no_real_package(tmp_path):
    folder = tmp_path / "station"
    day = Day(folder, tmp_path / "package", False)
    mark(folder, True)
    with pytest.raises(PackageError, match="is for training days"):
        day.install()


def test_a_folder_enrolled_without_a_word_becomes_what_it_first_serves(tmp_path):
    assert training_problem(tmp_path, True) is None
    assert training_problem(tmp_path, False) is None
    mark(tmp_path, False)
    assert training_problem(tmp_path, False) is None
    assert (tmp_path / REAL_FILE).read_text().startswith("This folder is for real polling days.")


def test_folders_are_named_apart_if_nobody_says_where(tmp_path):
    assert default_folder([BOX], training=False).name == BOX
    assert default_folder([BOX], training=True).name == f"training-{BOX}"
    assert default_folder([BOX, "a-box-2"], training=True).name == "training-stations"
    done = subprocess.run(
        [sys.executable, "-m", "node", "station", "enrol", "--id", BOX, "--training"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / f"training-{BOX}").iterdir()) == [
        TRAINING_FILE,
        "enrolment.json",
        "station.key",
        "station.toml",
    ]


@pytest.mark.xdist_group("province")
def test_a_station_marked_for_real_days_does_not_run_a_training_package(province, tmp_path):
    folder = tmp_path / BOX
    shutil.copytree(province.folder(BOX), folder)
    assert (folder / TRAINING_FILE).exists()
    (folder / TRAINING_FILE).rename(folder / REAL_FILE)
    done = run_pollmesh("station", "run", folder)
    assert done.returncode == 1
    assert " ".join(done.stderr.split()) == (
        f"{folder} is for real days (REAL-DAY.txt), this package is for training. "
        "Enrol in a folder of its own: pollmesh station enrol --training."
    )


def test_the_test_slip_of_a_training_day_is_marked_like_all_its_papers():
    assert plain_test_slip(BOX).watermark == "TEST"
    assert plain_test_slip(BOX, training=True).watermark == "TRAINING"
