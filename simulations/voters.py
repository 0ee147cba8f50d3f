"""Invented voters from a seed: the same seed and number give the same roll, byte for byte.

    python -m simulations.voters --voters 2000 --seed 7 --province config/example/province.toml \\
        -o roll.csv

Names are drawn from Faker's fa_IR lists and combined at random. National codes lie under prefix
999, which is assigned to nobody, with a correct check digit; there are fewer than a million.
"""

import argparse
import csv
import random
import sys
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from faker import Faker

from sync.text import national_code_problem, normal, with_check_digit

PREFIX = "999"
SERIALS = 1_000_000
"""Numbers between prefix and check digit; the one that gives ten equal digits is left out."""
BIRTH_YEARS = range(1940, 2008)
ONE_RIGHT_SHARE = 0.05
"""Voters with the first right only: from another town, or of another kind of council."""
NAME_DRAWS = 4_000
"""Draws from Faker, enough to meet nearly every name of its lists."""
COLUMNS = ("national_code", "name", "birth_year", "home", "rights")


class Voter(NamedTuple):
    """One row of the roll."""

    national_code: str
    name: str
    birth_year: int
    home: str
    rights: tuple[str, ...]


def make_voters(
    count: int,
    seed: int,
    homes: Sequence[str],
    rights: Sequence[str],
    weights: Sequence[float] | None = None,
) -> list[Voter]:
    """`count` voters of these places and rights; `weights` say how many live at each place."""
    if not 0 <= count < SERIALS:
        raise ValueError(f"{count} voters: prefix {PREFIX} has room for fewer than {SERIALS}")
    chance = random.Random(seed)
    first_names, last_names = _names(seed)
    codes = _codes(count, chance)
    places = chance.choices(homes, weights, k=count)
    return [
        Voter(
            code,
            f"{chance.choice(first_names)} {chance.choice(last_names)}",
            chance.choice(BIRTH_YEARS),
            home,
            tuple(rights[:1] if chance.random() < ONE_RIGHT_SHARE else rights),
        )
        for code, home in zip(codes, places, strict=True)
    ]


def write_roll(path: Path, voters: Iterable[Voter]) -> None:
    """Write the CSV that `pollmesh package new --roll` reads."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        rows.writerows(
            (v.national_code, v.name, v.birth_year, v.home, " ".join(v.rights)) for v in voters
        )


def places_and_rights(province: Path) -> tuple[list[str], list[str]]:
    """Ids of places and elections in a province file, in its order."""
    table = tomllib.loads(province.read_text(encoding="utf-8"))
    return [place["id"] for place in table["places"]], [e["id"] for e in table["elections"]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write a roll; 0 when it is written."""
    parser = argparse.ArgumentParser(
        prog="python -m simulations.voters", description="Write a roll of invented voters."
    )
    parser.add_argument("--voters", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--province", type=Path, required=True)
    parser.add_argument("-o", "--output", type=Path, required=True)
    asked = parser.parse_args(arguments)
    homes, rights = places_and_rights(asked.province)
    try:
        voters = make_voters(asked.voters, asked.seed, homes, rights)
    except ValueError as error:
        parser.error(str(error))
    write_roll(asked.output, voters)
    print(f"{len(voters)} invented voters in {asked.output}", file=sys.stderr)
    return 0


def _names(seed: int) -> tuple[list[str], list[str]]:
    """First and last names, sorted, because the order of a set changes from run to run."""
    faker = Faker("fa_IR")
    faker.seed_instance(seed)
    first = {normal(faker.first_name()) for _ in range(NAME_DRAWS)}
    last = {normal(faker.last_name()) for _ in range(NAME_DRAWS)}
    return sorted(first), sorted(last)


def _codes(count: int, chance: random.Random) -> list[str]:
    drawn = chance.sample(range(SERIALS), count + 1)
    codes = (with_check_digit(f"{PREFIX}{serial:06d}") for serial in drawn)
    return [code for code in codes if national_code_problem(code) is None][:count]


if __name__ == "__main__":
    sys.exit(main())
