"""Who stands behind a package: two signatures inside, two fingerprints from outside."""

import base64

import pytest
from msgspec.structs import replace

from sync.errors import PackageError
from sync.note import Note
from sync.package import (
    PACKAGE_FORMAT,
    Authority,
    Package,
    RollSummary,
    Rules,
    short_hash,
)
from sync.signing import Signer, fingerprint
from sync.trust import Trust, package_text, parse_trust, sign_package, verify_package

EXECUTIVE, SUPERVISORY, STRANGER = (Signer(bytes([n]) * 32) for n in (1, 2, 3))
TRUST = Trust(fingerprint(EXECUTIVE.public), fingerprint(SUPERVISORY.public))


def package(day: str = "test-2026") -> Package:
    """Only what signatures look at; the rules have their own tests."""
    return Package(
        PACKAGE_FORMAT,
        day,
        True,
        "آزمون",
        (
            Authority("executive", "E", EXECUTIVE.public),
            Authority("supervisory", "S", SUPERVISORY.public),
        ),
        *((),) * 7,
        Rules("refuse", 1, 20, "roll", 5000, 10, "machine"),
        RollSummary(bytes(32), 0),
        bytes(32),
        bytes(32),
    )


def signed(made: Package) -> Note:
    lines = (
        sign_package(made, "executive", EXECUTIVE),
        sign_package(made, "supervisory", SUPERVISORY),
    )
    return Note(package_text(made), lines)


def refused(made: Package, note: Note, trust: Trust | None = TRUST) -> list[str]:
    with pytest.raises(PackageError) as caught:
        verify_package(made, note.encode(), trust)
    return caught.value.problems


def test_both_authorities_sign_day_and_base_hash():
    made = package()
    base_hash = base64.b64encode(made.base_hash).decode()
    assert package_text(made) == f"pollmesh/package\ntest-2026\n{base_hash}\n"
    assert [line.name for line in signed(made).signatures] == [
        "pollmesh/test-2026/executive",
        "pollmesh/test-2026/supervisory",
    ]


def test_with_both_fingerprints_a_package_is_trusted():
    assert verify_package(package(), signed(package()).encode(), TRUST) == "trusted"


def test_without_fingerprints_a_package_is_consistent_and_its_origin_unknown():
    assert verify_package(package(), signed(package()).encode(), None) == "unknown"


def test_a_missing_signature_names_the_authority_and_what_to_do():
    note = Note(package_text(package()), signed(package()).signatures[:1])
    assert refused(package(), note) == [
        "package.note: pollmesh/test-2026/supervisory: the supervisory authority has not signed. "
        "Let it run 'pollmesh package sign' with its key file."
    ]


def test_a_wrong_signature_names_the_authority_and_what_to_do():
    first, second = signed(package()).signatures
    wrong = replace_signature(second, STRANGER.sign_raw(package_text(package()).encode()))
    assert refused(package(), Note(package_text(package()), (first, wrong)), None) == [
        "package.note: pollmesh/test-2026/supervisory: the signature of the supervisory authority "
        "does not hold. Do not use this package; get it again from that authority."
    ]


def replace_signature(line, signature):
    return type(line)(line.name, line.key_id, signature)


def test_the_note_of_another_package_is_refused_with_both_hashes():
    other = replace(package(), training=False)
    found, expected = (base64.b64encode(p.base_hash).decode() for p in (other, package()))
    assert refused(package(), signed(other)) == [
        f"package.note: line 3: signed for base hash {found}, this package has {expected} "
        f"({short_hash(package().base_hash)}). package.json or this note was changed; get both "
        "again from the authorities."
    ]


def test_the_note_of_another_day_is_refused_with_both_days():
    assert refused(package(), signed(package("old-2022")))[0] == (
        "package.note: line 2: signed for day 'old-2022', the package is for 'test-2026'. "
        "Use the note that belongs to this package."
    )


def test_another_authority_than_the_trusted_one_is_refused_with_both_fingerprints():
    trust = Trust(TRUST.executive, fingerprint(STRANGER.public))
    assert refused(package(), signed(package()), trust) == [
        f"authorities: the supervisory fingerprint of this package is {TRUST.supervisory}, the "
        f"trusted one is {fingerprint(STRANGER.public)}. Do not use this package: compare the "
        "ceremony sheet and ask that authority."
    ]


def test_bytes_that_are_no_note_are_refused():
    with pytest.raises(PackageError) as caught:
        verify_package(package(), b"signed, sealed", TRUST)
    assert caught.value.problems == [
        "package.note: no blank line before the signatures, or no newline at the end. "
        "Get the note again from the authorities."
    ]


def test_an_authority_signs_only_with_its_own_key():
    with pytest.raises(PackageError) as caught:
        sign_package(package(), "executive", SUPERVISORY)
    assert caught.value.problems == [
        f"authorities: the executive key of this package is {TRUST.executive}, this key is "
        f"{TRUST.supervisory}. Use the key file of this ceremony."
    ]


def test_fingerprints_are_read_from_a_whole_sheet_or_from_arguments():
    sheet = f"Key ceremony\n\nexecutive:   {TRUST.executive}\nsupervisory: {TRUST.supervisory}\n"
    arguments = [
        "executive=" + TRUST.executive.replace(" ", "").upper(),
        f"supervisory = {TRUST.supervisory}",
    ]
    assert parse_trust([sheet]) == parse_trust(arguments) == TRUST


def test_a_missing_a_damaged_and_a_contradicted_fingerprint_are_named():
    with pytest.raises(PackageError) as caught:
        parse_trust(["executive=12 34"])
    assert caught.value.problems == [
        "trust: executive: '12 34' is no fingerprint. It has eight groups of four digits 0-9 and "
        "a-f; copy it from the ceremony sheet.",
        "trust: supervisory: no fingerprint is given. Add the line 'supervisory: …' of the "
        "ceremony sheet.",
    ]
    both = f"executive={TRUST.executive}", f"supervisory={TRUST.supervisory}"
    with pytest.raises(PackageError) as caught:
        parse_trust([*both, f"executive={TRUST.supervisory}"])
    assert caught.value.problems == [
        "trust: executive: two different fingerprints are given. Use one ceremony sheet."
    ]
