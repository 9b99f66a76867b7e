"""The keys themselves: new ones given out, living ones derived, due ones destroyed in both copies.

Whether something may be released or destroyed is not decided here (`rules.py`). What is decided here cannot be undone:
a number given out once is never given out again, and a key destroyed once is not derived again.
"""

import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from typing import Final

from governance.audit.errors import EntryRefused
from governance.audit.inventory import DayHeld, Destroyed, Inventory
from governance.audit.merkle import tree_root
from governance.audit.puncturable import KEYS, SEED_BYTES, KeyTree, Span, common, merged
from governance.audit.vault_keys import LAST_NUMBER, KeyRange, KeyRef
from governance.vault.errors import VaultRefused, VaultUnusable
from governance.vault.pair import Pair
from governance.vault.state import Day, Head, Place, State

BLOCK: Final = 4096
"""So many numbers beyond those in use are promised with one write. After a crash the rest of them is passed over."""
MOST_AT_ONCE: Final = 4096
"""So many keys are given out at one request, at most."""


class KeyStore:
    """The vault's keys, safe to be used by many threads. Every method raises `VaultUnusable` where its disks fail."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._lock = threading.RLock()
        self._next: dict[Place, int] = {}
        self._loads = 0
        self._held: dict[Place, tuple[KeyTree, DayHeld, bytes]] = {}
        self._current()

    def close(self) -> None:
        """Give back the numbers that were promised and not used, overwrite what is in memory, and end."""
        with self._lock:
            with suppress(VaultUnusable):
                self._give_back()
            self._pair.close()

    def allot(self, requests: Sequence[tuple[str, int]]) -> tuple[tuple[KeyRef, bytes], ...]:
        """Return a fresh key for each (class, due day), in order. Its number is durable before this returns.

        Raises:
            VaultRefused: too many at once, no class or day of the closed list, or a day whose keys were destroyed.
        """
        if len(requests) > MOST_AT_ONCE:
            raise VaultRefused(f"At most {MOST_AT_ONCE} keys are given out at once.")
        with self._lock:
            state = self._current()
            days = {}
            given: dict[Place, list[tuple[int, bytes]]] = {}
            for place, count in Counter(requests).items():
                day = state.days.get(place) or self._new_day(place)
                given[place] = self._fresh(place, day, count)
                end = given[place][-1][0] + 1
                if end > day.reserved:
                    days[place] = Day(reserved=min(end + BLOCK, KEYS), tree=day.tree)
            if days:
                self._pair.save({**state.days, **days})
            for place, keys in given.items():
                self._next[place] = keys[-1][0] + 1
        waiting = {place: iter(keys) for place, keys in given.items()}
        return tuple(_named(place, *next(waiting[place])) for place in requests)

    def derive(self, keys: Sequence[KeyRef]) -> dict[KeyRef, bytes]:
        """Return those of the keys that were given out and live."""
        found = {}
        with self._lock:
            days = self._current().days
            for key in keys:
                place = key.data_class, key.day
                day = days.get(place)
                secret = None if day is None or key.number >= self._end(place, day) else day.tree.derive(key.number)
                if secret is not None:
                    found[key] = secret
        return found

    def destroy(self, ranges: Sequence[KeyRange]) -> Destroyed:
        """Destroy keys in both copies. Doing it again changes nothing; `count` is of keys that had been given out.

        A whole day that the vault never had a key for is destroyed too: none is made for it afterwards.
        """
        spans: dict[Place, list[Span]] = {}
        for one in ranges:
            spans.setdefault((one.data_class, one.day), []).append((one.first, one.last))
        with self._lock:
            state = self._current()
            before, days, count = self.inventory_root(), {}, 0
            for place, gaps in spans.items():
                day = state.days.get(place)
                if day is None:
                    if merged(gaps) == ((0, LAST_NUMBER),):
                        days[place] = Day(reserved=0, tree=KeyTree(seeds=()))
                    continue
                going = common(day.tree.living, merged(gaps))
                if going:
                    days[place] = Day(reserved=day.reserved, tree=day.tree.puncture(gaps))
                    count += _size(common(going, ((0, self._end(place, day) - 1),)))
            if days:
                self._pair.save({**state.days, **days})
            return Destroyed(before=before, after=self.inventory_root(), count=count)

    def inventory(self) -> Inventory:
        """Return what the vault holds, without a key in it."""
        with self._lock:
            return Inventory(days=tuple(held for _, held, _ in self._listed()))

    def inventory_root(self) -> bytes:
        """Return the root of the inventory: 32 bytes."""
        with self._lock:
            return tree_root(leaf for _, _, leaf in self._listed())

    def days(self) -> tuple[Place, ...]:
        """Return every class and day of which a key may still live."""
        with self._lock:
            return tuple(sorted(place for place, day in self._current().days.items() if day.tree.seeds))

    @property
    def head(self) -> Head:
        """The newest log head that was remembered."""
        with self._lock:
            self._current()
            return self._pair.head

    def see(self, head: Head) -> None:
        """Remember a log's head durably."""
        with self._lock:
            if head != self.head:
                self._pair.see(head)

    @property
    def completed(self) -> int:
        """How many writes that were cut off were completed since the start."""
        return self._pair.completed

    def _current(self) -> State:
        state = self._pair.current()
        if self._pair.loads != self._loads:
            self._loads = self._pair.loads
            # Which of the promised numbers were given out is not known any more: all of them may have been.
            self._next = {}
        return state

    def _listed(self) -> list[tuple[KeyTree, DayHeld, bytes]]:
        """Return every day as the inventory has it; only days that changed are looked at anew."""
        days = self._current().days
        for place, day in days.items():
            if place not in self._held or self._held[place][0] is not day.tree:
                held = DayHeld.of(*place, day.tree)
                self._held[place] = day.tree, held, held.leaf()
        return [self._held[place] for place in sorted(days)]

    def _end(self, place: Place, day: Day) -> int:
        """Return the first number that was not given out."""
        return self._next.get(place, day.reserved)

    def _new_day(self, place: Place) -> Day:
        _named(place, 0, b"")
        return Day(reserved=0, tree=KeyTree.from_root(self._pair.fresh_bytes(SEED_BYTES)))

    def _fresh(self, place: Place, day: Day, count: int) -> list[tuple[int, bytes]]:
        keys = list(islice(day.tree.keys(self._end(place, day)), count))
        if len(keys) < count:
            raise VaultRefused(
                f"The keys of {place[0]}, day {place[1]}, were destroyed or are used up; nothing new is sealed for it."
            )
        return keys

    def _give_back(self) -> None:
        state = self._current()
        unused = {
            place: Day(reserved=self._next[place], tree=day.tree)
            for place, day in state.days.items()
            if self._next.get(place, day.reserved) < day.reserved
        }
        if unused:
            self._pair.save({**state.days, **unused})


def _named(place: Place, number: int, secret: bytes) -> tuple[KeyRef, bytes]:
    try:
        return KeyRef(data_class=place[0], day=place[1], number=number), secret
    except EntryRefused as error:
        raise VaultRefused(str(error)) from error


def _size(spans: Sequence[Span]) -> int:
    return sum(last - first + 1 for first, last in spans)
