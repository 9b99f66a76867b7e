"""Was everything destroyed on its day? Computed from the entries alone, without a key and without anything personal.

Each compartment of an entry names a key and the day by whose end (UTC) it must be gone. Entries of completed erasures
name the keys that went. Between the two, and with the times that others confirmed, nothing is left to be believed.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise
from typing import Final

from governance.audit.vault_keys import LAST_NUMBER, KeyRange

DAY_MS: Final = 86_400_000
GRACE_MS: Final = DAY_MS
"""How long after the end of its due day a key's destruction still counts as on time."""

RETENTION: Final = "retention"
"""The reason of a destruction whose time had come; every other reason is somebody's decision."""

_Group = tuple[str, int]


def end_of_day(day: int) -> int:
    """Return the instant at which a UTC day (days since 1970) is over, in milliseconds since 1970."""
    return (day + 1) * DAY_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Destruction:
    """What one completed erasure says.

    `said_ms` is the entry's own time, `confirmed_ms` the earliest time at which somebody else confirmed the entry, if
    anybody did (milliseconds since 1970).
    """

    index: int
    ranges: tuple[KeyRange, ...]
    reason: str
    said_ms: int
    confirmed_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Keys that were ordered to be kept longer: from when, until when at the latest (milliseconds since 1970)."""

    index: int
    ranges: tuple[KeyRange, ...]
    from_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How it stands with the keys of one class. `due` = `on_time` + `late` + `held` + `in_grace` + `missing`.

    `unconfirmed` are those of `on_time` that only the log's own clock puts there. `early` were destroyed before their
    day. `latest_ms` is the longest time after the end of its due day that a late one took. `whole_days` are days whose
    keys were all destroyed at once.
    """

    data_class: str
    due: int = 0
    on_time: int = 0
    unconfirmed: int = 0
    late: int = 0
    latest_ms: int = 0
    held: int = 0
    in_grace: int = 0
    missing: int = 0
    early: int = 0
    not_due: int = 0
    whole_days: int = 0


class Kind(StrEnum):
    """In which way a key's end is not as promised."""

    LATE = "late"
    MISSING = "missing"
    TOO_EARLY = "too-early"
    """Before its day, though the entry says that its time had come."""
    TWICE_GIVEN = "twice-given"
    WHILE_HELD = "while-held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """One key whose end is not as promised.

    `index` is the entry that the key belongs to, `other` the entry that destroyed it, or that had the key before.
    `late_ms` counts from the end of the due day.
    """

    kind: Kind
    data_class: str
    day: int
    number: int
    index: int
    other: int | None = None
    late_ms: int = 0

    @property
    def key(self) -> str:
        """The key's name, such as `candidate.20460.0000002a`."""
        return f"{self.data_class}.{self.day}.{self.number:08x}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionReport:
    """The count of each class, in alphabetical order, and every key whose end is not as promised."""

    counts: tuple[Count, ...]
    lapses: tuple[Lapse, ...]


@dataclass(slots=True)
class _Given:
    """The keys of one class and day as entries gave them: (number, entry)."""

    keys: list[tuple[int, int]] = field(default_factory=list)
    destructions: list[tuple[KeyRange, Destruction]] = field(default_factory=list)
    holds: list[tuple[KeyRange, Hold]] = field(default_factory=list)


class Retention:
    """Takes what the entries say, in their order, and counts at the end. Voided entries are not to be told."""

    def __init__(self) -> None:
        self._given: dict[_Group, _Given] = {}
        self._destructions: list[Destruction] = []
        self._holds: list[Hold] = []

    def oblige(self, index: int, data_class: str, day: int, number: int) -> None:
        """Take note of a key that an entry's payload or object is sealed under."""
        given = self._given.get((data_class, day))
        if given is None:
            given = self._given[data_class, day] = _Given()
        given.keys.append((number, index))

    def destroyed(self, destruction: Destruction) -> None:
        """Take note of a completed erasure."""
        self._destructions.append(destruction)

    def hold(self, hold: Hold) -> None:
        """Take note of a hold."""
        self._holds.append(hold)

    def clear(self, *, at_ms: int, of: Sequence[int], ranges: Sequence[KeyRange]) -> None:
        """End holds: those of these entries, and those on ranges that are covered by these."""
        after: list[Hold] = []
        for one in self._holds:
            named = one.index in of
            gone = tuple(part for part in one.ranges if named or any(other.covers(part) for other in ranges))
            left = tuple(part for part in one.ranges if part not in gone)
            if gone:
                after.append(replace(one, ranges=gone, until_ms=min(one.until_ms, at_ms)))
            if left:
                after.append(replace(one, ranges=left))
        self._holds = after

    def report(self, *, now_ms: int) -> RetentionReport:
        """Return how it stands at an instant."""
        for destruction in self._destructions:
            for part in destruction.ranges:
                self._group(part).destructions.append((part, destruction))
        for hold in self._holds:
            for part in hold.ranges:
                self._group(part).holds.append((part, hold))
        self._destructions, self._holds = [], []
        counts: dict[str, Count] = {}
        lapses: list[Lapse] = []
        for (data_class, day), given in sorted(self._given.items(), key=lambda item: item[0]):
            tally = _Tally(data_class, day, given, now_ms)
            counts[data_class] = _sum(counts.get(data_class, Count(data_class=data_class)), tally.count())
            lapses.extend(tally.lapses)
        return RetentionReport(counts=tuple(counts.values()), lapses=tuple(lapses))

    def _group(self, part: KeyRange) -> _Given:
        return self._given.setdefault((part.data_class, part.day), _Given())


class _Tally:
    """The count of one class and day."""

    def __init__(self, data_class: str, day: int, given: _Given, now_ms: int) -> None:
        self._class, self._day, self._given, self._now_ms = data_class, day, given, now_ms
        self._begin_ms, self._end_ms = end_of_day(day - 1), end_of_day(day)
        self._keys = sorted(given.keys)
        self._numbers = [number for number, _ in self._keys]
        self._tally = dict.fromkeys(("on_time", "unconfirmed", "late", "held", "in_grace", "missing"), 0)
        self._tally |= {"early": 0, "not_due": 0}
        self._latest_ms = 0
        self.lapses: list[Lapse] = []

    def count(self) -> Count:
        self._find_twice_given()
        for place, ended in enumerate(self._ends()):
            if ended is None:
                self._tally[self._still_there(place)] += 1
            else:
                self._tally[self._gone(place, ended)] += 1
        due = sum(self._tally[name] for name in ("on_time", "late", "held", "in_grace", "missing"))
        return Count(
            data_class=self._class,
            due=due,
            latest_ms=self._latest_ms,
            whole_days=int(any((one.first, one.last) == (0, LAST_NUMBER) for one, _ in self._given.destructions)),
            **self._tally,
        )

    def _ends(self) -> Iterator[Destruction | None]:
        """Yield, key by key, the first erasure that names it. Each key is looked at once for each that may."""
        ends: list[Destruction | None] = [None] * len(self._keys)
        # `after[place]`: the next place from there on whose key nothing has destroyed yet.
        after = list(range(len(self._keys) + 1))
        for part, destruction in self._given.destructions:
            place = _open(after, bisect_left(self._numbers, part.first))
            stop = bisect_right(self._numbers, part.last)
            while place < stop:
                ends[place] = destruction
                after[place] = place + 1
                place = _open(after, place + 1)
        yield from ends

    def _gone(self, place: int, ended: Destruction) -> str:
        at_ms = ended.said_ms if ended.confirmed_ms is None else ended.confirmed_ms
        if any(hold.from_ms <= ended.said_ms < hold.until_ms for hold in self._holds_on(place)):
            self._lapse(Kind.WHILE_HELD, place, ended)
        if ended.said_ms < self._begin_ms:
            if ended.reason == RETENTION:
                self._lapse(Kind.TOO_EARLY, place, ended)
            return "early"
        deadline = self._deadline(place)
        if min(at_ms, ended.said_ms) > deadline:
            late_ms = at_ms - self._end_ms
            self._latest_ms = max(self._latest_ms, late_ms)
            self._lapse(Kind.LATE, place, ended, late_ms)
            return "late"
        if ended.confirmed_ms is None or at_ms > deadline:
            self._tally["unconfirmed"] += 1
        return "on_time"

    def _still_there(self, place: int) -> str:
        if self._now_ms < self._end_ms:
            return "not_due"
        deadline = self._deadline(place)
        if self._now_ms > deadline:
            self._lapse(Kind.MISSING, place, None)
            return "missing"
        return "in_grace" if deadline == self._end_ms + GRACE_MS else "held"

    def _deadline(self, place: int) -> int:
        """Return when this key must be gone: a day after its day, or after the last hold that stood in its way."""
        deadline = self._end_ms + GRACE_MS
        for hold in self._holds_on(place):
            if hold.from_ms <= deadline and hold.until_ms > self._end_ms:
                deadline = max(deadline, hold.until_ms + GRACE_MS)
        return deadline

    def _holds_on(self, place: int) -> list[Hold]:
        holds = self._given.holds
        return [hold for part, hold in holds if part.first <= self._numbers[place] <= part.last] if holds else []

    def _find_twice_given(self) -> None:
        for before, (number, index) in pairwise(self._keys):
            if before[0] == number:
                self.lapses.append(
                    Lapse(
                        kind=Kind.TWICE_GIVEN,
                        data_class=self._class,
                        day=self._day,
                        number=number,
                        index=index,
                        other=before[1],
                    )
                )

    def _lapse(self, kind: Kind, place: int, ended: Destruction | None, late_ms: int = 0) -> None:
        number, index = self._keys[place]
        self.lapses.append(
            Lapse(
                kind=kind,
                data_class=self._class,
                day=self._day,
                number=number,
                index=index,
                other=None if ended is None else ended.index,
                late_ms=late_ms,
            )
        )


def _open(after: list[int], place: int) -> int:
    """Return the first place from here on that is still open, and shorten the way there for the next who asks."""
    found = place
    while after[found] != found:
        found = after[found]
    while after[place] != found:
        after[place], place = found, after[place]
    return found


def _sum(one: Count, other: Count) -> Count:
    return Count(
        data_class=one.data_class,
        due=one.due + other.due,
        on_time=one.on_time + other.on_time,
        unconfirmed=one.unconfirmed + other.unconfirmed,
        late=one.late + other.late,
        latest_ms=max(one.latest_ms, other.latest_ms),
        held=one.held + other.held,
        in_grace=one.in_grace + other.in_grace,
        missing=one.missing + other.missing,
        early=one.early + other.early,
        not_due=one.not_due + other.not_due,
        whole_days=one.whole_days + other.whole_days,
    )
