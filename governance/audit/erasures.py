"""Erasures as the log tells them: intended, completed, done twice; and keys that were gone and come up again."""

from bisect import bisect_right, insort
from dataclasses import dataclass
from typing import Final

from governance.audit.leaf import Leaf
from governance.audit.problems import EntryFile, Layer, Problems, entry_name
from governance.audit.retention import DAY_MS
from governance.audit.vault_keys import LAST_NUMBER, KeyRange

PATIENCE_MS: Final = DAY_MS
"""So long after an erasure was intended nobody asks yet whether it was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Intent:
    time_ms: int
    ranges: tuple[KeyRange, ...]


class Erasures:
    """Follows erasures through the entries that were not voided."""

    def __init__(self, problems: Problems, file_of: EntryFile) -> None:
        self._problems, self._file_of = problems, file_of
        self._intents: dict[int, _Intent] = {}
        self._gone: dict[tuple[str, int], list[tuple[int, int, int]]] = {}
        self._left: dict[str, int] = {}

    def intend(self, index: int, leaf: Leaf) -> None:
        """Take an entry that says what is to be erased."""
        self._intents[index] = _Intent(time_ms=leaf.time_ms, ranges=leaf.ranges("keys"))

    def complete(self, index: int, leaf: Leaf) -> None:
        """Take an entry that says what was erased."""
        ranges = leaf.ranges("keys")
        for part in ranges:
            self._require_not_gone(index, part)
        for part in ranges:
            self._bury(part, index)
        self._answer(index, leaf, ranges)
        before, after = leaf.body.get("before"), leaf.body.get("after")
        if isinstance(before, str) and isinstance(after, str):
            self.inventory(index, before)
            self.inventory(index, after)
            if before != after:
                self._left[before] = index

    def open(self, index: int, leaf: Leaf) -> None:
        """Take an entry that permits keys to be released."""
        for part in leaf.ranges("opens"):
            by = self.gone_by(part)
            if by is not None:
                self._problems.finding(
                    Layer.ERASURE,
                    self._file_of(index),
                    f"key {_name(part)}",
                    f"Entry {index} permits key {_name(part)} to be released, which entry {by} says was destroyed: "
                    "the vault must have refused; ask for its answer.",
                )

    def give(self, index: int, data_class: str, day: int, number: int) -> None:
        """Take a key that a new entry is sealed under: one that is gone cannot be."""
        by = self._covering(data_class, day, number, number)
        if by is not None:
            name = f"{data_class}.{day}.{number:08x}"
            self._problems.wrong(
                Layer.ERASURE,
                self._file_of(index),
                f"key {name}",
                f"Entry {index} is sealed under key {name}, which entry {by} says was destroyed: "
                "a destroyed key is in use again.",
            )

    def inventory(self, index: int, root: str) -> None:
        """Take a root of the vault's inventory: none that a destruction left behind may come back."""
        left = self._left.get(root)
        if left is not None:
            self._problems.wrong(
                Layer.ERASURE,
                self._file_of(index),
                entry_name(index),
                f"At entry {index} the key vault holds again what it held before the destruction of entry {left}: "
                "an older copy of it was put back, and destroyed keys with it.",
            )

    def gone_by(self, part: KeyRange) -> int | None:
        """Return the entry that says that all these keys were destroyed, if one does."""
        return self._covering(part.data_class, part.day, part.first, part.last)

    @property
    def has_gone(self) -> bool:
        """Whether any key was destroyed at all."""
        return bool(self._gone)

    def finish(self, last_ms: int) -> None:
        """Name what was to be erased and is not said to have been, though there was time to."""
        for index, intent in self._intents.items():
            if last_ms - intent.time_ms > PATIENCE_MS:
                self._problems.finding(
                    Layer.ERASURE,
                    self._file_of(index),
                    entry_name(index),
                    f"Entry {index} says that {_keys(intent.ranges)} are to be destroyed, and no entry of the day "
                    "after it says that they were.",
                )

    def _answer(self, index: int, leaf: Leaf, ranges: tuple[KeyRange, ...]) -> None:
        answered = [of for of in leaf.indices() if of in self._intents]
        if not answered:
            self._problems.finding(
                Layer.ERASURE,
                self._file_of(index),
                entry_name(index),
                f"Entry {index} says that {_keys(ranges)} were destroyed, and no open intent stands before it.",
            )
        for of in answered:
            left = tuple(one for one in self._intents[of].ranges if self.gone_by(one) is None)
            if left:
                self._intents[of] = _Intent(time_ms=self._intents[of].time_ms, ranges=left)
            else:
                del self._intents[of]

    def _require_not_gone(self, index: int, part: KeyRange) -> None:
        if (part.first, part.last) == (0, LAST_NUMBER):
            return  # the end of a whole day takes what is left of it
        by = self.gone_by(part)
        if by is not None:
            self._problems.finding(
                Layer.ERASURE,
                self._file_of(index),
                f"key {_name(part)}",
                f"Entry {index} says that key {_name(part)} was destroyed, which entry {by} had said already.",
            )

    def _bury(self, part: KeyRange, index: int) -> None:
        """Keep, for each key, the first entry that says it went: stretches in ascending order that never overlap."""
        gone = self._gone.setdefault((part.data_class, part.day), [])
        first = part.first
        for begin, end, _ in [one for one in gone if part.first <= one[1] and one[0] <= part.last]:
            if first < begin:
                insort(gone, (first, begin - 1, index))
            first = max(first, end + 1)
        if first <= part.last:
            insort(gone, (first, part.last, index))

    def _covering(self, data_class: str, day: int, first: int, last: int) -> int | None:
        gone = self._gone.get((data_class, day))
        place = bisect_right(gone, (first, LAST_NUMBER + 1, 0)) - 1 if gone else -1
        if not gone or place < 0:
            return None
        by, begin = gone[place][2], first
        while place < len(gone) and gone[place][0] <= begin <= gone[place][1]:
            begin = gone[place][1] + 1
            if begin > last:
                return by
            place += 1
        return None


def _name(part: KeyRange) -> str:
    name = f"{part.data_class}.{part.day}.{part.first:08x}"
    return name if part.first == part.last else f"{name} to {part.last:08x}"


def _keys(ranges: tuple[KeyRange, ...]) -> str:
    if not ranges:
        return "keys"
    more = f" and {len(ranges) - 1} further ranges" if len(ranges) > 1 else ""
    return f"keys {_name(ranges[0])}{more}"
