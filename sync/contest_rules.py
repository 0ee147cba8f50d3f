"""The rules of elections, contests, candidate codes and lists inside a package.

A voter keys codes on a numeric pad, so within one contest every code, of a candidate or of a list,
has the same width and stands for one thing only.
"""

from collections.abc import Iterator, Sequence

from sync.encoding import canonical
from sync.entries import BoxReturned, ContestReturn, DeskSpent, OptionVotes
from sync.entry_base import Approval
from sync.limits import ID_LETTERS_MAX, RETURN_BYTES_MAX
from sync.package import Contest, ContestOption, OptionList, Package

CODE_DIGITS_MAX = 9
"""A code is keyed by hand; nine digits are more than any election has used."""

NAME_LETTERS_MAX = 200
"""A name stands on screens, slips and returns."""

COUNT_MAX = 99_999_999
"""Votes of one option at one box, to find the longest return."""


def contest_problems(package: Package) -> Iterator[str]:
    """Everything wrong with the elections, a sentence each: key, what was found, what to do."""
    if not package.elections:
        yield "elections: none. Name at least one."
    for i, election in enumerate(package.elections):
        if not election.contests:
            yield f"elections[{i}].contests: none. '{election.id}' needs at least one contest."
        for j, contest in enumerate(election.contests):
            yield from _contest(f"elections[{i}].contests[{j}]", contest)
    if (size := _return_bytes(package)) > RETURN_BYTES_MAX:
        yield (
            f"elections: a box's return could be {size} bytes long, at most {RETURN_BYTES_MAX} are "
            "one entry. Give fewer candidates on one day, or shorter codes."
        )


def _return_bytes(package: Package) -> int:
    """The longest return of any box: every contest, every option with the most votes."""
    desks = max((len(package.stations_at(p.id, "desk")) for p in package.places), default=0)
    contests = tuple(
        ContestReturn(
            contest.id,
            COUNT_MAX,
            COUNT_MAX,
            False,
            tuple(OptionVotes(option.code, COUNT_MAX) for option in contest.options),
        )
        for contest in package.contests_by_id.values()
    )
    approvals = (Approval("x" * ID_LETTERS_MAX, bytes(64)),) * 2
    spent = (DeskSpent("x" * ID_LETTERS_MAX, COUNT_MAX),) * desks
    minute = "2026-01-01T00:00Z"
    entry = BoxReturned(1, minute, minute, COUNT_MAX, bytes(32), spent, contests, False, approvals)
    return len(canonical(entry))


def _contest(path: str, contest: Contest) -> Iterator[str]:
    if not contest.name:
        yield f"{path}.name: the name is empty. Write one."
    if len(contest.name) > NAME_LETTERS_MAX:
        yield f"{path}.name: {len(contest.name)} letters. Write at most {NAME_LETTERS_MAX}."
    if contest.seats < 1:
        yield f"{path}.seats: {contest.seats}. A contest fills 1 seat or more."
    if not 1 <= contest.code_digits <= CODE_DIGITS_MAX:
        yield f"{path}.code_digits: {contest.code_digits}. Write 1 to {CODE_DIGITS_MAX}."
    if not contest.options:
        yield f"{path}.options: none. Name at least one candidate."
    yield from _codes(path, contest)
    yield from _lists(path, contest)


def _codes(path: str, contest: Contest) -> Iterator[str]:
    seen: dict[str, str] = {}
    groups: tuple[tuple[str, Sequence[ContestOption | OptionList]], ...] = (
        ("options", contest.options),
        ("lists", contest.lists),
    )
    for kind, parts in groups:
        for i, part in enumerate(parts):
            here = f"{path}.{kind}[{i}]"
            if not part.name:
                yield f"{here}.name: the name is empty. Write one."
            if len(part.name) > NAME_LETTERS_MAX:
                yield f"{here}.name: {len(part.name)} letters. Write at most {NAME_LETTERS_MAX}."
            code = part.code
            if not (code.isascii() and code.isdigit() and len(code) == contest.code_digits):
                yield (
                    f"{here}.code: '{code[:40]}' is no code of this contest. "
                    f"Use exactly {contest.code_digits} digits 0-9, as 'code_digits' says."
                )
            if first := seen.get(code):
                yield (
                    f"{here}.code: '{code[:40]}' is already the code of {first}. "
                    "Give each candidate and list of a contest its own code."
                )
            seen.setdefault(code, here)


def _lists(path: str, contest: Contest) -> Iterator[str]:
    codes = {option.code for option in contest.options}
    for i, group in enumerate(contest.lists):
        here = f"{path}.lists[{i}].options"
        if not 1 <= len(group.options) <= contest.seats:
            yield (
                f"{here}: {len(group.options)} candidates. "
                f"A list of this contest names 1 to {contest.seats}, as many as 'seats'."
            )
        for j, code in enumerate(group.options):
            if code not in codes:
                yield (
                    f"{here}[{j}]: '{code[:40]}' is no candidate of this contest. "
                    "Name codes of 'options' only."
                )
            if code in group.options[:j]:
                yield f"{here}[{j}]: '{code[:40]}' stands twice in the list. Keep one."
