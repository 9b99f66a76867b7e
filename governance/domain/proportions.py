"""Limits of a share, after Clopper and Pearson: exact for independent trials, and never too short.

They are those of `benchmarks.metrics.intervals`, without its libraries: what is counted in operation is judged by the
definitions by which it was tested. Trials are taken as independent. Passes of the same people are not, so that for them
it is too narrow; whoever shows it says so, and says how many people they were.

Source: Clopper and Pearson, Biometrika 26 (1934) 404.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, fsum, inf, lgamma, log, log1p
from typing import Final

_NEGLIGIBLE: Final = 1e-18
_NEAR_ENOUGH: Final = 1e-13
_MOST_HALVINGS: Final = 200
_FEW: Final = 1000


class NotCounts(ValueError):
    """More events than trials, or no trial at all: such counts have no limits."""


@dataclass(frozen=True, slots=True)
class Limits:
    """From `lower` to `upper`, both fractions."""

    lower: float
    upper: float


def limits(events: int, trials: int, confidence: float = 0.95) -> Limits:
    """Return both limits: each side holds at most half of what `confidence` leaves.

    Raises:
        NotCounts: there is no trial, or there are more events than trials.
    """
    side = (1 + confidence) / 2
    return Limits(lower_limit(events, trials, side), upper_limit(events, trials, side))


def lower_limit(events: int, trials: int, confidence: float = 0.95) -> float:
    """Return the share at which so many events or more come in 1 - `confidence` of repetitions. For "at least".

    Raises:
        NotCounts: there is no trial, or there are more events than trials.
    """
    _require_counts(events, trials)
    if events == 0:
        return 0.0
    if events == trials:
        return float((1 - confidence) ** (1 / trials))
    return _where(lambda share: _or_more(events, trials, share) < 1 - confidence, 0.0, events / trials)


def upper_limit(events: int, trials: int, confidence: float = 0.95) -> float:
    """Return the share at which so few events or fewer come in 1 - `confidence` of repetitions. For "not more than".

    Raises:
        NotCounts: there is no trial, or there are more events than trials.
    """
    _require_counts(events, trials)
    if events == trials:
        return 1.0
    return _where(lambda share: _or_fewer(events, trials, share) > 1 - confidence, events / trials, 1.0)


def _require_counts(events: int, trials: int) -> None:
    if not 0 <= events <= trials or trials < 1:
        raise NotCounts("A share is of at least one trial, and of no more events than trials.")


def _where(is_below: Callable[[float], bool], low: float, high: float) -> float:
    """Return where a rule that holds of small shares alone ceases to hold, by halving."""
    for _ in range(_MOST_HALVINGS):
        middle = (low + high) / 2
        if is_below(middle):
            low = middle
        else:
            high = middle
        if high - low <= _NEAR_ENOUGH * high:
            break
    return (low + high) / 2


def _or_more(events: int, trials: int, share: float) -> float:
    """Sum upwards from `events`, which lies above what is expected, so that the terms only fall."""
    if share <= 0:
        return 0.0
    term = total = exp(_log_of(events, trials, share))
    number, odds = events, share / (1 - share)
    while number < trials and term > total * _NEGLIGIBLE:
        term *= (trials - number) / (number + 1) * odds
        number += 1
        total += term
    return min(1.0, total)


def _or_fewer(events: int, trials: int, share: float) -> float:
    """Sum downwards from `events`, which lies below what is expected, so that the terms only fall."""
    if share >= 1:
        return 0.0
    term = total = exp(_log_of(events, trials, share))
    number, odds = events, (1 - share) / share
    while number > 0 and term > total * _NEGLIGIBLE:
        term *= number / (trials - number + 1) * odds
        number -= 1
        total += term
    return min(1.0, total)


def _log_of(events: int, trials: int, share: float) -> float:
    if share <= 0:
        return 0.0 if events == 0 else -inf
    return _log_of_ways(events, trials) + events * log(share) + (trials - events) * log1p(-share)


def _log_of_ways(events: int, trials: int) -> float:
    """Return ln of the ways to choose. Of few it is a sum: a difference of large logarithms would lose their digits."""
    few = min(events, trials - events)
    if few <= _FEW:
        return fsum(log((trials - one) / (one + 1)) for one in range(few))
    return lgamma(trials + 1) - lgamma(events + 1) - lgamma(trials - events + 1)
