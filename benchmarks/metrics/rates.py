"""A rate with everything that must be printed beside it, and a figure that may be undefined."""

from dataclasses import dataclass
from enum import StrEnum

from benchmarks.metrics.intervals import Interval, Method, clopper_pearson, wilson


class Unit(StrEnum):
    """What was counted. Rates of different units are not compared."""

    COMPARISON = "comparison"
    FRAME = "frame"
    PERSON = "person"
    SAMPLE = "sample"
    SEARCH = "search"
    TRACK = "track"
    TRANSIT = "transit"


@dataclass(frozen=True, slots=True)
class Rate:
    """`numerator` of `denominator` things of one `unit`, from `people` distinct people (None: nobody said).

    `value` is None where nothing was counted, and then `reason` says so; it is never 0 for want of trials.
    """

    numerator: int
    denominator: int
    unit: Unit
    people: int | None
    interval: Interval | None
    reason: str | None = None

    @property
    def value(self) -> float | None:
        """The fraction, or None where nothing was counted."""
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, or None and the `reason` why its definition gives none."""

    value: float | None
    reason: str | None = None


def rate(
    numerator: int,
    denominator: int,
    *,
    unit: Unit,
    people: int | None,
    confidence: float = 0.95,
    method: Method | None = Method.CLOPPER_PEARSON,
) -> Rate:
    """The rate with an interval as if its trials were independent: true where each person gave one.

    With `method` None there is no interval: the trials share people, and whoever calls sets one that says so.
    """
    if denominator == 0:
        return Rate(0, 0, unit, people, None, f"There is no {unit} to count.")
    intervals = {Method.CLOPPER_PEARSON: clopper_pearson, Method.WILSON: wilson}
    interval = intervals[method](numerator, denominator, confidence) if method is not None else None
    return Rate(numerator, denominator, unit, people, interval)


def undefined(reason: str) -> Figure:
    """No number, and why."""
    return Figure(None, reason)
