"""Published vectors: RFC 6962 trees, C2SP signed notes, checkpoints, cosignatures and tiles.

Sources: RFC 6962 (the roots of the eight-leaf log of certificate-transparency), C2SP signed-note,
tlog-checkpoint, tlog-cosignature and tlog-tiles; the note keys are golang.org/x/mod's public test
keys.
"""

import base64

import pytest

from sync.checkpoint import (
    Checkpoint,
    cosign,
    cosigner_key,
    parse_checkpoint,
    sign_checkpoint,
    verify_cosignature,
)
from sync.errors import DecodeError, VerifyError
from sync.merkle import Tree, leaf_hash, node_hash, root_of
from sync.note import COSIGNATURE, ED25519, Note, parse_key, parse_note, sign_note, verify_note
from sync.signing import Signer
from sync.tiles import entry_tiles, hash_tiles, number_path

LEAVES = (
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


@pytest.mark.parametrize("size", range(9))
def test_rfc_6962_roots(size: int) -> None:
    tree = Tree()
    leaves = [leaf_hash(bytes.fromhex(text)) for text in LEAVES[:size]]
    for leaf in leaves:
        tree.append(leaf)
    assert tree.root().hex() == ROOTS[size]
    assert root_of(leaves).hex() == ROOTS[size]
    assert tree.edge().root().hex() == ROOTS[size]
    assert [tree.root(earlier).hex() for earlier in range(size + 1)] == list(ROOTS[: size + 1])


def test_rfc_6962_leaf_and_node() -> None:
    assert leaf_hash(b"L123456").hex() == (
        "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    )
    assert node_hash(b"N123", b"N456").hex() == (
        "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
    )


# --- C2SP signed note

FOO_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
FOO_NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuw"
    "HjG1Yu72IneyaQM=\n"
).encode()

PETER_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETER_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
PETER_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgK"
    "vqfqdngotpRZb6K"
    "E6RyyBwJnAM=\n"
)
ENOCH_KEY = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
ENOCH_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01"
    "oOTGwnWLox33WWd1"
    "RvMc+QQ=\n"
)


def test_a_published_note_verifies_and_survives_reading() -> None:
    note, key = parse_note(FOO_NOTE), parse_key(FOO_KEY)
    assert (key.name, key.algorithm, key.text()) == ("example.com/foo", ED25519, FOO_KEY)
    assert note.text == "This is an example message.\n"
    assert note.encode() == FOO_NOTE
    verify_note(note, key)


def test_signing_gives_the_published_signature() -> None:
    raw = base64.b64decode(PETER_SECRET.split("+", 4)[4])
    assert raw[0] == ED25519
    key = parse_key(PETER_KEY)
    line = sign_note(PETER_TEXT, key, Signer(raw[1:]))
    assert line.line() == PETER_LINE
    verify_note(Note(PETER_TEXT, (line,)), key)


def test_a_note_of_two_signers_verifies_for_each_and_ignores_strangers() -> None:
    note = parse_note((PETER_TEXT + "\n" + PETER_LINE + ENOCH_LINE).encode())
    for text in (PETER_KEY, ENOCH_KEY):
        verify_note(note, parse_key(text))
    with pytest.raises(VerifyError, match=r"not signed by example\.com/foo"):
        verify_note(note, parse_key(FOO_KEY))


def test_a_known_key_whose_signature_fails_condemns_the_note() -> None:
    changed = FOO_NOTE.replace(b"This is", b"That is")
    with pytest.raises(VerifyError, match="does not hold"):
        verify_note(parse_note(changed), parse_key(FOO_KEY))


@pytest.mark.parametrize(
    "key",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "",
    ],
)
def test_bad_verifier_keys_are_refused(key: str) -> None:
    with pytest.raises(DecodeError):
        parse_key(key)


@pytest.mark.parametrize(
    "text",
    [
        "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6",
        "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
    ],
)
def test_published_verifier_keys_are_read(text: str) -> None:
    assert parse_key(text).text() == text


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\n- name AAAAAAA=\n",
        FOO_NOTE[:-1],
        FOO_NOTE.replace(b"example.com/foo ", b"example.com/foo  "),
        FOO_NOTE.replace("— ".encode(), b"-- "),
        FOO_NOTE.replace(b"Uw2Q", b"Uw2*"),
        FOO_NOTE.replace(b"message", b"mes\tsage"),
        FOO_NOTE.replace(b"message", b"mes\rsage"),
        FOO_NOTE.replace(b"message", b"mes\xffsage"),
        FOO_NOTE.replace(b"eyaQM=", b"eyaQN="),
    ],
)
def test_malformed_notes_are_refused(data: bytes) -> None:
    with pytest.raises(DecodeError):
        parse_note(data)


def test_sixteen_signatures_are_read() -> None:
    note = parse_note((PETER_TEXT + "\n" + PETER_LINE * 15 + ENOCH_LINE).encode())
    assert len(note.signatures) == 16


# --- C2SP checkpoint and cosignature

CHECKPOINT = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4U"
    "RYN7u5/Zhcyv2q1gGz"
    "Ggu9nTo+zyWE+xeMcTOAYQ8=\n"
).encode()
WITNESS_LINE = (
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZ"
    "CB9dlrDJsX3b2oyin1"
    "nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)


def test_the_published_checkpoint_has_our_shape_under_a_foreign_origin() -> None:
    note = parse_note(CHECKPOINT)
    origin, size, root, rest = note.text.split("\n")
    as_ours = Checkpoint(origin, int(size), base64.b64decode(root))
    assert (as_ours.text(), rest) == (note.text, "")
    with pytest.raises(DecodeError, match="is not pollmesh/<day>/<station>/<epoch>"):
        parse_checkpoint(CHECKPOINT)


def test_a_published_cosignature_line_carries_its_time() -> None:
    line = parse_note(CHECKPOINT + WITNESS_LINE.encode()).signatures[1]
    assert line.line() == WITNESS_LINE
    assert int.from_bytes(line.signature[:8], "big") == 1679315147
    assert len(line.signature) == 72


def test_a_cosignature_holds_for_one_checkpoint_one_time_one_key() -> None:
    signer = Signer(b"\x03" * 32)
    checkpoint = Checkpoint("pollmesh/demo-2026/a-desk-1/0", 7, bytes(range(32)))
    key = cosigner_key("demo-2026", "a-desk-2", signer.public)
    assert key.algorithm == COSIGNATURE
    line = cosign(checkpoint, key, signer, 1679315147)
    assert verify_cosignature(checkpoint, key, line) == 1679315147
    other = Checkpoint(checkpoint.origin, 8, checkpoint.root)
    with pytest.raises(VerifyError, match="does not hold"):
        verify_cosignature(other, key, line)
    stranger = cosigner_key("demo-2026", "a-desk-3", signer.public)
    with pytest.raises(VerifyError, match="not by the key of"):
        verify_cosignature(checkpoint, stranger, line)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n7\n", "\n07\n"),
        ("\n7\n", "\n+7\n"),
        ("\n7\n", "\n-7\n"),
        ("\n7\n", "\n7.0\n"),
        ("\n7\n", "\n٧\n"),
        ("\n7\n", "\n\n"),
        ("\n7\n", "\n7\nmore\n"),
        ("/0\n", "/00\n"),
        ("/0\n", "\n"),
        ("/0\n", "/0/1\n"),
        ("pollmesh/", "pollmash/"),
        ("pollmesh/demo-2026", "pollmesh/"),
        ("AAECAwQF", "AAECAwQ"),
        ("Hh8=", "Hh9="),
    ],
)
def test_a_checkpoint_has_one_spelling(old: str, new: str) -> None:
    checkpoint = Checkpoint("pollmesh/demo-2026/a-desk-1/0", 7, bytes(range(32)))
    note = sign_checkpoint(checkpoint, Signer(b"\x03" * 32)).decode()
    assert parse_checkpoint(note.encode())[0] == checkpoint
    assert old in note
    with pytest.raises(DecodeError):
        parse_checkpoint(note.replace(old, new, 1).encode())


# --- C2SP tiles


@pytest.mark.parametrize(
    ("number", "path"),
    [
        (0, "000"),
        (7, "007"),
        (999, "999"),
        (1000, "x001/000"),
        (1234067, "x001/x234/067"),
        (123456078, "x123/x456/078"),
        (1000000000, "x001/x000/x000/000"),
    ],
)
def test_tile_numbers_are_written_in_groups(number: int, path: str) -> None:
    assert number_path(number) == path


def grown(size: int) -> Tree:
    """A tree of `size` leaves."""
    tree = Tree()
    for number in range(size):
        tree.append(leaf_hash(b"leaf %d" % number))
    return tree


def test_a_log_of_70000_has_the_published_tiles() -> None:
    tree = grown(70_000)
    tiles = dict(hash_tiles(tree))
    widths = {path: len(data) // 32 for path, data in tiles.items()}
    by_level = {level: [p for p in widths if p.startswith(f"tile/{level}/")] for level in range(4)}
    assert [len(by_level[level]) for level in range(4)] == [274, 2, 1, 0]
    assert widths["tile/0/272"] == 256
    assert widths["tile/0/273.p/112"] == 112
    assert widths["tile/1/000"] == 256
    assert widths["tile/1/001.p/17"] == 17
    assert widths["tile/2/000.p/1"] == 1
    first = tiles["tile/0/000"]
    leaves = [first[i : i + 32] for i in range(0, len(first), 32)]
    assert tiles["tile/1/000"][:32] == root_of(leaves)
    assert list(entry_tiles(70_000))[-1] == ("tile/entries/273.p/112", 69_888, 112)


def test_a_log_of_256_has_one_full_tile_and_one_hash_above() -> None:
    tree = grown(256)
    tiles = dict(hash_tiles(tree))
    assert list(tiles) == ["tile/0/000", "tile/1/000.p/1"]
    assert tiles["tile/1/000.p/1"] == tree.root()
    assert list(entry_tiles(256)) == [("tile/entries/000", 0, 256)]
    assert list(entry_tiles(0)) == list(hash_tiles(Tree())) == []
