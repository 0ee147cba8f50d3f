"""Verifying pulled state from the authorities' fingerprints up: no network, no private key.

Every signature, hash, approval, promise and sum is computed again; derived files are made anew and
compared, never believed. The verdict is one of:

    verified          everything holds and nothing needs a look                      exit 0
    does not verify   a byte, signature or derived file is wrong; each is named      exit 1
    look into         all bytes hold, but something is missing, or a station
                      wrote what it must not; each is named                          exit 2
    origin unknown    consistent, but no fingerprints were given                     exit 3
"""

from pathlib import Path

from msgspec import Struct

from node.plain_files import read_plain
from node.state_folder import (
    DOCUMENT_FILE,
    SUMMARY_FILE,
    State,
    Summary,
    derive,
    read_state,
)
from sync.document import DocumentError, read_document
from sync.encoding import canonical
from sync.entries import LogFinal, read_entry
from sync.errors import DecodeError, MeshError
from sync.package import Package
from sync.province import COSIGNERS_WANTED
from sync.tally import totals_of
from sync.trust import Trust

VERIFIED, WRONG, LOOK, ORIGIN_UNKNOWN = 0, 1, 2, 3


class Verdict(Struct, frozen=True):
    """What verification found. `exit_code` is one of the four above."""

    exit_code: int
    words: str
    package: str
    logs: int
    entries: int
    problems: tuple[str, ...]
    look_into: tuple[str, ...]
    totals: dict[str, dict[str, int]]
    summary: Summary | None


def verify_folder(folder: Path, trust: Trust | None) -> Verdict:
    """Verify everything in `folder`."""
    try:
        state = read_state(folder, trust)
    except (MeshError, OSError) as error:
        return Verdict(WRONG, "does not verify", "", 0, 0, (str(error),), (), {}, None)
    summary, document, faults = derive(state)
    problems = [*state.problems, *_derived_problems(folder, summary, document)]
    look = [f"{f.origin} entry {f.index}: {f.words}" for f in faults]
    look += [f"double check-in: {words}" for words in summary.view.double_check_ins]
    look += [f"{origin}: signed with two histories" for origin in sorted(state.forks)]
    look += [words for words in summary.view.alarms if "spent" in words]
    look += _incomplete(summary, {log.station for log in state.logs.values()}, state.package)
    look += _seen_by_too_few(state, summary)
    code, words = VERIFIED, "verified"
    if problems:
        code, words = WRONG, "does not verify"
    elif trust is None:
        code, words = ORIGIN_UNKNOWN, "consistent, origin unknown: give the fingerprints (--trust)"
    elif look:
        code, words = LOOK, "every byte verifies; look into what is named"
    return Verdict(
        code,
        words,
        state.package.base_hash.hex(),
        len(state.logs),
        state.entry_count,
        tuple(problems),
        tuple(look),
        totals_of(summary.tally),
        summary,
    )


def _incomplete(summary: Summary, held: set[str], package: Package) -> list[str]:
    """What is not there yet, or was left out: whoever publishes cannot drop a log unseen."""
    found = [
        f"{s.id}: there is no log of this station" for s in package.stations if s.id not in held
    ]
    for place in summary.view.places:
        found += [f"{box}: has not returned" for box in place.boxes_missing if box in held]
        found += [
            f"{desk.desk}: the log is not sealed ({desk.polls})"
            for desk in place.desks
            if desk.polls != "final" and desk.desk in held
        ]
    return found


def _seen_by_too_few(state: State, summary: Summary) -> list[str]:
    """Returns and sealed logs that too few other stations say, signed, they held whole."""
    returned = {
        box.box for place in summary.view.places for box in place.boxes if box.stage == "returned"
    }
    sealed = {
        desk.desk for place in summary.view.places for desk in place.desks if desk.polls == "final"
    }
    sealed |= {log.station for log in state.logs.values() if _ends_final(state, log.origin)}
    found = []
    for origin, log in sorted(state.logs.items()):
        count = len(state.cosigned[origin])
        if count < COSIGNERS_WANTED and log.station in returned | sealed:
            what = "return" if log.station in returned else "sealed log"
            found.append(
                f"{log.station}: {what} cosigned by {count} other stations at its final size, "
                f"{COSIGNERS_WANTED} are wanted"
            )
    return found


def _ends_final(state: State, origin: str) -> bool:
    """Is the last entry of this log a LogFinal?"""
    kind = state.package.stations_by_id[state.logs[origin].station].kind
    last = state.entries[origin][-1:]
    return any(isinstance(read_entry(entry, kind, origin), LogFinal) for entry in last)


def _derived_problems(folder: Path, summary: Summary, document: bytes) -> list[str]:
    """What the derived files get wrong, by file; and whether Automerge agrees with the fold."""
    problems = []
    for name, data in ((SUMMARY_FILE, canonical(summary)), (DOCUMENT_FILE, document)):
        try:
            if read_plain(folder / name, name, len(data)) != data:
                problems.append(f"{name}: not what the logs give")
        except DecodeError as error:
            longer = "longer" in error.problem
            words = "not what the logs give" if longer else f"{error.problem}; pull again"
            problems.append(f"{name}: {words}")
    try:
        if read_document(document) != summary.tally:
            problems.append("the tally document and the plain fold disagree: report this defect")
    except DocumentError as error:
        problems.append(str(error))
    return problems
