"""Comparing one template with all references of a gallery: exact, one score per reference, one candidate at most.

A score is a score: a distance or a cosine in the profile's own unit and direction, never a probability (invariant 10).
One person may have several references; the person's score is that of the best of them, and the margin is kept to the
second *person*, not to the second reference.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from contracts.model_profile import ComparisonRule, ScoreKind
from matcher.faces.face import FloatArray
from matcher.wiping import wipe_array


def nearness(score: float, kind: ScoreKind) -> float:
    """Return the score turned so that higher is nearer."""
    return -score if kind is ScoreKind.EUCLIDEAN_DISTANCE else score


def reaches_threshold(score: float, rule: ComparisonRule) -> bool:
    """Say whether a score reaches the threshold; exactly at the threshold it does. Not-a-number does not."""
    return nearness(score, rule.score) >= nearness(rule.threshold, rule.score)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredReference:
    """The row of a reference in its gallery, and its comparison score."""

    row: int
    score: float


def comparison_scores(probe: FloatArray, templates: FloatArray, kind: ScoreKind) -> FloatArray:
    """Return one score per row of `templates` (n x d) for the probe's template (d).

    What is computed on the way is overwritten; the caller overwrites the scores.
    """
    scratch = np.empty(templates.shape, np.float64)
    try:
        if kind is ScoreKind.EUCLIDEAN_DISTANCE:
            np.subtract(templates, probe, out=scratch)
            return _lengths(scratch)
        np.multiply(templates, probe, out=scratch)
        lengths = np.linalg.norm(templates, axis=1) * np.linalg.norm(probe)
        # A template without length has no direction: it is far from everything.
        unusable = lengths == 0
        lengths[unusable] = 1
        cosines = scratch.sum(axis=1) / lengths
        cosines[unusable] = -1
        return np.asarray(cosines, np.float32)
    finally:
        wipe_array(scratch)


def _lengths(differences: npt.NDArray[np.float64]) -> FloatArray:
    squares = np.square(differences, out=differences).sum(axis=1)
    lengths = np.asarray(np.sqrt(squares), np.float32)
    wipe_array(squares)
    return lengths


def candidate_row(scores: FloatArray, persons: Sequence[str], rule: ComparisonRule) -> ScoredReference | None:
    """Return the one reference that is a candidate, if there is one. `persons` names each row's person.

    A list of one person has no second person, so no margin is asked of it.
    """
    best: dict[str, ScoredReference] = {}
    for row, (score, person) in enumerate(zip(scores.tolist(), persons, strict=True)):
        if math.isnan(score):
            continue
        held = best.get(person)
        if held is None or nearness(score, rule.score) > nearness(held.score, rule.score):
            best[person] = ScoredReference(row=row, score=score)
    ranked = sorted(best.values(), key=lambda scored: nearness(scored.score, rule.score), reverse=True)
    if not ranked or not reaches_threshold(ranked[0].score, rule):
        return None
    if len(ranked) > 1 and abs(ranked[0].score - ranked[1].score) < rule.margin:
        return None
    return ranked[0]
