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
from matcher.leases import HeldLease, LeaseBook

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
    """Renews the leases of all cameras and says when one has ended.

    `on_held` hears of leases that are live, `on_end` once of the first authorities that ended. Both are quick.
    While `is_stopped` says so, nothing is asked for.
    """

    def __init__(
        self,
        book: LeaseBook,
        source: LeaseSource,
        *,
        cameras: tuple[CameraId, ...],
        clocks: Callable[[], Moment],
        renewal_seconds: float,
        on_held: Callable[[HeldLease], Awaitable[None]],
        on_end: Callable[[list[tuple[CameraId, WarrantId]]], None],
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._book = book
        self._source = source
        self._asks = {camera_id: _CameraAsks() for camera_id in cameras}
        self._clocks = clocks
        self._renewal_seconds = renewal_seconds
        self._on_held = on_held
        self._on_end = on_end
        self._is_stopped = is_stopped

    async def run(self) -> None:
        """Renew and watch until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch())
            for camera_id in self._asks:
                tasks.create_task(self._renew_for_ever(camera_id))

    async def held_now(self, camera_id: CameraId) -> list[HeldLease]:
        """Return the live leases of a camera that a worker reads, asking governance at once where there is none."""
        self._asks[camera_id].wanted_boot = self._clocks().boot
        live = self._book.live(camera_id, self._clocks())
        if not live:
            await self._renew(camera_id, unless_asked_within=_LEAST_BETWEEN_ASKS)
            live = self._book.live(camera_id, self._clocks())
        return live

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
            accepted = await asyncio.to_thread(self._book.accept, camera_id, ask, answer, self._clocks())
        for reason, count in accepted.refused.items():
            _log.warning("authorisation refused", reason=reason, count=count)
        if accepted.ended:
            self._on_end([(camera_id, warrant_id) for warrant_id in accepted.ended])
        for held in accepted.held:
            await self._on_held(held)
        return True

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            ended = self._book.end_expired(self._clocks())
            if ended:
                self._on_end(ended)
