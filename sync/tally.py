"""The tally: merged numbers, each a fold over the signed returns of boxes and nothing else.

    place/box/contest/option -> votes        plus  …/contest/#ballots and …/contest/#blank

A cell belongs to one box's one return, so merging is set union: commutative, associative and
idempotent, and a sum over cells counts every box once. Withheld contests have `#ballots` only.
"""

from collections.abc import Mapping

from sync.entries import BoxReturned
from sync.package import Package
from sync.returns import BoxState, Returns
from sync.views import ContestView, OptionView

BALLOTS = "#ballots"
BLANK = "#blank"


def cells_of(place: str, box: str, act: BoxReturned) -> dict[str, int]:
    """The tally cells of one return, keys in the return's order."""
    cells: dict[str, int] = {}
    for row in act.contests:
        start = f"{place}/{box}/{row.contest}"
        cells[f"{start}/{BALLOTS}"] = row.ballots
        if not row.withheld:
            cells[f"{start}/{BLANK}"] = row.blank
            cells.update({f"{start}/{vote.code}": vote.votes for vote in row.votes})
    return cells


def tally_of(returns: Returns) -> dict[str, int]:
    """Every cell of every return that stands, sorted by key."""
    cells: dict[str, int] = {}
    for state in returns.boxes():
        if state.returned is not None:
            cells |= cells_of(state.place, state.box, state.returned)
    return dict(sorted(cells.items()))


def totals_of(cells: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """Contest -> option (or #ballots, #blank) -> sum over boxes."""
    totals: dict[str, dict[str, int]] = {}
    for key, number in cells.items():
        _, _, contest, option = key.split("/")
        votes = totals.setdefault(contest, {})
        votes[option] = votes.get(option, 0) + number
    return totals


def contest_views(package: Package, returns: Returns) -> tuple[ContestView, ...]:
    """The merged figures of every contest; options are shown once any box has returned."""
    boxes = returns.boxes()
    returned = [state for state in boxes if state.returned]
    totals = totals_of(tally_of(returns))
    views = []
    for contest in package.contests_by_id.values():
        sums = totals.get(contest.id, {})
        options = tuple(
            OptionView(option.code, option.name, option.latin, sums[option.code])
            for option in contest.options
            if option.code in sums
        )
        views.append(
            ContestView(
                contest.id,
                contest.name,
                contest.latin,
                sums.get(BALLOTS, 0),
                sums.get(BLANK, 0),
                _withheld(returned, contest.id),
                len(returned),
                len(boxes),
                options,
            )
        )
    return tuple(views)


def _withheld(returned: list[BoxState], contest: str) -> tuple[str, ...]:
    return tuple(
        state.box
        for state in returned
        if state.returned
        and any(row.contest == contest and row.withheld for row in state.returned.contests)
    )
