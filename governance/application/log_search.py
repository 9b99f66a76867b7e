"""Searching the log in what stands in clear, and choosing which entries are worth opening: never more than so many."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from contracts.errors import ReceiptRefused
from contracts.receipt import verify_receipt
from governance.application.governance import Governance
from governance.application.log_errors import log_errors
from governance.application.log_reading import LogLine, read_lines
from governance.application.procedure import acting
from governance.audit.leaf import Leaf
from governance.domain.events import Event
from governance.domain.identifiers import AccountId
from governance.domain.log_fields import Group
from governance.domain.roles import Action

MOST_OPENED: Final = 2_000
"""So many entries one page opens at most."""
LOOKED_AT: Final = 50_000
"""So many entries one page looks at, in clear, at most."""

_PAGE: Final = 1_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is searched for, in clear. What is `None` is not asked. Indices and times are inclusive at both ends."""

    event: str | None = None
    rule: str | None = None
    producer: str | None = None
    first: int | None = None
    last: int | None = None
    since: datetime | None = None
    until: datetime | None = None

    def is_met_by(self, line: LogLine) -> bool:
        """Say whether an entry is of the wanted kind. Where it stands and when it was written is not asked here."""
        return (
            self.event in {None, line.leaf.event}
            and self.producer in {None, line.leaf.src}
            and self.rule in {None, line.leaf.body.get("rule")}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Entries that were found, the newest first; `looked_down_to` is the oldest index looked at.

    `goes_on` says whether the search can be continued below it.
    """

    lines: tuple[LogLine, ...]
    looked_down_to: int
    goes_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Entries that are worth opening, in the log's order, and how many more there would have been."""

    lines: tuple[LogLine, ...]
    left_out: int


def require_log_opener(governance: Governance, actor: AccountId) -> None:
    """Refuse whoever may not open what the log seals."""
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.LOG_OPEN)


def search(governance: Governance, wanted: Wanted, *, before: int | None = None, most: int = 50) -> Found:
    """Search downwards from the index `before` (the end of the log where not given) for up to `most` entries.

    Raises:
        StorageFailed: the log cannot be read now.
    """
    lowest, end = _bounds(governance, wanted, before)
    stop = max(lowest, end - LOOKED_AT)
    found: list[LogLine] = []
    while end > stop and len(found) < most:
        first = max(stop, end - _PAGE)
        for line in reversed(read_lines(governance, first=first, count=end - first)):
            end = line.index
            if wanted.is_met_by(line):
                found.append(line)
            if len(found) == most:
                break
    return Found(lines=tuple(found), looked_down_to=end, goes_on=end > lowest)


def _bounds(governance: Governance, wanted: Wanted, before: int | None) -> tuple[int, int]:
    """Return the lowest index that is searched, and the one above the highest."""
    with log_errors():
        size = governance.log.size()
    lowest, end = 0, size
    if before is not None:
        end = min(end, before)
    if wanted.last is not None:
        end = min(end, wanted.last + 1)
    if wanted.first is not None:
        lowest = wanted.first
    if wanted.since is not None or wanted.until is not None:
        # The log's time never goes back, so an instant has one place in it.
        def time_of(index: int) -> datetime:
            return _EPOCH + timedelta(milliseconds=read_lines(governance, first=index, count=1)[0].leaf.time_ms)

        if wanted.since is not None:
            lowest = max(lowest, first_index_at(wanted.since, size, time_of))
        if wanted.until is not None:
            end = min(end, first_index_at(wanted.until + timedelta(milliseconds=1), size, time_of))
    return min(lowest, size), max(end, 0)


def first_index_at(instant: datetime, size: int, time_of: Callable[[int], datetime]) -> int:
    """Return the first index whose entry was written at or after the instant; the log's size where none was."""
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        if time_of(middle) < instant:
            low = middle + 1
        else:
            high = middle
    return low


def worth_opening(
    lines: Sequence[LogLine], rare: Collection[Event], frequent: Collection[Event] = (), *, most: int = MOST_OPENED
) -> Chosen:
    """Choose entries of these events: the rare ones first, then the frequent ones, of each the newest first."""
    of_rare, of_frequent = {event.value for event in rare}, {event.value for event in frequent}
    newest = sorted(lines, key=lambda line: -line.index)
    wanted = [line for line in newest if line.leaf.event in of_rare]
    wanted += [line for line in newest if line.leaf.event in of_frequent - of_rare]
    kept = sorted(wanted[:most], key=lambda line: line.index)
    return Chosen(lines=tuple(kept), left_out=max(0, len(wanted) - most))


def acted_upon_or_by_somebody(lines: Sequence[LogLine], *, most: int = MOST_OPENED) -> Chosen:
    """Choose the newest entries that seal which account acted or was acted upon."""
    sealed = [line for line in lines if any(one.group == Group.OPERATOR.value for one in line.leaf.compartments)]
    return Chosen(lines=tuple(sealed[-most:]), left_out=max(0, len(sealed) - most))


def with_groups_alone(lines: Sequence[LogLine], *groups: Group) -> tuple[LogLine, ...]:
    """Return the entries with these sealed groups alone, so that the others are not opened; kept objects stay named."""
    closed = {group.value for group in Group} - {group.value for group in groups}
    return tuple(LogLine(index=line.index, leaf=_without(line.leaf, closed)) for line in lines)


def _without(leaf: Leaf, closed: Collection[str]) -> Leaf:
    return replace(leaf, compartments=tuple(one for one in leaf.compartments if one.group not in closed))


def proven(governance: Governance, lines: Sequence[LogLine]) -> frozenset[int]:
    """Return the indices of those entries whose very bytes are proven to stand in the signed log.

    Raises:
        StorageFailed: the log cannot prove anything now.
    """
    found: set[int] = set()
    for line in lines:
        with log_errors():
            receipt = governance.log.receipt(line.index)
        try:
            leaf = verify_receipt(receipt, origin=governance.log_origin, log_key=governance.log_key)
        except ReceiptRefused:
            continue
        if receipt.index == line.index and leaf == line.leaf.to_bytes():
            found.add(line.index)
    return frozenset(found)
