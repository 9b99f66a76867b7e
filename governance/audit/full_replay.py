"""The whole audit of the entries, in one pass: every entry parsed strictly and held against all that was promised.

Two things must be known before: which entries were voided later, and when others saw the log. `scan` finds the first;
the second comes from the anchors. The pass believes nothing that it did not compute.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from governance.audit.anchored_time import Brackets, Times
from governance.audit.closure import Closure
from governance.audit.continuity import LISTENED_TO, Announcements, Counts, Numbers, Pulse
from governance.audit.erasures import Erasures
from governance.audit.errors import EntryRefused, TileRefused
from governance.audit.key_chain import ROTATION
from governance.audit.leaf import Leaf
from governance.audit.problems import EntryFile, Layer, Problems, entry_name
from governance.audit.quick_leaf import Key, QuickLeaf, read_quickly
from governance.audit.retention import (
    DAY_MS,
    Destruction,
    Hold,
    Kind,
    Lapse,
    Retention,
    RetentionReport,
    end_of_day,
)
from governance.audit.tiles import parse_entry_bundle
from governance.audit.tree_audit import AuditedBundle

_VOID: Final = "change.void"
_COUNTS: Final = "counts.accept"
_SOUGHT: Final = (f'"e":"{_VOID}"'.encode(), f'"e":"{ROTATION}"'.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreknown:
    """What must be known of a log before it is read from its beginning."""

    voided: frozenset[int]
    rotations: tuple[tuple[int, Leaf], ...]


def scan(bundles: Iterable[tuple[int, int, bytes]]) -> Foreknown:
    """Find voids and changes of the log's key in bundles, given as (index of the first entry, entries, bytes).

    A bundle or an entry that cannot be read is passed over: the audit itself names it.
    """
    voided: set[int] = set()
    rotations: list[tuple[int, Leaf]] = []
    for first, width, data in bundles:
        if not any(one in data for one in _SOUGHT):
            continue
        for index, leaf in _readable(first, width, data):
            if leaf.event == _VOID:
                voided.update(of for of in leaf.indices() if of < index)
            elif leaf.event == ROTATION:
                rotations.append((index, leaf))
    return Foreknown(voided=frozenset(voided), rotations=tuple(rotations))


def _readable(first: int, width: int, data: bytes) -> Iterator[tuple[int, Leaf]]:
    try:
        entries = parse_entry_bundle(data, width=width)
    except TileRefused:
        return
    for index, entry in enumerate(entries, start=first):
        if any(one in entry for one in _SOUGHT):
            try:
                yield index, Leaf.from_bytes(entry)
            except EntryRefused:
                continue


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """What the pass counted, beside the problems that it named."""

    entries: int
    first_ms: int | None
    last_ms: int | None
    events: Mapping[str, int]
    producers: int
    voided: int
    roots_compared: int
    rows_live: int
    retention: RetentionReport


class EntryAudit:
    """Feed it every bundle in order, then ask for the result."""

    def __init__(
        self, *, problems: Problems, file_of: EntryFile, brackets: Brackets, voided: frozenset[int] = frozenset()
    ) -> None:
        self._problems, self._file_of, self._brackets, self._voided = problems, file_of, brackets, voided
        self._numbers = Numbers(problems, file_of)
        self._announcements = Announcements(problems, file_of)
        self._pulse = Pulse(problems, file_of)
        self._counts = Counts(problems, file_of)
        self._closure = Closure(problems, file_of)
        self._erasures = Erasures(problems, file_of)
        self._retention = Retention()
        self._times = Times(brackets, problems, file_of)
        self._events: dict[str, int] = {}
        self._sources: set[str] = set()
        self._count = 0
        self._first_ms: int | None = None
        self._last: tuple[int, int] | None = None
        self._closed: int | None = None
        self._is_torn = False
        self._closed_ms: int | None = None
        self._of_event: Mapping[str, Callable[[int, Leaf], None]] = {
            "change.void": self._announcements.void,
            "erasure.complete": self._complete,
            "erasure.intend": self._erasures.intend,
            "hold.clear": self._clear,
            "hold.set": self._hold,
            "log.close": self._close,
            "vault.inventory": self._inventory,
        }

    @property
    def erasures(self) -> Erasures:
        """Which keys are gone, for whoever looks at disclosures."""
        return self._erasures

    def take(self, bundle: AuditedBundle) -> None:
        """Take the next bundle. Entries that are not what was signed are passed over; the tree has named them."""
        for index, entry in enumerate(bundle.entries, start=bundle.first):
            self._count += 1
            if bundle.altered and index - bundle.first in bundle.altered:
                self._tear()
                continue
            leaf = read_quickly(entry) or self._whole(index, entry)
            if leaf is None:
                self._tear()
            else:
                self._entry(index, leaf)

    def finish(self, *, now_ms: int) -> Audited:
        """Say what is missing at the end, and count. `now_ms` is when the audit is made (ms since 1970)."""
        if self._last is not None:
            self._pulse.finish(*self._last)
            self._announcements.finish(self._last[1])
            self._erasures.finish(self._last[1])
        # What was due after the log was closed, the next one tells of.
        report = self._retention.report(now_ms=now_ms if self._closed_ms is None else min(now_ms, self._closed_ms))
        for lapse in report.lapses:
            self._name(lapse)
        return Audited(
            entries=self._count,
            first_ms=self._first_ms,
            last_ms=None if self._last is None else self._last[1],
            events=dict(sorted(self._events.items())),
            producers=len(self._sources),
            voided=len(self._voided),
            roots_compared=self._closure.compared,
            rows_live=self._closure.live,
            retention=report,
        )

    def _whole(self, index: int, entry: bytes) -> Leaf | None:
        try:
            return Leaf.from_bytes(entry)
        except EntryRefused as error:
            sentence = f"Entry {index} is not written as an entry of this log must be. {error}"
            self._problems.wrong(Layer.FORMAT, self._file_of(index), entry_name(index), sentence)
            return None

    # -- one entry ----------------------------------------------------------------------------------------------------

    def _entry(self, index: int, leaf: Leaf | QuickLeaf) -> None:
        event, time_ms, body = leaf.event, leaf.time_ms, leaf.body
        self._numbers.take(index, leaf.src, leaf.sn)
        self._times.take(index, time_ms)
        self._events[event] = self._events.get(event, 0) + 1
        if self._last is None:
            self._begin(time_ms)
            if "origin" in body:
                self._counts.go_on()
        self._last = (index, time_ms)
        self._sources.add(leaf.src)
        if event in LISTENED_TO:
            self._pulse.take(index, event, time_ms)
        elif self._closed is not None:
            self._say_closed(index)
        if "settled" in body:
            announces = event not in LISTENED_TO
            self._announcements.take(index, leaf.src, leaf.sn, time_ms, body["settled"], announces=announces)
        if index not in self._voided:
            self._effect(index, leaf)

    def _effect(self, index: int, leaf: Leaf | QuickLeaf) -> None:
        """Take what an entry that was not voided did."""
        body = leaf.body
        if isinstance(leaf, QuickLeaf):
            self._give(index, leaf.keys)
        else:
            self._give(index, [(one.key.data_class, one.key.day, one.key.number) for one in leaf.compartments])
        if "state" in body or "adds" in body or "drops" in body:
            self._closure.take(index, body)
        if leaf.event == _COUNTS:
            self._counts.take(index, body)
        if not isinstance(leaf, QuickLeaf):
            self._act(index, leaf)

    def _act(self, index: int, leaf: Leaf) -> None:
        """Take what only uncommon entries do: none of it fits into the body of a `QuickLeaf`."""
        if "opens" in leaf.body:
            self._erasures.open(index, leaf)
        act = self._of_event.get(leaf.event)
        if act is not None:
            act(index, leaf)

    def _begin(self, time_ms: int) -> None:
        self._first_ms = time_ms
        self._pulse.begins(time_ms)

    def _give(self, index: int, keys: Iterable[Key]) -> None:
        checked = self._erasures.has_gone
        for data_class, day, number in keys:
            self._retention.oblige(index, data_class, day, number)
            if checked:
                self._erasures.give(index, data_class, day, number)

    def _tear(self) -> None:
        self._is_torn = True
        self._numbers.tear()
        self._closure.tear()

    def _complete(self, index: int, leaf: Leaf) -> None:
        self._erasures.complete(index, leaf)
        self._retention.destroyed(
            Destruction(
                index=index,
                ranges=leaf.ranges("keys"),
                reason=str(leaf.body.get("reason", "")),
                said_ms=leaf.time_ms,
                confirmed_ms=self._brackets.confirmed_ms(index),
            )
        )

    def _hold(self, index: int, leaf: Leaf) -> None:
        until = leaf.body.get("until")
        if not isinstance(until, int):
            sentence = f"Entry {index} puts erasure on hold without saying until when; the hold counts for nothing."
            self._problems.wrong(Layer.RETENTION, self._file_of(index), entry_name(index), sentence)
            return
        hold = Hold(index=index, ranges=leaf.ranges("keys"), from_ms=leaf.time_ms, until_ms=end_of_day(until))
        self._retention.hold(hold)

    def _clear(self, _index: int, leaf: Leaf) -> None:
        self._retention.clear(at_ms=leaf.time_ms, of=leaf.indices(), ranges=leaf.ranges("keys"))

    def _inventory(self, index: int, leaf: Leaf) -> None:
        root = leaf.body.get("root")
        if isinstance(root, str):
            self._erasures.inventory(index, root)

    def _close(self, index: int, leaf: Leaf) -> None:
        self._closed, self._closed_ms = index, leaf.time_ms

    def _say_closed(self, index: int) -> None:
        sentence = f"Entry {index} follows entry {self._closed}, which closed this log: nothing may follow it."
        self._problems.wrong(Layer.FORMAT, self._file_of(index), entry_name(index), sentence)

    def _name(self, lapse: Lapse) -> None:
        said, sentence = self._problems.wrong, _sentence(lapse)
        if lapse.kind is Kind.LATE:
            said = self._problems.finding
        elif lapse.kind is Kind.MISSING and self._is_torn:
            # One of the entries that could not be read may say so; those are named already.
            said, sentence = self._problems.finding, f"{sentence} Some entries could not be read, and one may say it."
        said(Layer.RETENTION, self._file_of(lapse.index), f"key {lapse.key}", sentence)


def _sentence(lapse: Lapse) -> str:
    key = f"Key {lapse.key} of entry {lapse.index}"
    hours = round(lapse.late_ms * 24 / DAY_MS)
    match lapse.kind:
        case Kind.LATE:
            return f"{key} was destroyed late, by entry {lapse.other}: about {hours} h after its day had ended."
        case Kind.MISSING:
            return f"{key} had to be destroyed and no entry says that it was; no hold stands in the way."
        case Kind.TOO_EARLY:
            return f"{key} was destroyed by entry {lapse.other} as if its time had come, before its day."
        case Kind.TWICE_GIVEN:
            return f"{key} was used before, in entry {lapse.other}: no key is given twice."
        case Kind.WHILE_HELD:
            return f"{key} was destroyed by entry {lapse.other} while a hold forbade it."
