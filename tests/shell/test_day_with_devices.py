"""A whole day through simulated peripherals: what was printed, scanned and noted."""

import json
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from tests.conftest import run_pollmesh

pytestmark = [pytest.mark.xdist_group("equipped"), pytest.mark.timeout(180)]
VOTERS = 30


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], str]:
    """The day's folder, its last line and everything it said."""
    root = tmp_path_factory.mktemp("devices") / "day"
    words = ("--voters", VOTERS, "--seed", 4, "--peripherals", "--json", "--keep", root)
    done = run_pollmesh("demo", *words, timeout=170)
    assert done.returncode == 0, done.stderr[-2000:]
    return root, json.loads(done.stdout.strip().splitlines()[-1]), done.stderr


def test_every_voter_was_scanned_and_every_card_read_from_its_paper(
    day: tuple[Path, dict[str, Any], str],
) -> None:
    _, result, _ = day
    devices = result["devices"]
    assert devices["documents scanned"] >= VOTERS
    assert devices["cards printed"] == result["issued"] == VOTERS
    assert devices["cards scanned at boxes"] == result["cast"]
    assert result["counted"] == result["expected"]


def test_one_card_one_stub_and_one_return_are_kept_as_pictures(
    day: tuple[Path, dict[str, Any], str],
) -> None:
    root, result, said = day
    paths = [root / "pictures" / f"{what}.png" for what in ("card", "stub", "return")]
    assert result["pictures"] == [str(path) for path in paths]
    codes = [[c.text for c in zxingcpp.read_barcodes(Image.open(p).convert("L"))] for p in paths]
    assert [len(found) for found in codes] == [1, 0, 1]
    assert codes[0][0].startswith("PM1:")
    assert codes[2][0].startswith("PMR1:POLLMESH/KHORSHID-2026/A-BOX-1/0/")
    assert str(paths[0]) in said.replace("\n", "")


def test_the_lid_that_was_opened_once_stands_in_what_verifies(
    day: tuple[Path, dict[str, Any], str],
) -> None:
    root, _, _ = day
    done = run_pollmesh("verify", root / "state", "--trust", root / "ceremony" / "sheet.txt")
    assert done.returncode == 0, done.stderr
    summary = json.loads((root / "state" / "summary.json").read_text("utf-8"))
    notes = [note for place in summary["view"]["places"] for note in place["notes"]]
    assert [note.split(" at ")[0] for note in notes if "lid" in note] == [
        "a-box-1: the lid was opened"
    ]


def test_no_card_code_is_left_in_a_stations_files(day: tuple[Path, dict[str, Any], str]) -> None:
    root, _, _ = day
    folders = [path for path in (root / "stations").iterdir() if path.is_dir()]
    for folder in folders:
        for path in folder.iterdir():
            if path.is_file():
                assert b"PM1:" not in path.read_bytes(), path
