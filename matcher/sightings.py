"""Sightings of volunteers on their way to governance: in memory, told every second, dropped when their run is over.

A pseudonym and a time are all that is told. What one volunteer is seen of within `SAME_PASS` at one camera is one
sighting, since one track gives several probes. A record that could not be delivered is delivered again as it was, so
that governance, which takes each nonce once, counts nothing twice.
"""

import asyncio
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from contracts.clock import Moment
from contracts.signature import Purpose, Signed, SigningKey
from contracts.vocabulary import CameraId, VolunteerId
from contracts.volunteers import MOST_SIGHTINGS, Sighting, VolunteerSightings
from matcher.outbox import Delivery
from matcher.volunteer_gate import Sighted

SAME_PASS: Final = timedelta(seconds=10)
_TELL_SECONDS: Final = 1.0

_Place = tuple[str, CameraId]
"""A run at a camera."""

_log = structlog.get_logger()


class SightingReceiver(Protocol):
    """Whoever takes sightings: governance."""

    async def deliver_sightings(self, signed: Signed) -> Delivery:
        """Try once."""
        ...


class SightingsOutbox:
    """Gathers sightings and tells governance. Owned by one event loop.

    `is_lent` says whether a run is lent to a camera now: of one that is not, nothing is told any more.
    """

    def __init__(
        self,
        receiver: SightingReceiver,
        *,
        site_key: SigningKey,
        clocks: Callable[[], Moment],
        is_lent: Callable[[CameraId, str], bool],
    ) -> None:
        self._receiver = receiver
        self._site_key = site_key
        self._clocks = clocks
        self._is_lent = is_lent
        self._waiting: defaultdict[_Place, list[Sighted]] = defaultdict(list)
        self._under_way: dict[_Place, Signed] = {}
        self._last: dict[tuple[_Place, VolunteerId], datetime] = {}
        self.dropped: Counter[str] = Counter()

    def put(self, sighted: Sighted) -> None:
        """Queue a sighting, unless the same volunteer was seen at the same camera just before."""
        place = sighted.run.run.run_id, sighted.run.camera.camera_id
        volunteer = place, sighted.sighting.volunteer_id
        seen_at = sighted.sighting.seen_at
        last = self._last.get(volunteer)
        if last is not None and abs(seen_at - last) < SAME_PASS:
            return
        self._last[volunteer] = seen_at
        if len(self._waiting[place]) >= MOST_SIGHTINGS:
            self._drop(1, "outbox-full")
            return
        self._waiting[place].append(sighted)

    async def run(self) -> None:
        """Tell until cancelled."""
        while True:
            await asyncio.sleep(_TELL_SECONDS)
            await self.tell()

    async def tell(self) -> None:
        """Try once to tell what waits, one record for each run and camera."""
        for place in tuple({*self._waiting, *self._under_way}):
            run_id, camera_id = place
            if not self._is_lent(camera_id, run_id):
                self._forget(place)
                continue
            signed = self._record(place)
            if signed is not None:
                await self._attempt(place, signed)

    def drop_all(self) -> None:
        """Drop what still waits and forget whom it was of, because the authority ended."""
        for place in tuple({*self._waiting, *self._under_way}):
            self._forget(place)
        self._last.clear()

    def _record(self, place: _Place) -> Signed | None:
        """Return the record that is under way, or a new one of all that waits."""
        if place in self._under_way:
            return self._under_way[place]
        waiting = self._waiting.pop(place, [])
        if not waiting:
            return None
        told_at = self._clocks().now
        told = VolunteerSightings(
            run_id=place[0],
            site_id=waiting[0].run.run.site_id,
            camera_id=place[1],
            nonce=secrets.token_hex(32),
            told_at=told_at,
            sightings=tuple(_not_after(one.sighting, told_at) for one in waiting),
        )
        self._under_way[place] = self._site_key.sign(Purpose.VOLUNTEER_SIGHTINGS, told.to_bytes())
        return self._under_way[place]

    async def _attempt(self, place: _Place, signed: Signed) -> None:
        outcome = await self._receiver.deliver_sightings(signed)
        # The end of the run may have dropped it while the attempt was under way.
        if outcome is Delivery.UNREACHABLE:
            return
        was_kept = self._under_way.pop(place, None) is not None
        if outcome is Delivery.REFUSED and was_kept:
            self._drop(1, "refused")

    def _forget(self, place: _Place) -> None:
        gone = len(self._waiting.pop(place, [])) + (self._under_way.pop(place, None) is not None)
        self._last = {key: seen for key, seen in self._last.items() if key[0] != place}
        if gone:
            self._drop(gone, "run-ended")

    def _drop(self, count: int, reason: str) -> None:
        self.dropped[reason] += count
        _log.warning("sightings dropped", reason=reason, dropped=self.dropped[reason])


def _not_after(sighting: Sighting, told_at: datetime) -> Sighting:
    """A clock that was set back between seeing and telling makes no sighting of the future."""
    return replace(sighting, seen_at=min(sighting.seen_at, told_at))
