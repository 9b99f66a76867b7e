"""Asking for leases in time, and noticing their end.

No worker, no lease: authority that nobody uses is not asked for.
"""

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from contracts.authorisation import LeaseAsk
from contracts.clock import Moment
from contracts.lease_request import LeaseAnswer
from contracts.vocabulary import CameraId, WarrantId
from matcher.governance_client import GovernanceUnavailable
from matcher.leases import Acceptance, HeldLease, LeaseBook
from matcher.volunteer_book import HeldRun, RunAcceptance, VolunteerBook

_WATCH_SECONDS: Final = 0.2
_LEAST_BETWEEN_ASKS: Final = 1.0
_AFTER_FAILURE: Final = 3.0
_WANTED_FOR: Final = 30.0
"""Seconds since an edge worker last asked, after which its camera's lease is left to run out."""

_log = structlog.get_logger()


class LeaseSource(Protocol):
    """Whoever lends: governance."""

    async def ask_lease(self, camera_id: CameraId, ask: LeaseAsk, at: Moment) -> LeaseAnswer:
        """Ask for the authorisations of one camera.

        Raises:
            GovernanceUnavailable: no usable answer came.
        """
        ...


@dataclass(slots=True)
class _CameraAsks:
    """The asking for one camera: one question at a time."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    asked_boot: float = -1e9
    wanted_boot: float = -1e9


class LeaseKeeper:
    """Renews what is lent to all cameras, leases and volunteers' runs, and says when one has ended.

    `on_held` hears of what is live, `on_end` once of the first leases that ended, `on_run_end` of the first runs. All
    are quick.
    While `is_stopped` says so, nothing is asked for.
    """

    def __init__(
        self,
        book: LeaseBook,
        runs: VolunteerBook,
        source: LeaseSource,
        *,
        cameras: tuple[CameraId, ...],
        clocks: Callable[[], Moment],
        renewal_seconds: float,
        on_held: Callable[[HeldLease | HeldRun], Awaitable[None]],
        on_end: Callable[[list[tuple[CameraId, WarrantId]]], None],
        on_run_end: Callable[[list[tuple[CameraId, str]]], None],
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._book = book
        self._runs = runs
        self._source = source
        self._asks = {camera_id: _CameraAsks() for camera_id in cameras}
        self._clocks = clocks
        self._renewal_seconds = renewal_seconds
        self._on_held = on_held
        self._on_end = on_end
        self._on_run_end = on_run_end
        self._is_stopped = is_stopped

    async def run(self) -> None:
        """Renew and watch until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch())
            for camera_id in self._asks:
                tasks.create_task(self._renew_for_ever(camera_id))

    async def held_now(self, camera_id: CameraId) -> list[HeldLease]:
        """Return the live leases of a camera that a worker reads, asking governance at once where nothing is lent."""
        self._asks[camera_id].wanted_boot = self._clocks().boot
        if not (self._book.live(camera_id, self._clocks()) or self.runs_now(camera_id)):
            await self._renew(camera_id, unless_asked_within=_LEAST_BETWEEN_ASKS)
        return self._book.live(camera_id, self._clocks())

    def runs_now(self, camera_id: CameraId) -> list[HeldRun]:
        """Return the live volunteers' runs of a camera; governance is asked for them with the leases."""
        return self._runs.live(camera_id, self._clocks())

    async def _renew_for_ever(self, camera_id: CameraId) -> None:
        asks = self._asks[camera_id]
        while True:
            if self._clocks().boot - asks.wanted_boot > _WANTED_FOR:
                await asyncio.sleep(_WATCH_SECONDS)
                continue
            answered = await self._renew(camera_id, unless_asked_within=_LEAST_BETWEEN_ASKS)
            pause = self._renewal_seconds if answered else min(_AFTER_FAILURE, self._renewal_seconds)
            # Spread, so that the cameras of a site do not all ask at once. Nothing depends on its being random.
            await asyncio.sleep(pause * random.uniform(0.85, 1.0))  # noqa: S311 -- a pause, not a secret

    async def _renew(self, camera_id: CameraId, *, unless_asked_within: float) -> bool:
        asks = self._asks[camera_id]
        async with asks.lock:
            asked = self._clocks()
            if self._is_stopped():
                return False
            if asked.boot - asks.asked_boot < unless_asked_within:
                return True
            asks.asked_boot = asked.boot
            ask = LeaseAsk(nonce=secrets.token_hex(32), asked_boot=asked.boot)
            try:
                answer = await self._source.ask_lease(camera_id, ask, asked)
            except GovernanceUnavailable as error:
                _log.warning("lease not renewed", sentence=str(error))
                return False
            # Off the loop: opening a large gallery takes a while, and the watch must go on.
            accepted, lent = await asyncio.to_thread(self._accept, camera_id, ask, answer)
        for reason, count in (accepted.refused + lent.refused).items():
            _log.warning("authorisation refused", reason=reason, count=count)
        if accepted.ended:
            self._on_end([(camera_id, warrant_id) for warrant_id in accepted.ended])
        if lent.ended:
            self._on_run_end([(camera_id, run_id) for run_id in lent.ended])
        for held in accepted.held:
            await self._on_held(held)
        for run in lent.held:
            await self._on_held(run)
        return True

    def _accept(self, camera_id: CameraId, ask: LeaseAsk, answer: LeaseAnswer) -> tuple[Acceptance, RunAcceptance]:
        """Take in the leases first: a run may rest on one of them."""
        accepted = self._book.accept(camera_id, ask, answer, self._clocks())
        return accepted, self._runs.accept(camera_id, ask, answer, self._clocks())

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            ended = self._book.end_expired(self._clocks())
            if ended:
                self._on_end(ended)
            runs = self._runs.end_over(self._clocks())
            if runs:
                self._on_run_end(runs)
