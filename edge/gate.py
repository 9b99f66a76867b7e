"""The gate before all analysis: no live authority for this camera at this instant, no look at a frame.

Holds the authorisations a worker has, one per warrant that names its camera, and beside them the volunteers' runs on a
closed site, which are let in by a door of their own (law.md C16). Counts the time with and without them.
"""

from collections.abc import Iterable, Sequence

from contracts.authorisation import VerifiedAuthorisation
from contracts.clock import Moment
from contracts.vocabulary import CameraId
from contracts.volunteer_run import VerifiedVolunteerRun
from edge.counters import EdgeCounters
from edge.masks import PrivacyMasks


class LeaseGate:
    """The authority of one worker over one camera. Owned by the worker's one thread."""

    def __init__(self, camera_id: CameraId, counters: EdgeCounters) -> None:
        self._camera_id = camera_id
        self._counters = counters
        self._held: tuple[VerifiedAuthorisation, ...] = ()
        self._runs: tuple[VerifiedVolunteerRun, ...] = ()
        self._masks: PrivacyMasks | None = None
        self._counted_until: float | None = None

    def admit(self, authorisations: Iterable[VerifiedAuthorisation]) -> None:
        """Hold these in place of those before; none at all means that no warrant authorises any more."""
        self._held = tuple(authorisations)
        self._masks = None

    def admit_volunteers(self, runs: Iterable[VerifiedVolunteerRun]) -> None:
        """Hold these volunteers' runs in place of those before; none at all means that none is lent any more."""
        self._runs = tuple(runs)
        self._masks = None

    def drop(self) -> None:
        """Hold nothing any more: the matcher said that its authority is over."""
        self.admit(())
        self.admit_volunteers(())

    @property
    def authorisations(self) -> tuple[VerifiedAuthorisation, ...]:
        """The warrants held, live or not."""
        return self._held

    def live(self, at: Moment) -> VerifiedAuthorisation | VerifiedVolunteerRun | None:
        """Return the live authority that ends last, a warrant before a run; forget for good those that are not live."""
        live = tuple(held for held in self._held if held.standing(self._camera_id, at).live)
        if len(live) != len(self._held):
            self.admit(live)
        runs = tuple(run for run in self._runs if run.standing(self._camera_id, at).live)
        if len(runs) != len(self._runs):
            self.admit_volunteers(runs)
        self._count(at)
        first: Sequence[VerifiedAuthorisation | VerifiedVolunteerRun] = live or runs
        return max(first, key=lambda held: min(held.ends_boot - at.boot, _wall_left_s(held, at)), default=None)

    @property
    def masks(self) -> PrivacyMasks:
        """The masks of every camera record held: what any of them hides stays hidden.

        Raises:
            MaskRefused: one of them cannot be painted.
        """
        if self._masks is None:
            cameras = [*(held.camera for held in self._held), *(run.camera for run in self._runs)]
            self._masks = PrivacyMasks([mask for camera in cameras for mask in camera.masks])
        return self._masks

    def _count(self, at: Moment) -> None:
        """Add the time since the last look, by the clock that nobody can set."""
        if self._counted_until is not None:
            passed = max(0.0, at.boot - self._counted_until)
            if self._held:
                self._counters.seconds_authorised += passed
            elif self._runs:
                self._counters.seconds_for_volunteers += passed
            else:
                self._counters.seconds_without_warrant += passed
        self._counted_until = at.boot


def _wall_left_s(held: VerifiedAuthorisation | VerifiedVolunteerRun, at: Moment) -> float:
    return (held.ends_at - at.now).total_seconds()
