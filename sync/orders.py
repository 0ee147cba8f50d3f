"""What may still change on the day: amendments of both authorities, and spares called by code.

An **amendment** is canonical JSON, numbered from 1 and chained, under a signed note of both
authorities like the package itself:

    {"day":"khorshid-2026","base":"vNyT…=","number":1,"previous":"vNyT…=","minute":"2026-11-27T13:40Z",
     "reason":"Queues at the doors.","changes":[{"change":"HoursChanged","hours":[…]}]}

    pollmesh/amendment
    khorshid-2026
    1
    9f2cQ0…=                                          SHA-256 of the amendment, base64

    — pollmesh/khorshid-2026/executive Az3grlgt…
    — pollmesh/khorshid-2026/supervisory 9s2kQ0b1…

`previous` is the digest of the amendment before, for the first the package's base hash. A **call**
(`SpareCalled`) works without the authorities: the package holds the SHA-256 of each spare's code,
the code lies in a sealed envelope at the place, and two officers there sign with it. Either one is
an **order**. Orders travel before anything else; stations talk only when they hold the same ones.

What the orders make of the package is a package again, under the same base hash. Guards, officers
and rules never change. Of two amendments with one number nobody holds both: who took one keeps it,
and the two camps see that they differ.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from sync.checkpoint import origin_of
from sync.encoding import canonical, decode
from sync.entry_base import Count, Id, Minute
from sync.errors import DecodeError, VerifyError
from sync.limits import AMENDMENTS_MAX, ORDER_BYTES_MAX, REASON_LETTERS_MAX, VOTERS_ADDED_MAX
from sync.mesh_entries import SpareCalled
from sync.minutes import minute_ms
from sync.note import Note, NoteSignature, parse_note, sign_note, verify_note
from sync.officers import approval_problem
from sync.package import AUTHORITY_KINDS, AuthorityKind, Hours, Package, Revocation, Station
from sync.roll import RollLine, is_voter_key
from sync.signing import Signer
from sync.trust import authority_key

_FIRST_LINE = "pollmesh/amendment"


class HoursChanged(Struct, frozen=True, forbid_unknown_fields=True, tag_field="change", tag=True):
    """These are the hours now: an extension, or a late opening."""

    hours: tuple[Hours, ...]


class SparePutToWork(Struct, frozen=True, forbid_unknown_fields=True, tag_field="change", tag=True):
    """The spare is a station of this place (or district) from now on."""

    spare: Id
    at: Id


class StationRevoked(Struct, frozen=True, forbid_unknown_fields=True, tag_field="change", tag=True):
    """What stands in this log from entry `size` on is evidence and never counts."""

    station: Id
    epoch: Count
    size: Count


class VotersAdded(Struct, frozen=True, forbid_unknown_fields=True, tag_field="change", tag=True):
    """Voters who were missing on the roll."""

    lines: Annotated[tuple[RollLine, ...], Meta(min_length=1, max_length=VOTERS_ADDED_MAX)]


Change = HoursChanged | SparePutToWork | StationRevoked | VotersAdded


class Amendment(Struct, frozen=True, forbid_unknown_fields=True):
    """One numbered change of the day by both authorities."""

    day: str
    base: bytes
    number: Annotated[int, Meta(ge=1, le=AMENDMENTS_MAX)]
    previous: bytes
    minute: Minute
    reason: Annotated[str, Meta(min_length=1, max_length=REASON_LETTERS_MAX)]
    changes: Annotated[tuple[Change, ...], Meta(min_length=1, max_length=16)]

    @property
    def digest(self) -> bytes:
        """SHA-256 of its canonical bytes."""
        return hashlib.sha256(canonical(self)).digest()


class Order(Struct, frozen=True, forbid_unknown_fields=True):
    """An order as it travels and is stored: its bytes, and the note under an amendment."""

    body: bytes
    note: bytes = b""


@dataclass(frozen=True)
class Orders:
    """Every order that a station goes by. `package` is the one both authorities signed."""

    package: Package
    amendments: tuple[Amendment, ...] = ()
    calls: tuple[SpareCalled, ...] = ()
    signed: tuple[Order, ...] = ()

    @property
    def digest(self) -> bytes:
        """One name for this set of orders: equal for stations that go by the same."""
        last = self.amendments[-1].digest if self.amendments else self.package.base_hash
        return hashlib.sha256(canonical([last.hex(), self._called()])).digest()

    def effective(self) -> Package:
        """The package as it stands under these orders, whatever the row in which they came.

        A spare with a code is put to work by calls alone, so none ever moves by an amendment.
        """
        package = self._amended()
        for spare, at in self._called():
            if spare not in package.stations_by_id:
                package = _changed(package, SparePutToWork(spare, at))
        return package

    def _called(self) -> list[tuple[str, str]]:
        """Spare and place of every call. Of two places, which is two envelopes' worth of fraud,
        the lower stands: everybody sees the same."""
        return sorted((call.spare, call.at) for call in self.calls)

    def _amended(self) -> Package:
        """What amendments alone make of the package: the same whichever calls are known here."""
        package = self.package
        for amendment in self.amendments:
            for change in amendment.changes:
                package = _changed(package, change)
        return package

    def take(self, order: Order) -> "Orders":
        """These and one more; self if it is known. VerifyError says why one cannot be taken."""
        if order.body in {known.body for known in self.signed}:
            return self
        where = "order"
        if len(order.body) > ORDER_BYTES_MAX:
            raise DecodeError(where, f"{len(order.body)} bytes, at most {ORDER_BYTES_MAX}")
        if not order.note:
            return self._take_call(decode(order.body, SpareCalled, where), order)
        return self._take_amendment(decode(order.body, Amendment, where), order)

    def take_all(self, orders: Iterable[Order]) -> "Orders":
        """These and all that can be taken of others, amendments in the order of their numbers."""
        taken = self
        for order in sorted(orders, key=_number):
            try:
                taken = taken.take(order)
            except (DecodeError, VerifyError):
                continue
        return taken

    def refuses(self, order: Order) -> str:
        """Why this order cannot be taken besides these; empty if it can, or is in force."""
        try:
            self.take(order)
        except (DecodeError, VerifyError) as error:
            return str(error)
        return ""

    def _take_call(self, call: SpareCalled, order: Order) -> "Orders":
        spare = self.package.spares_by_id.get(call.spare)
        if spare is None or not spare.code:
            raise VerifyError(f"{call.spare} is no spare that a code puts to work")
        if code_hash(call.code) != spare.code:
            raise VerifyError(f"this is not the code of {call.spare}; read it again")
        if problem := _place_problem(self.package, spare.kind, call.at):
            raise VerifyError(problem)
        origin = origin_of(self.package.day, call.spare, 0)
        if problem := approval_problem(self.package, origin, call.at, call):
            raise VerifyError(problem)
        if (call.spare, call.at) in self._called():
            # Signed a second time, after a first try that seemed to fail: the same call.
            return self
        return Orders(self.package, self.amendments, (*self.calls, call), (*self.signed, order))

    def _take_amendment(self, amendment: Amendment, order: Order) -> "Orders":
        number = len(self.amendments) + 1
        last = self.amendments[-1].digest if self.amendments else self.package.base_hash
        if amendment.day != self.package.day or amendment.base != self.package.base_hash:
            raise VerifyError("this amendment is for another package")
        if amendment.number != number or amendment.previous != last:
            raise VerifyError(
                f"amendment {amendment.number} does not follow: {number} is next here. Take the "
                "amendments in their order; two with one number cannot both be true."
            )
        verify_amendment(self.package, amendment, order.note)
        package = self._amended()
        for change in amendment.changes:
            if problem := change_problem(package, change):
                raise VerifyError(f"amendment {amendment.number}: {problem}")
            package = _changed(package, change)
        return Orders(
            self.package, (*self.amendments, amendment), self.calls, (*self.signed, order)
        )


def code_hash(code: str) -> bytes:
    """What the package holds of a spare's code: SHA-256 of `pollmesh/spare/v1`, newline, code."""
    return hashlib.sha256(b"pollmesh/spare/v1\n" + code.encode()).digest()


def amendment_text(amendment: Amendment) -> str:
    """What both authorities sign."""
    digest = base64.b64encode(amendment.digest).decode()
    return f"{_FIRST_LINE}\n{amendment.day}\n{amendment.number}\n{digest}\n"


def sign_amendment(
    package: Package, amendment: Amendment, kind: AuthorityKind, signer: Signer
) -> NoteSignature:
    """One authority's signature line; VerifyError if `signer` is not that authority's key."""
    key = authority_key(package, kind)
    if key.public != signer.public:
        raise VerifyError(f"this key is not the {kind} authority's of this package")
    return sign_note(amendment_text(amendment), key, signer)


def amendment_note(amendment: Amendment, lines: Iterable[NoteSignature]) -> bytes:
    """The note under an amendment with these signature lines."""
    return Note(amendment_text(amendment), tuple(lines)).encode()


def verify_amendment(package: Package, amendment: Amendment, note_bytes: bytes) -> None:
    """VerifyError unless both authorities of the package signed exactly this amendment."""
    where = f"amendment {amendment.number}"
    note = parse_note(note_bytes, where)
    if note.text != amendment_text(amendment):
        raise VerifyError(f"{where}: the signatures are for another text")
    for kind in AUTHORITY_KINDS:
        key = authority_key(package, kind)
        if note.by(key) is None:
            raise VerifyError(f"{where}: the {kind} authority has not signed")
        verify_note(note, key, where)


def change_problem(package: Package, change: Change) -> str | None:
    """Why this change cannot be made, in words; None if it can."""
    match change:
        case HoursChanged(hours):
            times = [minute_ms(time) for h in hours for time in (h.opens, h.closes)]
            if not hours or not all(times) or any(h.opens >= h.closes for h in hours):
                return "hours: each period opens before it closes, and there is at least one"
        case SparePutToWork(name, at):
            spare = package.spares_by_id.get(name)
            if spare is None:
                return f"{name} is no spare of this package"
            if spare.code:
                return f"{name} is called by its code, at the place that has the envelope"
            if name in package.stations_by_id:
                return f"{name} is at work already, at {package.stations_by_id[name].at}"
            return _place_problem(package, spare.kind, at)
        case StationRevoked(name, epoch):
            if name not in package.stations_by_id | package.spares_by_id or epoch != 0:
                return f"{name} epoch {epoch} is no log of this package"
        case VotersAdded(lines):
            return next(_voter_problems(package, lines), None)
    return None


def _voter_problems(package: Package, lines: tuple[RollLine, ...]) -> Iterator[str]:
    known = {line.voter for line in package.added}
    for line in lines:
        if not is_voter_key(line.voter):
            yield f"'{line.voter[:40]}' is no voter key"
        if line.voter in known:
            yield f"voter {line.voter[:8]} stands twice"
        if line.home not in package.places_by_id:
            yield f"'{line.home[:40]}' is no place of this package"
        if not set(line.rights) <= set(package.elections_by_id):
            yield f"voter {line.voter[:8]} has a right that this package does not know"
        known.add(line.voter)


def _place_problem(package: Package, kind: str, at: str) -> str | None:
    rooms = {d.id for d in package.districts} if kind == "district" else package.places_by_id
    return None if at in rooms else f"'{at[:40]}' is no place for a {kind}"


def _changed(package: Package, change: Change) -> Package:
    match change:
        case HoursChanged(hours):
            changed = replace(package, hours=hours)
        case SparePutToWork(name, at):
            spare = package.spares_by_id[name]
            station = Station(
                spare.id, spare.kind, at, spare.key, spare.certificate, spare.opening_key
            )
            changed = replace(package, stations=(*package.stations, station))
        case StationRevoked(name, epoch, size):
            revocation = Revocation(origin_of(package.day, name, epoch), size)
            changed = replace(package, revocations=(*package.revocations, revocation))
        case VotersAdded(lines):
            changed = replace(package, added=(*package.added, *lines))
    # It is the same package under its orders, and keeps its one name.
    changed.__dict__["base_hash"] = package.base_hash
    return changed


def _number(order: Order) -> int:
    """Where an order stands in a row: calls after every amendment."""
    if not order.note:
        return AMENDMENTS_MAX + 1
    try:
        return decode(order.body, Amendment, "order").number
    except DecodeError:
        return AMENDMENTS_MAX + 1


def frames_of(orders: tuple[Order, ...]) -> Iterator[tuple[Order, ...]]:
    """Orders in parts that fit one message each, in their order."""
    part: list[Order] = []
    for order in orders:
        if part and sum(len(one.body) + len(one.note) for one in part) > ORDER_BYTES_MAX:
            yield tuple(part)
            part = []
        part.append(order)
    if part:
        yield tuple(part)
