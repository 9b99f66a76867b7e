"""The gate before all analysis: no live authorisation for this camera at this instant, no look at a frame.

Holds the one authorisation a worker has, counts the time with and without one, and says when to ask for the next.
"""

from typing import Final

from contracts.authorisation import VerifiedAuthorisation
from contracts.clock import Moment
from contracts.vocabulary import CameraId
from edge.counters import EdgeCounters

#: A lease is renewed when this much of it is left, so that a slow answer or two cost no second of it.
_RENEW_BEFORE_S: Final = 30.0


class LeaseGate:
    """The authority of one worker over one camera. Owned by the worker's one thread."""

    def __init__(self, camera_id: CameraId, counters: EdgeCounters) -> None:
        self._camera_id = camera_id
        self._counters = counters
        self._held: VerifiedAuthorisation | None = None
        self._counted_until: float | None = None

    def admit(self, authorisation: VerifiedAuthorisation) -> None:
        """Hold this authorisation in place of the one before."""
        self._held = authorisation

    def live(self, at: Moment) -> VerifiedAuthorisation | None:
        """Return the authorisation if it is live at this moment; forget it for good if it is not."""
        if self._held is not None and not self._held.standing(self._camera_id, at).live:
            self._held = None
        self._count(at)
        return self._held

    def revoke(self) -> None:
        """Forget the authorisation: the matcher said that it holds none."""
        self._held = None

    def is_to_renew(self, at: Moment) -> bool:
        """Whether it is time to ask for the next authorisation."""
        if self._held is None:
            return True
        left_wall_s = (self._held.ends_at - at.now).total_seconds()
        return min(left_wall_s, self._held.ends_boot - at.boot) < _RENEW_BEFORE_S

    def _count(self, at: Moment) -> None:
        """Add the time since the last look, by the clock that nobody can set."""
        if self._counted_until is not None:
            passed = max(0.0, at.boot - self._counted_until)
            if self._held is None:
                self._counters.seconds_without_warrant += passed
            else:
                self._counters.seconds_authorised += passed
        self._counted_until = at.boot
