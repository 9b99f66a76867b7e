"""The Merkle tree of RFC 6962, section 2.1: hashing, heads and the generation of proofs.

Verification is other code (`verify.py`), so that one mistake cannot hide on both sides.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from governance.audit.errors import ProofRefused

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
"""The head of a tree without leaves."""

_BATCH: Final = 4096
"""Leaves that `tree_root` hashes at once."""

Nodes = Callable[[int, int], bytes]
"""(level, position) -> hash of the complete subtree over the 2**level leaves from `position << level`."""


def leaf_hash(leaf: bytes) -> bytes:
    """Return the 32-byte hash of an entry's bytes (prefix 0x00: no entry can pass for a node)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def leaf_hashes(leaves: Iterable[bytes]) -> list[bytes]:
    """Return `leaf_hash` of each."""
    sha256 = hashlib.sha256
    return [sha256(b"\x00" + leaf).digest() for leaf in leaves]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the 32-byte hash of two subtrees (prefix 0x01)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """The complete subtrees of a tree, largest first: one per bit set in its size. Enough to grow it in O(log n)."""

    size: int
    nodes: tuple[bytes, ...]

    def __post_init__(self) -> None:
        """Refuse a frontier that cannot belong to a tree of this size.

        Raises:
            ProofRefused: the size is negative, or the number or length of nodes is wrong.
        """
        if self.size < 0 or len(self.nodes) != self.size.bit_count() or any(len(node) != 32 for node in self.nodes):
            raise ProofRefused("The log's frontier does not fit its size.")

    def append(self, leaf: bytes) -> "Grown":
        """Return the tree with one more entry, and the subtrees that it completed."""
        current, nodes = leaf_hash(leaf), list(self.nodes)
        completed = [(0, self.size, current)]
        level, position = 0, self.size
        while position & 1:
            current = node_hash(nodes.pop(), current)
            level, position = level + 1, position >> 1
            completed.append((level, position, current))
        nodes.append(current)
        return Grown(frontier=Frontier(size=self.size + 1, nodes=tuple(nodes)), completed=tuple(completed))

    def extend(self, hashes: Sequence[bytes]) -> "Extended":
        """Return the tree with many more entries at once, given by their leaf hashes, and the subtrees it completed.

        The result is that of `append`, one by one, at a fraction of the time.

        Raises:
            ProofRefused: a hash has not 32 bytes.
        """
        if not {len(value) for value in hashes} <= {32}:
            raise ProofRefused("The hash of a leaf has 32 bytes.")
        left = list(self.nodes)  # the smallest last: the open left sibling of each level whose bit is set
        kept: list[bytes] = []
        rows: list[Row] = []
        row, level, first = list(hashes), 0, self.size
        while row or left:
            if row:
                rows.append(Row(level=level, first=first, hashes=tuple(row)))
            if first & 1:
                row.insert(0, left.pop())
            if len(row) & 1:
                kept.append(row.pop())
            row = _paired(row)
            level, first = level + 1, first >> 1
        return Extended(frontier=Frontier(size=self.size + len(hashes), nodes=tuple(reversed(kept))), rows=tuple(rows))

    @property
    def root(self) -> bytes:
        """The head of the tree."""
        if not self.nodes:
            return EMPTY_ROOT
        *rest, current = self.nodes
        for node in reversed(rest):
            current = node_hash(node, current)
        return current


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """A tree after one append: its frontier, and each subtree completed as (level, position, hash), the leaf first."""

    frontier: Frontier
    completed: tuple[tuple[int, int, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Neighbouring complete subtrees of one level, the first at this position."""

    level: int
    first: int
    hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extended:
    """A tree after many appends: its frontier, and the subtrees completed, a row for each level, the leaves first."""

    frontier: Frontier
    rows: tuple[Row, ...]

    @property
    def completed(self) -> Iterator[tuple[int, int, bytes]]:
        """Each subtree completed as (level, position, hash)."""
        for row in self.rows:
            for place, value in enumerate(row.hashes):
                yield row.level, row.first + place, value


EMPTY: Final = Frontier(size=0, nodes=())
"""The tree without entries."""


def tree_root(leaves: Iterable[bytes]) -> bytes:
    """Return the head of the tree over these entries."""
    frontier, rest = EMPTY, iter(leaves)
    while batch := leaf_hashes(islice(rest, _BATCH)):
        frontier = frontier.extend(batch).frontier
    return frontier.root


def range_root(nodes: Nodes, start: int, end: int) -> bytes:
    """Return the hash of the subtree over the leaves [start, end), as the RFC's recursion splits it."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return nodes(level, start >> level)
    split = start + _split(size)
    return node_hash(range_root(nodes, start, split), range_root(nodes, split, end))


def root_of(nodes: Nodes, size: int) -> bytes:
    """Return the head that the tree had at this size."""
    return EMPTY_ROOT if size == 0 else range_root(nodes, 0, size)


def inclusion_proof(nodes: Nodes, *, index: int, size: int) -> tuple[bytes, ...]:
    """Return the way from an entry to the head of a tree of this size, lowest sibling first (RFC 6962, 2.1.1).

    Raises:
        ProofRefused: the tree has no such entry.
    """
    if not 0 <= index < size:
        raise ProofRefused("The log of this size has no such entry.")
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        split = start + _split(end - start)
        if index < split:
            proof.append(range_root(nodes, split, end))
            end = split
        else:
            proof.append(range_root(nodes, start, split))
            start = split
    return tuple(reversed(proof))


def consistency_proof(nodes: Nodes, *, old: int, new: int) -> tuple[bytes, ...]:
    """Return the proof that the tree of size `new` extends the one of size `old` (RFC 6962, 2.1.2).

    Raises:
        ProofRefused: `old` is zero (every tree extends the empty one, so nothing is proven) or beyond `new`.
    """
    if not 0 < old <= new:
        raise ProofRefused("Consistency is proven between two sizes, the older first and not zero.")
    proof: list[bytes] = []
    start, end = 0, new
    while old != end:
        split = start + _split(end - start)
        if old <= split:
            proof.append(range_root(nodes, split, end))
            end = split
        else:
            proof.append(range_root(nodes, start, split))
            start = split
    # The verifier has the old head; it needs the old right edge only where that is not the whole old tree.
    if start > 0:
        proof.append(range_root(nodes, start, end))
    return tuple(reversed(proof))


def _split(size: int) -> int:
    """Return the largest power of two below the size."""
    return 1 << ((size - 1).bit_length() - 1)


def _paired(row: list[bytes]) -> list[bytes]:
    """Return the parents of a row of an even number of subtrees."""
    sha256 = hashlib.sha256
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=True)]
