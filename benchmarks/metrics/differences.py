"""How far groups lie apart, at one threshold for all. Only eligible groups enter (see `groups`).

Each measure hides something, so the table of groups comes first and these stand beside it: the ratios say nothing
where the best group has no error; Gini hides which group is worse; FDR is blind where all rates are low.

Sources: NISTIR 8429 (max/min, max/geomean, Gini); Howard et al. 2022 (GARBE); de Freitas Pereira and Marcel 2021
(FDR); Grother (IR); RFW and BFW (SER, STD).
"""

from collections.abc import Sequence

import numpy as np

from benchmarks.metrics.errors import MetricError
from benchmarks.metrics.rates import Figure, undefined
from benchmarks.metrics.scores import Scores, as_scores

_ONE_GROUP = "One group alone has nobody to differ from."
_NO_ERROR = "A group has no error, so the ratio is not defined; see the bound from the limits."


def max_over_min(rates: Sequence[float]) -> Figure:
    """The worst group's rate over the best group's; undefined where the best is zero."""
    values = _rates(rates)
    if values.size < 2:
        return undefined(_ONE_GROUP)
    return Figure(float(values.max() / values.min())) if values.min() > 0 else undefined(_NO_ERROR)


def max_over_min_bound(worst_lower: float, best_upper: float) -> Figure:
    """The worst group's lower limit over the best one's upper limit.

    At least so far apart, also where the best has no error.
    """
    return Figure(worst_lower / best_upper) if best_upper > 0 else undefined("The best group's upper limit is zero.")


def max_over_geomean(rates: Sequence[float]) -> Figure:
    """The worst group's rate over the geometric mean of all.

    Undefined where one is zero (NISTIR 8429, eq. 10 and 11).
    """
    values = _rates(rates)
    if values.size < 2:
        return undefined(_ONE_GROUP)
    if values.min() == 0:
        return undefined(_NO_ERROR)
    return Figure(float(values.max() / np.exp(np.log(values).mean())))


def gini(rates: Sequence[float]) -> Figure:
    """n/(n-1) sum_ij |x_i - x_j| / (2 n^2 mean).

    0 where all are equal, 1 where one group has all errors (NISTIR 8429, eq. 13 and 14).
    """
    values = _rates(rates)
    if values.size < 2:
        return undefined(_ONE_GROUP)
    if values.max() == values.min():
        return Figure(0.0)
    n, apart = values.size, float(np.abs(values[:, None] - values[None, :]).sum())
    return Figure(n / (n - 1) * apart / (2 * n * n * float(values.mean())))


def garbe(fmrs: Sequence[float], fnmrs: Sequence[float], alpha: float = 0.5) -> Figure:
    """Alpha Gini(FMR) + (1 - alpha) Gini(FNMR): 0 is best. It hides which error and which group."""
    false_matches, misses = gini(fmrs), gini(fnmrs)
    if false_matches.value is None or misses.value is None:
        return undefined(_ONE_GROUP)
    return Figure(_share(alpha) * false_matches.value + (1 - alpha) * misses.value)


def fdr(fmrs: Sequence[float], fnmrs: Sequence[float], alpha: float = 0.5) -> Figure:
    """1 - (alpha max|FMR_i - FMR_j| + (1 - alpha) max|FNMR_i - FNMR_j|).

    1 is best, and near 1 whenever rates are low. Never alone.
    """
    false_matches, misses = _rates(fmrs), _rates(fnmrs)
    if min(false_matches.size, misses.size) < 2:
        return undefined(_ONE_GROUP)
    return Figure(1 - (_share(alpha) * float(np.ptp(false_matches)) + (1 - alpha) * float(np.ptp(misses))))


def inequity_rate(fmrs: Sequence[float], fnmrs: Sequence[float], alpha: float = 0.5) -> Figure:
    """(max/min FMR)^alpha (max/min FNMR)^(1 - alpha): 1 is best; undefined where a best group has no error."""
    false_matches, misses = max_over_min(fmrs), max_over_min(fnmrs)
    if false_matches.value is None or misses.value is None:
        return undefined(false_matches.reason or misses.reason or _ONE_GROUP)
    return Figure(float(false_matches.value ** _share(alpha) * misses.value ** (1 - alpha)))


def skewed_error_ratio(errors: Sequence[float]) -> Figure:
    """The largest error over the smallest, of any error of groups (1 - accuracy mixes both kinds)."""
    return max_over_min(errors)


def mape(fmrs: Sequence[float], target: float) -> Figure:
    """100/K sum |FMR_k - target| / target: how far groups lie from the rate that was promised, in per cent.

    One group's errors above the target and another's below it weigh alike, so it says nothing of which is worse.
    """
    values = _rates(fmrs)
    if not 0 < target <= 1:
        raise MetricError(f"A target of {target} cannot be; give a fraction above 0.")
    return Figure(100 * float(np.abs(values - target).mean()) / target)


def spread(values: Sequence[float], *, ddof: int) -> Figure:
    """The standard deviation over groups. Publications differ in `ddof`, so it has no default."""
    checked = as_scores(values, "group")
    return Figure(float(checked.std(ddof=ddof))) if checked.size > ddof else undefined(_ONE_GROUP)


def _rates(rates: Sequence[float]) -> Scores:
    values = as_scores(rates, "group")
    if ((values < 0) | (values > 1)).any():
        raise MetricError("A group's rate lies outside 0 to 1; hand in fractions.")
    return values


def _share(alpha: float) -> float:
    if not 0 <= alpha <= 1:
        raise MetricError(f"A weight of {alpha} cannot be; give a fraction between 0 and 1.")
    return alpha
