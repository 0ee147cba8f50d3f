"""The package: one canonical JSON document that governs one polling day.

It names everything that is decided before the day and cannot be argued about during it: elections
and candidate codes, places, stations with their keys, the guards of each place, officers, rules and
the roll's Merkle root. Its SHA-256 is the **base hash**; stations share only under equal ones.

Two authorities, executive and supervisory, sign the same note (`sync.trust`):

    pollmesh/package
    khorshid-2026
    vNyTd0…=                                          base hash, base64

Fields are bytes in base64 unless said otherwise; times are UTC minutes, `2026-11-27T04:30Z`.
"""

import hashlib
from functools import cached_property
from typing import Literal

from msgspec import Struct

from sync.encoding import canonical
from sync.roll import RollLine

PACKAGE_FORMAT = "pollmesh/package/v1"
StationKind = Literal["desk", "box", "district"]
AuthorityKind = Literal["executive", "supervisory"]
AUTHORITY_KINDS: tuple[AuthorityKind, AuthorityKind] = ("executive", "supervisory")


class _Part(Struct, frozen=True, forbid_unknown_fields=True):
    """One object of the package: immutable, and no field that this version does not know."""


class Authority(_Part, frozen=True):
    """One of the two who approve the day. Its fingerprint reaches people by another road."""

    kind: AuthorityKind
    name: str
    key: bytes


class Hours(_Part, frozen=True):
    """One period in which polls are open."""

    opens: str
    closes: str


class ContestOption(_Part, frozen=True):
    """A votable choice: a candidate under a code of the contest's width."""

    code: str
    name: str
    latin: str


class OptionList(_Part, frozen=True):
    """A list of candidates that one code stands for."""

    code: str
    name: str
    latin: str
    options: tuple[str, ...]


class Contest(_Part, frozen=True):
    """One decision put to voters: up to `seats` options."""

    id: str
    name: str
    latin: str
    seats: int
    code_digits: int
    options: tuple[ContestOption, ...]
    lists: tuple[OptionList, ...] = ()

    def option(self, code: str) -> ContestOption | None:
        """The option with this code."""
        return next((option for option in self.options if option.code == code), None)

    def option_list(self, code: str) -> OptionList | None:
        """The list with this code."""
        return next((group for group in self.lists if group.code == code), None)


class Election(_Part, frozen=True):
    """One office being elected. Its id is also the name of the right to vote in it."""

    id: str
    name: str
    latin: str
    contests: tuple[Contest, ...]


class District(_Part, frozen=True):
    """A county: places report to its district stations."""

    id: str
    name: str
    latin: str


class PollingPlace(_Part, frozen=True):
    """Where voters come. `guards` are stations (desks or district stations), fixed for the day."""

    id: str
    name: str
    latin: str
    district: str
    guards: tuple[str, ...]


class Station(_Part, frozen=True):
    """One computer with one key. `at` is a place (desk, box) or a district (district station)."""

    id: str
    kind: StationKind
    at: str
    key: bytes
    certificate: bytes
    opening_key: bytes = b""


class Spare(_Part, frozen=True):
    """A computer in reserve, enrolled before the day; an order says where it works.

    `code` is the SHA-256 of the code that puts it to work where no authority can be reached
    (`sync.orders`); empty: only an amendment does.
    """

    id: str
    kind: StationKind
    key: bytes
    certificate: bytes
    opening_key: bytes = b""
    code: bytes = b""


class Revocation(_Part, frozen=True):
    """From entry `size` on nothing counts that stands in the log `origin`."""

    origin: str
    size: int


class Officer(_Part, frozen=True):
    """A person who signs acts at `at` (a place or a district) for one authority."""

    id: str
    name: str
    authority: AuthorityKind
    at: str
    key: bytes


class Supervisor(_Part, frozen=True):
    """A person who may pull merged state. `certificate` is pinned on links, like a station's."""

    id: str
    name: str
    key: bytes
    certificate: bytes


class Rules(_Part, frozen=True):
    """What the two authorities decided about the day's conduct."""

    fallback: Literal["provisional", "refuse", "at-risk"]
    confirmations: int
    k: int
    homes: Literal["roll", "hash"]
    confirm_wait_ms: int
    cast_count_wait_minutes: int
    restart: Literal["machine", "officers"]
    fingerprint: Literal["off", "ask"] = "off"
    companion_cap: int = 2
    check_ins_per_minute: int = 6


class RollSummary(_Part, frozen=True):
    """The roll without the people: its Merkle root (`sync.roll`) and number of voters."""

    root: bytes
    voters: int


class Package(_Part, frozen=True, dict=True):
    """The whole document. Ids are unique within their kind; see `sync.package_rules`."""

    format: str
    day: str
    training: bool
    province: str
    authorities: tuple[Authority, ...]
    hours: tuple[Hours, ...]
    elections: tuple[Election, ...]
    districts: tuple[District, ...]
    places: tuple[PollingPlace, ...]
    stations: tuple[Station, ...]
    officers: tuple[Officer, ...]
    supervisors: tuple[Supervisor, ...]
    rules: Rules
    roll: RollSummary
    recovery_key: bytes
    provisional_key: bytes
    spares: tuple[Spare, ...] = ()
    revocations: tuple[Revocation, ...] = ()
    added: tuple[RollLine, ...] = ()
    """The last two are empty in what the authorities sign before the day; orders fill them."""

    @cached_property
    def base_hash(self) -> bytes:
        """SHA-256 of the canonical bytes: the package's one name."""
        return hashlib.sha256(canonical(self)).digest()

    @cached_property
    def stations_by_id(self) -> dict[str, Station]:
        """Stations by id."""
        return {station.id: station for station in self.stations}

    @cached_property
    def spares_by_id(self) -> dict[str, Spare]:
        """Spares by id, at work or not."""
        return {spare.id: spare for spare in self.spares}

    @cached_property
    def revoked_at(self) -> dict[str, int]:
        """Origin -> the size at which the log was revoked, the smallest if several times."""
        sizes: dict[str, int] = {}
        for one in self.revocations:
            sizes[one.origin] = min(one.size, sizes.get(one.origin, one.size))
        return sizes

    @cached_property
    def places_by_id(self) -> dict[str, PollingPlace]:
        """Places by id."""
        return {place.id: place for place in self.places}

    @cached_property
    def officers_by_id(self) -> dict[str, Officer]:
        """Officers by id."""
        return {officer.id: officer for officer in self.officers}

    @cached_property
    def elections_by_id(self) -> dict[str, Election]:
        """Elections by id."""
        return {election.id: election for election in self.elections}

    @cached_property
    def contests_by_id(self) -> dict[str, Contest]:
        """Contests by id."""
        return {c.id: c for election in self.elections for c in election.contests}

    def contests_of(self, rights: tuple[str, ...]) -> tuple[Contest, ...]:
        """The contests a voter with these rights finds on the ballot, in the package's order."""
        return tuple(
            contest
            for election in self.elections
            if election.id in rights
            for contest in election.contests
        )

    def stations_at(self, at: str, *kinds: StationKind) -> tuple[Station, ...]:
        """The stations of a place or district, of these kinds (none given: all)."""
        return tuple(s for s in self.stations if s.at == at and (not kinds or s.kind in kinds))

    def desks_for(self, place: str) -> tuple[str, ...]:
        """Ids of every desk that may ever give cards for this place's boxes: its own, then spares.

        The same before and after a spare is put to work.
        """
        own = [s.id for s in self.stations_at(place, "desk") if s.id not in self.spares_by_id]
        return (*own, *(spare.id for spare in self.spares if spare.kind == "desk"))

    def authority(self, kind: AuthorityKind) -> Authority:
        """The authority of this kind."""
        return next(a for a in self.authorities if a.kind == kind)


def short_hash(base_hash: bytes) -> str:
    """A base hash as screens show it: the first 8 bytes in hex, in two groups."""
    text = base_hash.hex()
    return f"{text[:8]} {text[8:16]}"
