"""The whole tree held against its signed root, tile by tile and entry by entry, naming the file that is wrong.

Tiles are believed from the root downwards: the right edge gives the root, every full tile the hash that its parent
lists. A tile that is not believed is named where the entries below it lead to the root without it. So one wrong file
is one sentence, and the rest of the log is audited all the same.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from governance.audit.errors import TileRefused
from governance.audit.problems import Layer, Problems, entry_name
from governance.audit.tile_reading import subtree_root
from governance.audit.tiles import (
    ENTRIES,
    WIDTH,
    Tile,
    edge_of,
    entry_bundle,
    parse_entry_bundle,
    parse_tile_content,
    tiles_at,
)

Read = Callable[[str], bytes | None]
"""A path below the log's prefix -> the file's bytes, or nothing where there is no such file."""

Hashes = tuple[bytes, ...]

_EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


def entry_file(size: int) -> Callable[[int], str]:
    """Return the function that names the bundle of an entry, for a log of this size."""
    full, width = tiles_at(ENTRIES, size)

    def file_of(index: int) -> str:
        place = index // WIDTH
        return Tile(ENTRIES, place, width if place == full and width else WIDTH).path

    return file_of


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedBundle:
    """Entries from an index on. `altered` are places in it whose bytes are not those that were signed.

    `root_at` gives the root that the log had at a size which ends within this bundle.
    """

    first: int
    entries: tuple[bytes, ...]
    altered: frozenset[int]
    root_at: Callable[[int], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """The leaf hashes of one bundle, and what they add up to where the bundle is full."""

    hashes: Hashes
    root: bytes | None
    altered: frozenset[int] = frozenset()


class TreeAudit:
    """The tree of one size. Read `bundles()` to the end, then `finish()`."""

    def __init__(
        self, read: Read, *, size: int, root: bytes | None, problems: Problems, older: Iterable[Tile] = ()
    ) -> None:
        """Take the signed root, or nothing where no signature is believed, and read the tiles above the leaves.

        `older` are partial tiles of earlier sizes that lie there too: each must be the beginning of a later one.
        """
        self._read, self._size, self._root, self._problems = read, size, root, problems
        self._stated: dict[Tile, Hashes | None] = {}
        self._believed: dict[Tile, Hashes] = {}
        self._computed: list[list[bytes]] = [[]]
        self._odd: list[tuple[Tile, str]] = []
        self._older: dict[tuple[int, int], list[Tile]] = {}
        for tile in older:
            self._older.setdefault((tile.level, tile.index), []).append(tile)
        self._is_lost = False
        self._is_explained = False
        self._believe_from_the_root()

    def bundles(self) -> Iterator[AuditedBundle]:
        """Yield every bundle of the log in its order."""
        full, width = tiles_at(ENTRIES, self._size)
        for index in range(full + (width > 0)):
            tile = Tile(0, index, WIDTH if index < full else width)
            entries = self._entries_of(Tile(ENTRIES, index, tile.width))
            row = self._lost(tile) if entries is None else self._row(tile, entries)
            self._compare_older(index, entries, row.hashes)

            def root_at(size: int, row: _Row = row, first: int = index * WIDTH) -> bytes:
                return self._root_with(row.hashes[: size - first])

            yield AuditedBundle(
                first=index * WIDTH,
                entries=entries or (b"",) * tile.width,
                altered=row.altered,
                root_at=root_at,
            )
            self._grow(row)

    def finish(self) -> None:
        """Name the tiles that do not list what lies below them, and a root that is not that of the entries."""
        right = self._root is not None and not self._is_lost and self._root_with(()) == self._root
        for tile, bundle in self._odd:
            if right:
                self._name(
                    tile.path, f"{tile.path} was altered: it does not list what the entries in {bundle} hash to."
                )
            else:
                self._name(tile.path, f"{tile.path} and {bundle} do not agree, and no signed root says which is right.")
        for tile, stated in self._stated.items():
            if tile.level > 0 and stated is not None and tile not in self._believed:
                self._compare_upper(tile, stated)
        for tiles in self._older.values():
            for tile in tiles:
                if tile.level > 0:
                    self._compare_upper(tile, self._parsed(tile))
        if self._root is not None and not right and not self._is_explained:
            self._name(
                "checkpoint",
                "The entries and tiles agree with each other and give another root than the one that was signed: "
                "they are not the log that this checkpoint is of.",
            )

    # -- from the root downwards --------------------------------------------------------------------------------------

    def _believe_from_the_root(self) -> None:
        edge = list(edge_of(self._size))
        stated = {tile: hashes for tile in edge if (hashes := self._kept(tile)) is not None}
        if self._root is not None and len(stated) == len(edge) and _fold(stated.values()) == self._root:
            self._believed.update(stated)
        for level in range(max((tile.level for tile in edge), default=0), 0, -1):
            for index in range(tiles_at(level, self._size)[0]):
                tile = Tile(level, index)
                hashes, listed = self._kept(tile), self._listed(tile)
                if hashes is not None and listed is not None and subtree_root(hashes) == listed:
                    self._believed[tile] = hashes

    def _listed(self, tile: Tile) -> bytes | None:
        """Return the hash that a believed parent lists for a full tile."""
        level, index = tile.level + 1, tile.index // WIDTH
        full, width = tiles_at(level, self._size)
        parent = self._believed.get(Tile(level, index, WIDTH if index < full else width))
        return None if parent is None else parent[tile.index % WIDTH]

    def _kept(self, tile: Tile) -> Hashes | None:
        if tile not in self._stated:
            self._stated[tile] = self._parsed(tile)
        return self._stated[tile]

    def _parsed(self, tile: Tile) -> Hashes | None:
        """Return what a tile's file states; nothing where it is missing or malformed, which is named."""
        data, width = self._fetched(tile)
        if data is None:
            return None
        try:
            return parse_tile_content(data, width=width)[: tile.width]
        except TileRefused as error:
            self._name(tile.path, f"{tile.path} is no tile of this log. {error}")
            return None

    def _entries_of(self, tile: Tile) -> tuple[bytes, ...] | None:
        data, width = self._fetched(tile)
        if data is None:
            return None
        try:
            return parse_entry_bundle(data, width=width)[: tile.width]
        except TileRefused as error:
            self._name(tile.path, f"{tile.path} is no bundle of this log's entries. {error}")
            return None

    def _fetched(self, tile: Tile) -> tuple[bytes | None, int]:
        """Return a file's bytes and its width: the full one may have taken the place of the partial one."""
        data, width = self._read(tile.path), tile.width
        if data is None and not tile.is_full:
            data, width = self._read(Tile(tile.level, tile.index).path), WIDTH
        if data is None:
            lost = "entries" if tile.level == ENTRIES else "hashes"
            self._name(tile.path, f"{tile.path} is missing or cannot be read, and {tile.width} {lost} with it.")
        return data, width

    # -- from the entries upwards -------------------------------------------------------------------------------------

    def _row(self, tile: Tile, entries: tuple[bytes, ...]) -> _Row:
        """Hold a bundle against the tile above it, and name which of the two is wrong."""
        sha256, bundle = hashlib.sha256, entry_file(self._size)(tile.index * WIDTH)
        found = tuple([sha256(b"\x00" + entry).digest() for entry in entries])
        stated = self._parsed(tile) if tile.is_full else self._kept(tile)
        listed = self._listed(tile) if tile.is_full else None
        root = subtree_root(found) if tile.is_full else None
        if found == stated:
            if listed is not None and root != listed:
                sentence = f"{bundle} and {tile.path} were altered together: the tile above them lists another hash."
                self._name(bundle, sentence)
            return _Row(hashes=found, root=listed or root)
        believed = tile in self._believed if not tile.is_full else listed is not None and _gives(stated, listed)
        if stated is not None and believed:
            altered = frozenset(place for place in range(len(found)) if found[place] != stated[place])
            self._name_altered(tile.index * WIDTH, bundle, altered)
            return _Row(hashes=stated, root=listed, altered=altered)
        if listed is not None and root != listed:
            self._name(bundle, f"{bundle} was altered: its entries do not give the hash that the tiles above list.")
            found, root = stated or found, listed
        if stated is not None and listed is not None:
            self._name(tile.path, f"{tile.path} was altered: it does not give the hash that the tile above it lists.")
        elif stated is not None:
            self._odd.append((tile, bundle))
        return _Row(hashes=found, root=root)

    def _lost(self, tile: Tile) -> _Row:
        """Go on without a bundle: with the hashes that its tile states, if there is one."""
        stated = self._parsed(tile) if tile.is_full else self._kept(tile)
        self._is_lost = self._is_lost or stated is None
        hashes = stated or (b"\x00" * 32,) * tile.width
        root = subtree_root(hashes) if tile.is_full else None
        return _Row(hashes=hashes, root=root, altered=frozenset(range(tile.width)))

    def _name_altered(self, first: int, bundle: str, altered: frozenset[int]) -> None:
        self._is_explained = True
        for place in sorted(altered):
            index = first + place
            sentence = f"Entry {index} was altered: its bytes in {bundle} are not those that the log signed."
            self._problems.wrong(Layer.TREE, bundle, entry_name(index), sentence)

    def _grow(self, row: _Row) -> None:
        if row.root is None:
            self._computed[0] = list(row.hashes)
            return
        level, root = 1, row.root
        while True:
            if level == len(self._computed):
                self._computed.append([])
            self._computed[level].append(root)
            if len(self._computed[level]) % WIDTH:
                return
            root = subtree_root(self._computed[level][-WIDTH:])
            level += 1

    def _root_with(self, row: Sequence[bytes]) -> bytes:
        """Return the root over all bundles so far and these leaf hashes, which follow them."""
        rows = [row or self._computed[0]]
        rows.extend(level[len(level) - len(level) % WIDTH :] for level in self._computed[1:])
        return _fold(rows)

    def _compare_upper(self, tile: Tile, stated: Hashes | None) -> None:
        below = self._computed[tile.level] if tile.level < len(self._computed) else []
        computed = tuple(below[tile.index * WIDTH : tile.index * WIDTH + tile.width])
        if stated is not None and computed != stated:
            self._name(tile.path, f"{tile.path} was altered: it does not list the hashes of the tiles below it.")

    def _compare_older(self, index: int, entries: tuple[bytes, ...] | None, hashes: Hashes) -> None:
        for tile in self._older.get((0, index), ()):
            if self._parsed(tile) not in (None, hashes[: tile.width]):
                self._name(tile.path, f"{tile.path} was altered: it does not begin the tile that replaced it.")
        for tile in self._older.get((ENTRIES, index), ()):
            if entries is not None and self._read(tile.path) != entry_bundle(entries[: tile.width]):
                self._name(tile.path, f"{tile.path} was altered: it does not begin the bundle that replaced it.")

    def _name(self, path: str, sentence: str) -> None:
        self._is_explained = True
        self._problems.wrong(Layer.TREE, path, "root" if path == "checkpoint" else "tile", sentence)


def _gives(hashes: Hashes | None, root: bytes) -> bool:
    return hashes is not None and subtree_root(hashes) == root


def _fold(rows: Iterable[Sequence[bytes]]) -> bytes:
    """Return the root over rows of complete subtrees at the right edge, the row of the smallest first."""
    root = b""
    for row in rows:
        end = len(row)
        while end:
            start = end & (end - 1)
            peak = subtree_root(row[start:end])
            root = hashlib.sha256(b"\x01" + peak + root).digest() if root else peak
            end = start
    return root or _EMPTY_ROOT
