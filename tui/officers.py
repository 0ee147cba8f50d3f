"""Signing an officers' act: keys stay with the officers, the node sees signatures only.

The act is what the node proposed, byte for byte as shown; before any key is opened this module
checks that it is what was asked for, for this station's log of this day, and not yet signed.
Key files are read from wherever their holder put them, opened with the PIN and forgotten.
"""

from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from sync.encoding import decode
from sync.entries import Act
from sync.entry_base import Approval
from sync.errors import DecodeError, KeyFileError
from sync.key_file import KEY_FILE_BYTES_MAX, open_key_file
from sync.officers import approve
from sync.outcomes import ActProposed
from sync.text import normal
from sync.views import ActSubmitted, StationView
from tui.forms import Body

NAMES_SHOWN_MAX = 4


class ActChoice(NamedTuple):
    """An act: what the node calls it, what people call it, and the entry it must be.

    `fields` of that entry hold what a person filled in.
    """

    act: str
    words: str
    entry: str
    fields: tuple[tuple[str, str], ...] = ()


ACTS: tuple[ActChoice, ...] = (
    ActChoice("open", "Open the polls at this desk", "PollsOpened"),
    ActChoice("close", "Close the polls at this desk: nobody more is admitted", "PollsClosed"),
    ActChoice("final", "Seal this desk's log: nothing more is written", "LogFinal"),
)
FORM_ACTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "resume": ("PlaceResumed", ("at",)),
    "custody": ("CustodyPassed", ("item", "giver", "taker")),
    "void": ("CheckInVoided", ("because",)),
}
"""The entry that comes of a form, and which of its fields hold what was typed."""


class Proposal(NamedTuple):
    """An act to sign, as shown."""

    proposal: str
    origin: str
    act: Act
    entry: str
    words: str


class KeyChoice(NamedTuple):
    """One officer's key file and PIN, as typed."""

    path: str
    pin: str


class NotSigned(Struct, frozen=True):
    """Why nothing was signed, and what to do."""

    words: str


def read_proposal(
    answer: ActProposed, choice: ActChoice, view: StationView
) -> Proposal | NotSigned:
    """The proposed act, if it is what was asked for, for a log of this very station."""
    try:
        act: Act = decode(answer.entry.encode(), Act, "the entry")  # type: ignore[arg-type]
    except DecodeError as error:
        return NotSigned(f"{error}. Sign nothing; call the district.")
    if type(act).__name__ != choice.entry or act.approvals or not _says(act, choice):
        return NotSigned(
            f"The node proposed {type(act).__name__}, which is not what was asked for. "
            "Sign nothing; call the district."
        )
    if not answer.origin.startswith(f"pollmesh/{view.day}/{view.station}/"):
        return NotSigned(
            f"The node proposed an act for the log {answer.origin[:60]}, not for this station. "
            "Sign nothing; call the district."
        )
    return Proposal(answer.proposal, answer.origin, act, answer.entry, answer.words)


def wanted_of(form: str, body: Body) -> ActChoice:
    """The act that a filled-in form asks for."""
    entry, fields = FORM_ACTS[form]
    return ActChoice(form, "", entry, tuple((name, str(body[name])) for name in fields))


def _says(act: Act, choice: ActChoice) -> bool:
    return all(getattr(act, name, None) == normal(text) for name, text in choice.fields)


def sign_act(proposal: Proposal, keys: tuple[KeyChoice, KeyChoice]) -> ActSubmitted | NotSigned:
    """Open both key files and sign; slow on purpose (the PIN is stretched), so not on the loop."""
    approvals: list[Approval] = []
    for place, key in zip(("first", "second"), keys, strict=True):
        approval = _sign_one(proposal, key, place)
        if isinstance(approval, NotSigned):
            return approval
        approvals.append(approval)
    if approvals[0].officer == approvals[1].officer:
        return NotSigned(
            f"Both key files are of {approvals[0].officer}. "
            "Two officers sign, one of each authority: give the other officer's key file."
        )
    return ActSubmitted(proposal.proposal, tuple(approvals))


def _sign_one(proposal: Proposal, key: KeyChoice, place: str) -> Approval | NotSigned:
    data = read_key_bytes(key.path, place)
    if isinstance(data, NotSigned):
        return data
    try:
        opened = open_key_file(data, key.pin, Path(key.path).name)
    except KeyFileError as error:
        return NotSigned(f"{place.capitalize()} officer: {error}")
    if opened.holder.holds != "officer":
        return NotSigned(
            f"The {place} key file holds the {opened.holder.holds} key of {opened.holder.id}. "
            "Only an officer's key signs this act."
        )
    return approve(proposal.origin, proposal.act, opened.holder.id, opened.signer)


def read_key_bytes(path: str, place: str) -> bytes | NotSigned:
    """The bytes of a key file, or why there are none: no drive, a folder, no permission."""
    if not path.strip():
        return NotSigned(f"The {place} officer's key file is missing: type its path.")
    file = Path(path.strip()).expanduser()
    try:
        if file.is_dir():
            names = sorted(entry.name for entry in file.iterdir())[:NAMES_SHOWN_MAX]
            holds = f"It holds {', '.join(names)}." if names else "It is empty."
            return NotSigned(f"{file} is a folder. {holds} Add the key file's name.")
        if not file.is_file():
            return NotSigned(
                f"{file} is not there. Is the {place} officer's drive plugged in? "
                "Check the path's spelling."
            )
        with file.open("rb") as stream:
            return stream.read(KEY_FILE_BYTES_MAX + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        return NotSigned(f"{file} cannot be read: {reason}. Plug the drive in again.")
