"""A puncturable store of 2**32 keys from one secret (Goldreich, Goldwasser, Micali 1986): what is taken out is gone.

A tree of depth 32 hangs below a root of 32 bytes; a node's two children are HMAC-SHA256 of two labels under it, and the
key with number n is the n-th leaf. To take a key out, the seed above it is replaced by the siblings along the way down:
all other keys stay what they were, and from what is left the one taken out cannot be derived.

Pure: a tree never changes. Seeds are bytearrays, shared between a tree and those made from it, so that whoever drops a
tree can overwrite the seeds that no other tree holds.
"""

import hmac
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from governance.audit.errors import KeyRefused

DEPTH: Final = 32
KEYS: Final = 2**DEPTH
"""So many keys hang below one root, numbered from 0."""
SEED_BYTES: Final = 32

_LEFT: Final = b"insyn/vault/v1/left"
_RIGHT: Final = b"insyn/vault/v1/right"

Span = tuple[int, int]
"""First and last number, both included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """One node of the tree and its secret: the keys from `first` on, 2**height of them."""

    first: int
    height: int
    secret: bytearray = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what is no node.

        Raises:
            KeyRefused: it does not begin where a node of its height begins, or its secret has not 32 bytes.
        """
        if not 0 <= self.height <= DEPTH or not 0 <= self.first < KEYS or self.first % (1 << self.height):
            raise KeyRefused("A seed does not belong to a node of the tree of keys.")
        if len(self.secret) != SEED_BYTES:
            raise KeyRefused("A seed of the tree of keys has not 32 bytes.")

    @property
    def last(self) -> int:
        """The last number below this node."""
        return self.first + (1 << self.height) - 1

    def children(self) -> "tuple[Seed, Seed]":
        """Return the two nodes below, from which this one cannot be derived."""
        height, middle = self.height - 1, self.first + (1 << (self.height - 1))
        return (
            Seed(first=self.first, height=height, secret=_child(self.secret, _LEFT)),
            Seed(first=middle, height=height, secret=_child(self.secret, _RIGHT)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTree:
    """The seeds that cover exactly the keys that live, in ascending order. Without seeds no key lives."""

    seeds: tuple[Seed, ...]

    def __post_init__(self) -> None:
        """Refuse seeds that overlap or are not in order.

        Raises:
            KeyRefused: they are not.
        """
        if any(before.last >= after.first for before, after in pairwise(self.seeds)):
            raise KeyRefused("The seeds of a tree of keys overlap or are out of order.")

    @classmethod
    def from_root(cls, root: bytes) -> "KeyTree":
        """Return the tree of all keys below a secret of 32 random bytes.

        Raises:
            KeyRefused: it has another length.
        """
        return cls(seeds=(Seed(first=0, height=DEPTH, secret=bytearray(root)),))

    def derive(self, number: int) -> bytes | None:
        """Return the key of this number, or nothing where it was taken out."""
        place = bisect_right(self.seeds, number, key=_first) - 1
        if place < 0 or number > self.seeds[place].last or number >= KEYS:
            return None
        return _descendant(self.seeds[place], number, 0)

    def keys(self, first: int, last: int = KEYS - 1) -> Iterator[tuple[int, bytes]]:
        """Yield number and key of those that live among `first` to `last`, ascending; neighbours share their way."""
        start = max(0, bisect_right(self.seeds, first, key=_first) - 1)
        for seed in self.seeds[start:]:
            if seed.first > last:
                return
            yield from _keys(seed.first, seed.height, bytes(seed.secret), (first, last))

    def puncture(self, spans: Iterable[Span]) -> "KeyTree":
        """Return the tree without the keys in these spans. Taking out what is gone already changes nothing."""
        gaps = merged(spans)
        kept: list[Seed] = []
        start = 0
        for seed in self.seeds:
            while start < len(gaps) and gaps[start][1] < seed.first:
                start += 1
            end = bisect_right(gaps, (seed.last, KEYS), lo=start)
            kept.extend((seed,) if start == end else _outside(seed, gaps, start, end))
        return KeyTree(seeds=tuple(kept))

    @property
    def living(self) -> tuple[Span, ...]:
        """The spans of the keys that live, as few as possible."""
        return merged((seed.first, seed.last) for seed in self.seeds)


def intersection(one: KeyTree, other: KeyTree) -> KeyTree:
    """Return the tree of the keys that live in both and are the same in both: what either lost is lost."""
    kept: list[Seed] = []
    for seed in one.seeds:
        kept.extend(_shared(seed, _overlapping(other.seeds, seed)))
    return KeyTree(seeds=tuple(kept))


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the fewest spans that cover the same numbers, ascending."""
    found: list[Span] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return tuple(found)


def common(one: Sequence[Span], other: Sequence[Span]) -> tuple[Span, ...]:
    """Return the numbers that lie in both; each is ascending and without overlap."""
    found: list[Span] = []
    left, right = 0, 0
    while left < len(one) and right < len(other):
        first, last = max(one[left][0], other[right][0]), min(one[left][1], other[right][1])
        if first <= last:
            found.append((first, last))
        if one[left][1] < other[right][1]:
            left += 1
        else:
            right += 1
    return tuple(found)


def _outside(seed: Seed, gaps: Sequence[Span], start: int, end: int) -> Iterator[Seed]:
    """Yield the highest nodes below the seed, itself included, that none of the gaps from `start` to `end` touches."""
    while start < end and gaps[start][1] < seed.first:
        start += 1
    while start < end and gaps[end - 1][0] > seed.last:
        end -= 1
    if start == end:
        yield seed
        return
    if gaps[start][0] <= seed.first and gaps[start][1] >= seed.last:
        return
    for child in seed.children():
        whole = False
        for kept in _outside(child, gaps, start, end):
            whole = kept is child
            yield kept
        if not whole:
            child.secret[:] = bytes(SEED_BYTES)


def _shared(seed: Seed, others: Sequence[Seed]) -> Iterator[Seed]:
    """Yield the nodes that lie below the seed as well as below one of the others, with the same secret."""
    for other in others:
        high, low = (seed, other) if seed.height >= other.height else (other, seed)
        if hmac.compare_digest(_descendant(high, low.first, low.height), low.secret):
            yield low


def _overlapping(seeds: Sequence[Seed], seed: Seed) -> Sequence[Seed]:
    start = max(0, bisect_right(seeds, seed.first, key=_first) - 1)
    return [one for one in seeds[start : bisect_right(seeds, seed.last, key=_first)] if one.last >= seed.first]


def _descendant(above: Seed, first: int, height: int) -> bytes:
    """Return the secret of the node of this height that begins at `first`, below a seed."""
    secret, digest = bytes(above.secret), hmac.digest
    for level in range(above.height - 1, height - 1, -1):
        secret = digest(secret, _RIGHT if first >> level & 1 else _LEFT, "sha256")
    return secret


def _keys(first: int, height: int, secret: bytes, wanted: Span) -> Iterator[tuple[int, bytes]]:
    if wanted[0] > first + (1 << height) - 1 or wanted[1] < first:
        return
    if height == 0:
        yield first, secret
        return
    middle = first + (1 << (height - 1))
    if wanted[0] < middle:
        yield from _keys(first, height - 1, hmac.digest(secret, _LEFT, "sha256"), wanted)
    if wanted[1] >= middle:
        yield from _keys(middle, height - 1, hmac.digest(secret, _RIGHT, "sha256"), wanted)


def _child(secret: bytearray, label: bytes) -> bytearray:
    return bytearray(hmac.digest(secret, label, "sha256"))


def _first(seed: Seed) -> int:
    return seed.first
