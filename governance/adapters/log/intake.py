"""The queue before the sequencer: bounded, counted in entries, emptied in groups. It never makes a caller wait."""

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from governance.adapters.log.prepared import MOST_ENTRIES, PreparedRequest
from governance.audit.draft import Appended
from governance.audit.errors import LogError, LogFull, LogUnavailable

_Answer = TypeVar("_Answer")

MOST_WAITING: Final = 8192
LINGER_S: Final = 0.002
_IDLE_S: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting(Generic[_Answer]):
    """Something asked of the sequencer's thread, and where its answer goes."""

    answer: Future[_Answer] = field(default_factory=Future)

    def give(self, value: _Answer) -> None:
        """Answer, unless whoever asked has gone."""
        if self.answer.set_running_or_notify_cancel():
            self.answer.set_result(value)

    def refuse(self, error: LogError) -> None:
        """Answer with an error, unless whoever asked has gone or was answered."""
        if not self.answer.done() and self.answer.set_running_or_notify_cancel():
            self.answer.set_exception(error)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRequest(Waiting[Appended]):
    """Entries to append."""

    request: PreparedRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingWork(Waiting[int]):
    """Something else that only the one writer may do, alone."""

    work: Callable[[], int]


Item = WaitingRequest | WaitingWork


class Intake:
    """Takes requests in from any thread and hands them out in groups to one."""

    def __init__(self, *, most_waiting: int = MOST_WAITING, linger_s: float = LINGER_S) -> None:
        self._most_waiting = most_waiting
        self._linger_s = linger_s
        self._changed = threading.Condition()
        self._items: deque[Item] = deque()
        self._entries = 0
        self._wanted = 1
        self._closed: LogUnavailable | None = None

    def put(self, item: Item) -> None:
        """Take something in.

        Raises:
            LogFull: too many entries wait.
            LogUnavailable: nothing is taken in any more.
        """
        weight = _weight(item)
        with self._changed:
            self.require_open()
            if self._items and self._entries + weight > self._most_waiting:
                raise LogFull("The log has too many entries waiting; nothing of this was written, try again shortly.")
            self._items.append(item)
            self._entries += weight
            # Waking the one thread for every request of a group would cost more than the group saves.
            if len(self._items) >= self._wanted or self._entries >= MOST_ENTRIES:
                self._changed.notify()

    def take(self, *, expected: int, most: int = MOST_ENTRIES) -> list[Item]:
        """Wait for something, linger for more, and return a group: requests together, other work alone.

        It lingers 2 ms at most, and no longer once `expected` requests are there: as many as wrote at once before.
        Empty once the intake is closed, and from time to time where nothing comes.
        """
        with self._changed:
            if not self._items:
                self._changed.wait(_IDLE_S)
            if not self._items:
                return []
            self._wanted = expected
            self._linger(most)
            self._wanted = 1
            return self._group(most)

    def close(self, error: LogUnavailable) -> list[Item]:
        """Take nothing in any more; return what was still waiting."""
        with self._changed:
            self._closed = self._closed or error
            left = list(self._items)
            self._items.clear()
            self._entries = 0
            self._changed.notify_all()
            return left

    @property
    def closed(self) -> LogUnavailable | None:
        """Why nothing is taken in any more."""
        return self._closed

    def require_open(self) -> None:
        """Do nothing while requests are taken in.

        Raises:
            LogUnavailable: none is any more; the sentence is that of the end.
        """
        closed = self._closed
        if closed is not None:
            # A new one for each caller: an error that is raised in several threads collects all their tracebacks.
            raise type(closed)(*closed.args)

    def _linger(self, most: int) -> None:
        until = time.monotonic() + self._linger_s
        while len(self._items) < self._wanted and self._entries < most and self._closed is None:
            left = until - time.monotonic()
            if left <= 0:
                return
            self._changed.wait(left)

    def _group(self, most: int) -> list[Item]:
        group: list[Item] = []
        weight = 0
        while self._items and (not group or weight + _weight(self._items[0]) <= most):
            alone = isinstance(self._items[0], WaitingWork)
            if alone and group:
                break
            item = self._items.popleft()
            group.append(item)
            weight += _weight(item)
            if alone:
                break
        self._entries -= weight
        return group


def _weight(item: Item) -> int:
    return len(item.request.entries) if isinstance(item, WaitingRequest) else 1
