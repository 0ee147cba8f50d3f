"""Who comes and what they choose: decided here from the seed, kept here, told to nobody.

keyed      what a voter types, e.g. {"parliament": ["11", "24"], "council": ["901"]}
expected   what must be counted from it, e.g. parliament 11 and 24; every member of list 901
"""

import random
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulations.voters import Voter

BLANK_SHARE = 0.06
LIST_SHARE = 0.3
CARRIED_OFF_SHARE = 0.01
SECOND_SHARE = 0.08
DOCUMENTS = ("national-card",) * 17 + ("birth-certificate", "birth-certificate", "passport")
SECOND_TRIES = ("another-desk", "copied-card", "same-desk", "other-box", "other-place")


@dataclass
class Visit:
    """One voter's day."""

    voter: Voter
    document: str
    keyed: dict[str, list[str]]
    codes: dict[str, list[str]]
    carries_off: bool
    second_try: str | None


@dataclass
class Expected:
    """What must be counted, summed as ballots are cast."""

    votes: dict[str, Counter[str]] = field(default_factory=dict)
    ballots: Counter[str] = field(default_factory=Counter)
    blank: Counter[str] = field(default_factory=Counter)

    def cast(self, visit: Visit) -> None:
        """One ballot is in."""
        for contest, codes in visit.codes.items():
            self.ballots[contest] += 1
            self.blank[contest] += not codes
            self.votes.setdefault(contest, Counter()).update(codes)


def contests_of(province: Path) -> dict[str, list[dict[str, Any]]]:
    """Right -> its contests, as the province file has them."""
    elections = tomllib.loads(province.read_text("utf-8"))["elections"]
    return {election["id"]: election["contests"] for election in elections}


def draw_visits(
    voters: list[Voter], contests: dict[str, list[dict[str, Any]]], seed: int
) -> list[Visit]:
    """Every voter's visit, in the order in which they come."""
    chance = random.Random(f"{seed} visits")
    visits = [_visit(voter, contests, chance) for voter in voters]
    chance.shuffle(visits)
    wanted = max(len(SECOND_TRIES), round(len(visits) * SECOND_SHARE))
    chosen = [visit for visit in visits if not visit.carries_off][:wanted]
    for number, visit in enumerate(chosen):
        visit.second_try = SECOND_TRIES[number % len(SECOND_TRIES)]
    chance.shuffle(visits)
    return visits


def _visit(voter: Voter, contests: dict[str, list[dict[str, Any]]], chance: random.Random) -> Visit:
    keyed, codes = {}, {}
    for right in voter.rights:
        for contest in contests[right]:
            keyed[contest["id"]], codes[contest["id"]] = _choice(contest, chance)
    carries_off = chance.random() < CARRIED_OFF_SHARE
    return Visit(voter, chance.choice(DOCUMENTS), keyed, codes, carries_off, None)


def _choice(contest: dict[str, Any], chance: random.Random) -> tuple[list[str], list[str]]:
    """What is keyed in one contest and the codes it stands for."""
    if chance.random() < BLANK_SHARE:
        return [], []
    lists = contest.get("lists", [])
    if lists and chance.random() < LIST_SHARE:
        group = chance.choice(lists)
        return [group["code"]], sorted(group["options"])
    options = [option["code"] for option in contest["options"]]
    weights = [1 / (place + 2) for place in range(len(options))]
    keyed = chance.choices(options, weights, k=chance.randint(1, contest["seats"]))
    return keyed, sorted(set(keyed))
