"""The exact interval of a share (Clopper and Pearson, Biometrika 26, 1934), without a library.

It takes the trials as independent. Passes of the same people are not, so that it is too narrow for them; whoever shows
it says so, and says how many people they were.
"""

from collections.abc import Callable
from math import exp, fsum, lgamma, log, log1p
from typing import Final

_HALF_TAIL: Final = 0.025
_STEPS: Final = 40


def exact_interval(found: int, trials: int) -> tuple[float, float] | None:
    """Return the two-sided 95 % interval of a share, or nothing of no trials.

    Raises:
        ValueError: more were found than there were trials, or fewer than none.
    """
    if not 0 <= found <= trials:
        raise ValueError("Of so many trials, none up to all are found.")
    if trials == 0:
        return None
    lower = 0.0 if found == 0 else _where(lambda share: _at_least(found, trials, share) >= _HALF_TAIL)
    upper = 1.0 if found == trials else _where(lambda share: 1 - _at_least(found + 1, trials, share) <= _HALF_TAIL)
    return lower, upper


def _at_least(found: int, trials: int, share: float) -> float:
    """Return how often so many or more are found, each with this share, which is between none and all."""
    yes, no = log(share), log1p(-share)
    return fsum(exp(_ways(one, trials) + one * yes + (trials - one) * no) for one in range(found, trials + 1))


def _ways(found: int, trials: int) -> float:
    return lgamma(trials + 1) - lgamma(found + 1) - lgamma(trials - found + 1)


def _where(is_reached: Callable[[float], bool]) -> float:
    """Return the smallest share at which it is reached, by halving."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_reached(middle) else (middle, high)
    return (low + high) / 2
