"""The tiles of a log as files, in the layout that any static server can serve: a projection of the database.

Bytes come from the database alone, so a file that is missing or other than it must be is written again.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from governance.adapters.log.guard import synchronise_folder
from governance.adapters.log.right_edge import LOWEST_ROW, RightEdge
from governance.adapters.log.store import Missing, Store
from governance.audit.errors import LogRolledBack
from governance.audit.merkle import leaf_hashes, node_hash
from governance.audit.tiles import ENTRIES, HASH_BYTES, HEIGHT, WIDTH, Tile, entry_bundle, tile_path, tiles_at, tiles_of

_FILE_MODE: Final = 0o644
_FOLDER_MODE: Final = 0o755
_OTHERS: Final = "The database holds other log entries than those that were signed; nothing runs on them."


class TileFiles:
    """The folder that `tile/…` lies in."""

    def __init__(self, folder: Path, store: Store) -> None:
        self._folder = folder
        self._store = store

    def content(self, tile: Tile, edge: RightEdge) -> bytes:
        """Return the bytes of a tile of the tree that this is the right edge of, held against the level above.

        Raises:
            LogRolledBack: the database holds other entries or another tree than were signed.
            LogUnavailable: the database cannot be read.
        """
        if tile.level != ENTRIES:
            return self._hashes(tile, edge)
        leaves = self._store.leaves(tile.index * WIDTH, tile.width)
        if b"".join(leaf_hashes(leaves)) != self._hashes(replace(tile, level=0), edge):
            raise LogRolledBack(_OTHERS)
        return entry_bundle(leaves)

    def _hashes(self, tile: Tile, edge: RightEdge) -> bytes:
        if not tile.is_full:
            return b"".join(edge.lowest_row(tile.level)[: tile.width])
        try:
            hashes = self._store.tile(tile.level, tile.index)[LOWEST_ROW:]
            top = edge.nodes(self._store.tile)(HEIGHT * (tile.level + 1), tile.index)
        except Missing as error:
            raise LogRolledBack(_OTHERS) from error
        row = [hashes[start : start + HASH_BYTES] for start in range(0, len(hashes), HASH_BYTES)]
        while len(row) > 1:
            row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
        if row != [top]:
            raise LogRolledBack(_OTHERS)
        return hashes

    def write(self, tiles: Iterable[Tile], edge: RightEdge) -> list[Tile]:
        """Write those tiles whose files are missing or other than they must be; return them. Durable on return.

        Raises:
            OSError: a file cannot be written.
            LogUnavailable: see `content`.
        """
        written = []
        folders: dict[Path, None] = {}
        for tile in tiles:
            path, content = self._folder / tile_path(tile), self.content(tile, edge)
            if _read(path) == content:
                continue
            folders.update(dict.fromkeys(_make(path.parent)))
            _write(path, content)
            folders[path.parent] = None
            written.append(tile)
        for folder in folders:
            synchronise_folder(folder)
        return written

    def missing(self, tiles: Iterable[Tile], edge: RightEdge) -> Iterator[Tile]:
        """Yield those tiles whose files are missing or other than they must be."""
        for tile in tiles:
            if _read(self._folder / tile_path(tile)) != self.content(tile, edge):
                yield tile

    def remove_partial(self, tiles: Iterable[Tile]) -> None:
        """Remove what was published of these full tiles while they were partial: readers fall back to the full one."""
        for tile in tiles:
            if tile.is_full:
                path = self._folder / tile_path(tile)
                shutil.rmtree(path.with_name(path.name + ".p"), ignore_errors=True)


def right_edge_of(size: int) -> Iterator[Tile]:
    """Yield the last full and the partial tile of every level of a tree, and of its bundles."""
    for tile in tiles_of(size):
        full, _ = tiles_at(tile.level, size)
        if tile.index >= full - 1:
            yield tile


def _make(folder: Path) -> list[Path]:
    """Make a folder and those above it; return the folders in which names are new."""
    changed, missing = [], folder
    while not missing.exists():
        missing = missing.parent
        changed.append(missing)
    folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    return changed


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _write(path: Path, content: bytes) -> None:
    new = path.with_name(path.name + ".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _FILE_MODE), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
