"""Putting a freshly pulled state in the place of an older one, which it must continue.

    new, or empty        the state takes the place
    a pulled state       replaced, if every log there is in the new one, goes on from where it stood
                         and is as long; fork proofs that lie there are kept
    anything else        refused before anything is fetched: no station's folder is ever replaced

A station that was set back, or lies, sends less than it did before, or something else. Then the old
folder stays as it is, the new state is laid beside it as FOLDER.refused, and where two signed
checkpoints contradict each other the proof is written into its `forks/`.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from node.plain_files import is_folder, is_plain_or_missing, read_plain, shown
from node.state_folder import (
    CHECKPOINT_FILE,
    DOCUMENT_FILE,
    FORKS,
    LOGS,
    SIGNED_FILES,
    SUMMARY_FILE,
    State,
    add_fork,
    author_note,
    derive,
    log_folders,
    read_fork,
    read_log,
    write_derived,
    write_fork,
)
from sync.checkpoint import open_checkpoint, origin_of
from sync.errors import MeshError, VerifyError
from sync.limits import NOTE_BYTES_MAX, PACKAGE_BYTES_MAX
from sync.log import ForkProof

REFUSED_MAX = 100
"""Refused states kept beside one folder before somebody must clear them away."""

_PULLED = {*SIGNED_FILES, SUMMARY_FILE, DOCUMENT_FILE, LOGS, FORKS}
_FOREIGN = "Choose an empty or new folder"


def check_target(folder: Path) -> None:
    """MeshError unless `folder` is new, empty, or made by a pull. Takes up a broken-off swap."""
    if not folder.name:
        raise MeshError(f"{folder}: no folder for a state. {_FOREIGN}.")
    if _old(folder).exists() and not folder.exists():
        _old(folder).rename(folder)
    if not folder.exists():
        return
    if not is_folder(folder):
        raise MeshError(f"{folder}: no folder. {_FOREIGN}.")
    names = {path.name for path in folder.iterdir()}
    if strangers := sorted(names - _PULLED):
        raise MeshError(
            f"{folder}: holds {shown(strangers[0])}, which no pull has written; nothing there is "
            f"replaced. {_FOREIGN}."
        )
    files = (SUMMARY_FILE, DOCUMENT_FILE)
    whole = {LOGS, *files} <= names and is_folder(folder / LOGS)
    if names and not (whole and all(is_plain_or_missing(folder / name) for name in files)):
        raise MeshError(
            f"{folder}: holds something else than a pulled state; nothing there is replaced. "
            f"{_FOREIGN}."
        )


def take_place(part: Path, folder: Path, state: State, sender: str) -> None:
    """Make the derived files of the verified `state` in `part` and put it in `folder`'s place.

    VerifyError names what the state in `folder` holds and this one lacks, and where both lie.
    """
    problems: list[str] = []
    if folder.exists() and any(folder.iterdir()):
        _check_package(part, folder)
        for problem, proof in _losses(folder, state):
            problems.append(problem)
            if proof is not None:
                _add(part, state, proof)
        for proof in _old_forks(folder, state):
            _add(part, state, proof)
    summary, document, _ = derive(state)
    write_derived(part, summary, document)
    if problems:
        beside = _beside(folder)
        part.rename(beside)
        words = "\n".join(problems)
        raise VerifyError(
            f"{sender} sent a state that does not continue the one in {folder}:\n{words}\n"
            f"{folder} is as it was; what was sent lies in {beside}. Keep both and call the "
            "authorities."
        )
    old = _old(folder)
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    part.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _losses(folder: Path, state: State) -> Iterator[tuple[str, ForkProof | None]]:
    """What the old folder holds and `state` lacks or contradicts, in words, with proof if any."""
    day, stations = state.package.day, state.package.stations_by_id
    for base in log_folders(folder):
        name = shown(f"{LOGS}/{base.parent.name}/{base.name}")
        station = stations.get(base.parent.name)
        if station is None or base.name != "0":
            yield f"{name}: in {folder} lies a log that no station of the package writes", None
            continue
        where = f"{name}/{CHECKPOINT_FILE}"
        try:
            data = read_plain(base / CHECKPOINT_FILE, f"{folder}/{where}", NOTE_BYTES_MAX)
            note = author_note(data, station.key)
            held = open_checkpoint(note, station.key)
        except MeshError as error:
            yield f"{name}: what lies in {folder} does not verify ({error})", None
            continue
        origin = origin_of(day, station.id, 0)
        new = state.logs.get(origin)
        if held.origin != origin:
            yield f"{name}: in {folder} lies a checkpoint of {held.origin}", None
        elif new is None:
            yield f"{name}: {held.size} entries lie in {folder}, none was sent", None
        elif held.size > new.sealed:
            words = f"{name}: {held.size} entries lie in {folder}, only {new.sealed} were sent"
            yield words, _forked_before(folder, base, state, new.note)
        elif proof := new.contradicts(note):
            yield f"{name}: what was sent is another history than the one in {folder}", proof


def _forked_before(folder: Path, base: Path, state: State, note: bytes) -> ForkProof | None:
    """Does the longer log in the old folder contradict the shorter checkpoint sent?"""
    old = State(state.package, state.orders)
    try:
        read_log(folder, base, old)
    except MeshError:
        return None  # without its entries nothing is proven; that it is shorter is said
    return next(iter(old.logs.values())).contradicts(note)


def _old_forks(folder: Path, state: State) -> Iterator[ForkProof]:
    """Fork proofs of the old folder that verify and that the new state does not have."""
    for path in (folder / FORKS).iterdir() if is_folder(folder / FORKS) else ():
        try:
            proof = read_fork(path, path.name, state.package)
        except MeshError:
            continue
        if proof.origin not in state.forks:
            yield proof


def _add(part: Path, state: State, proof: ForkProof) -> None:
    if proof.origin not in state.forks:
        write_fork(part, proof)
        add_fork(state, proof)


def _check_package(part: Path, folder: Path) -> None:
    name = SIGNED_FILES[0]
    old = read_plain(folder / name, f"{folder}/{name}", PACKAGE_BYTES_MAX)
    if old != (part / name).read_bytes():
        raise MeshError(f"{folder}: holds the state of another package. {_FOREIGN}.")


def _beside(folder: Path) -> Path:
    """FOLDER.refused, or the next free FOLDER.refused-2: earlier evidence is not overwritten."""
    names = (f"{folder.name}.refused{f'-{n}' if n > 1 else ''}" for n in range(1, REFUSED_MAX + 1))
    free = next((p for p in map(folder.with_name, names) if not p.exists()), None)
    if free is None:
        raise MeshError(f"{folder}: {REFUSED_MAX} refused states lie beside it. Move them away.")
    return free


def _old(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")
