"""The right edge of the tree, in memory: of every level the one tile that is not full yet, with all nodes inside it.

A tile here holds the whole of its subtree, so that a proof is looked up and nothing is hashed again: 511 nodes, its
top first, as a heap is laid out. A tile that is full never changes and goes to the database.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from governance.audit.errors import LogUnavailable
from governance.audit.merkle import Nodes, node_hash, root_of
from governance.audit.tiles import HASH_BYTES, HEIGHT, WIDTH

NODES_IN_TILE: Final = 2 * WIDTH - 1
TILE_BYTES: Final = NODES_IN_TILE * HASH_BYTES
LOWEST_ROW: Final = (WIDTH - 1) * HASH_BYTES
"""Where in a stored tile its 256 lowest hashes begin: what C2SP tlog-tiles publishes of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FullTile:
    """A tile that will never change: level and place of C2SP tlog-tiles, and its 511 nodes, the top first."""

    level: int
    index: int
    nodes: bytes


Rows = tuple[tuple[bytes, ...], ...]
"""A partial tile: its complete nodes by height, the 0 to 255 lowest hashes first."""

ReadTile = Callable[[int, int], bytes]
"""(level, index) -> the 511 nodes of a full tile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RightEdge:
    """A tree of `size` leaves as far as it can still change. Immutable: readers keep theirs while another grows."""

    size: int
    levels: tuple[Rows, ...]

    def extended(self, leaf_hashes: Sequence[bytes]) -> "tuple[RightEdge, tuple[FullTile, ...]]":
        """Return the edge with these leaves behind, and the tiles that became full."""
        full: list[FullTile] = []
        levels: list[Rows] = []
        fresh: Sequence[bytes] = leaf_hashes
        for level in range(len(self.levels) + HEIGHT):
            if level >= len(self.levels) and not fresh:
                break
            rows = self.levels[level] if level < len(self.levels) else ((),) * (HEIGHT + 1)
            growing = _GrowingTile(level, (self.size >> (HEIGHT * level)) // WIDTH, rows)
            fresh = growing.fill(fresh)
            full += growing.full
            levels.append(growing.frozen())
        return RightEdge(size=self.size + len(leaf_hashes), levels=tuple(levels)), tuple(full)

    def nodes(self, read: ReadTile) -> Nodes:
        """Return the look-up of complete subtrees by which proofs are made; full tiles come from `read`."""

        def node(level: int, position: int) -> bytes:
            tile_level, height = divmod(level, HEIGHT)
            index, place = divmod(position, WIDTH >> height)
            if index == (self.size >> (HEIGHT * tile_level)) // WIDTH:
                return self._own(tile_level, height, place)
            start = ((WIDTH >> height) - 1 + place) * HASH_BYTES
            return read(tile_level, index)[start : start + HASH_BYTES]

        return node

    def root(self) -> bytes:
        """Return the head of the tree. Every node that it takes lies in the edge itself."""
        return root_of(self.nodes(_nothing_full), self.size)

    def lowest_row(self, level: int) -> tuple[bytes, ...]:
        """Return the hashes of a level's partial tile, as it is published: 0 to 255."""
        return self.levels[level][0] if level < len(self.levels) else ()

    def _own(self, tile_level: int, height: int, place: int) -> bytes:
        try:
            return self.levels[tile_level][height][place]
        except IndexError as error:
            raise LogUnavailable("A part of the log's tree is missing in memory; start the sequencer anew.") from error


EMPTY_EDGE: Final = RightEdge(size=0, levels=())


def edge_from(lowest_rows: Iterable[Sequence[bytes]], size: int) -> RightEdge:
    """Build the edge of a tree from the lowest hashes of each level's partial tile, the leaves' level first."""
    levels = []
    for level, hashes in enumerate(lowest_rows):
        growing = _GrowingTile(level, 0, ((),) * (HEIGHT + 1))
        growing.fill(hashes)
        levels.append(growing.frozen())
    return RightEdge(size=size, levels=tuple(levels))


class _GrowingTile:
    """The partial tile of one level while leaves are put behind it."""

    def __init__(self, level: int, index: int, rows: Rows) -> None:
        self._level = level
        self._index = index
        self._rows = [list(row) for row in rows]
        self.full: list[FullTile] = []

    def fill(self, hashes: Sequence[bytes]) -> list[bytes]:
        """Put hashes behind; return the tops of the tiles that became full: the next level's hashes."""
        tops = []
        done = 0
        while done < len(hashes):
            room = WIDTH - len(self._rows[0])
            self._put(hashes[done : done + room])
            done += room
            if len(self._rows[0]) == WIDTH:
                tops.append(self._close())
        return tops

    def frozen(self) -> Rows:
        """Return what is there now."""
        return tuple(tuple(row) for row in self._rows)

    def _put(self, hashes: Sequence[bytes]) -> None:
        self._rows[0].extend(hashes)
        for below, above in zip(self._rows, self._rows[1:], strict=False):
            for place in range(2 * len(above), len(below) - 1, 2):
                above.append(node_hash(below[place], below[place + 1]))

    def _close(self) -> bytes:
        nodes = b"".join(node for row in reversed(self._rows) for node in row)
        self.full.append(FullTile(level=self._level, index=self._index, nodes=nodes))
        self._index += 1
        self._rows = [[] for _ in range(HEIGHT + 1)]
        return nodes[:HASH_BYTES]


def _nothing_full(_level: int, _index: int) -> bytes:
    raise LogUnavailable("The log's head needs a node that is not at its right edge; start the sequencer anew.")
