"""Groups two by two: which plainly lie apart, by limits that hold for all of them at once.

A group that is too small for a claim about its own rate (see `groups`) can still lie plainly apart from another one.
Each of K groups gets Clopper and Pearson's interval at a confidence of 1 - 0.05 / K (Bonferroni), so that all K hold
together in 95 of 100 repetitions, and with them every sentence about two groups that follows from them, however many
are looked at.

Sources: Bonferroni's inequality; Clopper and Pearson, Biometrika 26 (1934) 404; the power is that of the exact
conditional test of two counts (Przyborowski and Wilenski 1940), for groups of unequal size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Final

import numpy as np
from scipy import optimize, stats

from benchmarks.metrics.errors import MetricError
from benchmarks.metrics.intervals import Interval, clopper_pearson
from benchmarks.metrics.rates import Figure, undefined
from benchmarks.metrics.sample_size import POWER, SIGNIFICANCE

_LARGEST_RATIO: Final = 1e4


@dataclass(frozen=True, slots=True)
class Counted:
    """A group: `errors` of `people`, one trial each."""

    name: str
    errors: int
    people: int


@dataclass(frozen=True, slots=True)
class JointLimits:
    """A group with the interval that holds together with those of all other groups."""

    name: str
    errors: int
    people: int
    interval: Interval


@dataclass(frozen=True, slots=True)
class Pair:
    """Two groups of which one plainly has the higher rate.

    `factor` is the lower limit of `worse` over the upper limit of `better`: at least so far apart.
    """

    worse: str
    better: str
    factor: float


@dataclass(frozen=True, slots=True)
class Apart:
    """All groups that have somebody, their joint limits, and the pairs whose intervals do not meet, furthest first.

    `not_excluded` is how many times worse one group could still be than another by the same limits, undefined where
    a lower limit is zero. `detectable` is the smallest ratio that a test of the two groups with the most people could
    have shown, at the rate of all and corrected for the number of pairs; `detectable_among_small` that of the two with
    the fewest.
    """

    groups: tuple[JointLimits, ...]
    pairs: tuple[Pair, ...]
    compared: int
    confidence_each: float
    worst: str | None
    best: str | None
    not_excluded: Figure
    detectable: Figure
    detectable_among_small: Figure


def apart(groups: Sequence[Counted], confidence: float = 0.95) -> Apart:
    """Compare every two groups that have somebody.

    Raises:
        MetricError: a group is named twice.
    """
    some = [one for one in groups if one.people]
    if len({one.name for one in some}) != len(some):
        raise MetricError("A group is named twice; hand in each once.")
    each = 1 - (1 - confidence) / max(1, len(some))
    limits = tuple(
        JointLimits(one.name, one.errors, one.people, clopper_pearson(one.errors, one.people, each)) for one in some
    )
    worst = max(limits, key=lambda one: (one.interval.upper, one.name), default=None)
    best = min(limits, key=lambda one: (one.interval.lower, one.interval.upper, one.name), default=None)
    pairs = len(some) * (len(some) - 1) // 2
    by_people = sorted(some, key=lambda one: (-one.people, one.name))
    rate, significance = _pooled(some), (1 - confidence) / max(1, pairs)
    return Apart(
        limits,
        _pairs(limits),
        pairs,
        each,
        None if worst is None else worst.name,
        None if best is None else best.name,
        _not_excluded(worst, best),
        _detectable(by_people[:2], rate, significance),
        _detectable(by_people[-2:], rate, significance),
    )


def _pooled(groups: Sequence[Counted]) -> float:
    people = sum(one.people for one in groups)
    return sum(one.errors for one in groups) / people if people else 0.0


def _pairs(limits: Sequence[JointLimits]) -> tuple[Pair, ...]:
    found = [
        Pair(worse.name, better.name, worse.interval.lower / better.interval.upper)
        for worse, better in permutations(limits, 2)
        if worse.interval.lower > better.interval.upper
    ]
    return tuple(sorted(found, key=lambda one: (-one.factor, one.worse, one.better)))


def _not_excluded(worst: JointLimits | None, best: JointLimits | None) -> Figure:
    if worst is None or best is None or worst.name == best.name:
        return undefined("One group alone has nobody to differ from.")
    if best.interval.lower == 0:
        return undefined(f"No number of times is excluded: in {best.name} nobody of {best.people:,} was counted.")
    return Figure(worst.interval.upper / best.interval.lower)


def _detectable(two: Sequence[Counted], rate: float, significance: float) -> Figure:
    if len(two) < 2:
        return undefined("One group alone has nobody to differ from.")
    if rate == 0:
        return undefined("Nothing was counted in any group, so no difference could be seen.")
    return smallest_ratio(two[0].people, two[1].people, rate, significance=significance)


def smallest_ratio(
    people_worse: int, people_better: int, rate: float, *, power: float = POWER, significance: float = SIGNIFICANCE
) -> Figure:
    """The smallest ratio that a test of two groups would see, where the better one has this rate.

    Given the total, the worse group's share is binomial with its part of the people if there is no difference.
    """
    if people_worse < 1 or people_better < 1 or not 0 < rate <= 1:
        raise MetricError("Give two groups with somebody in each, and a rate above 0 for the better one.")

    def short_of_power(ratio: float) -> float:
        return _power(ratio, people_worse * rate, people_better * rate, significance) - power

    largest = 2.0
    while short_of_power(largest) < 0:
        largest *= 2
        if largest > _LARGEST_RATIO:
            return undefined("Not even a ratio of ten thousand would have been seen: too few people.")
    return Figure(float(optimize.brentq(short_of_power, 1 + 1e-9, largest, xtol=1e-4)))


def _power(ratio: float, expected_worse: float, expected_better: float, significance: float) -> float:
    """The chance that the exact conditional test finds the worse group worse, at half of `significance` in its tail."""
    mean = ratio * expected_worse + expected_better
    totals = np.arange(int(stats.poisson.ppf(1e-9, mean)), int(stats.poisson.ppf(1 - 1e-9, mean)) + 1)
    equal = expected_worse / (expected_worse + expected_better)
    critical = stats.binom.isf(significance / 2, totals, equal) + 1
    seen = stats.binom.sf(critical - 1, totals, ratio * expected_worse / mean)
    return float((stats.poisson.pmf(totals, mean) * seen).sum())
