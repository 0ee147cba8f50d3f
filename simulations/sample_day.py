"""A small polling day made from a seed: package, keys and roll, all in memory.

    day = sample_day(seed=7, places=1, desks=2, voters=20)
    day.voters["a"][0]              first voter whose home is place a
    day.signers["a-desk-1"]         that desk's key; officers are "a-executive", "a-supervisory"

Places are a, b, c …; each has `desks` desks and one box; one district, "north", has one station.
Nothing here is secret: every key follows from the seed. Voters are numbers, not people.
"""

import hashlib
from dataclasses import dataclass
from typing import Literal

from sync.package import (
    AUTHORITY_KINDS,
    PACKAGE_FORMAT,
    Authority,
    Contest,
    ContestOption,
    District,
    Election,
    Hours,
    Officer,
    OptionList,
    Package,
    PollingPlace,
    RollSummary,
    Rules,
    Station,
)
from sync.roll import RollInMemory, RollLine, roll_root, voter_key
from sync.sealing import box_public
from sync.signing import Signer

DISTRICT = "north"
DISTRICT_STATION = "north-1"
BOTH = ("parliament", "council")


@dataclass(frozen=True, repr=False)
class SampleDay:
    """One polling day with everybody's keys; `voters` maps a place to its voter keys."""

    package: Package
    roll: RollInMemory
    signers: dict[str, Signer]
    opening: dict[str, bytes]
    voters: dict[str, tuple[str, ...]]

    def station(self, name: str) -> Station:
        """One station by id."""
        return self.package.stations_by_id[name]


def secret_of(seed: int, name: str) -> bytes:
    """32 bytes that follow from the seed and a name."""
    return hashlib.sha256(f"sample day {seed}/{name}".encode()).digest()


def sample_day(
    seed: int = 1,
    places: int = 1,
    desks: int = 2,
    voters: int = 12,
    *,
    k: int = 3,
    confirm_wait_ms: int = 2_000,
    guard_at_district: bool = False,
    fingerprint: Literal["off", "ask"] = "off",
) -> SampleDay:
    """Make the day. `voters` are dealt to places in turn; every seventh has one right only.

    With `guard_at_district` the district's station is one more guard of every place.
    """
    names = [chr(ord("a") + i) for i in range(places)]
    stations = [s for name in names for s in _stations_of(seed, name, desks)]
    stations.append(_station(seed, DISTRICT_STATION, "district", DISTRICT))
    officers = _officers(seed, (*names, DISTRICT))
    lines = _roll(seed, names, voters)
    package = Package(
        format=PACKAGE_FORMAT,
        day=f"sample-{seed}",
        training=True,
        province="استان نمونه",
        authorities=tuple(
            Authority(kind, f"authority {kind}", _public(seed, kind)) for kind in AUTHORITY_KINDS
        ),
        hours=(Hours("2026-11-27T04:30Z", "2026-11-27T14:30Z"),),
        elections=elections(),
        districts=(District(DISTRICT, "شمال", "North"),),
        places=tuple(_place(name, desks, guard_at_district) for name in names),
        stations=tuple(stations),
        officers=officers,
        supervisors=(),
        rules=Rules("refuse", 1, k, "roll", confirm_wait_ms, 10, "machine", fingerprint),
        roll=RollSummary(roll_root(lines), len(lines)),
        recovery_key=box_public(secret_of(seed, "recovery")),
        provisional_key=box_public(secret_of(seed, "provisional")),
    )
    signing = [station.id for station in stations] + [officer.id for officer in officers]
    return SampleDay(
        package,
        RollInMemory(lines),
        {name: Signer(secret_of(seed, name)) for name in signing},
        {s.id: secret_of(seed, f"{s.id} opening") for s in stations if s.kind == "box"},
        {name: tuple(line.voter for line in lines if line.home == name) for name in names},
    )


def elections() -> tuple[Election, ...]:
    """Two elections on one day: two seats of six candidates with a list, one seat of three."""
    options = tuple(
        ContestOption(f"{code:02d}", f"نامزد {code}", f"Candidate {code}") for code in range(11, 17)
    )
    lists = (OptionList("91", "فهرست یک", "List one", ("11", "14")),)
    parliament = Contest("parliament", "مجلس", "Parliament", 2, 2, options, lists)
    council = Contest(
        "council",
        "شورا",
        "Council",
        1,
        1,
        tuple(ContestOption(str(i), f"نامزد شورا {i}", f"Councillor {i}") for i in range(1, 4)),
    )
    return (
        Election("parliament", "مجلس", "Parliament", (parliament,)),
        Election("council", "شورا", "Council", (council,)),
    )


def _place(name: str, desks: int, guard_at_district: bool) -> PollingPlace:
    own = tuple(f"{name}-desk-{number}" for number in range(1, desks + 1))
    guards = (*own, DISTRICT_STATION) if guard_at_district else own
    return PollingPlace(name, f"محل {name}", f"Place {name}", DISTRICT, guards)


def _officers(seed: int, rooms: tuple[str, ...]) -> tuple[Officer, ...]:
    return tuple(
        Officer(f"{at}-{kind}", f"officer {at} {kind}", kind, at, _public(seed, f"{at}-{kind}"))
        for at in rooms
        for kind in AUTHORITY_KINDS
    )


def _public(seed: int, name: str) -> bytes:
    return Signer(secret_of(seed, name)).public


def _stations_of(seed: int, place: str, desks: int) -> list[Station]:
    names = [f"{place}-desk-{i}" for i in range(1, desks + 1)]
    return [
        *(_station(seed, name, "desk", place) for name in names),
        _station(seed, f"{place}-box-1", "box", place),
    ]


def _station(seed: int, name: str, kind: str, at: str) -> Station:
    opening = box_public(secret_of(seed, f"{name} opening")) if kind == "box" else b""
    key = _public(seed, name)
    return Station(name, kind, at, key, b"no certificate", opening)  # type: ignore[arg-type]


def _roll(seed: int, places: list[str], voters: int) -> list[RollLine]:
    roll_key = secret_of(seed, "roll key")
    return sorted(
        RollLine(
            voter_key(roll_key, f"{9_990_000_000 + number:010d}"),
            places[number % len(places)],
            BOTH if number % 7 else ("council",),
        )
        for number in range(voters)
    )
