"""Failures to acquire, and what they make of error rates for the whole system (ISO/IEC 19795-1)."""

from benchmarks.metrics.rates import Rate, Unit, rate


def fta(failed: int, attempted: int, *, people: int | None = None) -> Rate:
    """Failure to acquire: samples that gave no template / samples attempted."""
    return rate(failed, attempted, unit=Unit.SAMPLE, people=people)


def fte(failed: int, attempted: int) -> Rate:
    """Failure to enrol: people of whom no reference could be made / people attempted."""
    return rate(failed, attempted, unit=Unit.PERSON, people=attempted)


def system_frr(fta_rate: float, fnmr_rate: float) -> float:
    """FRR = FTA + (1 - FTA) FNMR: who gives no template is not accepted either."""
    return fta_rate + (1 - fta_rate) * fnmr_rate


def system_far(fta_rate: float, fmr_rate: float) -> float:
    """FAR = (1 - FTA) FMR: who gives no template matches nobody."""
    return (1 - fta_rate) * fmr_rate
