"""What every specification starts from: a small day, its stations running, polls open."""

import pytest

from simulations.sample_day import SampleDay, sample_day
from simulations.world import World


@pytest.fixture
def day() -> SampleDay:
    """One place with two desks and one box, a district, twelve voters."""
    return sample_day(desks=2, voters=12)


@pytest.fixture
def world(day: SampleDay) -> World:
    """The day's stations with polls open."""
    world = World(day)
    world.open_polls()
    return world


@pytest.fixture
def voter(day: SampleDay) -> str:
    """One voter of place a, with both rights."""
    return next(v for v in day.voters["a"] if len(rights(day, v)) == 2)


def rights(day: SampleDay, voter: str) -> tuple[str, ...]:
    """The rights of a voter."""
    line = day.roll.find(voter)
    assert line is not None, "a voter of the sample day"
    return line.rights
