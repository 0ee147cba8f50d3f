"""A folder or a terminal that is not what a command needs: said at once, with what to do."""

import pytest

from tests.conftest import run_pollmesh


@pytest.mark.parametrize("words", [("run",), ("status",), ("end-session",)])
def test_a_folder_that_is_no_station_is_said_to_be_none(tmp_path, words):
    for folder in (tmp_path / "nosuch", tmp_path):
        done = run_pollmesh("station", *words, folder)
        assert done.returncode == 1
        assert " ".join(done.stderr.split()) == (
            f"{folder} is no station's folder. Make one with 'pollmesh station enrol {folder} "
            "--id ID', or give the folder where that was done."
        )


@pytest.mark.parametrize("screen", ["desk", "supervisor"])
def test_a_screen_opens_on_a_station_and_in_a_terminal_only(tmp_path, screen):
    assert "is no station's folder" in run_pollmesh(screen, tmp_path / "nosuch").stderr
    for name in ("station.key", "station.toml"):
        (tmp_path / name).touch()
    done = run_pollmesh(screen, tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip() == (
        "This screen needs a terminal. Without one: pollmesh station status FOLDER --json"
    )


def test_verify_tells_a_wrong_folder_from_a_wrong_result(tmp_path):
    done = run_pollmesh("verify", tmp_path)
    assert done.stderr.strip() == (
        f"{tmp_path} holds no pulled state. Give the folder that 'pollmesh pull' wrote."
    )
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "package.json").touch()
    assert f"There is one in {tmp_path / 'state'}." in run_pollmesh("verify", tmp_path).stderr
    for name in ("station.toml", "package.json"):
        (tmp_path / name).touch()
    assert "is a station's folder. Pull it first" in run_pollmesh("verify", tmp_path).stderr


def test_several_stations_are_enrolled_all_or_none(tmp_path):
    done = run_pollmesh("station", "enrol", tmp_path, "--id", "a-desk-1", "--id", "../x")
    assert done.returncode == 1
    assert done.stderr.strip() == "'../x' is no id. Use 1 to 32 of a-z, 0-9 and hyphen."
    assert list(tmp_path.iterdir()) == []
