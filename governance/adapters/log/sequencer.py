"""The sequencer: one thread owns the tree, commits what waits as one group, and answers when that is durable.

The order of a commit: entries, boxes, requests and head in one transaction; then the guard file; then the answers; then
the tiles. A checkpoint that was signed and not committed never leaves this memory. Where nobody knows whether a
transaction is durable, the sequencer ends, and the next start finds out.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from contracts.receipt import LogReceipt
from governance.adapters.log.guard import GuardFile
from governance.adapters.log.heads import CLOSED, next_time, take_over
from governance.adapters.log.intake import Intake, WaitingRequest, WaitingWork
from governance.adapters.log.prepared import PreparedRequest, prepare
from governance.adapters.log.proofs import Proofs
from governance.adapters.log.right_edge import RightEdge
from governance.adapters.log.signing import HeadSigner
from governance.adapters.log.store import Change, CommitUncertain, Duplicate, Head, Request, Store
from governance.audit.checkpoint import Checkpoint
from governance.audit.draft import Appended, Draft
from governance.audit.errors import (
    ClockWentBack,
    EntryRefused,
    LogClosed,
    LogError,
    LogRolledBack,
    LogUnavailable,
)
from governance.audit.leaf import KeyRange, KeyRef, Leaf
from governance.audit.merkle import leaf_hashes

_1970: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ENDED: Final = "The sequencer has ended; see that it is started anew, then try again."
_MOST_READ: Final = 4096

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A committed head that the guard covers, and the tree's right edge at it: what readers are answered from."""

    head: Head
    edge: RightEdge

    @property
    def checkpoint(self) -> Checkpoint:
        """The head as it was signed."""
        return Checkpoint(origin=self.head.origin, size=self.head.size, root=self.head.root)


def nobody(_view: View) -> None:
    """Take no notice."""


def no_witnesses() -> str | None:
    """Return no cosigned checkpoint: none are configured."""
    return None


class Sequencer:
    """One log's only writer. Start it, then append and read from any thread; `stop` it in the end.

    Raises:
        LogRolledBack, ClockWentBack, LogUnavailable: it must not run on this database; the sentence says why.
    """

    def __init__(
        self,
        *,
        store: Store,
        guard: GuardFile,
        signer: HeadSigner,
        now: Callable[[], datetime],
        intake: Intake | None = None,
        committed: Callable[[View], None] = nobody,
        ended: Callable[[LogUnavailable], None] = lambda _error: None,
        cosigned: Callable[[], str | None] = no_witnesses,
    ) -> None:
        self._store = store
        self._guard = guard
        self._signer = signer
        self._now = now
        self._intake = intake or Intake()
        self._committed = committed
        self._ended = ended
        self._cosigned = cosigned
        head, edge = take_over(store, guard, signer, now_ms=_milliseconds(now()))
        self._view = View(head=head, edge=edge)
        # From here on these belong to the one thread; others only read them.
        self._numbers = store.sources()
        self._proofs = Proofs(store)
        self._commits = 0
        self._is_closed = False
        self._told_to_stop = False
        self._thread = threading.Thread(target=self._run, name="sequencer", daemon=True)
        self._thread.start()

    @property
    def origin(self) -> str:
        """The log's name."""
        return self._signer.origin

    @property
    def public_key(self) -> bytes:
        """The 32 bytes by which everybody verifies this log's checkpoints."""
        return self._signer.public_key

    @property
    def commits(self) -> int:
        """How many groups of requests were made durable since the start."""
        return self._commits

    def submit(self, request_id: str, drafts: Sequence[Draft]) -> "Future[Appended]":
        """Append without waiting: the answer comes when the entries are durable.

        Raises:
            EntryRefused: a draft is no entry of this log.
            LogFull: too many wait; nothing of this was written.
            LogUnavailable: the sequencer has ended.
        """
        waiting = WaitingRequest(request=prepare(request_id, drafts))
        self._intake.put(waiting)
        return waiting.answer

    def append(self, request_id: str, drafts: Sequence[Draft]) -> Appended:
        """Append entries, contiguous and durable. The same request again has the same answer.

        Raises:
            EntryRefused: a draft is no entry of this log, or its number is not its producer's next.
            ClockWentBack: this machine's clock lies more than a second before the last entry.
            LogFull: too many wait; nothing of this was written.
            LogUnavailable: it is not known to be written.
        """
        return self.submit(request_id, drafts).result()

    def receipt(self, index: int) -> LogReceipt:
        """Return the verified receipt of an entry, under the newest checkpoint that the guard covers.

        Raises:
            LogUnavailable: there is no such entry, or it cannot be proven.
        """
        view = self._alive()
        return self._proofs.receipt(view.head, view.edge, index)

    def checkpoint(self) -> str:
        """Return the signed note over the newest committed head."""
        return self._alive().head.note

    def cosigned(self) -> str | None:
        """Return the newest checkpoint that the witnesses cosigned, if witnesses are configured and there is one."""
        self._alive()
        return self._cosigned()

    def size(self) -> int:
        """Return the number of committed entries."""
        return self._alive().head.size

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return the verified proof that the log of `new` entries extends the one of `old`; none where it is trivial.

        Raises:
            LogUnavailable: the log has not so many entries, or it cannot be proven.
        """
        view = self._alive()
        return self._proofs.consistency(view.head, view.edge, old, new)

    def entries(self, *, first: int, count: int) -> tuple[bytes, ...]:
        """Return up to `count` committed leaves from an index on, at most 4,096 of them. They are not proven."""
        size = self._alive().head.size
        last = min(first + min(count, _MOST_READ), size)
        if not 0 <= first < last:
            return ()
        return tuple(self._store.leaves(first, last - first))

    def boxes(self, keys: Sequence[KeyRef]) -> Mapping[KeyRef, bytes]:
        """Return the sealed payloads of these keys; erased ones are missing."""
        self._alive()
        return self._store.boxes(keys)

    def erase_boxes(self, ranges: Sequence[KeyRange]) -> int:
        """Erase the sealed payloads whose keys lie in these ranges; return how many there were.

        Raises:
            LogUnavailable: it is not known to be done; doing it again changes nothing.
        """
        waiting = WaitingWork(work=lambda: self._store.erase_boxes(ranges))
        self._intake.put(waiting)
        return waiting.answer.result()

    def last_number(self, src: str) -> int:
        """Return the number of this producer's last committed entry; 0 where it never wrote."""
        self._alive()
        return self._numbers.get(src, 0)

    @property
    def view(self) -> View:
        """The newest committed head with the tree's right edge: for what publishes and compares."""
        return self._view

    def fail(self, error: LogUnavailable) -> None:
        """End, because something else found that the log is not what it must be."""
        self._refuse_all(error)

    def halt(self) -> None:
        """Take nothing in any more, and finish what is in hand. The database stays open for those who read it."""
        self._told_to_stop = True
        self._refuse_all(LogUnavailable(_ENDED))
        self._thread.join()

    def stop(self) -> None:
        """Halt, and give the database back."""
        self.halt()
        self._store.close()

    def _alive(self) -> View:
        self._intake.require_open()
        return self._view

    def _run(self) -> None:
        expected = 1
        group: list[WaitingRequest | WaitingWork] = []
        try:
            while self._intake.closed is None:
                group = self._intake.take(expected=expected)
                expected = max(1, len(group))
                if group:
                    self._serve(group)
        except LogError as error:
            log.warning("sequencer ends", reason=type(error).__name__, sentence=str(error))
            self._refuse_all(error if isinstance(error, LogUnavailable) else LogUnavailable(str(error)))
        finally:
            # Whatever ended this thread: nobody waits for an answer that will not come.
            self._refuse_all(LogUnavailable(_ENDED), group)
            if not self._told_to_stop:
                self._ended(self._intake.closed or LogUnavailable(_ENDED))

    def _refuse_all(self, error: LogUnavailable, group: Sequence[WaitingRequest | WaitingWork] = ()) -> None:
        for waiting in (*self._intake.close(error), *group):
            waiting.refuse(self._intake.closed or error)

    def _serve(self, group: Sequence[WaitingRequest | WaitingWork]) -> None:
        for waiting in group:
            if isinstance(waiting, WaitingWork):
                self._do(waiting)
                return
        self._append_group([waiting for waiting in group if isinstance(waiting, WaitingRequest)])

    def _do(self, waiting: WaitingWork) -> None:
        try:
            waiting.give(waiting.work())
        except CommitUncertain:
            raise
        except LogUnavailable as error:
            waiting.refuse(error)

    def _append_group(self, group: Sequence[WaitingRequest]) -> None:
        """Commit the requests whose numbers are their producers' next; then see to the others."""
        try:
            time_ms = next_time(self._view.head.time_ms, _milliseconds(self._now()))
        except ClockWentBack as error:
            for waiting in group:
                waiting.refuse(error)
            return
        numbers: dict[str, int] = {}
        fresh: list[WaitingRequest] = []
        others: list[WaitingRequest] = []
        closing = self._is_closed
        for waiting in group:
            fits = not closing and self._counts_on(waiting.request, numbers)
            (fresh if fits else others).append(waiting)
            closing = closing or (fits and waiting.request.closes)
        if fresh:
            self._commit_or_refuse(fresh, numbers, time_ms)
        for waiting in others:
            self._answer_again(waiting)

    def _counts_on(self, request: PreparedRequest, numbers: dict[str, int]) -> bool:
        """Say whether each entry's number is its producer's next, and count it in if so."""
        then = {entry.src: numbers.get(entry.src, self._numbers.get(entry.src, 0)) for entry in request.entries}
        for entry in request.entries:
            if entry.sn != then[entry.src] + 1:
                return False
            then[entry.src] = entry.sn
        numbers.update(then)
        return True

    def _commit_or_refuse(self, fresh: Sequence[WaitingRequest], numbers: Mapping[str, int], time_ms: int) -> None:
        try:
            self._commit(fresh, numbers, time_ms)
        except Duplicate as error:
            # One of them spoils the group: each stands for itself then.
            if len(fresh) > 1:
                for waiting in fresh:
                    self._append_group([waiting])
                return
            fresh[0].refuse(EntryRefused(str(error)))
        except (CommitUncertain, LogRolledBack):
            raise
        except LogUnavailable as error:
            for waiting in fresh:
                waiting.refuse(error)

    def _commit(self, fresh: Sequence[WaitingRequest], numbers: Mapping[str, int], time_ms: int) -> None:
        old = self._view.head
        leaves = [waiting.request.leaves(time_ms) for waiting in fresh]
        together = [leaf for one in leaves for leaf in one]
        edge, full = self._view.edge.extended(leaf_hashes(together))
        root = edge.root()
        head = replace(old, size=edge.size, root=root, note=self._signer.sign(edge.size, root), time_ms=time_ms)
        requests = _places([waiting.request for waiting in fresh], old.size)
        self._store.commit(
            Change(
                old_size=old.size,
                head=head,
                leaves=together,
                tiles=full,
                boxes=[box for waiting in fresh for box in waiting.request.boxes],
                requests=requests,
                sources=numbers,
            )
        )
        self._is_closed = any(waiting.request.closes for waiting in fresh)
        self._show(View(head=head, edge=edge), numbers)
        for waiting, place, own in zip(fresh, requests, leaves, strict=True):
            waiting.give(Appended(first=place.first, leaves=own, checkpoint=head.note))

    def _show(self, view: View, numbers: Mapping[str, int]) -> None:
        """Move the guard to a committed head, and only then let readers see it."""
        try:
            self._guard.advance(view.checkpoint, view.head.note)
        except LogRolledBack:
            raise
        except LogUnavailable as error:
            raise CommitUncertain(str(error)) from error
        self._numbers.update(numbers)
        self._view = view
        self._commits += 1
        self._committed(view)

    def _answer_again(self, waiting: WaitingRequest) -> None:
        """Answer a request that was committed before as it was answered then, or refuse its numbers."""
        request = waiting.request
        try:
            stored = self._store.request(request.entries[0].src, request.entries[0].sn)
            if stored is None or stored.request_id != request.request_id:
                number = EntryRefused("An entry's number is not one more than its producer's last.")
                waiting.refuse(LogClosed(CLOSED) if self._is_closed else number)
                return
            leaves = tuple(self._store.leaves(stored.first, stored.count))
            if leaves != request.leaves(Leaf.from_bytes(leaves[0]).time_ms):
                waiting.refuse(EntryRefused("This request's id belongs to other entries."))
                return
        except LogUnavailable as error:
            waiting.refuse(error)
            return
        waiting.give(Appended(first=stored.first, leaves=leaves, checkpoint=self._view.head.note))


def _places(requests: Sequence[PreparedRequest], size: int) -> list[Request]:
    """Give each request its place behind the one before."""
    places = []
    for request in requests:
        first, count = request.entries[0], len(request.entries)
        places.append(Request(src=first.src, sn=first.sn, request_id=request.request_id, first=size, count=count))
        size += count
    return places


def _milliseconds(now: datetime) -> int:
    return (now - _1970) // timedelta(milliseconds=1)
