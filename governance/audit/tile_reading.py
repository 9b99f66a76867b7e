"""Reading a log from tiles that nobody vouches for: nothing is handed on that does not lead to the signed root.

The partial tiles at the right edge together give the root, so they are held against it. Every full tile is held against
the hash that its parent lists: to check only the way to the root lets a forged full tile pass (CVE-2026-56865). Like
`verify.py`, this shares no hashing with `merkle.py`, which generates.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from governance.audit.errors import ProofRefused, TileRefused
from governance.audit.tiles import (
    ENTRIES,
    HEIGHT,
    WIDTH,
    Tile,
    edge_of,
    parse_entry_bundle,
    parse_tile_content,
    tiles_at,
)

Fetch = Callable[[str], bytes | None]
"""A tile's path below the log's prefix -> its bytes, or nothing where there is no such file."""

_EMPTY: Final = hashlib.sha256(b"").digest()
_CACHED_TILES: Final = 64


def subtree_root(hashes: Sequence[bytes]) -> bytes:
    """Return the hash over a row of neighbouring complete subtrees, whose number is a power of two.

    Raises:
        ProofRefused: the number is another.
    """
    if not hashes or len(hashes) & (len(hashes) - 1):
        raise ProofRefused("Only a row of 1, 2, 4 … subtrees is itself a complete subtree.")
    row, sha256 = list(hashes), hashlib.sha256
    while len(row) > 1:
        row = [sha256(b"\x01" + row[place] + row[place + 1]).digest() for place in range(0, len(row), 2)]
    return row[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Entries that stand in the log, the first at this index."""

    first: int
    entries: tuple[bytes, ...]


class TreeOfTiles:
    """The tree of one signed checkpoint, read from tiles."""

    def __init__(self, fetch: Fetch, *, size: int, root: bytes) -> None:
        """Read the right edge and hold it against the root.

        Raises:
            TileRefused: a tile is missing or malformed, or the edge gives another root than was signed.
        """
        self._fetch = fetch
        self._size = size
        self._edge = {tile.level: self._hashes_of(tile) for tile in edge_of(size)}
        self._cache: dict[tuple[int, int], tuple[bytes, ...]] = {}
        if self._edge_root() != root:
            self._name_the_wrong_edge()
            raise TileRefused("The tiles at the log's right edge give another root than the one that was signed.")

    def node(self, level: int, position: int) -> bytes:
        """Return the hash of a complete subtree, authenticated: the function that `merkle.py` makes proofs from.

        Raises:
            TileRefused: the tree has no such subtree, or a tile on the way is missing, malformed or forged.
        """
        step = level % HEIGHT
        first = position << step
        hashes = self.hashes(level // HEIGHT, first // WIDTH)
        start = first % WIDTH
        if start + (1 << step) > len(hashes):
            raise TileRefused("The log of this size has no such subtree.")
        return subtree_root(hashes[start : start + (1 << step)])

    def hashes(self, level: int, index: int) -> tuple[bytes, ...]:
        """Return the hashes of a tile, authenticated.

        Raises:
            TileRefused: the tree has no such tile, or it or one on its way to the root is missing, malformed or forged.
        """
        full, _ = tiles_at(level, self._size)
        if not 0 <= index < full:
            if index != full or level not in self._edge:
                raise TileRefused("The log of this size has no such tile.")
            return self._edge[level]
        if (level, index) not in self._cache:
            if len(self._cache) >= _CACHED_TILES:
                del self._cache[next(iter(self._cache))]
            self._cache[level, index] = self._authentic(Tile(level, index))
        return self._cache[level, index]

    def bundle(self, index: int) -> Bundle:
        """Return the entries of a bundle, each held against its authenticated leaf hash.

        Raises:
            TileRefused: the bundle is missing, malformed or altered, or so is a tile on its way to the root.
        """
        hashes = self.hashes(0, index)
        tile = Tile(ENTRIES, index, len(hashes))
        entries, sha256 = self._entries_of(tile), hashlib.sha256
        found = tuple([sha256(b"\x00" + entry).digest() for entry in entries])
        if found != hashes:
            place = next(place for place in range(len(hashes)) if found[place] != hashes[place])
            raise TileRefused(
                f"Entry {index * WIDTH + place} was altered: it is not what {tile.path} held when signed."
            )
        return Bundle(first=index * WIDTH, entries=entries)

    def bundles(self) -> Iterator[Bundle]:
        """Yield every entry of the log in its order. Whoever reads to the end has held every tile against the root.

        Raises:
            TileRefused: at the first file that is missing, malformed or altered.
        """
        full, width = tiles_at(ENTRIES, self._size)
        yield from map(self.bundle, range(full + (width > 0)))

    def _authentic(self, tile: Tile) -> tuple[bytes, ...]:
        hashes = self._hashes_of(tile)
        parent = self.hashes(tile.level + 1, tile.index // WIDTH)
        if subtree_root(hashes) != parent[tile.index % WIDTH]:
            raise TileRefused(f"{tile.path} was altered: it does not give the hash that the tile above it lists.")
        return hashes

    def _edge_root(self) -> bytes:
        """Fold the complete subtrees that the partial tiles hold, the smallest first."""
        root = b""
        for level in sorted(self._edge):
            hashes, end = self._edge[level], len(self._edge[level])
            while end:
                start = end & (end - 1)
                peak = subtree_root(hashes[start:end])
                root = hashlib.sha256(b"\x01" + peak + root).digest() if root else peak
                end = start
        return root or _EMPTY

    def _name_the_wrong_edge(self) -> None:
        """Hold each partial tile against what lies below it, for a sentence that names the file."""
        for tile in edge_of(self._size):
            if self._edge[tile.level] != self._from_below(tile):
                raise TileRefused(f"{tile.path} was altered: it does not list the hashes of what lies below it.")

    def _from_below(self, tile: Tile) -> tuple[bytes, ...]:
        if tile.level == 0:
            entries = self._entries_of(Tile(ENTRIES, tile.index, tile.width))
            return tuple(hashlib.sha256(b"\x00" + entry).digest() for entry in entries)
        first = tile.index * WIDTH
        below = (Tile(tile.level - 1, first + place) for place in range(tile.width))
        return tuple(subtree_root(self._hashes_of(one)) for one in below)

    def _hashes_of(self, tile: Tile) -> tuple[bytes, ...]:
        data, whole = self._read(tile)
        try:
            return parse_tile_content(data, width=WIDTH if whole else tile.width)[: tile.width]
        except TileRefused as error:
            raise TileRefused(f"{tile.path}: {error}") from error

    def _entries_of(self, tile: Tile) -> tuple[bytes, ...]:
        data, whole = self._read(tile)
        try:
            return parse_entry_bundle(data, width=WIDTH if whole else tile.width)[: tile.width]
        except TileRefused as error:
            raise TileRefused(f"{tile.path}: {error}") from error

    def _read(self, tile: Tile) -> tuple[bytes, bool]:
        """Return a tile's bytes, and whether they are the full tile's that has since replaced the partial one."""
        data = self._fetch(tile.path)
        if data is not None:
            return data, False
        whole = None if tile.is_full else self._fetch(Tile(tile.level, tile.index).path)
        if whole is None:
            raise TileRefused(f"{tile.path} is missing.")
        return whole, True
