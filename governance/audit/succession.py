"""One log after another: what the next one takes over, and whether each of the two names the other.

A year's last entry (`log.close`) names the next log and its key; that log's first entry (`log.begin`) names the last
checkpoint of the one before. Where a key was compromised there is no such last entry: the new log's first one
(`log.fork`) names the checkpoint up to which the old log is still trusted. Rows of the watched tables that stand at the
end of a log are listed at the beginning of the next.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import Final

from governance.audit.base64_strict import encode64
from governance.audit.checkpoint import Checkpoint, parse_body
from governance.audit.errors import CheckpointRefused, EntryRefused
from governance.audit.leaf import Leaf
from governance.audit.note import VerifierKey

CLOSE: Final = "log.close"
BEGIN: Final = "log.begin"
FORK: Final = "log.fork"
CARRIED: Final = "records.change"
END: Final = "log.stop"
MOST_ROWS: Final = 60
"""So many commitments to rows fit into one entry."""

_VOID: Final = "change.void"
_ROWS: Final = (b'"adds":', b'"drops":')
_NOTHING: Final[Mapping[str, int]] = MappingProxyType({})

Saying = tuple[str, dict[str, object]]
"""An event and its body."""


def closing(next_key: VerifierKey) -> Saying:
    """Return what a log's last entry says: which log goes on, and under which key."""
    return CLOSE, {"key": next_key.text, "origin": next_key.name}


def beginning(event: str, before: Checkpoint, rows: Iterable[str]) -> tuple[Saying, ...]:
    """Return what a log's first entries say: which checkpoint of the log before it stands on, and which rows stand.

    The last of them says that nothing runs yet, so that the time until the system starts is no silence.
    """
    named = {"origin": before.origin, "root": encode64(before.root), "size": before.size}
    listed = sorted(rows)
    parts: list[object] = [listed[first : first + MOST_ROWS] for first in range(0, len(listed), MOST_ROWS)]
    return ((event, named), *((CARRIED, {"adds": part}) for part in parts), (END, {}))


def live_rows(entries: Iterable[bytes], *, settled: Mapping[str, int] = _NOTHING) -> tuple[str, ...]:
    """Return the commitments (base64) to the rows that stand at the end of these entries, sorted.

    Changes that were voided changed nothing. Of the producers in `settled`, neither did what was announced after the
    number given there: its database does not hold it.

    Raises:
        EntryRefused: an entry is none of this version.
    """
    changes: list[tuple[int, Leaf]] = []
    voided: set[int] = set()
    for index, entry in enumerate(entries):
        if any(one in entry for one in _ROWS):
            leaf = Leaf.from_bytes(entry)
            if "settled" not in leaf.body or leaf.sn <= settled.get(leaf.src, leaf.sn):
                changes.append((index, leaf))
        elif _VOID.encode() in entry:
            leaf = Leaf.from_bytes(entry)
            voided.update(leaf.indices() if leaf.event == _VOID else ())
    rows: set[str] = set()
    for index, leaf in changes:
        if index not in voided:
            rows -= set(_texts(leaf, "drops"))
            rows |= set(_texts(leaf, "adds"))
    return tuple(sorted(rows))


def named_checkpoint(leaf: Leaf) -> Checkpoint | None:
    """Return the checkpoint of another log that an entry names, if it names one."""
    body = leaf.body
    try:
        return parse_body(f"{body['origin']}\n{body['size']}\n{body['root']}\n")
    except (KeyError, CheckpointRefused):
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A log that was verified: its head, its entries, the key that it began with."""

    head: Checkpoint
    entries: tuple[bytes, ...]
    key: VerifierKey


def breaks(before: Whole, after: Whole) -> tuple[str, ...]:
    """Return a sentence for everything that keeps one log from being the other's successor; none where it is."""
    try:
        first = Leaf.from_bytes(after.entries[0]) if after.entries else None
        last = Leaf.from_bytes(before.entries[-1]) if before.entries else None
        if first is None or last is None:
            return ("One of the two logs is empty, so that neither follows the other.",)
        return tuple(chain(_links(before, after, first, last), _rows(before, after, first)))
    except EntryRefused as error:
        return (f"An entry of one of the two logs cannot be read. {error}",)


def _links(before: Whole, after: Whole, first: Leaf, last: Leaf) -> Iterator[str]:
    named = named_checkpoint(first)
    if first.event not in {BEGIN, FORK} or named is None:
        yield f"The first entry of {after.head.origin} names no log that came before it."
        return
    if named.origin != before.head.origin:
        yield f"The first entry of {after.head.origin} names another log than {before.head.origin}."
    if first.event == FORK:
        if named.size > before.head.size:
            yield f"{after.head.origin} trusts more of {before.head.origin} than lies here."
        return
    if (named.size, named.root) != (before.head.size, before.head.root):
        yield f"The first entry of {after.head.origin} names another end of {before.head.origin} than it has."
    if last.event != CLOSE:
        yield f"{before.head.origin} does not end in an entry that closes it."
    elif (last.body.get("origin"), last.body.get("key")) != (after.head.origin, after.key.text):
        yield f"The last entry of {before.head.origin} names another log or key than that of {after.head.origin}."


def _rows(before: Whole, after: Whole, first: Leaf) -> Iterator[str]:
    carried: list[str] = []
    for entry in after.entries[1:]:
        leaf = Leaf.from_bytes(entry)
        if leaf.event != CARRIED or leaf.src != first.src:
            break
        carried.extend(_texts(leaf, "adds"))
    if first.event == BEGIN and tuple(sorted(carried)) != live_rows(before.entries):
        yield (
            f"{after.head.origin} begins with other rows of the watched tables than {before.head.origin} ended with: "
            "something was changed between the two, and no entry tells of it."
        )


def _texts(leaf: Leaf, name: str) -> tuple[str, ...]:
    value = leaf.body.get(name)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, tuple) else ()
