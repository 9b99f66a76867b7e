"""From one comparison to a list: what a false-match rate means for a search among N people.

True of matchers that compare with each reference by itself, as ours does, and never a claim: what was not measured is
marked as computed.
"""

from math import expm1, log1p

from benchmarks.metrics.errors import MetricError


def fpir_from_fmr(fmr: float, enrolled: int) -> float:
    """FPIR = 1 - (1 - FMR)^N, about N FMR while that is small; exact to the last digits also for rates near zero."""
    _require(fmr, enrolled)
    return 1.0 if fmr == 1 else -expm1(enrolled * log1p(-fmr))


def fmr_for_fpir(fpir: float, enrolled: int) -> float:
    """The false-match rate that a list of N people needs for this FPIR: the inverse of `fpir_from_fmr`."""
    _require(fpir, enrolled)
    return 1.0 if fpir == 1 else -expm1(log1p(-fpir) / enrolled)


def longest_list(fmr: float, fpir: float) -> int | None:
    """The largest N whose FPIR stays at or below the target; None where no length passes it."""
    _require(fmr, 1)
    _require(fpir, 1)
    if fmr == 0 or fpir == 1:
        return None
    if fmr == 1:
        return 0
    guess = int(log1p(-fpir) / log1p(-fmr))
    return next(n for n in (guess + 1, guess, guess - 1) if n <= 0 or fpir_from_fmr(fmr, n) <= fpir)


def _require(rate: float, enrolled: int) -> None:
    if not 0 <= rate <= 1:
        raise MetricError(f"A rate of {rate} cannot be; give a fraction between 0 and 1.")
    if enrolled < 1:
        raise MetricError(f"A list of {enrolled} people cannot be; give 1 or more.")
