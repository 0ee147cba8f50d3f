"""Ballots: from keyed codes to choices, from choices to bytes of one size, from bytes to counts.

    {"choices":[{"contest":"parliament","codes":["07","12"]},{"contest":"council","codes":[]}]}

An empty list of codes is a blank choice. Codes are sorted, so a ballot does not tell in which order
they were keyed. Before sealing the text is preceded by its length (two bytes) and filled with zeros
to `BALLOT_BYTES`. This module never sees who votes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct

from sync.encoding import canonical, decode
from sync.entries import ContestReturn, OptionVotes
from sync.errors import DecodeError
from sync.limits import BALLOT_BYTES
from sync.package import Contest, Package


class Choice(Struct, frozen=True, forbid_unknown_fields=True):
    """What was chosen in one contest: option codes, sorted; none for blank."""

    contest: str
    codes: tuple[str, ...]


class Ballot(Struct, frozen=True, forbid_unknown_fields=True):
    """One voter's choices, contests in the package's order."""

    choices: tuple[Choice, ...]


def choose(contest: Contest, keyed: Iterable[str]) -> Choice | str:
    """What the keyed codes mean in `contest`; words if they cannot stand.

    A list's code stands for its candidates; a name twice counts once; none at all is blank.
    """
    codes: set[str] = set()
    for code in keyed:
        if contest.option(code):
            codes.add(code)
        elif group := contest.option_list(code):
            codes.update(group.options)
        else:
            return f"No candidate or list of '{contest.latin}' has the code {code[:8]}."
    if len(codes) > contest.seats:
        return f"'{contest.latin}': {len(codes)} names, at most {contest.seats} may be chosen."
    return Choice(contest.id, tuple(sorted(codes)))


def make_ballot(contests: Iterable[Contest], keyed: Mapping[str, tuple[str, ...]]) -> Ballot | str:
    """The ballot for exactly these contests; words if a contest is missing, foreign or wrong."""
    choices = []
    for contest in contests:
        if contest.id not in keyed:
            return f"'{contest.latin}' is not answered yet. Choose names, or blank."
        choice = choose(contest, keyed[contest.id])
        if isinstance(choice, str):
            return choice
        choices.append(choice)
    if foreign := set(keyed) - {choice.contest for choice in choices}:
        return f"This card gives no right to vote in {sorted(foreign)[0][:40]}."
    return Ballot(tuple(choices))


def encode_ballot(ballot: Ballot) -> bytes:
    """The ballot as bytes of one size, whatever was chosen."""
    data = canonical(ballot)
    assert len(data) <= BALLOT_BYTES - 2, "the package's rules keep ballots this small"
    return (len(data).to_bytes(2, "big") + data).ljust(BALLOT_BYTES, b"\0")


def decode_ballot(data: bytes) -> Ballot:
    """Read a ballot back; DecodeError if it is not one."""
    length = int.from_bytes(data[:2], "big")
    if len(data) != BALLOT_BYTES or any(data[2 + length :]):
        raise DecodeError("ballot", "not of the one size, or not filled with zeros")
    return decode(data[2 : 2 + length], Ballot, "ballot")


def ballot_fits(contests: Iterable[Contest]) -> bool:
    """Can the largest ballot of these contests be padded to the one size?"""
    choices = tuple(
        Choice(c.id, tuple(option.code for option in c.options[: c.seats])) for c in contests
    )
    return len(canonical(Ballot(choices))) <= BALLOT_BYTES - 2


def count(package: Package, ballots: Iterable[Ballot]) -> tuple[ContestReturn, ...]:
    """Count ballots contest by contest; contests of fewer than k ballots stay withheld."""
    held, blank = Counter[str](), Counter[str]()
    votes: dict[str, Counter[str]] = {c: Counter() for c in package.contests_by_id}
    for ballot in ballots:
        for choice in ballot.choices:
            held[choice.contest] += 1
            blank[choice.contest] += not choice.codes
            votes[choice.contest].update(choice.codes)
    return tuple(
        _contest_return(contest, held[contest.id], blank[contest.id], votes[contest.id], package)
        for contest in package.contests_by_id.values()
    )


def _contest_return(
    contest: Contest, ballots: int, blank: int, votes: Counter[str], package: Package
) -> ContestReturn:
    if 0 < ballots < package.rules.k:
        return ContestReturn(contest.id, ballots, 0, True, ())
    rows = tuple(OptionVotes(option.code, votes[option.code]) for option in contest.options)
    return ContestReturn(contest.id, ballots, blank, False, rows)
