"""Candidate reports on their way to governance: in memory, few, retried until the lease ends, then dropped and counted.

Nothing is written to disk. What cannot be delivered while the authority lasts is not delivered at all: fail closed.
"""

import asyncio
import random
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

import structlog

from contracts.clock import Moment
from contracts.permits import Permit
from matcher.candidates import SealedCandidate

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 8.0
MOST_WAITING: Final = 64

_log = structlog.get_logger()


class Delivery(StrEnum):
    """What became of one attempt."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """Governance read it and said no: trying again would change nothing."""
    UNREACHABLE = "unreachable"


class DropReason(StrEnum):
    """Why a candidate report was not delivered."""

    LEASE_ENDED = "lease-ended"
    OUTBOX_FULL = "outbox-full"
    REFUSED = "refused"


class CandidateReceiver(Protocol):
    """Whoever takes candidate reports: governance."""

    async def deliver_candidate(self, sealed: SealedCandidate) -> Delivery:
        """Try once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    sealed: SealedCandidate
    permit: Permit


class Outbox:
    """Delivers in order, one at a time: a report that joins an alert never overtakes the alert.

    `on_drop` hears the id of each report that was dropped, so that later candidates do not join an alert nobody has.
    """

    def __init__(
        self,
        receiver: CandidateReceiver,
        *,
        clocks: Callable[[], Moment],
        on_drop: Callable[[str], None],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._receiver = receiver
        self._clocks = clocks
        self._on_drop = on_drop
        self._pause = pause
        self._jitter = jitter
        self._waiting: deque[_Waiting] = deque()
        self._filled = asyncio.Event()
        self.dropped: Counter[DropReason] = Counter()
        self.delivered = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, sealed: SealedCandidate, permit: Permit) -> None:
        """Queue a report; where too many wait, it is dropped and counted."""
        if len(self._waiting) >= MOST_WAITING:
            self._drop(sealed, DropReason.OUTBOX_FULL)
            return
        self._waiting.append(_Waiting(sealed=sealed, permit=permit))
        self._filled.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        failures = 0
        while True:
            await self._wait_for_work()
            outcome = await self._attempt(self._waiting[0])
            failures = failures + 1 if outcome is Delivery.UNREACHABLE else 0
            if outcome is Delivery.UNREACHABLE:
                await self._pause(self._back_off(failures))

    def drop_all(self) -> None:
        """Drop what still waits, because the authority ended."""
        while self._waiting:
            self._drop(self._waiting.popleft().sealed, DropReason.LEASE_ENDED)

    async def _wait_for_work(self) -> None:
        while not self._waiting:
            self._filled.clear()
            await self._filled.wait()

    async def _attempt(self, first: _Waiting) -> Delivery:
        if not first.permit.standing(first.permit.camera.camera_id, self._clocks()).live:
            self._finish(first, DropReason.LEASE_ENDED)
            return Delivery.REFUSED
        outcome = await self._receiver.deliver_candidate(first.sealed)
        match outcome:
            case Delivery.ACCEPTED:
                self.delivered += 1
                self._finish(first, None)
            case Delivery.REFUSED:
                self._finish(first, DropReason.REFUSED)
            case Delivery.UNREACHABLE:
                pass
        return outcome

    def _finish(self, first: _Waiting, reason: DropReason | None) -> None:
        # The end of the lease may have emptied the queue while the attempt was under way.
        if self._waiting and self._waiting[0] is first:
            self._waiting.popleft()
            if reason is not None:
                self._drop(first.sealed, reason)

    def _drop(self, sealed: SealedCandidate, reason: DropReason) -> None:
        self.dropped[reason] += 1
        self._on_drop(sealed.report_id)
        _log.warning("candidate report dropped", reason=reason.value, dropped=self.dropped[reason])

    def _back_off(self, failures: int) -> float:
        """Return the next pause: doubling up to eight seconds, spread so that sites do not retry together."""
        longest: float = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(failures - 1, 10))
        return longest * (0.5 + 0.5 * self._jitter())
