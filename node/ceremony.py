"""The key ceremony: every private key of a polling day that is not a station's, made once.

    DIR/sheet.txt                        public, printed: fingerprints, who holds what, next steps
    DIR/public.json                      public: what 'package new' needs
    DIR/holders/<holder>/<key>.key.json  one folder a person: what goes on their USB drive
    DIR/holders/<officer>/shares/<box>.json
    DIR/holders/<supervisor>/certificate.der
    DIR/envelopes/<holder>.txt           the PIN, to be printed, handed over and destroyed

After drives and envelopes are handed out, separately, everything but sheet and public.json is
destroyed. The folder appears whole or not at all.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from msgspec import Struct

from node.certificates import make_certificate
from node.files import is_empty, private_folder, sync_folder, write_file, write_private
from node.province import Kept, Province
from node.randomness import random_bytes, random_pin, seal
from sync.encoding import canonical, decode
from sync.errors import DecodeError, PackageError
from sync.key_file import DEMO, NONCE_BYTES, REAL, SALT_BYTES, Cost, Holder, Holds, seal_key_file
from sync.package import AUTHORITY_KINDS, Authority, AuthorityKind, Officer, Supervisor
from sync.sealing import box_public, officer_box_key
from sync.shares import Share, encode_share, split
from sync.signing import KEY_BYTES, Signer, fingerprint

PUBLIC_FORMAT = "pollmesh/ceremony/v1"


class OpeningKey(Struct, frozen=True, forbid_unknown_fields=True):
    """The public key to which one box seals its ballots."""

    box: str
    key: bytes


class CeremonyPublic(Struct, frozen=True, forbid_unknown_fields=True):
    """public.json: the public halves."""

    format: str
    day: str
    training: bool
    authorities: tuple[Authority, ...]
    officers: tuple[Officer, ...]
    supervisors: tuple[Supervisor, ...]
    opening_keys: tuple[OpeningKey, ...]
    recovery_key: bytes
    provisional_key: bytes


@dataclass(frozen=True)
class HeldKey:
    """One secret and who will carry it."""

    holder: Holder
    name: str
    secret: bytes


@dataclass(frozen=True)
class Keys:
    """Everything the ceremony drew, before it is locked and written."""

    public: CeremonyPublic
    held: tuple[HeldKey, ...]
    shares: tuple[Share, ...]


def draw_keys(province: Province, *, training: bool) -> Keys:
    """Make every key of the day in memory."""
    authorities = [(a, _drawn("authority", a.kind, a.kind, a.name)) for a in province.authorities]
    officers = [(o, _drawn("officer", o.id, o.authority, o.name)) for o in province.officers]
    supervisors = [(v, _drawn("supervisor", v.id, None, v.name)) for v in province.supervisors]
    kept, recovery_key, provisional_key = _kept(province)
    public_officers = tuple(
        Officer(o.id, o.name, o.authority, o.at, held.holder.public) for o, held in officers
    )
    opening_keys, shares = _opening(province, public_officers)
    public = CeremonyPublic(
        PUBLIC_FORMAT,
        province.day,
        training,
        tuple(Authority(a.kind, a.name, held.holder.public) for a, held in authorities),
        public_officers,
        tuple(
            Supervisor(v.id, v.name, held.holder.public, make_certificate(held.secret, v.id))
            for v, held in supervisors
        ),
        opening_keys,
        recovery_key,
        provisional_key,
    )
    signing = (*authorities, *officers, *supervisors)
    return Keys(public, (*(held for _, held in signing), *kept), shares)


def write_ceremony(
    folder: Path, keys: Keys, sheet: str, cost: Cost, advance: Callable[[int], None]
) -> None:
    """Lock every key with its holder's fresh PIN and write `folder`, whole or not at all.

    `advance(1)` is called after each key. PackageError if `folder` is not empty.
    """
    folder = folder.absolute()
    part = folder.with_name(f".{folder.name}.part")
    if not is_empty(folder):
        raise PackageError([f"{folder}: not empty. A ceremony needs a folder of its own."])
    if part.exists():
        raise PackageError(
            [f"{part}: keys of an interrupted ceremony lie here. Destroy it and start again."]
        )
    try:
        private_folder(part)
        _write(part, keys, sheet, cost, advance)
        part.replace(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    sync_folder(folder.parent)


def sheet_text(province: Province, keys: Keys) -> str:
    """The sheet that both authorities print, compare aloud, sign by hand and publish."""
    title = "TRAINING DAY" if keys.public.training else "polling day"
    lines = [f"pollmesh key ceremony: {title} {province.day}", f"Province: {province.province}", ""]
    lines += ["Fingerprints of the two authorities; every station is installed with these:"]
    for kind in AUTHORITY_KINDS:
        key = next(a.key for a in keys.public.authorities if a.kind == kind)
        lines.append(f"{kind + ':':<12} {fingerprint(key)}")
    lines += ["", "Who holds what:"]
    lines += [f"  {_what(held.holder.holds):<24} {held.holder.id}" for held in keys.held]
    boxes: dict[str, list[str]] = {}
    for share in keys.shares:
        boxes.setdefault(share.box, []).append(share.officer)
    lines += [f"  {'opening key of ' + box:<24} {', '.join(of)}" for box, of in boxes.items()]
    lines += [
        "",
        "What to do next:",
        "  1. Give each holder the folder holders/<holder> on a USB drive and, by another hand,",
        "     the PIN in envelopes/<holder>.txt.",
        "  2. Keep this sheet and public.json. Destroy the rest of the folder.",
        "  3. Enrol the stations:      pollmesh station enrol STATION --id ID",
        "  4. Make the package:        pollmesh package new PACKAGE ...",
        "  5. Both authorities sign:   pollmesh package sign PACKAGE --key KEYFILE",
        "  6. Install each station:    pollmesh station install STATION --package PACKAGE",
        "                              --trust sheet.txt",
        "",
    ]
    return "\n".join(lines)


def load_public(folder: Path) -> CeremonyPublic:
    """Read public.json of a ceremony folder; PackageError says what is wrong."""
    path = folder / "public.json"
    try:
        public = decode(path.read_bytes(), CeremonyPublic, str(path))
    except DecodeError as error:
        raise PackageError([f"{error}. Use the file as the ceremony wrote it."]) from None
    if public.format != PUBLIC_FORMAT:
        raise PackageError([f"{path}: format: '{public.format[:40]}' is not '{PUBLIC_FORMAT}'."])
    return public


def cost_of(*, training: bool) -> Cost:
    """What a try at a PIN costs on such a day."""
    return DEMO if training else REAL


def _drawn(holds: Holds, holder: str, authority: AuthorityKind | None, name: str) -> HeldKey:
    """A fresh Ed25519 key for one person."""
    seed = random_bytes(KEY_BYTES)
    return HeldKey(Holder(holds, holder, authority, Signer(seed).public), name, seed)


def _kept(province: Province) -> tuple[list[HeldKey], bytes, bytes]:
    """The roll key, and the halves of recovery and provisional keys, each with its keepers."""
    roll = random_bytes(KEY_BYTES)
    recovery, provisional = random_bytes(KEY_BYTES), random_bytes(KEY_BYTES)
    halves = {"recovery": _halves(recovery), "provisional": _halves(provisional)}
    publics: dict[Kept, bytes] = {
        "roll": b"",
        "recovery": box_public(recovery),
        "provisional": box_public(provisional),
    }
    held = [
        HeldKey(
            Holder(kept, keeper.id, keeper.authority, publics[kept]),
            keeper.name,
            roll if kept == "roll" else halves[kept][keeper.authority],
        )
        for keeper in province.keepers
        for kept in keeper.keeps
    ]
    return held, publics["recovery"], publics["provisional"]


def _halves(secret: bytes) -> dict[AuthorityKind, bytes]:
    """A secret's two shares, one per authority."""
    return dict(zip(AUTHORITY_KINDS, split(secret, random_bytes(KEY_BYTES)), strict=True))


def _opening(
    province: Province, officers: tuple[Officer, ...]
) -> tuple[tuple[OpeningKey, ...], tuple[Share, ...]]:
    """Each box's opening key, and its halves sealed to the officers of its place."""
    keys: list[OpeningKey] = []
    shares: list[Share] = []
    for station in province.stations:
        if station.kind != "box":
            continue
        secret = random_bytes(KEY_BYTES)
        halves = _halves(secret)
        keys.append(OpeningKey(station.id, box_public(secret)))
        here = [officer for officer in officers if officer.at == station.at]
        if {officer.authority for officer in here} != set(AUTHORITY_KINDS):
            raise PackageError(
                [
                    f"officers: '{station.at}' needs an officer of each authority, or nobody could "
                    f"open '{station.id}'. Name them in the province file."
                ]
            )
        shares += [
            Share(
                station.id,
                officer.authority,
                officer.id,
                seal(officer_box_key(officer.key), halves[officer.authority]),
            )
            for officer in here
        ]
    return tuple(keys), tuple(shares)


def _write(
    folder: Path, keys: Keys, sheet: str, cost: Cost, advance: Callable[[int], None]
) -> None:
    pins: dict[str, str] = {}
    for held in keys.held:
        drive = private_folder(folder / "holders" / held.holder.id)
        pin = pins.setdefault(held.holder.id, random_pin())
        salt, nonce = random_bytes(SALT_BYTES), random_bytes(NONCE_BYTES)
        data = seal_key_file(held.holder, held.secret, pin, salt, nonce, cost)
        write_private(drive / f"{held.holder.holds}.key.json", data)
        advance(1)
    for share in keys.shares:
        place = private_folder(folder / "holders" / share.officer / "shares")
        write_private(place / f"{share.box}.json", encode_share(share))
    for supervisor in keys.public.supervisors:
        drive = folder / "holders" / supervisor.id
        write_private(drive / "certificate.der", supervisor.certificate)
    envelopes = private_folder(folder / "envelopes")
    names = {held.holder.id: held.name for held in keys.held}
    for holder, pin in pins.items():
        text = f"{keys.public.day}\n{holder}: {names[holder]}\nPIN: {pin}\n"
        write_private(envelopes / f"{holder}.txt", text.encode())
    (folder / "holders").chmod(0o700)
    write_file(folder / "public.json", canonical(keys.public))
    write_file(folder / "sheet.txt", sheet.encode())


def _what(holds: str) -> str:
    return f"share of {holds} key" if holds in ("recovery", "provisional") else f"{holds} key"
