"""Log entries for reading: parsed, with the sentence that says what each kind means."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from governance.application.log_reading import LogLine, LogReader
from governance.audit.entry import Entry, Value
from governance.audit.errors import EntryRefused
from governance.domain.events import SENTENCES, Event

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_KNOWN: Final = {event.value: sentence for event, sentence in SENTENCES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadEntry:
    """One entry: its place, when, what, and the opaque identifiers and hashes that it carries, by key."""

    index: int
    at: datetime
    event: str
    sentence: str
    fields: tuple[tuple[str, Value], ...]

    def value(self, key: str) -> str:
        """Return a field as text; a missing one is empty."""
        return str(dict(self.fields).get(key, ""))

    @property
    def refuses(self) -> bool:
        """Whether the entry records that something was refused."""
        return self.event.endswith(".refuse") or ("allowed", False) in self.fields


def read(line: LogLine) -> ReadEntry:
    """Parse an entry. One that this program does not know is shown as such, not left out."""
    try:
        entry = Entry.from_leaf(line.leaf)
    except EntryRefused:
        return ReadEntry(index=line.index, at=_EPOCH, event="unreadable", sentence="This is no entry.", fields=())
    return ReadEntry(
        index=line.index,
        at=_EPOCH + timedelta(milliseconds=entry.time_ms),
        event=entry.event,
        sentence=_KNOWN.get(entry.event, "An event of another version."),
        fields=tuple(sorted(entry.fields.items())),
    )


def newest(log: LogReader, *, before: int, count: int) -> tuple[ReadEntry, ...]:
    """Return up to `count` entries below the index `before`, the newest first."""
    first = max(0, before - count)
    return tuple(reversed([read(line) for line in log.entries(first=first, count=before - first)]))


def is_event(entry: ReadEntry, *events: Event) -> bool:
    """Say whether the entry is of one of these kinds."""
    return entry.event in {event.value for event in events}
