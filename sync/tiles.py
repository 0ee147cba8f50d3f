"""Entry bundles and tile paths of c2sp.org/tlog-tiles: how entries are stored, moved and published.

A bundle is up to 256 entries, each as a big-endian 16-bit length and its bytes (a return may be
64 KiB - 1 long). Published paths:

    checkpoint                the log's signed checkpoint
    tile/entries/000          entries 0-255            tile/entries/001.p/44   entries 256-299
    tile/0/000                256 leaf hashes          tile/0/001.p/44         44 leaf hashes
    tile/1/000.p/1            1 hash over 256 leaves

Numbers are written in groups of three digits, all but the last marked: 1234067 -> x001/x234/067.
"""

from collections.abc import Iterator, Sequence

from sync.errors import DecodeError
from sync.limits import RETURN_BYTES_MAX, TILE_ENTRIES
from sync.merkle import Tree

_LENGTH_BYTES = 2


def pack_bundle(entries: Sequence[bytes]) -> bytes:
    """Join entries into one bundle."""
    return b"".join(len(entry).to_bytes(_LENGTH_BYTES, "big") + entry for entry in entries)


def unpack_bundle(data: bytes, where: str) -> list[bytes]:
    """Split a bundle; DecodeError if it ends inside an entry or holds more than a tile."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + _LENGTH_BYTES], "big")
        at += _LENGTH_BYTES
        if at + length > len(data):
            raise DecodeError(where, f"the bundle ends inside entry number {len(entries)}")
        entries.append(data[at : at + length])
        at += length
        if len(entries) > TILE_ENTRIES:
            raise DecodeError(where, f"more than {TILE_ENTRIES} entries in one bundle")
    return entries


def number_path(number: int) -> str:
    """A tile's number as a path."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03d}")
    return "/".join(reversed(groups))


def tile_path(level: str, number: int, width: int) -> str:
    """The path of a tile (level `entries` or a number) that is `width` wide."""
    partial = "" if width == TILE_ENTRIES else f".p/{width}"
    return f"tile/{level}/{number_path(number)}{partial}"


def hash_tiles(tree: Tree) -> Iterator[tuple[str, bytes]]:
    """Every hash tile of a log as (path, joined hashes); the last of a level may be partial."""
    level, count = 0, tree.size
    while count:
        for number in range(-(-count // TILE_ENTRIES)):
            width = min(TILE_ENTRIES, count - number * TILE_ENTRIES)
            hashes = tree.hashes(8 * level, number * TILE_ENTRIES, width)
            yield tile_path(str(level), number, width), hashes
        level, count = level + 1, count // TILE_ENTRIES


def entry_tiles(size: int) -> Iterator[tuple[str, int, int]]:
    """Every entry bundle of a log of `size` entries as (path, first, count)."""
    for first in range(0, size, TILE_ENTRIES):
        count = min(TILE_ENTRIES, size - first)
        yield tile_path("entries", first // TILE_ENTRIES, count), first, count


assert RETURN_BYTES_MAX < 1 << 16, "a length of two bytes must hold the largest entry"
