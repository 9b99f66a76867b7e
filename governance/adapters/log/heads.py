"""Taking a log over at start-up: database, guard file and clock are held against each other before anything is signed.

Nothing here depends on the log's length but by its logarithm: at most 255 rows of each level are read. Building the
right edge from those rows and comparing its root with the signed one is the same work.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from governance.adapters.log.guard import GuardFile
from governance.adapters.log.prepared import CLOSE
from governance.adapters.log.right_edge import EMPTY_EDGE, RightEdge, edge_from
from governance.adapters.log.signing import HeadSigner
from governance.adapters.log.store import Head, Store
from governance.audit.checkpoint import Checkpoint
from governance.audit.errors import CheckpointRefused, ClockWentBack, EntryRefused, LogClosed, LogRolledBack
from governance.audit.leaf import Leaf
from governance.audit.merkle import leaf_hashes, root_of
from governance.audit.tiles import HEIGHT, WIDTH

TOLERATED_STEP_BACK_MS: Final = 1000
CLOSED: Final = (
    "This log was closed: nothing is appended to it any more. If the new one does not run yet, give the command "
    "`insyn log close-year` again, which finishes what it began."
)


def take_over(store: Store, guard: GuardFile, signer: HeadSigner, *, now_ms: int) -> tuple[Head, RightEdge]:
    """Return the head as it stands and the tree's right edge, under a new epoch; the guard covers that head.

    Raises:
        LogClosed: the log was closed.
        LogRolledBack: the guard saw more or something else than the database holds, or its head is not the signed one.
        ClockWentBack: this machine's clock lies more than a second before the last entry.
        LogUnavailable: the database or the guard cannot be read, or is none of this log.
    """
    head = store.head()
    if head is None:
        head = _begin(store, guard, signer)
    checkpoint = _signed_head(head, signer)
    edge = _edge(store, head)
    if _is_closed(store, head.size):
        raise LogClosed(CLOSED)
    if guard.exists() or head.size:
        _require_not_rolled_back(store, edge, checkpoint, guard.read())
    else:
        guard.begin(head.note)
    next_time(head.time_ms, now_ms)
    claimed = replace(head, epoch=store.claim())
    guard.advance(checkpoint, head.note)
    return claimed, edge


def _is_closed(store: Store, size: int) -> bool:
    """Say whether the last of so many entries closed the log."""
    last = store.leaves(size - 1, 1) if size else []
    try:
        return bool(last) and Leaf.from_bytes(last[0]).event == CLOSE
    except EntryRefused as error:
        raise LogRolledBack("The log's newest entry is none of this version; nothing runs on it.") from error


def next_time(last_ms: int, now_ms: int) -> int:
    """Return the next entry's time: never before the last one's. A larger step back stops the log.

    Raises:
        ClockWentBack: the clock lies more than a second before the last entry.
    """
    if last_ms - now_ms > TOLERATED_STEP_BACK_MS:
        raise ClockWentBack("This machine's clock lies behind the log's last entry; set it right, then start again.")
    return max(last_ms, now_ms)


def _begin(store: Store, guard: GuardFile, signer: HeadSigner) -> Head:
    if guard.exists():
        raise LogRolledBack(
            "The database holds no log, but the guard file has seen one: restore the right database, do not go on."
        )
    root = EMPTY_EDGE.root()
    head = Head(origin=signer.origin, size=0, root=root, note=signer.sign(0, root), epoch=0, time_ms=0)
    store.begin(head)
    return head


def _signed_head(head: Head, signer: HeadSigner) -> Checkpoint:
    try:
        checkpoint = signer.open(head.note)
    except CheckpointRefused as error:
        raise LogRolledBack("The log's head is not signed by this log's key; nothing runs on it.") from error
    if checkpoint != Checkpoint(origin=head.origin, size=head.size, root=head.root):
        raise LogRolledBack("The log's head is not the one that was signed; nothing runs on it.")
    return checkpoint


def _edge(store: Store, head: Head) -> RightEdge:
    if store.stored_size() != head.size:
        raise LogRolledBack("The database holds more or fewer entries than its signed head says; nothing runs on it.")
    edge = edge_from(_lowest_rows(store, head.size), head.size)
    if edge.root() != head.root:
        raise LogRolledBack("The log's newest entries are not those that were signed; nothing runs on them.")
    return edge


def _lowest_rows(store: Store, size: int) -> Iterator[list[bytes]]:
    level = 0
    while size >> (HEIGHT * level):
        hashes = size >> (HEIGHT * level)
        first = hashes // WIDTH * WIDTH
        if level == 0:
            row = leaf_hashes(store.leaves(first, hashes - first))
        else:
            row = store.tile_tops(level - 1, first, hashes - first)
        if len(row) != hashes - first:
            raise LogRolledBack("A part of the log's right edge is missing in the database; nothing runs on it.")
        yield row
        level += 1


def _require_not_rolled_back(store: Store, edge: RightEdge, head: Checkpoint, seen: Checkpoint) -> None:
    if seen.size > head.size:
        raise LogRolledBack(
            f"The database holds {head.size} log entries, but {seen.size} were seen: an older copy was put in its "
            "place. Restore the newest database; nothing runs on this one."
        )
    if root_of(edge.nodes(store.tile), seen.size) != seen.root:
        raise LogRolledBack("The log's beginning is not the one that the guard file saw; nothing runs on it.")
