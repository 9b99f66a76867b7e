"""What a site's matcher does with a probe, from its bytes to the sealed report of a candidate; no HTTP, no waiting."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from contracts.clock import Moment
from contracts.model_profile import ComparisonRule
from contracts.permits import Permit
from contracts.probe import Probe
from contracts.signature import SigningKey
from contracts.vocabulary import CameraId, NotComparedReason
from matcher.candidates import AlertMemory, SealedCandidate, sealed_candidate
from matcher.faces.face import FloatArray
from matcher.gate import LentGallery, compare
from matcher.track_embedder import ModelDoor, NoAuthority
from matcher.volunteer_gate import LentRun, Look, Sighted, look, look_alone
from matcher.wiping import unsafe_wipe_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeAnswer:
    """What became of a probe. The edge is told the first two; reports and sightings go to governance alone."""

    compared: bool
    reason: NotComparedReason | None
    reports: tuple[tuple[SealedCandidate, Permit], ...] = ()
    sighted: tuple[Sighted, ...] = ()


_LEASE_ENDED = ProbeAnswer(compared=False, reason=NotComparedReason.LEASE_ENDED)


class Holding(Protocol):
    """One authority that is held here, with its open gallery."""

    @property
    def lent(self) -> LentGallery:
        """Both, never the one without the other."""
        ...


class Lending(Protocol):
    """What is held at this site: its leases (`matcher.leases.LeaseBook`), or the one order of a search (A12)."""

    def live(self, camera_id: CameraId, at: Moment) -> Sequence[Holding]:
        """Return what authorises this camera at this moment; none means no."""
        ...


class HoldingRun(Protocol):
    """One volunteers' run that is held here, with its open list."""

    @property
    def lent(self) -> LentRun:
        """Both, never the one without the other."""
        ...


class LendingRuns(Protocol):
    """The runs that are held at this site (`matcher.volunteer_book.VolunteerBook`)."""

    def live(self, camera_id: CameraId, at: Moment) -> Sequence[HoldingRun]:
        """Return what authorises this camera at this moment; none means no."""
        ...


@dataclass(slots=True, kw_only=True)
class SiteMatcher:
    """Compares one probe at a time with what is lent for its camera. Not thread-safe: one thread compares.

    `runs` are the volunteers' runs beside the leases; a recording is searched without any (A12).
    """

    book: Lending
    runs: LendingRuns | None = None
    door: ModelDoor
    memory: AlertMemory
    site_key: SigningKey
    clocks: Callable[[], Moment]
    is_stopped: Callable[[], bool] = lambda: False
    """Whether somebody pressed stop here: asked for every probe (A16)."""
    candidates: Counter[tuple[CameraId, str]] = field(default_factory=Counter)
    """Candidates by camera and stream session: a count, for the site's report."""

    def handle(self, probe: Probe) -> ProbeAnswer:
        """Compare a probe; when this returns, its pixels are overwritten. The caller keeps no other copy of them."""
        try:
            return self._compared(probe)
        finally:
            for crop in probe.crops:
                unsafe_wipe_bytes(crop.pixels_bgr)

    def _compared(self, probe: Probe) -> ProbeAnswer:
        if self.is_stopped():
            return _LEASE_ENDED
        at = self.clocks()
        lent = [held.lent for held in self.book.live(probe.camera_id, at)]
        runs = [] if self.runs is None else [held.lent for held in self.runs.live(probe.camera_id, at)]
        try:
            return self._compared_with(probe, lent, runs) if lent else self._looked_for(probe, runs)
        except NoAuthority:
            return _LEASE_ENDED

    def _compared_with(self, probe: Probe, lent: Sequence[LentGallery], runs: Sequence[LentRun]) -> ProbeAnswer:
        """Compare with the warrants' galleries, and look for volunteers by the same template."""
        looks: list[Look] = []

        def beside(template: FloatArray, rule: ComparisonRule) -> None:
            looks.append(look(probe, runs, template, rule, self.clocks))

        comparison = compare(probe, lent, self.door.open, self.clocks, beside)
        reports = tuple(
            (sealed_candidate(probe, candidate, self.memory, self.site_key), candidate.permit)
            for candidate in comparison.candidates
        )
        if reports:
            self.candidates[probe.camera_id, probe.session] += len(reports)
        compared = comparison.compared or any(each.compared for each in looks)
        return ProbeAnswer(
            compared=compared,
            reason=None if compared else comparison.reason,
            reports=reports,
            sighted=tuple(sighted for each in looks for sighted in each.sighted),
        )

    def _looked_for(self, probe: Probe, runs: Sequence[LentRun]) -> ProbeAnswer:
        """Look for volunteers on a closed site, where no warrant is."""
        found = look_alone(probe, runs, self.door.open_for_volunteers, self.clocks)
        return ProbeAnswer(compared=True, reason=None, sighted=found.sighted) if found.compared else _LEASE_ENDED
