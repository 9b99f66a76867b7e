"""Intervals around a proportion of independent trials, and limits on one side of it.

Clopper and Pearson's is never too short, so it decides; Wilson's is nearer to its promise, so it is shown. Neither is
true of trials that share people: for those see `dependence` and `bootstrap`.

Sources: Clopper and Pearson, Biometrika 26 (1934) 404; Wilson, JASA 22 (1927) 209; Newcombe, Statistics in Medicine
17 (1998) 857 (the known answers).
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import stats

from benchmarks.metrics.errors import MetricError, NothingToCount


class Method(StrEnum):
    """How an interval was made."""

    BOOTSTRAP = "vertex bootstrap over people"
    CLOPPER_PEARSON = "Clopper-Pearson"
    SUBJECTS = "Wilson with the effective size of dependent comparisons"
    WILSON = "Wilson"


@dataclass(frozen=True, slots=True)
class Interval:
    """From `lower` to `upper`, both fractions, which holds the truth in `confidence` of repetitions, by `method`."""

    lower: float
    upper: float
    confidence: float
    method: Method


def clopper_pearson(errors: int, trials: int, confidence: float = 0.95) -> Interval:
    """Two-sided: each tail of the binomial holds at most half of what `confidence` leaves."""
    tail = (1 - confidence) / 2
    return Interval(
        lower=lower_limit(errors, trials, 1 - tail),
        upper=upper_limit(errors, trials, 1 - tail),
        confidence=confidence,
        method=Method.CLOPPER_PEARSON,
    )


def upper_limit(errors: int, trials: int, confidence: float = 0.95) -> float:
    """One-sided.

    The rate at which so few errors or fewer come in 1 - `confidence` of repetitions. For "not more than".
    """
    _require_counts(errors, trials, confidence)
    return 1.0 if errors == trials else float(stats.beta.ppf(confidence, errors + 1, trials - errors))


def lower_limit(errors: int, trials: int, confidence: float = 0.95) -> float:
    """One-sided: the rate at which so many errors or more come in 1 - `confidence` of repetitions. For "at least"."""
    _require_counts(errors, trials, confidence)
    return 0.0 if errors == 0 else float(stats.beta.ppf(1 - confidence, errors, trials - errors + 1))


def wilson(errors: int, trials: int, confidence: float = 0.95) -> Interval:
    """Two-sided: the rates that a score test does not reject."""
    _require_counts(errors, trials, confidence)
    return wilson_of_rate(errors / trials, trials, confidence, Method.WILSON)


def wilson_of_rate(rate: float, size: float, confidence: float = 0.95, method: Method = Method.SUBJECTS) -> Interval:
    """Wilson's interval around `rate` for `size` trials, which need not be whole: dependent trials count for fewer."""
    if not size > 0:
        raise NothingToCount("An interval needs a size above zero.")
    z2 = float(stats.norm.ppf((1 + confidence) / 2)) ** 2
    centre = (rate + z2 / (2 * size)) / (1 + z2 / size)
    half = float(np.sqrt(z2 * (rate * (1 - rate) + z2 / (4 * size)) / size)) / (1 + z2 / size)
    lower = 0.0 if rate == 0 else max(0.0, centre - half)
    upper = 1.0 if rate == 1 else min(1.0, centre + half)
    return Interval(lower=lower, upper=upper, confidence=confidence, method=method)


def rule_of_three(trials: int) -> float:
    """The upper 95 % limit after no error in `trials`, as it is said aloud: three divided by the trials."""
    _require_counts(0, trials, 0.95)
    return min(1.0, 3 / trials)


def _require_counts(errors: int, trials: int, confidence: float) -> None:
    if trials <= 0:
        raise NothingToCount("An interval needs at least one trial.")
    if not 0 <= errors <= trials:
        raise MetricError(f"{errors} errors in {trials} trials cannot be; errors are part of the trials.")
    if not 0 < confidence < 1:
        raise MetricError(f"A confidence of {confidence} cannot be; give a fraction between 0 and 1, such as 0.95.")
