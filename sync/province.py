"""The province in one view: every figure folded from verified logs, staleness and gaps said.

Used by the district node for its screens, by `pull` for `summary.json`, and by the verifier, which
makes it again and compares. `heard` says when a log last grew here; a verifier has none.
"""

from collections import Counter
from collections.abc import Mapping

from sync.book_words import place_book, warnings
from sync.check_ins import CheckIn, CheckIns
from sync.log import Log
from sync.package import Package, PollingPlace, Station, short_hash
from sync.reconcile import (
    Balance,
    BoxTotals,
    DeskTotals,
    alarms,
    balances,
    rights_problems,
)
from sync.returns import BoxState, Returns
from sync.tally import contest_views
from sync.views import BoxView, DeskView, PlaceView, ProvinceView

LINES_MAX = 50
"""Faults or doubles that a screen lists one by one."""

COSIGNERS_WANTED = 2
"""A return or a sealed log wants this many other stations' cosignatures; fewer is shown."""


class Province:
    """Everything needed to draw the view; the folds are shared, not copied."""

    def __init__(
        self,
        package: Package,
        check_ins: CheckIns,
        returns: Returns,
        voters_by_place: Mapping[str, int],
        logs: Mapping[str, Log],
        cosigners: Mapping[str, Mapping[str, tuple[int, str]]],
        heard: Mapping[str, int],
    ) -> None:
        self.package = package
        self.check_ins = check_ins
        self.returns = returns
        self.voters_by_place = voters_by_place
        self.logs = logs
        self.cosigners = cosigners
        self.heard = heard

    def view(self, station: str, now_ms: int) -> ProvinceView:
        """The view as `station` sees it now."""
        desks, boxes = self.desk_totals(), self.box_totals()
        rows = balances(desks.values(), boxes.values())
        odd_rights = rights_problems(desks.values(), boxes.values())
        doubles = tuple(
            f"voter {d.voter[:8]}, {d.right}: "
            + " and ".join(f"{ref.origin} entry {ref.index}" for ref in d.refs)
            for d in self.check_ins.double_check_ins()
        )
        faults = tuple(
            f"{fault.origin} entry {fault.index}: {fault.words}"
            for fault in (*self.check_ins.faults(), *self.returns.faults())
        )
        forks = tuple(sorted(log.origin for log in self.logs.values() if log.fork))
        return ProvinceView(
            station,
            self.package.province,
            self.package.day,
            self.package.training,
            short_hash(self.package.base_hash),
            now_ms,
            tuple(self._place(place, desks, boxes, rows) for place in self.package.places),
            contest_views(self.package, self.returns),
            doubles,
            faults,
            forks,
            (
                *first_of(tuple(alarms(rows))),
                *first_of(tuple(self._odd_counts(boxes))),
                *first_of(tuple(odd_rights)),
                *_standing_alarms(doubles, faults, forks),
            ),
        )

    def _odd_counts(self, boxes: Mapping[str, BoxTotals]) -> list[str]:
        """Boxes that claim more ballots than the whole roll could give."""
        voters = self.package.roll.voters
        return [
            f"{box.box}: {box.cast} ballots cast, where the whole roll has {voters} voters"
            for box in boxes.values()
            if box.cast > voters
        ]

    def desk_totals(self) -> dict[str, DeskTotals]:
        """What each desk's log sums to."""
        by_desk: dict[str, list[CheckIn]] = {
            s.id: [] for s in self.package.stations if s.kind == "desk"
        }
        for check_in in self.check_ins.all():
            by_desk[check_in.desk].append(check_in)
        return {desk: self._desk_totals(desk, rows) for desk, rows in by_desk.items()}

    def box_totals(self) -> dict[str, BoxTotals]:
        """What each box says."""
        return {
            state.box: BoxTotals(
                state.box,
                state.cast,
                state.returned is not None,
                {row.desk: row.spent for row in state.returned.by_desk} if state.returned else {},
                self._ballots_by_right(state),
                _returned_by_desk(state),
            )
            for state in self.returns.boxes()
        }

    def _ballots_by_right(self, state: BoxState) -> dict[str, tuple[int, ...]]:
        if state.returned is None:
            return {}
        ballots = {row.contest: row.ballots for row in state.returned.contests}
        return {
            election.id: tuple(ballots[contest.id] for contest in election.contests)
            for election in self.package.elections
        }

    def _desk_totals(self, desk: str, rows: list[CheckIn]) -> DeskTotals:
        issued: Counter[str] = Counter()
        voided: Counter[str] = Counter()
        rights: dict[str, Counter[str]] = {}
        for row in rows:
            if row.card:
                issued[row.card.box] += 1
            if row.card and row.voided:
                voided[row.card.box] += 1
            elif row.card:
                rights.setdefault(row.card.box, Counter()).update(row.entry.rights)
        return DeskTotals(
            desk,
            len(rows),
            sum(self.check_ins.is_confirmed(row) for row in rows),
            sum(row.withdrawn is not None for row in rows),
            dict(sorted(issued.items())),
            {box: dict(counts) for box, counts in rights.items()},
            self.check_ins.is_final(self._origin(desk)),
            dict(sorted(voided.items())),
        )

    def _place(
        self,
        place: PollingPlace,
        desks: Mapping[str, DeskTotals],
        boxes: Mapping[str, BoxTotals],
        rows: list[Balance],
    ) -> PlaceView:
        desk_views = tuple(
            self._desk_view(s, desks[s.id]) for s in self.package.stations_at(place.id, "desk")
        )
        box_views = tuple(
            self._box_view(s, boxes[s.id]) for s in self.package.stations_at(place.id, "box")
        )
        own = {box.box for box in box_views}
        notes = [f"{r.desk} and {r.box}: {r.words}" for r in rows if r.box in own and r.words]
        notes += [
            f"{box.box}: return cosigned by {len(box.cosigned_by)} of {COSIGNERS_WANTED}"
            for box in box_views
            if box.stage == "returned" and len(box.cosigned_by) < COSIGNERS_WANTED
        ]
        notes += [
            words
            for s in self.package.stations_at(place.id)
            for noted in (self.check_ins.noted, self.returns.noted)
            for words in noted.lines(s.id)
        ]
        notes += warnings(self.check_ins, place.id)
        return PlaceView(
            place.id,
            place.name,
            place.latin,
            place.district,
            self.voters_by_place.get(place.id, 0),
            sum(desk.checked_in - desk.withdrawn - desk.voided for desk in desk_views),
            sum(desk.issued for desk in desk_views),
            sum(box.cast for box in box_views),
            desk_views,
            box_views,
            tuple(box.box for box in box_views if box.stage != "returned"),
            max(self.heard.get(self._origin(s.id), 0) for s in self.package.stations_at(place.id)),
            tuple(notes),
            place_book(self.check_ins, place.id),
        )

    def _desk_view(self, station: Station, totals: DeskTotals) -> DeskView:
        origin = self._origin(station.id)
        return DeskView(
            station.id,
            polls_words(self.check_ins, origin),
            totals.checked_in,
            totals.confirmed,
            totals.withdrawn,
            sum(totals.issued_for.values()),
            totals.issued_for,
            self._cosigned_by(origin),
            self.heard.get(origin, 0),
            self.check_ins.noted.self_test(station.id),
            sum(totals.voided_for.values()),
            self.check_ins.defective[station.id],
            self.check_ins.turned_away_at(station.id),
        )

    def _box_view(self, station: Station, totals: BoxTotals) -> BoxView:
        origin = self._origin(station.id)
        return BoxView(
            station.id,
            self.returns.box(station.id).stage,
            totals.cast,
            totals.spent_by_desk,
            self._cosigned_by(origin),
            self.heard.get(origin, 0),
            self.returns.noted.self_test(station.id),
            totals.returned_by_desk,
        )

    def _cosigned_by(self, origin: str) -> tuple[str, ...]:
        """Stations that cosigned the log at the size held."""
        log = self.logs.get(origin)
        lines = self.cosigners.get(origin, {})
        return tuple(sorted(s for s, (size, _) in lines.items() if log and size == log.sealed))

    def _origin(self, station: str) -> str:
        return f"pollmesh/{self.package.day}/{station}/0"


def _returned_by_desk(state: BoxState) -> dict[str, int]:
    rows = state.returned.by_desk if state.returned else ()
    return {row.desk: row.returned for row in rows if row.returned}


def polls_words(check_ins: CheckIns, origin: str) -> str:
    """The state of a desk's polls in words."""
    if check_ins.is_final(origin):
        return "final"
    if check_ins.is_closed(origin):
        return "closed"
    return "open" if check_ins.is_open(origin) else "not open"


def first_of(words: tuple[str, ...]) -> tuple[str, ...]:
    """The first of many lines, and how many more there are: screens stay small."""
    more = len(words) - LINES_MAX
    return words if more <= 0 else (*words[:LINES_MAX], f"and {more} more of the same kind")


def _standing_alarms(
    doubles: tuple[str, ...], faults: tuple[str, ...], forks: tuple[str, ...]
) -> tuple[str, ...]:
    return (
        *first_of(tuple(f"Double check-in: {words}" for words in doubles)),
        *first_of(tuple(f"Fault: {words}" for words in faults)),
        *first_of(tuple(f"Fork: {origin} was signed with two histories" for origin in forks)),
    )
