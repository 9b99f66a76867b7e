"""The volunteers' gate: no look at their list without a run that is live at this moment (law.md C11, C16).

It is the only way from a probe to a sighting, and a sighting is all that comes of it: a pseudonym and a time. No score
leaves this module, no crop is kept, and no candidate can be made of what it answers. Standing is asked before anything
is embedded, again before anything is compared, and once more before anything is said.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from contracts.clock import Moment
from contracts.model_profile import ComparisonRule
from contracts.probe import Probe
from contracts.volunteer_run import VerifiedVolunteerRun
from contracts.volunteers import Sighting
from matcher.comparison import ScoredReference, candidate_row, comparison_scores
from matcher.faces.face import FloatArray
from matcher.gate import ProbeEmbedder
from matcher.held_templates import GalleryWiped
from matcher.volunteer_gallery import VolunteerTemplates
from matcher.wiping import wipe_array


@dataclass(frozen=True, slots=True, kw_only=True)
class LentRun:
    """A run and the list that was opened under it: never the one without the other."""

    run: VerifiedVolunteerRun
    templates: VolunteerTemplates


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighted:
    """The list of a run reached its threshold for one volunteer at one moment."""

    run: VerifiedVolunteerRun
    sighting: Sighting


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Whether a probe was compared with any list of volunteers, and who was sighted: at most one for each run."""

    compared: bool
    sighted: tuple[Sighted, ...] = ()


NOT_LOOKED = Look(compared=False)


def look_alone(
    probe: Probe,
    lent: Sequence[LentRun],
    embedder: Callable[[VerifiedVolunteerRun], ProbeEmbedder],
    clocks: Callable[[], Moment],
) -> Look:
    """Look where no warrant is live: embed the probe under a live run, look, and overwrite its template.

    `embedder` is asked for only under a live run, so that without one no model is loaded.
    """
    live = _live(probe, lent, clocks())
    if not live:
        return NOT_LOOKED
    models = embedder(live[0].run)
    fusion = models.embed(probe.crops)
    try:
        return look(probe, live, fusion.template, models.rule, clocks)
    finally:
        wipe_array(fusion.template)


def look(
    probe: Probe,
    lent: Sequence[LentRun],
    template: FloatArray,
    rule: ComparisonRule,
    clocks: Callable[[], Moment],
) -> Look:
    """Compare a probe's template with the lists of the runs that are live; the caller overwrites the template."""
    live = _live(probe, lent, clocks())
    found = [(each, _sighted(probe, each, template, rule)) for each in live]
    end = clocks()
    # Said only of runs that are live now that it is being said.
    told = [(each, sighted) for each, sighted in found if _is_live(probe, each, end)]
    return Look(compared=bool(told), sighted=tuple(sighted for _, sighted in told if sighted is not None))


def _live(probe: Probe, lent: Sequence[LentRun], at: Moment) -> list[LentRun]:
    return [each for each in lent if _is_live(probe, each, at)]


def _is_live(probe: Probe, lent: LentRun, at: Moment) -> bool:
    # Whoever passed before the site was closed did not consent, whenever their probe comes.
    was_closed = lent.run.begins_at <= probe.captured_at
    return was_closed and lent.run.standing(probe.camera_id, at).live and not lent.templates.wiped


def _sighted(probe: Probe, lent: LentRun, template: FloatArray, rule: ComparisonRule) -> Sighted | None:
    try:
        best = _best(lent.templates, template, rule)
    except GalleryWiped:
        return None
    if best is None:
        return None
    volunteer_id = lent.templates.volunteers[best.row]
    return Sighted(run=lent.run, sighting=Sighting(volunteer_id=volunteer_id, seen_at=probe.captured_at))


def _best(held: VolunteerTemplates, template: FloatArray, rule: ComparisonRule) -> ScoredReference | None:
    with held.templates() as templates:
        scores = comparison_scores(template, templates, rule.score)
    try:
        return candidate_row(scores, held.volunteers, rule)
    finally:
        wipe_array(scores)
