"""Intervals for curves and ratios of dependent scores: people are drawn anew, and their comparisons come with them.

The vertex bootstrap: each replicate draws as many people as there are, with replacement; a mated comparison weighs
as often as its person was drawn, w_i, a non-mated comparison w_i w_j. Drawing comparisons instead would promise far
too much (Bolle, Ratha and Pankanti 2004; Conti and Clemencon 2024).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.metrics.errors import MetricError, NothingToCount
from benchmarks.metrics.identification import Searches
from benchmarks.metrics.intervals import Interval, Method
from benchmarks.metrics.scores import Scores

REPLICATES: Final = 2000
_AT_ONCE: Final = 200
"""Replicates held in memory together: a gallery of 1,000 and 6,000 probes then need some 10 MB."""


def fpir_replicates(searches: Searches, threshold: float, *, seed: int, replicates: int = REPLICATES) -> Scores:
    """FPIR at system level of each replicate; the people of probes and list are drawn independently.

    A search alarms in a replicate if one of the *drawn* enrolled people alarms it, and counts as often as its own
    person was drawn.

    Raises:
        NothingToCount: there is no non-mated search.
    """
    strangers = ~searches.mated
    if not strangers.any():
        raise NothingToCount("There is no non-mated search; FPIR is counted over those.")
    alarms = (np.nan_to_num(searches.scores[strangers], nan=-np.inf) >= threshold).astype(np.float32)
    dice = np.random.default_rng(seed)
    return np.concatenate(
        [
            _weighted(_alarmed(alarms, _drawn(dice, alarms.shape[1], many)), searches.people[strangers], dice)
            for many in _portions(replicates)
        ]
    )


def rate_replicates(
    errors: NDArray[np.bool_], people: NDArray[np.intp], *, seed: int | Sequence[int], replicates: int = REPLICATES
) -> Scores:
    """Of each replicate, the fraction of samples in error, where samples come with their person (FNIR, FNMR, FTA)."""
    if errors.size == 0:
        raise NothingToCount("There is nothing to draw from.")
    dice = np.random.default_rng(seed)
    return np.concatenate(
        [_weighted(np.repeat(errors[:, None], many, axis=1), people, dice) for many in _portions(replicates)]
    )


def _portions(replicates: int) -> list[int]:
    if replicates < 1:
        raise MetricError("A bootstrap needs at least one replicate.")
    return [min(_AT_ONCE, replicates - first) for first in range(0, replicates, _AT_ONCE)]


def _drawn(dice: np.random.Generator, people: int, replicates: int) -> NDArray[np.int64]:
    """How often each person is drawn; a row per replicate, each of which sums to the number of people."""
    return dice.multinomial(people, np.full(people, 1 / people), size=replicates)


def _alarmed(alarms: NDArray[np.float32], drawn: NDArray[np.int64]) -> NDArray[np.bool_]:
    """For each search (row) and replicate (column), whether anybody drawn alarms it."""
    return np.asarray(alarms @ (drawn > 0).astype(np.float32).T > 0, dtype=np.bool_)


def _weighted(errors: NDArray[np.bool_], people: NDArray[np.intp], dice: np.random.Generator) -> Scores:
    """The rate of each replicate (column of `errors`), whose people are drawn here."""
    names, place = np.unique(people, return_inverse=True)
    counts = _drawn(dice, names.size, errors.shape[1])[:, place].T
    return np.asarray((errors * counts).sum(axis=0) / counts.sum(axis=0), dtype=np.float64)


def percentile_interval(replicates: Scores, confidence: float = 0.95) -> Interval | None:
    """Between the outer percentiles of those replicates that have a value; None where none has.

    A ratio without an end is a value: left out, it would shorten what it makes endless. The ends are replicates, the
    outer one of two.
    """
    known = replicates[~np.isnan(replicates)]
    if known.size == 0:
        return None
    lower = np.quantile(known, (1 - confidence) / 2, method="lower")
    upper = np.quantile(known, (1 + confidence) / 2, method="higher")
    return Interval(float(lower), float(upper), confidence, Method.BOOTSTRAP)


def recentred_interval(replicates: Scores, observed: float, confidence: float = 0.95) -> Interval | None:
    """For a rate, the percentiles moved by the distance of the replicates' mean from what was observed, within 0 and 1.

    Curves of people drawn anew are biased, because a person drawn twice is compared with a copy or left out.
    """
    known = replicates[np.isfinite(replicates)]
    return percentile_interval(np.clip(known - known.mean() + observed, 0, 1), confidence) if known.size else None


def ratio_replicates(groups: Sequence[Scores]) -> Scores:
    """Of each replicate, the worst group's rate over the best's.

    Infinite where the best has none, NaN where nobody has any.
    """
    table = np.stack(groups)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(table.max(axis=0) / table.min(axis=0), dtype=np.float64)
