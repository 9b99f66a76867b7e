"""What a site's matcher does with a probe, from its bytes to the sealed report of a candidate; no HTTP, no waiting."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from contracts.clock import Moment
from contracts.permits import Permit
from contracts.probe import Probe
from contracts.signature import SigningKey
from contracts.vocabulary import CameraId, NotComparedReason
from matcher.candidates import AlertMemory, SealedCandidate, sealed_candidate
from matcher.gate import LentGallery, compare
from matcher.track_embedder import ModelDoor, NoAuthority
from matcher.wiping import unsafe_wipe_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeAnswer:
    """What became of a probe. The edge is told the first two; the reports go to governance alone."""

    compared: bool
    reason: NotComparedReason | None
    reports: tuple[tuple[SealedCandidate, Permit], ...] = ()


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


@dataclass(slots=True, kw_only=True)
class SiteMatcher:
    """Compares one probe at a time with what is lent for its camera. Not thread-safe: one thread compares."""

    book: Lending
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
            return ProbeAnswer(compared=False, reason=NotComparedReason.LEASE_ENDED)
        lent = [held.lent for held in self.book.live(probe.camera_id, self.clocks())]
        try:
            comparison = compare(probe, lent, self.door.open, self.clocks)
        except NoAuthority:
            return ProbeAnswer(compared=False, reason=NotComparedReason.LEASE_ENDED)
        reports = tuple(
            (sealed_candidate(probe, candidate, self.memory, self.site_key), candidate.permit)
            for candidate in comparison.candidates
        )
        if reports:
            self.candidates[probe.camera_id, probe.session] += len(reports)
        return ProbeAnswer(compared=comparison.compared, reason=comparison.reason, reports=reports)
