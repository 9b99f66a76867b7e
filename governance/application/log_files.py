"""The log as files, as C2SP tlog-tiles v0.1.0 has it: checkpoint, hash tiles and entry bundles, made from its entries.

Whoever reads them relies on nothing that is said here: every tile is held against the signed checkpoint.
"""

import threading
from collections import OrderedDict
from typing import Final

from governance.application.log_errors import log_errors
from governance.application.ports import Log
from governance.audit.errors import LogUnavailable
from governance.audit.merkle import inclusion_proof, leaf_hashes, node_hash, tree_root
from governance.audit.tiles import ENTRIES, HEIGHT, WIDTH, Tile, entry_bundle, tile_content

_REMEMBERED: Final = 1 << 16
"""So many complete subtrees of 256 entries and more are remembered: they never change."""


class LogFiles:
    """A log's files. Safe to be used by many threads."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._known: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def checkpoint(self) -> str:
        """Return the signed note over the present head.

        Raises:
            StorageFailed: the log does not answer.
        """
        with log_errors():
            return self._log.checkpoint()

    def content(self, tile: Tile) -> bytes | None:
        """Return a tile or an entry bundle, full or partial, or nothing where the log has not grown so far.

        Raises:
            StorageFailed: the log does not answer.
        """
        first, end = tile.index * WIDTH, tile.index * WIDTH + tile.width
        with log_errors():
            if end << (HEIGHT * max(tile.level, 0)) > self._log.size():
                return None
            if tile.level == ENTRIES:
                return entry_bundle(self._leaves(first, tile.width))
            if tile.level == 0:
                return b"".join(leaf_hashes(self._leaves(first, tile.width)))
            return tile_content(self._node, tile)

    def proof(self, index: int, size: int) -> tuple[bytes, ...]:
        """Return the way from an entry to the root that the log had at a size it has reached.

        Raises:
            StorageFailed: the log does not answer.
        """
        with log_errors():
            return inclusion_proof(self._subtree, index=index, size=size)

    def _subtree(self, level: int, position: int) -> bytes:
        """Return the hash of any complete subtree; of small ones nothing is remembered."""
        if level >= HEIGHT:
            return self._node(level, position)
        return tree_root(self._leaves(position << level, 1 << level))

    def _node(self, level: int, position: int) -> bytes:
        """Return the hash of a complete subtree of 256 entries or more; it is remembered."""
        known = self._recall(level, position)
        if known is None:
            if level == HEIGHT:
                known = tree_root(self._leaves(position << level, 1 << level))
            else:
                known = node_hash(self._node(level - 1, 2 * position), self._node(level - 1, 2 * position + 1))
            self._remember(level, position, known)
        return known

    def _leaves(self, first: int, count: int) -> list[bytes]:
        leaves: list[bytes] = []
        while len(leaves) < count:
            page = self._log.entries(first=first + len(leaves), count=count - len(leaves))
            if not page:
                raise LogUnavailable("The log does not hold entries that it says it holds; see that it is whole.")
            leaves.extend(page)
        return leaves

    def _recall(self, level: int, position: int) -> bytes | None:
        with self._lock:
            return self._known.get((level, position))

    def _remember(self, level: int, position: int, node: bytes) -> None:
        with self._lock:
            self._known[level, position] = node
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
