"""The tally as an Automerge document: what any Automerge client can open and merge.

One small document per box log, actor id = the first 16 bytes of SHA-256(origin), flat root keys
(`sync.tally`), integers only, one change per return. Every node derives the very same changes from
the same verified returns, so merging documents of different nodes changes nothing; two nodes agree
when their heads are equal.

This is the only importer of `automerge`, pinned to 1.0.0rc1, whose hazards end at this wall: no
bytes from a peer reach it, counters (which crash the process) are never written; what it raises,
BaseException included, becomes `DocumentError`. The plain fold (`sync.tally`) must give the same
numbers; a document that does not is a defect and is reported as one.
"""

import hashlib
from collections.abc import Mapping

from automerge.core import ROOT, Document, ScalarType

from sync.errors import MeshError
from sync.returns import Returns
from sync.tally import cells_of


class DocumentError(MeshError):
    """Automerge failed; figures come from the plain fold and stand without it."""


def tally_document(returns: Returns) -> bytes:
    """The merged document of every return that stands, boxes in the package's order."""
    try:
        merged = Document(_actor("pollmesh/tally"))
        for state in returns.boxes():
            if state.returned is not None and state.returned_at is not None:
                cells = cells_of(state.place, state.box, state.returned)
                merged.merge(_box_document(state.returned_at.origin, cells))
        return bytes(merged.save())
    except BaseException as error:  # a Rust panic is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        raise DocumentError(f"the tally document cannot be made: {error}") from None


def read_document(data: bytes) -> dict[str, int]:
    """The cells of a document **made here**; never give it bytes that a peer sent."""
    try:
        document = Document.load(data)
        cells = {key: document.get(ROOT, key) for key in document.keys(ROOT)}
        return {key: _integer(value) for key, value in sorted(cells.items())}
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        raise DocumentError(f"the tally document cannot be read: {error}") from None


def _box_document(origin: str, cells: Mapping[str, int]) -> Document:
    document = Document(_actor(origin))
    with document.transaction() as change:
        for key, number in cells.items():
            change.put(ROOT, key, ScalarType.Int, number)
    return document


def _actor(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()[:16]


def _integer(found: object) -> int:
    """The number in ((type, number), operation id)."""
    match found:
        case ((ScalarType.Int, int(number)), _):
            return number
    raise DocumentError(f"a cell holds {found!r}, not a number")
