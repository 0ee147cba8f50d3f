"""Who stands behind a package: two signatures over its base hash, two fingerprints from outside.

The package note is a C2SP signed note. Each authority signs under its own key name:

    pollmesh/package
    khorshid-2026
    vNyTd0…=                                          base hash, base64

    — pollmesh/khorshid-2026/executive Az3grlgt…
    — pollmesh/khorshid-2026/supervisory 9s2kQ0b1…

The keys stand in the package itself, so signatures alone prove only that it is consistent. Where
it comes from is known to whoever holds the **fingerprints** of both keys from another road, usually
the printed sheet of the key ceremony:

    executive:   1a2b 3c4d 5e6f 7081 92a3 b4c5 d6e7 f809
    supervisory: 0f1e 2d3c 4b5a 6978 8796 a5b4 c3d2 e1f0
"""

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from sync.errors import DecodeError, PackageError, VerifyError
from sync.note import ED25519, Note, NoteKey, NoteSignature, parse_note, sign_note, verify_note
from sync.package import AUTHORITY_KINDS, AuthorityKind, Package, short_hash
from sync.signing import Signer, fingerprint

FINGERPRINT_DIGITS = 32

Origin = Literal["trusted", "unknown"]
"""`trusted`: both fingerprints are those from outside. `unknown`: consistent, nothing more."""

_FIRST_LINE = "pollmesh/package"
_TRUST_LINE = re.compile(r"^\s*(executive|supervisory)\s*[:=]\s*(.*?)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Trust:
    """The fingerprints of both authorities, as they came from outside. Blanks and case are free."""

    executive: str
    supervisory: str

    def of(self, kind: AuthorityKind) -> str:
        """The fingerprint of one authority."""
        return self.executive if kind == "executive" else self.supervisory


def parse_trust(texts: Iterable[str]) -> Trust:
    """Read both fingerprints from lines `executive: 1a2b …` or `executive=1a2b…`.

    Each text is one line or a whole sheet; other lines are ignored. PackageError says which
    fingerprint is missing, damaged or given twice in two forms.
    """
    found: dict[str, str] = {}
    problems: list[str] = []
    for line in (line for text in texts for line in text.splitlines()):
        match = _TRUST_LINE.match(line)
        if not match:
            continue
        kind, value = match[1].lower(), _plain(match[2])
        if not re.fullmatch(f"[0-9a-f]{{{FINGERPRINT_DIGITS}}}", value):
            problems.append(
                f"trust: {kind}: '{match[2][:60]}' is no fingerprint. It has eight groups of four "
                "digits 0-9 and a-f; copy it from the ceremony sheet."
            )
        elif found.setdefault(kind, value) != value:
            problems.append(
                f"trust: {kind}: two different fingerprints are given. Use one ceremony sheet."
            )
    problems += [
        f"trust: {kind}: no fingerprint is given. Add the line '{kind}: …' of the ceremony sheet."
        for kind in AUTHORITY_KINDS
        if kind not in found and not any(p.startswith(f"trust: {kind}:") for p in problems)
    ]
    if problems:
        raise PackageError(problems)
    return Trust(_grouped(found["executive"]), _grouped(found["supervisory"]))


def authority_key(package: Package, kind: AuthorityKind) -> NoteKey:
    """The name and key under which an authority signs this package."""
    return NoteKey(f"pollmesh/{package.day}/{kind}", ED25519, package.authority(kind).key)


def package_text(package: Package) -> str:
    """What both authorities sign."""
    base_hash = base64.b64encode(package.base_hash).decode()
    return f"{_FIRST_LINE}\n{package.day}\n{base_hash}\n"


def sign_package(package: Package, kind: AuthorityKind, signer: Signer) -> NoteSignature:
    """One authority's signature line; PackageError if `signer` is not that authority's key."""
    key = authority_key(package, kind)
    if key.public != signer.public:
        raise PackageError(
            [
                f"authorities: the {kind} key of this package is {fingerprint(key.public)}, this "
                f"key is {fingerprint(signer.public)}. Use the key file of this ceremony."
            ]
        )
    return sign_note(package_text(package), key, signer)


def verify_package(
    package: Package, note_bytes: bytes, trust: Trust | None, where: str = "package.note"
) -> Origin:
    """Check both signatures and, where `trust` is given, both fingerprints.

    Returns `trusted`, or `unknown` without `trust`: the package is consistent, its origin is not
    known. PackageError lists every problem, naming `where`.
    """
    try:
        note = parse_note(note_bytes, where)
    except DecodeError as error:
        raise PackageError([f"{error}. Get the note again from the authorities."]) from None
    problems = [*_text_problems(package, note, where)]
    if not problems:
        problems += _signature_problems(package, note, where)
    if trust is not None:
        problems += _fingerprint_problems(package, trust)
    if problems:
        raise PackageError(problems)
    return "unknown" if trust is None else "trusted"


def _text_problems(package: Package, note: Note, where: str) -> Iterator[str]:
    if note.text == package_text(package):
        return
    lines = note.text.split("\n")
    if len(lines) != 4 or lines[0] != _FIRST_LINE:
        yield (
            f"{where}: line 1: '{lines[0][:60]}' with {len(lines) - 1} lines is no package note. "
            f"It begins with '{_FIRST_LINE}' and has three lines; get the note again."
        )
        return
    if lines[1] != package.day:
        yield (
            f"{where}: line 2: signed for day '{lines[1][:60]}', the package is for "
            f"'{package.day}'. Use the note that belongs to this package."
        )
    expected = package_text(package).split("\n")[2]
    if lines[2] != expected:
        yield (
            f"{where}: line 3: signed for base hash {lines[2][:60]}, this package has {expected} "
            f"({short_hash(package.base_hash)}). package.json or this note was changed; get both "
            "again from the authorities."
        )


def _signature_problems(package: Package, note: Note, where: str) -> Iterator[str]:
    for kind in AUTHORITY_KINDS:
        key = authority_key(package, kind)
        if note.by(key) is None:
            yield (
                f"{where}: {key.name}: the {kind} authority has not signed. "
                f"Let it run 'pollmesh package sign' with its key file."
            )
            continue
        try:
            verify_note(note, key, where)
        except VerifyError:
            yield (
                f"{where}: {key.name}: the signature of the {kind} authority does not hold. "
                "Do not use this package; get it again from that authority."
            )


def _fingerprint_problems(package: Package, trust: Trust) -> Iterator[str]:
    for kind in AUTHORITY_KINDS:
        found = fingerprint(package.authority(kind).key)
        if _plain(found) != _plain(trust.of(kind)):
            yield (
                f"authorities: the {kind} fingerprint of this package is {found}, the trusted one "
                f"is {_grouped(_plain(trust.of(kind)))}. Do not use this package: compare the "
                "ceremony sheet and ask that authority."
            )


def _plain(text: str) -> str:
    return "".join(text.split()).lower()


def _grouped(digits: str) -> str:
    return " ".join(digits[i : i + 4] for i in range(0, len(digits), 4))
