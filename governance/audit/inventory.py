"""What a vault still holds, as a Merkle tree: for each class and day the spans of living keys and a hash of each seed.

The root stands in the log. A seed is shown by a keyed hash that tells nothing of it. Two inventories can be compared
by anybody: a span that was gone once never returns, and the seed of a span never becomes another.
"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from governance.audit.base64_strict import decode64, encode64
from governance.audit.canonical import canonical, parse_canonical
from governance.audit.errors import CanonicalRefused, EntryRefused, InventoryRefused
from governance.audit.merkle import tree_root
from governance.audit.puncturable import KeyTree, Span, common, merged
from governance.audit.vault_keys import KeyRange

KIND: Final = "insyn/vault-inventory/1"
_LABEL: Final = b"insyn/vault/v1/inventory"


def seed_commitment(secret: bytes | bytearray) -> bytes:
    """Return the 32 bytes by which an inventory shows a seed. Without the seed they are nothing but random."""
    return hmac.digest(secret, _LABEL, "sha256")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The span of keys below one seed, and the commitment to the seed."""

    first: int
    last: int
    commitment: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DayHeld:
    """What is left of one class and day. A day of which nothing is left stays in the inventory for good, empty."""

    data_class: str
    day: int
    held: tuple[Held, ...]

    def __post_init__(self) -> None:
        """Check class, day and order.

        Raises:
            InventoryRefused: they are not a vault's.
        """
        try:
            for one in self.held:
                KeyRange(data_class=self.data_class, day=self.day, first=one.first, last=one.last)
            KeyRange(data_class=self.data_class, day=self.day, first=0, last=0)
        except EntryRefused as error:
            raise InventoryRefused("An inventory lists a class, day or span that no vault has.") from error
        spans = self.spans
        if any(one[1] >= other[0] for one, other in pairwise(spans)):
            raise InventoryRefused("An inventory's spans overlap or are out of order.")
        if any(len(one.commitment) != 32 for one in self.held):
            raise InventoryRefused("An inventory's commitment to a seed has not 32 bytes.")

    @property
    def spans(self) -> tuple[Span, ...]:
        """The spans of living keys, one for each seed."""
        return tuple((one.first, one.last) for one in self.held)

    def leaf(self) -> bytes:
        """Return the bytes that the inventory's tree hashes for this class and day."""
        return canonical(self.to_json())

    @classmethod
    def of(cls, data_class: str, day: int, tree: KeyTree) -> "DayHeld":
        """Return what a tree of keys holds."""
        return cls(
            data_class=data_class,
            day=day,
            held=tuple(
                Held(first=seed.first, last=seed.last, commitment=seed_commitment(seed.secret)) for seed in tree.seeds
            ),
        )

    def to_json(self) -> list[object]:
        """Return the day as an inventory lists it."""
        held = [[one.first, one.last, encode64(one.commitment)] for one in self.held]
        return [self.data_class, self.day, held]

    @classmethod
    def from_json(cls, value: object) -> "DayHeld":
        """Read a day as an inventory lists it.

        Raises:
            InventoryRefused: it is none.
        """
        match value:
            case [str(data_class), int(day), [*held]]:
                return cls(data_class=data_class, day=day, held=tuple(map(_read_held, held)))
            case _:
                raise InventoryRefused("An inventory lists each day as [class, day, [[first, last, commitment], …]].")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Every class and day that the vault ever had keys for, ascending."""

    days: tuple[DayHeld, ...]

    def __post_init__(self) -> None:
        """Refuse days out of order.

        Raises:
            InventoryRefused: they are, or one stands there twice.
        """
        places = [(one.data_class, one.day) for one in self.days]
        if any(one >= other for one, other in pairwise(places)):
            raise InventoryRefused("An inventory's days are out of order.")

    @property
    def root(self) -> bytes:
        """The 32 bytes that stand in the log (RFC 6962 over the days)."""
        return tree_root(one.leaf() for one in self.days)

    def by_day(self) -> Mapping[tuple[str, int], DayHeld]:
        """Return the days by class and day."""
        return {(one.data_class, one.day): one for one in self.days}

    def to_bytes(self) -> bytes:
        """Return the canonical bytes by which an inventory is disclosed to an auditor. No key is in them."""
        return canonical({"days": [one.to_json() for one in self.days], "kind": KIND})

    @classmethod
    def from_bytes(cls, data: bytes) -> "Inventory":
        """Read a disclosed inventory. Hold its root against the one in the log.

        Raises:
            InventoryRefused: it is none.
        """
        try:
            value = parse_canonical(data)
        except CanonicalRefused as error:
            raise InventoryRefused("An inventory is canonical JSON.") from error
        match value:
            case {"days": [*days], "kind": kind, **rest} if kind == KIND and not rest:
                return cls(days=tuple(map(DayHeld.from_json, days)))
            case _:
                raise InventoryRefused("An inventory holds exactly days and kind.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Destroyed:
    """What became of a destruction: the inventory's roots before and after it, and how many keys went."""

    before: bytes
    after: bytes
    count: int


def require_only_shrinks(before: Inventory, after: Inventory) -> None:
    """Accept that between two inventories keys were at most destroyed, and new days begun.

    Raises:
        InventoryRefused: a day is missing, a span that was gone is back, or a span has another seed. The sentence names
            class and day.
    """
    now = after.by_day()
    for place, old in before.by_day().items():
        new = now.get(place)
        if new is None:
            raise InventoryRefused(f"The vault's inventory has forgotten {_named(place)}: it is of an older vault.")
        if _size(common(merged(old.spans), merged(new.spans))) != _size(merged(new.spans)):
            raise InventoryRefused(f"Keys of {_named(place)} were gone and are back: an older vault was put in place.")
        seeds = {(one.first, one.last): one.commitment for one in old.held}
        if any(seeds.get((one.first, one.last), one.commitment) != one.commitment for one in new.held):
            raise InventoryRefused(f"Keys of {_named(place)} were exchanged for others.")


def still_living(inventory: Inventory, destroyed: Iterable[KeyRange]) -> tuple[KeyRange, ...]:
    """Return what lives in a vault although the log says that it was destroyed: nothing, in a vault that is right.

    This finds a vault whose copies were all restored from before a destruction, from the log's `erasure.complete`
    entries and today's inventory alone.
    """
    days = inventory.by_day()
    found: list[KeyRange] = []
    for gone in destroyed:
        day = days.get((gone.data_class, gone.day))
        spans = () if day is None else common(merged(day.spans), ((gone.first, gone.last),))
        found.extend(
            KeyRange(data_class=gone.data_class, day=gone.day, first=first, last=last) for first, last in spans
        )
    return tuple(found)


def inventory_of(trees: Mapping[tuple[str, int], KeyTree]) -> Inventory:
    """Return the inventory of these trees of keys, by class and day."""
    return Inventory(days=tuple(DayHeld.of(*place, tree) for place, tree in sorted(trees.items(), key=_place)))


def _place(item: tuple[tuple[str, int], KeyTree]) -> tuple[str, int]:
    return item[0]


def _read_held(value: object) -> Held:
    match value:
        case [int(first), int(last), str(text)] if _is_node(first, last):
            return Held(first=first, last=last, commitment=decode64(text) or b"")
        case _:
            raise InventoryRefused("An inventory lists each seed as [first, last, commitment].")


def _is_node(first: int, last: int) -> bool:
    """Say whether a span is that of one node of the tree: a power of two long, beginning at a multiple of it."""
    size = last - first + 1
    return size > 0 and size & (size - 1) == 0 and first % size == 0


def _named(place: tuple[str, int]) -> str:
    return f"{place[0]}, day {place[1]}"


def _size(spans: Iterable[Span]) -> int:
    return sum(last - first + 1 for first, last in spans)
