"""`pollmesh verify`: what holds, what does not, and that every changed byte is named."""

import base64
import json
import os
import random
import shutil
import socket

import pytest

from node.state_folder import derive, read_state, write_derived
from node.verification import LOOK, ORIGIN_UNKNOWN, VERIFIED, WRONG, verify_folder
from sync.encoding import canonical
from sync.entries import LogFinal, encode_entry
from sync.trust import parse_trust
from tests.conftest import run_pollmesh
from tests.shell.fake_district import FakeDistrict, PollingDay, line_by

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


# --- a small state, pulled from a few signed logs

DESK, BOX, DISTRICT = "a-desk-1", "a-box-1", "north-1"
BASE = f"logs/{DESK}/0"


@pytest.fixture(scope="module")
def small_day():
    return PollingDay()


@pytest.fixture(scope="module")
def pulled(small_day, tmp_path_factory):
    """A desk's log of 300 entries, cosigned by the district, and the district's own."""
    root = tmp_path_factory.mktemp("pulled")
    (root / "home").mkdir()
    logs = {DESK: small_day.entries(300), DISTRICT: small_day.entries(2)}
    FakeDistrict(small_day, logs, [DISTRICT]).pull(root / "home", root / "state")
    return root / "state"


@pytest.fixture
def small(pulled, tmp_path):
    """A copy of it that a test may spoil."""
    return shutil.copytree(pulled, tmp_path / "small")


def problems_of(small, small_day):
    verdict = verify_folder(small, small_day.trust)
    assert verdict.exit_code == (WRONG if verdict.problems else LOOK)
    return verdict.problems


def test_the_small_state_is_sound(small, small_day):
    assert problems_of(small, small_day) == ()


def test_every_further_line_under_a_checkpoint_is_named(small, small_day):
    path = small / BASE / "checkpoint"
    good = path.read_bytes()
    own = good.split(b"\n\n")[1].split(b"\n")[0].decode() + "\n"
    entries, day = small_day.entries(300), small_day
    forged = day.cosigned(DESK, entries, DISTRICT).replace(f"{day.package.day}/{DISTRICT}", "x")
    lines = {
        own: "more than one signature under the log's own name",
        line_by(day.origin(DESK), b"1234" + b"x" * 64): "more than one signature",
        line_by(day.origin(DESK), base64.b64decode(own.split(" ")[2])[:4] + b"x" * 64): "more than",
        day.cosigned(DESK, entries, DISTRICT): "who does not belong here",
        day.cosigned(DESK, entries[:9], "a-desk-2"): "the signature does not hold",
        line_by(f"pollmesh/{day.package.day}/a-desk-2", b"1234" + b"x" * 72): "not by the key",
        line_by("somebody", b"1234" + b"x" * 64): "somebody, who does not belong here",
        forged: "pollmesh/x",
    }
    for line, words in lines.items():
        path.write_bytes(good + line.encode())
        found = problems_of(small, small_day)
        assert any(p.startswith(f"{BASE}/checkpoint: ") and words in p for p in found), line
    path.write_bytes(good + day.cosigned(DESK, entries, "a-desk-2").encode())
    summary, document, _ = derive(read_state(small, day.trust))
    write_derived(small, summary, document)
    assert problems_of(small, small_day) == ()


def test_every_further_line_under_the_package_note_is_named(small, small_day):
    path = small / "package.note"
    good = path.read_bytes()
    own = good.decode().splitlines(keepends=True)[-1]
    for line, who in ((own, "supervisory"), (line_by("somebody", b"x" * 68), "somebody")):
        path.write_bytes(good + line.encode())
        (problem,) = problems_of(small, small_day)
        assert problem.startswith("package.note: a further signature by ")
        assert who in problem


def pipe(path):
    os.mkfifo(path)


def link(path):
    path.symlink_to("/etc/hostname")


def folder_link(path):
    path.symlink_to("/etc")


def door(path):
    here = os.getcwd()
    os.chdir(path.parent)  # a socket's path is short
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(path.name)
    finally:
        os.chdir(here)


@pytest.mark.parametrize("where", ["x", "forks", "logs/x", BASE + "/tile/x", "logs/a-desk-2"])
@pytest.mark.parametrize("make", [pipe, link, folder_link, door, os.mkdir])
def test_whatever_is_no_file_of_a_state_is_named(small, small_day, make, where):
    make(small / where)
    assert any(
        words.startswith(f"{where}: does not belong here")
        for words in problems_of(small, small_day)
    )


@pytest.mark.parametrize("make", [pipe, link, door, os.mkdir])
@pytest.mark.parametrize(
    "where",
    [
        "package.json",
        "package.note",
        "roll.index",
        "summary.json",
        "tally.automerge",
        f"{BASE}/checkpoint",
        f"{BASE}/tile/entries/000",
        f"{BASE}/tile/0/000",
    ],
)
def test_what_stands_in_a_files_place_is_named_and_nobody_waits_for_it(
    small, small_day, make, where
):
    (small / where).unlink()
    make(small / where)
    assert any(where in words for words in problems_of(small, small_day))


def test_a_name_that_would_steer_a_terminal_is_shown_harmless(small, small_day):
    (small / "a\x1b[2J\udcff").write_bytes(b"")
    assert "a\\u001b[2J\\udcff: does not belong here" in problems_of(small, small_day)


def test_a_fork_proof_under_another_logs_name_is_named(small, small_day):
    day, entries = small_day, small_day.entries(3, "other")
    proof = day.log(DESK, day.entries(300)).contradicts(day.sealed(DESK, entries))
    (small / "forks").mkdir()
    (small / "forks" / f"{BOX}.0.json").write_bytes(canonical(proof))
    assert f"forks/{BOX}.0.json: the proof is about {day.origin(DESK)}" in problems_of(small, day)


def test_a_sealed_log_that_too_few_others_cosigned_wants_a_look(small_day, tmp_path):
    day = small_day
    final = encode_entry(LogFinal("2026-11-27T15:00Z"))
    logs = {name: [*day.entries(3), final] for name in (DESK, DISTRICT)}
    (tmp_path / "home").mkdir()
    words = f"sealed log cosigned by {{}} other stations at its final size, {2} are wanted"
    for cosigners, counts in (((), (0, 0)), ((DISTRICT, "a-desk-2"), (None, 1))):
        folder = tmp_path / f"state-{len(cosigners)}"
        FakeDistrict(day, logs, cosigners).pull(tmp_path / "home", folder)
        look = verify_folder(folder, day.trust).look_into
        for name, count in zip((DESK, DISTRICT), counts, strict=True):
            named = [one for one in look if one.startswith(f"{name}: sealed log cosigned")]
            assert named == ([] if count is None else [f"{name}: {words.format(count)}"])


def test_a_return_that_too_few_others_cosigned_wants_a_look(state, trust):
    path = state / "logs" / "b-box-1" / "0" / "checkpoint"
    text, lines = path.read_bytes().split(b"\n\n")
    kept = [line for line in lines.splitlines(keepends=True) if b"b-box-1/0 " in line]
    path.write_bytes(text + b"\n\n" + b"".join(kept))
    summary, document, _ = derive(read_state(state, trust))
    write_derived(state, summary, document)
    verdict = verify_folder(state, trust)
    assert (verdict.exit_code, verdict.problems) == (LOOK, ())
    assert verdict.look_into == (
        "b-box-1: return cosigned by 0 other stations at its final size, 2 are wanted",
    )
