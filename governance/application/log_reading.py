"""Reading the log: what stands in clear for whoever may read it; what is sealed only after an entry that says so."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.canonical import decode
from governance.application.errors import NotFound
from governance.application.governance import Governance
from governance.application.journal import Recorded, ranges_of
from governance.application.log_errors import log_errors
from governance.application.ports import LogValue
from governance.application.released import Released, release
from governance.audit.commitment import entry_context
from governance.audit.leaf import Compartment, KeyRef, Leaf
from governance.domain.events import Event
from governance.domain.identifiers import AccountId
from governance.domain.log_fields import Group

_PAGE: Final = 1000
_MOST_RANGES: Final = 60
"""So many ranges of keys fit into one entry."""
_SEALED: Final = frozenset(group.value for group in Group)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One entry as the log holds it: its place and its leaf."""

    index: int
    leaf: Leaf


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedLine:
    """One entry with the fields that could be opened; `closed` names the groups that could not: they were erased."""

    index: int
    leaf: Leaf
    fields: Mapping[str, LogValue] = field(repr=False)
    closed: frozenset[str]


def read_lines(governance: Governance, *, first: int, count: int) -> tuple[LogLine, ...]:
    """Return up to `count` entries from the index `first` on: event, time, producer, and what stands in clear.

    Raises:
        StorageFailed: the log cannot be read now.
    """
    lines: list[LogLine] = []
    while len(lines) < count:
        with log_errors():
            start = first + len(lines)
            leaves = governance.log.entries(first=start, count=min(_PAGE, count - len(lines)))
        if not leaves:
            break
        lines.extend(LogLine(index=index, leaf=Leaf.from_bytes(leaf)) for index, leaf in enumerate(leaves, start=start))
    return tuple(lines)


def open_lines(
    governance: Governance, actor: AccountId, lines: Sequence[LogLine], *, purpose: str
) -> Released[tuple[OpenedLine, ...]]:
    """Open the sealed groups of these entries for an auditor. An entry that says so is written first.

    Raises:
        StorageFailed: log or vault do not answer; nothing is shown.
    """
    keys = [one.key for line in lines for one in line.leaf.compartments if one.group in _SEALED]
    secrets, recorded = _let_out(governance, actor, keys, purpose)
    with log_errors():
        boxes = governance.log.boxes(list(secrets))
    opened = tuple(_opened(governance, line, secrets, boxes) for line in lines)
    return release(governance, opened, recorded, events=[Event.LOG_READ])


def _let_out(
    governance: Governance, actor: AccountId, keys: Sequence[KeyRef], purpose: str
) -> tuple[dict[KeyRef, bytes], Recorded]:
    """Have the vault let these keys out, part by part, each by an entry of its own; the last entry stands for all."""
    about = {"actor": actor, "purpose": purpose}
    first, *rest = _parts(keys)
    with log_errors():
        recorded = governance.journal.record(Event.LOG_READ, about, opens=first)
        secrets = dict(governance.journal.release(first, recorded))
        for part in rest:
            recorded = governance.journal.record(Event.LOG_READ, about, opens=part)
            secrets.update(governance.journal.release(part, recorded))
    return secrets, recorded


def _parts(keys: Iterable[KeyRef]) -> list[list[KeyRef]]:
    """Split keys so that the ranges of each part fit into one entry. No key at all is one part: reading is logged."""
    ranges = ranges_of(keys)
    parts = [ranges[start : start + _MOST_RANGES] for start in range(0, len(ranges), _MOST_RANGES)] or [()]
    return [
        [
            KeyRef(data_class=one.data_class, day=one.day, number=number)
            for one in part
            for number in range(one.first, one.last + 1)
        ]
        for part in parts
    ]


def _opened(
    governance: Governance, line: LogLine, secrets: Mapping[KeyRef, bytes], boxes: Mapping[KeyRef, bytes]
) -> OpenedLine:
    fields: dict[str, LogValue] = {}
    closed: set[str] = set()
    for one in line.leaf.compartments:
        if one.group not in _SEALED:
            continue
        found = _fields_of(governance, line.leaf, one, secrets.get(one.key), boxes.get(one.key))
        if found is None:
            closed.add(one.group)
        else:
            fields.update(found)
    return OpenedLine(index=line.index, leaf=line.leaf, fields=fields, closed=frozenset(closed))


def _fields_of(
    governance: Governance, leaf: Leaf, one: Compartment, secret: bytes | None, box: bytes | None
) -> dict[str, Any] | None:
    if secret is None or box is None:
        return None
    context = entry_context(leaf.event, one.group, leaf.src, leaf.sn)
    try:
        opened: dict[str, Any] = decode(governance.sealer.open(secret, context, one.commitment, box))
    except NotFound:
        return None
    return opened
