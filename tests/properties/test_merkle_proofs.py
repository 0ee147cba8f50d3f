"""Every tree up to 256 leaves: each proof verifies, and nothing near it does."""

import hashlib
import random

import pytest

from sync.merkle import Tree, is_consistent, is_included, leaf_hash, root_of

SIZE_MAX = 256
LEAVES = [leaf_hash(b"leaf %d" % number) for number in range(SIZE_MAX)]


def whole_tree() -> Tree:
    """The tree of 256 leaves; all smaller ones are its past."""
    tree = Tree()
    for leaf in LEAVES:
        tree.append(leaf)
    return tree


TREE = whole_tree()
ROOTS = [TREE.root(size) for size in range(SIZE_MAX + 1)]


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, as written there."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    pair = naive_root(leaves[:k]) + naive_root(leaves[k:])
    return hashlib.sha256(b"\x01" + pair).digest()


def flipped(value: bytes, bit: int) -> bytes:
    """The same bytes with one bit turned."""
    return (int.from_bytes(value, "big") ^ 1 << bit).to_bytes(len(value), "big")


def test_roots_are_those_of_the_definition() -> None:
    for size in range(SIZE_MAX + 1):
        assert ROOTS[size] == naive_root(LEAVES[:size])
        assert ROOTS[size] == root_of(LEAVES[:size])


def test_every_leaf_of_every_tree_is_included_and_nowhere_else() -> None:
    for size in range(1, SIZE_MAX + 1):
        for index in range(size):
            proof = TREE.inclusion_proof(index, size)
            assert is_included(index, size, LEAVES[index], proof, ROOTS[size])
            assert not is_included(index + 1, size, LEAVES[index], proof, ROOTS[size])
            assert not is_included(index, size, LEAVES[index - 1], proof, ROOTS[size]) or size == 1


def test_every_tree_is_a_prefix_of_every_later_one_and_of_no_other() -> None:
    for new in range(1, SIZE_MAX + 1):
        for old in range(1, new + 1):
            proof = TREE.consistency_proof(old, new)
            assert is_consistent(old, new, ROOTS[old], ROOTS[new], proof)
            assert not is_consistent(old, new, ROOTS[old - 1], ROOTS[new], proof)


def test_one_flipped_bit_fails_every_proof() -> None:
    dice = random.Random(1)
    for size in range(1, SIZE_MAX + 1):
        index, bit = dice.randrange(size), dice.randrange(256)
        proof, root = TREE.inclusion_proof(index, size), ROOTS[size]
        assert not is_included(index, size, flipped(LEAVES[index], bit), proof, root)
        assert not is_included(index, size, LEAVES[index], proof, flipped(root, bit))
        for at, value in enumerate(proof):
            wrong = [*proof[:at], flipped(value, bit), *proof[at + 1 :]]
            assert not is_included(index, size, LEAVES[index], wrong, root)
        old = index + 1
        chain = TREE.consistency_proof(old, size)
        assert not is_consistent(old, size, flipped(ROOTS[old], bit), root, chain)
        assert not is_consistent(old, size, ROOTS[old], flipped(root, bit), chain)
        for at, value in enumerate(chain):
            wrong = [*chain[:at], flipped(value, bit), *chain[at + 1 :]]
            assert not is_consistent(old, size, ROOTS[old], root, wrong)


def test_every_bit_of_every_hash_counts_in_a_tree_of_seven() -> None:
    proof, chain = TREE.inclusion_proof(3, 7), TREE.consistency_proof(3, 7)
    for bit in range(256):
        for at in range(len(proof)):
            wrong = [*proof[:at], flipped(proof[at], bit), *proof[at + 1 :]]
            assert not is_included(3, 7, LEAVES[3], wrong, ROOTS[7])
        for at in range(len(chain)):
            wrong = [*chain[:at], flipped(chain[at], bit), *chain[at + 1 :]]
            assert not is_consistent(3, 7, ROOTS[3], ROOTS[7], wrong)


def test_a_proof_too_long_or_too_short_fails() -> None:
    for size in range(2, 65):
        for index in range(size):
            proof = TREE.inclusion_proof(index, size)
            for wrong in (proof[:-1], proof[1:], [*proof, LEAVES[0]], [LEAVES[0], *proof]):
                assert not is_included(index, size, LEAVES[index], wrong, ROOTS[size])
        for old in range(1, size):
            chain = TREE.consistency_proof(old, size)
            for wrong in (chain[:-1], chain[1:], [*chain, LEAVES[0]], [LEAVES[0], *chain]):
                assert not is_consistent(old, size, ROOTS[old], ROOTS[size], wrong)


def test_hashes_of_another_width_prove_nothing() -> None:
    """Bytes moved from one hash to its neighbour give the same node: width must be checked."""
    pair, third = TREE.root(2), LEAVES[2]
    assert is_included(2, 3, third, [pair], ROOTS[3])
    assert not is_included(2, 3, pair[31:] + third, [pair[:31]], ROOTS[3])
    assert is_consistent(2, 3, pair, ROOTS[3], [third])
    assert not is_consistent(2, 3, pair[:31], ROOTS[3], [pair[31:] + third])


@pytest.mark.parametrize(
    ("index", "size"), [(-1, 5), (5, 5), (0, 0), (0, SIZE_MAX + 1), (SIZE_MAX, SIZE_MAX)]
)
def test_there_is_no_proof_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(IndexError):
        TREE.inclusion_proof(index, size)
    assert not is_included(index, size, LEAVES[0], [], ROOTS[1]) or (index, size) == (0, 1)


def test_an_edge_grows_like_its_tree() -> None:
    tree = Tree()
    for number, leaf in enumerate(LEAVES[:130]):
        edge = tree.edge()
        for later in LEAVES[number : number + 9]:
            edge.append(later)
        assert edge.root() == ROOTS[min(number + 9, SIZE_MAX)]
        tree.append(leaf)
