"""What makes a package fit to be signed and served: every rule, each refusal a sentence.

`read_package` is the only way from bytes to a `Package`. What it refuses is listed whole, one
sentence a problem: file, key, what was found, what to do:

    package.json: places[0].guards[3]: 'a-box-1' is a box. Guards are desks or district stations;
    name one of those.

Contests have their rules in `sync.contest_rules`, places, stations and officers in
`sync.station_rules`. Certificates are checked in the shell, which can read X.509; signatures in
`sync.trust`.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Protocol

import msgspec

from sync.contest_rules import contest_problems
from sync.encoding import decode, duplicate_key
from sync.errors import DecodeError, PackageError
from sync.limits import ID_LETTERS_MAX, PACKAGE_BYTES_MAX
from sync.package import AUTHORITY_KINDS, PACKAGE_FORMAT, Hours, Package
from sync.signing import KEY_BYTES
from sync.station_rules import station_problems
from sync.text import normal

ROOT_BYTES = 32
HASH_BYTES = 32

_ID = re.compile(r"[a-z0-9-]+", re.ASCII)
_MINUTE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}Z", re.ASCII)
_AGAIN = "Make the file again with 'pollmesh package new'; do not edit it by hand"
_AT = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<path>.*)`)?$", re.DOTALL)
_FIELD = re.compile(r"^Object (?:contains unknown|missing required) field `(?P<field>.*)`$")

Check = Callable[[Package], Iterator[str]]


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


class _HasName(Protocol):
    @property
    def name(self) -> str: ...


class _HasKey(Protocol):
    @property
    def key(self) -> bytes: ...


def read_package(data: bytes, where: str) -> Package:
    """Decode and check a package; `where` is the file as people know it.

    PackageError lists every problem. Bytes that are no package at all give one; a package that
    can be read gives all that its content has.
    """
    if len(data) > PACKAGE_BYTES_MAX:
        raise PackageError(
            [
                f"{where}: whole file: {len(data)} bytes, at most {PACKAGE_BYTES_MAX} are read. "
                "Make sure that it is package.json; split the province if it is."
            ]
        )
    package = _decode(data, where)
    if problems := [f"{where}: {problem}" for problem in package_problems(package)]:
        raise PackageError(problems)
    return package


def package_problems(package: Package) -> list[str]:
    """Everything wrong with the content, without file name; empty if it may be signed."""
    return [problem for check in _CHECKS for problem in check(package)]


def unsupported(package: Package) -> list[str]:
    """What a valid package asks for and this version does not do, in words; empty if nothing."""
    rules = package.rules
    wanted = (
        ("fallback", rules.fallback, "refuse"),
        ("homes", rules.homes, "roll"),
        ("restart", rules.restart, "machine"),
    )
    return [
        f"rules.{key}: '{found}' is valid, but this version serves '{served}' only. "
        f"Ask both authorities for a package with '{served}', or use a version that serves it."
        for key, found, served in wanted
        if found != served
    ]


def is_id(name: str) -> bool:
    """May `name` be the id of anything: 1 to 32 of a-z, 0-9 and hyphen?"""
    return len(name) <= ID_LETTERS_MAX and _ID.fullmatch(name) is not None


class _Head(msgspec.Struct):
    """The first field of any version of a package."""

    format: str = ""


def _decode(data: bytes, where: str) -> Package:
    try:
        found = msgspec.json.decode(data, type=_Head).format
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = PACKAGE_FORMAT  # no object with a format: what is wrong is said below
    if found != PACKAGE_FORMAT:
        raise PackageError(
            [
                f"{where}: format: '{found[:60]}' is not '{PACKAGE_FORMAT}'. "
                "Use the version of pollmesh that made it, or make the package again."
            ]
        )
    try:
        return decode(data, Package, where)
    except DecodeError as error:
        raise PackageError([f"{where}: {_in_words(data, error.problem)}"]) from None


def _in_words(data: bytes, problem: str) -> str:
    """Turn a decoder's message into key path, what was found and what to do."""
    if key := duplicate_key(data):
        return f"{key}: this key stands twice in one object. Keep one. {_AGAIN}."
    match = _AT.match(problem)
    assert match, "the pattern accepts every text"
    what, path = match["what"], match["path"] or ""
    if field := _FIELD.match(what):
        path = f"{path}.{field['field']}" if path else field["field"]
        if "unknown" in what:
            return f"{path}: this version does not know this field. Take it out. {_AGAIN}."
        return f"{path}: this field is missing. {_AGAIN}."
    return f"{path or 'whole file'}: {what}. {_AGAIN}."


def _ids(package: Package) -> Iterator[str]:
    seen: dict[tuple[str, str], str] = {}
    for kind, path, name in _all_ids(package):
        if not is_id(name):
            yield (
                f"{path}: '{name[:60]}' is no id. Use 1 to {ID_LETTERS_MAX} of a-z, 0-9 and hyphen."
            )
        if first := seen.get((kind, name)):
            yield f"{path}: '{name}' is already the id of {first}. Give each {kind} its own id."
        seen.setdefault((kind, name), path.removesuffix(".id"))


def _all_ids(package: Package) -> Iterator[tuple[str, str, str]]:
    """Kind, path and id. Places and districts share one kind: `at` names either."""
    yield "day", "day", package.day
    for i, election in enumerate(package.elections):
        yield "election", f"elections[{i}].id", election.id
        for j, contest in enumerate(election.contests):
            yield "contest", f"elections[{i}].contests[{j}].id", contest.id
    groups: tuple[tuple[str, str, Sequence[_HasId]], ...] = (
        ("place or district", "districts", package.districts),
        ("place or district", "places", package.places),
        ("station", "stations", package.stations),
        ("officer", "officers", package.officers),
        ("supervisor", "supervisors", package.supervisors),
    )
    for kind, key, parts in groups:
        for i, part in enumerate(parts):
            yield kind, f"{key}[{i}].id", part.id


def _names(package: Package) -> Iterator[str]:
    yield from name_problem("province", package.province)
    groups: tuple[tuple[str, Sequence[_HasName]], ...] = (
        ("authorities", package.authorities),
        ("elections", package.elections),
        ("districts", package.districts),
        ("places", package.places),
        ("officers", package.officers),
        ("supervisors", package.supervisors),
    )
    for key, parts in groups:
        for i, part in enumerate(parts):
            yield from name_problem(f"{key}[{i}].name", part.name)


def name_problem(path: str, name: str) -> Iterator[str]:
    """Why a name cannot be stored as it is; at most one sentence."""
    if not name:
        yield f"{path}: the name is empty. Write one."
    elif normal(name) != name:
        yield (
            f"{path}: the name is not in normal letters, digits and blanks. Write it as "
            f"'{normal(name)[:60]}'."
        )


def _authorities(package: Package) -> Iterator[str]:
    kinds = [authority.kind for authority in package.authorities]
    if sorted(kinds) != sorted(AUTHORITY_KINDS):
        found = ", ".join(kinds) or "none"
        yield f"authorities: found {found}. Name exactly two: one executive, one supervisory."


def _hours(package: Package) -> Iterator[str]:
    if not package.hours:
        yield "hours: no period. Name at least one, with opens and closes."
    good: list[tuple[str, str, int]] = []
    for i, period in enumerate(package.hours):
        wrong = list(_period_problems(f"hours[{i}]", period))
        yield from wrong
        if not wrong:
            good.append((period.opens, period.closes, i))
    good.sort()
    for (_, closes, first), (opens, _, second) in pairwise(good):
        if opens < closes:
            yield (
                f"hours[{second}].opens: {opens} is before hours[{first}] closes at {closes}. "
                "Periods must not overlap; join them or move one."
            )


def _period_problems(path: str, period: Hours) -> Iterator[str]:
    wrong = False
    for key, text in (("opens", period.opens), ("closes", period.closes)):
        if not _is_minute(text):
            wrong = True
            yield (
                f"{path}.{key}: '{text[:40]}' is no UTC minute. Write it like 2026-11-27T04:30Z."
            )
    if not wrong and period.opens >= period.closes:
        yield (
            f"{path}.closes: {period.closes} is not after the opening at {period.opens}. "
            "Polls close after they open; correct one of the two."
        )


def _is_minute(text: str) -> bool:
    if not _MINUTE.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text[:-1])
    except ValueError:
        return False
    return True


def _keys(package: Package) -> Iterator[str]:
    groups: tuple[tuple[str, Sequence[_HasKey]], ...] = (
        ("authorities", package.authorities),
        ("stations", package.stations),
        ("officers", package.officers),
        ("supervisors", package.supervisors),
        ("spares", package.spares),
    )
    signing = [
        (f"{kind}[{i}].key", part.key) for kind, parts in groups for i, part in enumerate(parts)
    ]
    sealing = [
        *(
            (f"stations[{i}].opening_key", s.opening_key)
            for i, s in enumerate(package.stations)
            if s.kind == "box"
        ),
        ("recovery_key", package.recovery_key),
        ("provisional_key", package.provisional_key),
    ]
    for group in (signing, sealing):
        seen: dict[bytes, str] = {}
        for path, key in group:
            if len(key) != KEY_BYTES:
                yield f"{path}: {len(key)} bytes. A key has {KEY_BYTES}; take it from its maker."
            elif key in seen:
                yield f"{path}: the same key as {seen[key]}. Each holder makes a key of its own."
            seen.setdefault(key, path)


def _spares(package: Package) -> Iterator[str]:
    for i, spare in enumerate(package.spares):
        if spare.id in package.stations_by_id:
            yield f"spares[{i}].id: '{spare.id}' is a station. A spare has an id of its own."
        if spare.code and len(spare.code) != HASH_BYTES:
            yield f"spares[{i}].code: {len(spare.code)} bytes. It is the SHA-256 of a code."
        if not spare.certificate:
            yield f"spares[{i}].certificate: '{spare.id}' has none. Take it from its enrolment."
        if spare.kind != "desk":
            # A box's opening key is shared among the officers of its place, which a spare lacks.
            yield f"spares[{i}].kind: '{spare.id}' is a {spare.kind}. Only desks can be spares."
        if spare.opening_key:
            yield f"spares[{i}].opening_key: '{spare.id}' is no box. Leave it empty."
    if package.revocations or package.added:
        yield "revocations, added: only amendments fill these. Leave them empty."


def _rules(package: Package) -> Iterator[str]:
    rules = package.rules
    if rules.confirmations not in (1, 2):
        yield f"rules.confirmations: {rules.confirmations}. Write 1 or 2."
    for key, value in (
        ("k", rules.k),
        ("confirm_wait_ms", rules.confirm_wait_ms),
        ("cast_count_wait_minutes", rules.cast_count_wait_minutes),
        ("check_ins_per_minute", rules.check_ins_per_minute),
        ("companion_cap", rules.companion_cap),
    ):
        if value < 1:
            yield f"rules.{key}: {value}. Write 1 or more."


def _roll(package: Package) -> Iterator[str]:
    if len(package.roll.root) != ROOT_BYTES:
        yield (
            f"roll.root: {len(package.roll.root)} bytes. A Merkle root has {ROOT_BYTES}; "
            "make it from the roll with 'pollmesh package new'."
        )
    if package.roll.voters < 0:
        yield f"roll.voters: {package.roll.voters}. Count the roll's lines again."


_CHECKS: tuple[Check, ...] = (
    _ids,
    _names,
    _authorities,
    _hours,
    contest_problems,
    station_problems,
    _keys,
    _rules,
    _spares,
    _roll,
)
