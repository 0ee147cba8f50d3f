"""What people decide before any key exists: the province file, TOML written by hand.

It has the package's own shape (`sync.package`) without keys: elections, hours, districts, places,
stations, officers, supervisors, rules; and the **keepers** who hold halves of the day's secrets:

    [[keepers]]
    id = "registrar-executive"
    name = "…"
    authority = "executive"
    keeps = ["roll"]                    any of roll, recovery, provisional

`config/example/province.toml` is one to copy and to read.
"""

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from sync.errors import PackageError
from sync.limits import ID_LETTERS_MAX
from sync.package import (
    AUTHORITY_KINDS,
    AuthorityKind,
    District,
    Election,
    Hours,
    PollingPlace,
    Rules,
    StationKind,
)
from sync.package_rules import is_id

Kept = Literal["roll", "recovery", "provisional"]
KEPT: tuple[Kept, ...] = ("roll", "recovery", "provisional")


class _Part(Struct, frozen=True, forbid_unknown_fields=True):
    """One table of the file."""


class PlannedAuthority(_Part, frozen=True):
    """One of the two who will sign the package."""

    kind: AuthorityKind
    name: str


class PlannedStation(_Part, frozen=True):
    """A station before it has a key."""

    id: str
    kind: StationKind
    at: str


class PlannedSpare(_Part, frozen=True):
    """A desk in reserve, before it has a key. What its place will be nobody knows yet."""

    id: str
    code: bool = True
    """Called by a code from an envelope; else put to work by an amendment."""


class PlannedOfficer(_Part, frozen=True):
    """An officer before the ceremony."""

    id: str
    name: str
    authority: AuthorityKind
    at: str


class PlannedSupervisor(_Part, frozen=True):
    """A supervisor before the ceremony."""

    id: str
    name: str


class Keeper(_Part, frozen=True):
    """Who keeps the roll key, or a share of the recovery or provisional key."""

    id: str
    name: str
    authority: AuthorityKind
    keeps: tuple[Kept, ...]


class Province(_Part, frozen=True):
    """The whole file."""

    day: str
    province: str
    authorities: tuple[PlannedAuthority, ...]
    hours: tuple[Hours, ...]
    elections: tuple[Election, ...]
    districts: tuple[District, ...]
    places: tuple[PollingPlace, ...]
    stations: tuple[PlannedStation, ...]
    officers: tuple[PlannedOfficer, ...]
    supervisors: tuple[PlannedSupervisor, ...]
    keepers: tuple[Keeper, ...]
    rules: Rules
    spares: tuple[PlannedSpare, ...] = ()


def load_province(path: Path) -> Province:
    """Read a province file; PackageError says where and why it cannot be used."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        province = msgspec.convert(table, Province)
    except tomllib.TOMLDecodeError as error:
        raise PackageError([f"{path}: {error}. Correct that line."]) from None
    except UnicodeDecodeError as error:
        raise PackageError([f"{path}: not UTF-8 at byte {error.start}. Save it so."]) from None
    except msgspec.ValidationError as error:
        raise PackageError([f"{path}: {error}. Compare config/example/province.toml."]) from None
    if problems := [f"{path}: {problem}" for problem in _problems(province)]:
        raise PackageError(problems)
    return province


def _problems(province: Province) -> Iterator[str]:
    """What a ceremony needs to be right; the rest is checked when the package is made."""
    kinds = sorted(authority.kind for authority in province.authorities)
    if kinds != sorted(AUTHORITY_KINDS):
        yield (
            f"authorities: found {', '.join(kinds) or 'none'}. "
            "Name exactly two: one executive, one supervisory."
        )
    if not is_id(province.day):
        yield f"day: '{province.day[:40]}' is no id. Use 1 to {ID_LETTERS_MAX} of a-z, 0-9, hyphen."
    seen: dict[str, str] = dict.fromkeys(AUTHORITY_KINDS, "authorities")
    groups: tuple[tuple[str, Sequence[PlannedOfficer | PlannedSupervisor | Keeper]], ...] = (
        ("officers", province.officers),
        ("supervisors", province.supervisors),
        ("keepers", province.keepers),
    )
    for key, people in groups:
        for i, person in enumerate(people):
            path = f"{key}[{i}].id"
            if not is_id(person.id):
                yield (
                    f"{path}: '{person.id[:40]}' is no id. "
                    f"Use 1 to {ID_LETTERS_MAX} of a-z, 0-9, hyphen."
                )
            if person.id in seen:
                yield f"{path}: '{person.id}' already stands in {seen[person.id]}. Use another."
            seen[person.id] = f"{key}[{i}]"
    computers: tuple[tuple[str, Sequence[PlannedStation | PlannedSpare]], ...] = (
        ("stations", province.stations),
        ("spares", province.spares),
    )
    for key, planned in computers:
        for i, one in enumerate(planned):
            if not is_id(one.id):
                yield f"{key}[{i}].id: '{one.id[:40]}' is no id. Use a-z, 0-9, hyphen."
    for kept in KEPT:
        for authority in AUTHORITY_KINDS:
            if not any(k.authority == authority and kept in k.keeps for k in province.keepers):
                yield (
                    f"keepers: nobody of the {authority} authority keeps '{kept}'. "
                    "Name at least one keeper of each authority for each key."
                )
