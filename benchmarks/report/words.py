"""Numbers as they are said to people: whole people first, and never a rate of zero."""

from types import MappingProxyType
from typing import Any

NOT_KNOWN = "not known"
OVERLAP = MappingProxyType({"without_overlap": "overlap left out", "with_overlap": "overlap counted"})
"""Both ways to count whoever seems to be in both sets. A figure that has only one of them says which."""


def one_in(rate: float | None) -> str:
    """`1 in 1,250`; a rate of 0 is `none seen`, because it is no rate."""
    if rate is None:
        return NOT_KNOWN
    if rate == 0:
        return "none seen"
    return f"1 in {1 / rate:,.0f}" if rate < 0.1 else f"1 in {1 / rate:.1f}"


def counted(rate: dict[str, Any]) -> str:
    """`3 of 4,749`."""
    return f"{rate['numerator']:,} of {rate['denominator']:,}" if rate["denominator"] else "nobody"


def interval(rate: dict[str, Any]) -> str:
    """`1 in 2,000 to 1 in 500`, or why there is none."""
    found = rate["interval"]
    if found is None:
        return rate["reason"] or "not given: the trials share people"
    lower = "none" if found["lower"] == 0 else one_in(found["lower"])
    return f"{lower} to {one_in(found['upper'])}"


def fixed(value: float | None, places: int = 3) -> str:
    """A number with so many places, or a dash where there is none."""
    return "–" if value is None else f"{value:.{places}f}"


def threshold(value: float) -> str:
    """A threshold as a person says it: a negated distance is said as the distance that it is."""
    return f"a distance of at most {-value:.4g}" if value < 0 else f"a score of at least {value:.4g}"


def compared_by(value: float) -> str:
    """What a column of thresholds is called: a negated distance is shown as the distance that it is."""
    return "distance, at most" if value < 0 else "score, at least"


def times(value: float | None) -> str:
    """`6.3 times`; beyond a thousand no number, as so few errors stand behind it that it would say nothing."""
    if value is None:
        return NOT_KNOWN
    if value > 1000:
        return "more than 1,000 times"
    return f"{value:.0f} times" if value >= 100 else f"{value:.1f} times"


def percent(value: float) -> str:
    """`95 %`, `99.375 %`: no more digits than it has."""
    return f"{round(100 * value, 3):g} %"
