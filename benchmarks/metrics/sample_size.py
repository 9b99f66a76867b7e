"""How many people a claim needs, and which difference a test could have seen at all."""

from typing import Final

import numpy as np
from scipy import optimize, stats

from benchmarks.metrics.errors import MetricError
from benchmarks.metrics.intervals import upper_limit

POWER: Final = 0.80
SIGNIFICANCE: Final = 0.05


def people_for_claim(target: float, alarms: int = 0, confidence: float = 0.95) -> int:
    """The fewest people, one search each, of whom `alarms` may alarm and "not more than `target`" holds (one-sided)."""
    if not 0 < target < 1:
        raise MetricError(f"A target of {target} cannot be shown; give a fraction between 0 and 1.")
    below, enough = alarms, alarms + 1
    while upper_limit(alarms, enough, confidence) > target:
        below, enough = enough, enough * 2
    while enough - below > 1:
        middle = (below + enough) // 2
        below, enough = (below, middle) if upper_limit(alarms, middle, confidence) <= target else (middle, enough)
    return enough


def alarms_allowed(target: float, people: int, confidence: float = 0.95) -> int | None:
    """How many of `people` may alarm for "not more than `target`" to hold; None where not even none does."""
    if upper_limit(0, people, confidence) > target:
        return None
    allowed = 0
    while allowed < people and upper_limit(allowed + 1, people, confidence) <= target:
        allowed += 1
    return allowed


def worth_of_searches(searches: int, each: float, correlation: float) -> float:
    """Searches of people with m probes `each` are worth searches / (1 + (m - 1) r) independent ones."""
    if each < 1 or not 0 <= correlation <= 1:
        raise MetricError("Give one probe or more for each person, and a correlation between 0 and 1.")
    return searches / (1 + (each - 1) * correlation)


def alarms_to_see_ratio(ratio: float, *, power: float = POWER, significance: float = SIGNIFICANCE) -> float:
    """Expected false alarms in the *better* of two equally large groups for a test to see that they differ by `ratio`.

    The test is exact and conditional on the total: given it, the worse group's share is binomial with 1/2 if
    there is no difference, and with ratio / (1 + ratio) if there is one (Przyborowski and Wilenski 1940). Totals
    are Poisson.
    """
    if not ratio > 1:
        raise MetricError(f"A ratio of {ratio} is no difference to see; give one above 1.")

    def short_of_power(expected: float) -> float:
        return power_to_see_ratio(ratio, expected, significance=significance) - power

    return float(optimize.brentq(short_of_power, 1e-3, 1e4, xtol=1e-4))


def power_to_see_ratio(ratio: float, expected: float, *, significance: float = SIGNIFICANCE) -> float:
    """The chance that the test sees a difference by `ratio` where the better group expects so many alarms."""
    mean = expected * (1 + ratio)
    totals = np.arange(int(stats.poisson.ppf(1e-9, mean)), int(stats.poisson.ppf(1 - 1e-9, mean)) + 1)
    critical = _critical(totals, significance)
    share = ratio / (1 + ratio)
    seen = stats.binom.sf(critical - 1, totals, share) + stats.binom.cdf(totals - critical, totals, share)
    return float((stats.poisson.pmf(totals, mean) * np.minimum(seen, 1.0)).sum())


def _critical(totals: np.typing.NDArray[np.int64], significance: float) -> np.typing.NDArray[np.int64]:
    """The fewest of the total in one group that half of `significance` allows in each tail.

    More than the total where none does.
    """
    return np.asarray(stats.binom.isf(significance / 2, totals, 0.5), dtype=np.int64) + 1


def smallest_ratio_seen(expected: float, *, power: float = POWER, significance: float = SIGNIFICANCE) -> float:
    """The smallest ratio that a test with so many expected alarms in the better group would see.

    What a report must print.
    """
    if not expected > 0:
        raise MetricError("With no alarm expected no ratio can be seen; say so.")

    def short_of_power(ratio: float) -> float:
        return power_to_see_ratio(ratio, expected, significance=significance) - power

    largest = 2.0
    while short_of_power(largest) < 0:
        largest *= 2
    return float(optimize.brentq(short_of_power, 1 + 1e-9, largest, xtol=1e-4))
