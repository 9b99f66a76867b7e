"""When was an entry written, if the log's own clock is not believed? Between two checkpoints that others dated.

An anchor is a checkpoint whose time somebody else states: a quorum of witnesses, or a time-stamping authority. An entry
lies after the last anchor that does not hold it and before the first that does, so nothing can be put into yesterday.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from governance.audit.problems import EntryFile, Layer, Problems, entry_name

TOLERANCE_MS: Final = 60_000
"""How far the clocks of log, witnesses and authorities may differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A checkpoint of this size, said by `said_by` to have stood by this time (milliseconds since 1970)."""

    size: int
    root: bytes
    time_ms: int
    file: str
    said_by: str


class Brackets:
    """The anchors of one log in the order of their sizes, each size with the earliest time that is stated for it."""

    def __init__(self, anchors: Iterable[Anchor]) -> None:
        earliest: dict[int, Anchor] = {}
        for anchor in sorted(anchors, key=lambda one: (one.time_ms, one.file)):
            earliest.setdefault(anchor.size, anchor)
        self.anchors = tuple(earliest[size] for size in sorted(earliest))
        self._sizes = [anchor.size for anchor in self.anchors]

    def after(self, index: int) -> Anchor | None:
        """Return the last anchor that does not hold this entry, if there is one."""
        place = bisect_right(self._sizes, index)
        return self.anchors[place - 1] if place else None

    def before(self, index: int) -> Anchor | None:
        """Return the first anchor that holds this entry, if there is one."""
        place = bisect_right(self._sizes, index)
        return self.anchors[place] if place < len(self.anchors) else None

    def confirmed_ms(self, index: int) -> int | None:
        """Return the earliest time by which somebody else saw this entry, if anybody did."""
        anchor = self.before(index)
        return None if anchor is None else anchor.time_ms

    @property
    def widths_ms(self) -> tuple[int, ...]:
        """How far apart neighbouring anchors are in time."""
        times = [anchor.time_ms for anchor in self.anchors]
        return tuple(later - earlier for earlier, later in pairwise(times))


class Times:
    """Holds the entries' times against each other and against the brackets."""

    def __init__(self, brackets: Brackets, problems: Problems, file_of: EntryFile) -> None:
        self._brackets, self._problems, self._file_of = brackets, problems, file_of
        self._last_ms = 0
        self._turn = 0
        self._lower_ms, self._upper_ms = 0, 0
        self._is_said = False

    def take(self, index: int, time_ms: int) -> None:
        """Take the next entry's time."""
        if time_ms < self._last_ms:
            self._say(
                index, f"Entry {index} is dated before entry {index - 1}: the clock was set back, or it was put in."
            )
        else:
            self._last_ms = time_ms
        if index >= self._turn:
            self._next_bracket(index)
        if not self._lower_ms <= time_ms <= self._upper_ms and not self._is_said:
            self._is_said = True
            self._name_the_bracket(index, time_ms)

    def _next_bracket(self, index: int) -> None:
        after, before = self._brackets.after(index), self._brackets.before(index)
        self._lower_ms = 0 if after is None else after.time_ms - TOLERANCE_MS
        self._upper_ms = _FOREVER if before is None else before.time_ms + TOLERANCE_MS
        self._turn = _FOREVER if before is None else before.size
        self._is_said = False

    def _name_the_bracket(self, index: int, time_ms: int) -> None:
        after, before = self._brackets.after(index), self._brackets.before(index)
        if time_ms < self._lower_ms and after is not None:
            off = (after.time_ms - time_ms) // 1000
            self._say(
                index,
                f"Entry {index} is dated {off} s before {after.said_by} saw a log of {after.size} entries without it "
                f"({after.file}): it was written later than it says.",
            )
        elif before is not None:
            off = (time_ms - before.time_ms) // 1000
            self._say(
                index,
                f"Entry {index} is dated {off} s after {before.said_by} saw it in a log of {before.size} entries "
                f"({before.file}): its clock ran ahead, or was set.",
            )

    def _say(self, index: int, sentence: str) -> None:
        self._problems.wrong(Layer.TIME, self._file_of(index), entry_name(index), sentence)


_FOREVER: Final = 2**62
