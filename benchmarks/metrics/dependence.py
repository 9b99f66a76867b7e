"""What comparisons are worth when they share people.

Ten thousand comparisons of fifty people are nearer to fifty trials than to ten thousand. The variance is that of
people, and the interval is Wilson's with as many independent trials as would have that variance (Fogliato, Patil and
Perona, FAccT 2024). The number of comparisons is never the size of a claim.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.metrics.errors import NotScores
from benchmarks.metrics.intervals import Interval, Method, wilson_of_rate
from benchmarks.metrics.rates import Rate, Unit
from benchmarks.metrics.scores import Scores, ScoresLike, as_scores

PeopleLike: TypeAlias = Sequence[int] | NDArray[np.intp]
"""A person for each comparison, by any whole number."""

_TOO_FEW = "Fewer than two people say nothing of how people vary."


def fnmr_of_subjects(mated: ScoresLike, people: PeopleLike, threshold: float, confidence: float = 0.95) -> Rate:
    """FNMR with an interval over people.

    Var = sum_g (e_g - FNMR m_g)^2 / M^2, e_g misses of m_g comparisons of person g.
    """
    scores = as_scores(mated, "mated")
    return rate_of_subjects(scores < threshold, people, confidence)


def rate_of_subjects(
    errors: NDArray[np.bool_], people: PeopleLike, confidence: float = 0.95, unit: Unit = Unit.COMPARISON
) -> Rate:
    """Any rate of trials of which several are of one person, by the same variance; at least one trial."""
    _, who = np.unique(np.asarray(people, dtype=np.intp), return_inverse=True)
    if who.shape != errors.shape:
        raise NotScores("Each mated comparison needs its person.")
    wrong = errors.astype(np.float64)
    of_each, counts = np.bincount(who, weights=wrong), np.bincount(who).astype(np.float64)
    rate = float(wrong.mean())
    variance = float(((of_each - rate * counts) ** 2).sum()) / wrong.size**2
    return _rate(int(wrong.sum()), wrong.size, counts.size, variance, confidence, unit=unit)


def fmr_of_subjects(
    non_mated: ScoresLike, first: PeopleLike, second: PeopleLike, threshold: float, confidence: float = 0.95
) -> Rate:
    """FMR with an interval over people, each of whom stands in many comparisons.

    With S_ij = e_ij - FMR m_ij over the comparisons of persons i and j:
    var = (sum_{i<j} S_ij^2 + max(0, sum_i [(sum_j S_ij)^2 - sum_j S_ij^2])) / M^2.
    """
    scores = as_scores(non_mated, "non-mated")
    names, both = np.unique(np.concatenate((np.asarray(first), np.asarray(second))), return_inverse=True)
    if both.size != 2 * scores.size:
        raise NotScores("Each non-mated comparison needs its two people.")
    a, b = both[: scores.size], both[scores.size :]
    if (a == b).any():
        raise NotScores("A non-mated comparison has one person on both sides.")
    matches = scores >= threshold
    rate = float(matches.mean())
    pairs, place = np.unique(np.minimum(a, b) * names.size + np.maximum(a, b), return_inverse=True)
    excess = np.asarray(np.bincount(place, weights=matches - rate), dtype=np.float64)
    squares = excess**2
    ends = (pairs // names.size, pairs % names.size)
    totals, parts = _by_person(ends, excess, names.size), _by_person(ends, squares, names.size)
    shared = float((totals**2 - parts).sum())
    variance = (float(squares.sum()) + max(0.0, shared)) / scores.size**2
    return _rate(int(matches.sum()), scores.size, names.size, variance, confidence)


def _by_person(ends: tuple[NDArray[np.intp], NDArray[np.intp]], values: Scores, people: int) -> Scores:
    """The sum over each person's pairs, on whichever side the person stands."""
    first, second = (np.bincount(end, weights=values, minlength=people) for end in ends)
    return np.asarray(first + second, dtype=np.float64)


def effective_size(rate: float, variance: float) -> float | None:
    """As many independent trials as would vary so.

    P (1 - p) / var. None where the variance is zero and tells nothing.
    """
    return rate * (1 - rate) / variance if variance > 0 else None


def _rate(
    errors: int, comparisons: int, people: int, variance: float, confidence: float, *, unit: Unit = Unit.COMPARISON
) -> Rate:
    """Without any error, or with nothing else, people cannot be seen to vary: then people themselves are the size."""
    reason = _TOO_FEW if people < 2 else None
    interval = _interval(errors / comparisons, variance, comparisons, people, confidence) if reason is None else None
    return Rate(errors, comparisons, unit, people, interval, reason)


def _interval(rate: float, variance: float, comparisons: int, people: int, confidence: float) -> Interval:
    size = effective_size(rate, variance)
    return wilson_of_rate(rate, min(comparisons, people if size is None else size), confidence, Method.SUBJECTS)
