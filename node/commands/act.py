"""`pollmesh act`: two officers open, close, return or seal a station, beside it and not in it.

The station proposes the exact entry; this command shows it, opens the officers' key files with
their PINs, signs, and hands in signatures only. For `return` the officers' shares of the box's
opening key are opened here and sealed to the box, which joins them in memory and counts.
"""

import json
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from msgspec import Struct

from node.files import read_file
from node.randomness import seal
from node.terminal import fail, plain_errors, read_pin, say
from sync.entries import Act, Approval, Entry
from sync.errors import KeyFileError
from sync.key_file import KEY_FILE_BYTES_MAX, OpenedKey, open_key_file, read_key_file
from sync.officers import approve
from sync.outcomes import ActProposed, Done, Refused
from sync.package import Package
from sync.package_rules import read_package
from sync.sealing import officer_box_key
from sync.shares import decode_share, open_share
from sync.views import ActSubmitted

ACTS = ("open", "close", "return", "final")
SHARE_BYTES_MAX = 4096
_PACKAGE_BYTES_MAX = 64 * 1024 * 1024


class _Act(Struct):
    act: str


class _Shares(Struct):
    shares: tuple[bytes, ...]


def act_command(
    act: Annotated[str, typer.Argument(help="open, close, return or final.")],
    folder: Annotated[Path, typer.Argument(help="The station's folder.")],
    key: Annotated[
        list[Path], typer.Option(help="An officer's key file. Give two, one of each authority.")
    ],
    pin_file: Annotated[
        list[Path] | None, typer.Option(help="The officer's envelope, in the order of the keys.")
    ] = None,
    share: Annotated[
        list[Path] | None, typer.Option(help="return: the officers' share files, two.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before signing.")] = False,
) -> None:
    """Open, close, return or seal a station with two officers' keys."""
    if act not in ACTS:
        fail(f"'{act}' is no act. Use one of: {', '.join(ACTS)}.")
    with plain_errors():
        keys = _open_keys(key, pin_file or [])
        if act == "return" and share:
            _hand_in_shares(folder, share, keys)
        proposed = _propose(folder, act)
        say(f"{proposed.words}\n{json.dumps(json.loads(proposed.entry), indent=2)}")
        if not yes and not typer.confirm("Sign exactly this?", err=True):
            fail("Nothing was signed.")
        entry: Act = msgspec.json.decode(proposed.entry.encode(), type=Entry)
        approvals = tuple(_approve(proposed.origin, entry, opened) for opened in keys)
        answer = _ask(folder, "/acts/submit", ActSubmitted(proposed.proposal, approvals))
    outcome = msgspec.json.decode(answer, type=Done | Refused)
    if isinstance(outcome, Refused):
        fail(outcome.words)
    say(outcome.words)


def _ask(folder: Path, path: str, body: Any) -> bytes:
    from node.local_client import ask_node  # loads aiohttp: only when a command runs

    return ask_node(folder, path, body)


def _open_keys(paths: list[Path], pin_files: list[Path]) -> list[OpenedKey]:
    keys = []
    for number, path in enumerate(paths):
        data = read_file(path, KEY_FILE_BYTES_MAX)
        title = read_key_file(data, str(path)).title
        pin = read_pin(pin_files[number] if number < len(pin_files) else None, title)
        keys.append(open_key_file(data, pin, str(path)))
    return keys


def _propose(folder: Path, act: str) -> ActProposed:
    answer = _ask(folder, "/acts/propose", _Act(act))
    outcome = msgspec.json.decode(answer, type=ActProposed | Refused)
    if isinstance(outcome, Refused):
        fail(outcome.words)
    return outcome


def _approve(origin: str, entry: Act, opened: OpenedKey) -> Approval:
    return approve(origin, entry, opened.holder.id, opened.signer)


def _hand_in_shares(folder: Path, paths: list[Path], keys: list[OpenedKey]) -> None:
    """Open each share with its officer's key and seal the half to the box, executive first."""
    package = _package(folder)
    halves = {}
    for path in paths:
        share = decode_share(read_file(path, SHARE_BYTES_MAX), str(path))
        opened = next((k for k in keys if k.holder.id == share.officer), None)
        if opened is None:
            raise KeyFileError(f"{path}: this share is for {share.officer}; add that key file.")
        box = package.stations_by_id[share.box]
        half = open_share(share, opened.signer)
        halves[share.authority] = seal(officer_box_key(box.key), half)
    if len(halves) != 2:
        fail("Two shares are needed, one of each authority.")
    shares = (halves["executive"], halves["supervisory"])
    outcome = msgspec.json.decode(_ask(folder, "/shares", _Shares(shares)), type=Done | Refused)
    if isinstance(outcome, Refused):
        fail(outcome.words)
    say(outcome.words)


def _package(folder: Path) -> Package:
    path = folder / "package.json"
    return read_package(read_file(path, _PACKAGE_BYTES_MAX), str(path))
