"""Whole days at random: everything fails, nobody is counted twice, in the end all agree."""

import json
import os
import subprocess
import sys

import pytest

from simulations.campaign import Report, Size, run_day, total

SIZES = (Size(), Size(1, 2, 10, 80), Size(3, 1, 12, 60), Size(1, 4, 16, 80))


@pytest.mark.parametrize("seed", range(100, 112))
def test_nobody_is_counted_twice_on_a_bad_day(seed: int) -> None:
    report = run_day(seed, SIZES[seed % len(SIZES)])
    assert report.violations == [], f"python -m simulations mesh --seed {seed}"
    assert report.confirmed <= report.check_ins - report.withdrawn


def test_the_days_are_bad_enough_to_prove_something() -> None:
    sums = total([run_day(seed, SIZES[1]) for seed in range(1, 6)])
    for figure in ("crashes", "second_attempts", "refused", "withdrawn", "confirmed", "cast"):
        assert sums[figure] > 0, sums


def mesh(seed: int, hash_seed: str) -> dict[str, object]:
    """Run one small day in a process of its own."""
    arguments = ["mesh", "--seed", str(seed), "--places", "1", "--actions", "40", "--json"]
    finished = subprocess.run(
        [sys.executable, "-m", "simulations", *arguments],
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, object] = json.loads(finished.stdout.splitlines()[-1])
    return found


def test_a_seed_gives_the_same_day_in_every_process() -> None:
    first, second = mesh(5, "1"), mesh(5, "2")
    assert first == second
    assert first["violations"] == []
    assert set(first) == {"seed", "seeds", "violations", "trace"} | set(total([Report(1)]))
    assert mesh(6, "1")["trace"] != first["trace"]
