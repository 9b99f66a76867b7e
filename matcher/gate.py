"""The gate: no comparison without an authorisation that is live at this moment (architecture.md, invariant 1).

It is the only way from a probe to a candidate. Standing is asked before anything is embedded, again before anything is
compared, and once more before anything is said: a lease that ended during the call yields nothing. The probe's template
and all scores are overwritten before the call returns; its pixels belong to the caller, who overwrites them once a
candidate's crops are sealed (`matcher.site_matcher`). Of a face that is no candidate nothing is left.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from contracts.clock import Moment
from contracts.model_profile import ComparisonRule
from contracts.permits import Permit
from contracts.probe import Probe, ProbeCrop
from contracts.vocabulary import NotComparedReason
from matcher.comparison import ScoredReference, candidate_row, comparison_scores
from matcher.faces.face import FloatArray
from matcher.fusion import Fusion
from matcher.gallery import Gallery, ReferenceEntry
from matcher.held_templates import GalleryWiped
from matcher.wiping import wipe_array


class ProbeEmbedder(Protocol):
    """Turns the crops of one track into one template. The only door to the models."""

    @property
    def rule(self) -> ComparisonRule:
        """The profile's decision."""
        ...

    def embed(self, crops: Sequence[ProbeCrop]) -> Fusion:
        """Align, embed and fuse; keep nothing. The caller overwrites the template."""
        ...


@dataclass(slots=True)
class Tally:
    """How often was compared under one lease, and when last. Written while the gallery is in use, read once it is not.

    A gallery that was overwritten is in nobody's use: what is read after that does not change any more.
    """

    comparisons: int = 0
    last: datetime | None = None

    def note(self, at: Moment) -> None:
        """Count one comparison."""
        self.comparisons += 1
        self.last = at.now


@dataclass(frozen=True, slots=True, kw_only=True)
class LentGallery:
    """An authorisation and the gallery that was opened under it: never the one without the other."""

    permit: Permit
    gallery: Gallery
    tally: Tally = field(default_factory=Tally)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A reference near enough for two people to look at (ISO/IEC 2382-37, 37.03.04), under one authorisation."""

    permit: Permit
    entry: ReferenceEntry
    score: float = field(repr=False)
    threshold: float
    crops: tuple[ProbeCrop, ...] = field(repr=False)
    """The crops that the template was fused from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Whether a probe was compared, why not if not, and the candidates: at most one per authorisation."""

    compared: bool
    reason: NotComparedReason | None
    candidates: tuple[Candidate, ...] = ()


_LEASE_ENDED = Comparison(compared=False, reason=NotComparedReason.LEASE_ENDED)


def compare(
    probe: Probe,
    lent: Sequence[LentGallery],
    embedder: Callable[[Permit], ProbeEmbedder],
    clocks: Callable[[], Moment],
    beside: Callable[[FloatArray, ComparisonRule], None] | None = None,
) -> Comparison:
    """Compare a probe with the galleries of the authorisations that are live for its camera, and with nothing else.

    `embedder` is asked for only under a live authorisation, so that without one no model is loaded. `beside` is shown
    the template before it is overwritten, so that nobody is embedded twice; it keeps none of it, and has an authority
    of its own (`matcher.volunteer_gate`).
    """
    live = _live(probe, lent, clocks())
    if not live:
        return _LEASE_ENDED
    models = embedder(live[0].permit)
    fusion = models.embed(probe.crops)
    try:
        still_live = _live(probe, live, clocks())
        found = [_candidate(probe, each, fusion, models.rule, clocks) for each in still_live]
        if beside is not None:
            beside(fusion.template, models.rule)
    finally:
        wipe_array(fusion.template)
    end = clocks()
    # Said only of authorisations that are live now that it is being said.
    told = [each for each in still_live if each.permit.standing(probe.camera_id, end).live and not each.gallery.wiped]
    if not told:
        return _LEASE_ENDED
    permits = [each.permit for each in told]
    candidates = tuple(candidate for candidate in found if candidate is not None and candidate.permit in permits)
    return Comparison(compared=True, reason=None, candidates=candidates)


def _live(probe: Probe, lent: Sequence[LentGallery], at: Moment) -> list[LentGallery]:
    return [each for each in lent if each.permit.standing(probe.camera_id, at).live and not each.gallery.wiped]


def _candidate(
    probe: Probe, lent: LentGallery, fusion: Fusion, rule: ComparisonRule, clocks: Callable[[], Moment]
) -> Candidate | None:
    """Return the candidate of one gallery, if there is one; all scores are overwritten."""
    try:
        scored = _best(lent, fusion.template, rule, clocks)
    except GalleryWiped:
        return None
    if scored is None:
        return None
    return Candidate(
        permit=lent.permit,
        entry=lent.gallery.entries[scored.row],
        score=scored.score,
        threshold=rule.threshold,
        crops=tuple(probe.crops[used] for used in fusion.used),
    )


def _best(
    lent: LentGallery, template: FloatArray, rule: ComparisonRule, clocks: Callable[[], Moment]
) -> ScoredReference | None:
    with lent.gallery.templates() as templates:
        lent.tally.note(clocks())
        scores = comparison_scores(template, templates, rule.score)
    try:
        return candidate_row(scores, [entry.slot_id for entry in lent.gallery.entries], rule)
    finally:
        wipe_array(scores)
