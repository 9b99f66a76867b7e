"""Replaying a whole log: every entry read, hashed and counted anew, and the result held against what was signed.

This is what an auditor runs. It believes nothing that it did not compute: the stored hashes are compared, not used.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from governance.audit.checkpoint import Checkpoint
from governance.audit.entry import Entry
from governance.audit.errors import EntryRefused, LogError
from governance.audit.merkle import EMPTY, EMPTY_ROOT, Frontier, leaf_hash


class ReplayFailed(LogError):
    """The log is not what it was signed to be. The sentence names the first entry or part that is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardedHead:
    """The head that the guard file outside the database saw."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a whole log holds: its size and root, and the times (ms since 1970) of its first and last entry."""

    size: int
    root: bytes
    first_ms: int | None
    last_ms: int | None


class Replay:
    """One pass over a log. Feed it every entry in order, then ask for the result."""

    def __init__(self, guard: GuardedHead | None) -> None:
        self._guard = guard
        self._guard_met = guard is None or (guard.size == 0 and guard.root == EMPTY_ROOT)
        self._frontier: Frontier = EMPTY
        self._first_ms: int | None = None
        self._last_ms: int | None = None

    def feed(self, *, index: int, leaf: bytes, stored_hash: bytes) -> None:
        """Take the next entry.

        Raises:
            ReplayFailed: it is missing, altered, out of order, no entry, or its time lies before the one before it.
        """
        expected = self._frontier.size
        if index != expected:
            raise ReplayFailed(f"Entry {expected} is missing: the database goes on with entry {index}.")
        if leaf_hash(leaf) != stored_hash:
            raise ReplayFailed(f"Entry {index} was altered: its bytes do not have the hash stored beside them.")
        try:
            entry = Entry.from_leaf(leaf)
        except EntryRefused as error:
            raise ReplayFailed(f"Entry {index} is not an entry as the log writes them.") from error
        if self._last_ms is not None and entry.time_ms < self._last_ms:
            raise ReplayFailed(f"Entry {index} is dated before entry {index - 1}.")
        self._first_ms = entry.time_ms if self._first_ms is None else self._first_ms
        self._last_ms = entry.time_ms
        self._grow(leaf)

    def _grow(self, leaf: bytes) -> None:
        self._frontier = self._frontier.append(leaf).frontier
        if self._guard is not None and self._frontier.size == self._guard.size:
            self._guard_met = self._frontier.root == self._guard.root

    def finish(self, checkpoint: Checkpoint) -> Replayed:
        """Hold the replayed log against its signed checkpoint and the guard.

        Raises:
            ReplayFailed: they differ.
        """
        size, root = self._frontier.size, self._frontier.root
        if size != checkpoint.size:
            raise ReplayFailed(f"The signed checkpoint counts {checkpoint.size} entries, the database holds {size}.")
        if root != checkpoint.root:
            raise ReplayFailed(
                "The entries do not give the root that was signed: one of them was altered and re-hashed."
            )
        self._require_guard(checkpoint.origin, size)
        return Replayed(size=size, root=root, first_ms=self._first_ms, last_ms=self._last_ms)

    def _require_guard(self, origin: str, size: int) -> None:
        if self._guard is None:
            return
        if self._guard.origin != origin:
            raise ReplayFailed("The guard file is of another log.")
        if self._guard.size > size:
            raise ReplayFailed(
                f"The guard file saw {self._guard.size} entries, the database holds {size}: an older copy lies there."
            )
        if not self._guard_met:
            raise ReplayFailed("The guard file saw another beginning of the log than the database holds.")


def replay(
    entries: Iterable[tuple[int, bytes, bytes]], *, checkpoint: Checkpoint, guard: GuardedHead | None
) -> Replayed:
    """Replay (index, leaf, stored hash) from the first to the last.

    Raises:
        ReplayFailed: anything is not as it was signed.
    """
    run = Replay(guard)
    for index, leaf, stored_hash in entries:
        run.feed(index=index, leaf=leaf, stored_hash=stored_hash)
    return run.finish(checkpoint)
