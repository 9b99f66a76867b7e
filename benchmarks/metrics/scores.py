"""Scores as they enter: one axis, no hole, larger is more alike."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.metrics.errors import NothingToCount, NotScores

Scores: TypeAlias = NDArray[np.float64]
ScoresLike: TypeAlias = Sequence[float] | NDArray[np.floating] | NDArray[np.integer]


def as_scores(values: ScoresLike, name: str) -> Scores:
    """The values as one axis of float64, at least one of them and none NaN.

    Raises:
        NothingToCount: `values` is empty.
        NotScores: a value is NaN (a failure to acquire, which is counted apart) or there is more than one axis.
    """
    scores = np.asarray(values, dtype=np.float64)
    if scores.ndim != 1:
        raise NotScores(f"The {name} scores have {scores.ndim} axes; hand them in as one list of numbers.")
    if scores.size == 0:
        raise NothingToCount(f"There are no {name} scores; a rate over nothing is not zero, so none is given.")
    if np.isnan(scores).any():
        raise NotScores(f"Some {name} scores are NaN; count them as failures to acquire and leave them out here.")
    return scores


def acquired(values: ScoresLike) -> tuple[Scores, int]:
    """The scores that are numbers, and how many are NaN: comparisons that a failure to acquire left without a score."""
    scores = np.asarray(values, dtype=np.float64)
    failed = np.isnan(scores)
    return scores[~failed], int(failed.sum())
