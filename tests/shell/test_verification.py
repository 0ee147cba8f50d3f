"""`pollmesh verify`: what holds, what does not, and that every changed byte is named."""

import json
import random
import shutil

import pytest

from node.verification import LOOK, ORIGIN_UNKNOWN, VERIFIED, WRONG, verify_folder
from sync.trust import parse_trust
from tests.conftest import run_pollmesh

pytestmark = [pytest.mark.xdist_group("day"), pytest.mark.timeout(240)]


@pytest.fixture
def state(finished_day, tmp_path):
    """A copy of the pulled folder that a test may spoil."""
    return shutil.copytree(finished_day.state, tmp_path / "state")


@pytest.fixture
def trust(finished_day):
    return parse_trust([finished_day.sheet.read_text("utf-8")])


def test_an_untouched_folder_verifies_and_gives_the_counted_votes(finished_day, state, trust):
    verdict = verify_folder(state, trust)
    assert (verdict.exit_code, verdict.problems, verdict.look_into) == (VERIFIED, (), ())
    counted = {
        contest: {code: votes for code, votes in sums.items() if code[0] != "#"}
        for contest, sums in verdict.totals.items()
    }
    assert counted == finished_day.result["expected"]


def test_without_fingerprints_the_origin_is_unknown_and_the_exit_code_says_so(state):
    done = run_pollmesh("verify", state)
    assert done.returncode == ORIGIN_UNKNOWN
    assert "consistent, origin unknown: give the fingerprints (--trust)" in done.stderr


def test_other_fingerprints_do_not_verify(state):
    other = "executive=0000 0000 0000 0000 0000 0000 0000 0000"
    done = run_pollmesh(
        "verify", state, "--trust", other, "--trust", other.replace("executive", "supervisory")
    )
    assert done.returncode == WRONG
    assert "fingerprint" in done.stderr


def test_every_changed_byte_is_noticed_and_its_file_named(state, trust):
    chance = random.Random(20)
    files = sorted(path for path in state.rglob("*") if path.is_file())
    assert len(files) > 40
    for path in files:
        data = path.read_bytes()
        for place in {0, len(data) - 1, *(chance.randrange(len(data)) for _ in range(3))}:
            spoilt = bytearray(data)
            spoilt[place] ^= 1 << chance.randrange(8)
            path.write_bytes(spoilt)
            verdict = verify_folder(state, trust)
            assert verdict.exit_code == WRONG, (path, place)
            name = str(path.relative_to(state))
            assert any(name in words for words in verdict.problems), (name, place, verdict.problems)
        path.write_bytes(data)
    assert verify_folder(state, trust).exit_code == VERIFIED


def test_a_changed_entry_is_named_by_its_number(state, trust):
    path = next((state / "logs" / "a-desk-1" / "0" / "tile" / "entries").rglob("000.p/*"))
    data = bytearray(path.read_bytes())
    at = data.index(b'"PollsOpened"')
    data[at + 1] ^= 1
    path.write_bytes(data)
    verdict = verify_folder(state, trust)
    name = str(path.relative_to(state))
    assert verdict.problems[0] == f"{name}: entry 1 is not the one that was signed"


def test_a_derived_file_is_made_again_and_never_believed(state, trust):
    path = state / "summary.json"
    summary = json.loads(path.read_bytes())
    key = next(iter(summary["tally"]))
    summary["tally"][key] += 1
    path.write_text(json.dumps(summary))
    verdict = verify_folder(state, trust)
    assert verdict.exit_code == WRONG
    assert verdict.problems == ("summary.json: not what the logs give",)


def test_added_and_missing_files_are_named(state, trust):
    (state / "logs" / "notes.txt").write_text("x")
    gone = next((state / "logs" / "b-desk-1" / "0" / "tile" / "0").rglob("000*/*"))
    gone.unlink()
    verdict = verify_folder(state, trust)
    assert verdict.exit_code == WRONG
    assert "logs/notes.txt: does not belong here" in verdict.problems
    assert any(str(gone.relative_to(state)) in words for words in verdict.problems)


def test_a_log_that_was_left_out_is_said(state, trust):
    """Whoever publishes a folder cannot drop a box without anybody noticing."""
    shutil.rmtree(state / "logs" / "b-box-1")
    verdict = verify_folder(state, trust)
    assert verdict.exit_code in (WRONG, LOOK)
    assert any("b-box-1" in words for words in (*verdict.problems, *verdict.look_into))
