"""Ceremony, enrolment, package, two signatures, verification, installation: with real files."""

import base64
import csv
import json
import stat
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from node.commands import ceremony, package, station
from node.installation import load_trust, open_roll_key
from node.package_files import load_package
from node.station_files import read_settings, read_station_key
from node.store_roll import RollStore
from simulations.voters import make_voters, places_and_rights, write_roll
from sync.roll import roll_root, voter_key
from sync.sealing import box_public
from sync.shares import decode_share, join, open_share
from sync.signing import Signer, fingerprint

PROVINCE = Path(__file__).parents[2] / "config" / "example" / "province.toml"
STATIONS = [row["id"] for row in tomllib.loads(PROVINCE.read_text("utf-8"))["stations"]]
VOTERS = 120


def run(app, *words, code=0):
    """Run a command; its result, after checking the exit code."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == code, result.output
    return result


class Day:
    """Folders of one polling day."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ceremony = root / "ceremony"
        self.stations = root / "stations"
        self.package = root / "package"
        self.roll = root / "roll.csv"
        self.sheet = self.ceremony / "sheet.txt"

    def key(self, holder: str, kind: str) -> Path:
        return self.ceremony / "holders" / holder / f"{kind}.key.json"

    def envelope(self, holder: str) -> Path:
        return self.ceremony / "envelopes" / f"{holder}.txt"

    def roll_options(self, roll: Path | None = None) -> tuple[object, ...]:
        keeper = "registrar-executive"
        return (
            *("--roll", roll or self.roll, "--roll-key", self.key(keeper, "roll")),
            *("--pin-file", self.envelope(keeper)),
        )

    @property
    def codes(self) -> tuple[object, ...]:
        return ("--codes", self.root / "spare-codes.txt")

    def new(self, folder: Path, roll: Path | None = None, code: int = 0):
        return run(
            package.app,
            *("new", folder, "--province", PROVINCE, "--ceremony", self.ceremony),
            *("--enrolments", self.stations, *self.roll_options(roll), *self.codes),
            code=code,
        )

    def sign(self, folder: Path, kind: str) -> None:
        options = ("--key", self.key(kind, "authority"), "--pin-file", self.envelope(kind))
        run(package.app, "sign", folder, *options)


@pytest.fixture(scope="module")
def day(tmp_path_factory) -> Day:
    """A signed package of the example province and its twelve enrolled stations."""
    made = Day(tmp_path_factory.mktemp("day"))
    homes, rights = places_and_rights(PROVINCE)
    write_roll(made.roll, make_voters(VOTERS, 7, homes, rights))
    run(ceremony.app, "new", made.ceremony, "--province", PROVINCE, "--demo")
    for name in (*STATIONS, "spare-1"):
        run(station.app, "enrol", made.stations / name, "--id", name)
    made.new(made.package)
    made.sign(made.package, "executive")
    made.sign(made.package, "supervisory")
    return made


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_every_private_file_of_a_ceremony_is_its_owners_alone(day):
    folders = [day.ceremony, *(p for p in day.ceremony.rglob("*") if p.is_dir())]
    files = [p for p in day.ceremony.rglob("*") if p.is_file()]
    public = {day.sheet, day.ceremony / "public.json"}
    assert {mode(folder) for folder in folders} == {0o700}
    assert {mode(file) for file in files if file not in public} == {0o600}
    assert len({p.read_text() for p in (day.ceremony / "envelopes").iterdir()}) == 18


def test_the_sheet_shows_the_fingerprints_that_the_package_carries(day):
    made = load_package(day.package)
    sheet = day.sheet.read_text("utf-8")
    assert f"executive:   {fingerprint(made.authority('executive').key)}\n" in sheet
    assert f"supervisory: {fingerprint(made.authority('supervisory').key)}\n" in sheet


def test_a_ceremony_refuses_a_folder_that_holds_something(day):
    result = run(ceremony.app, "new", day.ceremony, "--province", PROVINCE, "--demo", code=1)
    assert result.stderr == f"{day.ceremony}: not empty. A ceremony needs a folder of its own.\n"


def test_a_ceremony_prints_one_json_object(tmp_path):
    result = run(ceremony.app, "new", tmp_path / "c", "--province", PROVINCE, "--demo", "--json")
    found = json.loads(result.stdout)
    assert (found["day"], found["training"]) == ("khorshid-2026", True)
    assert {row["holds"] for row in found["holders"]} == {
        "authority",
        "officer",
        "supervisor",
        "roll",
        "recovery",
        "provisional",
    }


def test_the_officers_of_a_place_open_its_box_together(day):
    made = load_package(day.package)
    halves = []
    for holder in ("a-executive", "a-supervisory"):
        path = day.ceremony / "holders" / holder / "shares" / "a-box-1.json"
        share = decode_share(path.read_bytes(), str(path))
        opened = package.open_key(day.key(holder, "officer"), day.envelope(holder))
        halves.append(open_share(share, opened.signer))
    public = made.stations_by_id["a-box-1"].opening_key
    assert box_public(join(*halves, public, "a-box-1")) == public


@pytest.mark.parametrize("kept", ["recovery", "provisional"])
def test_a_key_in_halves_is_whole_with_both_keepers(day, kept):
    made = load_package(day.package)
    halves = [
        package.open_key(day.key(f"keeper-{kind}", kept), day.envelope(f"keeper-{kind}")).secret
        for kind in ("executive", "supervisory")
    ]
    public = made.recovery_key if kept == "recovery" else made.provisional_key
    assert box_public(join(*halves, public, kept)) == public


def test_a_station_never_loses_the_key_it_has(day):
    path = day.stations / "a-desk-1"
    before = (path / "station.key").read_bytes()
    result = run(station.app, "enrol", path, "--id", "a-desk-1", code=1)
    assert (path / "station.key").read_bytes() == before
    assert mode(path / "station.key") == 0o600
    assert result.stderr == (
        f"{path}/station.key: a key is here already and stays. Choose another folder, or hand in "
        "the enrolment.json beside it.\n"
    )


def test_fresh_settings_are_the_documented_defaults(day):
    settings = read_settings(day.stations / "a-box-1")
    assert (settings.id, settings.port, settings.peers, settings.mdns) == (
        "a-box-1",
        7420,
        (),
        True,
    )


def test_a_changed_enrolment_is_refused_by_file(day, tmp_path):
    for name in STATIONS:
        data = (day.stations / name / "enrolment.json").read_bytes()
        (tmp_path / f"{name}.json").write_bytes(data)
    swapped = tmp_path / "a-desk-2.json"
    swapped.write_bytes(swapped.read_bytes().replace(b'"id":"a-desk-2"', b'"id":"a-desk-9"'))
    result = run(
        package.app,
        *("new", tmp_path / "p", "--province", PROVINCE, "--ceremony", day.ceremony),
        *("--enrolments", tmp_path, *day.roll_options(), *day.codes),
        code=1,
    )
    assert result.stderr == (
        f"{swapped}: The proof is not made by this key. Enrol the station again.\n"
    )


def test_a_station_that_has_not_enrolled_is_named(day, tmp_path):
    result = run(
        package.app,
        *("new", tmp_path / "p", "--province", PROVINCE, "--ceremony", day.ceremony),
        *("--enrolments", day.stations / "a-box-1", *day.roll_options(), *day.codes),
        code=1,
    )
    assert "station 'd-south' has not enrolled. Run 'pollmesh station enrol DIR --id d-south'" in (
        result.stderr
    )
    assert "spare 'spare-1' has not enrolled." in result.stderr
    assert len(result.stderr.splitlines()) == len(STATIONS)


def test_rejected_lines_of_a_roll_are_all_listed_and_nothing_is_written(day, tmp_path):
    with day.roll.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    rows[0][0] = rows[0][0][:-1]
    rows[1][1] = " "
    rows[2][2] = "45"
    rows[3][3] = "z"
    rows[4][4] = "council senate"
    rows[6] = rows[5]
    rows[7] = rows[7][:3]
    roll = tmp_path / "roll.csv"
    with roll.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    result = day.new(tmp_path / "p", roll, code=1)
    assert result.stderr.splitlines() == [
        f"{roll}: line 2: A national code has ten digits; this one has 9.",
        f"{roll}: line 3: The name is empty.",
        f"{roll}: line 4: Birth year '45' is no year of four digits, and no date 1985-03-21.",
        f"{roll}: line 5: Home 'z' is no polling place of the package.",
        f"{roll}: line 6: Right 'senate' is no election of the package.",
        f"{roll}: line 8: the same national code as line 7. A voter stands once; take one out.",
        f"{roll}: line 9: 3 fields, 5 are needed. Compare the first line.",
        f"{roll}: 7 lines rejected, nobody was taken. All of them with reasons: {roll}.rejected.",
    ]
    assert not (tmp_path / "p").exists()


def test_the_same_decisions_make_the_same_package(day, tmp_path):
    day.new(tmp_path / "p")
    again = (tmp_path / "p" / "package.json").read_bytes()
    assert again == (day.package / "package.json").read_bytes()


def test_verification_with_the_sheet_succeeds(day):
    made = load_package(day.package)
    result = run(package.app, "verify", day.package, "--trust", day.sheet)
    assert result.stdout == f"base hash  {made.base_hash.hex()}\nvoters     {VOTERS}\n"


def test_verification_without_trust_exits_3_and_says_so(day):
    result = run(package.app, "verify", day.package, code=3)
    assert result.stderr == (
        "Consistent, origin unknown: give --trust with the fingerprints of the ceremony sheet.\n"
    )


def test_a_package_of_other_authorities_is_refused(day):
    other = fingerprint(Signer(b"x" * 32).public)
    own = fingerprint(load_package(day.package).authority("supervisory").key)
    words = ("--trust", f"executive={other}", "--trust", f"supervisory={own}")
    result = run(package.app, "verify", day.package, *words, code=1)
    assert f"the trusted one is {other}. Do not use this package" in result.stderr


def copied(day: Day, target: Path) -> Path:
    target.mkdir()
    for path in day.package.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    return target


def test_a_roll_whose_root_does_not_match_is_refused(day, tmp_path):
    folder = copied(day, tmp_path / "p")
    index = folder / "roll.index"
    lines = index.read_bytes().splitlines(keepends=True)
    index.write_bytes(b"".join(lines[1:]))
    result = run(package.app, "verify", folder, "--trust", day.sheet, code=1)
    count, root = result.stderr.splitlines()
    assert count == (
        f"{index}: roll.voters: {VOTERS - 1} voters, the package says {VOTERS}. "
        "Use the roll that belongs to this package."
    )
    assert root.startswith(f"{index}: roll.root: the root is ")
    assert root.endswith("Use the roll and roll key of this package.")


def test_a_certificate_of_another_key_is_refused(day, tmp_path):
    folder = copied(day, tmp_path / "p")
    one, two = (load_package(day.package).stations[n].certificate for n in (0, 1))
    path = folder / "package.json"
    path.write_bytes(exchange(path.read_bytes(), one, two))
    result = run(package.app, "verify", folder, code=1)
    assert (
        f"{path}: stations[0].certificate: 'a-desk-1': The certificate is for another key. "
        "Take it from its maker again.\n"
    ) in result.stderr


def exchange(data: bytes, one: bytes, two: bytes) -> bytes:
    """`data` with two certificates in each other's place."""
    left, right = (json.dumps(b64(raw)).encode() for raw in (one, two))
    return data.replace(left, b"@").replace(right, left).replace(b"@", right)


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def test_a_package_is_never_overwritten(day):
    result = day.new(day.package, code=1)
    assert result.stderr == (
        f"{day.package}/package.json: a package is here already. Choose another folder.\n"
    )


def test_an_officers_key_signs_no_package(day):
    words = ("--key", day.key("a-executive", "officer"))
    words += ("--pin-file", day.envelope("a-executive"))
    result = run(package.app, "sign", day.package, *words, code=1)
    assert "The officer key of a-executive signs no package. Use an authority's." in result.stderr


def test_a_wrong_pin_is_a_sentence(day):
    words = ("--key", day.key("executive", "authority"))
    words += ("--pin-file", day.envelope("supervisory"))
    result = run(package.app, "sign", day.package, *words, code=1)
    assert "That PIN does not open the authority key of executive" in result.stderr


def test_a_missing_file_is_a_sentence(tmp_path):
    result = run(package.app, "show", tmp_path / "nothing", code=1)
    assert result.stderr == (
        f"{tmp_path}/nothing/package.json: no such file or directory. "
        "Check the path and its permissions.\n"
    )


def test_show_always_shows_the_base_hash(day):
    made = load_package(day.package)
    assert made.base_hash.hex() in run(package.app, "show", day.package).stdout
    found = json.loads(run(package.app, "show", day.package, "--json").stdout)
    assert found["base_hash"] == made.base_hash.hex()


def test_an_installed_desk_knows_its_voters_and_the_roll_key(day):
    folder = day.stations / "a-desk-1"
    words = ("install", folder, "--package", day.package, "--trust", day.sheet)
    run(station.app, *words, *day.roll_options())
    made = load_package(folder)
    trust = load_trust(folder)
    assert trust.executive == fingerprint(made.authority("executive").key)
    assert {mode(folder / name) for name in ("roll.db", "roll-key.sealed")} == {0o600}
    roll_key = open_roll_key(folder, read_station_key(folder))
    roll = RollStore.open(folder / "roll.db")
    assert (roll.count(), roll_root(roll.lines())) == (made.roll.voters, made.roll.root)
    with day.roll.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        voter = voter_key(roll_key, row["national_code"])
        line, person = roll.find(voter), roll.person(voter)
        assert (line.home, line.rights) == (row["home"], tuple(row["rights"].split()))
        assert (person.name, person.birth_year) == (row["name"], int(row["birth_year"]))
    assert roll.find("00" * 16) is None
    own = sorted(row["name"] for row in rows if row["home"] == "a")
    found = roll.by_name_prefix(own[0][:3], limit=VOTERS)
    assert sorted(person.name for _, person in found) == [n for n in own if n[:3] == own[0][:3]]
    assert roll.by_name_prefix("", limit=5) == []
    run(station.app, *words, *day.roll_options())  # installing the same again changes nothing


def test_no_national_code_reaches_a_station(day):
    folder = day.stations / "a-desk-2"
    words = ("install", folder, "--package", day.package, "--trust", day.sheet)
    run(station.app, *words, *day.roll_options())
    with day.roll.open(encoding="utf-8", newline="") as file:
        codes = [row["national_code"].encode() for row in csv.DictReader(file)]
    for path in folder.iterdir():
        data = path.read_bytes()
        assert not [code for code in codes if code in data], path


def test_a_box_gets_no_roll(day):
    folder = day.stations / "b-box-1"
    run(station.app, "install", folder, "--package", day.package, "--trust", day.sheet)
    assert sorted(path.name for path in folder.iterdir()) == [
        "TRAINING.txt",
        "enrolment.json",
        "package.json",
        "package.note",
        "station.key",
        "station.toml",
        "trust.json",
    ]


def test_a_desk_without_roll_is_refused(day):
    words = ("install", day.stations / "c-desk-1", "--package", day.package, "--trust", day.sheet)
    result = run(station.app, *words, code=1)
    assert result.stderr == (
        "'c-desk-1' is a desk and needs the roll. "
        "Add --roll roll.csv --roll-key KEYFILE --pin-file FILE.\n"
    )
    assert not (day.stations / "c-desk-1" / "package.json").exists()


def test_a_station_that_is_not_in_the_package_is_refused(day, tmp_path):
    run(station.app, "enrol", tmp_path / "s", "--id", "z-desk-1")
    words = ("install", tmp_path / "s", "--package", day.package, "--trust", day.sheet)
    result = run(station.app, *words, code=1)
    assert "stations: 'z-desk-1' is not in this package. Hand in its enrolment.json" in (
        result.stderr
    )


def test_a_second_key_under_an_enrolled_id_is_refused(day, tmp_path):
    run(station.app, "enrol", tmp_path / "s", "--id", "a-desk-3")
    words = ("install", tmp_path / "s", "--package", day.package, "--trust", day.sheet)
    result = run(station.app, *words, code=1)
    assert result.stderr == (
        f"{day.package}/package.json: stations[2].key: the package names another key for "
        "'a-desk-3'. This folder is not the one that enrolled; find that one.\n"
    )
