"""A request made ready outside the sequencer's one thread: checked, and encoded but for the time that it gets.

An entry's time is the last but one of its keys and its version the last, so its bytes are put together by appending.
That they are the canonical ones is a property that a test holds.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from governance.adapters.log.store import Box
from governance.audit.draft import Draft
from governance.audit.errors import EntryRefused
from governance.audit.leaf import MAX_LEAF_BYTES, Leaf

MOST_ENTRIES: Final = 2048
"""Of one request, and of one group of requests that is committed together."""
MAX_BOX_BYTES: Final = 1 << 20
CLOSE: Final = "log.close"
"""The event after which nothing is appended any more."""

_REQUEST_ID: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,63}", re.ASCII)
_NO_TIME: Final = b'0,"v":1}'


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedEntry:
    """An entry that lacks its time alone."""

    src: str
    sn: int
    beginning: bytes

    def leaf(self, time_ms: int) -> bytes:
        """Return the entry's canonical bytes with this time."""
        return self.beginning + b'%d,"v":1}' % time_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedRequest:
    """Entries that get places beside each other, or none at all, and the boxes to keep with them."""

    request_id: str
    entries: tuple[PreparedEntry, ...]
    boxes: tuple[Box, ...] = field(repr=False)
    closes: bool = False
    """Whether its last entry closes the log."""

    def leaves(self, time_ms: int) -> tuple[bytes, ...]:
        """Return the entries' bytes with one time."""
        return tuple(entry.leaf(time_ms) for entry in self.entries)


def prepare(request_id: str, drafts: Sequence[Draft]) -> PreparedRequest:
    """Check a request and encode its entries.

    Raises:
        EntryRefused: a draft is no entry of this log, a box is not the one that its entry names, there are none or too
            many entries, something follows the log's closing, or the request's id is none.
    """
    if not _REQUEST_ID.fullmatch(request_id):
        raise EntryRefused("A request's id is 1 to 64 letters, digits and hyphens.")
    if not 1 <= len(drafts) <= MOST_ENTRIES:
        raise EntryRefused(f"A request appends 1 to {MOST_ENTRIES} entries.")
    if any(draft.event == CLOSE for draft in drafts[:-1]):
        raise EntryRefused("Nothing follows the entry that closes a log.")
    return PreparedRequest(
        request_id=request_id,
        closes=drafts[-1].event == CLOSE,
        entries=tuple(_entry(draft) for draft in drafts),
        boxes=tuple(box for draft in drafts for box in _boxes(draft)),
    )


def _entry(draft: Draft) -> PreparedEntry:
    leaf = Leaf(
        event=draft.event,
        src=draft.src,
        sn=draft.sn,
        time_ms=0,
        body=draft.body,
        compartments=draft.compartments,
    ).to_bytes()
    if len(leaf) + 14 > MAX_LEAF_BYTES:  # a time has up to 15 digits
        raise EntryRefused(f"A log entry is at most {MAX_LEAF_BYTES} bytes.")
    return PreparedEntry(src=draft.src, sn=draft.sn, beginning=leaf.removesuffix(_NO_TIME))


def _boxes(draft: Draft) -> list[Box]:
    """Return a draft's boxes: of its own compartments, each the one whose hash the entry holds."""
    named = {one.key: one.box_sha256 for one in draft.compartments}
    if len({key for key, _ in draft.boxes}) != len(draft.boxes):
        raise EntryRefused("A request keeps one box for a key.")
    for key, box in draft.boxes:
        if len(box) > MAX_BOX_BYTES or hashlib.sha256(box).digest() != named.get(key):
            raise EntryRefused("A sealed box is not the one that its entry names.")
    return [Box(key=key, box=box) for key, box in draft.boxes]
