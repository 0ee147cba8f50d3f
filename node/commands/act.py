"""`pollmesh act`: two officers open, close, return or seal a station, beside it and not in it.

The station proposes the exact entry; this command opens the officers' key files with their PINs,
shows the entry, signs, and hands in signatures only. For `return` the officers' shares of the box's
opening key are opened here and sealed to the box, which joins them in memory and counts.

A proposal is not believed. The log it is for follows from the package in the folder, verified with
the pinned fingerprints, and from the folder's own station; the entry must be of the kind asked for,
in its canonical form, and signed by nobody yet. Else nothing is signed.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import msgspec
import typer
from msgspec import Struct

from node.files import read_file
from node.package_files import load_package, read_note
from node.plain_files import shown
from node.randomness import seal
from node.station_files import read_settings
from node.terminal import fail, plain_errors, read_pin, say
from sync.book_entries import CustodyPassed, PlaceResumed
from sync.card_entries import CheckInVoided
from sync.checkpoint import origin_of
from sync.entries import Act, BoxReturned, LogFinal, PollsClosed, PollsOpened, decode_entry
from sync.entry_base import Approval
from sync.errors import KeyFileError, MeshError, PackageError, VerifyError
from sync.key_file import KEY_FILE_BYTES_MAX, OpenedKey, open_key_file, read_key_file
from sync.officers import approve
from sync.orders import Orders
from sync.outcomes import ActProposed, Done, Refused
from sync.package import Officer, Package, Station
from sync.sealing import officer_box_key
from sync.shares import decode_share, open_share
from sync.text import normal
from sync.trust import verify_package
from sync.views import ActSubmitted

ACTS: dict[str, type[Act]] = {
    "open": PollsOpened,
    "close": PollsClosed,
    "return": BoxReturned,
    "final": LogFinal,
    "resume": PlaceResumed,
    "custody": CustodyPassed,
    "void": CheckInVoided,
}
_DETAILS = {
    "resume": ("at",),
    "custody": ("item", "giver", "taker"),
    "void": ("slip", "because"),
}
"""What officers say with an act; it must stand in the proposal."""

SHARE_BYTES_MAX = 4096
WORDS_LETTERS_MAX = 1000
"""Of what a station says beside its proposal."""

_NOT_SIGNED = "Nothing was signed. Call the district: this station is not to be trusted."


class _Act(Struct):
    act: str


class _Void(Struct):
    slips: tuple[str, ...]
    because: str


class _Shares(Struct):
    shares: tuple[bytes, ...]


def act_command(
    act: Annotated[
        str, typer.Argument(help="open, close, return, final, resume, custody or void.")
    ],
    folder: Annotated[Path, typer.Argument(help="The station's folder.")],
    key: Annotated[
        list[Path] | None,
        typer.Option(help="An officer's key file. Give two, one of each authority."),
    ] = None,
    card: Annotated[
        list[str] | None,
        typer.Option(help="Instead of a key file: the reader with the officer's card, or 'any'."),
    ] = None,
    pin_file: Annotated[
        list[Path] | None, typer.Option(help="The officer's envelope: keys first, then cards.")
    ] = None,
    share: Annotated[
        list[Path] | None, typer.Option(help="return: the officers' share files, two.")
    ] = None,
    detail: Annotated[
        list[str] | None,
        typer.Option(
            help="resume: at=WHERE. custody: item=WHAT, giver=ID, taker=ID. "
            "void: slip=PMV1:…, because=voter-left. Repeat."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before signing.")] = False,
) -> None:
    """Open, close, return or seal a station with two officers' keys."""
    if act not in ACTS:
        fail(f"'{act}' is no act. Use one of: {', '.join(ACTS)}.")
    if not key and not card:
        fail("Two officers sign: give --key FILE or --card READER twice, one of each authority.")
    _check_cards(act, card or [], share or [], yes)
    with plain_errors():
        package, station = _installed(folder)
        origin = origin_of(package.day, station.id, 0)
        keys = open_officer_keys(key or [], pin_file or [])
        if act == "return" and share:
            _hand_in_shares(folder, share, keys, station)
        details = _read_details(act, detail or [])
        proposed = _propose(folder, act, details)
        entry = check_proposal(proposed, act, origin, station, details)
        say(f"The station says: {_words(proposed.words)}")
        say(f"{act}, for the log {origin}:\n{json.dumps(json.loads(proposed.entry), indent=2)}")
        if not yes and not typer.confirm("Sign exactly this?", err=True):
            fail("Nothing was signed.")
        approvals = [_approve(origin, entry, opened) for opened in keys]
        for number, reader in enumerate(card or []):
            if number and not yes:
                typer.prompt("Put the next officer's card in, then press Enter", "", err=True)
            pins = (pin_file or [])[len(keys) + number :]
            officer = _officer_of_card(reader, package, approvals)
            pin = next(iter(pins), None)
            approvals.append(_approve_by_card(reader, pin, officer, origin, entry))
        _say_done(_ask(folder, "/acts/submit", ActSubmitted(proposed.proposal, tuple(approvals))))


def check_proposal(
    proposed: ActProposed,
    act: str,
    origin: str,
    station: Station,
    details: Mapping[str, str] = MappingProxyType({}),
) -> Act:
    """The entry to sign; VerifyError or DecodeError if it is not just what the officers asked for.

    `origin` is the log of `station` as the verified package names it, never the node's word.
    """
    if proposed.origin != origin:
        raise VerifyError(
            f"The station asks for signatures on the log {shown(proposed.origin[:200])}, "
            f"this is {origin}. {_NOT_SIGNED}"
        )
    try:
        entry = decode_entry(proposed.entry.encode(), station.kind, "the proposal")
    except (MeshError, UnicodeEncodeError) as error:
        raise VerifyError(f"{shown(str(error)[:400])}. {_NOT_SIGNED}") from None
    if not isinstance(entry, ACTS[act]):
        raise VerifyError(
            f"You asked for '{act}', the station proposes {type(entry).__name__}. {_NOT_SIGNED}"
        )
    if entry.approvals:
        raise VerifyError(f"The proposal carries signatures already. {_NOT_SIGNED}")
    for key, value in details.items():
        if getattr(entry, key) != value:
            raise VerifyError(f"The station proposes another '{key}' than yours. {_NOT_SIGNED}")
    return entry


def _read_details(act: str, given: list[str]) -> dict[str, str]:
    """`key=value` words for this act, in the spelling in which an entry has them."""
    found = {key: normal(value) for key, _, value in (word.partition("=") for word in given)}
    found |= {"slip": found["slip"].upper()} if "slip" in found else {}
    wanted = _DETAILS.get(act, ())
    if unknown := [key for key in found if key not in wanted]:
        fail(f"'{act}' takes no --detail {shown(unknown[0][:40])}=…. Nothing was signed.")
    return {key: found.get(key, "") for key in wanted}


def _installed(folder: Path) -> tuple[Package, Station]:
    """The folder's package, verified with the pinned fingerprints, and its own station."""
    from node.installation import load_trust  # loads the database library
    from node.store import STORE_FILE, stored_orders

    package = load_package(folder)
    verify_package(package, read_note(folder), load_trust(folder), str(folder / "package.note"))
    package = Orders(package).take_all(stored_orders(folder / STORE_FILE)).effective()
    name = read_settings(folder).id
    station = package.stations_by_id.get(name)
    if station is None:
        raise PackageError([f"{folder}: station.toml says '{name}', whom the package lacks."])
    return package, station


def _ask(folder: Path, path: str, body: Any) -> bytes:
    from node.local_client import ask_node  # loads aiohttp: only when a command runs

    return ask_node(folder, path, body)


def open_officer_keys(paths: list[Path], pin_files: list[Path]) -> list[OpenedKey]:
    """Open officers' key files with their PINs; KeyFileError if one is somebody else's."""
    keys = []
    for number, path in enumerate(paths):
        data = read_file(path, KEY_FILE_BYTES_MAX)
        title = read_key_file(data, str(path)).title
        pin = read_pin(pin_files[number] if number < len(pin_files) else None, title)
        opened = open_key_file(data, pin, str(path))
        if opened.holder.holds != "officer":
            raise KeyFileError(f"{path}: the {title} signs no act. Use an officer's.")
        keys.append(opened)
    return keys


def _check_cards(act: str, cards: list[str], shares: list[Path], yes: bool) -> None:
    """End here, before anybody is asked anything, where cards cannot do what is wanted."""
    if act == "return" and cards and shares:
        fail(
            "Opening the ballots needs both officers' key files: give --key FILE twice instead of "
            "--card. A share is sealed to the officer's key, and a card opens nothing."
        )
    # 'any' is the only reader there is, so it is also the other one's.
    if yes and len(cards) > 1 and ("any" in cards or len(set(cards)) < len(cards)):
        fail(
            "With --yes there is no pause to change the cards, and both --card options mean one "
            "reader. Leave --yes out, or name two readers. Nothing was signed."
        )


def _officer_of_card(reader: str, package: Package, approvals: list[Approval]) -> Officer:
    """Whose card lies in `reader`; KeyFileError if this officer has signed already."""
    from node.officer_card import officer_of_card  # loads the card library

    officer = officer_of_card(reader, package)
    if any(approval.officer == officer.id for approval in approvals):
        raise KeyFileError(
            f"This is the card of {officer.id}, who has signed already. No PIN was tried. "
            "Begin again, and put in the other officer's card."
        )
    return officer


def _approve_by_card(
    reader: str, pin_file: Path | None, officer: Officer, origin: str, entry: Act
) -> Approval:
    """The signature of the officer whose card was shown."""
    from node.officer_card import approve_by_card  # loads the card library

    pin = read_pin(pin_file, f"card of {officer.id}")
    return approve_by_card(reader, pin, officer, origin, entry)


def _propose(folder: Path, act: str, details: dict[str, str]) -> ActProposed:
    path: str
    body: Any
    path, body = (f"/book/{act}", details) if act in _DETAILS else ("/acts/propose", _Act(act))
    if act == "void":
        path, body = "/voids/propose", _Void((details["slip"],), details["because"])
    outcome = _read(_ask(folder, path, body), ActProposed | Refused)
    if isinstance(outcome, Refused):
        fail(_words(outcome.words))
    assert isinstance(outcome, ActProposed), "the only other answer"
    return outcome


def _say_done(answer: bytes) -> None:
    """Show what the station says of something handed in; end here if it refuses."""
    outcome = _read(answer, Done | Refused)
    if isinstance(outcome, Refused):
        fail(_words(outcome.words))
    say(_words(outcome.words))


def _read(answer: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(answer, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MeshError(f"The station answered what cannot be read ({error}).") from None


def _words(text: str) -> str:
    """A station's words as a terminal can bear them; Persian joins its letters with U+200C."""
    joiner = "\u200c"
    return joiner.join(shown(part) for part in text[:WORDS_LETTERS_MAX].split(joiner))


def _approve(origin: str, entry: Act, opened: OpenedKey) -> Approval:
    return approve(origin, entry, opened.holder.id, opened.signer)


def _hand_in_shares(
    folder: Path, paths: list[Path], keys: list[OpenedKey], station: Station
) -> None:
    """Open each share with its officer's key and seal the half to the box, executive first."""
    halves = {}
    for path in paths:
        share = decode_share(read_file(path, SHARE_BYTES_MAX), str(path))
        opened = next((k for k in keys if k.holder.id == share.officer), None)
        if opened is None:
            raise KeyFileError(f"{path}: this share is for {share.officer}; add that key file.")
        if share.box != station.id:
            raise KeyFileError(f"{path}: this share is for {share.box}, not for {station.id}.")
        half = open_share(share, opened.signer)
        halves[share.authority] = seal(officer_box_key(station.key), half)
    if len(halves) != 2:
        fail("Two shares are needed, one of each authority.")
    shares = (halves["executive"], halves["supervisory"])
    _say_done(_ask(folder, "/shares", _Shares(shares)))
