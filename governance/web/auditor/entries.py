"""Log entries for reading: what stands in clear, with the sentence that says what each kind means; and opened ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from governance.application.governance import Governance
from governance.application.log_reading import LogLine, OpenedLine, read_lines
from governance.audit.leaf import Compartment, KeyRef, Leaf
from governance.domain.events import SENTENCES, Event
from governance.domain.log_fields import Group

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_KNOWN: Final = {event.value: sentence for event, sentence in SENTENCES.items()}
_OF_ENTRY: Final = frozenset(group.value for group in Group)
_KEYS: Final = frozenset({"keys", "opens"})
_LEFT_TO_THE_BYTES: Final = frozenset({"adds", "drops"})
"""Commitments to rows, often many: whoever wants them finds them in the entry's bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedGroup:
    """One sealed group of an entry, or an object that it keeps: which, of what class, and the day when its key goes."""

    group: str
    data_class: str
    due: datetime
    key: str

    @property
    def is_object(self) -> bool:
        """Whether it is something that is kept, and no part of what the entry itself says."""
        return self.group not in _OF_ENTRY


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadEntry:
    """One entry: its place, when, what, who wrote it, what it says in clear, what was opened, what is sealed."""

    index: int
    at: datetime
    event: str
    sentence: str
    producer: str
    number: int
    clear: tuple[tuple[str, str], ...]
    fields: tuple[tuple[str, str], ...]
    sealed: tuple[SealedGroup, ...]
    closed: frozenset[str]

    def value(self, key: str) -> str:
        """Return an opened or clear field as text; a missing one is empty."""
        return dict((*self.clear, *self.fields)).get(key, "")

    @property
    def refuses(self) -> bool:
        """Whether the entry records that something was refused."""
        return self.event.endswith(".refuse") or ("allowed", "no") in self.clear

    @property
    def has_sealed_groups(self) -> bool:
        """Whether there is anything of the entry itself that could be opened."""
        return any(not one.is_object for one in self.sealed)


def read(line: LogLine | OpenedLine) -> ReadEntry:
    """Make an entry readable. One of an event that this program does not know is shown as such, not left out."""
    leaf = line.leaf
    opened: Mapping[str, object] = line.fields if isinstance(line, OpenedLine) else {}
    return ReadEntry(
        index=line.index,
        at=_EPOCH + timedelta(milliseconds=leaf.time_ms),
        event=leaf.event,
        sentence=_KNOWN.get(leaf.event, "An event of another version."),
        producer=leaf.src,
        number=leaf.sn,
        clear=tuple(
            (name, _range_words(leaf, name) if name in _KEYS else _words(value))
            for name, value in sorted(leaf.body.items())
            if name not in _LEFT_TO_THE_BYTES
        ),
        fields=tuple((name, _words(value)) for name, value in sorted(opened.items())),
        sealed=_sealed(leaf),
        closed=line.closed if isinstance(line, OpenedLine) else frozenset(),
    )


def newest(governance: Governance, *, before: int, count: int) -> tuple[ReadEntry, ...]:
    """Return up to `count` entries below the index `before`, the newest first, as they stand in clear."""
    first = max(0, before - count)
    return tuple(reversed([read(line) for line in read_lines(governance, first=first, count=before - first)]))


def is_event(entry: ReadEntry, *events: Event) -> bool:
    """Say whether the entry is of one of these kinds."""
    return entry.event in {event.value for event in events}


def _sealed(leaf: Leaf) -> tuple[SealedGroup, ...]:
    return tuple(_group(one) for one in leaf.compartments)


def _group(one: Compartment) -> SealedGroup:
    return SealedGroup(
        group=one.group, data_class=one.key.data_class, due=_EPOCH + timedelta(days=one.key.day), key=one.key.text
    )


def _range_words(leaf: Leaf, name: str) -> str:
    return ", ".join(
        f"{KeyRef(data_class=one.data_class, day=one.day, number=one.first).text}"
        + ("" if one.first == one.last else f"–{one.last:08x}")
        for one in leaf.ranges(name)
    )


def _words(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case Sequence():
            return ", ".join(_words(one) for one in value)
        case Mapping():
            return ", ".join(f"{name} {_words(one)}" for name, one in value.items())
        case _:
            return str(value)
