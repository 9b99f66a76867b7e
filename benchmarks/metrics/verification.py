"""One-to-one comparisons: how often strangers match, and how often the same person does not.

Definitions: ISO/IEC 2382-37 and 19795-1, at or above the threshold as NIST's FRTE has it.
"""

from dataclasses import dataclass
from math import nextafter, sqrt
from typing import Final

import numpy as np
from scipy import stats

from benchmarks.metrics.errors import MetricError
from benchmarks.metrics.rates import Figure, Rate, Unit, rate, undefined
from benchmarks.metrics.scores import Scores, ScoresLike, as_scores

_INFINITY: Final = float("inf")


def fmr(non_mated: ScoresLike, threshold: float) -> Rate:
    """FMR(T) = non-mated comparisons with s >= T / non-mated comparisons.

    Without an interval: comparisons share people.
    """
    scores = as_scores(non_mated, "non-mated")
    return _counted(int((scores >= threshold).sum()), scores.size)


def fnmr(mated: ScoresLike, threshold: float) -> Rate:
    """FNMR(T) = mated comparisons with s < T / mated comparisons that gave a score.

    Without an interval, as `fmr`.
    """
    scores = as_scores(mated, "mated")
    return _counted(int((scores < threshold).sum()), scores.size)


def _counted(errors: int, comparisons: int) -> Rate:
    return rate(errors, comparisons, unit=Unit.COMPARISON, people=None, method=None)


@dataclass(frozen=True, slots=True)
class Threshold:
    """The lowest threshold that keeps a target, and what it reaches on the scores that it was chosen on.

    `resolvable` is false where the target is finer than one error among all those scores: then nothing is known of it.
    """

    value: float
    target: float
    achieved: float
    resolvable: bool


def threshold_for_fmr(non_mated: ScoresLike, target: float) -> Threshold:
    """The smallest non-mated score t with FMR(t) <= target, or the next number above the largest where there is none.

    To be chosen on other people than it is reported on. A threshold *nearest* to the target would break it half
    of the time.
    """
    if not 0 <= target <= 1:
        raise MetricError(f"A target of {target} cannot be; give a fraction between 0 and 1.")
    scores = as_scores(non_mated, "non-mated")
    candidates, rates = rates_at_or_above(scores)
    kept = np.flatnonzero(rates <= target)
    value = float(candidates[kept[0]]) if kept.size else nextafter(float(candidates[-1]), _INFINITY)
    achieved = float(rates[kept[0]]) if kept.size else 0.0
    return Threshold(value, target, achieved, resolvable=target * scores.size >= 1)


def rates_at_or_above(scores: Scores) -> tuple[Scores, Scores]:
    """Each distinct score in rising order, and the fraction of all scores that are at or above it (falling)."""
    candidates, first = np.unique(np.sort(scores), return_index=True)
    return candidates, (scores.size - first) / scores.size


@dataclass(frozen=True, slots=True)
class TrueAccepts:
    """TAR at a target FMR, with the threshold, and the FMR that was really reached."""

    tar: Rate
    threshold: Threshold


def tar_at_fmr(mated: ScoresLike, non_mated: ScoresLike, target: float) -> TrueAccepts:
    """TAR = 1 - FNMR(T) at the T of `threshold_for_fmr`; not the best point of a ROC curve, which can lie higher."""
    scores, threshold = as_scores(mated, "mated"), threshold_for_fmr(non_mated, target)
    return TrueAccepts(_counted(int((scores >= threshold.value).sum()), scores.size), threshold)


def auc(mated: ScoresLike, non_mated: ScoresLike) -> Figure:
    """P(g > i) + P(g = i) / 2 over a mated g and a non-mated i (Mann and Whitney's U over the number of pairs)."""
    same, other = as_scores(mated, "mated"), as_scores(non_mated, "non-mated")
    ranks = stats.rankdata(np.concatenate((same, other)))
    wins = ranks[: same.size].sum() - same.size * (same.size + 1) / 2
    return Figure(float(wins) / (same.size * other.size))


def d_prime(mated: ScoresLike, non_mated: ScoresLike) -> Figure:
    """|mean_g - mean_i| / sqrt((var_g + var_i) / 2), variances over n.

    Undefined where neither kind varies (NICE:II).
    """
    same, other = as_scores(mated, "mated"), as_scores(non_mated, "non-mated")
    spread = (float(same.var()) + float(other.var())) / 2
    if spread == 0:
        return undefined("Neither mated nor non-mated scores vary, so their distance has no scale.")
    return Figure(abs(float(same.mean()) - float(other.mean())) / sqrt(spread))
