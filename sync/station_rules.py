"""The rules of places, districts, stations, guards and officers inside a package.

Who stands where must be complete before the day: a place without a box, a district without an
officer of one authority, or a guard that nobody runs could not be mended during it.
"""

from collections import defaultdict
from collections.abc import Iterator

from sync.package import AUTHORITY_KINDS, Package

GUARDS_MAX = 15
"""Guards of one place. A quorum is more than half of them; more only makes it slower."""


def station_problems(package: Package) -> Iterator[str]:
    """What is wrong with where things stand, a sentence each: key, what was found, what to do."""
    yield from _places(package)
    yield from _second_desks(package)
    yield from _stations(package)
    yield from _officers(package)


def _places(package: Package) -> Iterator[str]:
    districts = {district.id for district in package.districts}
    kinds_at: dict[str, set[str]] = defaultdict(set)
    for station in package.stations:
        kinds_at[station.at].add(station.kind)
    for i, place in enumerate(package.places):
        path = f"places[{i}]"
        if place.district not in districts:
            yield (
                f"{path}.district: '{place.district}' is no district of this package. "
                "Name one of 'districts'."
            )
        yield from (
            f"{path}: place '{place.id}' has no {kind}. Enrol one with at = '{place.id}'."
            for kind in ("desk", "box")
            if kind not in kinds_at[place.id]
        )
        yield from _guards(package, path, place.guards)
    for i, district in enumerate(package.districts):
        if "district" not in kinds_at[district.id]:
            yield (
                f"districts[{i}]: district '{district.id}' has no district station. "
                f"Enrol one with at = '{district.id}'."
            )


def _second_desks(package: Package) -> Iterator[str]:
    """Where two confirmations are asked, another desk of the place must be able to give one."""
    for i, place in enumerate(package.places):
        desks = len(package.stations_at(place.id, "desk"))
        if package.rules.confirmations == 2 and desks < 2:
            yield (
                f"places[{i}]: rules.confirmations is 2, and place "
                f"'{place.id}' has {desks} desk. Enrol another desk there, or ask for one "
                "confirmation."
            )


def _guards(package: Package, path: str, guards: tuple[str, ...]) -> Iterator[str]:
    if not 1 <= len(guards) <= GUARDS_MAX:
        yield (
            f"{path}.guards: {len(guards)} guards. Name 1 to {GUARDS_MAX} desks or district "
            "stations."
        )
    for i, guard in enumerate(guards):
        station = package.stations_by_id.get(guard)
        if station is None:
            yield (
                f"{path}.guards[{i}]: '{guard[:60]}' is no station of this package. "
                "Name a desk or a district station, or enrol it."
            )
        elif station.kind == "box":
            yield (
                f"{path}.guards[{i}]: '{guard}' is a box. Guards are desks or district stations; "
                "name one of those."
            )
        if guard in guards[:i]:
            yield f"{path}.guards[{i}]: '{guard[:60]}' stands twice. A guard counts once; keep one."


def _stations(package: Package) -> Iterator[str]:
    districts = {district.id for district in package.districts}
    for i, station in enumerate(package.stations):
        path = f"stations[{i}]"
        if station.kind == "district" and station.at not in districts:
            yield (
                f"{path}.at: '{station.at[:60]}' is no district. "
                f"'{station.id}' is a district station; name one of 'districts'."
            )
        if station.kind != "district" and station.at not in package.places_by_id:
            yield (
                f"{path}.at: '{station.at[:60]}' is no place. "
                f"'{station.id}' is a {station.kind}; name one of 'places'."
            )
        if station.kind != "box" and station.opening_key:
            yield (
                f"{path}.opening_key: '{station.id}' is a {station.kind}. "
                "Only boxes have an opening key; leave it empty."
            )
        if not station.certificate:
            yield (f"{path}.certificate: '{station.id}' has none. Take it from its enrolment.")
    for i, supervisor in enumerate(package.supervisors):
        if not supervisor.certificate:
            yield (
                f"supervisors[{i}].certificate: '{supervisor.id}' has none. "
                "Take it from the ceremony's public.json."
            )


def _officers(package: Package) -> Iterator[str]:
    rooms = {**{d.id: "district" for d in package.districts}}
    rooms.update({place.id: "place" for place in package.places})
    present = {(officer.at, officer.authority) for officer in package.officers}
    for i, officer in enumerate(package.officers):
        if officer.at not in rooms:
            yield (
                f"officers[{i}].at: '{officer.at[:60]}' is no place and no district. "
                f"Say where '{officer.id}' serves."
            )
    for room, kind in rooms.items():
        for authority in AUTHORITY_KINDS:
            if (room, authority) not in present:
                yield (
                    f"officers: {kind} '{room}' has no {authority} officer. "
                    "Each needs one of each authority; name one."
                )
