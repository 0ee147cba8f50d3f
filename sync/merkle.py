"""RFC 6962 / RFC 9162 Merkle trees over SHA-256, kept so that any root or proof is a few hashes.

    leaf = SHA-256(0x00 || entry)     node = SHA-256(0x01 || left || right)     empty = SHA-256("")

A `Tree` holds every complete subtree's hash, level by level (64 bytes an entry in all), so the root
of any earlier size, an inclusion proof (RFC 6962 2.1.1) and a consistency proof (2.1.2) cost
O(log n). Verification (RFC 9162 2.1.3.2 and 2.1.4.2) needs no tree.
"""

import hashlib
from collections.abc import Iterable, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hash of one entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A growing Merkle tree of leaf hashes."""

    def __init__(self) -> None:
        self._levels: list[bytearray] = [bytearray()]

    @property
    def size(self) -> int:
        """Number of leaves."""
        return len(self._levels[0]) // HASH_BYTES

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        index, level, value = self.size, 0, leaf
        self._levels[0] += value
        while index & 1:
            value = node_hash(self._at(level, index - 1), value)
            index, level = index >> 1, level + 1
            if level == len(self._levels):
                self._levels.append(bytearray())
            self._levels[level] += value

    def leaf(self, index: int) -> bytes:
        """The leaf hash at `index`."""
        if not 0 <= index < self.size:
            raise IndexError(f"leaf {index} of a tree of {self.size}")
        return self._at(0, index)

    def hashes(self, level: int, first: int, count: int) -> bytes:
        """`count` hashes of complete subtrees of height `level`, from number `first`, joined."""
        if level >= len(self._levels):
            return b""
        return bytes(self._levels[level][first * HASH_BYTES : (first + count) * HASH_BYTES])

    def root(self, size: int | None = None) -> bytes:
        """The root at `size` leaves (default: now)."""
        size = self.size if size is None else size
        if not 0 <= size <= self.size:
            raise IndexError(f"root at {size} of a tree of {self.size}")
        return self._range(0, size) if size else EMPTY_ROOT

    def inclusion_proof(self, index: int, size: int) -> list[bytes]:
        """The audit path of leaf `index` in the tree of `size` leaves (RFC 6962 2.1.1)."""
        if not 0 <= index < size <= self.size:
            raise IndexError(f"no leaf {index} in a tree of {size}")
        path, low, high = [], 0, size
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                path.append(self._range(middle, high))
                high = middle
            else:
                path.append(self._range(low, middle))
                low = middle
        return path[::-1]

    def consistency_proof(self, old: int, new: int) -> list[bytes]:
        """The proof that the tree of `old` leaves is a prefix of that of `new` (RFC 6962 2.1.2)."""
        if not 0 < old <= new <= self.size:
            raise IndexError(f"no consistency proof from {old} to {new}")
        path, low, high, whole = [], 0, new, True
        while old != high:
            middle = low + _split(high - low)
            if old <= middle:
                path.append(self._range(middle, high))
                high = middle
            else:
                path.append(self._range(low, middle))
                low, whole = middle, False
        if not whole:
            path.append(self._range(low, high))
        return path[::-1]

    def edge(self) -> "Edge":
        """A copy of the right edge, to try what more leaves would give."""
        peaks, start = [], 0
        for level in range(self.size.bit_length() - 1, -1, -1):
            if self.size >> level & 1:
                peaks.append(self._at(level, start >> level))
                start += 1 << level
        return Edge(self.size, peaks)

    def _at(self, level: int, number: int) -> bytes:
        return bytes(self._levels[level][number * HASH_BYTES : (number + 1) * HASH_BYTES])

    def _range(self, low: int, high: int) -> bytes:
        """Hash of leaves [low, high); `low` is a multiple of the largest power of two below."""
        width = high - low
        if width & (width - 1) == 0:
            level = width.bit_length() - 1
            return self._at(level, low >> level)
        middle = low + _split(width)
        return node_hash(self._range(low, middle), self._range(middle, high))


class Edge:
    """The right edge of a tree: enough to append and to know the root, nothing else."""

    def __init__(self, size: int, peaks: list[bytes]) -> None:
        self._size = size
        self._peaks = peaks

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        size, value = self._size, leaf
        while size & 1:
            value = node_hash(self._peaks.pop(), value)
            size >>= 1
        self._peaks.append(value)
        self._size += 1

    def root(self) -> bytes:
        """The root now."""
        if not self._peaks:
            return EMPTY_ROOT
        value = self._peaks[-1]
        for peak in self._peaks[-2::-1]:
            value = node_hash(peak, value)
        return value


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes, for those who hold them all and need no proof."""
    level = list(leaves) or [EMPTY_ROOT]
    while len(level) > 1:
        odd = level[-1:] if len(level) & 1 else []
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [node_hash(left, right) for left, right in pairs] + odd
    return level[0]


def is_included(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162 2.1.3.2: is `leaf` the leaf number `index` of the tree of `size` with this root?"""
    if not 0 <= index < size or not _are_hashes(leaf, root, *proof):
        return False
    number, last, value = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if number & 1 or number == last:
            value = node_hash(sibling, value)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        number, last = number >> 1, last >> 1
    return last == 0 and value == root


def is_consistent(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """RFC 9162 2.1.4.2: is the tree (old, old_root) a prefix of the tree (new, new_root)?"""
    if not 0 < old <= new or not _are_hashes(old_root, new_root, *proof):
        return False
    if old == new:
        return not proof and old_root == new_root
    hashes = list(proof)
    if old & (old - 1) == 0:
        hashes.insert(0, old_root)
    if not hashes:
        return False
    number, last = old - 1, new - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    old_value = new_value = hashes[0]
    for value in hashes[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            old_value, new_value = node_hash(value, old_value), node_hash(value, new_value)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            new_value = node_hash(new_value, value)
        number, last = number >> 1, last >> 1
    return last == 0 and old_value == old_root and new_value == new_root


def _are_hashes(*values: bytes) -> bool:
    """All 32 bytes wide? Otherwise bytes could be shifted from one hash to its neighbour."""
    return all(len(value) == HASH_BYTES for value in values)


def _split(width: int) -> int:
    """The largest power of two smaller than `width` (RFC 6962's k), for width > 1."""
    return 1 << ((width - 1).bit_length() - 1)
