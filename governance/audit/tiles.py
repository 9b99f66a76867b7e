"""The tree and the entries of a log as files: paths, hash tiles and entry bundles of C2SP tlog-tiles v0.1.0.

A tile is 256 hashes of one level; the levels between are recomputed. The last tile of a level may be partial. One tile
has one path: every other spelling is refused, so that no cache and no folder can hold two versions of it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from governance.audit.errors import TileRefused
from governance.audit.merkle import Nodes

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT
"""Hashes of a full tile, entries of a full bundle: 256."""
HASH_BYTES: Final = 32
MAX_ENTRY_BYTES: Final = 65_535
MAX_LEVEL: Final = 63
MAX_INDEX: Final = 10**18 - 1
"""Six path elements of three digits."""
ENTRIES: Final = -1
"""The level of an entry bundle."""

_PATH: Final = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """Which tile: its level (`ENTRIES` for an entry bundle), its place in the level, and how many hashes it holds."""

    level: int
    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        """Refuse a tile that no log has.

        Raises:
            TileRefused: level, index or width is out of bounds. An empty tile does not exist.
        """
        if not ENTRIES <= self.level <= MAX_LEVEL or not 0 <= self.index <= MAX_INDEX or not 1 <= self.width <= WIDTH:
            raise TileRefused("A tile has a level up to 63, an index from 0 on, and 1 to 256 hashes.")

    @property
    def is_full(self) -> bool:
        """Whether it can never change any more."""
        return self.width == WIDTH

    @property
    def path(self) -> str:
        """Where it lies below the log's prefix."""
        return tile_path(self)


def tile_path(tile: Tile) -> str:
    """Return the one path of a tile: `tile/<level>/<index>`, with `.p/<width>` where it is partial."""
    groups = [f"{tile.index % 1000:03d}"]
    rest = tile.index // 1000
    while rest:
        groups.append(f"x{rest % 1000:03d}")
        rest //= 1000
    level = "entries" if tile.level == ENTRIES else str(tile.level)
    partial = "" if tile.is_full else f".p/{tile.width}"
    return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"


def parse_tile_path(path: str) -> Tile:
    """Read a path strictly: only the spelling that `tile_path` writes.

    Raises:
        TileRefused: it is not the path of a tile. A server answers 404.
    """
    found = _PATH.fullmatch(path)
    if found is None:
        raise TileRefused("This is not the path of a tile.")
    level = ENTRIES if found["level"] == "entries" else int(found["level"])
    index = int(found["index"].replace("/", "").replace("x", ""))
    tile = Tile(level, index, int(found["width"] or WIDTH))
    if tile_path(tile) != path:
        raise TileRefused("This tile has another, canonical path.")
    return tile


def tiles_at(level: int, size: int) -> tuple[int, int]:
    """Return how many full tiles a level of a tree has, and the width of its partial tile (0: there is none)."""
    return divmod(size >> (HEIGHT * max(level, 0)), WIDTH)


def edge_of(size: int) -> Iterator[Tile]:
    """Yield the partial hash tiles of a tree, lowest first."""
    level = 0
    while size >> (HEIGHT * level):
        full, width = tiles_at(level, size)
        if width:
            yield Tile(level, full, width)
        level += 1


def tiles_of(size: int, *, since: int = 0) -> Iterator[Tile]:
    """Yield the tiles that a tree of this size has and the one of size `since` had not: bundles first, then by level.

    Raises:
        TileRefused: a size is negative, or the older one is the greater.
    """
    if not 0 <= since <= size:
        raise TileRefused("A tree's tiles are asked from an older size to a newer one.")
    level = ENTRIES
    while level <= 0 or size >> (HEIGHT * level):
        full, width = tiles_at(level, size)
        had, had_width = tiles_at(level, since)
        yield from (Tile(level, index) for index in range(had, full))
        if width and (full, width) != (had, had_width):
            yield Tile(level, full, width)
        level += 1


def tile_content(nodes: Nodes, tile: Tile) -> bytes:
    """Return the bytes of a hash tile, from the hashes of the complete subtrees that it lists.

    Raises:
        TileRefused: it is an entry bundle.
    """
    if tile.level == ENTRIES:
        raise TileRefused("An entry bundle holds entries, not hashes.")
    first = tile.index * WIDTH
    return b"".join(nodes(HEIGHT * tile.level, first + place) for place in range(tile.width))


def parse_tile_content(data: bytes, *, width: int) -> tuple[bytes, ...]:
    """Return the hashes of a tile of this width.

    Raises:
        TileRefused: the length is another.
    """
    if len(data) != width * HASH_BYTES:
        raise TileRefused(f"A tile of {width} hashes has {width * HASH_BYTES} bytes; this one has {len(data)}.")
    return tuple(data[start : start + HASH_BYTES] for start in range(0, len(data), HASH_BYTES))


def entry_bundle(entries: Sequence[bytes]) -> bytes:
    """Return entries as a bundle: each with its length before it, in two bytes, the greater first.

    Raises:
        TileRefused: there are none, more than 256, or one is longer than 65,535 bytes.
    """
    if not 1 <= len(entries) <= WIDTH:
        raise TileRefused("An entry bundle holds 1 to 256 entries.")
    if any(len(entry) > MAX_ENTRY_BYTES for entry in entries):
        raise TileRefused("An entry of a bundle is at most 65,535 bytes.")
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def parse_entry_bundle(data: bytes, *, width: int) -> tuple[bytes, ...]:
    """Return the entries of a bundle: exactly so many, and not a byte more.

    Raises:
        TileRefused: it is cut short, or something follows the last entry.
    """
    entries: list[bytes] = []
    place, end = 0, len(data)
    for _ in range(width):
        start = place + 2
        place = start + (data[start - 2] << 8 | data[start - 1]) if start <= end else end + 1
        if place > end:
            raise TileRefused(f"The entry bundle is cut short: it holds {len(entries)} whole entries of {width}.")
        entries.append(data[start:place])
    if place != end:
        raise TileRefused(f"The entry bundle goes on behind its {width} entries.")
    return tuple(entries)
