"""A small polling day made from a seed: package, keys and roll, all in memory.

    day = sample_day(seed=7, places=1, desks=2, voters=20)
    day.voters["a"][0]              first voter whose home is place a
    day.signers["a-desk-1"]         that desk's key; officers are "a-executive", "a-supervisory"
    day.barred["deceased"][0]       somebody on the roll who may not vote (with `barred=1`)

Places are a, b, c …; each has `desks` desks and one box; one district, "north", has one station.
Nothing here is secret: every key follows from the seed. Voters are numbers, not people.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Literal

from msgspec.structs import replace

from sync.checkpoint import origin_of
from sync.encoding import canonical
from sync.mesh_entries import SpareCalled
from sync.officers import approve
from sync.orders import Amendment, Change, Order, amendment_note, code_hash, sign_amendment
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
    Spare,
    Station,
)
from sync.roll import STANDINGS, RollInMemory, RollLine, Standing, roll_root, voter_key
from sync.sealing import box_public
from sync.signing import Signer

DISTRICT = "north"
DISTRICT_STATION = "north-1"
BOTH = ("parliament", "council")


@dataclass(frozen=True, repr=False)
class SampleDay:
    """One polling day with everybody's keys; `voters` maps a place to its voter keys.

    `barred` maps a standing to the keys of those who stand on the roll and may not vote.
    """

    package: Package
    roll: RollInMemory
    signers: dict[str, Signer]
    opening: dict[str, bytes]
    voters: dict[str, tuple[str, ...]]
    barred: dict[Standing, tuple[str, ...]] = field(default_factory=dict)

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
    barred: int = 0,
    check_ins_per_minute: int = 10_000,
    spares: int = 0,
    confirmations: int = 1,
) -> SampleDay:
    """Make the day. `voters` are dealt to places in turn; every seventh has one right only.

    So many (`barred`) of each standing follow them on the roll, dealt in turn too.
    With `guard_at_district` the district's station is one more guard of every place.
    """
    names = [chr(ord("a") + i) for i in range(places)]
    stations = [s for name in names for s in _stations_of(seed, name, desks)]
    stations.append(_station(seed, DISTRICT_STATION, "district", DISTRICT))
    officers = _officers(seed, (*names, DISTRICT))
    lines = _roll(seed, names, voters, barred)
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
        rules=Rules(
            *("refuse", confirmations, k, "roll", confirm_wait_ms, 10, "machine", fingerprint),
            check_ins_per_minute=check_ins_per_minute,
        ),
        roll=RollSummary(roll_root(lines), len(lines)),
        recovery_key=box_public(secret_of(seed, "recovery")),
        provisional_key=box_public(secret_of(seed, "provisional")),
        spares=tuple(_spare(seed, f"spare-{number}") for number in range(1, spares + 1)),
    )
    signing = [s.id for s in stations] + [o.id for o in officers] + [s.id for s in package.spares]
    return SampleDay(
        package,
        RollInMemory(lines),
        {name: Signer(secret_of(seed, name)) for name in signing}
        | {f"authority {kind}": Signer(secret_of(seed, kind)) for kind in AUTHORITY_KINDS},
        {s.id: secret_of(seed, f"{s.id} opening") for s in stations if s.kind == "box"},
        {name: tuple(v for v, home, _, s in lines if home == name and not s) for name in names},
        {s: tuple(line.voter for line in lines if line.standing == s) for s in STANDINGS if s},
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


def spare_code(name: str) -> str:
    """The code in the sealed envelope of a spare."""
    return f"CODE-OF-{name.upper()}"


def _spare(seed: int, name: str) -> Spare:
    # The first is called by its code; the others wait for an amendment.
    code = code_hash(spare_code(name)) if name == "spare-1" else b""
    return Spare(name, "desk", _public(seed, name), b"no certificate", code=code)


def amended(day: SampleDay, *changes: Change, after: tuple[Amendment, ...] = ()) -> Order:
    """An amendment with these changes, signed by both authorities of a sample day."""
    package = day.package
    previous = after[-1].digest if after else package.base_hash
    number, minute = len(after) + 1, "2026-11-27T05:00Z"
    amendment = Amendment(
        package.day, package.base_hash, number, previous, minute, "A test.", changes
    )
    lines = [
        sign_amendment(package, amendment, kind, day.signers[f"authority {kind}"])
        for kind in AUTHORITY_KINDS
    ]
    return Order(canonical(amendment), amendment_note(amendment, lines))


def called(day: SampleDay, spare: str, at: str, code: str = "") -> Order:
    """A spare called to a place by its code and the two officers there."""
    call = SpareCalled(spare, at, code or spare_code(spare), "2026-11-27T05:00Z")
    origin = origin_of(day.package.day, spare, 0)
    approvals = tuple(
        approve(origin, call, f"{at}-{kind}", day.signers[f"{at}-{kind}"])
        for kind in AUTHORITY_KINDS
    )
    return Order(canonical(replace(call, approvals=approvals)))


def _roll(seed: int, places: list[str], voters: int, barred: int) -> list[RollLine]:
    roll_key = secret_of(seed, "roll key")
    standings: list[Standing] = [""] * voters + [s for s in STANDINGS if s] * barred
    return sorted(
        RollLine(
            voter_key(roll_key, f"{9_990_000_000 + number:010d}"),
            places[number % len(places)],
            () if standing else BOTH if number % 7 else ("council",),
            standing,
        )
        for number, standing in enumerate(standings)
    )
