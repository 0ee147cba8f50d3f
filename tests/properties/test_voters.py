"""Invented voters: one seed, one roll; every code is well-formed and under prefix 999."""

import random
import subprocess
import sys
from pathlib import Path

from simulations.voters import TOO_YOUNG_YEAR, _codes, bar, make_voters, places_and_rights
from sync.text import national_code_problem, normal

ROOT = Path(__file__).parents[2]
PROVINCE = ROOT / "config" / "example" / "province.toml"
HOMES, RIGHTS = places_and_rights(PROVINCE)


def test_invented_voters_are_unique_and_well_formed():
    voters = make_voters(3_000, 11, HOMES, RIGHTS)
    codes = [voter.national_code for voter in voters]
    assert len(set(codes)) == len(voters) == 3_000
    assert all(code.startswith("999") and national_code_problem(code) is None for code in codes)
    assert all(voter.name == normal(voter.name) for voter in voters)
    assert {voter.home for voter in voters} == set(HOMES)
    assert all(1940 <= voter.birth_year <= 2007 for voter in voters)
    one_right = sum(voter.rights == ("parliament",) for voter in voters)
    assert 0.03 < one_right / len(voters) < 0.07


def test_weights_say_how_many_live_where():
    voters = make_voters(1_000, 11, HOMES, RIGHTS, weights=[0, 1, 0])
    assert {voter.home for voter in voters} == {HOMES[1]}


def test_the_last_of_a_roll_can_be_people_who_may_not_vote():
    voters = make_voters(10, 11, HOMES, RIGHTS)
    barred = bar(voters, 3)
    assert barred[:7] == voters[:7]
    assert [(v.standing, v.rights, v.birth_year == TOO_YOUNG_YEAR) for v in barred[7:]] == [
        ("too-young", (), True),
        ("deceased", (), False),
        ("too-young", (), True),
    ]


def test_more_than_a_million_codes_are_unique_and_well_formed():
    codes = _codes(1_000_500, random.Random(3))
    assert len(set(codes)) == 1_000_500
    assert {code[:3] for code in codes} == {"997", "998", "999"}
    assert all(national_code_problem(code) is None for code in codes[::1_000])


def test_the_same_seed_gives_the_same_file_in_every_process(tmp_path):
    files = [tmp_path / "one.csv", tmp_path / "two.csv"]
    for file in files:
        words = ["--voters", "500", "--seed", "3", "--province", str(PROVINCE), "-o", str(file)]
        subprocess.run(
            [sys.executable, "-m", "simulations.voters", *words], cwd=ROOT, check=True, timeout=60
        )
    assert files[0].read_bytes() == files[1].read_bytes()
