"""LFW View 2 through the product's whole chain: does the integration do what the models can?

It says nothing more: ten times 600 pairs are saturated, and two good models are told apart by a single error.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.data.pairs import Pair
from benchmarks.metrics.scores import Scores


@dataclass(frozen=True, slots=True)
class View2:
    """Accuracy in ten folds, each at the threshold that the nine others chose; "unrestricted, labelled outside data".

    `standard_error` is s / sqrt(10) with s over nine degrees of freedom. `failures_to_detect` counts pictures of
    the pairs without a face: such a pair counts as a distance without end. `errors` are all wrong answers of
    `pairs`.
    """

    accuracy: float
    standard_error: float
    errors: int
    pairs: int
    failures_to_detect: int
    folds: tuple[float, ...]
    thresholds: tuple[float, ...]


def view2(embedded: Embedded, folds: Sequence[Sequence[Pair]]) -> View2:
    """Score every pair and judge each fold by the others (the protocol of LFW's README)."""
    place = {picture.name: at for at, picture in enumerate(embedded.pictures)}
    scores = [scores_of_pairs(embedded, place, fold) for fold in folds]
    truth = [np.array([pair.same for pair in fold]) for fold in folds]
    judged = judged_by_the_others(scores, truth)
    named = {name for fold in folds for pair in fold for name in (pair.first, pair.second)}
    return View2(
        accuracy=judged.accuracy,
        standard_error=float(np.std(judged.accuracies, ddof=1)) / sqrt(len(folds)),
        errors=judged.errors,
        pairs=sum(one.size for one in scores),
        failures_to_detect=int(sum(not embedded.detected[place[name]] for name in named)),
        folds=judged.accuracies,
        thresholds=judged.thresholds,
    )


@dataclass(frozen=True, slots=True)
class Judged:
    """Each fold's accuracy at the threshold that the others chose, and all wrong answers."""

    accuracies: tuple[float, ...]
    thresholds: tuple[float, ...]
    errors: int

    @property
    def accuracy(self) -> float:
        """The mean of the folds."""
        return float(np.mean(self.accuracies))


def judged_by_the_others(scores: Sequence[Scores], truth: Sequence[NDArray[np.bool_]]) -> Judged:
    """Judge each fold's pairs at the threshold that all other folds choose; NaN is minus infinity."""
    known = [np.nan_to_num(one, nan=-np.inf) for one in scores]
    right, thresholds = [], []
    for at in range(len(known)):
        others = [one for one in range(len(known)) if one != at]
        chosen = best_threshold(
            np.concatenate([known[one] for one in others]), np.concatenate([truth[one] for one in others])
        )
        thresholds.append(chosen)
        right.append((known[at] >= chosen) == truth[at])
    accuracies = tuple(float(one.mean()) for one in right)
    return Judged(accuracies, tuple(thresholds), int(sum((~one).sum() for one in right)))


def scores_of_pairs(embedded: Embedded, place: Mapping[str, int], fold: Sequence[Pair]) -> Scores:
    """One score for each pair; minus infinity where a face is missing."""
    rows = [(place[pair.first], place[pair.second]) for pair in fold]
    found = [float(embedded.scores([first], [second])[0, 0]) for first, second in rows]
    return np.nan_to_num(np.array(found, dtype=np.float64), nan=-np.inf)


def best_threshold(scores: Scores, same: NDArray[np.bool_]) -> float:
    """The threshold with the most right answers, the lowest of several: midway between two neighbouring scores.

    Midway, because what lies just above the one score would be judged by chance.
    """
    order = np.argsort(-scores, kind="stable")
    falling, hits = scores[order], same[order]
    right = np.cumsum(hits) + (~hits).sum() - np.cumsum(~hits)
    ends = np.append(np.flatnonzero(np.diff(falling)), falling.size - 1)  # a threshold cannot part equal scores
    best = int(ends[np.flatnonzero(right[ends] == right[ends].max())[-1]])
    below = falling[best + 1] if best + 1 < falling.size else -np.inf
    return float(falling[best] + below) / 2 if np.isfinite(below) else float(falling[best])
