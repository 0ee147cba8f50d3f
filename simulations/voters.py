"""Invented voters from a seed: the same seed and number give the same roll, byte for byte.

    python -m simulations.voters --voters 2000 --seed 7 --province config/example/province.toml \\
        -o roll.csv

Names are drawn from Faker's fa_IR lists and combined at random. National codes lie under prefix
999, which is assigned to nobody, with a correct check digit; a roll of a million or more, as a
benchmark needs, takes 998 and 997 too, of which we know no holder. With `--barred 10` so many
follow who may not vote, too young and deceased in turn.
"""

import argparse
import csv
import random
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from faker import Faker

from sync.roll import Standing
from sync.text import national_code_problem, normal, with_check_digit

PREFIX = 999
SERIALS = 1_000_000
"""Numbers between prefix and check digit; the one that gives ten equal digits is left out."""
VOTERS_MAX = 3 * SERIALS - 2
BIRTH_YEARS = range(1940, 2008)
TOO_YOUNG_YEAR = 2012
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
    standing: Standing = ""


def make_voters(
    count: int,
    seed: int,
    homes: Sequence[str],
    rights: Sequence[str],
    weights: Sequence[float] | None = None,
) -> list[Voter]:
    """`count` voters of these places and rights; `weights` say how many live at each place."""
    if not 0 <= count <= VOTERS_MAX:
        raise ValueError(f"{count} voters: there are codes for {VOTERS_MAX}")
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


def bar(voters: Sequence[Voter], count: int) -> list[Voter]:
    """The same people, the last `count` of them too young and deceased in turn, without rights."""
    last = [
        voter._replace(rights=(), standing="deceased")
        if number % 2
        else voter._replace(rights=(), standing="too-young", birth_year=TOO_YOUNG_YEAR)
        for number, voter in enumerate(voters[len(voters) - count :])
    ]
    return [*voters[: len(voters) - count], *last]


def write_roll(path: Path, voters: Sequence[Voter]) -> None:
    """Write the CSV that `pollmesh package new --roll` reads."""
    standings = any(voter.standing for voter in voters)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow((*COLUMNS, "standing") if standings else COLUMNS)
        rows.writerows(
            (*voter[:4], " ".join(voter.rights), *([voter.standing] if standings else ()))
            for voter in voters
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
    parser.add_argument("--barred", type=int, default=0, help="people who may not vote, besides")
    parser.add_argument("-o", "--output", type=Path, required=True)
    asked = parser.parse_args(arguments)
    homes, rights = places_and_rights(asked.province)
    try:
        people = make_voters(asked.voters + asked.barred, asked.seed, homes, rights)
    except ValueError as error:
        parser.error(str(error))
    write_roll(asked.output, bar(people, asked.barred))
    print(f"{len(people)} invented voters in {asked.output}", file=sys.stderr)
    return 0


def _names(seed: int) -> tuple[list[str], list[str]]:
    """First and last names, sorted, because the order of a set changes from run to run."""
    faker = Faker("fa_IR")
    faker.seed_instance(seed)
    first = {normal(faker.first_name()) for _ in range(NAME_DRAWS)}
    last = {normal(faker.last_name()) for _ in range(NAME_DRAWS)}
    return sorted(first), sorted(last)


def _codes(count: int, chance: random.Random) -> list[str]:
    room = range(SERIALS if count < SERIALS else VOTERS_MAX + 1)
    drawn = chance.sample(room, count + 1)
    codes = (with_check_digit(f"{PREFIX - n // SERIALS}{n % SERIALS:06d}") for n in drawn)
    return [code for code in codes if national_code_problem(code) is None][:count]


if __name__ == "__main__":
    sys.exit(main())
