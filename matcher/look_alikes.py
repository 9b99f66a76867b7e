"""Comparing the references of one warrant with one another, before it is put into use: who is taken for whom (C2, A3).

The viewer does it: it is the one process at the centre that can open a template, so no further key is needed. Templates
are opened for one answer and overwritten; what leaves is a score for each reference, signed.
"""

from collections.abc import Sequence
from contextlib import ExitStack

import numpy as np

from contracts.enrolment import Enrolment
from contracts.look_alike import MOST_REFERENCES, ListedReference, LookAlikeReport, Nearest
from contracts.model_profile import ComparisonRule
from contracts.signature import Purpose, Signed, SigningKey, verified
from contracts.trust import TrustedRole
from matcher.comparison import comparison_scores, nearness, reaches_threshold
from matcher.faces.face import FloatArray
from matcher.viewer import ViewerTerms, ViewRefused, opened_template
from matcher.wiping import wipe_array


class LookAlikes:
    """Answers for one warrant's references at a time."""

    def __init__(self, terms: ViewerTerms, signing_key: SigningKey) -> None:
        self._terms = terms
        self._signing_key = signing_key

    def report(self, listed: Sequence[ListedReference]) -> Signed:
        """Compare every reference with those of every other person slot, and sign what was found.

        Raises:
            ViewRefused, ContractError, MatcherError: too many or none, of several warrants or of another profile, not
                enrolled here, or a template that is not the enrolled one.
        """
        enrolments = self._enrolments(listed)
        with ExitStack() as wiping:
            templates = []
            for one, enrolment in zip(listed, enrolments, strict=True):
                templates.append(opened_template(self._terms, enrolment, one.sealed_template))
                wiping.callback(wipe_array, templates[-1])
            nearest = _nearest(listed, enrolments, templates, self._terms.profile.comparison)
        rule = self._terms.profile.comparison
        report = LookAlikeReport(
            warrant_id=enrolments[0].warrant_id,
            profile_sha256=self._terms.profile.profile_sha256,
            threshold=rule.threshold,
            margin=rule.margin,
            listed=tuple((one.reference_id, one.enrolment.sha256) for one in listed),
            nearest=nearest,
        )
        return self._signing_key.sign(Purpose.LOOK_ALIKES, report.to_bytes())

    def _enrolments(self, listed: Sequence[ListedReference]) -> list[Enrolment]:
        if not 1 <= len(listed) <= MOST_REFERENCES or len({one.reference_id for one in listed}) != len(listed):
            raise ViewRefused(f"A list to compare names 1 to {MOST_REFERENCES} references, each once.")
        trusted = self._terms.trusted.of(TrustedRole.ENROLMENT)
        enrolments = [Enrolment.from_bytes(verified(one.enrolment, Purpose.ENROLMENT, trusted)) for one in listed]
        if len({one.warrant_id for one in enrolments}) != 1:
            raise ViewRefused("The references belong to different warrants; only those of one are compared.")
        if {one.profile_sha256 for one in enrolments} != {self._terms.profile.profile_sha256}:
            raise ViewRefused("A reference was enrolled with another model profile than the one installed here.")
        return enrolments


def _nearest(
    listed: Sequence[ListedReference],
    enrolments: Sequence[Enrolment],
    templates: Sequence[FloatArray],
    rule: ComparisonRule,
) -> tuple[Nearest, ...]:
    found = []
    for at, enrolment in enumerate(enrolments):
        others = [other for other, of in enumerate(enrolments) if of.slot_id != enrolment.slot_id]
        if not others:
            continue
        rows = np.stack([templates[other] for other in others])
        try:
            scores = comparison_scores(templates[at], rows, rule.score).tolist()
        finally:
            wipe_array(rows)
        best = max(range(len(others)), key=lambda number: nearness(scores[number], rule.score))
        found.append(
            Nearest(
                reference_id=listed[at].reference_id,
                other=listed[others[best]].reference_id,
                score=scores[best],
                reaches_threshold=reaches_threshold(scores[best], rule),
                is_near=_is_near(scores[best], rule),
            )
        )
    return tuple(found)


def _is_near(score: float, rule: ComparisonRule) -> bool:
    """Say whether two persons stand nearer to one another than the threshold and its margin."""
    return nearness(score, rule.score) >= nearness(rule.threshold, rule.score) - rule.margin
