"""`pollmesh pull`: what it replaces, what it keeps, and what a hostile source cannot do."""

import gzip

import pytest
from msgspec.structs import replace

from node.pulling import INDEX_BYTES_MAX
from node.state_folder import read_state
from node.verification import LOOK, verify_folder
from sync.encoding import canonical, decode
from sync.errors import MeshError, VerifyError
from sync.log import ForkProof, verify_fork
from tests.shell.fake_district import FakeDistrict, PollingDay

DESK, BOX, DISTRICT = "a-desk-1", "a-box-1", "north-1"


@pytest.fixture(scope="module")
def day():
    return PollingDay()


@pytest.fixture
def home(tmp_path):
    (tmp_path / "district").mkdir()
    return tmp_path / "district"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "state"


def files_of(folder):
    """Every file below a folder with its bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def logs(day, desk=5, word="entry"):
    return {DESK: day.entries(desk, word), DISTRICT: day.entries(3)}


# --- what is replaced


@pytest.mark.parametrize("name", ["station.key", "log.db", "notes.txt"])
def test_a_folder_with_anything_that_no_pull_wrote_is_not_replaced(day, home, folder, name):
    FakeDistrict(day, logs(day)).pull(home, folder)
    (folder / name).write_bytes(b"the only copy")
    before = files_of(folder)
    with pytest.raises(MeshError, match=f"holds {name}, which no pull has written"):
        FakeDistrict(day, logs(day, 9)).pull(home, folder)
    assert files_of(folder) == before


def test_a_stations_own_folder_is_not_replaced(day, home, folder):
    folder.mkdir()
    for name in ("package.json", "package.note", "roll.index", "station.key", "log.db"):
        (folder / name).write_bytes(b"a station")
    before = files_of(folder)
    with pytest.raises(MeshError, match="Choose an empty or new folder"):
        FakeDistrict(day, logs(day)).pull(home, folder)
    assert files_of(folder) == before


def test_a_package_folder_is_not_replaced(day, home, folder):
    folder.mkdir()
    (folder / "package.json").write_bytes(b"a package alone")
    with pytest.raises(MeshError, match="something else than a pulled state"):
        FakeDistrict(day, logs(day)).pull(home, folder)
    assert files_of(folder) == {"package.json": b"a package alone"}


def test_a_state_that_goes_on_takes_the_place_of_the_older_one(day, home, folder):
    folder.mkdir()
    FakeDistrict(day, logs(day)).pull(home, folder)
    state = FakeDistrict(day, logs(day, 700)).pull(home, folder)
    assert state.entry_count == 703
    assert read_state(folder, day.trust).problems == []
    assert sorted(p.name for p in folder.parent.iterdir()) == ["district", "state"]


def test_a_pull_that_broke_off_while_replacing_is_taken_up(day, home, folder):
    FakeDistrict(day, logs(day)).pull(home, folder)
    folder.rename(folder.with_name(".state.old"))
    with pytest.raises(VerifyError, match="only 4 were sent"):
        FakeDistrict(day, logs(day, 4)).pull(home, folder)
    assert read_state(folder, day.trust).entry_count == 8


# --- what was set back


def test_a_state_that_was_set_back_replaces_nothing_and_lies_beside(day, home, folder):
    FakeDistrict(day, logs(day, 5)).pull(home, folder)
    before = files_of(folder)
    with pytest.raises(VerifyError) as caught:
        FakeDistrict(day, logs(day, 4)).pull(home, folder)
    refused = folder.with_name("state.refused")
    assert f"logs/{DESK}/0: 5 entries lie in {folder}, only 4 were sent" in str(caught.value)
    assert f"what was sent lies in {refused}" in str(caught.value)
    assert files_of(folder) == before
    assert not (refused / "forks").exists()
    assert read_state(refused, day.trust).entry_count == 7


def test_a_log_that_is_not_sent_any_more_is_named(day, home, folder):
    FakeDistrict(day, logs(day)).pull(home, folder)
    with pytest.raises(VerifyError, match=f"logs/{DESK}/0: 5 entries lie in .*, none was sent"):
        FakeDistrict(day, {DISTRICT: day.entries(3)}).pull(home, folder)


def test_an_earlier_refused_state_is_not_overwritten(day, home, folder):
    FakeDistrict(day, logs(day, 5)).pull(home, folder)
    for size in (4, 3):
        with pytest.raises(VerifyError):
            FakeDistrict(day, logs(day, size)).pull(home, folder)
    sizes = [
        read_state(folder.with_name(name), day.trust).entry_count
        for name in ("state.refused", "state.refused-2")
    ]
    assert sizes == [7, 6]


@pytest.mark.parametrize("size", [3, 5, 8])
def test_another_history_is_proven_to_be_one(day, home, folder, size):
    """Shorter, as long and longer: two signed checkpoints contradict, the proof is kept."""
    FakeDistrict(day, logs(day, 5)).pull(home, folder)
    before = files_of(folder)
    with pytest.raises(VerifyError, match=f"logs/{DESK}/0"):
        FakeDistrict(day, logs(day, size, "other"), [DISTRICT]).pull(home, folder)
    assert files_of(folder) == before
    refused = folder.with_name("state.refused")
    data = (refused / "forks" / f"{DESK}.0.json").read_bytes()
    verify_fork(decode(data, ForkProof, "proof"), day.signers[DESK].public)
    verdict = verify_folder(refused, day.trust)
    assert (verdict.exit_code, verdict.problems) == (LOOK, ())
    assert f"{day.origin(DESK)}: signed with two histories" in verdict.look_into


def test_a_fork_proof_is_not_lost_by_a_pull_that_does_not_send_it(day, home, folder):
    proof = day.log(DESK, day.entries(5)).contradicts(day.sealed(DESK, day.entries(3, "other")))
    FakeDistrict(day, logs(day, 5), forks=[proof]).pull(home, folder)
    FakeDistrict(day, logs(day, 6)).pull(home, folder)
    state = read_state(folder, day.trust)
    assert (state.problems, state.forks, state.entry_count) == ([], {proof.origin: proof}, 9)


def test_a_fork_proof_about_a_log_that_is_not_held_is_kept_and_named(day, home, folder):
    proof = day.log(BOX, day.entries(5)).contradicts(day.sealed(BOX, day.entries(3, "other")))
    FakeDistrict(day, logs(day), forks=[proof]).pull(home, folder)
    verdict = verify_folder(folder, day.trust)
    assert verdict.problems == ()
    assert f"{day.origin(BOX)}: signed with two histories" in verdict.look_into


def test_the_state_of_another_package_is_not_replaced(day, home, folder):
    FakeDistrict(day, logs(day)).pull(home, folder)
    other = PollingDay()
    other.package = replace(other.package, province="another province")
    other.note = other.sign()
    with pytest.raises(MeshError, match="holds the state of another package"):
        FakeDistrict(other, logs(other)).pull(home, folder)


# --- what a hostile source cannot do


def test_lines_that_others_put_under_a_relayed_checkpoint_are_left_out(day, home, folder):
    """A relay may add lines that no key made; they must not keep the state from being pulled."""
    district = FakeDistrict(day, logs(day))
    note = district.index().logs[0].note + b"\xe2\x80\x94 somebody AAAAAAAA\n"
    district.answers["/state/index"] = canonical(district.index(note=note))
    assert district.pull(home, folder).problems == []


def hostile_indexes(day):
    """Name -> index, and the words of its refusal."""
    district = FakeDistrict(day, logs(day))
    index = district.index
    proof = day.log(DESK, day.entries(5)).contradicts(day.sealed(DESK, day.entries(3, "other")))
    first = index().logs[0]
    outside = replace(proof, origin="pollmesh/../../0")
    with_forks = {
        "a fork outside": ((replace(proof, origin=f"pollmesh/{'/'.join('..' * 3)}"),), "origin"),
        "a fork of nobody": ((outside,), "no log of this package"),
        "a fork of no epoch": ((replace(proof, origin="pollmesh/a/b/c"),), "decimal"),
        "a fork that proves nothing": ((replace(proof, root=b"x" * 32),), "does not hold"),
        "one fork twice": ((proof, proof), "one is enough"),
        "a flood of forks": ((proof,) * 50, "more than there are logs"),
    }
    found = {
        "no JSON": (b"\xff\xfe", "index"),
        "half a letter": (b'{"station":"\\ud800"}', "index"),
        "a number for a list": (b'{"station":"x","package":"","logs":3,"forks":[]}', "index"),
        "deep": (b"[" * 100_000, "index"),
        "nobody": (index(station="../../etc"), "who is unknown"),
        "no epoch": (index(epoch=1), "who is unknown"),
        "longer than signed": (index(size=10**12), "not as long as is signed"),
        "shorter than signed": (index(size=-1), "not as long as is signed"),
        "unsigned": (index(note=b"pollmesh\n"), "checkpoint"),
        "another's": (index(note=day.sealed(DISTRICT, day.entries(5))), "not signed by"),
        "twice": (replace(index(), logs=(first, first)), "twice"),
        "a novel": (index(cosignatures=("x" * 20_000,)), "too many"),
        "half a line": (index(cosignatures=("x",)), "checkpoint"),
        "a cosigner of nowhere": (index(cosignatures=("— x AAAAAAAA\n",)), "does not belong"),
        "another package": (replace(index(), package=b"x" * 32), "another package"),
        **{name: (replace(index(), forks=forks), w) for name, (forks, w) in with_forks.items()},
    }
    return {
        name: (what if isinstance(what, bytes) else canonical(what), words)
        for name, (what, words) in found.items()
    }


@pytest.mark.parametrize("name", hostile_indexes(PollingDay()))
def test_a_hostile_index_is_refused_in_words_and_leaves_nothing(day, home, folder, name):
    data, words = hostile_indexes(day)[name]
    district = FakeDistrict(day, logs(day))
    district.answers["/state/index"] = data
    with pytest.raises(MeshError, match=words):
        district.pull(home, folder)
    assert [path.name for path in folder.parent.iterdir()] == ["district"]
    assert len(list(home.iterdir())) <= 1, "nothing but the socket"


def test_an_answer_without_end_is_cut_off(day, home, folder, monkeypatch):
    monkeypatch.setattr("node.pulling.INDEX_BYTES_MAX", 100_000)
    assert INDEX_BYTES_MAX > 100_000
    for path in ("/state/index", "/state/package.note", "/state/roll.index"):
        district = FakeDistrict(day, logs(day))
        district.answers[path] = b" " * 200_000
        with pytest.raises(VerifyError, match=rf"{path}: more than \d+ bytes"):
            district.pull(home, folder)


def test_a_state_larger_than_any_is_cut_off(day, home, folder, monkeypatch):
    monkeypatch.setattr("node.pulling.STATE_BYTES_MAX", 20_000)
    with pytest.raises(VerifyError, match="more than"):
        FakeDistrict(day, logs(day, 2_000)).pull(home, folder)


def test_an_answer_that_would_unpack_to_much_more_is_not_unpacked(day, home, folder):
    district = FakeDistrict(day, logs(day))
    district.answers["/state/index"] = gzip.compress(canonical(district.index()))
    district.headers = {"Content-Encoding": "gzip"}
    with pytest.raises(MeshError, match="index"):
        district.pull(home, folder)


@pytest.mark.parametrize("data", [b"", b"\xff\xffx", b"\0\0" * 5, b"\0\0" * 300])
def test_a_bundle_that_is_not_what_was_signed_is_refused(day, home, folder, data):
    district = FakeDistrict(day, logs(day))
    district.answers[f"/state/logs/{DESK}/0/entries"] = data
    with pytest.raises(MeshError, match=DESK):
        district.pull(home, folder)
    assert not folder.exists()


def test_words_of_a_refusal_steer_no_terminal(day, home, folder):
    district = FakeDistrict(day, logs(day))
    district.answers["/state/package.json"] = b"\x1b[2J{}"
    with pytest.raises(MeshError) as caught:
        district.pull(home, folder)
    assert "\x1b" not in str(caught.value)
